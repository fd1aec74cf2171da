//! The extract, from the question to the result.

use dhis2_api::datetime::ServerZone;
use dhis2_extract::engine::Preparation;
use dhis2_extract::{Engine, Extraction};

use crate::error::AggregateError;
use crate::plan::plan;
use crate::query::DataValueQuery;
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
    let preparation =
        Preparation { extract: "data_values", query: query.to_json(), warnings: resolved.warnings };
    Ok(engine.run(source, preparation).await?)
}
