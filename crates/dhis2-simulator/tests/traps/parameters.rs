//! Parameters of the tracker's lists that one version knows and another ignores, cuts or refuses.

use std::collections::HashSet;

use dhis2_simulator::RunningSimulator;
use serde_json::Value;

use super::{ANTENATAL, CASES, as_superuser, country, get, get_as, refusal, server};

const VERSIONS: [&str; 6] = ["2.38.7", "2.39.10.1", "2.40.12", "2.41.9.1", "2.42.5.2", "2.43.1"];

/// Everybody and everywhere, unpaged, in the words of any version.
fn all(version: &str) -> &'static str {
    match version {
        "2.38.7" | "2.39.10.1" | "2.40.12" => "ouMode=ALL&skipPaging=true",
        _ => "orgUnitMode=ALL&paging=false",
    }
}

fn rows(answer: &Value) -> &Vec<Value> {
    let lists = ["instances", "events", "enrollments", "trackedEntities"];
    lists.iter().find_map(|key| answer.get(*key)).and_then(Value::as_array).expect("a list")
}

async fn count(server: &RunningSimulator, version: &str, target: &str) -> usize {
    rows(&get(server, &format!("/api/tracker/{target}&{}", all(version))).await).len()
}

/// wire document, section 1.2: "attributeCc / attributeCos (`;`)" to 2.41, "attributeCategoryCombo /
/// attributeCategoryOptions (`,`)" from 2.41 on.
#[tokio::test]
async fn category_options_are_asked_for_by_the_name_of_the_version() {
    for version in VERSIONS {
        let server = server(version).await;
        let known = |name: &str| match version {
            "2.41.9.1" => true,
            "2.42.5.2" | "2.43.1" => name == "attributeCategoryOptions",
            _ => name == "attributeCos",
        };
        for name in ["attributeCos", "attributeCategoryOptions"] {
            let found =
                count(&server, version, &format!("events?program={CASES}&fields=event&{name}=AAAAAAAAAAA")).await;
            assert_eq!(found, if known(name) { 0 } else { 1177 }, "{version} {name}");
        }
    }
    let both =
        format!("/api/tracker/events?program={CASES}&attributeCos=AAAAAAAAAAA&attributeCategoryOptions=AAAAAAAAAAA");
    assert_eq!(refusal(&server("2.41.9.1").await, &both).await.0, 400);
}

/// wire document, section 13.2: "enrollmentEnrolledAfter, filterAttributes on events | ignored (1987 = no filter) | work"
#[tokio::test]
async fn events_are_filtered_by_attributes_from_2_39() {
    let world = country();
    let (attribute, value) = world
        .tracked_entities()
        .filter(|entity| !entity.deleted)
        .flat_map(|entity| entity.attributes)
        .find(|(_, value)| value.bytes().all(|b| b.is_ascii_alphanumeric()))
        .unwrap();
    let holders: HashSet<_> = world
        .tracked_entities()
        .filter(|e| e.attributes.iter().any(|(a, v)| *a == attribute && v.eq_ignore_ascii_case(value)))
        .map(|e| e.tracked_entity)
        .collect();
    let of_program = |e: &dhis2_simulator::EventRow<'_>| !e.deleted && e.program == ANTENATAL;
    let every = world.events().filter(of_program).count();
    let of_holders =
        world.events().filter(|e| of_program(e) && e.tracked_entity.is_some_and(|te| holders.contains(te))).count();
    assert_ne!(every, of_holders);
    for version in VERSIONS {
        let target = format!("events?program={ANTENATAL}&fields=event&filterAttributes={attribute}:eq:{value}");
        let found = count(&server(version).await, version, &target).await;
        assert_eq!(found, if version == "2.38.7" { every } else { of_holders }, "{version}");
    }
}

/// wire document, section 1.3: "Escape `,` `:` `/` inside values as `/,` `/:` `//` in 2.40 (late patches), ≥2.41;
/// 2.38/2.39/2.40.0 split on every comma."
#[tokio::test]
async fn a_comma_in_a_filter_cuts_it_where_there_are_no_escapes() {
    let target = format!("/api/tracker/events?program={CASES}&filter=M8hbHpWx3IB:eq:Malaria/,%20P.%20falciparum");
    for (version, status) in [("2.38.7", 409), ("2.39.10.1", 409), ("2.40.0", 400), ("2.40.12", 200), ("2.42.5.2", 200)]
    {
        assert_eq!(refusal(&server(version).await, &target).await.0, status, "{version}");
    }
}

/// wire document, section 1.3: "At most two operators per uid on 2.40: more are 400 …. At most three operators per uid on
/// 2.42.5.2 and 2.43, two on 2.42.0"; section 13.2: "more than three operators accepted" on 2.38 and 2.39.
#[tokio::test]
async fn so_many_operators_and_no_more() {
    let element = "M8hbHpWx3IB";
    let status = async |version: &str, operators: usize| {
        let filter = format!("{element}{}", ":ne:x".repeat(operators));
        refusal(&server(version).await, &format!("/api/tracker/events?program={CASES}&filter={filter}")).await.0
    };
    for (version, most) in [("2.40.12", 2), ("2.41.9.1", 2), ("2.42.0", 2), ("2.42.5.2", 3), ("2.43.1", 3)] {
        assert_eq!((status(version, most).await, status(version, most + 1).await), (200, 400), "{version}");
    }
    assert_eq!((status("2.38.7", 5).await, status("2.39.10.1", 5).await), (200, 200));
}

/// wire document, section 1.2: "skipHeader (CSV)", every version.
#[tokio::test]
async fn the_header_of_a_table_can_be_left_out() {
    for version in VERSIONS {
        let server = server(version).await;
        let table = async |more: &str| {
            let target = format!("/api/tracker/events.csv?program={CASES}{more}");
            get_as(&server, as_superuser(), &target).await.text()
        };
        let (with, without) = (table("").await, table("&skipHeader=true").await);
        assert!(with.starts_with("event,status"), "{version}");
        assert_eq!(with.split_once('\n').unwrap().1, without, "{version}");
    }
}

/// wire document, section 1.2: "eventStatus + eventOccurredAfter + eventOccurredBefore | all three or none"; "programStage
/// | must belong to program"; missing and contradicting conditions "are 409 (R 40), ≥2.41 400".
#[tokio::test]
async fn entities_are_asked_for_by_their_events() {
    let world = country();
    let stage = world.events().find(|e| e.program == ANTENATAL).unwrap().program_stage.to_owned();
    let foreign = world.events().find(|e| e.program == CASES).unwrap().program_stage.to_owned();
    let january = |e: &dhis2_simulator::EventRow<'_>| {
        e.occurred_at.is_some_and(|at| at.to_string().starts_with("2024-01-")) && e.status.name() == "COMPLETED"
    };
    let expected = |of_stage: bool| {
        let events = world.events().filter(|e| e.program == ANTENATAL && !e.deleted && january(e));
        let events = events.filter(|e| !of_stage || e.program_stage == stage);
        let gone: HashSet<_> =
            world.tracked_entities().filter(|e| e.deleted).map(|e| e.tracked_entity.to_owned()).collect();
        events
            .filter_map(|e| e.tracked_entity.map(str::to_owned))
            .filter(|te| !gone.contains(te))
            .collect::<HashSet<_>>()
    };
    assert!(!expected(true).is_empty() && expected(true).len() < expected(false).len());
    for version in VERSIONS {
        let server = server(version).await;
        let base = format!("trackedEntities?program={ANTENATAL}&fields=trackedEntity&{}", all(version));
        let uids = async |query: &str| -> HashSet<String> {
            let answer = get(&server, &format!("/api/tracker/{base}&{query}")).await;
            rows(&answer).iter().map(|row| row["trackedEntity"].as_str().unwrap().to_owned()).collect()
        };
        let in_january = "eventStatus=COMPLETED&eventOccurredAfter=2024-01-01&eventOccurredBefore=2024-01-31";
        assert_eq!(uids(in_january).await, expected(false), "{version}");
        assert_eq!(uids(&format!("{in_january}&programStage={stage}")).await, expected(true), "{version}");
        let refused = if matches!(version, "2.38.7" | "2.39.10.1" | "2.40.12") { 409 } else { 400 };
        for query in [
            "eventStatus=COMPLETED".to_owned(),
            "eventOccurredAfter=2024-01-01".to_owned(),
            format!("programStage={foreign}"),
        ] {
            assert_eq!(refusal(&server, &format!("/api/tracker/{base}&{query}")).await.0, refused, "{version} {query}");
        }
        assert!(uids("assignedUserMode=ANY").await.len() < uids("").await.len(), "{version}");
    }
}

/// wire document, section 1.2, enrollments: "attributeOptionCombo | – | – | – | – | – | ✓"
#[tokio::test]
async fn enrollments_are_asked_for_by_their_combo_on_2_43_alone() {
    for version in VERSIONS {
        let target = format!("enrollments?program={ANTENATAL}&fields=enrollment&attributeOptionCombo=AAAAAAAAAAA");
        let found = count(&server(version).await, version, &target).await;
        assert_eq!(found == 0, version == "2.43.1", "{version}");
    }
}

/// wire document, section 1.8: "Note: note (uid), storedAt, value, storedBy …, createdBy (with displayName (R); uid,
/// username, firstName, surname on 2.40 …)"; the recordings of 2.41 have `storedBy` as well.
#[tokio::test]
async fn notes_come_with_events_and_enrollments_and_name_their_author_as_the_version_does() {
    for version in VERSIONS {
        let server = server(version).await;
        for collection in ["events", "enrollments"] {
            let target = format!("/api/tracker/{collection}?program={ANTENATAL}&{}&fields=notes", all(version));
            let answer = get(&server, &target).await;
            let notes: Vec<_> = rows(&answer).iter().flat_map(|row| row["notes"].as_array().unwrap()).collect();
            assert!(notes.len() > 20, "{version} {collection}");
            let new = !matches!(version, "2.38.7" | "2.39.10.1" | "2.40.12");
            for note in notes {
                assert!(note["note"].is_string() && note["storedAt"].is_string() && note["value"].is_string());
                assert_eq!(note["createdBy"].get("displayName").is_some(), new, "{version}");
                assert_eq!(note.get("storedBy").is_some(), matches!(version, "2.41.9.1" | "2.43.1"), "{version}");
            }
            let target = format!("/api/tracker/{collection}?program={ANTENATAL}&{}&fields=notes[value]", all(version));
            let answer = get(&server, &target).await;
            let note = rows(&answer).iter().find_map(|row| row["notes"].get(0)).unwrap();
            assert_eq!(note.as_object().unwrap().keys().collect::<Vec<_>>(), ["value"], "{version}");
        }
    }
}

/// wire document, section 1.3: "2.40 `updatedBefore` with a time: events `<`, trackedEntities `<=`; date only: the day
/// included"; section 1.2, enrollments: "there is no updatedBefore in any version (ignored (R 40–43))"
#[tokio::test]
async fn the_bound_of_updated_before_is_in_but_for_events_of_2_40() {
    let world = country();
    let instant = |at: chrono::DateTime<chrono::Utc>| at.format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string();
    let last_event = world.events().filter(|e| e.program == CASES && !e.deleted).map(|e| e.updated_at).max().unwrap();
    let enrolled: HashSet<_> =
        world.enrollments().filter(|e| e.program == ANTENATAL && !e.deleted).map(|e| e.tracked_entity).collect();
    let of_program = |e: &dhis2_simulator::TrackedEntityRow<'_>| !e.deleted && enrolled.contains(e.tracked_entity);
    let last_entity = world.tracked_entities().filter(of_program).map(|e| e.updated_at).max().unwrap();
    for version in VERSIONS {
        let server = server(version).await;
        let events = format!("events?program={CASES}&fields=event&updatedBefore={}", instant(last_event));
        let found = count(&server, version, &events).await;
        assert_eq!(found < 1177, version == "2.40.12", "{version}: {found}");
        let day = last_event.date_naive() + chrono::TimeDelta::days(1);
        assert_eq!(count(&server, version, &format!("events?program={CASES}&updatedBefore={day}")).await, 1177);
        let entities = format!("trackedEntities?program={ANTENATAL}&fields=trackedEntity");
        let all = count(&server, version, &entities).await;
        let bounded = format!("{entities}&updatedBefore={}", instant(last_entity));
        assert_eq!(count(&server, version, &bounded).await, all, "{version}");
        let enrollments = format!("enrollments?program={ANTENATAL}&fields=enrollment&updatedBefore=1990-01-01");
        assert_eq!(count(&server, version, &enrollments).await, 505, "{version}");
    }
}

/// wire document, section 1.2: "scheduledAfter / scheduledBefore", every version; both bounds are in, a date with its day.
#[tokio::test]
async fn events_are_asked_for_by_their_schedule() {
    let world = country();
    let in_june = |e: &dhis2_simulator::EventRow<'_>| {
        e.scheduled_at.is_some_and(|at| at.to_string().starts_with("2024-06-")) && e.program == ANTENATAL && !e.deleted
    };
    let expected = world.events().filter(in_june).count();
    assert!(expected > 10 && world.events().filter(|e| in_june(e) && e.occurred_at.is_none()).count() > 0);
    for version in VERSIONS {
        let target =
            format!("events?program={ANTENATAL}&fields=event&scheduledAfter=2024-06-01&scheduledBefore=2024-06-30");
        assert_eq!(count(&server(version).await, version, &target).await, expected, "{version}");
    }
}

/// wire document, section 1.3: "VISITED is translated to ACTIVE with occurredAt present; OVERDUE to SCHEDULE with
/// scheduledAt before today"
#[tokio::test]
async fn statuses_that_are_never_stored_are_ways_to_ask() {
    let world = country();
    let of_program = |e: &dhis2_simulator::EventRow<'_>| e.program == ANTENATAL && !e.deleted;
    let with = |status: &str| world.events().filter(|e| of_program(e) && e.status.name() == status).count();
    for version in VERSIONS {
        let server = server(version).await;
        let rows = async |status: &str| {
            count(&server, version, &format!("events?program={ANTENATAL}&fields=event&status={status}")).await
        };
        for stored in ["ACTIVE", "COMPLETED", "SCHEDULE", "SKIPPED"] {
            assert_eq!(rows(stored).await, with(stored), "{version} {stored}");
        }
        let visited =
            world.events().filter(|e| of_program(e) && e.status.name() == "ACTIVE" && e.occurred_at.is_some());
        assert_eq!(rows("VISITED").await, visited.count(), "{version}");
        let today = "2026-11-22T00:00:00".parse::<chrono::NaiveDateTime>().unwrap();
        let overdue = world.events().filter(|e| of_program(e) && e.status.name() == "SCHEDULE");
        let overdue = overdue.filter(|e| e.scheduled_at.is_some_and(|at| at < today)).count();
        assert_eq!(rows("OVERDUE").await, overdue, "{version}");
    }
}

/// wire document, section 1.3: "2.40: with ALL/ACCESSIBLE/CAPTURE events and trackedEntities **ignore the unit**,
/// enrollments keep it and ignore the mode"; "≥2.41 … 400"; "the other modes without a unit: 409", from 2.41 on 400.
#[tokio::test]
async fn a_unit_beside_a_wide_mode_is_ignored_kept_or_refused() {
    let facility = super::FACILITY;
    for version in VERSIONS {
        let server = server(version).await;
        let old = matches!(version, "2.38.7" | "2.39.10.1" | "2.40.12");
        let mode_name = if old { "ouMode" } else { "orgUnitMode" };
        for collection in ["events", "enrollments", "trackedEntities"] {
            let unit_name = if old || collection == "events" { "orgUnit" } else { "orgUnits" };
            let list = |query: &str| {
                let all = if old { "skipPaging=true" } else { "paging=false" };
                format!("/api/tracker/{collection}?program={ANTENATAL}&{all}&fields=deleted&{query}")
            };
            let everywhere = rows(&get(&server, &list(&format!("{mode_name}=ALL"))).await).len();
            let selected = rows(&get(&server, &list(&format!("{unit_name}={facility}"))).await).len();
            assert!(selected > 0 && selected < everywhere, "{version} {collection}: no mode means the unit alone");
            for mode in ["ALL", "ACCESSIBLE", "CAPTURE"] {
                let target = list(&format!("{mode_name}={mode}&{unit_name}={facility}"));
                if old {
                    let found = rows(&get(&server, &target).await).len();
                    let expected = if collection == "enrollments" { selected } else { everywhere };
                    assert_eq!(found, expected, "{version} {collection} {mode}");
                } else {
                    assert_eq!(refusal(&server, &target).await.0, 400, "{version} {collection} {mode}");
                }
            }
            for mode in ["SELECTED", "CHILDREN", "DESCENDANTS"] {
                let status = refusal(&server, &list(&format!("{mode_name}={mode}"))).await.0;
                assert_eq!(status, if old { 409 } else { 400 }, "{version} {collection} {mode}");
            }
        }
    }
}

/// wire document, section 1.2: relationships of "trackedEntity …, `enrollment`, `event`: exactly one".
#[tokio::test]
async fn relationships_are_those_of_the_one_object_named() {
    let world = std::sync::Arc::new(dhis2_simulator::World::generate(
        &dhis2_simulator::WorldSize { organisation_units: 40, data_values: 0, events: 900 },
        4,
    ));
    for version in VERSIONS {
        let builder = dhis2_simulator::Simulator::builder().version(version).unwrap();
        let server = builder.world(std::sync::Arc::clone(&world)).start().await.unwrap();
        for (kind, parameter) in [("tracked_entity", "trackedEntity"), ("enrollment", "enrollment"), ("event", "event")]
        {
            let at = |r: &dhis2_simulator::RelationshipRow<'_>, uid: &str| r.from == (kind, uid) || r.to == (kind, uid);
            let uid = world
                .relationships()
                .filter(|r| !r.deleted)
                .find_map(|r| [r.from, r.to].into_iter().find(|end| end.0 == kind).map(|end| end.1.to_owned()));
            let uid = uid.unwrap();
            let expected: HashSet<_> = world
                .relationships()
                .filter(|r| !r.deleted && at(r, &uid))
                .map(|r| r.relationship.to_owned())
                .collect();
            let answer = get(&server, &format!("/api/tracker/relationships?{parameter}={uid}")).await;
            let listed = answer.get("instances").or(answer.get("relationships")).unwrap().as_array().unwrap();
            let listed: HashSet<_> = listed.iter().map(|r| r["relationship"].as_str().unwrap().to_owned()).collect();
            assert_eq!(listed, expected, "{version} {kind}");
        }
    }
}
