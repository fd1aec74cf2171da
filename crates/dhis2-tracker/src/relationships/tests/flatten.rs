//! Answers made up, to be read right or refused.

use dhis2_api::datetime::ServerZone;
use dhis2_extract::Objects;
use dhis2_extract::duplicates::{self, Part};
use proptest::prelude::*;

use crate::relationships::{Flatten, RELATIONSHIPS};
use crate::testing::rows::of_frame;

fn how() -> Flatten {
    Flatten { items: "events", object: "event", zone: ServerZone::UTC, nested_enrollments: false }
}

const EDGE: &str = r#"{"relationship":"wGeqMRY69tp","relationshipType":"JygaeqYBVx0","bidirectional":true,
    "createdAt":"2026-11-22T23:08:35.214","updatedAt":"2026-11-22T23:08:35.214",
    "from":{"trackedEntity":{"trackedEntity":"sceMdQYK2cB","inactive":false,"deleted":false,"attributes":[]}},
    "to":{"event":{"event":"qdyONHKqjVb","assignedUser":{}},"trackedEntity":null}}"#;

fn event(edges: &[&str]) -> String {
    format!(r#"{{"events":[{{"event":"qdyONHKqjVb","relationships":[{}]}}]}}"#, edges.join(","))
}

/// peer-bugs section 4: "A wrong name in `fields` gives rows of `{}` and status 200."
#[test]
fn what_is_not_a_list_of_objects_with_relationships_is_an_error() {
    for body in [
        "",
        "{}",
        r#"{"instances":[]}"#,
        r#"{"events":[{}]}"#,
        r#"{"events":[{"event":"qdyONHKqjVb"}]}"#,
        r#"{"events":[{"relationships":[]}]}"#,
        r#"{"events":[{"event":"qdyONHKqjVb","relationships":null}]}"#,
    ] {
        assert!(how().body(body.as_bytes()).is_err(), "{body}");
    }
    let ends = [
        (r#""from":{"trackedEntity""#, r#""x":{"trackedEntity""#),
        (r#"{"event":{"event""#, r#"{"event":{"x""#),
        (r#""trackedEntity":null"#, r#""trackedEntity":{"trackedEntity":"sceMdQYK2cB"}"#),
        (r#"{"relationship":"#, r#"{"x":"#),
    ];
    for (right, wrong) in ends {
        assert!(EDGE.contains(right));
        assert!(how().body(event(&[&EDGE.replace(right, wrong)]).as_bytes()).is_err(), "{wrong}");
    }
    let empty = how().body(br#"{"events":[{"event":"qdyONHKqjVb","relationships":[]}]}"#).unwrap();
    assert_eq!((empty.frame.height(), empty.received), (0, 1));
    RELATIONSHIPS.check(&empty.frame).unwrap();
}

/// peer-bugs section 3: "relationship seen from both ends yields one edge [PYD; new]".
#[test]
fn a_relationship_seen_from_both_ends_is_one_edge() {
    let read = how().body(event(&[EDGE, EDGE]).as_bytes()).unwrap();
    assert_eq!(read.frame.height(), 2);
    let part = Part { frame: read.frame, objects: Objects::Runs { starts: read.starts, updated: read.updated } };
    let unique = duplicates::remove(vec![part], &["relationship_id"]).unwrap();
    assert_eq!((unique.frames[0].height(), unique.removed), (1, 1));
}

/// On 2.40 the objects at the ends are filled in with placeholders; of them the uid counts.
#[test]
fn an_end_is_the_kind_and_uid_of_its_object() {
    let zone = ServerZone::parse("Asia/Kathmandu").unwrap();
    let read = Flatten { zone, ..how() }.body(event(&[EDGE]).as_bytes()).unwrap();
    let row =
        of_frame(&read.frame, &["from_type", "from_id", "to_type", "to_id", "bidirectional", "deleted", "created_at"]);
    let expected =
        ["tracked_entity", "sceMdQYK2cB", "event", "qdyONHKqjVb", "true", "false", "2026-11-22T17:23:35.214Z"];
    assert_eq!(row, [expected.map(|text| Some(text.to_owned()))]);
}

#[test]
fn relationships_of_enrollments_inside_an_entity_are_rows_where_they_were_asked_for() {
    let enrollment = EDGE.replace("wGeqMRY69tp", "A2NknVa7gK9");
    let body = format!(
        r#"{{"instances":[{{"enrollments":[{{"enrollment":"ABMB56x1TFV","relationships":[{enrollment}]}}],
            "trackedEntity":"sceMdQYK2cB","relationships":[{EDGE}]}}]}}"#
    );
    let nested = Flatten { items: "instances", object: "trackedEntity", nested_enrollments: true, ..how() };
    let rows = |how: Flatten| how.body(body.as_bytes()).unwrap().frame.height();
    assert_eq!((rows(nested), rows(Flatten { nested_enrollments: false, ..nested })), (2, 1));
    let without = r#"{"instances":[{"trackedEntity":"sceMdQYK2cB","relationships":[]}]}"#;
    assert!(nested.body(without.as_bytes()).is_err());
    assert!(nested.body(body.replace(r#""ABMB56x1TFV","relationships""#, r#""ABMB56x1TFV","x""#).as_bytes()).is_err());
}

#[test]
fn a_list_of_relationships_is_read_too() {
    let listed = Flatten { items: "relationships", object: "relationship", ..how() };
    let read = listed.body(format!(r#"{{"relationships":[{EDGE}]}}"#).as_bytes()).unwrap();
    assert_eq!((read.frame.height(), read.received), (1, 1));
    assert!(listed.body(br#"{"relationships":[{}]}"#).is_err());
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(body in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = how().body(&body);
    }

    #[test]
    fn any_order_and_any_unknown_field_give_the_same_row_and_a_cut_body_none(
        order in Just((0..6).collect::<Vec<usize>>()).prop_shuffle(), cut in 1..60_usize,
    ) {
        let fields = [
            r#""relationship" : "wGeqMRY69tp""#, r#""bidirectional":false"#, r#""relationshipName":"\uD83D\uDC76""#,
            r#""from":{"x":1,"enrollment":{"y":[],"enrollment":"ABMB56x1TFV"}}"#,
            r#""to":{"trackedEntity":{"trackedEntity":"sceMdQYK2cB"}}"#, r#""x":{"relationship":"no"}"#,
        ];
        let edge = order.iter().map(|i| fields[*i]).collect::<Vec<_>>().join(",\n ");
        let body = event(&[&format!("{{{edge}}}")]);
        let read = how().body(body.as_bytes()).unwrap();
        let some = |text: &str| Some(text.to_owned());
        prop_assert_eq!(
            of_frame(&read.frame, &["relationship_id", "bidirectional", "from_type", "from_id", "to_type"]),
            [[some("wGeqMRY69tp"), some("false"), some("enrollment"), some("ABMB56x1TFV"), some("tracked_entity")]]
        );
        prop_assert!(how().body(&body.as_bytes()[..body.len() - cut]).is_err());
    }
}
