//! What real servers answered to imports, against what they held afterwards.
//!
//! Runs where the recordings are; they are no part of the project.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::PathBuf;

use dhis2_api::Uid;
use dhis2_api::dialect::Dialect;
use dhis2_api::import::{ImportJob, ImportSummary};
use dhis2_api::model::{DataValue, DataValueSet};
use dhis2_api::period::Period;
use serde_json::Value;

use super::decide::{Decision, decide};
use super::held::Held;
use super::options::ImportStrategy;
use super::reading::{Reading, counts_agree, read};
use super::report::Outcome;
use super::row::Key;
use super::value_type::stored;

/// The combo that servers put where a row names none.
const DEFAULT_COMBO: &str = "HllvX50cXC0";
/// An element that is in another data set than the one asked for after every import.
const ELEMENT_OUTSIDE: &str = "I6yl05wxl7K";

struct Entry {
    began: String,
    url: String,
    sent: Option<String>,
    status: u64,
    answer: String,
}

fn entries(version: &str) -> Vec<Entry> {
    let folder =
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/recordings").join(version).join("imports");
    let Ok(files) = fs::read_dir(folder) else { return Vec::new() };
    let mut entries = Vec::new();
    for file in files {
        let har: Value = serde_json::from_slice(&fs::read(file.unwrap().path()).unwrap()).unwrap();
        for entry in har["log"]["entries"].as_array().unwrap() {
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            entries.push(Entry {
                began: text(&entry["startedDateTime"]),
                url: text(&entry["request"]["url"]),
                sent: (entry["request"]["method"] == "POST").then(|| text(&entry["request"]["postData"]["text"])),
                status: entry["response"]["status"].as_u64().unwrap(),
                answer: text(&entry["response"]["content"]["text"]),
            });
        }
    }
    entries.sort_by(|a, b| a.began.cmp(&b.began));
    entries
}

fn params<'u>(url: &'u str, name: &str) -> Vec<&'u str> {
    let query = url.split_once('?').map_or("", |(_, query)| query);
    query.split('&').filter_map(|pair| pair.split_once('=')).filter(|pair| pair.0 == name).map(|pair| pair.1).collect()
}

fn key(value: &DataValue) -> Option<Key> {
    let uid = |text: &Option<String>| Uid::parse(text.as_deref().unwrap_or(DEFAULT_COMBO)).ok();
    Some(Key {
        unit: Uid::parse(value.org_unit.as_deref()?).ok()?,
        period: Period::parse(value.period.as_deref()?).ok()?,
        element: Uid::parse(&value.data_element).ok()?,
        combo: uid(&value.category_option_combo)?,
        attribute: uid(&value.attribute_option_combo)?,
    })
}

/// The rows of a body, if it is any: JSON, or CSV without quotes.
fn body(sent: &str) -> Option<DataValueSet> {
    let Some((_, lines)) = sent.split_once("value\n").filter(|(header, _)| header.starts_with("dataelement,")) else {
        return serde_json::from_str(sent).ok();
    };
    let names = ["dataElement", "period", "orgUnit", "categoryOptionCombo", "attributeOptionCombo", "value"];
    let row = |line: &str| -> Value {
        names.into_iter().zip(line.split(',')).map(|(name, cell)| (name.to_owned(), Value::from(cell))).collect()
    };
    let rows: Vec<Value> = lines.lines().filter(|line| !line.is_empty()).map(row).collect();
    serde_json::from_value(serde_json::json!({ "dataValues": rows })).ok()
}

/// What a server is known to hold.
#[derive(Default)]
struct Known(HashMap<Key, Held>);

impl Known {
    /// Takes in what the server answered to a question; the keys that it was about.
    fn learn(&mut self, url: &str, answer: &str) -> impl Fn(&Key) -> bool + use<> {
        let uids = |name: &str| params(url, name).into_iter().map(str::to_owned).collect::<HashSet<String>>();
        let (periods, units) = (uids("period"), uids("orgUnit"));
        let asked = move |key: &Key| {
            periods.contains(&key.period.id())
                && units.contains(key.unit.as_str())
                && key.element.as_str() != ELEMENT_OUTSIDE
        };
        self.0.retain(|key, _| !asked(key));
        let mut set: DataValueSet = serde_json::from_str(answer).unwrap();
        set.fill_rows();
        for value in set.data_values {
            let held = Held {
                value: value.value.as_deref().map(Into::into),
                comment: value.comment.as_deref().map(Into::into),
                follow_up: value.followup.unwrap_or(false),
                deleted: value.deleted.unwrap_or(false),
            };
            self.0.insert(key(&value).unwrap(), held);
        }
        asked
    }
}

/// The strategy as this server took it.
fn strategy(dialect: &Dialect, url: &str) -> ImportStrategy {
    match params(url, "importStrategy")[..] {
        ["DELETE" | "DELETES"] => ImportStrategy::Delete,
        ["CREATE"] if !dialect.import_ignores_strategy => ImportStrategy::Create,
        ["UPDATE"] if !dialect.import_ignores_strategy => ImportStrategy::Update,
        _ => ImportStrategy::CreateAndUpdate,
    }
}

fn value_type(element: Uid) -> &'static str {
    match element.as_str() {
        "NUI2PG60JNj" => "BOOLEAN",
        "Gf88d7Vqakr" => "TRUE_ONLY",
        _ => "",
    }
}

/// Checks every import of a version; how many rows were.
fn check(version: &str) -> usize {
    let dialect = Dialect::of(&version.parse().unwrap()).unwrap();
    let entries = entries(version);
    let mut known = Known::default();
    let mut rows_checked = 0;
    for (place, entry) in entries.iter().enumerate() {
        let Some(sent) = &entry.sent else { continue };
        let Some(sent) = body(sent) else { continue };
        let sent = {
            let mut sent = sent;
            sent.fill_rows();
            sent.data_values
        };
        let answer = match ImportJob::parse(entry.answer.as_bytes()) {
            Some(_) => &entries[place..].iter().find(|later| later.url.contains("taskSummaries")).unwrap().answer,
            None => &entry.answer,
        };
        // A job that had not begun when the recording ended.
        if answer.is_empty() {
            continue;
        }
        let Some(summary) = ImportSummary::parse(answer.as_bytes()) else {
            assert!([400, 415, 500].contains(&entry.status), "{version} {}: {answer}", entry.url);
            continue;
        };
        let keys: Option<Vec<Key>> = sent.iter().map(key).collect();
        let Some(keys) = keys.filter(|keys| !keys.is_empty()) else {
            // Rows without element, period or unit never get as far as being sent; the only row is the one at fault.
            assert!(sent.len() < 2, "{version} {}: rows that are not checked", entry.url);
            if let [_] = sent[..] {
                let any = key(&DataValue {
                    data_element: "KcNX91wS0l9".into(),
                    period: Some("2024".into()),
                    org_unit: Some("KcNX91wS0l9".into()),
                    ..sent[0].clone()
                });
                let rejected = match read(&summary, &[any.unwrap()], None) {
                    Reading::Rows { rejected, .. } => rejected,
                    Reading::Refused { named, .. } => named,
                };
                assert!(rejected.contains_key(&0), "{version} {}", entry.url);
                rows_checked += 1;
            }
            continue;
        };
        let unique: HashSet<&Key> = keys.iter().collect();
        let twice = unique.len() < keys.len();
        let strategy = strategy(&dialect, &entry.url);
        let value = |row: usize| sent[row].value.as_deref().map(|value| stored(value_type(keys[row].element), value));
        let reading = read(&summary, &keys, None);
        let outcomes: Vec<Outcome> = (0..keys.len())
            .map(|row| match &reading {
                Reading::Rows { rejected, .. } if rejected.contains_key(&row) => Outcome::Rejected,
                Reading::Refused { named, .. } if named.contains_key(&row) => Outcome::Rejected,
                Reading::Refused { .. } => Outcome::NotSent,
                Reading::Rows { .. } => match decide(strategy, known.0.get(&keys[row]), value(row).as_deref()) {
                    Decision::Send(outcome) => outcome,
                    Decision::Leave(_) => Outcome::Ignored,
                },
            })
            .collect();
        let taken = |outcome: &Outcome| matches!(outcome, Outcome::Imported | Outcome::Updated | Outcome::Deleted);
        if let Reading::Rows { unplaced, .. } = &reading {
            assert!(unplaced.is_empty());
            let accepted = outcomes.iter().copied().filter(taken);
            if dialect.import_ignores_strategy {
                let rejected = outcomes.iter().filter(|outcome| **outcome == Outcome::Rejected).count() as u64;
                let count = summary.import_count;
                assert_eq!(count.updated + count.deleted, keys.len() as u64 - rejected, "{version} {}", entry.url);
            } else if !twice {
                assert!(counts_agree(&summary.import_count, accepted, true), "{version} {} {outcomes:?}", entry.url);
            }
        }
        // What the server held then. After a job there are questions about the job first.
        let look = entries[place + 1..]
            .iter()
            .find(|later| later.sent.is_none() && later.url.contains("dataValueSets?"))
            .unwrap();
        let before: Vec<Option<Held>> = keys.iter().map(|key| known.0.get(key).cloned()).collect();
        let asked = known.learn(&look.url, &look.answer);
        if twice {
            // Rows that contradict each other are never sent.
            continue;
        }
        let dry = entry.url.contains("dryRun=true");
        // What the question left out is as the report says.
        for (row, outcome) in
            outcomes.iter().enumerate().filter(|(row, outcome)| !dry && taken(outcome) && !asked(&keys[*row]))
        {
            let deleted = *outcome == Outcome::Deleted;
            let held = Held { value: value(row).map(Into::into), comment: None, follow_up: false, deleted };
            known.0.insert(keys[row], held);
        }
        for (row, outcome) in outcomes.iter().enumerate().filter(|(row, _)| asked(&keys[*row])) {
            rows_checked += 1;
            let text = |held: Option<&Held>| held.filter(|held| !held.deleted).and_then(|held| held.value.clone());
            let after = text(known.0.get(&keys[row]));
            let expected = match outcome {
                Outcome::Imported | Outcome::Updated if !dry => value(row).map(Into::into),
                Outcome::Deleted if !dry => None,
                // The first time that the server was asked about the key.
                _ if dry && before[row].is_none() => continue,
                _ => text(before[row].as_ref()),
            };
            assert!(after == expected, "{version} {} row {row} {outcome:?}", entry.url);
        }
    }
    rows_checked
}

/// Issue 5: "every recorded import's response is read into the right report: each input row's outcome agrees with the GET
/// that follows it, for every case of every version".
#[test]
fn every_recorded_report_agrees_with_what_the_server_held_afterwards() {
    for version in ["2.38.7", "2.39.10.1", "2.40.12", "2.41.9.1", "2.42.5.2", "2.43.1"] {
        let rows = check(version);
        let there = !entries(version).is_empty();
        assert!(!there || rows > 100, "{version}: {rows} rows checked");
    }
}
