//! Any records and any of these specs, against a count that looks at every event for every value.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveDateTime};
use proptest::prelude::*;
use proptest::sample::select;

use super::*;

/// An event with everything known of it.
#[derive(Debug, Clone)]
struct Visit {
    status: &'static str,
    unit: &'static str,
    person: Option<u8>,
    at: Option<NaiveDateTime>,
    deleted: bool,
    weight: Option<String>,
    diagnosis: Option<&'static str>,
}

/// What is asked.
#[derive(Debug, Clone)]
struct Asked {
    compute: &'static str,
    by: &'static str,
    when: &'static str,
    period_type: &'static str,
    level: usize,
}

const DIAGNOSIS: &str = "M8hbHpWx3IB";

fn birth(person: u8) -> Option<NaiveDate> {
    (person % 4 != 3).then(|| NaiveDate::from_ymd_opt(2018, 2, 25).unwrap() + Days::new(u64::from(person) * 211))
}

fn sex(person: u8) -> &'static str {
    ["F", "M", "U"][usize::from(person % 3)]
}

fn visits() -> impl Strategy<Value = Vec<Visit>> {
    let borders = ["2023-12-31T23:59:59.999", "2024-01-01T00:00:00", "2024-02-29T12:00:00", "2024-03-31T23:59:59.999"];
    let border = select(borders.map(|time| time.parse::<NaiveDateTime>().unwrap()).to_vec());
    let any = (1_700_000_000_000_i64..1_720_000_000_000)
        .prop_map(|ms| DateTime::from_timestamp_millis(ms).unwrap().naive_utc());
    let weight = prop_oneof![
        4 => (-50..200_i32).prop_map(|tenths| format!("{}.{}", tenths / 10, tenths.abs() % 10)),
        1 => select(vec!["", "heavy", "1e3", "007"]).prop_map(str::to_owned),
    ];
    let visit = (
        select(vec!["ACTIVE", "COMPLETED", "SKIPPED"]),
        select(vec![CLINIC, OTHER_CLINIC, REGION, COUNTRY, "nowhereatal"]),
        proptest::option::weighted(0.9, 0..12_u8),
        proptest::option::weighted(0.9, prop_oneof![any, border]),
        proptest::bool::weighted(0.1),
        proptest::option::weighted(0.8, weight),
        proptest::option::of(select(vec!["B50", "B51", "J18"])),
    );
    let visit = visit.prop_map(|(status, unit, person, at, deleted, weight, diagnosis)| Visit {
        status,
        unit,
        person,
        at,
        deleted,
        weight,
        diagnosis,
    });
    proptest::collection::vec(visit, 0..60)
}

fn asked() -> impl Strategy<Value = Asked> {
    (
        select(vec!["events", "persons", "sum", "mean", "minimum", "maximum"]),
        select(vec!["nothing", "sex", "age", "weight"]),
        select(vec!["always", "done", "malaria", "not light", "young or unknown"]),
        select(vec!["Monthly", "Quarterly", "Yearly", "Daily"]),
        1..=3_usize,
    )
        .prop_map(|(compute, by, when, period_type, level)| Asked { compute, by, when, period_type, level })
}

impl Asked {
    fn spec(&self) -> CountSpec {
        let when = match self.when {
            "always" => String::new(),
            "done" => "when = { status = ['COMPLETED'] }".to_owned(),
            "malaria" => format!("when = {{ element = '{DIAGNOSIS}', in = ['B50', 'B51'] }}"),
            "not light" => format!("when = {{ not = {{ element = '{ELEMENT}', lt = 2.5 }} }}"),
            _ => format!(
                "when = {{ any = [{{ age = {{ attribute = '{BIRTH}' }}, lt = 5 }}, {{ attribute = '{BIRTH}', has_value = false }}] }}"
            ),
        };
        let by = match self.by {
            "nothing" => format!("combo = '{COMBO}'"),
            "sex" => format!("by = {{ attribute = '{SEX}', options = {{ F = '{COMBO}', M = '{OTHER}' }} }}"),
            "age" => format!(
                "by = {{ age = {{ attribute = '{BIRTH}' }}, bands = [{{ below = 5, combo = '{COMBO}' }}, {{ from = 5, below = 6, combo = '{OTHER}' }}] }}"
            ),
            _ => format!(
                "by = {{ element = '{ELEMENT}', bands = [{{ from = 0, combo = '{COMBO}' }}, {{ below = 0, combo = '{OTHER}' }}] }}"
            ),
        };
        let of = match self.compute {
            "events" | "persons" => String::new(),
            _ => format!("of = {{ element = '{ELEMENT}' }}"),
        };
        let whole = format!("period_type = '{}'\nlevel = {}\n{when}", self.period_type, self.level);
        spec_of(&whole, &format!("compute = '{}'\n{of}\n{by}", self.compute))
    }

    fn period(&self, day: NaiveDate) -> String {
        match self.period_type {
            "Monthly" => format!("{}{:02}", day.year(), day.month()),
            "Quarterly" => format!("{}Q{}", day.year(), day.month0() / 3 + 1),
            "Yearly" => day.year().to_string(),
            _ => day.to_string().replace('-', ""),
        }
    }

    fn holds(&self, visit: &Visit) -> bool {
        match self.when {
            "always" => true,
            "done" => visit.status == "COMPLETED",
            "malaria" => matches!(visit.diagnosis, Some("B50" | "B51")),
            "not light" => !visit.number().is_some_and(|number| number < 2.5),
            _ => visit.age().is_some_and(|age| age < 5) || visit.person.and_then(birth).is_none(),
        }
    }

    fn combo(&self, visit: &Visit) -> Option<&'static str> {
        match (self.by, visit.person.map(sex), visit.age(), visit.number()) {
            ("nothing", ..) | ("sex", Some("F"), ..) | ("age", _, Some(..5), _) => Some(COMBO),
            ("sex", Some("M"), ..) | ("age", _, Some(5), _) => Some(OTHER),
            ("weight", _, _, Some(weight)) => Some(if weight >= 0.0 { COMBO } else { OTHER }),
            _ => None,
        }
    }

    fn unit(&self, visit: &Visit) -> Option<&'static str> {
        let path: &[&str] = match visit.unit {
            CLINIC => &[COUNTRY, REGION, CLINIC],
            OTHER_CLINIC => &[COUNTRY, OTHER_REGION, OTHER_CLINIC],
            REGION => &[COUNTRY, REGION],
            COUNTRY => &[COUNTRY],
            _ => &[],
        };
        path.get(self.level - 1).copied()
    }

    /// All values, each found by going through all events.
    fn count(&self, visits: &[Visit]) -> BTreeMap<[String; 3], f64> {
        let key = |visit: &Visit| {
            let day = visit.at?.date();
            Some([self.period(day), self.unit(visit)?.to_owned(), self.combo(visit)?.to_owned()])
        };
        let counting: Vec<&Visit> = visits.iter().filter(|visit| !visit.deleted && self.holds(visit)).collect();
        let keys: BTreeSet<[String; 3]> = counting.iter().filter_map(|visit| key(visit)).collect();
        let value = |wanted: &[String; 3]| {
            let inside = counting.iter().filter(|visit| key(visit).as_ref() == Some(wanted));
            let numbers: Vec<f64> = inside.clone().filter_map(|visit| visit.number()).collect();
            let persons: BTreeSet<u8> = inside.clone().filter_map(|visit| visit.person).collect();
            let some = |number: f64| (!numbers.is_empty()).then_some(number);
            match self.compute {
                "events" => Some(f64::from(u16::try_from(inside.count()).unwrap())),
                "persons" => (!persons.is_empty()).then(|| f64::from(u16::try_from(persons.len()).unwrap())),
                "sum" => some(numbers.iter().sum()),
                "mean" => some(numbers.iter().sum::<f64>() / f64::from(u16::try_from(numbers.len()).unwrap())),
                "minimum" => some(numbers.iter().copied().fold(f64::INFINITY, f64::min)),
                _ => some(numbers.iter().copied().fold(f64::NEG_INFINITY, f64::max)),
            }
        };
        keys.into_iter().filter_map(|key| value(&key).map(|value| (key, value))).collect()
    }
}

impl Visit {
    fn number(&self) -> Option<f64> {
        match self.weight.as_deref()? {
            "" | "heavy" | "007" => None,
            text => text.parse().ok(),
        }
    }

    /// Birthdays that have been, counted one by one.
    fn age(&self) -> Option<u32> {
        let (day, born) = (self.at?.date(), birth(self.person?)?);
        let birthday = |years: i32| {
            let first_of_march = NaiveDate::from_ymd_opt(born.year() + years, 3, 1);
            born.with_year(born.year() + years).or(first_of_march).unwrap()
        };
        (0..200).take_while(|years| birthday(*years) <= day).last().map(i32::unsigned_abs)
    }

    fn rows(&self, number: usize) -> Vec<Row> {
        let row = Row {
            event: format!("event {number}"),
            status: self.status,
            unit: self.unit,
            occurred: self.at.map(|at| at.and_utc().timestamp_millis()),
            deleted: self.deleted,
            person: self.person.map(|person| format!("person {person}")),
            ..visit("")
        };
        let mut rows = Vec::new();
        rows.extend(self.weight.as_deref().map(|weight| row.clone().with(ELEMENT, weight)));
        rows.extend(self.diagnosis.map(|diagnosis| row.clone().with(DIAGNOSIS, diagnosis)));
        if rows.is_empty() { vec![row] } else { rows }
    }
}

proptest! {
    #[test]
    fn any_records_are_counted_as_by_hand(visits in visits(), asked in asked()) {
        let rows: Vec<Row> = visits.iter().enumerate().flat_map(|(number, visit)| visit.rows(number)).collect();
        let names: Vec<(u8, String)> = (0..12).map(|person| (person, format!("person {person}"))).collect();
        let births: Vec<(usize, String)> = names.iter().enumerate()
            .filter_map(|(place, (person, _))| Some((place, birth(*person)?.to_string()))).collect();
        let mut known: Vec<(&str, &str, &str)> = names.iter().map(|(person, name)| (name.as_str(), SEX, sex(*person))).collect();
        known.extend(births.iter().map(|(place, date)| (names[*place].1.as_str(), BIRTH, date.as_str())));

        let spec = asked.spec();
        let counts = count(&rows, &known, &spec);
        let found: BTreeMap<[String; 3], String> =
            values(&counts).into_iter().map(|[period, unit, combo, value]| ([period, unit, combo], value)).collect();
        let expected = asked.count(&visits);
        prop_assert_eq!(found.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>());
        for (key, value) in &expected {
            let found: f64 = found[key].parse().unwrap();
            prop_assert!((found - value).abs() < 1e-9, "{:?}: {} instead of {}", key, found, value);
        }
        let report = &counts.report.outputs[0];
        let left_out: u64 = report.left_out().iter().map(|(_, events)| events).sum();
        prop_assert_eq!(report.matched, report.counted + left_out);
        prop_assert_eq!(report.values, expected.len() as u64);
        prop_assert_eq!(counts.report.events + counts.report.deleted, visits.len() as u64);
        // The order of the rows does not matter.
        let backwards: Vec<Row> = rows.into_iter().rev().collect();
        prop_assert_eq!(values(&count(&backwards, &known, &spec)), values(&counts));
    }
}
