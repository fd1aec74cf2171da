//! Answers made up, to be read right or refused.

use dhis2_api::Uid;
use dhis2_api::datetime::ServerZone;
use proptest::prelude::*;

use crate::testing::rows::{cells, of_frame};
use crate::tracked_entities::{Flatten, FlattenOwners, PROGRAM_OWNERS, Selection, TRACKED_ENTITIES};
use crate::window::UpdatedWindow;

const PROGRAM: &str = "T4KUa2dgu2M";

fn how() -> Flatten {
    let selection = Selection { updated: UpdatedWindow::default(), include_deleted: false, enrolled_in: None };
    Flatten { items: "trackedEntities", zone: ServerZone::UTC, selection }
}

fn owners() -> FlattenOwners {
    FlattenOwners { items: "trackedEntities", zone: ServerZone::UTC, selection: how().selection, program: None }
}

fn page(entities: &[&str]) -> String {
    format!(r#"{{"pager":{{"page":1,"pageSize":50}},"trackedEntities":[{}]}}"#, entities.join(","))
}

fn ids(how: &Flatten, body: &str) -> Vec<String> {
    let frame = how.body(body.as_bytes()).unwrap().frame;
    TRACKED_ENTITIES.check(&frame).unwrap();
    cells(frame.column("tracked_entity_id").unwrap()).into_iter().map(Option::unwrap).collect()
}

/// peer-bugs section 4: "A wrong name in `fields` gives rows of `{}` and status 200."
#[test]
fn what_is_not_a_list_of_tracked_entities_is_an_error() {
    for body in ["", "{}", "[]", r#"{"instances":[]}"#, r#"{"trackedEntities":null}"#, r#"{"trackedEntities":[{}]}"#] {
        assert!(how().body(body.as_bytes()).is_err(), "{body}");
        assert!(owners().body(body.as_bytes()).is_err(), "{body}");
    }
    let no_attribute = page(&[r#"{"trackedEntity":"A37uxG6WDmJ","attributes":[{}]}"#]);
    let error = how().body(no_attribute.as_bytes()).unwrap_err().to_string();
    assert!(error.contains("`attribute`"), "{error}");
    let no_owners = page(&[r#"{"trackedEntity":"A37uxG6WDmJ"}"#]);
    let error = owners().body(no_owners.as_bytes()).unwrap_err().to_string();
    assert!(error.contains("`programOwners`"), "{error}");
    let empty = how().body(br#"{"trackedEntities":[]}"#).unwrap();
    assert_eq!((empty.frame.height(), empty.received), (0, 0));
    TRACKED_ENTITIES.check(&empty.frame).unwrap();
    PROGRAM_OWNERS.check(&owners().body(br#"{"trackedEntities":[]}"#).unwrap().frame).unwrap();
}

#[test]
fn an_entity_is_a_row_for_each_attribute_and_one_row_without_any() {
    let body = page(&[
        r#"{"trackedEntity":"A37uxG6WDmJ","inactive":true,"attributes":[{"attribute":"E1Yg8oxJLCA","value":"F"},
            {"attribute":"I57qzFRq65u"}]}"#,
        r#"{"trackedEntity":"A1VOTrIqaK5","attributes":[]}"#,
        r#"{"trackedEntity":"zyL4CeAQMMt","attributes":null,"geometry":null}"#,
    ]);
    let read = how().body(body.as_bytes()).unwrap();
    let some = |text: &str| Some(text.to_owned());
    assert_eq!((read.received, read.starts), (3, vec![0, 2, 3]));
    assert_eq!(
        of_frame(&read.frame, &["tracked_entity_id", "attribute_id", "value", "inactive"]),
        [
            vec![some("A37uxG6WDmJ"), some("E1Yg8oxJLCA"), some("F"), some("true")],
            vec![some("A37uxG6WDmJ"), some("I57qzFRq65u"), None, some("true")],
            vec![some("A1VOTrIqaK5"), None, None, None],
            vec![some("zyL4CeAQMMt"), None, None, None],
        ]
    );
}

/// peer-bugs section 3: "zone-less tracker time converted with the server zone [O50]".
#[test]
fn times_of_creation_and_update_are_true_utc() {
    let body = page(&[
        r#"{"trackedEntity":"A37uxG6WDmJ","createdAt":"2024-01-15T00:00:00.000","updatedAt":"2024-01-15T06:00:00.250"}"#,
    ]);
    let zone = ServerZone::parse("Asia/Kathmandu").unwrap();
    let read = Flatten { zone, ..how() }.body(body.as_bytes()).unwrap();
    assert_eq!(
        of_frame(&read.frame, &["created_at", "updated_at"]),
        [[Some("2024-01-14T18:15:00.000Z".to_owned()), Some("2024-01-15T00:15:00.250Z".to_owned())]]
    );
}

#[test]
fn geometry_is_the_servers_own_text() {
    let geometry = r#"{ "type":"Point","coordinates":[3.30284,2.5499000000000001] }"#;
    let body = page(&[&format!(r#"{{"geometry":{geometry},"trackedEntity":"A37uxG6WDmJ"}}"#)]);
    let read = how().body(body.as_bytes()).unwrap();
    assert_eq!(cells(read.frame.column("geometry").unwrap()), [Some(geometry.to_owned())]);
}

/// peer-bugs section 3: "[…] deleted events […] each survive as rows", here of tracked entities, and when asked for.
#[test]
fn deleted_entities_come_when_asked_for() {
    let body = page(&[
        r#"{"trackedEntity":"A37uxG6WDmJ","deleted":true,"attributes":[]}"#,
        r#"{"trackedEntity":"A1VOTrIqaK5","deleted":false}"#,
    ]);
    assert_eq!(ids(&how(), &body), ["A1VOTrIqaK5"]);
    assert_eq!(how().body(body.as_bytes()).unwrap().received, 2);
    let selection = Selection { include_deleted: true, ..how().selection };
    assert_eq!(ids(&Flatten { selection, ..how() }, &body), ["A37uxG6WDmJ", "A1VOTrIqaK5"]);
}

/// With deleted objects asked for, servers find an entity by its deleted enrollments too.
#[test]
fn an_entity_whose_enrollments_in_the_program_are_all_deleted_is_not_in_it() {
    let entity = |uid: &str, enrollments: &str| format!(r#"{{"trackedEntity":"{uid}","enrollments":{enrollments}}}"#);
    let gone = format!(r#"{{"program":"{PROGRAM}","deleted":true}}"#);
    let live = format!(r#"{{"program":"{PROGRAM}","deleted":false}}"#);
    let elsewhere = r#"{"program":"mPhS49WzczR","deleted":false}"#;
    let body = page(&[
        &entity("A37uxG6WDmJ", &format!("[{gone}]")),
        &entity("A1VOTrIqaK5", &format!("[{gone},{live}]")),
        &entity("zyL4CeAQMMt", &format!("[{elsewhere},{gone}]")),
        &entity("zwRjMlGz4gT", "[]"),
        &entity("zpBnkzWmIR8", "null"),
    ]);
    let selection = Selection { enrolled_in: Some(Uid::parse(PROGRAM).unwrap()), ..how().selection };
    assert_eq!(ids(&Flatten { selection, ..how() }, &body), ["A1VOTrIqaK5", "zwRjMlGz4gT", "zpBnkzWmIR8"]);
    assert_eq!(ids(&how(), &body).len(), 5);
}

#[test]
fn owners_in_other_programs_are_left_out_where_one_was_asked_for() {
    let body = page(&[
        r#"{"trackedEntity":"A37uxG6WDmJ","programOwners":[{"orgUnit":"WCZKWtkKA0W","trackedEntity":"A37uxG6WDmJ",
            "program":"T4KUa2dgu2M"},{"program":"mPhS49WzczR","orgUnit":"ENQf2X662yh"}]}"#,
        r#"{"trackedEntity":"A1VOTrIqaK5","programOwners":[]}"#,
        r#"{"trackedEntity":"zyL4CeAQMMt","deleted":true,"programOwners":[{"program":"T4KUa2dgu2M"}]}"#,
        r#"{"trackedEntity":"zwRjMlGz4gT","programOwners":[{"program":"mPhS49WzczR","orgUnit":"ENQf2X662yh"}]}"#,
    ]);
    let read = |program| FlattenOwners { program, ..owners() }.body(body.as_bytes()).unwrap();
    let all = read(None);
    assert_eq!((all.received, all.starts, all.frame.height()), (4, vec![0, 2], 3));
    let one = read(Some(Uid::parse(PROGRAM).unwrap()));
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(
        of_frame(&one.frame, &["tracked_entity_id", "program_id", "organisation_unit_id"]),
        [[some("A37uxG6WDmJ"), some(PROGRAM), some("WCZKWtkKA0W")]]
    );
}

#[test]
fn an_error_names_the_place_and_no_value() {
    for body in [
        r#"{"trackedEntity":"A37uxG6WDmJ","attributes":[{"attribute":"E1Yg8oxJLCA","value":{"secret":"HIV"}}]}"#,
        r#"{"trackedEntity":"A37uxG6WDmJ","createdAt":"secret HIV"}"#,
        r#"{"trackedEntity":"A37uxG6WDmJ","inactive":"secret HIV"}"#,
    ] {
        let error = how().body(page(&[body]).as_bytes()).unwrap_err().to_string();
        assert!(!error.contains("HIV") && !error.contains("secret"), "{error}");
        assert!(error.contains("trackedEntities[0]") || error.contains("row 0 of column `created_at`"), "{error}");
    }
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(body in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = (how().body(&body), owners().body(&body));
    }

    #[test]
    fn any_order_and_any_unknown_field_give_the_same_rows_and_a_cut_body_none(
        order in Just((0..9).collect::<Vec<usize>>()).prop_shuffle(), cut in 1..80_usize,
    ) {
        let fields = [
            r#""trackedEntity":"A37uxG6WDmJ""#, r#""orgUnit" : "E7JGvseIzdW""#, r#""deleted":false"#,
            r#""attributes":[{"value":"\uD83D\uDC76","x":[],"attribute":"E1Yg8oxJLCA"},{"attribute":"I57qzFRq65u"}]"#,
            r#""updatedAt":"2024-01-15T09:15:30.250""#, r#""createdBy":{"trackedEntity":"no"}"#,
            r#""geometry":{"type":"Point","coordinates":[1,2]}"#, r#""enrollments":[]"#,
            r#""programOwners":[{"orgUnit":"WCZKWtkKA0W","program":"T4KUa2dgu2M"}]"#,
        ];
        let entity = order.iter().map(|i| fields[*i]).collect::<Vec<_>>().join(",\n ");
        let body = format!("{{\"trackedEntities\": [ {{{entity}}} ] }}");
        let read = how().body(body.as_bytes()).unwrap();
        prop_assert_eq!(cells(read.frame.column("value").unwrap()), [Some("👶".to_owned()), None]);
        prop_assert_eq!(
            cells(read.frame.column("geometry").unwrap()),
            vec![Some(r#"{"type":"Point","coordinates":[1,2]}"#.to_owned()); 2]
        );
        prop_assert_eq!(owners().body(body.as_bytes()).unwrap().frame.height(), 1);
        prop_assert!(how().body(&body.as_bytes()[..body.len() - cut]).is_err());
        prop_assert!(owners().body(&body.as_bytes()[..body.len() - cut]).is_err());
    }
}
