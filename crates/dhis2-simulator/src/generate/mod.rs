//! Made-up worlds, the same for the same seed.

mod data_values;
mod metadata;
mod people;
mod relationships;
mod tracker;
mod units;

use crate::json::{Json, Key};
use crate::random::Random;
use crate::world::World;
use crate::world::builder::WorldBuilder;

/// About how much a made-up world holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WorldSize {
    /// Organisation units, over four levels; at least one.
    pub organisation_units: usize,
    /// Data values, deleted ones too, spread over data sets of every frequency from daily to yearly.
    pub data_values: usize,
    /// Events, deleted ones too: half of an antenatal programme, a fifth of a tuberculosis programme, the rest single
    /// case reports. For six events there is a tracked entity, for five an enrollment, for fifteen a relationship: 300,000
    /// events come with 50,000 tracked entities, 60,000 enrollments and 20,000 relationships.
    pub events: usize,
}

impl Default for WorldSize {
    /// A small country: 200 units, 20,000 data values, 2,000 events.
    fn default() -> Self {
        Self { organisation_units: 200, data_values: 20_000, events: 2_000 }
    }
}

/// 2025-01-01 in UTC milliseconds: when everything made up was entered.
const ENTERED: i64 = 1_735_689_600_000;
const DAY: i64 = 86_400_000;

pub(crate) fn world(size: &WorldSize, seed: u64) -> World {
    let mut random = Random::new(seed);
    let mut builder = WorldBuilder::default();
    let country = units::add(&mut builder, &mut random, size.organisation_units.max(1));
    let combos = metadata::add_categories(&mut builder, &mut random);
    let sets = metadata::add_data_sets(&mut builder, &mut random, &country, &combos);
    let people = people::add(&mut builder, &mut random);
    let programs = metadata::add_programs(&mut builder, &mut random, &country, &people);
    builder.units_known();
    data_values::add(&mut builder, &mut random, &country, &combos, &sets, size.data_values);
    tracker::add(&mut builder, &mut random, &country, &combos, &people, &programs, size.events);
    builder.finish()
}

/// A metadata object with what all have.
fn named(uid: &str, code: &str, name: &str, rest: Vec<(&'static str, Json)>) -> Json {
    let time = "2025-01-01T00:00:00.000";
    let mut entries: Vec<(Key, Json)> = vec![
        ("code".into(), Json::text(code)),
        ("name".into(), Json::text(name)),
        ("created".into(), Json::text(time)),
        ("lastUpdated".into(), Json::text(time)),
        ("shortName".into(), Json::text(name)),
    ];
    entries.extend(rest.into_iter().map(|(key, value)| (key.into(), value)));
    entries.push(("id".into(), Json::text(uid)));
    entries.push(("attributeValues".into(), Json::List(Vec::new())));
    entries.push(("translations".into(), Json::List(Vec::new())));
    Json::Object(entries)
}

fn reference(uid: &str) -> Json {
    crate::json::object([("id", Json::text(uid))])
}

fn references<'a>(uids: impl IntoIterator<Item = &'a String>) -> Json {
    Json::List(uids.into_iter().map(|uid| reference(uid)).collect())
}

#[cfg(test)]
mod tests {
    use std::collections::{HashMap, HashSet};

    use super::*;

    const SIZE: WorldSize = WorldSize { organisation_units: 120, data_values: 6_000, events: 900 };

    #[test]
    fn the_same_seed_makes_the_same_world_and_another_one_another() {
        let (one, two, other) = (World::generate(&SIZE, 5), World::generate(&SIZE, 5), World::generate(&SIZE, 6));
        assert!(one.data_values().eq(two.data_values()));
        assert!(one.events().eq(two.events()));
        assert!(!one.events().eq(other.events()));
    }

    #[test]
    fn it_holds_what_was_asked_for_and_no_row_twice() {
        let world = World::generate(&SIZE, 1);
        assert_eq!(world.organisation_units().count(), 120);
        let keys: HashSet<_> = world
            .data_values()
            .map(|v| {
                let unit = v.organisation_unit;
                (v.data_element, v.period.id(), unit, v.category_option_combo, v.attribute_option_combo)
            })
            .collect();
        assert_eq!((world.data_values().count(), keys.len()), (6_000, 6_000));
        let counts = (world.tracked_entities().count(), world.enrollments().count(), world.relationships().count());
        assert!(counts.0 == 151 && counts.1 > 150 && counts.2 == 60, "{counts:?}");
        let uids: HashSet<_> = world.events().map(|e| e.event).collect();
        assert_eq!((world.events().count(), uids.len()), (900, 900));
    }

    /// What extracts must not lose has to be there: deleted rows, events without values, without an occurrence, outside
    /// their owner's unit, and characters above U+FFFF.
    #[test]
    fn every_trap_has_its_rows() {
        let world = World::generate(&SIZE, 1);
        assert!(world.data_values().any(|v| v.deleted));
        assert!(world.data_values().any(|v| v.comment.is_some()));
        assert!(world.data_values().any(|v| v.value.is_some_and(|v| v.chars().any(|c| c > '\u{FFFF}'))));
        assert!(world.events().any(|e| e.deleted));
        assert!(world.events().any(|e| e.values.is_empty()));
        assert!(world.events().any(|e| e.occurred_at.is_none()));
        assert!(world.events().any(|e| e.owner_unit != e.organisation_unit));
        assert!(world.events().any(|e| e.tracked_entity.is_none()));
        assert!(world.tracked_entities().any(|e| e.deleted));
        assert!(world.tracked_entities().any(|e| world.enrollments().all(|n| n.tracked_entity != e.tracked_entity)));
        assert!(world.enrollments().any(|e| e.deleted));
        assert!(world.relationships().any(|r| r.deleted) && world.relationships().any(|r| r.bidirectional));
        let ends: HashSet<_> = world.relationships().map(|r| (r.from.0, r.to.0, r.bidirectional)).collect();
        let (entity, enrollment, event) = ("tracked_entity", "enrollment", "event");
        for kind in
            [(entity, entity, false), (entity, entity, true), (entity, event, false), (enrollment, entity, false)]
        {
            assert!(ends.contains(&kind), "{kind:?}");
        }
        assert!(ends.contains(&(event, event, true)));
        let mut enrolled: HashMap<_, usize> = HashMap::new();
        for row in world.enrollments() {
            *enrolled.entry((row.tracked_entity, row.program)).or_default() += 1;
        }
        assert!(enrolled.values().any(|times| *times > 1), "the same programme twice");
        let entities: HashSet<_> = enrolled.keys().map(|(entity, _)| entity).collect();
        assert!(entities.len() < enrolled.len(), "two programmes");
        assert!(world.tracker.events.iter().any(|e| !e.notes.is_empty() && e.geometry.is_some()));
        assert!(world.tracker.enrollments.iter().any(|e| !e.notes.is_empty()));
        assert!(world.tracker.enrollments.iter().any(|e| e.geometry.is_some()));
        let types: HashSet<_> = world.data_sets().map(|set| set.period_type.to_owned()).collect();
        assert!(types.len() >= 6, "{types:?}");
    }

    #[test]
    fn a_large_country_has_its_parts_in_proportion() {
        let world = World::generate(&WorldSize { organisation_units: 500, data_values: 0, events: 300_000 }, 1);
        assert_eq!((world.events().count(), world.tracked_entities().count()), (300_000, 50_001));
        let (enrollments, relationships) = (world.enrollments().count(), world.relationships().count());
        assert!((59_000..62_000).contains(&enrollments) && relationships == 20_000, "{enrollments} {relationships}");
    }

    #[test]
    fn one_unit_is_enough_of_a_country() {
        let size = WorldSize { organisation_units: 1, data_values: 50, events: 5 };
        let world = World::generate(&size, 3);
        assert_eq!((world.organisation_units().count(), world.data_values().count()), (1, 50));
    }
}
