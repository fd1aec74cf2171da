//! The order of enrollments.

use std::cmp::Ordering;

use crate::answer::Refusal;
use crate::routes::tracker::order::{Order, Ties};
use crate::routes::tracker::params::refused;
use crate::server::{Call, Server};

type Field = &'static str;

/// What older servers hand to the database.
const OLD_FIELDS: [Field; 9] = [
    "enrollment",
    "createdAt",
    "updatedAt",
    "updatedAtClient",
    "enrolledAt",
    "occurredAt",
    "completedAt",
    "createdAtClient",
    "status",
];
const FIELDS: [Field; 6] =
    ["completedAt", "createdAt", "createdAtClient", "enrolledAt", "updatedAt", "updatedAtClient"];

/// The order that a query asks for.
pub(super) fn read(call: &Call<'_>) -> Result<Order<Field>, Refusal> {
    let behaviour = &call.server.behaviour.enrollments;
    let mut keys: Vec<(Field, bool)> = Vec::new();
    for given in call.query.list("order") {
        let (name, direction) = given.split_once(':').unwrap_or((given, "asc"));
        let fields: &[Field] = if behaviour.unknown_order_status.is_some() { &OLD_FIELDS } else { &FIELDS };
        let Some(field) = fields.iter().find(|field| **field == name) else {
            return Err(unknown(call, behaviour.unknown_order_status, name));
        };
        let column = match *field {
            "createdAt" => "created",
            "updatedAt" => "lastupdated",
            _ => "",
        };
        if behaviour.created_order_fails && !column.is_empty() {
            let message = format!("ERROR: column reference \"{column}\" is ambiguous\n  Position: 1370");
            return Err(Refusal::conflict(message));
        }
        if behaviour.unknown_order_status.is_none() && keys.iter().any(|(known, _)| known == field) {
            let message = format!("order parameter is invalid. The following order fields are repeated: '{name}'.");
            return Err(refused(call, message));
        }
        keys.push((field, direction.eq_ignore_ascii_case("desc")));
    }
    if let Some((_, descending)) = keys.first() {
        let ties = Ties::after(call.server.behaviour.tracked_entities.tie_break, *descending);
        return Ok(Order { keys, ties });
    }
    Ok(Order { keys, ties: if behaviour.newest_first { Ties::IdDescending } else { Ties::Anything } })
}

fn unknown(call: &Call<'_>, old_status: Option<u16>, name: &str) -> Refusal {
    match old_status {
        Some(400) => {
            refused(call, format!("could not resolve property: {name} of: org.hisp.dhis.program.ProgramInstance"))
        }
        Some(status) => Refusal::new(status, "could not extract ResultSet"),
        None => {
            let supported = FIELDS.join(", ");
            let message = format!(
                "order parameter is invalid. Cannot order by '{name}'. Supported fields are '{supported}'. All of which \
                 can at most be specified once."
            );
            refused(call, message)
        }
    }
}

/// Orders the numbers of enrollments, which come in the order of their ids.
pub(super) fn sort(server: &Server, order: &Order<Field>, rows: &mut [u32], page: usize) {
    let texts = &server.world.texts;
    let enrollment = |number: u32| &server.world.tracker.enrollments[number as usize];
    // Without a value last, as PostgreSQL sorts nulls.
    let option = |a: Option<i64>, b: Option<i64>| (a.is_none(), a).cmp(&(b.is_none(), b));
    if order.sort_by_uid("enrollment", rows, |number| texts.get(enrollment(number).uid)) {
        return;
    }
    order.sort(rows, page, |field, a, b| {
        let (a, b) = (enrollment(a), enrollment(b));
        match field {
            "enrollment" => texts.get(a.uid).cmp(texts.get(b.uid)),
            "createdAt" => a.stamps.created.cmp(&b.stamps.created),
            "updatedAt" => a.stamps.updated.cmp(&b.stamps.updated),
            "createdAtClient" => option(a.stamps.created_client, b.stamps.created_client),
            "updatedAtClient" => option(a.stamps.updated_client, b.stamps.updated_client),
            "enrolledAt" => a.enrolled.cmp(&b.enrolled),
            "occurredAt" => option(a.occurred, b.occurred),
            "completedAt" => option(a.completed, b.completed),
            "status" => texts.get(a.status).cmp(texts.get(b.status)),
            _ => Ordering::Equal,
        }
    });
}
