//! Events and what they hang on: programs, tracked entities with their owners, enrollments, relationships.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::table::Table;
use super::texts::Text;
use super::uids::Uids;
use super::units::UnitIndex;
use crate::json::Json;

/// The status of an event as stored. `VISITED` and `OVERDUE` are never stored: they are ways to ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum EventStatus {
    /// Begun.
    Active,
    /// Completed.
    Completed,
    /// Planned; has no occurrence yet.
    Schedule,
    /// Called off.
    Skipped,
}

impl EventStatus {
    /// The name the server uses.
    pub fn name(self) -> &'static str {
        match self {
            Self::Active => "ACTIVE",
            Self::Completed => "COMPLETED",
            Self::Schedule => "SCHEDULE",
            Self::Skipped => "SKIPPED",
        }
    }

    pub(crate) fn parse(name: &str) -> Option<Self> {
        [Self::Active, Self::Completed, Self::Schedule, Self::Skipped].into_iter().find(|s| s.name() == name)
    }
}

/// An account as tracker objects name it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct User {
    pub(crate) uid: Text,
    pub(crate) username: Text,
    pub(crate) first_name: Text,
    pub(crate) surname: Text,
}

/// A value of an event. Times are UTC milliseconds.
#[derive(Debug, Clone)]
pub(crate) struct EventValue {
    pub(crate) element: Text,
    pub(crate) value: Text,
    pub(crate) provided_elsewhere: bool,
    pub(crate) created: i64,
    pub(crate) updated: i64,
    pub(crate) stored_by: Text,
}

/// A note. `stored` is UTC milliseconds.
#[derive(Debug, Clone)]
pub(crate) struct Note {
    pub(crate) uid: Text,
    pub(crate) value: Text,
    pub(crate) stored: i64,
    pub(crate) created_by: Option<u32>,
}

/// An event. `created` and `updated` are UTC milliseconds; what people fill in is a wall clock, in milliseconds.
#[derive(Debug, Clone)]
pub(crate) struct Event {
    pub(crate) uid: Text,
    pub(crate) status: EventStatus,
    pub(crate) program: u32,
    pub(crate) stage: Text,
    pub(crate) enrollment: Option<u32>,
    pub(crate) tracked_entity: Option<u32>,
    pub(crate) unit: UnitIndex,
    pub(crate) occurred: Option<i64>,
    pub(crate) scheduled: Option<i64>,
    pub(crate) completed: Option<i64>,
    pub(crate) completed_by: Text,
    pub(crate) created: i64,
    pub(crate) updated: i64,
    pub(crate) created_client: Option<i64>,
    pub(crate) updated_client: Option<i64>,
    pub(crate) stored_by: Text,
    pub(crate) created_by: Option<u32>,
    pub(crate) updated_by: Option<u32>,
    pub(crate) assigned: Option<u32>,
    pub(crate) follow_up: bool,
    pub(crate) deleted: bool,
    pub(crate) attribute_combo: Text,
    pub(crate) attribute_options: Vec<Text>,
    pub(crate) geometry: Option<Arc<Json>>,
    pub(crate) values: Vec<EventValue>,
    pub(crate) notes: Vec<Note>,
}

/// A program, as far as the tracker needs it.
#[derive(Debug, Clone)]
pub(crate) struct Program {
    pub(crate) uid: Text,
    pub(crate) with_registration: bool,
    /// The hidden enrollment that events of an event program hang on; 2.41 and 2.42 name it.
    pub(crate) placeholder: Text,
    /// The attributes that its enrollments show.
    pub(crate) attributes: Vec<Text>,
}

/// A value of an attribute. Times are UTC milliseconds; the value is missing where no export told it.
#[derive(Debug, Clone)]
pub(crate) struct AttributeValue {
    pub(crate) attribute: Text,
    pub(crate) value: Text,
    pub(crate) created: i64,
    pub(crate) updated: i64,
    pub(crate) stored_by: Text,
}

/// When an object of the tracker was made and changed, and by whom. Times are UTC milliseconds.
#[derive(Debug, Clone, Default)]
pub(crate) struct Stamps {
    pub(crate) created: i64,
    pub(crate) updated: i64,
    pub(crate) created_client: Option<i64>,
    pub(crate) updated_client: Option<i64>,
    pub(crate) created_by: Option<u32>,
    pub(crate) updated_by: Option<u32>,
    pub(crate) stored_by: Option<Text>,
}

/// A tracked entity.
#[derive(Debug, Clone)]
pub(crate) struct TrackedEntity {
    pub(crate) uid: Text,
    pub(crate) kind: Text,
    /// Where it was registered.
    pub(crate) unit: UnitIndex,
    /// Who owns it: program and unit.
    pub(crate) owners: Vec<(u32, UnitIndex)>,
    pub(crate) stamps: Stamps,
    pub(crate) inactive: bool,
    pub(crate) deleted: bool,
    pub(crate) potential_duplicate: bool,
    pub(crate) geometry: Option<Arc<Json>>,
    pub(crate) attributes: Vec<AttributeValue>,
}

impl TrackedEntity {
    /// One of which nothing is known but where it was registered.
    pub(crate) fn new(uid: Text, unit: UnitIndex) -> Self {
        Self {
            uid,
            kind: Text::NONE,
            unit,
            owners: Vec::new(),
            stamps: Stamps::default(),
            inactive: false,
            deleted: false,
            potential_duplicate: false,
            geometry: None,
            attributes: Vec::new(),
        }
    }

    /// The unit that owns it in a program: the registering one where none is named.
    pub(crate) fn owner(&self, program: u32) -> UnitIndex {
        self.owners.iter().find(|(p, _)| *p == program).map_or(self.unit, |(_, unit)| *unit)
    }
}

/// An enrollment. Dates that people fill in are wall clocks, in milliseconds.
#[derive(Debug, Clone)]
pub(crate) struct Enrollment {
    pub(crate) uid: Text,
    pub(crate) tracked_entity: u32,
    pub(crate) program: u32,
    pub(crate) unit: UnitIndex,
    pub(crate) status: Text,
    pub(crate) follow_up: bool,
    pub(crate) enrolled: i64,
    pub(crate) occurred: Option<i64>,
    pub(crate) completed: Option<i64>,
    pub(crate) completed_by: Text,
    pub(crate) stamps: Stamps,
    pub(crate) deleted: bool,
    pub(crate) attribute_combo: Text,
    pub(crate) geometry: Option<Arc<Json>>,
    pub(crate) notes: Vec<Note>,
}

/// What a relationship leads from or to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum RelationshipEnd {
    TrackedEntity(Text),
    Enrollment(Text),
    Event(Text),
}

/// A relationship. Times are UTC milliseconds.
#[derive(Debug, Clone)]
pub(crate) struct Relationship {
    pub(crate) uid: Text,
    pub(crate) kind: Text,
    pub(crate) name: Text,
    pub(crate) bidirectional: bool,
    pub(crate) created: i64,
    pub(crate) updated: i64,
    pub(crate) from: RelationshipEnd,
    pub(crate) to: RelationshipEnd,
    /// Deleted with an object at one of its ends: servers keep it, but for 2.38.
    pub(crate) deleted: bool,
}

/// Everything of the tracker that a world holds.
#[derive(Debug, Default, Clone)]
pub(crate) struct Tracker {
    /// In the order of their internal ids.
    pub(crate) events: Table<Event>,
    pub(crate) events_by_uid: Uids,
    pub(crate) programs: Vec<Program>,
    /// The attributes of any tracked entity type.
    pub(crate) type_attributes: HashSet<Text>,
    /// In the order of their internal ids.
    pub(crate) tracked_entities: Table<TrackedEntity>,
    pub(crate) entities_by_uid: Uids,
    /// In the order of their internal ids.
    pub(crate) enrollments: Table<Enrollment>,
    pub(crate) enrollments_by_uid: Uids,
    pub(crate) users: Vec<User>,
    /// In the order of their internal ids.
    pub(crate) relationships: Table<Relationship>,
    pub(crate) relationships_by_uid: Uids,
    /// The relationships of an object, at either side.
    pub(crate) relationships_of: Arc<HashMap<RelationshipEnd, Vec<u32>>>,
    /// The enrollments of each tracked entity.
    pub(crate) enrollments_of: Table<Vec<u32>>,
    /// The events of each enrollment.
    pub(crate) events_of: Table<Vec<u32>>,
}

impl Tracker {
    /// The unit that an owner's filter looks at: that of the tracked entity's owner, the event's own without one.
    pub(crate) fn owner_unit(&self, event: &Event) -> UnitIndex {
        match event.tracked_entity {
            Some(entity) if self.programs[event.program as usize].with_registration => {
                self.tracked_entities[entity as usize].owner(event.program)
            }
            _ => event.unit,
        }
    }

    pub(crate) fn entity_of(&self, enrollment: &Enrollment) -> &TrackedEntity {
        &self.tracked_entities[enrollment.tracked_entity as usize]
    }

    /// The unit that owns the tracked entity in the enrollment's program.
    pub(crate) fn enrollment_owner(&self, enrollment: &Enrollment) -> UnitIndex {
        self.entity_of(enrollment).owner(enrollment.program)
    }

    /// Whether the object at an end of a relationship is deleted.
    pub(crate) fn is_deleted(&self, end: RelationshipEnd) -> bool {
        match end {
            RelationshipEnd::TrackedEntity(uid) => {
                self.entities_by_uid.get(uid).is_some_and(|e| self.tracked_entities[e as usize].deleted)
            }
            RelationshipEnd::Enrollment(uid) => {
                self.enrollments_by_uid.get(uid).is_some_and(|e| self.enrollments[e as usize].deleted)
            }
            RelationshipEnd::Event(uid) => self.events_by_uid.get(uid).is_some_and(|e| self.events[e as usize].deleted),
        }
    }

    pub(crate) fn program_of(&self, event: &Event) -> &Program {
        &self.programs[event.program as usize]
    }

    pub(crate) fn find_program(&self, uid: Text) -> Option<u32> {
        (0u32..).zip(&self.programs).find(|(_, p)| p.uid == uid).map(|(i, _)| i)
    }
}
