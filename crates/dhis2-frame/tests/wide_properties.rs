//! Whatever a long frame holds is in the wide one, or in its report.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use dhis2_api::ValueType;
use dhis2_frame::NaiveDatetimeColumn;
use dhis2_frame::wide::{Item, ItemCells, Long, NameBy, OptionsAs, Stage, WideOptions, WideTable, by_enrollment, wide};
use polars::prelude::{AnyValue, DataFrame, df};
use proptest::prelude::*;

/// Value types in turn, the last of which the list of items leaves out.
const KINDS: [&str; 9] =
    ["INTEGER", "NUMBER", "BOOLEAN", "DATE", "DATETIME", "TEXT", "COORDINATE", "MULTI_TEXT", "unknown"];

fn items() -> Vec<Item> {
    let labels = ["a", "b"].map(|code| (code.to_owned(), code.to_uppercase()));
    let options = Some(Arc::new(HashMap::from(labels)));
    let item = |kind: &&str| Item {
        id: (*kind).to_owned(),
        code: None,
        name: None,
        value_type: ValueType::of(kind),
        options: if *kind == "MULTI_TEXT" { options.clone() } else { None },
    };
    KINDS[..8].iter().map(item).collect()
}

/// A value in the form in which a cell of the type is shown below.
fn well_formed(kind: usize) -> BoxedStrategy<String> {
    match KINDS[kind] {
        "INTEGER" => any::<i64>().prop_map(|number| number.to_string()).boxed(),
        "NUMBER" => (-1e9_f64..1e9).prop_map(|number| format!("{number:?}")).boxed(),
        "BOOLEAN" => any::<bool>().prop_map(|truth| truth.to_string()).boxed(),
        "DATE" => (0..30_000_i64).prop_map(|days| day(days * 86_400_000)).boxed(),
        "DATETIME" => (0..2_000_000_000_000_i64).prop_map(|ms| format!("{}T{}", day(ms), time(ms))).boxed(),
        "COORDINATE" => (-180_f64..180.0, -90_f64..90.0).prop_map(|(x, y)| format!("[{x:?},{y:?}]")).boxed(),
        "MULTI_TEXT" => prop::sample::select(vec!["a", "b", "a,b"]).prop_map(str::to_owned).boxed(),
        _ => "\\PC{0,20}".boxed(),
    }
}

fn day(ms: i64) -> String {
    chrono::DateTime::from_timestamp_millis(ms).unwrap().format("%Y-%m-%d").to_string()
}

fn time(ms: i64) -> String {
    chrono::DateTime::from_timestamp_millis(ms).unwrap().format("%H:%M:%S%.3f").to_string()
}

/// Objects, kinds and values: each pair of object and kind once, in any order.
fn cells(any_text: bool) -> impl Strategy<Value = Vec<(u8, usize, String)>> {
    let value = move |kind: usize| {
        if any_text { prop_oneof![well_formed(kind), "\\PC{0,8}"].boxed() } else { well_formed(kind) }
    };
    let cell = (0..12_u8, 0..KINDS.len()).prop_flat_map(move |(object, kind)| (Just(object), Just(kind), value(kind)));
    prop::collection::vec(cell, 0..60).prop_map(|cells| {
        let mut seen = BTreeSet::new();
        cells.into_iter().filter(|(object, kind, _)| seen.insert((*object, *kind))).collect()
    })
}

fn long(cells: &[(u8, usize, String)]) -> DataFrame {
    df![
        "event_id" => cells.iter().map(|cell| format!("e{}", cell.0)).collect::<Vec<_>>(),
        "data_element_id" => cells.iter().map(|cell| KINDS[cell.1]).collect::<Vec<_>>(),
        "value" => cells.iter().map(|cell| cell.2.as_str()).collect::<Vec<_>>(),
    ]
    .unwrap()
}

/// A cell as the value that it came from.
fn shown(frame: &DataFrame, row: usize, kind: &str, ending: &str) -> Option<String> {
    let cell = |name: String| frame.column(&name).unwrap().get(row).unwrap();
    if kind == "COORDINATE" {
        let [x, y] = ["longitude", "latitude"].map(|part| cell(format!("{kind}{ending}_{part}")));
        return match (x, y) {
            (AnyValue::Float64(x), AnyValue::Float64(y)) => Some(format!("[{x:?},{y:?}]")),
            (AnyValue::Null, AnyValue::Null) => None,
            other => panic!("{other:?}"),
        };
    }
    match cell(format!("{kind}{ending}")) {
        AnyValue::Null => None,
        AnyValue::Float64(number) => Some(format!("{number:?}")),
        AnyValue::Date(days) => Some(day(i64::from(days) * 86_400_000)),
        AnyValue::Datetime(ms, ..) | AnyValue::DatetimeOwned(ms, ..) => Some(format!("{}T{}", day(ms), time(ms))),
        value => Some(value.get_str().map_or_else(|| value.to_string(), str::to_owned)),
    }
}

fn count(cells: &[ItemCells]) -> usize {
    cells.iter().map(|cells| usize::try_from(cells.count).unwrap()).sum()
}

fn long_again(table: &WideTable) -> BTreeMap<(String, &'static str), String> {
    let ids = table.frame.column("event_id").unwrap().str().unwrap();
    let mut cells = BTreeMap::new();
    for (row, id) in ids.iter().enumerate() {
        let has = |kind: &str| table.frame.column(kind).is_ok() || kind == "COORDINATE";
        for kind in KINDS.iter().filter(|kind| has(kind)) {
            if let Some(text) = shown(&table.frame, row, kind, "") {
                cells.insert((id.unwrap().to_owned(), *kind), text);
            }
        }
    }
    cells
}

const BY_ID: WideOptions = WideOptions { name_by: NameBy::Id, options_as: OptionsAs::Code };

/// Events of enrollments in stages: enrollment, stage, time, uid by place, and the value of an integer element.
fn events() -> impl Strategy<Value = Vec<(Option<u8>, u8, Option<i64>, i64)>> {
    let event = (prop::option::weighted(0.9, 0..4_u8), 0..3_u8, prop::option::of(0..5_i64), any::<i64>());
    prop::collection::vec(event, 0..25)
}

proptest! {
    #[test]
    fn wide_and_long_again_are_the_same_cells(cells in cells(false)) {
        let table = wide(&long(&cells), &Long::EVENTS, &items(), BY_ID).unwrap();
        let given: BTreeMap<_, _> =
            cells.iter().map(|(object, kind, value)| ((format!("e{object}"), KINDS[*kind]), value.clone())).collect();
        prop_assert_eq!(long_again(&table), given);
        prop_assert!(table.report.unfit.is_empty() && table.report.repeated.is_empty());
        let unknown = usize::from(cells.iter().any(|cell| KINDS[cell.1] == "unknown"));
        // The uid, eight kinds of which one has two columns, and what is unknown.
        prop_assert_eq!(table.frame.width(), 1 + 8 + 1 + unknown);
        prop_assert_eq!(table.report.unknown_items.len(), unknown);
        let objects: BTreeSet<u8> = cells.iter().map(|cell| cell.0).collect();
        prop_assert_eq!(table.frame.height(), objects.len());
        let mut in_order = Vec::new();
        for id in cells.iter().map(|cell| format!("e{}", cell.0)) {
            if !in_order.contains(&id) {
                in_order.push(id);
            }
        }
        let ids: Vec<&str> = table.frame.column("event_id").unwrap().str().unwrap().iter().flatten().collect();
        prop_assert_eq!(ids, in_order);
    }

    #[test]
    fn every_value_is_a_cell_or_reported(cells in cells(true), label: bool) {
        let options_as = if label { OptionsAs::Label } else { OptionsAs::Code };
        let frame = long(&cells);
        let table = wide(&frame, &Long::EVENTS, &items(), WideOptions { options_as, ..BY_ID }).unwrap();
        prop_assert_eq!(long_again(&table).len() + count(&table.report.unfit), cells.len());
        for unfit in &table.report.unfit {
            for object in &unfit.objects {
                let given = |cell: &&(u8, usize, String)| &format!("e{}", cell.0) == object && KINDS[cell.1] == unfit.item_id;
                prop_assert_eq!(cells.iter().filter(given).count(), 1);
            }
        }
        // The same rows twice: nothing changes, since equal values do not stand in each other's way.
        let twice = wide(&frame.vstack(&frame).unwrap(), &Long::EVENTS, &items(), WideOptions { options_as, ..BY_ID }).unwrap();
        prop_assert!(twice.frame.equals_missing(&table.frame));
        prop_assert_eq!(&twice.report, &table.report);
    }

    #[test]
    fn every_event_of_an_enrollment_has_its_place(events in events()) {
        let id = |event: usize| format!("e{:02}", (event * 7) % 32);
        let mut frame = df![
            "enrollment_id" => events.iter().map(|event| event.0.map(|id| format!("n{id}"))).collect::<Vec<_>>(),
            "event_id" => (0..events.len()).map(id).collect::<Vec<_>>(),
            "program_stage_id" => events.iter().map(|event| format!("s{}", event.1)).collect::<Vec<_>>(),
            "data_element_id" => vec!["x"; events.len()],
            "value" => events.iter().map(|event| event.3.to_string()).collect::<Vec<_>>(),
        ]
        .unwrap();
        let mut occurred = NaiveDatetimeColumn::default();
        for event in &events {
            occurred.push_opt(event.2);
        }
        frame.with_column(occurred.finish("occurred_at")).unwrap();
        // Of three stages one is repeatable, one is not, and one is unknown.
        let item = Item { id: "x".into(), code: None, name: None, value_type: ValueType::Integer, options: None };
        let stage = |id: &str, repeatable| Stage {
            id: id.into(), code: None, name: None, repeatable, items: vec![item.clone()],
        };
        let table = by_enrollment(&frame, &[], &[stage("s0", true), stage("s1", false)], BY_ID).unwrap();

        let mut groups: BTreeMap<(Option<u8>, usize, u8), Vec<usize>> = BTreeMap::new();
        let mut rows: Vec<(Option<u8>, usize)> = Vec::new();
        for (place, event) in events.iter().enumerate() {
            // An event without enrollment is a group of its own.
            let own = if event.0.is_none() { place } else { 0 };
            groups.entry((event.0, own, event.1)).or_default().push(place);
            if !rows.contains(&(event.0, own)) {
                rows.push((event.0, own));
            }
        }
        prop_assert_eq!(table.frame.height(), rows.len());
        let mut found = 0;
        let mut more = 0;
        for ((enrollment, own, stage), mut of_stage) in groups {
            let row = rows.iter().position(|row| *row == (enrollment, own)).unwrap();
            of_stage.sort_by_key(|event| (events[*event].2.is_none(), events[*event].2, id(*event)));
            for (place, event) in of_stage.iter().enumerate() {
                let ending = if stage == 1 && place == 0 { String::new() } else { format!("_{}", place + 1) };
                more += usize::from(stage == 1 && place > 0);
                let cell = |name: &str| table.frame.column(name).unwrap().get(row).unwrap();
                let uid = id(*event);
                prop_assert_eq!(cell(&format!("s{stage}{ending}_event_id")), AnyValue::String(&uid));
                let time = events[*event].2.map_or(AnyValue::Null, |ms| {
                    AnyValue::Datetime(ms, polars::prelude::TimeUnit::Milliseconds, None)
                });
                prop_assert_eq!(cell(&format!("s{stage}{ending}_occurred_at")), time);
                // The element is in several stages, so its columns say in which.
                let value = cell(&format!("s{stage}_x{ending}")).to_string();
                prop_assert_eq!(value.trim_matches('"'), events[*event].3.to_string());
                found += 1;
            }
        }
        prop_assert_eq!(found, events.len());
        prop_assert_eq!(table.report.more_events.iter().map(|stage| stage.events.len()).sum::<usize>(), more);
        // No cell beside those that were looked at.
        let filled: usize = table
            .frame
            .columns()
            .iter()
            .filter(|column| column.name().ends_with("_event_id"))
            .map(|column| column.len() - column.null_count())
            .sum();
        prop_assert_eq!(filled, events.len());
    }
}
