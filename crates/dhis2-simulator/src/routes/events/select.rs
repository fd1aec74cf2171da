//! Finding the events that a query asks for.

use dhis2_api::dialect::behaviour::OwnershipMatch;

use super::ask::{Ask, Assigned};
use crate::server::{Call, Server};
use crate::time::{from_millis, wall_of};
use crate::world::tracker::{Event, EventStatus};
use crate::world::units::UnitIndex;

/// The numbers of the events, in the order of their internal ids.
pub(super) fn events(call: &Call<'_>, ask: &Ask) -> Vec<u32> {
    let server = call.server;
    let tracker = &server.world.tracker;
    let today = today(server);
    (0u32..).zip(tracker.events.iter()).filter(|(_, event)| wanted(server, ask, event, today)).map(|(i, _)| i).collect()
}

/// Midnight of the server's today, as a wall clock in milliseconds.
pub(in crate::routes) fn today(server: &Server) -> i64 {
    let today = from_millis(wall_of(server.now().timestamp_millis(), server.zone)).date();
    today.and_time(chrono::NaiveTime::MIN).and_utc().timestamp_millis()
}

/// The unit of an event that the filter looks at.
pub(super) fn matched(server: &Server, event: &Event) -> UnitIndex {
    match server.behaviour.events.ownership {
        OwnershipMatch::EventUnit => event.unit,
        OwnershipMatch::OwnerUnit => server.world.tracker.owner_unit(event),
    }
}

/// The rows of the query that joins the owners of every program: an event once for each owner of its tracked entity.
pub(super) fn joined(server: &Server, events: &[u32]) -> Vec<u32> {
    let tracker = &server.world.tracker;
    let owners = |number: u32| match tracker.events[number as usize].tracked_entity {
        Some(entity) => tracker.tracked_entities[entity as usize].owners.len().max(1),
        None => 1,
    };
    events.iter().flat_map(|&number| std::iter::repeat_n(number, owners(number))).collect()
}

fn wanted(server: &Server, ask: &Ask, event: &Event, today: i64) -> bool {
    let tracker = &server.world.tracker;
    let enrollment = event.enrollment.map(|e| &tracker.enrollments[e as usize]);
    let entity = event.tracked_entity.map(|e| tracker.tracked_entities[e as usize].uid);
    ask.program.is_none_or(|program| event.program == program)
        && (ask.include_deleted || !event.deleted)
        && ask.stage.is_none_or(|stage| event.stage == stage)
        && ask.events.as_ref().is_none_or(|events| events.contains(&event.uid))
        && ask.units.as_ref().is_none_or(|units| units.contains(matched(server, event)))
        && ask.status.as_deref().is_none_or(|status| has_status(event, status, today))
        && ask.tracked_entity.is_none_or(|wanted| entity == Some(wanted))
        && ask
            .enrollments
            .as_ref()
            .is_none_or(|wanted| enrollment.is_some_and(|enrollment| wanted.contains(&enrollment.uid)))
        && ask.enrollment_status.as_deref().is_none_or(|status| {
            enrollment.is_some_and(|enrollment| server.world.texts.get(enrollment.status) == status)
        })
        && ask.follow_up.is_none_or(|yes| enrollment.is_some_and(|enrollment| enrollment.follow_up == yes))
        && (ask.enrolled.is_open() || enrollment.is_some_and(|e| ask.enrolled.hold(e.enrolled)))
        && (ask.enrollment_occurred.is_open()
            || enrollment.and_then(|e| e.occurred).is_some_and(|at| ask.enrollment_occurred.hold(at)))
        && occurred(server, ask, event)
        && (ask.scheduled.is_open() || event.scheduled.is_some_and(|at| ask.scheduled.hold(at)))
        && ask.updated.hold(event.updated)
        && ask.attribute_options.iter().all(|wanted| event.attribute_options.iter().any(|o| Some(*o) == *wanted))
        && ask.assigned.as_ref().is_none_or(|assigned| is_assigned(server, event, assigned))
        && ask.filters.iter().all(|filter| filter.matches(server, event))
        && (ask.attribute_filters.is_empty() || of_entity(server, ask, event))
}

fn of_entity(server: &Server, ask: &Ask, event: &Event) -> bool {
    let entity = event.tracked_entity.map(|entity| &server.world.tracker.tracked_entities[entity as usize]);
    entity.is_some_and(|entity| ask.attribute_filters.iter().all(|filter| filter.matches_entity(server, entity)))
}

pub(in crate::routes) fn has_status(event: &Event, status: &str, today: i64) -> bool {
    match status {
        "VISITED" => event.status == EventStatus::Active && event.occurred.is_some(),
        "OVERDUE" => event.status == EventStatus::Schedule && event.scheduled.is_some_and(|at| at < today),
        _ => event.status.name() == status,
    }
}

fn occurred(server: &Server, ask: &Ask, event: &Event) -> bool {
    if ask.occurred.is_open() {
        return true;
    }
    let at =
        if server.behaviour.events.occurred_falls_back { event.occurred.or(event.scheduled) } else { event.occurred };
    at.is_some_and(|at| ask.occurred.hold(at))
}

pub(in crate::routes) fn is_assigned(server: &Server, event: &Event, assigned: &Assigned) -> bool {
    let to = event.assigned.map(|user| server.world.tracker.users[user as usize].uid);
    match assigned {
        Assigned::Nobody => to.is_none(),
        Assigned::Anybody => to.is_some(),
        Assigned::To(users) => to.is_some_and(|to| users.contains(&Some(to))),
    }
}
