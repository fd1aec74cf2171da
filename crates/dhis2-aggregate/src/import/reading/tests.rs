use super::*;

fn key(element: &str, unit: &str, period: &str, combo: &str) -> Key {
    Key {
        unit: unit.parse().unwrap(),
        period: dhis2_api::period::Period::parse(period).unwrap(),
        element: element.parse().unwrap(),
        combo: combo.parse().unwrap(),
        attribute: "HllvX50cXC0".parse().unwrap(),
    }
}

fn keys() -> Vec<Key> {
    vec![
        key("KcNX91wS0l9", "YjtKhmjECkQ", "202401", "HllvX50cXC0"),
        key("KcNX91wS0l9", "SvXiEVfRnXx", "2024Q1", "mBxIoOg72GX"),
        key("PzilyOcM7Q8", "SvXiEVfRnXx", "202401", "mBxIoOg72GX"),
        key("PzilyOcM7Q8", "SvXiEVfRnXx", "202402", "HllvX50cXC0"),
    ]
}

/// A refusal with this message, whose indexes name every row.
fn refusal(code: &str, message: &str) -> ImportSummary {
    let body = serde_json::json!({"status": "ERROR", "importCount": {}, "conflicts": [
        {"value": message, "errorCode": code, "indexes": [0, 1, 2, 3], "objects": {"args": "x"}}
    ]});
    serde_json::from_value(body).unwrap()
}

fn rows_named(code: &str, message: &str) -> Vec<usize> {
    match read(&refusal(code, message), &keys(), "pPqq629bfL1".parse().ok()) {
        Reading::Refused { named, .. } => named.into_keys().collect(),
        Reading::Rows { .. } => panic!("{message}"),
    }
}

/// peer-bugs section 4: "One bad row: 409 WARNING with the good rows stored (≤ 2.42); 200 WARNING with the good rows stored
/// for a bad value, 409 ERROR with **nothing** stored for an unknown element, unit, combo, wrong period type, duplicate key
/// or closed period (2.43). 2.43's `indexes` may list every row or `[-1]`."
#[test]
fn a_refusal_that_lists_every_row_is_read_by_what_its_message_names() {
    let set = "Data set pPqq629bfL1";
    for (code, message, rows) in [
        ("E8020", format!("{set} not usable with data element(s): `[PzilyOcM7Q8, AAAAAAAAAAA]`"), vec![2, 3]),
        ("E8022", format!("{set} not usable with org unit(s): `[YjtKhmjECkQ]`"), vec![0]),
        ("E8021", format!("{set} not usable with period(s): `[2024Q1]`"), vec![1]),
        (
            "E8024",
            format!("{set} + data element KcNX91wS0l9 not usable with category option combo(s): `[mBxIoOg72GX]`"),
            vec![1],
        ),
        (
            "E8031",
            "Untimely data entry for org unit SvXiEVfRnXx and period(s): `[202401, 202402]`".to_owned(),
            vec![2, 3],
        ),
        ("E8002", "Data set detection failed, found multiple sets: `[ARIP7xOpljk, pPqq629bfL1]`".to_owned(), vec![]),
        ("E8010", "User has no access to data set: `pPqq629bfL1`".to_owned(), vec![0, 1, 2, 3]),
        ("E8010", "User has no access to data set: `ARIP7xOpljk`".to_owned(), vec![]),
    ] {
        assert_eq!(rows_named(code, &message), rows, "{message}");
    }
}

#[test]
fn a_refusal_that_lists_some_rows_is_believed() {
    let mut summary =
        refusal("E8128", "Value #[1, 2] all affect the same data value: `DataValueKey[dataElement=PzilyOcM7Q8]`");
    summary.conflicts[0].indexes = vec![1, 2, -1, 99];
    let Reading::Refused { named, cause } = read(&summary, &keys(), None) else { panic!() };
    assert_eq!(named.into_keys().collect::<Vec<_>>(), [1, 2]);
    assert_eq!(cause.code, "E8128");
}

#[test]
fn the_only_row_of_a_refused_request_is_the_one_at_fault() {
    let mut summary = refusal("E8102", "Value #0 data element not defined");
    summary.conflicts[0].indexes = vec![-1];
    let Reading::Refused { named, .. } = read(&summary, &keys()[..1], None) else { panic!() };
    assert!(named.contains_key(&0));
}

#[test]
fn a_fatal_error_without_a_conflict_is_a_refusal_that_names_nothing() {
    let body = br#"{"httpStatus":"Conflict","httpStatusCode":409,"status":"ERROR","response":{"status":"ERROR",
        "description":"The import process failed","importCount":{"imported":0,"updated":0,"ignored":0,"deleted":0}}}"#;
    let summary = ImportSummary::parse(body).unwrap();
    let Reading::Refused { named, cause } = read(&summary, &keys(), None) else { panic!() };
    assert!(named.is_empty());
    assert_eq!(&*cause.message, "The import process failed");
}

#[test]
fn rows_that_were_counted_were_judged_by_themselves_even_if_none_was_taken() {
    let body = serde_json::json!({"status": "ERROR", "importCount": {"ignored": 4}, "conflicts": [
        {"value": "no number", "errorCode": "E8122", "indexes": [0, 1, 2, 3]}
    ]});
    let Reading::Rows { rejected, unplaced } = read(&serde_json::from_value(body).unwrap(), &keys(), None) else {
        panic!()
    };
    assert_eq!((rejected.len(), unplaced.len()), (4, 0));
}

#[test]
fn counts_are_compared_as_far_as_the_version_tells_them_apart() {
    use Outcome::{Imported, Updated};
    let count = ImportCount { imported: 0, updated: 2, ..ImportCount::default() };
    assert!(!counts_agree(&count, [Imported, Updated].into_iter(), true));
    assert!(counts_agree(&count, [Imported, Updated].into_iter(), false));
    assert!(!counts_agree(&count, [Imported].into_iter(), false));
    let count = ImportCount { deleted: 1, ..ImportCount::default() };
    assert!(counts_agree(&count, [Outcome::Deleted].into_iter(), true));
}

/// `AAAAAAAAAAA` is nobody's unit in one row, and nothing's combo in another.
#[test]
fn an_unknown_id_is_looked_for_where_the_message_says_that_it_is() {
    let mut keys = keys();
    let nobody: Uid = "AAAAAAAAAAA".parse().unwrap();
    (keys[0].unit, keys[1].combo, keys[2].attribute, keys[3].element) = (nobody, nobody, nobody, nobody);
    for (row, kind) in
        ["org unit", "category option combo", "attribute option combo", "data element"].iter().enumerate()
    {
        let message = format!("Data set pPqq629bfL1 not usable with {kind}(s): `[{nobody}]`");
        let Reading::Refused { named, .. } = read(&refusal("E8022", &message), &keys, None) else { panic!() };
        assert_eq!(named.into_keys().collect::<Vec<_>>(), [row], "{message}");
    }
}
