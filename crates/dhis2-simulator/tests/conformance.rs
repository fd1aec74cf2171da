//! The simulator against recordings of real servers: every recorded request of system, metadata, data values and their
//! imports, analytics, the tracker and errors, on every recorded version. Runs over the recordings beside the project where they are, else over a selection of them
//! in `tests/data`.

mod support;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use dhis2_simulator::{Simulator, World};
use support::compare::Comparison;
use support::har;
use support::report::Report;

const VERSIONS: [&str; 6] = ["2.38.7", "2.39.10.1", "2.40.12", "2.41.9.1", "2.42.5.2", "2.43.1"];

/// The reasons for what differs, for the documentation.
pub(crate) const WHY: &str = "\
- **aggregate/last-updated-without-period** (2.40.12, 2.41.9.1, 2.42.5.2): the server held values of 2015 and 2018 that \
imports before the recording had left there. They are in no file of its world, and not among the rows read from its \
database.\n\
- **tracker/relationships-of-…** (2.38.7, 2.39.10.1, 2.40.12): at the ends of relationships these servers name the hidden \
enrollment of an event program, a uid that each server makes for itself and that is in no file of the world.\n\
- **Walks in an order that leaves rows equal** (2.38.7 to 2.40.12, `createdAt`, `enrolledAt`): which rows a walk loses or \
repeats at the edges of pages is chance, on servers and here.\n\
- **system/me-superuser**: the list of authorities of each version is not simulated; the superuser has `ALL` and those \
that clients look for by name.\n";

fn baseline_file() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/conformance-baseline.txt")
}

/// A case that was the same once has to stay so, and of each version's cases 95 in 100 are.
#[tokio::test]
async fn recorded_requests_are_answered_as_the_servers_did() {
    let mut report = Report::default();
    let mut world: Option<(&str, Arc<World>)> = None;
    for version in VERSIONS {
        let source = har::world_version(version);
        let loaded = match &world {
            Some((known, world)) if *known == source => Arc::clone(world),
            _ => Arc::new(World::load(&har::world(version)).unwrap()),
        };
        world = Some((source, Arc::clone(&loaded)));
        // The servers were recorded on this evening.
        let clock = "2026-11-22T18:30:00Z".parse().unwrap();
        let builder = || Simulator::builder().version(version).unwrap().world(Arc::clone(&loaded)).clock(clock);
        let server = builder().analytics_tables(har::analytics_tables(version)).start().await.unwrap();
        let comparison = Comparison { foreign_world: source != version, ..Comparison::of(&server) };
        let (imports, others): (Vec<_>, Vec<_>) =
            har::cases(version).into_iter().partition(|case| case.name.starts_with("imports/"));
        for case in others {
            report.add(&case.name, version, comparison.differences(&case).await);
        }
        // Imports build upon each other, in the order recorded.
        let imports = har::in_order(imports);
        let server = builder().job_polls(har::polls_in_vain(&imports)).start().await.unwrap();
        let comparison = Comparison { changing: true, ..Comparison::of(&server) };
        for case in imports {
            report.add(&case.name, version, comparison.differences(&case).await);
        }
    }
    println!("{}", report.differences());
    let passing = report.passing();
    if har::recordings().is_some() {
        let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/conformance.md");
        fs::create_dir_all(page.parent().unwrap()).unwrap();
        fs::write(page, report.markdown(&VERSIONS)).unwrap();
        if std::env::var_os("CONFORMANCE_BASELINE").is_some() {
            let lines: Vec<_> = passing.iter().cloned().collect();
            fs::write(baseline_file(), lines.join("\n") + "\n").unwrap();
        }
    }
    let baseline = fs::read_to_string(baseline_file()).unwrap_or_default();
    let baseline: BTreeSet<String> = baseline.lines().map(str::to_owned).collect();
    let compared = report.compared();
    let lost: Vec<_> = baseline.iter().filter(|case| compared.contains(*case) && !passing.contains(*case)).collect();
    assert!(lost.is_empty(), "these were the same before: {lost:#?}");
    for version in VERSIONS {
        let (same, all) = report.count(version);
        println!("{version}: {same} of {all}");
        assert!(all >= 100, "{version}: only {all} cases");
        assert!(same * 100 >= all * 95, "{version}: {same} of {all} cases are the same");
    }
}

/// Renews the fixtures from the recordings; to be run by hand when these change.
#[test]
#[ignore = "writes the fixtures anew"]
fn pack_the_recordings() {
    har::pack(&VERSIONS, 400_000);
}
