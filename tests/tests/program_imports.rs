//! Imports and copies by the program `dhis2`, as a person or a script runs it.

use std::collections::BTreeMap;
use std::fs;
use std::process::{Output, Stdio};

use dhis2::CopyReceipt;
use dhis2_simulator::{
    CLERK, CLERK_PASSWORD, Faults, RunningSimulator, SUPERUSER, SUPERUSER_PASSWORD, SUPERUSER_TOKEN,
};
use dhis2_tests::program::command;
use dhis2_tests::relay::Relay;
use dhis2_tests::served::Served;
use tempfile::TempDir;

const ROOT: &str = "KdK92fYEfTw";
const MONTHLY: &str = "pPqq629bfL1";

fn run_as(folder: &TempDir, environment: &[(&str, &str)], arguments: &[&str]) -> Output {
    command(folder.path(), environment, arguments).output().unwrap()
}

fn run(folder: &TempDir, url: &str, arguments: &[&str]) -> Output {
    run_as(folder, &[("DHIS2_URL", url), ("DHIS2_TOKEN", SUPERUSER_TOKEN)], arguments)
}

fn errors(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn csv_of(folder: &TempDir, file: &str) -> (Vec<String>, Vec<Vec<String>>) {
    let mut reader = csv::Reader::from_path(folder.path().join(file)).unwrap();
    let names = reader.headers().unwrap().iter().map(str::to_owned).collect();
    (names, reader.records().map(|record| record.unwrap().iter().map(str::to_owned).collect()).collect())
}

/// Live values by their five ids.
fn stored(simulator: &RunningSimulator) -> BTreeMap<[String; 5], String> {
    let values = simulator.data_values();
    let live = values.iter().filter(|row| !row.deleted).map(|row| {
        let period = row.period.id();
        let combos = [row.category_option_combo, row.attribute_option_combo];
        let key = [row.data_element, &period, row.organisation_unit, combos[0], combos[1]].map(str::to_owned);
        (key, row.value.unwrap_or_default().to_owned())
    });
    live.collect()
}

/// Issue 5: "After a stop in the middle, the report says exactly what went in, and `resume` goes on from there."
#[test]
fn a_killed_import_goes_on_where_it_was() {
    for line in ["2.38", "2.39", "2.40", "2.41", "2.42", "2.43"] {
        let served = Served::of_line(line);
        let simulator = served.another(Faults::default());
        let folder = TempDir::new().unwrap();
        let times = ["--start-date", "2022-01-01", "--end-date", "2024-12-31", "--org-unit", ROOT];
        let values = ["extract", "data-values", "--data-set", MONTHLY, "--include-children", "-o", "old.csv"];
        let output = run(&folder, &simulator.base_url(), &[&values[..], &times].concat());
        assert_eq!(output.status.code(), Some(0), "{}", errors(&output));
        let (names, mut rows) = csv_of(&folder, "old.csv");
        let value = names.iter().position(|name| name == "value").unwrap();
        rows.retain(|row| row[value].parse::<u32>().is_ok());
        for row in &mut rows {
            row[value] = (row[value].parse::<u32>().unwrap() ^ 1).to_string();
        }
        let mut file = csv::Writer::from_path(folder.path().join("new.csv")).unwrap();
        file.write_record(&names).unwrap();
        for row in &rows {
            file.write_record(row).unwrap();
        }
        file.flush().unwrap();
        let before = stored(&simulator);

        // Killed when two parts have gone in, of which the program knows of one.
        let import = ["import", "data-values", "new.csv", "--strategy", "update", "--commit", "--report", "report.csv"];
        let relay = Relay::to(&simulator.base_url(), 2, "POST /api/dataValueSets");
        let url = relay.base_url();
        let environment = [("DHIS2_URL", url.as_str()), ("DHIS2_TOKEN", SUPERUSER_TOKEN)];
        let mut program = command(folder.path(), &environment, &import).stdout(Stdio::null()).spawn().unwrap();
        relay.wait();
        program.kill().unwrap();
        program.wait().unwrap();
        assert!(stored(&simulator) != before, "{line}");
        let (columns, killed) = csv_of(&folder, "report.csv");
        let outcome = columns.iter().position(|name| name == "outcome").unwrap();
        assert!(killed.iter().any(|row| row[outcome] == "unknown"), "{line}: it was killed in the middle");

        let output =
            run(&folder, &simulator.base_url(), &[&import[..], &["--resume", "report.csv", "--json"]].concat());
        let counts: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
        let (_, report) = csv_of(&folder, "report.csv");
        assert_eq!(report.len(), rows.len());
        let after = stored(&simulator);
        let mut updated = 0;
        let at = |name: &str| columns.iter().position(|other| other == name).unwrap();
        let keys = ["data_element_id", "period", "organisation_unit_id", "category_option_combo_id"].map(at);
        for (row, told) in rows.iter().zip(&report) {
            let key = [keys[0], keys[1], keys[2], keys[3], at("attribute_option_combo_id")].map(|at| told[at].clone());
            let went_in = after[&key] == row[value];
            assert_eq!(told[outcome] == "updated", went_in, "{line}: {told:?}");
            assert_ne!(before[&key], row[value], "every row is a change");
            updated += usize::from(went_in);
        }
        assert_eq!(counts["updated"], updated, "{line}: {counts} {}", errors(&output));
        // 2.43 refuses values that are no whole numbers of the right kind, as all do.
        assert!(updated > 1_000 && updated * 10 > rows.len() * 9, "{line}: {updated} of {}", rows.len());
        let changed = after.iter().filter(|(key, value)| before.get(*key) != Some(value)).count();
        assert_eq!((changed, after.len()), (updated, before.len()), "{line}");
    }
}

#[test]
fn what_makes_no_sense_is_exit_code_2_and_nothing_is_sent() {
    let folder = TempDir::new().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    let names = "data_element_id,period,organisation_unit_id,category_option_combo_id,attribute_option_combo_id,value";
    write("rows.csv", names);
    write("others.csv", "name,value\n");
    write("error.json", r#"{"httpStatus":"Conflict","status":"ERROR","message":"no access"}"#);
    write("twice.csv", "from,to\na,b\na,c\n");
    for arguments in [
        &["rows.csv", "--report", "./rows.csv", "--commit"][..],
        &["rows.csv", "--report", "nowhere/report.csv"],
        &["rows.csv", "--report", "report.xlsx"],
        &["rows.csv", "--map", "org-units=twice.csv"],
        &["rows.csv", "--map", "units=twice.csv"],
        &["rows.csv", "--resume", "nosuch.csv"],
        &["others.csv"],
        &["error.json"],
        &["nosuch.csv"],
    ] {
        let output = run(&folder, "http://127.0.0.1:9", &[&["import", "data-values"], arguments].concat());
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {}", errors(&output));
        assert!(!errors(&output).is_empty());
    }
    assert_eq!(fs::read_to_string(folder.path().join("rows.csv")).unwrap(), names);
}

#[test]
fn a_copy_is_a_dry_run_first_and_has_one_receipt() {
    for (line, other) in [("2.41", "2.43"), ("2.43", "2.38")] {
        let (from, target) = (Served::of_line(line), Served::of_line(other).another(Faults::default()));
        let folder = TempDir::new().unwrap();
        let (from_url, to_url) = (from.url(), target.base_url());
        let accounts = [
            ("DHIS2_FROM_TOKEN", SUPERUSER_TOKEN),
            ("DHIS2_TO_USERNAME", SUPERUSER),
            ("DHIS2_TO_PASSWORD", SUPERUSER_PASSWORD),
        ];
        let what = ["--data-set", MONTHLY, "--period", "202401", "--org-unit", ROOT, "--include-children"];
        let copy = [&["copy", "data-values", "--from", &from_url, "--to", &to_url][..], &what].concat();
        let delete = [&copy[..], &["--strategy", "delete", "--commit"]].concat();
        let output = run_as(&folder, &accounts, &delete);
        assert_eq!(output.status.code(), Some(0), "{}", errors(&output));
        let empty = stored(&target);

        let output = run_as(&folder, &accounts, &[&copy[..], &["--report", "difference.csv"]].concat());
        assert_eq!((output.status.code(), errors(&output).as_str()), (Some(0), ""));
        assert!(String::from_utf8(output.stdout).unwrap().starts_with("dry run, nothing is stored"));
        assert_eq!(stored(&target), empty);

        let files = ["--report", "report.csv", "--receipt", "receipt.json", "--commit", "--json"];
        let output = run_as(&folder, &accounts, &[&copy[..], &files].concat());
        assert_eq!((output.status.code(), errors(&output).as_str()), (Some(0), ""));
        let receipt: CopyReceipt = serde_json::from_slice(&output.stdout).unwrap();
        let written = fs::read_to_string(folder.path().join("receipt.json")).unwrap();
        assert_eq!(receipt, serde_json::from_str(&written).unwrap());
        let (_, rows) = csv_of(&folder, "report.csv");
        assert!(rows.len() > 300 && receipt.import.imported == rows.len() as u64);
        assert_eq!(receipt.extract.rows, receipt.import.rows);
        assert_eq!(stored(&target).len(), empty.len() + rows.len());

        // A part is not stored without a word.
        let region = from.country.region_of_the_clerk();
        let forbidden = *from.country.children(ROOT).iter().find(|unit| **unit != region).unwrap();
        run_as(&folder, &accounts, &delete);
        let clerk = [("DHIS2_FROM_USERNAME", CLERK), ("DHIS2_FROM_PASSWORD", CLERK_PASSWORD)];
        let clerk = [&clerk[..], &accounts[1..]].concat();
        let both = [&copy[..10], &["--org-unit", region, forbidden, "--include-children", "--commit"]].concat();
        let output = run_as(&folder, &clerk, &both);
        assert_eq!(output.status.code(), Some(3), "{}", errors(&output));
        assert!(errors(&output).contains(forbidden) && errors(&output).contains("--partial"), "{}", errors(&output));
        assert_eq!(stored(&target), empty);
        let output = run_as(&folder, &clerk, &[&both[..], &["--partial"]].concat());
        assert_eq!(output.status.code(), Some(3), "{}", errors(&output));
        assert!(stored(&target).len() > empty.len());

        let nothing = [&copy[..10], &["--org-unit", forbidden]].concat();
        assert_eq!(run_as(&folder, &clerk, &nothing).status.code(), Some(1), "nothing could be had");
        for (accounts, arguments) in [(&accounts[..2], &copy[..]), (&accounts[1..], &copy), (&accounts, &copy[..4])] {
            assert_eq!(run_as(&folder, accounts, arguments).status.code(), Some(2), "{arguments:?}");
        }
    }
}
