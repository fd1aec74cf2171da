//! What goes wrong on purpose.

use dhis2_simulator::{CutDataValues, Faults, RunningSimulator, Simulator, Unavailable};

use super::{MONTHLY, ROOT, as_superuser, count, country, get, http};

async fn server(version: &str, faults: Faults) -> RunningSimulator {
    Simulator::builder().version(version).unwrap().world(country()).faults(faults).start().await.unwrap()
}

#[tokio::test]
async fn every_nth_request_is_dropped_before_its_answer() {
    let server = server("2.42.5.2", Faults { drop_before_every: Some(2), ..Faults::default() }).await;
    let mut answered = Vec::new();
    for _ in 0..4 {
        answered.push(http::get(&server.base_url(), "/api/me", &[as_superuser()]).await.is_some());
    }
    assert_eq!(answered, [true, false, true, false]);
    assert_eq!(server.requests(), 4);
    assert_eq!(server.targets()[3], "/api/me");
}

#[tokio::test]
async fn every_nth_answer_is_dropped_midway() {
    let server = server("2.42.5.2", Faults { drop_midway_every: Some(2), ..Faults::default() }).await;
    for target in ["/api/organisationUnits?paging=false", "/api/me"] {
        let whole = http::get(&server.base_url(), target, &[as_superuser()]).await.unwrap();
        let broken = http::get(&server.base_url(), target, &[as_superuser()]).await.unwrap();
        assert!(whole.whole && !broken.whole, "{target}");
        assert_eq!(broken.status, 200);
        assert!(!broken.body.is_empty() && broken.body.len() < whole.body.len(), "{target}");
    }
}

#[tokio::test]
async fn every_nth_request_is_put_off() {
    let unavailable = |retry_after_seconds| Faults {
        unavailable: Some(Unavailable { every: 1, retry_after_seconds }),
        ..Faults::default()
    };
    let asking = server("2.42.5.2", unavailable(Some(7))).await;
    let answer = http::get(&asking.base_url(), "/api/me", &[as_superuser()]).await.unwrap();
    assert_eq!((answer.status, answer.header("retry-after")), (503, Some("7")));
    let silent = server("2.42.5.2", unavailable(None)).await;
    let answer = http::get(&silent.base_url(), "/api/me", &[as_superuser()]).await.unwrap();
    assert_eq!((answer.status, answer.header("retry-after")), (503, None));
}

/// peer-bugs, section 4: "**A truncated answer can be valid JSON with status 200** …: 16,000 of 254,335 rows, properly
/// closed. Always a multiple of 1,000"
#[tokio::test]
async fn exports_are_cut_at_thousands_and_are_valid_all_the_same() {
    let faults = Faults { cut_data_values: Some(CutDataValues { after_rows: 2_500, times: 1 }), ..Faults::default() };
    let query = format!(
        "/api/dataValueSets?dataSet={MONTHLY}&startDate=2023-11-01&endDate=2024-02-29&orgUnit={ROOT}&children=true"
    );
    let old = server("2.42.5.2", faults.clone()).await;
    assert_eq!(count(&get(&old, &query).await, "dataValues"), 2_000);
    assert_eq!(count(&get(&old, &query).await, "dataValues"), 3_177, "asked once more it is whole");
    let new = server("2.43.1", faults).await;
    assert_eq!(
        count(&get(&new, &query).await, "dataValues"),
        3_177,
        "2.43 answers 500 instead, which this is not about"
    );
}
