//! Which periods: a range selects those that lie wholly inside it, whatever their type; a list those in it.

use dhis2_tests::question::{Question, Times};
use dhis2_tests::served::{self, Served, data_values};

const ROOT: &str = "KdK92fYEfTw";
const MONTHLY: &str = "pPqq629bfL1";
const WEEKLY: &str = "jXRW19XyP7c";
const QUARTERLY: &str = "peANEwxeiCJ";
const YEARLY: &str = "oZgv6Er8Rb3";
const FINANCIAL: &str = "afpASp6lUf8";
const BIMONTHLY: &str = "VMVJ3O1KuwB";
const DAILY: &str = "qskO42vM6v8";
const ALL_SETS: [&str; 8] = [MONTHLY, WEEKLY, QUARTERLY, YEARLY, FINANCIAL, BIMONTHLY, DAILY, "ARIP7xOpljk"];

/// The exports of data values that a server was asked for.
fn exports(targets: &[String]) -> Vec<&String> {
    targets.iter().filter(|target| target.starts_with("/api/dataValueSets")).collect()
}

on_every_line!(
    a_range_may_begin_and_end_on_any_day,
    three_years_of_every_type_of_period_hold_each_value_once,
    a_day_and_a_period_are_asked_for_with_one_request,
    a_list_of_periods_may_be_of_any_types_and_hold_some_twice_or_without_values,
    fields_that_all_rows_share_are_in_every_row,
    more_periods_than_a_request_can_name_are_asked_for_in_parts,
);

/// peer-bugs section 4: "Ranges: start 15 March (794 of 12,257 rows lost at the year's cut), weekly 14 months (51),
/// quarterly from 15 February (75 of 366), yearly from 1 July (216 of 216), financial April (144 of 144)". Section 3:
/// "weekly and financial-year data over a range not starting on 1 January loses no period [O24, templates]".
fn a_range_may_begin_and_end_on_any_day(served: &Served) {
    for (set, start, end) in [
        (MONTHLY, "2023-03-15", "2024-12-31"),
        (MONTHLY, "2022-01-01", "2024-12-31"),
        (MONTHLY, "2023-11-15", "2024-02-15"),
        (WEEKLY, "2023-11-05", "2025-01-05"),
        (WEEKLY, "2023-12-13", "2024-07-17"),
        (QUARTERLY, "2023-02-15", "2024-05-14"),
        (YEARLY, "2022-07-01", "2024-12-31"),
        (FINANCIAL, "2022-03-31", "2024-04-01"),
        (FINANCIAL, "2023-04-01", "2024-03-31"),
        (FINANCIAL, "2022-01-01", "2023-12-31"),
        (BIMONTHLY, "2023-02-02", "2024-04-30"),
        (DAILY, "2023-12-15", "2024-02-12"),
    ] {
        let question = Question::of_sets(&[set], Times::dates(start, end), &[ROOT]);
        assert!(served.check(&question).frame.height() > 0, "{question:?} has rows");
    }
}

/// peer-bugs section 4: "border day of two slices doubled (4)"; section 3: "daily data over a 3-year range has no duplicated
/// day [O23]".
fn three_years_of_every_type_of_period_hold_each_value_once(served: &Served) {
    let question = Question::of_sets(&ALL_SETS, Times::dates("2022-01-01", "2024-12-31"), &[ROOT]);
    let extraction = served.check(&question);
    assert_eq!(extraction.frame.height(), served.country.values.iter().filter(|value| !value.deleted).count());
    assert_eq!(extraction.receipt.duplicates_removed, 0);
}

/// peer-bugs section 4: "start = end (4 of 4 lost)"; section 3: "One-day range, one-period list, start = end each produce one
/// request [O22]".
fn a_day_and_a_period_are_asked_for_with_one_request(served: &Served) {
    for (question, empty) in [
        (Question::of_sets(&[DAILY], Times::dates("2024-01-10", "2024-01-10"), &[ROOT]), false),
        (Question::of_sets(&[MONTHLY], Times::dates("2024-01-01", "2024-01-01"), &[ROOT]), true),
        (Question::of_sets(&[MONTHLY], Times::periods(&["202401"]), &[ROOT]), false),
        (Question::of_sets(&[FINANCIAL], Times::periods(&["2023April"]), &[ROOT]), false),
    ] {
        let own = served.another(dhis2_simulator::Faults::default());
        let extraction = data_values(&served::superuser(&own), &question.query());
        served.compare(&format!("{question:?}"), &extraction, served.country.data_values(&question));
        assert_eq!(extraction.frame.height() == 0, empty, "{question:?}");
        assert_eq!(exports(&own.targets()).len(), 1, "{question:?}");
    }
}

fn a_list_of_periods_may_be_of_any_types_and_hold_some_twice_or_without_values(served: &Served) {
    let ids = ["202401", "2024W5", "2024Q1", "2023", "2022April", "202302B", "20240110", "203001", "202401"];
    let question = Question::of_sets(&ALL_SETS, Times::periods(&ids), &[ROOT]);
    assert!(served.check(&question).frame.height() > 0);
}

/// peer-bugs section 4: "Hoisting (2.43): one `period=`, one unit without children, one attribute combo, one data set; batches
/// mix (55 of 349 rows in a run of 5 + 1 periods lost their period); also when the same unit is named twice".
fn fields_that_all_rows_share_are_in_every_row(served: &Served) {
    let leaf = served.country.values[0].unit.clone();
    for times in
        [Times::periods(&["202401"]), Times::periods(&["202401", "202401"]), Times::dates("2024-01-01", "2024-01-31")]
    {
        for units in [&[leaf.as_str()][..], &[&leaf, &leaf], &[ROOT]] {
            let mut question = Question::of_sets(&[MONTHLY], times.clone(), units);
            served.check(&question);
            question.include_children = false;
            served.check(&question);
        }
    }
    let six = Times::periods(&["202401", "202402", "202403", "202404", "202405", "202406"]);
    assert!(served.check(&Question::of_sets(&[MONTHLY], six, &[ROOT])).frame.height() > 0);
}

/// peer-bugs section 4: "More than 1,000 query parameters: Tomcat drops the rest and answers 200. Request line and headers
/// together: 8,192 bytes."
fn more_periods_than_a_request_can_name_are_asked_for_in_parts(served: &Served) {
    let days: Vec<String> = (0..1_100)
        .map(|day| {
            (chrono::NaiveDate::from_ymd_opt(2022, 1, 1).unwrap() + chrono::Days::new(day)).format("%Y%m%d").to_string()
        })
        .collect();
    let mut question = Question::of_sets(&[DAILY], Times::Periods(days), &[ROOT]);
    let own = served.another(dhis2_simulator::Faults::default());
    let extraction = data_values(&served::superuser(&own), &question.query());
    served.compare("1,100 days", &extraction, served.country.data_values(&question));
    assert_eq!(extraction.frame.height(), 240);
    assert_eq!(extraction.receipt.duplicates_removed, 0);
    let targets = own.targets();
    assert!(exports(&targets).len() > 1);
    assert!(exports(&targets).iter().all(|target| target.len() < 7_000 && target.split('&').count() <= 1_000));
    // The same range of days is one request.
    question.times = Times::dates("2022-01-01", "2025-01-04");
    assert_eq!(served.check(&question).receipt.chunks.len(), 1);
}
