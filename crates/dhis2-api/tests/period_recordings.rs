//! Ids that real servers sent, against the days that stood in their databases.
//!
//! Runs where the recordings are (`shared/recordings` beside the workspace) and passes without them.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use dhis2_api::period::{Period, PeriodType};

fn servers() -> Vec<PathBuf> {
    let recordings = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/recordings");
    let Ok(entries) = fs::read_dir(recordings) else {
        return Vec::new();
    };
    entries.map(|entry| entry.unwrap().path()).filter(|path| path.join("truth/data_values.csv").is_file()).collect()
}

/// The columns asked for, which stand before any that is quoted.
fn columns<const N: usize>(csv: &str, names: [&str; N]) -> Vec<[String; N]> {
    let mut lines = csv.lines();
    let header: Vec<&str> = lines.next().unwrap().split(',').collect();
    let at = names.map(|name| header.iter().position(|column| *column == name).unwrap());
    // A comment may hold a line break; what follows it is no row.
    lines
        .map(|line| line.split(',').collect::<Vec<&str>>())
        .filter(|cells| cells.len() > *at.iter().max().unwrap() && cells[0].len() == 11)
        .map(|cells| at.map(|column| cells[column].to_owned()))
        .collect()
}

#[test]
fn recorded_ids_have_the_days_of_the_database() {
    for server in servers() {
        let truth = fs::read_to_string(server.join("truth/data_values.csv")).unwrap();
        let names = [
            "data_element_id",
            "organisation_unit_id",
            "category_option_combo_id",
            "attribute_option_combo_id",
            "period_type",
            "period_start",
            "period_end",
        ];
        let mut stored = HashSet::new();
        let mut types = HashSet::new();
        for [element, unit, options, attribute, period_type, start, end] in columns(&truth, names) {
            let period_type: PeriodType = period_type.parse().unwrap();
            let (start, end): (NaiveDate, NaiveDate) = (start.parse().unwrap(), end.parse().unwrap());
            let period = Period::containing(period_type, start).unwrap();
            assert_eq!((period.start(), period.end()), (start, end), "{server:?}");
            types.insert(period_type);
            stored.insert([element, period.id(), unit, options, attribute]);
        }
        assert_eq!(types.len(), 7, "{server:?} has seven types of period: {types:?}");

        let mut compared = 0;
        for answer in fs::read_dir(server.join("expected/aggregate")).unwrap() {
            let answer = answer.unwrap().path();
            let names = [
                "data_element_id",
                "period",
                "organisation_unit_id",
                "category_option_combo_id",
                "attribute_option_combo_id",
            ];
            for row in columns(&fs::read_to_string(&answer).unwrap(), names) {
                let period = Period::parse(&row[1]).unwrap();
                assert_eq!(period.id(), row[1], "{answer:?}");
                assert!(stored.contains(&row), "{answer:?}: {row:?} is not in the database");
                compared += 1;
            }
        }
        assert!(compared > 1000, "{server:?}: {compared} rows compared");
    }
}
