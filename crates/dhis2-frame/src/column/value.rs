//! Builders of columns whose cells have one fixed size: date-times, booleans, numbers.

use std::fmt;

use polars::prelude::{
    BooleanChunked, Column, Float64Chunked, Int32Chunked, Int64Chunked, IntoColumn, TimeUnit, TimeZone,
};
use polars_arrow::array::{MutableBooleanArray, MutablePrimitiveArray};
use polars_arrow::types::NativeType;

use super::memory::will_be_filled;

fn advise<T: NativeType>(cells: &MutablePrimitiveArray<T>) {
    will_be_filled(cells.values().as_ptr(), cells.capacity());
}

/// The builders differ in the value they take and in how the finished array becomes a column.
macro_rules! value_column {
    ($(#[$doc:meta])* $name:ident, $value:ty, $array:ty, $advise:expr, $finish:expr) => {
        $(#[$doc])*
        #[derive(Default)]
        pub struct $name($array);

        impl $name {
            /// An empty column with room for `rows` cells.
            pub fn with_capacity(rows: usize) -> Self {
                let cells = <$array>::with_capacity(rows);
                $advise(&cells);
                Self(cells)
            }

            /// Adds a value.
            #[inline]
            pub fn push(&mut self, value: $value) {
                self.0.push_value(value);
            }

            /// Adds a null.
            #[inline]
            pub fn push_null(&mut self) {
                self.0.push(None);
            }

            /// Adds a value, or a null for `None`.
            #[inline]
            pub fn push_opt(&mut self, value: Option<$value>) {
                self.0.push(value);
            }

            /// Adds the same value to `rows` rows.
            #[inline]
            pub fn push_repeat(&mut self, value: $value, rows: usize) {
                self.0.extend_constant(rows, Some(value));
            }

            /// Adds the same value, or null for `None`, to `rows` rows.
            #[inline]
            pub fn push_opt_repeat(&mut self, value: Option<$value>, rows: usize) {
                self.0.extend_constant(rows, value);
            }

            /// How many cells there are, nulls included.
            pub fn len(&self) -> usize {
                polars_arrow::array::MutableArray::len(&self.0)
            }

            /// Whether there is no cell yet.
            pub fn is_empty(&self) -> bool {
                self.len() == 0
            }

            /// The finished column.
            pub fn finish(self, name: &str) -> Column {
                $finish(name, self.0)
            }
        }

        /// Shows the length only: the cells may be health data.
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($name))
                    .field("len", &self.len())
                    .finish_non_exhaustive()
            }
        }
    };
}

value_column! {
    /// Builds a column of instants: milliseconds since 1970-01-01T00:00:00Z in, Polars `datetime[ms, UTC]` out.
    ///
    /// ```
    /// use dhis2_frame::DatetimeColumn;
    ///
    /// let mut column = DatetimeColumn::with_capacity(3);
    /// column.push(1_705_310_130_250);
    /// column.push_opt_repeat(None, 2);
    /// let column = column.finish("created");
    /// assert_eq!(column.dtype().to_string(), "datetime[ms, UTC]");
    /// assert_eq!((column.len(), column.null_count()), (3, 2));
    /// ```
    DatetimeColumn, i64, MutablePrimitiveArray<i64>, advise,
    |name: &str, array: MutablePrimitiveArray<i64>| {
        Int64Chunked::with_chunk(name.into(), array.freeze())
            .into_datetime(TimeUnit::Milliseconds, Some(TimeZone::UTC))
            .into_column()
    }
}

value_column! {
    /// Builds a column of calendar dates and times without a zone: milliseconds since 1970-01-01T00:00 of the clock that
    /// showed them in, Polars `datetime[ms]` out.
    ///
    /// ```
    /// use dhis2_frame::NaiveDatetimeColumn;
    ///
    /// let mut column = NaiveDatetimeColumn::with_capacity(2);
    /// column.push(1_262_304_000_000); // 2010-01-01T00:00
    /// column.push_null();
    /// let column = column.finish("opening_date");
    /// assert_eq!(column.dtype().to_string(), "datetime[ms]");
    /// assert_eq!((column.len(), column.null_count()), (2, 1));
    /// ```
    NaiveDatetimeColumn, i64, MutablePrimitiveArray<i64>, advise,
    |name: &str, array: MutablePrimitiveArray<i64>| {
        Int64Chunked::with_chunk(name.into(), array.freeze())
            .into_datetime(TimeUnit::Milliseconds, None)
            .into_column()
    }
}

value_column! {
    /// Builds a column of calendar dates: days since 1970-01-01 in, Polars `Date` out.
    ///
    /// ```
    /// use dhis2_frame::DateColumn;
    ///
    /// let mut column = DateColumn::with_capacity(2);
    /// column.push(14_610); // 2010-01-01
    /// column.push_null();
    /// let column = column.finish("date_of_birth");
    /// assert_eq!(column.dtype().to_string(), "date");
    /// assert_eq!((column.len(), column.null_count()), (2, 1));
    /// ```
    DateColumn, i32, MutablePrimitiveArray<i32>, advise,
    |name: &str, array: MutablePrimitiveArray<i32>| {
        Int32Chunked::with_chunk(name.into(), array.freeze()).into_date().into_column()
    }
}

value_column! {
    /// Builds a column of Polars type `Boolean`.
    BooleanColumn, bool, MutableBooleanArray, |_: &MutableBooleanArray| {},
    |name: &str, array: MutableBooleanArray| {
        BooleanChunked::with_chunk(name.into(), array.freeze()).into_column()
    }
}

value_column! {
    /// Builds a column of Polars type `Int64`.
    Int64Column, i64, MutablePrimitiveArray<i64>, advise,
    |name: &str, array: MutablePrimitiveArray<i64>| {
        Int64Chunked::with_chunk(name.into(), array.freeze()).into_column()
    }
}

value_column! {
    /// Builds a column of Polars type `Float64`.
    Float64Column, f64, MutablePrimitiveArray<f64>, advise,
    |name: &str, array: MutablePrimitiveArray<f64>| {
        Float64Chunked::with_chunk(name.into(), array.freeze()).into_column()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Pushes in every way, nulls first and last, and compares with the list of what was pushed.
    macro_rules! check_builder {
        ($builder:ty, $one:expr, $other:expr, $dtype:literal, $read:expr) => {{
            let mut column = <$builder>::with_capacity(2);
            assert!(column.is_empty());
            column.push_null();
            column.push($one);
            column.push_opt(None);
            column.push_opt(Some($other));
            column.push_repeat($one, 2);
            column.push_repeat($one, 0);
            column.push_opt_repeat(Some($other), 1);
            column.push_opt_repeat(None, 2);
            assert_eq!(column.len(), 9);
            assert!(!format!("{column:?}").contains(&format!("{:?}", $other)));
            let column = column.finish("c");
            assert_eq!(column.dtype().to_string(), $dtype);
            assert_eq!(column.name().as_str(), "c");
            let (one, other) = (Some($one), Some($other));
            assert_eq!($read(&column), [None, one, None, other, one, one, other, None, None]);

            let mut nulls_after_values = <$builder>::default();
            nulls_after_values.push_repeat($one, 2);
            nulls_after_values.push_opt_repeat(None, 1);
            assert_eq!($read(&nulls_after_values.finish("c")), [one, one, None]);
        }};
    }

    #[test]
    fn date_times_come_out_as_pushed() {
        check_builder!(
            DatetimeColumn,
            1_705_310_130_250,
            -62_135_596_800_001_i64,
            "datetime[ms, UTC]",
            |column: &Column| column.datetime().unwrap().physical().iter().collect::<Vec<_>>()
        );
    }

    #[test]
    fn wall_clocks_come_out_as_pushed() {
        check_builder!(
            NaiveDatetimeColumn,
            1_262_304_000_000,
            -62_135_596_800_001_i64,
            "datetime[ms]",
            |column: &Column| column.datetime().unwrap().physical().iter().collect::<Vec<_>>()
        );
    }

    #[test]
    fn dates_come_out_as_pushed() {
        check_builder!(DateColumn, 14_610, -719_529_i32, "date", |column: &Column| column
            .date()
            .unwrap()
            .physical()
            .iter()
            .collect::<Vec<_>>());
    }

    #[test]
    fn booleans_come_out_as_pushed() {
        check_builder!(BooleanColumn, true, false, "bool", |column: &Column| column
            .bool()
            .unwrap()
            .iter()
            .collect::<Vec<_>>());
    }

    #[test]
    fn whole_numbers_come_out_as_pushed() {
        check_builder!(Int64Column, 42, i64::MIN, "i64", |column: &Column| column
            .i64()
            .unwrap()
            .iter()
            .collect::<Vec<_>>());
    }

    #[test]
    fn real_numbers_come_out_as_pushed() {
        check_builder!(Float64Column, 0.5, -1e300, "f64", |column: &Column| column
            .f64()
            .unwrap()
            .iter()
            .collect::<Vec<_>>());
    }
}
