use std::collections::HashSet;

use dhis2_api::period::{Period, PeriodType};

use super::*;
use crate::import::metadata::{DataSet, Unit};
use crate::import::row::Key;

fn uid(text: &str) -> Uid {
    text.parse().unwrap()
}

const MONTHLY: &str = "pPqq629bfL1";
const OTHER: &str = "ARIP7xOpljk";

fn row(value: &str) -> Row {
    let key = Key {
        unit: uid("YjtKhmjECkQ"),
        period: Period::parse("202401").unwrap(),
        element: uid("KcNX91wS0l9"),
        combo: uid("HllvX50cXC0"),
        attribute: uid("HllvX50cXC0"),
    };
    Row { line: 0, key, value: Some(value.into()) }
}

/// An element of zero and more in two monthly data sets; the unit is assigned to both, and was opened in 2024.
fn metadata() -> Metadata {
    let default = uid("bjDvmb4bfuf");
    let set = || DataSet {
        period_type: Some(PeriodType::Monthly),
        category_combo: Some(default),
        units: HashSet::from([uid("YjtKhmjECkQ"), uid("SvXiEVfRnXx")]),
    };
    let element = Element {
        value_type: "INTEGER_ZERO_OR_POSITIVE".to_owned(),
        category_combo: Some(default),
        option_set: None,
        data_sets: vec![(uid(OTHER), None), (uid(MONTHLY), None)],
        groups: Vec::new(),
    };
    Metadata {
        elements: [(uid("KcNX91wS0l9"), element)].into(),
        data_sets: [(uid(OTHER), set()), (uid(MONTHLY), set())].into(),
        units: [
            (uid("YjtKhmjECkQ"), Unit { opening: "2024-01-01".parse().ok(), closed: "2024-06-30".parse().ok() }),
            (uid("KdK92fYEfTw"), Unit::default()),
        ]
        .into(),
        combos: [(uid("HllvX50cXC0"), Some(default)), (uid("mBxIoOg72GX"), Some(uid("jCjV3iHYB4G")))].into(),
        options: [].into(),
    }
}

fn code(metadata: &Metadata, row: &Row) -> Option<(Refused, String)> {
    let set = choose(metadata, &DataSetRule::FirstFitting, row).unwrap();
    check(metadata, ImportStrategy::Create, row, set).map(|finding| (finding.refused, finding.cause.code.into_owned()))
}

#[test]
fn what_every_version_refuses_is_found() {
    let with = |change: fn(&mut Row)| {
        let mut row = row("7");
        change(&mut row);
        row
    };
    for (row, expected) in [
        (with(|row| row.key.element = uid("AAAAAAAAAAA")), "unknown_data_element"),
        (with(|row| row.key.unit = uid("AAAAAAAAAAA")), "unknown_organisation_unit"),
        (with(|row| row.key.combo = uid("AAAAAAAAAAA")), "unknown_category_option_combo"),
        (with(|row| row.key.attribute = uid("AAAAAAAAAAA")), "unknown_attribute_option_combo"),
        (with(|row| row.value = Some("".into())), "no_value"),
        (with(|row| row.value = Some("-7".into())), "value_type"),
    ] {
        assert_eq!(code(&metadata(), &row), Some((Refused::Everywhere, expected.to_owned())));
    }
    assert_eq!(code(&metadata(), &row("0")), None);
}

#[test]
fn a_value_that_is_no_option_is_found_and_what_is_wrong_with_it_not_repeated() {
    let mut metadata = metadata();
    let element = metadata.elements.get_mut(&uid("KcNX91wS0l9")).unwrap();
    element.value_type = "TEXT".to_owned();
    element.option_set = Some(uid("UNQMOJNkhk0"));
    metadata.options = [(uid("UNQMOJNkhk0"), HashSet::from(["A".to_owned()]))].into();
    assert_eq!(code(&metadata, &row("A")), None);
    let finding = check(&metadata, ImportStrategy::Create, &row("Anna"), Some(uid(MONTHLY))).unwrap();
    assert_eq!(finding.cause.code, "option");
    assert!(!finding.cause.message.contains("Anna"));
    assert!(check(&metadata, ImportStrategy::Delete, &row("Anna"), Some(uid(MONTHLY))).is_none());
}

/// peer-bugs section 4: "≤ 2.42 accepts without a word: an element that is in no data set of the unit, a unit not assigned,
/// another period type, the default combo for a disaggregated element. We warn before sending."
#[test]
fn what_only_strict_versions_refuse_is_found_too() {
    let with = |change: fn(&mut Row)| {
        let mut row = row("7");
        change(&mut row);
        row
    };
    for (row, expected) in [
        (with(|row| row.key.unit = uid("KdK92fYEfTw")), "unit_not_assigned"),
        (with(|row| row.key.period = Period::parse("2024Q1").unwrap()), "period_type"),
        (with(|row| row.key.combo = uid("mBxIoOg72GX")), "combo_of_other_element"),
        (with(|row| row.key.attribute = uid("mBxIoOg72GX")), "combo_of_other_data_set"),
        (with(|row| row.key.period = Period::parse("202312").unwrap()), "unit_not_open"),
        (with(|row| row.key.period = Period::parse("202407").unwrap()), "unit_not_open"),
    ] {
        assert_eq!(code(&metadata(), &row), Some((Refused::WhereStrict, expected.to_owned())));
    }
    let mut nowhere = metadata();
    nowhere.elements.get_mut(&uid("KcNX91wS0l9")).unwrap().data_sets.clear();
    assert_eq!(code(&nowhere, &row("7")), Some((Refused::WhereStrict, "no_data_set".to_owned())));
}

/// peer-bugs section 3: "element in two data sets on 2.43 [D2W]".
#[test]
fn of_several_data_sets_the_first_that_fits_is_taken_unless_told_otherwise() {
    let mut metadata = metadata();
    let chosen = |metadata: &Metadata, rule: &DataSetRule| choose(metadata, rule, &row("7"));
    let first = DataSetRule::FirstFitting;
    assert_eq!(chosen(&metadata, &first), Ok(Some(uid(OTHER))));
    assert_eq!(chosen(&metadata, &DataSetRule::Refuse).unwrap_err().code, "several_data_sets");
    metadata.data_sets.get_mut(&uid(OTHER)).unwrap().period_type = Some(PeriodType::Weekly);
    assert_eq!(chosen(&metadata, &first), Ok(Some(uid(MONTHLY))));
    assert_eq!(chosen(&metadata, &DataSetRule::Refuse), Ok(Some(uid(MONTHLY))));
    metadata.data_sets.get_mut(&uid(MONTHLY)).unwrap().units.clear();
    assert_eq!(chosen(&metadata, &first), Ok(Some(uid(OTHER))), "none fits: the server shall say so");
}
