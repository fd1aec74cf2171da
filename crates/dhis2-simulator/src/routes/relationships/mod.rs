//! `GET /api/tracker/relationships`: those of one object, and a single one.

mod order;

use std::sync::Arc;

use crate::answer::{Answer, Refusal, container_error};
use crate::json::Escapes;
use crate::routes::tracker::json::{Rows, View, relationship};
use crate::routes::tracker::page::{Paging, Window};
use crate::routes::tracker::params::{self, uid};
use crate::routes::tracker::wants_json;
use crate::server::Call;
use crate::world::tracker::{Relationship, RelationshipEnd};

const DEFAULT_FIELDS: &str = "relationship,relationshipType,createdAtClient,\
    from[trackedEntity[trackedEntity],enrollment[enrollment],event[event]],\
    to[trackedEntity[trackedEntity],enrollment[enrollment],event[event]]";

/// `GET /api/tracker/relationships`.
pub(super) fn list(call: &Call<'_>, suffix: &str) -> Result<Answer, Refusal> {
    let behaviour = &call.server.behaviour.relationships;
    if !wants_json(call, suffix) {
        let path = "/api/tracker/relationships";
        return Ok(container_error(call.server.container, 406, "Not Acceptable", path, call.accept));
    }
    let paging = Paging::read(call)?;
    let at = owner(call)?;
    let order = order::read(call)?;
    let include_deleted = call.query.switch("includeDeleted") && behaviour.soft_deletion;
    let tracker = &call.server.world.tracker;
    let mut rows: Vec<u32> = tracker.relationships_of.get(&at).cloned().unwrap_or_default();
    rows.retain(|&number| {
        let relationship = &tracker.relationships[number as usize];
        (include_deleted || !relationship.deleted) && reaches_both(call, relationship)
    });
    order::sort(call.server, &order, &mut rows, paging.number());
    let window = Window::cut(call, rows, paging, "relationships");
    let fields = params::fields(call, DEFAULT_FIELDS);
    let view = View { deleted: include_deleted, ..View::new(call.account) };
    let server = Arc::clone(call.server);
    let rows = Rows::new(window, true, move |number| {
        let relationship = &server.world.tracker.relationships[number as usize];
        relationship::relationship(&server, relationship, &fields, view, true)
    });
    Ok(Answer::pieces(call.json_type(), rows))
}

/// The object whose relationships are asked for: exactly one has to be named, and be there.
fn owner(call: &Call<'_>) -> Result<RelationshipEnd, Refusal> {
    let behaviour = &call.server.behaviour.relationships;
    let refused = |message: &str| Refusal::new(400, message).code_if("E1003", behaviour.coded);
    let old = if behaviour.old_name { uid(call, "tei")? } else { None };
    let entity = uid(call, "trackedEntity")?.or(old);
    let given = [("trackedEntity", entity), ("enrollment", uid(call, "enrollment")?), ("event", uid(call, "event")?)];
    let mut given = given.into_iter().filter_map(|(name, uid)| Some((name, uid?)));
    let Some((name, uid)) = given.next() else {
        return Err(refused("Missing required parameter 'trackedEntity', 'enrollment' or 'event'."));
    };
    if given.next().is_some() {
        return Err(refused("Only one of parameters 'trackedEntity', 'enrollment' or 'event' is allowed."));
    }
    let tracker = &call.server.world.tracker;
    let end = call.server.world.texts.find(&uid).and_then(|text| {
        let (end, there) = match name {
            "trackedEntity" => (RelationshipEnd::TrackedEntity(text), tracker.entities_by_uid.contains(text)),
            "enrollment" => (RelationshipEnd::Enrollment(text), tracker.enrollments_by_uid.contains(text)),
            _ => (RelationshipEnd::Event(text), tracker.events_by_uid.contains(text)),
        };
        (there && !tracker.is_deleted(end)).then_some(end)
    });
    end.ok_or_else(|| {
        if behaviour.plain_not_found {
            return Refusal::new(404, format!("No {name} '{uid}' found."));
        }
        let kind = match name {
            "trackedEntity" => "TrackedEntity",
            "enrollment" => "Enrollment",
            _ => "Event",
        };
        params::not_found(call, kind, kind, &uid)
    })
}

/// Whether the account reaches the objects at both ends.
fn reaches_both(call: &Call<'_>, relationship: &Relationship) -> bool {
    let world = &call.server.world;
    let tracker = &world.tracker;
    [relationship.from, relationship.to].into_iter().all(|end| {
        let reaches = |unit| call.account.reaches(&world.units, unit);
        match end {
            RelationshipEnd::TrackedEntity(uid) => tracker.entities_by_uid.get(uid).is_some_and(|number| {
                let entity = &tracker.tracked_entities[number as usize];
                reaches(entity.unit) || entity.owners.iter().any(|(_, unit)| reaches(*unit))
            }),
            RelationshipEnd::Enrollment(uid) => tracker
                .enrollments_by_uid
                .get(uid)
                .is_some_and(|number| reaches(tracker.enrollment_owner(&tracker.enrollments[number as usize]))),
            RelationshipEnd::Event(uid) => tracker
                .events_by_uid
                .get(uid)
                .is_some_and(|number| reaches(tracker.owner_unit(&tracker.events[number as usize]))),
        }
    })
}

/// `GET /api/tracker/relationships/{uid}`.
pub(super) fn single(call: &Call<'_>, uid: &str) -> Result<Answer, Refusal> {
    params::path_uid(call, uid)?;
    let world = &call.server.world;
    let found = world.texts.find(uid).and_then(|uid| world.tracker.relationships_by_uid.get(uid));
    let found = found.map(|number| &world.tracker.relationships[number as usize]);
    let found = found.filter(|relationship| !relationship.deleted && reaches_both(call, relationship));
    let relationship = found.ok_or_else(|| params::not_found(call, "Relationship", "Relationship", uid))?;
    let fields = params::fields(call, DEFAULT_FIELDS);
    let view = View::new(call.account);
    let json = relationship::relationship(call.server, relationship, &fields, view, true);
    Ok(Answer::new(200, call.json_type(), json.to_bytes(Escapes::Surrogates)))
}
