//! The builder of columns whose cells are lists of texts.

use std::fmt;

use polars::prelude::{Column, IntoColumn, ListBuilderTrait, ListStringChunkedBuilder};

/// Builds a column of Polars type `List(String)`: the uids that belong to an object, one list a row.
///
/// ```
/// use dhis2_frame::StringListColumn;
///
/// let mut column = StringListColumn::with_capacity(3);
/// column.push(["Gf88d7Vqakr", "iXdObmOdRJk"]);
/// column.push([]);
/// column.push_null();
/// let column = column.finish("data_elements");
/// assert_eq!(column.dtype().to_string(), "list[str]");
/// assert_eq!((column.len(), column.null_count()), (3, 1));
/// ```
pub struct StringListColumn {
    lists: ListStringChunkedBuilder,
    len: usize,
}

impl StringListColumn {
    /// An empty column with room for `rows` lists.
    pub fn with_capacity(rows: usize) -> Self {
        // The name comes last, as with the other builders.
        Self { lists: ListStringChunkedBuilder::new("".into(), rows, 0), len: 0 }
    }

    /// Adds a list, which may be empty; an empty list is not a null.
    pub fn push<'t>(&mut self, texts: impl IntoIterator<Item = &'t str>) {
        self.lists.append_values_iter(texts.into_iter());
        self.len += 1;
    }

    /// Adds a null.
    pub fn push_null(&mut self) {
        self.lists.append_null();
        self.len += 1;
    }

    /// How many cells there are, nulls included.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is no cell yet.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The finished column, of Polars type `List(String)`.
    pub fn finish(mut self, name: &str) -> Column {
        self.lists.finish().with_name(name.into()).into_column()
    }
}

impl Default for StringListColumn {
    fn default() -> Self {
        Self::with_capacity(0)
    }
}

/// Shows the length only: the cells may be health data.
impl fmt::Debug for StringListColumn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StringListColumn").field("len", &self.len).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn cells(column: &Column) -> Vec<Option<Vec<String>>> {
        let lists = column.list().unwrap();
        let texts = |row: usize| {
            let list = lists.get_as_series(row)?;
            Some(list.str().unwrap().iter().map(|text| text.unwrap().to_owned()).collect())
        };
        (0..lists.len()).map(texts).collect()
    }

    #[test]
    fn a_column_without_rows_has_its_type() {
        let column = StringListColumn::default().finish("lists");
        assert_eq!((column.len(), column.dtype().to_string().as_str()), (0, "list[str]"));
    }

    #[test]
    fn debug_output_shows_no_cell() {
        let mut column = StringListColumn::default();
        assert!(column.is_empty());
        column.push(["secret"]);
        assert_eq!(format!("{column:?}"), "StringListColumn { len: 1, .. }");
    }

    proptest! {
        #[test]
        fn any_lists_come_out_as_pushed(
            lists in prop::collection::vec(prop::option::of(prop::collection::vec("\\PC{0,20}", 0..6)), 0..30),
        ) {
            let mut column = StringListColumn::with_capacity(3);
            for list in &lists {
                match list {
                    Some(texts) => column.push(texts.iter().map(String::as_str)),
                    None => column.push_null(),
                }
            }
            prop_assert_eq!(column.len(), lists.len());
            let column = column.finish("lists");
            prop_assert_eq!(column.name().as_str(), "lists");
            prop_assert_eq!(cells(&column), lists);
        }
    }
}
