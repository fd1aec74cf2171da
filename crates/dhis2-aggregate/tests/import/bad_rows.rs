//! Rows of which something is wrong, among good ones.

use std::collections::HashMap;

use dhis2_aggregate::import::DataSetRule;
use dhis2_aggregate::{ImportOptions, ImportStrategy};

use crate::place::{Place, Row, VERSIONS, column, outcomes};
use crate::strategies::commit;

/// Good rows, and among them one of each kind of mistake.
pub(crate) fn mixed(place: &Place) -> Vec<(Row, Option<&'static str>)> {
    let base = |unit: usize| place.row(unit, "201507", "7");
    let bad = |unit: usize, kind: &'static str, change: &dyn Fn(&mut Row)| {
        let mut row = base(unit);
        change(&mut row);
        (row, Some(kind))
    };
    let unknown = || "AAAAAAAAAAA".to_owned();
    let mut rows: Vec<(Row, Option<&'static str>)> = (10..20).map(|unit| (base(unit), None)).collect();
    let wrong = vec![
        bad(0, "unknown element", &|row| row.element = unknown()),
        bad(1, "unknown unit", &|row| row.unit = unknown()),
        bad(2, "unknown combo", &|row| row.combo = unknown()),
        bad(3, "unknown attribute combo", &|row| row.attribute = unknown()),
        bad(4, "no number", &|row| row.value = Some("seven".to_owned())),
        bad(5, "negative", &|row| row.value = Some("-5".to_owned())),
        bad(6, "empty", &|row| row.value = Some(String::new())),
        bad(7, "null", &|row| row.value = None),
        bad(8, "no period", &|row| "201513".clone_into(&mut row.period)),
        bad(9, "no uid", &|row| "Ngelehun".clone_into(&mut row.unit)),
        bad(1, "strict: other period type", &|row| "2015Q3".clone_into(&mut row.period)),
        bad(0, "strict: unit not assigned", &|row| row.unit.clone_from(&place.root)),
        bad(2, "strict: combo of another element", &|row| row.combo.clone_from(&place.other_combo)),
        bad(3, "strict: default combo of a disaggregated element", &|row| row.element.clone_from(&place.broken_down)),
        bad(4, "strict: in no data set", &|row| {
            row.element.clone_from(&place.in_no_set);
            row.value = Some("7".to_owned());
        }),
    ];
    for (place, row) in wrong.into_iter().enumerate() {
        rows.insert(place * 2 % rows.len(), row);
    }
    rows
}

/// Where the mistakes count, and how.
fn is_bad(version: &str, kind: Option<&str>) -> bool {
    kind.is_some_and(|kind| version == "2.43.1" || !kind.starts_with("strict"))
}

/// peer-bugs section 4: "One bad row: 409 WARNING with the good rows stored (≤ 2.42); 200 WARNING with the good rows stored for
/// a bad value, 409 ERROR with **nothing** stored for an unknown element, unit, combo, wrong period type, duplicate key or
/// closed period (2.43)." And section 3: "409 WARNING on 2.41 and 200 WARNING on 2.43 give the same report; row numbers map back
/// through chunking".
#[tokio::test]
async fn exactly_the_bad_rows_are_rejected_and_the_good_ones_go_in() {
    for version in VERSIONS {
        for check_values in [false, true] {
            let place = Place::of(version).await;
            let (rows, kinds): (Vec<Row>, Vec<Option<&str>>) = mixed(&place).into_iter().unzip();
            let options = ImportOptions { check_values, ..commit(ImportStrategy::CreateAndUpdate) };
            let dry = place.import(&rows, &ImportOptions { dry_run: true, ..options.clone() }).await;
            let import = place.import(&rows, &options).await;
            assert_eq!(outcomes(&dry), outcomes(&import), "{version}");
            assert_eq!(import.stopped, None);
            let (outcomes, codes) = (outcomes(&import), column(&import, "error_code"));
            let warnings = column(&import, "warning");
            for (row, kind) in kinds.iter().enumerate() {
                let bad = is_bad(version, *kind) || (check_values && kind.is_some());
                let expected = if bad { "rejected" } else { "imported" };
                assert_eq!(outcomes[row], expected, "{version} {kind:?} {:?}", codes[row]);
                assert_eq!(codes[row].is_some(), bad, "{version} {kind:?}");
                let strict = kind.is_some_and(|kind| kind.starts_with("strict"));
                assert!(!strict || bad || warnings[row].is_some(), "{version} {kind:?}: the dry run warns");
            }
            // Nobody has to read the report to hear of it.
            let doubtful = outcomes
                .iter()
                .zip(&warnings)
                .filter(|(outcome, warning)| *outcome == "imported" && warning.is_some())
                .count();
            let told = dry
                .warnings
                .iter()
                .any(|warning| warning.starts_with(&format!("{doubtful} rows go in with a warning")));
            assert_eq!(
                (told, doubtful > 0),
                (doubtful > 0, version != "2.43.1" && !check_values),
                "{version} {:?}",
                dry.warnings
            );
            let held = place.holds(&["201507", "2015Q3"]).await;
            for (row, outcome) in rows.iter().zip(&outcomes) {
                let there = held.get(&row.key());
                // What is in no data set is in no answer to a question for data sets.
                if row.element != place.in_no_set {
                    assert_eq!(
                        there.map(|held| held["value"].as_str().unwrap().to_owned()),
                        row.value.clone().filter(|_| outcome == "imported")
                    );
                }
            }
        }
    }
}

/// peer-bugs section 3: "element in two data sets on 2.43 [D2W]; element without data set is reported, not dropped [D2W]". And
/// section 4: "Elements in several data sets: E8002 on 2.43 unless the envelope names the data set."
#[tokio::test]
async fn element_of_several_data_sets_go_where_the_rule_says() {
    for version in VERSIONS {
        let place = Place::of(version).await;
        let row = place.row(0, "201508", "7");
        let first = place.import(std::slice::from_ref(&row), &commit(ImportStrategy::Create)).await;
        assert_eq!(outcomes(&first), ["imported"], "{version}");
        let refuse = ImportOptions { data_set_rule: DataSetRule::Refuse, ..commit(ImportStrategy::CreateAndUpdate) };
        let refused = place.import(&[place.row(0, "201508", "8")], &refuse).await;
        if version == "2.43.1" {
            assert_eq!(column(&refused, "error_code"), [Some("several_data_sets".to_owned())]);
        } else {
            assert_eq!(outcomes(&refused), ["updated"], "{version} need not be told the data set");
        }
        let nowhere = Row { element: place.in_no_set.clone(), ..row };
        let reported = place.import(&[nowhere], &commit(ImportStrategy::Create)).await;
        let message = column(&reported, if version == "2.43.1" { "message" } else { "warning" });
        assert!(message[0].as_ref().unwrap().contains("is in no data set"), "{version} {message:?}");
    }
}

#[tokio::test]
async fn what_a_strategy_leaves_is_still_rejected_where_it_is_wrong() {
    for version in VERSIONS {
        let place = Place::of(version).await;
        place.import(&[place.row(0, "201509", "7")], &commit(ImportStrategy::Create)).await;
        let rows = [place.row(0, "201509", "seven"), place.row(1, "201509", "8")];
        let import = place.import(&rows, &commit(ImportStrategy::Update)).await;
        assert_eq!(outcomes(&import), ["rejected", "ignored"], "{version}");
    }
}

/// peer-bugs section 4: "E8031 names one unit at a time: leave its rows out, send again, until none is named (nine rounds for
/// nine units)."
#[tokio::test]
async fn periods_in_which_units_were_closed_are_left_out_unit_by_unit() {
    for version in VERSIONS {
        let place = Place::of(version).await;
        // All units opened in 2010.
        let early = (0..9).flat_map(|unit| ["200911", "200912"].map(|period| place.row(unit, period, "7")));
        let good = (0..9).map(|unit| place.row(unit, "201001", "7"));
        let rows: Vec<Row> = early.chain(good).collect();
        let import = place.import(&rows, &commit(ImportStrategy::Create)).await;
        let (outcomes, codes, warnings) =
            (outcomes(&import), column(&import, "error_code"), column(&import, "warning"));
        for row in 0..rows.len() {
            let refused = row < 18 && version == "2.43.1";
            assert_eq!(outcomes[row], if refused { "rejected" } else { "imported" }, "{version} {row} {codes:?}");
            assert_eq!(codes[row].as_deref(), refused.then_some("E8031"), "{version}");
            assert_eq!(warnings[row].is_some(), row < 18, "{version}");
        }
    }
}

#[tokio::test]
async fn mapped_ids_are_sent_and_reported() {
    let place = Place::of("2.42.5.2").await;
    let known = HashMap::from([("clinic".to_owned(), place.units[0].clone())]);
    let row = |unit: &str| Row { unit: unit.to_owned(), ..place.row(0, "201510", "7") };
    let options = ImportOptions { org_units: Some(known), ..commit(ImportStrategy::Create) };
    let import = place.import(&[row("hospital"), row("clinic")], &options).await;
    assert_eq!(outcomes(&import), ["rejected", "imported"]);
    let units = [Some("hospital".to_owned()), Some(place.units[0].clone())];
    assert_eq!(column(&import, "organisation_unit_id"), units);
}

/// Values belong in the report only.
#[tokio::test]
async fn nothing_that_is_shown_holds_a_value() {
    for version in ["2.42.5.2", "2.43.1"] {
        let place = Place::of(version).await;
        let rows = [place.row(0, "201511", "Anna"), place.row(1, "201511", "17")];
        let import = place.import(&rows, &commit(ImportStrategy::Create)).await;
        assert_eq!(outcomes(&import), ["rejected", "imported"]);
        let shown = format!(
            "{import:?} {:?}",
            ImportOptions { resume: Some(import.report.clone()), ..ImportOptions::default() }
        );
        assert!(!shown.contains("Anna"), "{shown}");
    }
}
