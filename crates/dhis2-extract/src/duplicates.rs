//! The same object sent twice: by two pages, two chunks, or the server's own join.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use dhis2_frame::FrameError;
use polars::prelude::*;
use xxhash_rust::xxh3::Xxh3;

use crate::source::Objects;

/// One answer's rows, on their way into the result.
#[derive(Debug)]
pub struct Part {
    /// The rows.
    pub frame: DataFrame,
    /// Which of them belong together.
    pub objects: Objects,
}

/// What is left of the parts.
#[derive(Debug)]
pub struct Unique {
    /// The parts' rows, each object once, in the order of the parts.
    pub frames: Vec<DataFrame>,
    /// How many objects were left out.
    pub removed: u64,
}

/// Where the object to keep stands.
struct Kept {
    part: usize,
    object: usize,
    updated: i64,
}

/// Keeps every object once: of several with the same key the one updated last; of equals the first.
///
/// Objects are told apart by a 128-bit hash of their key columns: two different keys among 10^9 share one with a
/// probability below 10^-20.
///
/// # Errors
/// [`FrameError`] where a key column is missing or not of text.
pub fn remove(parts: Vec<Part>, key: &[&str]) -> Result<Unique, FrameError> {
    let mut kept: HashMap<u128, Kept> = HashMap::new();
    let mut dropped: HashMap<usize, Vec<usize>> = HashMap::new();
    let mut removed = 0;
    for (part, Part { frame, objects }) in parts.iter().enumerate() {
        let keys = key.iter().map(|name| frame.column(name)?.str()).collect::<PolarsResult<Vec<_>>>()?;
        let mut see = |object: usize, row: usize, updated: i64| {
            let mut hasher = Xxh3::new();
            for column in &keys {
                let text = column.get(row);
                // The length keeps `ab`, `c` apart from `a`, `bc`; null has a length no text has.
                hasher.update(&text.map_or(u64::MAX, |t| t.len() as u64).to_le_bytes());
                hasher.update(text.unwrap_or_default().as_bytes());
            }
            match kept.entry(hasher.digest128()) {
                Entry::Vacant(entry) => {
                    entry.insert(Kept { part, object, updated });
                }
                Entry::Occupied(mut entry) => {
                    removed += 1;
                    let loser = if updated > entry.get().updated {
                        let old = entry.insert(Kept { part, object, updated });
                        (old.part, old.object)
                    } else {
                        (part, object)
                    };
                    dropped.entry(loser.0).or_default().push(loser.1);
                }
            }
        };
        match objects {
            Objects::Rows { updated } => {
                let updated = frame.column(updated)?.to_physical_repr();
                for (row, updated) in updated.i64()?.iter().enumerate() {
                    see(row, row, updated.unwrap_or(i64::MIN));
                }
            }
            Objects::Runs { starts, updated } => {
                for (object, (start, updated)) in starts.iter().zip(updated).enumerate() {
                    see(object, *start as usize, *updated);
                }
            }
        }
    }
    let frames = parts
        .into_iter()
        .enumerate()
        .map(|(part, Part { frame, objects })| match dropped.get(&part) {
            None => Ok(frame),
            Some(lost) => frame.filter(&keep_mask(frame.height(), &objects, lost)),
        })
        .collect::<PolarsResult<_>>()?;
    Ok(Unique { frames, removed })
}

fn keep_mask(rows: usize, objects: &Objects, lost: &[usize]) -> BooleanChunked {
    let mut keep = vec![true; rows];
    for &object in lost {
        let (start, end) = match objects {
            Objects::Rows { .. } => (object, object + 1),
            Objects::Runs { starts, .. } => {
                (starts[object] as usize, starts.get(object + 1).map_or(rows, |next| *next as usize))
            }
        };
        keep[start..end].fill(false);
    }
    BooleanChunked::from_slice("keep".into(), &keep)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(ids: &[&str], updated: &[i64]) -> Part {
        let frame =
            DataFrame::new(ids.len(), vec![Column::new("id".into(), ids), Column::new("updated".into(), updated)])
                .unwrap();
        Part { frame, objects: Objects::Rows { updated: "updated" } }
    }

    fn ids(unique: &Unique) -> Vec<Vec<String>> {
        let text =
            |f: &DataFrame| f.column("id").unwrap().str().unwrap().iter().map(|s| s.unwrap().to_owned()).collect();
        unique.frames.iter().map(text).collect()
    }

    #[test]
    fn the_row_updated_last_is_kept_and_of_equals_the_first() {
        let unique =
            remove(vec![rows(&["a", "b", "c"], &[1, 5, 1]), rows(&["a", "b", "c"], &[2, 4, 1])], &["id"]).unwrap();
        assert_eq!(ids(&unique), [vec!["b", "c"], vec!["a"]]);
        assert_eq!(unique.removed, 3);
    }

    #[test]
    fn an_object_of_several_rows_is_kept_or_dropped_as_one() {
        let run = |ids: &[&str], starts: &[u32], updated: &[i64]| {
            let mut part = rows(ids, &vec![0; ids.len()]);
            part.objects = Objects::Runs { starts: starts.to_vec(), updated: updated.to_vec() };
            part
        };
        let unique = remove(
            vec![run(&["a", "a", "b"], &[0, 2], &[1, 1]), run(&["b", "b", "a", "a", "a"], &[0, 2], &[2, 1])],
            &["id"],
        )
        .unwrap();
        assert_eq!(ids(&unique), [vec!["a", "a"], vec!["b", "b"]]);
        assert_eq!(unique.removed, 2);
    }

    #[test]
    fn two_objects_with_the_same_key_side_by_side_are_one() {
        let mut part = rows(&["a", "a", "a", "a"], &[0; 4]);
        part.objects = Objects::Runs { starts: vec![0, 2], updated: vec![1, 1] };
        let unique = remove(vec![part], &["id"]).unwrap();
        assert_eq!(ids(&unique), [vec!["a", "a"]]);
        assert_eq!(unique.removed, 1);
    }

    #[test]
    fn keys_of_several_columns_do_not_run_into_each_other() {
        let frame = DataFrame::new(
            2,
            vec![
                Column::new("x".into(), ["ab", "a"]),
                Column::new("y".into(), ["c", "bc"]),
                Column::new("updated".into(), [1_i64, 1]),
            ],
        )
        .unwrap();
        let unique = remove(vec![Part { frame, objects: Objects::Rows { updated: "updated" } }], &["x", "y"]).unwrap();
        assert_eq!(unique.removed, 0);
    }
}
