//! From individuals to counts: twenty specs, each against a count by hand.

use std::collections::BTreeMap;

use dhis2::aggregate::counts::{CountScope, CountSpec};
use dhis2::api::period::Period;
use dhis2::extract::WarningKind;
use dhis2::{CountedEvents, State};
use dhis2_tests::recordings::Recordings;
use dhis2_tests::served::{RUNTIME, Served};

use by_hand::{Visit, What};

mod by_hand;

const ROOT: &str = "KdK92fYEfTw";
const ANC: &str = "T4KUa2dgu2M";
const FIRST_VISIT: &str = "Yl7DhNudbZY";
const OUTCOME: &str = "iW4PaDG2j3i";
const TB: &str = "mPhS49WzczR";
const CASES: &str = "kq5MJdgfUBN";
const WEIGHT: &str = "AJMsqHhueiR";
const WHOLE_NUMBER: &str = "tJ7XuzLqNDv";
const DIAGNOSIS: &str = "M8hbHpWx3IB";
const END: &str = "XjelNrKstgJ";
const DATE: &str = "lhohK4cwYDC";
const MOMENT: &str = "ZiocwIk4QMI";
const YES_NO: &str = "pATgw7BLfYW";
const BIRTH_IN_EVENT: &str = "d07JSSyz6pc";
const BIRTH: &str = "dfHpp898aUy";
const SEX: &str = "E1Yg8oxJLCA";

const A: &str = "HllvX50cXC0";
const B: &str = "pq2XI5kz2BY";
const C: &str = "PT59n8BQbqM";

on_every_line!(
    twenty_specs_count_as_by_hand,
    only_the_periods_asked_for_are_counted,
    a_part_of_the_country_is_counted_as_far_as_the_server_tells,
    a_unit_below_the_level_is_refused_before_events_are_asked_for,
);

/// A spec, and what it says in plain code.
struct Case {
    program: &'static str,
    /// The rest of the spec; `$NAMES` stand for the constants.
    text: &'static str,
    date: &'static str,
    period_type: &'static str,
    level: usize,
    what: What,
    counts: fn(&Visit) -> bool,
    combo: fn(&Visit) -> Option<&'static str>,
}

impl Case {
    fn new(program: &'static str, what: What, text: &'static str) -> Self {
        Self {
            program,
            text,
            date: "occurred_at",
            period_type: "Monthly",
            level: 3,
            what,
            counts: |_| true,
            combo: |_| Some(A),
        }
    }

    fn over(self, period_type: &'static str, level: usize) -> Self {
        Self { period_type, level, ..self }
    }

    fn on(self, date: &'static str) -> Self {
        Self { date, ..self }
    }

    fn when(self, counts: fn(&Visit) -> bool) -> Self {
        Self { counts, ..self }
    }

    fn by(self, combo: fn(&Visit) -> Option<&'static str>) -> Self {
        Self { combo, ..self }
    }

    fn spec(&self) -> CountSpec {
        let (compute, of) = match self.what {
            What::Events => ("events", None),
            What::Persons => ("persons", None),
            What::Sum(of) => ("sum", Some(of)),
            What::Mean(of) => ("mean", Some(of)),
            What::Minimum(of) => ("minimum", Some(of)),
            What::Maximum(of) => ("maximum", Some(of)),
        };
        let of = of.map_or(String::new(), |of| format!("of = {{ element = '{of}' }}"));
        let ids = [
            ("$BIRTH_IN_EVENT", BIRTH_IN_EVENT),
            ("$BIRTH", BIRTH),
            ("$WEIGHT", WEIGHT),
            ("$WHOLE", WHOLE_NUMBER),
            ("$DIAGNOSIS", DIAGNOSIS),
            ("$END", END),
            ("$DATE", DATE),
            ("$MOMENT", MOMENT),
            ("$YES_NO", YES_NO),
            ("$SEX", SEX),
            ("$FIRST_VISIT", FIRST_VISIT),
            ("$OUTCOME", OUTCOME),
            ("$A", A),
            ("$B", B),
            ("$C", C),
        ];
        let text = ids.iter().fold(self.text.to_owned(), |text, (name, id)| text.replace(name, id));
        let text = format!(
            "program = '{}'\ndate = '{}'\nperiod_type = '{}'\nlevel = {}\nattribute_option_combo = '{A}'\n\
             [[output]]\ndata_element = 'fbfJHSPpUQD'\ncompute = '{compute}'\n{of}\n{text}",
            self.program, self.date, self.period_type, self.level,
        );
        CountSpec::from_toml(&text).unwrap_or_else(|error| panic!("{text}\n{error}"))
    }
}

#[rustfmt::skip]
fn cases() -> Vec<Case> {
    let diagnosis = |visit: &Visit| match visit.element(DIAGNOSIS)? { "B50" => Some(A), "J18" => Some(B), _ => None };
    let sex = |visit: &Visit| match visit.attribute(SEX)? { "F" => Some(A), "M" => Some(B), _ => Some(C) };
    let age = |visit: &Visit| match visit.age(visit.attribute(BIRTH))? { ..15 => Some(A), 15..50 => Some(B), _ => Some(C) };
    vec![
        Case::new(ANC, What::Events, "combo = '$A'"),
        Case::new(CASES, What::Events, "combo = '$A'").over("Weekly", 4),
        Case::new(TB, What::Persons, "combo = '$A'").over("Yearly", 1),
        Case::new(ANC, What::Persons, "combo = '$A'\nwhen = { stage = ['$FIRST_VISIT'] }").over("Quarterly", 2)
            .when(|visit| visit.stage == FIRST_VISIT),
        Case::new(ANC, What::Sum(WHOLE_NUMBER), "combo = '$A'"),
        Case::new(CASES, What::Sum(WHOLE_NUMBER), "combo = '$A'").over("Daily", 4),
        Case::new(TB, What::Mean(WEIGHT), "combo = '$A'\nwhen = { status = ['COMPLETED'] }").over("SixMonthly", 2)
            .when(|visit| visit.status == "COMPLETED"),
        Case::new(ANC, What::Minimum(WEIGHT), "combo = '$A'").over("FinancialApril", 3),
        Case::new(ANC, What::Maximum(WEIGHT), "combo = '$A'").over("BiMonthly", 4),
        Case::new(CASES, What::Events, "by = { element = '$DIAGNOSIS', options = { B50 = '$A', J18 = '$B' } }").by(diagnosis),
        Case::new(TB, What::Persons, "by = { attribute = '$SEX', options = { F = '$A', M = '$B', U = '$C' } }").by(sex)
            .over("Quarterly", 3),
        Case::new(ANC, What::Persons, "by = { age = { attribute = '$BIRTH' }, bands = [\
            { below = 15, combo = '$A' }, { from = 15, below = 50, combo = '$B' }, { from = 50, combo = '$C' }] }").by(age),
        Case::new(ANC, What::Events, "by = { age = { element = '$BIRTH_IN_EVENT' }, bands = [\
            { from = 0, below = 30, combo = '$A' }, { from = 30, combo = '$B' }] }\nwhen = { stage = ['$OUTCOME'] }")
            .when(|visit| visit.stage == OUTCOME)
            .by(|visit| visit.age(visit.element(BIRTH_IN_EVENT)).map(|age| if age < 30 { A } else { B }))
            .over("Yearly", 4),
        Case::new(ANC, What::Events, "by = { element = '$WHOLE', bands = [{ below = 100, combo = '$A' }, { from = 100, combo = '$B' }] }")
            .by(|visit| visit.number(WHOLE_NUMBER).map(|number| if number < 100.0 { A } else { B })),
        Case::new(TB, What::Events, "combo = '$A'\nwhen = { all = [\
            { age = { attribute = '$BIRTH' }, ge = 15, lt = 50 }, { attribute = '$SEX', in = ['F', 'U'] }] }").over("Quarterly", 2)
            .when(|visit| matches!(visit.age(visit.attribute(BIRTH)), Some(15..50)) && visit.attribute(SEX) != Some("M")),
        Case::new(CASES, What::Events, "combo = '$A'\nwhen = { any = [{ element = '$DATE', lt = '2023-07-01' }, { not = { element = '$END', has_value = true } }] }")
            .when(|visit| visit.element(DATE).is_some_and(|date| date < "2023-07-01") || visit.element(END).is_none())
            .over("Weekly", 3),
        Case::new(ANC, What::Events, "combo = '$A'\nwhen = { element = '$MOMENT', gt = '2024-01-31', le = '2024-02-20' }")
            .when(|visit| visit.element(MOMENT).is_some_and(|time| &time[..10] > "2024-01-31" && &time[..10] <= "2024-02-20")),
        Case::new(TB, What::Events, "combo = '$A'\nwhen = { status = ['SCHEDULE', 'SKIPPED'] }").on("scheduled_at")
            .when(|visit| visit.status == "SCHEDULE" || visit.status == "SKIPPED"),
        Case::new(ANC, What::Persons, "combo = '$A'\nwhen = { element = '$YES_NO', eq = true }").on("completed_at").over("Yearly", 2)
            .when(|visit| visit.element(YES_NO) == Some("true")),
        Case::new(ANC, What::Mean(WEIGHT), "cell = [\
            { combo = '$A', when = { all = [{ attribute = '$SEX', eq = 'F' }, { age = { attribute = '$BIRTH' }, lt = 15 }] } },\
            { combo = '$B', when = { attribute = '$SEX', eq = 'F' } }]").over("Yearly", 2)
            .by(|visit| match (visit.attribute(SEX), visit.age(visit.attribute(BIRTH))) {
                (Some("F"), Some(..15)) => Some(A),
                (Some("F"), _) => Some(B),
                _ => None,
            }),
    ]
}

fn scope(units: &[&str], periods: Option<(&str, &str)>) -> CountScope {
    let period = |id| Period::parse(id).unwrap();
    CountScope {
        organisation_units: units.iter().map(|unit| unit.parse().unwrap()).collect(),
        periods: periods.map(|(first, last)| (period(first), period(last))),
    }
}

fn counted(served: &Served, spec: &CountSpec, scope: &CountScope) -> CountedEvents {
    RUNTIME.block_on(served.client().aggregate_events(spec, scope)).unwrap()
}

fn visits(served: &Served) -> Vec<Visit> {
    let recordings = Recordings::all().into_iter().find(|of| of.version == served.version).unwrap();
    by_hand::visits(&recordings.with_world(), &served.country.units)
}

/// The values by period, unit and combo.
fn values(counted: &CountedEvents) -> BTreeMap<[String; 3], String> {
    let text =
        |name: &str| counted.frame.column(name).unwrap().str().unwrap().iter().map(|text| text.unwrap().to_owned());
    let keys = text("period").zip(text("organisation_unit_id")).zip(text("category_option_combo_id"));
    let values: BTreeMap<_, _> =
        keys.zip(text("value")).map(|(((period, unit), combo), value)| ([period, unit, combo], value)).collect();
    assert_eq!(values.len(), counted.frame.height(), "no value twice");
    values
}

fn assert_same(what: &str, found: &BTreeMap<[String; 3], String>, expected: &BTreeMap<[String; 3], f64>) {
    let keys = |keys: Vec<&[String; 3]>| keys.into_iter().cloned().collect::<Vec<_>>();
    assert_eq!(keys(found.keys().collect()), keys(expected.keys().collect()), "{what}");
    for (key, expected) in expected {
        let found: f64 = found[key].parse().unwrap();
        assert!((found - expected).abs() < 1e-9 * expected.abs().max(1.0), "{what}: {key:?}: {found}, not {expected}");
    }
}

fn twenty_specs_count_as_by_hand(served: &Served) {
    let visits = visits(served);
    let cases = cases();
    assert_eq!(cases.len(), 20);
    for case in cases {
        let what = format!("{} of {} {}", served.version, case.program, case.text);
        let mine: Vec<&Visit> =
            visits.iter().filter(|visit| visit.program == case.program && (case.counts)(visit)).collect();
        let expected = by_hand::count(&mine, case.date, case.period_type, case.level, case.what, case.combo);
        assert!(expected.len() > 1 || case.level == 1, "{what}: {} values", expected.len());
        let counted = counted(served, &case.spec(), &scope(&[ROOT], None));
        assert!(counted.receipt.is_complete(), "{what}: {:?}", counted.receipt.missing());
        assert_same(&what, &values(&counted), &expected);
        let report = &counted.report.outputs[0];
        let left_out: u64 = report.left_out().iter().map(|(_, events)| events).sum();
        assert_eq!((report.matched, report.matched), (mine.len() as u64, report.counted + left_out), "{what}");
        assert_eq!(counted.receipt.rows, report.values, "{what}");
    }
}

fn only_the_periods_asked_for_are_counted(served: &Served) {
    for (date, program) in [("occurred_at", CASES), ("scheduled_at", TB)] {
        let case = Case::new(program, What::Events, "combo = '$A'").over("Weekly", 3).on(date);
        let all = values(&counted(served, &case.spec(), &scope(&[ROOT], None)));
        let some = values(&counted(served, &case.spec(), &scope(&[ROOT], Some(("2023W52", "2024W3")))));
        let weeks = ["2023W52", "2024W1", "2024W2", "2024W3"];
        let expected: BTreeMap<_, _> = all.into_iter().filter(|(key, _)| weeks.contains(&key[0].as_str())).collect();
        assert!(!expected.is_empty(), "{date}");
        assert_eq!(some, expected, "{date}");
    }
}

fn a_part_of_the_country_is_counted_as_far_as_the_server_tells(served: &Served) {
    let region = served.country.region_of_the_clerk();
    for program in [CASES, ANC] {
        let case = Case::new(program, What::Events, "combo = '$A'").over("Yearly", 3);
        let all = values(&counted(served, &case.spec(), &scope(&[ROOT], None)));
        let part = counted(served, &case.spec(), &scope(&[region], None));
        let inside: BTreeMap<_, _> =
            all.into_iter().filter(|(key, _)| served.country.is_within(&key[1], region)).collect();
        let warned = part.receipt.warnings.iter().any(|warning| warning.kind == WarningKind::OwnedElsewhere);
        let by_owner = program == ANC && served.dialect().events_by_owner_unit;
        assert_eq!((warned, part.receipt.state == State::Partial), (by_owner, by_owner), "{program}");
        let part = values(&part);
        assert!(part.keys().all(|key| inside.contains_key(key)), "{program}: nothing from outside");
        if !by_owner {
            assert_eq!(part, inside, "{program}");
        }
    }
}

fn a_unit_below_the_level_is_refused_before_events_are_asked_for(served: &Served) {
    let region = served.country.region_of_the_clerk();
    let case = Case::new(CASES, What::Events, "combo = '$A'").over("Yearly", 1);
    let own = served.another(dhis2_simulator::Faults::default());
    let client = dhis2_tests::served::superuser(&own);
    let error = RUNTIME.block_on(client.aggregate_events(&case.spec(), &scope(&[region], None))).unwrap_err();
    assert!(error.is_usage() && error.to_string().contains(region), "{error}");
    assert!(!own.targets().iter().any(|target| target.contains("/tracker/")), "{:?}", own.targets());
}
