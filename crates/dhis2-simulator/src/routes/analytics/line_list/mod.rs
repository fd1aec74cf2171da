//! `GET /api/analytics/events/query/{program}`: events, one a row, as their analytics table holds them.

mod ask;
mod row;

use std::sync::{Arc, PoisonError};

use self::ask::Ask;
use super::grid::{self, Items};
use crate::answer::{Answer, Refusal};
use crate::json::{Json, Key, object};
use crate::paging::Page;
use crate::server::Call;
use crate::world::World;
use crate::world::tracker::Event;

/// The answer; none for what is not simulated.
pub(super) fn get(call: &Call<'_>, program: &str) -> Option<Result<Answer, Refusal>> {
    let built = call.server.analytics_world.read().unwrap_or_else(PoisonError::into_inner);
    let world = Arc::clone(&built);
    drop(built);
    match Ask::read(call, &world, program)? {
        Ok(ask) => Some(Ok(list(call, &world, &ask))),
        Err(refusal) => Some(Err(refusal)),
    }
}

fn list(call: &Call<'_>, world: &World, ask: &Ask<'_>) -> Answer {
    let skipped = call.query.switch("skipData");
    let events: Vec<&Event> = world.tracker.events.iter().filter(|event| !skipped && ask.wants(world, event)).collect();
    let most = call.server.analytics_limit;
    let shown = match ask.page {
        Some(page) => Page { size: page.size.min(most), ..page }.of(&events),
        None => &events[..events.len().min(most)],
    };
    call.effects.borrow_mut().rows = shown.len();
    let rows = shown.iter().map(|event| row::cells(call.server.zone, world, event)).collect();
    super::answer(call, &grid::table(call, row::headers(), metadata(call, world, ask, events.len()), rows))
}

fn metadata(call: &Call<'_>, world: &World, ask: &Ask<'_>, total: usize) -> Json {
    let mut entries: Vec<(Key, Json)> = Vec::new();
    if let Some(page) = ask.page {
        let page = Page { size: page.size.min(call.server.analytics_limit), ..page };
        entries.push(("pager".into(), pager(call, page, total)));
    }
    let mut items = Items::default();
    items.mention(&ask.units.mentioned);
    let units: Vec<&str> = ask.units.units.iter().map(|&unit| world.unit_uid(unit)).collect();
    for uid in [ask.program].into_iter().chain(ask.stages.iter().copied()).chain(units.iter().copied()) {
        items.name(uid, &grid::name_of(world, uid, false));
    }
    items.name("ou", "Organisation unit");
    entries.push(("items".into(), items.into_json()));
    let units = Json::List(units.into_iter().map(Json::text).collect());
    entries.push(("dimensions".into(), object([("pe", Json::List(Vec::new())), ("ou", units)])));
    Json::Object(entries)
}

fn pager(call: &Call<'_>, page: Page, total: usize) -> Json {
    let whole = |n: usize| Json::number(u64::try_from(n).unwrap_or(u64::MAX));
    let counted = call.query.first("totalPages").is_none_or(|_| call.query.switch("totalPages"));
    if !counted {
        let is_last = page.number.saturating_mul(page.size) >= total;
        return object([
            ("page", whole(page.number)),
            ("pageSize", whole(page.size)),
            ("isLastPage", Json::Bool(is_last)),
        ]);
    }
    let (number, count) = page.clamped(total, call.server.behaviour.metadata.at_least_one_page);
    object([
        ("page", whole(number)),
        ("total", whole(total)),
        ("pageSize", whole(page.size)),
        ("pageCount", whole(count)),
    ])
}
