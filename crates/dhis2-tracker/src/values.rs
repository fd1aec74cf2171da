//! The columns of values that an event or a person has several of: each value goes into them as soon as it is read, and is taken
//! out again where what it belongs to is left out or cannot be read.

use dhis2_frame::StringColumn;
use polars::prelude::Column;

/// What a value is of, and the value.
pub(crate) struct ValueColumns {
    id: StringColumn,
    value: StringColumn,
}

impl ValueColumns {
    pub(crate) fn with_capacity(rows: usize) -> Self {
        Self { id: StringColumn::with_capacity(rows), value: StringColumn::with_capacity(rows) }
    }

    #[inline]
    pub(crate) fn push(&mut self, id: &str, value: Option<&str>) {
        self.id.push(id);
        self.value.push_opt(value);
    }

    /// The one row of what has no value.
    pub(crate) fn push_none(&mut self) {
        self.id.push_null();
        self.value.push_null();
    }

    pub(crate) fn len(&self) -> usize {
        self.id.len()
    }

    pub(crate) fn truncate(&mut self, rows: usize) {
        self.id.truncate(rows);
        self.value.truncate(rows);
    }

    pub(crate) fn finish(self, id: &str) -> [Column; 2] {
        [self.id.finish(id), self.value.finish("value")]
    }
}
