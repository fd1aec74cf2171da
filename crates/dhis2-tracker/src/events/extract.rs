//! The extract, from the question to the result.

use dhis2_api::datetime::ServerZone;
use dhis2_extract::engine::Preparation;
use dhis2_extract::{Engine, Extraction, Warning, WarningKind};

use crate::error::TrackerError;
use crate::events::query::{EventQuery, OccurredAt};
use crate::events::source::EventSource;
use crate::prepare;

/// Extracts the events of a program: `GET /api/tracker/events`, every version from 2.38 on. The columns are
/// [`EVENTS`](crate::EVENTS): one row for each data value of an event, one row for an event without any. Each event comes
/// once; deleted events do not come.
///
/// # Errors
/// [`TrackerError`] where nothing could be had. What is missing beside other rows makes the receipt partial.
pub async fn extract_events(engine: &Engine, query: &EventQuery) -> Result<Extraction, TrackerError> {
    let server = engine.client().server().await?;
    let (zone, warning) = zone(server.info.server_time_zone_id.as_deref(), query.occurred_at)?;
    let mut warnings: Vec<Warning> = warning.into_iter().collect();
    let parents = prepare::parents(engine.client(), &query.org_unit_parents, &mut warnings).await?;
    let source = EventSource { dialect: server.dialect, zone, query: query.clone(), parents };
    let preparation = Preparation { extract: "events", query: query.to_json(), warnings };
    Ok(engine.run(source, preparation).await?)
}

/// The zone of the server's clock. It matters only where times are converted; else its lack is worth a warning, since the
/// reader of the times may want it.
fn zone(name: Option<&str>, occurred_at: OccurredAt) -> Result<(ServerZone, Option<Warning>), TrackerError> {
    match (prepare::zone(name), occurred_at) {
        (Ok(zone), _) => Ok((zone, None)),
        (Err(problem), OccurredAt::InUtc) => Err(TrackerError::Zone(problem)),
        (Err(message), OccurredAt::AsShown) => {
            Ok((ServerZone::UTC, Some(Warning { kind: WarningKind::TimeZone, message })))
        }
    }
}
