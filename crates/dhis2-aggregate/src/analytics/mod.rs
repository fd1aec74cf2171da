//! What the server adds up: `GET /api/analytics`, 2.38 to 2.43.
//!
//! | step | where |
//! |---|---|
//! | a question, checked | [`AnalyticsQuery`] |
//! | groups and levels become elements, indicators and units | `resolve` |
//! | requests that share no cell, and pieces of those with too many rows | `source` |
//! | bytes to columns | [`flatten`] |
//!
//! A server takes `LEVEL-3` and `OU_GROUP-…` beside units as "those within these units": repeated in one chunk and not in
//! another they would change what is asked. So levels and groups are looked up in the metadata before, and every request
//! names units only; the requests together ask for each cell once.
//!
//! The figures are those of the server's analytics tables, as old as its last analytics run; deleted values go out of them
//! with the next one. Where the tables were never built, the server says so (E7144).

pub mod flatten;
mod query;
mod resolve;
mod source;

use dhis2_extract::engine::Preparation;
use dhis2_extract::{Engine, Extraction, Prepared};

pub use self::query::{AnalyticsQuery, AnalyticsQueryBuilder};
pub use self::source::CELLS_AT_MOST;
use self::source::{AnalyticsSource, plan, schema};
use crate::error::AggregateError;

/// Extracts what the server has added up: `GET /api/analytics`, every version from 2.38 on. The columns are
/// [`ELEMENT_SUMS`](flatten::ELEMENT_SUMS), with category option combos [`COMBO_SUMS`](flatten::COMBO_SUMS), of indicators
/// [`INDICATOR_VALUES`](flatten::INDICATOR_VALUES). Rows come request by request in the order of the plan, and those of a
/// request are sorted by what they are of. A cell without values has no row.
///
/// # Errors
/// [`AggregateError`] where nothing could be had. What is missing beside other rows makes the receipt partial.
pub async fn extract_analytics(engine: &Engine, query: &AnalyticsQuery) -> Result<Extraction, AggregateError> {
    Ok(prepare_analytics(engine, query).await?.collect().await?)
}

/// Plans an extract of analytics: see [`extract_analytics`]. Groups and levels are looked up; no figure is fetched.
///
/// Requests divide the cells among them, and no cell is divided: each is what the server adds up for one element or
/// indicator, one unit and one period. So a request that is too much can be cut along any of the three without a figure
/// being another.
///
/// # Errors
/// [`AggregateError`] where the server cannot be asked, or nothing is left to ask for.
pub async fn prepare_analytics(engine: &Engine, query: &AnalyticsQuery) -> Result<Prepared, AggregateError> {
    let dialect = engine.client().server().await?.dialect;
    let resolved = resolve::resolve(engine.client(), &dialect, query).await?;
    let chunks = plan(query.include_cocs, &resolved);
    let source = AnalyticsSource { schema: schema(query), with_combos: query.include_cocs, chunks };
    Ok(Prepared::new(engine, source, Preparation::new("analytics", query.to_json(), resolved.warnings)))
}
