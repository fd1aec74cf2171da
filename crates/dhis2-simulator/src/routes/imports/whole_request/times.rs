//! Whether data may be entered now.

use super::conflicts::Refused;
use super::decode::Entry;
use super::{Task, distinct, listed, uid};
use crate::json::Json;
use crate::routes::imports::open_periods;

pub(super) fn check(task: &Task<'_>, set: &Json, entries: &[Entry]) -> Result<(), Refused> {
    if task.options.force && task.account.superuser {
        return Ok(());
    }
    let now = task.server.now();
    let today = open_periods::today(task.server);
    let refused = |closed: Vec<String>| {
        let closed = distinct(closed.iter().map(String::as_str));
        if closed.is_empty() { Ok(()) } else { Err(Refused::group("E8030", [uid(set).to_owned(), listed(closed)])) }
    };
    let ids_of = |wrong: &dyn Fn(&Entry) -> bool| -> Vec<String> {
        entries.iter().filter(|entry| wrong(entry)).map(|entry| entry.period.id()).collect()
    };
    if !set.list_of("dataInputPeriods").is_empty() {
        return refused(ids_of(&|entry| !open_periods::is_input_period(set, &entry.period, now)));
    }
    // Who may enter expired data may enter future data too; the superuser may everything.
    if task.account.superuser {
        return Ok(());
    }
    refused(ids_of(&|entry| open_periods::is_expired(set, &entry.period, today)))?;
    let open = open_periods::number_of(set, "openFuturePeriods");
    let latest = open_periods::period_type(set).and_then(|kind| open_periods::latest_open(kind, open, today));
    let Some(latest) = latest else { return Ok(()) };
    refused(ids_of(&|entry| entry.period.start() > latest.end()))
}
