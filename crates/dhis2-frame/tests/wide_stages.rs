//! Long frames made wide: one row an enrollment.

use dhis2_api::ValueType;
use dhis2_frame::wide::{Item, NameBy, Stage, WideOptions, by_enrollment};
use dhis2_frame::{DatetimeColumn, FrameError};
use polars::prelude::{AnyValue, DataFrame, df};

/// Enrollment, event, stage, when it occurred, element, value.
type Row<'a> = (Option<&'a str>, &'a str, &'a str, Option<i64>, Option<&'a str>, Option<&'a str>);

fn events(rows: &[Row<'_>]) -> DataFrame {
    let mut frame = df![
        "event_id" => rows.iter().map(|row| row.1).collect::<Vec<_>>(),
        "program_stage_id" => rows.iter().map(|row| row.2).collect::<Vec<_>>(),
        "enrollment_id" => rows.iter().map(|row| row.0).collect::<Vec<_>>(),
        "tracked_entity_id" => rows.iter().map(|row| row.0.map(|id| format!("t{id}"))).collect::<Vec<_>>(),
        "data_element_id" => rows.iter().map(|row| row.4).collect::<Vec<_>>(),
        "value" => rows.iter().map(|row| row.5).collect::<Vec<_>>(),
    ]
    .unwrap();
    let mut occurred = DatetimeColumn::default();
    for row in rows {
        occurred.push_opt(row.3);
    }
    frame.with_column(occurred.finish("occurred_at")).unwrap();
    frame
}

fn item(id: &str, name: &str, value_type: ValueType) -> Item {
    Item { id: id.into(), code: None, name: Some(name.into()), value_type, options: None }
}

fn stage(id: &str, name: &str, repeatable: bool, items: Vec<Item>) -> Stage {
    Stage { id: id.into(), code: Some(format!("{id}_code")), name: Some(name.into()), repeatable, items }
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

fn program() -> Vec<Stage> {
    vec![
        stage(
            "s1",
            "Birth",
            false,
            vec![item("w", "Weight", ValueType::Number), item("h", "Home", ValueType::Coordinate)],
        ),
        stage(
            "s2",
            "Visit",
            true,
            vec![item("w", "Weight", ValueType::Number), item("d", "Danger", ValueType::Boolean)],
        ),
    ]
}

#[test]
fn events_stand_side_by_side_in_the_order_of_time() {
    let frame = events(&[
        (Some("n1"), "e9", "s2", Some(3_000), Some("d"), Some("true")),
        (Some("n1"), "e9", "s2", Some(3_000), Some("w"), Some("9.5")),
        (Some("n2"), "e5", "s1", Some(1_000), Some("h"), Some("[1,2]")),
        (Some("n1"), "e7", "s2", None, None, None),
        (Some("n1"), "e8", "s2", Some(2_000), Some("d"), Some("false")),
        (Some("n1"), "e6", "s2", Some(3_000), Some("w"), Some("8")),
    ]);
    let table = by_enrollment(&frame, &["tracked_entity_id"], &program(), WideOptions::default()).unwrap();
    let of_visit = |n| {
        [
            format!("Visit_{n}_event_id"),
            format!("Visit_{n}_occurred_at"),
            format!("Visit_Weight_{n}"),
            format!("Danger_{n}"),
        ]
    };
    let mut expected: Vec<String> = [
        "enrollment_id",
        "tracked_entity_id",
        "Birth_event_id",
        "Birth_occurred_at",
        "Birth_Weight",
        "Home_longitude",
        "Home_latitude",
    ]
    .map(str::to_owned)
    .to_vec();
    expected.extend((1..=4).flat_map(of_visit));
    assert_eq!(table.frame.get_column_names(), expected.iter().collect::<Vec<_>>());
    assert_eq!(cells(&table.frame, "tracked_entity_id"), ["tn1", "tn2"]);
    assert_eq!(cells(&table.frame, "Birth_event_id"), ["-", "e5"]);
    assert_eq!(cells(&table.frame, "Home_latitude"), ["-", "2.0"]);
    for (n, event, weight, danger) in
        [(1, "e8", "-", "false"), (2, "e6", "8.0", "-"), (3, "e9", "9.5", "true"), (4, "e7", "-", "-")]
    {
        assert_eq!(cells(&table.frame, &format!("Visit_{n}_event_id")), [event, "-"]);
        assert_eq!(cells(&table.frame, &format!("Visit_Weight_{n}")), [weight, "-"]);
        assert_eq!(cells(&table.frame, &format!("Danger_{n}")), [danger, "-"]);
    }
    assert_eq!(cells(&table.frame, "Visit_3_occurred_at")[0], "1970-01-01 00:00:03 UTC");
    // Both stages have a weight, and the columns say whose it is.
    let renamed: Vec<_> = table.report.renamed.iter().map(|r| (r.id.as_str(), r.used.as_str())).collect();
    assert_eq!(renamed, [("s1.w", "Birth_Weight"), ("s2.w", "Visit_Weight")]);
    assert!(table.report.more_events.is_empty() && table.report.unfit.is_empty());
}

#[test]
fn every_stage_has_columns_without_events_too() {
    let table = by_enrollment(&events(&[]), &[], &program(), WideOptions::default()).unwrap();
    assert_eq!(table.frame.shape(), (0, 1 + 2 + 3 + 2 + 2));
    let by = |name_by| {
        let options = WideOptions { name_by, ..WideOptions::default() };
        let table = by_enrollment(&events(&[]), &[], &program(), options).unwrap();
        (table.frame.get_column_names()[1].to_string(), table.frame.get_column_names()[3].to_string())
    };
    assert_eq!(by(NameBy::Id), ("s1_event_id".to_owned(), "s1_w".to_owned()));
    assert_eq!(by(NameBy::Code), ("s1_code_event_id".to_owned(), "s1_code_w".to_owned()));
}

#[test]
fn a_second_event_where_there_should_be_one_is_there_and_reported() {
    let row = |event, at, value| (Some("n1"), event, "s1", Some(at), Some("w"), Some(value));
    let frame = events(&[row("e2", 2, "2"), row("e1", 1, "one"), row("e3", 3, "3")]);
    let table = by_enrollment(&frame, &[], &program()[..1], WideOptions::default()).unwrap();
    assert_eq!(
        ["Weight", "Weight_2", "Weight_3", "Birth_event_id", "Birth_3_event_id"]
            .map(|name| cells(&table.frame, name).remove(0)),
        ["-", "2.0", "3.0", "e1", "e3"]
    );
    let more = &table.report.more_events;
    assert_eq!((more.len(), more[0].stage_id.as_str(), more[0].count), (1, "s1", 2));
    assert_eq!(more[0].events, ["e2", "e3"]);
    // What does not fit is named by its event.
    assert_eq!((table.report.unfit[0].count, table.report.unfit[0].objects[0].as_str()), (1, "e1"));
}

#[test]
fn what_does_not_fit_is_counted_once_for_all_events_of_a_stage() {
    let row = |event, value| (Some("n1"), event, "s2", Some(1), Some("w"), Some(value));
    let frame = events(&[row("e1", "heavy"), row("e2", "light"), row("e3", "3")]);
    let table = by_enrollment(&frame, &[], &program()[1..], WideOptions::default()).unwrap();
    assert_eq!((table.report.unfit.len(), table.report.unfit[0].count), (1, 2));
    assert_eq!(table.report.unfit[0].objects, ["e1", "e2"]);
}

#[test]
fn stages_and_elements_that_only_the_data_has_are_there_by_uid() {
    let frame = events(&[
        (Some("n1"), "e1", "s9", Some(1), Some("z"), Some("5")),
        (Some("n1"), "e2", "s2", Some(1), Some("z"), Some("6")),
    ]);
    let table = by_enrollment(&frame, &[], &program(), WideOptions::default()).unwrap();
    assert_eq!(cells(&table.frame, "s9_1_event_id"), ["e1"]);
    assert_eq!(cells(&table.frame, "s9_z_1"), ["5"]);
    assert_eq!(cells(&table.frame, "Visit_z_1"), ["6"]);
    assert_eq!(table.report.unknown_stages, ["s9"]);
    assert_eq!(table.report.unknown_items, ["z"]);
}

#[test]
fn an_event_without_enrollment_is_a_row_of_its_own() {
    let row = |event, value| (None, event, "s2", Some(1), Some("w"), Some(value));
    let table =
        by_enrollment(&events(&[row("e1", "1"), row("e2", "2")]), &[], &program(), WideOptions::default()).unwrap();
    assert_eq!(cells(&table.frame, "enrollment_id"), ["-", "-"]);
    assert_eq!(cells(&table.frame, "Visit_Weight_1"), ["1.0", "2.0"]);
}

#[test]
fn a_thousand_events_stand_side_by_side_and_no_more() {
    let ids: Vec<String> = (0..1_001).map(|event| format!("e{event}")).collect();
    let rows: Vec<Row<'_>> =
        ids.iter().map(|id| (Some("n1"), id.as_str(), "s2", Some(1), Some("w"), Some("1"))).collect();
    let most = by_enrollment(&events(&rows[..1_000]), &[], &program()[1..], WideOptions::default()).unwrap();
    assert_eq!(most.frame.shape(), (1, 1 + 1_000 * 4));
    let refused = by_enrollment(&events(&rows), &[], &program()[1..], WideOptions::default()).unwrap_err();
    assert!(matches!(&refused, FrameError::TooWide { events: 1_001, limit: 1_000, .. }));
    assert!(refused.to_string().starts_with("an enrollment has 1001 events of the stage s2"), "{refused}");
}

#[test]
fn a_frame_without_what_is_needed_is_refused() {
    let frame = events(&[(Some("n1"), "e1", "s1", Some(1), None, None)]);
    for missing in ["enrollment_id", "event_id", "program_stage_id", "occurred_at", "data_element_id", "value"] {
        let refused =
            by_enrollment(&frame.drop(missing).unwrap(), &[], &program(), WideOptions::default()).unwrap_err();
        assert!(refused.to_string().contains(&format!("it has no column `{missing}`")), "{refused}");
    }
    let refused = by_enrollment(&frame, &["owner"], &program(), WideOptions::default()).unwrap_err();
    assert!(refused.to_string().contains("it has no column `owner`"), "{refused}");
}
