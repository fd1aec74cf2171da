//! Random questions, answered by the engine and by looking at every row of the database. `PROPTEST_CASES=2000` asks more.

use std::collections::BTreeSet;

use chrono::{Days, NaiveDate, TimeDelta};
use dhis2_simulator::{Fault, Faults, Rule};
use dhis2_tests::country::{Country, instant};
use dhis2_tests::event_question::EventQuestion;
use dhis2_tests::question::{Question, Times};
use dhis2_tests::served::{Served, data_values, superuser};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use proptest::test_runner::{Config, TestRunner};

/// Up to `most` of these ids, in any order.
pub(crate) fn some<'a>(ids: impl IntoIterator<Item = &'a str>, most: usize) -> BoxedStrategy<Vec<String>> {
    let ids: Vec<String> = ids.into_iter().map(str::to_owned).collect();
    let most = most.min(ids.len());
    subsequence(ids, 0..=most).prop_shuffle().boxed()
}

fn day() -> impl Strategy<Value = NaiveDate> {
    let any = (0..1_200_u64).prop_map(|days| NaiveDate::from_ymd_opt(2021, 11, 1).unwrap() + Days::new(days));
    // Borders of periods are where things go wrong.
    let borders = [
        "2022-01-01",
        "2022-04-01",
        "2023-01-01",
        "2023-12-31",
        "2024-01-01",
        "2024-01-15",
        "2024-03-31",
        "2024-12-31",
    ];
    prop_oneof![3 => any, 2 => select(borders.map(|day| day.parse::<NaiveDate>().unwrap()).to_vec())]
}

pub(crate) fn range() -> impl Strategy<Value = (NaiveDate, NaiveDate)> {
    let length = prop_oneof![Just(0_u64), 1..40_u64, 40..1_200_u64];
    prop_oneof![
        2 => (day(), length).prop_map(|(start, days)| (start, start + Days::new(days))),
        1 => (day(), day()).prop_map(|(a, b)| (a.min(b), a.max(b))),
    ]
}

fn times(country: &Country) -> impl Strategy<Value = Times> + use<> {
    let ids: BTreeSet<String> = country.values.iter().map(|value| value.period.id()).collect();
    let list = some(ids.iter().map(String::as_str).chain(["203001", "2031", "2022W52"]), 12);
    prop_oneof![
        3 => range().prop_map(|(start, end)| Times::Dates(start, end)),
        2 => list.prop_filter("periods", |ids| !ids.is_empty()).prop_map(Times::Periods),
    ]
}

fn questions(country: &Country) -> impl Strategy<Value = Question> + use<> {
    let moments: BTreeSet<_> = country.values.iter().map(|value| instant(&value.last_updated)).collect();
    let moment = (select(moments.into_iter().collect::<Vec<_>>()), -2..=2_i64)
        .prop_map(|(moment, off)| moment + TimeDelta::milliseconds(off));
    let units = prop_oneof![
        some(country.units.keys().map(String::as_str), 8),
        some(country.units.keys().map(String::as_str), 85)
    ];
    let what = (
        some(country.data_sets.keys().map(String::as_str), 8),
        some(country.elements(), 5),
        some(country.element_groups.keys().map(String::as_str), 3),
    );
    let place = (units, some(country.unit_groups.keys().map(String::as_str), 3), any::<bool>());
    (what, place, times(country), proptest::option::weighted(0.25, moment))
        .prop_map(
            |(
                (data_sets, data_elements, data_element_groups),
                (org_units, org_unit_groups, children),
                times,
                last_updated,
            )| Question {
                data_sets,
                data_elements,
                data_element_groups,
                times,
                org_units,
                include_children: children && org_unit_groups.is_empty(),
                org_unit_groups,
                last_updated,
            },
        )
        .prop_filter("something, somewhere", |question| {
            let what = [&question.data_sets, &question.data_elements, &question.data_element_groups];
            let place = [&question.org_units, &question.org_unit_groups];
            what.iter().any(|ids| !ids.is_empty()) && place.iter().any(|ids| !ids.is_empty())
        })
}

fn event_questions(country: &Country) -> impl Strategy<Value = EventQuestion> + use<> {
    let programs: BTreeSet<&str> = country.events.iter().map(|event| event.program.as_str()).collect();
    let program = select(programs.into_iter().map(str::to_owned).collect::<Vec<_>>());
    let parents =
        some(country.units.keys().map(String::as_str), 6).prop_filter("parents", |parents| !parents.is_empty());
    (program, parents, proptest::option::of(range()), 0..3_u8, prop_oneof![Just(5_000_u32), 20..400_u32]).prop_map(
        |(program, org_unit_parents, range, sides, page_size)| EventQuestion {
            program,
            org_unit_parents,
            after: range.filter(|_| sides != 1).map(|(start, _)| start),
            before: range.filter(|_| sides != 2).map(|(_, end)| end),
            page_size,
            ..EventQuestion::of("", &[])
        },
    )
}

/// Runs a property with that many cases, or as many as the environment says; a failure is shrunk and printed.
pub(crate) fn for_all<S: Strategy>(cases: u32, strategy: &S, check: impl Fn(S::Value)) {
    let cases = std::env::var("PROPTEST_CASES").map_or(cases, |cases| cases.parse().unwrap());
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    let result = TestRunner::new(config).run(strategy, |question| {
        check(question);
        Ok(())
    });
    if let Err(failure) = result {
        panic!("{failure}");
    }
}

on_every_line!(
    any_question_for_data_values_is_answered_with_exactly_its_rows,
    any_question_is_answered_by_a_server_whose_answers_are_cut,
    any_question_for_events_is_answered_with_exactly_its_rows,
    any_question_about_a_made_up_country_is_answered_with_exactly_its_rows,
);

fn any_question_for_data_values_is_answered_with_exactly_its_rows(served: &Served) {
    for_all(120, &questions(&served.country), |question| drop(served.check(&question)));
}

/// peer-bugs section 4: "Always a multiple of 1,000: never taken as whole before a second answer agrees." Every answer of more
/// than a thousand rows is cut there, each time: what is asked in parts instead must be the same.
fn any_question_is_answered_by_a_server_whose_answers_are_cut(served: &Served) {
    let own = served.another(Faults::of([Rule::of(Fault::CutDataValues { after_rows: 1_000 })]));
    let client = superuser(&own);
    for_all(40, &questions(&served.country), |question| {
        let extraction = data_values(&client, &question.query());
        served.compare(&format!("{question:?}"), &extraction, served.country.data_values(&question));
    });
}

fn any_question_for_events_is_answered_with_exactly_its_rows(served: &Served) {
    for_all(60, &event_questions(&served.country), |question| drop(served.check_events(&question)));
}

fn any_question_about_a_made_up_country_is_answered_with_exactly_its_rows(served: &Served) {
    let made_up = served.made_up();
    let country = &made_up.country;
    assert!(country.values.iter().any(|value| value.value.is_none() && !value.deleted), "values of only a comment");
    assert!(country.unit_groups.len() > 1 && country.element_groups.len() > 1);
    for_all(80, &questions(country), |question| drop(made_up.check(&question)));
    for_all(40, &event_questions(country), |question| drop(made_up.check_events(&question)));
}
