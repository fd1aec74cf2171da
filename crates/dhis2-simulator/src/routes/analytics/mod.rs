//! `GET /api/analytics`: sums of data values over periods, units and option combos.
//!
//! What is simulated: the dimensions and filters `dx` (data elements, operands `element.combo`, indicators, `DE_GROUP-…`,
//! `IN_GROUP-…`), `pe` (period ids), `ou` (units, `LEVEL-…`, `OU_GROUP-…`, `USER_ORGUNIT`), `co` and `ao`; `startDate` and
//! `endDate`; `skipMeta`, `skipData`, `skipRounding`, `displayProperty` and `ignoreLimit`. A value counts for a period that
//! is as long as its own or longer and holds its first day, and for every unit above its own. Elements are summed, averaged,
//! counted, or the least or greatest is taken, as their aggregation type says; those with another type (`NONE`, `LAST…`)
//! and those whose values are no numbers have no rows. Expressions of indicators hold numbers, `#{element}`,
//! `#{element.combo}`, brackets and the four operations; one with anything else, and one without any value, has no rows.
//! Not simulated: relative periods, which are dropped, program data, reporting rates, other options, `rawData` and line
//! lists (404).
//!
//! As on real servers, what is summed is what the analytics tables hold: the values as they were when the server started,
//! until [`RunningSimulator::build_analytics`](crate::RunningSimulator::build_analytics).

mod ask;
mod expression;
mod grid;
mod period_names;
mod sums;

use self::ask::Ask;
use crate::answer::{Answer, NO_STORE, Refusal};
use crate::builder::AnalyticsTables;
use crate::json::Escapes;
use crate::server::Call;

/// The answer; none for what is not simulated.
pub(super) fn get(call: &Call<'_>, rest: &[&str]) -> Option<Result<Answer, Refusal>> {
    match rest {
        [] => Some(query(call)),
        // Only what is wrong with such a query is told.
        ["rawData.json" | "rawData.csv"] => Ask::read(call).err().map(Err),
        _ => None,
    }
}

fn query(call: &Call<'_>) -> Result<Answer, Refusal> {
    let ask = Ask::read(call)?;
    if call.server.analytics_tables == AnalyticsTables::Missing {
        let message = "Query failed because a referenced table does not exist. Please ensure analytics job was run \
                       (SqlState: 42P01)";
        let told = "ERROR: relation \"analytics\" does not exist\n  Position: 1";
        return Err(Refusal::conflict(message).code("E7144").told(told));
    }
    let rows = if call.server.analytics_tables == AnalyticsTables::Empty || call.query.switch("skipData") {
        Vec::new()
    } else {
        sums::rows(call, &ask)
    };
    let most = call.server.analytics_limit;
    if rows.len() > most && !call.query.switch("ignoreLimit") {
        return Err(Refusal::conflict(format!("Query result set exceeded max limit: `{most}`")).code("E7128"));
    }
    let body = grid::grid(call, &ask, rows).to_bytes(Escapes::Surrogates);
    let charset = if call.server.behaviour.transport.json_charset { "UTF-8" } else { "utf-8" };
    Ok(Answer::new(200, format!("application/json;charset={charset}"), body).with(NO_STORE))
}
