//! The builder of text columns.

use std::fmt;

use super::memory::will_be_filled;
use polars::prelude::{Column, IntoColumn, StringChunked};
use polars_arrow::array::{MutableBinaryViewArray, View};

/// Builds a column of text.
///
/// Each cell is a 16-byte view: a text of up to 12 bytes (an identifier, a period, most values) is stored inside it,
/// a longer one in a buffer shared by the column. No allocation is made per cell.
///
/// ```
/// use dhis2_frame::StringColumn;
///
/// let mut column = StringColumn::with_capacity(4);
/// column.push("");
/// column.push_null();
/// column.push_repeat("Ngelehun CHC, Badjia", 2);
/// let column = column.finish("organisation_unit");
/// let cells: Vec<_> = column.str()?.iter().collect();
/// let name = Some("Ngelehun CHC, Badjia");
/// assert_eq!(cells, [Some(""), None, name, name]);
/// # Ok::<(), polars::prelude::PolarsError>(())
/// ```
#[derive(Default)]
pub struct StringColumn {
    cells: MutableBinaryViewArray<str>,
    /// The bytes of the texts that stand in their cells, which the array has not counted, without those that it has counted
    /// and that were taken away.
    uncounted: isize,
}

impl StringColumn {
    /// An empty column with room for `rows` cells.
    pub fn with_capacity(rows: usize) -> Self {
        let cells = MutableBinaryViewArray::with_capacity(rows);
        will_be_filled(cells.views().as_ptr(), cells.capacity());
        Self { cells, uncounted: 0 }
    }

    /// Adds a text, which may be empty; an empty text is not a null.
    #[inline]
    #[allow(unsafe_code)]
    pub fn push(&mut self, value: &str) {
        let Some(view) = inline_view(value.as_bytes()) else { return self.cells.push_value(value) };
        if let Some(validity) = self.cells.validity() {
            validity.push(true);
        }
        self.uncounted += value.len().cast_signed();
        // SAFETY: the array must stay one whose cells are texts, with as many marks of validity as cells, if any. The new
        // cell holds a whole text in itself and points to no buffer; its mark was pushed above. What the array knows of the
        // texts' length is set right in `finish`. (The array's own way, a call for each cell, took 12 % longer in all.)
        unsafe { self.cells.views_mut() }.push(view);
    }

    /// Adds a null.
    #[inline]
    pub fn push_null(&mut self) {
        self.cells.push_null();
    }

    /// Adds a text, or a null for `None`.
    #[inline]
    pub fn push_opt(&mut self, value: Option<&str>) {
        match value {
            Some(value) => self.push(value),
            None => self.cells.push_null(),
        }
    }

    /// Adds the same text to `rows` rows. The text itself is stored once, however many rows point to it.
    #[inline]
    #[allow(unsafe_code)]
    pub fn push_repeat(&mut self, value: &str, rows: usize) {
        let Some(view) = inline_view(value.as_bytes()) else {
            // With no row to point to it, a long text would stay in the buffer for nothing.
            if rows > 0 {
                self.cells.extend_constant(rows, Some(value));
            }
            return;
        };
        if let Some(validity) = self.cells.validity() {
            validity.extend_constant(rows, true);
        }
        self.uncounted += (value.len() * rows).cast_signed();
        // SAFETY: as in `push`, for as many cells as marks.
        unsafe { self.cells.views_mut() }.extend(std::iter::repeat_n(view, rows));
    }

    /// Adds the same text, or null for `None`, to `rows` rows.
    #[inline]
    pub fn push_opt_repeat(&mut self, value: Option<&str>, rows: usize) {
        match value {
            Some(value) => self.push_repeat(value, rows),
            // `extend_constant` of polars-arrow 0.55.2 marks nulls without adding cells for them.
            None => self.cells.extend_null(rows),
        }
    }

    /// Takes the last cells away, so that so many are left; where there are no more than that, nothing. Long texts of theirs
    /// stay in the buffer.
    #[allow(unsafe_code)]
    pub fn truncate(&mut self, rows: usize) {
        let Some(gone) = self.cells.views().get(rows..) else { return };
        self.uncounted -= gone.iter().map(|view| view.length as usize).sum::<usize>().cast_signed();
        if let Some(validity) = self.cells.validity() {
            validity.resize(rows, false);
        }
        // SAFETY: as in `push`: the cells that stay are as they were, with as many marks of validity, if any.
        unsafe { self.cells.views_mut() }.truncate(rows);
    }

    /// How many cells there are, nulls included.
    pub fn len(&self) -> usize {
        self.cells.len()
    }

    /// Whether there is no cell yet.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The finished column, of Polars type `String`.
    #[allow(unsafe_code)]
    pub fn finish(mut self, name: &str) -> Column {
        let bytes = self.cells.total_bytes_len().saturating_add_signed(self.uncounted);
        // SAFETY: it is the sum of the lengths of all texts, those that the array was not told of included.
        unsafe { self.cells.set_total_bytes_len(bytes) };
        StringChunked::with_chunk(name.into(), self.cells.freeze()).into_column()
    }
}

/// The cell of a text of up to twelve bytes, which stands in the cell itself. Polars' own way copies a number of bytes that is
/// known only then, which takes several times as long as these few moves.
#[inline]
fn inline_view(bytes: &[u8]) -> Option<View> {
    let length = bytes.len();
    // Words may lie over each other: a byte that both have stands at the same place in both.
    let (low, high) = match (bytes.first_chunk::<8>(), bytes.first_chunk::<4>(), bytes.last_chunk::<4>()) {
        _ if length > 12 => return None,
        (Some(first), _, Some(last)) => {
            let high = u64::from(u32::from_le_bytes(*last)) << (8 * (length - 4 - 4));
            (u64::from_le_bytes(*first), high >> 32)
        }
        (None, Some(first), Some(last)) => {
            let last = u64::from(u32::from_le_bytes(*last)) << (8 * (length - 4));
            (u64::from(u32::from_le_bytes(*first)) | last, 0)
        }
        _ => (bytes.iter().rev().fold(0, |low, byte| low << 8 | u64::from(*byte)), 0),
    };
    #[allow(clippy::cast_possible_truncation)] // the halves of eight bytes, and a length of up to twelve
    let view = View { length: length as u32, prefix: low as u32, buffer_idx: (low >> 32) as u32, offset: high as u32 };
    Some(view)
}

/// Shows the length only: the cells may be health data.
impl fmt::Debug for StringColumn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StringColumn").field("len", &self.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn cells(column: &Column) -> Vec<Option<String>> {
        let text = column.str().unwrap();
        text.iter().map(|cell| cell.map(str::to_owned)).collect()
    }

    #[test]
    fn a_repeated_long_text_is_stored_once() {
        let long = "x".repeat(1000);
        let mut column = StringColumn::with_capacity(10_000);
        column.push_repeat(&long, 10_000);
        column.push_repeat(&long, 0);
        let column = column.finish("c");
        let array = column.str().unwrap().downcast_iter().next().unwrap();
        assert_eq!((array.len(), array.total_buffer_len()), (10_000, 1000));
    }

    #[test]
    fn a_text_of_twelve_bytes_needs_no_buffer() {
        let mut column = StringColumn::default();
        column.push("abcdefghijkl");
        let column = column.finish("c");
        let array = column.str().unwrap().downcast_iter().next().unwrap();
        assert_eq!(array.total_buffer_len(), 0);
    }

    #[test]
    fn debug_output_shows_no_cell() {
        let mut column = StringColumn::default();
        column.push("secret");
        assert_eq!(format!("{column:?}"), "StringColumn { len: 1, .. }");
    }

    proptest! {
        /// Every way of pushing, in any order, gives the same column as a plain vector.
        #[test]
        fn any_sequence_of_pushes_gives_the_cells_pushed(
            steps in prop::collection::vec(
                (prop::option::of("\\PC{0,30}"), 0_usize..5, any::<bool>(), prop::option::weighted(0.1, 0_usize..40)), 0..60),
        ) {
            let mut column = StringColumn::with_capacity(3);
            let mut model: Vec<Option<String>> = Vec::new();
            for (value, rows, repeat, truncate) in steps {
                if let Some(rows) = truncate {
                    column.truncate(rows);
                    model.truncate(rows);
                }
                match (&value, repeat) {
                    (_, true) => {
                        column.push_opt_repeat(value.as_deref(), rows);
                        model.extend(std::iter::repeat_n(value, rows));
                    }
                    (Some(text), false) if rows == 0 => {
                        column.push(text);
                        model.push(value);
                    }
                    (None, false) if rows == 0 => {
                        column.push_null();
                        model.push(None);
                    }
                    _ => {
                        column.push_opt(value.as_deref());
                        model.push(value);
                    }
                }
                prop_assert_eq!(column.len(), model.len());
                prop_assert_eq!(column.is_empty(), model.is_empty());
            }
            let column = column.finish("c");
            prop_assert_eq!(column.name().as_str(), "c");
            prop_assert_eq!(column.null_count(), model.iter().filter(|cell| cell.is_none()).count());
            prop_assert_eq!(cells(&column), model);
        }
    }
}
