//! Events as a source of the engine.

use chrono::Days;
use dhis2_api::Uid;
use dhis2_api::datetime::ServerZone;
use dhis2_api::dialect::{Dialect, PagesEnd, TrackerItems};
use dhis2_api::model::Pager;
use dhis2_api::request::ApiRequest;
use dhis2_extract::source::Narrowed;
use dhis2_extract::{More, Objects, Page, Source};
use dhis2_frame::{FrameError, FrameSchema};
use dhis2_http::HttpError;

use crate::flatten::{EVENTS, Flatten};
use crate::query::{EventQuery, OccurredAt};

/// What is asked of every event. A name that a version does not know is no error there: the field is absent.
const FIELDS: &str = "event,status,program,programStage,orgUnit,occurredAt,updatedAt,deleted,attributeOptionCombo,\
                      dataValues[dataElement,value]";

/// A planned question for events.
#[derive(Debug)]
pub(crate) struct EventSource {
    pub(crate) dialect: Dialect,
    pub(crate) zone: ServerZone,
    pub(crate) query: EventQuery,
    /// Units of which none lies below another.
    pub(crate) parents: Vec<Uid>,
}

impl Source for EventSource {
    /// A unit, with all below it.
    type Chunk = Uid;

    fn schema(&self) -> &'static FrameSchema {
        &EVENTS
    }

    fn key(&self) -> &'static [&'static str] {
        &["event_id"]
    }

    fn chunks(&self) -> Vec<Uid> {
        self.parents.clone()
    }

    fn describe(&self, parent: &Uid) -> String {
        format!("events of program {} under organisation unit {parent}", self.query.program)
    }

    fn request(&self, parent: &Uid, page: u32) -> ApiRequest {
        let mut request = ApiRequest::get("tracker/events")
            .param("program", self.query.program.as_str())
            .param("orgUnit", parent.as_str())
            .param(self.dialect.org_unit_mode_param, "DESCENDANTS");
        // Both bounds are midnights and both are asked wide: whether a version takes the upper one in or not, and by how
        // much it shifts them, the rows are cut exactly when they are read.
        let margin = u64::from(self.dialect.occurred_bounds.off_by_days);
        if let Some(day) = self.query.occurred_after.and_then(|day| day.checked_sub_days(Days::new(margin))) {
            request = request.param("occurredAfter", format!("{day}T00:00:00.000"));
        }
        if let Some(day) = self.query.occurred_before.and_then(|day| day.checked_add_days(Days::new(1 + margin))) {
            request = request.param("occurredBefore", format!("{day}T00:00:00.000"));
        }
        // Deleted events are asked for and left out here: one that is deleted during the walk then shifts no page.
        request = request.param("includeDeleted", "true").param("fields", FIELDS);
        if let Some(order) = self.dialect.events_order {
            request = request.param("order", order);
        }
        request = request.param("page", page.to_string()).param("pageSize", self.query.page_size.to_string());
        if page == 1 && self.dialect.pages_end == PagesEnd::PageCount {
            request = request.param("totalPages", "true");
        }
        request
    }

    fn read(&self, _parent: &Uid, page: u32, body: &[u8]) -> Result<Page, FrameError> {
        let (from, before) = self.query.bounds();
        let flatten = Flatten {
            items: match self.dialect.tracker_items {
                TrackerItems::Instances => "instances",
                TrackerItems::Collection => "events",
            },
            from,
            before,
            zone: self.zone,
            in_utc: self.query.occurred_at == OccurredAt::InUtc,
        };
        let events = flatten.body(body)?;
        Ok(Page {
            more: self.more(page, &events.pager),
            frame: events.frame,
            received: events.received,
            objects: Objects::Runs { starts: events.starts, updated: events.updated },
            may_be_cut: false,
        })
    }

    fn split(&self, _parent: &Uid) -> Option<Vec<Uid>> {
        None
    }

    fn narrow(&self, _parent: &Uid, _refusal: &HttpError) -> Option<Narrowed<Uid>> {
        None
    }
}

impl EventSource {
    fn more(&self, page: u32, pager: &Pager) -> More {
        match self.dialect.pages_end {
            PagesEnd::NextPage if pager.has_next_page => More::Next,
            PagesEnd::NextPage => More::Last,
            PagesEnd::PageCount if page > 1 => More::UntilEmpty,
            PagesEnd::PageCount => pager.page_count.map_or(More::UntilEmpty, More::Count),
        }
    }
}
