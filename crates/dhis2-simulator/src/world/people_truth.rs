//! The tracked entities, enrollments, owners and relationships that the world holds, for tests to compare with.

use std::fmt;

use chrono::{DateTime, NaiveDateTime, Utc};

use super::World;
use super::texts::Text;
use super::tracker::RelationshipEnd;
use crate::time::from_millis;

/// A tracked entity as the world holds it. Its `Debug` leaves out the values.
#[derive(Clone, PartialEq, Eq)]
pub struct TrackedEntityRow<'a> {
    /// The tracked entity's uid.
    pub tracked_entity: &'a str,
    /// The uid of its type; empty where no file told it.
    pub tracked_entity_type: &'a str,
    /// The uid of the unit that registered it.
    pub organisation_unit: &'a str,
    /// When it was created, in UTC.
    pub created_at: DateTime<Utc>,
    /// When it was changed last, in UTC.
    pub updated_at: DateTime<Utc>,
    /// Whether it is inactive.
    pub inactive: bool,
    /// Whether it is deleted: servers then show none of its attributes.
    pub deleted: bool,
    /// Whether it may be there twice.
    pub potential_duplicate: bool,
    /// Attribute uid and value, whatever program shows it; an attribute whose value no file told is not among them.
    pub attributes: Vec<(&'a str, &'a str)>,
}

impl fmt::Debug for TrackedEntityRow<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TrackedEntityRow")
            .field("tracked_entity", &self.tracked_entity)
            .field("tracked_entity_type", &self.tracked_entity_type)
            .field("organisation_unit", &self.organisation_unit)
            .field("created_at", &self.created_at)
            .field("updated_at", &self.updated_at)
            .field("deleted", &self.deleted)
            .finish_non_exhaustive()
    }
}

/// An enrollment as the world holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnrollmentRow<'a> {
    /// The enrollment's uid.
    pub enrollment: &'a str,
    /// The tracked entity's uid.
    pub tracked_entity: &'a str,
    /// The program's uid.
    pub program: &'a str,
    /// The status as stored.
    pub status: &'a str,
    /// The uid of the enrollment's own unit.
    pub organisation_unit: &'a str,
    /// The uid of the unit that owns the tracked entity in the program.
    pub owner_unit: &'a str,
    /// When it began, on the server's wall clock.
    pub enrolled_at: NaiveDateTime,
    /// The date of the incident, on the server's wall clock.
    pub occurred_at: Option<NaiveDateTime>,
    /// When it was completed or cancelled, on the server's wall clock.
    pub completed_at: Option<NaiveDateTime>,
    /// When it was created, in UTC.
    pub created_at: DateTime<Utc>,
    /// When it was changed last, in UTC.
    pub updated_at: DateTime<Utc>,
    /// Whether it is marked for follow-up.
    pub follow_up: bool,
    /// Whether it is deleted.
    pub deleted: bool,
}

/// Who owns a tracked entity in a program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProgramOwnerRow<'a> {
    /// The tracked entity's uid.
    pub tracked_entity: &'a str,
    /// The program's uid.
    pub program: &'a str,
    /// The uid of the unit.
    pub organisation_unit: &'a str,
}

/// A relationship as the world holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RelationshipRow<'a> {
    /// The relationship's uid.
    pub relationship: &'a str,
    /// The uid of its type.
    pub relationship_type: &'a str,
    /// Whether it holds in both directions.
    pub bidirectional: bool,
    /// Where it begins: `tracked_entity`, `enrollment` or `event`, and the uid.
    pub from: (&'static str, &'a str),
    /// Where it ends, in the same way.
    pub to: (&'static str, &'a str),
    /// When it was created, in UTC.
    pub created_at: DateTime<Utc>,
    /// When it was changed last, in UTC.
    pub updated_at: DateTime<Utc>,
    /// Whether it is deleted: 2.38 then has it no more.
    pub deleted: bool,
}

fn utc(millis: i64) -> DateTime<Utc> {
    from_millis(millis).and_utc()
}

impl World {
    /// Every tracked entity, deleted ones too, in the order of creation.
    pub fn tracked_entities(&self) -> impl Iterator<Item = TrackedEntityRow<'_>> {
        self.tracker.tracked_entities.iter().map(move |entity| TrackedEntityRow {
            tracked_entity: self.texts.get(entity.uid),
            tracked_entity_type: self.texts.get(entity.kind),
            organisation_unit: self.unit_uid(entity.unit),
            created_at: utc(entity.stamps.created),
            updated_at: utc(entity.stamps.updated),
            inactive: entity.inactive,
            deleted: entity.deleted,
            potential_duplicate: entity.potential_duplicate,
            attributes: entity
                .attributes
                .iter()
                .filter(|value| value.value != Text::NONE)
                .map(|value| (self.texts.get(value.attribute), self.texts.get(value.value)))
                .collect(),
        })
    }

    /// Every enrollment, deleted ones too, in the order of creation.
    pub fn enrollments(&self) -> impl Iterator<Item = EnrollmentRow<'_>> {
        let tracker = &self.tracker;
        tracker.enrollments.iter().map(move |enrollment| EnrollmentRow {
            enrollment: self.texts.get(enrollment.uid),
            tracked_entity: self.texts.get(tracker.entity_of(enrollment).uid),
            program: self.texts.get(tracker.programs[enrollment.program as usize].uid),
            status: self.texts.get(enrollment.status),
            organisation_unit: self.unit_uid(enrollment.unit),
            owner_unit: self.unit_uid(tracker.enrollment_owner(enrollment)),
            enrolled_at: from_millis(enrollment.enrolled),
            occurred_at: enrollment.occurred.map(from_millis),
            completed_at: enrollment.completed.map(from_millis),
            created_at: utc(enrollment.stamps.created),
            updated_at: utc(enrollment.stamps.updated),
            follow_up: enrollment.follow_up,
            deleted: enrollment.deleted,
        })
    }

    /// Every owner of every tracked entity, deleted ones too.
    pub fn program_owners(&self) -> impl Iterator<Item = ProgramOwnerRow<'_>> {
        self.tracker.tracked_entities.iter().flat_map(move |entity| {
            entity.owners.iter().map(move |(program, unit)| ProgramOwnerRow {
                tracked_entity: self.texts.get(entity.uid),
                program: self.texts.get(self.tracker.programs[*program as usize].uid),
                organisation_unit: self.unit_uid(*unit),
            })
        })
    }

    /// Every relationship, deleted ones too, in the order of creation.
    pub fn relationships(&self) -> impl Iterator<Item = RelationshipRow<'_>> {
        let end = |end| match end {
            RelationshipEnd::TrackedEntity(uid) => ("tracked_entity", self.texts.get(uid)),
            RelationshipEnd::Enrollment(uid) => ("enrollment", self.texts.get(uid)),
            RelationshipEnd::Event(uid) => ("event", self.texts.get(uid)),
        };
        self.tracker.relationships.iter().map(move |relationship| RelationshipRow {
            relationship: self.texts.get(relationship.uid),
            relationship_type: self.texts.get(relationship.kind),
            bidirectional: relationship.bidirectional,
            from: end(relationship.from),
            to: end(relationship.to),
            created_at: utc(relationship.created),
            updated_at: utc(relationship.updated),
            deleted: relationship.deleted,
        })
    }
}
