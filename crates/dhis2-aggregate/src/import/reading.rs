//! What a server's report says of the rows that were sent.

use std::collections::{BTreeMap, HashSet};

use dhis2_api::Uid;
use dhis2_api::import::{Conflict, ImportCount, ImportStatus, ImportSummary};

use super::report::{Cause, Outcome};
use super::row::Key;

/// A report, in terms of the rows sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Reading {
    /// The server judged every row by itself.
    Rows {
        /// The rows that it did not take.
        rejected: BTreeMap<usize, Cause>,
        /// Reasons for which it named no row.
        unplaced: Vec<Cause>,
    },
    /// The server refused the request as a whole: nothing was stored.
    Refused {
        /// The rows at fault, as far as the refusal names them.
        named: BTreeMap<usize, Cause>,
        /// Why, in the first of its reasons.
        cause: Cause,
    },
}

/// Reads a report on these rows, sent for a data set where the server must be told.
pub(crate) fn read(summary: &ImportSummary, keys: &[Key], data_set: Option<Uid>) -> Reading {
    let causes = || summary.conflicts.iter().map(cause_of);
    if is_refusal(summary, keys.len()) {
        let mut named = BTreeMap::new();
        for conflict in &summary.conflicts {
            for row in at_fault(conflict, keys, data_set) {
                named.entry(row).or_insert_with(|| cause_of(conflict));
            }
        }
        let why = summary.description.as_deref().unwrap_or("the server refused the import without a reason");
        return Reading::Refused { named, cause: causes().next().unwrap_or_else(|| Cause::new("refused", why)) };
    }
    let (mut rejected, mut unplaced) = (BTreeMap::new(), Vec::new());
    for conflict in &summary.conflicts {
        let rows = places(conflict, keys.len());
        if rows.is_empty() {
            unplaced.push(cause_of(conflict));
        }
        for row in rows {
            rejected.entry(row).or_insert_with(|| cause_of(conflict));
        }
    }
    Reading::Rows { rejected, unplaced }
}

/// Whether the report's counts are what one expects when the rows that were not rejected met these ends. `by_kind`: the
/// server tells new values from changed ones.
pub(crate) fn counts_agree(count: &ImportCount, accepted: impl Iterator<Item = Outcome>, by_kind: bool) -> bool {
    let mut expected = ImportCount::default();
    for outcome in accepted {
        match outcome {
            Outcome::Imported => expected.imported += 1,
            Outcome::Updated => expected.updated += 1,
            _ => expected.deleted += 1,
        }
    }
    if by_kind {
        (count.imported, count.updated, count.deleted) == (expected.imported, expected.updated, expected.deleted)
    } else {
        (count.imported + count.updated, count.deleted) == (expected.imported + expected.updated, expected.deleted)
    }
}

/// An error that leaves rows uncounted is about the request. One about rows counts each of them.
fn is_refusal(summary: &ImportSummary, rows: usize) -> bool {
    let ImportCount { imported, updated, ignored, deleted } = summary.import_count;
    summary.status == ImportStatus::Error && imported + updated + ignored + deleted < rows as u64
}

fn cause_of(conflict: &Conflict) -> Cause {
    Cause::new(conflict.error_code.clone().unwrap_or_else(|| "rejected".to_owned()), &conflict.message)
}

/// The rows that a conflict names by their places.
fn places(conflict: &Conflict, rows: usize) -> Vec<usize> {
    let valid = |index: &i64| usize::try_from(*index).ok().filter(|row| *row < rows);
    conflict.indexes.iter().filter_map(valid).collect()
}

/// The rows at fault for a refusal. Places count where they are some but not all: servers also name every row, or none.
/// A message about nothing but the data set is about every row.
fn at_fault(conflict: &Conflict, keys: &[Key], data_set: Option<Uid>) -> Vec<usize> {
    let placed: HashSet<usize> = places(conflict, keys.len()).into_iter().collect();
    match keys.len() {
        1 => vec![0],
        rows if !placed.is_empty() && placed.len() < rows => placed.into_iter().collect(),
        rows if is_about(&conflict.message, data_set) => (0..rows).collect(),
        _ => named(&conflict.message, keys),
    }
}

/// Whether a message names the data set, and nothing else that could tell rows apart.
fn is_about(message: &str, data_set: Option<Uid>) -> bool {
    let ids = Uid::find_in(message);
    !message.contains('[') && !ids.is_empty() && ids.iter().all(|id| Some(*id) == data_set)
}

/// The rows that a message names by their keys, such as `Data set pPqq629bfL1 + data element KcNX91wS0l9 not usable with
/// category option combo(s): [mBxIoOg72GX]`: those with all of what stands before the brackets, as far as any row has it,
/// and one of what stands in them.
fn named(message: &str, keys: &[Key]) -> Vec<usize> {
    let (outside, inside) = match message.split_once('[') {
        Some((outside, rest)) => (outside, rest.split_once(']').map_or(rest, |(inside, _)| inside)),
        None => (message, ""),
    };
    let is_in = |key: &Key, id: &Uid| [key.unit, key.element, key.combo, key.attribute].contains(id);
    let mut all: Vec<Uid> = Uid::find_in(outside);
    all.retain(|id| keys.iter().any(|key| is_in(key, id)));
    let any: HashSet<&str> =
        inside.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect();
    if all.is_empty() && any.is_empty() {
        return Vec::new();
    }
    let kind = Kind::of_last(outside);
    let has_one = |key: &Key| {
        any.is_empty()
            || Kind::ALL.iter().any(|(_, other)| kind.is_none_or(|kind| kind == *other) && other.is_among(key, &any))
    };
    let at_fault = |key: &Key| all.iter().all(|id| is_in(key, id)) && has_one(key);
    (0..keys.len()).filter(|row| at_fault(&keys[*row])).collect()
}

/// What a message speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Element,
    Period,
    Unit,
    Combo,
    Attribute,
}

impl Kind {
    /// All of them, as messages call them.
    const ALL: [(&str, Self); 5] = [
        ("data element", Self::Element),
        ("period", Self::Period),
        ("org unit", Self::Unit),
        ("category option combo", Self::Combo),
        ("attribute option combo", Self::Attribute),
    ];

    /// What is named last: an unknown id may stand in a row for several things.
    fn of_last(message: &str) -> Option<Self> {
        Self::ALL.iter().filter_map(|(words, kind)| Some((message.rfind(words)?, *kind))).max().map(|(_, kind)| kind)
    }

    /// Whether the row's id of this kind is one of these.
    fn is_among(self, key: &Key, ids: &HashSet<&str>) -> bool {
        match self {
            Self::Element => ids.contains(key.element.as_str()),
            Self::Period => ids.contains(key.period.id().as_str()),
            Self::Unit => ids.contains(key.unit.as_str()),
            Self::Combo => ids.contains(key.combo.as_str()),
            Self::Attribute => ids.contains(key.attribute.as_str()),
        }
    }
}

#[cfg(test)]
mod tests;
