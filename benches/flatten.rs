//! From a server's bytes to columns, beside the least that reading the same bytes as JSON can take: a parser that keeps
//! nothing. `README.md` says how to read it.
#![allow(missing_docs)] // criterion's macros make public items

use criterion::{BenchmarkId, Criterion, SamplingMode, Throughput, criterion_group, criterion_main};
use dhis2_aggregate::flatten::Flatten as DataValues;
use dhis2_api::datetime::ServerZone;
use dhis2_benches::{data_values_full, data_values_hoisted, events};
use dhis2_tracker::EventColumns;
use dhis2_tracker::events::{Flatten as Events, Selection};
use serde::de::IgnoredAny;
use std::hint::black_box;

fn both(criterion: &mut Criterion, name: &str, rows: usize, body: &str, flatten: impl Fn(&[u8]) -> usize) {
    let mut group = criterion.benchmark_group(name);
    group.throughput(Throughput::Bytes(body.len() as u64)).sample_size(20).sampling_mode(SamplingMode::Flat);
    group.bench_with_input(BenchmarkId::new("flatten", rows), body, |bencher, body| {
        bencher.iter(|| flatten(black_box(body.as_bytes())));
    });
    group.bench_with_input(BenchmarkId::new("serde_json IgnoredAny", rows), body, |bencher, body| {
        bencher.iter(|| serde_json::from_str::<IgnoredAny>(black_box(body)));
    });
    group.finish();
}

fn flatten(criterion: &mut Criterion) {
    for rows in [10_000, 100_000] {
        both(criterion, "data values of 2.42", rows, &data_values_full(rows), |body| {
            DataValues::default().body(body).map_or(0, |(frame, _)| frame.height())
        });
        let hoisted = DataValues { fill_shared_fields: true, ..DataValues::default() };
        both(criterion, "data values of 2.43", rows, &data_values_hoisted(rows), |body| {
            hoisted.body(body).map_or(0, |(frame, _)| frame.height())
        });
    }
    let plain = Events {
        items: "events",
        zone: ServerZone::UTC,
        in_utc: false,
        columns: EventColumns::Plain,
        selection: Selection::default(),
    };
    for count in [2_500, 25_000] {
        both(criterion, "events of 2.42, four values each", count, &events(count), |body| {
            plain.body(body).map_or(0, |page| page.frame.height())
        });
    }
}

criterion_group!(benches, flatten);
criterion_main!(benches);
