//! Relationships as a source of the engine.

use async_trait::async_trait;
use dhis2_api::Uid;
use dhis2_api::datetime::ServerZone;
use dhis2_api::dialect::Dialect;
use dhis2_api::request::ApiRequest;
use dhis2_extract::source::Narrowed;
use dhis2_extract::{More, Objects, Page, Source, Spelling};
use dhis2_frame::{FrameError, FrameSchema};
use dhis2_http::{Client, HttpError};

use crate::filter::keep;
use crate::relationships::columns::RELATIONSHIPS;
use crate::relationships::flatten::Flatten;
use crate::relationships::plan::Owners;
use crate::relationships::query::{FILTERABLE, RelationshipQuery};
use crate::scope::OrgUnitMode;
use crate::uids::{Place, list};
use crate::{paging, scope};

/// What is asked of every relationship.
const EDGE: &str = "relationship,relationshipType,bidirectional,createdAt,updatedAt,deleted,\
                    from[trackedEntity[trackedEntity],enrollment[enrollment],event[event]],\
                    to[trackedEntity[trackedEntity],enrollment[enrollment],event[event]]";

/// A planned question for relationships.
#[derive(Debug, Clone)]
pub(crate) struct RelationshipSource {
    pub(crate) dialect: Dialect,
    pub(crate) zone: ServerZone,
    pub(crate) query: RelationshipQuery,
    /// The work.
    pub(crate) chunks: Vec<(Owners, Place)>,
    /// Look at the enrollments inside the tracked entities.
    pub(crate) nested_enrollments: bool,
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

    /// Every kind of object under every unit.
    pub(crate) fn under(owners: &[Owners], parents: &[Uid]) -> Vec<(Owners, Place)> {
        let of = |owners: &Owners| match owners {
            Owners::One(..) => vec![(*owners, Place::of(None))],
            _ => Place::all(parents, &[]).into_iter().map(|place| (*owners, place)).collect(),
        };
        owners.iter().flat_map(of).collect()
    }
}

#[async_trait]
impl Source for RelationshipSource {
    /// At which objects to look, and where; nowhere in particular for a single object.
    type Chunk = (Owners, Place);

    fn schema(&self) -> &'static FrameSchema {
        &RELATIONSHIPS
    }

    fn key(&self) -> &'static [&'static str] {
        &["relationship_id"]
    }

    fn chunks(&self) -> Vec<(Owners, Place)> {
        self.chunks.clone()
    }

    fn describe(&self, (owners, place): &(Owners, Place)) -> String {
        let what = match owners {
            Owners::TrackedEntities(scope) => format!("tracked entities of {}", scope.describe()),
            Owners::Enrollments(program) => format!("enrollments of program {program}"),
            Owners::Events(program) => format!("events of program {program}"),
            Owners::One(kind, uid) => format!("{} {uid}", kind.describe()),
        };
        format!("relationships of {what}{place}")
    }

    fn request(&self, (owners, place): &(Owners, Place), page: u32) -> ApiRequest {
        // Deleted objects are not asked for: with relationships among the fields 2.41 answers 404 as soon as one of them
        // leads to a deleted event.
        let dialect = &self.dialect;
        let named = |request: ApiRequest, param: &'static str| match &place.uids[..] {
            [] => request,
            uids => request.param(param, list(uids, dialect.uid_separator)),
        };
        let edges = format!("relationships[{EDGE}]");
        let (request, order) = match owners {
            Owners::One(kind, uid) => {
                let request = ApiRequest::get("tracker/relationships").param(kind.param(), uid.as_str());
                return paging::whole(request.param("fields", EDGE), dialect, None);
            }
            Owners::TrackedEntities(scope) => {
                let nested =
                    if self.nested_enrollments { format!(",enrollments[enrollment,{edges}]") } else { String::new() };
                let request = named(scope.tracked_entities(dialect, place), dialect.tracked_entity_uids_param);
                (request.param("fields", format!("trackedEntity,{edges}{nested}")), dialect.tracked_entities_order)
            }
            Owners::Enrollments(program) => {
                let request = ApiRequest::get("tracker/enrollments").param("program", program.as_str());
                let request = named(scope::under(request, dialect, place), dialect.enrollment_uids_param);
                (request.param("fields", format!("enrollment,{edges}")), dialect.enrollments_order)
            }
            Owners::Events(program) => {
                let mut request = ApiRequest::get("tracker/events").param("program", program.as_str());
                if let Some(unit) = &place.unit {
                    let mode = if place.alone { OrgUnitMode::Selected } else { OrgUnitMode::Descendants };
                    request = request.param("orgUnit", unit.as_str()).param(dialect.org_unit_mode_param, mode.as_str());
                }
                request = named(request, dialect.event_uids_param);
                (request.param("fields", format!("event,{edges}")), dialect.events_order)
            }
        };
        paging::page(request, dialect, order, page, place.page_size.unwrap_or(self.query.page_size))
    }

    fn spellings(&self) -> Vec<Spelling> {
        let lists = self.chunks.iter().any(|(owners, _)| !matches!(owners, Owners::One(..)));
        let mut all = Vec::new();
        if lists {
            all.extend(paging::unit_spellings(&self.dialect));
            all.extend(paging::page_spellings(&self.dialect, self.dialect.tracked_entities_order));
        }
        all
    }

    fn pages_at_once(&self, (owners, _): &(Owners, Place)) -> bool {
        match owners {
            Owners::TrackedEntities(_) => self.dialect.new_tracked_entities_last,
            Owners::Enrollments(_) => self.dialect.new_enrollments_last,
            Owners::Events(_) => self.dialect.new_events_last,
            Owners::One(..) => true,
        }
    }

    fn read(&self, (owners, _): &(Owners, Place), page: u32, body: &[u8]) -> Result<Page, FrameError> {
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
        let mut read = flatten.body(body)?;
        let seen = std::mem::take(&mut read.seen).iter().map(Uid::to_string).collect();
        let flat = keep(read, &self.query.filters, FILTERABLE)?;
        let more = match owners {
            Owners::One(..) => More::Unpaged,
            _ => paging::more(&self.dialect, page, &flat.pager),
        };
        let mut page = flat.into_page(more);
        if let Objects::Runs { starts, updated } = page.objects {
            page.objects = Objects::Seen { starts, updated, seen };
        }
        Ok(Page { counted: None, ..page })
    }

    async fn split(
        &self,
        (owners, place): &(Owners, Place),
        client: &Client,
    ) -> Result<Option<Vec<(Owners, Place)>>, HttpError> {
        if matches!(owners, Owners::One(..)) {
            return Ok(None);
        }
        let pieces = place.split(client, self.query.page_size).await?;
        Ok(pieces.map(|pieces| pieces.into_iter().map(|place| (*owners, place)).collect()))
    }

    fn narrow(&self, _chunk: &(Owners, Place), _refusal: &HttpError) -> Option<Narrowed<(Owners, Place)>> {
        None
    }
}
