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
    texts.into_iter().fold(0, |key, text| with(key, text.map_or(NULL, token_of)))
}

/// Stands for null: a text of this length is in no answer.
const NULL: u128 = u128::MAX;

/// The key of the columns so far with that of the next.
#[inline]
fn with(key: u128, token: u128) -> u128 {
    let mut both = [0; 32];
    both[..16].copy_from_slice(&key.to_le_bytes());
    both[16..].copy_from_slice(&token.to_le_bytes());
    xxh3_128(&both)
}

/// A text as Polars has it in its cell: of up to twelve bytes their number and these. Of a longer one a hash, which cannot be taken
/// for that.
fn token_of(text: &str) -> u128 {
    match u32::try_from(text.len()) {
        Ok(length) if length <= SHORT => {
            let mut token = [0; 16];
            token[..4].copy_from_slice(&length.to_le_bytes());
            token[4..4 + text.len()].copy_from_slice(text.as_bytes());
            u128::from_le_bytes(token)
        }
        // Of four bytes of length none of a short text has the highest bit.
        _ => xxh3_128(text.as_bytes()) | 1 << 31,
    }
}

/// So many bytes stand in the cell itself.
const SHORT: u32 = 12;

/// The texts of a column, each as a number.
fn tokens(column: &StringChunked) -> impl Iterator<Item = u128> {
    column.downcast_iter().zip(column.iter_validities()).flat_map(|(texts, validity)| {
        texts.views().iter().enumerate().map(move |(row, view)| match validity {
            Some(validity) if !validity.get_bit(row) => NULL,
            _ if view.length <= SHORT => view.as_u128(),
            _ => token_of(texts.value(row)),
        })
    })
}

/// The keys of the objects that begin in these rows, else of all rows.
fn keys(columns: &[&StringChunked], starts: Option<&[u32]>, height: usize) -> Vec<u128> {
    let mut keys = vec![0; starts.map_or(height, <[u32]>::len)];
    for column in columns {
        let mut tokens = tokens(column);
        match starts {
            None => keys.iter_mut().zip(tokens).for_each(|(key, token)| *key = with(*key, token)),
            Some(starts) => {
                let mut next = 0;
                for (key, start) in keys.iter_mut().zip(starts) {
                    *key = with(*key, tokens.nth((start - next) as usize).unwrap_or(NULL));
                    next = start + 1;
                }
            }
        }
    }
    keys
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
    match objects {
        Objects::Rows { updated } => {
            let updated = frame.column(updated)?.to_physical_repr();
            let keys = keys(&columns, None, frame.height()).into_iter();
            let object = |(key, at): (u128, Option<i64>)| Object { key, updated: at.unwrap_or(i64::MIN), rows: 1 };
            Ok(keys.zip(updated.i64()?.iter()).map(object).collect())
        }
        Objects::Runs { starts, updated } | Objects::Seen { starts, updated, .. } => {
            let height = u32::try_from(frame.height()).unwrap_or(u32::MAX);
            let ends = starts.iter().skip(1).copied().chain([height]);
            let keys = keys(&columns, Some(starts), frame.height());
            let runs = keys.into_iter().zip(starts.iter().zip(ends).zip(updated));
            Ok(runs
                .map(|(key, ((start, end), updated))| Object { key, updated: *updated, rows: end - start })
                .collect())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_the_same_whether_its_texts_stand_in_a_frame_or_not() {
        let names = [
            None,
            Some(""),
            Some("a"),
            Some("DaulPqViUvm"),
            Some("twelve bytes"),
            Some("thirteen byte"),
            Some("👶👶👶👶"),
        ];
        let texts: Vec<[Option<&str>; 2]> = names.iter().flat_map(|a| names.iter().map(|b| [*a, *b])).collect();
        let piece = |rows: &[[Option<&str>; 2]]| {
            let column =
                |name: &str, at: usize| Column::new(name.into(), rows.iter().map(|row| row[at]).collect::<Vec<_>>());
            DataFrame::new(
                rows.len(),
                vec![column("a", 0), column("b", 1), Column::new("at".into(), vec![0_i64; rows.len()])],
            )
            .unwrap()
        };
        // Of two chunks, as answers that are read on two cores.
        let mut frame = piece(&texts[..20]);
        frame.vstack_mut(&piece(&texts[20..])).unwrap();
        let expected: Vec<u128> = texts.iter().map(|texts| key_of(*texts)).collect();
        let of = |how: &Objects| -> Vec<u128> {
            objects(&frame, how, &["a", "b"]).unwrap().iter().map(|object| object.key).collect()
        };
        assert_eq!(of(&Objects::Rows { updated: "at" }), expected);
        let starts: Vec<u32> = vec![0, 1, 7, 19, 20, 48];
        let some: Vec<u128> = starts.iter().map(|row| expected[*row as usize]).collect();
        assert_eq!(of(&Objects::Runs { updated: vec![0; starts.len()], starts }), some);
        let different: std::collections::HashSet<u128> = expected.iter().copied().collect();
        assert_eq!(different.len(), expected.len());
    }
}
