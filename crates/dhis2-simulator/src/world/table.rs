//! Rows in an order, many of them, of which a copy is cheap.

use std::iter::FromIterator;
use std::ops::{Index, IndexMut};
use std::sync::Arc;

/// Rows numbered from 0. They stand in blocks that copies of the table share until one of them writes into a block: a world
/// of a million rows can change while answers from before the change are still being sent.
#[derive(Debug)]
pub(crate) struct Table<T> {
    blocks: Vec<Arc<Vec<T>>>,
}

/// How many rows a block holds. All blocks but the last are full.
const BLOCK: usize = 512;

impl<T> Table<T> {
    pub(crate) fn len(&self) -> usize {
        self.blocks.last().map_or(0, |last| (self.blocks.len() - 1) * BLOCK + last.len())
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> + Clone {
        self.blocks.iter().flat_map(|block| block.iter())
    }
}

impl<T: Clone> Table<T> {
    /// Adds a row at the end; its number.
    pub(crate) fn push(&mut self, row: T) -> u32 {
        let number = self.len();
        if let Some(last) = self.blocks.last_mut().filter(|last| last.len() < BLOCK) {
            Arc::make_mut(last).push(row);
        } else {
            let mut block = Vec::with_capacity(BLOCK);
            block.push(row);
            self.blocks.push(Arc::new(block));
        }
        // A world of four thousand million rows does not fit into memory before this overflows.
        u32::try_from(number).unwrap_or(u32::MAX)
    }

    /// The rows, out of the table.
    pub(crate) fn into_rows(self) -> impl Iterator<Item = T> {
        self.blocks.into_iter().flat_map(Arc::unwrap_or_clone)
    }
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self { blocks: Vec::new() }
    }
}

impl<T> Clone for Table<T> {
    fn clone(&self) -> Self {
        Self { blocks: self.blocks.clone() }
    }
}

impl<T> Index<usize> for Table<T> {
    type Output = T;

    fn index(&self, number: usize) -> &T {
        &self.blocks[number / BLOCK][number % BLOCK]
    }
}

impl<T: Clone> IndexMut<usize> for Table<T> {
    fn index_mut(&mut self, number: usize) -> &mut T {
        &mut Arc::make_mut(&mut self.blocks[number / BLOCK])[number % BLOCK]
    }
}

impl<T: Clone> FromIterator<T> for Table<T> {
    fn from_iter<I: IntoIterator<Item = T>>(rows: I) -> Self {
        let mut table = Self::default();
        for row in rows {
            table.push(row);
        }
        table
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_found_by_number_over_many_blocks() {
        let table: Table<usize> = (0..2 * BLOCK + 7).collect();
        assert_eq!(table.len(), 2 * BLOCK + 7);
        assert!((0..table.len()).all(|number| table[number] == number));
        assert!(table.iter().copied().eq(0..2 * BLOCK + 7));
        assert!(table.into_rows().eq(0..2 * BLOCK + 7));
        assert_eq!(Table::<usize>::default().len(), 0);
    }

    #[test]
    fn a_copy_keeps_what_it_held_and_shares_the_blocks_that_stay_the_same() {
        let mut table: Table<usize> = (0..3 * BLOCK).collect();
        let before = table.clone();
        table[BLOCK] = 0;
        table.push(1);
        assert_eq!((before[BLOCK], table[BLOCK]), (BLOCK, 0));
        assert_eq!((before.len(), table.len()), (3 * BLOCK, 3 * BLOCK + 1));
        let shared = before.blocks.iter().zip(&table.blocks).filter(|(a, b)| Arc::ptr_eq(a, b)).count();
        assert_eq!(shared, 2);
    }
}
