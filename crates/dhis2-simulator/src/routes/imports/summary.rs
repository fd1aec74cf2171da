//! The report of an import.

use std::collections::{BTreeSet, HashMap};

use dhis2_api::dialect::behaviour::ImportBehaviour;

use crate::json::{Json, Key, object};

/// How an import went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Status {
    #[default]
    Success,
    Warning,
    Error,
}

impl Status {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Success => "SUCCESS",
            Self::Warning => "WARNING",
            Self::Error => "ERROR",
        }
    }
}

/// How many rows became what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Counts {
    pub(super) imported: u64,
    pub(super) updated: u64,
    pub(super) ignored: u64,
    pub(super) deleted: u64,
}

/// What sets conflicts apart: their code and what they name.
type Cause = (&'static str, Vec<(&'static str, String)>);

/// Why rows were not taken: those for the same reason together.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Conflict {
    pub(super) code: &'static str,
    /// What the rows name wrongly: kind and name. None of it is written on 2.43 but `args`.
    pub(super) objects: Vec<(&'static str, String)>,
    pub(super) property: Option<&'static str>,
    pub(super) message: String,
    /// Positions in the request; −1 where the server tells none.
    pub(super) indexes: Vec<i64>,
}

/// The report of an import.
#[derive(Debug)]
pub(super) struct Summary {
    pub(super) status: Status,
    pub(super) options: Option<Json>,
    pub(super) description: Option<String>,
    pub(super) counts: Counts,
    pub(super) conflicts: Vec<Conflict>,
    /// Where the conflict of each cause stands.
    pub(super) places: HashMap<Cause, usize>,
    pub(super) rejected: BTreeSet<usize>,
    /// `dataSetComplete`: always "false", or not written.
    pub(super) complete: Option<&'static str>,
    /// How many rows were sent.
    pub(super) rows: u64,
}

impl Default for Summary {
    fn default() -> Self {
        Self {
            status: Status::Success,
            options: None,
            description: None,
            counts: Counts::default(),
            conflicts: Vec::new(),
            places: HashMap::new(),
            rejected: BTreeSet::new(),
            complete: Some("false"),
            rows: 0,
        }
    }
}

impl Summary {
    /// The report of an import of so many rows that has not begun.
    pub(super) fn of(options: &Json, rows: usize) -> Self {
        let rows = u64::try_from(rows).unwrap_or(u64::MAX);
        Self { options: Some(options.clone()), rows, ..Self::default() }
    }

    /// Adds a conflict to those for the same reason.
    pub(super) fn add(&mut self, conflict: Conflict) {
        let key = (conflict.code, conflict.objects.clone());
        if let Some(&place) = self.places.get(&key) {
            self.conflicts[place].indexes.extend(conflict.indexes);
        } else {
            self.places.insert(key, self.conflicts.len());
            self.conflicts.push(conflict);
        }
    }

    pub(super) fn has_conflicts(&self) -> bool {
        !self.conflicts.is_empty()
    }

    /// The report as it stands in `taskSummaries`.
    pub(super) fn json(&self, behaviour: &ImportBehaviour) -> Json {
        let mut entries: Vec<(Key, Json)> = Vec::new();
        let kind = ("responseType".into(), Json::text("ImportSummary"));
        if behaviour.response_type_first {
            entries.push(kind.clone());
        }
        entries.push(("status".into(), Json::text(self.status.name())));
        if let Some(options) = &self.options {
            entries.push(("importOptions".into(), options.clone()));
        }
        if let Some(description) = &self.description {
            entries.push(("description".into(), Json::text(description)));
        }
        let counts = self.counts;
        let count = object([
            ("imported", Json::number(counts.imported)),
            ("updated", Json::number(counts.updated)),
            ("ignored", Json::number(counts.ignored)),
            ("deleted", Json::number(counts.deleted)),
        ]);
        entries.push(("importCount".into(), count));
        entries.push(("conflicts".into(), Json::List(self.conflicts.iter().map(Conflict::json).collect())));
        if behaviour.rejected_indexes {
            let rejected = self.rejected.iter().map(|&index| Json::number(index)).collect();
            entries.push(("rejectedIndexes".into(), Json::List(rejected)));
        }
        if let Some(complete) = self.complete {
            entries.push(("dataSetComplete".into(), Json::text(complete)));
        }
        if !behaviour.response_type_first {
            entries.push(kind);
        }
        Json::Object(entries)
    }

    /// The report in the envelope of an answer with this HTTP status.
    pub(super) fn enveloped(&self, behaviour: &ImportBehaviour, status: u16) -> Json {
        let (word, message) = match self.status {
            Status::Success => ("OK", "Import was successful."),
            Status::Warning if behaviour.warnings_are_conflicts => {
                ("WARNING", "One more conflicts encountered, please check import summary.")
            }
            Status::Warning => ("WARNING", "Import completed with warnings, please check import summary."),
            Status::Error => ("ERROR", "An error occurred, please check import summary."),
        };
        object([
            ("httpStatus", Json::text(if status == 200 { "OK" } else { "Conflict" })),
            ("httpStatusCode", Json::number(status)),
            ("status", Json::text(word)),
            ("message", Json::text(message)),
            ("response", self.json(behaviour)),
        ])
    }
}

impl Conflict {
    fn json(&self) -> Json {
        let mut entries: Vec<(Key, Json)> = Vec::new();
        let arguments = self.objects.iter().any(|(kind, _)| *kind == "args");
        if let Some((_, first)) = self.objects.first().filter(|_| !arguments) {
            entries.push(("object".into(), Json::text(first)));
        }
        let objects = self.objects.iter().map(|(kind, name)| (Key::from(*kind), Json::text(name)));
        entries.push(("objects".into(), Json::Object(objects.collect())));
        entries.push(("value".into(), Json::text(&self.message)));
        entries.push(("errorCode".into(), Json::text(self.code)));
        if let Some(property) = self.property {
            entries.push(("property".into(), Json::text(property)));
        }
        entries.push(("indexes".into(), Json::List(self.indexes.iter().map(|&index| Json::number(index)).collect())));
        Json::Object(entries)
    }
}
