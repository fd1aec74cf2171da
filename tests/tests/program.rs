//! The program `dhis2`, as a person or a script runs it.

use std::fs;
use std::path::Path;
use std::process::Output;

use dhis2::extract::Receipt;
use dhis2::polars::prelude::{ParquetReader, SerReader};
use dhis2_simulator::{CLERK, CLERK_PASSWORD, Faults, SUPERUSER_TOKEN};
use dhis2_tests::event_question::EventQuestion;
use dhis2_tests::program::command;
use dhis2_tests::question::{Question, Times};
use dhis2_tests::rows;
use dhis2_tests::served::Served;
use tempfile::TempDir;

const ROOT: &str = "KdK92fYEfTw";
const MONTHLY: &str = "pPqq629bfL1";
const ANC: &str = "T4KUa2dgu2M";

/// Runs the program in a folder, as the superuser of a server.
fn run(folder: &TempDir, url: &str, arguments: &[&str]) -> Output {
    run_as(folder, &[("DHIS2_URL", url), ("DHIS2_TOKEN", SUPERUSER_TOKEN)], arguments)
}

fn run_as(folder: &TempDir, environment: &[(&str, &str)], arguments: &[&str]) -> Output {
    command(folder.path(), environment, arguments).output().unwrap()
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

fn csv_of(folder: &TempDir, file: &str) -> (Vec<String>, Vec<Vec<String>>) {
    let mut reader = csv::Reader::from_path(folder.path().join(file)).unwrap();
    let names = reader.headers().unwrap().iter().map(str::to_owned).collect();
    (names, reader.records().map(|record| record.unwrap().iter().map(str::to_owned).collect()).collect())
}

#[test]
fn every_tracker_extract_writes_its_file() {
    for line in ["2.40", "2.43"] {
        let served = Served::of_line(line);
        let folder = TempDir::new().unwrap();
        for (extract, first_column) in [
            ("events", "event_id"),
            ("event-notes", "event_id"),
            ("schedule", "event_id"),
            ("tracked-entities", "tracked_entity_id"),
            ("program-owners", "tracked_entity_id"),
            ("enrollments", "enrollment_id"),
            ("enrollment-attributes", "enrollment_id"),
            ("relationships", "relationship_id"),
        ] {
            let of = ["--program", ANC, "--org-unit", ROOT, "-o", "x.csv"];
            let output = run(&folder, &served.url(), &[&["extract", extract][..], &of].concat());
            assert_eq!((output.status.code(), errors(&output).as_str()), (Some(0), ""), "{extract} of {line}");
            let (names, rows) = csv_of(&folder, "x.csv");
            assert_eq!(names[0], first_column, "{extract}");
            // The recorded country has no notes.
            assert!(rows.len() > 50 || extract == "event-notes" || extract == "relationships", "{extract} of {line}");
        }
    }
}

#[test]
fn wide_tables_have_a_row_an_object_and_typed_columns_with_names() {
    let served = Served::of_line("2.42");
    let folder = TempDir::new().unwrap();
    let of = ["--program", ANC, "--org-unit", ROOT, "--wide", "-o", "wide.csv", "--receipt", "receipt.json"];
    for (extract, more, object) in [
        ("events", &["--rich", "--names", "--options-as", "label"][..], "event_id"),
        ("events", &["--rows", "enrollment", "--name-by", "code"], "enrollment_id"),
        ("tracked-entities", &["--name-by", "id"], "tracked_entity_id"),
        ("enrollments", &[], "enrollment_id"),
    ] {
        let output = run(&folder, &served.url(), &[&["extract", extract][..], &of, more].concat());
        assert_eq!(output.status.code(), Some(0), "{extract}: {}", errors(&output));
        let (names, rows) = csv_of(&folder, "wide.csv");
        let at = names.iter().position(|name| name == object).unwrap();
        let objects: std::collections::HashSet<&str> = rows.iter().map(|row| row[at].as_str()).collect();
        assert_eq!(objects.len(), rows.len(), "{extract}: one row each");
        assert!(rows.len() > 400 && names.len() > 10, "{extract}: {names:?}");
        assert!(!names.iter().any(|name| name == "value" || name == "data_element_id" || name == "attribute_id"));
        assert_eq!(receipt(&folder.path().join("receipt.json")).rows, rows.len() as u64);
    }
}

#[test]
fn a_program_whole_is_a_folder_of_tables_with_one_receipt() {
    let served = Served::of_line("2.41");
    let folder = TempDir::new().unwrap();
    let arguments =
        ["extract", "program", "--program", ANC, "--org-unit", ROOT, "-o", "anc", "--format", "csv", "--json"];
    let output = run(&folder, &served.url(), &arguments);
    assert_eq!((output.status.code(), errors(&output).as_str()), (Some(0), ""));
    let receipt: Receipt = serde_json::from_slice(&output.stdout).unwrap();
    let names = ["tracked_entities", "attributes", "enrollments", "events", "relationships"];
    let rows: u64 = names.iter().map(|name| csv_of(&folder, &format!("anc/{name}.csv")).1.len() as u64).sum();
    assert!(receipt.is_complete() && receipt.rows == rows && receipt.files.len() == 5);
    let wide = run(&folder, &served.url(), &[&arguments[..], &["--wide", "--names"]].concat());
    assert_eq!(wide.status.code(), Some(0), "{}", errors(&wide));
    let (columns, _) = csv_of(&folder, "anc/events.csv");
    assert!(columns.iter().any(|name| name == "level_4_name") && !columns.iter().any(|name| name == "value"));
    let piped = run(&folder, &served.url(), &["extract", "program", "--program", ANC, "--org-unit", ROOT]);
    assert_eq!(piped.status.code(), Some(2), "five tables go into no pipe");
}

#[test]
fn without_a_file_a_pipe_gets_csv_and_nothing_else() {
    let served = Served::of_line("2.39");
    let folder = TempDir::new().unwrap();
    let filter = ["extract", "enrollments", "--program", ANC, "--org-unit", ROOT, "--filter", "status:eq:COMPLETED"];
    let output = run(&folder, &served.url(), &filter);
    assert_eq!((output.status.code(), errors(&output).as_str()), (Some(0), ""));
    let mut piped = csv::Reader::from_reader(&output.stdout[..]);
    let status = piped.headers().unwrap().iter().position(|name| name == "status").unwrap();
    let rows: Vec<csv::StringRecord> = piped.records().map(Result::unwrap).collect();
    assert!(rows.len() > 50 && rows.iter().all(|row| &row[status] == "COMPLETED"));
}

#[test]
fn what_makes_no_sense_is_said_before_anything_is_sent() {
    let folder = TempDir::new().unwrap();
    let of = ["--program", ANC, "--org-unit", ROOT, "-o", "x.csv"];
    for (extract, more) in [
        ("event-notes", &["--wide"][..]),
        ("program-owners", &["--wide"]),
        ("events", &["--rows", "enrollment"]),
        ("events", &["--filter", "nosuch:eq:1"]),
        ("events", &["--org-unit-mode", "all"]),
        ("relationships", &["--tracked-entity", "B1WJBxXs4rQ"]),
    ] {
        let output = run(&folder, "http://127.0.0.1:9", &[&["extract", extract][..], &of, more].concat());
        assert_eq!(output.status.code(), Some(2), "{extract} {more:?}: {}", errors(&output));
    }
}

fn write_csv(path: &Path, names: &[String], rows: &[Vec<String>]) {
    let mut file = csv::Writer::from_path(path).unwrap();
    file.write_record(names).unwrap();
    for row in rows {
        file.write_record(row).unwrap();
    }
    file.flush().unwrap();
}

#[test]
fn an_import_shows_the_difference_first_and_stores_only_when_told() {
    for line in ["2.40", "2.43"] {
        let served = Served::of_line(line);
        let simulator = served.another(Faults::default());
        let folder = TempDir::new().unwrap();
        let values = ["extract", "data-values", "--data-set", MONTHLY, "--period", "202401", "--org-unit", ROOT];
        let output =
            run(&folder, &simulator.base_url(), &[&values[..], &["--include-children", "-o", "old.csv"]].concat());
        assert_eq!(output.status.code(), Some(0), "{}", errors(&output));
        let (names, mut rows) = csv_of(&folder, "old.csv");
        let (value, unit) = (
            names.iter().position(|name| name == "value").unwrap(),
            names.iter().position(|name| name == "organisation_unit_id").unwrap(),
        );
        rows.retain(|row| row[value].parse::<i64>().is_ok_and(|value| value > 1));
        rows.truncate(3);
        for row in &mut rows {
            row[value] += "0";
        }
        rows[2][unit] = "nosuchunit1".to_owned();
        write_csv(&folder.path().join("new.csv"), &names, &rows);

        let before: Vec<_> = simulator.data_values().iter().map(|one| format!("{one:?}")).collect();
        let import = ["import", "data-values", "new.csv", "--strategy", "update", "--report", "report.csv"];
        let output = run(&folder, &simulator.base_url(), &import);
        assert_eq!(output.status.code(), Some(3), "a row was not accepted: {}", errors(&output));
        let shown = String::from_utf8(output.stdout).unwrap();
        assert!(shown.starts_with("dry run, nothing is stored"), "{shown}");
        let after: Vec<_> = simulator.data_values().iter().map(|one| format!("{one:?}")).collect();
        assert!(before == after, "a dry run stores nothing");

        let output = run(&folder, &simulator.base_url(), &[&import[..], &["--commit", "--json"]].concat());
        assert_eq!(output.status.code(), Some(3), "{}", errors(&output));
        let counts: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!((&counts["updated"], &counts["rejected"]), (&2.into(), &1.into()), "{line}: {counts}");
        let (names, report) = csv_of(&folder, "report.csv");
        let outcome = names.iter().position(|name| name == "outcome").unwrap();
        let ends: Vec<&str> = report.iter().map(|row| row[outcome].as_str()).collect();
        assert_eq!(ends, ["updated", "updated", "rejected"], "{line}");
    }
}

#[test]
fn figures_and_counts_are_extracted_too() {
    let served = Served::of_line("2.42");
    let folder = TempDir::new().unwrap();
    let analytics = ["extract", "analytics", "--data-element", "iXdObmOdRJk", "--period", "202401,2024Q1"];
    let output =
        run(&folder, &served.url(), &[&analytics[..], &["--org-unit-level", "2", "-o", "figures.csv"]].concat());
    assert_eq!((output.status.code(), errors(&output).as_str()), (Some(0), ""));
    let (names, rows) = csv_of(&folder, "figures.csv");
    assert_eq!(names, ["data_element_id", "organisation_unit_id", "period", "value"]);
    assert_eq!(rows.len(), served.country.children(ROOT).len() * 2);

    let spec = r#"
        program = "T4KUa2dgu2M"
        period_type = "Monthly"
        level = 2
        attribute_option_combo = "HllvX50cXC0"

        [[output]]
        data_element = "iXdObmOdRJk"
        compute = "persons"
        combo = "HllvX50cXC0"
    "#;
    fs::write(folder.path().join("spec.toml"), spec).unwrap();
    let counts = ["aggregate", "events", "--spec", "spec.toml", "--org-unit", ROOT, "-o", "counts.csv"];
    let output = run(&folder, &served.url(), &[&counts[..], &["--from", "202401", "--to", "202403"]].concat());
    assert_eq!(output.status.code(), Some(0), "{}", errors(&output));
    let (names, rows) = csv_of(&folder, "counts.csv");
    assert_eq!(names.last().map(String::as_str), Some("value"));
    assert!(rows.len() > 3 && rows.iter().all(|row| row[5].parse::<u32>().unwrap() > 0), "{rows:?}");
}
