//! Rows as texts, to be compared as sets.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use dhis2::api::datetime::Instant;
use dhis2::polars::prelude::*;

/// A row: its cells as texts. Instants are RFC 3339 in UTC with milliseconds, geometries [`canonical`], lists in
/// the order of the alphabet; null is `None`.
pub type Row = Vec<Option<String>>;

/// The rows of a frame.
pub fn of_frame(frame: &DataFrame) -> Vec<Row> {
    let columns: Vec<Vec<Option<String>>> = frame
        .columns()
        .iter()
        .map(|column| match column.name().as_str() {
            "geometry" => cells(column).into_iter().map(|cell| cell.as_deref().map(canonical)).collect(),
            _ => cells(column),
        })
        .collect();
    (0..frame.height()).map(|row| columns.iter().map(|column| column[row].clone()).collect()).collect()
}

/// GeoJSON whose keys are in the order of the alphabet: a database and a server need not write it alike.
pub fn canonical(geojson: &str) -> String {
    serde_json::from_str::<serde_json::Value>(geojson).unwrap().to_string()
}

fn cells(column: &Column) -> Vec<Option<String>> {
    match column.dtype() {
        DataType::String => column.str().unwrap().iter().map(|cell| cell.map(str::to_owned)).collect(),
        DataType::Int64 => column.i64().unwrap().iter().map(|cell| cell.map(|n| n.to_string())).collect(),
        DataType::Float64 => column.f64().unwrap().iter().map(|cell| cell.map(|n| n.to_string())).collect(),
        DataType::Boolean => column.bool().unwrap().iter().map(|cell| cell.map(|b| b.to_string())).collect(),
        DataType::Datetime(TimeUnit::Milliseconds, Some(zone)) if zone.as_str() == "UTC" => {
            let physical = column.to_physical_repr();
            physical.i64().unwrap().iter().map(|cell| cell.map(|ms| Instant(ms).to_string())).collect()
        }
        DataType::Datetime(TimeUnit::Milliseconds, None) => {
            let physical = column.to_physical_repr();
            physical.i64().unwrap().iter().map(|cell| cell.map(|ms| Instant(ms).to_string())).collect()
        }
        DataType::List(_) => (0..column.len()).map(|row| list(&column.get(row).unwrap())).collect(),
        other => panic!("no extract has a column of type {other}"),
    }
}

/// The texts of a list in the order of the alphabet.
fn list(cell: &AnyValue<'_>) -> Option<String> {
    let AnyValue::List(texts) = cell else { return None };
    let mut texts: Vec<&str> = texts.str().unwrap().iter().flatten().collect();
    texts.sort_unstable();
    Some(texts.join(" "))
}

/// The rows of a table with a header. An empty cell is null: no table here holds empty texts. Wall-clock times
/// (`occurred_at`) get the label UTC, as they have in a frame.
pub fn of_csv(text: &str) -> Vec<Row> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let wall_clock: Vec<bool> = reader.headers().unwrap().iter().map(|name| name == "occurred_at").collect();
    let cell = |(text, &wall): (&str, &bool)| match (text, wall) {
        ("", _) => None,
        (text, true) if !text.ends_with('Z') => Some(format!("{text}Z")),
        (text, _) => Some(text.to_owned()),
    };
    reader.records().map(|record| record.unwrap().iter().zip(&wall_clock).map(cell).collect()).collect()
}

/// Fails with the differences where two sets of rows are not the same, each row as often.
pub fn assert_same(what: &str, found: Vec<Row>, expected: Vec<Row>) {
    let (found_len, expected_len) = (found.len(), expected.len());
    let mut balance: BTreeMap<Row, i64> = BTreeMap::new();
    for row in found {
        *balance.entry(row).or_default() += 1;
    }
    for row in expected {
        *balance.entry(row).or_default() -= 1;
    }
    balance.retain(|_, times| *times != 0);
    if balance.is_empty() {
        return;
    }
    let mut message = format!("{what}: {found_len} rows, expected {expected_len}");
    for (title, sign) in [("too many", 1), ("missing", -1)] {
        let those: Vec<_> = balance.iter().filter(|(_, times)| **times * sign > 0).collect();
        // Writing to a String cannot fail.
        let _ = write!(message, "\n{} {title}", those.len());
        for (row, times) in those.iter().take(5) {
            let cells: Vec<&str> = row.iter().map(|cell| cell.as_deref().unwrap_or("null")).collect();
            let _ = write!(message, "\n  {} × {}", times.abs(), cells.join(" | "));
        }
    }
    panic!("{message}");
}
