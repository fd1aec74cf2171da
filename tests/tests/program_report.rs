//! `dhis2 report`, as a person or a script runs it. It needs no server.

use std::fs;
use std::process::Output;

use dhis2_tests::program::command;
use serde_json::Value;
use tempfile::TempDir;

const VALUES: &str = "data_element_id,period,organisation_unit_id,value\n\
    fbfJHSPpUQD,202401,DiszpKrYNg8,12\nfbfJHSPpUQD,202403,DiszpKrYNg8,14\n";

fn folder() -> TempDir {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("values.csv"), VALUES).unwrap();
    folder
}

fn run(folder: &TempDir, arguments: &[&str]) -> Output {
    command(folder.path(), &[], arguments).output().unwrap()
}

fn errors(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[test]
fn a_page_is_written_and_only_its_figures_are_on_standard_output() {
    let folder = folder();
    let output = run(&folder, &["report", "values.csv", "-o", "page.html"]);
    assert_eq!(output.status.code(), Some(0), "{}", errors(&output));
    assert!(output.stdout.is_empty());
    assert_eq!(
        errors(&output),
        "page.html: 2 rows; there is no receipt, so whether the extract is complete is not known\n"
    );
    let page = fs::read_to_string(folder.path().join("page.html")).unwrap();
    assert!(page.starts_with("<!DOCTYPE html>") && page.trim_end().ends_with("</html>"));

    let output = run(&folder, &["report", "values.csv", "--json"]);
    let printed: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((printed["file"].as_str(), printed["report"]["rows"].as_u64()), (Some("report.html"), Some(2)));
    assert_eq!(printed["report"]["complete"], Value::Null);
    let written = fs::metadata(folder.path().join("report.html")).unwrap().len();
    assert_eq!(printed["bytes"].as_u64(), Some(written));
}

#[test]
fn the_days_of_grace_are_those_that_are_given() {
    let folder = folder();
    let stored = VALUES.replace("value\n", "value,created\n").replace(",12\n", ",12,2024-02-10T00:00:00Z\n");
    fs::write(folder.path().join("values.csv"), stored.replace(",14\n", ",14,2024-04-05T00:00:00Z\n")).unwrap();
    for (days, late) in [("15", 0), ("5", 1), ("0", 2)] {
        let output = run(&folder, &["report", "values.csv", "--timely-days", days, "--json"]);
        let printed: Value = serde_json::from_slice(&output.stdout).unwrap();
        let sections = printed["report"]["sections"].as_array().unwrap();
        let section = sections.iter().find(|section| section["title"] == "Missing and late").unwrap();
        assert_eq!(section["figures"]["late"], late, "{days} days");
    }
}

#[test]
fn what_cannot_be_reported_on_is_said_and_nothing_is_written() {
    let folder = folder();
    fs::write(folder.path().join("other.csv"), "a,b\n1,2\n").unwrap();
    fs::create_dir(folder.path().join("empty")).unwrap();
    for (input, words) in [
        ("other.csv", "other.csv is no extract"),
        ("empty", "holds no file of an extract"),
        ("none.csv", "cannot read none.csv"),
        ("values.xlsx", "no file format is known for `.xlsx`"),
    ] {
        let output = run(&folder, &["report", input]);
        assert_eq!(output.status.code(), Some(1), "{}", errors(&output));
        assert!(errors(&output).contains(words), "{}", errors(&output));
    }
    let output = run(&folder, &["report", "values.csv", "-o", "nowhere/page.html"]);
    assert_eq!(output.status.code(), Some(2), "{}", errors(&output));
    assert!(!folder.path().join("report.html").exists());
}

#[test]
fn help_has_an_example_that_runs() {
    let folder = folder();
    let output = run(&folder, &["report", "--help"]);
    let help = String::from_utf8(output.stdout).unwrap();
    let example = help.lines().find_map(|line| line.trim().strip_prefix("dhis2 report values.parquet ")).unwrap();
    let arguments: Vec<&str> = ["report", "values.csv"].into_iter().chain(example.split(' ')).collect();
    assert_eq!(run(&folder, &arguments).status.code(), Some(0));
    assert!(folder.path().join("report.html").exists());
}
