//! Telling whether two answers say the same, whatever the order of their rows.

use dhis2_frame::FrameError;
use polars::datatypes::DataType;
use polars::frame::DataFrame;
use xxhash_rust::xxh3::{Xxh3, xxh3_128};

/// What an answer says, apart from the order of its rows. Two with the same summary hold the same rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Summary {
    received: u64,
    rows: usize,
    sum: u128,
}

impl Summary {
    /// The summary of an answer of `received` objects that gave these rows.
    ///
    /// # Errors
    /// [`FrameError`] where a column is of a type that no schema here has.
    pub fn of(received: u64, frame: &DataFrame) -> Result<Self, FrameError> {
        let mut hashes = vec![0_u128; frame.height()];
        for column in frame.columns() {
            // Each column's hash goes through one more hash with the row's, so that equal texts in two columns differ
            // from the same texts exchanged.
            let mut mix = |row: usize, bytes: Option<&[u8]>| {
                let mut state = Xxh3::new();
                state.update(&hashes[row].to_le_bytes());
                if let Some(bytes) = bytes {
                    state.update(&[1]);
                    state.update(bytes);
                }
                hashes[row] = state.digest128();
            };
            match column.dtype() {
                DataType::String => {
                    for (row, value) in column.str()?.iter().enumerate() {
                        mix(row, value.map(str::as_bytes));
                    }
                }
                DataType::Categorical(..) => {
                    for (row, value) in column.cat32()?.iter_str().enumerate() {
                        mix(row, value.map(str::as_bytes));
                    }
                }
                DataType::Boolean => {
                    for (row, value) in column.bool()?.iter().enumerate() {
                        mix(row, value.map(|b| if b { &b"t"[..] } else { &b"f"[..] }));
                    }
                }
                DataType::Float64 => {
                    for (row, value) in column.f64()?.iter().enumerate() {
                        mix(row, value.map(f64::to_le_bytes).as_ref().map(<[u8; 8]>::as_slice));
                    }
                }
                _ => {
                    let physical = column.to_physical_repr();
                    for (row, value) in physical.i64()?.iter().enumerate() {
                        mix(row, value.map(i64::to_le_bytes).as_ref().map(<[u8; 8]>::as_slice));
                    }
                }
            }
        }
        let sum = hashes.iter().fold(0_u128, |sum, hash| sum.wrapping_add(*hash));
        Ok(Self { received, rows: frame.height(), sum })
    }
}

impl Summary {
    /// Of an answer without a row.
    pub(crate) const NOTHING: Self = Self { received: 0, rows: 0, sum: 0 };

    /// The summary of two results together.
    pub(crate) fn and(self, other: Self) -> Self {
        Self {
            received: self.received + other.received,
            rows: self.rows + other.rows,
            sum: self.sum.wrapping_add(other.sum),
        }
    }
}

/// An id that the same content always has: 16 hexadecimal digits.
pub fn content_id(content: &str) -> String {
    let hash = xxh3_128(content.as_bytes());
    format!("{:016x}", (hash >> 64) as u64)
}

#[cfg(test)]
mod tests {
    use polars::prelude::*;

    use super::*;

    fn summary(ids: &[&str], values: &[Option<&str>]) -> Summary {
        let frame = DataFrame::new(
            ids.len(),
            vec![
                Column::new("id".into(), ids),
                Column::new("value".into(), values),
                Column::new("n".into(), vec![1_i64; ids.len()]),
                Column::new("longitude".into(), vec![0.5_f64; ids.len()]),
            ],
        )
        .unwrap();
        Summary::of(ids.len() as u64, &frame).unwrap()
    }

    #[test]
    fn the_order_of_rows_does_not_matter_but_everything_else_does() {
        let one = summary(&["a", "b"], &[Some("1"), None]);
        assert_eq!(one, summary(&["b", "a"], &[None, Some("1")]));
        assert_ne!(one, summary(&["b", "a"], &[Some("1"), None]));
        assert_ne!(one, summary(&["a", "b"], &[Some("1"), Some("")]));
        assert_ne!(one, summary(&["a"], &[Some("1")]));
        assert_ne!(summary(&["a"], &[Some("b")]), summary(&["b"], &[Some("a")]));
    }

    #[test]
    fn the_same_content_has_the_same_id() {
        assert_eq!(content_id("x"), content_id("x"));
        assert_ne!(content_id("x"), content_id("y"));
        assert_eq!(content_id("x").len(), 16);
    }
}
