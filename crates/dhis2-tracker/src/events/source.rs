//! Events as a source of the engine.

use chrono::Days;
use dhis2_api::Uid;
use dhis2_api::datetime::ServerZone;
use dhis2_api::dialect::Dialect;
use dhis2_api::request::ApiRequest;
use dhis2_extract::source::Narrowed;
use dhis2_extract::{Page, Source};
use dhis2_frame::{FrameError, FrameSchema};
use dhis2_http::HttpError;

use crate::events::flatten::{EVENTS, Flatten};
use crate::events::query::{EventQuery, OccurredAt};
use crate::paging;

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
        paging::page(request, &self.dialect, self.dialect.events_order, page, self.query.page_size)
    }

    fn read(&self, _parent: &Uid, page: u32, body: &[u8]) -> Result<Page, FrameError> {
        let (from, before) = self.query.bounds();
        let flatten = Flatten {
            items: self.dialect.tracker_items.key("events"),
            from,
            before,
            zone: self.zone,
            in_utc: self.query.occurred_at == OccurredAt::InUtc,
        };
        let events = flatten.body(body)?;
        let more = paging::more(&self.dialect, page, &events.pager);
        Ok(events.into_page(more))
    }

    fn split(&self, _parent: &Uid) -> Option<Vec<Uid>> {
        None
    }

    fn narrow(&self, _parent: &Uid, _refusal: &HttpError) -> Option<Narrowed<Uid>> {
        None
    }
}
