//! Rows as the server reads them.

use dhis2_api::Uid;
use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};

use super::held::Held;
use super::report::Outcome;
use super::row::Row;

/// One row to send, and what is known of it.
#[derive(Debug)]
pub(crate) struct Task<'r> {
    pub(crate) row: &'r Row,
    /// The value as the server is to store it; `None` where it is to be deleted.
    pub(crate) value: Option<Box<str>>,
    /// What the server held before.
    pub(crate) held: Option<Held>,
    /// What becomes of it when the server takes it.
    pub(crate) outcome: Outcome,
}

impl Task<'_> {
    /// About how many bytes it has in a body.
    pub(crate) fn bytes(&self) -> usize {
        let comment = self.held.as_ref().and_then(|held| held.comment.as_deref()).unwrap_or_default();
        // Escapes of quotes and control characters make a text longer by a little.
        200 + self.row.value.as_deref().unwrap_or_default().len() + comment.len()
    }
}

/// The body of an import.
pub(crate) struct Body<'a, 'r> {
    /// The data set, on servers that must be told.
    pub(crate) data_set: Option<Uid>,
    pub(crate) tasks: &'a [Task<'r>],
    /// How the server spells the follow-up flag.
    pub(crate) follow_up_key: &'static str,
}

impl Serialize for Body<'_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        if let Some(set) = self.data_set {
            map.serialize_entry("dataSet", set.as_str())?;
        }
        map.serialize_entry("dataValues", &Values(self))?;
        map.end()
    }
}

struct Values<'a, 'r>(&'a Body<'a, 'r>);

impl Serialize for Values<'_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(Some(self.0.tasks.len()))?;
        for task in self.0.tasks {
            list.serialize_element(&Value { task, follow_up_key: self.0.follow_up_key })?;
        }
        list.end()
    }
}

struct Value<'a, 'r> {
    task: &'a Task<'r>,
    follow_up_key: &'static str,
}

impl Serialize for Value<'_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Task { row, held, outcome, value } = self.task;
        let key = &row.key;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("dataElement", key.element.as_str())?;
        map.serialize_entry("period", &key.period.id())?;
        map.serialize_entry("orgUnit", key.unit.as_str())?;
        map.serialize_entry("categoryOptionCombo", key.combo.as_str())?;
        map.serialize_entry("attributeOptionCombo", key.attribute.as_str())?;
        let held = held.as_ref();
        let value = match outcome {
            // A deleted value keeps the text that it had.
            Outcome::Deleted => held.and_then(|held| held.value.as_deref()),
            _ => value.as_deref(),
        };
        if let Some(value) = value {
            map.serialize_entry("value", value)?;
        }
        // What an update does not send along it erases. (An empty value beside a comment would be taken, and erase the value.)
        if let (Outcome::Updated, Some(held), Some(true)) = (outcome, held, value.map(|value| !value.is_empty())) {
            if let Some(comment) = &held.comment {
                map.serialize_entry("comment", comment)?;
            }
            if held.follow_up {
                map.serialize_entry(self.follow_up_key, &true)?;
            }
        }
        map.end()
    }
}

#[cfg(test)]
mod tests;
