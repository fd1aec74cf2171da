//! The truth: what stood in the database of a recorded server, and what of it a question asks for.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use dhis2::api::period::{Period, PeriodType};
use dhis2_simulator::{DataValueRow, World};

use crate::event::{self, Event};
use crate::event_question::EventQuestion;
use crate::question::{Question, Times};
use crate::recordings::Recordings;
use crate::rows::Row;

/// Ids of groups and of their members.
pub type Groups = BTreeMap<String, BTreeSet<String>>;

/// The country of a recorded server.
#[derive(Debug)]
pub struct Country {
    /// Uids of the units, with the uids from the root down to the unit itself.
    pub units: BTreeMap<String, Vec<String>>,
    /// Names of the units.
    pub names: BTreeMap<String, String>,
    /// Members of the groups of units.
    pub unit_groups: Groups,
    /// Elements of the data sets.
    pub data_sets: Groups,
    /// Elements of the element groups.
    pub element_groups: Groups,
    /// All data values, deleted ones too.
    pub values: Vec<Value>,
    /// All events, deleted ones too.
    pub events: Vec<Event>,
}

/// A data value.
#[derive(Debug)]
#[allow(missing_docs)] // the columns of the table
pub struct Value {
    pub element: String,
    pub period: Period,
    pub unit: String,
    pub category_option_combo: String,
    pub attribute_option_combo: String,
    pub value: Option<String>,
    pub created: String,
    pub last_updated: String,
    pub deleted: bool,
}

impl Country {
    /// Reads the tables of `truth/`.
    pub fn read(recordings: &Recordings) -> Self {
        let table = |name: &str| recordings.table(name);
        let pairs = |name: &str, group: &str, member: &str| {
            let mut groups: Groups = BTreeMap::new();
            for row in table(name) {
                groups.entry(row[group].clone()).or_default().insert(row[member].clone());
            }
            groups
        };
        let units = table("organisation_units");
        let path = |row: &HashMap<String, String>| row["path"].split('/').skip(1).map(str::to_owned).collect();
        Self {
            units: units.iter().map(|row| (row["organisation_unit_id"].clone(), path(row))).collect(),
            names: units.iter().map(|row| (row["organisation_unit_id"].clone(), row["name"].clone())).collect(),
            unit_groups: pairs("group_members", "group_id", "organisation_unit_id"),
            data_sets: pairs("data_set_elements", "data_set_id", "data_element_id"),
            element_groups: pairs("data_element_group_members", "group_id", "data_element_id"),
            values: table("data_values").iter().map(Value::read).collect(),
            events: event::read(&table("events"), table("event_values"), &table("enrollments")),
        }
    }

    /// What a made-up world holds. Its groups are those that the server lists.
    pub fn made_up(world: &World, groups: impl Fn(&str, &str) -> Groups) -> Self {
        let units = || world.organisation_units();
        Self {
            units: units().map(|unit| (unit.id.to_owned(), owned(unit.path))).collect(),
            names: units().map(|unit| (unit.id.to_owned(), unit.name.to_owned())).collect(),
            unit_groups: groups("organisationUnitGroups", "organisationUnits"),
            data_sets: world.data_sets().map(|set| (set.id.to_owned(), owned(set.data_elements))).collect(),
            element_groups: groups("dataElementGroups", "dataElements"),
            values: world.data_values().map(|row| Value::made_up(&row)).collect(),
            events: world.events().map(|row| Event::made_up(&row)).collect(),
        }
    }

    /// The units directly below one.
    pub fn children(&self, unit: &str) -> Vec<&str> {
        let parent = |path: &Vec<String>| path.len() > 1 && path[path.len() - 2] == unit;
        self.units.iter().filter(|(_, path)| parent(path)).map(|(id, _)| id.as_str()).collect()
    }

    /// The unit without a parent.
    pub fn root(&self) -> &str {
        self.units.iter().find(|(_, path)| path.len() == 1).unwrap().0
    }

    /// The region of the restricted account: of those below the root the first by name.
    pub fn region_of_the_clerk(&self) -> &str {
        self.children(self.root()).into_iter().min_by_key(|unit| &self.names[*unit]).unwrap()
    }

    /// Whether a unit is another one or lies below it.
    pub fn is_within(&self, unit: &str, ancestor: &str) -> bool {
        self.units.get(unit).is_some_and(|path| path.iter().any(|part| part == ancestor))
    }

    /// All data elements.
    pub fn elements(&self) -> BTreeSet<&str> {
        self.data_sets.values().flatten().map(String::as_str).collect()
    }

    /// The rows of a question for data values, found by looking at every value there is.
    pub fn data_values(&self, question: &Question) -> Vec<Row> {
        let named = |ids: &[String], of: &Groups, id: &str| {
            ids.iter().any(|group| of.get(group).is_some_and(|members| members.contains(id)))
        };
        let is_asked = |value: &&Value| {
            let element = question.data_elements.contains(&value.element)
                || named(&question.data_sets, &self.data_sets, &value.element)
                || named(&question.data_element_groups, &self.element_groups, &value.element);
            let time = match &question.times {
                Times::Dates(start, end) => *start <= value.period.start() && value.period.end() <= *end,
                Times::Periods(ids) => ids.contains(&value.period.id()),
                Times::Any => true,
            };
            let unit = question
                .org_units
                .iter()
                .any(|asked| *asked == value.unit || question.include_children && self.is_within(&value.unit, asked));
            let unit = unit || named(&question.org_unit_groups, &self.unit_groups, &value.unit);
            let updated = question.last_updated.is_none_or(|since| instant(&value.last_updated) >= since);
            element && time && unit && updated && !value.deleted
        };
        self.values.iter().filter(is_asked).map(Value::row).collect()
    }

    /// The events of a question, found by looking at every event there is. `unit` says which unit of an event the server
    /// looks at.
    pub fn events_asked<'c>(
        &'c self,
        question: &EventQuestion,
        unit: impl Fn(&Event) -> String,
    ) -> impl Iterator<Item = &'c Event> {
        self.events.iter().filter(move |event| question.asks_for(self, event, &unit(event)))
    }

    /// Their rows in a plain extract.
    pub fn events(&self, question: &EventQuestion, unit: impl Fn(&Event) -> String) -> Vec<Row> {
        self.events_asked(question, unit).flat_map(Event::rows).collect()
    }
}

impl Value {
    fn read(row: &HashMap<String, String>) -> Self {
        let kind = PeriodType::ALL.iter().find(|kind| format!("{kind:?}") == row["period_type"]).unwrap();
        let start: NaiveDate = row["period_start"].parse().unwrap();
        let period = Period::containing(*kind, start).unwrap();
        assert_eq!((period.start(), period.end().to_string()), (start, row["period_end"].clone()));
        Self {
            element: row["data_element_id"].clone(),
            period,
            unit: row["organisation_unit_id"].clone(),
            category_option_combo: row["category_option_combo_id"].clone(),
            attribute_option_combo: row["attribute_option_combo_id"].clone(),
            value: Some(row["value"].clone()).filter(|value| !value.is_empty()),
            created: row["created"].clone(),
            last_updated: row["last_updated"].clone(),
            deleted: row["deleted"] == "t",
        }
    }

    fn made_up(row: &DataValueRow<'_>) -> Self {
        Self {
            element: row.data_element.to_owned(),
            period: row.period,
            unit: row.organisation_unit.to_owned(),
            category_option_combo: row.category_option_combo.to_owned(),
            attribute_option_combo: row.attribute_option_combo.to_owned(),
            value: row.value.map(str::to_owned),
            created: text_of(row.created),
            last_updated: text_of(row.last_updated),
            deleted: row.deleted,
        }
    }

    /// The row of an extract.
    pub fn row(&self) -> Row {
        let texts =
            [&self.element, &self.period.id(), &self.unit, &self.category_option_combo, &self.attribute_option_combo];
        let mut row: Row = texts.into_iter().map(|text| Some(text.clone())).collect();
        row.extend([self.value.clone(), Some(self.created.clone()), Some(self.last_updated.clone())]);
        row
    }
}

fn owned<'a, T: FromIterator<String>>(ids: impl IntoIterator<Item = &'a str>) -> T {
    ids.into_iter().map(str::to_owned).collect()
}

/// A moment as a frame shows it.
pub fn text_of(moment: DateTime<Utc>) -> String {
    moment.format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

/// A time of the tables.
pub fn instant(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// Rows of events whose wall-clock times, in the sixth column, are shown that of UTC instead, the server's clock being
/// ahead of it by so many minutes.
pub fn in_utc(mut rows: Vec<Row>, minutes_ahead: i64) -> Vec<Row> {
    for row in &mut rows {
        row[5] = row[5].as_deref().map(|wall| text_of(instant(wall) - TimeDelta::minutes(minutes_ahead)));
    }
    rows
}
