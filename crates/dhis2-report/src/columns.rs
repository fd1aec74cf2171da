//! Columns of any of the formats, as what they mean: CSV and NDJSON hold everything as text.

use std::collections::HashMap;

use dhis2_api::datetime::{parse_instant_ms, parse_wall_clock_ms};
use dhis2_api::value_type::{parse_boolean, parse_number};
use polars::prelude::{BooleanChunked, DataFrame, DataType, NewChunkedArray, StringChunked, TimeUnit};

/// Milliseconds of a day.
pub(crate) const DAY_MS: i64 = 86_400_000;

/// A column as text; nothing where there is no such column, or none of single values.
pub(crate) fn texts(frame: &DataFrame, name: &str) -> Option<StringChunked> {
    let column = frame.column(name).ok()?;
    if matches!(column.dtype(), DataType::List(_)) {
        return None;
    }
    column.cast(&DataType::String).ok()?.str().ok().cloned()
}

/// A column of times in milliseconds since 1970, of UTC or of the clock that they were read from.
pub(crate) fn times(frame: &DataFrame, name: &str) -> Option<Vec<Option<i64>>> {
    let column = frame.column(name).ok()?;
    let whole = |column: &polars::prelude::Column| -> Option<Vec<Option<i64>>> {
        Some(column.cast(&DataType::Int64).ok()?.i64().ok()?.iter().collect())
    };
    match column.dtype() {
        DataType::Datetime(_, zone) => {
            whole(&column.cast(&DataType::Datetime(TimeUnit::Milliseconds, zone.clone())).ok()?)
        }
        DataType::Date => Some(whole(column)?.into_iter().map(|days| days.map(|days| days * DAY_MS)).collect()),
        DataType::String => {
            let read = |text: &str| parse_instant_ms(text).or_else(|| parse_wall_clock_ms(text));
            Some(column.str().ok()?.iter().map(|text| text.and_then(read)).collect())
        }
        _ => None,
    }
}

/// A column of numbers.
pub(crate) fn numbers(frame: &DataFrame, name: &str) -> Option<Vec<Option<f64>>> {
    let column = frame.column(name).ok()?;
    match column.dtype() {
        DataType::String => Some(column.str().ok()?.iter().map(|text| text.and_then(parse_number)).collect()),
        kind if kind.is_primitive_numeric() => {
            let column = column.cast(&DataType::Float64).ok()?;
            Some(column.f64().ok()?.iter().map(|number| number.filter(|number| number.is_finite())).collect())
        }
        _ => None,
    }
}

/// A column of lists of texts; CSV has them as JSON.
pub(crate) fn lists(frame: &DataFrame, name: &str) -> Option<Vec<Vec<String>>> {
    let column = frame.column(name).ok()?;
    match column.dtype() {
        DataType::List(_) => {
            let of_row = |series: Option<polars::prelude::Series>| -> Vec<String> {
                let Some(series) = series else { return Vec::new() };
                series.str().map(|texts| texts.iter().flatten().map(str::to_owned).collect()).unwrap_or_default()
            };
            Some((0..column.len()).map(|row| of_row(list_at(column, row))).collect())
        }
        DataType::String => {
            let read = |text: &str| serde_json::from_str(text).unwrap_or_default();
            Some(column.str().ok()?.iter().map(|text| text.map(read).unwrap_or_default()).collect())
        }
        _ => None,
    }
}

fn list_at(column: &polars::prelude::Column, row: usize) -> Option<polars::prelude::Series> {
    match column.get(row) {
        Ok(polars::prelude::AnyValue::List(series)) => Some(series),
        _ => None,
    }
}

/// A frame without its deleted rows, and how many these were.
pub(crate) fn without_deleted(frame: DataFrame) -> (DataFrame, usize) {
    let Some(deleted) = texts(&frame, "deleted") else { return (frame, 0) };
    let keep: Vec<bool> = deleted.iter().map(|text| text.and_then(parse_boolean) != Some(true)).collect();
    let count = keep.iter().filter(|keep| !**keep).count();
    if count == 0 {
        return (frame, 0);
    }
    match frame.filter(&BooleanChunked::from_slice("keep".into(), &keep)) {
        Ok(kept) => (kept, count),
        Err(_) => (frame, 0),
    }
}

/// Texts that occur many times, by number: in the order in which they come first.
#[derive(Debug, Default)]
pub(crate) struct Coded {
    /// The texts.
    pub(crate) names: Vec<String>,
    /// The number of each row; nothing where it is null.
    pub(crate) rows: Vec<Option<u32>>,
}

impl Coded {
    /// A column of texts by number.
    pub(crate) fn of(frame: &DataFrame, name: &str) -> Option<Self> {
        let texts = texts(frame, name)?;
        let mut numbers: HashMap<&str, u32> = HashMap::new();
        let mut coded = Self { names: Vec::new(), rows: Vec::with_capacity(texts.len()) };
        for text in texts.iter() {
            let number = text.map(|text| {
                *numbers.entry(text).or_insert_with(|| {
                    coded.names.push(text.to_owned());
                    // A frame has fewer rows than that.
                    u32::try_from(coded.names.len() - 1).unwrap_or(u32::MAX)
                })
            });
            coded.rows.push(number);
        }
        Some(coded)
    }

    /// The text of a row.
    pub(crate) fn at(&self, row: usize) -> Option<&str> {
        self.rows.get(row).copied().flatten().map(|number| self.names[number as usize].as_str())
    }

    /// How many rows, of these, each text has, in the order of the texts.
    pub(crate) fn counts(&self, rows: impl Iterator<Item = usize>) -> Vec<u64> {
        let mut counts = vec![0; self.names.len()];
        for number in rows.filter_map(|row| self.rows[row]) {
            counts[number as usize] += 1;
        }
        counts
    }
}

#[cfg(test)]
mod tests {
    use polars::prelude::df;

    use super::*;

    #[test]
    fn times_are_the_same_from_every_format() {
        let frame = df!["a" => ["2024-01-31T00:00:00.000Z", "2024-01-31T00:00:00.000", "2024-01-31", "soon"]].unwrap();
        let january = Some(1_706_659_200_000);
        assert_eq!(times(&frame, "a").unwrap(), [january, january, january, None]);
        let typed = frame.column("a").unwrap().slice(1, 1);
        let micro = typed.str().unwrap().iter().map(|_| january.map(|ms| ms * 1000)).collect::<Vec<_>>();
        let column = polars::prelude::Column::new("b".into(), micro)
            .cast(&DataType::Datetime(TimeUnit::Microseconds, None))
            .unwrap();
        assert_eq!(times(&DataFrame::new(1, vec![column]).unwrap(), "b").unwrap(), [january]);
        assert_eq!(times(&frame, "c"), None);
    }

    #[test]
    fn deleted_rows_are_left_out_and_counted_as_flags_and_as_text() {
        let flags = df!["deleted" => [Some(true), Some(false), None], "x" => [1, 2, 3]].unwrap();
        let texts_ = df!["deleted" => [Some("true"), Some("false"), None], "x" => [1, 2, 3]].unwrap();
        for frame in [flags, texts_] {
            let (kept, deleted) = without_deleted(frame);
            assert_eq!((kept.height(), deleted), (2, 1));
        }
        assert_eq!(without_deleted(df!["x" => [1]].unwrap()).1, 0);
    }

    #[test]
    fn lists_are_read_as_lists_and_as_the_json_of_csv_files() {
        let frame = df!["a" => [Some("[\"x\",\"y\"]"), None]].unwrap();
        assert_eq!(lists(&frame, "a").unwrap(), [vec!["x".to_owned(), "y".to_owned()], vec![]]);
    }

    #[test]
    fn texts_get_numbers_in_the_order_in_which_they_come() {
        let frame = df!["a" => [Some("x"), Some("y"), None, Some("x")]].unwrap();
        let coded = Coded::of(&frame, "a").unwrap();
        assert_eq!((coded.names.join(""), coded.at(3), coded.at(2)), ("xy".to_owned(), Some("x"), None));
        assert_eq!(coded.counts(0..4), [2, 1]);
    }
}
