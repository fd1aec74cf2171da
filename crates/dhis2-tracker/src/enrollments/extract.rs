//! The extract, from the question to the result.

use dhis2_extract::engine::Preparation;
use dhis2_extract::{Engine, Extraction};

use crate::enrollments::query::EnrollmentQuery;
use crate::enrollments::source::EnrollmentSource;
use crate::error::TrackerError;
use crate::filter::ObjectFilter;
use crate::prepare;

/// Extracts the enrollments in a program: `GET /api/tracker/enrollments`, every version from 2.38 on. The columns are
/// [`ENROLLMENTS`](crate::ENROLLMENTS): one row for each. Each enrollment comes once.
///
/// # Errors
/// [`TrackerError`] where nothing could be had. What is missing beside other rows makes the receipt partial.
pub async fn extract_enrollments(engine: &Engine, query: &EnrollmentQuery) -> Result<Extraction, TrackerError> {
    let mut extraction = run(engine, query).await?;
    let expected = if query.names_enrollments_only() { &query.enrollments[..] } else { &[] };
    prepare::name_missing(&mut extraction, "enrollment_id", "enrollment in this program", expected)?;
    Ok(extraction)
}

pub(crate) async fn run(engine: &Engine, query: &EnrollmentQuery) -> Result<Extraction, TrackerError> {
    let server = engine.client().server().await?;
    let zone = prepare::known_zone(server.info.server_time_zone_id.as_deref())?;
    let mut warnings = Vec::new();
    let parents = prepare::parents(engine.client(), &query.org_unit_parents, &mut warnings).await?;
    let preparation = Preparation { extract: "enrollments", query: query.to_json(), warnings };
    let mut query = query.clone();
    if server.dialect.enrollment_uids_displace_units && !parents.is_empty() && !query.enrollments.is_empty() {
        query.filters.push(ObjectFilter::one_of("enrollment_id", &std::mem::take(&mut query.enrollments)));
    }
    let source = EnrollmentSource { dialect: server.dialect, zone, query, parents };
    Ok(engine.run(source, preparation).await?)
}
