//! Rows as texts, to be compared as sets.

use std::collections::BTreeMap;

use dhis2_api::datetime::Instant;
use polars::prelude::*;

/// A row: its cells as texts. Instants are RFC 3339 in UTC with milliseconds; null is `None`.
pub(crate) type Row = Vec<Option<String>>;

/// Some columns of a frame.
pub(crate) fn of_frame(frame: &DataFrame, columns: &[&str]) -> Vec<Row> {
    let columns: Vec<Vec<Option<String>>> = columns.iter().map(|name| cells(frame.column(name).unwrap())).collect();
    (0..frame.height()).map(|row| columns.iter().map(|column| column[row].clone()).collect()).collect()
}

/// The cells of a column.
pub(crate) fn cells(column: &Column) -> Vec<Option<String>> {
    match column.dtype() {
        DataType::String => column.str().unwrap().iter().map(|cell| cell.map(str::to_owned)).collect(),
        DataType::Boolean => column.bool().unwrap().iter().map(|cell| cell.map(|b| b.to_string())).collect(),
        DataType::Datetime(TimeUnit::Milliseconds, Some(zone)) if zone.as_str() == "UTC" => {
            let physical = column.to_physical_repr();
            physical.i64().unwrap().iter().map(|cell| cell.map(|ms| Instant(ms).to_string())).collect()
        }
        other => panic!("no extract has a column of type {other}"),
    }
}

/// A recorded table: its columns and rows. An empty cell is null. Times without a zone get the label UTC, as they have in
/// a frame, and `_server_local` is dropped from the names of their columns.
pub(crate) fn of_csv(text: &str) -> (Vec<String>, Vec<Row>) {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let names: Vec<String> =
        reader.headers().unwrap().iter().map(|name| name.trim_end_matches("_server_local").to_owned()).collect();
    let cell = |(text, name): (&str, &String)| match text {
        "" => None,
        "t" => Some("true".to_owned()),
        "f" => Some("false".to_owned()),
        text if name.ends_with("_at") => Some(Instant::parse(text).unwrap().to_string()),
        text => Some(text.to_owned()),
    };
    let rows = reader.records().map(|record| record.unwrap().iter().zip(&names).map(cell).collect()).collect();
    (names, rows)
}

/// Fails with the differences where a frame does not hold these rows in these columns, each once and no others.
pub(crate) fn assert_same(what: &str, frame: &DataFrame, csv: &str, wanted: impl Fn(&[String], &Row) -> bool) {
    let (names, expected) = of_csv(csv);
    let names_of: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut balance: BTreeMap<Row, i64> = BTreeMap::new();
    for row in of_frame(frame, &names_of) {
        *balance.entry(row).or_default() += 1;
    }
    let mut rows = 0;
    for row in expected.into_iter().filter(|row| wanted(&names, row)) {
        *balance.entry(row).or_default() -= 1;
        rows += 1;
    }
    assert!(rows > 0, "{what}: nothing is expected, which proves nothing");
    balance.retain(|_, times| *times != 0);
    let shown: Vec<_> = balance.iter().take(6).collect();
    assert!(balance.is_empty(), "{what}: {} rows differ of {rows}: {shown:?}", balance.len());
}

/// Every row is wanted.
pub(crate) fn all(_: &[String], _: &Row) -> bool {
    true
}

/// The first row of each key: a frame of objects from one of their parts.
pub(crate) fn objects(frame: &DataFrame, key: &str) -> DataFrame {
    let mut seen = std::collections::HashSet::new();
    let keys = frame.column(key).unwrap().str().unwrap().clone();
    let first: Vec<bool> = keys.iter().map(|key| seen.insert(key.unwrap())).collect();
    frame.filter(&BooleanChunked::from_slice("first".into(), &first)).unwrap()
}
