//! How much faster a run is that has several requests under way, against a server that answers after 50 ms. `README.md` says
//! how to read it.
#![allow(missing_docs)] // criterion's macros make public items

use std::sync::Arc;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, SamplingMode, criterion_group, criterion_main};
use dhis2::{Connection, Credentials, EventQuery};
use dhis2_simulator::{Fault, Faults, Rule, SUPERUSER_TOKEN, World, WorldSize};
use dhis2_tests::served::{RUNTIME, serve};

const LATENCY: Duration = Duration::from_millis(50);
/// So many requests: one for each of the units asked for.
const UNITS: usize = 240;

fn pace(criterion: &mut Criterion) {
    let size = WorldSize { organisation_units: 400, data_values: 400, events: 4_000 };
    let world = Arc::new(World::generate(&size, 3));
    let late = Rule {
        target: "/tracker/events".to_owned(),
        ..Rule::of(Fault::Latency { fixed: LATENCY, jitter: Duration::ZERO })
    };
    let simulator = serve("2.43.1", &world, Faults::of([late]));
    let leaves = world.organisation_units().filter(|unit| unit.level == 4).take(UNITS);
    let units: Vec<String> = leaves.map(|unit| unit.id.to_owned()).collect();
    assert_eq!(units.len(), UNITS);
    let program = world.events().next().map(|event| event.program.to_owned()).unwrap_or_default();
    let query = EventQuery::builder().program(program).org_unit_parents(units).build();

    let mut group = criterion.benchmark_group("240 requests to a server that answers after 50 ms");
    group.sample_size(10).sampling_mode(SamplingMode::Flat);
    for concurrency in [1, 8] {
        group.bench_function(BenchmarkId::new("requests at the same time", concurrency), |bencher| {
            bencher.iter(|| {
                let connection = Connection::to(simulator.base_url()).credentials(Credentials::token(SUPERUSER_TOKEN));
                let run = async {
                    let dhis2 = connection.concurrency(concurrency).open()?;
                    dhis2.extract_events(query.as_ref().map_err(Clone::clone)?).await
                };
                RUNTIME.block_on(run).map_or(0, |extraction| extraction.frame.height())
            });
        });
        assert!(simulator.most_at_once() <= concurrency as u64 + 1, "{}", simulator.most_at_once());
    }
    group.finish();
}

criterion_group!(benches, pace);
criterion_main!(benches);
