//! `GET /api/tracker/enrollments`, the list and a single one.

mod ask;
mod order;

use std::sync::Arc;

use self::ask::Ask;
use crate::answer::{Answer, Refusal, container_error};
use crate::json::Escapes;
use crate::routes::tracker::json::{Rows, View, enrollment};
use crate::routes::tracker::page::{Paging, Window};
use crate::routes::tracker::{params, wants_json};
use crate::server::{Call, Server};
use crate::world::tracker::Enrollment;
use crate::world::units::UnitIndex;

const DEFAULT_FIELDS: &str = "*,!relationships,!events,!attributes";

/// `GET /api/tracker/enrollments`.
pub(super) fn list(call: &Call<'_>, suffix: &str) -> Result<Answer, Refusal> {
    let behaviour = &call.server.behaviour.enrollments;
    if !wants_json(call, suffix) {
        let path = "/api/tracker/enrollments";
        return Ok(container_error(call.server.container, 406, "Not Acceptable", path, call.accept));
    }
    let mut paging = Paging::read(call)?;
    let ask = Ask::read(call)?;
    let order = order::read(call)?;
    let fields = params::fields(call, DEFAULT_FIELDS);
    let beats_all = ask.uids.is_some() && behaviour.uids_beat_all;
    if beats_all {
        paging = Paging::Off;
    }
    let mut rows = ask::rows(call.server, &ask);
    if let (Paging::On { total: true, .. }, true) = (paging, behaviour.totals_fail) {
        return Err(totals_refused(rows.len()));
    }
    order::sort(call.server, &order, &mut rows, paging.number());
    let mut window = Window::cut(call, rows, paging, "enrollments");
    if behaviour.filtered_after_cut {
        window.rows.retain(|&number| is_owned(call, &call.server.world.tracker.enrollments[number as usize]));
    }
    let view =
        View { program: ask.program, deleted: ask.include_deleted, single: beats_all, ..View::new(call.account) };
    let server = Arc::clone(call.server);
    let rows = Rows::new(window, true, move |number| enrollment::enrollment(&server, number, &fields, view));
    Ok(Answer::pieces(call.json_type(), rows))
}

/// The count of rows is read as if it were one row.
fn totals_refused(rows: usize) -> Refusal {
    match rows {
        0 => Refusal::conflict("No entity found for query"),
        1 => Refusal::new(500, "ProgramInstance cannot be cast to class java.lang.Long"),
        rows => Refusal::conflict(format!("query did not return a unique result: {rows}")),
    }
}

/// Whether the account reaches the unit that owns the tracked entity in the program.
fn is_owned(call: &Call<'_>, enrollment: &Enrollment) -> bool {
    let world = &call.server.world;
    call.account.superuser || call.account.reaches(&world.units, world.tracker.enrollment_owner(enrollment))
}

/// The unit that the unit filter looks at.
fn matched(server: &Server, enrollment: &Enrollment) -> UnitIndex {
    if server.behaviour.enrollments.owner_unit {
        server.world.tracker.enrollment_owner(enrollment)
    } else {
        enrollment.unit
    }
}

/// `GET /api/tracker/enrollments/{uid}`.
pub(super) fn single(call: &Call<'_>, uid: &str) -> Result<Answer, Refusal> {
    params::path_uid(call, uid)?;
    let server = call.server;
    let world = &server.world;
    let found = world.texts.find(uid).and_then(|uid| world.tracker.enrollments_by_uid.get(uid));
    let found = found.filter(|&number| {
        let enrollment = &world.tracker.enrollments[number as usize];
        !enrollment.deleted && is_owned(call, enrollment)
    });
    let number = found.ok_or_else(|| params::not_found(call, "Enrollment", "Enrollment", uid))?;
    let fields = params::fields(call, DEFAULT_FIELDS);
    let view = View { single: true, ..View::new(call.account) };
    let body = enrollment::enrollment(server, number, &fields, view).to_bytes(Escapes::Surrogates);
    Ok(Answer::new(200, call.json_type(), body))
}
