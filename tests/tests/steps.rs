//! Extracts of several steps, whose later requests depend on earlier answers: killed at any moment they go on where they were.

use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::Arc;
use std::thread::sleep;
use std::time::{Duration, Instant};

use dhis2::extract::Receipt;
use dhis2::polars::prelude::{ParquetReader, SerReader};
use dhis2_simulator::{Changes, Fault, Faults, Rule, RunningSimulator, SUPERUSER_TOKEN, World, WorldSize};
use dhis2_tests::program::program;
use dhis2_tests::served::serve;

const SIZE: WorldSize = WorldSize { organisation_units: 60, data_values: 20, events: 3_000 };

/// Later on the way than it takes to write a file.
fn late(milliseconds: u64) -> Faults {
    Faults::of([Rule::of(Fault::Latency { fixed: Duration::from_millis(milliseconds), jitter: Duration::ZERO })])
}

fn server(version: &str, faults: Faults) -> RunningSimulator {
    serve(version, &Arc::new(World::generate(&SIZE, 7)), faults)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Extract {
    Relationships,
    Schedule,
    EnrollmentAttributes,
    Program,
}

const EXTRACTS: [Extract; 4] =
    [Extract::Relationships, Extract::Schedule, Extract::EnrollmentAttributes, Extract::Program];

impl Extract {
    /// The command, with a chunk for each unit of the third level.
    fn words(self, simulator: &RunningSimulator) -> Vec<String> {
        let world = simulator.world();
        let units: Vec<_> = world.organisation_units().filter(|unit| unit.level == 3).map(|unit| unit.id).collect();
        let units = units.join(",");
        let program = world.enrollments().next().unwrap().program;
        let (name, rest) = match self {
            Self::Relationships => ("relationships", &["-o", "out.parquet"][..]),
            // The day of the plan does not end while this runs.
            Self::Schedule => ("schedule", &["--as-of", "2024-06-30", "-o", "out.parquet"][..]),
            Self::EnrollmentAttributes => ("enrollment-attributes", &["-o", "out.parquet"][..]),
            Self::Program => ("program", &["-o", "out/"][..]),
        };
        let words = ["extract", name, "--program", program, "--org-unit", &units, "--receipt", "receipt.json"];
        words.into_iter().chain(rest.iter().copied()).map(str::to_owned).collect()
    }

    /// The folder of the job.
    fn job(self) -> &'static str {
        if self == Self::Program { "out.dhis2-job" } else { "out.parquet.dhis2-job" }
    }
}

fn command(simulator: &RunningSimulator, folder: &Path, words: &[String]) -> Command {
    let mut command = Command::new(program());
    command.current_dir(folder).args(words).env("DHIS2_URL", simulator.base_url()).env("DHIS2_TOKEN", SUPERUSER_TOKEN);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn errors(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn run(simulator: &RunningSimulator, folder: &Path, words: &[String]) -> Receipt {
    let output = command(simulator, folder, words).output().unwrap();
    assert!(output.status.success(), "{}", errors(&output));
    serde_json::from_slice(&fs::read(folder.join("receipt.json")).unwrap()).unwrap()
}

/// Every file with rows, by its name.
fn written(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    for folder in [folder.to_owned(), folder.join("out")] {
        let entries = fs::read_dir(folder).into_iter().flatten().map(|entry| entry.unwrap().path());
        for path in entries.filter(|path| path.extension().is_some_and(|extension| extension == "parquet")) {
            files.insert(path.file_name().unwrap().to_string_lossy().into_owned(), fs::read(path).unwrap());
        }
    }
    files
}

/// How many chunks are over in a job.
fn over(job: &Path) -> usize {
    fs::read_to_string(job.join("journal.ndjson")).map_or(0, |text| text.matches("\"over\"").count())
}

fn kill(mut child: Child) -> Output {
    child.kill().unwrap();
    child.wait_with_output().unwrap()
}

/// Kills a run once a job of it has begun and so many of its chunks are over.
fn kill_after(simulator: &RunningSimulator, folder: &Path, words: &[String], job: &Path, chunks: usize) {
    let child = command(simulator, folder, words).spawn().unwrap();
    while !job.join("job.json").exists() || over(job) < chunks {
        sleep(Duration::from_millis(1));
    }
    assert!(!kill(child).status.success());
}

#[test]
fn a_run_of_several_steps_that_was_killed_writes_the_same_bytes() {
    for (version, extract) in EXTRACTS.into_iter().flat_map(|extract| [("2.39.10.1", extract), ("2.42.5.2", extract)]) {
        let what = format!("{extract:?} of {version}");
        let simulator = server(version, late(4));
        let words = extract.words(&simulator);
        let undisturbed = tempfile::tempdir().unwrap();
        let began = Instant::now();
        let whole = run(&simulator, undisturbed.path(), &words);
        let took = u64::try_from(began.elapsed().as_millis()).unwrap();
        assert!(whole.is_complete() && whole.rows > 100, "{what}: {} rows", whole.rows);
        let expected = written(undisturbed.path());
        assert_eq!(expected.len(), if extract == Extract::Program { 5 } else { 1 }, "{what}");

        let folder = tempfile::tempdir().unwrap();
        // The moments are spread over a run and the same in every run of this test.
        let (mut moment, mut ended) = (0_u64, 0);
        for _ in 0..20 {
            let child = command(&simulator, folder.path(), &words).spawn().unwrap();
            moment = moment.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            sleep(Duration::from_millis(5 + (moment >> 33) % (took * 3 / 5)));
            if kill(child).status.success() {
                // It was faster. What it wrote must be right already; begin again.
                assert!(written(folder.path()) == expected, "{what}: other bytes");
                fs::remove_file(folder.path().join("out.parquet"))
                    .or_else(|_| fs::remove_dir_all(folder.path().join("out")))
                    .unwrap();
                ended += 1;
            }
        }
        assert!(ended < 15, "{what}: most runs ended before they were killed");
        run(&simulator, folder.path(), &words);
        assert!(written(folder.path()) == expected, "{what}: other bytes");
        assert!(!folder.path().join(extract.job()).exists(), "{what}");
    }
}

/// Killed in the last step, it asks for nothing of the steps before.
#[test]
fn a_run_of_several_steps_goes_on_in_the_step_where_it_was() {
    for (extract, step, chunks) in [
        (Extract::Relationships, "", 1),
        (Extract::Schedule, "", 1),
        // It has two chunks, which are asked for at the same time.
        (Extract::EnrollmentAttributes, "steps/attributes", 0),
        (Extract::Program, "steps/relationships", 1),
    ] {
        let simulator = server("2.42.5.2", late(25));
        let words = extract.words(&simulator);
        let folder = tempfile::tempdir().unwrap();
        let whole = run(&simulator, folder.path(), &words);
        let expected = written(folder.path());
        let job = folder.path().join(extract.job()).join(step);
        kill_after(&simulator, folder.path(), &words, &job, chunks);
        let rest = run(&simulator, folder.path(), &words);
        assert!(written(folder.path()) == expected, "{extract:?}: other bytes");
        let earlier = rest.chunks.iter().filter(|chunk| chunk.from_earlier_run).count();
        assert!(earlier > 0 && earlier < rest.chunks.len(), "{extract:?}: {earlier} of {}", rest.chunks.len());
        assert_eq!(rest.chunks.len(), whole.chunks.len(), "{extract:?}");
        assert!(rest.requests < whole.requests, "{extract:?}: {} of {}", rest.requests, whole.requests);
        // Those of the last step are the last in the receipt: whatever stands before them is from the run before.
        let last = whole.chunks.last().unwrap().what.split(' ').next().unwrap();
        let mut before = rest.chunks.iter().filter(|chunk| !chunk.what.starts_with(last));
        assert!(before.all(|chunk| chunk.from_earlier_run), "{extract:?}");
        let warned = rest.warnings.iter().any(|warning| warning.message.contains("from an earlier run"));
        assert!(warned, "{extract:?}: {:?}", rest.warnings);
    }
}

/// What was deleted between two runs of one job was changed while it was read: since the first of them began.
#[test]
fn changes_are_looked_for_since_the_first_run() {
    for version in ["2.40.12", "2.43.1"] {
        let simulator = server(version, late(15));
        let words = Extract::Program.words(&simulator);
        let folder = tempfile::tempdir().unwrap();
        let steps = folder.path().join("out.dhis2-job/steps");
        kill_after(&simulator, folder.path(), &words, &steps.join("enrollments"), 1);
        let asked = &words[3];
        let world = simulator.world();
        let below: HashSet<&str> = world.organisation_units().filter(|one| one.level >= 3).map(|one| one.id).collect();
        let inside = |unit: &str| below.contains(unit);
        let mut events = world.events().filter(|one| one.program == asked && !one.deleted);
        let event = events.find(|one| inside(one.organisation_unit) && inside(one.owner_unit)).unwrap();
        let event = event.event.to_owned();
        assert!(simulator.change(|world| world.delete_event(&event)));
        let receipt = run(&simulator, folder.path(), &words);
        let named = receipt.changed.iter().find(|changed| changed.what == "events").unwrap();
        assert_eq!(named.deleted, [event], "{version}");
        assert!(!folder.path().join("out.dhis2-job").exists());
    }
}

/// At which objects a walk looked is known to the run that goes on: only those are asked for by uid at which it did not.
#[test]
fn a_run_that_goes_on_knows_at_which_objects_the_one_before_looked() {
    for version in ["2.40.12", "2.42.5.2"] {
        let changes = Changes { seed: 3, every: 1, inserts: 2, updates: 2, deletes: 4 };
        let simulator = server(version, Faults { changes: Some(changes), ..late(10) });
        let words = Extract::Relationships.words(&simulator);
        let folder = tempfile::tempdir().unwrap();
        let job = folder.path().join(Extract::Relationships.job());
        let child = command(&simulator, folder.path(), &words).spawn().unwrap();
        let chunks = || {
            let head: Option<serde_json::Value> =
                fs::read(job.join("job.json")).ok().and_then(|head| serde_json::from_slice(&head).ok());
            head.map_or(usize::MAX, |head| head["chunks"].as_array().unwrap().len())
        };
        while over(&job) < chunks() {
            sleep(Duration::from_millis(1));
        }
        assert!(!kill(child).status.success());
        let receipt = run(&simulator, folder.path(), &words);
        let received = |earlier: bool| -> u64 {
            receipt.chunks.iter().filter(|chunk| chunk.from_earlier_run == earlier).map(|chunk| chunk.received).sum()
        };
        assert!(received(true) > 300, "{version}: {}", received(true));
        // It is not that nothing was deleted; new ones are among those at which nobody looked.
        assert!(received(false) > 0 && received(false) < received(true) / 2, "{version}: {}", received(false));
    }
}

/// Names stand beside the uids of the last step's rows, whatever the steps before have.
#[test]
fn names_are_those_of_the_rows_that_are_written() {
    let simulator = server("2.41.9.1", Faults::default());
    for (extract, column) in [
        (Extract::EnrollmentAttributes, "attribute_name"),
        (Extract::Schedule, "program_stage_name"),
        (Extract::Schedule, "level_1_name"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let words = [extract.words(&simulator), vec!["--names".to_owned()]].concat();
        run(&simulator, folder.path(), &words);
        let file = fs::File::open(folder.path().join("out.parquet")).unwrap();
        let frame = ParquetReader::new(file).finish().unwrap();
        assert!(frame.height() > 0);
        assert_eq!(frame.column(column).unwrap().null_count(), 0, "{extract:?} {column}");
    }
}

/// What depends on the answers of all chunks is not extracted in parts, and its plan runs whole.
#[test]
fn a_plan_with_later_steps_runs_whole_only() {
    let simulator = server("2.42.5.2", Faults::default());
    for extract in EXTRACTS {
        let folder = tempfile::tempdir().unwrap();
        let mut words = extract.words(&simulator);
        run(&simulator, folder.path(), &words);
        let expected = written(folder.path());
        words.extend(["--plan", "json"].map(str::to_owned));
        let planned = command(&simulator, folder.path(), &words).output().unwrap();
        assert!(planned.status.success(), "{}", errors(&planned));
        fs::write(folder.path().join("plan.json"), &planned.stdout).unwrap();
        let words =
            |rest: &[&str]| ["run", "plan.json"].iter().chain(rest).map(|word| (*word).to_owned()).collect::<Vec<_>>();
        let part = command(&simulator, folder.path(), &words(&["--chunks", "1-2", "-o", "part"])).output().unwrap();
        if extract == Extract::Schedule {
            assert!(part.status.success(), "{}", errors(&part));
        } else {
            assert!(!part.status.success() && errors(&part).contains("in parts"), "{extract:?}: {}", errors(&part));
        }
        let out = if extract == Extract::Program { "again/out" } else { "again/out.parquet" };
        fs::create_dir(folder.path().join("again")).unwrap();
        run(&simulator, folder.path(), &words(&["-o", out, "--receipt", "receipt.json"]));
        assert!(written(&folder.path().join("again")) == expected, "{extract:?}: other bytes");
    }
}

/// A step whose question is another now, because a step before it has other rows, begins afresh.
#[test]
fn a_chunk_that_failed_is_all_that_is_asked_for_again_and_what_follows_from_it() {
    let simulator = server("2.42.5.2", Faults::default());
    let words = Extract::EnrollmentAttributes.words(&simulator);
    let folder = tempfile::tempdir().unwrap();
    run(&simulator, folder.path(), &words);
    let expected = written(folder.path());

    let unit = words[5].split(',').next().unwrap().to_owned();
    let refused = Fault::Status { code: 400, retry_after_seconds: None };
    let target = format!("/tracker/enrollments?program={}&orgUnits={unit}", words[3]);
    let simulator = server("2.42.5.2", Faults::of([Rule { target, times: Some(1), ..Rule::of(refused) }]));
    let output = command(&simulator, folder.path(), &words).output().unwrap();
    assert_eq!(output.status.code(), Some(3), "{}", errors(&output));
    assert!(errors(&output).contains(&unit), "{}", errors(&output));
    assert!(folder.path().join(Extract::EnrollmentAttributes.job()).exists());
    assert!(written(folder.path()) != expected);
    let receipt = run(&simulator, folder.path(), &words);
    assert!(written(folder.path()) == expected, "other bytes");
    let again: Vec<_> =
        receipt.chunks.iter().filter(|chunk| !chunk.from_earlier_run).map(|chunk| &chunk.what).collect();
    assert_eq!(again.iter().filter(|what| what.starts_with("enrollments")).count(), 1, "{again:?}");
}
