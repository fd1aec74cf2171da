//! Events: which units, which days, and each once.

use dhis2::OccurredAt;
use dhis2_tests::country;
use dhis2_tests::event_question::EventQuestion;
use dhis2_tests::rows;
use dhis2_tests::served::{self, Served};

const ROOT: &str = "KdK92fYEfTw";
const ANC: &str = "T4KUa2dgu2M";
const TB: &str = "mPhS49WzczR";
const CASES: &str = "kq5MJdgfUBN";
const PROGRAMS: [&str; 3] = [ANC, TB, CASES];

on_every_line!(
    all_events_of_every_program_come,
    parents_inside_parents_give_each_event_once,
    every_part_of_the_country_gives_its_events,
    days_are_whole_on_the_clock_of_the_server,
    every_single_day_has_its_events,
    days_are_whole_wherever_the_server_stands,
    times_are_converted_to_utc_on_request,
);

/// peer-bugs section 4: "`ouMode` on ≥ 2.42: 0 of 5,974 rows and no error. Only the first page: 28 of 63. Events without
/// values: 256 of 5,974 lost."
fn all_events_of_every_program_come(served: &Served) {
    let mut without_values = 0;
    for program in PROGRAMS {
        // Pages of 200, of 37, and all on one.
        for page_size in [200, 37, 5_000] {
            let extraction = served.check_events(&EventQuestion { page_size, ..EventQuestion::of(program, &[ROOT]) });
            assert!(extraction.frame.height() > 500);
            without_values += extraction.frame.column("data_element_id").unwrap().null_count();
        }
    }
    assert!(without_values > 0);
}

/// peer-bugs section 4: "Same parent twice: 62 doubled."
fn parents_inside_parents_give_each_event_once(served: &Served) {
    let region = served.country.region_of_the_clerk();
    let district = served.country.children(region)[0];
    let leaf = served.country.children(district)[0];
    for parents in
        [&[ROOT, ROOT][..], &[region, district, leaf], &[leaf, ROOT, region], &[district, leaf], &[leaf, leaf]]
    {
        for program in PROGRAMS {
            let extraction = served.check_events(&EventQuestion::of(program, parents));
            // Parents that lie below others are not asked for; repeats come from the server's own pages only.
            assert_eq!(extraction.receipt.chunks.len(), 1);
        }
    }
}

/// peer-bugs section 4: "For programs with registration `orgUnit` asks for the **owner** of the person, not the event's own unit
/// (82 of 1,491 events differ)." Up to 2.39 the event's own.
fn every_part_of_the_country_gives_its_events(served: &Served) {
    let mut together = 0;
    let mut differ = 0;
    for region in served.country.children(ROOT) {
        for program in PROGRAMS {
            let question = EventQuestion::of(program, &[region]);
            together += served.check_events(&question).frame.height();
            let own = served.country.events(&question, |event| event.unit.clone());
            let owner = served.world.events().filter(|event| event.program == program && !event.deleted);
            differ += owner
                .filter(|event| {
                    served.country.is_within(event.owner_unit, region)
                        != served.country.is_within(event.organisation_unit, region)
                })
                .count();
            assert!(!own.is_empty());
        }
        for district in served.country.children(region) {
            served.check_events(&EventQuestion::of(ANC, &[district]));
        }
    }
    assert!(differ > 0, "some events lie elsewhere than their owner");
    let whole: usize = PROGRAMS.iter().map(|program| served.events(&EventQuestion::of(program, &[ROOT])).len()).sum();
    assert_eq!(together, whole);
    let regions = served.country.children(ROOT);
    served.check_events(&EventQuestion::of(ANC, &regions));
}

/// peer-bugs section 4: "`occurredAfter/Before` leave out scheduled events."
fn days_are_whole_on_the_clock_of_the_server(served: &Served) {
    let some_day = |program: &str| {
        let mut occurred = served.country.events.iter().filter(|event| event.program == program && !event.deleted);
        occurred.find_map(|event| event.occurred).unwrap().date().to_string()
    };
    for program in PROGRAMS {
        let day = some_day(program);
        for question in [
            EventQuestion::of(program, &[ROOT]).between(&day, &day),
            EventQuestion::of(program, &[ROOT]).between("2024-01-01", "2024-01-31"),
            EventQuestion::of(program, &[ROOT]).between("2023-12-31", "2024-02-01"),
            EventQuestion::of(program, &[ROOT]).between("2023-03-15", "2024-03-14"),
            EventQuestion { before: None, ..EventQuestion::of(program, &[ROOT]).between("2024-01-15", "2024-01-15") },
            EventQuestion { after: None, ..EventQuestion::of(program, &[ROOT]).between("2024-01-15", "2024-01-15") },
        ] {
            let extraction = served.check_events(&question);
            assert!(extraction.frame.height() > 0, "{question:?}");
            assert_eq!(extraction.frame.column("occurred_at").unwrap().null_count(), 0);
        }
        let nothing = EventQuestion::of(program, &[ROOT]).between("1999-01-01", "1999-12-31");
        assert_eq!(served.check_events(&nothing).frame.height(), 0);
    }
}

/// Every day around the turn of a year, when events were entered at midnight, half past noon, and a millisecond before
/// midnight.
fn every_single_day_has_its_events(served: &Served) {
    let mut rows = 0;
    for day in 0..20 {
        let day = (chrono::NaiveDate::from_ymd_opt(2023, 12, 24).unwrap() + chrono::Days::new(day)).to_string();
        rows += served.check_events(&EventQuestion::of(CASES, &[ROOT]).between(&day, &day)).frame.height();
    }
    let all = served.check_events(&EventQuestion::of(CASES, &[ROOT]).between("2023-12-24", "2024-01-12"));
    assert_eq!(all.frame.height(), rows);
}

/// 2.38 shifts the days asked for by the offset of its zone.
fn days_are_whole_wherever_the_server_stands(served: &Served) {
    for zone in ["Pacific/Kiritimati", "Pacific/Niue", "Etc/GMT+12", "America/St_Johns"] {
        let own = served.in_zone(zone);
        for (first, last) in [("2024-01-01", "2024-01-31"), ("2023-12-31", "2023-12-31"), ("2024-01-15", "2024-01-15")]
        {
            let question = EventQuestion::of(CASES, &[ROOT]).between(first, last);
            let extraction = served::events(&served::superuser(&own), &question.query());
            served.compare(zone, &extraction, served.events(&question));
            assert!(extraction.frame.height() > 0);
        }
    }
}

/// peer-bugs section 3: "zone-less tracker time converted with the server zone [O50]", where it is asked for.
fn times_are_converted_to_utc_on_request(served: &Served) {
    let question = EventQuestion::of(ANC, &[ROOT]);
    let query = question.builder().occurred_at(OccurredAt::InUtc).build().unwrap();
    let extraction = served::events(&served.client(), &query);
    rows::assert_same(
        &served.version,
        rows::of_frame(&extraction.frame),
        country::in_utc(served.events(&question), served.minutes_ahead()),
    );
}
