//! The extract, from the question to the result.

use std::collections::HashSet;

use dhis2_api::Uid;
use dhis2_api::datetime::ServerZone;
use dhis2_extract::engine::Preparation;
use dhis2_extract::lookup::find;
use dhis2_extract::{Engine, Extraction, Warning, WarningKind};
use dhis2_http::Client;
use serde::Deserialize;

use crate::error::TrackerError;
use crate::query::{EventQuery, OccurredAt};
use crate::source::EventSource;

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
    let parents = parents(engine.client(), query, &mut warnings).await?;
    let source = EventSource { dialect: server.dialect, zone, query: query.clone(), parents };
    let preparation = Preparation { extract: "events", query: query.to_json(), warnings };
    Ok(engine.run(source, preparation).await?)
}

/// The zone of the server's clock. It matters only where times are converted; else its lack is worth a warning, since the
/// reader of the times may want it.
fn zone(name: Option<&str>, occurred_at: OccurredAt) -> Result<(ServerZone, Option<Warning>), TrackerError> {
    let problem = match name.map(ServerZone::parse) {
        Some(Ok(zone)) => return Ok((zone, None)),
        Some(Err(error)) => error.to_string(),
        None => "the server does not say the zone of its clock".to_owned(),
    };
    match occurred_at {
        OccurredAt::InUtc => Err(TrackerError::Zone(problem)),
        OccurredAt::AsShown => Ok((ServerZone::UTC, Some(Warning { kind: WarningKind::TimeZone, message: problem }))),
    }
}

#[derive(Deserialize)]
struct Unit {
    id: Uid,
    #[serde(default)]
    path: String,
}

/// The units to ask for: those named, without any that lies below another, whose events would come twice.
async fn parents(client: &Client, query: &EventQuery, warnings: &mut Vec<Warning>) -> Result<Vec<Uid>, TrackerError> {
    let known: Vec<Unit> = find(client, "organisationUnits", &query.org_unit_parents, "id,path").await?;
    let ids: HashSet<Uid> = known.iter().map(|unit| unit.id).collect();
    let unknown: Vec<&str> = query.org_unit_parents.iter().filter(|id| !ids.contains(*id)).map(Uid::as_str).collect();
    if !unknown.is_empty() {
        warnings.push(Warning {
            kind: WarningKind::UnknownId,
            message: format!("organisation unit not found, or not visible to this account: {}", unknown.join(", ")),
        });
    }
    let below_another = |id: &Uid| {
        let path = known.iter().find(|unit| unit.id == *id).map_or("", |unit| unit.path.as_str());
        path.split('/').any(|part| part != id.as_str() && ids.iter().any(|other| other.as_str() == part))
    };
    Ok(query.org_unit_parents.iter().filter(|id| !below_another(id)).copied().collect())
}
