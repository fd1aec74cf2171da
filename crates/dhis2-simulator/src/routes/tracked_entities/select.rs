//! Finding the tracked entities that a query asks for.

use std::collections::BTreeSet;

use dhis2_api::dialect::behaviour::TypeUnitMatch;

use super::ask::Ask;
use crate::server::Server;
use crate::world::tracker::{Enrollment, TrackedEntity};
use crate::world::units::UnitIndex;

/// The numbers of the entities in the order of their internal ids, one as often as its owners are joined.
pub(super) fn rows(server: &Server, ask: &Ask) -> Vec<u32> {
    let entities = (0u32..).zip(server.world.tracker.tracked_entities.iter());
    let wanted = entities.filter(|(number, entity)| wanted(server, ask, *number, entity));
    wanted.flat_map(|(number, entity)| std::iter::repeat_n(number, times(server, ask, entity))).collect()
}

/// The units that own an entity, the registering one without an owner; each once.
pub(super) fn units_of(entity: &TrackedEntity) -> impl Iterator<Item = UnitIndex> {
    let owners: BTreeSet<UnitIndex> = entity.owners.iter().map(|(_, unit)| *unit).collect();
    let own = owners.is_empty().then_some(entity.unit);
    owners.into_iter().chain(own)
}

/// The units that own an entity and the one that registered it, each once.
fn units_joined(entity: &TrackedEntity) -> BTreeSet<UnitIndex> {
    entity.owners.iter().map(|(_, unit)| *unit).chain([entity.unit]).collect()
}

/// In how many rows of the query an entity stands; 0 where its units are others.
fn times(server: &Server, ask: &Ask, entity: &TrackedEntity) -> usize {
    let behaviour = &server.behaviour.tracked_entities;
    let inside = |unit: UnitIndex| ask.units.as_ref().is_none_or(|units| units.contains(unit));
    match (ask.program, behaviour.by_type) {
        (Some(program), _) if behaviour.owner_with_program => usize::from(inside(entity.owner(program))),
        (Some(_), _) | (None, TypeUnitMatch::Registering) => usize::from(inside(entity.unit)),
        (None, TypeUnitMatch::OwnersJoined) => units_joined(entity).into_iter().filter(|unit| inside(*unit)).count(),
        (None, TypeUnitMatch::AnyOwner) => usize::from(units_of(entity).any(inside)),
    }
}

fn wanted(server: &Server, ask: &Ask, number: u32, entity: &TrackedEntity) -> bool {
    let tracker = &server.world.tracker;
    (ask.include_deleted || !entity.deleted)
        && ask.kind.is_none_or(|kind| entity.kind == kind)
        && ask.uids.as_ref().is_none_or(|uids| uids.contains(&entity.uid))
        && ask.updated.hold(entity.stamps.updated)
        && ask.potential_duplicate.is_none_or(|yes| entity.potential_duplicate == yes)
        && ask.filters.iter().all(|filter| filter.matches_entity(server, entity))
        && ask.events.as_ref().is_none_or(|wanted| {
            let enrollments = tracker.enrollments_of[number as usize].iter().filter(|&&enrollment| {
                ask.program.is_none_or(|program| tracker.enrollments[enrollment as usize].program == program)
            });
            let mut events = enrollments.flat_map(|&e| tracker.events_of[e as usize].iter());
            events.any(|&event| {
                let event = &tracker.events[event as usize];
                (ask.include_deleted || !event.deleted) && wanted.holds(server, event)
            })
        })
        && ask.program.is_none_or(|program| {
            let mut enrollments = tracker.enrollments_of[number as usize].iter();
            enrollments.any(|&e| is_enrolled(server, ask, program, &tracker.enrollments[e as usize]))
        })
}

/// Whether an enrollment is in the program and as asked for.
fn is_enrolled(server: &Server, ask: &Ask, program: u32, enrollment: &Enrollment) -> bool {
    enrollment.program == program
        && (ask.include_deleted || !enrollment.deleted)
        && ask.enrollment_status.as_deref().is_none_or(|status| server.world.texts.get(enrollment.status) == status)
        && ask.follow_up.is_none_or(|yes| enrollment.follow_up == yes)
        && ask.enrolled.hold(enrollment.enrolled)
        && (ask.enrollment_occurred.is_open() || enrollment.occurred.is_some_and(|at| ask.enrollment_occurred.hold(at)))
}
