//! From a server's bytes to columns, beside the least that reading the same bytes can take: a parser that keeps nothing, and a
//! search for the quotes. `README.md` says how to read it.
#![allow(missing_docs)] // criterion's macros make public items

use std::hint::black_box;

use criterion::measurement::Measurement;
use criterion::{BenchmarkGroup, BenchmarkId, Criterion, SamplingMode, Throughput, criterion_group, criterion_main};
use dhis2_benches::{
    CpuTime, DATA_VALUES, ENROLLMENTS, EVENTS, HOISTED, Order, Read, TRACKED_ENTITIES, data_values, data_values_full,
    data_values_hoisted, enrollments, events, one_core, serde_json_only, tracked_entities,
};
use dhis2_frame::{ReadOptions, keep_freed_memory};
use serde::de::IgnoredAny;

const ROWS: usize = 1_000_000;

fn group<'c, M: Measurement>(criterion: &'c mut Criterion<M>, name: &str) -> BenchmarkGroup<'c, M> {
    let mut group = criterion.benchmark_group(name);
    group.sample_size(10).sampling_mode(SamplingMode::Flat);
    group
}

/// All ways of reading one body on one core, and the floors: the ratios are within the group.
fn ways(criterion: &mut Criterion<CpuTime>, name: &str, size: usize, body: &str, read: Read) {
    let mut group = group(criterion, name);
    group.throughput(Throughput::Bytes(body.len() as u64));
    for (way, options) in [("quick", one_core()), ("serde_json", serde_json_only())] {
        group.bench_function(BenchmarkId::new(way, size), |bencher| {
            bencher.iter(|| read(black_box(body.as_bytes()), options));
        });
    }
    group.bench_function(BenchmarkId::new("floor, parse only", size), |bencher| {
        bencher.iter(|| serde_json::from_str::<IgnoredAny>(black_box(body)));
    });
    group.bench_function(BenchmarkId::new("floor, find quotes", size), |bencher| {
        bencher.iter(|| memchr::memchr_iter(b'"', black_box(body.as_bytes())).count());
    });
    group.finish();
}

fn bodies(criterion: &mut Criterion<CpuTime>) {
    // As the program does: an answer is seldom the first.
    keep_freed_memory();
    ways(criterion, "data values of 2.42", ROWS, &data_values_full(ROWS), DATA_VALUES);
    ways(criterion, "data values of 2.42, shuffled", ROWS, &data_values(ROWS, Order::Shuffled), DATA_VALUES);
    ways(criterion, "data values of 2.43", ROWS, &data_values_hoisted(ROWS), HOISTED);
    ways(criterion, "events, ten values each", ROWS / 10, &events(ROWS / 10, 10, Order::Servers), EVENTS);
    ways(criterion, "events, ten values each, shuffled", ROWS / 10, &events(ROWS / 10, 10, Order::Shuffled), EVENTS);
    ways(criterion, "tracked entities", ROWS / 10, &tracked_entities(ROWS / 10), TRACKED_ENTITIES);
    ways(criterion, "enrollments", ROWS / 10, &enrollments(ROWS / 10), ENROLLMENTS);
}

/// The time of a row must not depend on how many there are.
fn growth(criterion: &mut Criterion<CpuTime>) {
    let mut group = group(criterion, "growth");
    for rows in [10_000, 100_000, 1_000_000, 10_000_000] {
        let body = data_values_full(rows);
        group.throughput(Throughput::Elements(rows as u64));
        group.bench_function(BenchmarkId::new("quick", rows), |bencher| {
            bencher.iter(|| DATA_VALUES(black_box(body.as_bytes()), one_core()));
        });
    }
    group.finish();
}

/// One core and all of them, by the clock on the wall.
fn cores(criterion: &mut Criterion) {
    for (name, body, read) in [
        ("cores, data values", data_values_full(ROWS), DATA_VALUES),
        ("cores, events", events(ROWS / 10, 10, Order::Servers), EVENTS),
    ] {
        let mut group = group(criterion, name);
        for (way, options) in [("one", one_core()), ("all", ReadOptions::default())] {
            group.bench_function(way, |bencher| bencher.iter(|| read(black_box(body.as_bytes()), options)));
        }
        group.finish();
    }
}

criterion_group!(name = one; config = Criterion::default().with_measurement(CpuTime); targets = bodies, growth);
criterion_group!(all, cores);
criterion_main!(one, all);
