//! A whole extract, beside the least it can take: downloading the same bodies and dropping them. `README.md` says how to read it.
#![allow(missing_docs, clippy::unwrap_used)] // criterion's macros make public items; a bench that fails may panic

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, SamplingMode, Throughput, criterion_group, criterion_main};
use dhis2::api::request::ApiRequest;
use dhis2::http::{Client, Record, Replay};
use dhis2::{Connection, Credentials, DataValueQuery, Dhis2, EventQuery, Extraction};
use dhis2_benches::{Canned, serve};
use tokio::runtime::Runtime;

/// No multiple of a thousand, at which a 2.42 server may have cut its answer: the program would ask again, in parts.
const VALUES: usize = 999_999;
const EVENT_ROWS: usize = 1_000_000;
const PAGES: u32 = 20;

fn values_query() -> DataValueQuery {
    let query = DataValueQuery::builder().data_sets(["pPqq629bfL1"]).dates("2024-01-01", "2024-12-31");
    query.org_units(["KdK92fYEfTw"]).include_children(true).build().unwrap()
}

fn events_query() -> EventQuery {
    EventQuery::builder().program("T4KUa2dgu2M").org_unit_parents(["KdK92fYEfTw"]).build().unwrap()
}

fn group<'c>(criterion: &'c mut Criterion, name: &str, bytes: u64) -> BenchmarkGroup<'c, WallTime> {
    let mut group = criterion.benchmark_group(name);
    group.sample_size(10).sampling_mode(SamplingMode::Flat).throughput(Throughput::Bytes(bytes));
    group
}

async fn download(client: &Client, requests: &[ApiRequest]) {
    for request in requests {
        let mut arriving = client.get_in_pieces(request).await.unwrap();
        while arriving.next().await.unwrap().is_some() {}
    }
}

fn loopback(criterion: &mut Criterion) {
    let runtime = Runtime::new().unwrap();
    let canned = Canned::new(VALUES, PAGES);
    let address = serve(&canned).unwrap();
    let dhis2 = || Connection::to(format!("http://{address}")).credentials(Credentials::None).open().unwrap();

    let bench = Bench { runtime: &runtime, canned: &canned, open: &dhis2 };

    let one = [ApiRequest::get("dataValueSets.json")];
    bench.beside_downloading(criterion, "1,000,000 data values over loopback", &one, VALUES, &async |dhis2: &Dhis2| {
        dhis2.extract_data_values(&values_query()).await.unwrap()
    });
    let page = |page: u32| ApiRequest::get("tracker/events").param("page", page.to_string());
    let pages: Vec<ApiRequest> = (1..=PAGES).map(page).collect();
    bench.beside_downloading(criterion, "100,000 events over loopback", &pages, EVENT_ROWS, &async |dhis2: &Dhis2| {
        dhis2.extract_events(&events_query()).await.unwrap()
    });
}

struct Bench<'a> {
    runtime: &'a Runtime,
    canned: &'a Canned,
    /// A client that knows nothing yet.
    open: &'a dyn Fn() -> Dhis2,
}

impl Bench<'_> {
    /// The extract of so many rows, and what it asks for alone.
    fn beside_downloading(
        &self,
        criterion: &mut Criterion,
        name: &str,
        requests: &[ApiRequest],
        rows: usize,
        extract: &impl AsyncFn(&Dhis2) -> Extraction,
    ) {
        let Self { runtime, canned, open } = self;
        let size = |request: &ApiRequest| canned.answer(&request.path_and_query()).text().len() as u64;
        let mut group = group(criterion, name, requests.iter().map(size).sum());
        group.bench_function("download and drop", |bencher| {
            bencher.iter(|| runtime.block_on(async { download(open().client(), requests).await }));
        });
        group.bench_function("extract to a frame", |bencher| {
            bencher.iter(|| {
                let extraction = runtime.block_on(async { extract(&open()).await });
                assert_eq!((extraction.frame.height(), extraction.receipt.is_complete()), (rows, true));
            });
        });
        group.finish();
    }
}

/// The same answers from a recording, without a network.
fn replay(criterion: &mut Criterion) {
    let runtime = Runtime::new().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("values.har");
    let rows = VALUES / 10;
    let server = {
        let canned = Canned::new(rows, 1);
        dhis2::http::MemoryTransport::new(move |request| {
            let target = format!("{}?{}", request.url.path(), request.url.query().unwrap_or_default());
            Ok(dhis2::http::Response::json(200, canned.answer(&target).text().to_owned()))
        })
    };
    let record = std::sync::Arc::new(Record::create(server, &path).unwrap());
    let client = Client::new("https://dhis2.example.org", Credentials::None, std::sync::Arc::clone(&record)).unwrap();
    runtime.block_on(async { Dhis2::new(client).extract_data_values(&values_query()).await }).unwrap();
    record.finish().unwrap();
    let replay = std::sync::Arc::new(Replay::open(&path).unwrap());
    let client =
        || Client::new("https://dhis2.example.org", Credentials::None, std::sync::Arc::clone(&replay)).unwrap();

    let mut group = group(criterion, "100,000 data values of a recording", std::fs::metadata(&path).unwrap().len());
    group.bench_function("extract to a frame", |bencher| {
        bencher.iter(|| {
            let run = async { Dhis2::new(client()).extract_data_values(&values_query()).await };
            assert_eq!(runtime.block_on(run).unwrap().frame.height(), rows);
        });
    });
    group.finish();
}

criterion_group!(benches, loopback, replay);
criterion_main!(benches);
