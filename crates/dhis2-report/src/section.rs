//! The parts of a page: words, charts, and tables of the charts' figures.

use serde_json::Value;

/// A part of the page under a heading of its own.
#[derive(Debug)]
pub(crate) struct Section {
    pub(crate) title: String,
    /// What is seen, and how it was counted; a paragraph each.
    pub(crate) words: Vec<String>,
    pub(crate) charts: Vec<Chart>,
    /// Figures that no chart shows.
    pub(crate) tables: Vec<Table>,
    /// The most important figures, for programs.
    pub(crate) figures: Value,
}

/// A chart, and the same in words and figures.
#[derive(Debug)]
pub(crate) struct Chart {
    /// Nothing where the section's title is enough.
    pub(crate) title: Option<String>,
    /// What it shows, for those who do not see it.
    pub(crate) words: String,
    pub(crate) drawing: Drawing,
    pub(crate) table: Table,
}

/// What the chart library gets.
#[derive(Debug, Default)]
pub(crate) struct Drawing {
    pub(crate) option: Value,
    /// What is different on a wide page, and on a narrow one.
    pub(crate) wide: Value,
    pub(crate) narrow: Value,
    /// In pixels.
    pub(crate) height: usize,
    /// Height by width, where that decides.
    pub(crate) aspect: Option<f64>,
    /// The `GeoJSON` of a map.
    pub(crate) map: Option<Value>,
    /// The series of dots for squares on a map, and how large they are.
    pub(crate) squares: Value,
}

/// A table.
#[derive(Debug, Default)]
pub(crate) struct Table {
    pub(crate) caption: String,
    pub(crate) head: Vec<String>,
    pub(crate) rows: Vec<Vec<Cell>>,
}

/// A cell of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Cell {
    Text(String),
    Number(String),
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<u64> for Cell {
    fn from(number: u64) -> Self {
        Self::Number(thousands(number))
    }
}

impl From<f64> for Cell {
    fn from(number: f64) -> Self {
        Self::Number(short(number))
    }
}

impl Table {
    pub(crate) fn new(caption: &str, head: &[&str]) -> Self {
        let head = head.iter().map(|name| (*name).to_owned()).collect();
        Self { caption: caption.to_owned(), head, rows: Vec::new() }
    }
}

/// `1,234,567`.
pub(crate) fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A number with about four digits that count: `1,235`, `12.35`, `0.001235`.
pub(crate) fn short(number: f64) -> String {
    if number == 0.0 {
        return "0".to_owned();
    }
    let size = number.abs();
    if !(1e-4..1e15).contains(&size) {
        return format!("{number:.3e}");
    }
    // The power of ten is small after the line above.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let decimals = (3.0 - size.log10().floor()).clamp(0.0, 8.0) as usize;
    let text = format!("{size:.decimals$}");
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let fraction = fraction.trim_end_matches('0');
    let whole = whole.parse().map_or_else(|_| whole.to_owned(), thousands);
    let sign = if number < 0.0 { "−" } else { "" };
    if fraction.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") }
}

/// `rows`, `entities`.
pub(crate) fn plural(what: &str) -> String {
    match what.strip_suffix('y') {
        Some(stem) if !what.ends_with("ay") => format!("{stem}ies"),
        _ => format!("{what}s"),
    }
}

/// `1 row`, `2 rows`.
pub(crate) fn count(number: u64, what: &str) -> String {
    let what = if number == 1 { what.to_owned() } else { plural(what) };
    format!("{} {what}", thousands(number))
}

/// `1 is`, `2 are`.
pub(crate) fn are(number: u64) -> String {
    format!("{} {}", thousands(number), if number == 1 { "is" } else { "are" })
}

/// How much of a whole, in percent: `12.5 %`.
pub(crate) fn percent(part: u64, whole: u64) -> String {
    if whole == 0 { "–".to_owned() } else { format!("{:.1} %", share(part, whole)) }
}

/// How much of a whole, from 0 to 100.
#[allow(clippy::cast_precision_loss)] // counts of rows
pub(crate) fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 * 100.0 / whole as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_for_people() {
        assert_eq!([0, 999, 1_000, 1_234_567].map(thousands), ["0", "999", "1,000", "1,234,567"]);
        let numbers = [0.0, 1234.5, 12.345, -0.5, 0.001_234_56, 1e20, 1_234_567.0, 100.0];
        let texts = ["0", "1,234", "12.35", "−0.5", "0.001235", "1.000e20", "1,234,567", "100"];
        assert_eq!(numbers.map(short), texts);
        assert_eq!(
            [count(1, "row"), count(2_000, "row"), count(2, "day"), count(0, "entry")],
            ["1 row", "2,000 rows", "2 days", "0 entries"]
        );
        assert_eq!([percent(1, 8), percent(0, 0)], ["12.5 %", "–"]);
    }
}
