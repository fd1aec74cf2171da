//! Which units' events are asked for, and which unit of an event counts.

use dhis2_api::dialect::behaviour::{OwnershipMatch, TrackerErrors};

use super::params::{forbidden, refused, uid, word};
use crate::answer::Refusal;
use crate::server::{Call, Server};
use crate::world::tracker::Event;
use crate::world::units::{UnitIndex, UnitSet};

const MODES: [&str; 6] = ["SELECTED", "CHILDREN", "DESCENDANTS", "ACCESSIBLE", "CAPTURE", "ALL"];

/// The unit of an event that the filter looks at.
pub(super) fn matched(server: &Server, event: &Event) -> UnitIndex {
    match server.behaviour.events.ownership {
        OwnershipMatch::EventUnit => event.unit,
        OwnershipMatch::OwnerUnit => server.world.tracker.owner_unit(event),
    }
}

/// The units asked for; none for all there are.
pub(super) fn asked(call: &Call<'_>) -> Result<Option<UnitSet>, Refusal> {
    let server = call.server;
    let behaviour = &server.behaviour.events;
    let world = &server.world;
    let old = if behaviour.params.old_names { word(call, "ouMode", &MODES)? } else { None };
    let new = if behaviour.params.new_names { word(call, "orgUnitMode", &MODES)? } else { None };
    if old.is_some() && new.is_some() {
        return Err(refused(
            call,
            "Only one parameter of 'ouMode' and 'orgUnitMode' must be specified. Prefer 'orgUnitMode' as 'ouMode' will \
             be removed.",
        ));
    }
    let unit = match uid(call, "orgUnit")? {
        None => None,
        Some(given) => Some(world.find_unit(&given).ok_or_else(|| {
            let kind = if behaviour.unit_named_in_full { "Organisation unit" } else { "Org unit" };
            refused(call, format!("{kind} is specified but does not exist: {given}"))
        })?),
    };
    let default = if unit.is_some() { "SELECTED" } else { "ACCESSIBLE" };
    let mode = old.or(new).unwrap_or(default);
    let wants_unit = matches!(mode, "SELECTED" | "CHILDREN" | "DESCENDANTS");
    let unit = match unit {
        Some(_) if !wants_unit && behaviour.errors == TrackerErrors::CheckedParameters => {
            return Err(refused(
                call,
                format!(
                    "orgUnitMode {mode} cannot be used with orgUnits. Please remove the orgUnit parameter and try again."
                ),
            ));
        }
        None if wants_unit && behaviour.errors == TrackerErrors::CheckedParameters => {
            let message = format!(
                "At least one org unit is required for orgUnitMode: {mode}. Please add an orgUnit or use a different \
                 orgUnitMode."
            );
            return Err(refused(call, message));
        }
        None if wants_unit => {
            return Err(Refusal::conflict(format!("Organisation unit is required for ouMode: {mode}")));
        }
        unit => unit,
    };
    if let Some(unit) = unit.filter(|_| wants_unit) {
        if !call.account.reaches(&world.units, unit) {
            let whose = if behaviour.errors == TrackerErrors::CheckedParameters { "your" } else { "the" };
            let uid = world.unit_uid(unit);
            return Err(forbidden(call, format!("Organisation unit is not part of {whose} search scope: {uid}")));
        }
        return Ok(Some(around(call, unit, mode)));
    }
    // Servers that let a unit stand beside these modes do not look at it.
    if mode == "ALL" {
        return if call.account.superuser { Ok(None) } else { Err(not_across_all(call)) };
    }
    Ok(Some(call.account.scope(&world.units)))
}

fn around(call: &Call<'_>, unit: UnitIndex, mode: &str) -> UnitSet {
    let units = &call.server.world.units;
    let mut set = UnitSet::none(units);
    match mode {
        "DESCENDANTS" => set.insert_subtree(units, unit),
        "CHILDREN" => {
            set.insert(unit);
            units.children(unit).for_each(|child| set.insert(child));
        }
        _ => set.insert(unit),
    }
    set
}

fn not_across_all(call: &Call<'_>) -> Refusal {
    match call.server.behaviour.events.mode_all_status {
        403 => Refusal::new(403, "User is not authorized to query across all organisation units").code("E1006"),
        status => Refusal::new(status, "Current user is not authorized to query across all organisation units")
            .code_if("E1003", status == 400),
    }
}
