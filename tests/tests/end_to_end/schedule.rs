//! The work plan: visits that have not taken place, and by how many days they are overdue.

use chrono::{NaiveDate, Utc};
use dhis2::ScheduleQuery;
use dhis2_tests::event_question::EventQuestion;
use dhis2_tests::rows::Row;
use dhis2_tests::served::{RUNTIME, Served};

const ROOT: &str = "KdK92fYEfTw";
const ANC: &str = "T4KUa2dgu2M";
const TB: &str = "mPhS49WzczR";
const CASES: &str = "kq5MJdgfUBN";

on_every_line!(the_plan_holds_every_visit_that_has_not_taken_place, a_plan_of_today_is_that_of_the_day_of_the_server,);

/// The plan of a day.
fn expected(served: &Served, question: &EventQuestion, day: NaiveDate) -> Vec<Row> {
    let asked = served.country.events_asked(question, |event| served.unit_of(event));
    let row = |event: &dhis2_tests::event::Event| {
        let scheduled = event.scheduled.unwrap();
        let late = (day - scheduled.date()).num_days();
        let (state, days) = match event.status.as_str() {
            "SKIPPED" => ("missed", None),
            "SCHEDULE" if late > 0 => ("overdue", Some(late)),
            "SCHEDULE" => ("scheduled", Some(0)),
            _ => return None,
        };
        Some(vec![
            Some(event.event.clone()),
            event.tracked_entity.clone(),
            event.enrollment.clone(),
            Some(event.stage.clone()),
            Some(event.unit.clone()),
            Some(scheduled.format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()),
            days.map(|days| days.to_string()),
            Some(state.to_owned()),
        ])
    };
    asked.filter_map(row).collect()
}

fn the_plan_holds_every_visit_that_has_not_taken_place(served: &Served) {
    let region = served.country.region_of_the_clerk();
    let district = served.country.children(region)[0];
    for program in [ANC, TB] {
        for (parents, day) in [
            (&[ROOT][..], "2024-01-15"),
            (&[ROOT], "2020-01-01"),
            (&[ROOT], "2024-12-31"),
            (&[region], "2024-01-15"),
            (&[region, district], "2024-02-29"),
        ] {
            let query =
                ScheduleQuery::builder().program(program).org_unit_parents(parents.to_vec()).as_of(day).page_size(150);
            let extraction = RUNTIME.block_on(served.client().extract_schedule(&query.build().unwrap())).unwrap();
            let question = EventQuestion::of(program, parents);
            served.compare(day, &extraction, expected(served, &question, day.parse().unwrap()));
            assert!(extraction.frame.height() > 0);
        }
        let stages: Vec<&str> = served
            .country
            .events
            .iter()
            .filter(|event| event.program == program)
            .map(|event| event.stage.as_str())
            .collect();
        for stage in std::collections::BTreeSet::from_iter(stages) {
            let query = ScheduleQuery::builder()
                .program(program)
                .org_unit_parents([ROOT])
                .program_stage(stage)
                .filter(format!("organisation_unit_id:ne:{district}"))
                .as_of("2024-01-15");
            let extraction = RUNTIME.block_on(served.client().extract_schedule(&query.build().unwrap())).unwrap();
            let question =
                EventQuestion { program_stage: Some(stage.to_owned()), ..EventQuestion::of(program, &[ROOT]) };
            served.compare(stage, &extraction, expected(served, &question, "2024-01-15".parse().unwrap()));
        }
    }
    let query = ScheduleQuery::builder().program(CASES).org_unit_parents([ROOT]).build().unwrap();
    assert_eq!(RUNTIME.block_on(served.client().extract_schedule(&query)).unwrap().frame.height(), 0);
}

fn a_plan_of_today_is_that_of_the_day_of_the_server(served: &Served) {
    let query = ScheduleQuery::builder().program(ANC).org_unit_parents([ROOT]).build().unwrap();
    let today = || (Utc::now() + chrono::TimeDelta::minutes(served.minutes_ahead())).date_naive();
    // Again where midnight passes meanwhile.
    let (day, extraction) = loop {
        let before = today();
        let extraction = RUNTIME.block_on(served.client().extract_schedule(&query)).unwrap();
        if before == today() {
            break (before, extraction);
        }
    };
    served.compare("today", &extraction, expected(served, &EventQuestion::of(ANC, &[ROOT]), day));
    assert_eq!(extraction.receipt.query["as_of"], day.to_string());
}
