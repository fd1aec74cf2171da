use polars::df;
use polars::prelude::{Column, DataFrame};

use super::*;
use crate::import::report::frame;

const UNIT: &str = "YjtKhmjECkQ";
const ELEMENT: &str = "KcNX91wS0l9";
const COMBO: &str = "HllvX50cXC0";

fn dialect() -> Dialect {
    Dialect::of(&"2.42.5.2".parse().unwrap()).unwrap()
}

/// Rows of one element and combo: periods, units, values.
fn rows(rows: &[(&str, Option<&str>, Option<&str>)]) -> DataFrame {
    let same = |text: &'static str| vec![text; rows.len()];
    df!(
        "data_element_id" => same(ELEMENT),
        "period" => rows.iter().map(|row| row.0).collect::<Vec<_>>(),
        "organisation_unit_id" => rows.iter().map(|row| row.1).collect::<Vec<_>>(),
        "category_option_combo_id" => same(COMBO),
        "attribute_option_combo_id" => same(COMBO),
        "value" => rows.iter().map(|row| row.2).collect::<Vec<_>>(),
    )
    .unwrap()
}

fn read(data: &DataFrame, options: &ImportOptions) -> Input {
    Input::read(data, options, &dialect()).unwrap()
}

/// The lines that are sent, and the codes of the others.
fn told(input: &Input) -> (Vec<usize>, Vec<(usize, Outcome, &str)>) {
    let mut sent: Vec<usize> = input.rows.iter().map(|row| row.line).collect();
    sent.sort_unstable();
    let others = input.lines.iter().enumerate();
    let others = others.filter_map(|(line, told)| Some((line, told.outcome, told.cause.as_ref()?.code.as_ref())));
    (sent, others.collect())
}

/// peer-bugs section 3: "Import: value `0`, `false`, `""`, null".
#[test]
fn every_text_is_a_value_and_null_is_none() {
    let data = rows(&[
        ("202401", Some(UNIT), Some("0")),
        ("202402", Some(UNIT), Some("false")),
        ("202403", Some(UNIT), Some("")),
        ("202404", Some(UNIT), None),
        ("202405", None, Some("7")),
    ]);
    let input = read(&data, &ImportOptions::default());
    let rejected = |line| (line, Outcome::Rejected, "null");
    assert_eq!(told(&input), (vec![0, 1, 2], vec![rejected(3), rejected(4)]));
}

/// peer-bugs section 3: "null in an unrelated column". And section 4: "Nulls in columns that do not matter dropped 100 of 120
/// rows in the peer."
#[test]
fn nulls_in_other_columns_do_not_matter() {
    let mut data = rows(&[("202401", Some(UNIT), Some("0"))]);
    data.with_column(Column::full_null("last_updated".into(), 1, &DataType::String)).unwrap();
    assert_eq!(told(&read(&data, &ImportOptions::default())), (vec![0], vec![]));
}

/// peer-bugs section 3: "unmapped UID is an error row, not a dropped row".
#[test]
fn an_id_that_the_mapping_lacks_rejects_its_row() {
    let data = rows(&[("202401", Some("here"), Some("1")), ("202401", Some("elsewhere"), Some("2"))]);
    let mapping = HashMap::from([("here".to_owned(), UNIT.to_owned())]);
    let options = ImportOptions { org_units: Some(mapping), ..ImportOptions::default() };
    let input = read(&data, &options);
    assert_eq!(told(&input), (vec![0], vec![(1, Outcome::Rejected, "unmapped")]));
    let report = frame(&input.ids, &input.lines, false).unwrap();
    let units: Vec<_> = report.column("organisation_unit_id").unwrap().str().unwrap().iter().collect();
    assert_eq!(units, [Some(UNIT), Some("elsewhere")]);
}

#[test]
fn malformed_ids_and_periods_reject_their_rows() {
    let data = rows(&[
        ("202413", Some(UNIT), Some("1")),
        ("2024W05", Some(UNIT), Some("1")),
        ("2024Feb", Some(UNIT), Some("1")),
        ("202401", Some("Ngelehun"), Some("1")),
    ]);
    let (sent, rejected) = (read(&data, &ImportOptions::default()), ["period", "period", "period", "not_a_uid"]);
    let codes: Vec<&str> = told(&sent).1.into_iter().map(|(_, _, code)| code).collect();
    assert_eq!(codes, rejected);
}

/// peer-bugs section 4: "Duplicate keys in one request: last one wins silently (≤ 2.42, counted twice), E8128 refuses all
/// (2.43)."
#[test]
fn rows_that_contradict_each_other_are_rejected_and_of_equal_ones_one_goes() {
    let data = rows(&[
        ("202401", Some(UNIT), Some("1")),
        ("2024-01", Some(UNIT), Some("2")),
        ("202402", Some(UNIT), Some("3")),
        ("202402", Some(UNIT), Some("3")),
    ]);
    let rejected = |line| (line, Outcome::Rejected, "duplicate");
    let mut input = read(&data, &ImportOptions::default());
    assert_eq!(told(&input), (vec![2], vec![rejected(0), rejected(1)]));
    let message = input.lines[0].cause.as_ref().map(|cause| cause.message.to_string());
    assert_eq!(message.as_deref(), Some("other values for the same key are in rows 1"));
    let delete = ImportOptions { strategy: ImportStrategy::Delete, ..ImportOptions::default() };
    assert_eq!(told(&read(&data, &delete)).0, [0, 2]);

    assert_eq!(input.alike, [(3, 2)]);
    for (outcome, expected) in [(Outcome::Imported, Outcome::Ignored), (Outcome::Rejected, Outcome::Rejected)] {
        input.lines[2].end(outcome, None);
        settle_alike(&mut input.lines, &input.alike);
        assert_eq!(input.lines[3].outcome, expected);
    }
}

/// peer-bugs O41: "`DELETE` needs a non-null `value`".
#[test]
fn what_is_deleted_needs_no_value() {
    let delete = ImportOptions { strategy: ImportStrategy::Delete, ..ImportOptions::default() };
    let data = rows(&[("202401", Some(UNIT), None)]);
    assert_eq!(told(&read(&data, &delete)).0, [0]);
    assert_eq!(told(&read(&data.drop("value").unwrap(), &delete)).0, [0]);
}

#[test]
fn columns_that_are_missing_or_no_text_are_errors() {
    let data = rows(&[("202401", Some(UNIT), Some("1"))]);
    let read = |data: &DataFrame| Input::read(data, &ImportOptions::default(), &dialect()).unwrap_err();
    for column in COLUMNS.into_iter().chain(["value"]) {
        let error = read(&data.drop(column).unwrap());
        assert!(matches!(error, InputError::MissingColumn { column: named } if named == column));
    }
    let mut numbers = data.clone();
    numbers.with_column(Column::new("value".into(), [1_i64])).unwrap();
    assert!(matches!(read(&numbers), InputError::ColumnType { column: "value", .. }));
}

#[test]
fn a_report_is_resumed_where_rows_were_not_sent_or_are_unknown() {
    let data = rows(&[
        ("202401", Some(UNIT), Some("1")),
        ("202402", Some(UNIT), Some("2")),
        ("202403", Some(UNIT), Some("3")),
        ("202404", Some(UNIT), None),
    ]);
    let mut first = read(&data, &ImportOptions::default());
    first.lines[0].end(Outcome::Imported, None);
    first.lines[0].after = Some("1".into());
    first.lines[2].end(Outcome::Unknown, Some(Cause::new("lost", "the connection broke")));
    first.lines[2].before = Some("2".into());
    let report = frame(&first.ids, &first.lines, false).unwrap();

    let resume = ImportOptions { resume: Some(report.clone()), ..ImportOptions::default() };
    let input = read(&data, &resume);
    assert_eq!(told(&input), (vec![1, 2], vec![(3, Outcome::Rejected, "null")]));
    assert_eq!((input.lines[0].outcome, input.lines[0].after.as_deref()), (Outcome::Imported, Some("1")));
    assert_eq!(input.unknown, HashMap::from([(2, Some("2".into()))]));

    let corrected = rows(&[
        ("202401", Some(UNIT), Some("7")),
        ("202402", Some(UNIT), Some("2")),
        ("202403", Some(UNIT), Some("3")),
        ("202404", Some(UNIT), None),
    ]);
    assert_eq!(told(&read(&corrected, &resume)).0, [0, 1, 2], "what went in was another value");

    let other = rows(&[
        ("202401", Some(UNIT), Some("1")),
        ("202402", Some(UNIT), Some("2")),
        ("202409", Some(UNIT), Some("3")),
        ("202404", Some(UNIT), None),
    ]);
    let error = Input::read(&other, &resume, &dialect()).unwrap_err().to_string();
    assert!(error.contains("`period` of row 2"), "{error}");
    assert!(Input::read(&data.head(Some(2)), &resume, &dialect()).is_err());
}

/// The commonest file for a report is CSV, where every column is text.
#[test]
fn a_report_is_resumed_from_a_file_of_every_format() {
    let data = rows(&[("202401", Some(UNIT), Some("1")), ("202402", Some(UNIT), Some("2"))]);
    let mut first = read(&data, &ImportOptions::default());
    first.lines[1].end(Outcome::Imported, None);
    first.lines[1].after = Some("2".into());
    let folder = tempfile::tempdir().unwrap();
    for name in ["a.csv", "a.ndjson", "a.parquet", "a.arrow"] {
        let path = folder.path().join(name);
        crate::import::report::write(&path, &first.ids, &first.lines, false).unwrap();
        let report = dhis2_frame::read_frame(&path, dhis2_frame::Format::from_path(&path).unwrap()).unwrap();
        let resume = ImportOptions { resume: Some(report), ..ImportOptions::default() };
        assert_eq!(told(&read(&data, &resume)).0, [0], "{name}");
    }
}

/// What a dry run says went in did not.
#[test]
fn the_report_of_a_dry_run_is_not_resumed() {
    let data = rows(&[("202401", Some(UNIT), Some("1"))]);
    let mut dry = read(&data, &ImportOptions::default());
    dry.lines[0].end(Outcome::Imported, None);
    let report = frame(&dry.ids, &dry.lines, true).unwrap();
    let resume = ImportOptions { resume: Some(report), ..ImportOptions::default() };
    assert!(matches!(Input::read(&data, &resume, &dialect()), Err(InputError::DryReport)));
}
