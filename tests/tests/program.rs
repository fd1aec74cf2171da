//! The program `dhis2`, as a person or a script runs it.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::LazyLock;

use dhis2::extract::Receipt;
use dhis2::polars::prelude::{ParquetReader, SerReader};
use dhis2_simulator::{CLERK, CLERK_PASSWORD, Faults, SUPERUSER_TOKEN};
use dhis2_tests::event_question::EventQuestion;
use dhis2_tests::question::{Question, Times};
use dhis2_tests::rows;
use dhis2_tests::served::Served;
use tempfile::TempDir;

const ROOT: &str = "KdK92fYEfTw";
const MONTHLY: &str = "pPqq629bfL1";
const ANC: &str = "T4KUa2dgu2M";

/// The built program. Cargo gives its path only to tests of its own package, so it is built here, which takes no time where it
/// is already, into the folder that this test was built into.
static PROGRAM: LazyLock<PathBuf> = LazyLock::new(|| {
    let this = env::current_exe().unwrap();
    let profile = this.ancestors().nth(2).unwrap();
    let mut build = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    build.args(["build", "--quiet", "--package", "dhis2-cli", "--bin", "dhis2", "--target-dir"]);
    build.arg(profile.parent().unwrap()).current_dir(env!("CARGO_MANIFEST_DIR"));
    if profile.ends_with("release") {
        build.arg("--release");
    }
    assert!(build.status().unwrap().success());
    profile.join(format!("dhis2{}", env::consts::EXE_SUFFIX))
});

/// Runs the program in a folder, as the superuser of a server.
fn run(folder: &TempDir, url: &str, arguments: &[&str]) -> Output {
    run_as(folder, &[("DHIS2_URL", url), ("DHIS2_TOKEN", SUPERUSER_TOKEN)], arguments)
}

fn run_as(folder: &TempDir, environment: &[(&str, &str)], arguments: &[&str]) -> Output {
    let mut command = Command::new(&*PROGRAM);
    command.current_dir(folder.path()).args(arguments).envs(environment.iter().copied());
    for name in ["DHIS2_URL", "DHIS2_TOKEN", "DHIS2_USERNAME", "DHIS2_PASSWORD"] {
        if !environment.iter().any(|(given, _)| *given == name) {
            command.env_remove(name);
        }
    }
    command.output().unwrap()
}

fn errors(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn receipt(path: &Path) -> Receipt {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

const VALUES: [&str; 13] = [
    "extract",
    "data-values",
    "--data-set",
    "pPqq629bfL1,jXRW19XyP7c",
    "--start-date",
    "2023-12-15",
    "--end-date",
    "2024-03-20",
    "--org-unit",
    ROOT,
    "--include-children",
    "--receipt",
    "receipt.json",
];

fn values_question() -> Question {
    Question::of_sets(&[MONTHLY, "jXRW19XyP7c"], Times::dates("2023-12-15", "2024-03-20"), &[ROOT])
}

#[test]
fn data_values_and_events_are_in_the_file_and_the_receipt_says_so() {
    for line in ["2.38", "2.39", "2.40", "2.41", "2.42", "2.43"] {
        let served = Served::of_line(line);
        let folder = TempDir::new().unwrap();
        let output = run(&folder, &served.url(), &[&VALUES[..], &["-o", "values.csv"]].concat());
        assert_eq!((output.status.code(), errors(&output).as_str()), (Some(0), ""), "{line}");
        assert!(output.stdout.is_empty());
        let expected = served.country.data_values(&values_question());
        let receipt_ = receipt(&folder.path().join("receipt.json"));
        assert!(receipt_.is_complete() && receipt_.rows == expected.len() as u64 && receipt_.rows > 1_000);
        assert_eq!(receipt_.server.version, served.version);
        rows::assert_same(line, rows::of_csv(&fs::read_to_string(folder.path().join("values.csv")).unwrap()), expected);

        let events = ["extract", "events", "--program", ANC, "--org-unit", ROOT, "--page-size", "300"];
        let days = ["--occurred-after", "2024-01-01", "--occurred-before", "2024-01-31", "-o", "events.csv", "--json"];
        let output = run(&folder, &served.url(), &[&events[..], &days].concat());
        assert_eq!(output.status.code(), Some(0), "{}", errors(&output));
        let printed: Receipt = serde_json::from_slice(&output.stdout).unwrap();
        let expected = served.events(&EventQuestion::of(ANC, &[ROOT]).between("2024-01-01", "2024-01-31"));
        assert!(printed.is_complete() && printed.rows == expected.len() as u64 && printed.rows > 100);
        rows::assert_same(line, rows::of_csv(&fs::read_to_string(folder.path().join("events.csv")).unwrap()), expected);
    }
}

#[test]
fn parquet_holds_the_same_rows() {
    let served = Served::of_line("2.43");
    let folder = TempDir::new().unwrap();
    let output = run(&folder, &served.url(), &[&VALUES[..], &["-o", "values.parquet"]].concat());
    assert_eq!(output.status.code(), Some(0), "{}", errors(&output));
    let file = fs::File::open(folder.path().join("values.parquet")).unwrap();
    let frame = ParquetReader::new(file).finish().unwrap();
    dhis2::aggregate::DATA_VALUES.check(&frame).unwrap();
    rows::assert_same("parquet", rows::of_frame(&frame), served.country.data_values(&values_question()));
}

/// peer-bugs section 3: "Failed chunk → exit ≠ 0, manifest `partial`, other chunks kept".
#[test]
fn something_missing_is_exit_code_3_and_named_and_the_rest_is_in_the_file() {
    for line in ["2.38", "2.40", "2.42", "2.43"] {
        let served = Served::of_line(line);
        let region = served.country.region_of_the_clerk();
        let forbidden = *served.country.children(ROOT).iter().find(|unit| **unit != region).unwrap();
        let folder = TempDir::new().unwrap();
        let both = format!("{region},{forbidden}");
        let units =
            ["--org-unit", &both, "--include-children", "--period", "202401", "-o", "v.csv", "--receipt", "r.json"];
        let clerk = [("DHIS2_URL", &*served.url()), ("DHIS2_USERNAME", CLERK), ("DHIS2_PASSWORD", CLERK_PASSWORD)];
        let arguments = [&["extract", "data-values", "--data-set", MONTHLY][..], &units].concat();
        let output = run_as(&folder, &clerk, &arguments);
        assert_eq!(output.status.code(), Some(3), "{}", errors(&output));
        assert!(errors(&output).contains(forbidden), "{}", errors(&output));
        let receipt = receipt(&folder.path().join("r.json"));
        assert!(!receipt.is_complete() && receipt.server.user.as_deref() == Some(CLERK));
        let inside = Question::of_sets(&[MONTHLY], Times::periods(&["202401"]), &[region]);
        let found = rows::of_csv(&fs::read_to_string(folder.path().join("v.csv")).unwrap());
        rows::assert_same(line, found, served.country.data_values(&inside));
    }
}

#[test]
fn nothing_at_all_is_exit_code_1_and_no_file() {
    let served = Served::of_line("2.42");
    let region = served.country.region_of_the_clerk();
    let forbidden = *served.country.children(ROOT).iter().find(|unit| **unit != region).unwrap();
    let folder = TempDir::new().unwrap();
    let clerk = [("DHIS2_URL", &*served.url()), ("DHIS2_USERNAME", CLERK), ("DHIS2_PASSWORD", CLERK_PASSWORD)];
    let what = ["extract", "data-values", "--data-set", MONTHLY, "--period", "202401", "-o", "v.csv"];
    let output = run_as(&folder, &clerk, &[&what[..], &["--org-unit", forbidden]].concat());
    assert_eq!(output.status.code(), Some(1));
    assert!(errors(&output).contains(forbidden), "{}", errors(&output));
    let wrong = [("DHIS2_URL", &*served.url()), ("DHIS2_USERNAME", CLERK), ("DHIS2_PASSWORD", "Wr0ng-secret")];
    let output = run_as(&folder, &wrong, &[&what[..], &["--org-unit", region]].concat());
    assert_eq!(output.status.code(), Some(1));
    assert!(errors(&output).contains("401") && !errors(&output).contains("Wr0ng"), "{}", errors(&output));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "no file is left behind");
}

#[test]
fn a_wrong_command_is_exit_code_2_and_nothing_is_sent() {
    let served = Served::of_line("2.42");
    let own = served.another(Faults::default());
    let folder = TempDir::new().unwrap();
    let set = ["extract", "data-values", "--data-set", MONTHLY, "-o", "v.csv"];
    let unit = ["--org-unit", ROOT];
    let period = ["--period", "202401"];
    for arguments in [
        [&set[..], &unit].concat(),
        [&set[..], &period].concat(),
        [&set[..], &unit, &["--start-date", "2024-01-01"]].concat(),
        [&set[..], &unit, &["--start-date", "2024-02-01", "--end-date", "2024-01-01"]].concat(),
        [&set[..], &unit, &["--period", "2024-13"]].concat(),
        [&set[..], &["--org-unit", "Ngelehun"], &period].concat(),
        [&set[..], &unit, &period, &["--no-such-option"]].concat(),
        [&set[..4], &["-o", "v.xlsx"], &unit, &period].concat(),
        [&set[..4], &["-o", "nowhere/v.csv"], &unit, &period].concat(),
        vec!["extract", "events", "--org-unit", ROOT, "-o", "v.csv"],
        vec!["extract", "nothing"],
    ] {
        let output = run(&folder, &own.base_url(), &arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {}", errors(&output));
        assert!(!output.stderr.is_empty());
    }
    assert_eq!(own.requests(), 0);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn a_recording_is_answered_from_later_without_a_server_and_holds_no_secret() {
    let served = Served::of_line("2.41");
    let folder = TempDir::new().unwrap();
    let own = served.another(Faults::default());
    let output = run(&folder, &own.base_url(), &[&VALUES[..], &["-o", "v.csv", "--record", "run.har"]].concat());
    assert_eq!(output.status.code(), Some(0), "{}", errors(&output));
    drop(own);
    let output = run_as(&folder, &[], &[&VALUES[..], &["-o", "again.csv", "--replay", "run.har"]].concat());
    assert_eq!(output.status.code(), Some(0), "{}", errors(&output));
    let read = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
    assert!(!read("v.csv").is_empty() && read("v.csv") == read("again.csv"));
    for file in ["run.har", "receipt.json"] {
        assert!(!read(file).contains(SUPERUSER_TOKEN), "{file} holds the token");
    }
}
