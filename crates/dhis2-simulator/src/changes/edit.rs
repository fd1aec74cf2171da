//! Single changes to a world, as a server makes them.

use super::ChangeLog;
use crate::random::Random;
use crate::world::World;
use crate::world::texts::Text;
use crate::world::tracker::{AttributeValue, EventValue, Relationship, RelationshipEnd, Stamps};

/// A world that is being changed, see [`RunningSimulator::change`](crate::RunningSimulator::change).
///
/// Rows are named by their uids. One that is not there, or is deleted, is not changed: the answer is then `None` or `false`.
/// New rows are the youngest and have the largest internal ids; `createdAt` and `updatedAt` of everything in one change are
/// the same moment, later than any other in the world.
pub struct WorldChange<'a> {
    pub(super) world: &'a mut World,
    pub(super) random: &'a mut Random,
    log: &'a mut ChangeLog,
    moment: i64,
}

impl std::fmt::Debug for WorldChange<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WorldChange").field("world", &self.world).finish_non_exhaustive()
    }
}

impl<'a> WorldChange<'a> {
    pub(super) fn new(world: &'a mut World, moment: i64, random: &'a mut Random, log: &'a mut ChangeLog) -> Self {
        Self { world, random, log, moment }
    }

    /// A new tracked entity like another one: with its attributes and owners, and with an enrollment for each of its own,
    /// without events. The new one's uid.
    pub fn copy_tracked_entity(&mut self, like: &str) -> Option<String> {
        let number = self.entity(like)?;
        let mut entity = self.world.tracker.tracked_entities[number].clone();
        let (name, uid) = self.new_uid();
        entity.uid = uid;
        entity.stamps = self.new_stamps(&entity.stamps);
        for value in &mut entity.attributes {
            (value.created, value.updated) = (self.moment, self.moment);
        }
        let entity = self.world.tracker.insert_entity(entity);
        self.log.tracked_entities.inserted.insert(name.clone());
        for enrollment in self.world.tracker.enrollments_of[number].clone() {
            if !self.world.tracker.enrollments[enrollment as usize].deleted {
                self.enroll_like(enrollment as usize, entity);
            }
        }
        Some(name)
    }

    /// One more enrollment of the same tracked entity in the same program, without events and notes. The new one's uid.
    pub fn copy_enrollment(&mut self, like: &str) -> Option<String> {
        let number = self.enrollment(like)?;
        let entity = self.world.tracker.enrollments[number].tracked_entity;
        Some(self.enroll_like(number, entity))
    }

    /// One more event of the same enrollment, or of the same event program, with the same values. The new one's uid.
    pub fn copy_event(&mut self, like: &str) -> Option<String> {
        let mut event = self.world.tracker.events[self.event(like)?].clone();
        let (name, uid) = self.new_uid();
        event.uid = uid;
        (event.created, event.updated) = (self.moment, self.moment);
        for value in &mut event.values {
            (value.created, value.updated) = (self.moment, self.moment);
        }
        event.notes.clear();
        self.world.tracker.insert_event(event);
        self.log.events.inserted.insert(name.clone());
        Some(name)
    }

    /// A relationship of the same type as another one, from where the first of two begins to where the second ends. `None`
    /// also where there is such a relationship already, or where it would lead back to where it begins. The new one's uid.
    pub fn cross_relationships(&mut self, first: &str, second: &str) -> Option<String> {
        let tracker = &self.world.tracker;
        let of = |uid| Some(&tracker.relationships[self.relationship(uid)?]);
        let (first, second): (&Relationship, &Relationship) = (of(first)?, of(second)?);
        let (kind, from, to) = (first.kind, first.from, second.to);
        let mut known = tracker.relationships_of.get(&from).into_iter().flatten();
        let known = known.any(|&number| {
            let known = &tracker.relationships[number as usize];
            known.kind == kind && (known.from, known.to) == (from, to) && !known.deleted
        });
        if kind != second.kind || from == to || known {
            return None;
        }
        let mut relationship = first.clone();
        let (name, uid) = self.new_uid();
        (relationship.uid, relationship.to) = (uid, to);
        (relationship.created, relationship.updated) = (self.moment, self.moment);
        self.world.tracker.insert_relationship(relationship);
        self.log.relationships.inserted.insert(name.clone());
        Some(name)
    }

    /// Gives a data element of an event another value, or a first one.
    pub fn set_data_value(&mut self, event: &str, data_element: &str, value: &str) -> bool {
        let Some(number) = self.event(event) else { return false };
        let (element, value) = (self.world.texts.intern(data_element), self.world.texts.intern(value));
        let (moment, row) = (self.moment, &mut self.world.tracker.events[number]);
        row.updated = moment;
        match row.values.iter_mut().find(|held| held.element == element) {
            Some(held) => (held.value, held.updated) = (value, moment),
            None => row.values.push(EventValue {
                element,
                value,
                provided_elsewhere: false,
                created: moment,
                updated: moment,
                stored_by: row.stored_by,
            }),
        }
        self.log.events.updated.insert(event.to_owned());
        true
    }

    /// Gives an attribute of a tracked entity another value, or a first one.
    pub fn set_attribute(&mut self, tracked_entity: &str, attribute: &str, value: &str) -> bool {
        let Some(number) = self.entity(tracked_entity) else { return false };
        let (attribute, value) = (self.world.texts.intern(attribute), self.world.texts.intern(value));
        let (moment, row) = (self.moment, &mut self.world.tracker.tracked_entities[number]);
        row.stamps.updated = moment;
        match row.attributes.iter_mut().find(|held| held.attribute == attribute) {
            Some(held) => (held.value, held.updated) = (value, moment),
            None => row.attributes.push(AttributeValue {
                attribute,
                value,
                created: moment,
                updated: moment,
                stored_by: Text::NONE,
            }),
        }
        self.log.tracked_entities.updated.insert(tracked_entity.to_owned());
        true
    }

    /// Marks an enrollment for follow-up, or takes the mark away.
    pub fn set_follow_up(&mut self, enrollment: &str, follow_up: bool) -> bool {
        let Some(number) = self.enrollment(enrollment) else { return false };
        let row = &mut self.world.tracker.enrollments[number];
        row.follow_up = follow_up;
        row.stamps.updated = self.moment;
        self.log.enrollments.updated.insert(enrollment.to_owned());
        true
    }

    /// Deletes a tracked entity with its enrollments, their events, and the relationships of them all.
    pub fn delete_tracked_entity(&mut self, uid: &str) -> bool {
        let Some(number) = self.entity(uid) else { return false };
        for enrollment in self.world.tracker.enrollments_of[number].clone() {
            self.remove_enrollment(enrollment as usize);
        }
        let row = &mut self.world.tracker.tracked_entities[number];
        (row.deleted, row.stamps.updated) = (true, self.moment);
        let end = RelationshipEnd::TrackedEntity(row.uid);
        self.log.tracked_entities.deleted.insert(uid.to_owned());
        self.remove_relationships(end);
        true
    }

    /// Deletes an enrollment with its events, and the relationships of them all.
    pub fn delete_enrollment(&mut self, uid: &str) -> bool {
        let Some(number) = self.enrollment(uid) else { return false };
        self.remove_enrollment(number);
        true
    }

    /// Deletes an event and its relationships.
    pub fn delete_event(&mut self, uid: &str) -> bool {
        let Some(number) = self.event(uid) else { return false };
        self.remove_event(number);
        true
    }

    /// Deletes a relationship.
    pub fn delete_relationship(&mut self, uid: &str) -> bool {
        let Some(number) = self.relationship(uid) else { return false };
        self.remove_relationship(number);
        true
    }

    fn enroll_like(&mut self, like: usize, entity: u32) -> String {
        let mut enrollment = self.world.tracker.enrollments[like].clone();
        let (name, uid) = self.new_uid();
        (enrollment.uid, enrollment.tracked_entity) = (uid, entity);
        enrollment.stamps = self.new_stamps(&enrollment.stamps);
        enrollment.notes.clear();
        self.world.tracker.insert_enrollment(enrollment);
        self.log.enrollments.inserted.insert(name.clone());
        name
    }

    fn remove_enrollment(&mut self, number: usize) {
        for event in self.world.tracker.events_of[number].clone() {
            self.remove_event(event as usize);
        }
        if self.world.tracker.enrollments[number].deleted {
            return;
        }
        let row = &mut self.world.tracker.enrollments[number];
        (row.deleted, row.stamps.updated) = (true, self.moment);
        let uid = row.uid;
        self.log.enrollments.deleted.insert(self.world.texts.get(uid).to_owned());
        self.remove_relationships(RelationshipEnd::Enrollment(uid));
    }

    fn remove_event(&mut self, number: usize) {
        if self.world.tracker.events[number].deleted {
            return;
        }
        let row = &mut self.world.tracker.events[number];
        (row.deleted, row.updated) = (true, self.moment);
        let uid = row.uid;
        self.log.events.deleted.insert(self.world.texts.get(uid).to_owned());
        self.remove_relationships(RelationshipEnd::Event(uid));
    }

    fn remove_relationships(&mut self, end: RelationshipEnd) {
        for number in self.world.tracker.relationships_of.get(&end).cloned().unwrap_or_default() {
            self.remove_relationship(number as usize);
        }
    }

    fn remove_relationship(&mut self, number: usize) {
        if self.world.tracker.relationships[number].deleted {
            return;
        }
        let row = &mut self.world.tracker.relationships[number];
        (row.deleted, row.updated) = (true, self.moment);
        self.log.relationships.deleted.insert(self.world.texts.get(row.uid).to_owned());
    }

    /// A uid that nothing in the world has.
    fn new_uid(&mut self) -> (String, Text) {
        let uid = std::iter::repeat_with(|| self.random.uid()).find(|uid| self.world.texts.find(uid).is_none());
        let uid = uid.unwrap_or_default();
        let text = self.world.texts.intern(&uid);
        (uid, text)
    }

    fn new_stamps(&self, like: &Stamps) -> Stamps {
        Stamps { created: self.moment, updated: self.moment, ..like.clone() }
    }

    fn entity(&self, uid: &str) -> Option<usize> {
        let tracker = &self.world.tracker;
        let number = tracker.entities_by_uid.get(self.world.texts.find(uid)?)? as usize;
        (!tracker.tracked_entities[number].deleted).then_some(number)
    }

    fn enrollment(&self, uid: &str) -> Option<usize> {
        let tracker = &self.world.tracker;
        let number = tracker.enrollments_by_uid.get(self.world.texts.find(uid)?)? as usize;
        (!tracker.enrollments[number].deleted).then_some(number)
    }

    fn event(&self, uid: &str) -> Option<usize> {
        let tracker = &self.world.tracker;
        let number = tracker.events_by_uid.get(self.world.texts.find(uid)?)? as usize;
        (!tracker.events[number].deleted).then_some(number)
    }

    fn relationship(&self, uid: &str) -> Option<usize> {
        let tracker = &self.world.tracker;
        let number = tracker.relationships_by_uid.get(self.world.texts.find(uid)?)? as usize;
        (!tracker.relationships[number].deleted).then_some(number)
    }
}
