//! The columns of a line list.

use chrono_tz::Tz;

use crate::json::{Escapes, Json};
use crate::routes::analytics::grid::header;
use crate::time::{millis_text, wall_of};
use crate::world::World;
use crate::world::texts::Text;
use crate::world::tracker::Event;
use crate::world::units::UnitIndex;

const TEXT: (&str, &str) = ("TEXT", "java.lang.String");
const TIME: (&str, &str) = ("DATETIME", "java.time.LocalDateTime");
const NUMBER: (&str, &str) = ("NUMBER", "java.lang.Double");

/// Name, title and type of each column.
const COLUMNS: [(&str, &str, (&str, &str)); 17] = [
    ("psi", "Event", TEXT),
    ("ps", "Program stage", TEXT),
    ("eventdate", "Event date", TIME),
    ("storedby", "Stored by", TEXT),
    ("createdbydisplayname", "Created by", TEXT),
    ("lastupdatedbydisplayname", "Last updated by", TEXT),
    ("lastupdated", "Last updated on", TIME),
    ("scheduleddate", "Scheduled date", TIME),
    ("geometry", "Geometry", TEXT),
    ("longitude", "Longitude", NUMBER),
    ("latitude", "Latitude", NUMBER),
    ("ouname", "Organisation unit name", TEXT),
    ("ounamehierarchy", "Organisation unit name hierarchy", TEXT),
    ("oucode", "Organisation unit code", TEXT),
    ("programstatus", "Program status", TEXT),
    ("eventstatus", "Event status", TEXT),
    ("ou", "Organisation unit", TEXT),
];

pub(super) fn headers() -> Vec<Json> {
    COLUMNS.into_iter().map(|(name, title, kind)| header(name, title, kind, true)).collect()
}

/// The cells of an event, in the order of the columns. What there is not is an empty text, but 0.0 of a number.
pub(super) fn cells(zone: Tz, world: &World, event: &Event) -> Vec<String> {
    let text = |text: Text| text.some().map(|text| world.texts.get(text).to_owned()).unwrap_or_default();
    let [longitude, latitude] = point(event.geometry.as_deref());
    let unit = unit(world, event.unit);
    let of_unit = |key| unit.and_then(|unit| unit.text_of(key)).unwrap_or_default().to_owned();
    vec![
        text(event.uid),
        text(event.stage),
        event.occurred.map(timestamp).unwrap_or_default(),
        text(event.stored_by),
        event.created_by.map(|user| display_name(world, user)).unwrap_or_default(),
        event.updated_by.map(|user| display_name(world, user)).unwrap_or_default(),
        timestamp(wall_of(event.updated, zone)),
        event.scheduled.map(timestamp).unwrap_or_default(),
        geometry(event.geometry.as_deref()),
        longitude,
        latitude,
        of_unit("name"),
        hierarchy(world, event.unit),
        of_unit("code"),
        // The hidden enrollment that events of such programs hang on never ends.
        "ACTIVE".to_owned(),
        event.status.name().to_owned(),
        world.unit_uid(event.unit).to_owned(),
    ]
}

/// A wall clock as Java shows one of a database: `2024-01-03 00:00:00.0`, `2024-01-11 23:59:59.999`.
fn timestamp(wall: i64) -> String {
    let text = millis_text(wall).replace('T', " ");
    let (seconds, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let fraction = fraction.trim_end_matches('0');
    format!("{seconds}.{}", if fraction.is_empty() { "0" } else { fraction })
}

fn display_name(world: &World, user: u32) -> String {
    let user = &world.tracker.users[user as usize];
    let text = |text| world.texts.get(text);
    format!("{}, {} ({})", text(user.surname), text(user.first_name), text(user.username))
}

fn geometry(geometry: Option<&Json>) -> String {
    let bytes = geometry.map(|geometry| geometry.to_bytes(Escapes::Surrogates)).unwrap_or_default();
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Longitude and latitude of a point.
fn point(geometry: Option<&Json>) -> [String; 2] {
    let point = geometry.filter(|geometry| geometry.text_of("type") == Some("Point"));
    let coordinates = point.map(|point| point.list_of("coordinates")).unwrap_or_default();
    [0, 1].map(|place| match coordinates.get(place) {
        Some(Json::Number(number)) => format!("{:?}", number.as_f64().unwrap_or_default()),
        _ => "0.0".to_owned(),
    })
}

fn unit(world: &World, unit: UnitIndex) -> Option<&Json> {
    world.metadata.find(world.unit_uid(unit))
}

/// The names from the root down to the unit.
fn hierarchy(world: &World, at: UnitIndex) -> String {
    let names = world.units.ancestry(at).into_iter().filter_map(|at| unit(world, at)?.text_of("name"));
    names.collect::<Vec<_>>().join(" / ")
}
