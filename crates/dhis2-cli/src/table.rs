//! Tables on standard output. On a terminal they fit its width.

use comfy_table::{ContentArrangement, Table, presets};
use dhis2::polars::prelude::{AnyValue, Column, DataFrame};
use unicode_width::UnicodeWidthStr;

/// The longest text that a cell of a frame shows.
const CELL: usize = 24;

/// What parts two columns.
const GAP: usize = 2;

/// An empty table with these headings, whose long texts are wrapped where a terminal is too narrow for them.
pub(crate) fn table<const N: usize>(headings: [&str; N]) -> Table {
    let mut table = Table::new();
    table.load_preset(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic).set_header(headings);
    table
}

/// How many characters stand side by side on the terminal; none where a program reads.
fn terminal_width() -> Option<usize> {
    Table::new().width().map(usize::from)
}

/// A frame's first rows, one line a row, as many columns as fit the terminal. The others are named below.
pub(crate) fn head(frame: &DataFrame, rows: usize) -> String {
    head_within(frame, rows, terminal_width())
}

fn head_within(frame: &DataFrame, rows: usize, width: Option<usize>) -> String {
    let columns: Vec<Vec<String>> = frame
        .columns()
        .iter()
        .map(|column| {
            let cells = (0..rows.min(frame.height())).map(|row| cell(column, row));
            std::iter::once(column.name().to_string()).chain(cells).collect()
        })
        .collect();
    let widths: Vec<usize> = columns.iter().map(|column| widest(column)).collect();
    let shown = width.map_or(columns.len(), |width| how_many(&widths, width));
    let mut lines = Vec::new();
    for row in 0..=rows.min(frame.height()) {
        let mut line = String::new();
        for (column, wide) in columns[..shown].iter().zip(&widths) {
            let cell = &column[row];
            line.push_str(cell);
            line.extend(std::iter::repeat_n(' ', wide + GAP - cell.width()));
        }
        lines.push(line.trim_end().to_owned());
    }
    let hidden: Vec<&str> = columns[shown..].iter().map(|column| column[0].as_str()).collect();
    if !hidden.is_empty() {
        lines.extend(wrapped(&format!("… and {} more columns: {}", hidden.len(), hidden.join(", ")), width));
    }
    lines.join("\n")
}

fn widest(column: &[String]) -> usize {
    column.iter().map(|cell| cell.width()).max().unwrap_or_default()
}

/// How many columns fit side by side; one at least.
fn how_many(widths: &[usize], width: usize) -> usize {
    let mut taken = 0;
    let fitting = widths.iter().take_while(|wide| {
        taken += *wide + GAP;
        taken - GAP <= width
    });
    fitting.count().max(1).min(widths.len())
}

/// The words of a text in lines so wide.
fn wrapped(text: &str, width: Option<usize>) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let line = lines.last_mut().filter(|line| width.is_none_or(|width| line.width() + 1 + word.width() <= width));
        match line {
            Some(line) if line.is_empty() => line.push_str(word),
            Some(line) => line.extend([" ", word]),
            None => lines.push(word.to_owned()),
        }
    }
    lines
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

#[cfg(test)]
mod tests {
    use dhis2::polars::df;

    use super::*;

    fn frame() -> DataFrame {
        df![
            "event_id" => ["a8v6Bcd1234", "b8v6Bcd1234"],
            "name" => ["Ngelehun", "A clinic with a name that is longer than a cell"],
            "value" => [Some(1), None],
        ]
        .unwrap()
    }

    #[test]
    fn a_program_gets_all_columns() {
        let shown = head_within(&frame(), 1, None);
        assert_eq!(shown, "event_id     name      value\na8v6Bcd1234  Ngelehun  1");
    }

    #[test]
    fn no_line_is_wider_than_the_terminal_and_what_is_left_out_is_named() {
        for width in 12..60 {
            let shown = head_within(&frame(), 2, Some(width));
            assert!(shown.lines().all(|line| line.width() <= width), "{width}:\n{shown}");
            let flat = shown.replace('\n', " ");
            assert!(["event_id", "name", "value"].iter().all(|name| flat.contains(name)), "{width}:\n{shown}");
        }
        assert!(head_within(&frame(), 2, Some(40)).ends_with("\n… and 1 more columns: value"));
    }
}
