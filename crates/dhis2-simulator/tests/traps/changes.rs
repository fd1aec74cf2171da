//! A world that changes while it is read.

use std::collections::{BTreeSet, HashMap, HashSet};

use dhis2_simulator::{ChangeLog, Changes, Faults, RunningSimulator, Simulator, World, WorldSize};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::{CASES, as_superuser, country, get, refusal};

const VERSIONS: [&str; 6] = ["2.38.7", "2.39.10.1", "2.40.12", "2.41.9.1", "2.42.5.2", "2.43.1"];

async fn changing(version: &str, changes: Changes) -> RunningSimulator {
    let faults = Faults { changes: Some(changes), ..Faults::default() };
    Simulator::builder().version(version).unwrap().world(country()).faults(faults).start().await.unwrap()
}

async fn still(version: &str) -> RunningSimulator {
    Simulator::builder().version(version).unwrap().world(country()).start().await.unwrap()
}

fn rows<'a>(answer: &'a Value, collection: &str) -> &'a Vec<Value> {
    answer.get("instances").or(answer.get(collection)).and_then(Value::as_array).expect("a list")
}

fn uids(rows: &[Value], key: &str) -> Vec<String> {
    rows.iter().map(|row| row[key].as_str().unwrap().to_owned()).collect()
}

/// The uids of the case reports on all pages, one page after the other.
async fn walk(server: &RunningSimulator, how: &str) -> Vec<String> {
    let mut walked = Vec::new();
    for page in 1.. {
        let target = format!("/api/tracker/events?program={CASES}&{how}&pageSize=100&page={page}&fields=event");
        let page = uids(rows(&get(server, &target).await, "events"), "event");
        if page.is_empty() {
            return walked;
        }
        walked.extend(page);
    }
    walked
}

/// The case reports that were there all the time: not deleted, neither at the start nor since.
fn stayed(server: &RunningSimulator) -> HashSet<String> {
    let log = server.change_log();
    let cases = server.world().events().filter(|event| event.program == CASES && !event.deleted);
    cases.map(|event| event.event.to_owned()).filter(|uid| log.events.stayed(uid)).collect()
}

/// wire document, section 1.6: "a deletion shifts rows towards earlier pages → **losses**"
#[tokio::test]
async fn deletions_between_two_pages_hide_rows_that_were_there_all_the_time() {
    let changes = Changes { seed: 1, every: 1, inserts: 0, updates: 0, deletes: 8 };
    let server = changing("2.42.5.2", changes).await;
    let walked: HashSet<_> = walk(&server, "order=createdAt:asc").await.into_iter().collect();
    let lost = stayed(&server).difference(&walked).count();
    assert!(lost > 0);
}

/// wire document, section 1.6: "with id-descending default an insert during the walk shifts rows towards later pages →
/// duplicates"; "With an `updatedAt` order any update moves rows."
#[tokio::test]
async fn inserted_and_updated_rows_shift_the_pages_of_orders_that_they_stand_in_front_of() {
    let inserting = Changes { seed: 2, every: 1, inserts: 10, updates: 0, deletes: 0 };
    let server = changing("2.41.9.1", inserting).await;
    let walked = walk(&server, "order=").await;
    assert!(walked.len() > walked.iter().collect::<HashSet<_>>().len(), "some are there twice");
    let updating = Changes { seed: 2, every: 1, inserts: 0, updates: 10, deletes: 0 };
    let server = changing("2.42.5.2", updating).await;
    let walked: HashSet<_> = walk(&server, "order=updatedAt:asc").await.into_iter().collect();
    assert!(
        stayed(&server).difference(&walked).count() > 0,
        "rows moved from a page ahead to the end, others in front"
    );
}

/// wire document, section 1.6: "`createdAt:asc` (id tie-break; new rows land at the end)" and "`includeDeleted=true` keeps
/// soft-deleted rows in the set, so that deletions do not shift it."
#[tokio::test]
async fn in_the_order_of_creation_with_deleted_rows_nothing_is_lost_and_nothing_comes_twice() {
    for version in ["2.41.9.1", "2.42.5.2", "2.43.1"] {
        let server = changing(version, Changes { seed: 3, every: 1, inserts: 6, updates: 6, deletes: 6 }).await;
        let walked = walk(&server, "order=createdAt:asc&includeDeleted=true").await;
        let once: HashSet<_> = walked.iter().cloned().collect();
        assert_eq!(walked.len(), once.len(), "{version}");
        assert!(stayed(&server).is_subset(&once), "{version}");
        let log = server.change_log();
        assert!(!log.events.inserted.is_empty() && !log.events.updated.is_empty() && !log.events.deleted.is_empty());
        assert!(log.events.inserted.iter().any(|uid| once.contains(uid)), "{version}: new rows come at the end");
    }
}

/// What the log says is the difference between the world at the start and the one now.
#[tokio::test]
async fn the_log_tells_what_differs_between_the_worlds_before_and_now() {
    let server = changing("2.42.5.2", Changes { seed: 4, every: 2, inserts: 7, updates: 7, deletes: 7 }).await;
    for _ in 0..21 {
        get(&server, &format!("/api/tracker/events?program={CASES}&pageSize=1&fields=event")).await;
        get(&server, "/api/organisationUnits?pageSize=1").await;
    }
    let (log, now) = (server.change_log(), server.world_now());
    let latest = server.world().events().map(|event| event.updated_at).max().unwrap();
    let deleted = |world: &World| -> HashMap<String, bool> {
        let events = world.events().map(|row| (row.event.to_owned(), row.deleted));
        let people = world.tracked_entities().map(|row| (row.tracked_entity.to_owned(), row.deleted));
        let enrollments = world.enrollments().map(|row| (row.enrollment.to_owned(), row.deleted));
        let relationships = world.relationships().map(|row| (row.relationship.to_owned(), row.deleted));
        events.chain(people).chain(enrollments).chain(relationships).collect()
    };
    let (before, after) = (deleted(server.world()), deleted(&now));
    let all = [&log.tracked_entities, &log.enrollments, &log.events, &log.relationships];
    for kind in all {
        assert!(!kind.inserted.is_empty() && !kind.deleted.is_empty());
    }
    assert!(log.relationships.updated.is_empty());
    let set = |of: fn(&dhis2_simulator::Changed) -> &BTreeSet<String>| -> BTreeSet<String> {
        all.iter().flat_map(|kind| of(kind).iter().cloned()).collect()
    };
    let new: BTreeSet<String> = after.keys().filter(|uid| !before.contains_key(*uid)).cloned().collect();
    assert_eq!(set(|kind| &kind.inserted), new);
    let gone: BTreeSet<String> = after
        .iter()
        .filter(|(uid, gone)| **gone && before.get(*uid) != Some(&true))
        .map(|(uid, _)| uid.clone())
        .collect();
    assert_eq!(set(|kind| &kind.deleted), gone);
    // Ten batches came: one after each second list of the tracker but the last one.
    let moments: HashSet<_> = now.events().map(|event| event.updated_at).filter(|at| *at > latest).collect();
    assert!((2..=10).contains(&moments.len()), "{}", moments.len());
    let touched: BTreeSet<_> =
        now.events().filter(|event| event.updated_at > latest).map(|event| event.event.to_owned()).collect();
    let logged = &(&log.events.inserted | &log.events.updated) | &log.events.deleted;
    assert_eq!(touched, logged);
    let values = |world: &World| -> HashMap<String, Vec<String>> {
        let of = |event: dhis2_simulator::EventRow<'_>| event.values.iter().map(|(_, v)| (*v).to_owned()).collect();
        world.events().map(|event| (event.event.to_owned(), of(event))).collect()
    };
    let (before, after) = (values(server.world()), values(&now));
    for uid in log.events.updated.iter().filter(|uid| before.contains_key(*uid)) {
        assert_ne!(before[uid], after[uid], "{uid}");
    }
}

/// The rows that were changed are found by `updatedAfter` with `includeDeleted`, in every version and collection.
#[tokio::test]
async fn changed_rows_are_found_by_their_time_of_change() {
    for version in VERSIONS {
        let server = still(version).await;
        let program = server.world().enrollments().next().unwrap().program.to_owned();
        let of_program: Vec<_> = server
            .world()
            .enrollments()
            .filter(|row| row.program == program && !row.deleted)
            .map(|row| row.enrollment.to_owned())
            .take(3)
            .collect();
        let event = server.world().events().find(|row| row.enrollment == Some(&of_program[2]) && !row.deleted);
        let event = event.unwrap().event.to_owned();
        server.change(|world| {
            assert!(world.copy_enrollment(&of_program[0]).is_some());
            assert!(world.set_follow_up(&of_program[1], true));
            assert!(world.copy_event(&event).is_some());
            assert!(world.delete_enrollment(&of_program[2]));
        });
        let log = server.change_log();
        let now = server.world_now();
        let moment = now.events().find(|row| log.events.inserted.contains(row.event)).unwrap().updated_at;
        let after = moment.format("%Y-%m-%dT%H:%M:%S%.3fZ");
        let (tree, all) = match version {
            "2.38.7" | "2.39.10.1" | "2.40.12" => ("ouMode=ALL", "skipPaging=true"),
            _ => ("orgUnitMode=ALL", "paging=false"),
        };
        for (collection, key, changed) in
            [("events", "event", &log.events), ("enrollments", "enrollment", &log.enrollments)]
        {
            let target = format!(
                "/api/tracker/{collection}?program={program}&{tree}&{all}&includeDeleted=true&updatedAfter={after}&fields={key}"
            );
            let listed: BTreeSet<_> = uids(rows(&get(&server, &target).await, collection), key).into_iter().collect();
            let expected = &(&changed.inserted | &changed.updated) | &changed.deleted;
            assert!(!changed.deleted.is_empty() && expected.is_subset(&listed), "{version} {collection}");
            // 2.38 cuts the bound to the whole second.
            assert!(version == "2.38.7" || listed == expected, "{version} {collection}");
        }
    }
}

/// wire document, section 1.8: "tracked entities come with `"attributes":[]`. Deleting a parent deletes its children and
/// sets their updatedAt"
#[tokio::test]
async fn a_deleted_entity_takes_along_what_hangs_on_it() {
    for version in VERSIONS {
        let server = still(version).await;
        let world = server.world();
        let related = world.relationships().find(|r| !r.deleted && r.from.0 == "tracked_entity" && r.to.0 == "event");
        let (relationship, entity) = related.map(|r| (r.relationship.to_owned(), r.from.1.to_owned())).unwrap();
        let enrollments: BTreeSet<_> = world
            .enrollments()
            .filter(|e| e.tracked_entity == entity && !e.deleted)
            .map(|e| e.enrollment.to_owned())
            .collect();
        let events: BTreeSet<_> = world
            .events()
            .filter(|e| e.tracked_entity == Some(&entity) && !e.deleted)
            .map(|e| e.event.to_owned())
            .collect();
        assert!(!enrollments.is_empty() && !events.is_empty());
        assert!(server.change(|world| world.delete_tracked_entity(&entity)));
        assert!(!server.change(|world| world.delete_tracked_entity(&entity)), "it is deleted already");
        let log = server.change_log();
        assert_eq!(log.tracked_entities.deleted, BTreeSet::from([entity.clone()]));
        assert_eq!((&log.enrollments.deleted, &log.events.deleted), (&enrollments, &events));
        assert!(log.relationships.deleted.contains(&relationship));
        let now = server.world_now();
        let gone = now.tracked_entities().find(|row| row.tracked_entity == entity).unwrap();
        assert!(gone.deleted);
        assert!(now.enrollments().all(|row| row.tracked_entity != entity
            || row.updated_at == gone.updated_at
            || !enrollments.contains(row.enrollment)));
        assert!(now.events().all(|row| !events.contains(row.event) || row.updated_at == gone.updated_at));
        for path in [
            format!("trackedEntities/{entity}"),
            format!("enrollments/{}", enrollments.first().unwrap()),
            format!("events/{}", events.first().unwrap()),
            format!("relationships/{relationship}"),
        ] {
            assert_eq!(refusal(&server, &format!("/api/tracker/{path}")).await.0, 404, "{version}: {path}");
        }
        let (name, mode) = match version {
            "2.38.7" | "2.39.10.1" | "2.40.12" => ("trackedEntity", "ouMode=ALL"),
            _ => ("trackedEntities", "orgUnitMode=ALL"),
        };
        let target = format!(
            "/api/tracker/trackedEntities?{name}={entity}&{mode}&includeDeleted=true&updatedAfter=2000-01-01\
             &fields=deleted,attributes"
        );
        let answer = get(&server, &target).await;
        assert_eq!(rows(&answer, "trackedEntities")[0]["attributes"], Value::Array(Vec::new()), "{version}");
        assert_eq!(rows(&answer, "trackedEntities")[0]["deleted"], true, "{version}");
    }
}

/// A new row is found by its uid, in its parents, and where the order puts the youngest.
#[tokio::test]
async fn new_rows_are_the_youngest_and_stand_in_their_parents() {
    let server = still("2.42.5.2").await;
    let world = server.world();
    let like = world.enrollments().find(|row| !row.deleted).map(|row| row.tracked_entity.to_owned()).unwrap();
    let related: Vec<_> = world
        .relationships()
        .filter(|row| !row.deleted && row.from.0 == "tracked_entity" && row.to.0 == "tracked_entity")
        .map(|row| (row.relationship.to_owned(), row.relationship_type.to_owned(), row.from.1.to_owned()))
        .collect();
    let second = related.iter().rev().find(|row| row.1 == related[0].1 && row.2 != related[0].2).unwrap();
    let (entity, relationship) = server.change(|world| {
        (world.copy_tracked_entity(&like).unwrap(), world.cross_relationships(&related[0].0, &second.0).unwrap())
    });
    let log = server.change_log();
    let single = get(&server, &format!("/api/tracker/trackedEntities/{entity}?fields=*,enrollments")).await;
    let enrollments: BTreeSet<_> = uids(single["enrollments"].as_array().unwrap(), "enrollment").into_iter().collect();
    assert_eq!(enrollments, log.enrollments.inserted);
    assert!(!enrollments.is_empty());
    assert_eq!(single["createdAt"], single["updatedAt"]);
    let kind = world.tracked_entities().next().unwrap().tracked_entity_type.to_owned();
    let list = format!(
        "/api/tracker/trackedEntities?trackedEntityType={kind}&orgUnitMode=ALL&pageSize=1&fields=trackedEntity"
    );
    assert_eq!(uids(rows(&get(&server, &list).await, "trackedEntities"), "trackedEntity"), [entity.as_str()]);
    let target = format!("/api/tracker/relationships?trackedEntity={}&fields=relationship", related[0].2);
    let of_from = get(&server, &target).await;
    assert_eq!(uids(rows(&of_from, "relationships"), "relationship")[0], relationship, "the youngest comes first");
    assert!(
        server.change(|world| world.cross_relationships(&related[0].0, &second.0)).is_none(),
        "there is one already"
    );
    assert!(server.change(|world| world.copy_event("AAAAAAAAAAA")).is_none());
}

#[tokio::test]
async fn the_same_seed_and_requests_bring_the_same_changes_and_another_seed_others() {
    let log = async |seed| -> ChangeLog {
        let server = changing("2.40.12", Changes { seed, every: 1, inserts: 4, updates: 4, deletes: 4 }).await;
        walk(&server, "order=event:asc").await;
        server.change_log()
    };
    let first = log(7).await;
    assert_eq!(first, log(7).await);
    assert_ne!(first, log(8).await);
    let server = changing("2.40.12", Changes { seed: 7, every: 0, inserts: 4, updates: 4, deletes: 4 }).await;
    walk(&server, "order=event:asc").await;
    assert_eq!(server.change_log(), ChangeLog::default(), "never");
}

/// A list is sent as the world was when it was asked for, however much changes before it has been read.
#[tokio::test]
async fn an_answer_on_its_way_is_not_touched_by_changes() {
    let size = WorldSize { organisation_units: 30, data_values: 0, events: 20_000 };
    let server = Simulator::builder().world(World::generate(&size, 5)).start().await.unwrap();
    let program = server.world().events().find(|row| row.enrollment.is_none()).unwrap().program.to_owned();
    let cases: Vec<_> = server
        .world()
        .events()
        .filter(|row| row.program == program && !row.deleted)
        .map(|row| row.event.to_owned())
        .collect();
    let mut stream = TcpStream::connect(server.base_url().strip_prefix("http://").unwrap()).await.unwrap();
    let (name, value) = as_superuser();
    let head = format!(
        "GET /api/tracker/events?program={program}&paging=false HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{name}: {value}\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut text = vec![0; 1000];
    stream.read_exact(&mut text).await.unwrap();
    server.change(|world| assert!(cases.iter().all(|uid| world.delete_event(uid))));
    assert!(server.world_now().events().all(|row| row.program != program || row.deleted));
    stream.read_to_end(&mut text).await.unwrap();
    let text = String::from_utf8_lossy(&text);
    assert_eq!(text.matches("\"deleted\":false").count(), cases.len());
    assert!(!text.contains("\"deleted\":true"));
}
