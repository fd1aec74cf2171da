use dhis2_api::Uid;
use dhis2_api::datetime::{Instant, WallClock, parse_wall_clock_ms};
use dhis2_api::model::Pager;
use proptest::prelude::*;

use super::*;
use crate::events::{EVENTS, EventStatus, RICH_EVENTS, WallWindow};
use crate::window::UpdatedWindow;

const HOW: Flatten = Flatten {
    items: "events",
    zone: ServerZone::UTC,
    in_utc: false,
    columns: EventColumns::Plain,
    selection: Selection {
        occurred: WallWindow { from: None, before: None },
        scheduled: WallWindow { from: None, before: None },
        updated: UpdatedWindow { after: None, before: None },
        status: None,
        today: None,
        program_stage: None,
        attribute_options: Vec::new(),
        include_deleted: false,
    },
};

fn selecting(selection: Selection) -> Flatten {
    Flatten { selection, ..HOW }
}

fn event(uid: &str, fields: &str) -> String {
    format!(
        r#"{{"event":"{uid}","status":"ACTIVE","program":"T4KUa2dgu2M","programStage":"Yl7DhNudbZY","orgUnit":"E7JGvseIzdW","deleted":false,"attributeOptionCombo":"HllvX50cXC0"{fields}}}"#
    )
}

fn page(events: &[String]) -> String {
    format!(r#"{{"pager":{{"page":1,"pageSize":50}},"events":[{}]}}"#, events.join(","))
}

fn texts(frame: &DataFrame, column: &str) -> Vec<Option<String>> {
    frame.column(column).unwrap().str().unwrap().iter().map(|cell| cell.map(str::to_owned)).collect()
}

/// peer-bugs section 3: "Tracker: 3 pages in each of the four envelope shapes → all rows once; […] `pager` without `pageCount`
/// [O9, FETCH, dhis2-client, java-sdk]".
#[test]
fn all_envelopes_are_read() {
    let list = format!("[{}]", event("A1G2w687SWR", ""));
    for (items, body, pager) in [
        (
            "instances",
            format!(r#"{{"page":1,"pageSize":5,"instances":{list}}}"#),
            Pager { page: Some(1), page_size: Some(5), ..Pager::default() },
        ),
        (
            "instances",
            format!(r#"{{"page":1,"total":9,"pageCount":2,"pageSize":5,"instances":{list}}}"#),
            Pager { page: Some(1), page_size: Some(5), total: Some(9), page_count: Some(2), has_next_page: false },
        ),
        (
            "events",
            format!(
                r#"{{"pager":{{"page":1,"pageSize":5,"total":9,"pageCount":2}},"page":1,"pageSize":5,"total":9,"pageCount":2,"events":{list}}}"#
            ),
            Pager { page: Some(1), page_size: Some(5), total: Some(9), page_count: Some(2), has_next_page: false },
        ),
        (
            "events",
            format!(r#"{{"pager":{{"page":1,"pageSize":5,"nextPage":"http://elsewhere/x"}},"events":{list}}}"#),
            Pager { page: Some(1), page_size: Some(5), total: None, page_count: None, has_next_page: true },
        ),
        ("events", format!(r#"{{"events":{list}}}"#), Pager::default()),
    ] {
        let read = Flatten { items, ..HOW }.body(body.as_bytes()).unwrap();
        assert_eq!(read.pager, pager, "{body}");
        assert_eq!(texts(&read.frame, "event_id"), [Some("A1G2w687SWR".to_owned())]);
    }
}

/// A list under another key, or none, is not "no events": that would pass a misread answer off as an empty one.
#[test]
fn an_answer_without_the_list_is_an_error() {
    for body in ["", "{}", "[]", "null", r#"{"instances":[]}"#, r#"{"events":null}"#, r#"{"events":{}}"#] {
        assert!(HOW.body(body.as_bytes()).is_err(), "{body}");
    }
    let empty = HOW.body(br#"{"pager":{"page":9},"events":[]}"#).unwrap();
    assert_eq!((empty.frame.height(), empty.received), (0, 0));
    EVENTS.check(&empty.frame).unwrap();
}

/// peer-bugs section 4: "A wrong name in `fields` gives rows of `{}` and status 200."
#[test]
fn an_event_without_uid_is_an_error() {
    let error = HOW.body(br#"{"events":[{}]}"#).unwrap_err().to_string();
    assert!(error.contains("`event`"), "{error}");
}

/// peer-bugs section 3: "Events without values, scheduled events, deleted events, events of unregistered programs each survive as
/// rows [O51, FETCH, templates]" (deleted ones come only when asked for).
#[test]
fn events_without_values_and_scheduled_events_are_rows() {
    let body = page(&[
        event("A1G2w687SWR", r#","occurredAt":"2024-01-15T00:00:00.000","dataValues":[]"#),
        event("A1Oc1rWGGjM", ""),
        event(
            "A27s0Yzekos",
            r#","dataValues":[{"dataElement":"M8hbHpWx3IB","value":"J18"},{"value":"x","dataElement":"TwKaCh9bkgF"}]"#,
        ),
        event("A0TICJ1tKAL", r#","dataValues":null"#).replace(r#""deleted":false"#, r#""deleted":true"#),
    ]);
    let read = HOW.body(body.as_bytes()).unwrap();
    assert_eq!((read.received, read.starts), (4, vec![0, 1, 2]));
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(
        texts(&read.frame, "event_id"),
        [some("A1G2w687SWR"), some("A1Oc1rWGGjM"), some("A27s0Yzekos"), some("A27s0Yzekos")]
    );
    assert_eq!(texts(&read.frame, "data_element_id"), [None, None, some("M8hbHpWx3IB"), some("TwKaCh9bkgF")]);
    assert_eq!(texts(&read.frame, "value"), [None, None, some("J18"), some("x")]);
    assert_eq!(read.frame.column("occurred_at").unwrap().null_count(), 3);
}

#[test]
fn whole_days_are_cut_exactly_and_what_did_not_occur_is_outside_of_any() {
    let at = |time: &str| event("A1G2w687SWR", &format!(r#","occurredAt":"{time}""#));
    let body = page(&[
        at("2024-01-14T23:59:59.999"),
        at("2024-01-15T00:00:00.000"),
        at("2024-01-15T23:59:59.999"),
        at("2024-01-16T00:00:00.000"),
        event("A1Oc1rWGGjM", ""),
    ]);
    let wall = |text| Some(WallClock(parse_wall_clock_ms(text).unwrap()));
    let (from, before) = (wall("2024-01-15"), wall("2024-01-16"));
    let rows = |from, before| {
        let occurred = WallWindow { from, before };
        selecting(Selection { occurred, ..Selection::default() }).body(body.as_bytes()).unwrap().frame.height()
    };
    assert_eq!(rows(from, before), 2);
    assert_eq!(rows(from, None), 3);
    assert_eq!(rows(None, before), 3);
    assert_eq!(rows(None, None), 5);
}

/// peer-bugs section 3: "zone-less tracker time converted with the server zone [O50]", on request; unasked a visit on 15 January
/// stays on 15 January.
#[test]
fn occurred_at_is_as_shown_or_in_utc() {
    let body = page(&[event("A1G2w687SWR", r#","occurredAt":"2024-01-15T00:00:00.000""#)]);
    let zone = ServerZone::parse("Asia/Kathmandu").unwrap();
    let first = |in_utc| {
        let read = Flatten { zone, in_utc, ..HOW }.body(body.as_bytes()).unwrap();
        read.frame.column("occurred_at").unwrap().to_physical_repr().i64().unwrap().get(0).unwrap()
    };
    assert_eq!(Instant(first(false)).to_string(), "2024-01-15T00:00:00.000Z");
    assert_eq!(Instant(first(true)).to_string(), "2024-01-14T18:15:00.000Z");
}

#[test]
fn what_was_not_asked_for_is_left_out() {
    let at = |uid, status: &str, more: &str| event(uid, more).replace("ACTIVE", status);
    let body = page(&[
        at(
            "A0000000001",
            "ACTIVE",
            r#","occurredAt":"2024-01-15T00:00:00.000","attributeCategoryOptions":"aaaaaaaaaa1;aaaaaaaaaa2""#,
        ),
        at(
            "A0000000002",
            "SCHEDULE",
            r#","scheduledAt":"2024-01-15T00:00:00.000","attributeCategoryOptions":"aaaaaaaaaa2,aaaaaaaaaa3""#,
        ),
        at("A0000000003", "SCHEDULE", r#","scheduledAt":"2024-01-16T00:00:00.000""#)
            .replace("Yl7DhNudbZY", "iW4PaDG2j3i"),
        at(
            "A0000000004",
            "COMPLETED",
            r#","occurredAt":"2024-01-15T00:00:00.000","updatedAt":"2024-02-01T10:00:00.000""#,
        ),
        at("A0000000005", "SKIPPED", "").replace(r#""deleted":false"#, r#""deleted":true"#),
    ]);
    let rows = |selection| {
        let frame = selecting(selection).body(body.as_bytes()).unwrap().frame;
        texts(&frame, "event_id").into_iter().map(|uid| uid.unwrap().as_bytes()[10] - b'0').collect::<Vec<_>>()
    };
    let wall = |text| Some(WallClock(parse_wall_clock_ms(text).unwrap()));
    let uid = |text| Uid::parse(text).unwrap();
    let all = Selection { include_deleted: true, today: wall("2024-01-16"), ..Selection::default() };
    assert_eq!(rows(all.clone()), [1, 2, 3, 4, 5]);
    assert_eq!(rows(Selection { include_deleted: false, ..all.clone() }), [1, 2, 3, 4]);
    for (status, expected) in [
        (EventStatus::Active, [1].as_slice()),
        (EventStatus::Visited, &[1]),
        (EventStatus::Schedule, &[2, 3]),
        (EventStatus::Overdue, &[2]),
        (EventStatus::Completed, &[4]),
        (EventStatus::Skipped, &[5]),
    ] {
        assert_eq!(rows(Selection { status: Some(status), ..all.clone() }), expected, "{status:?}");
    }
    let scheduled = WallWindow { from: wall("2024-01-16"), before: None };
    assert_eq!(rows(Selection { scheduled, ..all.clone() }), [3]);
    let updated = UpdatedWindow::check(Some("2024-02-01T10:00"), Some("2024-02-01T10:00")).unwrap();
    assert_eq!(rows(Selection { updated, ..all.clone() }), [1, 2, 3, 4, 5], "without updatedAt nothing is known");
    let updated = UpdatedWindow::check(Some("2024-02-01T10:01"), None).unwrap();
    assert_eq!(rows(Selection { updated, ..all.clone() }), [1, 2, 3, 5]);
    assert_eq!(rows(Selection { program_stage: Some(uid("iW4PaDG2j3i")), ..all.clone() }), [3]);
    assert_eq!(rows(Selection { attribute_options: vec![uid("aaaaaaaaaa2")], ..all.clone() }), [1, 2]);
    let both = vec![uid("aaaaaaaaaa2"), uid("aaaaaaaaaa3")];
    assert_eq!(rows(Selection { attribute_options: both, ..all }), [2]);
}

const POINT: &str = r#"{"type":"Point","coordinates":[3.5,1.25]}"#;

#[test]
fn rich_events_hold_what_else_is_known() {
    let body = page(&[
        event(
            "A1G2w687SWR",
            r#","enrollment":"s0APnv5C3Tb","trackedEntity":"B1WJBxXs4rQ","occurredAt":"2024-01-15T00:00:00.000",
               "scheduledAt":"2024-01-14T00:00:00.000","completedAt":"2024-01-16T10:00:00.000",
               "createdAt":"2024-01-15T09:00:00.000","updatedAt":"2024-01-16T10:00:00.000","storedBy":"nurse","followUp":true,
               "assignedUser":{"uid":"M5zQapPyTZI","username":"admin","displayName":"x"},
               "geometry":{"type":"Point","coordinates":[3.5,1.25]},
               "dataValues":[{"dataElement":"M8hbHpWx3IB","value":"1","providedElsewhere":true},{"dataElement":"TwKaCh9bkgF","value":"x"}]"#,
        ),
        event("A1Oc1rWGGjM", r#","enrollment":"phantom0001","assignedUser":{},"followup":false,"geometry":null"#),
    ]);
    let zone = ServerZone::parse("Asia/Kathmandu").unwrap();
    let rich = Flatten { zone, columns: EventColumns::Rich, ..HOW };
    let frame = rich.body(body.as_bytes()).unwrap().frame;
    RICH_EVENTS.check(&frame).unwrap();
    let some = |text: &str| Some(text.to_owned());
    let three = |name: &str| texts(&frame, name);
    assert_eq!(three("enrollment_id"), [some("s0APnv5C3Tb"), some("s0APnv5C3Tb"), None]);
    assert_eq!(three("tracked_entity_id"), [some("B1WJBxXs4rQ"), some("B1WJBxXs4rQ"), None]);
    assert_eq!(three("assigned_user"), [some("admin"), some("admin"), None]);
    assert_eq!(three("stored_by"), [some("nurse"), some("nurse"), None]);
    assert_eq!(three("geometry"), [Some(POINT.to_owned()), Some(POINT.to_owned()), None]);
    let flags = |name: &str| frame.column(name).unwrap().bool().unwrap().iter().collect::<Vec<_>>();
    assert_eq!(flags("follow_up"), [Some(true), Some(true), Some(false)]);
    assert_eq!(flags("provided_elsewhere"), [Some(true), None, None]);
    let degrees = |name: &str| frame.column(name).unwrap().f64().unwrap().get(0);
    assert_eq!((degrees("longitude"), degrees("latitude")), (Some(3.5), Some(1.25)));
    let time =
        |name: &str| Instant(frame.column(name).unwrap().to_physical_repr().i64().unwrap().get(0).unwrap()).to_string();
    assert_eq!(time("scheduled_at"), "2024-01-14T00:00:00.000Z");
    assert_eq!(time("completed_at"), "2024-01-16T10:00:00.000Z");
    assert_eq!(time("created_at"), "2024-01-15T03:15:00.000Z", "creation is an instant");
}

#[test]
fn notes_are_rows_of_their_own() {
    let note = r#"{"note":"n0000000001","storedAt":"2024-01-15T09:00:00.000","value":"came late","createdBy":{"username":"nurse"}}"#;
    let other = r#"{"note":"n0000000002","storedAt":"2024-01-15T09:00:00.000","value":"x","storedBy":"clerk"}"#;
    let body = page(&[
        event("A1G2w687SWR", &format!(r#","notes":[{note},{other}]"#)),
        event("A1Oc1rWGGjM", r#","notes":[]"#),
        event("A2Oc1rWGGjM", &format!(r#","notes":[{note}]"#)).replace(r#""deleted":false"#, r#""deleted":true"#),
    ]);
    let selection = Selection::default();
    let how = crate::events::FlattenNotes { items: "events", zone: ServerZone::UTC, selection: &selection, only: None };
    let notes = how.body(body.as_bytes()).unwrap();
    crate::events::EVENT_NOTES.check(&notes.frame).unwrap();
    assert_eq!((notes.received, notes.starts), (3, vec![0]));
    assert_eq!(texts(&notes.frame, "stored_by"), [Some("nurse".to_owned()), Some("clerk".to_owned())]);
    let nobody = crate::events::FlattenNotes { only: Some([String::new()].into()), ..how };
    assert_eq!(nobody.body(body.as_bytes()).unwrap().frame.height(), 0);
}

#[test]
fn an_error_names_the_place_and_no_value() {
    let body =
        page(&[event("A1G2w687SWR", r#","dataValues":[{"dataElement":"M8hbHpWx3IB","value":{"secret":"HIV"}}]"#)]);
    let error = HOW.body(body.as_bytes()).unwrap_err().to_string();
    assert!(error.contains("events[0].dataValues[0].value") && !error.contains("HIV"), "{error}");
    let body = page(&[event("A1G2w687SWR", r#","occurredAt":"secret""#)]);
    let error = HOW.body(body.as_bytes()).unwrap_err().to_string();
    assert!(error.contains("occurred_at") && !error.contains("secret"), "{error}");
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(body in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = HOW.body(&body);
    }

    #[test]
    fn any_order_and_any_unknown_field_give_the_same_rows_and_a_cut_body_none(
        order in Just((0..8).collect::<Vec<usize>>()).prop_shuffle(), cut in 1..80_usize,
    ) {
        let fields = [
            r#""event":"A1G2w687SWR""#, r#""status" : "ACTIVE""#, r#""orgUnit":"E7JGvseIzdW""#, r#""deleted":false"#,
            r#""dataValues":[{"value":"\uD83D\uDC76","dataElement":"M8hbHpWx3IB"},{"dataElement":"TwKaCh9bkgF"}]"#,
            r#""occurredAt":"2024-01-15T09:15:30.250""#, r#""x":{"event":["no"]}"#, r#""assignedUser":{}"#,
        ];
        let event = order.iter().map(|i| fields[*i]).collect::<Vec<_>>().join(",\n ");
        let body = format!("{{\"events\": [ {{{event}}} ] }}");
        let read = HOW.body(body.as_bytes()).unwrap();
        prop_assert_eq!(texts(&read.frame, "value"), [Some("👶".to_owned()), None]);
        prop_assert_eq!(texts(&read.frame, "organisation_unit_id"), vec![Some("E7JGvseIzdW".to_owned()); 2]);
        prop_assert!(HOW.body(&body.as_bytes()[..body.len() - cut]).is_err());
    }
}
