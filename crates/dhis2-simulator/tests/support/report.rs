//! The table of cases and versions.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

/// What differs, by case and version. An empty list is a case that is the same.
#[derive(Debug, Default)]
pub(crate) struct Report {
    results: BTreeMap<String, BTreeMap<String, Vec<String>>>,
}

impl Report {
    pub(crate) fn add(&mut self, case: &str, version: &str, differences: Vec<String>) {
        self.results.entry(case.to_owned()).or_default().insert(version.to_owned(), differences);
    }

    /// Cases that are the same, and all cases, of a version.
    pub(crate) fn count(&self, version: &str) -> (usize, usize) {
        let of_version = || self.results.values().filter_map(|results| results.get(version));
        (of_version().filter(|differences| differences.is_empty()).count(), of_version().count())
    }

    /// The passing cases, one a line.
    pub(crate) fn passing(&self) -> BTreeSet<String> {
        let mut passing = BTreeSet::new();
        for (case, results) in &self.results {
            for (version, differences) in results {
                if differences.is_empty() {
                    passing.insert(format!("{version} {case}"));
                }
            }
        }
        passing
    }

    /// The cases that were compared, one a line.
    pub(crate) fn compared(&self) -> BTreeSet<String> {
        let lines = |(case, results): (&String, &BTreeMap<String, Vec<String>>)| {
            results.keys().map(|version| format!("{version} {case}")).collect::<Vec<_>>()
        };
        self.results.iter().flat_map(lines).collect()
    }

    /// Every difference, one a line.
    pub(crate) fn differences(&self) -> String {
        let mut text = String::new();
        for (case, results) in &self.results {
            for (version, differences) in results {
                for difference in differences {
                    writeln!(text, "{version} {case}: {difference}").unwrap();
                }
            }
        }
        text
    }

    /// The page of the documentation.
    pub(crate) fn markdown(&self, versions: &[&str]) -> String {
        let mut text = String::from(
            "# How near the simulator is to real servers\n\n\
             Written by `cargo test -p dhis2-simulator --test conformance` over recordings of six real servers: each recorded\n\
             request is sent to a simulator of that version which holds what the server held, and the answers are compared:\n\
             status, content type, keys of the envelope and of the rows in their order, the rows, error codes and texts. Rows\n\
             are compared in order where the request orders by something unique. Of a page cut from unordered rows their\n\
             number is compared, and that the recorded ones are rows of the world. 2.38.7 and 2.39.10.1 are compared over the\n\
             world of 2.40.12, where times that servers stamp themselves are compared by their presence. Keys of metadata come\n\
             in any order from servers and are compared as sets. Pages of the servlet container are compared by status and\n\
             content type alone, messages of the database without the places in the statement that they name. The exports of\n\
             2.40.12 and 2.41.9.1 leave out relationships between tracked entities, and those of 2.43.1 confidential values:\n\
             the simulator takes them from the recorded `tracker/tracked-entities-with-relationships` and\n\
             `tracker/tracked-entities-anc-program`.\n\n\
             Imports, each POST and the GET that follows it, are sent in the order recorded to a server of their own, where\n\
             times and ids that servers make are compared by their presence, and lists in texts as sets. The analytics tables\n\
             of the recorded 2.43.1 were empty because their generation had failed there: so are those of the simulator.\n\n",
        );
        text.push_str("| | ");
        text.push_str(&versions.join(" | "));
        text.push_str(" |\n|---|");
        text.push_str(&"---|".repeat(versions.len()));
        text.push_str("\n| **same** |");
        for version in versions {
            let (same, all) = self.count(version);
            write!(text, " **{same} of {all}** |").unwrap();
        }
        text.push('\n');
        let mut notes: Vec<String> = Vec::new();
        for (case, results) in &self.results {
            write!(text, "| {case} |").unwrap();
            for version in versions {
                let cell = match results.get(*version) {
                    None => " –".to_owned(),
                    Some(differences) if differences.is_empty() => " ✓".to_owned(),
                    Some(differences) => {
                        let note = format!("{}: {}", case, differences.join("; "));
                        let number = notes.iter().position(|known| *known == note).unwrap_or_else(|| {
                            notes.push(note);
                            notes.len() - 1
                        });
                        format!(" ✗ ({})", number + 1)
                    }
                };
                write!(text, "{cell} |").unwrap();
            }
            text.push('\n');
        }
        text.push_str("\n✓ the same, ✗ differs, – not recorded.\n\n## What differs\n\n");
        for (i, note) in notes.iter().enumerate() {
            writeln!(text, "{}. {}", i + 1, note.replace('|', "\\|")).unwrap();
        }
        text.push_str("\n## Why\n\n");
        text.push_str(super::super::WHY);
        text
    }
}
