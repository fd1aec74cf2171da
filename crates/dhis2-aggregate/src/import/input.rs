//! From a frame to rows that can be sent, and to reasons for those that cannot.

use std::collections::{HashMap, HashSet};
use std::fmt;

use dhis2_api::Uid;
use dhis2_api::dialect::Dialect;
use dhis2_api::period::Period;
use polars::prelude::{DataFrame, DataType, StringChunked};

use super::COLUMNS;
use super::options::{ImportOptions, ImportStrategy};
use super::report::{Cause, Line, Outcome, lines};
use super::row::{Key, Row};
use super::value_type::stored;
use crate::error::InputError;

/// How many other rows a message names.
const ROWS_NAMED: usize = 5;

/// The rows to import, read.
pub(crate) struct Input {
    /// The five key columns, mapped; what could not be mapped as it was given.
    pub(crate) ids: Vec<StringChunked>,
    /// What is known of every row.
    pub(crate) lines: Vec<Line>,
    /// The rows that can be sent, ordered by their keys.
    pub(crate) rows: Vec<Row>,
    /// Rows that say the same as another, with that other.
    pub(crate) alike: Vec<(usize, usize)>,
    /// Rows of which an earlier run could not tell what became of them, with the value that the server held before it.
    pub(crate) unknown: HashMap<usize, Option<Box<str>>>,
}

impl fmt::Debug for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Input")
            .field("rows", &self.lines.len())
            .field("sendable", &self.rows.len())
            .finish_non_exhaustive()
    }
}

impl Input {
    /// Reads the rows: maps their ids, and rejects those with something missing, unmapped, malformed or said twice.
    pub(crate) fn read(data: &DataFrame, options: &ImportOptions, dialect: &Dialect) -> Result<Self, InputError> {
        let height = data.height();
        if u32::try_from(height).is_err() {
            return Err(InputError::TooMany { rows: height });
        }
        let mut lines_ = vec![Line::new(); height];
        let mappings = [
            options.data_elements.as_ref(),
            None,
            options.org_units.as_ref(),
            options.category_option_combos.as_ref(),
            options.attribute_option_combos.as_ref(),
        ];
        let mut ids = Vec::with_capacity(mappings.len());
        for (name, mapping) in COLUMNS.into_iter().zip(mappings) {
            ids.push(mapped(&column(data, name)?, name, mapping, &mut lines_));
        }
        let values = match column(data, "value") {
            // What is deleted needs no value.
            Err(InputError::MissingColumn { .. }) if options.strategy == ImportStrategy::Delete => {
                std::iter::repeat_n(None::<&str>, height).collect()
            }
            values => values?,
        };
        let mut rows = Vec::with_capacity(height);
        for (line, told) in lines_.iter_mut().enumerate() {
            if told.cause.is_some() {
                continue;
            }
            let value: Option<Box<str>> = values.get(line).map(Into::into);
            match key(&ids, line, dialect) {
                Ok(key) if value.is_some() || options.strategy == ImportStrategy::Delete => {
                    rows.push(Row { line, key, value });
                }
                Ok(_) => told.end(Outcome::Rejected, Some(Cause::new("null", "`value` is null"))),
                Err(cause) => told.end(Outcome::Rejected, Some(cause)),
            }
        }
        rows.sort_unstable_by_key(|row| (row.key, row.line));
        let mut input = Self { ids, lines: lines_, rows, alike: Vec::new(), unknown: HashMap::new() };
        input.reject_duplicates(options.strategy);
        if let Some(report) = &options.resume {
            input.resume(report)?;
        }
        Ok(input)
    }

    /// Of rows that say the same of the same key one goes; where they contradict each other, none.
    fn reject_duplicates(&mut self, strategy: ImportStrategy) {
        let lines = &mut self.lines;
        let mut kept = Vec::with_capacity(self.rows.len());
        for same in self.rows.chunk_by(|a, b| a.key == b.key) {
            let alike = strategy == ImportStrategy::Delete || same.iter().all(|row| row.value == same[0].value);
            if alike {
                kept.push(same[0].clone());
                self.alike.extend(same[1..].iter().map(|row| (row.line, same[0].line)));
                continue;
            }
            for row in same {
                let others = same.iter().filter(|other| other.line != row.line).take(ROWS_NAMED);
                let others: Vec<String> = others.map(|other| other.line.to_string()).collect();
                let more = if same.len() > ROWS_NAMED + 1 { " and more" } else { "" };
                let message = format!("other values for the same key are in rows {}{more}", others.join(", "));
                lines[row.line].end(Outcome::Rejected, Some(Cause::new("duplicate", message)));
            }
        }
        self.rows = kept;
    }

    /// Keeps what an earlier run did.
    fn resume(&mut self, report: &DataFrame) -> Result<(), InputError> {
        let earlier = lines(report, &self.ids)?;
        self.rows.retain(|row| {
            let then = &earlier[row.line];
            match then.outcome {
                Outcome::NotSent | Outcome::Unknown => true,
                // What was done says nothing of another value.
                Outcome::Imported | Outcome::Updated => !is_stored_as(row.value.as_deref(), then.after.as_deref()),
                Outcome::Ignored | Outcome::Deleted | Outcome::Rejected => false,
            }
        });
        let open: HashSet<usize> = self.rows.iter().map(|row| row.line).collect();
        for (line, (now, then)) in self.lines.iter_mut().zip(earlier).enumerate() {
            match then.outcome {
                Outcome::Unknown if open.contains(&line) => drop(self.unknown.insert(line, then.before)),
                Outcome::NotSent | Outcome::Unknown => {}
                _ if open.contains(&line) => {}
                _ => *now = then,
            }
        }
        Ok(())
    }
}

/// Rows that say the same as another: nothing is left for them to do where that one went in, else they fare like it.
pub(crate) fn settle_alike(lines: &mut [Line], alike: &[(usize, usize)]) {
    for (line, other) in alike {
        let first = lines[*other].clone();
        if first.outcome.is_error() {
            lines[*line] = first;
        } else {
            lines[*line].end(Outcome::Ignored, Some(Cause::new("duplicate", format!("row {other} says the same"))));
            lines[*line].before.clone_from(&first.after);
            lines[*line].after = first.after;
        }
    }
}

/// Whether a value is stored as this text; which spelling is, depends on the value type.
fn is_stored_as(value: Option<&str>, text: Option<&str>) -> bool {
    ["", "BOOLEAN"].into_iter().any(|value_type| value.map(|value| stored(value_type, value)).as_deref() == text)
}

/// A column of text.
fn column(data: &DataFrame, name: &'static str) -> Result<StringChunked, InputError> {
    let column = data.column(name).map_err(|_| InputError::MissingColumn { column: name })?;
    match column.dtype() {
        DataType::String => Ok(column.str()?.clone()),
        // A column without a single value has no type.
        DataType::Null => Ok(column.cast(&DataType::String)?.str()?.clone()),
        found => Err(InputError::ColumnType { column: name, found: found.clone() }),
    }
}

/// The ids that the server knows. Rows without one are rejected.
fn mapped(
    given: &StringChunked,
    name: &str,
    mapping: Option<&HashMap<String, String>>,
    lines: &mut [Line],
) -> StringChunked {
    let ids: StringChunked = given
        .iter()
        .zip(lines)
        .map(|(id, line)| {
            let Some(id) = id else {
                line.end(Outcome::Rejected, Some(Cause::new("null", format!("`{name}` is null"))));
                return None;
            };
            let Some(mapping) = mapping else { return Some(id) };
            let uid = mapping.get(id).map(String::as_str);
            if uid.is_none() {
                line.end(
                    Outcome::Rejected,
                    Some(Cause::new("unmapped", format!("the mapping has no `{name}` of this id"))),
                );
            }
            Some(uid.unwrap_or(id))
        })
        .collect();
    ids
}

fn key(ids: &[StringChunked], line: usize, dialect: &Dialect) -> Result<Key, Cause> {
    let text = |column: usize| ids[column].get(line).unwrap_or_default();
    let uid = |column: usize| {
        Uid::parse(text(column)).map_err(|error| Cause::new("not_a_uid", format!("`{}`: {error}", COLUMNS[column])))
    };
    let period = Period::parse(text(1)).map_err(|error| Cause::new("period", error.to_string()))?;
    if dialect.unknown_period_types.contains(&period.period_type()) {
        let message = format!("this version of DHIS2 has no periods of type {}", period.period_type().name());
        return Err(Cause::new("period", message));
    }
    Ok(Key { element: uid(0)?, period, unit: uid(2)?, combo: uid(3)?, attribute: uid(4)? })
}

#[cfg(test)]
mod tests;
