//! A run that is stopped, and goes on: killed at any moment, its answers cut, its folder used by two.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::Arc;
use std::thread::sleep;
use std::time::Duration;

use dhis2::extract::Receipt;
use dhis2_simulator::{Fault, Faults, Rule, RunningSimulator, SUPERUSER_TOKEN, World, WorldSize};
use dhis2_tests::program::program;
use dhis2_tests::served::serve;

const SIZE: WorldSize = WorldSize { organisation_units: 60, data_values: 4_000, events: 3_000 };

fn server(version: &str, latency: Duration) -> RunningSimulator {
    let late = Rule::of(Fault::Latency { fixed: latency, jitter: Duration::ZERO });
    serve(version, &Arc::new(World::generate(&SIZE, 7)), Faults::of([late]))
}

/// The command of an extract with a dozen chunks or more.
fn command(simulator: &RunningSimulator, folder: &Path, words: &[String]) -> Command {
    let mut command = Command::new(program());
    command.current_dir(folder).args(words).env("DHIS2_URL", simulator.base_url()).env("DHIS2_TOKEN", SUPERUSER_TOKEN);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// The units of a level, and a program.
fn ids(simulator: &RunningSimulator) -> (Vec<String>, String) {
    let world = simulator.world();
    let units = world.organisation_units().filter(|unit| unit.level == 3).map(|unit| unit.id.to_owned()).collect();
    let program = world.events().next().unwrap().program.to_owned();
    (units, program)
}

fn events(simulator: &RunningSimulator) -> Vec<String> {
    let (units, program) = ids(simulator);
    let words = ["extract", "events", "--program", &program, "--page-size", "100", "--org-unit", &units.join(",")];
    words
        .into_iter()
        .map(str::to_owned)
        .chain(["-o", "out.parquet", "--receipt", "receipt.json"].map(str::to_owned))
        .collect()
}

fn finish(child: Child) -> Output {
    child.wait_with_output().unwrap()
}

fn errors(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// A hundred kills at random moments of one run, and then the run to its end: the file is, byte for byte, that of a run
/// nobody stopped.
#[test]
fn a_run_that_was_killed_a_hundred_times_writes_the_same_bytes() {
    let simulator = server("2.42.5.2", Duration::from_millis(4));
    let words = events(&simulator);
    let undisturbed = tempfile::tempdir().unwrap();
    let output = command(&simulator, undisturbed.path(), &words).output().unwrap();
    assert!(output.status.success(), "{}", errors(&output));
    let expected = fs::read(undisturbed.path().join("out.parquet")).unwrap();

    let folder = tempfile::tempdir().unwrap();
    // The moments are spread over a run and the same in every run of this test.
    let mut moment = 0_u64;
    let mut ended = 0;
    for _ in 0..100 {
        let mut child = command(&simulator, folder.path(), &words).spawn().unwrap();
        moment = moment.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        sleep(Duration::from_millis(5 + (moment >> 33) % 120));
        child.kill().unwrap();
        if finish(child).status.success() {
            // It was faster. What it wrote must be right already; begin again.
            assert_eq!(fs::read(folder.path().join("out.parquet")).unwrap(), expected);
            fs::remove_file(folder.path().join("out.parquet")).unwrap();
            ended += 1;
        }
    }
    assert!(ended < 50, "most runs ended before they were killed");
    let output = command(&simulator, folder.path(), &words).output().unwrap();
    assert!(output.status.success(), "{}", errors(&output));
    assert!(fs::read(folder.path().join("out.parquet")).unwrap() == expected, "other bytes");
    assert!(!folder.path().join("out.parquet.dhis2-job").exists());
}

/// The other ways in which rows are made: figures, wide tables, counts. Killed a few times each, they write the same bytes, and
/// ask for the rest only.
#[test]
fn figures_wide_tables_and_counts_go_on_as_well() {
    let simulator = server("2.42.5.2", Duration::from_millis(12));
    let world = simulator.world();
    let (units, program) = ids(&simulator);
    let units = units.join(",");
    let elements: BTreeSet<&str> = world.data_values().take(2_000).map(|value| value.data_element).collect();
    let elements = elements.into_iter().collect::<Vec<_>>().join(",");
    let months = (0..240).map(|n| format!("{}{:02}", 2008 + n / 12, 1 + n % 12)).collect::<Vec<_>>().join(",");
    let top = world.organisation_units().find(|unit| unit.level == 1).unwrap().id.to_owned();
    let element = world.events().find(|event| event.program == program && !event.values.is_empty()).unwrap();
    let attribute = world.tracked_entities().find_map(|person| person.attributes.first().map(|(id, _)| *id)).unwrap();
    let spec = format!(
        "program = '{program}'\nperiod_type = 'Monthly'\nlevel = 2\nattribute_option_combo = 'HllvX50cXC0'\n\
         [[output]]\ndata_element = 'fbfJHSPpUQD'\ncompute = 'mean'\nof = {{ element = '{}' }}\ncombo = 'HllvX50cXC0'\n\
         [[output]]\ndata_element = 'fbfJHSPpUQD'\ncompute = 'persons'\ncombo = 'pq2XI5kz2BY'\n\
         [[output]]\ndata_element = 'fbfJHSPpUQE'\ncompute = 'events'\nwhen = {{ attribute = '{attribute}', has_value = true }}\n\
         combo = 'HllvX50cXC0'\n",
        element.values[0].0
    );
    let of_events = ["extract", "events", "--program", &program, "--page-size", "100", "--org-unit", &units];
    let cases: [Vec<&str>; 5] = [
        vec!["extract", "analytics", "--data-element", &elements, "--period", &months, "--org-unit", &units],
        of_events.into_iter().chain(["--wide", "--names"]).collect(),
        of_events.into_iter().chain(["--wide", "--rows", "enrollment"]).collect(),
        vec!["extract", "enrollments", "--program", &program, "--org-unit", &units, "--wide", "--names"],
        vec!["aggregate", "events", "--spec", "spec.toml", "--org-unit", &top],
    ];
    for words in cases {
        let outputs = ["-o", "out.parquet", "--receipt", "receipt.json"];
        let words: Vec<String> = words.into_iter().chain(outputs).map(str::to_owned).collect();
        let undisturbed = tempfile::tempdir().unwrap();
        let folder = tempfile::tempdir().unwrap();
        for folder in [&undisturbed, &folder] {
            fs::write(folder.path().join("spec.toml"), &spec).unwrap();
        }
        let output = command(&simulator, undisturbed.path(), &words).output().unwrap();
        let code = output.status.code();
        assert_eq!(code, Some(0), "{words:?} {}", errors(&output));
        let expected = fs::read(undisturbed.path().join("out.parquet")).unwrap();
        let receipt = |folder: &Path| -> Receipt {
            serde_json::from_slice(&fs::read(folder.join("receipt.json")).unwrap()).unwrap()
        };
        let whole = receipt(undisturbed.path());
        assert!(whole.rows > 0);

        let job = folder.path().join("out.parquet.dhis2-job");
        let journal = job.join(match (&*words[0], &*words[1]) {
            ("aggregate", _) => "steps/events/journal.ndjson",
            (_, "enrollments") => "steps/enrollments/journal.ndjson",
            _ => "journal.ndjson",
        });
        let mut child = command(&simulator, folder.path(), &words).spawn().unwrap();
        while !fs::read_to_string(&journal).is_ok_and(|text| text.contains("\"over\"")) {
            assert!(child.try_wait().unwrap().is_none(), "{words:?} ended too early");
            sleep(Duration::from_millis(1));
        }
        child.kill().unwrap();
        finish(child);
        let output = command(&simulator, folder.path(), &words).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{words:?} {}", errors(&output));
        assert!(fs::read(folder.path().join("out.parquet")).unwrap() == expected, "{words:?}: other bytes");
        let rest = receipt(folder.path());
        assert!(rest.chunks.iter().any(|chunk| chunk.from_earlier_run), "{words:?}");
        let asked = rest.chunks.iter().filter(|chunk| !chunk.from_earlier_run).map(|chunk| chunk.requests).sum::<u64>();
        assert_eq!(rest.requests, asked, "{words:?}");
        assert!(!job.exists(), "{words:?}");

        let plan: Vec<String> = words.iter().cloned().chain(["--plan".to_owned(), "json".to_owned()]).collect();
        let planned = command(&simulator, folder.path(), &plan).output().unwrap();
        assert!(planned.status.success(), "{}", errors(&planned));
        fs::write(folder.path().join("plan.json"), &planned.stdout).unwrap();
        let run = |words: &[&str]| {
            let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
            command(&simulator, folder.path(), &words).output().unwrap()
        };
        let output = run(&["run", "plan.json", "-o", "again.parquet"]);
        assert_eq!(output.status.code(), Some(0), "{}", errors(&output));
        assert!(fs::read(folder.path().join("again.parquet")).unwrap() == expected, "{words:?}: other bytes");
        if words[1] != "analytics" {
            let output = run(&["run", "plan.json", "--chunks", "1-1", "-o", "part"]);
            assert_eq!(output.status.code(), Some(2), "{}", errors(&output));
            assert!(errors(&output).contains("could not be joined"), "{}", errors(&output));
        }
    }
}

#[test]
fn a_run_goes_on_where_another_stopped_and_asks_for_the_rest_only() {
    let simulator = server("2.41.9.1", Duration::from_millis(30));
    let words = events(&simulator);
    let folder = tempfile::tempdir().unwrap();
    let mut child = command(&simulator, folder.path(), &words).spawn().unwrap();
    let journal = folder.path().join("out.parquet.dhis2-job/journal.ndjson");
    while fs::read_to_string(&journal).map_or(0, |text| text.matches("\"over\"").count()) < 3 {
        sleep(Duration::from_millis(2));
    }
    child.kill().unwrap();
    finish(child);
    let before = fs::read_to_string(&journal).unwrap().matches("\"over\"").count();
    let output = command(&simulator, folder.path(), &words).output().unwrap();
    assert!(output.status.success(), "{}", errors(&output));
    let receipt: Receipt = serde_json::from_slice(&fs::read(folder.path().join("receipt.json")).unwrap()).unwrap();
    let earlier = receipt.chunks.iter().filter(|chunk| chunk.from_earlier_run).count();
    assert!(earlier >= before && earlier < receipt.chunks.len(), "{earlier} of {}", receipt.chunks.len());
    assert!(errors(&output).contains("from an earlier run"), "{}", errors(&output));
    let asked: u64 = receipt.chunks.iter().filter(|chunk| !chunk.from_earlier_run).map(|chunk| chunk.requests).sum();
    assert_eq!(receipt.requests, asked);
}

/// One chunk of many pages, killed in its middle: the pages that are on disk are not asked for again.
#[test]
fn a_walk_over_many_pages_goes_on_at_the_page_where_it_was() {
    let size = WorldSize { organisation_units: 20, data_values: 20, events: 90_000 };
    let world = Arc::new(World::generate(&size, 9));
    let late = Rule::of(Fault::Latency { fixed: Duration::from_millis(60), jitter: Duration::ZERO });
    for version in ["2.40.12", "2.43.1"] {
        let simulator = serve(version, &world, Faults::of([late.clone()]));
        let root = world.organisation_units().find(|unit| unit.level == 1).unwrap().id.to_owned();
        let program = world.events().next().unwrap().program.to_owned();
        let words = ["extract", "events", "--program", &program, "--org-unit", &root, "--page-size", "1500"];
        let outputs = ["-o", "out.parquet", "--receipt", "receipt.json"];
        let words: Vec<String> = words.into_iter().chain(outputs).map(str::to_owned).collect();
        let folder = tempfile::tempdir().unwrap();
        let output = command(&simulator, folder.path(), &words).output().unwrap();
        assert!(output.status.success(), "{}", errors(&output));
        let expected = fs::read(folder.path().join("out.parquet")).unwrap();
        let receipt =
            || -> Receipt { serde_json::from_slice(&fs::read(folder.path().join("receipt.json")).unwrap()).unwrap() };
        let whole = receipt();
        assert!(whole.chunks.len() == 1 && whole.rows > 66_000, "{}", whole.rows);

        let mut child = command(&simulator, folder.path(), &words).spawn().unwrap();
        let journal = folder.path().join("out.parquet.dhis2-job/journal.ndjson");
        while !fs::read_to_string(&journal).is_ok_and(|text| text.contains("\"closed\"")) {
            sleep(Duration::from_millis(1));
        }
        child.kill().unwrap();
        finish(child);
        let output = command(&simulator, folder.path(), &words).output().unwrap();
        assert!(output.status.success(), "{}", errors(&output));
        assert!(fs::read(folder.path().join("out.parquet")).unwrap() == expected, "other bytes");
        let rest = receipt();
        assert!(rest.requests < whole.requests, "{} of {}", rest.requests, whole.requests);
        assert_eq!(rest.chunks[0].pages, whole.chunks[0].pages);
        assert_eq!(rest.chunks[0].received, whole.chunks[0].received);

        // A page that a gateway refuses seven times, more often than a request is sent, does not send the walk back.
        let refused = Fault::Status { code: 504, retry_after_seconds: Some(0) };
        let refused = Rule { target: "&page=14&".to_owned(), times: Some(7), ..Rule::of(refused) };
        let simulator = serve(version, &world, Faults::of([refused]));
        let output = command(&simulator, folder.path(), &words).output().unwrap();
        assert!(output.status.success(), "{}", errors(&output));
        assert!(fs::read(folder.path().join("out.parquet")).unwrap() == expected, "other bytes");
        let receipt = receipt();
        assert!(receipt.splits.is_empty(), "{:?}", receipt.splits);
        assert!(receipt.retries > 4 && receipt.chunks[0].pages == whole.chunks[0].pages);
    }
}

#[test]
fn rows_of_another_question_or_server_are_not_mixed_in() {
    let simulator = server("2.42.5.2", Duration::from_millis(20));
    let words = events(&simulator);
    let folder = tempfile::tempdir().unwrap();
    let job = folder.path().join("out.parquet.dhis2-job");
    let mut child = command(&simulator, folder.path(), &words).spawn().unwrap();
    while !job.join("job.json").exists() {
        sleep(Duration::from_millis(1));
    }
    child.kill().unwrap();
    finish(child);

    let mut other = words.clone();
    other.extend(["--occurred-after", "2024-01-01"].map(str::to_owned));
    let output = command(&simulator, folder.path(), &other).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(errors(&output).contains("the query was"), "{}", errors(&output));

    // The values that people's values are compared with stand in no request and no receipt.
    let element = simulator.world().events().find_map(|event| event.values.first().map(|value| value.0.to_owned()));
    let element = element.unwrap();
    let filtered = |value: &str| {
        let mut words = words.clone();
        words[9] = "filtered.parquet".to_owned();
        words.extend(["--filter".to_owned(), format!("{element}:eq:{value}")]);
        words
    };
    assert_eq!(words[8], "-o");
    let mut child = command(&simulator, folder.path(), &filtered("17")).spawn().unwrap();
    while !folder.path().join("filtered.parquet.dhis2-job/job.json").exists() {
        sleep(Duration::from_millis(1));
    }
    child.kill().unwrap();
    finish(child);
    let output = command(&simulator, folder.path(), &filtered("18")).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", errors(&output));
    assert!(errors(&output).contains("what is filtered by"), "{}", errors(&output));
    let head = fs::read_to_string(folder.path().join("filtered.parquet.dhis2-job/job.json")).unwrap();
    assert!(!head.contains(":17"));
    assert!(command(&simulator, folder.path(), &filtered("17")).output().unwrap().status.success());

    let newer = server("2.43.1", Duration::ZERO);
    let output = command(&newer, folder.path(), &words).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(errors(&output).contains("the server was"), "{}", errors(&output));
    assert!(job.join("job.json").exists(), "what was fetched is still there");

    other.push("--fresh".to_owned());
    let output = command(&simulator, folder.path(), &other).output().unwrap();
    assert!(output.status.success(), "{}", errors(&output));
}

#[test]
fn two_processes_do_not_work_on_one_job() {
    let simulator = server("2.42.5.2", Duration::from_millis(50));
    let words = events(&simulator);
    let folder = tempfile::tempdir().unwrap();
    let first = command(&simulator, folder.path(), &words).spawn().unwrap();
    while !folder.path().join("out.parquet.dhis2-job/job.json").exists() {
        sleep(Duration::from_millis(1));
    }
    let second = command(&simulator, folder.path(), &words).output().unwrap();
    assert_eq!(second.status.code(), Some(1));
    assert!(errors(&second).contains("another process is working"), "{}", errors(&second));
    let first = finish(first);
    assert!(first.status.success(), "{}", errors(&first));
}

#[test]
fn ctrl_c_stops_a_run_that_says_how_to_go_on() {
    let simulator = server("2.42.5.2", Duration::from_millis(40));
    let words = events(&simulator);
    let folder = tempfile::tempdir().unwrap();
    let child = command(&simulator, folder.path(), &words).spawn().unwrap();
    let journal = folder.path().join("out.parquet.dhis2-job/journal.ndjson");
    while fs::read_to_string(&journal).map_or(0, |text| text.matches("\"over\"").count()) < 1 {
        sleep(Duration::from_millis(1));
    }
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let stopped = finish(child);
    assert_eq!(stopped.status.code(), Some(130));
    assert!(errors(&stopped).contains("run the same command again to go on"), "{}", errors(&stopped));
    assert!(!folder.path().join("out.parquet").exists());
    let output = command(&simulator, folder.path(), &words).output().unwrap();
    assert!(output.status.success(), "{}", errors(&output));
    assert!(errors(&output).contains("from an earlier run"), "{}", errors(&output));
}

#[test]
fn a_folder_that_cannot_be_written_is_said_and_nothing_is_left() {
    let simulator = server("2.42.5.2", Duration::ZERO);
    let words = events(&simulator);
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("out.parquet.dhis2-job"), "a file").unwrap();
    let output = command(&simulator, folder.path(), &words).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(errors(&output).contains("out.parquet.dhis2-job"), "{}", errors(&output));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

/// A disk that fills up in the middle: no file may grow beyond some kilobytes.
#[test]
fn a_full_disk_is_said_and_the_run_goes_on_when_there_is_room() {
    let simulator = server("2.42.5.2", Duration::ZERO);
    let words = events(&simulator);
    let folder = tempfile::tempdir().unwrap();
    let line = words.iter().map(|word| format!("'{word}'")).collect::<Vec<_>>().join(" ");
    // A signal comes with it, which would end the program before it could say anything.
    let script = format!("trap '' XFSZ; ulimit -f 4; exec '{}' {line}", program().display());
    let mut shell = Command::new("bash");
    shell.current_dir(folder.path()).args(["-c", &script]);
    shell.env("DHIS2_URL", simulator.base_url()).env("DHIS2_TOKEN", SUPERUSER_TOKEN);
    let output = shell.output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", errors(&output));
    assert!(errors(&output).contains("out.parquet"), "{}", errors(&output));
    assert!(!folder.path().join("out.parquet").exists());
    let output = command(&simulator, folder.path(), &words).output().unwrap();
    assert!(output.status.success(), "{}", errors(&output));
}

#[test]
fn a_chunk_that_was_damaged_on_disk_is_fetched_again() {
    let simulator = server("2.42.5.2", Duration::from_millis(15));
    let words = events(&simulator);
    let folder = tempfile::tempdir().unwrap();
    let output = command(&simulator, folder.path(), &words).output().unwrap();
    assert!(output.status.success(), "{}", errors(&output));
    let expected = fs::read(folder.path().join("out.parquet")).unwrap();

    let job = folder.path().join("out.parquet.dhis2-job");
    let mut child = command(&simulator, folder.path(), &words).spawn().unwrap();
    while fs::read_to_string(job.join("journal.ndjson")).map_or(0, |text| text.matches("\"over\"").count()) < 2 {
        sleep(Duration::from_millis(1));
    }
    child.kill().unwrap();
    finish(child);
    let chunk = fs::read_dir(job.join("chunks"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| path.to_string_lossy().ends_with(".parquet") && !path.to_string_lossy().contains(".keys."))
        .unwrap();
    let mut bytes = fs::read(&chunk).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&chunk, bytes).unwrap();
    let output = command(&simulator, folder.path(), &words).output().unwrap();
    assert!(output.status.success(), "{}", errors(&output));
    assert!(fs::read(folder.path().join("out.parquet")).unwrap() == expected);
}

#[test]
fn a_plan_runs_in_parts_and_their_join_is_the_whole() {
    let simulator = server("2.43.1", Duration::ZERO);
    let words = events(&simulator);
    let folder = tempfile::tempdir().unwrap();
    let whole = command(&simulator, folder.path(), &words).output().unwrap();
    assert!(whole.status.success(), "{}", errors(&whole));
    let expected = fs::read(folder.path().join("out.parquet")).unwrap();

    let mut plan = words.clone();
    plan.extend(["--plan", "json"].map(str::to_owned));
    let planned = command(&simulator, folder.path(), &plan).output().unwrap();
    assert!(planned.status.success(), "{}", errors(&planned));
    let text = String::from_utf8(planned.stdout).unwrap();
    assert!(!text.contains(SUPERUSER_TOKEN));
    fs::write(folder.path().join("plan.json"), &text).unwrap();
    let chunks = serde_json::from_str::<serde_json::Value>(&text).unwrap()["chunks"].as_array().unwrap().len();
    assert!(chunks > 3);

    let run = |words: &[&str]| {
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        let output = command(&simulator, folder.path(), &words).output().unwrap();
        (output.status.code(), errors(&output))
    };
    let rest = format!("3-{chunks}");
    assert_eq!(run(&["run", "plan.json", "--chunks", "1-2", "-o", "one"]).0, Some(0));
    let (code, said) = run(&["join", "one", "-o", "joined.parquet"]);
    assert_eq!(code, Some(3), "{said}");
    assert!(said.contains("chunk 3 of the plan: no part holds it"), "{said}");
    assert_eq!(run(&["run", "plan.json", "--chunks", &rest, "-o", "two"]).0, Some(0));
    let (code, said) = run(&["join", "two", "one", "-o", "joined.parquet", "--receipt", "joined.json"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(fs::read(folder.path().join("joined.parquet")).unwrap() == expected);
    assert_eq!(run(&["verify", "joined.json", "joined.parquet"]).0, Some(0));
    assert_eq!(run(&["run", "plan.json", "-o", "again.parquet"]).0, Some(0));
    assert!(fs::read(folder.path().join("again.parquet")).unwrap() == expected);

    let receipt =
        |name: &str| -> Receipt { serde_json::from_slice(&fs::read(folder.path().join(name)).unwrap()).unwrap() };
    assert!(receipt("joined.json").requests > 0);
    let mut bytes = expected.clone();
    bytes[100] ^= 1;
    fs::write(folder.path().join("joined.parquet"), bytes).unwrap();
    let (code, said) = run(&["verify", "joined.json", "joined.parquet"]);
    assert_eq!(code, Some(3));
    assert!(said.contains("it was changed"), "{said}");
    let (code, said) = run(&["run", "plan.json", "--chunks", "1-999", "-o", "three"]);
    assert_eq!(code, Some(2), "{said}");

    assert_eq!(
        run(&["run", "plan.json", "--chunks", "1-2", "-o", "one", "--fresh", "--receipt", "one.json"]).0,
        Some(0)
    );
    assert_eq!(receipt("one.json").part, Some(format!("1-2 of {chunks}")));
    // Rows that are gone from a part are missing from the whole.
    let rows = fs::read_dir(folder.path().join("one/chunks")).unwrap().map(|entry| entry.unwrap().path());
    fs::remove_file(rows.into_iter().next().unwrap()).unwrap();
    let (code, said) = run(&["join", "one", "two", "-o", "joined.parquet", "--receipt", "joined.json"]);
    assert_eq!(code, Some(3), "{said}");
    assert!(said.contains("gone from the folder"), "{said}");
}
