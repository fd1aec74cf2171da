use super::*;
use crate::events::{EVENTS, EventColumns, EventQuery};
use crate::testing::rows::cells;
use polars::prelude::*;

fn of_events() -> Filterable {
    EventQuery::filterable(EventColumns::Plain)
}

/// Three events: one with two values, one with one, one with none.
fn page() -> FlatPage {
    let text = |name: &str, cells: [Option<&str>; 4]| Column::new(name.into(), cells);
    let all = |name: &str, cell: &str| text(name, [Some(cell); 4]);
    let days = [Some(0_i64), Some(0), Some(86_400_000), None];
    let occurred = Column::new("occurred_at".into(), days)
        .cast(&DataType::Datetime(TimeUnit::Milliseconds, Some(TimeZone::UTC)))
        .unwrap();
    let frame = DataFrame::new(
        4,
        vec![
            text("event_id", [Some("A0000000001"), Some("A0000000001"), Some("A0000000002"), Some("A0000000003")]),
            text("status", [Some("ACTIVE"), Some("ACTIVE"), Some("COMPLETED"), Some("SCHEDULE")]),
            all("program_id", "T4KUa2dgu2M"),
            all("program_stage_id", "Yl7DhNudbZY"),
            all("organisation_unit_id", "E7JGvseIzdW"),
            occurred,
            Column::new("deleted".into(), [false, false, false, true]),
            all("attribute_option_combo_id", "HllvX50cXC0"),
            text("data_element_id", [Some("M8hbHpWx3IB"), Some("tJ7XuzLqNDv"), Some("tJ7XuzLqNDv"), None]),
            text("value", [Some("B50"), Some("9"), Some("10"), None]),
        ],
    )
    .unwrap();
    EVENTS.check(&frame).unwrap();
    FlatPage {
        frame,
        received: 3,
        starts: vec![0, 2, 3],
        updated: vec![1, 2, 3],
        pager: dhis2_api::model::Pager::default(),
        seen: Vec::new(),
    }
}

fn kept(filters: &[&str], numeric: bool) -> Vec<u8> {
    let mut filters: Vec<_> = filters.iter().map(|text| ObjectFilter::parse(text, of_events()).unwrap()).collect();
    if numeric {
        filters.iter_mut().for_each(ObjectFilter::compare_numbers);
    }
    let page = keep(page(), &filters, of_events()).unwrap();
    let uids = cells(page.frame.column("event_id").unwrap());
    assert_eq!((page.received, page.updated.len()), (3, page.starts.len()));
    let last = |uid: &Option<String>| uid.as_ref().unwrap().as_bytes()[10] - b'0';
    let of_starts: Vec<u8> = page.starts.iter().map(|start| last(&uids[*start as usize])).collect();
    let mut of_rows: Vec<u8> = uids.iter().map(last).collect();
    assert_eq!(of_rows.len(), of_starts.iter().map(|one| if *one == 1 { 2 } else { 1 }).sum::<usize>());
    of_rows.dedup();
    assert_eq!(of_rows, of_starts);
    of_starts
}

#[test]
fn an_object_comes_with_all_of_its_rows_or_not_at_all() {
    assert_eq!(kept(&[], false), [1, 2, 3]);
    assert_eq!(kept(&["M8hbHpWx3IB:eq:B50"], false), [1]);
    assert_eq!(kept(&["tJ7XuzLqNDv"], false), [1, 2]);
    assert_eq!(kept(&["tJ7XuzLqNDv:null"], false), [3]);
    assert_eq!(kept(&["tJ7XuzLqNDv:!null", "status:eq:completed"], false), [2]);
    assert_eq!(kept(&["M8hbHpWx3IB:eq:none"], false), [0_u8; 0]);
}

#[test]
fn numbers_compare_as_numbers_and_texts_as_texts() {
    assert_eq!(kept(&["tJ7XuzLqNDv:gt:9.5"], true), [2]);
    assert_eq!(kept(&["tJ7XuzLqNDv:eq:9.0"], true), [1]);
    assert_eq!(kept(&["tJ7XuzLqNDv:lt:9"], false), [2]);
    assert_eq!(kept(&["tJ7XuzLqNDv:ge:9:lt:10"], true), [1]);
    assert_eq!(kept(&["M8hbHpWx3IB:ge:0"], true), [0_u8; 0]);
}

/// peer-bugs section 4: "≤ 2.41: a filter on an element with options compares the option's *name* (except `in`)." Ours compares
/// the code, whatever the server would have done.
#[test]
fn every_operator_means_what_it_says() {
    for (filter, expected) in [
        ("M8hbHpWx3IB:in:X;b50", [1].as_slice()),
        ("M8hbHpWx3IB:ne:B51", &[1]),
        ("M8hbHpWx3IB:ne:B50", &[]),
        ("M8hbHpWx3IB:like:5", &[1]),
        ("M8hbHpWx3IB:nlike:5", &[]),
        ("M8hbHpWx3IB:sw:b", &[1]),
        ("M8hbHpWx3IB:ew:b", &[]),
        ("status:in:ACTIVE;SCHEDULE", &[1, 3]),
        ("deleted:eq:true", &[3]),
        ("occurred_at:ge:1970-01-02", &[2]),
        ("occurred_at:le:1970-01-01T23/:59/:59", &[1]),
        ("occurred_at:null", &[3]),
    ] {
        assert_eq!(kept(&[filter], false), expected, "{filter}");
    }
}

#[test]
fn escaped_separators_belong_to_the_value() {
    assert_eq!(split("a:eq:x/:y//z/,w/v"), ["a", "eq", "x:y/z,w/v"]);
    assert_eq!(split("a"), ["a"]);
}

#[test]
fn what_makes_no_sense_is_refused_without_its_values() {
    for (filter, of) in [
        ("nosuch:eq:secret", "not one of the columns"),
        ("value:eq:secret", "columns"),
        ("M8hbHpWx3IB:is:secret", "no operator"),
        ("M8hbHpWx3IB:eq", "needs a value"),
        ("M8hbHpWx3IB:eq:secret:and", "no operator"),
        ("occurred_at:ge:secret", "occurred_at"),
    ] {
        let error = ObjectFilter::parse(filter, of_events()).unwrap_err().to_string();
        assert!(error.contains(of) || error.contains("neither a uid"), "{error}");
        assert!(!error.contains("and`") || filter.contains("and"), "{error}");
    }
}
