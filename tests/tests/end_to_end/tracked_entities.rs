//! Tracked entities with their attributes, and who owns them.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use dhis2::Extraction;
use dhis2::extract::WarningKind;
use dhis2_tests::condition::Condition;
use dhis2_tests::people_question::EntityQuestion;
use dhis2_tests::served::{RUNTIME, Served};

const ROOT: &str = "KdK92fYEfTw";
const ANC: &str = "T4KUa2dgu2M";
const TB: &str = "mPhS49WzczR";
const PERSON: &str = "EFvjZX4SLF5";
const SAMPLE: &str = "eGqec8fBMka";
const SEX: &str = "E1Yg8oxJLCA";
const GRAVIDA: &str = "nQUSA4uDo9h";
const FAMILY_NAME: &str = "I57qzFRq65u";
const HIV_KNOWN: &str = "u48LCNxV7qz";

fn check(served: &Served, question: &EntityQuestion) -> Extraction {
    let extraction = RUNTIME.block_on(served.client().extract_tracked_entities(&question.query())).unwrap();
    let bare = EntityQuestion { scope: question.scope.clone(), ..EntityQuestion::of_program(ANC, &[]) };
    let bare = EntityQuestion {
        tracked_entities: question.tracked_entities.clone(),
        include_deleted: question.include_deleted,
        ..bare
    };
    // Beside other conditions nobody expects all that are named.
    let named = if format!("{question:?}") == format!("{bare:?}") { &question.tracked_entities[..] } else { &[] };
    served.compare_named(&format!("{question:?}"), &extraction, question.rows(served), named);
    extraction
}

fn check_owners(served: &Served, question: &EntityQuestion) -> usize {
    let extraction = RUNTIME.block_on(served.client().extract_program_owners(&question.query())).unwrap();
    served.compare(&format!("owners of {question:?}"), &extraction, question.owner_rows(served));
    extraction.frame.height()
}

on_every_line!(
    everybody_in_a_program_comes_with_all_attributes,
    everybody_of_a_type_comes_and_what_is_withheld_is_said,
    every_part_of_the_country_gives_its_people,
    named_people_come_and_no_others,
    updates_are_exact_to_the_millisecond,
    deleted_people_come_when_asked_for_and_only_then,
    attributes_and_columns_can_be_filtered_by,
    owners_are_those_of_the_database,
);

/// peer-bugs section 4: "Program attributes (732 of 3,804 values on ≥ 2.42) are only in answers that name the `program`."
fn everybody_in_a_program_comes_with_all_attributes(served: &Served) {
    for program in [ANC, TB] {
        for page_size in [100, 7, 1_000] {
            let extraction =
                check(served, &EntityQuestion { page_size, ..EntityQuestion::of_program(program, &[ROOT]) });
            assert!(extraction.frame.height() > 500 && extraction.receipt.warnings.is_empty());
        }
    }
    let question = EntityQuestion::of_program(ANC, &[ROOT]);
    let rows = question.rows(served);
    let of = |attribute: &str| rows.iter().filter(|row| row[9].as_deref() == Some(attribute)).count();
    assert!(of(GRAVIDA) > 100 && of(HIV_KNOWN) > 100, "attributes of the program, a confidential one among them");
}

/// peer-bugs section 4: "2.39/2.40: `trackedEntities` by type alone repeats entities per owner, pages are short: stop only at an
/// empty page or pageCount, never at a short one."
fn everybody_of_a_type_comes_and_what_is_withheld_is_said(served: &Served) {
    for page_size in [100, 13, 1_000] {
        let extraction = check(served, &EntityQuestion { page_size, ..EntityQuestion::of_type(PERSON, &[ROOT]) });
        assert!(extraction.frame.height() > 500);
        let warned = extraction.receipt.warnings.iter().any(|one| one.kind == WarningKind::ProgramAttributes);
        assert_eq!(warned, served.dialect().program_attributes_need_program);
    }
    assert_eq!(check(served, &EntityQuestion::of_type(SAMPLE, &[ROOT])).frame.height(), 0);
}

/// peer-bugs section 4: "For programs with registration `orgUnit` asks for the **owner** of the person".
fn every_part_of_the_country_gives_its_people(served: &Served) {
    for region in served.country.children(ROOT) {
        for question in [
            EntityQuestion::of_program(ANC, &[region]),
            EntityQuestion::of_program(TB, &[region]),
            EntityQuestion::of_type(PERSON, &[region]),
        ] {
            assert!(check(served, &question).frame.height() > 0);
            let district = served.country.children(region)[0];
            let nested = [region, district, region].map(str::to_owned).to_vec();
            let extraction = check(served, &EntityQuestion { org_unit_parents: nested, ..question.clone() });
            assert_eq!(extraction.receipt.chunks.len(), 1);
            check(served, &EntityQuestion { org_unit_parents: vec![district.to_owned()], ..question });
        }
    }
    let regions = served.country.children(ROOT);
    let extraction = check(served, &EntityQuestion::of_type(PERSON, &regions));
    assert_eq!(extraction.receipt.chunks.len(), regions.len());
}

fn named_people_come_and_no_others(served: &Served) {
    let live = |program: &str| -> Vec<String> {
        let question = EntityQuestion::of_program(program, &[ROOT]);
        question.entities(served).map(|entity| entity.entity.clone()).collect()
    };
    let all = live(ANC);
    for many in [1, 2, 300, 301] {
        for question in [EntityQuestion::of_program(ANC, &[]), EntityQuestion::of_type(PERSON, &[])] {
            let named = EntityQuestion { tracked_entities: all[..many].to_vec(), ..question };
            let extraction = check(served, &named);
            assert_eq!(extraction.receipt.chunks.len(), many.div_ceil(300));
            let region = served.country.region_of_the_clerk().to_owned();
            check(served, &EntityQuestion { org_unit_parents: vec![region], ..named.clone() });
            check_owners(served, &named);
        }
    }
    // Some of those named are not in the program.
    let named = EntityQuestion { tracked_entities: live(TB), ..EntityQuestion::of_program(ANC, &[]) };
    let height = check(served, &named).frame.height();
    assert!(height > 0);
}

/// peer-bugs section 4: "`updatedWithin` loses rows on servers east of UTC; `updatedAfter` is exact everywhere."
fn updates_are_exact_to_the_millisecond(served: &Served) {
    let updated: BTreeSet<DateTime<Utc>> = served.people().entities.iter().map(|entity| entity.updated).collect();
    let middle = *updated.iter().nth(updated.len() / 2).unwrap();
    let millisecond = TimeDelta::milliseconds(1);
    for whole in [EntityQuestion::of_program(ANC, &[ROOT]), EntityQuestion::of_type(PERSON, &[ROOT])] {
        let mut sizes = BTreeSet::new();
        for moment in [middle - millisecond, middle, middle + millisecond, *updated.last().unwrap() + millisecond] {
            for question in [
                EntityQuestion { updated_after: Some(moment), ..whole.clone() },
                EntityQuestion { updated_before: Some(moment), ..whole.clone() },
                EntityQuestion {
                    updated_after: Some(middle),
                    updated_before: Some(moment.max(middle)),
                    ..whole.clone()
                },
            ] {
                sizes.insert(check(served, &question).frame.height());
            }
        }
        assert!(sizes.contains(&0) && sizes.len() > 3, "{sizes:?}");
    }
}

/// peer-bugs section 4: "`trackedEntities` + `includeDeleted` fails with an SQL error on 2.40.12 and 2.42.5.2 over `PostgreSQL` 15
/// unless `updatedAfter` is there too".
fn deleted_people_come_when_asked_for_and_only_then(served: &Served) {
    for question in [
        EntityQuestion::of_type(PERSON, &[ROOT]),
        EntityQuestion::of_program(ANC, &[ROOT]),
        EntityQuestion::of_program(TB, &[ROOT]),
    ] {
        let live = check(served, &question).frame.height();
        let all = EntityQuestion { include_deleted: true, ..question };
        assert!(check(served, &all).frame.height() > live);
        check_owners(served, &all);
        let region = served.country.region_of_the_clerk().to_owned();
        check(served, &EntityQuestion { org_unit_parents: vec![region], ..all.clone() });
        let mut deleted = all;
        deleted.conditions.push(Condition::text("deleted", "eq", &["true"]));
        assert!(check(served, &deleted).frame.height() > 0);
    }
}

fn attributes_and_columns_can_be_filtered_by(served: &Served) {
    for conditions in [
        vec![Condition::text(SEX, "eq", &["F"])],
        vec![Condition::text(SEX, "in", &["m", "U"])],
        vec![Condition::text(SEX, "null", &[])],
        vec![Condition::number(GRAVIDA, "ge", "3")],
        vec![Condition::text(FAMILY_NAME, "like", &["fa"])],
        vec![Condition::text("geometry", "!null", &[])],
        vec![Condition::text("potential_duplicate", "eq", &["false"]), Condition::text(SEX, "ne", &["F"])],
        vec![Condition::number(GRAVIDA, "lt", "5"), Condition::text(SEX, "eq", &["F"])],
    ] {
        for question in [EntityQuestion::of_program(ANC, &[ROOT]), EntityQuestion::of_type(PERSON, &[ROOT])] {
            check(served, &EntityQuestion { conditions: conditions.clone(), ..question });
        }
        let question = EntityQuestion { conditions, ..EntityQuestion::of_program(ANC, &[ROOT]) };
        let (part, whole) = (question.rows(served).len(), EntityQuestion::of_program(ANC, &[ROOT]).rows(served).len());
        assert!(0 < part && part < whole, "{question:?}");
    }
}

fn owners_are_those_of_the_database(served: &Served) {
    for parents in [&[ROOT][..], &[served.country.region_of_the_clerk()]] {
        for question in [
            EntityQuestion::of_program(ANC, parents),
            EntityQuestion::of_program(TB, parents),
            EntityQuestion::of_type(PERSON, parents),
        ] {
            assert!(check_owners(served, &question) > 0);
        }
    }
    let people = served.people();
    let moved = people.owners.iter().filter(|((entity, _), unit)| people.entity(entity).unit != **unit);
    assert!(moved.count() > 0, "some are owned elsewhere than where they were registered");
}
