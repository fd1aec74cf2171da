//! What a query asks for, as the server reads it. Parameters of other versions are not looked at: that is the trap.

use std::collections::HashSet;

use chrono::TimeDelta;
use dhis2_api::dialect::behaviour::OccurredUpperBound;

use crate::answer::Refusal;
use crate::routes::tracker::bounds::{Bounds, UpdatedBefore, end_of, updated, wall_bounds};
use crate::routes::tracker::params::{ENROLLMENT_STATUSES, refused, time, uid, uid_list, uids, word};
use crate::routes::tracker::units;
use crate::routes::tracker::value_filter::{Filtered, ValueFilter};
use crate::server::Call;
use crate::time::SentTime;
use crate::world::texts::Text;
use crate::world::units::UnitSet;

/// A query for events.
#[derive(Debug)]
pub(super) struct Ask {
    pub(super) program: Option<u32>,
    pub(super) stage: Option<Text>,
    pub(super) units: Option<UnitSet>,
    pub(super) status: Option<String>,
    pub(super) enrollment_status: Option<String>,
    pub(super) follow_up: Option<bool>,
    pub(super) events: Option<HashSet<Text>>,
    pub(super) enrollments: Option<HashSet<Text>>,
    pub(super) tracked_entity: Option<Text>,
    pub(super) assigned: Option<Assigned>,
    pub(super) attribute_options: Vec<Option<Text>>,
    /// Wall clocks, in milliseconds.
    pub(super) occurred: Bounds,
    pub(super) scheduled: Bounds,
    pub(super) enrolled: Bounds,
    pub(super) enrollment_occurred: Bounds,
    /// UTC milliseconds.
    pub(super) updated: Bounds,
    pub(super) filters: Vec<ValueFilter>,
    /// Of the tracked entity.
    pub(super) attribute_filters: Vec<ValueFilter>,
    pub(super) include_deleted: bool,
}

/// To whom events are to be assigned.
#[derive(Debug)]
pub(in crate::routes) enum Assigned {
    Nobody,
    Anybody,
    To(Vec<Option<Text>>),
}

pub(in crate::routes) const STATUSES: [&str; 6] = ["ACTIVE", "COMPLETED", "VISITED", "SCHEDULE", "OVERDUE", "SKIPPED"];
/// Events take one unit, and none is needed.
const UNITS: units::Reading = units::Reading { several: false, mandatory: false, unit_beats_mode: false };
/// The last one came with 2.40.
const ASSIGNED_MODES: [&str; 5] = ["CURRENT", "PROVIDED", "NONE", "ANY", "ALL"];

impl Ask {
    pub(super) fn read(call: &Call<'_>) -> Result<Self, Refusal> {
        let world = &call.server.world;
        let params = &call.server.behaviour.events.params;
        let status = word(call, "status", &STATUSES)?.map(str::to_owned);
        let mut enrollment_status = word(call, "programStatus", &ENROLLMENT_STATUSES)?;
        if params.enrollment_status {
            enrollment_status = word(call, "enrollmentStatus", &ENROLLMENT_STATUSES)?.or(enrollment_status);
        }
        let occurred = occurred(call)?;
        let scheduled = wall_bounds(call, "scheduledAfter", "scheduledBefore")?;
        let behaviour = &call.server.behaviour.events;
        let before =
            if behaviour.updated_before_exclusive { UpdatedBefore::Exclusive } else { UpdatedBefore::Inclusive };
        let updated = updated(call, before, behaviour.updated_within)?;
        let (mut enrolled, mut enrollment_occurred) = (Bounds::default(), Bounds::default());
        if params.enrollment_dates {
            enrolled = wall_bounds(call, "enrollmentEnrolledAfter", "enrollmentEnrolledBefore")?;
            enrollment_occurred = wall_bounds(call, "enrollmentOccurredAfter", "enrollmentOccurredBefore")?;
        }
        let find = |given: &str| world.texts.find(given);
        let program = uid(call, "program")?;
        let stage = uid(call, "programStage")?;
        let unit = units::asked(call, UNITS);
        let program = match program {
            None => None,
            Some(given) => {
                let found = find(&given).and_then(|program| world.tracker.find_program(program));
                Some(found.ok_or_else(|| refused(call, format!("Program is specified but does not exist: {given}")))?)
            }
        };
        let stage = match stage {
            None => None,
            Some(given) => {
                let known = world.metadata.find_of("programStages", &given).and_then(|_| find(&given));
                let missing = || refused(call, format!("Program stage is specified but does not exist: {given}"));
                Some(known.ok_or_else(missing)?)
            }
        };
        let units = unit?;
        let tracked_entity = match uid(call, "trackedEntity")? {
            None => None,
            Some(given) => {
                let known = find(&given).filter(|uid| world.tracker.entities_by_uid.contains(*uid));
                let missing = || refused(call, format!("Tracked entity is specified but does not exist: {given}"));
                Some(known.ok_or_else(missing)?)
            }
        };
        let events = event_uids(call)?;
        let filters = ValueFilter::read(call, "filter", Filtered::DataElements)?;
        if events.is_some() && !filters.is_empty() {
            return Err(refused(call, "Event UIDs and filters can not be specified at the same time"));
        }
        let attribute_filters = if params.enrollment_dates {
            ValueFilter::read(call, "filterAttributes", Filtered::Attributes)?
        } else {
            Vec::new()
        };
        let enrollments = uids(call, "enrollments")?.map(|list| list.into_iter().flatten().collect());
        let options = uid_list(call, "attributeCos", "attributeCategoryOptions")?.unwrap_or_default();
        Ok(Self {
            program,
            stage,
            units,
            status,
            enrollment_status: enrollment_status.map(str::to_owned),
            follow_up: call.query.filled("followUp").map(|yes| yes.eq_ignore_ascii_case("true")),
            events,
            enrollments,
            tracked_entity,
            assigned: assigned(call)?,
            attribute_options: options.iter().map(|option| find(option)).collect(),
            occurred,
            scheduled,
            enrolled,
            enrollment_occurred,
            updated,
            filters,
            attribute_filters,
            include_deleted: call.query.switch("includeDeleted"),
        })
    }
}

/// `event` with semicolons, whose malformed uids are dropped so that nothing may be left of the filter; `events` with
/// commas.
fn event_uids(call: &Call<'_>) -> Result<Option<HashSet<Text>>, Refusal> {
    let params = &call.server.behaviour.events.params;
    let all: Vec<_> = call.query.all("event").collect();
    let old = Some(all.join(",")).filter(|given| params.old_names && !given.is_empty());
    if params.new_names
        && let Some(found) = uids(call, "events")?
    {
        if old.is_some() {
            let message = "Only one parameter of 'event' (deprecated; semicolon separated UIDs) and 'events' (comma \
                               separated UIDs) must be specified. Prefer 'events' as 'event' will be removed.";
            return Err(refused(call, message));
        }
        return Ok(Some(found.into_iter().flatten().collect()));
    }
    let Some(given) = old else { return Ok(None) };
    let well_formed: Vec<&str> = given.split(';').filter(|uid| dhis2_api::Uid::parse(uid).is_ok()).collect();
    if well_formed.is_empty() {
        return Ok(None);
    }
    Ok(Some(well_formed.into_iter().filter_map(|uid| call.server.world.texts.find(uid)).collect()))
}

pub(in crate::routes) fn assigned(call: &Call<'_>) -> Result<Option<Assigned>, Refusal> {
    let behaviour = &call.server.behaviour.events;
    let modes = if behaviour.assigned_mode_all { ASSIGNED_MODES.as_slice() } else { &ASSIGNED_MODES[..4] };
    let mode = word(call, "assignedUserMode", modes)?;
    let old = call.query.filled("assignedUser").filter(|_| behaviour.params.old_names);
    let new = call.query.filled("assignedUsers").filter(|_| behaviour.params.new_names);
    let users: Vec<_> = old.map(|users| users.split(';')).into_iter().flatten().collect();
    let users: Vec<_> = users.into_iter().chain(new.into_iter().flat_map(|users| users.split(','))).collect();
    let found = || users.iter().map(|user| call.server.world.texts.find(user)).collect();
    match mode {
        Some(mode) if mode != "PROVIDED" && !users.is_empty() => {
            Err(refused(call, "Assigned User uid(s) cannot be specified if selectionMode is not PROVIDED"))
        }
        Some("NONE") => Ok(Some(Assigned::Nobody)),
        Some("ANY") => Ok(Some(Assigned::Anybody)),
        Some("CURRENT") => Ok(Some(Assigned::To(vec![call.server.world.texts.find(call.account.uid)]))),
        Some("PROVIDED") if users.is_empty() && !behaviour.provided_without_users_ignored => {
            Err(Refusal::conflict("Assigned User uid(s) must be specified if selectionMode is PROVIDED"))
        }
        _ if users.is_empty() => Ok(None),
        _ => Ok(Some(Assigned::To(found()))),
    }
}

fn occurred(call: &Call<'_>) -> Result<Bounds, Refusal> {
    let behaviour = &call.server.behaviour.events;
    let zone = call.server.zone;
    // Rendered in UTC and compared with a wall clock, a bound is off by the offset.
    let millis = |sent: SentTime| if behaviour.occurred_shifted { sent.instant(zone) } else { sent.wall_millis(zone) };
    let from = time(call, "occurredAfter")?.map(millis);
    let to = time(call, "occurredBefore")?.map(|sent| match behaviour.occurred_before {
        OccurredUpperBound::WholeDay => {
            let day = sent.wall.date().and_time(chrono::NaiveTime::MIN);
            millis(SentTime { wall: day + TimeDelta::days(1), ..sent }) - 1
        }
        OccurredUpperBound::Before => millis(sent) - 1,
        OccurredUpperBound::AtMidnight => millis(sent),
        OccurredUpperBound::EndOfDayExclusive => end_of(Some(sent)).map_or(0, millis) - 1,
        OccurredUpperBound::EndOfDay => end_of(Some(sent)).map_or(0, millis),
    });
    Ok(Bounds { from, to })
}
