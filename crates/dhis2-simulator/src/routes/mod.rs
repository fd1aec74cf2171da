//! Which endpoint answers which path.

mod data_value_sets;
mod events;
mod me;
mod metadata;
mod system;

use crate::answer::{Answer, Refusal};
use crate::server::Call;

/// The answer to a GET; none where there is no such endpoint.
pub(crate) fn get(call: &Call<'_>) -> Option<Answer> {
    let mut segments = call.path.trim_matches('/').split('/');
    let first = segments.next().unwrap_or_default();
    let rest: Vec<&str> = segments.collect();
    let (name, suffix) = first.split_once('.').unwrap_or((first, ""));
    let answered = match (name, rest.as_slice()) {
        ("ping", []) => Ok(Answer::empty(200)),
        ("system", [what]) => system::get(call, what)?,
        ("systemSettings", [key]) => system::setting(call, key),
        ("me", []) => Ok(me::get(call)),
        ("me", ["authorization"]) => Ok(me::authorities(call)),
        ("me", ["authorization", name]) => Ok(me::authority(call, name)),
        ("dataValueSets", []) => data_value_sets::get(call, suffix),
        ("tracker", [collection]) if collection.split('.').next() == Some("events") => {
            let suffix = collection.split_once('.').map_or("", |(_, suffix)| suffix);
            events::list(call, suffix)
        }
        ("tracker", ["events", uid]) => events::single(call, uid),
        ("metadata", []) if matches!(suffix, "" | "json") => Ok(metadata::export(call)),
        (plural, []) if metadata::is_kind(plural) && matches!(suffix, "" | "json") => metadata::list(call, plural),
        (plural, [id]) if metadata::is_kind(plural) => metadata::single(call, plural, id),
        _ => return None,
    };
    Some(answered.unwrap_or_else(Refusal::into_answer))
}
