use serde_json::{Value as Json, json};

use super::*;
use crate::import::row::Key;

fn row(value: &str) -> Row {
    let key = Key {
        unit: "YjtKhmjECkQ".parse().unwrap(),
        period: dhis2_api::period::Period::parse("2024-01").unwrap(),
        element: "KcNX91wS0l9".parse().unwrap(),
        combo: "HllvX50cXC0".parse().unwrap(),
        attribute: "HllvX50cXC0".parse().unwrap(),
    };
    Row { line: 0, key, value: Some(value.into()) }
}

fn sent(row: &Row, held: Option<Held>, outcome: Outcome, follow_up_key: &'static str) -> Json {
    let tasks = [Task { row, value: row.value.clone(), held, outcome }];
    let body = Body { data_set: None, tasks: &tasks, follow_up_key };
    serde_json::to_value(&body).unwrap()["dataValues"][0].clone()
}

fn held() -> Held {
    Held { value: Some("3".into()), comment: Some("a remark".into()), follow_up: true, deleted: false }
}

/// peer-bugs section 4: "`followup` in JSON is ignored by 2.43.1's import (it reads `followUp`); sending neither erases
/// comment and flag on update."
#[test]
fn an_update_takes_comment_and_follow_up_along_in_the_versions_spelling() {
    for key in ["followup", "followUp"] {
        let value = sent(&row("7"), Some(held()), Outcome::Updated, key);
        assert_eq!(
            value,
            json!({"dataElement": "KcNX91wS0l9", "period": "202401", "orgUnit": "YjtKhmjECkQ",
                "categoryOptionCombo": "HllvX50cXC0", "attributeOptionCombo": "HllvX50cXC0", "value": "7",
                "comment": "a remark", key: true})
        );
    }
}

#[test]
fn what_is_new_or_empty_takes_nothing_along() {
    let new = sent(&row("7"), Some(Held { deleted: true, ..held() }), Outcome::Imported, "followup");
    assert_eq!((new.get("comment"), new.get("followup")), (None, None));
    let empty = sent(&row(""), Some(held()), Outcome::Updated, "followup");
    assert_eq!((&empty["value"], empty.get("comment")), (&json!(""), None));
}

#[test]
fn a_deletion_leaves_the_text_that_was_there() {
    let deleted = sent(&row("9"), Some(held()), Outcome::Deleted, "followup");
    assert_eq!((&deleted["value"], deleted.get("comment")), (&json!("3"), None));
}

#[test]
fn the_data_set_stands_in_the_envelope_where_it_is_known() {
    let row = row("7");
    let tasks = [Task { row: &row, value: None, held: None, outcome: Outcome::Imported }];
    let set = Some("pPqq629bfL1".parse().unwrap());
    let body = |data_set| serde_json::to_value(Body { data_set, tasks: &tasks, follow_up_key: "followUp" }).unwrap();
    assert_eq!(body(set)["dataSet"], "pPqq629bfL1");
    assert_eq!(body(None).get("dataSet"), None);
}
