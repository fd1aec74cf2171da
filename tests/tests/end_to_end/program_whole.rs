//! A program whole, and the attributes of its enrollments.

use dhis2::tracker::ProgramQuery;
use dhis2_tests::event_question::EventQuestion;
use dhis2_tests::people_question::{EnrollmentQuestion, EntityQuestion};
use dhis2_tests::rows::{self, Row};
use dhis2_tests::served::{RUNTIME, Served};

const ROOT: &str = "KdK92fYEfTw";
const ANC: &str = "T4KUa2dgu2M";
const TB: &str = "mPhS49WzczR";

on_every_line!(a_program_is_whole_and_its_keys_match, attributes_of_enrollments_are_those_of_the_database,);

fn a_program_is_whole_and_its_keys_match(served: &Served) {
    for program in [ANC, TB] {
        for include_deleted in [false, true] {
            let query = ProgramQuery::builder()
                .program(program)
                .org_unit_parents([ROOT])
                .include_deleted(include_deleted)
                .build()
                .unwrap();
            let whole = RUNTIME.block_on(served.client().tracker().everything(&query)).unwrap();
            assert!(whole.receipt.is_complete(), "{:?}", whole.receipt.missing());
            let people = EntityQuestion { include_deleted, ..EntityQuestion::of_program(program, &[ROOT]) };
            let entities: Vec<Row> = people.entities(served).map(|entity| entity.cells.clone()).collect();
            let mut attributes: Vec<Row> =
                people.rows(served).into_iter().map(|row| [&row[..1], &row[9..]].concat()).collect();
            attributes.retain(|row| row[1].is_some());
            let enrollments = EnrollmentQuestion { include_deleted, ..EnrollmentQuestion::of(program, &[ROOT]) };
            let events = EventQuestion { include_deleted, rich: true, ..EventQuestion::of(program, &[ROOT]) };
            for (name, frame, expected) in [
                ("tracked_entities", &whole.tracked_entities, entities),
                ("attributes", &whole.attributes, attributes),
                ("enrollments", &whole.enrollments, enrollments.rows(served)),
                ("events", &whole.events, served.events(&events)),
                ("relationships", &whole.relationships, people.relationship_rows(served)),
            ] {
                rows::assert_same(
                    &format!("{name} of {program} on {}", served.version),
                    rows::of_frame(frame),
                    expected,
                );
            }
        }
    }
}

/// peer-bugs section 4: "Confidential attributes have no `value` inside enrollments on 2.43."
fn attributes_of_enrollments_are_those_of_the_database(served: &Served) {
    let people = served.people();
    for program in [ANC, TB] {
        for parents in [&[ROOT][..], &[served.country.region_of_the_clerk()]] {
            let question = EnrollmentQuestion::of(program, parents);
            let extraction =
                RUNTIME.block_on(served.client().extract_enrollment_attributes(&question.query())).unwrap();
            let mut expected = Vec::new();
            for row in question.rows(served) {
                let entity = people.entity(row[1].as_deref().unwrap());
                for (attribute, value) in &entity.attributes {
                    if people.attributes_of[program].contains(attribute) {
                        expected.push([&row[..3], &[Some(attribute.clone()), Some(value.clone())]].concat());
                    }
                }
            }
            served.compare(&format!("attributes of {question:?}"), &extraction, expected);
            assert!(extraction.frame.height() > 50);
        }
    }
}
