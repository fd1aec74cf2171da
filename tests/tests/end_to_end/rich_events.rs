//! Events with everything known of them, and their notes.

use dhis2::EventStatus;
use dhis2_tests::condition::Condition;
use dhis2_tests::event_question::EventQuestion;
use dhis2_tests::served::{RUNTIME, Served};

const ROOT: &str = "KdK92fYEfTw";
const ANC: &str = "T4KUa2dgu2M";
const TB: &str = "mPhS49WzczR";
const CASES: &str = "kq5MJdgfUBN";
const PROGRAMS: [&str; 3] = [ANC, TB, CASES];

on_every_line!(rich_columns_are_those_of_the_database, notes_are_those_of_the_events_asked_for,);

/// peer-bugs section 2, O53: "no enrollment, tracked entity, `updatedAt`, geometry, notes, status filter, `updatedAfter`,
/// `includeDeleted`, program-stage filter".
fn rich_columns_are_those_of_the_database(served: &Served) {
    for program in PROGRAMS {
        for include_deleted in [false, true] {
            let question = EventQuestion { rich: true, include_deleted, ..EventQuestion::of(program, &[ROOT]) };
            let extraction = served.check_events(&question);
            let filled = |name: &str| extraction.frame.column(name).unwrap().null_count() < extraction.frame.height();
            for column in ["completed_at", "created_at", "updated_at", "geometry", "longitude", "latitude"] {
                assert!(filled(column), "{column}");
            }
            for column in ["enrollment_id", "tracked_entity_id"] {
                assert_eq!(filled(column), program != CASES, "{column}");
            }
        }
        let part = EventQuestion {
            rich: true,
            status: Some(EventStatus::Completed),
            ..EventQuestion::of(program, &[served.country.region_of_the_clerk()])
        };
        assert!(served.check_events(&part.between("2023-07-01", "2024-03-31")).frame.height() > 0);
    }
}

fn notes_are_those_of_the_events_asked_for(served: &Served) {
    let check = |question: &EventQuestion| {
        let extraction = RUNTIME.block_on(served.client().extract_event_notes(&question.query())).unwrap();
        let asked: Vec<&str> = served
            .country
            .events_asked(question, |event| served.unit_of(event))
            .map(|event| event.event.as_str())
            .collect();
        let notes = served.people().notes.iter().filter(|note| asked.contains(&note.event.as_str()));
        let expected = notes.map(dhis2_tests::event::Note::row).collect();
        served.compare(&format!("the notes of {question:?}"), &extraction, expected);
        extraction.frame.height()
    };
    for (program, some) in [(ANC, true), (TB, true), (CASES, false)] {
        let whole = EventQuestion::of(program, &[ROOT]);
        assert_eq!(check(&whole) > 0, some);
        check(&EventQuestion { include_deleted: true, ..whole.clone() });
        check(&EventQuestion { page_size: 29, ..EventQuestion::of(program, &[served.country.region_of_the_clerk()]) });
        let filtered = whole.with(Condition::text("status", "eq", &["COMPLETED"]));
        assert_eq!(check(&filtered) > 0, some);
        check(&filtered.with(Condition::number("AJMsqHhueiR", "gt", "60")));
    }
}
