//! Relationships as a source of the engine.

use dhis2_api::Uid;
use dhis2_api::datetime::ServerZone;
use dhis2_api::dialect::Dialect;
use dhis2_api::request::ApiRequest;
use dhis2_extract::source::Narrowed;
use dhis2_extract::{More, Page, Source};
use dhis2_frame::{FrameError, FrameSchema};
use dhis2_http::HttpError;

use crate::filter::keep;
use crate::relationships::columns::RELATIONSHIPS;
use crate::relationships::flatten::Flatten;
use crate::relationships::plan::Owners;
use crate::relationships::query::{FILTERABLE, RelationshipQuery};
use crate::{paging, scope};

/// What is asked of every relationship.
const EDGE: &str = "relationship,relationshipType,bidirectional,createdAt,updatedAt,deleted,\
                    from[trackedEntity[trackedEntity],enrollment[enrollment],event[event]],\
                    to[trackedEntity[trackedEntity],enrollment[enrollment],event[event]]";

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
    /// Where to look, and a unit with all below it; none for a single object.
    type Chunk = (Owners, Option<Uid>);

    fn schema(&self) -> &'static FrameSchema {
        &RELATIONSHIPS
    }

    fn key(&self) -> &'static [&'static str] {
        &["relationship_id"]
    }

    fn chunks(&self) -> Vec<(Owners, Option<Uid>)> {
        let of = |owners: &Owners| match owners {
            Owners::One(..) => vec![(*owners, None)],
            _ => self.parents.iter().map(|parent| (*owners, Some(*parent))).collect(),
        };
        self.owners.iter().flat_map(of).collect()
    }

    fn describe(&self, (owners, parent): &(Owners, Option<Uid>)) -> String {
        let what = match owners {
            Owners::TrackedEntities(scope) => format!("tracked entities of {}", scope.describe()),
            Owners::Enrollments(program) => format!("enrollments of program {program}"),
            Owners::Events(program) => format!("events of program {program}"),
            Owners::One(kind, uid) => format!("{} {uid}", kind.describe()),
        };
        let under = parent.map(|parent| format!(" under organisation unit {parent}")).unwrap_or_default();
        format!("relationships of {what}{under}")
    }

    fn request(&self, (owners, parent): &(Owners, Option<Uid>), page: u32) -> ApiRequest {
        // Deleted objects are not asked for: with relationships among the fields 2.41 answers 404 as soon as one of them
        // leads to a deleted event.
        let dialect = &self.dialect;
        let parent = parent.as_ref();
        let edges = format!("relationships[{EDGE}]");
        let (request, order) = match owners {
            Owners::One(kind, uid) => {
                let request = ApiRequest::get("tracker/relationships").param(kind.param(), uid.as_str());
                return paging::whole(request.param("fields", EDGE), dialect, None);
            }
            Owners::TrackedEntities(scope) => {
                let nested =
                    if self.nested_enrollments { format!(",enrollments[enrollment,{edges}]") } else { String::new() };
                let request = scope.tracked_entities(dialect, parent);
                (request.param("fields", format!("trackedEntity,{edges}{nested}")), dialect.tracked_entities_order)
            }
            Owners::Enrollments(program) => {
                let request = ApiRequest::get("tracker/enrollments").param("program", program.as_str());
                let request = scope::under(request, dialect, parent);
                (request.param("fields", format!("enrollment,{edges}")), dialect.enrollments_order)
            }
            Owners::Events(program) => {
                let mut request = ApiRequest::get("tracker/events").param("program", program.as_str());
                if let Some(parent) = parent {
                    let mode = dialect.org_unit_mode_param;
                    request = request.param("orgUnit", parent.as_str()).param(mode, "DESCENDANTS");
                }
                (request.param("fields", format!("event,{edges}")), dialect.events_order)
            }
        };
        paging::page(request, dialect, order, page, self.query.page_size)
    }

    fn read(&self, (owners, _): &(Owners, Option<Uid>), page: u32, body: &[u8]) -> Result<Page, FrameError> {
        let (collection, object) = match owners {
            Owners::One(..) => ("relationships", "relationship"),
            Owners::TrackedEntities(_) => ("trackedEntities", "trackedEntity"),
            Owners::Enrollments(_) => ("enrollments", "enrollment"),
            Owners::Events(_) => ("events", "event"),
        };
        let flatten = Flatten {
            items: self.dialect.tracker_items.key(collection),
            object,
            zone: self.zone,
            nested_enrollments: self.nested_enrollments && matches!(owners, Owners::TrackedEntities(_)),
        };
        let flat = keep(flatten.body(body)?, &self.query.filters, FILTERABLE)?;
        let more = match owners {
            Owners::One(..) => More::Unpaged,
            _ => paging::more(&self.dialect, page, &flat.pager),
        };
        Ok(flat.into_page(more))
    }

    fn split(&self, _chunk: &(Owners, Option<Uid>)) -> Option<Vec<(Owners, Option<Uid>)>> {
        None
    }

    fn narrow(&self, _chunk: &(Owners, Option<Uid>), _refusal: &HttpError) -> Option<Narrowed<(Owners, Option<Uid>)>> {
        None
    }
}
