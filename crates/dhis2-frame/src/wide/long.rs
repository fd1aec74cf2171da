//! Reading long frames.

use polars::prelude::{DataFrame, PlHashMap};
use polars_arrow::array::Utf8ViewArray;
use polars_arrow::datatypes::ArrowDataType;

use crate::FrameError;

/// What stands for no slot: a row that holds no value.
pub(super) const NOWHERE: u32 = u32::MAX;

/// A column of text in one piece of memory.
pub(super) struct Texts(Utf8ViewArray);

impl Texts {
    /// # Errors
    /// [`FrameError::Schema`] where there is no such column, or it is not text.
    pub(super) fn of(frame: &DataFrame, name: &str) -> Result<Self, FrameError> {
        let column = frame.column(name).map_err(|_| wrong(format!("it has no column `{name}`")))?;
        let texts = column.str().map_err(|_| wrong(format!("column `{name}` is not text")))?.rechunk();
        // The clone shares the memory.
        let cells = texts.downcast_iter().next().cloned();
        Ok(Self(cells.unwrap_or_else(|| Utf8ViewArray::new_empty(ArrowDataType::Utf8View))))
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = Option<&str>> {
        self.0.iter()
    }

    pub(super) fn get(&self, row: u32) -> Option<&str> {
        self.0.get(row as usize)
    }
}

/// What is wrong with a frame that should be a long one.
pub(super) fn wrong(message: String) -> FrameError {
    FrameError::Schema { frame: "long", message }
}

/// The rows of a frame, by what they belong to.
#[derive(Debug, Default)]
pub(super) struct Groups {
    /// The group of each row, counted in the order of first appearance.
    pub(super) of_row: Vec<u32>,
    /// The first row of each group.
    pub(super) first: Vec<u32>,
}

impl Groups {
    /// Rows with the same text belong together, wherever they stand; in extracts they stand together.
    pub(super) fn of(texts: &Texts) -> Self {
        let mut groups = Self::default();
        let mut known: PlHashMap<Option<&str>, u32> = PlHashMap::default();
        let mut last: Option<(Option<&str>, u32)> = None;
        for (row, text) in (0_u32..).zip(texts.iter()) {
            let group = match last {
                Some((same, group)) if same == text => group,
                _ => {
                    let next = groups.len();
                    let group = *known.entry(text).or_insert(next);
                    if group == next {
                        groups.first.push(row);
                    }
                    last = Some((text, group));
                    group
                }
            };
            groups.of_row.push(group);
        }
        groups
    }

    pub(super) fn len(&self) -> u32 {
        // No more groups than rows, which Polars counts with 32 bits.
        u32::try_from(self.first.len()).unwrap_or(u32::MAX)
    }
}

/// The rows of each slot, ordered by object, and within an object as they stand.
pub(super) struct Slots {
    rows: Vec<u32>,
    starts: Vec<usize>,
}

impl Slots {
    pub(super) fn of(slot_of_row: &[u32], slots: usize, object_of_row: &[u32]) -> Self {
        let mut starts = vec![0_usize; slots + 1];
        for slot in slot_of_row.iter().filter(|slot| **slot != NOWHERE) {
            starts[*slot as usize + 1] += 1;
        }
        for slot in 0..slots {
            starts[slot + 1] += starts[slot];
        }
        let mut next = starts.clone();
        let mut rows = vec![0_u32; starts[slots]];
        for (row, slot) in (0_u32..).zip(slot_of_row).filter(|(_, slot)| **slot != NOWHERE) {
            rows[next[*slot as usize]] = row;
            next[*slot as usize] += 1;
        }
        if !object_of_row.is_sorted() {
            for slot in 0..slots {
                rows[starts[slot]..starts[slot + 1]].sort_by_key(|row| object_of_row[*row as usize]);
            }
        }
        Self { rows, starts }
    }

    pub(super) fn rows(&self, slot: usize) -> &[u32] {
        &self.rows[self.starts[slot]..self.starts[slot + 1]]
    }
}
