//! A large Tracker on every version, in which people go on working while it is read: fifty thousand tracked entities, sixty
//! thousand enrollments, three hundred thousand events, twenty thousand relationships. All programs are extracted whole.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::{Arc, LazyLock};

use dhis2::extract::WarningKind;
use dhis2::polars::prelude::*;
use dhis2::{Everything, ProgramQuery};
use dhis2_simulator::{Changed, Changes, Faults, Simulator, World, WorldSize};
use dhis2_tests::served::{RUNTIME, superuser};

const SIZE: WorldSize = WorldSize { organisation_units: 500, data_values: 0, events: 300_000 };
/// A batch after every list request: more than a hundred of them in a run.
const CHANGES: Changes = Changes { seed: 7, every: 1, inserts: 5, updates: 5, deletes: 20 };

static WORLD: LazyLock<Arc<World>> = LazyLock::new(|| Arc::new(World::generate(&SIZE, 11)));

/// The uids in a column. Fails where one is there twice.
fn unique<'f>(frame: &'f DataFrame, column: &str) -> HashSet<&'f str> {
    let uids: Vec<&str> = frame.column(column).unwrap().str().unwrap().iter().flatten().collect();
    let set: HashSet<&str> = uids.iter().copied().collect();
    assert_eq!(set.len(), uids.len(), "something in {column} is there twice");
    set
}

fn texts<'f>(frame: &'f DataFrame, column: &str) -> impl Iterator<Item = Option<&'f str>> {
    frame.column(column).unwrap().str().unwrap().iter()
}

/// The events, each of which must be one run of rows with its values, each value once.
fn events(frame: &DataFrame) -> HashMap<&str, BTreeSet<Option<&str>>> {
    let mut all: HashMap<&str, BTreeSet<Option<&str>>> = HashMap::new();
    let mut before = None;
    for (event, element) in texts(frame, "event_id").zip(texts(frame, "data_element_id")) {
        let event = event.unwrap();
        assert!(before == Some(event) || !all.contains_key(event), "event {event} is there twice");
        assert!(all.entry(event).or_default().insert(element), "a value of event {event} is there twice");
        before = Some(event);
    }
    all
}

/// What is named as changed was changed.
fn assert_named(all: &Everything, what: &str, changed: &Changed, of_program: impl Fn(&str) -> bool) -> usize {
    let Some(named) = all.receipt.changed.iter().find(|change| change.what == what) else { return 0 };
    for (named, done) in [(&named.inserted, &changed.inserted), (&named.deleted, &changed.deleted)] {
        for uid in named {
            assert!(done.contains(uid), "{what} {uid}");
        }
    }
    assert!(named.updated.iter().all(|uid| changed.updated.contains(uid)), "{what}");
    assert!(named.updated.iter().chain(&named.deleted).all(|uid| of_program(uid)), "{what} of another program");
    named.inserted.len() + named.updated.len() + named.deleted.len()
}

fn nothing_is_lost_or_doubled_while_rows_come_change_and_go(version: &str) {
    let faults = Faults { changes: Some(CHANGES), ..Faults::default() };
    let builder = Simulator::builder().version(version).unwrap().world(Arc::clone(&WORLD)).faults(faults);
    let simulator = RUNTIME.block_on(builder.start()).unwrap();
    let client = superuser(&simulator);
    let programs = RUNTIME.block_on(client.get_programs(&[])).unwrap();
    let roots = RUNTIME.block_on(client.get_organisation_units(Some(1), &[])).unwrap();
    let root = texts(&roots, "id").next().flatten().unwrap().to_owned();

    let mut totals = [0; 4];
    let mut named = 0;
    for program in texts(&programs, "id").flatten() {
        let query = ProgramQuery::builder().program(program).org_unit_parents([root.as_str()]).page_size(3_000);
        let query = query.build().unwrap();
        let all = RUNTIME.block_on(client.tracker().everything(&query)).unwrap();
        let what = format!("{program} of {version}");
        assert!(all.receipt.is_complete(), "{what}: {:?}", all.receipt.missing());
        let log = simulator.change_log();

        let entities = unique(&all.tracked_entities, "tracked_entity_id");
        let enrollments = unique(&all.enrollments, "enrollment_id");
        let events = events(&all.events);
        let relationships = unique(&all.relationships, "relationship_id");

        // Keys match.
        assert!(texts(&all.enrollments, "tracked_entity_id").flatten().all(|uid| entities.contains(uid)), "{what}");
        assert!(texts(&all.events, "enrollment_id").flatten().all(|uid| enrollments.contains(uid)), "{what}");
        assert!(texts(&all.attributes, "tracked_entity_id").flatten().all(|uid| entities.contains(uid)), "{what}");

        // What was there all the time is there.
        let mut enrolled = HashSet::new();
        for one in WORLD.enrollments().filter(|one| one.program == program && !one.deleted) {
            if log.enrollments.stayed(one.enrollment) {
                assert!(enrollments.contains(one.enrollment), "enrollment {} of {what}", one.enrollment);
                assert!(entities.contains(one.tracked_entity), "entity {} of {what}", one.tracked_entity);
                enrolled.insert(one.tracked_entity);
            }
        }
        let mut of_program = HashSet::new();
        for one in WORLD.events().filter(|one| one.program == program) {
            of_program.insert(one.event);
            if !one.deleted && log.events.stayed(one.event) {
                let values = events.get(one.event).unwrap_or_else(|| panic!("event {} of {what}", one.event));
                assert_eq!(values.len(), one.values.len().max(1), "values of event {} of {what}", one.event);
            }
        }
        let expected = WORLD.relationships().filter(|one| {
            !one.deleted
                && log.relationships.stayed(one.relationship)
                && match one.from.0 {
                    "tracked_entity" => enrolled.contains(one.from.1),
                    "enrollment" => enrollments.contains(one.from.1) && log.enrollments.stayed(one.from.1),
                    _ => of_program.contains(one.from.1) && log.events.stayed(one.from.1),
                }
        });
        for one in expected {
            assert!(relationships.contains(one.relationship), "relationship {} of {what}", one.relationship);
        }

        // What came meanwhile, or went, is named.
        named += assert_named(&all, "events", &log.events, |uid| {
            of_program.contains(uid) || log.events.inserted.contains(uid)
        });
        named += assert_named(&all, "enrollments", &log.enrollments, |_| true);
        named += assert_named(&all, "tracked_entities", &log.tracked_entities, |_| true);
        let warned = all.receipt.warnings.iter().any(|warning| warning.kind == WarningKind::ChangedMeanwhile);
        assert_eq!(warned, !all.receipt.changed.is_empty());

        for (total, count) in
            totals.iter_mut().zip([entities.len(), enrollments.len(), events.len(), relationships.len()])
        {
            *total += count;
        }
    }
    assert!(totals[0] > 45_000 && totals[1] > 50_000 && totals[2] > 270_000 && totals[3] > 17_000, "{totals:?}");
    assert!(named > 100, "{named} changes named of {version}");
}

macro_rules! on {
    ($($name:ident: $version:literal),*) => {
        $(
            #[test]
            fn $name() {
                nothing_is_lost_or_doubled_while_rows_come_change_and_go($version);
            }
        )*
    };
}

on!(
    nothing_is_lost_on_2_38: "2.38.7",
    nothing_is_lost_on_2_39: "2.39.10.1",
    nothing_is_lost_on_2_40: "2.40.12",
    nothing_is_lost_on_2_41: "2.41.9.1",
    nothing_is_lost_on_2_42: "2.42.5.2",
    nothing_is_lost_on_2_43: "2.43.1"
);
