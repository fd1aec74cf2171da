//! What a query for enrollments asks for, and finding it.

use std::collections::HashSet;

use dhis2_api::dialect::behaviour::TrackerErrors;

use super::matched;
use crate::answer::Refusal;
use crate::routes::tracker::bounds::{Bounds, UpdatedBefore, updated, wall_bounds};
use crate::routes::tracker::params::{ENROLLMENT_STATUSES, program, refused, uid, uid_list, word};
use crate::routes::tracker::units;
use crate::server::{Call, Server};
use crate::world::texts::Text;
use crate::world::tracker::Enrollment;
use crate::world::units::UnitSet;

/// A query for enrollments.
#[derive(Debug)]
pub(super) struct Ask {
    pub(super) program: Option<u32>,
    kind: Option<Text>,
    tracked_entity: Option<Text>,
    pub(super) uids: Option<HashSet<Text>>,
    units: Option<UnitSet>,
    status: Option<&'static str>,
    follow_up: Option<bool>,
    /// None of them where nothing has the one asked for.
    attribute_combos: Option<HashSet<Text>>,
    /// Wall clocks, in milliseconds.
    enrolled: Bounds,
    /// UTC milliseconds.
    updated: Bounds,
    pub(super) include_deleted: bool,
}

impl Ask {
    pub(super) fn read(call: &Call<'_>) -> Result<Self, Refusal> {
        let server = call.server;
        let world = &server.world;
        let behaviour = &server.behaviour.enrollments;
        let checked = server.behaviour.events.errors == TrackerErrors::CheckedParameters;
        let mut status = word(call, "programStatus", &ENROLLMENT_STATUSES)?;
        if behaviour.status {
            let newer = word(call, "status", &ENROLLMENT_STATUSES)?;
            if newer.is_some() && status.is_some() {
                let message = "Only one parameter of 'programStatus' and 'status' must be specified. Prefer 'status' as \
                               'programStatus' will be removed.";
                return Err(refused(call, message));
            }
            status = newer.or(status);
        }
        let enrolled = wall_bounds(call, "enrolledAfter", "enrolledBefore")?;
        // There is no `updatedBefore` in any version.
        let updated = updated(call, UpdatedBefore::Ignored, server.behaviour.tracked_entities.updated_within)?;
        let given_uids = uid_list(call, "enrollment", "enrollments")?;
        let uids: Option<HashSet<Text>> =
            given_uids.map(|uids| uids.iter().filter_map(|uid| world.texts.find(uid)).collect());
        if uids.is_some() && behaviour.uids_beat_all {
            return Ok(Self::of_uids(uids));
        }
        if behaviour.program_mandatory && call.query.filled("program").is_none() {
            return Err(refused(call, "Program is mandatory"));
        }
        let program = program(call)?;
        let kind = if behaviour.by_type { uid(call, "trackedEntityType")? } else { None };
        let kind = match kind {
            None => None,
            Some(given) => {
                let known = world.metadata.find_of("trackedEntityTypes", &given).and_then(|_| world.texts.find(&given));
                let missing = || refused(call, format!("Tracked entity type is specified but does not exist: {given}"));
                Some(known.ok_or_else(missing)?)
            }
        };
        let tracked_entity = match uid(call, "trackedEntity")? {
            None => None,
            Some(given) => {
                let known = world.texts.find(&given).filter(|uid| world.tracker.entities_by_uid.contains(*uid));
                let missing = || refused(call, format!("Tracked entity is specified but does not exist: {given}"));
                Some(known.ok_or_else(missing)?)
            }
        };
        let mandatory = server.behaviour.tracked_entities.unit_mandatory;
        // Of modes that do without units only these lists let a unit count all the same.
        let reading = units::Reading { several: true, mandatory, unit_beats_mode: mandatory };
        let units = units::asked(call, reading)?;
        let follow_up = call.query.filled("followUp").map(|yes| yes.eq_ignore_ascii_case("true"));
        let conditions = status.is_some() || follow_up.is_some() || !enrolled.is_open();
        let conflict = |message: &str| if checked { refused(call, message) } else { Refusal::conflict(message) };
        if program.is_some() && kind.is_some() {
            return Err(conflict("Program and tracked entity cannot be specified simultaneously"));
        }
        if behaviour.conditions_need_program && conditions && program.is_none() {
            return Err(conflict("Program must be defined when enrollment conditions are specified"));
        }
        let attribute_combo = if behaviour.attribute_option_combo { uid(call, "attributeOptionCombo")? } else { None };
        Ok(Self {
            program,
            kind,
            tracked_entity,
            uids,
            units,
            status,
            follow_up,
            attribute_combos: attribute_combo.map(|combo| world.texts.find(&combo).into_iter().collect()),
            enrolled,
            updated,
            include_deleted: call.query.switch("includeDeleted"),
        })
    }

    /// Uids beat every other condition; deleted enrollments never come.
    fn of_uids(uids: Option<HashSet<Text>>) -> Self {
        Self {
            program: None,
            kind: None,
            tracked_entity: None,
            uids,
            units: None,
            status: None,
            follow_up: None,
            attribute_combos: None,
            enrolled: Bounds::default(),
            updated: Bounds::default(),
            include_deleted: false,
        }
    }
}

/// The numbers of the enrollments, in the order of their internal ids.
pub(super) fn rows(server: &Server, ask: &Ask) -> Vec<u32> {
    let all = (0u32..).zip(server.world.tracker.enrollments.iter());
    all.filter(|(_, enrollment)| wanted(server, ask, enrollment)).map(|(number, _)| number).collect()
}

fn wanted(server: &Server, ask: &Ask, enrollment: &Enrollment) -> bool {
    let entity = server.world.tracker.entity_of(enrollment);
    ask.program.is_none_or(|program| enrollment.program == program)
        && (ask.include_deleted || !enrollment.deleted)
        && ask.kind.is_none_or(|kind| entity.kind == kind)
        && ask.tracked_entity.is_none_or(|uid| entity.uid == uid)
        && ask.uids.as_ref().is_none_or(|uids| uids.contains(&enrollment.uid))
        && ask.units.as_ref().is_none_or(|units| units.contains(matched(server, enrollment)))
        && ask.status.is_none_or(|status| server.world.texts.get(enrollment.status) == status)
        && ask.follow_up.is_none_or(|yes| enrollment.follow_up == yes)
        && ask.attribute_combos.as_ref().is_none_or(|combos| combos.contains(&enrollment.attribute_combo))
        && ask.enrolled.hold(enrollment.enrolled)
        && ask.updated.hold(enrollment.stamps.updated)
}
