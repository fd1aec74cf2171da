//! Putting a world together.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use dhis2_api::period::Period;

use super::World;
use super::metadata::Metadata;
use super::texts::{Text, Texts};
use super::tracker::{AttributeValue, Enrollment, Event, Program, Relationship, TrackedEntity, Tracker, User};
use super::units::{UnitIndex, UnitSet, Units};
use super::values::{DataValue, DataValues, PeriodIndex, ValueKey};
use crate::json::Json;

/// A world in the making. Metadata come first, [`units_known`](Self::units_known) then fixes the tree and the programs,
/// and rows follow.
#[derive(Debug, Default)]
pub(crate) struct WorldBuilder {
    pub(crate) texts: Texts,
    pub(crate) metadata: Metadata,
    pub(crate) units: Units,
    values: Vec<DataValue>,
    periods: Vec<(Period, Text)>,
    period_numbers: HashMap<String, PeriodIndex>,
    value_places: HashMap<ValueKey, usize>,
    pub(crate) tracker: Tracker,
    users: HashMap<User, u32>,
    relationships: HashMap<Text, Relationship>,
}

impl WorldBuilder {
    /// Fixes the tree of units and the programs from the metadata added so far.
    pub(crate) fn units_known(&mut self) {
        let given: Vec<_> = self
            .metadata
            .list("organisationUnits")
            .iter()
            .filter_map(|unit| {
                let uid = self.texts.intern(unit.text_of("id")?);
                let parent = unit.get("parent").and_then(|p| p.text_of("id"));
                Some((uid, parent.map(|p| self.texts.intern(p))))
            })
            .collect();
        self.units = Units::new(&given);
        for kind in self.metadata.list("trackedEntityTypes") {
            let attributes = kind.list_of("trackedEntityTypeAttributes").iter();
            let attributes = attributes.filter_map(|link| link.get("trackedEntityAttribute")?.text_of("id"));
            self.tracker.type_attributes.extend(attributes.map(|id| self.texts.intern(id)));
        }
        for program in self.metadata.list("programs") {
            let Some(id) = program.text_of("id") else { continue };
            let placeholder = self.texts.intern(&placeholder_uid(id));
            let attributes = program.list_of("programTrackedEntityAttributes").iter();
            let attributes = attributes.filter_map(|link| link.get("trackedEntityAttribute")?.text_of("id"));
            let attributes = attributes.map(|id| self.texts.intern(id)).collect();
            self.tracker.programs.push(Program {
                uid: self.texts.intern(id),
                with_registration: program.text_of("programType") == Some("WITH_REGISTRATION"),
                placeholder,
                attributes,
            });
        }
    }

    /// The number of a period.
    pub(crate) fn period(&mut self, id: &str) -> Option<PeriodIndex> {
        if let Some(&number) = self.period_numbers.get(id) {
            return Some(number);
        }
        let period = Period::parse(id).ok()?;
        let canonical = period.id();
        let number = if let Some(&number) = self.period_numbers.get(&canonical) {
            number
        } else {
            let text = self.texts.intern(&canonical);
            self.periods.push((period, text));
            u32::try_from(self.periods.len() - 1).ok()?
        };
        self.period_numbers.insert(canonical, number);
        self.period_numbers.insert(id.to_owned(), number);
        Some(number)
    }

    /// Adds a data value; one with the same key takes its place.
    pub(crate) fn add_value(&mut self, value: DataValue) {
        match self.value_places.entry(value.key()) {
            Entry::Occupied(place) => self.values[*place.get()] = value,
            Entry::Vacant(place) => {
                place.insert(self.values.len());
                self.values.push(value);
            }
        }
    }

    /// Adds a data value whose key is known to be new.
    pub(crate) fn push_value(&mut self, value: DataValue) {
        self.values.push(value);
    }

    pub(crate) fn add_event(&mut self, event: Event) {
        match self.tracker.events_by_uid.entry(event.uid) {
            Entry::Occupied(place) => self.tracker.events[*place.get() as usize] = event,
            Entry::Vacant(place) => {
                place.insert(u32::try_from(self.tracker.events.len()).unwrap_or(u32::MAX));
                self.tracker.events.push(event);
            }
        }
    }

    /// The number of a tracked entity, a new one registered at this unit if it was not there.
    pub(crate) fn entity(&mut self, uid: Text, unit: UnitIndex) -> u32 {
        *self.tracker.entities_by_uid.entry(uid).or_insert_with(|| {
            self.tracker.tracked_entities.push(TrackedEntity::new(uid, unit));
            u32::try_from(self.tracker.tracked_entities.len() - 1).unwrap_or(u32::MAX)
        })
    }

    /// Adds a value of an attribute; one that is there already stays, unless its value was missing.
    pub(crate) fn add_attribute(&mut self, entity: u32, value: AttributeValue) {
        let held = &mut self.tracker.tracked_entities[entity as usize].attributes;
        match held.iter_mut().find(|held| held.attribute == value.attribute) {
            Some(held) if held.value == Text::NONE => held.value = value.value,
            Some(_) => {}
            None => held.push(value),
        }
    }

    pub(crate) fn add_owner(&mut self, entity: u32, program: u32, unit: UnitIndex) {
        let owners = &mut self.tracker.tracked_entities[entity as usize].owners;
        match owners.iter_mut().find(|(p, _)| *p == program) {
            Some(owner) => owner.1 = unit,
            None => owners.push((program, unit)),
        }
    }

    /// The number of an enrollment; the first one told stays.
    pub(crate) fn enrollment(&mut self, enrollment: Enrollment) -> u32 {
        *self.tracker.enrollments_by_uid.entry(enrollment.uid).or_insert_with(|| {
            self.tracker.enrollments.push(enrollment);
            u32::try_from(self.tracker.enrollments.len() - 1).unwrap_or(u32::MAX)
        })
    }

    pub(crate) fn find_enrollment(&self, uid: Text) -> Option<u32> {
        self.tracker.enrollments_by_uid.get(&uid).copied()
    }

    pub(crate) fn user(&mut self, user: User) -> u32 {
        *self.users.entry(user.clone()).or_insert_with(|| {
            self.tracker.users.push(user);
            u32::try_from(self.tracker.users.len() - 1).unwrap_or(u32::MAX)
        })
    }

    pub(crate) fn add_relationship(&mut self, relationship: Relationship) {
        self.relationships.insert(relationship.uid, relationship);
    }

    /// The finished world, every index made.
    pub(crate) fn finish(mut self) -> World {
        self.number_tracker();
        let mut unit_groups = Vec::new();
        for group in self.metadata.list("organisationUnitGroups") {
            let Some(uid) = group.text_of("id").map(|id| self.texts.intern(id)) else { continue };
            let mut members = UnitSet::none(&self.units);
            for member in Metadata::ids(group, "organisationUnits") {
                if let Some(unit) = self.texts.find(member).and_then(|uid| self.units.find(uid)) {
                    members.insert(unit);
                }
            }
            unit_groups.push((uid, members));
        }
        let values = Arc::new(DataValues::new(self.values, self.periods, self.units.len()));
        World {
            texts: self.texts,
            metadata: self.metadata,
            units: self.units,
            values,
            tracker: self.tracker,
            unit_groups,
        }
    }

    /// Gives everything of the tracker its internal id, which follows creation: a stable sort keeps the order of the file
    /// where times are equal. Then makes the indexes.
    fn number_tracker(&mut self) {
        let tracker = &mut self.tracker;
        let entity_places = sort_numbered(&mut tracker.tracked_entities, |entity| entity.stamps.created);
        for enrollment in &mut tracker.enrollments {
            enrollment.tracked_entity = entity_places[enrollment.tracked_entity as usize];
        }
        let enrollment_places = sort_numbered(&mut tracker.enrollments, |enrollment| enrollment.stamps.created);
        for event in &mut tracker.events {
            event.tracked_entity = event.tracked_entity.map(|entity| entity_places[entity as usize]);
            event.enrollment = event.enrollment.map(|enrollment| enrollment_places[enrollment as usize]);
        }
        tracker.events.sort_by_key(|event| event.created);
        tracker.entities_by_uid = (0u32..).zip(&tracker.tracked_entities).map(|(i, entity)| (entity.uid, i)).collect();
        tracker.enrollments_by_uid = (0u32..).zip(&tracker.enrollments).map(|(i, e)| (e.uid, i)).collect();
        tracker.events_by_uid = (0u32..).zip(&tracker.events).map(|(i, event)| (event.uid, i)).collect();
        tracker.enrollments_of = vec![Vec::new(); tracker.tracked_entities.len()];
        for (i, enrollment) in (0u32..).zip(&tracker.enrollments) {
            tracker.enrollments_of[enrollment.tracked_entity as usize].push(i);
        }
        tracker.events_of = vec![Vec::new(); tracker.enrollments.len()];
        for (i, event) in (0u32..).zip(&tracker.events) {
            if let Some(enrollment) = event.enrollment {
                tracker.events_of[enrollment as usize].push(i);
            }
        }
        let mut relationships: Vec<_> = std::mem::take(&mut self.relationships).into_values().collect();
        relationships.sort_by_key(|r| (r.created, r.uid));
        for (i, relationship) in (0u32..).zip(&mut relationships) {
            let ends = [relationship.from, relationship.to];
            relationship.deleted |= ends.iter().any(|end| tracker.is_deleted(*end));
            tracker.relationships_by_uid.insert(relationship.uid, i);
            tracker.relationships_of.entry(ends[0]).or_default().push(i);
            if ends[0] != ends[1] {
                tracker.relationships_of.entry(ends[1]).or_default().push(i);
            }
        }
        tracker.relationships = relationships;
    }

    pub(crate) fn add_metadata(&mut self, plural: &str, object: Json) {
        self.metadata.add(plural, object);
    }
}

/// Sorts by creation; for each former place the new one.
fn sort_numbered<T>(rows: &mut Vec<T>, created: impl Fn(&T) -> i64) -> Vec<u32> {
    let mut numbered: Vec<(usize, T)> = std::mem::take(rows).into_iter().enumerate().collect();
    numbered.sort_by_key(|(_, row)| created(row));
    let mut places = vec![0; numbered.len()];
    for (now, (before, row)) in (0u32..).zip(numbered) {
        places[before] = now;
        rows.push(row);
    }
    places
}

/// The uid of an event program's hidden enrollment, where the files name none: the program's, turned round, so that it is
/// the same in every run.
fn placeholder_uid(program: &str) -> String {
    let tail: String = program.chars().skip(1).collect();
    let reversed: String = tail.chars().rev().collect();
    format!("p{reversed}")
}
