//! The extract, from the question to the result.

use dhis2_extract::engine::Preparation;
use dhis2_extract::{Engine, Extraction, Prepared};

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
    Ok(prepare_enrollments(engine, query).await?.collect().await?)
}

/// Plans an extract of enrollments: see [`extract_enrollments`]. What the question names is looked up; nothing is fetched.
///
/// # Errors
/// [`TrackerError`] where the server cannot be asked.
pub async fn prepare_enrollments(engine: &Engine, query: &EnrollmentQuery) -> Result<Prepared, TrackerError> {
    prepare_as(engine, query, "enrollments").await
}

/// The same as a step towards another extract.
pub(crate) async fn prepare_as(
    engine: &Engine,
    query: &EnrollmentQuery,
    extract: &'static str,
) -> Result<Prepared, TrackerError> {
    let prepared = plan(engine, query, extract).await?;
    let expected = if query.names_enrollments_only() { &query.enrollments[..] } else { &[] };
    Ok(prepared.expecting(prepare::expected("enrollment in this program", expected)))
}

/// Without what is expected.
pub(crate) async fn plan(
    engine: &Engine,
    query: &EnrollmentQuery,
    extract: &'static str,
) -> Result<Prepared, TrackerError> {
    let server = engine.client().server().await?;
    let zone = prepare::known_zone(server.info.server_time_zone_id.as_deref())?;
    let mut warnings = Vec::new();
    let parents = prepare::parents(engine.client(), &query.org_unit_parents, &mut warnings).await?;
    let preparation = Preparation::new(extract, query.to_json(), warnings).hiding(&prepare::hidden(&query.filters));
    let mut query = query.clone();
    if server.dialect.enrollment_uids_displace_units && !parents.is_empty() && !query.enrollments.is_empty() {
        query.filters.push(ObjectFilter::one_of("enrollment_id", &std::mem::take(&mut query.enrollments)));
    }
    let source = EnrollmentSource { dialect: server.dialect, zone, query, parents };
    Ok(Prepared::new(engine, source, preparation))
}
