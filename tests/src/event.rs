//! The truth about events: what stood in the database, and the rows that they become.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, NaiveDateTime, Utc};
use dhis2_simulator::EventRow;

use crate::country::{instant, text_of};
use crate::rows::{Row, canonical};

/// An event.
#[derive(Debug, Clone)]
#[allow(missing_docs)] // the columns of the table
pub struct Event {
    pub event: String,
    pub status: String,
    pub program: String,
    pub stage: String,
    pub enrollment: Option<String>,
    pub tracked_entity: Option<String>,
    pub unit: String,
    pub occurred: Option<NaiveDateTime>,
    pub scheduled: Option<NaiveDateTime>,
    pub completed: Option<NaiveDateTime>,
    pub created: DateTime<Utc>,
    pub updated: DateTime<Utc>,
    pub deleted: bool,
    pub stored_by: Option<String>,
    pub attribute_option_combo: String,
    /// That of its enrollment: events have no flag of their own.
    pub follow_up: bool,
    pub geometry: Option<String>,
    pub values: Vec<EventValue>,
}

/// A data value of an event.
#[derive(Debug, Clone)]
#[allow(missing_docs)]
pub struct EventValue {
    pub element: String,
    pub value: String,
    pub provided_elsewhere: bool,
}

/// A note on an event.
#[derive(Debug, Clone)]
#[allow(missing_docs)]
pub struct Note {
    pub event: String,
    pub note: String,
    pub stored: DateTime<Utc>,
    pub stored_by: Option<String>,
    pub value: Option<String>,
}

/// Reads the tables of events.
pub(crate) fn read(
    events: &[HashMap<String, String>],
    values: Vec<HashMap<String, String>>,
    enrollments: &[HashMap<String, String>],
) -> Vec<Event> {
    let mut values_of: HashMap<String, Vec<EventValue>> = HashMap::new();
    for row in values {
        values_of.entry(row["event_id"].clone()).or_default().push(EventValue {
            element: row["data_element_id"].clone(),
            value: row["value"].clone(),
            provided_elsewhere: row["provided_elsewhere"] == "true",
        });
    }
    let followed: HashSet<&str> =
        enrollments.iter().filter(|row| row["follow_up"] == "t").map(|row| row["enrollment_id"].as_str()).collect();
    events
        .iter()
        .map(|row| Event {
            event: row["event_id"].clone(),
            status: row["status"].clone(),
            program: row["program_id"].clone(),
            stage: row["program_stage_id"].clone(),
            // An enrollment without a person is none: servers keep one for all events of a program without registration.
            enrollment: filled(row, "enrollment_id").filter(|_| !row["tracked_entity_id"].is_empty()),
            tracked_entity: filled(row, "tracked_entity_id"),
            unit: row["organisation_unit_id"].clone(),
            occurred: wall(row, "occurred_at_server_local"),
            scheduled: wall(row, "scheduled_at_server_local"),
            completed: wall(row, "completed_at_server_local"),
            created: instant(&row["created_at"]),
            updated: instant(&row["updated_at"]),
            deleted: row["deleted"] == "t",
            stored_by: filled(row, "stored_by"),
            attribute_option_combo: row["attribute_option_combo_id"].clone(),
            follow_up: followed.contains(row["enrollment_id"].as_str()),
            geometry: filled(row, "geometry"),
            values: values_of.remove(&row["event_id"]).unwrap_or_default(),
        })
        .collect()
}

/// A cell that is not empty.
pub(crate) fn filled(row: &HashMap<String, String>, column: &str) -> Option<String> {
    Some(row[column].clone()).filter(|text| !text.is_empty())
}

/// A time on the server's clock.
pub(crate) fn wall(row: &HashMap<String, String>, column: &str) -> Option<NaiveDateTime> {
    filled(row, column).map(|text| NaiveDateTime::parse_from_str(&text, "%Y-%m-%d %H:%M:%S%.f").unwrap())
}

/// Such a time as a frame shows it.
pub(crate) fn shown(at: Option<NaiveDateTime>) -> Option<String> {
    at.map(|at| at.format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string())
}

impl Event {
    /// An event of a made-up world, of which only what a plain extract shows is known.
    pub(crate) fn made_up(row: &EventRow<'_>) -> Self {
        let value = |(element, value): &(&str, &str)| EventValue {
            element: (*element).to_owned(),
            value: (*value).to_owned(),
            provided_elsewhere: false,
        };
        Self {
            event: row.event.to_owned(),
            status: row.status.name().to_owned(),
            program: row.program.to_owned(),
            stage: row.program_stage.to_owned(),
            enrollment: row.enrollment.map(str::to_owned),
            tracked_entity: row.tracked_entity.map(str::to_owned),
            unit: row.organisation_unit.to_owned(),
            occurred: row.occurred_at,
            scheduled: row.scheduled_at,
            completed: None,
            created: row.created_at,
            updated: row.updated_at,
            deleted: row.deleted,
            stored_by: None,
            attribute_option_combo: row.attribute_option_combo.to_owned(),
            follow_up: false,
            geometry: None,
            values: row.values.iter().map(value).collect(),
        }
    }

    /// The value of a data element.
    pub fn value(&self, element: &str) -> Option<&str> {
        self.values.iter().find(|value| value.element == element).map(|value| value.value.as_str())
    }

    /// The rows of a plain extract.
    pub fn rows(&self) -> Vec<Row> {
        let row = |value: Option<&EventValue>| {
            vec![
                Some(self.event.clone()),
                Some(self.status.clone()),
                Some(self.program.clone()),
                Some(self.stage.clone()),
                Some(self.unit.clone()),
                shown(self.occurred),
                Some(self.deleted.to_string()),
                Some(self.attribute_option_combo.clone()),
                value.map(|value| value.element.clone()),
                value.map(|value| value.value.clone()),
            ]
        };
        if self.values.is_empty() {
            return vec![row(None)];
        }
        self.values.iter().map(|value| row(Some(value))).collect()
    }

    /// The rows of a rich extract. `creator` is who stands in `stored_by` where the server puts its own account there.
    pub fn rich_rows(&self, creator: Option<&str>) -> Vec<Row> {
        let (longitude, latitude) = point(self.geometry.as_deref()).unzip();
        let rest = [
            self.enrollment.clone(),
            self.tracked_entity.clone(),
            shown(self.scheduled),
            shown(self.completed),
            Some(text_of(self.created)),
            Some(text_of(self.updated)),
            creator.map(str::to_owned).or(self.stored_by.clone()),
            // Nobody is assigned to any event of the recorded countries.
            None,
            None,
            Some(self.follow_up.to_string()),
            self.geometry.as_deref().map(canonical),
            longitude,
            latitude,
        ];
        let provided: Vec<Option<String>> = match &self.values[..] {
            [] => vec![None],
            values => values.iter().map(|value| Some(value.provided_elsewhere.to_string())).collect(),
        };
        let together = |(mut row, provided): (Row, Option<String>)| {
            row.push(provided);
            row.extend(rest.iter().cloned());
            row
        };
        self.rows().into_iter().zip(provided).map(together).collect()
    }
}

/// Longitude and latitude of a point.
fn point(geometry: Option<&str>) -> Option<(String, String)> {
    let geometry: serde_json::Value = serde_json::from_str(geometry?).unwrap();
    assert_eq!(geometry["type"], "Point");
    let degrees = |place: usize| geometry["coordinates"][place].as_f64().unwrap().to_string();
    Some((degrees(0), degrees(1)))
}

impl Note {
    /// Its row.
    pub fn row(&self) -> Row {
        vec![
            Some(self.event.clone()),
            Some(self.note.clone()),
            Some(text_of(self.stored)),
            self.stored_by.clone(),
            self.value.clone(),
        ]
    }
}
