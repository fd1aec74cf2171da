//! Bytes to Polars columns, and columns to files. No HTTP, and no knowledge of any endpoint.
//!
//! Reading: [`text`] checks an answer's UTF-8 once, column builders ([`StringColumn`], [`DatetimeColumn`], …) take
//! the values as they are parsed, and a [`FrameSchema`] says what the finished frame must look like, so that an
//! answer with no rows still gives a frame with the right columns. [`json_error`] reports a parse failure by place
//! and kind, without repeating any value: answers hold health data.
//!
//! Shaping: [`wide`](mod@crate::wide) makes one row an object, and one typed column a data element, of a frame with one row a value.
//!
//! Writing: [`write_frame`] writes Parquet, CSV, Arrow IPC or newline-delimited JSON, whole or not at all, and
//! [`read_frame`] reads them back.
//!
//! ```
//! use dhis2_frame::{ColumnSpec, ColumnType, FrameSchema, StringColumn, DatetimeColumn};
//! use polars::prelude::DataFrame;
//!
//! const VALUES: FrameSchema = FrameSchema {
//!     name: "values",
//!     columns: &[
//!         ColumnSpec { name: "value", dtype: ColumnType::String, doc: "the value as the server stores it" },
//!         ColumnSpec { name: "created", dtype: ColumnType::DatetimeUtc, doc: "when it was first stored" },
//!     ],
//! };
//!
//! let mut value = StringColumn::with_capacity(2);
//! let mut created = DatetimeColumn::with_capacity(2);
//! value.push("17");
//! created.push(1_705_310_130_250);
//! value.push_null();
//! created.push_null();
//! let frame = DataFrame::new(2, vec![value.finish("value"), created.finish("created")])?;
//! VALUES.check(&frame)?;
//! assert_eq!(frame.schema(), VALUES.empty().schema());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod categories;
mod cell;
mod chunks;
mod column;
mod error;
mod json;
mod read;
mod schema;
mod text;
pub mod wide;
mod write;

pub use categories::with_categories;
pub use cell::Cell;
pub use chunks::merge_small_chunks;
pub use column::{
    BooleanColumn, DateColumn, DatetimeColumn, Float64Column, Int64Column, NaiveDatetimeColumn, StringColumn,
    StringListColumn, keep_freed_memory,
};
pub use error::FrameError;
pub use json::{
    EachObject, Fields, ListReader, OneObject, RawJson, ReadList, ReadObject, ReadOptions, json_error, next_field,
    read_list, read_object,
};
pub use read::{FrameReader, read_frame, sha256_of};
pub use schema::{ColumnSpec, ColumnType, FrameSchema};
pub use text::text;
pub use write::{Format, FrameWriter, ROWS_AT_ONCE, WrittenFile, write_csv, write_frame, write_ndjson, write_text};
