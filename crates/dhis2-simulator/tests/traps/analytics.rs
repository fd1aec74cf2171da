//! Aggregate analytics: sums against the truth of the world, and what is refused.

use std::collections::BTreeMap;

use dhis2_simulator::{AnalyticsTables, RunningSimulator, Simulator};
use serde_json::{Value, json};

use super::imports::post;
use super::{FACILITY, MONTHLY, REGION_A, ROOT, as_clerk, country, get, get_as, refusal, server};

const PENTA: &str = "KcNX91wS0l9";
const MALARIA: &str = "iXdObmOdRJk";
/// The indicator whose numerator is [`MALARIA`] and whose denominator is 1.
const MALARIA_INDICATOR: &str = "XmONNSKqok4";
const VERSIONS: [&str; 4] = ["2.38.7", "2.40.12", "2.42.5.2", "2.43.1"];

/// The cells before the value, and the value, of each row.
fn rows(answer: &Value) -> BTreeMap<Vec<String>, f64> {
    let rows = answer["rows"].as_array().unwrap();
    rows.iter()
        .map(|row| {
            let cells: Vec<&str> = row.as_array().unwrap().iter().map(|cell| cell.as_str().unwrap()).collect();
            let (value, keys) = cells.split_last().unwrap();
            (keys.iter().map(|key| (*key).to_owned()).collect(), value.parse().unwrap())
        })
        .collect()
}

/// The sum of an element's living values below a unit, of periods whose ids begin so.
fn truth(server: &RunningSimulator, element: &str, periods: &str, unit: &str) -> f64 {
    let world = server.world();
    let below: Vec<_> = world.organisation_units().filter(|row| row.path.contains(&unit)).map(|row| row.id).collect();
    let values = world.data_values().filter(|value| {
        value.data_element == element
            && value.period.id().starts_with(periods)
            && below.contains(&value.organisation_unit)
            && !value.deleted
    });
    values.filter_map(|value| value.value?.parse::<f64>().ok()).sum()
}

#[tokio::test]
async fn sums_are_those_of_the_living_values_below_each_unit() {
    for version in VERSIONS {
        let server = server(version).await;
        let query = format!(
            "/api/analytics?dimension=dx:{PENTA};{MALARIA}&dimension=pe:2024;202401&dimension=ou:{ROOT};{REGION_A}"
        );
        let found = rows(&get(&server, &query).await);
        assert_eq!(found.len(), 8, "{version}");
        for (cells, value) in found {
            let [element, period, unit] = cells.as_slice() else { panic!("{cells:?}") };
            assert!((value - truth(&server, element, period, unit)).abs() < 1e-6, "{version} {cells:?}");
        }
    }
}

#[tokio::test]
async fn an_indicator_follows_its_expression_and_a_filter_is_no_column() {
    let server = server("2.42.5.2").await;
    let query = |dx: &str| format!("/api/analytics?dimension=dx:{dx}&filter=pe:202401;202402&filter=ou:{ROOT}");
    let element = rows(&get(&server, &query(MALARIA)).await);
    let indicator = rows(&get(&server, &query(MALARIA_INDICATOR)).await);
    let expected = truth(&server, MALARIA, "202401", ROOT) + truth(&server, MALARIA, "202402", ROOT);
    assert_eq!(element, BTreeMap::from([(vec![MALARIA.to_owned()], expected)]));
    assert_eq!(indicator, BTreeMap::from([(vec![MALARIA_INDICATOR.to_owned()], expected)]));
    let group = rows(&get(&server, &query("IN_GROUP-Odbq92p4GdP")).await);
    assert!(group.contains_key(&vec![MALARIA_INDICATOR.to_owned()]));
}

/// wire document, section 6.1: level and group items are taken within the units named beside them, which are no rows then.
#[tokio::test]
async fn units_beside_a_level_are_its_boundary() {
    let server = server("2.41.9.1").await;
    let units = |items: &str| format!("/api/analytics?dimension=dx:{PENTA}&dimension=pe:2024&dimension=ou:{items}");
    let level = get(&server, &units(&format!("LEVEL-3;{REGION_A}"))).await;
    let found = rows(&level);
    let world = server.world();
    let districts: Vec<_> = world
        .organisation_units()
        .filter(|row| row.level == 3 && row.path.contains(&REGION_A))
        .map(|row| row.id)
        .collect();
    assert!(!districts.is_empty());
    let mut shown: Vec<_> = found.keys().map(|cells| cells[2].as_str()).collect();
    shown.sort_unstable();
    let mut expected = districts.clone();
    expected.sort_unstable();
    assert_eq!(shown, expected);
    let total: f64 = found.values().sum();
    assert!((total - truth(&server, PENTA, "2024", REGION_A)).abs() < 1e-6);
}

#[tokio::test]
async fn option_combos_are_a_column_of_their_own() {
    let server = server("2.43.1").await;
    let query = format!("/api/analytics?dimension=dx:{MALARIA}&dimension=co&dimension=pe:202401&dimension=ou:{ROOT}");
    let found = rows(&get(&server, &query).await);
    assert!(found.len() > 1);
    let total: f64 = found.values().sum();
    assert!((total - truth(&server, MALARIA, "202401", ROOT)).abs() < 1e-6);
    let combo = found.keys().next().unwrap()[1].clone();
    let operand = format!("/api/analytics?dimension=dx:{MALARIA}.{combo}&filter=pe:202401&filter=ou:{ROOT}");
    let operand = rows(&get(&server, &operand).await);
    assert_eq!(operand.values().next(), found.values().next());
}

/// wire document, section 6.1: "Data are as fresh as the last analytics run; deleted values vanish only after a rebuild".
#[tokio::test]
async fn what_is_imported_counts_after_the_next_build() {
    let server = server("2.42.5.2").await;
    let query = format!("/api/analytics?dimension=dx:{PENTA}&dimension=pe:201501&dimension=ou:{FACILITY}");
    let body = json!({"dataSet": MONTHLY, "dataValues": [
        {"dataElement": PENTA, "period": "201501", "orgUnit": FACILITY, "value": "12"},
    ]});
    assert_eq!(post(&server, "", &body).await.0, 200);
    assert!(rows(&get(&server, &query).await).is_empty());
    server.build_analytics();
    assert_eq!(rows(&get(&server, &query).await).into_values().collect::<Vec<_>>(), [12.0]);
}

#[tokio::test]
async fn queries_that_lack_something_are_refused_with_a_code() {
    for (version, no_period) in [("2.40.12", "E7104"), ("2.41.9.1", "E7146"), ("2.43.1", "E7146")] {
        let server = server(version).await;
        for (query, code) in [
            (format!("dimension=dx:{PENTA}&dimension=ou:{ROOT}"), no_period),
            (format!("dimension=dx:AAAAAAAAAAA&dimension=pe:2024&dimension=ou:{ROOT}"), "E7124"),
            (format!("dimension=dx:{PENTA}&dimension=pe:2024&dimension=ou:AAAAAAAAAAA"), "E7124"),
            (
                format!(
                    "dimension=dx:{PENTA}&dimension=pe:2024&dimension=ou:{ROOT}&startDate=2024-01-01&endDate=2024-02-01"
                ),
                "E7105",
            ),
        ] {
            let (status, found) = refusal(&server, &format!("/api/analytics?{query}")).await;
            assert_eq!((status, found.as_deref()), (409, Some(code)), "{version} {query}");
        }
        let query = format!("/api/analytics?dimension=dx:{PENTA}&dimension=pe:2024&dimension=ou:{ROOT}");
        let answer = get_as(&server, as_clerk(), &query).await;
        assert!(answer.text().contains("E7120"), "{version}");
    }
}

/// Unknown ids inside a list are dropped silently, the known ones answered.
#[tokio::test]
async fn unknown_ids_among_known_ones_vanish() {
    let server = server("2.42.5.2").await;
    let query = format!(
        "/api/analytics?dimension=dx:{PENTA};AAAAAAAAAAA&dimension=pe:2024&dimension=ou:{ROOT};BBBBBBBBBBB&skipMeta=true"
    );
    let answer = get(&server, &query).await;
    assert_eq!((answer["metaData"].clone(), rows(&answer).len()), (json!({}), 1));
}

#[tokio::test]
async fn too_many_rows_and_missing_tables_are_refused() {
    let builder = || Simulator::builder().version("2.42.5.2").unwrap().world(country());
    let query =
        format!("/api/analytics?dimension=dx:{PENTA}&dimension=pe:202401;202402&dimension=ou:{ROOT};{REGION_A}");
    let limited = builder().analytics_limit(3).start().await.unwrap();
    assert_eq!(refusal(&limited, &query).await, (409, Some("E7128".to_owned())));
    assert_eq!(rows(&get(&limited, &format!("{query}&ignoreLimit=true")).await).len(), 4);
    let setting = get(&limited, "/api/systemSettings/keyAnalyticsMaxLimit").await;
    assert_eq!(setting, json!({"keyAnalyticsMaxLimit": 3}));
    let missing = builder().analytics_tables(AnalyticsTables::Missing).start().await.unwrap();
    assert_eq!(refusal(&missing, &query).await, (409, Some("E7144".to_owned())));
    let empty = builder().analytics_tables(AnalyticsTables::Empty).start().await.unwrap();
    assert!(rows(&get(&empty, &query).await).is_empty());
}
