//! What a receipt says, for people: whether everything is there, and what is missing and why.

use std::collections::{BTreeMap, HashSet};

use dhis2_api::Uid;
use dhis2_extract::Receipt;
use dhis2_extract::receipt::{ChunkReceipt, ChunkState, Proof};
use serde_json::Value;

use crate::columns::Coded;
use crate::input::{Found, Input};
use crate::names::Names;
use crate::section::{count, thousands};

/// Lines of a list.
const LINES: usize = 50;

/// A receipt in words.
#[derive(Debug)]
pub(crate) struct Told {
    pub(crate) complete: bool,
    /// One line: whether everything is there.
    pub(crate) headline: String,
    /// What is missing and why, a line each, and what the server said, where it did.
    pub(crate) missing: Vec<(String, Option<String>)>,
    /// What else a reader should know.
    pub(crate) warnings: Vec<String>,
    /// How it was proved, what was done.
    pub(crate) words: Vec<String>,
    /// Facts: name and value.
    pub(crate) facts: Vec<(String, String)>,
}

/// Ids that are of metadata, which may be shown; every other may be a person's.
#[derive(Debug)]
pub(crate) struct Public<'a> {
    names: &'a Names,
    ids: HashSet<String>,
}

/// Columns of ids of metadata.
const METADATA: [&str; 9] = [
    "data_element_id",
    "indicator_id",
    "organisation_unit_id",
    "category_option_combo_id",
    "attribute_option_combo_id",
    "program_id",
    "program_stage_id",
    "attribute_id",
    "relationship_type_id",
];

/// Parts of a question that name objects of persons.
const PERSONAL: [&str; 4] = ["events", "enrollments", "tracked_entities", "objects"];

impl<'a> Public<'a> {
    pub(crate) fn of(input: &'a Input) -> Self {
        let mut ids = HashSet::new();
        for source in &input.sources {
            for column in METADATA {
                ids.extend(Coded::of(&source.frame, column).into_iter().flat_map(|coded| coded.names));
            }
        }
        for found in &input.receipts {
            if let Value::Object(query) = &found.receipt.query {
                let public = query.iter().filter(|(key, _)| !PERSONAL.contains(&key.as_str()));
                public.for_each(|(_, value)| collect(value, &mut ids));
            }
            // Units of groups are found out by the run: they stand in what its parts ask for.
            for chunk in &found.receipt.chunks {
                ids.extend(units_in(&chunk.what));
            }
        }
        Self { names: &input.names, ids }
    }

    /// A text of a receipt with the names of what it mentions, and without the uids of persons.
    pub(crate) fn tell(&self, text: &str) -> String {
        replace_words(text, |word| {
            if !self.names.knows(word) {
                return self.or_nothing(word);
            }
            let label = self.names.label(word);
            Some(if label.contains(word) { label } else { format!("{label} ({word})") })
        })
    }

    /// A text of a receipt without the uids of persons.
    pub(crate) fn mask(&self, text: &str) -> String {
        replace_words(text, |word| self.or_nothing(word))
    }

    /// What stands for a word that may not be shown.
    fn or_nothing(&self, word: &str) -> Option<String> {
        let may = self.names.knows(word) || self.ids.contains(word) || Uid::find_in(word).is_empty();
        (!may).then(|| "…".to_owned())
    }
}

/// A text with other words, where there are some; all else as it is.
fn replace_words(text: &str, other: impl Fn(&str) -> Option<String>) -> String {
    let mut told = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(|c: char| c.is_ascii_alphanumeric()) {
        let (before, word) = rest.split_at(start);
        let end = word.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(word.len());
        let (word, after) = word.split_at(end);
        told.push_str(before);
        match other(word) {
            Some(other) => told.push_str(&other),
            None => told.push_str(word),
        }
        rest = after;
    }
    told.push_str(rest);
    told
}

fn collect(value: &Value, ids: &mut HashSet<String>) {
    match value {
        Value::String(text) => ids.extend(Uid::find_in(text).iter().map(Uid::to_string)),
        Value::Array(values) => values.iter().for_each(|value| collect(value, ids)),
        Value::Object(values) => values.values().for_each(|value| collect(value, ids)),
        _ => {}
    }
}

/// The uids of units that a text names as such.
fn units_in(text: &str) -> Vec<String> {
    let mut units = Vec::new();
    for part in text.split("organisation unit").skip(1) {
        // `s KdK92fYEfTw, fdiB65j1eR5 with children, …`: up to the first word that is none.
        let words = part.trim_start_matches('s').split([' ', ',', ':', '[', ']']).filter(|word| !word.is_empty());
        units.extend(words.map_while(|word| Uid::parse(word).ok()).map(|uid| uid.to_string()));
    }
    units
}

/// Says what a receipt says.
pub(crate) fn tell(found: &Found, public: &Public<'_>) -> Told {
    let receipt = &found.receipt;
    let complete = receipt.is_complete();
    let all_missing = receipt.missing();
    let part = receipt.part.as_ref().map(|part| format!(" (of the chunks {part} of a plan)")).unwrap_or_default();
    let headline = if complete {
        format!("Complete: everything that was asked for is there{part}.")
    } else {
        format!(
            "Not complete: {} missing{part}.",
            match all_missing.len() {
                0 => "something is".to_owned(),
                1 => "one thing is".to_owned(),
                many => format!("{} things are", thousands(many as u64)),
            }
        )
    };
    let mut missing: Vec<(String, Option<String>)> =
        receipt.chunks.iter().filter_map(|chunk| unproved(chunk, public)).collect();
    let of_warnings = receipt.warnings.iter().filter(|warning| warning.kind.means_missing());
    missing.extend(of_warnings.map(|warning| (sentence(&public.tell(&warning.message)), None)));
    if let Some(words) = cut(&mut missing) {
        missing.push((words, None));
    }
    let others = receipt.warnings.iter().filter(|warning| !warning.kind.means_missing());
    let mut warnings: Vec<String> = others.map(|warning| sentence(&public.tell(&warning.message))).collect();
    warnings.extend(found.files.iter().filter(|(good, _)| !good).map(|(_, words)| words.clone()));
    for changed in &receipt.changed {
        warnings.push(format!(
            "While it was read, the server changed {}: {} new, {} updated, {} deleted.",
            changed.what,
            thousands(changed.inserted.len() as u64),
            thousands(changed.updated.len() as u64),
            thousands(changed.deleted.len() as u64)
        ));
    }
    if let Some(words) = cut(&mut warnings) {
        warnings.push(words);
    }
    let mut words = proofs(receipt);
    words.extend(found.files.iter().filter(|(good, _)| *good).map(|(_, words)| words.clone()));
    Told { complete, headline, missing, warnings, words, facts: facts(found, public) }
}

/// What is wrong with a chunk, if anything.
fn unproved(chunk: &ChunkReceipt, public: &Public<'_>) -> Option<(String, Option<String>)> {
    let why = match chunk.state {
        ChunkState::Complete => return None,
        ChunkState::Refused => "the account may not see it",
        ChunkState::Failed => "it could not be fetched or read",
    };
    let words = sentence(&format!("{}: {why}", public.tell(&chunk.what)));
    Some((words, chunk.error.as_ref().map(|error| public.mask(error))))
}

/// A text with a stop at its end.
fn sentence(text: &str) -> String {
    if text.ends_with(['.', '!', '?', ')']) { text.to_owned() } else { format!("{text}.") }
}

/// Leaves the first lines, and says how many there were more.
fn cut<T>(lines: &mut Vec<T>) -> Option<String> {
    let rest = lines.len().checked_sub(LINES).filter(|rest| *rest > 0)?;
    lines.truncate(LINES);
    Some(format!("… and {} more, which the receipt has.", thousands(rest as u64)))
}

/// How the chunks were proved whole.
fn proofs(receipt: &Receipt) -> Vec<String> {
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    for chunk in &receipt.chunks {
        if let Some(proof) = chunk.proof {
            *counts.entry(how(proof)).or_default() += 1;
        }
    }
    let whole = receipt.chunks.iter().filter(|chunk| chunk.state == ChunkState::Complete).count();
    let mut words = vec![format!(
        "It was asked for in {}, {whole} of which came whole.",
        count(receipt.chunks.len() as u64, "part")
    )];
    let proved: Vec<String> = counts.iter().map(|(how, number)| format!("{}: {how}", count(*number, "part"))).collect();
    if !proved.is_empty() {
        words.push(format!("How that is known: {}.", proved.join("; ")));
    }
    let verified = receipt.chunks.iter().filter(|chunk| chunk.verified == Some(true)).count() as u64;
    if verified > 0 {
        words.push(format!("{} were asked for twice, in other pieces, and came the same.", count(verified, "part")));
    }
    words
}

fn how(proof: Proof) -> &'static str {
    match proof {
        Proof::WholeAnswer => "one answer that the server cannot have cut",
        Proof::AskedAgain => "an answer that may have been cut was asked for again until two agreed",
        Proof::AskedInParts => "an answer that may have been cut was asked for in smaller parts",
        Proof::NoNextPage => "pages were read until the server named no next one",
        Proof::PageCount => "all pages of the server's count were read",
        Proof::EmptyPage => "pages were read until an empty one",
    }
}

fn facts(found: &Found, public: &Public<'_>) -> Vec<(String, String)> {
    let receipt = &found.receipt;
    let mut facts = vec![
        ("Extract", receipt.extract.replace('_', " ")),
        ("Server", format!("{}, DHIS2 {}", receipt.server.url, receipt.server.version)),
        ("Read", format!("{} to {}", receipt.started_at, receipt.finished_at)),
        ("Rows", thousands(receipt.rows)),
        (
            "Requests",
            format!(
                "{} ({} of them again), {} bytes",
                thousands(receipt.requests),
                thousands(receipt.retries),
                thousands(receipt.bytes)
            ),
        ),
    ];
    if receipt.duplicates_removed > 0 {
        facts.push(("Came more than once", count(receipt.duplicates_removed, "object")));
    }
    if let Some(zone) = &receipt.server.time_zone {
        facts.push(("Server's clock", zone.clone()));
    }
    facts.push(("Made by", receipt.tool.clone()));
    facts.push(("Receipt", found.file.clone()));
    let mut facts: Vec<(String, String)> = facts.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    if let Value::Object(query) = &receipt.query {
        for (key, value) in query.iter().filter(|(key, _)| !PERSONAL.contains(&key.as_str())) {
            if let Some(text) = plain(value) {
                facts.push((format!("Asked for: {}", key.replace('_', " ")), public.tell(&text)));
            }
        }
    }
    facts
}

/// A value of a question; nothing where nothing was said.
fn plain(value: &Value) -> Option<String> {
    match value {
        Value::Bool(flag) => Some(if *flag { "yes" } else { "no" }.to_owned()),
        Value::Number(number) => Some(number.to_string()),
        Value::String(text) => Some(text.clone()),
        Value::Array(values) => {
            let texts: Vec<String> = values.iter().filter_map(plain).collect();
            let more = texts.len().saturating_sub(20);
            let first = texts.iter().take(20).cloned().collect::<Vec<_>>().join(", ");
            let text = if more > 0 { format!("{first} and {more} more") } else { first };
            (!text.is_empty()).then_some(text)
        }
        // Nested parts are conditions of a spec; the receipt has them.
        Value::Null | Value::Object(_) => None,
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use dhis2_extract::{State, Warning, WarningKind};
    use serde_json::json;

    use super::*;

    pub(crate) fn receipt() -> Receipt {
        let receipt = json!({
            "tool": "dhis2 0.1.0", "extract": "events",
            "query": { "program_id": "T4KUa2dgu2M", "org_unit_parents": ["KdK92fYEfTw"], "events": ["A1G2w687SWR"], "status": null },
            "server": { "url": "https://play.example.org", "version": "2.42.5.2", "time_zone": "UTC", "user": "amina" },
            "started_at": "2024-01-01T00:00:00Z", "finished_at": "2024-01-01T00:01:00Z", "state": "complete", "rows": 1234,
            "duplicates_removed": 1, "requests": 5, "retries": 1, "bytes": 1000,
            "chunks": [{ "id": "1", "what": "organisation unit fdiB65j1eR5", "state": "complete", "rows": 1234, "pages": 3,
                "requests": 5, "retries": 1, "bytes": 1000, "proof": "no_next_page" }],
            "warnings": [],
        });
        serde_json::from_value(receipt).unwrap()
    }

    fn told(receipt: Receipt) -> Told {
        let mut input = Input::default();
        let list = polars::prelude::df!["id" => ["KdK92fYEfTw"], "name" => ["Seedland"]].unwrap();
        assert!(input.names.take_list(&list));
        input.receipts.push(Found { file: "r.json".to_owned(), receipt, files: Vec::new() });
        tell(&input.receipts[0], &Public::of(&input))
    }

    #[test]
    fn a_complete_one_says_so_and_how_it_was_proved() {
        let told = told(receipt());
        assert!(told.complete && told.missing.is_empty() && told.warnings.is_empty());
        assert_eq!(told.headline, "Complete: everything that was asked for is there.");
        assert_eq!(told.words[1], "How that is known: 1 part: pages were read until the server named no next one.");
        let fact = |name: &str| told.facts.iter().find(|fact| fact.0 == name).map(|fact| fact.1.as_str());
        assert_eq!(fact("Rows"), Some("1,234"));
        assert_eq!(fact("Asked for: org unit parents"), Some("Seedland (KdK92fYEfTw)"));
        assert_eq!(fact("Asked for: program id"), Some("T4KUa2dgu2M"));
        assert_eq!((fact("Asked for: events"), fact("Asked for: status")), (None, None));
    }

    #[test]
    fn a_partial_one_says_what_is_missing_and_why_without_uids_of_persons_and_logins() {
        let mut receipt = receipt();
        receipt.state = State::Partial;
        receipt.chunks[0].state = ChunkState::Refused;
        receipt.chunks[0].error = Some("409 E1000: no access to fdiB65j1eR5 for event A1G2w687SWR".to_owned());
        let warn = |kind, message: &str| Warning { kind, message: message.to_owned() };
        receipt.warnings = vec![
            warn(WarningKind::UnknownId, "KdK92fYEfTw does not exist"),
            warn(WarningKind::WideTable, "a value of event PgqxuumUXsl does not fit"),
        ];
        let told = told(receipt);
        assert!(!told.complete);
        assert_eq!(told.headline, "Not complete: 2 things are missing.");
        assert_eq!(
            told.missing,
            [
                (
                    "organisation unit fdiB65j1eR5: the account may not see it.".to_owned(),
                    Some("409 E1000: no access to fdiB65j1eR5 for event …".to_owned())
                ),
                ("Seedland (KdK92fYEfTw) does not exist.".to_owned(), None),
            ]
        );
        assert_eq!(told.warnings, ["a value of event … does not fit."]);
        assert!(!format!("{told:?}").contains("amina"));
    }

    #[test]
    fn many_lines_are_cut_and_counted() {
        let mut lines: Vec<String> = (0..60).map(|number| number.to_string()).collect();
        assert_eq!(cut(&mut lines).as_deref(), Some("… and 10 more, which the receipt has."));
        assert_eq!((lines.len(), cut(&mut lines)), (50, None));
    }
}
