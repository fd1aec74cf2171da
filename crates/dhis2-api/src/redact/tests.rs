use proptest::prelude::*;

use super::*;

const PERSON: &str = "LIKEMXhApLE";

fn json(path: &str, params: &[(&str, &str)], body: &str) -> String {
    let params: Vec<_> = params.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let redaction = Redaction::new();
    redaction.json(&redaction.asked(path, &params), body)
}

fn param(path: &str, name: &str, value: &str) -> String {
    Redaction::new().asked(path, &[(name.to_owned(), value.to_owned())]).params.remove(0).1
}

#[test]
fn what_nobody_has_thought_of_is_masked() {
    let body = r#"{"surprise":"Anna 7","deep":[{"new":12.50,"older":[-3,"B"]}],"Anna Meier":{"x y":true},"gone":null}"#;
    let masked =
        r#"{"surprise":"Xxxx 1","deep":[{"new":11.11,"older":[-1,"X"]}],"Xxxx Xxxxx":{"x x":true},"gone":null}"#;
    assert_eq!(json("tracker/events", &[], body), masked);
}

#[test]
fn ids_of_persons_are_others_and_the_same_wherever_they_stand() {
    let redaction = Redaction::new();
    let other = redaction.other(PERSON.parse().unwrap());
    let asked = redaction.asked(
        &format!("tracker/trackedEntities/{PERSON}"),
        &[("enrollments".to_owned(), format!("{PERSON};UIAkYYPG95f"))],
    );
    let body = format!(
        r#"{{"trackedEntity":"{PERSON}","program":"T4KUa2dgu2M","from":{{"trackedEntity":{{"trackedEntity":"{PERSON}"}}}},
            "createdBy":{{"uid":"M5zQapPyTZI","username":"admin"}},"message":"no {PERSON} of KdK92fYEfTw in Christopher"}}"#
    );
    let redacted = redaction.json(&asked, &body);
    assert_eq!(redacted.matches(other.as_str()).count(), 3, "{redacted}");
    assert_eq!(asked.path, format!("tracker/trackedEntities/{other}"));
    assert!(asked.params[0].1.starts_with(&format!("{other};")));
    assert!(redacted.contains(r#""program":"T4KUa2dgu2M""#) && redacted.contains(r#""username":"xxxxx""#));
    for gone in [PERSON, "M5zQapPyTZI", "UIAkYYPG95f", "Christopher"] {
        assert!(!redacted.contains(gone) && !format!("{asked:?}").contains(gone), "{gone} in {redacted}");
    }
    assert_ne!(other, Redaction::new().other(PERSON.parse().unwrap()), "the key is not random");
}

#[test]
fn the_account_is_a_person_and_its_units_are_not() {
    let me = r#"{"id":"M5zQapPyTZI","username":"admin","code":"P7","authorities":["ALL"],"organisationUnits":[{"id":"KdK92fYEfTw"}]}"#;
    let redacted = json("me", &[], me);
    assert!(!redacted.contains("M5zQapPyTZI"), "{redacted}");
    let rest = r#""username":"xxxxx","code":"X1","authorities":["ALL"],"organisationUnits":[{"id":"KdK92fYEfTw"}]}"#;
    assert!(redacted.ends_with(rest), "{redacted}");
    let of_metadata = r#"{"programs":[{"id":"T4KUa2dgu2M","code":"ANC","user":{"id":"M5zQapPyTZI"}}]}"#;
    let redacted = json("programs", &[], of_metadata);
    assert!(redacted.starts_with(r#"{"programs":[{"id":"T4KUa2dgu2M","code":"ANC","user":{"id":""#), "{redacted}");
    assert!(!redacted.contains("M5zQapPyTZI"));
}

#[test]
fn cells_of_analytics_stay_where_their_column_is_one_of_ids() {
    let body = r#"{"headers":[{"name":"dx","column":"Data"},{"name":"w75KJ2mc4zz","column":"Given name"},{"name":"pe"},{"name":"value"}],
        "rows":[["iXdObmOdRJk","Christopher","202401","12.5"],["iXdObmOdRJk","B","202402","7"]]}"#;
    let redacted = json("analytics", &[], body);
    assert!(
        redacted.contains(r#"["iXdObmOdRJk","Xxxxxxxxxxx","202401","11.1"],["iXdObmOdRJk","X","202402","1"]"#),
        "{redacted}"
    );
    assert!(redacted.contains(r#"{"name":"w75KJ2mc4zz","column":"Xxxxx xxxx"}"#), "{redacted}");
    assert!(json("analytics", &[], r#"{"rows":[["iXdObmOdRJk"]]}"#).contains("xXxXxxXxXXx"), "no column is named");
}

#[test]
fn a_message_keeps_its_words_and_the_ids_that_were_asked_for() {
    let body = r#"{"httpStatus":"Conflict","httpStatusCode":409,"errorCode":"E1003","message":"User is not allowed to view org unit: `KdK92fYEfTw`, says \"Anna\" (E1003)"}"#;
    let redacted = json("dataValueSets", &[("orgUnit", "KdK92fYEfTw")], body);
    assert!(
        redacted
            .ends_with(r#""message":"User is not allowed to view org unit: `KdK92fYEfTw`, xxxx \"Xxxx\" (E1003)"}"#),
        "{redacted}"
    );
    assert!(
        !json("dataValueSets", &[], body).contains("KdK92fYEfTw"),
        "of an id that nobody asked for nothing is known"
    );
}

#[test]
fn of_a_filter_the_value_is_masked_unless_it_is_an_id_of_metadata() {
    for (path, name, value, shown) in [
        ("tracker/trackedEntities", "filter", "w75KJ2mc4zz:eq:Anna 7", "w75KJ2mc4zz:eq:Xxxx 1"),
        ("tracker/trackedEntities", "query", "LIKE:Anna", "XXXX:Xxxx"),
        ("organisationUnits", "filter", "id:in:[KdK92fYEfTw,fdiB65j1eR5]", "id:in:[KdK92fYEfTw,fdiB65j1eR5]"),
        ("organisationUnits", "filter", "parent.id:eq:KdK92fYEfTw", "parent.id:eq:KdK92fYEfTw"),
        ("organisationUnits", "filter", "level:eq:1", "level:eq:1"),
        ("programs", "filter", "name:ilike:HIV", "name:ilike:XXX"),
        ("analytics", "dimension", "ou:LEVEL-2;KdK92fYEfTw", "ou:LEVEL-2;KdK92fYEfTw"),
        ("analytics/events/query/T4KUa2dgu2M", "dimension", "w75KJ2mc4zz:EQ:Anna", "x11XX1xx1xx:XX:Xxxx"),
        ("dataValueSets", "lastUpdated", "2024-01-01T00:00:00.000Z", "2024-01-01T00:00:00.000Z"),
        ("dataValueSets", "whatever", "Anna", "Xxxx"),
    ] {
        assert_eq!(param(path, name, value), shown);
    }
    // The ids of accounts are those of persons.
    assert!(!param("users", "filter", "id:eq:M5zQapPyTZI").contains("M5zQapPyTZI"));
}

#[test]
fn a_path_keeps_what_it_asks_and_no_name() {
    let path = |path: &str| Redaction::new().asked(path, &[]).path;
    for same in [
        "me",
        "41/tracker/events.json",
        "system/info",
        "programs/T4KUa2dgu2M",
        "systemSettings/keyAnalysis",
        "analytics.json",
    ] {
        assert_eq!(path(same), same);
    }
    assert_eq!(path("dataStore/Anna Meier/7"), "dataStore/Xxxx Xxxxx/1");
    assert!(!path("users/M5zQapPyTZI").contains("M5zQapPyTZI"));
}

#[test]
fn escapes_stay_escapes_and_what_breaks_off_breaks_off_there() {
    let body = r#"{"a":"n\n\"q\" \u00e9\u0041\u0009\ud83d\ude00\/", "b" : "cut \u00"#;
    let redacted = r#"{"a":"x\n\"x\" \u00e9\u0058\u0009\ud801\udc28\/", "b" : "xxx \u11"#;
    assert_eq!(json("tracker/events", &[], body), redacted);
    let kept: serde_json::Value =
        serde_json::from_str(&(redacted.split(", ").next().unwrap().to_owned() + "}")).unwrap();
    assert_eq!(kept["a"], "x\n\"x\" éX\t\u{10428}/");
    // Twice the same key, an error in the middle of the data, and what is no JSON at all.
    let odd = r#"{"value":"7","value":"Anna","events":[{"event":{"httpStatus":"Conflict","message":"Anna"Anna"#;
    let odd_redacted =
        r#"{"value":"1","value":"Xxxx","events":[{"event":{"httpStatus":"Conflict","message":"Xxxx"Xxxx"#;
    assert_eq!(json("tracker/events", &[], odd), odd_redacted);
}

proptest! {
    /// Whatever a text says, under a key that nobody knows nothing is left of it but its form.
    #[test]
    fn nothing_is_left_of_a_value_but_its_form(text in ".{0,40}", number in any::<f64>().prop_filter("JSON has no others", |n| n.is_finite())) {
        let body = serde_json::json!({"dataElement": "iXdObmOdRJk", "value": text, "new": [number]}).to_string();
        let redacted = json("tracker/events", &[], &body);
        let read: serde_json::Value = serde_json::from_str(&redacted).unwrap();
        prop_assert_eq!(&read["dataElement"], "iXdObmOdRJk");
        prop_assert_eq!(read["value"].as_str().unwrap(), mask(&text));
        prop_assert!(read["new"][0].is_number());
        let says = |sign: char| sign.is_alphanumeric() && !['1', 'x', 'X', 'é', '\u{10428}'].contains(&sign);
        prop_assert!(!mask(&text).contains(says));
        prop_assert_eq!(mask(&text).chars().count(), text.chars().count());
    }

    /// Whatever a server sends, this comes to an end.
    #[test]
    fn any_text_comes_out_as_long_as_it_went_in(text in "[\\[\\]{}\",:\\\\a-c0-2 \\n]{0,80}") {
        let redacted = json("tracker/events", &[], &text);
        prop_assert_eq!(redacted.chars().count(), text.chars().count());
    }
}
