//! `GET /api/analytics`: sums of data values over periods, units and option combos, and line lists of events.
//! What is simulated and what is not, [the crate's documentation](crate) tells.

mod ask;
mod expression;
mod grid;
mod line_list;
mod period_names;
mod sums;

use self::ask::Ask;
use crate::answer::{Answer, NO_STORE, Refusal};
use crate::builder::AnalyticsTables;
use crate::json::{Escapes, Json};
use crate::server::Call;

/// The answer; none for what is not simulated.
pub(super) fn get(call: &Call<'_>, rest: &[&str]) -> Option<Result<Answer, Refusal>> {
    match rest {
        [] => Some(query(call)),
        // Only what is wrong with such a query is told.
        ["rawData.json" | "rawData.csv"] => Ask::read(call).err().map(Err),
        ["events", "query", program] if call.server.analytics_tables != AnalyticsTables::Built => {
            Some(Err(missing_table(&format!("analytics_event_{}", program.to_lowercase()))))
        }
        ["events", "query", program] => line_list::get(call, program),
        _ => None,
    }
}

fn missing_table(name: &str) -> Refusal {
    let message = "Query failed because a referenced table does not exist. Please ensure analytics job was run \
                   (SqlState: 42P01)";
    let told = format!("ERROR: relation \"{name}\" does not exist\n  Position: 1");
    Refusal::conflict(message).code("E7144").told(&told)
}

fn query(call: &Call<'_>) -> Result<Answer, Refusal> {
    let ask = Ask::read(call)?;
    if call.server.analytics_tables == AnalyticsTables::Missing {
        return Err(missing_table("analytics"));
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
    call.effects.borrow_mut().rows = rows.len();
    Ok(answer(call, &grid::grid(call, &ask, rows)))
}

fn answer(call: &Call<'_>, grid: &Json) -> Answer {
    let charset = if call.server.behaviour.transport.json_charset { "UTF-8" } else { "utf-8" };
    let body = grid.to_bytes(Escapes::Surrogates);
    Answer::new(200, format!("application/json;charset={charset}"), body).with(NO_STORE)
}
