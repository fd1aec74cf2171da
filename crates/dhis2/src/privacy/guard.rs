//! What protects the rows of one extract.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Mutex, PoisonError};

use dhis2_api::ValueType;
use dhis2_extract::{ExtractError, Objects, Protect, Warning, WarningKind};
use dhis2_frame::FrameError;
use dhis2_tracker::TrackerError;
use polars::frame::DataFrame;
use serde_json::{Value, json};

use super::known::{Item, Units};
use super::rows;
use super::texts::{Texts, with_texts};
use super::{Privacy, PrivacyKey};
use crate::Error;

/// Columns that hold ids of persons, of what is theirs, and of users.
pub(super) const IDS: [&str; 10] = [
    "tracked_entity_id",
    "enrollment_id",
    "event_id",
    "relationship_id",
    "from_id",
    "to_id",
    "note_id",
    "stored_by",
    "assigned_user_id",
    "assigned_user",
];

/// What of values and units is not known, and was left out therefore.
#[derive(Debug, Default)]
struct Unknown {
    items: BTreeSet<String>,
    units: BTreeSet<String>,
}

#[derive(Debug)]
pub(crate) struct Guard {
    pub(super) privacy: Privacy,
    pub(super) items: HashMap<String, Item>,
    pub(super) units: Option<Units>,
    texts: Texts,
    /// What is to be said whatever comes.
    notes: Vec<String>,
    unknown: Mutex<Unknown>,
}

/// What becomes of a value.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Fate {
    Kept,
    Changed(String),
    Dropped,
}

impl Guard {
    pub(super) fn new(
        privacy: &Privacy,
        query: &Value,
        items: HashMap<String, Item>,
        units: Option<Units>,
        notes: Vec<String>,
    ) -> Self {
        let texts = Texts::of(query, items.keys().cloned());
        Self { privacy: privacy.clone(), items, units, texts, notes, unknown: Mutex::default() }
    }

    pub(super) fn key(&self) -> Option<&PrivacyKey> {
        self.privacy.key.as_ref()
    }

    /// What becomes of a value of this attribute or data element, of a person whose dates are shifted by so many days.
    pub(super) fn fate(&self, item: &str, is_attribute: bool, value: Option<&str>, days: i64) -> Fate {
        let privacy = &self.privacy;
        let Some(known) = self.items.get(item).filter(|item| item.value_type.is_some()) else {
            // A data element is never confidential.
            if !is_attribute && !privacy.looks_at_types() {
                return Fate::Kept;
            }
            self.unknown().items.insert(item.to_owned());
            return Fate::Dropped;
        };
        let value_type = known.value_type.as_ref();
        if privacy.drop_confidential && known.confidential
            || value_type.is_some_and(|value_type| privacy.drop_types.contains(value_type))
        {
            return Fate::Dropped;
        }
        let (Some(value), Some(value_type)) = (value, value_type) else { return Fate::Kept };
        match value_type {
            ValueType::TrackerAssociate | ValueType::Reference | ValueType::Username => {
                self.key().map_or(Fate::Kept, |key| Fate::Changed(key.pseudonym(value)))
            }
            // What cannot be read cannot be shifted.
            ValueType::Date | ValueType::DateTime | ValueType::Age if privacy.shift.is_some() => {
                rows::shifted(value, days).map_or(Fate::Dropped, Fate::Changed)
            }
            ValueType::OrganisationUnit if self.units.is_some() => {
                self.unit(value).map_or(Fate::Dropped, |unit| Fate::Changed(unit.to_owned()))
            }
            _ => Fate::Kept,
        }
    }

    /// The unit that stands for one.
    pub(super) fn unit<'u>(&'u self, unit: &'u str) -> Option<&'u str> {
        let Some(units) = &self.units else { return Some(unit) };
        let standing = units.standing_for(unit);
        if standing.is_none() {
            self.unknown().units.insert(unit.to_owned());
        }
        standing
    }

    fn unknown(&self) -> std::sync::MutexGuard<'_, Unknown> {
        self.unknown.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The rows of a whole table.
    pub(crate) fn table(&self, table: DataFrame) -> Result<DataFrame, FrameError> {
        let objects = Objects::by_first_column(&table)?;
        Ok(self.rows(table, objects)?.0)
    }

    /// The error of a run whose rows were to be protected.
    pub(crate) fn error(&self, error: Error) -> Error {
        match error {
            Error::Extract(error) | Error::Tracker(TrackerError::Extract(error)) => error.protected(self).into(),
            Error::Http(error) | Error::Tracker(TrackerError::Http(error)) => {
                ExtractError::from(error).protected(self).into()
            }
            other => other,
        }
    }
}

impl Protect for Guard {
    fn describe(&self) -> Value {
        self.privacy.describe()
    }

    fn rows(&self, rows: DataFrame, objects: Objects) -> Result<(DataFrame, Objects), FrameError> {
        rows::protect(self, rows, objects)
    }

    fn id(&self, id: &str) -> String {
        self.key().map_or_else(|| id.to_owned(), |key| key.pseudonym(id))
    }

    fn text(&self, text: &str) -> String {
        self.texts.said(text, self.key(), self.units.as_ref().map(|units| &units.above))
    }

    fn query(&self, mut query: Value) -> Value {
        if let (Some(_), Some(filters)) = (self.key(), query.get_mut("filters").and_then(Value::as_array_mut)) {
            for filter in filters {
                // What ids and users are compared with.
                let mut parts = filter.as_str().unwrap_or_default().splitn(3, ':');
                if let (Some(column), Some(operator), Some(_)) = (parts.next(), parts.next(), parts.next())
                    && IDS.contains(&column)
                {
                    *filter = json!(format!("{column}:{operator}:…"));
                }
            }
        }
        with_texts(query, &|text| self.text(text))
    }

    fn digest(&self, digest: &str) -> String {
        self.key().map_or_else(|| digest.to_owned(), |key| key.digest(digest))
    }

    fn warnings(&self) -> Vec<Warning> {
        let mut messages = self.notes.clone();
        let unknown = self.unknown();
        let list = |ids: &BTreeSet<String>| ids.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
        if !unknown.items.is_empty() {
            messages.push(format!(
                "the values of these attributes or data elements were left out, since the account does not see what type they are of: {}",
                list(&unknown.items)
            ));
        }
        if !unknown.units.is_empty() {
            messages.push(format!(
                "{} organisation units were left out, since the account does not see which units are above them",
                unknown.units.len()
            ));
        }
        messages.into_iter().map(|message| Warning { kind: WarningKind::Privacy, message }).collect()
    }
}
