//! The extracts, from the question to the result.

use dhis2_api::datetime::ServerZone;
use dhis2_extract::engine::Preparation;
use dhis2_extract::lookup::{unknown, unknown_ids};
use dhis2_extract::{Engine, Extraction, Prepared, Warning, WarningKind};

use crate::error::TrackerError;
use crate::events::options::{EventColumns, OccurredAt};
use crate::events::query::EventQuery;
use crate::events::schedule;
use crate::events::source::{EventSource, Part};
use crate::prepare;
use crate::scope::OrgUnitMode;
use crate::window::UpdatedWindow;

/// Extracts the events of a program: `GET /api/tracker/events`, every version from 2.38 on. The columns are
/// [`EVENTS`](crate::EVENTS), or [`RICH_EVENTS`](crate::RICH_EVENTS) where they are asked for: one row for each data value
/// of an event, one row for an event without any. Each event comes once; deleted ones come on request only.
///
/// # Errors
/// [`TrackerError`] where nothing could be had. What is missing beside other rows makes the receipt partial.
pub async fn extract_events(engine: &Engine, query: &EventQuery) -> Result<Extraction, TrackerError> {
    Ok(prepare_events(engine, query).await?.collect().await?)
}

/// Plans an extract of events: see [`extract_events`]. What the question names is looked up; nothing is fetched.
///
/// # Errors
/// [`TrackerError`] where the server cannot be asked.
pub async fn prepare_events(engine: &Engine, query: &EventQuery) -> Result<Prepared, TrackerError> {
    plan(engine, query, Part::Values, "events").await
}

/// Extracts the notes of a program's events: `notes` of `GET /api/tracker/events`, every version from 2.38 on. The columns
/// are [`EVENT_NOTES`](crate::EVENT_NOTES): one row for each note of the events that the question asks for.
///
/// # Errors
/// [`TrackerError`] where nothing could be had. What is missing beside other rows makes the receipt partial.
pub async fn extract_event_notes(engine: &Engine, query: &EventQuery) -> Result<Extraction, TrackerError> {
    Ok(prepare_event_notes(engine, query).await?.collect().await?)
}

/// Plans an extract of notes: see [`extract_event_notes`]. What the question names is looked up; nothing is fetched.
///
/// # Errors
/// [`TrackerError`] where the server cannot be asked.
pub async fn prepare_event_notes(engine: &Engine, query: &EventQuery) -> Result<Prepared, TrackerError> {
    plan(engine, query, Part::Notes, "event_notes").await
}

/// Plans an extract of a part of what events are.
pub(crate) async fn plan(
    engine: &Engine,
    query: &EventQuery,
    part: Part,
    extract: &'static str,
) -> Result<Prepared, TrackerError> {
    let client = engine.client();
    let server = client.server().await?;
    let (zone, warning) = zone(server.info.server_time_zone_id.as_deref(), query, part)?;
    let mut warnings: Vec<Warning> = warning.into_iter().collect();
    let units = match query.org_unit_mode {
        OrgUnitMode::Descendants => prepare::parents(client, &query.org_unit_parents, &mut warnings).await?,
        // Where not all units below count, none stands for another.
        _ => prepare::known_units(client, &query.org_unit_parents, &mut warnings).await?,
    };
    let missing = unknown(client, "categoryOptions", &query.attribute_options).await?;
    warnings.extend(unknown_ids("category option", &missing));
    let mut query = query.clone();
    prepare::filters(client, &mut query.filters, "dataElements", "data element", &mut warnings).await?;
    let mut asked = query.to_json();
    if let Part::Visits { today } = part {
        asked["as_of"] = schedule::day(today).into();
    }
    let preparation = Preparation::new(extract, asked, warnings).hiding(&prepare::hidden(&query.filters));
    let expected = if query.names_events_only() && part != Part::Notes { query.events.clone() } else { Vec::new() };
    let source = EventSource { part, dialect: server.dialect, zone, query, units };
    let prepared = Prepared::new(engine, source, preparation);
    Ok(prepared.expecting(prepare::expected("event of this program", &expected)))
}

/// The zone of the server's clock. Where no time is converted its lack is worth a warning only, since the reader of the
/// times may want it.
fn zone(name: Option<&str>, query: &EventQuery, part: Part) -> Result<(ServerZone, Option<Warning>), TrackerError> {
    let instants =
        part != Part::Values || query.columns == EventColumns::Rich || query.updated != UpdatedWindow::default();
    match prepare::zone(name) {
        Ok(zone) => Ok((zone, None)),
        Err(problem) if query.occurred_at == OccurredAt::InUtc => Err(TrackerError::Zone(problem)),
        Err(problem) if instants => Err(TrackerError::UnknownClock(problem)),
        Err(message) => Ok((ServerZone::UTC, Some(Warning { kind: WarningKind::TimeZone, message }))),
    }
}
