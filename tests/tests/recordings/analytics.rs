//! Recorded analytics, and what the values in the same server's database add up to.

use std::collections::BTreeMap;

use dhis2::aggregate::analytics::flatten::{COMBO_SUMS, ELEMENT_SUMS, body};
use dhis2::api::period::Period;
use dhis2_tests::country::Country;
use dhis2_tests::recordings::Recordings;
use dhis2_tests::rows::{self, Row};

/// peer-bugs section 3: "Analytics: […] totals equal the unchunked answer [O42]." On 2.43.1 and elsewhere with empty tables an
/// answer has no rows; it is the same answer otherwise.
#[test]
fn recorded_analytics_are_the_sums_of_the_values_in_the_database() {
    let mut rows_in_all = 0;
    for server in Recordings::all().into_iter().filter(|server| server.folder("analytics").exists()) {
        let country = Country::read(&server);
        for case in ["elements-periods-units", "group", "levels", "with-combos"] {
            let what = format!("{case} of {}", server.version);
            let schema = if case == "with-combos" { &COMBO_SUMS } else { &ELEMENT_SUMS };
            let exchanges = server.exchanges(&format!("analytics/{case}.har"));
            let frame = body(schema, exchanges[0].body.as_bytes()).unwrap_or_else(|error| panic!("{what}: {error}"));
            schema.check(&frame).unwrap();
            let found = rows::of_frame(&frame);
            rows_in_all += found.len();
            let sums: Vec<Row> = found.iter().map(|row| summed(&country, row)).collect();
            rows::assert_same(&what, found, sums);
        }
        for case in ["no-dimension", "unknown-element"] {
            let exchanges = server.exchanges(&format!("analytics/{case}.har"));
            assert_eq!(exchanges[0].status, 409);
            assert!(body(&ELEMENT_SUMS, exchanges[0].body.as_bytes()).is_err());
        }
    }
    assert!(rows_in_all > 20, "{rows_in_all} rows");
}

/// The same row with the sum of the values that it stands for.
fn summed(country: &Country, row: &Row) -> Row {
    let cell = |column: usize| row[column].as_deref().unwrap();
    let combo = (row.len() == 5).then(|| cell(1));
    let (element, unit) = (cell(0), cell(row.len() - 3));
    let period = Period::parse(cell(row.len() - 2)).unwrap();
    let mut sums: BTreeMap<&str, f64> = BTreeMap::new();
    for value in country.values.iter().filter(|value| !value.deleted && value.element == element) {
        let within = period.start() <= value.period.start() && value.period.end() <= period.end();
        let counts = combo.is_none_or(|combo| combo == value.category_option_combo);
        if within && counts && country.is_within(&value.unit, unit) {
            *sums.entry(element).or_default() += value.value.as_deref().unwrap().parse::<f64>().unwrap();
        }
    }
    let mut row = row.clone();
    let value = row.len() - 1;
    row[value] = sums.get(element).map(ToString::to_string);
    row
}
