//! The quick reader and `serde_json` find the same in every answer, whole, in pieces and in parts.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::test_runner::FileFailurePersistence;
use serde::de::{DeserializeOwned, Error, IgnoredAny, MapAccess};
use serde_json::Value;

use super::list::ListWalk;
use super::parts::in_parts;
use super::scanner::Scanner;
use super::*;
use crate::Cell;

/// Keeps all that it reads, in the types that flatteners use.
#[derive(Debug, Default, PartialEq)]
struct Everything {
    objects: Vec<BTreeMap<String, Value>>,
    beside: Vec<(String, String)>,
}

impl ReadObject for Everything {
    const EXPECTED: &'static str = "an event";

    fn read<'de, A: MapAccess<'de>>(&mut self, mut object: A) -> Result<(), A::Error> {
        let mut fields = BTreeMap::new();
        while let Some((key, value)) = object.next_entry::<String, Value>()? {
            if key == "refused" {
                return Err(A::Error::missing_field("event"));
            }
            fields.insert(key, value);
        }
        self.objects.push(fields);
        Ok(())
    }
}

impl ReadList for Everything {
    fn list(&self) -> &'static str {
        "events"
    }

    fn field(&mut self, key: &str, value: &str) -> Result<(), serde_json::Error> {
        let read: Value = serde_json::from_str(value)?;
        self.beside.push((key.to_owned(), read.to_string()));
        Ok(())
    }

    fn failure(&mut self) -> Option<FrameError> {
        None
    }
}

crate::fields! {
    /// Fields of every length, some of which begin alike.
    enum Field { Event = "event", OrgUnit = "orgUnit", Value = "value", DataValues = "dataValues", Values = "values", Raw = "raw" }
}

/// Keeps fields by the types and lists that flatteners use.
#[derive(Debug, Default, PartialEq)]
struct Typed(Vec<TypedObject>);

#[derive(Debug, PartialEq)]
struct TypedObject {
    cells: Vec<Option<String>>,
    flag: Option<bool>,
    values: Vec<(Option<String>, u32)>,
    raw: Option<String>,
}

#[derive(Default)]
struct Small(Vec<(Option<String>, u32)>);

impl ReadObject for Small {
    const EXPECTED: &'static str = "a data value";

    fn read<'de, A: MapAccess<'de>>(&mut self, mut fields: A) -> Result<(), A::Error> {
        let (mut text, mut number) = (Cell::default(), 0);
        while let Some(field) = next_field(&mut fields)? {
            match field {
                Field::Value => text = fields.next_value::<Cell<'de>>()?,
                Field::Event => number = fields.next_value()?,
                _ => drop(fields.next_value::<IgnoredAny>()?),
            }
        }
        self.0.push((text.text().map(str::to_owned), number));
        Ok(())
    }
}

impl ReadObject for Typed {
    const EXPECTED: &'static str = "an event";

    fn read<'de, A: MapAccess<'de>>(&mut self, mut object: A) -> Result<(), A::Error> {
        let mut cells: [Cell<'de>; 3] = Default::default();
        let (mut flag, mut values, mut raw) = (None, Small::default(), None);
        while let Some(field) = next_field(&mut object)? {
            match field {
                Field::Event | Field::OrgUnit | Field::Value => cells[field as usize] = object.next_value()?,
                Field::Values => flag = object.next_value()?,
                Field::DataValues => {
                    values = Small::default();
                    let count = object.next_value_seed(EachObject(&mut values))?;
                    assert_eq!(count, values.0.len());
                }
                Field::Raw => raw = object.next_value::<Option<RawJson<'de>>>()?.map(|raw| raw.text().to_owned()),
                Field::Other => drop(object.next_value::<IgnoredAny>()?),
            }
        }
        let owned = |cell: &Cell<'_>| cell.text().map(str::to_owned);
        let cells = cells.iter().map(owned).collect();
        self.0.push(TypedObject { cells, flag, values: values.0, raw });
        Ok(())
    }
}

impl ReadList for Typed {
    fn list(&self) -> &'static str {
        "events"
    }

    fn field(&mut self, _key: &str, value: &str) -> Result<(), serde_json::Error> {
        serde_json::from_str::<IgnoredAny>(value).map(drop)
    }

    fn failure(&mut self) -> Option<FrameError> {
        None
    }
}

fn whole(body: &str, quick: bool) -> Result<Everything, String> {
    ListWalk::new(Everything::default(), quick).read_to_end(body, 0).map_err(|error| error.to_string())
}

/// As `serde_json` reads the whole, without anything of ours.
fn by_serde(body: &str) -> Option<Everything> {
    let whole: serde_json::Map<String, Value> = serde_json::from_str(body).ok()?;
    let objects = whole.get("events")?.as_array()?;
    let objects: Option<Vec<BTreeMap<String, Value>>> = objects
        .iter()
        .map(|object| Some(object.as_object()?.iter().map(|(key, value)| (key.clone(), value.clone())).collect()))
        .collect();
    let objects = objects?;
    let beside = whole.into_iter().filter(|(key, _)| key != "events").map(|(key, value)| (key, value.to_string()));
    (!objects.iter().any(|fields| fields.contains_key("refused")))
        .then(|| Everything { objects, beside: beside.collect() })
}

fn in_pieces(body: &[u8], lengths: &[usize]) -> Result<Everything, String> {
    let mut reader = ListReader::new(Everything::default());
    let mut rest = body;
    for length in lengths.iter().cycle() {
        if rest.is_empty() {
            break;
        }
        let (piece, behind) = rest.split_at((*length).min(rest.len()));
        reader.piece(piece).map_err(|error| error.to_string())?;
        rest = behind;
    }
    reader.finish().map_err(|error| error.to_string())
}

/// What the parts found, one after the other.
fn parted(body: &str, parts: usize) -> Option<Everything> {
    let mut readers = in_parts(body, parts, true, &|_| Everything::default())?;
    let last = readers.last_mut().map(|last| std::mem::take(&mut last.beside))?;
    let objects = readers.into_iter().flat_map(|reader| reader.objects).collect();
    Some(Everything { objects, beside: last })
}

fn check(body: &str, lengths: &[usize]) {
    let quick = whole(body, true);
    let slow = whole(body, false);
    assert_eq!(quick, slow, "{body}");
    // Of a key that comes twice serde_json keeps one, and its maps are sorted: where it reads, we read no less.
    if let Some(serde) = by_serde(body) {
        let ours = quick.as_ref().unwrap_or_else(|error| panic!("{error}: {body}"));
        assert!(ours.objects.len() >= serde.objects.len(), "{body}");
    }
    let pieces = in_pieces(body.as_bytes(), lengths);
    assert_eq!(pieces.as_ref().ok(), quick.as_ref().ok(), "{body}");
    assert_eq!(pieces.is_err(), quick.is_err(), "{body}");
    for parts in 2..5 {
        if let Some(parts) = parted(body, parts) {
            assert_eq!(Some(&parts), quick.as_ref().ok(), "{body}");
        }
    }
}

/// A JSON text of any text: as servers escape, or with every escape there is.
fn text() -> impl Strategy<Value = String> {
    let plain = "[ -~éñ😀\n\t\"\\\\]{0,14}".prop_map(|text| Value::String(text).to_string());
    let odd = prop::sample::select(vec![
        r#""\u00e9""#,
        r#""\uD83D\uDC76""#,
        r#""\/\b\f\r""#,
        r#""\\""#,
        r#""\\\"""#,
        r#""a\\\\""#,
        r#""},{\"event\":""#,
        r#""""#,
        r#""12345678""#,
        r#""1234567\"""#,
    ]);
    prop_oneof![3 => plain, 1 => odd.prop_map(str::to_owned)]
}

/// Some are no JSON at all.
fn value() -> impl Strategy<Value = String> {
    let odd = prop::sample::select(vec![
        "null",
        "true",
        "false",
        "0",
        "-1",
        "1.5e3",
        "17",
        "18446744073709551616",
        "-0",
        "1E400",
        "[]",
        "{}",
        "[ ]",
        "nul",
        "tru e",
        "01",
        "+1",
        "1-2",
        "-",
        ".5",
        r#""\x""#,
        r#""\uD83D""#,
        "\"a\nb\"",
        "[1,]",
        "{,}",
        "[}",
        "",
    ]);
    let leaf = prop_oneof![4 => text(), 2 => odd.prop_map(str::to_owned)];
    leaf.prop_recursive(3, 12, 4, |inner| {
        let list = prop::collection::vec(inner.clone(), 0..4).prop_map(|items| format!("[{}]", items.join(", ")));
        prop_oneof![list, object_of(inner)]
    })
}

fn object_of(values: impl Strategy<Value = String>) -> impl Strategy<Value = String> {
    let key = prop_oneof![
        4 => prop::sample::select(vec!["\"event\"", "\"orgUnit\"", "\"value\"", "\"dataValues\"", "\"refused\""])
            .prop_map(str::to_owned),
        1 => text(),
    ];
    let space = prop::sample::select(vec!["", "", "", " ", "\n\t"]);
    prop::collection::vec((key, values), 0..5).prop_flat_map(move |fields| (Just(fields), space.clone())).prop_map(
        |(fields, space)| {
            let fields: Vec<String> =
                fields.iter().map(|(key, value)| format!("{key}{space}:{space}{value}")).collect();
            format!("{{{space}{}{space}}}", fields.join(&format!("{space},{space}")))
        },
    )
}

/// An object of the fields that [`Typed`] wants, mostly of the right types.
fn typed() -> impl Strategy<Value = String> {
    let small = (text(), 0..9_u32, any::<bool>()).prop_map(|(value, event, first)| {
        let (one, other) = (format!("\"value\":{value}"), format!("\"event\":{event}"));
        if first { format!("{{{one},{other}}}") } else { format!("{{{other} , \"valu\":1,{one}}}") }
    });
    let field = prop_oneof![
        (
            prop::sample::select(vec!["event", "orgUnit", "value", "e\\u0076ent", "eventt", "valu"]),
            prop_oneof![6 => text(), 1 => value()]
        )
            .prop_map(|(key, value)| format!("\"{key}\":{value}")),
        prop::sample::select(vec!["\"values\":true", "\"values\" :false", "\"values\":null", "\"values\":1"])
            .prop_map(str::to_owned),
        prop::collection::vec(small, 0..4).prop_map(|list| format!("\"dataValues\":[{}]", list.join(","))),
        value().prop_map(|value| format!("\"raw\":{value}")),
    ];
    prop::collection::vec(field, 0..7).prop_map(|fields| format!("{{{}}}", fields.join(",")))
}

fn answer() -> impl Strategy<Value = String> {
    let object = prop_oneof![9 => object_of(value()), 1 => value()];
    let uniform = prop::collection::vec(text(), 0..12).prop_map(|values| {
        values.iter().map(|value| format!(r#"{{"event":"A1G2w687SWR","value":{value}}}"#)).collect::<Vec<_>>()
    });
    let objects = prop_oneof![prop::collection::vec(object, 0..6), uniform];
    let beside = || prop::collection::vec(object_of(value()), 0..2);
    (beside(), objects, beside(), prop::sample::select(vec!["", "", "", "", " ", "x", "}"])).prop_map(
        |(before, objects, behind, end)| {
            let before: Vec<String> = before.iter().map(|value| format!("\"pager\":{value},")).collect();
            let behind: Vec<String> = behind.iter().map(|value| format!(",\"page\":{value}")).collect();
            let (before, behind) = (before.concat(), behind.concat());
            format!("{{{before}\"events\":[{}]{behind}}}{end}", objects.join(","))
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: Some(Box::new(FileFailurePersistence::Off)), ..ProptestConfig::default()
    })]

    #[test]
    fn every_way_of_reading_finds_the_same(body in answer(), lengths in prop::collection::vec(1_usize..40, 1..5)) {
        check(&body, &lengths);
    }

    /// Cut, doubled or changed anywhere.
    #[test]
    fn every_way_of_reading_refuses_the_same(
        body in answer(), at in any::<prop::sample::Index>(), with in "[\\[\\]{}:,\"\\\\0-9a-z \u{0}]{0,2}", cut in 0_usize..4,
    ) {
        let places: Vec<usize> = body.char_indices().map(|(place, _)| place).collect();
        let from = *at.get(&places);
        let to = places.iter().copied().find(|place| *place >= from + cut).unwrap_or(body.len());
        check(&format!("{}{with}{}", &body[..from], &body[to..]), &[7]);
        check(&body[..from], &[3]);
    }

    #[test]
    fn fields_are_told_apart_as_serde_json_does_it(objects in prop::collection::vec(typed(), 0..5)) {
        let body = format!("{{\"events\":[{}]}}", objects.join(","));
        let read = |quick| ListWalk::new(Typed::default(), quick).read_to_end(&body, 0).map_err(|error| error.to_string());
        prop_assert_eq!(read(true), read(false));
    }

    /// Any single value, as any type.
    #[test]
    fn a_value_is_read_as_serde_json_reads_it(value in value()) {
        fn same<T: DeserializeOwned + PartialEq + std::fmt::Debug>(value: &str) {
            let mut scanner = Scanner::new(value, 0);
            if let Ok(quick) = T::deserialize(&mut scanner) {
                assert_eq!(scanner.at(), value.len(), "{value}");
                assert_eq!(Some(quick), serde_json::from_str(value).ok(), "{value}");
            }
        }
        same::<Value>(&value);
        same::<Option<String>>(&value);
        same::<bool>(&value);
        same::<u32>(&value);
        same::<f64>(&value);
        same::<Vec<Option<Value>>>(&value);
        same::<(Value, Value)>(&value);
        let raw = <RawJson<'_> as serde::Deserialize>::deserialize(&mut Scanner::new(&value, 0));
        let slow = serde_json::from_str::<RawJson<'_>>(&value);
        if let Ok(raw) = raw {
            assert_eq!(Some(raw.text()), slow.ok().map(RawJson::text), "{value}");
        }
    }
}

#[test]
fn a_large_answer_is_read_in_parts_and_a_nested_object_is_no_part() {
    let object = r#"{"event":"A1G2w687SWR","notes":[{"event":"no"},{"event":"no"}],"value":",{\"event\":"}"#;
    let plain = r#"{"event":"A1G2w687SWR","value":",{\"event\":"}"#;
    let body = |object: &str| format!("{{\"page\":1,\"events\":[{}],\"total\":9}}", [object; 9].join(","));
    let parts = in_parts(&body(plain), 3, true, &|_| Everything::default()).unwrap();
    assert_eq!(parts.iter().map(|part| part.objects.len()).sum::<usize>(), 9);
    assert_eq!(parts.len(), 3);
    assert_eq!(parts[2].beside.len(), 2);
    // Where the guess was wrong, there is nothing; then one reader reads it all.
    for parts in 2..9 {
        if let Some(parts) = parted(&body(object), parts) {
            assert_eq!(Ok(parts), whole(&body(object), false));
        }
    }
}

#[test]
fn an_object_longer_than_many_pieces_is_read() {
    let body = format!(r#"{{"events":[{{"value":"{}"}},{{"value":"😀"}}]}}"#, "é".repeat(5_000));
    let read = in_pieces(body.as_bytes(), &[1, 5]).unwrap();
    assert_eq!(read.objects.len(), 2);
    assert_eq!(Ok(read), whole(&body, true));
}

#[test]
fn what_is_wrong_has_a_place() {
    for (body, message) in [
        ("", "at byte 0: the answer ends before its end"),
        ("[]", "at byte 0: an object is expected"),
        (r#"{"pager":{}}"#, "at byte 11: missing field `events`"),
        (r#"{"events":null}"#, "at byte 10: expected a list, each item an event"),
        (r#"{"events":[{"event":1},{"event":tru}]}"#, "at byte 35, in events[1]: expected ident"),
        (r#"{"events":[{"event":1},7]}"#, "at byte 23, in events[1]: invalid type: integer, expected an event"),
        (r#"{"events":[{"refused":1}]}"#, "at byte 23, in events[0]: missing field `event`"),
        (r#"{"events":[{"event":{"a":[1,2"#, "at byte 28, in events[0].event.a[1]: EOF while parsing a list"),
        (r#"{"events":[]} x"#, "at byte 14: trailing characters"),
        (r#"{"total":1x,"events":[]}"#, "at byte 10: expected `,` or `}`"),
    ] {
        let error = whole(body, true).unwrap_err();
        assert!(error.ends_with(message), "{body}: {error}");
        assert_eq!(whole(body, false).unwrap_err(), error);
        assert!(in_pieces(body.as_bytes(), &[4]).is_err(), "{body}");
    }
}
