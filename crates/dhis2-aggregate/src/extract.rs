//! The extracts, from the question to the result.

use dhis2_api::datetime::ServerZone;
use dhis2_extract::engine::Preparation;
use dhis2_extract::{Engine, Extraction};

use crate::error::AggregateError;
use crate::plan::plan;
use crate::query::{DataValueQuery, DataValueQueryBuilder};
use crate::resolve::resolve;
use crate::source::DataValueSource;

/// Extracts data values: `GET /api/dataValueSets`, every version from 2.38 on. The columns are
/// [`DATA_VALUES`](crate::DATA_VALUES); each value comes once.
///
/// # Errors
/// [`AggregateError`] where nothing could be had. What is missing beside other rows makes the receipt partial.
pub async fn extract_data_values(engine: &Engine, query: &DataValueQuery) -> Result<Extraction, AggregateError> {
    let server = engine.client().server().await?;
    let dialect = server.dialect;
    let resolved = resolve(engine.client(), &dialect, query).await?;
    let chunks = plan(&dialect, query, &resolved);
    // Servers write these times in UTC with offset; the zone is for one that would not.
    let zone = server.info.server_time_zone_id.as_deref().and_then(|name| ServerZone::parse(name).ok());
    let source = DataValueSource { dialect, zone: zone.unwrap_or(ServerZone::UTC), query: query.clone(), chunks };
    let preparation = Preparation { extract: "data_values", query: query.to_json(), warnings: resolved.warnings };
    Ok(engine.run(source, preparation).await?)
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
