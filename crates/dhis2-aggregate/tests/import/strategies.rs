//! Every strategy means the same on every version.

use dhis2_aggregate::import::Patience;
use dhis2_aggregate::{Import, ImportOptions, ImportStrategy};
use dhis2_api::request::ApiRequest;
use std::time::Duration;

use crate::place::{Place, Row, VERSIONS, column, outcomes};

pub(crate) fn commit(strategy: ImportStrategy) -> ImportOptions {
    let patience = Patience { wait: Duration::ZERO, ..Patience::default() };
    ImportOptions { strategy, dry_run: false, patience, ..ImportOptions::default() }
}

/// What each strategy is tried on: a value that is there and equal, one that differs, one that was deleted, none.
async fn prepare(place: &Place, period: &str) -> Vec<Row> {
    let first = [place.row(0, period, "1"), place.row(1, period, "2"), place.row(2, period, "3")];
    let made = place.import(&first, &commit(ImportStrategy::Create)).await;
    assert_eq!(outcomes(&made), ["imported"; 3]);
    let gone = place.import(&first[2..], &commit(ImportStrategy::Delete)).await;
    assert_eq!(outcomes(&gone), ["deleted"]);
    vec![place.row(0, period, "1"), place.row(1, period, "9"), place.row(2, period, "5"), place.row(3, period, "4")]
}

const TABLE: [(ImportStrategy, &str, [&str; 4]); 4] = [
    (ImportStrategy::Create, "201501", ["ignored", "ignored", "imported", "imported"]),
    (ImportStrategy::Update, "201502", ["ignored", "updated", "ignored", "ignored"]),
    (ImportStrategy::CreateAndUpdate, "201503", ["ignored", "updated", "imported", "imported"]),
    (ImportStrategy::Delete, "201504", ["deleted", "deleted", "ignored", "ignored"]),
];

/// peer-bugs section 4: "**2.43.1 does not honour the strategy: CREATE overwrote existing values, UPDATE created missing ones**,
/// and everything is counted `updated`. The client must look first and send only what the strategy allows." And: "Re-sending
/// an equal value: `ignored` on ≤ 2.42, `updated` on 2.43. A row deleted before: `deleted` again on 2.43, `ignored` on ≤ 2.42."
#[tokio::test]
async fn the_same_rows_end_alike_on_every_version_and_leave_the_same_values() {
    let mut all = Vec::new();
    for version in VERSIONS {
        let place = Place::of(version).await;
        let mut reports = Vec::new();
        for (strategy, period, expected) in TABLE {
            let rows = prepare(&place, period).await;
            let options = commit(strategy);
            let before = place.holds(&[period]).await;
            let dry = place.import(&rows, &ImportOptions { dry_run: true, ..options.clone() }).await;
            assert_eq!(outcomes(&dry), expected, "{version} {strategy}, dry");
            assert_eq!(dry.warnings, Vec::<String>::new(), "{version} {strategy}");
            assert_eq!(place.holds(&[period]).await, before, "{version}: a dry run stores nothing");
            let real = place.import(&rows, &options).await;
            assert_eq!(outcomes(&real), expected, "{version} {strategy}");
            let told = |import: &Import| import.report.drop("dry_run").unwrap();
            assert!(told(&real).equals_missing(&told(&dry)), "{version}: the dry run told what would happen");
            assert_eq!(real.counts, dry.counts);
            let again = place.import(&rows, &options).await;
            assert_eq!(outcomes(&again), ["ignored"; 4], "{version} {strategy}: the second time nothing is left to do");
            reports.push((real.report, place.holds(&[period]).await));
        }
        all.push((version, reports));
    }
    for (version, reports) in &all[1..] {
        for ((report, holds), (first, first_holds)) in reports.iter().zip(&all[0].1) {
            assert!(report.equals_missing(first), "{version}\n{report}\n{first}");
            assert_eq!(holds, first_holds, "{version}");
        }
    }
}

#[tokio::test]
async fn a_report_shows_the_value_before_and_after() {
    for version in VERSIONS {
        let place = Place::of(version).await;
        let rows = prepare(&place, "201503").await;
        let dry = place
            .import(&rows, &ImportOptions { strategy: ImportStrategy::CreateAndUpdate, ..ImportOptions::default() })
            .await;
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(column(&dry, "value_before"), [some("1"), some("2"), None, None]);
        assert_eq!(column(&dry, "value_after"), [some("1"), some("9"), some("5"), some("4")]);
        assert!(dry.dry_run && dry.is_complete());
        let counts = dry.counts;
        assert_eq!((counts.imported, counts.updated, counts.ignored, counts.deleted), (2, 1, 1, 0));
    }
}

/// peer-bugs section 4: "`followup` in JSON is ignored by 2.43.1's import (it reads `followUp`); sending neither erases
/// comment and flag on update."
#[tokio::test]
async fn an_update_keeps_comment_and_follow_up() {
    for version in VERSIONS {
        let place = Place::of(version).await;
        let row = place.row(0, "201505", "1");
        let body = serde_json::json!({"dataSet": place.monthly_report().await, "dataValues": [{
            "dataElement": row.element, "period": row.period, "orgUnit": row.unit, "categoryOptionCombo": row.combo,
            "attributeOptionCombo": row.attribute, "value": "1", "comment": "a remark", "followup": true, "followUp": true}]});
        let request = ApiRequest::post("dataValueSets").param("importStrategy", "CREATE");
        place.client.post(&request, body.to_string()).await.unwrap();
        let flagged = place.holds(&["201505"]).await;
        let updated = place.import(&[place.row(0, "201505", "2")], &commit(ImportStrategy::Update)).await;
        assert_eq!(outcomes(&updated), ["updated"], "{version}");
        let (before, after) = (flagged.values().next().unwrap(), place.holds(&["201505"]).await);
        let after = after.values().next().unwrap();
        assert_eq!((&after["value"], &after["comment"]), (&"2".into(), &"a remark".into()), "{version}");
        assert_eq!(after["flag"], before["flag"], "{version}");
        assert_eq!(after["flag"], true, "{version}");
    }
}

#[tokio::test]
async fn blanks_about_a_value_are_not_stored() {
    for version in VERSIONS {
        let place = Place::of(version).await;
        let text = place.element_of("TEXT").await;
        let row = |value: &str| Row { element: text.clone(), ..place.row(0, "201506", value) };
        place.import(&[row(" two words\n")], &commit(ImportStrategy::Create)).await;
        let held: Vec<_> = place.holds(&["201506"]).await.into_values().map(|held| held["value"].clone()).collect();
        assert_eq!(held, ["two words"], "{version}");
        let again = place.import(&[row("two words")], &commit(ImportStrategy::CreateAndUpdate)).await;
        assert_eq!(outcomes(&again), ["ignored"], "{version}");
    }
}

#[tokio::test]
async fn truth_values_in_another_spelling_are_equal() {
    for version in VERSIONS {
        let place = Place::of(version).await;
        let boolean = place.element_of("BOOLEAN").await;
        let row = |value: &str| Row { element: boolean.clone(), ..place.row(0, "201506", value) };
        let made = place.import(&[row("true")], &commit(ImportStrategy::Create)).await;
        assert_eq!(outcomes(&made), ["imported"], "{version}");
        let again: Import = place.import(&[row("True")], &commit(ImportStrategy::CreateAndUpdate)).await;
        assert_eq!(outcomes(&again), ["ignored"], "{version}");
        let changed = place.import(&[row("0")], &commit(ImportStrategy::CreateAndUpdate)).await;
        assert_eq!(
            (outcomes(&changed), column(&changed, "value_after")),
            (vec!["updated".to_owned()], vec![Some("false".to_owned())])
        );
    }
}
