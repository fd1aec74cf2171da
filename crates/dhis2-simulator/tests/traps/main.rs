//! What servers of each version do that a client must know of, asked of the simulator beyond what was recorded.

mod aggregate;
mod analytics;
mod enrollments;
mod events;
mod faults;
#[path = "../support/http.rs"]
mod http;
mod imports;
mod loading;
mod metadata;
mod relationships;
mod tracked_entities;
mod transport;

use std::path::Path;
use std::sync::{Arc, OnceLock};

use dhis2_simulator::{CLERK, CLERK_PASSWORD, RunningSimulator, SUPERUSER, SUPERUSER_PASSWORD, Simulator, World};
use serde_json::Value;

/// The recorded country, as 2.42.5.2 exported it.
const ROOT: &str = "KdK92fYEfTw";
const REGION_A: &str = "fdiB65j1eR5";
const FACILITY: &str = "YjtKhmjECkQ";
const MONTHLY: &str = "pPqq629bfL1";
const ANTENATAL: &str = "T4KUa2dgu2M";
const CASES: &str = "kq5MJdgfUBN";

fn country() -> Arc<World> {
    static WORLD: OnceLock<Arc<World>> = OnceLock::new();
    let load = || {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/world-2.42.5.2.har.gz");
        Arc::new(World::load(&[file]).unwrap())
    };
    Arc::clone(WORLD.get_or_init(load))
}

/// A server that holds the country, its clock an hour after the last value was entered.
async fn server(version: &str) -> RunningSimulator {
    let clock = "2026-11-22T16:30:00Z".parse().unwrap();
    Simulator::builder().version(version).unwrap().world(country()).clock(clock).start().await.unwrap()
}

fn as_superuser() -> (String, String) {
    http::basic(SUPERUSER, SUPERUSER_PASSWORD)
}

fn as_clerk() -> (String, String) {
    http::basic(CLERK, CLERK_PASSWORD)
}

async fn get_as(server: &RunningSimulator, account: (String, String), target: &str) -> http::Answer {
    let headers =
        [account, ("Accept".into(), "application/json".into()), ("X-Requested-With".into(), "XMLHttpRequest".into())];
    let answer = http::get(&server.base_url(), target, &headers).await.expect("an answer");
    assert!(answer.whole, "{target}");
    answer
}

/// The JSON of an answer with status 200.
async fn get(server: &RunningSimulator, target: &str) -> Value {
    let answer = get_as(server, as_superuser(), target).await;
    assert_eq!(answer.status, 200, "{target}: {}", answer.text());
    serde_json::from_slice(&answer.body).unwrap()
}

/// Status and error code of a refusal.
async fn refusal(server: &RunningSimulator, target: &str) -> (u16, Option<String>) {
    let answer = get_as(server, as_superuser(), target).await;
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    (answer.status, body["errorCode"].as_str().map(str::to_owned))
}

/// How many rows a list has.
fn count(answer: &Value, key: &str) -> usize {
    answer[key].as_array().unwrap_or_else(|| panic!("no {key}")).len()
}
