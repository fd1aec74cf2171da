//! What becomes of rows.

use std::collections::HashMap;

use dhis2_extract::{Objects, Protect};
use polars::prelude::*;
use serde_json::json;

use super::guard::{Fate, Guard};
use super::known::Item;
use super::{Privacy, PrivacyKey, rows};

const PERSON: &str = "PgqxuumUXsl";
const OTHER: &str = "k1UPmGk3fJq";

fn key() -> PrivacyKey {
    PrivacyKey::from_bytes(&[9; 32]).unwrap()
}

fn guard(privacy: &Privacy) -> Guard {
    let items = [
        ("phone", "PHONE_NUMBER", false),
        ("secret", "TEXT", true),
        ("born", "DATE", false),
        ("friend", "TRACKER_ASSOCIATE", false),
        ("text", "TEXT", false),
        ("place", "ORGANISATION_UNIT", false),
    ];
    let items = items.map(|(id, value_type, confidential)| {
        let item = json!({ "id": id, "valueType": value_type, "confidential": confidential });
        (id.to_owned(), serde_json::from_value::<Item>(item).unwrap())
    });
    Guard::new(privacy, &json!({}), HashMap::from(items), None, Vec::new())
}

fn text(name: &str, cells: &[Option<&str>]) -> Column {
    Column::new(name.into(), cells)
}

/// Two people, of whom the second has one value.
fn people(values: [(&str, &str); 4]) -> (DataFrame, Objects) {
    let ids = [PERSON, PERSON, PERSON, OTHER].map(Some);
    let frame = DataFrame::new(
        4,
        vec![
            text("tracked_entity_id", &ids),
            text("status", &[Some("ACTIVE"); 4]),
            text("attribute_id", &values.map(|(item, _)| Some(item))),
            text("value", &values.map(|(_, value)| Some(value))),
        ],
    );
    (frame.unwrap(), Objects::Runs { starts: vec![0, 3], updated: vec![5, 6] })
}

fn cells(frame: &DataFrame, column: &str) -> Vec<Option<String>> {
    frame.column(column).unwrap().str().unwrap().iter().map(|cell| cell.map(str::to_owned)).collect()
}

fn protected(privacy: &Privacy, values: [(&str, &str); 4]) -> (Vec<Option<String>>, Vec<u32>) {
    let (frame, objects) = people(values);
    let (frame, objects) = guard(privacy).rows(frame, objects).unwrap();
    let Objects::Runs { starts, updated } = objects else { panic!("{objects:?}") };
    assert_eq!(starts.len(), updated.len());
    (cells(&frame, "value"), starts)
}

#[test]
fn a_dropped_value_takes_its_row_and_who_has_none_left_keeps_one() {
    let values = [("phone", "1"), ("text", "a"), ("secret", "b"), ("phone", "2")];
    let phones = Privacy::new().drop_types(["PHONE_NUMBER", "PHONE_NUMBER"]).unwrap();
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(protected(&phones, values), (vec![some("a"), some("b"), None], vec![0, 2]));
    assert_eq!(protected(&Privacy::new().drop_confidential(), values).0, [some("1"), some("a"), some("2")]);
    let (frame, objects) = people(values);
    let frame = frame.drop("status").unwrap();
    let (frame, objects) = guard(&phones).rows(frame, objects).unwrap();
    assert_eq!(cells(&frame, "value"), [some("a"), some("b")]);
    let Objects::Runs { starts, updated } = objects else { panic!("{objects:?}") };
    assert_eq!((starts, updated), (vec![0], vec![5]));
}

#[test]
fn values_of_an_unknown_type_are_dropped_and_named() {
    let guard = guard(&Privacy::new().pseudonymise(key()));
    let (frame, objects) = people([("unseen", "1"), ("text", "a"), ("text", "b"), ("text", "c")]);
    let (frame, _) = guard.rows(frame, objects).unwrap();
    assert_eq!(frame.height(), 3);
    let warnings = guard.warnings();
    assert!(warnings.len() == 1 && warnings[0].message.ends_with(": unseen"), "{warnings:?}");
}

#[test]
fn persons_in_values_get_the_pseudonyms_of_their_rows() {
    let privacy = Privacy::new().pseudonymise(key());
    let (frame, objects) = people([("friend", OTHER), ("text", "a"), ("text", PERSON), ("text", "c")]);
    let (frame, _) = guard(&privacy).rows(frame, objects).unwrap();
    let ids = cells(&frame, "tracked_entity_id");
    assert_eq!(ids[0], Some(key().pseudonym(PERSON)));
    // Text is left as it is.
    assert_eq!(cells(&frame, "value")[..3], [ids[3].clone(), Some("a".to_owned()), Some(PERSON.to_owned())]);
    assert_eq!(ids[3], Some(key().pseudonym(OTHER)));
}

#[test]
fn dates_of_a_person_are_shifted_alike_and_keep_their_form() {
    let privacy = Privacy::new().pseudonymise(key()).date_shift(40).unwrap();
    let days = key().days(PERSON, 40);
    let guard = guard(&privacy);
    let updated = Column::new("updated_at".into(), &[0_i64, 86_400_000])
        .cast(&DataType::Datetime(TimeUnit::Milliseconds, Some(TimeZone::UTC)))
        .unwrap();
    let frame = DataFrame::new(
        2,
        vec![
            text("tracked_entity_id", &[Some(PERSON); 2]),
            updated,
            text("attribute_id", &[Some("born"); 2]),
            text("value", &[Some("2000-02-29"), Some("2079-02-32")]),
        ],
    );
    let objects = Objects::Runs { starts: vec![0], updated: vec![7] };
    let frame = frame.unwrap();
    let frame = frame.drop("updated_at").unwrap().hstack(&[frame.column("updated_at").unwrap().clone()]).unwrap();
    let (shifted, objects) = guard.rows(frame.clone(), objects).unwrap();
    // What is no date cannot be shifted, and does not stay.
    assert_eq!(shifted.height(), 1);
    assert_eq!(cells(&shifted, "value"), [rows::shifted("2000-02-29", days)]);
    let times = shifted.column("updated_at").unwrap().to_physical_repr();
    assert_eq!(times.i64().unwrap().get(0), Some(days * 86_400_000));
    assert_eq!(shifted.column("updated_at").unwrap().dtype(), frame.column("updated_at").unwrap().dtype());
    let Objects::Runs { updated, .. } = objects else { panic!("{objects:?}") };
    assert_eq!(updated, [7 + days * 86_400_000]);
    assert_eq!(rows::shifted("2024-02-28T10:00", 2), Some("2024-03-01T10:00".to_owned()));
    assert_eq!(rows::shifted("28/02/2024", 2), None);
}

#[test]
fn a_type_that_is_none_is_refused_with_those_that_are() {
    let error = Privacy::new().drop_types(["PHONE"]).unwrap_err().to_string();
    assert!(error.contains("`PHONE`") && error.contains("PHONE_NUMBER") && error.contains("GEOJSON"), "{error}");
    for days in [0, 3_651] {
        assert!(Privacy::new().date_shift(days).is_err());
    }
}

#[test]
fn a_data_element_is_never_confidential() {
    let guard = guard(&Privacy::new().drop_confidential());
    assert_eq!(guard.fate("unseen", false, Some("1"), 0), Fate::Kept);
    assert_eq!(guard.fate("unseen", true, Some("1"), 0), Fate::Dropped);
}

#[test]
fn what_ids_are_compared_with_does_not_stay_in_a_query() {
    let guard = guard(&Privacy::new().pseudonymise(key()));
    let query =
        guard.query(json!({ "events": [PERSON], "filters": [format!("event_id:eq:{PERSON}"), "stored_by:in:anna"] }));
    let person = key().pseudonym(PERSON);
    assert_eq!(query, json!({ "events": [person], "filters": ["event_id:eq:…", "stored_by:in:…"] }));
}
