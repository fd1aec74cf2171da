//! Which endpoint answers which path.

mod analytics;
mod data_value_sets;
mod enrollments;
mod events;
mod imports;
mod me;
mod metadata;
mod relationships;
mod system;
mod tracked_entities;
mod tracker;

use axum::http::Method;

pub(crate) use self::imports::Jobs;
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
        ("system", ["tasks", "DATAVALUE_IMPORT", id]) => Ok(imports::tasks(call, id)),
        ("system", ["taskSummaries", "DATAVALUE_IMPORT", id]) => Ok(imports::job_summary(call, id)),
        ("systemSettings", [key]) => system::setting(call, key),
        ("me", []) => Ok(me::get(call)),
        ("me", ["authorization"]) => Ok(me::authorities(call)),
        ("me", ["authorization", name]) => Ok(me::authority(call, name)),
        ("analytics", rest) if matches!(suffix, "" | "json") => analytics::get(call, rest)?,
        ("dataValueSets", []) => data_value_sets::get(call, suffix),
        ("tracker", [collection]) => {
            let (collection, suffix) = collection.split_once('.').unwrap_or((collection, ""));
            match collection {
                "events" => events::list(call, suffix),
                "trackedEntities" => tracked_entities::list(call, suffix),
                "enrollments" => enrollments::list(call, suffix),
                "relationships" => relationships::list(call, suffix),
                _ => return None,
            }
        }
        ("tracker", ["events", uid]) => events::single(call, uid),
        ("tracker", ["trackedEntities", uid]) => tracked_entities::single(call, uid),
        ("tracker", ["enrollments", uid]) => enrollments::single(call, uid),
        ("tracker", ["relationships", uid]) => relationships::single(call, uid),
        ("metadata", []) if matches!(suffix, "" | "json") => Ok(metadata::export(call)),
        (plural, []) if metadata::is_kind(plural) && matches!(suffix, "" | "json") => metadata::list(call, plural),
        (plural, [id]) if metadata::is_kind(plural) => metadata::single(call, plural, id),
        _ => return None,
    };
    Some(answered.unwrap_or_else(Refusal::into_answer))
}

/// The answer to a request that changes something; none where this method does nothing there.
pub(crate) fn post(call: &Call<'_>, method: &Method, body: &[u8]) -> Option<Answer> {
    match (method, call.path.trim_matches('/')) {
        (&Method::POST, "dataValueSets" | "dataValueSets.json") => {
            Some(imports::post(call, body).unwrap_or_else(Refusal::into_answer))
        }
        _ => None,
    }
}
