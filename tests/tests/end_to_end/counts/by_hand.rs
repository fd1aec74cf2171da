//! Counting by hand: over the recorded country in the server's own JSON, past everything that the engine reads it with.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, NaiveDate};
use dhis2_tests::recordings::Recordings;
use serde_json::Value;

/// An event of the recorded country, deleted ones left out.
#[derive(Debug, Clone)]
pub(super) struct Visit {
    pub(super) program: String,
    pub(super) stage: String,
    pub(super) status: String,
    pub(super) person: Option<String>,
    path: Vec<String>,
    occurred: Option<NaiveDate>,
    scheduled: Option<NaiveDate>,
    completed: Option<NaiveDate>,
    values: BTreeMap<String, String>,
    attributes: BTreeMap<String, String>,
}

/// What is done with the events of a cell.
#[derive(Debug, Clone, Copy)]
pub(super) enum What {
    Events,
    Persons,
    Sum(&'static str),
    Mean(&'static str),
    Minimum(&'static str),
    Maximum(&'static str),
}

/// All events that the server of the recordings held.
pub(super) fn visits(recordings: &Recordings, paths: &BTreeMap<String, Vec<String>>) -> Vec<Visit> {
    let mut attributes = BTreeMap::new();
    for entity in objects(recordings, "tracked-entities", "trackedEntities") {
        attributes.insert(text(&entity, "trackedEntity").unwrap(), pairs(&entity["attributes"], "attribute"));
    }
    let events =
        ["events-anc", "events-tb", "events-case"].into_iter().flat_map(|file| objects(recordings, file, "events"));
    events
        .filter(|event| event["deleted"] == false)
        .map(|event| {
            let person = text(&event, "trackedEntity").filter(|_| event["enrollment"].is_string());
            let day = |name| text(&event, name).map(|time| time[..10].parse().unwrap());
            Visit {
                program: text(&event, "program").unwrap(),
                stage: text(&event, "programStage").unwrap(),
                status: text(&event, "status").unwrap(),
                path: paths[&text(&event, "orgUnit").unwrap()].clone(),
                occurred: day("occurredAt"),
                scheduled: day("scheduledAt"),
                completed: day("completedAt"),
                values: pairs(&event["dataValues"], "dataElement"),
                attributes: person.as_ref().and_then(|person| attributes.get(person).cloned()).unwrap_or_default(),
                person,
            }
        })
        .collect()
}

fn objects(recordings: &Recordings, file: &str, list: &str) -> Vec<Value> {
    let pages = recordings.exchanges(&format!("world/{file}.har"));
    let of_page = |body: &str| {
        let page: Value = serde_json::from_str(body).unwrap();
        let objects = page.get("instances").or(page.get(list)).and_then(Value::as_array);
        objects.cloned().unwrap_or_default()
    };
    let all: Vec<Value> = pages.iter().flat_map(|page| of_page(&page.body)).collect();
    assert!(all.len() > 400, "{file}");
    all
}

fn text(object: &Value, name: &str) -> Option<String> {
    object[name].as_str().map(str::to_owned)
}

fn pairs(list: &Value, id: &str) -> BTreeMap<String, String> {
    let list = list.as_array().map_or(&[][..], Vec::as_slice);
    list.iter().filter_map(|pair| Some((text(pair, id)?, text(pair, "value")?))).collect()
}

impl Visit {
    pub(super) fn day(&self, date: &str) -> Option<NaiveDate> {
        match date {
            "occurred_at" => self.occurred,
            "scheduled_at" => self.scheduled,
            "completed_at" => self.completed,
            _ => unreachable!("{date}"),
        }
    }

    pub(super) fn element(&self, id: &str) -> Option<&str> {
        self.values.get(id).map(String::as_str)
    }

    pub(super) fn attribute(&self, id: &str) -> Option<&str> {
        self.attributes.get(id).map(String::as_str)
    }

    pub(super) fn number(&self, id: &str) -> Option<f64> {
        self.element(id).map(|text| text.parse().unwrap())
    }

    /// The years between a date of birth and the day of the visit.
    pub(super) fn age(&self, born: Option<&str>) -> Option<i32> {
        let (day, born) = (self.occurred?, born?.parse::<NaiveDate>().unwrap());
        let before_birthday = (day.month(), day.day()) < (born.month(), born.day());
        Some(day.year() - born.year() - i32::from(before_birthday)).filter(|age| *age >= 0)
    }
}

/// The id of the period of a day.
fn period(kind: &str, day: NaiveDate) -> String {
    let year = day.year();
    match kind {
        "Daily" => day.format("%Y%m%d").to_string(),
        "Weekly" => format!("{}W{}", day.iso_week().year(), day.iso_week().week()),
        "Monthly" => day.format("%Y%m").to_string(),
        "BiMonthly" => format!("{year}{:02}B", day.month().div_ceil(2)),
        "Quarterly" => format!("{year}Q{}", day.month().div_ceil(3)),
        "SixMonthly" => format!("{year}S{}", day.month().div_ceil(6)),
        "Yearly" => year.to_string(),
        "FinancialApril" => format!("{}April", if day.month() < 4 { year - 1 } else { year }),
        _ => unreachable!("{kind}"),
    }
}

/// The value of every period, unit and combo that has one.
pub(super) fn count(
    visits: &[&Visit],
    date: &str,
    kind: &str,
    level: usize,
    what: What,
    combo: impl Fn(&Visit) -> Option<&'static str>,
) -> BTreeMap<[String; 3], f64> {
    let mut cells: BTreeMap<[String; 3], Vec<&Visit>> = BTreeMap::new();
    for visit in visits {
        if let (Some(day), Some(unit), Some(combo)) = (visit.day(date), visit.path.get(level - 1), combo(visit)) {
            cells.entry([period(kind, day), unit.clone(), combo.to_owned()]).or_default().push(visit);
        }
    }
    let value = |visits: &[&Visit]| {
        let numbers = |id: &str| -> Vec<f64> { visits.iter().filter_map(|visit| visit.number(id)).collect() };
        let some = |numbers: &[f64], number: f64| (!numbers.is_empty()).then_some(number);
        match what {
            What::Events => Some(count_of(visits.len())),
            What::Persons => {
                let persons: BTreeSet<&String> = visits.iter().filter_map(|visit| visit.person.as_ref()).collect();
                (!persons.is_empty()).then_some(count_of(persons.len()))
            }
            What::Sum(id) => some(&numbers(id), numbers(id).iter().sum()),
            What::Mean(id) => some(&numbers(id), numbers(id).iter().sum::<f64>() / count_of(numbers(id).len())),
            What::Minimum(id) => numbers(id).into_iter().reduce(f64::min),
            What::Maximum(id) => numbers(id).into_iter().reduce(f64::max),
        }
    };
    cells.into_iter().filter_map(|(key, visits)| value(&visits).map(|value| (key, value))).collect()
}

fn count_of(number: usize) -> f64 {
    f64::from(u32::try_from(number).unwrap())
}
