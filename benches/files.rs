//! Files written, and plans made. `README.md` says how to read it.
#![allow(missing_docs, clippy::unwrap_used)] // criterion's macros make public items; a bench that fails may panic

use criterion::{BenchmarkId, Criterion, SamplingMode, Throughput, criterion_group, criterion_main};
use dhis2::http::{Client, MemoryTransport, Response};
use dhis2::{Credentials, DataValueQuery, Dhis2};
use dhis2_aggregate::flatten::Flatten;
use dhis2_benches::{Canned, data_values_full};
use dhis2_frame::{Format, write_frame};
use tokio::runtime::Runtime;

const ROWS: usize = 1_000_000;

fn writers(criterion: &mut Criterion) {
    let (frame, _) = Flatten::default().body(data_values_full(ROWS).as_bytes()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut group = criterion.benchmark_group("1,000,000 data values to a file");
    group.sample_size(10).sampling_mode(SamplingMode::Flat).throughput(Throughput::Elements(ROWS as u64));
    for name in ["values.parquet", "values.arrow", "values.csv", "values.ndjson"] {
        let path = folder.path().join(name);
        let format = Format::from_path(&path).unwrap();
        group.bench_function(name, |bencher| bencher.iter(|| write_frame(&frame, &path, format).unwrap()));
    }
    group.finish();
}

/// A year of a data set for so many units that are named one by one.
fn planner(criterion: &mut Criterion) {
    let runtime = Runtime::new().unwrap();
    let canned = Canned::new(1, 1);
    let server = MemoryTransport::new(move |request| {
        let target = format!("{}?{}", request.url.path(), request.url.query().unwrap_or_default());
        Ok(Response::json(200, canned.answer(&target).text().to_owned()))
    });
    let dhis2 = Dhis2::new(Client::new("https://dhis2.example.org", Credentials::None, server).unwrap());
    let mut group = criterion.benchmark_group("plans");
    for units in [10, 1_000, 10_000] {
        let units: Vec<String> = (0..units).map(|unit| format!("Unit{unit:07}")).collect();
        let query = DataValueQuery::builder().data_sets(["pPqq629bfL1"]).dates("2024-01-01", "2024-12-31");
        let query = query.org_units(units.iter().map(String::as_str)).build().unwrap();
        group.throughput(Throughput::Elements(units.len() as u64));
        group.bench_function(BenchmarkId::new("data values of units", units.len()), |bencher| {
            bencher.iter(|| {
                runtime.block_on(async { dhis2.prepare_data_values(&query).await.unwrap().plan().await }).unwrap()
            });
        });
    }
    group.finish();
}

criterion_group!(benches, writers, planner);
criterion_main!(benches);
