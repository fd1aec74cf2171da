//! What a query for tracked entities asks for.

use std::collections::HashSet;

use super::events::EventAsk;
use super::{conflict, nothing_named, order};
use crate::answer::Refusal;
use crate::routes::tracker::bounds::{Bounds, UpdatedBefore, updated, wall_bounds};
use crate::routes::tracker::order::Order;
use crate::routes::tracker::params::{ENROLLMENT_STATUSES, program, refused, uid, uid_list, word};
use crate::routes::tracker::units;
use crate::routes::tracker::value_filter::{Filtered, ValueFilter};
use crate::server::Call;
use crate::world::texts::Text;
use crate::world::units::UnitSet;

/// A query for tracked entities.
#[derive(Debug)]
pub(super) struct Ask {
    pub(super) program: Option<u32>,
    pub(super) kind: Option<Text>,
    pub(super) uids: Option<HashSet<Text>>,
    pub(super) units: Option<UnitSet>,
    pub(super) enrollment_status: Option<String>,
    pub(super) follow_up: Option<bool>,
    /// Wall clocks, in milliseconds.
    pub(super) enrolled: Bounds,
    pub(super) enrollment_occurred: Bounds,
    /// UTC milliseconds.
    pub(super) updated: Bounds,
    pub(super) potential_duplicate: Option<bool>,
    pub(super) filters: Vec<ValueFilter>,
    pub(super) events: Option<EventAsk>,
    pub(super) include_deleted: bool,
}

impl Ask {
    pub(super) fn read(call: &Call<'_>) -> Result<Self, Refusal> {
        let server = call.server;
        let behaviour = &server.behaviour.tracked_entities;
        if behaviour.query_refused
            && let Some(name) =
                ["query", "attribute", "includeAllAttributes"].iter().find(|n| call.query.filled(n).is_some())
        {
            return Err(refused(call, format!("`{name}` parameter was removed in v41. Use `filter` instead.")));
        }
        let mut enrollment_status = word(call, "programStatus", &ENROLLMENT_STATUSES)?;
        if behaviour.enrollment_status {
            let newer = word(call, "enrollmentStatus", &ENROLLMENT_STATUSES)?;
            if newer.is_some() && enrollment_status.is_some() {
                let message = "Only one parameter of 'programStatus' and 'enrollmentStatus' must be specified. Prefer \
                               'enrollmentStatus' as 'programStatus' will be removed.";
                return Err(refused(call, message));
            }
            enrollment_status = newer.or(enrollment_status);
        }
        let updated = updated(call, UpdatedBefore::Inclusive, behaviour.updated_within)?;
        let enrolled = wall_bounds(call, "enrollmentEnrolledAfter", "enrollmentEnrolledBefore")?;
        let enrollment_occurred = wall_bounds(call, "enrollmentOccurredAfter", "enrollmentOccurredBefore")?;
        let given_uids = uid_list(call, "trackedEntity", "trackedEntities")?;
        let given_kind = uid(call, "trackedEntityType")?;
        let unit_names = [("orgUnit", "orgUnits")].iter().any(|(old, new)| {
            let params = &server.behaviour.events.params;
            (params.old_names && call.query.filled(old).is_some())
                || (params.new_names && call.query.filled(new).is_some())
        });
        if call.query.filled("program").is_none() && given_kind.is_none() && given_uids.is_none() {
            // Which of several mistakes is told first: a missing unit comes after this one.
            return Err(nothing_named(call));
        }
        let program = program(call)?;
        let kind = match given_kind {
            None => None,
            Some(given) => {
                let known = server.world.metadata.find_of("trackedEntityTypes", &given);
                let known = known.and_then(|_| server.world.texts.find(&given));
                let missing = || refused(call, format!("Tracked entity type is specified but does not exist: {given}"));
                Some(known.ok_or_else(missing)?)
            }
        };
        if program.is_some() && kind.is_some() {
            let message = "Program and tracked entity cannot be specified simultaneously";
            return Err(conflict(call, message));
        }
        let mandatory = behaviour.unit_mandatory && given_uids.is_none() && !unit_names;
        let reading = units::Reading { several: true, mandatory, unit_beats_mode: false };
        let units = units::asked(call, reading)?;
        let follow_up = call.query.filled("followUp").map(|yes| yes.eq_ignore_ascii_case("true"));
        let of_enrollment =
            enrollment_status.is_some() || follow_up.is_some() || !enrolled.is_open() || !enrollment_occurred.is_open();
        if of_enrollment && program.is_none() {
            let message = "Program must be defined when enrollment conditions are specified";
            return Err(conflict(call, message));
        }
        let yes = |name: &str| call.query.filled(name).map(|yes| yes.eq_ignore_ascii_case("true"));
        Ok(Self {
            program,
            kind,
            uids: given_uids.map(|uids| uids.iter().filter_map(|uid| server.world.texts.find(uid)).collect()),
            units,
            enrollment_status: enrollment_status.map(str::to_owned),
            follow_up,
            enrolled,
            enrollment_occurred,
            updated,
            potential_duplicate: yes("potentialDuplicate"),
            filters: ValueFilter::read(call, "filter", Filtered::Attributes)?,
            events: EventAsk::read(call, program)?,
            include_deleted: call.query.switch("includeDeleted"),
        })
    }
}

/// Queries whose statement the database refuses.
pub(super) fn check_statement(call: &Call<'_>, ask: &Ask, order: &Order<order::Field>) -> Result<(), Refusal> {
    let behaviour = &call.server.behaviour.tracked_entities;
    let bare = ask.updated.is_open() && ask.potential_duplicate.is_none() && ask.filters.is_empty();
    let by_type = ask.kind.is_some() && behaviour.type_with_deleted_fails;
    let by_enrollment = order::by_enrollment(order) && behaviour.enrolled_order_with_deleted_fails;
    if ask.include_deleted && bare && (by_type || by_enrollment) {
        let statement = if behaviour.names_statement {
            "ERROR: trailing junk after numeric literal at or near \"270ORDER\"\n  Position: 954"
        } else {
            "SqlState: 42601"
        };
        return Err(statement_refused("42601", statement));
    }
    Ok(())
}

/// A statement that the database refused.
pub(super) fn statement_refused(state: &str, told: &str) -> Refusal {
    let message = format!("Query failed because of a syntax error (SqlState: {state})");
    Refusal::conflict(message).code("E7145").told(told)
}
