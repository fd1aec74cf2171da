//! A large country on every version: a million data values, a hundred thousand events, five thousand units. The country is
//! made once; rows are compared by count and by the sum of their hashes.

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use dhis2::http::{ReqwestTransport, Retry, RetryPolicy};
use dhis2::polars::prelude::*;
use dhis2::{Client, Credentials, DataValueQuery, Dhis2, EventQuery, Extraction};
use dhis2_simulator::{Fault, Faults, ResetAt, Rule, SUPERUSER, SUPERUSER_PASSWORD, World, WorldSize};
use dhis2_tests::served::{self, serve};
use xxhash_rust::xxh3::Xxh3;

const SIZE: WorldSize = WorldSize { organisation_units: 5_000, data_values: 1_000_000, events: 100_000 };

static WORLD: LazyLock<Arc<World>> = LazyLock::new(|| Arc::new(World::generate(&SIZE, 20_260_101)));
static VALUES: LazyLock<Sum> = LazyLock::new(|| Sum::of_values(&WORLD));
static EVENTS: LazyLock<Sum> = LazyLock::new(|| Sum::of_events(&WORLD));

/// How many rows, and what they say. A row that is missing, changed or there twice changes it.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
struct Sum {
    rows: u64,
    hashes: u128,
}

impl Sum {
    fn add<'c>(&mut self, cells: impl IntoIterator<Item = Option<&'c [u8]>>) {
        let mut hasher = Xxh3::new();
        for cell in cells {
            hasher.update(&cell.map_or(u64::MAX, |cell| cell.len() as u64).to_le_bytes());
            hasher.update(cell.unwrap_or_default());
        }
        self.rows += 1;
        self.hashes = self.hashes.wrapping_add(hasher.digest128());
    }

    fn of_values(world: &World) -> Self {
        let mut sum = Self::default();
        for value in world.data_values().filter(|value| !value.deleted) {
            let [created, updated] = [value.created, value.last_updated].map(|at| at.timestamp_millis().to_le_bytes());
            let texts = [
                Some(value.data_element),
                Some(&value.period.id()),
                Some(value.organisation_unit),
                Some(value.category_option_combo),
                Some(value.attribute_option_combo),
                value.value,
            ];
            sum.add(texts.iter().map(|text| text.map(str::as_bytes)).chain([Some(&created[..]), Some(&updated[..])]));
        }
        sum
    }

    /// Event, unit, time, element, value.
    fn of_events(world: &World) -> Self {
        let mut sum = Self::default();
        for event in world.events().filter(|event| !event.deleted) {
            let occurred = event.occurred_at.map(|at| at.and_utc().timestamp_millis().to_le_bytes());
            let mut row = |value: Option<(&str, &str)>| {
                sum.add([
                    Some(event.event.as_bytes()),
                    Some(event.organisation_unit.as_bytes()),
                    occurred.as_ref().map(<[u8; 8]>::as_slice),
                    value.map(|(element, _)| element.as_bytes()),
                    value.map(|(_, value)| value.as_bytes()),
                ]);
            };
            if event.values.is_empty() {
                row(None);
            }
            event.values.iter().for_each(|value| row(Some(*value)));
        }
        sum
    }

    fn of_frame(frame: &DataFrame, columns: &[&str]) -> Self {
        let mut sum = Self::default();
        let times: Vec<Option<Vec<Option<[u8; 8]>>>> = columns
            .iter()
            .map(|name| {
                let column = frame.column(name).unwrap();
                let physical = column.to_physical_repr();
                let times = physical.i64().ok()?;
                Some(times.iter().map(|time| time.map(i64::to_le_bytes)).collect())
            })
            .collect();
        let texts: Vec<Option<&StringChunked>> =
            columns.iter().map(|name| frame.column(name).unwrap().str().ok()).collect();
        for row in 0..frame.height() {
            sum.add(times.iter().zip(&texts).map(|(times, texts)| match (times, texts) {
                (Some(times), _) => times[row].as_ref().map(<[u8; 8]>::as_slice),
                (None, Some(texts)) => texts.get(row).map(str::as_bytes),
                (None, None) => panic!("a column of neither texts nor times"),
            }));
        }
        sum
    }
}

/// A client as any, but for the time it waits before it tries again.
fn client(url: &str) -> Dhis2 {
    let policy = RetryPolicy { base: Duration::from_millis(2), ..RetryPolicy::default() };
    let transport = Retry::new(ReqwestTransport::new().unwrap(), policy);
    let credentials = Credentials::basic(SUPERUSER, SUPERUSER_PASSWORD);
    Dhis2::new(Client::new(url, credentials, transport).unwrap())
}

fn values_question() -> dhis2::DataValueQueryBuilder {
    DataValueQuery::builder().data_sets(WORLD.data_sets().map(|set| set.id)).dates("1990-01-01", "2050-12-31")
}

fn root() -> &'static str {
    WORLD.organisation_units().next().unwrap().id
}

fn assert_values(what: &str, extraction: &Extraction) {
    let receipt = &extraction.receipt;
    assert!(receipt.is_complete(), "{what}: {:?}", receipt.missing());
    assert_eq!(receipt.duplicates_removed, 0, "{what}");
    let columns: Vec<&str> = extraction.frame.columns().iter().map(|column| column.name().as_str()).collect();
    assert_eq!(Sum::of_frame(&extraction.frame, &columns), *VALUES, "{what}");
}

/// The events of all programs.
fn assert_events(what: &str, client: &Dhis2) -> u64 {
    let programs: std::collections::BTreeSet<&str> = WORLD.events().map(|event| event.program).collect();
    let mut sum = Sum::default();
    let mut retries = 0;
    for program in programs {
        let query = EventQuery::builder().program(program).org_unit_parents([root()]).build().unwrap();
        let extraction = served::events(client, &query);
        assert!(extraction.receipt.is_complete(), "{what}: {:?}", extraction.receipt.missing());
        let columns = ["event_id", "organisation_unit_id", "occurred_at", "data_element_id", "value"];
        let part = Sum::of_frame(&extraction.frame, &columns);
        sum = Sum { rows: sum.rows + part.rows, hashes: sum.hashes.wrapping_add(part.hashes) };
        retries += extraction.receipt.retries;
    }
    assert_eq!(sum, *EVENTS, "{what}");
    retries
}

fn everything_at_once(version: &str) {
    assert!(VALUES.rows > 900_000 && EVENTS.rows > 90_000);
    let server = serve(version, &WORLD, Faults::default());
    let client = client(&server.base_url());
    let query = values_question().org_units([root()]).include_children(true).build().unwrap();
    let extraction = served::data_values(&client, &query);
    assert_values(version, &extraction);
    assert_eq!(extraction.receipt.retries, 0);
    assert_eq!(assert_events(version, &client), 0);
}

/// Every unit by name, in as many requests as that takes, from a server that drops connections before and within answers and
/// is away now and then. peer-bugs section 3: "org units > 32 767, 500 UIDs in a filter stay under the URL budget [tupaia,
/// FETCH]".
fn through_accidents(version: &str) {
    let faults = Faults::of([
        Rule { every: 7, ..Rule::of(Fault::Reset { at: ResetAt::BeforeAnswer, content_length: false }) },
        Rule { every: 5, ..Rule::of(Fault::Reset { at: ResetAt::Midway, content_length: false }) },
        Rule { every: 11, ..Rule::of(Fault::Status { code: 503, retry_after_seconds: None }) },
    ]);
    let server = serve(version, &WORLD, faults);
    let client = client(&server.base_url());
    let units = WORLD.organisation_units().map(|unit| unit.id);
    let extraction = served::data_values(&client, &values_question().org_units(units).build().unwrap());
    assert_values(version, &extraction);
    assert!(extraction.receipt.chunks.len() > 10);
    assert!(extraction.receipt.retries > 3, "{} retries", extraction.receipt.retries);
    assert!(server.targets().iter().all(|target| target.len() < 7_000));
    assert!(assert_events(version, &client) > 0);
}

macro_rules! on_every_version {
    ($($name:ident $version:literal)*) => { $(
        mod $name {
            #[test]
            fn everything_at_once() {
                super::everything_at_once($version);
            }

            #[test]
            fn through_accidents() {
                super::through_accidents($version);
            }
        }
    )* };
}

on_every_version! {
    v2_38 "2.38.7"
    v2_39 "2.39.10.1"
    v2_40 "2.40.12"
    v2_41 "2.41.9.1"
    v2_42 "2.42.5.2"
    v2_43 "2.43.1"
}
