//! Events: every condition of a question, each answered with exactly its events.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use dhis2::{EventStatus, OrgUnitMode, State};
use dhis2_tests::condition::Condition;
use dhis2_tests::event_question::EventQuestion;
use dhis2_tests::rows;
use dhis2_tests::served::{RUNTIME, Served, events};

const ROOT: &str = "KdK92fYEfTw";
const ANC: &str = "T4KUa2dgu2M";
const TB: &str = "mPhS49WzczR";
const CASES: &str = "kq5MJdgfUBN";
const PROGRAMS: [&str; 3] = [ANC, TB, CASES];
const DIAGNOSIS: &str = "M8hbHpWx3IB";
const OUTCOME: &str = "XjelNrKstgJ";
const HAEMOGLOBIN: &str = "tJ7XuzLqNDv";
const WEIGHT: &str = "AJMsqHhueiR";

on_every_line!(
    a_stage_gives_its_events,
    each_status_gives_its_events,
    days_of_the_schedule_are_whole,
    updates_are_exact_to_the_millisecond,
    deleted_events_come_when_asked_for_and_only_then,
    a_mode_reaches_as_far_as_it_says,
    named_events_come_and_no_others,
    an_event_that_does_not_exist_is_named_and_the_receipt_is_partial,
    named_enrollments_give_their_events,
    values_are_compared_by_option_code_and_as_numbers,
    columns_can_be_filtered_by,
    attribute_options_give_the_events_of_their_combos,
);

fn a_stage_gives_its_events(served: &Served) {
    let stages: BTreeSet<(&str, &str)> =
        served.country.events.iter().map(|event| (event.program.as_str(), event.stage.as_str())).collect();
    assert_eq!(stages.len(), 6);
    for (program, stage) in stages {
        let question = EventQuestion { program_stage: Some(stage.to_owned()), ..EventQuestion::of(program, &[ROOT]) };
        assert!(served.check_events(&question).frame.height() > 0);
    }
}

/// peer-bugs section 3: "Events without values, scheduled events, deleted events, events of unregistered programs each survive as
/// rows [O51, FETCH, templates]."
fn each_status_gives_its_events(served: &Served) {
    for program in PROGRAMS {
        let mut heights = Vec::new();
        for status in [
            EventStatus::Active,
            EventStatus::Visited,
            EventStatus::Completed,
            EventStatus::Schedule,
            EventStatus::Overdue,
            EventStatus::Skipped,
        ] {
            let question = EventQuestion { status: Some(status), ..EventQuestion::of(program, &[ROOT]) };
            heights.push(served.check_events(&question).frame.height());
        }
        // Nothing is scheduled without registration.
        assert_eq!(heights.iter().filter(|height| **height == 0).count(), if program == CASES { 3 } else { 0 });
    }
}

fn days_of_the_schedule_are_whole(served: &Served) {
    for program in [ANC, TB] {
        let mut scheduled = served.country.events.iter().filter(|event| event.program == program && !event.deleted);
        let day = scheduled.find_map(|event| event.scheduled).unwrap().date().to_string();
        for question in [
            EventQuestion::of(program, &[ROOT]).scheduled_between(&day, &day),
            EventQuestion::of(program, &[ROOT]).scheduled_between("2024-01-01", "2024-01-31"),
            EventQuestion { scheduled_before: None, ..EventQuestion::of(program, &[ROOT]) },
            EventQuestion {
                status: Some(EventStatus::Schedule),
                ..EventQuestion::of(program, &[ROOT]).scheduled_between("2024-01-01", "2024-12-31")
            },
            EventQuestion {
                scheduled_after: None,
                ..EventQuestion::of(program, &[ROOT]).scheduled_between("2024-01-15", "2024-01-15")
            },
            EventQuestion {
                scheduled_before: None,
                ..EventQuestion::of(program, &[ROOT]).scheduled_between("2024-01-15", "2024-01-15")
            },
        ] {
            assert!(served.check_events(&question).frame.height() > 0, "{question:?}");
        }
    }
    // Without registration nothing is scheduled.
    let question = EventQuestion::of(CASES, &[ROOT]).scheduled_between("2000-01-01", "2030-01-01");
    served.check_events(&question);
}

/// A moment, a millisecond before it and one after it.
fn around(moment: DateTime<Utc>) -> [DateTime<Utc>; 3] {
    let millisecond = TimeDelta::milliseconds(1);
    [moment - millisecond, moment, moment + millisecond]
}

/// peer-bugs section 4: "`updatedWithin` loses rows on servers east of UTC; `updatedAfter` is exact everywhere."
fn updates_are_exact_to_the_millisecond(served: &Served) {
    for program in PROGRAMS {
        let updated: BTreeSet<DateTime<Utc>> = served
            .country
            .events
            .iter()
            .filter(|event| event.program == program && !event.deleted)
            .map(|event| event.updated)
            .collect();
        let middle = *updated.iter().nth(updated.len() / 2).unwrap();
        let last = *updated.last().unwrap();
        let mut sizes = BTreeSet::new();
        for moment in around(middle).into_iter().chain(around(last)) {
            let whole = EventQuestion::of(program, &[ROOT]);
            for question in [
                EventQuestion { updated_after: Some(moment), ..whole.clone() },
                EventQuestion { updated_before: Some(moment), ..whole.clone() },
                EventQuestion { updated_after: Some(middle), updated_before: Some(moment.max(middle)), ..whole },
            ] {
                sizes.insert(served.check_events(&question).frame.height());
            }
        }
        assert!(sizes.contains(&0) && sizes.len() > 4, "{sizes:?}");
    }
}

/// peer-bugs section 3: "deleted events […] each survive as rows [O51, FETCH, templates]", when asked for.
fn deleted_events_come_when_asked_for_and_only_then(served: &Served) {
    for program in PROGRAMS {
        let live = EventQuestion::of(program, &[ROOT]);
        let all = EventQuestion { include_deleted: true, ..live.clone() };
        let more = served.check_events(&all).frame.height() - served.check_events(&live).frame.height();
        assert!(more > 0);
        served.check_events(&EventQuestion { status: Some(EventStatus::Completed), ..all.clone() });
        served.check_events(&all.with(Condition::text("deleted", "eq", &["true"])));
    }
}

/// peer-bugs section 4: "`ouMode` on ≥ 2.42: 0 of 5,974 rows and no error."
fn a_mode_reaches_as_far_as_it_says(served: &Served) {
    let country = &served.country;
    let region = country.region_of_the_clerk();
    let district = country.children(region)[0];
    let leaf = country.children(district)[0];
    for program in PROGRAMS {
        let whole = EventQuestion::of(program, &[ROOT]);
        for org_unit_mode in [OrgUnitMode::Selected, OrgUnitMode::Children, OrgUnitMode::Descendants] {
            let mut height = 0;
            for parents in [&[ROOT][..], &[region], &[district], &[leaf], &[district, leaf], &[leaf, ROOT, district]] {
                let question = EventQuestion { org_unit_mode, ..EventQuestion::of(program, parents) };
                height += served.check_events(&question).frame.height();
            }
            assert!(height > 0, "{org_unit_mode:?}");
        }
        let all = served.events(&whole).len();
        for org_unit_mode in [OrgUnitMode::Accessible, OrgUnitMode::Capture, OrgUnitMode::All] {
            let question = EventQuestion { org_unit_mode, ..EventQuestion::of(program, &[]) };
            assert_eq!(served.check_events(&question).frame.height(), all);
        }
    }
}

fn uids(served: &Served, program: &str) -> Vec<String> {
    let events = served.country.events.iter().filter(|event| event.program == program && !event.deleted);
    events.map(|event| event.event.clone()).collect()
}

/// peer-bugs section 4: "2.40 takes uid lists with `;` only: with `,` the event filter vanishes and **every event** comes back."
fn named_events_come_and_no_others(served: &Served) {
    for program in PROGRAMS {
        let all = uids(served, program);
        for many in [1, 2, 300, 301, 400] {
            let named = EventQuestion { events: all[..many].to_vec(), ..EventQuestion::of(program, &[]) };
            let extraction = served.check_events(&named);
            assert_eq!(extraction.receipt.chunks.len(), many.div_ceil(300));
            let region = served.country.region_of_the_clerk().to_owned();
            served.check_events(&EventQuestion { org_unit_parents: vec![region], ..named.clone() });
            served.check_events(&named.with(Condition::text("status", "eq", &["COMPLETED"])));
        }
    }
    let deleted: Vec<String> = served
        .country
        .events
        .iter()
        .filter(|event| event.program == ANC && event.deleted)
        .map(|event| event.event.clone())
        .collect();
    let named = EventQuestion { events: deleted, include_deleted: true, ..EventQuestion::of(ANC, &[]) };
    assert!(served.check_events(&named).frame.height() > 0);
}

fn an_event_that_does_not_exist_is_named_and_the_receipt_is_partial(served: &Served) {
    let mut named = EventQuestion { events: uids(served, ANC)[..310].to_vec(), ..EventQuestion::of(ANC, &[]) };
    let expected = served.events(&named);
    let elsewhere = uids(served, TB).remove(0);
    for unknown in ["AAAAAAAAAAA", &elsewhere] {
        named.events.insert(5, unknown.to_owned());
        let extraction = events(&served.client(), &named.query());
        assert_eq!(extraction.receipt.state, State::Partial);
        assert!(extraction.receipt.missing().iter().any(|missing| missing.contains(unknown)));
        rows::assert_same(unknown, rows::of_frame(&extraction.frame), expected.clone());
    }
    // Deleted ones are missing too, unless they are asked for.
    let deleted = served.country.events.iter().find(|event| event.program == ANC && event.deleted).unwrap();
    let named = EventQuestion { events: vec![deleted.event.clone()], ..EventQuestion::of(ANC, &[]) };
    let extraction = events(&served.client(), &named.query());
    assert!(extraction.receipt.missing().iter().any(|missing| missing.contains(&deleted.event)));
}

/// peer-bugs section 4: "2.40 takes uid lists with `;` only: with `,` the event filter vanishes and **every event** comes back."
fn named_enrollments_give_their_events(served: &Served) {
    for program in [ANC, TB] {
        let enrollments = served.people().enrollments.iter();
        let all: Vec<String> = enrollments
            .filter(|one| one.program == program && !one.deleted)
            .map(|one| one.enrollment.clone())
            .collect();
        for many in [1, 2, all.len().min(301), all.len()] {
            let named = EventQuestion { enrollments: all[..many].to_vec(), ..EventQuestion::of(program, &[]) };
            assert!(served.check_events(&named).frame.height() > 0);
            let region = served.country.region_of_the_clerk().to_owned();
            served.check_events(&EventQuestion { org_unit_parents: vec![region], ..named });
        }
    }
}

/// peer-bugs section 4: "≤ 2.41: a filter on an element with options compares the option's *name* (except `in`)."
fn values_are_compared_by_option_code_and_as_numbers(served: &Served) {
    for (program, conditions) in [
        (CASES, vec![Condition::text(DIAGNOSIS, "eq", &["B50"])]),
        (TB, vec![Condition::text(DIAGNOSIS, "in", &["A15.0", "b50", "A09"])]),
        (CASES, vec![Condition::text(DIAGNOSIS, "ne", &["J18"])]),
        (ANC, vec![Condition::text(DIAGNOSIS, "like", &["15"])]),
        (CASES, vec![Condition::text(DIAGNOSIS, "sw", &["a"])]),
        (ANC, vec![Condition::text(OUTCOME, "ew", &["ED"])]),
        (CASES, vec![Condition::text(DIAGNOSIS, "null", &[])]),
        (CASES, vec![Condition::text(DIAGNOSIS, "!null", &[])]),
        (CASES, vec![Condition::text(DIAGNOSIS, "", &[])]),
        (ANC, vec![Condition::number(HAEMOGLOBIN, "ge", "9")]),
        (ANC, vec![Condition::number(HAEMOGLOBIN, "lt", "100")]),
        (ANC, vec![Condition::number(WEIGHT, "gt", "60.5")]),
        (ANC, vec![Condition::number(WEIGHT, "le", "60.50")]),
        (ANC, vec![Condition::number(HAEMOGLOBIN, "ge", "9"), Condition::number(WEIGHT, "lt", "70")]),
        (
            CASES,
            vec![Condition::text(DIAGNOSIS, "in", &["B50", "A00"]), Condition::text(OUTCOME, "eq", &["recovered"])],
        ),
    ] {
        let question = EventQuestion { conditions, ..EventQuestion::of(program, &[ROOT]) };
        let height = served.check_events(&question).frame.height();
        let whole = served.events(&EventQuestion::of(program, &[ROOT])).len();
        assert!(0 < height && height < whole, "{question:?}: {height} of {whole}");
        let region = served.country.region_of_the_clerk().to_owned();
        served.check_events(&EventQuestion { org_unit_parents: vec![region], page_size: 53, ..question });
    }
    // The names of options are no values.
    let by_name = Condition::text(DIAGNOSIS, "eq", &["Malaria, P. falciparum"]);
    assert_eq!(served.check_events(&EventQuestion::of(CASES, &[ROOT]).with(by_name)).frame.height(), 0);
}

fn columns_can_be_filtered_by(served: &Served) {
    let unit = served.country.events.iter().find(|event| event.program == ANC && !event.deleted).unwrap().unit.clone();
    for (rich, condition) in [
        (false, Condition::text("organisation_unit_id", "eq", &[&unit])),
        (false, Condition::text("status", "in", &["SCHEDULE", "SKIPPED"])),
        (false, Condition::text("program_stage_id", "ne", &["Yl7DhNudbZY"])),
        (false, Condition::text("occurred_at", "ge", &["2024-01-01"])),
        (false, Condition::text("occurred_at", "null", &[])),
        (true, Condition::text("scheduled_at", "lt", &["2024-01-01"])),
        (true, Condition::text("completed_at", "!null", &[])),
        (true, Condition::text("follow_up", "eq", &["true"])),
        (true, Condition::text("geometry", "null", &[])),
        (true, Condition::number("longitude", "gt", "2.5")),
    ] {
        let question = EventQuestion { rich, ..EventQuestion::of(ANC, &[ROOT]) }.with(condition);
        let height = served.check_events(&question).frame.height();
        assert!(height > 0 && height < served.events(&EventQuestion::of(ANC, &[ROOT])).len(), "{question:?}");
        let value = Condition::number(HAEMOGLOBIN, "ge", "100");
        served.check_events(&question.with(value));
    }
}

/// In the recorded countries all events have the default option; in made-up ones there are several combos.
fn attribute_options_give_the_events_of_their_combos(served: &Served) {
    const DEFAULT: &str = "xYerKDKCefk";
    let question = EventQuestion::of(ANC, &[ROOT]);
    let query = question.builder().attribute_options([DEFAULT]).build().unwrap();
    served.compare("the default option", &events(&served.client(), &query), served.events(&question));

    let made_up = served.made_up();
    let root = made_up.country.root();
    let combos = made_up.members("categoryOptionCombos", "categoryOptions");
    let used: BTreeSet<&str> =
        made_up.country.events.iter().map(|event| event.attribute_option_combo.as_str()).collect();
    let programs: BTreeSet<&str> = made_up.country.events.iter().map(|event| event.program.as_str()).collect();
    let options: BTreeSet<&String> = combos.values().flatten().collect();
    assert!(!used.is_empty() && options.len() > 1);
    let mut heights = BTreeSet::new();
    for program in programs {
        let whole = EventQuestion { page_size: 1_000, ..EventQuestion::of(program, &[root]) };
        for option in &options {
            let query = whole.builder().attribute_options([option.as_str()]).build().unwrap();
            let with_option: BTreeSet<&str> = combos
                .iter()
                .filter(|(_, members)| members.contains(*option))
                .map(|(combo, _)| combo.as_str())
                .collect();
            let asked = made_up.country.events_asked(&whole, |event| made_up.unit_of(event));
            let expected = asked.filter(|event| with_option.contains(event.attribute_option_combo.as_str()));
            let expected: Vec<_> = expected.flat_map(dhis2_tests::event::Event::rows).collect();
            let extraction = events(&made_up.client(), &query);
            heights.insert(extraction.frame.height() > 0);
            made_up.compare(option, &extraction, expected);
        }
    }
    assert_eq!(heights.len(), 2, "some options give events and some do not");

    let query = question.builder().attribute_options(["AAAAAAAAAAA"]).build().unwrap();
    let extraction = RUNTIME.block_on(served.client().extract_events(&query)).unwrap();
    assert_eq!(extraction.frame.height(), 0);
    assert!(extraction.receipt.warnings.iter().any(|warning| warning.message.contains("AAAAAAAAAAA")));
}
