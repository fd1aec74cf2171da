//! Adding rows to the tables of the tracker, every index kept right.

use std::sync::Arc;

use super::tracker::{Enrollment, Event, Relationship, TrackedEntity, Tracker};

/// Each row becomes the last of its table and so the one with the largest internal id: rows are to be added in the order of
/// their creation.
impl Tracker {
    pub(crate) fn insert_entity(&mut self, entity: TrackedEntity) -> u32 {
        let uid = entity.uid;
        let number = self.tracked_entities.push(entity);
        self.entities_by_uid.insert(uid, number);
        self.enrollments_of.push(Vec::new());
        number
    }

    pub(crate) fn insert_enrollment(&mut self, enrollment: Enrollment) -> u32 {
        let (uid, entity) = (enrollment.uid, enrollment.tracked_entity);
        let number = self.enrollments.push(enrollment);
        self.enrollments_by_uid.insert(uid, number);
        self.enrollments_of[entity as usize].push(number);
        self.events_of.push(Vec::new());
        number
    }

    pub(crate) fn insert_event(&mut self, event: Event) -> u32 {
        let (uid, enrollment) = (event.uid, event.enrollment);
        let number = self.events.push(event);
        self.events_by_uid.insert(uid, number);
        if let Some(enrollment) = enrollment {
            self.events_of[enrollment as usize].push(number);
        }
        number
    }

    pub(crate) fn insert_relationship(&mut self, relationship: Relationship) -> u32 {
        let (uid, from, to) = (relationship.uid, relationship.from, relationship.to);
        let number = self.relationships.push(relationship);
        self.relationships_by_uid.insert(uid, number);
        let of = Arc::make_mut(&mut self.relationships_of);
        of.entry(from).or_default().push(number);
        if from != to {
            of.entry(to).or_default().push(number);
        }
        number
    }

    /// The tables of a finished world: what comes from now on is kept apart where copies would cost much.
    pub(crate) fn settle(&mut self) {
        self.entities_by_uid.settle();
        self.enrollments_by_uid.settle();
        self.events_by_uid.settle();
        self.relationships_by_uid.settle();
    }

    /// The latest moment at which anything was created or changed, in UTC milliseconds; 0 where there is nothing.
    pub(crate) fn latest_moment(&self) -> i64 {
        let entities = self.tracked_entities.iter().map(|row| row.stamps.created.max(row.stamps.updated));
        let enrollments = self.enrollments.iter().map(|row| row.stamps.created.max(row.stamps.updated));
        let events = self.events.iter().map(|row| row.created.max(row.updated));
        let relationships = self.relationships.iter().map(|row| row.created.max(row.updated));
        entities.chain(enrollments).chain(events).chain(relationships).max().unwrap_or_default()
    }
}
