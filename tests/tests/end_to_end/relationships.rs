//! Relationships: collected from the people at their ends, each once.

use std::collections::BTreeSet;

use dhis2::api::dialect::PagesEnd;
use dhis2::{Extraction, RelationshipQuery};
use dhis2_tests::people_question::EntityQuestion;
use dhis2_tests::rows::Row;
use dhis2_tests::served::{RUNTIME, Served};

const ROOT: &str = "KdK92fYEfTw";
const ANC: &str = "T4KUa2dgu2M";
const TB: &str = "mPhS49WzczR";
const CASES: &str = "kq5MJdgfUBN";
const PERSON: &str = "EFvjZX4SLF5";
const SIBLING: &str = "JygaeqYBVx0";

fn extract(served: &Served, query: &RelationshipQuery) -> Extraction {
    RUNTIME.block_on(served.client().extract_relationships(query)).unwrap()
}

fn check(served: &Served, question: &EntityQuestion) -> Extraction {
    let extraction = extract(served, &question.relationships());
    served.compare(&format!("{question:?}"), &extraction, question.relationship_rows(served));
    extraction
}

on_every_line!(
    all_relationships_of_a_type_of_people_come_once,
    those_of_the_people_in_a_program_come_once,
    every_part_of_the_country_gives_those_of_its_people,
    a_filter_leaves_those_of_one_type,
    those_of_single_objects_come_whichever_end_they_are,
    a_program_without_registration_begins_none,
);

/// peer-bugs section 4: "A relationship is not listed at its `to` end when one-directional: the union over tracked entities gave
/// 165 of 165."; section 3: "relationship seen from both ends yields one edge [PYD; new]".
fn all_relationships_of_a_type_of_people_come_once(served: &Served) {
    for page_size in [100, 7, 1_000] {
        let extraction = check(served, &EntityQuestion { page_size, ..EntityQuestion::of_type(PERSON, &[ROOT]) });
        assert_eq!(extraction.frame.height(), 165);
        assert!(extraction.receipt.duplicates_removed > 0);
    }
}

fn those_of_the_people_in_a_program_come_once(served: &Served) {
    for program in [ANC, TB] {
        let height = check(served, &EntityQuestion::of_program(program, &[ROOT])).frame.height();
        assert!(0 < height && height <= 165);
    }
}

fn every_part_of_the_country_gives_those_of_its_people(served: &Served) {
    let regions = served.country.children(ROOT);
    for region in &regions {
        assert!(check(served, &EntityQuestion::of_type(PERSON, &[region])).frame.height() > 0);
        check(served, &EntityQuestion::of_program(ANC, &[region, served.country.children(region)[0]]));
    }
    assert_eq!(check(served, &EntityQuestion::of_type(PERSON, &regions)).frame.height(), 165);
}

fn a_filter_leaves_those_of_one_type(served: &Served) {
    let query = RelationshipQuery::builder()
        .tracked_entity_type(PERSON)
        .org_unit_parents([ROOT])
        .filter(format!("relationship_type_id:eq:{SIBLING}"));
    let extraction = extract(served, &query.build().unwrap());
    let mut expected = EntityQuestion::of_type(PERSON, &[ROOT]).relationship_rows(served);
    expected.retain(|row| row[1].as_deref() == Some(SIBLING));
    served.compare("siblings", &extraction, expected);
    assert_eq!(extraction.frame.height(), 55);
}

/// Inside other objects those in one direction are from 2.42 on only where they begin; asked for by themselves, at both ends.
fn those_of_single_objects_come_whichever_end_they_are(served: &Served) {
    let live = || served.people().relationships.iter().filter(|one| !one.deleted);
    let rows_at = |ends: &[&String]| -> Vec<Row> {
        let at_end = live().filter(|one| ends.contains(&&one.from.1) || ends.contains(&&one.to.1));
        at_end.map(|one| one.row.clone()).collect()
    };
    let to_event = live().find(|one| one.to.0 == "event").unwrap();
    let sibling = live().find(|one| one.bidirectional).unwrap();
    let contact = live().find(|one| !one.bidirectional && one.to.0 == "tracked_entity").unwrap();
    for ends in [
        vec![&to_event.from.1],
        vec![&sibling.from.1],
        vec![&sibling.to.1],
        vec![&sibling.from.1, &sibling.to.1, &contact.from.1],
    ] {
        let query = RelationshipQuery::builder().tracked_entities(ends.iter().map(|end| end.as_str()));
        let extraction = extract(served, &query.build().unwrap());
        let expected = rows_at(&ends);
        served.compare("single people", &extraction, expected);
        assert!(extraction.frame.height() > 0);
        assert_eq!(extraction.receipt.chunks.len(), ends.len());
    }
    let query = RelationshipQuery::builder().events([to_event.to.1.as_str()]).build().unwrap();
    let extraction = extract(served, &query);
    let expected = rows_at(&[&to_event.to.1]);
    served.compare("a single event", &extraction, expected);
}

/// None begins at its events. Those that end there are listed there by servers up to 2.41.
fn a_program_without_registration_begins_none(served: &Served) {
    let query = RelationshipQuery::builder().program(CASES).org_unit_parents([ROOT]).build().unwrap();
    let extraction = extract(served, &query);
    assert!(extraction.receipt.is_complete());
    let at_events: BTreeSet<&str> = served
        .people()
        .relationships
        .iter()
        .filter(|one| one.to.0 == "event" && !one.deleted)
        .filter_map(|one| one.row[0].as_deref())
        .collect();
    assert!(!at_events.is_empty());
    let listed = served.dialect().pages_end == PagesEnd::PageCount;
    let came = extraction.frame.column("relationship_id").unwrap().str().unwrap();
    assert_eq!(came.iter().flatten().collect::<BTreeSet<_>>(), if listed { at_events } else { BTreeSet::new() });
}
