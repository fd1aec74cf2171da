//! Column builders: values in, one at a time or repeated, a Polars column out.

mod list;
mod memory;
mod string;
mod value;

pub use list::StringListColumn;
pub use memory::keep_freed_memory;
pub use string::StringColumn;
pub use value::{BooleanColumn, DateColumn, DatetimeColumn, Float64Column, Int64Column, NaiveDatetimeColumn};
