//! Which units' rows are asked for.

use dhis2_api::dialect::behaviour::TrackerErrors;

use super::params::{forbidden, refused, uid, uid_list, word};
use crate::answer::Refusal;
use crate::server::Call;
use crate::world::units::{UnitIndex, UnitSet};

const MODES: [&str; 6] = ["SELECTED", "CHILDREN", "DESCENDANTS", "ACCESSIBLE", "CAPTURE", "ALL"];

/// How one collection reads its units where it differs from events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Reading {
    /// `orgUnit` with `;` to 2.41 and `orgUnits` with `,` from then on; events take one `orgUnit` in all versions.
    pub(crate) several: bool,
    /// A unit has to be named unless the mode does without.
    pub(crate) mandatory: bool,
    /// Beside a mode that does without units one is kept and the mode ignored; elsewhere the unit is.
    pub(crate) unit_beats_mode: bool,
}

/// The units asked for; none for all there are.
pub(crate) fn asked(call: &Call<'_>, reading: Reading) -> Result<Option<UnitSet>, Refusal> {
    let server = call.server;
    let behaviour = &server.behaviour.events;
    let world = &server.world;
    let checked = behaviour.errors == TrackerErrors::CheckedParameters;
    let old = if behaviour.params.old_names { word(call, "ouMode", &MODES)? } else { None };
    let new = if behaviour.params.new_names { word(call, "orgUnitMode", &MODES)? } else { None };
    if old.is_some() && new.is_some() {
        return Err(refused(
            call,
            "Only one parameter of 'ouMode' and 'orgUnitMode' must be specified. Prefer 'orgUnitMode' as 'ouMode' will \
             be removed.",
        ));
    }
    let units = if reading.several { several(call)? } else { single(call)? };
    let mode = old.or(new);
    if units.is_empty() && mode.is_none() && reading.mandatory {
        return Err(Refusal::conflict("At least one organisation unit must be specified"));
    }
    let default = if units.is_empty() { "ACCESSIBLE" } else { "SELECTED" };
    let mut mode = mode.unwrap_or(default);
    let wide = |mode: &str| !matches!(mode, "SELECTED" | "CHILDREN" | "DESCENDANTS");
    if !units.is_empty() && wide(mode) && checked {
        let remove = if reading.several { "orgUnits" } else { "orgUnit" };
        return Err(refused(
            call,
            format!(
                "orgUnitMode {mode} cannot be used with orgUnits. Please remove the {remove} parameter and try again."
            ),
        ));
    }
    if !units.is_empty() && wide(mode) && reading.unit_beats_mode {
        mode = "SELECTED";
    }
    if units.is_empty() && !wide(mode) {
        return Err(if checked {
            let message = format!(
                "At least one org unit is required for orgUnitMode: {mode}. Please add an orgUnit or use a different \
                 orgUnitMode."
            );
            refused(call, message)
        } else {
            Refusal::conflict(format!("Organisation unit is required for ouMode: {mode}"))
        });
    }
    if !wide(mode) {
        let mut set = UnitSet::none(&world.units);
        for unit in units {
            if !call.account.reaches(&world.units, unit) {
                let whose = if checked && !reading.several { "your" } else { "the" };
                let uid = world.unit_uid(unit);
                return Err(forbidden(call, format!("Organisation unit is not part of {whose} search scope: {uid}")));
            }
            insert_around(call, &mut set, unit, mode);
        }
        return Ok(Some(set));
    }
    // Servers that let a unit stand beside these modes do not look at it.
    if mode == "ALL" {
        return if call.account.superuser { Ok(None) } else { Err(not_across_all(call, reading)) };
    }
    Ok(Some(call.account.scope(&world.units)))
}

/// The unit of events.
fn single(call: &Call<'_>) -> Result<Vec<UnitIndex>, Refusal> {
    let Some(given) = uid(call, "orgUnit")? else { return Ok(Vec::new()) };
    let found = call.server.world.find_unit(&given).ok_or_else(|| {
        let kind = if call.server.behaviour.events.unit_named_in_full { "Organisation unit" } else { "Org unit" };
        refused(call, format!("{kind} is specified but does not exist: {given}"))
    })?;
    Ok(vec![found])
}

/// The units of the other collections.
fn several(call: &Call<'_>) -> Result<Vec<UnitIndex>, Refusal> {
    let mut units = Vec::new();
    for given in uid_list(call, "orgUnit", "orgUnits")?.into_iter().flatten() {
        let unit = call.server.world.find_unit(&given);
        units.push(unit.ok_or_else(|| refused(call, format!("Organisation unit does not exist: {given}")))?);
    }
    Ok(units)
}

fn insert_around(call: &Call<'_>, set: &mut UnitSet, unit: UnitIndex, mode: &str) {
    let units = &call.server.world.units;
    match mode {
        "DESCENDANTS" => set.insert_subtree(units, unit),
        "CHILDREN" => {
            set.insert(unit);
            units.children(unit).for_each(|child| set.insert(child));
        }
        _ => set.insert(unit),
    }
}

fn not_across_all(call: &Call<'_>, reading: Reading) -> Refusal {
    let status = call.server.behaviour.events.mode_all_status;
    // Enrollments of 2.40 refuse with another status than the rest.
    let coded = call.server.behaviour.events.errors != TrackerErrors::Conflict;
    let status = if reading.unit_beats_mode && coded { 403 } else { status };
    match status {
        403 => Refusal::new(403, "User is not authorized to query across all organisation units").code("E1006"),
        status => Refusal::new(status, "Current user is not authorized to query across all organisation units")
            .code_if("E1003", status == 400),
    }
}
