//! Tracked entities.

use std::collections::HashSet;

use serde_json::Value;

use super::{ANTENATAL, ROOT, as_clerk, country, get, get_as, refusal, server};

const PERSON: &str = "EFvjZX4SLF5";
const VERSIONS: [&str; 6] = ["2.38.7", "2.39.10.1", "2.40.12", "2.41.9.1", "2.42.5.2", "2.43.1"];

/// The whole tree in the words of a version, and everything at once.
fn tree(version: &str) -> &'static str {
    match &version[..4] {
        "2.38" | "2.39" | "2.40" => "orgUnit=KdK92fYEfTw&ouMode=DESCENDANTS&skipPaging=true",
        _ => "orgUnits=KdK92fYEfTw&orgUnitMode=DESCENDANTS&paging=false",
    }
}

fn rows(answer: &Value) -> &Vec<Value> {
    answer.get("instances").or(answer.get("trackedEntities")).and_then(Value::as_array).expect("a list")
}

fn uids(answer: &Value) -> Vec<String> {
    rows(answer).iter().map(|row| row["trackedEntity"].as_str().unwrap().to_owned()).collect()
}

fn all() -> HashSet<String> {
    country().tracked_entities().filter(|e| !e.deleted).map(|e| e.tracked_entity.to_owned()).collect()
}

/// wire document, section 13.2: "total 640, 18 pages of 31–37 rows, 593 answers, 591 distinct … 2.38.7: exact, 591, full
/// pages."
#[tokio::test]
async fn by_type_owners_make_pages_short_and_totals_large_on_2_39_and_2_40() {
    for (version, total) in [("2.38.7", 591), ("2.39.10.1", 640), ("2.40.12", 640)] {
        let server = server(version).await;
        let mut found = Vec::new();
        let mut short = 0;
        let mut pages = 1;
        for page in 1.. {
            if page > pages {
                break;
            }
            let target = format!(
                "/api/tracker/trackedEntities?trackedEntityType={PERSON}&orgUnit={ROOT}&ouMode=DESCENDANTS\
                 &fields=trackedEntity&totalPages=true&pageSize=37&page={page}"
            );
            let answer = get(&server, &target).await;
            assert_eq!(answer["total"], total, "{version}");
            pages = answer["pageCount"].as_u64().unwrap();
            short += usize::from(page < pages && rows(&answer).len() < 37);
            found.extend(uids(&answer));
        }
        assert_eq!(found.iter().cloned().collect::<HashSet<_>>(), all(), "{version}");
        assert_eq!(short > 0, total > 591, "{version}");
    }
}

/// wire document, section 1.4: "trackedEntities `trackedEntityType=T&includeDeleted=true` … 409 E7145 … add one more
/// condition"
#[tokio::test]
async fn deleted_ones_by_type_are_a_conflict_unless_there_is_another_condition() {
    for version in VERSIONS {
        let server = server(version).await;
        let target = format!(
            "/api/tracker/trackedEntities?trackedEntityType={PERSON}&{}&fields=trackedEntity&includeDeleted=true",
            tree(version)
        );
        let (status, code) = refusal(&server, &target).await;
        let fails = matches!(version, "2.39.10.1" | "2.40.12" | "2.42.5.2");
        assert_eq!(status, if fails { 409 } else { 200 }, "{version}");
        assert_eq!(code.as_deref(), fails.then_some("E7145"), "{version}");
        let answer = get(&server, &format!("{target}&updatedAfter=1900-01-01")).await;
        assert_eq!(uids(&answer).len(), country().tracked_entities().count(), "{version}");
    }
}

/// wire document, section 1.7: "Without `program` you silently miss program attributes"
#[tokio::test]
async fn attributes_of_programs_come_with_the_program_only_from_2_42() {
    let world = country();
    let hiv = "u48LCNxV7qz";
    let held: HashSet<_> = world
        .tracked_entities()
        .filter(|e| !e.deleted && e.attributes.iter().any(|(attribute, _)| *attribute == hiv))
        .map(|e| e.tracked_entity.to_owned())
        .collect();
    assert!(!held.is_empty());
    let holders = |answer: &Value| -> HashSet<String> {
        let has = |row: &&Value| {
            let attributes = row["attributes"].as_array().unwrap();
            attributes.iter().any(|a| a["attribute"] == hiv && a.get("value").is_some())
        };
        rows(answer).iter().filter(has).map(|row| row["trackedEntity"].as_str().unwrap().to_owned()).collect()
    };
    for version in VERSIONS {
        let server = server(version).await;
        let list =
            |by: &str| format!("/api/tracker/trackedEntities?{by}&{}&fields=trackedEntity,attributes", tree(version));
        let by_type = holders(&get(&server, &list(&format!("trackedEntityType={PERSON}"))).await);
        let with_program = holders(&get(&server, &list(&format!("program={ANTENATAL}"))).await);
        assert_eq!(with_program, held, "{version}");
        assert_eq!(by_type.is_empty(), matches!(version, "2.42.5.2" | "2.43.1"), "{version}");
    }
}

/// wire document, section 1.4: "trackedEntities `order=trackedEntity` | 2.43.1"; and "`trackedEntityType=T&order=enrolledAt…`
/// | 2.40.12 (R 40) | 200, without the entities that have no enrolment"
#[tokio::test]
async fn orders_that_fail_or_lose_entities() {
    for version in VERSIONS {
        let server = server(version).await;
        let list = |by: &str, order: &str| {
            format!("/api/tracker/trackedEntities?{by}&{}&fields=trackedEntity&order={order}", tree(version))
        };
        let by_type = format!("trackedEntityType={PERSON}");
        let (status, _) = refusal(&server, &list(&by_type, "trackedEntity:asc")).await;
        assert_eq!(status, if version == "2.43.1" { 409 } else { 200 }, "{version}");
        if matches!(version, "2.38.7" | "2.39.10.1" | "2.40.12") {
            let found = uids(&get(&server, &list(&by_type, "enrolledAt:asc")).await).len();
            assert_eq!((all().len(), found), (591, 555), "{version}");
        } else {
            assert_eq!(refusal(&server, &list(&by_type, "enrolledAt:asc")).await.0, 400, "{version}");
        }
        let (status, _) = refusal(&server, &list(&by_type, "createdAt:asc,createdAt:desc")).await;
        assert_eq!(status, 400, "{version}");
    }
}

/// peer-bugs, section 4: "≤2.40 want a unit, later `orgUnit` is ignored"; wire document, section 1.2: "`orgUnit` … ignored
/// ≥2.42".
#[tokio::test]
async fn the_old_name_of_units_is_ignored_from_2_42_and_no_unit_is_refused_to_2_40() {
    for version in VERSIONS {
        let server = server(version).await;
        let bare = format!("/api/tracker/trackedEntities?program={ANTENATAL}&fields=trackedEntity");
        let (status, _) = refusal(&server, &bare).await;
        let old = matches!(version, "2.38.7" | "2.39.10.1" | "2.40.12");
        assert_eq!(status, if old { 409 } else { 200 }, "{version}");
        let answer = get(&server, &format!("{bare}&orgUnit=YjtKhmjECkQ&pageSize=1000")).await;
        let ignored = matches!(version, "2.42.5.2" | "2.43.1");
        assert_eq!(uids(&answer).len() > 100, ignored, "{version}");
    }
}

/// wire document, section 1.5: "pageSize above it: 400"
#[tokio::test]
async fn a_page_longer_than_the_limit_is_refused_from_2_41() {
    for version in VERSIONS {
        let server = server(version).await;
        let unpaged = tree(version).replace("&skipPaging=true", "").replace("&paging=false", "");
        let target = format!("/api/tracker/trackedEntities?program={ANTENATAL}&{unpaged}&pageSize=50001");
        let expected = if matches!(version, "2.38.7" | "2.39.10.1" | "2.40.12") { 200 } else { 400 };
        assert_eq!(refusal(&server, &target).await.0, expected, "{version}");
    }
}

/// wire document, section 1.4: "TE of another owner: 401 `OWNERSHIP_ACCESS_DENIED` with `program=`, 409 without"
#[tokio::test]
async fn somebody_elses_entity_is_refused_or_not_found() {
    let world = country();
    let clerk = server("2.40.12").await;
    let seen = get_as(
        &clerk,
        as_clerk(),
        "/api/tracker/trackedEntities?program=T4KUa2dgu2M&ouMode=ACCESSIBLE&skipPaging=true&fields=trackedEntity",
    )
    .await;
    let seen: HashSet<String> = uids(&serde_json::from_slice(&seen.body).unwrap()).into_iter().collect();
    let foreign = world
        .enrollments()
        .find(|e| !e.deleted && e.program == ANTENATAL && !seen.contains(e.tracked_entity))
        .map(|e| e.tracked_entity.to_owned())
        .unwrap();
    let target = format!("/api/tracker/trackedEntities/{foreign}?program={ANTENATAL}");
    for (version, expected) in [("2.40.12", 401), ("2.42.5.2", 404)] {
        let answer = get_as(&server(version).await, as_clerk(), &target).await;
        assert_eq!(answer.status, expected, "{version}");
    }
}
