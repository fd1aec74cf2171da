//! The order of events.

use std::cmp::Ordering;

use dhis2_api::dialect::behaviour::{DefaultOrder, OrderErrors};

use crate::answer::Refusal;
use crate::routes::tracker::order::{Order, Ties};
use crate::routes::tracker::params::refused;
use crate::server::{Call, Server};
use crate::world::texts::Text;
use crate::world::tracker::Event;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    Named(&'static str),
    Element(Text),
}

const OLD_FIELDS: [&str; 18] = [
    "occurredAt",
    "scheduledAt",
    "createdAt",
    "updatedAt",
    "completedAt",
    "event",
    "program",
    "programStage",
    "enrollment",
    "orgUnit",
    "status",
    "orgUnitName",
    "storedBy",
    "attributeOptionCombo",
    "createdAtClient",
    "completedBy",
    "deleted",
    "followUp",
];
const NEW_FIELDS: [&str; 24] = [
    "assignedUser",
    "assignedUserDisplayName",
    "attributeOptionCombo",
    "completedAt",
    "completedBy",
    "createdAt",
    "createdAtClient",
    "createdBy",
    "deleted",
    "enrolledAt",
    "enrollment",
    "enrollmentStatus",
    "event",
    "followUp",
    "occurredAt",
    "orgUnit",
    "program",
    "programStage",
    "scheduledAt",
    "status",
    "storedBy",
    "trackedEntity",
    "updatedAt",
    "updatedBy",
];

/// The order that a query asks for.
pub(super) fn read(call: &Call<'_>, program: Option<u32>) -> Result<Order<Field>, Refusal> {
    let behaviour = &call.server.behaviour.events;
    let mut keys: Vec<(Field, bool)> = Vec::new();
    for given in call.query.list("order") {
        let (name, direction) = given.split_once(':').unwrap_or((given, "asc"));
        let Some(field) = field(call, name)? else { continue };
        check_limits(call, program, field)?;
        let checked = matches!(behaviour.order_errors, OrderErrors::BadRequest | OrderErrors::BadRequestUidsToo);
        let descending = direction.eq_ignore_ascii_case("desc");
        if checked && !descending && !direction.eq_ignore_ascii_case("asc") {
            let message = format!("'{direction}' is not a valid sort direction. Valid values are: [ASC, DESC].");
            return Err(refused(call, message));
        }
        if behaviour.order_errors == OrderErrors::BadRequestUidsToo && keys.iter().any(|(known, _)| *known == field) {
            let message = format!("order parameter is invalid. The following order fields are repeated: '{name}'.");
            return Err(refused(call, message));
        }
        keys.push((field, descending));
    }
    if keys.is_empty() {
        return Ok(default_of(call, program));
    }
    let ties = Ties::after(behaviour.tie_break, keys[0].1);
    Ok(Order { keys, ties })
}

fn default_of(call: &Call<'_>, program: Option<u32>) -> Order<Field> {
    let single = program.is_some_and(|p| !call.server.world.tracker.programs[p as usize].with_registration);
    match call.server.behaviour.events.default_order {
        DefaultOrder::UpdatedDescending => {
            Order { keys: vec![(Field::Named("updatedAt"), true)], ties: Ties::Anything }
        }
        DefaultOrder::IdDescendingSingleByOccurred if single => {
            Order { keys: vec![(Field::Named("occurredAt"), true)], ties: Ties::IdDescending }
        }
        DefaultOrder::IdDescending | DefaultOrder::IdDescendingSingleByOccurred => {
            Order { keys: Vec::new(), ties: Ties::IdDescending }
        }
    }
}

/// Orders the numbers of events, which come in the order of their ids.
pub(super) fn sort(server: &Server, order: &Order<Field>, events: &mut [u32], page: usize) {
    let event = |number: u32| &server.world.tracker.events[number as usize];
    if order.sort_by_uid(Field::Named("event"), events, |number| server.world.texts.get(event(number).uid)) {
        return;
    }
    order.sort(events, page, |field, a, b| compare(server, field, event(a), event(b)));
}

/// Fields that a version knows by name and cannot order by.
fn check_limits(call: &Call<'_>, program: Option<u32>, field: Field) -> Result<(), Refusal> {
    let behaviour = &call.server.behaviour.events;
    let single = program.is_some_and(|p| !call.server.world.tracker.programs[p as usize].with_registration);
    match field {
        Field::Named("program") if behaviour.order_by_program_fails => {
            let message = "Query failed because of a syntax error (SqlState: 42703)";
            Err(Refusal::conflict(message).code("E7145"))
        }
        Field::Named(name @ ("enrolledAt" | "scheduledAt")) if single && behaviour.single_events_order_less => {
            Err(refused(call, format!("order parameter is invalid. Cannot order by '{name}'.")))
        }
        _ => Ok(()),
    }
}

/// The field meant; none for one that is ignored.
fn field(call: &Call<'_>, name: &str) -> Result<Option<Field>, Refusal> {
    let errors = call.server.behaviour.events.order_errors;
    let new = errors == OrderErrors::BadRequestUidsToo;
    let fields: &[&'static str] = if new { &NEW_FIELDS } else { &OLD_FIELDS };
    if let Some(known) = fields.iter().find(|field| **field == name) {
        return Ok(Some(Field::Named(known)));
    }
    if new && name == "updatedAtClient" {
        return Ok(Some(Field::Named("updatedAtClient")));
    }
    let world = &call.server.world;
    if dhis2_api::Uid::parse(name).is_ok() {
        let element = world.metadata.find_of("dataElements", name).and_then(|_| world.texts.find(name));
        let attribute = world.metadata.find_of("trackedEntityAttributes", name).is_some();
        return match element {
            Some(element) => Ok(Some(Field::Element(element))),
            // Attributes are no part of events here; a name of a uid's shape was never refused before 2.41.
            None if attribute || !new => Ok(None),
            None => Err(refused(
                call,
                format!(
                    "Cannot order by '{name}' as its neither a data element nor a tracked entity attribute. Events can be \
                     ordered by event fields, data elements and tracked entity attributes."
                ),
            )),
        };
    }
    let supported = fields.join(", ");
    match errors {
        OrderErrors::Ignored => Ok(None),
        OrderErrors::Conflict | OrderErrors::BadRequest => {
            Err(refused(call, format!("Order by property `{name}` is not supported. Supported are `{supported}`")))
        }
        OrderErrors::BadRequestUidsToo => Err(refused(
            call,
            format!(
                "order parameter is invalid. Cannot order by '{name}'. Supported are data element and attribute UIDs and \
                 fields '{supported}'."
            ),
        )),
    }
}

fn compare(server: &Server, field: Field, a: &Event, b: &Event) -> Ordering {
    let world = &server.world;
    let text = |a: Text, b: Text| world.texts.get(a).cmp(world.texts.get(b));
    // Without a value last, as PostgreSQL sorts nulls.
    let option = |a: Option<i64>, b: Option<i64>| (a.is_none(), a).cmp(&(b.is_none(), b));
    let tracker = &world.tracker;
    let enrollment = |event: &Event| event.enrollment.map(|e| &tracker.enrollments[e as usize]);
    let enrollment_text = |of: fn(&crate::world::tracker::Enrollment) -> Text| {
        let text_of = |event: &Event| enrollment(event).map(|e| world.texts.get(of(e)));
        (text_of(a).is_none(), text_of(a)).cmp(&(text_of(b).is_none(), text_of(b)))
    };
    match field {
        Field::Element(element) => {
            let value = |event: &Event| {
                let held = event.values.iter().find(|value| value.element == element);
                held.map(|held| world.texts.get(held.value).to_owned())
            };
            let (a, b) = (value(a), value(b));
            (a.is_none(), a).cmp(&(b.is_none(), b))
        }
        Field::Named(name) => match name {
            "event" => text(a.uid, b.uid),
            "occurredAt" => option(a.occurred, b.occurred),
            "scheduledAt" => option(a.scheduled, b.scheduled),
            "completedAt" => option(a.completed, b.completed),
            "createdAt" => a.created.cmp(&b.created),
            "updatedAt" => a.updated.cmp(&b.updated),
            "createdAtClient" => option(a.created_client, b.created_client),
            "updatedAtClient" => option(a.updated_client, b.updated_client),
            "program" => text(tracker.program_of(a).uid, tracker.program_of(b).uid),
            "programStage" => text(a.stage, b.stage),
            "orgUnit" | "orgUnitName" => world.unit_uid(a.unit).cmp(world.unit_uid(b.unit)),
            "status" => a.status.name().cmp(b.status.name()),
            "storedBy" => text(a.stored_by, b.stored_by),
            "completedBy" => text(a.completed_by, b.completed_by),
            "attributeOptionCombo" => text(a.attribute_combo, b.attribute_combo),
            "deleted" => a.deleted.cmp(&b.deleted),
            "enrollment" => enrollment_text(|e| e.uid),
            "enrollmentStatus" => enrollment_text(|e| e.status),
            "enrolledAt" => option(enrollment(a).map(|e| e.enrolled), enrollment(b).map(|e| e.enrolled)),
            "followUp" => enrollment(a).map(|e| e.follow_up).cmp(&enrollment(b).map(|e| e.follow_up)),
            "trackedEntity" => {
                let uid = |e: &Event| e.tracked_entity.map(|e| tracker.tracked_entities[e as usize].uid);
                let uid = |e: &Event| uid(e).map(|uid| world.texts.get(uid));
                (uid(a).is_none(), uid(a)).cmp(&(uid(b).is_none(), uid(b)))
            }
            "createdBy" => a.created_by.cmp(&b.created_by),
            "updatedBy" => a.updated_by.cmp(&b.updated_by),
            "assignedUser" | "assignedUserDisplayName" => a.assigned.cmp(&b.assigned),
            _ => Ordering::Equal,
        },
    }
}
