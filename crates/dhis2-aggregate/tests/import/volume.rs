//! Many rows.

use dhis2_aggregate::ImportStrategy;

use crate::place::{Place, Row, VERSIONS, column, outcomes};
use crate::strategies::commit;

/// So many rows, of which one in a hundred is bad, in ten ways; and which.
fn rows(place: &Place, wanted: usize) -> (Vec<Row>, Vec<bool>) {
    let mut rows = Vec::with_capacity(wanted);
    let mut bad = Vec::with_capacity(wanted);
    'all: for year in 2010..=2025 {
        for month in 1..=12 {
            for unit in 0..place.units.len() {
                for element in &place.counts {
                    if rows.len() == wanted {
                        break 'all;
                    }
                    let number = rows.len();
                    let mut row = place.row(unit, &format!("{year}{month:02}"), &(number % 1000).to_string());
                    row.element.clone_from(element);
                    let is_bad = number % 100 == 42;
                    if is_bad {
                        let unknown = || "AAAAAAAAAAA".to_owned();
                        match number / 100 % 10 {
                            0 => row.element = unknown(),
                            1 => row.unit = unknown(),
                            2 => row.combo = unknown(),
                            3 => row.attribute = unknown(),
                            4 => row.value = Some("seven".to_owned()),
                            5 => row.value = Some("-7".to_owned()),
                            6 => row.value = None,
                            7 => row.value = Some(String::new()),
                            8 => "201513".clone_into(&mut row.period),
                            _ => "nowhere".clone_into(&mut row.unit),
                        }
                    }
                    rows.push(row);
                    bad.push(is_bad);
                }
            }
        }
    }
    (rows, bad)
}

async fn many(version: &str, units: usize, wanted: usize) {
    let place = Place::sized(version, units).await;
    let (rows, bad) = rows(&place, wanted);
    assert_eq!(rows.len(), wanted);
    let import = place.import(&rows, &commit(ImportStrategy::CreateAndUpdate)).await;
    assert_eq!(import.stopped, None);
    let codes = column(&import, "error_code");
    for (row, outcome) in outcomes(&import).iter().enumerate() {
        assert_eq!(outcome, if bad[row] { "rejected" } else { "imported" }, "{version} row {row} {:?}", codes[row]);
    }
    let again = place.import(&rows, &commit(ImportStrategy::CreateAndUpdate)).await;
    assert_eq!((again.counts.imported, again.counts.updated), (0, 0), "{version}: a second run changes nothing");
    assert_eq!(again.counts.rejected, import.counts.rejected);
}

/// peer-bugs section 3: "row numbers map back through chunking".
#[tokio::test]
async fn of_thousands_of_rows_exactly_the_bad_ones_are_rejected() {
    for version in VERSIONS {
        many(version, 60, 6_000).await;
    }
}

/// Issue 5: "1,000,000 values imported with 1 % bad rows of ten kinds: exactly the bad rows are reported".
#[tokio::test]
#[ignore = "takes minutes"]
async fn of_a_million_rows_exactly_the_bad_ones_are_rejected() {
    for version in VERSIONS {
        many(version, 7_000, 1_000_000).await;
    }
}
