//! The truth about people: tracked entities, enrollments, owners and relationships, as they stood in the database.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use serde_json::Value;

use crate::country::{instant, text_of};
use crate::event::{Event, Note, filled, shown, wall};
use crate::recordings::Recordings;
use crate::rows::{Row, canonical};

/// Ids, and what belongs to each.
pub type Members = BTreeMap<String, BTreeSet<String>>;

/// The people of a recorded server.
#[derive(Debug)]
pub struct People {
    /// All tracked entities, deleted ones too.
    pub entities: Vec<Entity>,
    /// All enrollments, deleted ones too.
    pub enrollments: Vec<Enrollment>,
    /// All relationships, deleted ones too.
    pub relationships: Vec<Relationship>,
    /// Who owns an entity in a program: entity and program, unit.
    pub owners: BTreeMap<(String, String), String>,
    /// The attributes of each tracked entity type and of each program.
    pub attributes_of: Members,
    /// The notes on events.
    pub notes: Vec<Note>,
}

/// A tracked entity.
#[derive(Debug)]
#[allow(missing_docs)] // the columns of the table
pub struct Entity {
    pub entity: String,
    pub kind: String,
    pub unit: String,
    pub updated: DateTime<Utc>,
    pub deleted: bool,
    pub attributes: Vec<(String, String)>,
    /// The columns of an extract before the attribute.
    pub cells: Row,
}

/// An enrollment.
#[derive(Debug)]
#[allow(missing_docs)]
pub struct Enrollment {
    pub enrollment: String,
    pub entity: String,
    pub program: String,
    pub status: String,
    pub unit: String,
    pub enrolled: Option<NaiveDateTime>,
    pub updated: DateTime<Utc>,
    pub deleted: bool,
    /// Its row.
    pub row: Row,
}

/// A relationship.
#[derive(Debug)]
#[allow(missing_docs)]
pub struct Relationship {
    pub bidirectional: bool,
    pub deleted: bool,
    pub from: (String, String),
    pub to: (String, String),
    /// Its row.
    pub row: Row,
}

impl People {
    /// Reads the tables of `truth/`, and from `world/` what no table tells: owners, notes, whose attribute is whose.
    pub fn read(recordings: &Recordings, events: &[Event]) -> Self {
        let mut values: HashMap<String, Vec<(String, String)>> = HashMap::new();
        for row in recordings.table("tracked_entity_attributes") {
            let value = (row["attribute_id"].clone(), row["value"].clone());
            values.entry(row["tracked_entity_id"].clone()).or_default().push(value);
        }
        let metadata = bodies(recordings, "metadata-export").remove(0);
        let mut attributes_of = attributes(&metadata, "trackedEntityTypes", "trackedEntityTypeAttributes");
        attributes_of.extend(attributes(&metadata, "programs", "programTrackedEntityAttributes"));
        Self {
            entities: recordings.table("tracked_entities").iter().map(|row| Entity::read(row, &mut values)).collect(),
            enrollments: recordings.table("enrollments").iter().map(Enrollment::read).collect(),
            relationships: recordings.table("relationships").iter().map(Relationship::read).collect(),
            owners: owners(recordings),
            attributes_of,
            notes: notes(recordings, events),
        }
    }

    /// The owner of an entity in a program; who registered it where there is none.
    pub fn owner(&self, entity: &str, program: &str) -> &str {
        let registered = || &self.entity(entity).unit;
        self.owners.get(&(entity.to_owned(), program.to_owned())).unwrap_or_else(registered)
    }

    /// The units that own an entity in any program.
    pub fn owners_of(&self, entity: &str) -> impl Iterator<Item = &str> {
        self.owners.iter().filter(move |((owned, _), _)| owned == entity).map(|(_, unit)| unit.as_str())
    }

    /// An entity.
    pub fn entity(&self, uid: &str) -> &Entity {
        self.entities.iter().find(|entity| entity.entity == uid).unwrap()
    }
}

impl Entity {
    fn read(row: &HashMap<String, String>, values: &mut HashMap<String, Vec<(String, String)>>) -> Self {
        let flag = |column: &str| Some((row[column] == "t").to_string());
        let time = |column: &str| Some(text_of(instant(&row[column])));
        Self {
            entity: row["tracked_entity_id"].clone(),
            kind: row["tracked_entity_type_id"].clone(),
            unit: row["organisation_unit_id"].clone(),
            updated: instant(&row["updated_at"]),
            deleted: row["deleted"] == "t",
            attributes: values.remove(&row["tracked_entity_id"]).unwrap_or_default(),
            cells: vec![
                filled(row, "tracked_entity_id"),
                filled(row, "tracked_entity_type_id"),
                filled(row, "organisation_unit_id"),
                time("created_at"),
                time("updated_at"),
                flag("inactive"),
                flag("deleted"),
                flag("potential_duplicate"),
                filled(row, "geometry").as_deref().map(canonical),
            ],
        }
    }

    /// Its rows, with those of its attributes that are shown.
    pub fn rows(&self, is_shown: impl Fn(&str) -> bool) -> Vec<Row> {
        let row = |value: Option<&(String, String)>| {
            let mut row = self.cells.clone();
            row.extend([value.map(|(attribute, _)| attribute.clone()), value.map(|(_, value)| value.clone())]);
            row
        };
        let rows: Vec<Row> =
            self.attributes.iter().filter(|(attribute, _)| is_shown(attribute)).map(|value| row(Some(value))).collect();
        if rows.is_empty() { vec![row(None)] } else { rows }
    }

    /// The value of an attribute.
    pub fn value(&self, attribute: &str) -> Option<&str> {
        self.attributes.iter().find(|(its, _)| its == attribute).map(|(_, value)| value.as_str())
    }
}

impl Enrollment {
    fn read(row: &HashMap<String, String>) -> Self {
        let flag = |column: &str| Some((row[column] == "t").to_string());
        let time = |column: &str| Some(text_of(instant(&row[column])));
        let clock = |column: &str| shown(wall(row, column));
        Self {
            enrollment: row["enrollment_id"].clone(),
            entity: row["tracked_entity_id"].clone(),
            program: row["program_id"].clone(),
            status: row["status"].clone(),
            unit: row["organisation_unit_id"].clone(),
            enrolled: wall(row, "enrolled_at_server_local"),
            updated: instant(&row["updated_at"]),
            deleted: row["deleted"] == "t",
            row: vec![
                filled(row, "enrollment_id"),
                filled(row, "tracked_entity_id"),
                filled(row, "program_id"),
                filled(row, "status"),
                filled(row, "organisation_unit_id"),
                clock("enrolled_at_server_local"),
                clock("occurred_at_server_local"),
                clock("completed_at_server_local"),
                time("created_at"),
                time("updated_at"),
                flag("follow_up"),
                flag("deleted"),
                filled(row, "geometry").as_deref().map(canonical),
            ],
        }
    }
}

impl Relationship {
    fn read(row: &HashMap<String, String>) -> Self {
        let flag = |column: &str| Some((row[column] == "t").to_string());
        let time = |column: &str| Some(text_of(instant(&row[column])));
        Self {
            bidirectional: row["bidirectional"] == "t",
            deleted: row["deleted"] == "t",
            from: (row["from_type"].clone(), row["from_id"].clone()),
            to: (row["to_type"].clone(), row["to_id"].clone()),
            row: vec![
                filled(row, "relationship_id"),
                filled(row, "relationship_type_id"),
                flag("bidirectional"),
                filled(row, "from_type"),
                filled(row, "from_id"),
                filled(row, "to_type"),
                filled(row, "to_id"),
                time("created_at"),
                time("updated_at"),
                flag("deleted"),
            ],
        }
    }
}

/// The answers of a recording of `world/`.
pub(crate) fn bodies(recordings: &Recordings, name: &str) -> Vec<Value> {
    let exchanges = recordings.exchanges(&format!("world/{name}.har"));
    exchanges.iter().map(|exchange| serde_json::from_str(&exchange.body).unwrap()).collect()
}

/// The objects of its list.
fn objects(body: &Value) -> impl Iterator<Item = &Value> {
    body.as_object().unwrap().values().filter_map(Value::as_array).flatten()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

fn attributes(metadata: &Value, collection: &str, links: &str) -> Members {
    let of = |object: &Value| {
        let links = object[links].as_array().into_iter().flatten();
        (text(&object["id"]), links.map(|link| text(&link["trackedEntityAttribute"]["id"])).collect())
    };
    metadata[collection].as_array().unwrap().iter().map(of).collect()
}

fn owners(recordings: &Recordings) -> BTreeMap<(String, String), String> {
    let mut owners = BTreeMap::new();
    for body in bodies(recordings, "tracked-entities") {
        for entity in objects(&body) {
            for owner in entity["programOwners"].as_array().into_iter().flatten() {
                let key = (text(&entity["trackedEntity"]), text(&owner["program"]));
                owners.insert(key, text(&owner["orgUnit"]));
            }
        }
    }
    owners
}

fn notes(recordings: &Recordings, events: &[Event]) -> Vec<Note> {
    let created: HashMap<&str, DateTime<Utc>> =
        events.iter().map(|event| (event.event.as_str(), event.created)).collect();
    let clock = |value: &Value| -> NaiveDateTime { text(value).parse().unwrap() };
    let mut notes = Vec::new();
    for name in ["events-anc", "events-tb", "events-case"] {
        for body in bodies(recordings, name) {
            for event in objects(&body) {
                let uid = text(&event["event"]);
                // How far the server's clock was ahead of UTC: when the event was created is known in both.
                let ahead: TimeDelta = clock(&event["createdAt"]) - created[uid.as_str()].naive_utc();
                for note in event["notes"].as_array().into_iter().flatten() {
                    notes.push(Note {
                        event: uid.clone(),
                        note: text(&note["note"]),
                        stored: (clock(&note["storedAt"]) - ahead).and_utc(),
                        stored_by: note["createdBy"]["username"].as_str().map(str::to_owned),
                        value: note["value"].as_str().map(str::to_owned),
                    });
                }
            }
        }
    }
    notes
}
