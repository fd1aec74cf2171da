//! Relationships as a source of the engine.

use dhis2_api::Uid;
use dhis2_api::datetime::ServerZone;
use dhis2_api::dialect::Dialect;
use dhis2_api::request::ApiRequest;
use dhis2_extract::source::Narrowed;
use dhis2_extract::{Page, Source};
use dhis2_frame::{FrameError, FrameSchema};
use dhis2_http::HttpError;

use crate::relationships::columns::RELATIONSHIPS;
use crate::relationships::flatten::Flatten;
use crate::relationships::plan::Owners;
use crate::relationships::query::RelationshipQuery;
use crate::{paging, scope};

/// What is asked of every relationship.
const EDGE: &str = "relationships[relationship,relationshipType,bidirectional,createdAt,updatedAt,deleted,\
                    from[trackedEntity[trackedEntity],enrollment[enrollment],event[event]],\
                    to[trackedEntity[trackedEntity],enrollment[enrollment],event[event]]]";

/// A planned question for relationships.
#[derive(Debug)]
pub(crate) struct RelationshipSource {
    pub(crate) dialect: Dialect,
    pub(crate) zone: ServerZone,
    pub(crate) query: RelationshipQuery,
    /// The objects to look at.
    pub(crate) owners: Vec<Owners>,
    /// Look at the enrollments inside the tracked entities.
    pub(crate) nested_enrollments: bool,
    /// Units of which none lies below another.
    pub(crate) parents: Vec<Uid>,
}

impl RelationshipSource {
    /// Whether enrollments, which relationships begin at, are looked at inside the tracked entities: their own list leaves
    /// their relationships empty on some versions. Those owners are then not asked themselves.
    pub(crate) fn nest(dialect: &Dialect, owners: &mut Vec<Owners>) -> bool {
        let all = owners.len();
        if dialect.enrollments_leave_nested_empty {
            owners.retain(|these| !matches!(these, Owners::Enrollments(_)));
        }
        owners.len() < all
    }
}

impl Source for RelationshipSource {
    /// A kind of object, and a unit with all below it.
    type Chunk = (Owners, Uid);

    fn schema(&self) -> &'static FrameSchema {
        &RELATIONSHIPS
    }

    fn key(&self) -> &'static [&'static str] {
        &["relationship_id"]
    }

    fn chunks(&self) -> Vec<(Owners, Uid)> {
        let of = |owners: &Owners| self.parents.iter().map(|parent| (*owners, *parent)).collect::<Vec<_>>();
        self.owners.iter().flat_map(of).collect()
    }

    fn describe(&self, (owners, parent): &(Owners, Uid)) -> String {
        let what = match owners {
            Owners::TrackedEntities => format!("tracked entities of {}", self.query.scope.describe()),
            Owners::Enrollments(program) => format!("enrollments of program {program}"),
            Owners::Events(program) => format!("events of program {program}"),
        };
        format!("relationships of {what} under organisation unit {parent}")
    }

    fn request(&self, (owners, parent): &(Owners, Uid), page: u32) -> ApiRequest {
        // Deleted objects are not asked for: with relationships among the fields 2.41 answers 404 as soon as one of them
        // leads to a deleted event.
        let dialect = &self.dialect;
        let (request, order) = match owners {
            Owners::TrackedEntities => {
                let nested =
                    if self.nested_enrollments { format!(",enrollments[enrollment,{EDGE}]") } else { String::new() };
                let request = self.query.scope.tracked_entities(dialect, parent);
                (request.param("fields", format!("trackedEntity,{EDGE}{nested}")), dialect.tracked_entities_order)
            }
            Owners::Enrollments(program) => {
                let request = ApiRequest::get("tracker/enrollments").param("program", program.as_str());
                let request = scope::under(request, dialect, parent);
                (request.param("fields", format!("enrollment,{EDGE}")), dialect.enrollments_order)
            }
            Owners::Events(program) => {
                let request = ApiRequest::get("tracker/events")
                    .param("program", program.as_str())
                    .param("orgUnit", parent.as_str())
                    .param(dialect.org_unit_mode_param, "DESCENDANTS");
                (request.param("fields", format!("event,{EDGE}")), dialect.events_order)
            }
        };
        paging::page(request, dialect, order, page, self.query.page_size)
    }

    fn read(&self, (owners, _): &(Owners, Uid), page: u32, body: &[u8]) -> Result<Page, FrameError> {
        let (collection, object) = match owners {
            Owners::TrackedEntities => ("trackedEntities", "trackedEntity"),
            Owners::Enrollments(_) => ("enrollments", "enrollment"),
            Owners::Events(_) => ("events", "event"),
        };
        let flatten = Flatten {
            items: self.dialect.tracker_items.key(collection),
            object,
            zone: self.zone,
            nested_enrollments: self.nested_enrollments && *owners == Owners::TrackedEntities,
        };
        let flat = flatten.body(body)?;
        let more = paging::more(&self.dialect, page, &flat.pager);
        Ok(flat.into_page(more))
    }

    fn split(&self, _chunk: &(Owners, Uid)) -> Option<Vec<(Owners, Uid)>> {
        None
    }

    fn narrow(&self, _chunk: &(Owners, Uid), _refusal: &HttpError) -> Option<Narrowed<(Owners, Uid)>> {
        None
    }
}
