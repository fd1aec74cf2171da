//! Pages of events, enrollments and tracked entities, flat or nested.

use std::path::Path;
use std::sync::Arc;

use super::{Document, SourceZone, bad_time, wall};
use crate::error::SimulatorError;
use crate::json::Json;
use crate::world::builder::WorldBuilder;
use crate::world::texts::Text;
use crate::world::tracker::{
    AttributeValue, Enrollment, Event, EventStatus, EventValue, Note, Relationship, RelationshipEnd, Stamps, User,
};
use crate::world::units::UnitIndex;

/// The items of a page that are of one kind; up to 2.40 every kind stands under `instances`.
fn items<'a>(json: &'a Json, collection: &str, key: &'a str) -> impl Iterator<Item = &'a Json> {
    let lists = [json.list_of(collection), json.list_of("instances")];
    lists.into_iter().flatten().filter(move |item| leading_key(item) == Some(key))
}

/// An enrollment names its tracked entity as well, so the first key decides.
fn leading_key(item: &Json) -> Option<&str> {
    item.entries().first().map(|(key, _)| key.as_ref())
}

pub(super) fn add_entities(
    builder: &mut WorldBuilder,
    document: &Document,
    zone: SourceZone,
) -> Result<(), SimulatorError> {
    let times = Times { path: &document.path, zone };
    for item in items(&document.json, "trackedEntities", "trackedEntity") {
        add_relationships(builder, &document.path, item, zone)?;
        let (Some(uid), Some(unit)) = (item.text_of("trackedEntity"), unit_of(builder, item)) else { continue };
        let uid = builder.texts.intern(uid);
        let entity = builder.entity(uid, unit);
        for owner in item.list_of("programOwners") {
            let program = owner.text_of("program").and_then(|p| builder.texts.find(p));
            let program = program.and_then(|p| builder.tracker.find_program(p));
            if let (Some(program), Some(unit)) = (program, unit_of(builder, owner)) {
                builder.add_owner(entity, program, unit);
            }
        }
        add_attributes(builder, times, entity, item)?;
        let kind = builder.texts.intern_option(item.text_of("trackedEntityType"));
        let stamps = stamps(builder, times, item)?;
        let held = &mut builder.tracker.tracked_entities[entity as usize];
        // A page with fewer fields tells less than one that was there before.
        if kind == Text::NONE || held.kind != Text::NONE {
            continue;
        }
        held.kind = kind;
        held.stamps = stamps;
        let flag = |key: &str| item.get(key).and_then(Json::as_bool).unwrap_or(false);
        held.inactive = flag("inactive");
        held.deleted = flag("deleted");
        held.potential_duplicate = flag("potentialDuplicate");
        held.geometry = item.get("geometry").map(|geometry| Arc::new(geometry.clone()));
    }
    Ok(())
}

fn add_attributes(
    builder: &mut WorldBuilder,
    times: Times<'_>,
    entity: u32,
    item: &Json,
) -> Result<(), SimulatorError> {
    for value in item.list_of("attributes") {
        let Some(attribute) = value.text_of("attribute") else { continue };
        let created = times.instant(value, "createdAt")?.unwrap_or_default();
        let value = AttributeValue {
            attribute: builder.texts.intern(attribute),
            value: builder.texts.intern_option(value.text_of("value")),
            created,
            updated: times.instant(value, "updatedAt")?.unwrap_or(created),
            stored_by: builder.texts.intern_option(value.text_of("storedBy")),
        };
        builder.add_attribute(entity, value);
    }
    Ok(())
}

fn stamps(builder: &mut WorldBuilder, times: Times<'_>, item: &Json) -> Result<Stamps, SimulatorError> {
    let created = times.instant(item, "createdAt")?.unwrap_or_default();
    Ok(Stamps {
        created,
        updated: times.instant(item, "updatedAt")?.unwrap_or(created),
        created_client: times.instant(item, "createdAtClient")?,
        updated_client: times.instant(item, "updatedAtClient")?,
        created_by: user(builder, item.get("createdBy")),
        updated_by: user(builder, item.get("updatedBy")),
        stored_by: item.text_of("storedBy").map(|name| builder.texts.intern(name)),
    })
}

pub(super) fn add_enrollments(
    builder: &mut WorldBuilder,
    document: &Document,
    zone: SourceZone,
) -> Result<(), SimulatorError> {
    let times = Times { path: &document.path, zone };
    let nested = items(&document.json, "trackedEntities", "trackedEntity").flat_map(|item| item.list_of("enrollments"));
    for item in items(&document.json, "enrollments", "enrollment").chain(nested) {
        let (Some(uid), Some(entity)) = (item.text_of("enrollment"), item.text_of("trackedEntity")) else { continue };
        let program = item.text_of("program").and_then(|p| builder.texts.find(p));
        let program = program.and_then(|p| builder.tracker.find_program(p));
        let (Some(program), Some(unit)) = (program, unit_of(builder, item)) else { continue };
        let entity = builder.texts.intern(entity);
        let entity = builder.entity(entity, unit);
        add_attributes(builder, times, entity, item)?;
        add_relationships(builder, &document.path, item, zone)?;
        let enrollment = Enrollment {
            uid: builder.texts.intern(uid),
            tracked_entity: entity,
            program,
            unit,
            status: builder.texts.intern(item.text_of("status").unwrap_or("ACTIVE")),
            follow_up: item.get("followUp").and_then(Json::as_bool).unwrap_or(false),
            enrolled: times.wall(item, "enrolledAt")?.unwrap_or_default(),
            occurred: times.wall(item, "occurredAt")?,
            completed: times.wall(item, "completedAt")?,
            completed_by: builder.texts.intern_option(item.text_of("completedBy")),
            stamps: stamps(builder, times, item)?,
            deleted: item.get("deleted").and_then(Json::as_bool).unwrap_or(false),
            attribute_combo: builder.texts.intern_option(item.text_of("attributeOptionCombo")),
            geometry: item.get("geometry").map(|geometry| Arc::new(geometry.clone())),
            notes: notes(builder, times, item)?,
        };
        builder.enrollment(enrollment);
    }
    Ok(())
}

pub(super) fn add_events(
    builder: &mut WorldBuilder,
    document: &Document,
    zone: SourceZone,
) -> Result<(), SimulatorError> {
    let json = &document.json;
    let nested = items(json, "trackedEntities", "trackedEntity")
        .flat_map(|item| item.list_of("enrollments"))
        .chain(items(json, "enrollments", "enrollment"))
        .flat_map(|item| item.list_of("events"));
    for item in items(json, "events", "event").chain(nested) {
        add_event(builder, Times { path: &document.path, zone }, item)?;
        add_relationships(builder, &document.path, item, zone)?;
    }
    Ok(())
}

/// How times of a file are read.
#[derive(Clone, Copy)]
struct Times<'a> {
    path: &'a Path,
    zone: SourceZone,
}

impl Times<'_> {
    fn wall(self, item: &Json, key: &str) -> Result<Option<i64>, SimulatorError> {
        item.text_of(key).map(|text| wall(text).ok_or_else(|| bad_time(self.path, text))).transpose()
    }

    fn instant(self, item: &Json, key: &str) -> Result<Option<i64>, SimulatorError> {
        item.text_of(key).map(|text| self.zone.instant(text).ok_or_else(|| bad_time(self.path, text))).transpose()
    }
}

fn add_event(builder: &mut WorldBuilder, times: Times<'_>, item: &Json) -> Result<(), SimulatorError> {
    let program = item.text_of("program").and_then(|p| builder.texts.find(p));
    let program = program.and_then(|p| builder.tracker.find_program(p));
    let (Some(uid), Some(program), Some(unit)) = (item.text_of("event"), program, unit_of(builder, item)) else {
        return Err(SimulatorError::Content {
            path: times.path.to_owned(),
            reason: "an event whose program or unit is not among the metadata".to_owned(),
        });
    };
    let registration = builder.tracker.programs[program as usize].with_registration;
    let entity = item.text_of("trackedEntity").filter(|_| registration).map(|e| builder.texts.intern(e));
    let entity = entity.map(|uid| builder.entity(uid, unit));
    let enrollment = item.text_of("enrollment").map(|e| builder.texts.intern(e));
    let enrollment = match (enrollment, entity) {
        (Some(uid), _) if !registration => {
            builder.tracker.programs[program as usize].placeholder = uid;
            None
        }
        (Some(uid), entity) => match (builder.find_enrollment(uid), entity) {
            (Some(known), _) => Some(known),
            (None, Some(entity)) => Some(unknown_enrollment(builder, uid, entity, program, unit)),
            (None, None) => None,
        },
        (None, _) => None,
    };
    let created = times.instant(item, "createdAt")?.unwrap_or_default();
    let updated = times.instant(item, "updatedAt")?.unwrap_or(created);
    let mut values = Vec::new();
    for value in item.list_of("dataValues") {
        let (Some(element), Some(text)) = (value.text_of("dataElement"), value.text_of("value")) else { continue };
        values.push(EventValue {
            element: builder.texts.intern(element),
            value: builder.texts.intern(text),
            provided_elsewhere: value.get("providedElsewhere").and_then(Json::as_bool).unwrap_or(false),
            created: times.instant(value, "createdAt")?.unwrap_or(created),
            updated: times.instant(value, "updatedAt")?.unwrap_or(updated),
            stored_by: builder.texts.intern_option(value.text_of("storedBy")),
        });
    }
    let follow_up = item.get("followUp").or_else(|| item.get("followup"));
    let options = item.text_of("attributeCategoryOptions").unwrap_or_default();
    let event = Event {
        uid: builder.texts.intern(uid),
        status: item.text_of("status").and_then(EventStatus::parse).unwrap_or(EventStatus::Active),
        program,
        stage: builder.texts.intern_option(item.text_of("programStage")),
        enrollment,
        tracked_entity: entity,
        unit,
        occurred: times.wall(item, "occurredAt")?,
        scheduled: times.wall(item, "scheduledAt")?,
        completed: times.wall(item, "completedAt")?,
        completed_by: builder.texts.intern_option(item.text_of("completedBy")),
        created,
        updated,
        created_client: times.instant(item, "createdAtClient")?,
        updated_client: times.instant(item, "updatedAtClient")?,
        stored_by: builder.texts.intern_option(item.text_of("storedBy")),
        created_by: user(builder, item.get("createdBy")),
        updated_by: user(builder, item.get("updatedBy")),
        assigned: user(builder, item.get("assignedUser")),
        follow_up: follow_up.and_then(Json::as_bool).unwrap_or(false),
        deleted: item.get("deleted").and_then(Json::as_bool).unwrap_or(false),
        attribute_combo: builder.texts.intern_option(item.text_of("attributeOptionCombo")),
        attribute_options: options
            .split([';', ','])
            .filter(|o| !o.is_empty())
            .map(|o| builder.texts.intern(o))
            .collect(),
        geometry: item.get("geometry").map(|geometry| Arc::new(geometry.clone())),
        values,
        notes: notes(builder, times, item)?,
    };
    builder.add_event(event);
    Ok(())
}

fn notes(builder: &mut WorldBuilder, times: Times<'_>, item: &Json) -> Result<Vec<Note>, SimulatorError> {
    let mut notes = Vec::new();
    for note in item.list_of("notes") {
        notes.push(Note {
            uid: builder.texts.intern_option(note.text_of("note")),
            value: builder.texts.intern_option(note.text_of("value")),
            stored: times.instant(note, "storedAt")?.unwrap_or_default(),
            created_by: user(builder, note.get("createdBy")),
        });
    }
    Ok(notes)
}

/// An enrollment that only an event tells of.
fn unknown_enrollment(builder: &mut WorldBuilder, uid: Text, entity: u32, program: u32, unit: UnitIndex) -> u32 {
    let status = builder.texts.intern("ACTIVE");
    builder.enrollment(Enrollment {
        uid,
        tracked_entity: entity,
        program,
        unit,
        status,
        follow_up: false,
        enrolled: 0,
        occurred: None,
        completed: None,
        completed_by: Text::NONE,
        stamps: Stamps::default(),
        deleted: false,
        attribute_combo: Text::NONE,
        geometry: None,
        notes: Vec::new(),
    })
}

fn unit_of(builder: &WorldBuilder, item: &Json) -> Option<UnitIndex> {
    builder.units.find(builder.texts.find(item.text_of("orgUnit")?)?)
}

fn user(builder: &mut WorldBuilder, json: Option<&Json>) -> Option<u32> {
    let json = json?;
    let user = User {
        uid: builder.texts.intern(json.text_of("uid")?),
        username: builder.texts.intern_option(json.text_of("username")),
        first_name: builder.texts.intern_option(json.text_of("firstName")),
        surname: builder.texts.intern_option(json.text_of("surname")),
    };
    Some(builder.user(user))
}

fn add_relationships(
    builder: &mut WorldBuilder,
    path: &Path,
    item: &Json,
    zone: SourceZone,
) -> Result<(), SimulatorError> {
    for relationship in item.list_of("relationships") {
        let time = |key: &str| {
            let text = relationship.text_of(key).unwrap_or("1970-01-01T00:00:00.000");
            zone.instant(text).ok_or_else(|| bad_time(path, text))
        };
        let (created, updated) = (time("createdAt")?, time("updatedAt")?);
        let from = relationship.get("from").and_then(|end| relationship_end(builder, end));
        let to = relationship.get("to").and_then(|end| relationship_end(builder, end));
        let (Some(uid), Some(from), Some(to)) = (relationship.text_of("relationship"), from, to) else { continue };
        let kind = relationship.text_of("relationshipType").unwrap_or_default();
        let of_kind = builder.metadata.find_of("relationshipTypes", kind).and_then(|kind| kind.text_of("name"));
        let name = relationship.text_of("relationshipName").or(of_kind).map(str::to_owned);
        let name = builder.texts.intern_option(name.as_deref());
        let relationship = Relationship {
            uid: builder.texts.intern(uid),
            kind: builder.texts.intern_option(relationship.text_of("relationshipType")),
            name,
            bidirectional: relationship.get("bidirectional").and_then(Json::as_bool).unwrap_or(false),
            created,
            updated,
            from,
            to,
            deleted: false,
        };
        builder.add_relationship(relationship);
    }
    Ok(())
}

fn relationship_end(builder: &mut WorldBuilder, end: &Json) -> Option<RelationshipEnd> {
    let mut uid = |kind: &str| -> Option<Text> { Some(builder.texts.intern(end.get(kind)?.text_of(kind)?)) };
    if let Some(uid) = uid("event") {
        Some(RelationshipEnd::Event(uid))
    } else if let Some(uid) = uid("enrollment") {
        Some(RelationshipEnd::Enrollment(uid))
    } else {
        uid("trackedEntity").map(RelationshipEnd::TrackedEntity)
    }
}
