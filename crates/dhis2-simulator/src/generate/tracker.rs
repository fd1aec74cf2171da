//! Made-up tracked entities, enrollments and events.

use std::sync::Arc;

use super::metadata::{Answers, Combos, Program, Stage};
use super::random::Random;
use super::units::{Country, point};
use super::{DAY, ENTERED};
use crate::world::builder::WorldBuilder;
use crate::world::texts::Text;
use crate::world::tracker::{Enrollment, Event, EventStatus, EventValue, User};
use crate::world::units::UnitIndex;

/// 2023-01-01 as a wall clock in milliseconds: the first day on which something could occur.
const FIRST_DAY: i64 = 1_672_531_200_000;
/// Times of the day, the awkward ones among them.
const TIMES: [i64; 5] = [0, 0, 45_000_000, 33_330_250, DAY - 1];

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
    };
    let entities = maker.entities(count / 4 + 1);
    let mut left = count;
    for (i, program) in programs.iter().enumerate() {
        let own = if i + 1 == programs.len() { left } else { count * program.share / 1000 };
        left -= own;
        maker.program(program, i, &entities, own);
    }
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
}

impl Maker<'_> {
    fn entities(&mut self, count: usize) -> Vec<u32> {
        let mut entities = Vec::with_capacity(count);
        for _ in 0..count {
            let uid = self.builder.texts.intern(&self.random.uid());
            let unit = *self.random.pick(&self.units);
            entities.push(self.builder.entity(uid, unit));
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
        // Everybody is in the first programme, every third person in the second.
        let enrolled: Vec<Enrolled> =
            entities.iter().step_by(1 + 2 * number).map(|&entity| self.enroll(index, entity)).collect();
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
        let status = if self.random.per_mille(600) { "ACTIVE" } else { "COMPLETED" };
        let enrollment = Enrollment {
            uid,
            status: self.builder.texts.intern(status),
            follow_up: self.random.per_mille(50),
            enrolled,
            occurred: Some(enrolled - self.days(20)),
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
            deleted: self.random.per_mille(15),
            attribute_combo: self.combo,
            attribute_options: vec![self.option],
            geometry: self.random.per_mille(300).then(|| Arc::new(point(self.random))),
            values,
            notes: Vec::new(),
        };
        self.builder.add_event(event);
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
