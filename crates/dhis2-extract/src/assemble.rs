//! From the chunks to the result: every object once, in the order of the plan.

use std::collections::HashSet;

use dhis2_frame::FrameError;
use polars::frame::DataFrame;

use crate::chunk::Outcome;
use crate::duplicates;
use crate::engine::Expected;
use crate::error::ExtractError;
use crate::keys::key_of;
use crate::receipt::{ChunkReceipt, Warning, WarningKind};
use crate::store::Stored;

/// What was put together.
pub(crate) struct Assembled {
    pub(crate) rows: u64,
    pub(crate) removed: u64,
    pub(crate) chunks: Vec<ChunkReceipt>,
    pub(crate) warnings: Vec<Warning>,
}

/// Gives the rows of all chunks: of one on disk a slice at a time.
pub(crate) fn assemble(
    outcomes: Vec<Outcome>,
    expected: &[Expected],
    take: &mut dyn FnMut(DataFrame) -> Result<(), FrameError>,
) -> Result<Assembled, ExtractError> {
    let each = |outcome: &Outcome, see: &mut dyn FnMut(&crate::keys::Object)| match &outcome.stored {
        Some(stored) => stored.each(see),
        None => Ok(()),
    };
    let count = outcomes.iter().filter_map(|outcome| outcome.stored.as_ref()).map(Stored::objects).sum();
    let lost = duplicates::find(&outcomes, count, each)?;
    let missing = missing(&outcomes, expected)?;
    let mut assembled =
        Assembled { rows: 0, removed: 0, chunks: Vec::with_capacity(outcomes.len()), warnings: missing };
    for (Outcome { stored, mut receipt }, lost) in outcomes.into_iter().zip(&lost) {
        receipt.duplicates = lost.count();
        assembled.removed += lost.count();
        assembled.chunks.push(receipt);
        if let Some(stored) = stored {
            stored.frames(lost, &mut |frame| {
                assembled.rows += frame.height() as u64;
                take(frame)
            })?;
        }
    }
    Ok(assembled)
}

/// Objects asked for by name that did not come are missing.
pub(crate) fn missing(outcomes: &[Outcome], expected: &[Expected]) -> Result<Vec<Warning>, ExtractError> {
    if expected.iter().all(|expected| expected.keys.is_empty()) {
        return Ok(Vec::new());
    }
    let mut came = HashSet::new();
    for stored in outcomes.iter().filter_map(|outcome| outcome.stored.as_ref()) {
        stored.each(&mut |object| {
            came.insert(object.key);
        })?;
        stored.each_seen(&mut |key| {
            came.insert(key);
        })?;
    }
    let named = expected.iter().filter_map(|Expected { what, keys }| {
        let absent = |key: &&str| !came.contains(&key_of([Some(*key)]));
        let missing: Vec<&str> = keys.iter().map(String::as_str).filter(absent).collect();
        (!missing.is_empty()).then(|| Warning {
            kind: WarningKind::UnknownId,
            message: format!("{what} not found, or not visible to this account: {}", missing.join(", ")),
        })
    });
    Ok(named.collect())
}
