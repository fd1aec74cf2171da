//! Events as a source of the engine.

use std::collections::HashSet;

use chrono::Days;
use dhis2_api::Uid;
use dhis2_api::datetime::ServerZone;
use dhis2_api::dialect::Dialect;
use dhis2_api::request::ApiRequest;
use dhis2_extract::source::Narrowed;
use dhis2_extract::{Page, Source};
use dhis2_frame::{FrameError, FrameSchema};
use dhis2_http::HttpError;

use crate::events::columns::{EVENT_NOTES, EVENTS, RICH_EVENTS};
use crate::events::flatten::Flatten;
use crate::events::notes::FlattenNotes;
use crate::events::options::{EventColumns, EventStatus, OccurredAt};
use crate::events::query::{DayWindow, EventQuery};
use crate::rows::FlatPage;
use crate::uids::{batches, list, named};
use crate::{filter, paging};

/// What is asked of every event. A name that a version does not know is no error there: the field is absent.
const PLAIN: &str = "event,status,program,programStage,orgUnit,occurredAt,updatedAt,deleted,attributeOptionCombo";

/// What of an event becomes rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    /// The data values, in the columns of the question.
    Values,
    /// One rich row, without any data value.
    Head,
    /// The notes.
    Notes,
}

/// A planned question for events.
#[derive(Debug)]
pub(crate) struct EventSource {
    pub(crate) part: Part,
    pub(crate) dialect: Dialect,
    pub(crate) zone: ServerZone,
    pub(crate) query: EventQuery,
    /// Units of which none lies below another, where all below them count.
    pub(crate) units: Vec<Uid>,
}

/// A unit, or uids, or both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct EventChunk {
    unit: Option<Uid>,
    events: Vec<Uid>,
    enrollments: Vec<Uid>,
}

impl EventSource {
    fn columns(&self) -> EventColumns {
        match self.part {
            Part::Values => self.query.columns,
            Part::Head => EventColumns::Rich,
            Part::Notes => EventColumns::Plain,
        }
    }

    fn fields(&self) -> String {
        let mut fields = PLAIN.to_owned();
        let overdue = self.query.status == Some(EventStatus::Overdue);
        if self.columns() == EventColumns::Rich {
            fields.push_str(",enrollment,trackedEntity,scheduledAt,completedAt,createdAt,storedBy,");
            fields.push_str("assignedUser[uid,username],geometry,");
            fields.push_str(self.dialect.event_follow_up_field);
        } else if overdue || self.query.scheduled != DayWindow::default() {
            fields.push_str(",scheduledAt");
        }
        if !self.query.attribute_options.is_empty() {
            fields.push_str(",attributeCategoryOptions");
        }
        match (self.part, self.query.columns) {
            (Part::Values, EventColumns::Plain) => fields.push_str(",dataValues[dataElement,value]"),
            (Part::Values, EventColumns::Rich) => fields.push_str(",dataValues[dataElement,value,providedElsewhere]"),
            (Part::Head, _) => {}
            (Part::Notes, _) => {
                fields.push_str(",notes[note,storedAt,storedBy,value,createdBy[username]]");
                if self.query.filters.iter().any(|filter| filter.item().is_some()) {
                    fields.push_str(",dataValues[dataElement,value]");
                }
            }
        }
        fields
    }

    /// The events of an answer that were asked for.
    fn events(&self, body: &[u8]) -> Result<FlatPage, FrameError> {
        let flatten = Flatten {
            items: self.dialect.tracker_items.key("events"),
            zone: self.zone,
            in_utc: self.query.occurred_at == OccurredAt::InUtc,
            columns: self.columns(),
            selection: self.query.selection(self.zone),
        };
        filter::keep(flatten.body(body)?, &self.query.filters, EventQuery::filterable(self.columns()))
    }

    fn notes(&self, body: &[u8]) -> Result<FlatPage, FrameError> {
        let mut only = None;
        if !self.query.filters.is_empty() {
            let events = self.events(body)?;
            let uids = events.frame.column("event_id")?.str()?;
            only = Some(uids.iter().flatten().map(str::to_owned).collect::<HashSet<_>>());
        }
        let selection = self.query.selection(self.zone);
        let items = self.dialect.tracker_items.key("events");
        FlattenNotes { items, zone: self.zone, selection: &selection, only }.body(body)
    }
}

impl Source for EventSource {
    type Chunk = EventChunk;

    fn schema(&self) -> &'static FrameSchema {
        match (self.part, self.columns()) {
            (Part::Notes, _) => &EVENT_NOTES,
            (_, EventColumns::Plain) => &EVENTS,
            (_, EventColumns::Rich) => &RICH_EVENTS,
        }
    }

    fn key(&self) -> &'static [&'static str] {
        &["event_id"]
    }

    fn chunks(&self) -> Vec<EventChunk> {
        let units: Vec<Option<Uid>> =
            if self.units.is_empty() { vec![None] } else { self.units.iter().copied().map(Some).collect() };
        let mut chunks = Vec::new();
        for unit in units {
            for events in batches(&self.query.events) {
                for enrollments in batches(&self.query.enrollments) {
                    chunks.push(EventChunk { unit, events: events.clone(), enrollments });
                }
            }
        }
        chunks
    }

    fn describe(&self, chunk: &EventChunk) -> String {
        let what = if self.part == Part::Notes { "notes of events" } else { "events" };
        let mut text = format!("{what} of program {}", self.query.program);
        if !chunk.events.is_empty() {
            text = format!("{text}, events {}", named(&chunk.events));
        }
        if !chunk.enrollments.is_empty() {
            text = format!("{text}, of enrollments {}", named(&chunk.enrollments));
        }
        match chunk.unit {
            Some(unit) => format!("{text} under organisation unit {unit}"),
            None if self.query.org_unit_mode.needs_units() => text,
            None => format!("{text}, units {}", self.query.org_unit_mode.as_str()),
        }
    }

    fn request(&self, chunk: &EventChunk, page: u32) -> ApiRequest {
        let dialect = &self.dialect;
        let mut request = ApiRequest::get("tracker/events").param("program", self.query.program.as_str());
        // A stage is an event's for good; it may be asked for.
        if let Some(stage) = &self.query.program_stage {
            request = request.param("programStage", stage.as_str());
        }
        if let Some(unit) = &chunk.unit {
            request = request.param("orgUnit", unit.as_str());
        }
        if chunk.unit.is_some() || !self.query.org_unit_mode.needs_units() {
            request = request.param(dialect.org_unit_mode_param, self.query.org_unit_mode.as_str());
        }
        if !chunk.events.is_empty() {
            request = request.param(dialect.event_uids_param, list(&chunk.events, dialect.uid_separator));
        }
        if !chunk.enrollments.is_empty() {
            // With commas on every version, even those that part other uids by semicolons.
            request = request.param("enrollments", list(&chunk.enrollments, ','));
        }
        // Both bounds are midnights and both are asked wide: whether a version takes the upper one in or not, and by how
        // much it shifts them, the rows are cut exactly when they are read.
        let margin = u64::from(dialect.occurred_bounds.off_by_days);
        if let Some(day) = self.query.occurred.after.and_then(|day| day.checked_sub_days(Days::new(margin))) {
            request = request.param("occurredAfter", format!("{day}T00:00:00.000"));
        }
        if let Some(day) = self.query.occurred.before.and_then(|day| day.checked_add_days(Days::new(1 + margin))) {
            request = request.param("occurredBefore", format!("{day}T00:00:00.000"));
        }
        if let Some(updated_after) = self.query.updated.updated_after(self.zone) {
            request = request.param("updatedAfter", updated_after);
        }
        // Deleted events are asked for and left out here: one that is deleted during the walk then shifts no page.
        request = request.param("includeDeleted", "true").param("fields", self.fields());
        paging::page(request, dialect, dialect.events_order, page, self.query.page_size)
    }

    fn pages_at_once(&self, _chunk: &EventChunk) -> bool {
        self.dialect.new_events_last
    }

    fn read(&self, _chunk: &EventChunk, page: u32, body: &[u8]) -> Result<Page, FrameError> {
        let flat = if self.part == Part::Notes { self.notes(body)? } else { self.events(body)? };
        let more = paging::more(&self.dialect, page, &flat.pager);
        Ok(flat.into_page(more))
    }

    fn split(&self, _chunk: &EventChunk) -> Option<Vec<EventChunk>> {
        None
    }

    fn narrow(&self, _chunk: &EventChunk, _refusal: &HttpError) -> Option<Narrowed<EventChunk>> {
        None
    }
}
