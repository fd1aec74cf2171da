//! Persons protected at extraction.

mod files;

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, LazyLock};

use dhis2::polars::prelude::*;
use dhis2::{
    Dhis2, EnrollmentQuery, EventColumns, EventQuery, Everything, Extraction, Prepared, Privacy, PrivacyKey,
    ProgramQuery, ScheduleQuery, TrackedEntityQuery,
};
use dhis2_simulator::{Faults, World, WorldSize};
use dhis2_tests::served::{RUNTIME, serve, superuser};

const SIZE: WorldSize = WorldSize { organisation_units: 60, data_values: 20, events: 3_000 };
const KEY: &[u8] = b"the key of these tests, 32 bytes or more";
const DAY_MS: i64 = 86_400_000;

static WORLD: LazyLock<Arc<World>> = LazyLock::new(|| Arc::new(World::generate(&SIZE, 7)));

fn key() -> PrivacyKey {
    PrivacyKey::from_bytes(KEY).unwrap()
}

/// A program with registration.
fn the_program() -> &'static str {
    WORLD.enrollments().next().unwrap().program
}

fn root() -> &'static str {
    WORLD.organisation_units().find(|unit| unit.level == 1).unwrap().id
}

fn texts(frame: &DataFrame, column: &str) -> Vec<Option<String>> {
    let column = frame.column(column).unwrap().cast(&DataType::String).unwrap();
    column.str().unwrap().iter().map(|cell| cell.map(str::to_owned)).collect()
}

fn numbers(frame: &DataFrame, column: &str) -> Vec<Option<i64>> {
    let column = frame.column(column).unwrap().to_physical_repr();
    column.i64().unwrap().iter().collect()
}

fn all_of(frame: &DataFrame, column: &str) -> HashSet<String> {
    texts(frame, column).into_iter().flatten().collect()
}

fn phones(client: &Dhis2) -> (String, HashSet<String>) {
    let list = RUNTIME.block_on(client.get_tracked_entity_attributes(&[])).unwrap();
    let types = texts(&list, "value_type");
    let place = types.iter().position(|one| one.as_deref() == Some("PHONE_NUMBER")).unwrap();
    let id = texts(&list, "id")[place].clone().unwrap();
    let people = WORLD.tracked_entities().flat_map(|person| person.attributes);
    let values = people.filter(|(attribute, _)| *attribute == id).map(|(_, value)| value.to_owned()).collect();
    (id, values)
}

fn rich_events() -> EventQuery {
    let query = EventQuery::builder().program(the_program()).org_unit_parents([root()]);
    query.columns(EventColumns::Rich).build().unwrap()
}

fn whole(client: &Dhis2, privacy: Option<&Privacy>) -> Everything {
    let query = ProgramQuery::builder().program(the_program()).org_unit_parents([root()]).build().unwrap();
    RUNTIME.block_on(async {
        match privacy {
            None => client.tracker().everything(&query).await.unwrap(),
            Some(privacy) => client.protected_program(&query, privacy).await.unwrap().collect().await.unwrap(),
        }
    })
}

fn protected(client: &Dhis2, prepared: Prepared, privacy: &Privacy) -> Extraction {
    RUNTIME.block_on(async { client.protected(prepared, privacy).await.unwrap().collect().await.unwrap() })
}

/// Columns of ids, by table.
const IDS: [(&str, &[&str]); 5] = [
    ("tracked_entities", &["tracked_entity_id"]),
    ("attributes", &["tracked_entity_id"]),
    ("enrollments", &["enrollment_id", "tracked_entity_id"]),
    ("events", &["event_id", "enrollment_id", "tracked_entity_id"]),
    ("relationships", &["relationship_id", "from_id", "to_id"]),
];

#[test]
fn tables_join_after_pseudonymising_as_before() {
    for version in ["2.38.7", "2.40.12", "2.43.1"] {
        let simulator = serve(version, &WORLD, Faults::default());
        let client = superuser(&simulator);
        let raw = whole(&client, None);
        let there = whole(&client, Some(&Privacy::new().pseudonymise(key())));
        for ((name, columns), ((_, before), (_, after))) in IDS.iter().zip(raw.frames().into_iter().zip(there.frames()))
        {
            assert!(before.height() > 10 && before.height() == after.height(), "{version} {name}");
            for column in *columns {
                // The same function everywhere: whatever joined before joins now, and nothing else does.
                let expected = texts(before, column).into_iter().map(|id| id.map(|id| key().pseudonym(&id)));
                assert!(texts(after, column) == expected.collect::<Vec<_>>(), "{version} {name}.{column}");
            }
        }
        let ids = all_of(&there.tracked_entities, "tracked_entity_id");
        assert!(all_of(&there.events, "tracked_entity_id").is_subset(&ids), "{version}");
        assert!(all_of(&there.events, "enrollment_id").is_subset(&all_of(&there.enrollments, "enrollment_id")));
        let other = Privacy::new().pseudonymise(PrivacyKey::from_bytes(&[1; 32]).unwrap());
        let other = whole(&client, Some(&other));
        assert!(all_of(&other.tracked_entities, "tracked_entity_id").is_disjoint(&ids), "{version}");
        let done = there.receipt.privacy.unwrap();
        assert_eq!(done["pseudonymise"]["key_fingerprint"], key().fingerprint());
    }
}

#[test]
fn every_date_of_a_person_is_shifted_by_the_same_days() {
    for version in ["2.38.7", "2.41.9.1"] {
        let simulator = serve(version, &WORLD, Faults::default());
        let client = superuser(&simulator);
        let privacy = Privacy::new().pseudonymise(key()).date_shift(30).unwrap();
        let (raw, there) = (whole(&client, None), whole(&client, Some(&privacy)));
        let mut days: HashMap<String, i64> = HashMap::new();
        let mut see = |person: &str, before: Option<i64>, after: Option<i64>| {
            assert_eq!(before.is_some(), after.is_some());
            let (Some(before), Some(after)) = (before, after) else { return };
            assert_eq!((after - before) % DAY_MS, 0);
            let shift = (after - before) / DAY_MS;
            assert!(shift != 0 && shift.abs() <= 30, "{shift}");
            assert_eq!(*days.entry(person.to_owned()).or_insert(shift), shift, "{version}: {person}");
        };
        for ((name, before), (_, after)) in raw.frames().into_iter().zip(there.frames()) {
            let times: Vec<_> =
                before.columns().iter().filter(|column| matches!(column.dtype(), DataType::Datetime(..))).collect();
            for column in times {
                let (old, new) = (numbers(before, column.name()), numbers(after, column.name()));
                if name == "relationships" {
                    assert!(new.iter().all(Option::is_none), "{}", column.name());
                    continue;
                }
                let object = before.columns()[0].name().clone();
                let people = texts(before, "tracked_entity_id").into_iter().zip(texts(before, &object));
                for ((person, object), (old, new)) in people.zip(old.into_iter().zip(new)) {
                    see(&person.or(object).unwrap(), old, new);
                }
            }
        }
        // Dates of birth, among the values.
        let list = RUNTIME.block_on(client.get_tracked_entity_attributes(&[])).unwrap();
        let dates: HashSet<String> = texts(&list, "id")
            .into_iter()
            .zip(texts(&list, "value_type"))
            .filter(|(_, value_type)| value_type.as_deref() == Some("DATE"))
            .filter_map(|(id, _)| id)
            .collect();
        let day = |text: &Option<String>| {
            let days = dhis2::api::value_type::parse_date_days(text.as_ref().unwrap()).unwrap();
            Some(i64::from(days) * DAY_MS)
        };
        let (before, after) = (&raw.attributes, &there.attributes);
        assert_eq!(before.height(), after.height());
        let (old, new, people) = (texts(before, "value"), texts(after, "value"), texts(before, "tracked_entity_id"));
        let mut born = 0;
        for (row, attribute) in texts(before, "attribute_id").into_iter().enumerate() {
            if dates.contains(&attribute.unwrap()) {
                see(people[row].as_ref().unwrap(), day(&old[row]), day(&new[row]));
                born += 1;
            } else {
                assert_eq!(old[row], new[row]);
            }
        }
        assert!(born > 50 && days.len() > 50 && days.values().collect::<HashSet<_>>().len() > 20);
        // Another extract of the same people is shifted alike.
        let query = ScheduleQuery::builder()
            .program(the_program())
            .org_unit_parents([root()])
            .as_of("2024-06-30")
            .build()
            .unwrap();
        let schedule = RUNTIME.block_on(client.extract_schedule(&query)).unwrap().frame;
        let shifted = protected(&client, RUNTIME.block_on(client.prepare_schedule(&query)).unwrap(), &privacy).frame;
        let mut compared = 0;
        for (row, person) in texts(&schedule, "tracked_entity_id").into_iter().enumerate() {
            let (old, new) = (numbers(&schedule, "scheduled_at")[row], numbers(&shifted, "scheduled_at")[row]);
            let (Some(days), Some(old)) = (person.and_then(|person| days.get(&person)), old) else { continue };
            assert_eq!(new, Some(old + days * DAY_MS));
            compared += 1;
            if compared > 200 {
                break;
            }
        }
        assert!(compared > 20);
        assert!(numbers(&shifted, "days_overdue").iter().all(Option::is_none));
    }
}

#[test]
fn what_is_confidential_or_of_a_type_does_not_come() {
    let simulator = serve("2.42.5.2", &WORLD, Faults::default());
    let client = superuser(&simulator);
    let list = RUNTIME.block_on(client.get_tracked_entity_attributes(&[])).unwrap();
    let confidential =
        list.column("confidential").unwrap().bool().unwrap().iter().position(|one| one == Some(true)).unwrap();
    let confidential = texts(&list, "id")[confidential].clone().unwrap();
    let (phone, _) = phones(&client);
    let query = TrackedEntityQuery::builder().program(the_program()).org_unit_parents([root()]).build().unwrap();
    let raw = RUNTIME.block_on(client.extract_tracked_entities(&query)).unwrap().frame;
    let prepare = || RUNTIME.block_on(client.prepare_tracked_entities(&query)).unwrap();
    assert!(all_of(&raw, "attribute_id").contains(&confidential) && all_of(&raw, "attribute_id").contains(&phone));
    let open = protected(&client, prepare(), &Privacy::new().drop_confidential()).frame;
    assert!(!all_of(&open, "attribute_id").contains(&confidential) && all_of(&open, "attribute_id").contains(&phone));
    let types =
        Privacy::new().drop_types(dhis2::api::ValueType::ALL.iter().map(dhis2::api::ValueType::as_str)).unwrap();
    let empty = protected(&client, prepare(), &types).frame;
    // Everybody is still there, with a row and no value.
    assert_eq!(all_of(&empty, "tracked_entity_id"), all_of(&raw, "tracked_entity_id"));
    assert_eq!(empty.height(), all_of(&raw, "tracked_entity_id").len());
    for column in ["attribute_id", "value", "geometry"] {
        assert_eq!(empty.column(column).unwrap().null_count(), empty.height(), "{column}");
    }
    let query = EnrollmentQuery::builder().program(the_program()).org_unit_parents([root()]).build().unwrap();
    let attributes = RUNTIME.block_on(client.prepare_enrollment_attributes(&query)).unwrap();
    let attributes = protected(&client, attributes, &Privacy::new().drop_confidential()).frame;
    assert!(attributes.height() > 10 && !all_of(&attributes, "attribute_id").contains(&confidential));
    let query = rich_events();
    let events = RUNTIME.block_on(client.extract_events(&query)).unwrap().frame;
    let places = Privacy::new().drop_types(["COORDINATE"]).unwrap();
    let nowhere = protected(&client, RUNTIME.block_on(client.prepare_events(&query)).unwrap(), &places).frame;
    assert_eq!(all_of(&nowhere, "event_id"), all_of(&events, "event_id"));
    for column in ["geometry", "longitude", "latitude"] {
        assert!(events.column(column).unwrap().null_count() < events.height(), "{column}");
        assert_eq!(nowhere.column(column).unwrap().null_count(), nowhere.height(), "{column}");
    }
}

#[test]
fn units_become_those_above_them_and_so_do_their_names() {
    let simulator = serve("2.42.5.2", &WORLD, Faults::default());
    let client = superuser(&simulator);
    let level: HashMap<String, u32> = WORLD.organisation_units().map(|unit| (unit.id.to_owned(), unit.level)).collect();
    let above: HashMap<String, String> = WORLD
        .organisation_units()
        .filter(|unit| unit.level >= 2)
        .map(|unit| (unit.id.to_owned(), unit.path[1].to_owned()))
        .collect();
    let query = rich_events();
    let raw = RUNTIME.block_on(client.extract_events(&query)).unwrap().frame;
    let prepared = RUNTIME.block_on(client.prepare_events(&query)).unwrap();
    let districts = Privacy::new().generalise_org_unit(2);
    let Extraction { frame, receipt } = protected(&client, client.with_names(prepared), &districts);
    let expected: Vec<_> = texts(&raw, "organisation_unit_id")
        .into_iter()
        .map(|unit| unit.map(|unit| above.get(&unit).cloned().unwrap_or(unit)))
        .collect();
    assert!(texts(&frame, "organisation_unit_id") == expected);
    assert!(all_of(&raw, "organisation_unit_id").iter().any(|unit| level[unit] > 2));
    for column in frame.get_column_names() {
        if column.starts_with("level_") && column.as_str() > "level_3" {
            assert_eq!(frame.column(column).unwrap().null_count(), frame.height(), "{column}");
        }
    }
    let warned = receipt.warnings.iter().any(|warning| warning.message.contains("geometry is kept"));
    assert!(warned, "{:?}", receipt.warnings);
    let prepared = RUNTIME.block_on(client.prepare_events(&query)).unwrap();
    let error = RUNTIME.block_on(client.protected(prepared, &Privacy::new().generalise_org_unit(9))).unwrap_err();
    assert!(error.is_usage() && error.to_string().contains("there is no level 9"), "{error}");
}
