//! A question for events, checked before anything is sent.

use chrono::{Days, NaiveDate};
use dhis2_api::Uid;
use dhis2_api::datetime::{Instant, ServerZone, WallClock};
use serde_json::{Map, Value};

use crate::check;
use crate::error::QueryError;
use crate::events::columns::{EVENTS, RICH_EVENTS};
use crate::events::options::{EventColumns, EventStatus, OccurredAt};
use crate::events::selection::{Selection, WallWindow};
use crate::filter::{Filterable, ObjectFilter};
use crate::lists::lists;
use crate::scope::OrgUnitMode;
use crate::window::UpdatedWindow;

/// Events a page, unless asked otherwise: a request costs a server some 0.4 s whatever its size, an event 0.12 ms (wire
/// document, section 8, "What requests cost").
pub const PAGE_SIZE: u32 = 5_000;

/// Which events to extract. Made by [`EventQuery::builder`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventQuery {
    pub(crate) program: Uid,
    pub(crate) program_stage: Option<Uid>,
    pub(crate) org_unit_parents: Vec<Uid>,
    pub(crate) org_unit_mode: OrgUnitMode,
    pub(crate) events: Vec<Uid>,
    pub(crate) enrollments: Vec<Uid>,
    pub(crate) occurred: DayWindow,
    pub(crate) scheduled: DayWindow,
    pub(crate) updated: UpdatedWindow,
    pub(crate) status: Option<EventStatus>,
    pub(crate) attribute_options: Vec<Uid>,
    pub(crate) include_deleted: bool,
    pub(crate) filters: Vec<ObjectFilter>,
    pub(crate) columns: EventColumns,
    pub(crate) occurred_at: OccurredAt,
    pub(crate) page_size: u32,
}

/// Whole days on the server's clock, the first and the last among them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct DayWindow {
    pub(crate) after: Option<NaiveDate>,
    pub(crate) before: Option<NaiveDate>,
}

impl DayWindow {
    /// Two windows that hold every day once. `None` of a single day, or where a bound is open.
    pub(crate) fn halves(self) -> Option<[Self; 2]> {
        let (first, last) = self.after.zip(self.before)?;
        let days = u64::try_from(last.signed_duration_since(first).num_days()).ok().filter(|days| *days > 0)?;
        let middle = first.checked_add_days(Days::new((days - 1) / 2))?;
        let next = middle.checked_add_days(Days::new(1))?;
        Some([Self { before: Some(middle), ..self }, Self { after: Some(next), ..self }])
    }

    /// The first moment wanted and the first no longer wanted.
    pub(crate) fn on_the_clock(self) -> WallWindow {
        let after_last = self.before.and_then(|day| day.checked_add_days(Days::new(1)));
        WallWindow { from: self.after.map(WallClock::start_of), before: after_last.map(WallClock::start_of) }
    }
}

impl EventQuery {
    /// Begins a question.
    ///
    /// ```
    /// use dhis2_tracker::{EventColumns, EventQuery, EventStatus};
    ///
    /// let query = EventQuery::builder()
    ///     .program("T4KUa2dgu2M")
    ///     .org_unit_parents(["KdK92fYEfTw"])
    ///     .occurred_after("2024-01-01")
    ///     .occurred_before("2024-01-31")
    ///     .status(EventStatus::Completed)
    ///     .filter("M8hbHpWx3IB:in:B50;B51")
    ///     .columns(EventColumns::Rich)
    ///     .build()?;
    /// # Ok::<(), dhis2_tracker::QueryError>(())
    /// ```
    pub fn builder() -> EventQueryBuilder {
        EventQueryBuilder::default()
    }

    /// The same question with other columns. Conditions on columns that are only rich stay.
    pub fn with_columns(&self, columns: EventColumns) -> Self {
        Self { columns, ..self.clone() }
    }

    /// The program's uid.
    pub fn program_id(&self) -> &str {
        self.program.as_str()
    }

    /// The question for a receipt.
    pub fn to_json(&self) -> Value {
        let mut query = Map::new();
        let mut note = |name: &str, value: Value| drop(query.insert(name.to_owned(), value));
        let day = |day: Option<NaiveDate>| day.map(|day| day.to_string()).into();
        let uids = |uids: &[Uid]| uids.iter().map(Uid::as_str).collect::<Value>();
        note("program_id", self.program.as_str().into());
        note("program_stage_id", self.program_stage.map(|stage| stage.to_string()).into());
        note("org_unit_parents", uids(&self.org_unit_parents));
        note("org_unit_mode", self.org_unit_mode.as_str().into());
        note("events", uids(&self.events));
        note("enrollments", uids(&self.enrollments));
        note("occurred_after", day(self.occurred.after));
        note("occurred_before", day(self.occurred.before));
        note("scheduled_after", day(self.scheduled.after));
        note("scheduled_before", day(self.scheduled.before));
        note("status", self.status.map(EventStatus::as_str).into());
        note("attribute_options", uids(&self.attribute_options));
        note("include_deleted", self.include_deleted.into());
        note("filters", self.filters.iter().map(ObjectFilter::describe).collect());
        note("occurred_at", self.occurred_at.describe().into());
        self.updated.note(&mut query);
        Value::Object(query)
    }

    /// What can be filtered by, of these columns.
    pub(crate) fn filterable(columns: EventColumns) -> Filterable {
        let schema = match columns {
            EventColumns::Plain => &EVENTS,
            EventColumns::Rich => &RICH_EVENTS,
        };
        Filterable { schema, item: Some("data_element_id") }
    }

    /// Which of the events of an answer to keep.
    pub(crate) fn selection(&self, zone: ServerZone) -> Selection {
        const DAY_MS: i64 = 86_400_000;
        let now = zone.wall_clock(Instant::now());
        Selection {
            occurred: self.occurred.on_the_clock(),
            scheduled: self.scheduled.on_the_clock(),
            updated: self.updated,
            status: self.status,
            today: Some(WallClock(now.0 - now.0.rem_euclid(DAY_MS))),
            program_stage: self.program_stage,
            attribute_options: self.attribute_options.clone(),
            include_deleted: self.include_deleted,
        }
    }

    /// Whether events are asked for by uid and by nothing else: then each of them is expected.
    pub(crate) fn names_events_only(&self) -> bool {
        let bare = EventQueryBuilder {
            program: Some(self.program.to_string()),
            events: self.events.iter().map(Uid::to_string).collect(),
            include_deleted: self.include_deleted,
            columns: self.columns,
            occurred_at: self.occurred_at,
            page_size: Some(self.page_size),
            ..EventQueryBuilder::default()
        };
        !self.events.is_empty() && bare.build().is_ok_and(|bare| bare == *self)
    }
}

/// Collects a question; [`EventQueryBuilder::build`] checks it.
#[derive(Debug, Clone, Default)]
pub struct EventQueryBuilder {
    program: Option<String>,
    program_stage: Option<String>,
    org_unit_parents: Vec<String>,
    org_unit_mode: OrgUnitMode,
    events: Vec<String>,
    enrollments: Vec<String>,
    occurred_after: Option<String>,
    occurred_before: Option<String>,
    scheduled_after: Option<String>,
    scheduled_before: Option<String>,
    updated_after: Option<String>,
    updated_before: Option<String>,
    status: Option<EventStatus>,
    attribute_options: Vec<String>,
    include_deleted: bool,
    filters: Vec<String>,
    columns: EventColumns,
    occurred_at: OccurredAt,
    page_size: Option<u32>,
}

impl EventQueryBuilder {
    /// The program, by uid.
    pub fn program(self, program: impl Into<String>) -> Self {
        Self { program: Some(program.into()), ..self }
    }

    /// Only events of this stage of the program, by uid.
    pub fn program_stage(self, program_stage: impl Into<String>) -> Self {
        Self { program_stage: Some(program_stage.into()), ..self }
    }

    lists! {
        /// Adds organisation units, by uid: their events and, unless [another mode](Self::org_unit_mode) is said, those of all
        /// units below them. Of programs with registration it is, from 2.40 on, the unit that owns the person that counts,
        /// before 2.40 the event's own; the column `organisation_unit_id` always holds the event's own.
        org_unit_parents
    }

    /// How far the units reach; [`OrgUnitMode::Descendants`] unless said.
    pub fn org_unit_mode(self, org_unit_mode: OrgUnitMode) -> Self {
        Self { org_unit_mode, ..self }
    }

    lists! {
        /// Adds events, by uid: only they come. No unit need be named then.
        events
    }

    lists! {
        /// Adds enrollments, by uid: only their events come. No unit need be named then.
        enrollments
    }

    /// Only events that occurred on this day or later, `YYYY-MM-DD` on the server's clock. Events that are only scheduled
    /// then do not come.
    pub fn occurred_after(self, day: impl Into<String>) -> Self {
        Self { occurred_after: Some(day.into()), ..self }
    }

    /// Only events that occurred on this day or earlier, the whole day included. Events that are only scheduled then do
    /// not come.
    pub fn occurred_before(self, day: impl Into<String>) -> Self {
        Self { occurred_before: Some(day.into()), ..self }
    }

    /// Only events that were scheduled for this day or later, `YYYY-MM-DD` on the server's clock. Events that were not
    /// scheduled then do not come.
    pub fn scheduled_after(self, day: impl Into<String>) -> Self {
        Self { scheduled_after: Some(day.into()), ..self }
    }

    /// Only events that were scheduled for this day or earlier, the whole day included. Events that were not scheduled then
    /// do not come.
    pub fn scheduled_before(self, day: impl Into<String>) -> Self {
        Self { scheduled_before: Some(day.into()), ..self }
    }

    /// Only events last updated at this moment or later: a date, or a date and time with an offset or in UTC.
    pub fn updated_after(self, moment: impl Into<String>) -> Self {
        Self { updated_after: Some(moment.into()), ..self }
    }

    /// Only events last updated at this moment or earlier: a date (the whole day, in UTC), or a date and time with an
    /// offset or in UTC.
    pub fn updated_before(self, moment: impl Into<String>) -> Self {
        Self { updated_before: Some(moment.into()), ..self }
    }

    /// Only events of this status.
    pub fn status(self, status: EventStatus) -> Self {
        Self { status: Some(status), ..self }
    }

    lists! {
        /// Adds category options, by uid: only events whose attribute option combo consists of all of them come.
        attribute_options
    }

    /// Whether deleted events come too.
    pub fn include_deleted(self, include_deleted: bool) -> Self {
        Self { include_deleted, ..self }
    }

    /// Adds a condition in DHIS2's notation on a data element (`M8hbHpWx3IB:in:B50;B51`, `tJ7XuzLqNDv:ge:100:lt:200`) or on
    /// a column (`program_stage_id:eq:Yl7DhNudbZY`). All conditions must hold; an event comes with all of its values or not
    /// at all. Options are compared by code on every version; case is ignored, as servers do; a data element alone
    /// means that it has a value, and all operators but `null` demand one. Times compare with a date's first moment.
    pub fn filter(mut self, filter: impl Into<String>) -> Self {
        self.filters.push(filter.into());
        self
    }

    /// Which columns come.
    pub fn columns(self, columns: EventColumns) -> Self {
        Self { columns, ..self }
    }

    /// What the columns `occurred_at`, `scheduled_at` and `completed_at` hold.
    pub fn occurred_at(self, occurred_at: OccurredAt) -> Self {
        Self { occurred_at, ..self }
    }

    /// Events a page; [`PAGE_SIZE`] unless said.
    pub fn page_size(self, events: u32) -> Self {
        Self { page_size: Some(events), ..self }
    }

    /// Checks the question.
    ///
    /// # Errors
    /// [`QueryError`] says what is missing, contradicts itself or is malformed.
    pub fn build(self) -> Result<EventQuery, QueryError> {
        let program = check::program(self.program.as_deref())?;
        let program_stage = check::uid("program stage", self.program_stage.as_deref())?;
        let org_unit_parents = check::uids("organisation unit", &self.org_unit_parents)?;
        let events = check::uids("event", &self.events)?;
        let enrollments = check::uids("enrollment", &self.enrollments)?;
        if self.org_unit_mode.needs_units() {
            if org_unit_parents.is_empty() && events.is_empty() && enrollments.is_empty() {
                return Err(QueryError::NoOrgUnit);
            }
        } else if !org_unit_parents.is_empty() {
            return Err(QueryError::UnitsBesideMode { mode: self.org_unit_mode.as_str() });
        }
        let window = |names, after: Option<String>, before: Option<String>| {
            check::days(names, after.as_deref(), before.as_deref()).map(|(after, before)| DayWindow { after, before })
        };
        let filterable = EventQuery::filterable(self.columns);
        Ok(EventQuery {
            program,
            program_stage,
            org_unit_parents,
            org_unit_mode: self.org_unit_mode,
            events,
            enrollments,
            occurred: window(["occurred_after", "occurred_before"], self.occurred_after, self.occurred_before)?,
            scheduled: window(["scheduled_after", "scheduled_before"], self.scheduled_after, self.scheduled_before)?,
            updated: UpdatedWindow::check(self.updated_after.as_deref(), self.updated_before.as_deref())?,
            status: self.status,
            attribute_options: check::uids("category option", &self.attribute_options)?,
            include_deleted: self.include_deleted,
            filters: ObjectFilter::parse_all(&self.filters, filterable)?,
            columns: self.columns,
            occurred_at: self.occurred_at,
            page_size: check::page_size(self.page_size, PAGE_SIZE)?,
        })
    }
}

#[cfg(test)]
mod tests;
