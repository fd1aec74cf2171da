//! The order of relationships.

use crate::answer::Refusal;
use crate::routes::tracker::order::{Order, Ties};
use crate::server::{Call, Server};

/// What relationships can be ordered by. Nobody here stored a client's time, so that by it all are equal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    CreatedAt,
    CreatedAtClient,
}

/// The order that a query asks for.
pub(super) fn read(call: &Call<'_>) -> Result<Order<Field>, Refusal> {
    let behaviour = &call.server.behaviour.relationships;
    let refused = |message: String| Refusal::new(400, message).code_if("E1003", behaviour.coded);
    let mut keys: Vec<(Field, bool)> = Vec::new();
    for given in call.query.list("order") {
        let (name, direction) = given.split_once(':').unwrap_or((given, "asc"));
        let field = match name {
            "createdAt" => Field::CreatedAt,
            "createdAtClient" if behaviour.order_by_client_time => Field::CreatedAtClient,
            _ => {
                let supported = if behaviour.order_by_client_time { "createdAt, createdAtClient" } else { "createdAt" };
                return Err(refused(format!(
                    "order parameter is invalid. Cannot order by '{name}'. Supported fields are '{supported}'."
                )));
            }
        };
        if keys.iter().any(|(known, _)| *known == field) {
            return Err(refused(format!(
                "order parameter is invalid. The following order fields are repeated: '{name}'."
            )));
        }
        keys.push((field, direction.eq_ignore_ascii_case("desc")));
    }
    if let Some((_, descending)) = keys.first() {
        let ties = Ties::after(call.server.behaviour.tracked_entities.tie_break, *descending);
        return Ok(Order { keys, ties });
    }
    Ok(Order { keys, ties: if behaviour.newest_first { Ties::IdDescending } else { Ties::Anything } })
}

/// Orders the numbers of relationships, which come in the order of their ids.
pub(super) fn sort(server: &Server, order: &Order<Field>, rows: &mut [u32], page: usize) {
    let created = |number: u32| server.world.tracker.relationships[number as usize].created;
    order.sort(rows, page, |field, a, b| match field {
        Field::CreatedAt => created(a).cmp(&created(b)),
        Field::CreatedAtClient => std::cmp::Ordering::Equal,
    });
}
