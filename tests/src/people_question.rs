//! Questions for tracked entities, enrollments and relationships, to be put to the engine and to be answered by looking at
//! everything there is.

use chrono::{DateTime, Utc};
use dhis2::api::dialect::behaviour::TypeUnitMatch;
use dhis2::tracker::enrollments::EnrollmentStatus;
use dhis2::tracker::{ENROLLMENTS, TRACKED_ENTITIES};
use dhis2::{EnrollmentQuery, RelationshipQuery, TrackedEntityQuery};

use crate::condition::Condition;
use crate::people::{Enrollment, Entity, Relationship};
use crate::question::texts;
use crate::rows::Row;
use crate::served::Served;

/// Whose people.
#[derive(Debug, Clone)]
#[allow(missing_docs)]
pub enum Scope {
    Program(String),
    Type(String),
}

/// A question for tracked entities, or for those at which relationships begin or end.
#[derive(Debug, Clone)]
#[allow(missing_docs)] // as in the builder of `TrackedEntityQuery`
pub struct EntityQuestion {
    pub scope: Scope,
    pub org_unit_parents: Vec<String>,
    pub tracked_entities: Vec<String>,
    pub updated_after: Option<DateTime<Utc>>,
    pub updated_before: Option<DateTime<Utc>>,
    pub include_deleted: bool,
    pub conditions: Vec<Condition>,
    pub page_size: u32,
    /// Put by the account that sees one region only.
    pub as_clerk: bool,
}

impl EntityQuestion {
    /// The people enrolled in a program under these units, in pages of 100.
    pub fn of_program(program: &str, org_unit_parents: &[&str]) -> Self {
        Self::about(Scope::Program(program.to_owned()), org_unit_parents)
    }

    /// The people of a type under these units, in pages of 100.
    pub fn of_type(of_type: &str, org_unit_parents: &[&str]) -> Self {
        Self::about(Scope::Type(of_type.to_owned()), org_unit_parents)
    }

    fn about(scope: Scope, org_unit_parents: &[&str]) -> Self {
        Self {
            scope,
            org_unit_parents: texts(org_unit_parents),
            tracked_entities: Vec::new(),
            updated_after: None,
            updated_before: None,
            include_deleted: false,
            conditions: Vec::new(),
            page_size: 100,
            as_clerk: false,
        }
    }

    /// The question as the engine takes it.
    pub fn query(&self) -> TrackedEntityQuery {
        let query = TrackedEntityQuery::builder()
            .org_unit_parents(&self.org_unit_parents)
            .tracked_entities(&self.tracked_entities)
            .include_deleted(self.include_deleted)
            .page_size(self.page_size);
        let query = match &self.scope {
            Scope::Program(program) => query.program(program),
            Scope::Type(of_type) => query.tracked_entity_type(of_type),
        };
        let query = match self.updated_after {
            Some(moment) => query.updated_after(moment.to_rfc3339()),
            None => query,
        };
        let query = match self.updated_before {
            Some(moment) => query.updated_before(moment.to_rfc3339()),
            None => query,
        };
        let query = self.conditions.iter().fold(query, |query, condition| query.filter(condition.write()));
        query.build().unwrap()
    }

    /// The question for relationships of the same people.
    pub fn relationships(&self) -> RelationshipQuery {
        let query = RelationshipQuery::builder().org_unit_parents(&self.org_unit_parents).page_size(self.page_size);
        match &self.scope {
            Scope::Program(program) => query.program(program),
            Scope::Type(of_type) => query.tracked_entity_type(of_type),
        }
        .build()
        .unwrap()
    }

    /// Whether the server looks for an entity at a unit that was asked for.
    fn reaches(&self, served: &Served, entity: &Entity) -> bool {
        let behaviour = served.behaviour().tracked_entities;
        let people = served.people();
        let inside = |unit: &str| {
            self.org_unit_parents.is_empty()
                || self.org_unit_parents.iter().any(|parent| served.country.is_within(unit, parent))
        };
        match (&self.scope, behaviour.by_type) {
            (Scope::Program(program), _) if behaviour.owner_with_program => {
                inside(people.owner(&entity.entity, program))
            }
            (Scope::Program(_), _) | (Scope::Type(_), TypeUnitMatch::Registering) => inside(&entity.unit),
            (Scope::Type(_), by_type) => {
                let mut owners = people.owners_of(&entity.entity).peekable();
                let registering = by_type == TypeUnitMatch::OwnersJoined || owners.peek().is_none();
                owners.any(inside) || registering && inside(&entity.unit)
            }
        }
    }

    /// Whether the server shows an attribute.
    fn shows(&self, served: &Served, entity: &Entity, attribute: &str) -> bool {
        let of =
            |id: &str| served.people().attributes_of.get(id).is_some_and(|attributes| attributes.contains(attribute));
        let of_program = match &self.scope {
            Scope::Program(program) => of(program),
            Scope::Type(_) => false,
        };
        let behaviour = served.behaviour().tracked_entities;
        let of_type_only = behaviour.attributes_of_program_only
            || self.as_clerk && behaviour.lists_show_type_attributes && matches!(self.scope, Scope::Type(_));
        !of_type_only || of(&entity.kind) || of_program
    }

    /// The entities asked for.
    pub fn entities<'s>(&'s self, served: &'s Served) -> impl Iterator<Item = &'s Entity> {
        let people = served.people();
        people.entities.iter().filter(move |entity| {
            let mut enrollments = people.enrollments.iter().filter(|enrollment| enrollment.entity == entity.entity);
            let belongs = match &self.scope {
                Scope::Type(of_type) => entity.kind == *of_type,
                Scope::Program(program) => enrollments
                    .any(|enrollment| enrollment.program == *program && (self.include_deleted || !enrollment.deleted)),
            };
            let row = &entity.cells;
            belongs
                && self.reaches(served, entity)
                && (self.tracked_entities.is_empty() || self.tracked_entities.contains(&entity.entity))
                && self.updated_after.is_none_or(|moment| entity.updated >= moment)
                && self.updated_before.is_none_or(|moment| entity.updated <= moment)
                && (self.include_deleted || !entity.deleted)
                && self.conditions.iter().all(|condition| {
                    condition.holds_for(&TRACKED_ENTITIES, row, |attribute| {
                        entity.value(attribute).filter(|_| self.shows(served, entity, attribute))
                    })
                })
        })
    }

    /// Their rows.
    pub fn rows(&self, served: &Served) -> Vec<Row> {
        let rows = |entity: &Entity| entity.rows(|attribute| self.shows(served, entity, attribute));
        self.entities(served).flat_map(rows).collect()
    }

    /// Who owns them: in the program asked for, or in all.
    pub fn owner_rows(&self, served: &Served) -> Vec<Row> {
        let owned = |entity: &Entity| -> Vec<Row> {
            let owners = served.people().owners.iter().filter(|((owned, program), _)| {
                *owned == entity.entity && !matches!(&self.scope, Scope::Program(asked) if asked != program)
            });
            let row = |((entity, program), unit): (&(String, String), &String)| {
                vec![Some(entity.clone()), Some(program.clone()), Some(unit.clone())]
            };
            owners.map(row).collect()
        };
        self.entities(served).flat_map(owned).collect()
    }

    /// The rows of the relationships that begin at them, and of those that end at them where the server lists these.
    pub fn relationship_rows(&self, served: &Served) -> Vec<Row> {
        let entities: Vec<&str> = self.entities(served).map(|entity| entity.entity.as_str()).collect();
        let both_sides = served.behaviour().events.relationships_at_both_sides;
        let is_one = |(kind, uid): &(String, String)| kind == "tracked_entity" && entities.contains(&uid.as_str());
        let is_listed = |one: &&Relationship| {
            !one.deleted && (is_one(&one.from) || is_one(&one.to) && (one.bidirectional || both_sides))
        };
        served.people().relationships.iter().filter(is_listed).map(|one| one.row.clone()).collect()
    }
}

/// A question for enrollments.
#[derive(Debug, Clone)]
#[allow(missing_docs)] // as in the builder of `EnrollmentQuery`
pub struct EnrollmentQuestion {
    pub program: String,
    pub org_unit_parents: Vec<String>,
    pub enrollments: Vec<String>,
    pub updated_after: Option<DateTime<Utc>>,
    pub updated_before: Option<DateTime<Utc>>,
    pub status: Option<EnrollmentStatus>,
    pub include_deleted: bool,
    pub conditions: Vec<Condition>,
    pub page_size: u32,
}

impl EnrollmentQuestion {
    /// The enrollments in a program under these units, in pages of 100.
    pub fn of(program: &str, org_unit_parents: &[&str]) -> Self {
        Self {
            program: program.to_owned(),
            org_unit_parents: texts(org_unit_parents),
            enrollments: Vec::new(),
            updated_after: None,
            updated_before: None,
            status: None,
            include_deleted: false,
            conditions: Vec::new(),
            page_size: 100,
        }
    }

    /// The question as the engine takes it.
    pub fn query(&self) -> EnrollmentQuery {
        let mut query = EnrollmentQuery::builder()
            .program(&self.program)
            .org_unit_parents(&self.org_unit_parents)
            .enrollments(&self.enrollments)
            .include_deleted(self.include_deleted)
            .page_size(self.page_size);
        if let Some(moment) = self.updated_after {
            query = query.updated_after(moment.to_rfc3339());
        }
        if let Some(moment) = self.updated_before {
            query = query.updated_before(moment.to_rfc3339());
        }
        if let Some(status) = self.status {
            query = query.status(status);
        }
        self.conditions.iter().fold(query, |query, condition| query.filter(condition.write())).build().unwrap()
    }

    /// The rows asked for.
    pub fn rows(&self, served: &Served) -> Vec<Row> {
        let behaviour = served.behaviour().enrollments;
        let people = served.people();
        let is_asked = |one: &&Enrollment| {
            let unit = if behaviour.owner_unit { people.owner(&one.entity, &one.program) } else { &one.unit };
            let inside = self.org_unit_parents.is_empty()
                || self.org_unit_parents.iter().any(|parent| served.country.is_within(unit, parent));
            // Up to 2.40 a list of uids alone shows no deleted ones.
            let by_uid = !self.enrollments.is_empty() && self.org_unit_parents.is_empty();
            let deleted = self.include_deleted && !(by_uid && behaviour.uids_beat_all);
            one.program == self.program
                && inside
                && (self.enrollments.is_empty() || self.enrollments.contains(&one.enrollment))
                && self.updated_after.is_none_or(|moment| one.updated >= moment)
                && self.updated_before.is_none_or(|moment| one.updated <= moment)
                && self.status.is_none_or(|status| one.status == status.as_str())
                && (deleted || !one.deleted)
                && self.conditions.iter().all(|condition| condition.holds_for(&ENROLLMENTS, &one.row, |_| None))
        };
        people.enrollments.iter().filter(is_asked).map(|one| one.row.clone()).collect()
    }
}
