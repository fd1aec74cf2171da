//! Tracked entities as JSON.

use std::collections::HashSet;

use super::{Place, View, Writer, enrollment, inner, relationship, stored_by};
use crate::fields::Fields;
use crate::json::{Json, object};
use crate::project::plain;
use crate::server::Server;
use crate::world::texts::Text;
use crate::world::tracker::{AttributeValue, RelationshipEnd, TrackedEntity};

/// A tracked entity as the fields ask for it.
pub(crate) fn entity(server: &Server, number: u32, fields: &Fields, view: View) -> Json {
    let behaviour = &server.behaviour.tracked_entities;
    let world = &server.world;
    let entity = &world.tracker.tracked_entities[number as usize];
    let stamps = &entity.stamps;
    let mut out = Writer::new(server, fields);
    out.text("trackedEntity", Some(entity.uid));
    out.text("trackedEntityType", Some(entity.kind));
    out.times(stamps);
    out.put("orgUnit", || Json::text(world.unit_uid(entity.unit)));
    out.put("inactive", || Json::Bool(entity.inactive));
    out.put("deleted", || Json::Bool(entity.deleted));
    out.put("potentialDuplicate", || Json::Bool(entity.potential_duplicate));
    if let Some(geometry) = &entity.geometry {
        out.put("geometry", || Json::clone(geometry));
    }
    if behaviour.stored_by {
        out.text("storedBy", stored_by(server, stamps.stored_by, stamps.created_by));
    }
    out.users(stamps);
    if view.place != Place::RelationshipEnd {
        let end = RelationshipEnd::TrackedEntity(entity.uid);
        out.put("relationships", || relationship::listed(server, end, &inner(fields, "relationships"), view));
    }
    out.put("attributes", || attributes(server, entity, view));
    // At an end of a relationship everything of the entity comes, whatever program was asked for.
    let shown_program =
        view.program.filter(|_| behaviour.nested_of_program_only && view.place != Place::RelationshipEnd);
    out.put("enrollments", || {
        let nested = if view.place == Place::Top { view.at(Place::InEntity) } else { view };
        let fields = inner(fields, "enrollments");
        let of_entity = world.tracker.enrollments_of[number as usize].iter().filter(|&&e| {
            let enrollment = &world.tracker.enrollments[e as usize];
            (view.deleted || !enrollment.deleted) && shown_program.is_none_or(|program| enrollment.program == program)
        });
        Json::List(of_entity.map(|&e| enrollment::enrollment(server, e, &fields, nested)).collect())
    });
    out.put("programOwners", || {
        let owners = entity.owners.iter().filter(|(p, _)| shown_program.is_none_or(|program| program == *p));
        Json::List(
            owners
                .map(|(program, unit)| {
                    object([
                        ("orgUnit", Json::text(world.unit_uid(*unit))),
                        ("trackedEntity", Json::Text(world.texts.shared(entity.uid))),
                        ("program", Json::Text(world.texts.shared(world.tracker.programs[*program as usize].uid))),
                    ])
                })
                .collect(),
        )
    });
    plain(&out.finish(), fields)
}

/// The attributes that a version shows; deleted entities show none.
fn attributes(server: &Server, entity: &TrackedEntity, view: View) -> Json {
    let behaviour = &server.behaviour.tracked_entities;
    if entity.deleted {
        return Json::List(Vec::new());
    }
    let tracker = &server.world.tracker;
    let at_end = view.place == Place::RelationshipEnd;
    let limited = behaviour.attributes_of_program_only
        || (behaviour.lists_show_type_attributes && !view.superuser && !view.single && view.program.is_none());
    let shown = |value: &&AttributeValue| {
        at_end
            || !limited
            || tracker.type_attributes.contains(&value.attribute)
            || view.program.is_some_and(|p| tracker.programs[p as usize].attributes.contains(&value.attribute))
    };
    let hide = at_end && server.behaviour.enrollments.confidential_hidden;
    let values = entity.attributes.iter().filter(shown);
    Json::List(values.map(|value| attribute(server, entity, value, hide, view)).collect())
}

/// The values of an entity's attributes that an enrollment in a program shows.
pub(super) fn of_program(server: &Server, entity: &TrackedEntity, program: u32, view: View) -> Json {
    let shown: HashSet<Text> = server.world.tracker.programs[program as usize].attributes.iter().copied().collect();
    let hide = server.behaviour.enrollments.confidential_hidden;
    let values = entity.attributes.iter().filter(|value| shown.contains(&value.attribute) && !entity.deleted);
    Json::List(values.map(|value| attribute(server, entity, value, hide, view)).collect())
}

fn attribute(
    server: &Server,
    entity: &TrackedEntity,
    value: &AttributeValue,
    hide_confidential: bool,
    view: View,
) -> Json {
    let world = &server.world;
    let everything = Fields::everything();
    let mut out = Writer::new(server, &everything);
    out.text("attribute", Some(value.attribute));
    let known = world.metadata.find(world.texts.get(value.attribute));
    let of = |key: &str| known.and_then(|attribute| attribute.get(key)).cloned();
    for (key, source) in [("code", "code"), ("displayName", "name")] {
        if let Some(text) = of(source) {
            out.put(key, || text);
        }
    }
    out.instant("createdAt", Some(value.created));
    out.instant("updatedAt", Some(value.updated));
    if !(view.place == Place::RelationshipEnd && server.behaviour.relationships.lean_ends) {
        out.text("storedBy", stored_by(server, Some(value.stored_by), entity.stamps.created_by));
    }
    if let Some(kind) = of("valueType") {
        out.put("valueType", || kind);
    }
    let confidential = of("confidential").and_then(|yes| yes.as_bool()).unwrap_or(false);
    if !(confidential && hide_confidential) {
        out.text("value", Some(value.value));
    }
    out.finish()
}
