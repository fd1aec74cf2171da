//! The same object sent twice: by two pages, two chunks, or the server's own join.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::{BuildHasherDefault, Hasher};

use dhis2_frame::FrameError;
use polars::prelude::*;

use crate::candidates::Candidates;
use crate::keys::{self, Object};
use crate::source::Objects;

/// How many candidates are compared at a time: the table of so many is some 50 MB. More are compared in several rounds, each
/// over the keys of one range, so that memory does not grow with the result.
const CANDIDATES_A_ROUND: u64 = 1 << 20;

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

/// Keeps every object once: of several with the same key the one updated last; of equals the first.
///
/// # Errors
/// [`FrameError`] where a key column is missing or not of text.
pub fn remove(parts: Vec<Part>, key: &[&str]) -> Result<Unique, FrameError> {
    let objects = parts
        .iter()
        .map(|part| keys::objects(&part.frame, &part.objects, key))
        .collect::<Result<Vec<_>, FrameError>>()?;
    let count = objects.iter().map(|objects| objects.len() as u64).sum();
    let lost = find(&objects, count, |objects: &Vec<Object>, see| {
        see(objects);
        Ok::<(), FrameError>(())
    })?;
    let removed = lost.iter().map(Lost::count).sum();
    let frames = parts
        .into_iter()
        .zip(&objects)
        .zip(&lost)
        .map(|((part, objects), lost)| lost.cutter().cut(part.frame, &mut objects.iter().copied().map(Ok)))
        .collect::<Result<_, FrameError>>()?;
    Ok(Unique { frames, removed })
}

/// Which objects of a part are to be left out, by their place in it.
#[derive(Debug, Default)]
pub(crate) struct Lost(Vec<usize>);

impl Lost {
    /// How many they are.
    pub(crate) fn count(&self) -> u64 {
        self.0.len() as u64
    }

    /// Cuts the part's frames, one after the other.
    pub(crate) fn cutter(&self) -> Cutter<'_> {
        Cutter { lost: &self.0, place: 0, left: 0, keep: true }
    }
}

/// Leaves the rows of lost objects out of a part's frames. An object may begin in one frame and end in the next.
#[derive(Debug)]
pub(crate) struct Cutter<'l> {
    /// What is still to be left out.
    lost: &'l [usize],
    /// The place of the next object.
    place: usize,
    /// How many rows of the object before are still to come, and whether they are kept.
    left: usize,
    keep: bool,
}

impl Cutter<'_> {
    /// The rows of the next frame that are kept. `objects` goes on where it was left.
    pub(crate) fn cut<E>(
        &mut self,
        frame: DataFrame,
        objects: &mut impl Iterator<Item = Result<Object, E>>,
    ) -> Result<DataFrame, E>
    where
        E: From<FrameError>,
    {
        let mut keep = Vec::with_capacity(frame.height());
        while keep.len() < frame.height() {
            if self.left == 0 {
                let Some(object) = objects.next().transpose()? else { break };
                self.keep = self.lost.first() != Some(&self.place);
                if !self.keep {
                    self.lost = &self.lost[1..];
                }
                self.place += 1;
                self.left = object.rows as usize;
            }
            let rows = self.left.min(frame.height() - keep.len());
            keep.extend(std::iter::repeat_n(self.keep, rows));
            self.left -= rows;
        }
        if keep.iter().all(|keep| *keep) {
            return Ok(frame);
        }
        let kept = frame.filter(&BooleanChunked::from_slice("keep".into(), &keep));
        kept.map_err(|error| FrameError::from(error).into())
    }
}

/// Where the object to keep stands.
struct Kept {
    part: usize,
    object: usize,
    updated: i64,
}

/// Finds what is to be left out of each part. There are `count` objects in all; `each` shows a part's in their order, some at a
/// time, as often as it is asked: once to find the keys that may have come more than once, and again, mostly once, to compare these.
pub(crate) fn find<P, E>(
    parts: &[P],
    count: u64,
    each: impl Fn(&P, &mut dyn FnMut(&[Object])) -> Result<(), E>,
) -> Result<Vec<Lost>, E> {
    let mut found = Candidates::of(count);
    for objects in parts {
        each(objects, &mut |objects| objects.iter().for_each(|object| found.see(object.key)))?;
    }
    let rounds = found.count().div_ceil(CANDIDATES_A_ROUND);
    let mut lost: Vec<Vec<usize>> = parts.iter().map(|_| Vec::new()).collect();
    for round in 0..rounds {
        let expected = usize::try_from(found.count() / rounds).unwrap_or_default();
        let mut kept: HashMap<u128, Kept, BuildHasherDefault<Own>> =
            HashMap::with_capacity_and_hasher(expected, BuildHasherDefault::default());
        for (part, objects) in parts.iter().enumerate() {
            let mut place = 0;
            each(objects, &mut |objects| {
                for object in objects {
                    let this = place;
                    place += 1;
                    if round_of(object.key, rounds) != round || !found.is_candidate(object.key) {
                        continue;
                    }
                    match kept.entry(object.key) {
                        Entry::Vacant(entry) => {
                            entry.insert(Kept { part, object: this, updated: object.updated });
                        }
                        Entry::Occupied(mut entry) if object.updated > entry.get().updated => {
                            let old = entry.insert(Kept { part, object: this, updated: object.updated });
                            lost[old.part].push(old.object);
                        }
                        Entry::Occupied(_) => lost[part].push(this),
                    }
                }
            })?;
        }
    }
    Ok(lost
        .into_iter()
        .map(|mut places| {
            places.sort_unstable();
            Lost(places)
        })
        .collect())
}

/// The round in which a key is compared: hashes are even, so that rounds are of equal size.
fn round_of(key: u128, rounds: u64) -> u64 {
    // The upper bits; the table uses the lower ones.
    let upper = (key >> 96) as u64;
    (upper * rounds) >> 32
}

/// Keys are hashes already.
#[derive(Default)]
struct Own(u64);

impl Hasher for Own {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for piece in bytes.chunks(8) {
            let mut eight = [0; 8];
            eight[..piece.len()].copy_from_slice(piece);
            self.0 ^= u64::from_le_bytes(eight);
        }
    }

    fn write_u128(&mut self, key: u128) {
        self.0 = keys::lower(key);
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

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

    fn find_in(parts: &[Vec<Object>], passes: &Cell<usize>) -> Vec<Lost> {
        let count = parts.iter().map(|objects| objects.len() as u64).sum();
        find(parts, count, |objects: &Vec<Object>, see| {
            passes.set(passes.get() + 1);
            see(objects);
            Ok::<(), FrameError>(())
        })
        .unwrap()
    }

    fn object(n: u64, updated: i64) -> Object {
        Object { key: keys::key_of([Some(n.to_string().as_str())]), updated, rows: 1 }
    }

    #[test]
    fn keys_are_looked_at_twice_and_few_of_them_compared() {
        let many = CANDIDATES_A_ROUND + CANDIDATES_A_ROUND / 2;
        let first: Vec<Object> = (0..many).map(|n| object(n, 1)).collect();
        // Of every thousandth a newer one comes, of every thousand-and-first an equal one.
        let newer = (0..many).step_by(1_000).map(|n| object(n, 2));
        let equal = (1..many).step_by(1_000).map(|n| object(n, 1));
        let second: Vec<Object> = newer.chain(equal).collect();
        let passes = Cell::new(0);
        let lost = find_in(&[first, second.clone()], &passes);
        let thousandths = usize::try_from(many.div_ceil(1_000)).unwrap();
        assert_eq!(lost[0].0, (0..thousandths).map(|n| n * 1_000).collect::<Vec<_>>());
        assert_eq!(lost[1].0, (thousandths..second.len()).collect::<Vec<_>>());
        assert_eq!(passes.get(), 2 * 2);
    }

    #[test]
    fn where_everything_came_twice_it_is_compared_in_several_rounds() {
        let many = CANDIDATES_A_ROUND / 2 + 1_000;
        let all: Vec<Object> = (0..many).map(|n| object(n, 1)).collect();
        let passes = Cell::new(0);
        let lost = find_in(&[all.clone(), all.clone()], &passes);
        assert_eq!(lost[0].count(), 0);
        assert_eq!(lost[1].0, (0..all.len()).collect::<Vec<_>>());
        assert_eq!(passes.get(), 2 * 3);
    }
}
