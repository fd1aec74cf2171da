//! Recorded exports with all columns.

use std::collections::{HashMap, HashSet};

use dhis2::DataValueColumns;
use dhis2::aggregate::RICH_DATA_VALUES;
use dhis2::aggregate::flatten::Flatten;
use dhis2_tests::country::Country;
use dhis2_tests::recordings::Recordings;
use dhis2_tests::rows::{self, Row};

/// peer-bugs O32: "`storedBy`, `comment`, `followup`, `deleted` columns dropped; `includeDeleted` not offered → deletions
/// invisible to incremental loads".
#[test]
fn recorded_exports_with_deleted_values_give_the_rich_rows_of_the_database() {
    let mut deleted = 0;
    // Of fixtures, one server's has the values of the database.
    let with_values = |server: &Recordings| {
        ["csv", "csv.gz"].iter().any(|kind| server.folder(&format!("truth/data_values.{kind}")).exists())
    };
    for server in Recordings::all().into_iter().filter(with_values) {
        let mut cases = vec!["aggregate/include-deleted.har".to_owned()];
        if server.folder("world").exists() {
            let of_values = |name: &String| name.starts_with("data-values-");
            cases.extend(server.names("world").into_iter().filter(of_values).map(|name| format!("world/{name}.har")));
        }
        let flatten = Flatten {
            fill_shared_fields: server.dialect().hoists_shared_fields,
            columns: DataValueColumns::Rich,
            ..Flatten::default()
        };
        let truth = truth(&server);
        for case in cases {
            let exchanges = server.exchanges(&case);
            let (frame, _) = flatten.body(exchanges[0].body.as_bytes()).unwrap();
            RICH_DATA_VALUES.check(&frame).unwrap();
            let found = rows::of_frame(&frame);
            let keys: HashSet<&[Option<String>]> = found.iter().map(|row| &row[..5]).collect();
            let expected: Vec<Row> = truth.iter().filter(|row| keys.contains(&row[..5])).cloned().collect();
            deleted += found.iter().filter(|row| row[11].as_deref() == Some("true")).count();
            rows::assert_same(&format!("{case} of {}", server.version), found, expected);
        }
    }
    assert!(deleted > 20, "{deleted} deleted values");
}

/// The twelve columns of every value in the database.
fn truth(server: &Recordings) -> Vec<Row> {
    let table = server.text("truth/data_values.csv");
    let mut reader = csv::Reader::from_reader(table.as_bytes());
    let more = reader.deserialize().map(|row| row.unwrap());
    let values = Country::read(server).values;
    let row = |(value, more): (&dhis2_tests::country::Value, HashMap<String, String>)| {
        let filled = |column: &str| Some(more[column].clone()).filter(|text| !text.is_empty());
        let set = |column: &str| Some((more[column] == "t").to_string());
        let mut row = value.row();
        row.extend([filled("stored_by"), filled("comment"), set("followup"), set("deleted")]);
        row
    };
    values.iter().zip(more).map(row).collect()
}
