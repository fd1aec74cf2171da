//! Enrollments as JSON.

use super::{Place, View, Writer, entity, inner, notes, relationship, stored_by};
use crate::fields::Fields;
use crate::json::Json;
use crate::project::plain;
use crate::routes::events::json::event;
use crate::server::Server;
use crate::world::tracker::RelationshipEnd;

/// An enrollment as the fields ask for it.
pub(crate) fn enrollment(server: &Server, number: u32, fields: &Fields, view: View) -> Json {
    let behaviour = &server.behaviour.enrollments;
    let world = &server.world;
    let tracker = &world.tracker;
    let enrollment = &tracker.enrollments[number as usize];
    let stamps = &enrollment.stamps;
    let at_end = view.place == Place::RelationshipEnd;
    let lean = at_end && server.behaviour.relationships.lean_ends;
    // Lists of old servers leave these empty; asked for by uid or inside an entity they are filled.
    let loaded = !behaviour.lists_without_nested || view.place != Place::Top || view.single;
    let list = |make: &dyn Fn() -> Json| if loaded { make() } else { Json::List(Vec::new()) };
    let mut out = Writer::new(server, fields);
    out.text("enrollment", Some(enrollment.uid));
    out.times(stamps);
    out.text("trackedEntity", Some(tracker.entity_of(enrollment).uid));
    out.text("program", Some(tracker.programs[enrollment.program as usize].uid));
    out.text("status", Some(enrollment.status));
    out.put("orgUnit", || Json::text(world.unit_uid(enrollment.unit)));
    if server.behaviour.events.unit_name {
        let unit = world.metadata.find(world.unit_uid(enrollment.unit));
        if let Some(name) = unit.and_then(|unit| unit.get("name")) {
            out.put("orgUnitName", || name.clone());
        }
    }
    out.wall("enrolledAt", Some(enrollment.enrolled));
    out.wall("occurredAt", enrollment.occurred);
    out.put("followUp", || Json::Bool(enrollment.follow_up));
    out.text("completedBy", Some(enrollment.completed_by).filter(|_| !lean));
    out.wall("completedAt", enrollment.completed);
    out.put("deleted", || Json::Bool(enrollment.deleted));
    out.text("storedBy", stored_by(server, stamps.stored_by, stamps.created_by));
    out.users(stamps);
    if behaviour.attribute_option_combo && !at_end {
        out.text("attributeOptionCombo", Some(enrollment.attribute_combo));
    }
    if let Some(geometry) = &enrollment.geometry {
        out.put("geometry", || Json::clone(geometry));
    }
    out.put("events", || {
        list(&|| {
            let fields = inner(fields, "events");
            let events = tracker.events_of[number as usize].iter().map(|&e| &tracker.events[e as usize]);
            let events = events.filter(|event| view.deleted || !event.deleted);
            Json::List(events.map(|e| event(server, e, &fields, view)).collect())
        })
    });
    if !at_end {
        let end = RelationshipEnd::Enrollment(enrollment.uid);
        out.put("relationships", || list(&|| relationship::listed(server, end, &inner(fields, "relationships"), view)));
    }
    out.put("attributes", || {
        list(&|| entity::of_program(server, tracker.entity_of(enrollment), enrollment.program, view))
    });
    let nameless = behaviour.nested_notes_nameless && view.place != Place::Top;
    out.put("notes", || notes(server, &enrollment.notes, nameless));
    plain(&out.finish(), fields)
}
