use dhis2_frame::{BooleanColumn, DatetimeColumn, Int64Column, StringColumn};

use super::*;

mod random;
mod specs;

const PROGRAM: &str = "T4KUa2dgu2M";
const STAGE: &str = "Yl7DhNudbZY";
const ELEMENT: &str = "AJMsqHhueiR";
const BIRTH: &str = "dfHpp898aUy";
const SEX: &str = "E1Yg8oxJLCA";
const RECEIVER: &str = "fbfJHSPpUQD";
const COMBO: &str = "HllvX50cXC0";
const OTHER: &str = "pq2XI5kz2BY";
const COUNTRY: &str = "KdK92fYEfTw";
const REGION: &str = "EKn62NXfc2R";
const OTHER_REGION: &str = "EfXMFhtuC9w";
const CLINIC: &str = "E7JGvseIzdW";
const OTHER_CLINIC: &str = "vrgZXFwnvuL";

/// A row of a frame of events.
#[derive(Debug, Clone)]
struct Row {
    event: String,
    status: &'static str,
    program: &'static str,
    stage: &'static str,
    unit: &'static str,
    occurred: Option<i64>,
    deleted: bool,
    element: Option<&'static str>,
    value: Option<String>,
    person: Option<String>,
}

/// A completed visit to the clinic on 15 January 2024 without a value.
fn visit(event: &str) -> Row {
    Row {
        event: event.to_owned(),
        status: "COMPLETED",
        program: PROGRAM,
        stage: STAGE,
        unit: CLINIC,
        occurred: Some(at("2024-01-15T10:00:00Z")),
        deleted: false,
        element: None,
        value: None,
        person: Some("B1WJBxXs4rQ".to_owned()),
    }
}

impl Row {
    fn on(self, time: &str) -> Self {
        Self { occurred: Some(at(time)), ..self }
    }

    fn with(self, element: &'static str, value: &str) -> Self {
        Self { element: Some(element), value: Some(value.to_owned()), ..self }
    }

    fn of(self, person: &str) -> Self {
        Self { person: Some(person.to_owned()), ..self }
    }
}

fn at(time: &str) -> i64 {
    time.parse::<chrono::DateTime<chrono::Utc>>().unwrap().timestamp_millis()
}

fn column<'t>(name: &str, texts: impl Iterator<Item = Option<&'t str>>) -> polars::prelude::Column {
    let mut column = StringColumn::default();
    texts.for_each(|text| column.push_opt(text));
    column.finish(name)
}

fn events(rows: &[Row]) -> DataFrame {
    let (mut occurred, mut deleted) = (DatetimeColumn::default(), BooleanColumn::default());
    for row in rows {
        occurred.push_opt(row.occurred);
        deleted.push(row.deleted);
    }
    let columns = vec![
        column("event_id", rows.iter().map(|row| Some(row.event.as_str()))),
        column("status", rows.iter().map(|row| Some(row.status))),
        column("program_id", rows.iter().map(|row| Some(row.program))),
        column("program_stage_id", rows.iter().map(|row| Some(row.stage))),
        column("organisation_unit_id", rows.iter().map(|row| Some(row.unit))),
        occurred.finish("occurred_at"),
        deleted.finish("deleted"),
        column("data_element_id", rows.iter().map(|row| row.element)),
        column("value", rows.iter().map(|row| row.value.as_deref())),
        column("tracked_entity_id", rows.iter().map(|row| row.person.as_deref())),
    ];
    DataFrame::new(rows.len(), columns).unwrap()
}

fn attributes(rows: &[(&str, &str, &str)]) -> DataFrame {
    let columns = vec![
        column("tracked_entity_id", rows.iter().map(|row| Some(row.0))),
        column("attribute_id", rows.iter().map(|row| Some(row.1))),
        column("value", rows.iter().map(|row| Some(row.2))),
    ];
    DataFrame::new(rows.len(), columns).unwrap()
}

fn units() -> DataFrame {
    let rows = [
        (COUNTRY, [Some(COUNTRY), None, None]),
        (REGION, [Some(COUNTRY), Some(REGION), None]),
        (OTHER_REGION, [Some(COUNTRY), Some(OTHER_REGION), None]),
        (CLINIC, [Some(COUNTRY), Some(REGION), Some(CLINIC)]),
        (OTHER_CLINIC, [Some(COUNTRY), Some(OTHER_REGION), Some(OTHER_CLINIC)]),
    ];
    let mut depth = Int64Column::default();
    for (_, path) in &rows {
        depth.push(path.iter().flatten().count().try_into().unwrap());
    }
    let columns = vec![
        column("id", rows.iter().map(|row| Some(row.0))),
        depth.finish("level"),
        column("level_1_id", rows.iter().map(|row| row.1[0])),
        column("level_2_id", rows.iter().map(|row| row.1[1])),
        column("level_3_id", rows.iter().map(|row| row.1[2])),
    ];
    DataFrame::new(rows.len(), columns).unwrap()
}

/// A monthly spec for regions with what is said of it and of its only output.
fn spec_of(whole: &str, output: &str) -> CountSpec {
    spec(&format!("{whole}\n[[output]]\ndata_element = '{RECEIVER}'\n{output}"))
}

fn spec(text: &str) -> CountSpec {
    CountSpec::from_toml(&full(text)).unwrap()
}

fn full(text: &str) -> String {
    let defaults = [
        ("program", format!("'{PROGRAM}'")),
        ("period_type", "'Monthly'".to_owned()),
        ("level", "2".to_owned()),
        ("attribute_option_combo", format!("'{COMBO}'")),
    ];
    let missing = defaults.iter().filter(|(key, _)| !text.contains(&format!("{key} = ")));
    missing.fold(String::new(), |head, (key, value)| format!("{head}{key} = {value}\n")) + text
}

fn count_in(rows: &[Row], known: &[(&str, &str, &str)], spec: &CountSpec, scope: &CountScope) -> Counts {
    let (events, attributes, organisation_units) = (events(rows), attributes(known), units());
    let individuals =
        Individuals { events: &[&events], attributes: Some(&attributes), organisation_units: &organisation_units };
    let counts = aggregate_events(individuals, spec, scope).unwrap();
    COUNTS.check(&counts.frame).unwrap();
    streamed(&events, &attributes, &organisation_units, spec, scope, &counts);
    counts
}

/// Events whose rows stand together are counted the same as they come, cut into frames anywhere.
fn streamed(
    events: &DataFrame,
    attributes: &DataFrame,
    units: &DataFrame,
    spec: &CountSpec,
    scope: &CountScope,
    expected: &Counts,
) {
    let ids: Vec<_> = events.column("event_id").unwrap().str().unwrap().iter().collect();
    let mut runs = ids.clone();
    runs.dedup();
    let distinct: std::collections::HashSet<_> = runs.iter().collect();
    if distinct.len() < runs.len() {
        return;
    }
    for rows in [1, 3, 100] {
        let mut persons = Persons::new(spec);
        persons.take(attributes).unwrap();
        let mut counting = Counting::begin(units, &persons, spec, scope).unwrap();
        for from in (0..events.height()).step_by(rows) {
            counting.take(&events.slice(i64::try_from(from).unwrap(), rows)).unwrap();
        }
        let counts = counting.finish().unwrap();
        assert!(
            counts.frame.equals_missing(&expected.frame),
            "{rows} rows at a time: {} {}",
            counts.frame,
            expected.frame
        );
        assert_eq!(counts.report, expected.report);
    }
}

fn count(rows: &[Row], known: &[(&str, &str, &str)], spec: &CountSpec) -> Counts {
    count_in(rows, known, spec, &CountScope::default())
}

/// Period, unit, combo and value of each row.
fn values(counts: &Counts) -> Vec<[String; 4]> {
    let text =
        |name: &str| counts.frame.column(name).unwrap().str().unwrap().iter().map(|text| text.unwrap().to_owned());
    let rows =
        text("period").zip(text("organisation_unit_id")).zip(text("category_option_combo_id")).zip(text("value"));
    rows.map(|(((period, unit), combo), value)| [period, unit, combo, value]).collect()
}

fn row(period: &str, unit: &str, combo: &str, value: &str) -> [String; 4] {
    [period, unit, combo, value].map(str::to_owned)
}

/// The only value there is.
fn only(counts: &Counts) -> String {
    let values = values(counts);
    assert_eq!(values.len(), 1, "{values:?}");
    values[0][3].clone()
}

#[test]
fn a_person_with_two_enrollments_counts_once_in_a_cell_and_in_every_cell() {
    let spec = spec_of("", &format!("compute = 'persons'\ncombo = '{COMBO}'"));
    let rows = [
        visit("first").of("anna"),
        visit("of another enrollment").of("anna"),
        visit("of another").of("berta"),
        visit("in February").of("anna").on("2024-02-01T00:00:00Z"),
    ];
    let counts = count(&rows, &[], &spec);
    assert_eq!(values(&counts), [row("202401", REGION, COMBO, "2"), row("202402", REGION, COMBO, "1")]);
    assert_eq!((counts.report.outputs[0].counted, counts.report.outputs[0].values), (4, 2));
}

#[test]
fn an_event_without_registration_has_no_person() {
    let spec = spec_of("", &format!("compute = 'persons'\ncombo = '{COMBO}'"));
    let counts = count(&[Row { person: None, ..visit("one") }], &[], &spec);
    assert_eq!(values(&counts).len(), 0);
    assert_eq!(counts.report.outputs[0].without_person, 1);
}

#[test]
fn an_event_at_the_last_instant_of_a_month_belongs_to_it() {
    let spec = spec_of("", &format!("compute = 'events'\ncombo = '{COMBO}'"));
    let rows = [
        visit("last of January").on("2024-01-31T23:59:59.999Z"),
        visit("first of February").on("2024-02-01T00:00:00Z"),
        visit("before 1970").on("1969-12-31T23:59:59.999Z"),
    ];
    let expected = ["196912", "202401", "202402"].map(|period| row(period, REGION, COMBO, "1"));
    assert_eq!(values(&count(&rows, &[], &spec)), expected);
}

#[test]
fn an_element_without_a_value_is_in_no_sum_and_no_zero() {
    let rows = [
        visit("a").with(ELEMENT, "3"),
        visit("b").with(ELEMENT, "-1.5"),
        visit("nothing"),
        visit("empty").with(ELEMENT, ""),
        visit("words").with(ELEMENT, "three"),
        visit("too large").with(ELEMENT, "1e250"),
        visit("another element").with("tJ7XuzLqNDv", "9"),
    ];
    for (compute, expected) in [("sum", "1.5"), ("mean", "0.75"), ("minimum", "-1.5"), ("maximum", "3")] {
        let output = format!("compute = '{compute}'\nof = {{ element = '{ELEMENT}' }}\ncombo = '{COMBO}'");
        let counts = count(&rows, &[], &spec_of("", &output));
        assert_eq!(only(&counts), expected);
        let report = &counts.report.outputs[0];
        assert_eq!((report.counted, report.without_value, report.not_a_number), (2, 3, 2));
        assert_eq!(report.left_out().len(), 2);
    }
}

#[test]
fn means_are_written_with_the_decimals_asked_for() {
    let rows = [visit("a").with(ELEMENT, "1"), visit("b").with(ELEMENT, "1"), visit("c").with(ELEMENT, "2")];
    for (decimals, expected) in [("", "1.33333333333333"), ("decimals = 2", "1.33"), ("decimals = 0", "1")] {
        let output = format!("compute = 'mean'\nof = {{ element = '{ELEMENT}' }}\ncombo = '{COMBO}'\n{decimals}");
        assert_eq!(only(&count(&rows, &[], &spec_of("", &output))), expected);
    }
}

#[test]
fn a_unit_above_the_level_is_left_out_and_reported() {
    let spec = spec_of("", &format!("compute = 'events'\ncombo = '{COMBO}'"));
    let rows = [
        visit("in a clinic"),
        Row { unit: REGION, ..visit("in the region's office") },
        Row { unit: COUNTRY, ..visit("in the ministry") },
        Row { unit: "nowhereatal", ..visit("somewhere") },
    ];
    let counts = count(&rows, &[], &spec);
    assert_eq!(values(&counts), [row("202401", REGION, COMBO, "2")]);
    let report = &counts.report.outputs[0];
    assert_eq!((report.unit_above_level, report.unit_unknown, report.matched, report.counted), (1, 1, 4, 2));
}

#[test]
fn only_the_units_and_periods_asked_for_are_counted() {
    let spec = spec_of("", &format!("compute = 'events'\ncombo = '{COMBO}'"));
    let rows = [
        visit("here"),
        Row { unit: OTHER_CLINIC, ..visit("there") },
        visit("later").on("2024-02-01T00:00:00Z"),
        Row { occurred: None, ..visit("never") },
    ];
    let january = Period::parse("202401").unwrap();
    let scope = CountScope { organisation_units: vec![REGION.parse().unwrap()], periods: Some((january, january)) };
    let counts = count_in(&rows, &[], &spec, &scope);
    assert_eq!(values(&counts), [row("202401", REGION, COMBO, "1")]);
    assert_eq!((counts.report.events, counts.report.outputs[0].unit_outside), (2, 1));
    let everything = count(&rows, &[], &spec);
    assert_eq!((everything.report.events, everything.report.outputs[0].without_date), (4, 1));
    assert_eq!(values(&everything).len(), 3);
}

#[test]
fn a_value_that_would_be_a_part_of_its_unit_or_period_is_refused() {
    let spec = spec_of("", &format!("compute = 'events'\ncombo = '{COMBO}'"));
    let (events, organisation_units) = (events(&[visit("one")]), units());
    let individuals = Individuals { events: &[&events], attributes: None, organisation_units: &organisation_units };
    let ask = |scope: &CountScope| aggregate_events(individuals, &spec, scope).unwrap_err().to_string();
    let below = CountScope { organisation_units: vec![CLINIC.parse().unwrap()], ..CountScope::default() };
    assert!(ask(&below).contains("E7JGvseIzdW is not known to lie on level 2 or above"), "{}", ask(&below));
    let period = |id| Period::parse(id).unwrap();
    let year = CountScope { periods: Some((period("2024"), period("2024"))), ..CountScope::default() };
    assert_eq!(ask(&year), "the period 2024 is not of the spec's period type, Monthly");
    let back = CountScope { periods: Some((period("202402"), period("202401"))), ..CountScope::default() };
    assert_eq!(ask(&back), "the first period, 202402, comes after the last, 202401");
}

#[test]
fn deleted_events_and_those_of_other_programs_and_stages_never_count() {
    let spec = spec_of(&format!("stages = ['{STAGE}']"), &format!("compute = 'events'\ncombo = '{COMBO}'"));
    let gone = Row { deleted: true, ..visit("deleted") };
    let rows = [
        gone.clone().with(ELEMENT, "1"),
        gone.with("tJ7XuzLqNDv", "1"),
        Row { program: "mPhS49WzczR", ..visit("of another program") },
        Row { stage: "jhkTGRcs9sn", ..visit("of another stage") },
        visit("one"),
    ];
    let counts = count(&rows, &[], &spec);
    assert_eq!((only(&counts).as_str(), counts.report.events, counts.report.deleted), ("1", 1, 1));
}

#[test]
fn an_event_counts_once_however_its_rows_lie() {
    let output = format!("compute = 'sum'\nof = {{ element = '{ELEMENT}' }}\ncombo = '{COMBO}'");
    let spec = spec_of("when = { element = 'tJ7XuzLqNDv', eq = 1 }", &output);
    let frames = [
        events(&[
            visit("one").with(ELEMENT, "5"),
            visit("two").with(ELEMENT, "7"),
            visit("one").with("tJ7XuzLqNDv", "1.0"),
        ]),
        events(&[visit("two").with("tJ7XuzLqNDv", "2")]),
        events(&[visit("one").with(ELEMENT, "5"), visit("one").with("tJ7XuzLqNDv", "1.0")]),
    ];
    let units = units();
    let frames: Vec<&DataFrame> = frames.iter().collect();
    let individuals = Individuals { events: &frames, attributes: None, organisation_units: &units };
    let counts = aggregate_events(individuals, &spec, &CountScope::default()).unwrap();
    assert_eq!((only(&counts).as_str(), counts.report.events), ("5", 2));
}

#[test]
fn age_is_in_whole_years_on_the_day_that_counts() {
    let by = format!(
        "compute = 'events'\nby = {{ age = {{ attribute = '{BIRTH}' }}, bands = [\
         {{ below = 4, combo = '{COMBO}' }}, {{ from = 4, below = 5, combo = '{OTHER}' }}] }}"
    );
    let spec = spec_of("", &by);
    let rows = [
        visit("day before the birthday").of("leap").on("2023-02-28T23:59:59.999Z"),
        visit("birthday").of("leap").on("2024-02-29T00:00:00Z"),
        visit("five years old").of("leap").on("2025-03-01T00:00:00Z"),
        visit("still four").of("leap").on("2025-02-28T12:00:00Z"),
        visit("unborn").of("leap").on("2020-02-28T12:00:00Z"),
        visit("without a date of birth").of("other"),
        visit("with words for a date of birth").of("strange"),
    ];
    let counts = count(&rows, &[("leap", BIRTH, "2020-02-29"), ("strange", BIRTH, "long ago")], &spec);
    let expected =
        [row("202302", REGION, COMBO, "1"), row("202402", REGION, OTHER, "1"), row("202502", REGION, OTHER, "1")];
    assert_eq!(values(&counts), expected);
    assert_eq!(counts.report.outputs[0].in_no_cell, 4);
}

#[test]
fn options_that_lead_to_the_same_combo_are_counted_together() {
    let by = format!(
        "compute = 'persons'\nby = {{ attribute = '{SEX}', options = {{ F = '{COMBO}', U = '{COMBO}', M = '{OTHER}' }} }}"
    );
    let known = [("a", SEX, "F"), ("b", SEX, "U"), ("c", SEX, "M"), ("d", SEX, "f")];
    let rows = ["a", "b", "c", "d", "e"].map(|person| visit(person).of(person));
    let counts = count(&rows, &known, &spec_of("", &by));
    assert_eq!(values(&counts), [row("202401", REGION, COMBO, "2"), row("202401", REGION, OTHER, "1")]);
    assert_eq!(counts.report.outputs[0].in_no_cell, 2, "codes are compared as stored");
}

#[test]
fn of_several_cells_that_hold_the_first_decides() {
    let cells = format!(
        "compute = 'events'\ncell = [{{ combo = '{COMBO}', when = {{ element = '{ELEMENT}', ge = 10 }} }}, {{ combo = '{OTHER}' }}]"
    );
    let rows = [visit("a").with(ELEMENT, "10"), visit("b").with(ELEMENT, "9.99"), visit("c")];
    let counts = count(&rows, &[], &spec_of("", &cells));
    assert_eq!(values(&counts), [row("202401", REGION, COMBO, "1"), row("202401", REGION, OTHER, "2")]);
}

#[test]
fn conditions_hold_as_documented() {
    let value = |text: &str| [visit("one").with(ELEMENT, text)];
    let element = format!("element = '{ELEMENT}'");
    for (condition, text, holds) in [
        (format!("{{ {element}, has_value = true }}"), "x", true),
        (format!("{{ {element}, has_value = true }}"), "", false),
        (format!("{{ {element}, has_value = false }}"), "", true),
        (format!("{{ {element}, eq = 'b50' }}"), "B50", false),
        (format!("{{ {element}, eq = '1' }}"), "1.0", false),
        (format!("{{ {element}, eq = 1 }}"), "1.0", true),
        (format!("{{ {element}, eq = true }}"), "true", true),
        (format!("{{ {element}, eq = true }}"), "false", false),
        (format!("{{ {element}, in = ['a', 'b'] }}"), "b", true),
        (format!("{{ {element}, in = ['a', 'b'] }}"), "c", false),
        (format!("{{ {element}, gt = 1, le = 2 }}"), "1", false),
        (format!("{{ {element}, gt = 1, le = 2 }}"), "2", true),
        (format!("{{ {element}, lt = 2 }}"), "", false),
        (format!("{{ {element}, lt = 2 }}"), "one", false),
        (format!("{{ {element}, le = '2024-01-31' }}"), "2024-01-31T23:59", true),
        (format!("{{ {element}, le = '2024-01-31' }}"), "2024-02-01", false),
        (format!("{{ {element}, ge = '2024-01-31' }}"), "45", false),
        (format!("{{ not = {{ {element}, ge = 0 }} }}"), "", true),
        (format!("{{ all = [{{ {element}, ge = 0 }}, {{ status = ['ACTIVE'] }}] }}"), "1", false),
        (format!("{{ any = [{{ {element}, ge = 0 }}, {{ status = ['ACTIVE'] }}] }}"), "1", true),
        (format!("{{ stage = ['{STAGE}'] }}"), "1", true),
        ("{ stage = ['jhkTGRcs9sn'] }".to_owned(), "1", false),
        ("{ status = ['COMPLETED', 'ACTIVE'] }".to_owned(), "1", true),
    ] {
        let spec = spec_of(&format!("when = {condition}"), &format!("compute = 'events'\ncombo = '{COMBO}'"));
        let counts = count(&value(text), &[], &spec);
        assert_eq!(values(&counts).len(), usize::from(holds), "{condition} of {text:?}");
    }
}

#[test]
fn a_frame_that_lacks_something_is_refused_with_what_it_lacks() {
    let by_age =
        format!("compute = 'events'\nby = {{ age = {{ attribute = '{BIRTH}' }}, bands = [{{ combo = '{COMBO}' }}] }}");
    let (all, units) = (events(&[visit("one")]), units());
    let ask = |events: &DataFrame, spec: &CountSpec| {
        let individuals = Individuals { events: &[events], attributes: None, organisation_units: &units };
        aggregate_events(individuals, spec, &CountScope::default()).unwrap_err().to_string()
    };
    assert!(ask(&all, &spec_of("", &by_age)).contains("no frame with attributes"));
    let plain = format!("compute = 'events'\ncombo = '{COMBO}'");
    assert!(
        ask(&all.drop("tracked_entity_id").unwrap(), &spec_of("", &plain)).contains("no column `tracked_entity_id`")
    );
    assert!(ask(&all, &spec_of("date = 'scheduled_at'", &plain)).contains("no column `scheduled_at`"));
    assert!(ask(&all, &spec_of("level = 4", &plain)).contains("no column `level_4_id`"));
}

#[test]
fn several_outputs_of_one_file_are_counted_each_for_itself() {
    let output =
        |element: &str, rest: &str| format!("[[output]]\ndata_element = '{element}'\n{rest}\ncombo = '{COMBO}'\n");
    let weighed = format!("compute = 'events'\nwhen = {{ element = '{ELEMENT}', has_value = true }}");
    let both = output(RECEIVER, &weighed) + &output("cYeuwXTCPkU", "compute = 'persons'");
    let counts = count(&[visit("a").with(ELEMENT, "1"), visit("b"), visit("c").of("another")], &[], &spec(&both));
    let elements: Vec<_> = counts.frame.column("data_element_id").unwrap().str().unwrap().iter().flatten().collect();
    assert_eq!(elements, [RECEIVER, "cYeuwXTCPkU"]);
    assert_eq!(values(&counts).iter().map(|row| row[3].as_str()).collect::<Vec<_>>(), ["1", "2"]);
    assert_eq!(counts.report.outputs.iter().map(|output| output.matched).collect::<Vec<_>>(), [1, 3]);
}
