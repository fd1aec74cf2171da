//! Enrollments.

use std::collections::HashSet;

use serde_json::Value;

use super::{ANTENATAL, FACILITY, ROOT, country, get, refusal, server};

const VERSIONS: [&str; 6] = ["2.38.7", "2.39.10.1", "2.40.12", "2.41.9.1", "2.42.5.2", "2.43.1"];

fn is_old(version: &str) -> bool {
    matches!(version, "2.38.7" | "2.39.10.1" | "2.40.12")
}

/// Every unit in the words of a version.
fn tree(version: &str) -> &'static str {
    if is_old(version) {
        "orgUnit=KdK92fYEfTw&ouMode=DESCENDANTS"
    } else {
        "orgUnits=KdK92fYEfTw&orgUnitMode=DESCENDANTS"
    }
}

fn rows(answer: &Value) -> &Vec<Value> {
    answer.get("instances").or(answer.get("enrollments")).and_then(Value::as_array).expect("a list")
}

fn uids(answer: &Value) -> Vec<String> {
    rows(answer).iter().map(|row| row["enrollment"].as_str().unwrap().to_owned()).collect()
}

fn truth() -> HashSet<String> {
    let world = country();
    world.enrollments().filter(|e| !e.deleted && e.program == ANTENATAL).map(|e| e.enrollment.to_owned()).collect()
}

/// peer-bugs, section 4: "2.40.10–12: `enrollments` with `totalPages` is a 409."
#[tokio::test]
async fn totals_are_a_conflict_on_2_40_12() {
    for version in VERSIONS {
        let server = server(version).await;
        let target = format!("/api/tracker/enrollments?program={ANTENATAL}&{}&totalPages=true", tree(version));
        let (status, _) = refusal(&server, &target).await;
        assert_eq!(status, if version == "2.40.12" { 409 } else { 200 }, "{version}");
    }
}

/// peer-bugs, section 4: "Orders that fail: `enrollments` by createdAt/updatedAt on 2.41.9.1 and 2.42.5.2 (409), by
/// `enrollment` on ≥ 2.41 (400)"
#[tokio::test]
async fn orders_that_fail() {
    for version in VERSIONS {
        let server = server(version).await;
        let list =
            |order: &str| format!("/api/tracker/enrollments?program={ANTENATAL}&{}&order={order}:asc", tree(version));
        let fails = matches!(version, "2.41.9.1" | "2.42.5.2");
        for order in ["createdAt", "updatedAt"] {
            assert_eq!(refusal(&server, &list(order)).await.0, if fails { 409 } else { 200 }, "{version} {order}");
        }
        let (status, _) = refusal(&server, &list("enrollment")).await;
        assert_eq!(status, if is_old(version) { 200 } else { 400 }, "{version}");
        let unknown = match version {
            "2.38.7" | "2.39.10.1" => 500,
            _ => 400,
        };
        assert_eq!(refusal(&server, &list("nosuch")).await.0, unknown, "{version}");
    }
}

/// peer-bugs, section 4: "An order without tie-break loses rows at page edges (2.40.12, enrolledAt: one of 505)."
#[tokio::test]
async fn an_order_with_ties_loses_rows_on_2_40_and_a_unique_one_does_not() {
    for (version, order, complete) in [
        ("2.40.12", "enrolledAt:asc", false),
        ("2.40.12", "enrollment:asc", true),
        ("2.42.5.2", "enrolledAt:asc", true),
    ] {
        let server = server(version).await;
        let mut found = Vec::new();
        for page in 1.. {
            let target = format!(
                "/api/tracker/enrollments?program={ANTENATAL}&{}&order={order}&page={page}&pageSize=11&fields=enrollment",
                tree(version)
            );
            let answer = get(&server, &target).await;
            if rows(&answer).is_empty() {
                break;
            }
            found.extend(uids(&answer));
        }
        let distinct: HashSet<_> = found.iter().cloned().collect();
        assert_eq!(distinct == truth(), complete, "{version} {order}");
    }
}

/// wire document, section 1.7: "≤2.40 `/enrollments` list never loads events, attributes or relationships … Use … the
/// `enrollment=uid;uid` form, `/enrollments/{uid}?fields=*`"
#[tokio::test]
async fn lists_of_old_servers_leave_nested_collections_empty() {
    let world = country();
    let some = world.events().find(|e| !e.deleted && e.program == ANTENATAL).unwrap().enrollment.unwrap().to_owned();
    for version in VERSIONS {
        let server = server(version).await;
        let unpaged = if is_old(version) { "skipPaging=true" } else { "paging=false" };
        let target = format!(
            "/api/tracker/enrollments?program={ANTENATAL}&{}&{unpaged}&fields=enrollment,events",
            tree(version)
        );
        let filled =
            rows(&get(&server, &target).await).iter().filter(|r| !r["events"].as_array().unwrap().is_empty()).count();
        assert_eq!(filled == 0, is_old(version), "{version}");
        let single = get(&server, &format!("/api/tracker/enrollments/{some}?fields=*")).await;
        assert!(!single["events"].as_array().unwrap().is_empty(), "{version}");
        if is_old(version) {
            let answer =
                get(&server, &format!("/api/tracker/enrollments?enrollment={some};AAAAAAAAAAA&fields=*")).await;
            assert_eq!(uids(&answer), [some.as_str()], "{version}");
            assert!(answer.get("page").is_none() && !rows(&answer)[0]["events"].as_array().unwrap().is_empty());
        }
    }
}

/// peer-bugs, section 4: "Confidential attributes have no `value` inside enrollments on 2.43."
#[tokio::test]
async fn confidential_values_are_hidden_inside_enrollments_on_2_43() {
    for version in ["2.41.9.1", "2.42.5.2", "2.43.1"] {
        let server = server(version).await;
        let target = format!(
            "/api/tracker/enrollments?program={ANTENATAL}&orgUnits={ROOT}&orgUnitMode=DESCENDANTS&paging=false\
             &fields=attributes[attribute,value]"
        );
        let answer = get(&server, &target).await;
        let hiv: Vec<_> = rows(&answer)
            .iter()
            .flat_map(|row| row["attributes"].as_array().unwrap())
            .filter(|attribute| attribute["attribute"] == "u48LCNxV7qz")
            .collect();
        assert!(hiv.len() > 300, "{version}");
        assert_eq!(hiv.iter().all(|attribute| attribute.get("value").is_none()), version == "2.43.1", "{version}");
    }
}

/// wire document, section 1.2: "`orgUnit` … ignored ≥2.42: result = all accessible org units"; section 1.3: "≤2.40 a unit is
/// required"; 2.43 wants a program.
#[tokio::test]
async fn units_and_program_are_asked_for_in_each_versions_words() {
    for version in VERSIONS {
        let server = server(version).await;
        let bare = format!("/api/tracker/enrollments?program={ANTENATAL}&fields=enrollment");
        assert_eq!(refusal(&server, &bare).await.0, if is_old(version) { 409 } else { 200 }, "{version}");
        let found = uids(&get(&server, &format!("{bare}&orgUnit={FACILITY}&pageSize=1000")).await);
        assert_eq!(found.len() == truth().len(), matches!(version, "2.42.5.2" | "2.43.1"), "{version}");
        let without = format!("/api/tracker/enrollments?{}", tree(version));
        assert_eq!(refusal(&server, &without).await.0, if version == "2.43.1" { 400 } else { 200 }, "{version}");
    }
}
