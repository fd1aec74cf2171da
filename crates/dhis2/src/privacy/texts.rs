//! Texts that a receipt, an error or a plan holds: ids of persons in them become pseudonyms.

use std::collections::{HashMap, HashSet};

use dhis2_api::Uid;
use serde_json::Value;

use super::PrivacyKey;

/// Parts of a query that name objects of persons.
const PERSONAL: [&str; 4] = ["events", "enrollments", "tracked_entities", "objects"];

/// What an id of metadata follows, in our own words and in requests.
const BEFORE_METADATA: [&str; 8] = [
    "program ",
    "organisation unit ",
    "type ",
    "orgUnit=",
    "orgUnits=",
    "program=",
    "programStage=",
    "trackedEntityType=",
];

/// What has the length of a uid, and is none. (A word in small or capital letters alone is one, too.)
const WORDS: [&str; 6] = ["orgUnitMode", "dataElement", "completedAt", "scheduledAt", "programType", "hasNextPage"];

/// Which ids stand for what in texts.
#[derive(Debug, Default)]
pub(super) struct Texts {
    /// Objects of persons that the query names.
    personal: HashSet<String>,
    /// Metadata.
    public: HashSet<String>,
}

impl Texts {
    pub(super) fn of(query: &Value, public: impl IntoIterator<Item = String>) -> Self {
        let mut texts = Self { personal: HashSet::new(), public: public.into_iter().collect() };
        for (key, value) in query.as_object().into_iter().flatten() {
            let ids = match key.as_str() {
                key if PERSONAL.contains(&key) => &mut texts.personal,
                // What a filter compares with is anybody's.
                "filters" => continue,
                _ => &mut texts.public,
            };
            each_text(value, &mut |text| {
                let tokens = text.split(|sign: char| !sign.is_ascii_alphanumeric());
                ids.extend(tokens.filter(|token| Uid::parse(token).is_ok()).map(str::to_owned));
            });
        }
        texts
    }

    /// The text with pseudonyms for what may be the id of a person or their data, and with the units that stand for others.
    /// Half an id, where a long text was cut, is left out.
    pub(super) fn said(&self, text: &str, key: Option<&PrivacyKey>, units: Option<&HashMap<String, String>>) -> String {
        let (mut said, mut rest) = (String::with_capacity(text.len()), text);
        while let Some(first) = rest.chars().next() {
            if let Some(encoded) = encoded(rest) {
                said.push_str(encoded);
                rest = &rest[encoded.len()..];
                continue;
            }
            let end = rest.find(|sign: char| !sign.is_ascii_alphanumeric()).unwrap_or(rest.len());
            if end == 0 {
                said.push(first);
                rest = &rest[first.len_utf8()..];
                continue;
            }
            let (token, after) = rest.split_at(end);
            let cut = said.ends_with(" … ") || after.starts_with(" … ");
            match (units.and_then(|units| units.get(token)), key) {
                (Some(unit), _) => said.push_str(unit),
                (None, Some(_)) if cut && token.len() < 11 => {}
                (None, Some(key)) if self.is_personal(token, &said) => said.push_str(&key.pseudonym(token)),
                _ => said.push_str(token),
            }
            rest = after;
        }
        said
    }

    fn is_personal(&self, token: &str, before: &str) -> bool {
        if self.personal.contains(token) {
            return true;
        }
        let is_word = |token: &str| {
            token[1..].bytes().all(|byte| byte.is_ascii_lowercase())
                || token.bytes().all(|byte| byte.is_ascii_uppercase())
                || WORDS.contains(&token)
        };
        Uid::parse(token).is_ok()
            && !self.public.contains(token)
            && !BEFORE_METADATA.iter().any(|words| before.ends_with(words))
            && !is_word(token)
    }
}

/// An encoded sign of an address at the beginning: its digits are no part of an id.
fn encoded(text: &str) -> Option<&str> {
    let bytes = text.as_bytes();
    let is_one = bytes.len() > 2 && bytes[0] == b'%' && bytes[1..3].iter().all(u8::is_ascii_hexdigit);
    is_one.then(|| &text[..3])
}

fn each_text(value: &Value, see: &mut dyn FnMut(&str)) {
    match value {
        Value::String(text) => see(text),
        Value::Array(values) => values.iter().for_each(|value| each_text(value, see)),
        Value::Object(values) => values.values().for_each(|value| each_text(value, see)),
        _ => {}
    }
}

/// The same value with other texts.
pub(super) fn with_texts(value: Value, change: &dyn Fn(&str) -> String) -> Value {
    match value {
        Value::String(text) => Value::String(change(&text)),
        Value::Array(values) => values.into_iter().map(|value| with_texts(value, change)).collect(),
        Value::Object(values) => values.into_iter().map(|(key, value)| (key, with_texts(value, change))).collect(),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const PERSON: &str = "PgqxuumUXsl";
    const OTHER: &str = "k1UPmGk3fJq";
    const UNIT: &str = "mBCOdfDrOcx";

    fn said(text: &str) -> String {
        let key = PrivacyKey::from_bytes(&[3; 32]).unwrap();
        let query =
            json!({"program_id": "T4KUa2dgu2M", "tracked_entities": [PERSON], "filters": ["event_id:eq:aaaaaaaaaa1"]});
        let units = HashMap::from([(UNIT.to_owned(), "KdK92fYEfTw".to_owned())]);
        Texts::of(&query, []).said(text, Some(&key), Some(&units))
    }

    #[test]
    fn ids_that_may_be_of_persons_become_pseudonyms_wherever_they_stand() {
        let key = PrivacyKey::from_bytes(&[3; 32]).unwrap();
        let (person, other) = (key.pseudonym(PERSON), key.pseudonym(OTHER));
        for (text, expected) in [
            (
                format!("trackedEntities={PERSON}%3B{OTHER}&page=1"),
                format!("trackedEntities={person}%3B{other}&page=1"),
            ),
            (format!("Event with id '{OTHER}'…"), format!("Event with id '{other}'…")),
            (format!("({PERSON})"), format!("({person})")),
            ("event aaaaaaaaaa1".to_owned(), format!("event {}", key.pseudonym("aaaaaaaaaa1"))),
        ] {
            assert_eq!(said(&text), expected);
        }
    }

    #[test]
    fn metadata_and_words_stay_and_units_become_those_above() {
        let text =
            "enrollments and Enrollments of dataElement in program T4KUa2dgu2M, programStage=Yl7DhNudbZY, orgUnitMode";
        assert_eq!(said(text), text);
        assert_eq!(said(&format!("under organisation unit {UNIT}")), "under organisation unit KdK92fYEfTw");
    }

    #[test]
    fn half_an_id_is_left_out() {
        assert_eq!(said("events=a,PgqxuuA … 3fJq&x=1 (700 characters)"), "events=a, … &x=1 (700 characters)");
    }
}
