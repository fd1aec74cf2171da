//! Made-up tracked entities, enrollments and events.

use std::sync::Arc;

use super::metadata::{Answers, Combos, Program, Stage};
use super::people::People;
use super::relationships;
use super::units::{Country, point};
use super::{DAY, ENTERED};
use crate::random::Random;
use crate::world::builder::WorldBuilder;
use crate::world::texts::Text;
use crate::world::tracker::{Enrollment, Event, EventStatus, EventValue, Note, Stamps, User};
use crate::world::units::UnitIndex;

/// 2023-01-01 as a wall clock in milliseconds: the first day on which something could occur.
const FIRST_DAY: i64 = 1_672_531_200_000;
/// Times of the day, the awkward ones among them.
const TIMES: [i64; 5] = [0, 0, 45_000_000, 33_330_250, DAY - 1];

const NOTES: [&str; 3] = ["à rappeler", "late; see register", "moved, \"gone\""];

/// An enrollment and what its events need of it.
struct Enrolled {
    enrollment: u32,
    entity: u32,
    unit: UnitIndex,
}

pub(super) fn add(
    builder: &mut WorldBuilder,
    random: &mut Random,
    country: &Country,
    combos: &Combos,
    people: &People,
    programs: &[Program],
    count: usize,
) {
    let units: Vec<_> = country
        .facilities
        .iter()
        .filter_map(|uid| builder.texts.find(uid).and_then(|uid| builder.units.find(uid)))
        .collect();
    let author = User {
        uid: builder.texts.intern("M5zQapPyTZI"),
        username: builder.texts.intern("admin"),
        first_name: builder.texts.intern("admin"),
        surname: builder.texts.intern("admin"),
    };
    let author = builder.user(author);
    let mut maker = Maker {
        combo: builder.texts.intern(&combos.default),
        option: builder.texts.intern(&combos.default_option),
        builder,
        random,
        units,
        author,
        made: 0,
        single_events: Vec::new(),
    };
    let entities = maker.entities(people, count / 6 + 1);
    let mut left = count;
    for (i, program) in programs.iter().enumerate() {
        let own = if i + 1 == programs.len() { left } else { count * program.share / 1000 };
        left -= own;
        maker.program(program, i, &entities, own);
    }
    let single_events = std::mem::take(&mut maker.single_events);
    relationships::add(builder, random, people, &single_events, count / 15);
}

struct Maker<'a> {
    builder: &'a mut WorldBuilder,
    random: &'a mut Random,
    units: Vec<UnitIndex>,
    combo: Text,
    option: Text,
    author: u32,
    /// How many events there are already: their times of creation follow from it.
    made: i64,
    /// The events of event programmes.
    single_events: Vec<Text>,
}

fn stamps(created: i64, author: u32) -> Stamps {
    Stamps { created, updated: created, created_by: Some(author), updated_by: Some(author), ..Stamps::default() }
}

impl Maker<'_> {
    fn entities(&mut self, people: &People, count: usize) -> Vec<u32> {
        let kind = self.builder.texts.intern(&people.kind);
        let mut entities = Vec::with_capacity(count);
        for i in 0..count {
            let uid = self.builder.texts.intern(&self.random.uid());
            let unit = *self.random.pick(&self.units);
            let number = self.builder.entity(uid, unit);
            // Ten at a time in the same millisecond, and all before the first event.
            let created = ENTERED - DAY + i64::try_from(i).unwrap_or(0) / 10 * 3;
            let attributes = people.values(self.builder, self.random, created);
            let entity = &mut self.builder.tracker.tracked_entities[number as usize];
            entity.kind = kind;
            entity.stamps = stamps(created, self.author);
            entity.deleted = i % 67 == 40;
            entity.inactive = self.random.per_mille(20);
            entity.potential_duplicate = self.random.per_mille(20);
            entity.geometry = self.random.per_mille(200).then(|| Arc::new(point(self.random)));
            entity.attributes = attributes;
            entities.push(number);
        }
        entities
    }

    fn program(&mut self, program: &Program, number: usize, entities: &[u32], events: usize) {
        let text = self.builder.texts.intern(&program.uid);
        let Some(index) = self.builder.tracker.find_program(text) else { return };
        if !program.with_registration {
            for _ in 0..events {
                let unit = *self.random.pick(&self.units);
                self.event(program, index, None, unit);
            }
            return;
        }
        // Nearly everybody is in the first programme, every fifth person in the second.
        let mut enrolled: Vec<Enrolled> = (0usize..)
            .zip(entities)
            .step_by(1 + 4 * number)
            .filter(|(i, _)| i % 33 != 32)
            .map(|(_, &entity)| self.enroll(index, entity))
            .collect();
        // Some come back: another pregnancy, a relapse.
        let again = entities.iter().step_by(1 + 4 * number).step_by(25).skip(1);
        let again: Vec<_> = again.map(|&entity| self.enroll(index, entity)).collect();
        enrolled.extend(again);
        for i in 0..events {
            let of = &enrolled[i % enrolled.len()];
            // Now and then people go elsewhere.
            let unit = if self.random.per_mille(100) { *self.random.pick(&self.units) } else { of.unit };
            self.event(program, index, Some(of), unit);
        }
    }

    fn enroll(&mut self, program: u32, entity: u32) -> Enrolled {
        let registered = self.builder.tracker.tracked_entities[entity as usize].unit;
        // Some have moved, and another unit owns them now.
        let owner = if self.random.per_mille(60) { *self.random.pick(&self.units) } else { registered };
        self.builder.add_owner(entity, program, owner);
        let uid = self.builder.texts.intern(&self.random.uid());
        let enrolled = FIRST_DAY + self.days(400);
        let entity_row = &self.builder.tracker.tracked_entities[entity as usize];
        let (created, entity_deleted) = (entity_row.stamps.created + DAY / 2, entity_row.deleted);
        let status = if self.random.per_mille(600) { "ACTIVE" } else { "COMPLETED" };
        let enrollment = Enrollment {
            uid,
            tracked_entity: entity,
            program,
            unit: registered,
            status: self.builder.texts.intern(status),
            follow_up: self.random.per_mille(50),
            enrolled,
            occurred: self.random.per_mille(900).then(|| enrolled - self.days(20)),
            completed: (status == "COMPLETED").then_some(enrolled + 100 * DAY),
            completed_by: if status == "COMPLETED" { self.builder.texts.intern("admin") } else { Text::NONE },
            stamps: stamps(created, self.author),
            // What is deleted takes along what hangs on it.
            deleted: self.random.per_mille(15) || entity_deleted,
            attribute_combo: self.combo,
            geometry: self.random.per_mille(100).then(|| Arc::new(point(self.random))),
            notes: self.notes(created),
        };
        Enrolled { enrollment: self.builder.enrollment(enrollment), entity, unit: registered }
    }

    fn days(&mut self, below: usize) -> i64 {
        i64::try_from(self.random.below(below)).unwrap_or(0) * DAY
    }

    fn event(&mut self, program: &Program, index: u32, of: Option<&Enrolled>, unit: UnitIndex) {
        let stage = self.random.pick(&program.stages);
        let day = FIRST_DAY + self.days(730);
        let status = match self.random.below(20) {
            0..10 => EventStatus::Completed,
            17..19 if of.is_some() => EventStatus::Schedule,
            19 if of.is_some() => EventStatus::Skipped,
            _ => EventStatus::Active,
        };
        let occurs = matches!(status, EventStatus::Completed | EventStatus::Active);
        // Ten events at a time are stored in the same millisecond, as imports do.
        let created = ENTERED + self.made / 10 * 7;
        self.made += 1;
        let updated = created + if self.random.per_mille(50) { 40 * DAY } else { 0 };
        let uid = self.builder.texts.intern(&self.random.uid());
        let gone = of.is_some_and(|of| self.builder.tracker.enrollments[of.enrollment as usize].deleted);
        if of.is_none() {
            self.single_events.push(uid);
        }
        let completed = status == EventStatus::Completed;
        let values = if occurs { self.values(stage, created) } else { Vec::new() };
        let event = Event {
            uid,
            status,
            program: index,
            stage: self.builder.texts.intern(&stage.uid),
            enrollment: of.map(|of| of.enrollment),
            tracked_entity: of.map(|of| of.entity),
            unit,
            occurred: occurs.then(|| day + self.random.pick(&TIMES)),
            scheduled: of.map(|_| day),
            completed: completed.then_some(day + DAY),
            completed_by: if completed { self.builder.texts.intern("admin") } else { Text::NONE },
            created,
            updated,
            created_client: None,
            updated_client: None,
            stored_by: Text::NONE,
            created_by: Some(self.author),
            updated_by: Some(self.author),
            assigned: None,
            follow_up: self.random.per_mille(20),
            deleted: self.random.per_mille(15) || gone,
            attribute_combo: self.combo,
            attribute_options: vec![self.option],
            geometry: self.random.per_mille(300).then(|| Arc::new(point(self.random))),
            values,
            notes: self.notes(created),
        };
        self.builder.add_event(event);
    }

    /// A note now and then, rarely two.
    fn notes(&mut self, created: i64) -> Vec<Note> {
        let count = match self.random.below(1000) {
            0..5 => 2,
            5..40 => 1,
            _ => 0,
        };
        let note = |_| Note {
            uid: self.builder.texts.intern(&self.random.uid()),
            value: self.builder.texts.intern(self.random.pick::<&str>(&NOTES)),
            stored: created,
            created_by: Some(self.author),
        };
        (0..count).map(note).collect()
    }

    /// Values for some of the stage's elements; now and then for none.
    fn values(&mut self, stage: &Stage, created: i64) -> Vec<EventValue> {
        if self.random.per_mille(50) {
            return Vec::new();
        }
        let mut values = Vec::new();
        for (element, answers) in &stage.elements {
            if self.random.per_mille(250) {
                continue;
            }
            let text = match answers {
                Answers::Codes(codes) => self.random.pick(codes).clone(),
                Answers::Of("NUMBER") => format!("{}.{}", 3 + self.random.below(90), self.random.below(10)),
                Answers::Of("BOOLEAN") => (if self.random.per_mille(300) { "true" } else { "false" }).to_owned(),
                Answers::Of("DATE") => {
                    format!("2024-{:02}-{:02}", 1 + self.random.below(12), 1 + self.random.below(28))
                }
                Answers::Of("LONG_TEXT") => {
                    (*self.random.pick(&["fever", "toux, fièvre", "twins \u{1F476}\u{1F476}", "\"see file\"\nno. 7"]))
                        .to_owned()
                }
                Answers::Of(_) => self.random.below(90).to_string(),
            };
            values.push(EventValue {
                element: self.builder.texts.intern(element),
                value: self.builder.texts.intern(&text),
                provided_elsewhere: false,
                created,
                updated: created,
                stored_by: Text::NONE,
            });
        }
        values
    }
}
