//! The extracts, from the question to the result.

use std::sync::Arc;

use dhis2_api::datetime::{Instant, ServerZone, WallClock, parse_wall_clock_ms};
use dhis2_api::request::ApiRequest;
use dhis2_api::system::SystemInfo;
use dhis2_extract::engine::Preparation;
use dhis2_extract::{Engine, Extraction, Prepared, Warning, WarningKind};
use dhis2_http::Client;

use crate::error::AggregateError;
use crate::id_schemes::ReplaceUids;
use crate::plan::plan;
use crate::query::{DataValueQuery, DataValueQueryBuilder};
use crate::resolve::resolve;
use crate::source::DataValueSource;

/// Extracts data values: `GET /api/dataValueSets`, every version from 2.38 on. The columns are
/// [`DATA_VALUES`](crate::DATA_VALUES), or those that the query asks for; each value comes once.
///
/// # Errors
/// [`AggregateError`] where nothing could be had. What is missing beside other rows makes the receipt partial.
pub async fn extract_data_values(engine: &Engine, query: &DataValueQuery) -> Result<Extraction, AggregateError> {
    Ok(prepare_data_values(engine, query).await?.collect().await?)
}

/// Plans an extract of data values: see [`extract_data_values`]. What the question names is looked up; no value is fetched.
///
/// # Errors
/// [`AggregateError`] where the server cannot be asked.
pub async fn prepare_data_values(engine: &Engine, query: &DataValueQuery) -> Result<Prepared, AggregateError> {
    let server = engine.client().server().await?;
    let dialect = server.dialect;
    let (query, clock) = since_when(engine.client(), query).await?;
    let mut resolved = resolve(engine.client(), &dialect, &query).await?;
    resolved.warnings.extend(clock);
    let chunks = plan(&dialect, &query, &resolved);
    // Servers write these times in UTC with offset; the zone is for one that would not.
    let zone = zone_of(&server.info).unwrap_or(ServerZone::UTC);
    let id_schemes = query.id_schemes;
    let only_now = query.last_updated_duration.is_some();
    let preparation = Preparation { only_now, ..Preparation::new("data_values", query.to_json(), resolved.warnings) };
    let prepared = Prepared::new(engine, DataValueSource { dialect, zone, query, chunks }, preparation);
    Ok(match ReplaceUids::new(engine.client(), id_schemes) {
        Some(replace) => prepared.refined(Arc::new(replace)),
        None => prepared,
    })
}

fn zone_of(info: &SystemInfo) -> Option<ServerZone> {
    ServerZone::parse(info.server_time_zone_id.as_deref()?).ok()
}

/// Turns a duration of last update into a moment, by the server's clock. As `lastUpdatedDuration` it would be cut to the day
/// on 2.43, and a wrong one would be no filter at all.
async fn since_when(
    client: &Client,
    query: &DataValueQuery,
) -> Result<(DataValueQuery, Option<Warning>), AggregateError> {
    let mut query = query.clone();
    let Some(age) = query.last_updated_duration else { return Ok((query, None)) };
    // What the client knows of the server may be hours old.
    let info: SystemInfo = client.get_json(&ApiRequest::get("system/info")).await?;
    let wall = info.server_date.as_deref().and_then(parse_wall_clock_ms);
    let now = zone_of(&info).zip(wall).map(|(zone, wall)| zone.instant(WallClock(wall)));
    query.last_updated = Some(age.before(now.unwrap_or_else(Instant::now)));
    let warning = now.is_none().then(|| Warning {
        kind: WarningKind::TimeZone,
        message: "the server did not tell its time; how long ago values were last updated was counted by this computer's clock"
            .to_owned(),
    });
    Ok((query, warning))
}

/// Extracts the data values of a data set. `scope` says of which periods and units.
///
/// # Errors
/// As of [`extract_data_values`]; a scope that makes no sense is found before anything is sent.
pub async fn extract_dataset(
    engine: &Engine,
    data_set: &str,
    scope: DataValueQueryBuilder,
) -> Result<Extraction, AggregateError> {
    extract_data_values(engine, &scope.data_sets([data_set]).build()?).await
}

/// Extracts the data values of data elements. `scope` says of which periods and units.
///
/// # Errors
/// As of [`extract_dataset`].
pub async fn extract_data_elements(
    engine: &Engine,
    data_elements: &[&str],
    scope: DataValueQueryBuilder,
) -> Result<Extraction, AggregateError> {
    extract_data_values(engine, &scope.data_elements(data_elements.iter().copied()).build()?).await
}

/// Extracts the data values of the elements of data element groups. `scope` says of which periods and units.
///
/// # Errors
/// As of [`extract_dataset`].
pub async fn extract_data_element_groups(
    engine: &Engine,
    data_element_groups: &[&str],
    scope: DataValueQueryBuilder,
) -> Result<Extraction, AggregateError> {
    extract_data_values(engine, &scope.data_element_groups(data_element_groups.iter().copied()).build()?).await
}
