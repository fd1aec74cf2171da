//! Conditions on objects, in DHIS2's notation, tested on what came.
//!
//! They are not sent. An object that ceases to meet one while pages are read would leave the set and move those after it to
//! an earlier page, and one of them would be lost; and servers do not agree on what a condition means: up to 2.41 they
//! compare the names of options instead of their codes, and `filter=UID` means nothing to some (wire document, section 1.3).

use std::cmp::Ordering;

use dhis2_api::Uid;
use dhis2_api::datetime::Instant;
use dhis2_frame::{ColumnType, FrameError, FrameSchema};
use polars::prelude::{BooleanChunked, Column, DataType, NewChunkedArray};

use crate::error::QueryError;
use crate::rows::FlatPage;

/// What an extract's rows can be asked for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Filterable {
    /// The columns.
    pub(crate) schema: &'static FrameSchema,
    /// The column of what an object has several of (data elements, attributes); `value` holds their values.
    pub(crate) item: Option<&'static str>,
}

/// A condition such as `M8hbHpWx3IB:in:B50;B51` or `status:eq:ACTIVE`. Its `Debug` leaves out the values.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct ObjectFilter {
    key: Key,
    tests: Vec<Test>,
    /// Compare as numbers: what is none does not meet the condition.
    numeric: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Key {
    Column(&'static str),
    Item(Uid),
}

#[derive(Clone, PartialEq, Eq)]
struct Test {
    operator: Operator,
    /// In lower case: servers ignore case.
    operands: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    Eq,
    Ne,
    Gt,
    Ge,
    Lt,
    Le,
    Like,
    NotLike,
    StartsWith,
    EndsWith,
    In,
    Null,
    NotNull,
    /// One of several uids, whose case matters. Has no notation.
    Is,
}

impl Operator {
    const ALL: [(&'static str, Self); 18] = [
        ("eq", Self::Eq),
        ("ieq", Self::Eq),
        ("ne", Self::Ne),
        ("neq", Self::Ne),
        ("nieq", Self::Ne),
        ("gt", Self::Gt),
        ("ge", Self::Ge),
        ("lt", Self::Lt),
        ("le", Self::Le),
        ("like", Self::Like),
        ("ilike", Self::Like),
        ("nlike", Self::NotLike),
        ("nilike", Self::NotLike),
        ("sw", Self::StartsWith),
        ("ew", Self::EndsWith),
        ("in", Self::In),
        ("null", Self::Null),
        ("!null", Self::NotNull),
    ];
}

impl std::fmt::Debug for ObjectFilter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.describe())
    }
}

impl ObjectFilter {
    /// Reads conditions, all of which must hold.
    pub(crate) fn parse_all(texts: &[String], of: Filterable) -> Result<Vec<Self>, QueryError> {
        texts.iter().map(|text| Self::parse(text, of)).collect()
    }

    /// Reads `KEY`, `KEY:operator:value` or `KEY:operator:value:operator:value`. The key is a uid where the extract has
    /// items, or a column. `KEY` alone means that there is a value.
    pub(crate) fn parse(text: &str, of: Filterable) -> Result<Self, QueryError> {
        let mut parts = split(text).into_iter();
        let key = parts.next().unwrap_or_default();
        let refuse = |problem: String| QueryError::Filter { key: key.clone(), problem };
        let columns =
            || of.schema.columns.iter().filter(|column| of.item != Some(column.name) && column.name != "value");
        let parsed = match (columns().find(|column| column.name == key), of.item) {
            (Some(column), _) => (Key::Column(column.name), Some(column.dtype)),
            (None, Some(_)) if Uid::parse(&key).is_ok() => {
                (Key::Item(Uid::parse(&key).map_err(malformed(&key))?), None)
            }
            (None, item) => {
                let names: Vec<&str> = columns().map(|column| column.name).collect();
                let item = if item.is_some() { "neither a uid nor" } else { "not" };
                return Err(refuse(format!("{item} one of the columns {}", names.join(", "))));
            }
        };
        let (key_is, dtype) = parsed;
        let mut tests = Vec::new();
        while let Some(word) = parts.next() {
            let known = Operator::ALL.iter().find(|(name, _)| word.eq_ignore_ascii_case(name));
            let Some((name, operator)) = known else {
                let names: Vec<&str> = Operator::ALL.iter().map(|(name, _)| *name).collect();
                return Err(refuse(format!("no operator stands after it: {}", names.join(", "))));
            };
            let operands = match operator {
                Operator::Null | Operator::NotNull => Vec::new(),
                _ => {
                    let value = parts.next().filter(|value| !value.is_empty());
                    let value = value.ok_or_else(|| refuse(format!("the operator {name} needs a value")))?;
                    let many = *operator == Operator::In;
                    let values: Vec<&str> = if many { value.split(';').collect() } else { vec![&value] };
                    values
                        .into_iter()
                        .map(|value| operand(value, dtype).map_err(malformed(&key)))
                        .collect::<Result<_, _>>()?
                }
            };
            tests.push(Test { operator: *operator, operands });
        }
        if tests.is_empty() {
            tests.push(Test { operator: Operator::NotNull, operands: Vec::new() });
        }
        let numeric = matches!(dtype, Some(ColumnType::Int64 | ColumnType::Float64));
        Ok(Self { key: key_is, tests, numeric })
    }

    /// A condition that a column holds one of these uids.
    pub(crate) fn one_of(column: &'static str, uids: &[Uid]) -> Self {
        let mut operands: Vec<String> = uids.iter().map(Uid::to_string).collect();
        operands.sort_unstable();
        Self { key: Key::Column(column), tests: vec![Test { operator: Operator::Is, operands }], numeric: false }
    }

    /// The data element or attribute whose value it looks at.
    pub(crate) fn item(&self) -> Option<Uid> {
        match self.key {
            Key::Item(item) => Some(item),
            Key::Column(_) => None,
        }
    }

    /// Compares as numbers from now on.
    pub(crate) fn compare_numbers(&mut self) {
        self.numeric = true;
    }

    /// For a receipt. What the values of persons are compared with stays out of it.
    pub(crate) fn describe(&self) -> String {
        let key = match &self.key {
            Key::Column(name) => (*name).to_owned(),
            Key::Item(item) => item.to_string(),
        };
        self.tests.iter().fold(key, |text, test| {
            let name =
                Operator::ALL.iter().find(|(_, operator)| *operator == test.operator).map_or("", |(name, _)| name);
            let operands = match (&self.key, test.operands.is_empty()) {
                (_, true) => String::new(),
                (Key::Column(_), false) => format!(":{}", test.operands.join(";")),
                (Key::Item(_), false) => ":…".to_owned(),
            };
            format!("{text}:{name}{operands}")
        })
    }

    /// Everything it says, values too: for a digest, and nothing that anybody reads.
    pub(crate) fn everything(&self) -> String {
        let tests = self.tests.iter().map(|test| format!("{:?}\u{1f}{}", test.operator, test.operands.join("\u{1f}")));
        format!("{:?}\u{1e}{}", self.key, tests.collect::<Vec<_>>().join("\u{1e}"))
    }

    fn holds(&self, cell: Option<&str>) -> bool {
        self.tests.iter().all(|test| test.holds(cell, self.numeric))
    }
}

impl Test {
    fn holds(&self, cell: Option<&str>, numeric: bool) -> bool {
        let Some(cell) = cell else { return self.operator == Operator::Null };
        if self.operator == Operator::Is {
            return self.operands.binary_search_by(|uid| uid.as_str().cmp(cell)).is_ok();
        }
        let cell = cell.to_lowercase();
        let compared = |operand: &String| compare(&cell, operand, numeric);
        let is = |accepted: fn(Ordering) -> bool| self.operands.iter().any(|one| compared(one).is_some_and(accepted));
        match self.operator {
            Operator::Eq | Operator::In | Operator::Is => is(Ordering::is_eq),
            Operator::Ne => !is(Ordering::is_eq),
            Operator::Gt => is(Ordering::is_gt),
            Operator::Ge => is(Ordering::is_ge),
            Operator::Lt => is(Ordering::is_lt),
            Operator::Le => is(Ordering::is_le),
            Operator::Like => self.operands.iter().any(|part| cell.contains(part.as_str())),
            Operator::NotLike => !self.operands.iter().any(|part| cell.contains(part.as_str())),
            Operator::StartsWith => self.operands.iter().any(|part| cell.starts_with(part.as_str())),
            Operator::EndsWith => self.operands.iter().any(|part| cell.ends_with(part.as_str())),
            Operator::Null => false,
            Operator::NotNull => true,
        }
    }
}

fn compare(cell: &str, operand: &str, numeric: bool) -> Option<Ordering> {
    if numeric {
        return cell.trim().parse::<f64>().ok()?.partial_cmp(&operand.trim().parse::<f64>().ok()?);
    }
    Some(cell.cmp(operand))
}

/// A value to compare with, as a cell of the column is written.
fn operand(text: &str, dtype: Option<ColumnType>) -> Result<String, dhis2_api::ApiError> {
    match dtype {
        Some(ColumnType::DatetimeUtc | ColumnType::Datetime) => Ok(Instant::parse(text)?.to_string().to_lowercase()),
        _ => Ok(text.to_lowercase()),
    }
}

fn malformed(key: &str) -> impl Fn(dhis2_api::ApiError) -> QueryError {
    move |source| QueryError::Filter { key: key.to_owned(), problem: source.to_string() }
}

/// Parts between colons. `/:`, `/,` and `//` stand for the character after the slash, as in DHIS2.
fn split(text: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut characters = text.trim().chars().peekable();
    while let Some(character) = characters.next() {
        let escaped = (character == '/').then(|| characters.next_if(|next| matches!(next, ':' | ',' | '/'))).flatten();
        match (escaped, character) {
            (None, ':') => parts.push(String::new()),
            (escaped, plain) => {
                if let Some(part) = parts.last_mut() {
                    part.push(escaped.unwrap_or(plain));
                }
            }
        }
    }
    parts
}

/// Keeps the objects that meet all conditions, with all of their rows.
pub(crate) fn keep(page: FlatPage, filters: &[ObjectFilter], of: Filterable) -> Result<FlatPage, FrameError> {
    if filters.is_empty() || page.frame.height() == 0 {
        return Ok(page);
    }
    let height = page.frame.height();
    let ends = page.starts.iter().skip(1).map(|start| *start as usize).chain([height]);
    let objects: Vec<(usize, usize)> = page.starts.iter().map(|start| *start as usize).zip(ends).collect();
    let mut kept = vec![true; objects.len()];
    for filter in filters {
        match filter.key {
            Key::Column(name) => {
                let cells = texts(page.frame.column(name)?);
                for (keep, (start, _)) in kept.iter_mut().zip(&objects) {
                    *keep = *keep && filter.holds(cells[*start].as_deref());
                }
            }
            Key::Item(item) => {
                let items = page.frame.column(of.item.unwrap_or_default())?.str()?;
                let values = page.frame.column("value")?.str()?;
                for (keep, (start, end)) in kept.iter_mut().zip(&objects) {
                    let row = (*start..*end).find(|row| items.get(*row) == Some(item.as_str()));
                    *keep = *keep && filter.holds(row.and_then(|row| values.get(row)));
                }
            }
        }
    }
    let (mut mask, mut starts, mut updated) = (Vec::with_capacity(height), Vec::new(), Vec::new());
    let mut rows = 0;
    for (number, (keep, (start, end))) in kept.into_iter().zip(objects).enumerate() {
        mask.resize(end, keep);
        if keep {
            starts.push(rows);
            updated.push(page.updated.get(number).copied().unwrap_or(i64::MIN));
            rows += u32::try_from(end - start).unwrap_or(u32::MAX);
        }
    }
    let frame = page.frame.filter(&BooleanChunked::from_slice("kept".into(), &mask))?;
    Ok(FlatPage { frame, starts, updated, ..page })
}

/// Cells as texts: times as RFC 3339 in UTC with milliseconds.
fn texts(column: &Column) -> Vec<Option<String>> {
    let cells = 0..column.len();
    if let Ok(column) = column.str() {
        return cells.map(|row| column.get(row).map(str::to_owned)).collect();
    }
    if matches!(column.dtype(), DataType::Datetime(..)) {
        let physical = column.to_physical_repr();
        if let Ok(column) = physical.i64() {
            return cells.map(|row| column.get(row).map(|ms| Instant(ms).to_string())).collect();
        }
    }
    cells.map(|row| column.get(row).ok().filter(|cell| !cell.is_null()).map(|cell| cell.to_string())).collect()
}

#[cfg(test)]
mod tests;
