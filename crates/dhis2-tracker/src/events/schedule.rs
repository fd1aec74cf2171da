//! The work plan: which visits are due, overdue or missed.

use chrono::NaiveDate;
use dhis2_api::datetime::{Instant, WallClock};
use dhis2_extract::{Engine, Extraction, Prepared};
use dhis2_frame::{DatetimeColumn, FrameError, Int64Column, StringColumn};
use polars::frame::DataFrame;

use crate::check;
use crate::error::{QueryError, TrackerError};
use crate::events::extract;
use crate::events::query::{EventQuery, EventQueryBuilder};
use crate::events::source::Part;
use crate::prepare;
use crate::rows::FlatPage;

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
/// from 2.38 on. The columns are [`SCHEDULE`](crate::SCHEDULE), one row for each, by organisation unit as the question names
/// them.
///
/// # Errors
/// [`TrackerError`] where nothing could be had. What is missing beside other rows makes the receipt partial.
pub async fn extract_schedule(engine: &Engine, query: &ScheduleQuery) -> Result<Extraction, TrackerError> {
    Ok(prepare_schedule(engine, query).await?.collect().await?)
}

/// Plans an extract of the work plan: see [`extract_schedule`]. What the question names is looked up; nothing is fetched. A
/// plan of today is one of this day also when it is gone on with tomorrow, which is refused.
///
/// # Errors
/// [`TrackerError`] where the server cannot be asked.
pub async fn prepare_schedule(engine: &Engine, query: &ScheduleQuery) -> Result<Prepared, TrackerError> {
    let server = engine.client().server().await?;
    let zone = prepare::known_zone(server.info.server_time_zone_id.as_deref())?;
    let today = query.as_of.map_or_else(|| zone.wall_clock(Instant::now()), WallClock::start_of);
    let today = today.0.div_euclid(DAY_MS);
    extract::plan(engine, &query.events, Part::Visits { today }, "schedule").await
}

/// A day since 1970-01-01, as `YYYY-MM-DD`.
pub(crate) fn day(day: i64) -> String {
    Instant(day * DAY_MS).to_string()[..10].to_owned()
}

/// Of rich events, one row each, the visits that have not taken place; `today` is the day of the plan since 1970-01-01.
pub(crate) fn visits(events: FlatPage, today: i64) -> Result<FlatPage, FrameError> {
    let frame = &events.frame;
    let texts = |name| frame.column(name).and_then(|column| column.str());
    let scheduled_at = frame.column("scheduled_at")?.to_physical_repr();
    let scheduled_at = scheduled_at.i64()?;
    let copied = ["event_id", "tracked_entity_id", "enrollment_id", "program_stage_id", "organisation_unit_id"];
    let sources = copied.into_iter().map(texts).collect::<Result<Vec<_>, _>>()?;
    let stored = texts("status")?;
    let mut columns: [StringColumn; 5] = Default::default();
    let (mut when, mut days, mut states) = (DatetimeColumn::default(), Int64Column::default(), StringColumn::default());
    let (mut starts, mut updated) = (Vec::new(), Vec::new());
    for (row, its_update) in events.updated.iter().enumerate() {
        let day = scheduled_at.get(row).map(|ms| ms.div_euclid(DAY_MS));
        let (state, days_overdue) = match (stored.get(row), day) {
            (Some("SKIPPED"), _) => ("missed", None),
            (Some("SCHEDULE" | "OVERDUE"), Some(day)) if day < today => ("overdue", Some(today - day)),
            (Some("SCHEDULE" | "OVERDUE"), _) => ("scheduled", Some(0)),
            _ => continue,
        };
        starts.push(u32::try_from(states.len()).unwrap_or(u32::MAX));
        updated.push(*its_update);
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
    Ok(FlatPage { frame: DataFrame::new(height, all)?, starts, updated, ..events })
}

#[cfg(test)]
mod tests;
