use proptest::prelude::*;

use super::*;
use crate::{DATA_VALUES, RICH_DATA_VALUES};

fn row(fields: &str) -> String {
    format!(r#"{{"dataElement":"Gf88d7Vqakr","categoryOptionCombo":"HllvX50cXC0"{fields}}}"#)
}

const WHOLE: &str = r#","period":"202401","orgUnit":"DaulPqViUvm","attributeOptionCombo":"HllvX50cXC0","value":"1""#;

fn new() -> Flatten<'static> {
    Flatten { fill_shared_fields: true, ..Flatten::default() }
}

fn cells(frame: &DataFrame, column: &str) -> Vec<Option<String>> {
    frame.column(column).unwrap().str().unwrap().iter().map(|cell| cell.map(str::to_owned)).collect()
}

#[allow(clippy::unnecessary_wraps)] // what a column holds
fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

/// peer-bugs section 3: "2.43 hoisted payloads (period, OU, AOC each alone and together) fill every row [O27, PYD, D2W, D2A]".
#[test]
fn fields_hoisted_alone_and_together_fill_every_row_wherever_they_stand() {
    let fields = [
        ("period", "202401", "period"),
        ("orgUnit", "DaulPqViUvm", "organisation_unit_id"),
        ("attributeOptionCombo", "HllvX50cXC0", "attribute_option_combo_id"),
    ];
    for hoisted in 1..8_usize {
        let is_hoisted = |i: usize| hoisted & (1 << i) != 0;
        let mut top = String::new();
        let mut own = String::new();
        for (i, (key, value, _)) in fields.iter().enumerate() {
            let field = format!(r#""{key}":"{value}","#);
            if is_hoisted(i) { top.push_str(&field) } else { own.push_str(&field) }
        }
        let row = format!(r#"{{{own}"dataElement":"Gf88d7Vqakr","categoryOptionCombo":"HllvX50cXC0","value":"1"}}"#);
        let first = format!(r#"{{{top}"dataValues":[{row},{row}]}}"#);
        let last = format!(r#"{{"dataValues":[{row},{row}],{}}}"#, top.trim_end_matches(','));
        for body in [first, last] {
            let (frame, received) = new().body(body.as_bytes()).unwrap();
            assert_eq!(received, 2);
            for (_, value, column) in fields {
                assert_eq!(cells(&frame, column), [some(value), some(value)], "{body}");
            }
        }
    }
}

/// peer-bugs section 4: "On ≤ 2.42 the header's `orgUnit` and `period` must **not** be copied into rows."
#[test]
fn the_header_of_older_servers_says_nothing_of_the_rows() {
    let body = format!(
        r#"{{"dataSet":"x","completeDate":null,"period":"2023","orgUnit":"KdK92fYEfTw","dataValues":[{}]}}"#,
        row(WHOLE)
    );
    let (frame, _) = Flatten::default().body(body.as_bytes()).unwrap();
    assert_eq!(cells(&frame, "organisation_unit_id"), [some("DaulPqViUvm")]);
    assert_eq!(cells(&frame, "period"), [some("202401")]);
    // A row of theirs without a unit is broken, header or not.
    let broken = r#"{"orgUnit":"KdK92fYEfTw","dataValues":[{"dataElement":"Gf88d7Vqakr","categoryOptionCombo":"x","attributeOptionCombo":"x","period":"2023"}]}"#;
    assert!(Flatten::default().body(broken.as_bytes()).is_err());
}

/// peer-bugs section 4: "An **empty body with status 200** (2.40–2.42) is "no access to this unit", never "no values"; no values
/// is `{"dataValues":[]}`."
#[test]
fn no_values_is_an_empty_frame_and_no_body_is_an_error() {
    let (frame, received) = new().body(br#"{"dataValues":[]}"#).unwrap();
    assert_eq!((frame.height(), received), (0, 0));
    DATA_VALUES.check(&frame).unwrap();
    for body in ["", "{}", "[]", "null", r#"{"dataValues":null}"#, r#"{"dataValues":{}}"#, "<html>"] {
        assert!(new().body(body.as_bytes()).is_err(), "{body}");
    }
}

/// peer-bugs section 4: "Characters above U+FFFF arrive as surrogate escapes (`\uD83D\uDC76`) or raw, depending on version and
/// endpoint."
#[test]
fn escapes_and_raw_characters_are_the_same_text() {
    let body = format!(
        r#"{{"dataValues":[{},{}]}}"#,
        row(&WHOLE.replace(r#""value":"1""#, r#""value":"\uD83D\uDC76 \"x\"\\\n\t""#)),
        row(&WHOLE.replace(r#""value":"1""#, "\"value\":\"👶 \\\"x\\\"\\\\\\n\\t\"")),
    );
    let (frame, _) = new().body(body.as_bytes()).unwrap();
    assert_eq!(cells(&frame, "value"), [some("👶 \"x\"\\\n\t"), some("👶 \"x\"\\\n\t")]);
}

#[test]
fn a_value_may_be_null_absent_empty_or_a_number() {
    let of = |value: &str| row(&WHOLE.replace(r#","value":"1""#, value));
    let body = format!(
        r#"{{"dataValues":[{},{},{},{},{}]}}"#,
        of(r#","value":null"#),
        of(""),
        of(r#","value":"""#),
        of(r#","value":17"#),
        of(r#","value":true"#)
    );
    let (frame, _) = new().body(body.as_bytes()).unwrap();
    assert_eq!(cells(&frame, "value"), [None, None, some(""), some("17"), some("true")]);
}

/// peer-bugs section 3: "Datetimes: `Z`, `+0000`, `+0100`, none, with and without milliseconds, date only [O33]".
#[test]
fn times_in_every_form_are_read_and_others_are_errors_that_hold_no_value() {
    let body = |time: &str| format!(r#"{{"dataValues":[{}]}}"#, row(&format!(r#"{WHOLE},"created":"{time}""#)));
    let nepal = Flatten { zone: ServerZone::parse("Asia/Kathmandu").unwrap(), ..new() };
    for time in [
        "2024-01-15T12:00:00.000+0000",
        "2024-01-15T12:00:00Z",
        "2024-01-15T13:00:00+0100",
        "2024-01-15T17:45:00.000",
        "2024-01-15T17:45:00",
    ] {
        let (frame, _) = nepal.body(body(time).as_bytes()).unwrap();
        let created = frame.column("created").unwrap().to_physical_repr();
        assert_eq!(created.i64().unwrap().get(0), Some(1_705_320_000_000), "{time}");
    }
    let error = nepal.body(body("last tuesday").as_bytes()).unwrap_err();
    assert!(matches!(error, FrameError::BadTimestamp { column: "created", row: 0 }), "{error}");
    assert!(!error.to_string().contains("tuesday"));
}

#[test]
fn rows_before_the_time_asked_for_are_left_out_but_counted() {
    let at = |time: &str| row(&format!(r#"{WHOLE},"lastUpdated":"{time}""#));
    let body = format!(
        r#"{{"dataValues":[{},{},{}]}}"#,
        at("2024-01-15T11:59:59.999+0000"),
        at("2024-01-15T12:00:00.000+0000"),
        at("2024-01-15T12:00:00.001+0000")
    );
    let since = Some(Instant::parse("2024-01-15T12:00:00Z").unwrap());
    let (frame, received) = Flatten { since, ..new() }.body(body.as_bytes()).unwrap();
    assert_eq!((frame.height(), received), (2, 3));
}

#[test]
fn a_row_that_lacks_what_tells_it_from_others_is_an_error_with_its_place() {
    let body = format!(r#"{{"dataValues":[{},{{"period":"202401"}}]}}"#, row(WHOLE));
    let error = new().body(body.as_bytes()).unwrap_err().to_string();
    assert!(error.contains("dataElement") && error.contains("dataValues[1]"), "{error}");
}

#[test]
fn rich_columns_say_the_same_whether_a_version_writes_nulls_or_leaves_them_out() {
    let body = |rows: [&str; 3]| {
        format!(r#"{{"dataValues":[{}]}}"#, rows.map(|fields| row(&format!("{WHOLE}{fields}"))).join(","))
    };
    let older = body([
        r#","storedBy":"anna","comment":null,"followup":false"#,
        r#","storedBy":null,"comment":"seen 👶","followup":true"#,
        r#","storedBy":"anna","comment":null,"followup":false,"deleted":true"#,
    ]);
    let newer = body([
        r#","storedBy":"anna""#,
        r#","comment":"seen 👶","followup":true"#,
        r#","storedBy":"anna","deleted":true"#,
    ]);
    for body in [older, newer] {
        let (frame, _) = Flatten { columns: DataValueColumns::Rich, ..new() }.body(body.as_bytes()).unwrap();
        RICH_DATA_VALUES.check(&frame).unwrap();
        assert_eq!(cells(&frame, "stored_by"), [some("anna"), None, some("anna")]);
        assert_eq!(cells(&frame, "comment"), [None, some("seen 👶"), None]);
        let flags = |column: &str| frame.column(column).unwrap().bool().unwrap().iter().collect::<Vec<_>>();
        assert_eq!(flags("followup"), [Some(false), Some(true), Some(false)]);
        assert_eq!(flags("deleted"), [Some(false), Some(false), Some(true)]);
    }
}

/// peer-bugs section 4: "`attributeOptionCombo` that does not exist: ≤ 2.42 drops the filter and returns **everything**."
#[test]
fn rows_of_other_attribute_option_combos_are_left_out_but_counted() {
    let body = format!(r#"{{"dataValues":[{},{}]}}"#, row(WHOLE), row(&WHOLE.replace("HllvX50cXC0", "AW50XgLkngQ")));
    let only = [Uid::parse("AW50XgLkngQ").unwrap()];
    let (frame, received) = Flatten { only_attribute_option_combos: &only, ..new() }.body(body.as_bytes()).unwrap();
    assert_eq!((cells(&frame, "attribute_option_combo_id"), received), (vec![some("AW50XgLkngQ")], 2));
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(body in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = new().body(&body);
    }

    /// Field order, unknown fields, nesting and white space change nothing; a cut body is never an answer.
    #[test]
    fn any_order_and_any_unknown_field_give_the_same_row(order in Just((0..9).collect::<Vec<usize>>()).prop_shuffle(), cut in 1..60_usize) {
        let fields = [
            r#""dataElement":"Gf88d7Vqakr""#, r#""period" : "202401""#, r#""orgUnit":"DaulPqViUvm""#, r#""categoryOptionCombo":"cHllvX50cXC""#,
            r#""attributeOptionCombo":"HllvX50cXC0""#, r#""value":"7""#, r#""x":{"y":[1,{"dataElement":"no"}]}"#, r#""comment":null"#, r#""followup":false"#,
        ];
        let row = order.iter().map(|i| fields[*i]).collect::<Vec<_>>().join(", ");
        let body = format!("{{\"dataValues\": [ {{{row}}} ] }}");
        let (frame, _) = Flatten::default().body(body.as_bytes()).unwrap();
        let texts: Vec<_> = ["data_element_id", "period", "organisation_unit_id", "category_option_combo_id", "attribute_option_combo_id", "value"]
            .iter().map(|column| cells(&frame, column).remove(0).unwrap()).collect();
        prop_assert_eq!(texts, ["Gf88d7Vqakr", "202401", "DaulPqViUvm", "cHllvX50cXC", "HllvX50cXC0", "7"]);
        prop_assert!(Flatten::default().body(&body.as_bytes()[..body.len() - cut]).is_err());
    }
}
