//! A frame's first rows as a table, one line a row.

use comfy_table::{ContentArrangement, Table, presets};
use dhis2::polars::prelude::{AnyValue, Column, DataFrame};

/// The longest text that a cell shows.
const CELL: usize = 24;

/// The first rows, in columns as wide as their texts.
pub(crate) fn head(frame: &DataFrame, rows: usize) -> String {
    let mut table = Table::new();
    table.load_preset(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(frame.columns().iter().map(Column::name));
    for row in 0..rows.min(frame.height()) {
        table.add_row(frame.columns().iter().map(|column| cell(column, row)));
    }
    table.to_string()
}

fn cell(column: &Column, row: usize) -> String {
    let text = match column.get(row) {
        Ok(AnyValue::String(text)) => text.replace(['\n', '\t'], " "),
        Ok(AnyValue::Null) | Err(_) => String::new(),
        Ok(value) => value.to_string(),
    };
    match text.char_indices().nth(CELL) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}
