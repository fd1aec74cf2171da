//! Relationships as JSON, alone and inside the objects at their ends.

use super::{Place, View, Writer, enrollment, entity, inner};
use crate::fields::Fields;
use crate::json::{Json, Key, object};
use crate::project::plain;
use crate::routes::events::json::event;
use crate::server::Server;
use crate::time::{millis_text, wall_of};
use crate::world::texts::Text;
use crate::world::tracker::{Relationship, RelationshipEnd};

/// The relationships that are listed at an object: from 2.42 on not at the to side of those in one direction.
pub(crate) fn listed(server: &Server, at: RelationshipEnd, fields: &Fields, view: View) -> Json {
    let behaviour = &server.behaviour;
    let tracker = &server.world.tracker;
    let known = tracker.relationships_of.get(&at).into_iter().flatten();
    let known = known.map(|&number| &tracker.relationships[number as usize]).filter(|relationship| {
        (!relationship.deleted || (view.deleted && behaviour.relationships.soft_deletion))
            && (behaviour.events.relationships_at_both_sides || relationship.bidirectional || relationship.from == at)
    });
    let full = !behaviour.relationships.placeholder_ends;
    Json::List(known.map(|r| relationship(server, r, fields, view, full)).collect())
}

/// A relationship as the fields ask for it; its ends in full or as placeholders.
pub(crate) fn relationship(
    server: &Server,
    relationship: &Relationship,
    fields: &Fields,
    view: View,
    full: bool,
) -> Json {
    let mut out = Writer::new(server, fields);
    out.text("relationship", Some(relationship.uid));
    out.text("relationshipName", Some(relationship.name));
    out.text("relationshipType", Some(relationship.kind));
    out.put("createdAt", || Json::text(&millis_text(wall_of(relationship.created, server.zone))));
    out.put("updatedAt", || Json::text(&millis_text(wall_of(relationship.updated, server.zone))));
    out.put("bidirectional", || Json::Bool(relationship.bidirectional));
    for (key, side) in [("from", relationship.from), ("to", relationship.to)] {
        out.put(key, || end(server, side, &inner(fields, key), view, full));
    }
    plain(&out.finish(), fields)
}

fn end(server: &Server, end: RelationshipEnd, fields: &Fields, view: View, full: bool) -> Json {
    let tracker = &server.world.tracker;
    let (key, uid) = match end {
        RelationshipEnd::TrackedEntity(uid) => ("trackedEntity", uid),
        RelationshipEnd::Enrollment(uid) => ("enrollment", uid),
        RelationshipEnd::Event(uid) => ("event", uid),
    };
    let of = inner(fields, key);
    let view = View { program: None, ..view.at(Place::RelationshipEnd) };
    let found = match end {
        RelationshipEnd::TrackedEntity(uid) => {
            tracker.entities_by_uid.get(uid).map(|number| entity::entity(server, number, &of, view))
        }
        RelationshipEnd::Enrollment(uid) => {
            tracker.enrollments_by_uid.get(uid).map(|number| enrollment::enrollment(server, number, &of, view))
        }
        RelationshipEnd::Event(uid) => {
            tracker.events_by_uid.get(uid).map(|number| event(server, &tracker.events[number as usize], &of, view))
        }
    };
    let shown = found.filter(|_| full).unwrap_or_else(|| placeholder(server, end, uid));
    Json::Object(vec![(Key::Borrowed(key), shown)])
}

/// An end of which nothing was loaded: the uid among the defaults of its class.
fn placeholder(server: &Server, end: RelationshipEnd, uid: Text) -> Json {
    let uid = Json::Text(server.world.texts.shared(uid));
    let empty = || Json::List(Vec::new());
    let no = Json::Bool(false);
    match end {
        RelationshipEnd::TrackedEntity(_) => object([
            ("trackedEntity", uid),
            ("inactive", no.clone()),
            ("deleted", no.clone()),
            ("potentialDuplicate", no),
            ("attributes", empty()),
            ("programOwners", empty()),
        ]),
        RelationshipEnd::Enrollment(_) => object([
            ("enrollment", uid),
            ("followUp", no.clone()),
            ("deleted", no),
            ("events", empty()),
            ("attributes", empty()),
            ("notes", empty()),
        ]),
        RelationshipEnd::Event(_) => object([
            ("event", uid),
            ("status", Json::text("ACTIVE")),
            ("followup", no.clone()),
            ("deleted", no),
            ("assignedUser", object([])),
            ("dataValues", empty()),
            ("notes", empty()),
        ]),
    }
}
