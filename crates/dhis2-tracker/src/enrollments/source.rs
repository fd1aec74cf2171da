//! Enrollments as a source of the engine.

use async_trait::async_trait;
use dhis2_api::Uid;
use dhis2_api::datetime::ServerZone;
use dhis2_api::dialect::Dialect;
use dhis2_api::request::ApiRequest;
use dhis2_extract::source::Narrowed;
use dhis2_extract::{More, Page, Source, Spelling};
use dhis2_frame::{FrameError, FrameSchema};
use dhis2_http::{Client, HttpError};

use crate::enrollments::columns::ENROLLMENTS;
use crate::enrollments::flatten::Flatten;
use crate::enrollments::query::{EnrollmentQuery, FILTERABLE};
use crate::events::OccurredAt;
use crate::filter::keep;
use crate::uids::{Place, list};
use crate::{paging, scope};

/// What is asked of every enrollment. Not its attributes: up to 2.40 the list leaves them empty, and 2.43 leaves out the
/// values of confidential ones; they come with the tracked entities.
const FIELDS: &str = "enrollment,trackedEntity,program,status,orgUnit,enrolledAt,occurredAt,completedAt,createdAt,\
                      updatedAt,followUp,deleted,geometry";

/// A planned question for enrollments.
#[derive(Debug)]
pub(crate) struct EnrollmentSource {
    pub(crate) dialect: Dialect,
    pub(crate) zone: ServerZone,
    pub(crate) query: EnrollmentQuery,
    /// Units of which none lies below another.
    pub(crate) parents: Vec<Uid>,
}

impl EnrollmentSource {
    /// Whether pages cannot be had: some patches fail at their count, and up to 2.40 a list of uids comes as a whole.
    fn in_one_answer(&self, place: &Place) -> bool {
        self.dialect.enrollments_total_pages_fail || !place.uids.is_empty()
    }
}

#[async_trait]
impl Source for EnrollmentSource {
    type Chunk = Place;

    fn schema(&self) -> &'static FrameSchema {
        &ENROLLMENTS
    }

    fn key(&self) -> &'static [&'static str] {
        &["enrollment_id"]
    }

    fn chunks(&self) -> Vec<Place> {
        Place::all(&self.parents, &self.query.enrollments)
    }

    fn describe(&self, place: &Place) -> String {
        format!("enrollments of program {}{place}", self.query.program)
    }

    fn request(&self, place: &Place, page: u32) -> ApiRequest {
        let mut request = ApiRequest::get("tracker/enrollments").param("program", self.query.program.as_str());
        request = scope::under(request, &self.dialect, place);
        if !place.uids.is_empty() {
            let uids = list(&place.uids, self.dialect.uid_separator);
            request = request.param(self.dialect.enrollment_uids_param, uids);
        }
        if let Some(updated_after) = self.query.updated.updated_after(self.zone) {
            request = request.param("updatedAfter", updated_after);
        }
        // Deleted enrollments are asked for, and all statuses: what is deleted, or completed, during the walk would leave
        // the set, move those after it to an earlier page, and one of them would be lost.
        request = request.param("includeDeleted", "true").param("fields", FIELDS);
        let order = self.dialect.enrollments_order;
        if self.in_one_answer(place) {
            return paging::whole(request, &self.dialect, order);
        }
        paging::page(request, &self.dialect, order, page, place.page_size.unwrap_or(self.query.page_size))
    }

    fn count(&self, place: &Place) -> Option<ApiRequest> {
        let one = Place { page_size: Some(1), ..place.clone() };
        (!self.in_one_answer(place)).then(|| paging::counting(self.request(&one, 1), &self.dialect))
    }

    fn spellings(&self) -> Vec<Spelling> {
        let uids = (!self.query.enrollments.is_empty()).then_some(self.dialect.enrollment_uids_param);
        paging::list_spellings(&self.dialect, self.dialect.enrollments_order, uids)
    }

    fn pages_at_once(&self, _place: &Place) -> bool {
        self.dialect.new_enrollments_last
    }

    fn read(&self, place: &Place, page: u32, body: &[u8]) -> Result<Page, FrameError> {
        let flatten = Flatten {
            items: self.dialect.tracker_items.key("enrollments"),
            zone: self.zone,
            program: Some(self.query.program),
            updated: self.query.updated,
            status: self.query.status,
            include_deleted: self.query.include_deleted,
            in_utc: self.query.occurred_at == OccurredAt::InUtc,
        };
        let flat = keep(flatten.body(body)?, &self.query.filters, FILTERABLE)?;
        let more =
            if self.in_one_answer(place) { More::Unpaged } else { paging::more(&self.dialect, page, &flat.pager) };
        Ok(flat.into_page(more))
    }

    async fn split(&self, place: &Place, client: &Client) -> Result<Option<Vec<Place>>, HttpError> {
        // What comes in one answer has no pages to make smaller.
        let usual = if self.in_one_answer(place) { 0 } else { self.query.page_size };
        place.split(client, usual).await
    }

    fn narrow(&self, _place: &Place, _refusal: &HttpError) -> Option<Narrowed<Place>> {
        None
    }
}
