//! The work plan: which visits are due, overdue or missed.

use chrono::NaiveDate;
use dhis2_api::datetime::{Instant, WallClock};
use dhis2_extract::{Engine, Extraction};
use dhis2_frame::{DatetimeColumn, FrameError, Int64Column, StringColumn};
use polars::frame::DataFrame;
use polars::prelude::SortMultipleOptions;

use crate::check;
use crate::error::{QueryError, TrackerError};
use crate::events::extract;
use crate::events::query::{EventQuery, EventQueryBuilder};
use crate::events::source::Part;
use crate::prepare;

const DAY_MS: i64 = 86_400_000;

/// Which visits to plan. Made by [`ScheduleQuery::builder`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScheduleQuery {
    events: EventQuery,
    as_of: Option<NaiveDate>,
}

impl ScheduleQuery {
    /// Begins a question.
    ///
    /// ```
    /// use dhis2_tracker::ScheduleQuery;
    ///
    /// let query = ScheduleQuery::builder()
    ///     .program("T4KUa2dgu2M")
    ///     .org_unit_parents(["KdK92fYEfTw"])
    ///     .as_of("2024-01-31")
    ///     .build()?;
    /// # Ok::<(), dhis2_tracker::QueryError>(())
    /// ```
    pub fn builder() -> ScheduleQueryBuilder {
        ScheduleQueryBuilder::default()
    }
}

/// Collects a question; [`ScheduleQueryBuilder::build`] checks it.
#[derive(Debug, Clone, Default)]
pub struct ScheduleQueryBuilder {
    events: EventQueryBuilder,
    as_of: Option<String>,
}

impl ScheduleQueryBuilder {
    /// The program, by uid.
    pub fn program(self, program: impl Into<String>) -> Self {
        Self { events: self.events.program(program), ..self }
    }

    /// Only visits of this stage of the program, by uid.
    pub fn program_stage(self, program_stage: impl Into<String>) -> Self {
        Self { events: self.events.program_stage(program_stage), ..self }
    }

    /// Adds organisation units, by uid, with all below them; which unit of a visit counts is said at
    /// [`EventQueryBuilder::org_unit_parents`].
    pub fn org_unit_parents<I>(self, ids: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        Self { events: self.events.org_unit_parents(ids), ..self }
    }

    /// Adds a condition on a column of [`RICH_EVENTS`](crate::RICH_EVENTS), as [`EventQueryBuilder::filter`] takes it, such
    /// as `organisation_unit_id:eq:E7JGvseIzdW`.
    pub fn filter(self, filter: impl Into<String>) -> Self {
        Self { events: self.events.filter(filter), ..self }
    }

    /// The day of the plan, `YYYY-MM-DD`: visits scheduled for an earlier day are overdue. Today on the server's clock,
    /// unless said. The plan is made of what the server holds now: a visit that has taken place since is not in it.
    pub fn as_of(self, day: impl Into<String>) -> Self {
        Self { as_of: Some(day.into()), ..self }
    }

    /// Visits a page, as [`EventQueryBuilder::page_size`].
    pub fn page_size(self, events: u32) -> Self {
        Self { events: self.events.page_size(events), ..self }
    }

    /// Checks the question.
    ///
    /// # Errors
    /// [`QueryError`] says what is missing, contradicts itself or is malformed.
    pub fn build(self) -> Result<ScheduleQuery, QueryError> {
        Ok(ScheduleQuery { as_of: check::date("as_of", self.as_of.as_deref())?, events: self.events.build()? })
    }
}

/// Extracts the work plan of a program: its visits that have not taken place, from `GET /api/tracker/events`, every version
/// from 2.38 on. The columns are [`SCHEDULE`](crate::SCHEDULE), one row for each, by organisation unit, stage and day.
///
/// # Errors
/// [`TrackerError`] where nothing could be had. What is missing beside other rows makes the receipt partial.
pub async fn extract_schedule(engine: &Engine, query: &ScheduleQuery) -> Result<Extraction, TrackerError> {
    let server = engine.client().server().await?;
    let zone = prepare::known_zone(server.info.server_time_zone_id.as_deref())?;
    let today = query.as_of.map_or_else(|| zone.wall_clock(Instant::now()), WallClock::start_of);
    let today = today.0.div_euclid(DAY_MS);
    let mut extraction = extract::run(engine, &query.events, Part::Head, "schedule").await?;
    extraction.frame = plan(&extraction.frame, today)?;
    let receipt = &mut extraction.receipt;
    receipt.rows = extraction.frame.height() as u64;
    if let Some(query) = receipt.query.as_object_mut() {
        query.insert("as_of".to_owned(), Instant(today * DAY_MS).to_string()[..10].into());
    }
    Ok(extraction)
}

/// Of rich events, the visits that have not taken place; `today` is the day of the plan since 1970-01-01.
fn plan(events: &DataFrame, today: i64) -> Result<DataFrame, FrameError> {
    let texts = |name| events.column(name).and_then(|column| column.str());
    let scheduled_at = events.column("scheduled_at")?.to_physical_repr();
    let scheduled_at = scheduled_at.i64()?;
    let copied = ["event_id", "tracked_entity_id", "enrollment_id", "program_stage_id", "organisation_unit_id"];
    let sources = copied.into_iter().map(texts).collect::<Result<Vec<_>, _>>()?;
    let stored = texts("status")?;
    let mut columns: [StringColumn; 5] = Default::default();
    let (mut when, mut days, mut states) = (DatetimeColumn::default(), Int64Column::default(), StringColumn::default());
    for row in 0..events.height() {
        let day = scheduled_at.get(row).map(|ms| ms.div_euclid(DAY_MS));
        let (state, days_overdue) = match (stored.get(row), day) {
            (Some("SKIPPED"), _) => ("missed", None),
            (Some("SCHEDULE" | "OVERDUE"), Some(day)) if day < today => ("overdue", Some(today - day)),
            (Some("SCHEDULE" | "OVERDUE"), _) => ("scheduled", Some(0)),
            _ => continue,
        };
        for (column, source) in columns.iter_mut().zip(&sources) {
            column.push_opt(source.get(row));
        }
        when.push_opt(scheduled_at.get(row));
        days.push_opt(days_overdue);
        states.push(state);
    }
    let height = states.len();
    let mut all: Vec<_> = columns.into_iter().zip(copied).map(|(column, name)| column.finish(name)).collect();
    all.extend([when.finish("scheduled_at"), days.finish("days_overdue"), states.finish("state")]);
    let by = ["organisation_unit_id", "program_stage_id", "scheduled_at", "event_id"];
    Ok(DataFrame::new(height, all)?.sort(by, SortMultipleOptions::default())?)
}

#[cfg(test)]
mod tests;
