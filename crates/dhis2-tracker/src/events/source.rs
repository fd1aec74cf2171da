//! Events as a source of the engine.

use std::collections::HashSet;

use async_trait::async_trait;
use chrono::Days;
use dhis2_api::Uid;
use dhis2_api::datetime::ServerZone;
use dhis2_api::dialect::Dialect;
use dhis2_api::request::ApiRequest;
use dhis2_extract::source::Narrowed;
use dhis2_extract::{Page, Source, Spelling};
use dhis2_frame::{FrameError, FrameSchema};
use dhis2_http::{Client, HttpError};

use crate::events::columns::{EVENT_NOTES, EVENTS, RICH_EVENTS, SCHEDULE};
use crate::events::flatten::Flatten;
use crate::events::notes::FlattenNotes;
use crate::events::options::{EventColumns, EventStatus, OccurredAt};
use crate::events::query::{DayWindow, EventQuery};
use crate::events::schedule::visits;
use crate::events::selection::Selection;
use crate::rows::FlatPage;
use crate::scope::OrgUnitMode;
use crate::uids::{Place, batches, list, named};
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
    /// The visit that it is, where it has not taken place.
    Visits {
        /// The day of the plan, since 1970-01-01.
        today: i64,
    },
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

/// Events at some place, of some enrollments, of some days.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct EventChunk {
    /// The uids are those of events.
    place: Place,
    enrollments: Vec<Uid>,
    occurred: DayWindow,
}

impl EventSource {
    fn columns(&self) -> EventColumns {
        match self.part {
            Part::Values => self.query.columns,
            Part::Head | Part::Visits { .. } => EventColumns::Rich,
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
            (Part::Head | Part::Visits { .. }, _) => {}
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
    fn events(&self, body: &[u8], occurred: DayWindow) -> Result<FlatPage, FrameError> {
        let flatten = Flatten {
            items: self.dialect.tracker_items.key("events"),
            zone: self.zone,
            in_utc: self.query.occurred_at == OccurredAt::InUtc,
            columns: self.columns(),
            selection: Selection { occurred: occurred.on_the_clock(), ..self.query.selection(self.zone) },
        };
        filter::keep(flatten.body(body)?, &self.query.filters, EventQuery::filterable(self.columns()))
    }

    fn notes(&self, body: &[u8], occurred: DayWindow) -> Result<FlatPage, FrameError> {
        let mut only = None;
        if !self.query.filters.is_empty() {
            let events = self.events(body, occurred)?;
            let uids = events.frame.column("event_id")?.str()?;
            only = Some(uids.iter().flatten().map(str::to_owned).collect::<HashSet<_>>());
        }
        let selection = Selection { occurred: occurred.on_the_clock(), ..self.query.selection(self.zone) };
        let items = self.dialect.tracker_items.key("events");
        FlattenNotes { items, zone: self.zone, selection: &selection, only }.body(body)
    }
}

#[async_trait]
impl Source for EventSource {
    type Chunk = EventChunk;

    fn schema(&self) -> &'static FrameSchema {
        match (self.part, self.columns()) {
            (Part::Notes, _) => &EVENT_NOTES,
            (Part::Visits { .. }, _) => &SCHEDULE,
            (_, EventColumns::Plain) => &EVENTS,
            (_, EventColumns::Rich) => &RICH_EVENTS,
        }
    }

    fn key(&self) -> &'static [&'static str] {
        &["event_id"]
    }

    fn chunks(&self) -> Vec<EventChunk> {
        let mut chunks = Vec::new();
        let lists = [&self.query.events, &self.query.enrollments].into_iter().filter(|uids| !uids.is_empty()).count();
        for place in Place::beside(&self.units, &self.query.events, lists) {
            for enrollments in batches(&self.query.enrollments, lists) {
                chunks.push(EventChunk { place: place.clone(), enrollments, occurred: self.query.occurred });
            }
        }
        chunks
    }

    fn describe(&self, chunk: &EventChunk) -> String {
        let what = match self.part {
            Part::Values | Part::Head => "events",
            Part::Visits { .. } => "visits",
            Part::Notes => "notes of events",
        };
        let mut text = format!("{what} of program {}", self.query.program);
        if !chunk.enrollments.is_empty() {
            text = format!("{text}, of enrollments {}", named(&chunk.enrollments));
        }
        if let DayWindow { after: Some(after), before: Some(before) } = chunk.occurred {
            text = format!("{text}, {after} to {before}");
        }
        text = format!("{text}{}", chunk.place);
        if chunk.place.unit.is_some() || self.query.org_unit_mode.needs_units() {
            return text;
        }
        format!("{text}, units {}", self.query.org_unit_mode.as_str())
    }

    fn request(&self, chunk: &EventChunk, page: u32) -> ApiRequest {
        let dialect = &self.dialect;
        let mut request = ApiRequest::get("tracker/events").param("program", self.query.program.as_str());
        // A stage is an event's for good; it may be asked for.
        if let Some(stage) = &self.query.program_stage {
            request = request.param("programStage", stage.as_str());
        }
        let EventChunk { place, enrollments: _, occurred } = chunk;
        if let Some(unit) = &place.unit {
            request = request.param("orgUnit", unit.as_str());
        }
        if place.unit.is_some() || !self.query.org_unit_mode.needs_units() {
            let mode = if place.alone { OrgUnitMode::Selected } else { self.query.org_unit_mode };
            request = request.param(dialect.org_unit_mode_param, mode.as_str());
        }
        if !place.uids.is_empty() {
            request = request.param(dialect.event_uids_param, list(&place.uids, dialect.uid_separator));
        }
        if !chunk.enrollments.is_empty() {
            // With commas on every version, even those that part other uids by semicolons.
            request = request.param("enrollments", list(&chunk.enrollments, ','));
        }
        // Both bounds are midnights and both are asked wide: whether a version takes the upper one in or not, and by how
        // much it shifts them, the rows are cut exactly when they are read.
        let margin = u64::from(dialect.occurred_bounds.off_by_days);
        if let Some(day) = occurred.after.and_then(|day| day.checked_sub_days(Days::new(margin))) {
            request = request.param("occurredAfter", format!("{day}T00:00:00.000"));
        }
        if let Some(day) = occurred.before.and_then(|day| day.checked_add_days(Days::new(1 + margin))) {
            request = request.param("occurredBefore", format!("{day}T00:00:00.000"));
        }
        if let Some(updated_after) = self.query.updated.updated_after(self.zone) {
            request = request.param("updatedAfter", updated_after);
        }
        // Deleted events are asked for and left out here: one that is deleted during the walk then shifts no page.
        request = request.param("includeDeleted", "true").param("fields", self.fields());
        paging::page(request, dialect, dialect.events_order, page, place.page_size.unwrap_or(self.query.page_size))
    }

    fn count(&self, chunk: &EventChunk) -> Option<ApiRequest> {
        let one = EventChunk { place: Place { page_size: Some(1), ..chunk.place.clone() }, ..chunk.clone() };
        Some(paging::counting(self.request(&one, 1), &self.dialect))
    }

    fn spellings(&self) -> Vec<Spelling> {
        let mut spellings = vec![paging::unit_spelling(&self.dialect)];
        spellings.extend(paging::spellings(&self.dialect, self.dialect.events_order));
        if self.query.occurred != DayWindow::default() {
            let why = "asked for wide and cut here: versions shift the bounds and take the last day in or not";
            spellings.push(Spelling::new("occurredAfter, occurredBefore", why));
        }
        if !self.query.events.is_empty() {
            spellings.push(Spelling::new(self.dialect.event_uids_param, "the name that this version reads"));
        }
        spellings
    }

    fn pages_at_once(&self, _chunk: &EventChunk) -> bool {
        self.dialect.new_events_last
    }

    fn read(&self, chunk: &EventChunk, page: u32, body: &[u8]) -> Result<Page, FrameError> {
        let flat = match self.part {
            Part::Notes => self.notes(body, chunk.occurred)?,
            Part::Values | Part::Head => self.events(body, chunk.occurred)?,
            Part::Visits { today } => visits(self.events(body, chunk.occurred)?, today)?,
        };
        let more = paging::more(&self.dialect, page, &flat.pager);
        Ok(flat.into_page(more))
    }

    async fn split(&self, chunk: &EventChunk, client: &Client) -> Result<Option<Vec<EventChunk>>, HttpError> {
        if let Some(halves) = chunk.occurred.halves() {
            return Ok(Some(halves.map(|occurred| EventChunk { occurred, ..chunk.clone() }).into()));
        }
        // Units that are not asked for with all below them stay as they are.
        let below = self.query.org_unit_mode == OrgUnitMode::Descendants;
        let place = Place { alone: chunk.place.alone || !below, ..chunk.place.clone() };
        let pieces = place.split(client, self.query.page_size).await?;
        let restored = |piece: Place| Place { alone: below && piece.alone, ..piece };
        let with = |piece| EventChunk { place: restored(piece), ..chunk.clone() };
        Ok(pieces.map(|pieces| pieces.into_iter().map(with).collect()))
    }

    fn narrow(&self, _chunk: &EventChunk, _refusal: &HttpError) -> Option<Narrowed<EventChunk>> {
        None
    }
}
