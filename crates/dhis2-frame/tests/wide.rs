//! Long frames made wide: one row an object.

mod support;

use std::collections::HashMap;
use std::sync::Arc;

use dhis2_api::ValueType;
use dhis2_frame::wide::{Item, Long, NameBy, OptionsAs, WideOptions, WideTable, wide};
use polars::prelude::{AnyValue, DataFrame, df};
use support::{in_chunks, written};

const LONG: Long<'static> = Long { object: "event_id", item: "item", value: "value" };

/// A frame of object, status, item and value.
fn long(rows: &[(&str, &str, Option<&str>, Option<&str>)]) -> DataFrame {
    df![
        "event_id" => rows.iter().map(|row| row.0).collect::<Vec<_>>(),
        "status" => rows.iter().map(|row| row.1).collect::<Vec<_>>(),
        "item" => rows.iter().map(|row| row.2).collect::<Vec<_>>(),
        "value" => rows.iter().map(|row| row.3).collect::<Vec<_>>(),
    ]
    .unwrap()
}

/// A frame of the values of one item, an object each.
fn values(item: &str, values: &[&str]) -> DataFrame {
    let ids: Vec<String> = (0..values.len()).map(|row| format!("e{row}")).collect();
    let rows: Vec<_> =
        ids.iter().zip(values).map(|(id, value)| (id.as_str(), "ACTIVE", Some(item), Some(*value))).collect();
    long(&rows)
}

fn item(id: &str, name: &str, value_type: ValueType) -> Item {
    Item { id: id.into(), code: None, name: Some(name.into()), value_type, options: None }
}

fn with_options(item: Item, labels: &[(&str, &str)]) -> Item {
    let labels: HashMap<String, String> =
        labels.iter().map(|(code, label)| ((*code).to_owned(), (*label).to_owned())).collect();
    Item { options: Some(Arc::new(labels)), ..item }
}

fn made(frame: &DataFrame, items: &[Item], options: WideOptions) -> WideTable {
    wide(frame, &LONG, items, options).unwrap()
}

fn cells(frame: &DataFrame, column: &str) -> Vec<String> {
    let column = frame.column(column).unwrap();
    (0..column.len())
        .map(|row| match column.get(row).unwrap() {
            AnyValue::Null => "-".to_owned(),
            value => value.get_str().map_or_else(|| value.to_string(), str::to_owned),
        })
        .collect()
}

fn names(frame: &DataFrame) -> Vec<&str> {
    frame.get_column_names().into_iter().map(polars::prelude::PlSmallStr::as_str).collect()
}

#[test]
fn each_value_type_has_its_column_also_without_rows() {
    for kind in ValueType::ALL.iter().cloned().chain([ValueType::of("HOLOGRAM")]) {
        let expected = match kind.as_str() {
            "COORDINATE" => vec!["f64", "f64"],
            name if name.starts_with("INTEGER") => vec!["i64"],
            "NUMBER" | "PERCENTAGE" | "UNIT_INTERVAL" => vec!["f64"],
            "BOOLEAN" | "TRUE_ONLY" => vec!["bool"],
            "DATE" | "AGE" => vec!["date"],
            "DATETIME" => vec!["datetime[ms]"],
            _ => vec!["str"],
        };
        for frame in [long(&[]), long(&[("e1", "ACTIVE", None, None)])] {
            let table = made(&frame, &[item("i1", "One", kind.clone())], WideOptions::default());
            let types: Vec<String> = table.frame.dtypes()[2..].iter().map(ToString::to_string).collect();
            assert_eq!(types, expected, "{kind}");
            assert_eq!(table.frame.height(), frame.height());
            assert!(table.report.is_empty());
            assert!(table.frame.columns()[2..].iter().all(|column| column.null_count() == frame.height()));
        }
    }
}

#[test]
fn values_become_what_their_type_says() {
    for (kind, values_of, expected) in [
        ("INTEGER", ["-5", "0", "9223372036854775807"], ["-5", "0", "9223372036854775807"]),
        ("INTEGER_POSITIVE", ["-5", "0", "7"], ["-5", "0", "7"]),
        ("PERCENTAGE", ["99.5", "120", "1.0E2"], ["99.5", "120.0", "100.0"]),
        ("BOOLEAN", ["true", "FALSE", "1"], ["true", "false", "true"]),
        ("TRUE_ONLY", ["true", "true", "true"], ["true", "true", "true"]),
        ("DATE", ["2024-02-29", "1890-01-01", "1970-01-01"], ["2024-02-29", "1890-01-01", "1970-01-01"]),
        ("AGE", ["2024-02-29", "1890-01-01", "1970-01-01"], ["2024-02-29", "1890-01-01", "1970-01-01"]),
        ("TIME", ["09:15", "23:59", "noon"], ["09:15", "23:59", "noon"]),
        ("FILE_RESOURCE", ["KdK92fYEfTw", "", " "], ["KdK92fYEfTw", "", " "]),
        (
            "DATETIME",
            ["2024-01-15T09:15", "2024-01-15T09:15:30", "2024-01-15T09:15:30.250"],
            ["2024-01-15 09:15:00", "2024-01-15 09:15:30", "2024-01-15 09:15:30.250"],
        ),
    ] {
        let table = made(&values("i1", &values_of), &[item("i1", "One", ValueType::of(kind))], WideOptions::default());
        assert_eq!(cells(&table.frame, "One"), expected, "{kind}");
        assert!(table.report.is_empty(), "{kind}");
    }
}

#[test]
fn a_coordinate_is_two_columns() {
    let frame = values("i1", &["[-11.4197,8.1039]", "nowhere", "[0, -90]"]);
    let table = made(&frame, &[item("i1", "Home", ValueType::Coordinate)], WideOptions::default());
    assert_eq!(names(&table.frame)[2..], ["Home_longitude", "Home_latitude"]);
    assert_eq!(cells(&table.frame, "Home_longitude"), ["-11.4197", "-", "0.0"]);
    assert_eq!(cells(&table.frame, "Home_latitude"), ["8.1039", "-", "-90.0"]);
    assert_eq!((table.report.unfit[0].count, &table.report.unfit[0].objects), (1, &vec!["e1".to_owned()]));
}

#[test]
fn what_does_not_fit_is_null_counted_and_named() {
    let unfit = ["", " 5 ", "5.0", "1e5", "1,000", "9223372036854775808", "five"];
    let table = made(&values("i1", &unfit), &[item("i1", "One", ValueType::Integer)], WideOptions::default());
    assert_eq!(table.frame.column("One").unwrap().null_count(), unfit.len());
    let report = &table.report.unfit;
    assert_eq!((report.len(), report[0].item_id.as_str(), &report[0].value_type), (1, "i1", &ValueType::Integer));
    assert_eq!(report[0].count, 7);
    assert_eq!(report[0].objects, ["e0", "e1", "e2", "e3", "e4", "e5", "e6"]);
}

#[test]
fn no_value_is_in_what_is_shown_of_a_table() {
    let items = [with_options(item("i1", "One", ValueType::Integer), &[])];
    for options_as in [OptionsAs::Code, OptionsAs::Label] {
        let frame = long(&[
            ("e1", "ACTIVE", Some("i1"), Some("secret")),
            ("e1", "ACTIVE", Some("i1"), Some("secret too")),
            ("e1", "ACTIVE", Some("i2"), Some("secret")),
        ]);
        let table = made(&frame, &items, WideOptions { options_as, ..WideOptions::default() });
        assert_eq!(table.report.repeated[0].count, 1);
        let shown = format!("{table:?} {}", serde_json::to_string(&table.report).unwrap());
        assert!(shown.contains("i1") && !shown.contains("secret"), "{shown}");
    }
}

#[test]
fn a_thousand_objects_are_named_and_all_are_counted() {
    let table = made(&values("i1", &vec!["x"; 1_234]), &[item("i1", "One", ValueType::Number)], WideOptions::default());
    assert_eq!((table.report.unfit[0].count, table.report.unfit[0].objects.len()), (1_234, 1_000));
}

#[test]
fn columns_are_named_as_asked() {
    let items = [
        Item { code: Some("DE_1".into()), ..item("i1", "One", ValueType::Text) },
        Item { name: None, code: Some(String::new()), ..item("i2", "", ValueType::Text) },
    ];
    for (name_by, expected) in
        [(NameBy::Id, ["i1", "i2"]), (NameBy::Code, ["DE_1", "i2"]), (NameBy::Name, ["One", "i2"])]
    {
        let table = made(&long(&[]), &items, WideOptions { name_by, ..WideOptions::default() });
        assert_eq!(names(&table.frame)[2..], expected);
        let renamed = &table.report.renamed;
        if name_by == NameBy::Id {
            assert!(renamed.is_empty());
        } else {
            assert_eq!((renamed.len(), renamed[0].id.as_str(), &renamed[0].wanted), (1, "i2", &None));
            assert_eq!(renamed[0].used, "i2");
        }
    }
}

#[test]
fn no_column_takes_the_name_of_another() {
    let items = [
        item("i1", "status", ValueType::Text),
        item("i2", "Weight", ValueType::Number),
        item("i3", "Weight", ValueType::Integer),
        item("i2", "Weight", ValueType::Number),
    ];
    let frame = long(&[("e1", "ACTIVE", Some("i2"), Some("1.5")), ("e1", "ACTIVE", Some("i3"), Some("2"))]);
    let table = made(&frame, &items, WideOptions::default());
    assert_eq!(names(&table.frame), ["event_id", "status", "status (i1)", "Weight (i2)", "Weight (i3)"]);
    assert_eq!(cells(&table.frame, "Weight (i2)"), ["1.5"]);
    assert_eq!(cells(&table.frame, "Weight (i3)"), ["2"]);
    let renamed: Vec<_> = table.report.renamed.iter().map(|r| (r.id.as_str(), r.wanted.as_deref().unwrap())).collect();
    assert_eq!(renamed, [("i1", "status"), ("i2", "Weight"), ("i3", "Weight")]);
    // The columns of the long frame that are gone leave their names free.
    let table = made(&frame, &[item("i2", "value", ValueType::Number)], WideOptions::default());
    assert_eq!(names(&table.frame), ["event_id", "status", "value", "i3"]);
}

#[test]
fn items_that_only_the_data_has_are_text_and_reported() {
    let frame = long(&[
        ("e1", "ACTIVE", Some("new"), Some("5")),
        ("e2", "ACTIVE", Some("i1"), Some("6")),
        ("e2", "ACTIVE", Some("other"), Some("7")),
    ]);
    let table = made(&frame, &[item("i1", "One", ValueType::Integer)], WideOptions::default());
    assert_eq!(names(&table.frame), ["event_id", "status", "One", "new", "other"]);
    assert_eq!(cells(&table.frame, "new"), ["5", "-"]);
    assert_eq!(table.report.unknown_items, ["new", "other"]);
    assert!(table.report.renamed.is_empty());
}

#[test]
fn options_are_codes_or_labels() {
    let items = [
        with_options(item("i1", "Outcome", ValueType::Text), &[("REC", "Recovered"), ("DIED", "Died, sadly")]),
        with_options(item("i2", "Grade", ValueType::Integer), &[("1", "First"), ("2", "Second")]),
        with_options(item("i3", "Signs", ValueType::MultiText), &[("A", "Ache"), ("B", "Blood")]),
        item("i4", "Plain", ValueType::Text),
    ];
    let row = |event, item, value| (event, "ACTIVE", Some(item), Some(value));
    let frame = long(&[
        row("e1", "i1", "REC"),
        row("e1", "i2", "2"),
        row("e1", "i3", "A,B"),
        row("e1", "i4", "REC"),
        row("e2", "i1", "GONE"),
        row("e2", "i2", "3"),
        row("e2", "i3", "B,C"),
    ]);
    let codes = made(&frame, &items, WideOptions::default());
    assert_eq!(cells(&codes.frame, "Outcome"), ["REC", "GONE"]);
    assert_eq!(codes.frame.column("Grade").unwrap().dtype().to_string(), "i64");
    assert_eq!(cells(&codes.frame, "Signs"), ["A,B", "B,C"]);
    assert!(codes.report.is_empty());

    let labels = made(&frame, &items, WideOptions { options_as: OptionsAs::Label, ..WideOptions::default() });
    assert_eq!(cells(&labels.frame, "Outcome"), ["Recovered", "GONE"]);
    assert_eq!(cells(&labels.frame, "Grade"), ["Second", "3"]);
    assert_eq!(cells(&labels.frame, "Signs"), ["Ache,Blood", "Blood,C"]);
    assert_eq!(cells(&labels.frame, "Plain"), ["REC", "-"]);
    assert!(labels.report.unfit.is_empty());
    let unlabelled: Vec<_> =
        labels.report.unlabelled.iter().map(|c| (c.item_id.as_str(), c.count, &c.objects[0])).collect();
    let e2 = "e2".to_owned();
    assert_eq!(unlabelled, [("i1", 1, &e2), ("i2", 1, &e2), ("i3", 1, &e2)]);
}

#[test]
fn rows_of_an_object_need_not_stand_together() {
    let row = |event, item, value| (event, "ACTIVE", Some(item), Some(value));
    let frame = long(&[
        row("e2", "i1", "1"),
        row("e1", "i1", "2"),
        row("e3", "i2", "3"),
        row("e2", "i2", "4"),
        row("e1", "i2", "5"),
        row("e3", "i1", "6"),
    ]);
    let items = [item("i1", "One", ValueType::Integer), item("i2", "Two", ValueType::Integer)];
    for frame in [frame.clone(), in_chunks(&frame)] {
        let table = made(&frame, &items, WideOptions::default());
        assert_eq!(cells(&table.frame, "event_id"), ["e2", "e1", "e3"]);
        assert_eq!(cells(&table.frame, "One"), ["1", "2", "6"]);
        assert_eq!(cells(&table.frame, "Two"), ["4", "5", "3"]);
        assert!(table.report.is_empty());
    }
}

/// peer-bugs section 3: "Events without values, scheduled events, deleted events, events of unregistered programs each
/// survive as rows [O51, FETCH, templates]".
#[test]
fn objects_without_values_are_rows() {
    let frame = long(&[
        ("e1", "SCHEDULE", None, None),
        ("e2", "ACTIVE", Some("i1"), Some("5")),
        ("e3", "ACTIVE", Some("i1"), None),
        ("e4", "SKIPPED", None, None),
    ]);
    let table = made(&frame, &[item("i1", "One", ValueType::Integer)], WideOptions::default());
    assert_eq!(cells(&table.frame, "status"), ["SCHEDULE", "ACTIVE", "ACTIVE", "SKIPPED"]);
    assert_eq!(cells(&table.frame, "One"), ["-", "5", "-", "-"]);
    assert!(table.report.is_empty());
}

#[test]
fn of_two_values_of_an_item_the_first_is_there_and_the_other_reported() {
    let row = |event, value| (event, "ACTIVE", Some("i1"), Some(value));
    let frame = long(&[row("e1", "5"), row("e1", "5"), row("e1", "6"), row("e2", "7"), row("e2", "7"), row("e1", "8")]);
    let table = made(&frame, &[item("i1", "One", ValueType::Integer)], WideOptions::default());
    assert_eq!(cells(&table.frame, "One"), ["5", "7"]);
    assert_eq!(
        (table.report.repeated[0].count, &table.report.repeated[0].objects[..]),
        (2, ["e1".to_owned(), "e1".to_owned()].as_slice())
    );
}

#[test]
fn a_frame_that_is_no_long_one_is_refused() {
    let frame = long(&[("e1", "ACTIVE", None, Some("5"))]);
    let refused = |long: Long<'_>| wide(&frame, &long, &[], WideOptions::default()).unwrap_err().to_string();
    assert!(refused(LONG).contains("row 0 has a value, and does not say of what"));
    assert!(refused(Long { item: "attribute_id", ..LONG }).contains("it has no column `attribute_id`"));
    let frame = df!["event_id" => [1_i64], "item" => ["i"], "value" => ["v"]].unwrap();
    let error = wide(&frame, &LONG, &[], WideOptions::default()).unwrap_err();
    assert!(error.to_string().contains("column `event_id` is not text"), "{error}");
}

#[test]
fn every_format_takes_a_wide_frame() {
    let kinds = ["INTEGER", "NUMBER", "BOOLEAN", "DATE", "DATETIME", "COORDINATE", "TEXT"];
    let items: Vec<Item> = kinds.iter().map(|kind| item(kind, kind, ValueType::of(kind))).collect();
    let given = ["-5", "0.5", "true", "2024-02-29", "2024-02-29T10:00", "[1.5,-2]", "a, \"b\""];
    let rows: Vec<_> =
        kinds.iter().zip(given).map(|(kind, value)| ("e1", "ACTIVE", Some(*kind), Some(value))).collect();
    let table = made(&long(&rows), &items, WideOptions::default());
    for name in ["a.parquet", "a.arrow"] {
        written(&table.frame, name);
    }
    let (_folder, path) = written(&table.frame, "a.csv");
    assert_eq!(
        std::fs::read_to_string(path).unwrap(),
        "event_id,status,INTEGER,NUMBER,BOOLEAN,DATE,DATETIME,COORDINATE_longitude,COORDINATE_latitude,TEXT\n\
         e1,ACTIVE,-5,0.5,true,2024-02-29,2024-02-29T10:00:00.000,1.5,-2.0,\"a, \"\"b\"\"\"\n"
    );
}
