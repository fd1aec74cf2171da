//! Events as JSON.

use dhis2_api::dialect::behaviour::FollowUpName;

use crate::fields::Fields;
use crate::json::{Json, Key, object};
use crate::project::plain;
use crate::routes::tracker::json::{self, Place, View, Writer, inner, relationship, user};
use crate::server::Server;
use crate::time::{millis_text, wall_of};
use crate::world::texts::Text;
use crate::world::tracker::{Event, EventValue, RelationshipEnd};

/// An event as the fields ask for it.
pub(crate) fn event(server: &Server, event: &Event, fields: &Fields, view: View) -> Json {
    plain(&all(server, event, fields, view), fields)
}

/// Keys in the order of the server's class.
fn all(server: &Server, event: &Event, fields: &Fields, view: View) -> Json {
    let mut out = Writer::new(server, fields);
    let behaviour = &server.behaviour.events;
    let world = &server.world;
    let program = world.tracker.program_of(event);
    let at_end = view.place == Place::RelationshipEnd;
    let entity = event.tracked_entity.filter(|_| !at_end);
    let entity = entity.map(|e| world.tracker.tracked_entities[e as usize].uid);
    let enrollment = match event.enrollment {
        Some(enrollment) => Some(world.tracker.enrollments[enrollment as usize].uid),
        None if !program.with_registration
            && (behaviour.placeholder_enrollment || at_end && behaviour.placeholder_at_relationship_end) =>
        {
            Some(program.placeholder)
        }
        None => None,
    };
    out.text("event", Some(event.uid));
    out.put("status", || Json::text(event.status.name()));
    if behaviour.tracked_entity_early {
        out.text("trackedEntity", entity);
    }
    out.text("program", Some(program.uid));
    out.text("programStage", event.stage.some());
    out.text("enrollment", enrollment);
    if !behaviour.tracked_entity_early {
        out.text("trackedEntity", entity);
    }
    out.put("orgUnit", || Json::text(world.unit_uid(event.unit)));
    if behaviour.unit_name {
        let unit = world.metadata.find(world.unit_uid(event.unit));
        if let Some(name) = unit.and_then(|unit| unit.get("name")) {
            out.put("orgUnitName", || name.clone());
        }
    }
    if view.place != Place::RelationshipEnd {
        let end = RelationshipEnd::Event(event.uid);
        out.put("relationships", || relationship::listed(server, end, &inner(fields, "relationships"), view));
    }
    out.wall("occurredAt", event.occurred);
    out.wall("scheduledAt", event.scheduled);
    out.text("storedBy", stored_by(server, event));
    match behaviour.follow_up {
        FollowUpName::Lower => out.put("followup", || Json::Bool(event.follow_up)),
        FollowUpName::Both | FollowUpName::Camel => out.put("followUp", || Json::Bool(event.follow_up)),
    }
    out.put("deleted", || Json::Bool(event.deleted));
    out.instant("createdAt", Some(event.created));
    out.instant("createdAtClient", event.created_client);
    out.instant("updatedAt", Some(event.updated));
    out.instant("updatedAtClient", event.updated_client);
    out.text("attributeOptionCombo", event.attribute_combo.some());
    if !event.attribute_options.is_empty() {
        out.put("attributeCategoryOptions", || Json::text(&attribute_options(server, event)));
    }
    out.text("completedBy", event.completed_by.some());
    out.wall("completedAt", event.completed);
    if let Some(geometry) = &event.geometry {
        out.put("geometry", || Json::clone(geometry));
    }
    match event.assigned {
        Some(to) => out.put("assignedUser", || user(server, to)),
        None if behaviour.empty_assigned_user => out.put("assignedUser", || object([])),
        None => {}
    }
    out.user("createdBy", event.created_by);
    out.user("updatedBy", event.updated_by);
    out.put("dataValues", || Json::List(event.values.iter().map(|v| value(server, event, v, at_end)).collect()));
    out.put("notes", || json::notes(server, &event.notes, false));
    if behaviour.follow_up == FollowUpName::Both {
        out.put("followup", || Json::Bool(event.follow_up));
    }
    out.finish()
}

/// The account that an event says it was stored by.
pub(super) fn stored_by(server: &Server, event: &Event) -> Option<Text> {
    json::stored_by(server, event.stored_by.some(), event.created_by)
}

/// The account that a value says it was stored by.
pub(super) fn value_stored_by(server: &Server, event: &Event, value: &EventValue) -> Option<Text> {
    let creator = event.created_by.map(|user| server.world.tracker.users[user as usize].username);
    let known = value.stored_by.some();
    if server.behaviour.events.value_stored_by { known.or(creator) } else { None }
}

pub(super) fn attribute_options(server: &Server, event: &Event) -> String {
    let texts: Vec<_> = event.attribute_options.iter().map(|option| server.world.texts.get(*option)).collect();
    texts.join(&server.behaviour.events.option_separator.to_string())
}

fn value(server: &Server, event: &Event, value: &EventValue, at_end: bool) -> Json {
    let behaviour = &server.behaviour.events;
    let texts = &server.world.texts;
    let time = |millis| Json::text(&millis_text(wall_of(millis, server.zone)));
    let mut entries: Vec<(Key, Json)> =
        vec![("createdAt".into(), time(value.created)), ("updatedAt".into(), time(value.updated))];
    let lean = at_end && server.behaviour.relationships.lean_ends;
    if let Some(name) = value_stored_by(server, event, value).filter(|_| !lean) {
        entries.push(("storedBy".into(), Json::Text(texts.shared(name))));
    }
    entries.push(("providedElsewhere".into(), Json::Bool(value.provided_elsewhere)));
    entries.push(("dataElement".into(), Json::Text(texts.shared(value.element))));
    entries.push(("value".into(), Json::Text(texts.shared(value.value))));
    if behaviour.value_users {
        for (key, account) in [("createdBy", event.created_by), ("updatedBy", event.updated_by)] {
            if let Some(account) = account {
                entries.push((key.into(), user(server, account)));
            }
        }
    }
    Json::Object(entries)
}
