//! The order of tracked entities.

use std::cmp::Ordering;

use super::ask::{Ask, statement_refused};
use crate::answer::Refusal;
use crate::routes::tracker::order::{Order, Ties};
use crate::routes::tracker::params::refused;
use crate::server::{Call, Server};
use crate::world::texts::Text;

/// What tracked entities can be ordered by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    Named(&'static str),
    Attribute(Text),
}

const FIELDS: [&str; 7] =
    ["createdAt", "createdAtClient", "enrolledAt", "inactive", "trackedEntity", "updatedAt", "updatedAtClient"];

/// The order that a query asks for.
pub(super) fn read(call: &Call<'_>, ask: &Ask) -> Result<Order<Field>, Refusal> {
    let behaviour = &call.server.behaviour.tracked_entities;
    let mut keys: Vec<(Field, bool)> = Vec::new();
    for given in call.query.list("order") {
        let (name, direction) = given.split_once(':').unwrap_or((given, "asc"));
        let field = field(call, name)?;
        if keys.iter().any(|(known, _)| *known == field) {
            let message = format!("order parameter is invalid. The following order fields are repeated: '{name}'.");
            return Err(refused_always(call, message));
        }
        match field {
            Field::Named("trackedEntity") if behaviour.order_by_uid_fails => {
                let told = "ERROR: column reference \"uid\" is ambiguous\n  Position: 28";
                return Err(statement_refused("42702", told));
            }
            Field::Named("enrolledAt") if ask.program.is_none() && !behaviour.enrolled_order_drops => {
                return Err(refused(call, "Program must be specified when ordering by enrolledAt"));
            }
            _ => {}
        }
        keys.push((field, direction.eq_ignore_ascii_case("desc")));
    }
    if let Some((_, descending)) = keys.first() {
        let ties = Ties::after(behaviour.tie_break, *descending);
        return Ok(Order { keys, ties });
    }
    Ok(Order { keys, ties: if behaviour.newest_first { Ties::IdDescending } else { Ties::IdAscending } })
}

/// Whether enrollments decide the order, so that they are joined.
pub(super) fn by_enrollment(order: &Order<Field>) -> bool {
    order.keys.iter().any(|(field, _)| *field == Field::Named("enrolledAt"))
}

fn field(call: &Call<'_>, name: &str) -> Result<Field, Refusal> {
    if let Some(known) = FIELDS.iter().find(|field| **field == name) {
        return Ok(Field::Named(known));
    }
    let world = &call.server.world;
    let attribute = world.metadata.find_of("trackedEntityAttributes", name).and_then(|_| world.texts.find(name));
    attribute.map(Field::Attribute).ok_or_else(|| {
        let supported = FIELDS.join(", ");
        let message = format!(
            "order parameter is invalid. Cannot order by '{name}'. Supported are attribute UIDs and fields '{supported}'"
        );
        refused_always(call, message)
    })
}

/// 400 in all versions, with a code where there are codes.
fn refused_always(call: &Call<'_>, message: String) -> Refusal {
    Refusal { status: 400, ..refused(call, message) }
}

/// Orders the numbers of entities, which come in the order of their ids.
pub(super) fn sort(server: &Server, order: &Order<Field>, program: Option<u32>, rows: &mut [u32], page: usize) {
    let tracker = &server.world.tracker;
    let texts = &server.world.texts;
    // Without a value last, as PostgreSQL sorts nulls.
    let option = |a: Option<i64>, b: Option<i64>| (a.is_none(), a).cmp(&(b.is_none(), b));
    let enrolled = |number: u32| {
        let of_entity = tracker.enrollments_of[number as usize].iter().map(|&e| &tracker.enrollments[e as usize]);
        of_entity.filter(|e| program.is_none_or(|program| e.program == program)).map(|e| e.enrolled).min()
    };
    let uid = |number: u32| texts.get(tracker.tracked_entities[number as usize].uid);
    if order.sort_by_uid(Field::Named("trackedEntity"), rows, uid) {
        return;
    }
    order.sort(rows, page, |field, left, right| {
        let (a, b) = (&tracker.tracked_entities[left as usize], &tracker.tracked_entities[right as usize]);
        match field {
            Field::Attribute(attribute) => {
                let value = |entity: &crate::world::tracker::TrackedEntity| {
                    entity.attributes.iter().find(|v| v.attribute == attribute).map(|v| texts.get(v.value))
                };
                let (a, b) = (value(a), value(b));
                (a.is_none(), a).cmp(&(b.is_none(), b))
            }
            Field::Named(name) => match name {
                "createdAt" => a.stamps.created.cmp(&b.stamps.created),
                "updatedAt" => a.stamps.updated.cmp(&b.stamps.updated),
                "createdAtClient" => option(a.stamps.created_client, b.stamps.created_client),
                "updatedAtClient" => option(a.stamps.updated_client, b.stamps.updated_client),
                "inactive" => a.inactive.cmp(&b.inactive),
                "trackedEntity" => texts.get(a.uid).cmp(texts.get(b.uid)),
                "enrolledAt" => option(enrolled(left), enrolled(right)),
                _ => Ordering::Equal,
            },
        }
    });
}
