//! What tells one object from another, once its rows are put away.

use dhis2_frame::FrameError;
use polars::prelude::*;
use xxhash_rust::xxh3::xxh3_128;

use crate::source::Objects;

/// One object among the rows of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Object {
    /// A 128-bit hash of its key columns: two different keys among 10^9 share one with a probability below 10^-20.
    pub(crate) key: u128,
    /// When it was last updated, on any scale.
    pub(crate) updated: i64,
    /// How many rows it has; they stand together.
    pub(crate) rows: u32,
}

/// The lower half of a key.
pub(crate) fn lower(key: u128) -> u64 {
    u64::try_from(key & u128::from(u64::MAX)).unwrap_or_default()
}

/// The hash of a key's texts.
pub(crate) fn key_of<'a>(texts: impl IntoIterator<Item = Option<&'a str>>) -> u128 {
    key_in(&mut Vec::new(), texts)
}

/// The same, by way of a buffer that can be used again: hashing all at once is several times faster than text by text.
fn key_in<'a>(buffer: &mut Vec<u8>, texts: impl IntoIterator<Item = Option<&'a str>>) -> u128 {
    buffer.clear();
    for text in texts {
        // The length keeps `ab`, `c` apart from `a`, `bc`; null has a length no text has.
        buffer.extend_from_slice(&text.map_or(u64::MAX, |text| text.len() as u64).to_le_bytes());
        buffer.extend_from_slice(text.unwrap_or_default().as_bytes());
    }
    xxh3_128(buffer)
}

/// At which objects an answer lets one look, by the hashes of their keys.
pub(crate) fn seen(objects: &Objects) -> Vec<u128> {
    match objects {
        Objects::Seen { seen, .. } => seen.iter().map(|key| key_of([Some(key.as_str())])).collect(),
        Objects::Rows { .. } | Objects::Runs { .. } => Vec::new(),
    }
}

/// The objects of an answer, in their order.
///
/// # Errors
/// [`FrameError`] where a key column is missing or not of text.
pub(crate) fn objects(frame: &DataFrame, objects: &Objects, key: &[&str]) -> Result<Vec<Object>, FrameError> {
    let columns = key.iter().map(|name| frame.column(name)?.str()).collect::<PolarsResult<Vec<_>>>()?;
    let mut buffer = Vec::new();
    let mut key_at = |row: usize| key_in(&mut buffer, columns.iter().map(|column| column.get(row)));
    match objects {
        Objects::Rows { updated } => {
            let updated = frame.column(updated)?.to_physical_repr();
            let updated = updated.i64()?.iter().enumerate();
            Ok(updated.map(|(row, at)| Object { key: key_at(row), updated: at.unwrap_or(i64::MIN), rows: 1 }).collect())
        }
        Objects::Runs { starts, updated } | Objects::Seen { starts, updated, .. } => {
            let height = u32::try_from(frame.height()).unwrap_or(u32::MAX);
            let ends = starts.iter().skip(1).copied().chain([height]);
            let runs = starts.iter().zip(ends).zip(updated);
            Ok(runs
                .map(|((start, end), updated)| Object {
                    key: key_at(*start as usize),
                    updated: *updated,
                    rows: end - start,
                })
                .collect())
        }
    }
}
