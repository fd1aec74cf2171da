//! The builder of text columns.

use std::fmt;

use polars::prelude::{Column, IntoColumn, StringChunked};
use polars_arrow::array::MutableBinaryViewArray;

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
pub struct StringColumn(MutableBinaryViewArray<str>);

impl StringColumn {
    /// An empty column with room for `rows` cells.
    pub fn with_capacity(rows: usize) -> Self {
        Self(MutableBinaryViewArray::with_capacity(rows))
    }

    /// Adds a text, which may be empty; an empty text is not a null.
    #[inline]
    pub fn push(&mut self, value: &str) {
        self.0.push_value(value);
    }

    /// Adds a null.
    #[inline]
    pub fn push_null(&mut self) {
        self.0.push_null();
    }

    /// Adds a text, or a null for `None`.
    #[inline]
    pub fn push_opt(&mut self, value: Option<&str>) {
        self.0.push(value);
    }

    /// Adds the same text to `rows` rows. The text itself is stored once, however many rows point to it.
    #[inline]
    pub fn push_repeat(&mut self, value: &str, rows: usize) {
        // With no row to point to it, a long text would stay in the buffer for nothing.
        if rows > 0 {
            self.0.extend_constant(rows, Some(value));
        }
    }

    /// Adds the same text, or null for `None`, to `rows` rows.
    #[inline]
    pub fn push_opt_repeat(&mut self, value: Option<&str>, rows: usize) {
        match value {
            Some(value) => self.push_repeat(value, rows),
            // `extend_constant` of polars-arrow 0.55.2 marks nulls without adding cells for them.
            None => self.0.extend_null(rows),
        }
    }

    /// How many cells there are, nulls included.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is no cell yet.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The finished column, of Polars type `String`.
    pub fn finish(self, name: &str) -> Column {
        StringChunked::with_chunk(name.into(), self.0.freeze()).into_column()
    }
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
                (prop::option::of("\\PC{0,30}"), 0_usize..5, any::<bool>()), 0..60),
        ) {
            let mut column = StringColumn::with_capacity(3);
            let mut model: Vec<Option<String>> = Vec::new();
            for (value, rows, repeat) in steps {
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
