//! Events.

use std::collections::{HashMap, HashSet};

use dhis2_simulator::{EventRow, EventStatus, RunningSimulator, World};
use serde_json::Value;

use super::{ANTENATAL, CASES, REGION_A, ROOT, as_superuser, count, country, get, get_as, http, refusal, server};

/// The rows, under whichever key the version has them.
fn rows_of(answer: &Value) -> &Vec<Value> {
    answer.get("instances").or(answer.get("events")).and_then(Value::as_array).expect("a list")
}

fn uids(answer: &Value) -> Vec<String> {
    rows_of(answer).iter().map(|row| row["event"].as_str().unwrap().to_owned()).collect()
}

fn truth<'a>(world: &'a World, wanted: impl Fn(&EventRow<'a>) -> bool) -> HashSet<String> {
    world.events().filter(|event| !event.deleted && wanted(event)).map(|event| event.event.to_owned()).collect()
}

/// Whether a unit lies in the region.
fn in_region(world: &World, unit: &str) -> bool {
    world.organisation_units().any(|row| row.id == unit && row.path.contains(&REGION_A))
}

/// peer-bugs, section 4: "For programs with registration `orgUnit` asks for the **owner** of the person, not the event's own
/// unit"; 2.38 and 2.39 ask for the event's own.
#[tokio::test]
async fn units_are_those_of_owners_or_events_by_version() {
    let world = country();
    let units: HashMap<_, _> = world.organisation_units().map(|u| (u.id.to_owned(), in_region(&world, u.id))).collect();
    let owner = truth(&world, |e| e.program == ANTENATAL && units[e.owner_unit]);
    let own = truth(&world, |e| e.program == ANTENATAL && units[e.organisation_unit]);
    assert_ne!(owner, own);
    for (version, mode, paging, expected) in [
        ("2.38.7", "ouMode", "skipPaging=true", &own),
        ("2.39.10.1", "ouMode", "skipPaging=true", &own),
        ("2.40.12", "ouMode", "skipPaging=true", &owner),
        ("2.41.9.1", "ouMode", "paging=false", &owner),
        ("2.42.5.2", "orgUnitMode", "paging=false", &owner),
        ("2.43.1", "orgUnitMode", "paging=false", &owner),
    ] {
        let target = format!(
            "/api/tracker/events?program={ANTENATAL}&orgUnit={REGION_A}&{mode}=DESCENDANTS&{paging}&fields=event"
        );
        let found: HashSet<_> = uids(&get(&server(version).await, &target).await).into_iter().collect();
        assert_eq!(&found, expected, "{version}");
    }
}

/// peer-bugs, section 4: "2.40 takes uid lists with `;` only: with `,` the event filter vanishes and **every event** comes
/// back."
#[tokio::test]
async fn a_comma_list_is_no_filter_at_all_up_to_2_40() {
    let server = server("2.40.12").await;
    let world = country();
    let some: Vec<_> = world.events().filter(|e| !e.deleted).take(2).map(|e| e.event.to_owned()).collect();
    let all = truth(&world, |_| true).len();
    let rows = async |list: &str| {
        count(
            &get(&server, &format!("/api/tracker/events?event={list}&skipPaging=true&fields=event")).await,
            "instances",
        )
    };
    assert_eq!(rows(&some.join("%3B")).await, 2);
    assert_eq!(rows(&some.join(",")).await, all);
    assert_eq!(rows("bad").await, all);
    assert_eq!(rows(&format!("{}%3Bbad", some[0])).await, 1);
    assert_eq!(rows("AAAAAAAAAAA").await, 0);
}

/// peer-bugs, section 4: "A program too many is the first of the two."
#[tokio::test]
async fn a_program_too_many_is_refused_up_to_2_40_and_ignored_later() {
    let query = format!("/api/tracker/events?program={CASES}&program={ANTENATAL}&totalPages=true&pageSize=1");
    assert_eq!(refusal(&server("2.40.12").await, &query).await, (400, Some("E1003".into())));
    assert_eq!(get(&server("2.42.5.2").await, &query).await["pager"]["total"], 1177);
    let mixed = format!("/api/tracker/events?program={CASES}&events=AAAAAAAAAAA&events=AAAAAAAAAAA,AAAAAAAAAAB");
    assert_eq!(refusal(&server("2.42.5.2").await, &mixed).await.0, 400);
}

/// wire document, section 13: 3,175 events without a program, as many as there are; 1,987 with one of 1,491.
#[tokio::test]
async fn owners_are_joined_only_beside_a_program() {
    let server = server("2.39.10.1").await;
    let total = async |query: &str| {
        get(&server, &format!("/api/tracker/events?{query}totalPages=true&pageSize=1")).await["total"].clone()
    };
    assert_eq!(total("").await, 3175);
    assert_eq!(total("event=nope&").await, 3175);
    assert_eq!(total(&format!("program={ANTENATAL}&")).await, 1987);
    assert_eq!(total("program=mPhS49WzczR&").await, 896);
}

/// peer-bugs, section 4: "Only the first page: 28 of 63." — the switch of another version is ignored.
#[tokio::test]
async fn the_paging_switch_of_another_version_leaves_fifty_rows() {
    for (version, ignored, known) in
        [("2.40.12", "paging=false", "skipPaging=true"), ("2.42.5.2", "skipPaging=true", "paging=false")]
    {
        let server = server(version).await;
        let rows = async |switch: &str| {
            let target = format!("/api/tracker/events?program={CASES}&{switch}&fields=event");
            rows_of(&get(&server, &target).await).len()
        };
        assert_eq!((rows(ignored).await, rows(known).await), (50, 1177), "{version}");
    }
}

/// peer-bugs, section 4: "2.39.10: a walk over events repeats rows"; a short page is not the end.
#[tokio::test]
async fn the_join_over_owners_makes_short_pages_and_repeats_but_loses_nothing_in_order_of_uids() {
    let expected = truth(&country(), |e| e.program == ANTENATAL);
    let server = server("2.39.10.1").await;
    let (mut seen, mut answers, mut short) = (HashSet::new(), 0, 0);
    for page in 1.. {
        let target =
            format!("/api/tracker/events?program={ANTENATAL}&order=event:asc&pageSize=37&page={page}&fields=event");
        let uids = uids(&get(&server, &target).await);
        if uids.is_empty() {
            break;
        }
        short += usize::from(uids.len() < 37);
        answers += uids.len();
        seen.extend(uids);
    }
    assert_eq!(seen, expected);
    assert_eq!(answers, 1544, "as many answers as the recorded server gave");
    assert!(short > 10);
}

/// The orders that the wire document recommends lose nothing, page by page.
#[tokio::test]
async fn recommended_orders_walk_over_every_event_once() {
    let expected = truth(&country(), |e| e.program == CASES);
    for (version, order) in [("2.40.12", "event:asc"), ("2.41.9.1", "createdAt:asc"), ("2.43.1", "createdAt:asc")] {
        let server = server(version).await;
        let mut walked = Vec::new();
        for page in 1.. {
            let target =
                format!("/api/tracker/events?program={CASES}&order={order}&pageSize=100&page={page}&fields=event");
            let uids = uids(&get(&server, &target).await);
            if uids.is_empty() {
                break;
            }
            walked.extend(uids);
        }
        assert_eq!(walked.len(), expected.len(), "{version}");
        assert_eq!(walked.into_iter().collect::<HashSet<_>>(), expected, "{version}");
    }
}

/// peer-bugs, section 4: "An order without tie-break loses rows at page edges"
#[tokio::test]
async fn an_order_without_tie_break_loses_rows_at_the_edges_of_pages() {
    let expected = truth(&country(), |e| e.program == CASES);
    let server = server("2.38.7").await;
    let mut walked = HashSet::new();
    for page in 1..=40 {
        let target =
            format!("/api/tracker/events?program={CASES}&order=occurredAt:asc&pageSize=37&page={page}&fields=event");
        walked.extend(uids(&get(&server, &target).await));
    }
    assert!(walked.len() < expected.len(), "{} of {}", walked.len(), expected.len());
}

/// wire document, section 1.3: the table of upper bounds.
#[tokio::test]
async fn the_last_day_of_a_range_is_in_out_or_cut_by_patch() {
    let world = country();
    let day = |e: &EventRow<'_>, day: &str| e.occurred_at.is_some_and(|at| at.date().to_string() == day);
    let fifteenth = truth(&world, |e| e.program == CASES && day(e, "2024-01-15"));
    assert_eq!(fifteenth.len(), 3, "at 00:00, within the day, and at 23:59:59.999");
    let rows = async |version: &str| {
        let target = format!(
            "/api/tracker/events?program={CASES}&occurredAfter=2024-01-15&occurredBefore=2024-01-15&fields=event"
        );
        rows_of(&get(&server(version).await, &target).await).len()
    };
    assert_eq!(rows("2.38.5").await, 3, "the whole day");
    assert_eq!(rows("2.40.3").await, 0, "everything before midnight");
    assert_eq!(rows("2.40.12").await, 2, "the last millisecond is left out");
    assert_eq!(rows("2.41.0").await, 1, "midnight alone");
    assert_eq!(rows("2.42.5.2").await, 3);
}

/// peer-bugs, section 4: "`occurredAfter/Before` leave out scheduled events."
#[tokio::test]
async fn planned_events_are_left_out_of_ranges_of_occurrence_or_taken_by_their_schedule() {
    let planned = truth(&country(), |e| e.program == ANTENATAL && e.status == EventStatus::Schedule);
    let rows = async |version: &str| {
        let target = format!(
            "/api/tracker/events?program={ANTENATAL}&status=SCHEDULE&occurredAfter=1900-01-01&pageSize=1000&fields=event"
        );
        rows_of(&get(&server(version).await, &target).await).len()
    };
    assert_eq!(rows("2.38.7").await, planned.len());
    assert_eq!(rows("2.42.5.2").await, 0);
}

/// peer-bugs, section 4: "`updatedWithin` loses rows on servers east of UTC; `updatedAfter` is exact everywhere."
#[tokio::test]
async fn updated_within_is_late_east_of_utc_and_early_west_of_it() {
    // The clock stands at 16:30 UTC; events were changed from 15:31 to 15:32 UTC.
    let rows = async |version: &str, condition: &str| {
        let target = format!("/api/tracker/events?program={CASES}&{condition}&pageSize=5000&fields=event");
        rows_of(&get(&server(version).await, &target).await).len()
    };
    assert_eq!(rows("2.42.5.2", "updatedWithin=90m").await, 1177, "UTC: exact");
    assert_eq!(rows("2.42.5.2", "updatedWithin=30m").await, 0, "UTC: exact");
    assert_eq!(rows("2.43.1", "updatedWithin=5h").await, 0, "at +5:45 everything of the last hours is lost");
    assert_eq!(rows("2.43.1", "updatedWithin=7h").await, 1177);
    assert_eq!(rows("2.41.9.1", "updatedWithin=1m").await, 1177, "at -5 the window is five hours longer");
    assert_eq!(rows("2.43.1", "updatedAfter=2026-11-22T15:00:00Z").await, 1177);
    assert_eq!(rows("2.43.1", "updatedAfter=2026-11-22T15:40:00Z").await, 0);
}

/// peer-bugs, section 4: "≤ 2.41: a filter on an element with options compares the option's *name* (except `in`)."
#[tokio::test]
async fn filters_on_options_compare_names_or_codes() {
    let rows = async |version: &str, filter: &str| {
        let target = format!("/api/tracker/events?program={CASES}&filter={filter}&pageSize=5000&fields=event");
        rows_of(&get(&server(version).await, &target).await).len()
    };
    let (by_code, by_name) = ("M8hbHpWx3IB:eq:B50", "M8hbHpWx3IB:eq:Malaria/,%20P.%20falciparum");
    for version in ["2.40.12", "2.41.9.1"] {
        assert_eq!((rows(version, by_code).await, rows(version, by_name).await), (0, 363), "{version}");
        assert_eq!(rows(version, "M8hbHpWx3IB:in:B50").await, 363, "{version}");
    }
    assert_eq!((rows("2.42.5.2", by_code).await, rows("2.42.5.2", by_name).await), (363, 0));
    assert_eq!(rows("2.40.12", "M8hbHpWx3IB").await, 1177, "a uid alone filters nothing");
}

#[tokio::test]
async fn contradicting_or_missing_parameters_are_refused_as_each_version_does() {
    let status = async |version: &str, query: &str| {
        refusal(&server(version).await, &format!("/api/tracker/events?program={CASES}&{query}")).await.0
    };
    let both_modes = format!("orgUnit={ROOT}&ouMode=DESCENDANTS&orgUnitMode=DESCENDANTS");
    assert_eq!(status("2.41.9.1", &both_modes).await, 400);
    assert_eq!(status("2.42.5.2", &both_modes).await, 200);
    assert_eq!(status("2.41.9.1", "paging=false&skipPaging=true").await, 200);
    assert_eq!(status("2.41.9.1", "paging=false&skipPaging=false").await, 400);
    assert_eq!(status("2.42.5.2", "paging=false&page=1").await, 400);
    assert_eq!(status("2.40.12", "ouMode=DESCENDANTS").await, 409);
    assert_eq!(status("2.42.5.2", "orgUnitMode=DESCENDANTS").await, 400);
    assert_eq!(status("2.39.10.1", "occurredAfter=20240115").await, 500);
    assert_eq!(status("2.40.12", "occurredAfter=20240115").await, 200);
    assert_eq!(status("2.39.10.1", "assignedUserMode=ALL").await, 400);
    assert_eq!(status("2.39.10.1", "assignedUserMode=PROVIDED").await, 200);
    assert_eq!(status("2.42.5.2", "assignedUserMode=PROVIDED").await, 409);
    assert_eq!(status("2.38.7", "order=nosuch:asc").await, 200);
    assert_eq!(status("2.39.10.1", "order=nosuch:asc").await, 409);
    assert_eq!(status("2.40.12", "order=nosuch:asc").await, 400);
    assert_eq!(status("2.42.5.2", "order=createdAt:asc,createdAt:desc").await, 400);
    assert_eq!(status("2.43.1", "order=program:asc").await, 409);
    assert_eq!(status("2.43.1", "order=scheduledAt:asc").await, 400, "of an event program");
    assert_eq!(status("2.42.5.2", "order=program:asc,scheduledAt:asc").await, 200);
}

/// wire document, section 1.9: "≤2.40 **still paged: first 50 unless skipPaging=true** …; ≥2.41 everything"
#[tokio::test]
async fn tables_are_paged_up_to_2_40() {
    let events = async |version: &str| {
        let server = server(version).await;
        let answer = get_as(&server, as_superuser(), &format!("/api/tracker/events.csv?program={CASES}")).await;
        let text = answer.text();
        let first: HashSet<String> = text
            .lines()
            .skip(1)
            .filter_map(|line| line.split(',').next())
            .filter(|cell| cell.len() == 11 && cell.bytes().all(|b| b.is_ascii_alphanumeric()))
            .map(str::to_owned)
            .collect();
        first.len()
    };
    assert_eq!(events("2.40.12").await, 50);
    assert_eq!(events("2.42.5.2").await, 1177);
}

#[tokio::test]
async fn deleted_events_come_only_when_asked_for_and_never_alone() {
    let world = country();
    let deleted: Vec<_> =
        world.events().filter(|e| e.deleted && e.program == CASES).map(|e| e.event.to_owned()).collect();
    let server = server("2.42.5.2").await;
    let with = get(&server, &format!("/api/tracker/events?program={CASES}&includeDeleted=true&pageSize=5000")).await;
    let marked = with["events"].as_array().unwrap().iter().filter(|e| e["deleted"] == true).count();
    assert_eq!(marked, deleted.len());
    let single = format!("/api/tracker/events/{}", deleted[0]);
    assert_eq!(refusal(&server, &single).await, (404, Some("E1005".into())));
}

/// wire document, section 1.8: placeholder enrollments, `orgUnitName`, `followup`, `assignedUser`, `storedBy`.
#[tokio::test]
async fn the_fields_of_an_event_follow_the_version() {
    let has = async |version: &str, keys: &[&str]| -> Vec<bool> {
        let answer = get(&server(version).await, &format!("/api/tracker/events?program={CASES}&pageSize=1")).await;
        keys.iter().map(|k| rows_of(&answer)[0].get(*k).is_some()).collect()
    };
    let keys = ["enrollment", "orgUnitName", "followup", "followUp", "assignedUser", "storedBy"];
    let (yes, no) = (true, false);
    assert_eq!(has("2.40.12", &keys).await, [no, yes, yes, no, yes, no]);
    assert_eq!(has("2.41.9.1", &keys).await, [yes, no, yes, yes, no, yes]);
    assert_eq!(has("2.42.5.2", &keys).await, [yes, no, no, yes, no, no]);
    assert_eq!(has("2.43.1", &keys).await, [no, no, no, yes, no, yes]);
}

/// peer-bugs, section 4: "A wrong name in `fields` gives rows of `{}` and status 200."
#[tokio::test]
async fn fields_are_never_refused() {
    let server = server("2.42.5.2").await;
    let first = async |fields: &str| {
        get(&server, &format!("/api/tracker/events?program={CASES}&pageSize=1&fields={fields}")).await["events"][0]
            .clone()
    };
    assert_eq!(first("nosuch").await, serde_json::json!({}));
    assert_eq!(first("").await, serde_json::json!({}));
    let some = first("event~rename(id),dataValues~size").await;
    assert!(some["id"].is_string() && some["dataValues"].is_u64(), "{some}");
    let nested = first("dataValues[value]").await;
    assert_eq!(nested["dataValues"][0].as_object().unwrap().len(), 1);
}

async fn occurred(server: &RunningSimulator, event: &str) -> Value {
    get(server, &format!("/api/tracker/events/{event}?fields=occurredAt,createdAt")).await
}

/// peer-bugs O50: "zone-less server-local time labelled UTC": what people entered stays on the server's wall clock, what the
/// server stamped moves with its zone.
#[tokio::test]
async fn times_carry_no_zone_and_only_stamps_move_with_it() {
    let world = country();
    let event = world.events().find(|e| e.occurred_at.is_some() && !e.deleted).unwrap();
    let (utc, east) =
        (occurred(&server("2.42.5.2").await, event.event).await, occurred(&server("2.43.1").await, event.event).await);
    assert_eq!(utc["occurredAt"], east["occurredAt"]);
    assert_ne!(utc["createdAt"], east["createdAt"]);
    assert!(!utc["createdAt"].as_str().unwrap().ends_with('Z'));
}

/// A media type that there is none for: 406 of the container.
#[tokio::test]
async fn unknown_media_types_are_406() {
    let server = server("2.42.5.2").await;
    let headers = [as_superuser(), ("Accept".into(), "application/xml".into())];
    let answer =
        http::get(&server.base_url(), &format!("/api/tracker/events?program={CASES}"), &headers).await.unwrap();
    assert_eq!((answer.status, answer.header("content-type")), (406, Some("text/html;charset=utf-8")));
}
