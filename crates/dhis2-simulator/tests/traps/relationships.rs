//! Relationships, of an object and inside objects.

use std::collections::HashSet;
use std::sync::Arc;

use dhis2_simulator::{RelationshipRow, Simulator, World, WorldSize};
use serde_json::Value;

use super::{country, get, refusal, server};

const PERSON: &str = "EFvjZX4SLF5";
const CONTACT: &str = "UQNZgKfUZkZ";
const VERSIONS: [&str; 6] = ["2.38.7", "2.39.10.1", "2.40.12", "2.41.9.1", "2.42.5.2", "2.43.1"];

fn tree(version: &str) -> &'static str {
    match &version[..4] {
        "2.38" | "2.39" | "2.40" => "orgUnit=KdK92fYEfTw&ouMode=DESCENDANTS&skipPaging=true",
        _ => "orgUnits=KdK92fYEfTw&orgUnitMode=DESCENDANTS&paging=false",
    }
}

fn rows<'a>(answer: &'a Value, key: &str) -> &'a Vec<Value> {
    answer.get("instances").or(answer.get(key)).and_then(Value::as_array).expect("a list")
}

/// wire document, section 13.1: "unidirectional `UQNZgKfUZkZ` …, seen at from / to side: 2.38.7, 2.39.10.1, 2.40.12, 2.41.9.1:
/// 53 / 53; 2.42.5.2, 2.43.1: 53 / 0"
#[tokio::test]
async fn one_in_one_direction_is_listed_at_its_from_side_only_from_2_42() {
    for version in VERSIONS {
        let target = format!(
            "/api/tracker/trackedEntities?trackedEntityType={PERSON}&{}\
             &fields=trackedEntity,relationships[relationship,relationshipType,from[trackedEntity[trackedEntity]]]",
            tree(version)
        );
        let answer = get(&server(version).await, &target).await;
        let (mut from, mut to) = (0, 0);
        for row in rows(&answer, "trackedEntities") {
            for relationship in row["relationships"].as_array().unwrap() {
                if relationship["relationshipType"] == CONTACT {
                    let begins = relationship["from"]["trackedEntity"]["trackedEntity"] == row["trackedEntity"];
                    *(if begins { &mut from } else { &mut to }) += 1;
                }
            }
        }
        assert_eq!((from, to), (53, if matches!(version, "2.42.5.2" | "2.43.1") { 0 } else { 53 }), "{version}");
    }
}

/// wire document, section 13.3: "2.38.7 has no soft deletion of relationships … `includeDeleted` can never show them"
#[tokio::test]
async fn deleted_ones_come_when_asked_for_but_not_on_2_38() {
    let world = country();
    let deleted = world.relationships().find(|r| r.deleted).unwrap();
    let living: HashSet<_> = world.tracked_entities().filter(|e| !e.deleted).map(|e| e.tracked_entity).collect();
    assert!(living.contains(deleted.from.1));
    for version in VERSIONS {
        let server = server(version).await;
        let target = format!("/api/tracker/relationships?trackedEntity={}", deleted.from.1);
        let holds = |answer: &Value| {
            rows(answer, "relationships").iter().any(|row| row["relationship"] == deleted.relationship)
        };
        assert!(!holds(&get(&server, &target).await), "{version}");
        let answer = get(&server, &format!("{target}&includeDeleted=true")).await;
        assert_eq!(holds(&answer), version != "2.38.7", "{version}");
    }
}

/// peer-bugs, section 4: "with relationships among the fields 404 on 2.41.9.1"
#[tokio::test]
async fn beside_deleted_entities_relationships_are_not_found_on_2_41() {
    for version in VERSIONS {
        let target = format!(
            "/api/tracker/trackedEntities?trackedEntityType={PERSON}&{}&includeDeleted=true&updatedAfter=1900-01-01\
             &fields=trackedEntity,relationships",
            tree(version)
        );
        let (status, code) = refusal(&server(version).await, &target).await;
        let fails = version == "2.41.9.1";
        assert_eq!((status, code.as_deref()), if fails { (404, Some("E1005")) } else { (200, None) }, "{version}");
    }
}

/// wire document, section 1.2: "exactly one of trackedEntity / enrollment / event"
#[tokio::test]
async fn exactly_one_owner_has_to_be_named() {
    let world = country();
    let some = world.relationships().find(|r| !r.deleted && r.to.0 == "event").unwrap();
    for version in VERSIONS {
        let server = server(version).await;
        let both = format!("/api/tracker/relationships?trackedEntity={}&event={}", some.from.1, some.to.1);
        assert_eq!(refusal(&server, &both).await.0, 400, "{version}");
        let of_event = get(&server, &format!("/api/tracker/relationships?event={}", some.to.1)).await;
        let row = &rows(&of_event, "relationships")[0];
        assert_eq!(row["from"]["trackedEntity"]["trackedEntity"], some.from.1, "{version}");
        let single = get(&server, &format!("/api/tracker/relationships/{}", some.relationship)).await;
        assert_eq!(single["relationshipType"], some.relationship_type, "{version}");
        let old_name = format!("/api/tracker/relationships?tei={}", some.from.1);
        let known = !matches!(version, "2.42.5.2" | "2.43.1");
        assert_eq!(refusal(&server, &old_name).await.0, if known { 200 } else { 400 }, "{version}");
    }
}

/// A made-up world is served as a loaded one is: what its entities list is what it holds.
#[tokio::test]
async fn a_made_up_world_lists_all_it_holds() {
    let size = WorldSize { organisation_units: 60, data_values: 10, events: 1_500 };
    let world = Arc::new(World::generate(&size, 11));
    let (root, kind) = {
        let root = world.organisation_units().next().unwrap();
        (root.id.to_owned(), world.tracked_entities().next().unwrap().tracked_entity_type.to_owned())
    };
    for (version, unit, mode) in [("2.40.12", "orgUnit", "ouMode"), ("2.43.1", "orgUnits", "orgUnitMode")] {
        let server = Simulator::builder().version(version).unwrap().world(Arc::clone(&world)).start().await.unwrap();
        let target = format!(
            "/api/tracker/trackedEntities?trackedEntityType={kind}&{unit}={root}&{mode}=DESCENDANTS&skipPaging=true\
             &paging=false&fields=trackedEntity,enrollments[enrollment],relationships[relationship]"
        );
        let answer = get(&server, &target).await;
        let listed = rows(&answer, "trackedEntities");
        let inside = |list: &str, key: &str| -> HashSet<String> {
            let nested = listed.iter().flat_map(|row| row[list].as_array().unwrap());
            nested.map(|item| item[key].as_str().unwrap().to_owned()).collect()
        };
        let entities = world.tracked_entities().filter(|e| !e.deleted).count();
        assert_eq!(listed.len(), entities, "{version}");
        let enrollments: HashSet<_> =
            world.enrollments().filter(|e| !e.deleted).map(|e| e.enrollment.to_owned()).collect();
        assert_eq!(inside("enrollments", "enrollment"), enrollments, "{version}");
        // From 2.42 on those in one direction stand at their from side alone.
        let at = |r: &RelationshipRow<'_>| {
            r.from.0 == "tracked_entity" || r.to.0 == "tracked_entity" && (r.bidirectional || version == "2.40.12")
        };
        let relationships: HashSet<_> =
            world.relationships().filter(|r| !r.deleted && at(r)).map(|r| r.relationship.to_owned()).collect();
        assert_eq!(inside("relationships", "relationship"), relationships, "{version}");
    }
}
