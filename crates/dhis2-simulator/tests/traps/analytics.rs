//! Aggregate analytics: sums against the truth of the world, and what is refused.

use std::collections::BTreeMap;

use dhis2_simulator::{AnalyticsTables, RunningSimulator, Simulator};
use serde_json::{Value, json};

use super::imports::post;
use super::{
    ANTENATAL, CASES, FACILITY, MONTHLY, REGION_A, ROOT, as_clerk, as_superuser, country, get, get_as, refusal, server,
};

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

/// A line list of the case reports from one day to another.
fn line_list(unit: &str, start: &str, end: &str) -> String {
    format!("/api/analytics/events/query/{CASES}?dimension=ou:{unit}&startDate={start}&endDate={end}")
}

/// The ids of the listed events, and how many pages the server says there are.
fn listed(answer: &Value) -> (Vec<String>, Option<u64>) {
    let rows = answer["rows"].as_array().unwrap().iter();
    let ids = rows.map(|row| row[0].as_str().unwrap().to_owned()).collect();
    (ids, answer["metaData"]["pager"]["pageCount"].as_u64())
}

/// Wire document, section 6.2: pages, and a last day that counts whole.
#[tokio::test]
async fn a_line_list_has_the_living_events_of_its_days_below_its_units() {
    for version in VERSIONS {
        let server = server(version).await;
        for (unit, start, end) in [
            (ROOT, "2024-01-01", "2024-02-01"),
            (REGION_A, "2023-01-01", "2024-12-31"),
            (FACILITY, "2024-01-11", "2024-01-11"),
        ] {
            let world = server.world();
            let below: Vec<_> =
                world.organisation_units().filter(|row| row.path.contains(&unit)).map(|row| row.id).collect();
            let mut expected: Vec<String> = world
                .events()
                .filter(|event| event.program == CASES && !event.deleted && below.contains(&event.organisation_unit))
                .filter(|event| {
                    let day = event.occurred_at.map(|at| at.date().to_string());
                    day.is_some_and(|day| (start..=end).contains(&day.as_str()))
                })
                .map(|event| event.event.to_owned())
                .collect();
            assert!(!expected.is_empty(), "{unit} {start}");
            let mut found = Vec::new();
            let query = format!("{}&pageSize=7", line_list(unit, start, end));
            for page in 1.. {
                let answer = get(&server, &format!("{query}&page={page}")).await;
                let (ids, pages) = listed(&answer);
                assert_eq!(pages, Some(expected.len().div_ceil(7) as u64), "{version}");
                assert_eq!(answer["metaData"]["pager"]["total"], json!(expected.len()), "{version}");
                assert_eq!(answer["height"], json!(ids.len()));
                if ids.is_empty() {
                    // Past the end the number is that of the last page.
                    assert_eq!(answer["metaData"]["pager"]["page"], json!(pages));
                    break;
                }
                found.extend(ids);
            }
            let whole = get(&server, &format!("{}&paging=false", line_list(unit, start, end))).await;
            assert_eq!((listed(&whole).0, whole["metaData"].get("pager")), (found.clone(), None), "{version}");
            expected.sort();
            found.sort();
            assert_eq!(found, expected, "{version} {unit} {start} {end}");
        }
    }
}

/// Wire document, section 6.2: "or, with totalPages=false, {page, pageSize, isLastPage}"; "`paging=false` means pageSize =
/// that limit, so more than 100000 rows are cut without an error".
#[tokio::test]
async fn a_line_list_may_go_without_totals_and_is_cut_at_the_limit() {
    let query = line_list(ROOT, "2024-01-01", "2024-02-01");
    let server = server("2.42.5.2").await;
    for (page, is_last) in [(1, false), (2, true)] {
        let answer = get(&server, &format!("{query}&pageSize=50&page={page}&totalPages=false")).await;
        assert_eq!(answer["metaData"]["pager"], json!({"page": page, "pageSize": 50, "isLastPage": is_last}));
    }
    let none = get(&server, &format!("{query}&skipData=true")).await;
    assert_eq!((listed(&none).0.len(), none["headers"].as_array().unwrap().len()), (0, 17));
    let builder = Simulator::builder().version("2.42.5.2").unwrap().world(country());
    let limited = builder.analytics_limit(10).start().await.unwrap();
    for paging in ["paging=false", "pageSize=1000"] {
        assert_eq!(listed(&get(&limited, &format!("{query}&{paging}")).await).0.len(), 10, "{paging}");
    }
}

#[tokio::test]
async fn line_lists_hold_what_was_there_when_their_tables_were_built() {
    let server = server("2.42.5.2").await;
    let query = format!("{}&paging=false", line_list(ROOT, "2024-01-01", "2024-02-01"));
    let (before, _) = listed(&get(&server, &query).await);
    assert!(server.change(|world| world.delete_event(&before[0])));
    assert_eq!(listed(&get(&server, &query).await).0, before);
    server.build_analytics();
    assert_eq!(listed(&get(&server, &query).await).0, before[1..]);
}

#[tokio::test]
async fn line_lists_that_lack_something_are_refused_and_others_are_not_there() {
    let server = server("2.41.9.1").await;
    let good = line_list(ROOT, "2024-01-01", "2024-02-01");
    for (query, code) in [
        (good.replace(CASES, "AAAAAAAAAAA"), "E7129"),
        (format!("{good}&stage=AAAAAAAAAAA"), "E7130"),
        (good.replace(&format!("dimension=ou:{ROOT}&"), ""), "E7200"),
        (good.replace(ROOT, "AAAAAAAAAAA"), "E7124"),
        (good.replace("endDate=2024-02-01", ""), "E7205"),
        (good.replace("2024-02-01", "2023-12-31"), "E7206"),
        (format!("{good}&page=0"), "E7207"),
        (format!("{good}&pageSize=-1"), "E7208"),
    ] {
        assert_eq!(refusal(&server, &query).await, (409, Some(code.to_owned())), "{query}");
    }
    assert!(get_as(&server, as_clerk(), &good).await.text().contains("E7120"));
    // What is not simulated is not answered as if it were.
    for query in [
        good.replace(CASES, ANTENATAL),
        format!("{good}&dimension=oswmwq1bDD4"),
        format!("{good}&asc=eventdate"),
        good.replace("/events/query/", "/enrollments/query/"),
    ] {
        assert_eq!(get_as(&server, as_superuser(), &query).await.status, 404, "{query}");
    }
}
