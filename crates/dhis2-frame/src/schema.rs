//! What a frame looks like: names, types and meanings of its columns, in order.

use std::fmt::{self, Write as _};

use polars::prelude::{DataFrame, DataType, Schema, TimeUnit, TimeZone};

use crate::FrameError;

/// The type of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ColumnType {
    /// Text: Polars `String`.
    String,
    /// An instant: Polars `datetime[ms, UTC]`.
    DatetimeUtc,
    /// A calendar date and time as a clock showed it, in no zone: Polars `datetime[ms]`.
    Datetime,
    /// Texts: Polars `List(String)`.
    StringList,
    /// Polars `Boolean`.
    Boolean,
    /// Polars `Int64`.
    Int64,
    /// Polars `Float64`.
    Float64,
}

impl ColumnType {
    /// The Polars type.
    pub fn polars(self) -> DataType {
        match self {
            Self::String => DataType::String,
            Self::DatetimeUtc => DataType::Datetime(TimeUnit::Milliseconds, Some(TimeZone::UTC)),
            Self::Datetime => DataType::Datetime(TimeUnit::Milliseconds, None),
            Self::StringList => DataType::List(Box::new(DataType::String)),
            Self::Boolean => DataType::Boolean,
            Self::Int64 => DataType::Int64,
            Self::Float64 => DataType::Float64,
        }
    }
}

/// The type as the documentation writes it, such as `datetime[ms, UTC]`.
impl fmt::Display for ColumnType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::String => "String",
            Self::DatetimeUtc => "datetime[ms, UTC]",
            Self::Datetime => "datetime[ms]",
            Self::StringList => "List(String)",
            Self::Boolean => "Boolean",
            Self::Int64 => "Int64",
            Self::Float64 => "Float64",
        })
    }
}

/// One column of a [`FrameSchema`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ColumnSpec {
    /// The column's name in the frame.
    pub name: &'static str,
    /// Its type.
    pub dtype: ColumnType,
    /// What it holds, in one sentence.
    pub doc: &'static str,
}

/// The columns of a frame, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct FrameSchema {
    /// What the frame is called in documentation and errors.
    pub name: &'static str,
    /// The columns, in order.
    pub columns: &'static [ColumnSpec],
}

impl FrameSchema {
    /// The columns' names, in order.
    pub fn names(&self) -> impl ExactSizeIterator<Item = &'static str> + use<> {
        self.columns.iter().map(|column| column.name)
    }

    /// The schema as Polars has it.
    pub fn polars_schema(&self) -> Schema {
        self.columns.iter().map(|column| (column.name.into(), column.dtype.polars())).collect()
    }

    /// A frame with these columns and no rows.
    pub fn empty(&self) -> DataFrame {
        DataFrame::empty_with_schema(&self.polars_schema())
    }

    /// The columns as a Markdown table, for documentation.
    ///
    /// ```
    /// use dhis2_frame::{ColumnSpec, ColumnType, FrameSchema};
    ///
    /// let schema = FrameSchema {
    ///     name: "levels",
    ///     columns: &[ColumnSpec { name: "level", dtype: ColumnType::Int64, doc: "Depth, 1 at the root." }],
    /// };
    /// assert_eq!(
    ///     schema.markdown_table(),
    ///     "| column | type | meaning |\n|---|---|---|\n| `level` | Int64 | Depth, 1 at the root. |\n"
    /// );
    /// ```
    pub fn markdown_table(&self) -> String {
        let mut table = String::from("| column | type | meaning |\n|---|---|---|\n");
        for ColumnSpec { name, dtype, doc } in self.columns {
            // Writing to a `String` does not fail.
            let _ = writeln!(table, "| `{name}` | {dtype} | {} |", doc.replace('|', "\\|"));
        }
        table
    }

    /// Checks that a frame has exactly these columns, in this order and of these types.
    ///
    /// # Errors
    ///
    /// [`FrameError::Schema`] naming the first difference.
    pub fn check(&self, frame: &DataFrame) -> Result<(), FrameError> {
        let differs = |message| FrameError::Schema { frame: self.name, message };
        for (place, (want, have)) in self.columns.iter().zip(frame.columns()).enumerate() {
            if have.name() != want.name {
                return Err(differs(format!("column {place} is `{}`, expected `{}`", have.name(), want.name)));
            }
            if *have.dtype() != want.dtype.polars() {
                return Err(differs(format!(
                    "column `{}` has type {}, expected {}",
                    want.name,
                    have.dtype(),
                    want.dtype
                )));
            }
        }
        if frame.width() != self.columns.len() {
            return Err(differs(format!("it has {} columns, expected {}", frame.width(), self.columns.len())));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        BooleanColumn, DatetimeColumn, Float64Column, Int64Column, NaiveDatetimeColumn, StringColumn, StringListColumn,
    };

    const ALL: FrameSchema = FrameSchema {
        name: "all",
        columns: &[
            spec("text", ColumnType::String),
            spec("instant", ColumnType::DatetimeUtc),
            spec("wall_clock", ColumnType::Datetime),
            spec("list", ColumnType::StringList),
            spec("flag", ColumnType::Boolean),
            spec("whole", ColumnType::Int64),
            spec("real", ColumnType::Float64),
        ],
    };

    const fn spec(name: &'static str, dtype: ColumnType) -> ColumnSpec {
        ColumnSpec { name, dtype, doc: "a | b" }
    }

    #[test]
    fn an_empty_frame_has_the_schema_of_a_built_one() {
        let built = DataFrame::new(
            0,
            vec![
                StringColumn::default().finish("text"),
                DatetimeColumn::default().finish("instant"),
                NaiveDatetimeColumn::default().finish("wall_clock"),
                StringListColumn::default().finish("list"),
                BooleanColumn::default().finish("flag"),
                Int64Column::default().finish("whole"),
                Float64Column::default().finish("real"),
            ],
        )
        .unwrap();
        assert_eq!(built.schema(), ALL.empty().schema());
        assert_eq!(ALL.empty().height(), 0);
        assert_eq!(ALL.names().collect::<Vec<_>>(), ["text", "instant", "wall_clock", "list", "flag", "whole", "real"]);
        ALL.check(&built).unwrap();
        ALL.check(&ALL.empty()).unwrap();
    }

    fn difference(columns: Vec<polars::prelude::Column>) -> String {
        let schema = FrameSchema { name: "two", columns: &ALL.columns[..2] };
        let frame = DataFrame::new(0, columns).unwrap();
        schema.check(&frame).unwrap_err().to_string()
    }

    #[test]
    fn a_frame_that_differs_is_refused_with_the_difference() {
        let text = || StringColumn::default().finish("text");
        let instant = || DatetimeColumn::default().finish("instant");
        assert_eq!(
            difference(vec![instant(), text()]),
            "the frame `two` is not as its schema says: column 0 is `instant`, expected `text`"
        );
        assert_eq!(
            difference(vec![text(), Int64Column::default().finish("instant")]),
            "the frame `two` is not as its schema says: column `instant` has type i64, expected datetime[ms, UTC]"
        );
        for columns in [vec![text()], vec![text(), instant(), BooleanColumn::default().finish("flag")]] {
            let width = columns.len();
            assert_eq!(
                difference(columns),
                format!("the frame `two` is not as its schema says: it has {width} columns, expected 2")
            );
        }
    }

    #[test]
    fn a_bar_in_a_meaning_does_not_end_the_cell() {
        let table = ALL.markdown_table();
        assert_eq!(table.lines().count(), 2 + ALL.columns.len());
        assert!(table.contains("| `instant` | datetime[ms, UTC] | a \\| b |\n"));
    }
}
