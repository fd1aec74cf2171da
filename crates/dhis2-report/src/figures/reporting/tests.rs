use polars::prelude::df;

use super::*;
use crate::input::Kind;
use crate::testing::source_of;

/// U1 reported January in time and March late and half, U2 January late; nobody reported February.
fn values() -> Values {
    let source = source_of(
        Kind::DataValues,
        df![
            "data_element_id" => ["D1", "D2", "D1", "D1"],
            "period" => ["202401", "202401", "202403", "202401"],
            "organisation_unit_id" => ["U1", "U1", "U1", "U2"],
            "value" => ["1", "2", "3", "4"],
            // A report of January is in time until the end of 15 February.
            "created" => ["2024-02-15T23:59:59Z", "2024-03-01T00:00:00Z", "2024-04-20T00:00:00Z", "2024-02-16T00:00:00Z"],
        ],
    );
    Values::of(&source).unwrap()
}

fn reports(names: &Names, query: Option<&Value>) -> Reports {
    Reports::of(&values(), PeriodType::Monthly, names, query).unwrap()
}

#[test]
fn a_report_is_missing_late_or_in_time_by_the_first_of_its_values() {
    let names = Names::default();
    let section = reports(&names, None).timeliness(&names, "", 15).unwrap();
    assert_eq!(section.figures, json!({ "reports": 6, "on_time": 1, "late": 2, "missing": 3 }));
    assert_eq!(section.words[0], "Of 6 reports, 3 are missing (50.0 %) and 2 came late (33.3 %).");
    let drawn = |place: usize| section.charts[0].drawing.option["series"][place]["data"].clone();
    assert_eq!([drawn(0), drawn(1), drawn(2)], [json!([1, 0, 0]), json!([1, 0, 1]), json!([0, 2, 1])]);
    // U2 lacks two, U1 one.
    let worst: Vec<&Cell> = section.tables[0].rows.iter().map(|row| &row[0]).collect();
    assert_eq!(worst, [&Cell::from("U2"), &Cell::from("U1")]);
    let later = reports(&names, None).timeliness(&names, "", 60).unwrap();
    assert_eq!(later.figures["late"], 0);
}

#[test]
fn without_data_sets_a_unit_is_to_report_what_it_ever_reported() {
    let names = Names::default();
    let section = reports(&names, None).completeness(&names, "").unwrap();
    let cells = &section.charts[0].drawing.option["series"][0]["data"];
    let expected = json!([[0, 0, 100.0], [1, 0, 0.0], [2, 0, 50.0], [0, 1, 100.0], [1, 1, 0.0], [2, 1, 0.0]]);
    assert_eq!(*cells, expected);
    assert_eq!(section.figures["full"], 2);
    assert_eq!(section.figures["mean_percent"], 41.7);
}

#[test]
fn data_sets_say_who_is_to_report_what_even_if_nothing_came() {
    let mut names = Names::default();
    let sets = df![
        "id" => ["S1"], "name" => ["Monthly"], "period_type" => ["Monthly"],
        "organisation_units" => ["[\"U1\",\"U2\",\"U3\",\"U4\"]"], "data_elements" => ["[\"D1\",\"D2\",\"D9\"]"],
    ];
    let units = df![
        "id" => ["U1", "U2", "U3", "U4"], "name" => ["a", "b", "c", "d"],
        "level_1_id" => ["U0", "U0", "U0", "V0"], "level_2_id" => ["U1", "U2", "U3", "U4"],
    ];
    assert!(names.take_list(&sets.unwrap()) && names.take_list(&units.unwrap()));
    let query = json!({ "data_sets": ["S1"], "organisation_units": ["U0"], "include_children": true });
    let reports = reports(&names, Some(&query));
    // U4 lies elsewhere; D9 was reported by nobody.
    assert_eq!(
        (reports.units.clone(), reports.expected.clone()),
        (["U1", "U2", "U3"].map(str::to_owned).to_vec(), vec![2; 3])
    );
    let section = reports.completeness(&names, "").unwrap();
    assert_eq!((section.figures["reports"].as_u64(), section.figures["empty"].as_u64()), (Some(9), Some(6)));
    let of_others = self::reports(&names, Some(&json!({ "data_sets": ["S2"] })));
    assert_eq!(of_others.units.len(), 2, "the set was not asked for");
}

#[test]
fn only_periods_that_were_asked_for_can_be_missing() {
    let names = Names::default();
    let query = json!({ "periods": ["202401", "202403", "2024Q1"] });
    let section = reports(&names, Some(&query)).timeliness(&names, "", 15).unwrap();
    assert_eq!((section.figures["reports"].as_u64(), section.figures["missing"].as_u64()), (Some(4), Some(1)));
}

#[test]
fn many_units_are_drawn_by_the_units_above_them_or_the_least_complete() {
    let units: Vec<String> = (0..50).map(|number| format!("U{number:02}")).collect();
    let source = source_of(
        Kind::DataValues,
        df![
            "data_element_id" => vec!["D1"; 50], "period" => vec!["2024"; 50], "organisation_unit_id" => units.clone(),
            "value" => vec!["1"; 50],
        ],
    );
    let values = Values::of(&source).unwrap();
    let mut names = Names::default();
    let of = |names: &Names| Reports::of(&values, PeriodType::Yearly, names, None).unwrap().groups(names);
    let (groups, words) = of(&names);
    assert_eq!(groups.len(), UNITS);
    assert!(words.unwrap().starts_with("Drawn are the 40 least complete units, and there are 10 units more."));
    let above: Vec<String> = (0..50).map(|number| format!("V{}", number % 3)).collect();
    let list = df!["id" => units.clone(), "name" => units.clone(), "level_1_id" => vec!["W"; 50], "level_2_id" => above,
        "level_3_id" => units];
    assert!(names.take_list(&list.unwrap()));
    let (groups, words) = of(&names);
    assert_eq!(
        groups.iter().map(|(name, units)| (name.as_str(), units.len())).collect::<Vec<_>>(),
        [("V0", 17), ("V1", 17), ("V2", 16)]
    );
    assert!(words.unwrap().starts_with("Each line is a unit of level 2"));
}

#[test]
fn without_times_nothing_is_said_of_late_ones() {
    let source = source_of(
        Kind::DataValues,
        df![
            "indicator_id" => ["I1", "I1"], "period" => ["2024Q1", "2024Q3"], "organisation_unit_id" => ["U1"; 2], "value" => ["1", "2"],
        ],
    );
    let (values, names) = (Values::of(&source).unwrap(), Names::default());
    let section =
        Reports::of(&values, PeriodType::Quarterly, &names, None).unwrap().timeliness(&names, "", 15).unwrap();
    assert_eq!(
        (section.title.as_str(), section.words[0].as_str()),
        ("Missing", "Of 3 reports, 1 is missing (33.3 %).")
    );
    assert_eq!(section.charts[0].drawing.option["series"].as_array().unwrap().len(), 2);
    assert_eq!(section.figures, json!({ "reports": 3, "there": 2, "missing": 1 }));
}
