//! Copies of data values from a server of one version to one of another.

use std::collections::{BTreeMap, HashMap};

use dhis2::{
    Copied, CopyOptions, CopyReceipt, DataValueColumns, DataValueQuery, Dhis2, ImportOptions, ImportStrategy, State,
};
use dhis2_simulator::{Faults, RunningSimulator};
use dhis2_tests::question::{Question, Times};
use dhis2_tests::rows::{self, Row};
use dhis2_tests::served::{RUNTIME, Served, data_values, superuser};

const ROOT: &str = "KdK92fYEfTw";
const MONTHLY: &str = "pPqq629bfL1";

on_every_line!(
    what_one_server_holds_is_in_the_other_afterwards,
    rows_without_a_mapping_are_counted_and_the_others_go_in,
    a_part_is_stored_only_when_told,
    what_has_a_comment_only_or_is_deleted_stays_behind,
);

/// The server of the next version.
fn next(served: &Served) -> &'static Served {
    let lines = ["2.38", "2.39", "2.40", "2.41", "2.42", "2.43"];
    let own = lines.iter().position(|line| served.version.starts_with(line)).unwrap();
    Served::of_line(lines[(own + 1) % lines.len()])
}

/// A server of the next version with the same country.
fn other(served: &Served) -> RunningSimulator {
    next(served).another(Faults::default())
}

fn values_of(units: &[&str]) -> DataValueQuery {
    Question::of_sets(&[MONTHLY], Times::dates("2024-01-01", "2024-03-31"), units).query()
}

/// Values by their five ids.
fn held(simulator: &RunningSimulator) -> BTreeMap<Vec<String>, Option<String>> {
    let values = simulator.data_values();
    let live = values.iter().filter(|row| !row.deleted).map(|row| {
        let period = row.period.id();
        let combos = [row.category_option_combo, row.attribute_option_combo];
        let key = [row.data_element, &period, row.organisation_unit, combos[0], combos[1]].map(str::to_owned);
        (key.to_vec(), row.value.map(str::to_owned))
    });
    live.collect()
}

fn key(row: &Row) -> Vec<String> {
    row[..5].iter().map(|cell| cell.clone().unwrap()).collect()
}

fn import(strategy: ImportStrategy, dry_run: bool) -> ImportOptions {
    ImportOptions { strategy, dry_run, ..ImportOptions::default() }
}

fn copy(from: &Dhis2, to: &Dhis2, query: &DataValueQuery, import: ImportOptions, partial: bool) -> Copied {
    RUNTIME.block_on(from.copy_data_values_to(to, query, &CopyOptions { import, partial })).unwrap()
}

fn what_one_server_holds_is_in_the_other_afterwards(served: &Served) {
    let simulator = other(served);
    let (from, to) = (served.client(), superuser(&simulator));
    let query = values_of(&[ROOT]);
    let values = data_values(&from, &query).frame;
    let wanted = rows::of_frame(&values);
    assert!(wanted.len() > 1_000);
    // The first third is not there, the second is another value where it is a number.
    let third = wanted.len() / 3;
    let gone = values.head(Some(third));
    RUNTIME.block_on(to.import_data_values(&gone, &import(ImportStrategy::Delete, false))).unwrap();
    let mut changed = values.slice(i64::try_from(third).unwrap(), third);
    let more = changed.column("value").unwrap().str().unwrap().iter();
    let more: Vec<Option<String>> = more
        .map(|value| value.map(|value| value.parse::<u32>().map_or(value.to_owned(), |n| (n ^ 1).to_string())))
        .collect();
    changed.with_column(dhis2::polars::prelude::Column::new("value".into(), more)).unwrap();
    RUNTIME.block_on(to.import_data_values(&changed, &import(ImportStrategy::Update, false))).unwrap();

    let before = held(&simulator);
    let there = wanted.iter().filter(|row| before.contains_key(&key(row))).count();
    assert_eq!(there, wanted.len() - third);
    let dry = copy(&from, &to, &query, ImportOptions::default(), false);
    assert!(dry.import.dry_run && dry.receipt.import.dry_run && !dry.receipt.import.withheld);
    assert_eq!((dry.receipt.import.imported, dry.receipt.import.ignored), (third as u64, there as u64));
    assert!(held(&simulator) == before, "a dry run stores nothing");

    let copied = copy(&from, &to, &query, import(ImportStrategy::CreateAndUpdate, false), false);
    let receipt = &copied.receipt;
    assert!(copied.is_complete(), "{:?}", receipt.import);
    assert_eq!((receipt.extract.rows, receipt.import.rows), (wanted.len() as u64, wanted.len() as u64));
    assert_eq!(receipt.extract.server.version, served.version);
    assert_eq!(receipt.import.server.url, simulator.base_url());
    assert!(receipt.import.server.version != served.version && receipt.import.server.user.is_some());
    let differ = |row: &&Row| before.get(&key(row)).is_some_and(|held| *held != row[5]);
    let differ = wanted.iter().filter(differ).count() as u64;
    assert_eq!((receipt.import.imported, receipt.import.updated), (third as u64, differ));
    assert!(differ > 100);
    let mut expected = before;
    expected.extend(wanted.iter().map(|row| (key(row), row[5].clone())));
    assert!(held(&simulator) == expected, "{}", served.version);
    let read: CopyReceipt = serde_json::from_str(&receipt.to_json()).unwrap();
    assert_eq!(read, *receipt);

    let again = copy(&from, &to, &query, import(ImportStrategy::CreateAndUpdate, false), false);
    assert_eq!(again.receipt.import.ignored, wanted.len() as u64, "the second time nothing is left to do");
}

fn rows_without_a_mapping_are_counted_and_the_others_go_in(served: &Served) {
    let simulator = other(served);
    let (from, to) = (served.client(), superuser(&simulator));
    let query = values_of(&[ROOT]);
    let values = data_values(&from, &query).frame;
    let wanted = rows::of_frame(&values);
    // Those of one unit go to another one.
    let here = wanted[0][2].clone().unwrap();
    let there = wanted.iter().find_map(|row| row[2].clone().filter(|unit| *unit != here)).unwrap();
    let mapped: Vec<&Row> = wanted.iter().filter(|row| row[2].as_ref() == Some(&here)).collect();
    let mut options = import(ImportStrategy::CreateAndUpdate, false);
    options.org_units = Some(HashMap::from([(here, there.clone())]));
    let copied = copy(&from, &to, &query, options, false);
    assert_eq!(copied.receipt.state, State::Partial);
    let causes: Vec<(&str, u64)> =
        copied.receipt.import.causes.iter().map(|cause| (cause.code.as_str(), cause.rows)).collect();
    assert_eq!(causes, [("unmapped", (wanted.len() - mapped.len()) as u64)]);
    let held = held(&simulator);
    for row in mapped {
        let mut key = key(row);
        key[2].clone_from(&there);
        assert!(held.get(&key) == Some(&row[5]), "{}: {key:?}", served.version);
    }
}

fn a_part_is_stored_only_when_told(served: &Served) {
    let simulator = other(served);
    let (from, to) = (served.clerk(), superuser(&simulator));
    let region = served.country.region_of_the_clerk();
    let forbidden = *served.country.children(ROOT).iter().find(|unit| **unit != region).unwrap();
    let inside = data_values(&from, &values_of(&[region])).frame;
    RUNTIME.block_on(to.import_data_values(&inside, &import(ImportStrategy::Delete, false))).unwrap();
    let before = held(&simulator);
    let query = values_of(&[region, forbidden]);
    for partial in [false, true] {
        let copied = copy(&from, &to, &query, import(ImportStrategy::Create, false), partial);
        let receipt = &copied.receipt;
        assert!(!copied.is_complete() && !receipt.extract.is_complete(), "{}", served.version);
        assert!(receipt.extract.missing().iter().any(|missing| missing.contains(forbidden)));
        assert_eq!((receipt.import.withheld, receipt.import.dry_run), (!partial, !partial));
        assert_eq!(receipt.import.imported, inside.height() as u64);
        let mut expected = before.clone();
        if partial {
            expected.extend(rows::of_frame(&inside).iter().map(|row| (key(row), row[5].clone())));
        }
        assert!(held(&simulator) == expected, "{}: partial {partial}", served.version);
    }
}

fn what_has_a_comment_only_or_is_deleted_stays_behind(served: &Served) {
    // Of the made-up country, which has comments without a value.
    let (source, target) = (served.made_up(), next(served).made_up());
    let (from, to) = (source.client(), target.client());
    let query = DataValueQuery::builder()
        .data_sets(source.country.data_sets.keys())
        .dates("2020-01-01", "2026-12-31")
        .org_units([source.country.root()])
        .include_children(true);
    let deleted_too = query.clone().include_deleted(true).columns(DataValueColumns::Rich).build().unwrap();
    let wanted = rows::of_frame(&data_values(&from, &query.build().unwrap()).frame);
    let (values, comments): (Vec<&Row>, Vec<&Row>) = wanted.iter().partition(|row| row[5].is_some());
    let everything = rows::of_frame(&data_values(&from, &deleted_too).frame);
    assert!(values.len() > 500 && !comments.is_empty(), "{} {}", values.len(), comments.len());
    assert!(everything.len() > wanted.len());

    let before = held(&target.simulator);
    copy(&from, &to, &deleted_too, import(ImportStrategy::Delete, false), false);
    let emptied = held(&target.simulator);
    let mut expected = before.clone();
    for row in &values {
        expected.remove(&key(row));
    }
    assert!(emptied == expected, "{}: the values are deleted, and what has a comment only is there", served.version);

    let copied = copy(&from, &to, &deleted_too, import(ImportStrategy::Create, false), false);
    assert!(copied.is_complete(), "{}: {:?}", served.version, copied.receipt.import);
    let told = format!("{} data values have a comment and no value", comments.len());
    assert!(copied.receipt.import.warnings.iter().any(|warning| warning.starts_with(&told)));
    assert_eq!(copied.receipt.import.imported, values.len() as u64);
    assert!(held(&target.simulator) == before, "{}", served.version);
}
