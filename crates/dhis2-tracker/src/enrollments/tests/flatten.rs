//! Answers made up, to be read right or refused.

use dhis2_api::datetime::ServerZone;
use proptest::prelude::*;

use crate::enrollments::{ENROLLMENTS, EnrollmentStatus, Flatten};
use crate::testing::rows::{cells, of_frame};
use crate::window::UpdatedWindow;

fn how() -> Flatten {
    Flatten {
        items: "enrollments",
        zone: ServerZone::UTC,
        program: None,
        updated: UpdatedWindow::default(),
        status: None,
        include_deleted: false,
        in_utc: false,
    }
}

fn page(enrollments: &[&str]) -> String {
    format!(r#"{{"pager":{{"page":1,"pageSize":50}},"enrollments":[{}]}}"#, enrollments.join(","))
}

fn ids(how: &Flatten, body: &str) -> Vec<String> {
    let frame = how.body(body.as_bytes()).unwrap().frame;
    ENROLLMENTS.check(&frame).unwrap();
    cells(frame.column("enrollment_id").unwrap()).into_iter().map(Option::unwrap).collect()
}

/// peer-bugs section 4: "A wrong name in `fields` gives rows of `{}` and status 200."
#[test]
fn what_is_not_a_list_of_enrollments_is_an_error() {
    for body in ["", "{}", "[]", r#"{"instances":[]}"#, r#"{"enrollments":null}"#, r#"{"enrollments":[{}]}"#] {
        assert!(how().body(body.as_bytes()).is_err(), "{body}");
    }
    let empty = how().body(br#"{"enrollments":[]}"#).unwrap();
    assert_eq!((empty.frame.height(), empty.received), (0, 0));
    ENROLLMENTS.check(&empty.frame).unwrap();
}

/// peer-bugs section 3: "TE with two enrollments yields two rows; […]".
#[test]
fn an_entity_with_two_enrollments_is_two_rows() {
    let body = page(&[
        r#"{"enrollment":"ABMB56x1TFV","trackedEntity":"yNBBhpUf2aP"}"#,
        r#"{"enrollment":"AREDRN915Lf","trackedEntity":"yNBBhpUf2aP"}"#,
    ]);
    let read = how().body(body.as_bytes()).unwrap();
    assert_eq!((read.received, read.starts, read.frame.height()), (2, vec![0, 1], 2));
}

/// peer-bugs section 3: "zone-less tracker time converted with the server zone [O50]": always where a time is an instant of
/// the server's, on request where it is one of the subject's life.
#[test]
fn times_of_the_subjects_life_are_as_shown_and_those_of_the_server_true_utc() {
    let midnight = "2024-01-15T00:00:00.000";
    let body = page(&[&format!(
        r#"{{"enrollment":"ABMB56x1TFV","enrolledAt":"{midnight}","occurredAt":"{midnight}","completedAt":"{midnight}",
            "createdAt":"{midnight}","updatedAt":"{midnight}"}}"#
    )]);
    let zone = ServerZone::parse("Asia/Kathmandu").unwrap();
    let times = |in_utc| {
        let read = Flatten { zone, in_utc, ..how() }.body(body.as_bytes()).unwrap();
        of_frame(&read.frame, &["enrolled_at", "occurred_at", "completed_at", "created_at", "updated_at"])
            .remove(0)
            .into_iter()
            .map(Option::unwrap)
            .collect::<Vec<_>>()
    };
    let (shown, utc) = ("2024-01-15T00:00:00.000Z", "2024-01-14T18:15:00.000Z");
    assert_eq!(times(false), [shown, shown, shown, utc, utc]);
    assert_eq!(times(true), [utc; 5]);
}

#[test]
fn what_was_not_asked_for_is_left_out() {
    let body = page(&[
        r#"{"enrollment":"ABMB56x1TFV","status":"ACTIVE","updatedAt":"2024-01-15T00:00:00.000"}"#,
        r#"{"enrollment":"AREDRN915Lf","status":"COMPLETED","updatedAt":"2024-01-16T00:00:00.000"}"#,
        r#"{"enrollment":"A7uNKYk2RAs","status":"ACTIVE","updatedAt":"2024-01-17T00:00:00.000","deleted":true}"#,
    ]);
    assert_eq!(how().body(body.as_bytes()).unwrap().received, 3);
    assert_eq!(ids(&how(), &body), ["ABMB56x1TFV", "AREDRN915Lf"]);
    let deleted = Flatten { include_deleted: true, ..how() };
    assert_eq!(ids(&deleted, &body).len(), 3);
    let active = Flatten { status: Some(EnrollmentStatus::Active), ..deleted };
    assert_eq!(ids(&active, &body), ["ABMB56x1TFV", "A7uNKYk2RAs"]);
    let updated = UpdatedWindow::check(Some("2024-01-16"), Some("2024-01-16")).unwrap();
    assert_eq!(ids(&Flatten { updated, ..deleted }, &body), ["AREDRN915Lf"]);
}

#[test]
fn an_error_names_the_place_and_no_value() {
    for body in [
        r#"{"enrollment":"ABMB56x1TFV","followUp":"secret HIV"}"#,
        r#"{"enrollment":"ABMB56x1TFV","completedAt":"secret HIV"}"#,
    ] {
        let error = how().body(page(&[body]).as_bytes()).unwrap_err().to_string();
        assert!(!error.contains("HIV") && !error.contains("secret"), "{error}");
        assert!(error.contains("enrollments[0].followUp") || error.contains("`completed_at`"), "{error}");
    }
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(body in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = how().body(&body);
    }

    #[test]
    fn any_order_and_any_unknown_field_give_the_same_row_and_a_cut_body_none(
        order in Just((0..8).collect::<Vec<usize>>()).prop_shuffle(), cut in 1..80_usize,
    ) {
        let fields = [
            r#""enrollment":"ABMB56x1TFV""#, r#""status" : "ACTIVE""#, r#""orgUnitName":"Hôpital \uD83D\uDE91""#,
            r#""deleted":false"#, r#""followUp":true"#, r#""enrolledAt":"2024-01-15T09:15:30.250""#,
            r#""createdBy":{"enrollment":["no"]}"#, r#""geometry":{"type":"Point","coordinates":[1,2]}"#,
        ];
        let enrollment = order.iter().map(|i| fields[*i]).collect::<Vec<_>>().join(",\n ");
        let body = format!("{{\"enrollments\": [ {{{enrollment}}} ] }}");
        let read = how().body(body.as_bytes()).unwrap();
        let some = |text: &str| Some(text.to_owned());
        prop_assert_eq!(
            of_frame(&read.frame, &["enrollment_id", "status", "follow_up", "enrolled_at", "geometry"]),
            [[
                some("ABMB56x1TFV"), some("ACTIVE"), some("true"), some("2024-01-15T09:15:30.250Z"),
                some(r#"{"type":"Point","coordinates":[1,2]}"#),
            ]]
        );
        prop_assert!(how().body(&body.as_bytes()[..body.len() - cut]).is_err());
    }
}
