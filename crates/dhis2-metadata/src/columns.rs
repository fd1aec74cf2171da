//! Objects to columns.

use dhis2_frame::{
    BooleanColumn, FrameError, FrameSchema, Int64Column, NaiveDatetimeColumn, StringColumn, StringListColumn,
};
use polars::prelude::{Column, DataFrame};

/// The columns made of a list of objects, one row each.
pub(crate) struct Columns<'r, T> {
    rows: &'r [T],
    columns: Vec<Column>,
}

impl<'r, T> Columns<'r, T> {
    pub(crate) fn of(rows: &'r [T]) -> Self {
        Self { rows, columns: Vec::new() }
    }

    pub(crate) fn text(mut self, name: &str, cell: impl Fn(&T) -> Option<&str>) -> Self {
        let mut column = StringColumn::with_capacity(self.rows.len());
        self.rows.iter().for_each(|row| column.push_opt(cell(row)));
        self.columns.push(column.finish(name));
        self
    }

    pub(crate) fn list(mut self, name: &str, cell: impl Fn(&T) -> &[String]) -> Self {
        let mut column = StringListColumn::with_capacity(self.rows.len());
        self.rows.iter().for_each(|row| column.push(cell(row).iter().map(String::as_str)));
        self.columns.push(column.finish(name));
        self
    }

    pub(crate) fn whole(mut self, name: &str, cell: impl Fn(&T) -> Option<i64>) -> Self {
        let mut column = Int64Column::with_capacity(self.rows.len());
        self.rows.iter().for_each(|row| column.push_opt(cell(row)));
        self.columns.push(column.finish(name));
        self
    }

    pub(crate) fn flag(mut self, name: &str, cell: impl Fn(&T) -> Option<bool>) -> Self {
        let mut column = BooleanColumn::with_capacity(self.rows.len());
        self.rows.iter().for_each(|row| column.push_opt(cell(row)));
        self.columns.push(column.finish(name));
        self
    }

    /// Milliseconds of the server's clock.
    pub(crate) fn wall_clock(mut self, name: &str, cell: impl Fn(&T) -> Option<i64>) -> Self {
        let mut column = NaiveDatetimeColumn::with_capacity(self.rows.len());
        self.rows.iter().for_each(|row| column.push_opt(cell(row)));
        self.columns.push(column.finish(name));
        self
    }

    pub(crate) fn unchecked(self) -> Result<DataFrame, FrameError> {
        Ok(DataFrame::new(self.rows.len(), self.columns)?)
    }

    pub(crate) fn frame(self, schema: &FrameSchema) -> Result<DataFrame, FrameError> {
        let frame = self.unchecked()?;
        schema.check(&frame)?;
        Ok(frame)
    }
}
