//! Imports into a recorded country: what the report says of each row, against what the server holds afterwards.

use std::collections::{BTreeMap, BTreeSet};

use dhis2::polars::df;
use dhis2::polars::prelude::DataFrame;
use dhis2::{ImportOptions, ImportStrategy};
use dhis2_simulator::{Faults, RunningSimulator};
use dhis2_tests::country::Value;
use dhis2_tests::served::{RUNTIME, Served, superuser};

const MONTHLY: &str = "pPqq629bfL1";
const NOWHERE: &str = "AAAAAAAAAAA";

on_every_line!(what_the_report_says_of_each_row_is_what_the_server_holds,);

/// Element, period, unit, category and attribute option combo.
type Key = [String; 5];

/// Value, comment and follow-up mark.
type Held = (Option<String>, Option<String>, bool);

/// What a server holds, without deleted values.
fn held(simulator: &RunningSimulator) -> BTreeMap<Key, Held> {
    let values = simulator.data_values();
    let live = values.iter().filter(|row| !row.deleted).map(|row| {
        let period = row.period.id();
        let combos = [row.category_option_combo, row.attribute_option_combo];
        let key = [row.data_element, &period, row.organisation_unit, combos[0], combos[1]].map(str::to_owned);
        (key, (row.value.map(str::to_owned), row.comment.map(str::to_owned), row.followup))
    });
    live.collect()
}

fn key(value: &Value) -> Key {
    let combos = [&value.category_option_combo, &value.attribute_option_combo];
    [&value.element, &value.period.id(), &value.unit, combos[0], combos[1]].map(String::clone)
}

/// Values of the monthly data set that are whole numbers, deleted ones too.
fn whole_numbers(served: &Served) -> Vec<&Value> {
    let is_whole = |element: &str| {
        let of = served.exported("dataElements").iter().find(|other| other["id"] == element);
        of.is_some_and(|element| element["valueType"] == "INTEGER_ZERO_OR_POSITIVE")
    };
    let elements: Vec<&String> = served.country.data_sets[MONTHLY].iter().filter(|id| is_whole(id)).collect();
    served.country.values.iter().filter(|value| elements.contains(&&value.element)).collect()
}

/// Rows to import, each with whether something is wrong with it.
fn rows(served: &Served) -> Vec<(Key, Option<String>, bool)> {
    let values = whole_numbers(served);
    let there: BTreeSet<Key> = values.iter().map(|value| key(value)).collect();
    let mut rows: Vec<(Key, Option<String>, bool)> = Vec::new();
    let some = values.iter().step_by(7).take(300).chain(values.iter().filter(|value| value.deleted).take(40));
    for (number, value) in some.enumerate() {
        let [element, period, unit, combo, attribute] = key(value);
        let text = value.value.clone().unwrap_or_default();
        let more = (text.parse::<i64>().unwrap_or(0) + 1).to_string();
        rows.push(match number % 12 {
            0 => ([NOWHERE.to_owned(), period, unit, combo, attribute], Some(text), true),
            1 => ([element, "202413".to_owned(), unit, combo, attribute], Some(text), true),
            2 => ([element, period, NOWHERE.to_owned(), combo, attribute], Some(text), true),
            3 => ([element, period, unit, "nowhere".to_owned(), attribute], Some(text), true),
            4..8 => ([element, period, unit, combo, attribute], Some(text), text_is_missing(value)),
            _ => ([element, period, unit, combo, attribute], Some(more), false),
        });
    }
    // What nobody has reported, of units that report.
    let months: BTreeSet<String> = values.iter().map(|value| value.period.id()).collect();
    let absent = values.iter().flat_map(|value| {
        let [element, _, unit, combo, attribute] = key(value);
        months.iter().map(move |month| [element.clone(), month.clone(), unit.clone(), combo.clone(), attribute.clone()])
    });
    let absent: BTreeSet<Key> = absent.filter(|key| !there.contains(key)).take(5_000).collect();
    rows.extend(absent.into_iter().take(60).map(|key| (key, Some("4".to_owned()), false)));
    let mut seen = BTreeSet::new();
    rows.retain(|(key, ..)| seen.insert(key.clone()));
    rows
}

fn text_is_missing(value: &Value) -> bool {
    value.value.is_none()
}

fn frame(rows: &[(Key, Option<String>, bool)]) -> DataFrame {
    let column = |at: usize| rows.iter().map(|(key, ..)| key[at].as_str()).collect::<Vec<_>>();
    df!(
        "data_element_id" => column(0),
        "period" => column(1),
        "organisation_unit_id" => column(2),
        "category_option_combo_id" => column(3),
        "attribute_option_combo_id" => column(4),
        "value" => rows.iter().map(|(_, value, _)| value.as_deref()).collect::<Vec<_>>(),
    )
    .unwrap()
}

fn expected(strategy: ImportStrategy, before: Option<&Held>, value: Option<&str>, wrong: bool) -> &'static str {
    use ImportStrategy::{Create, CreateAndUpdate, Delete, Update};
    match (strategy, before) {
        _ if wrong => "rejected",
        (Create | CreateAndUpdate, None) => "imported",
        (Delete, Some(_)) => "deleted",
        (Update | CreateAndUpdate, Some((held, ..))) if held.as_deref() != value => "updated",
        _ => "ignored",
    }
}

fn what_the_report_says_of_each_row_is_what_the_server_holds(served: &Served) {
    let rows = rows(served);
    let frame = frame(&rows);
    assert!(rows.len() > 300);
    for strategy in
        [ImportStrategy::Create, ImportStrategy::Update, ImportStrategy::CreateAndUpdate, ImportStrategy::Delete]
    {
        let own = served.another(Faults::default());
        let client = superuser(&own);
        let before = held(&own);
        let import = |dry_run| {
            let options = ImportOptions { strategy, dry_run, ..ImportOptions::default() };
            RUNTIME.block_on(client.import_data_values(&frame, &options)).unwrap()
        };
        let dry = import(true);
        assert!(held(&own) == before, "{strategy}: a dry run stores nothing");
        let real = import(false);
        let after = held(&own);
        let told = |frame: &DataFrame| frame.drop("dry_run").unwrap();
        assert!(told(&dry.report).equals_missing(&told(&real.report)), "{strategy}: it told what would happen");

        let text = |name: &str| real.report.column(name).unwrap().str().unwrap().clone();
        let (outcomes, codes, now) = (text("outcome"), text("error_code"), text("value_after"));
        let (then, mut kinds) = (text("value_before"), BTreeSet::new());
        for (row, (key, value, wrong)) in rows.iter().enumerate() {
            let what = format!("{} {strategy} row {row} {key:?} {:?}", served.version, codes.get(row));
            let outcome = expected(strategy, before.get(key), value.as_deref(), *wrong);
            kinds.insert(outcome);
            assert_eq!(outcomes.get(row), Some(outcome), "{what}");
            assert_eq!(codes.get(row).is_some(), *wrong, "{what}");
            let of = |held: &BTreeMap<Key, Held>| held.get(key).and_then(|(value, ..)| value.clone());
            assert!(now.get(row).map(str::to_owned) == of(&after), "{what}: the value after it");
            assert!(then.get(row).map(str::to_owned) == of(&before), "{what}: the value before it");
            if outcome == "updated" {
                assert!(
                    before[key].1 == after[key].1 && before[key].2 == after[key].2,
                    "{what}: comment and mark stay"
                );
            }
        }
        assert!(kinds.len() > 2, "{kinds:?}");
        let touched: BTreeSet<&Key> = rows.iter().map(|(key, ..)| key).collect();
        let others = |held: &BTreeMap<Key, Held>| held.iter().filter(|(key, _)| !touched.contains(key)).count();
        assert_eq!(others(&before), others(&after), "{strategy}: nothing else has changed");
        assert!(before.iter().all(|(key, held)| touched.contains(key) || after.get(key) == Some(held)), "{strategy}");
    }
}
