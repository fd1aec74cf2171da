//! `GET /api/tracker/trackedEntities`, the list and a single one.

mod ask;
mod events;
mod order;
mod select;

use std::sync::Arc;

use dhis2_api::dialect::behaviour::TrackerErrors;

use self::ask::Ask;
use crate::answer::{Answer, Refusal, container_error};
use crate::json::Escapes;
use crate::routes::tracker::json::{Rows, View, entity};
use crate::routes::tracker::page::{Paging, Window};
use crate::routes::tracker::{params, wants_json};
use crate::server::Call;
use crate::world::tracker::{RelationshipEnd, TrackedEntity};

const DEFAULT_FIELDS: &str = "*,!relationships,!enrollments,!events,!programOwners";

/// `GET /api/tracker/trackedEntities`.
pub(super) fn list(call: &Call<'_>, suffix: &str) -> Result<Answer, Refusal> {
    let behaviour = &call.server.behaviour.tracked_entities;
    if !wants_json(call, suffix) {
        let path = "/api/tracker/trackedEntities";
        return Ok(container_error(call.server.container, 406, "Not Acceptable", path, call.accept));
    }
    let paging = Paging::read_with(call, behaviour.negative_size_is_default)?;
    if let (Paging::On { size, .. }, true, Some(limit)) = (paging, behaviour.page_limited, behaviour.unpaged_limit)
        && usize::try_from(size).is_ok_and(|size| size > limit)
    {
        let message = format!(
            "Invalid page size: {size}. It must not exceed the system limit of KeyTrackedEntityMaxLimit {limit}."
        );
        return Err(params::refused(call, message));
    }
    let ask = Ask::read(call)?;
    let order = order::read(call, &ask)?;
    let fields = params::fields(call, DEFAULT_FIELDS);
    ask::check_statement(call, &ask, &order)?;
    let mut rows = select::rows(call.server, &ask);
    if order::by_enrollment(&order) && behaviour.enrolled_order_drops {
        let enrollments_of = &call.server.world.tracker.enrollments_of;
        rows.retain(|&number| !enrollments_of[number as usize].is_empty());
    }
    order::sort(call.server, &order, ask.program, &mut rows, paging.number());
    let mut window = Window::cut(call, rows, paging, "trackedEntities");
    if let (Paging::Off, Some(limit)) = (paging, behaviour.unpaged_limit) {
        window.rows.truncate(limit);
    }
    let view = View { program: ask.program, deleted: ask.include_deleted, ..View::new(call.account) };
    if view.deleted && behaviour.deleted_relationship_not_found && fields.wants("relationships") {
        check_relationships(call, &window.rows)?;
    }
    let server = Arc::clone(call.server);
    let rows = Rows::new(window, true, move |number| entity::entity(&server, number, &fields, view));
    Ok(Answer::pieces(call.json_type(), rows))
}

/// Relationships of the page that lead to a deleted event cannot be loaded beside deleted objects.
fn check_relationships(call: &Call<'_>, rows: &[u32]) -> Result<(), Refusal> {
    let tracker = &call.server.world.tracker;
    for &number in rows {
        let at = RelationshipEnd::TrackedEntity(tracker.tracked_entities[number as usize].uid);
        for &relationship in tracker.relationships_of.get(&at).into_iter().flatten() {
            let relationship = &tracker.relationships[relationship as usize];
            for end in [relationship.from, relationship.to] {
                if let RelationshipEnd::Event(uid) = end
                    && tracker.is_deleted(end)
                {
                    let uid = call.server.world.texts.get(uid);
                    return Err(params::not_found(call, "Event", "Event", uid));
                }
            }
        }
    }
    Ok(())
}

/// `GET /api/tracker/trackedEntities/{uid}`.
pub(super) fn single(call: &Call<'_>, uid: &str) -> Result<Answer, Refusal> {
    params::path_uid(call, uid)?;
    let server = call.server;
    let world = &server.world;
    let program = params::program(call)?;
    let found = world.texts.find(uid).and_then(|uid| world.tracker.entities_by_uid.get(uid));
    let found = found.filter(|&number| !world.tracker.tracked_entities[number as usize].deleted);
    let missing = || params::not_found(call, "TrackedEntityInstance", "TrackedEntity", uid);
    let number = found.ok_or_else(missing)?;
    if !reachable(call, &world.tracker.tracked_entities[number as usize], program) {
        let refused = server.behaviour.tracked_entities.ownership_refused;
        return Err(match (refused, program) {
            (true, Some(_)) => Refusal::new(401, "OWNERSHIP_ACCESS_DENIED"),
            (true, None) => Refusal::conflict("OWNERSHIP_ACCESS_DENIED"),
            (false, _) => missing(),
        });
    }
    let fields = params::fields(call, DEFAULT_FIELDS);
    let view = View { program, single: true, ..View::new(call.account) };
    let body = entity::entity(server, number, &fields, view).to_bytes(Escapes::Surrogates);
    Ok(Answer::new(200, call.json_type(), body))
}

/// Whether the account reaches a unit that owns or registered the entity.
fn reachable(call: &Call<'_>, entity: &TrackedEntity, program: Option<u32>) -> bool {
    let units = &call.server.world.units;
    match program {
        Some(program) => call.account.reaches(units, entity.owner(program)),
        None => select::units_of(entity).any(|unit| call.account.reaches(units, unit)),
    }
}

/// A refusal of conditions that do not go together: a conflict where a list that names nothing is one.
fn conflict(call: &Call<'_>, message: &str) -> Refusal {
    match call.server.behaviour.tracked_entities.nothing_named_status {
        409 => Refusal::conflict(message),
        _ => params::refused(call, message),
    }
}

/// How a refusal for want of program, type and uids is worded.
fn nothing_named(call: &Call<'_>) -> Refusal {
    let status = call.server.behaviour.tracked_entities.nothing_named_status;
    if call.server.behaviour.events.errors == TrackerErrors::CheckedParameters {
        let message = "Either `program`, `trackedEntityType` or `trackedEntities` should be specified";
        return Refusal::new(status, message).code("E1003");
    }
    Refusal::new(status, "Either Program or Tracked entity type should be specified")
}
