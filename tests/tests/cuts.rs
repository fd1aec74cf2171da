//! What is too much at once: cut into its elements where nothing else is left, and cut the same whether a run was stopped or not.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use dhis2::extract::ExtractError;
use dhis2::extract::receipt::ChunkState;
use dhis2::http::{ReqwestTransport, Retry, RetryPolicy};
use dhis2::{Client, Credentials, DataValueQuery, Dhis2, EventQuery, Options, Prepared, Receipt};
use dhis2_simulator::{Fault, Faults, Rule, RunningSimulator, SUPERUSER, SUPERUSER_PASSWORD, World, WorldSize};
use dhis2_tests::rows;
use dhis2_tests::served::{RUNTIME, serve};

const SIZE: WorldSize = WorldSize { organisation_units: 40, data_values: 6_000, events: 1_200 };

static WORLD: LazyLock<Arc<World>> = LazyLock::new(|| Arc::new(World::generate(&SIZE, 11)));

/// A client that tries again at once.
fn client(simulator: &RunningSimulator) -> Dhis2 {
    let policy =
        RetryPolicy { base: Duration::from_millis(1), cap: Duration::from_millis(5), ..RetryPolicy::default() };
    let transport = Retry::new(ReqwestTransport::new().unwrap(), policy);
    let credentials = Credentials::basic(SUPERUSER, SUPERUSER_PASSWORD);
    Dhis2::new(Client::new(&simulator.base_url(), credentials, transport).unwrap())
}

fn of(target: &str, fault: Fault) -> Rule {
    Rule { target: target.to_owned(), ..Rule::of(fault) }
}

/// The unit and the period with the most values, how many they are, and how many one element has there at most.
fn fullest() -> (String, String, usize, usize) {
    let mut cells: BTreeMap<(&str, String), BTreeMap<&str, usize>> = BTreeMap::new();
    for value in WORLD.data_values().filter(|value| !value.deleted) {
        let cell = cells.entry((value.organisation_unit, value.period.id())).or_default();
        *cell.entry(value.data_element).or_default() += 1;
    }
    let ((unit, period), elements) = cells.into_iter().max_by_key(|(_, all)| all.values().sum::<usize>()).unwrap();
    (unit.to_owned(), period, elements.values().sum(), elements.into_values().max().unwrap())
}

/// Issue 6: "a chunk is split (time first, then organisation units, then elements)".
#[test]
fn a_data_set_of_one_unit_and_one_period_is_cut_into_its_elements() {
    let (unit, period, all, of_one) = fullest();
    assert!(all > 2 * of_one, "{all} values, {of_one} of an element");
    let sets: Vec<&str> = WORLD.data_sets().map(|set| set.id).collect();
    let groups = || DataValueQuery::builder().periods([&period]).org_units([&unit]);
    let query = groups().data_sets(sets.iter().copied()).build().unwrap();
    let too_many = || Faults::of([of("/dataValueSets", Fault::OutOfMemory { over_rows: of_one })]);
    for version in ["2.38.7", "2.39.10.1", "2.40.12", "2.41.9.1", "2.42.5.2", "2.43.1"] {
        let whole = serve(version, &WORLD, Faults::default());
        let expected = RUNTIME.block_on(client(&whole).extract_data_values(&query)).unwrap();
        assert!(expected.frame.height() > of_one);
        let short = serve(version, &WORLD, too_many());
        let came = RUNTIME.block_on(client(&short).extract_data_values(&query));
        // There a server cannot be asked for elements.
        if version == "2.38.7" {
            match came {
                Ok(came) => assert!(came.receipt.chunks.iter().any(|chunk| chunk.state == ChunkState::Failed)),
                Err(error) => assert!(error.to_string().contains("500"), "{error}"),
            }
            continue;
        }
        let came = came.unwrap();
        assert!(came.receipt.is_complete(), "{version}: {:?}", came.receipt.missing());
        let sorted = |frame| {
            let mut rows = rows::of_frame(frame);
            rows.sort();
            rows
        };
        assert!(sorted(&came.frame) == sorted(&expected.frame), "{version}: other rows");
        let asked: BTreeSet<&str> = came.receipt.chunks.iter().map(|chunk| chunk.what.as_str()).collect();
        assert!(asked.iter().any(|what| what.starts_with("data element")), "{version}: {asked:?}");
    }
}

/// The events of every unit apart, some years of them: a dozen chunks or more, of which most are too much at once.
fn events(dhis2: &Dhis2) -> Prepared {
    let program = WORLD.events().next().unwrap().program.to_owned();
    let units: Vec<&str> = WORLD.organisation_units().filter(|unit| unit.level >= 3).map(|unit| unit.id).collect();
    let query = EventQuery::builder().program(&program).org_unit_parents(units);
    let query = query.occurred_after("2015-01-01").occurred_before("2030-12-31").build().unwrap();
    RUNTIME.block_on(dhis2.prepare_events(&query)).unwrap()
}

fn write(prepared: Prepared, folder: &Path) -> Result<Receipt, ExtractError> {
    RUNTIME.block_on(prepared.write(&folder.join("out.csv"), &folder.join("job")))
}

/// Kills under faults that force cuts: the bytes are those of a run that nobody stopped, since what is cut beforehand depends
/// on the chunks before it in the plan, and on nothing that another run would not find.
#[test]
fn a_run_that_was_stopped_is_cut_as_it_would_have_been() {
    let late = Fault::Latency { fixed: Duration::from_millis(1), jitter: Duration::from_millis(6) };
    let rules = [Rule::of(late), of("/tracker/events", Fault::OutOfMemory { over_rows: 6 })];
    let simulator = serve("2.42.5.2", &WORLD, Faults { seed: 3, ..Faults::of(rules) });
    let dhis2 = client(&simulator);
    let options = Options { concurrency: 3, ..Options::default() };
    let dhis2 = Dhis2::from(dhis2.engine().clone().with_options(options));
    let undisturbed = tempfile::tempdir().unwrap();
    let receipt = write(events(&dhis2), undisturbed.path()).unwrap();
    assert!(receipt.is_complete() && receipt.splits.len() > 3, "{:?}", receipt.splits);
    let plan = RUNTIME.block_on(events(&dhis2).outline()).unwrap();
    assert!(plan.chunks.len() > 6, "{}", plan.chunks.len());
    let expected = std::fs::read(undisturbed.path().join("out.csv")).unwrap();

    let folder = tempfile::tempdir().unwrap();
    let mut stopped = 0;
    let mut moment = 1_u64;
    let last = loop {
        moment = moment.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let patience = Duration::from_millis(20 + (moment >> 33) % 150);
        let prepared = events(&dhis2);
        let (path, job) = (folder.path().join("out.csv"), folder.path().join("job"));
        let outcome = RUNTIME.block_on(async { tokio::time::timeout(patience, prepared.write(&path, &job)).await });
        match outcome {
            Err(_) => stopped += 1,
            Ok(Ok(receipt)) => break receipt,
            // What was stopped is still putting a page away.
            Ok(Err(ExtractError::JobTaken { .. })) => std::thread::sleep(Duration::from_millis(5)),
            Ok(Err(error)) => panic!("{error}"),
        }
    };
    assert!(stopped > 3, "{stopped}");
    assert!(last.is_complete());
    assert!(std::fs::read(folder.path().join("out.csv")).unwrap() == expected, "other bytes after {stopped} stops");
}

/// Everything is asked for again in other pieces; what comes again the same is verified, and nothing is left in the folder.
#[test]
fn what_comes_again_in_other_pieces_is_verified() {
    for version in ["2.38.7", "2.40.12", "2.43.1"] {
        let simulator = serve(version, &WORLD, Faults::default());
        let dhis2 = client(&simulator).verifying(true);
        let folder = tempfile::tempdir().unwrap();
        let receipt = write(events(&dhis2), folder.path()).unwrap();
        assert!(receipt.is_complete(), "{:?}", receipt.missing());
        assert!(receipt.chunks.iter().all(|chunk| chunk.verified == Some(true)), "{version}");
        assert!(!folder.path().join("job").exists());
        let held = RUNTIME.block_on(events(&dhis2).collect()).unwrap();
        assert!(held.receipt.chunks.iter().all(|chunk| chunk.verified == Some(true)), "{version}");
    }
}

/// What cannot be asked again is no difference: it is said as what it is, and asked again by the next run alone.
#[test]
fn what_cannot_be_asked_again_is_said_and_verified_by_the_next_run() {
    let months: BTreeSet<String> = WORLD.data_values().map(|value| value.period.id()).collect();
    let months: Vec<&String> = months.iter().filter(|id| id.len() == 6).take(2).collect();
    let [first, second] = months[..] else { panic!("{months:?}") };
    // The whole question has both periods; of the second piece this many attempts fail.
    let piece = format!("json?dataSet={}&period={second}&", WORLD.data_sets().next().unwrap().id);
    let gone = Fault::Status { code: 503, retry_after_seconds: None };
    let rule = Rule { target: piece, times: Some(RetryPolicy::default().attempts), ..Rule::of(gone) };
    let simulator = serve("2.42.5.2", &WORLD, Faults::of([rule]));
    let dhis2 = client(&simulator).verifying(true);
    let unit = WORLD.organisation_units().find(|unit| unit.level == 1).unwrap().id;
    let query = DataValueQuery::builder().data_sets([WORLD.data_sets().next().unwrap().id]);
    let query = query.periods([first, second]).org_units([unit]).include_children(true).build().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let prepared = || RUNTIME.block_on(dhis2.prepare_data_values(&query)).unwrap();

    let receipt = write(prepared(), folder.path()).unwrap();
    assert_eq!((receipt.chunks.len(), receipt.chunks[0].verified), (1, None));
    assert!(receipt.chunks[0].verify_error.as_deref().is_some_and(|error| error.contains("503")));
    assert!(!receipt.is_complete());
    let missing = receipt.missing();
    assert!(missing.len() == 1 && missing[0].contains("could not be asked again"), "{missing:?}");
    let bytes = std::fs::read(folder.path().join("out.csv")).unwrap();

    let receipt = write(prepared(), folder.path()).unwrap();
    assert!(receipt.is_complete(), "{:?}", receipt.missing());
    assert_eq!((receipt.chunks[0].verified, receipt.chunks[0].from_earlier_run), (Some(true), true));
    assert_eq!(receipt.requests, 2, "the pieces alone");
    assert_eq!(std::fs::read(folder.path().join("out.csv")).unwrap(), bytes);
    assert!(!folder.path().join("job").exists());
}
