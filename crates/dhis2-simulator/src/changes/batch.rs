//! Changes that nobody asked for by name: rows drawn by chance.

use super::edit::WorldChange;
use super::{Changes, value};
use crate::world::table::Table;
use crate::world::texts::Text;
use crate::world::tracker::Tracker;

/// Of ten changes so many are to events, …
const EVENTS: usize = 5;
/// … up to here to enrollments, to here to tracked entities, and the rest to relationships.
const ENROLLMENTS: usize = 7;
const ENTITIES: usize = 9;
/// How many pairs of relationships are tried for a new one.
const PAIRS: usize = 20;

/// Makes one batch. Where a world has no row of the kind drawn, an event is taken.
pub(super) fn apply(change: &mut WorldChange<'_>, changes: &Changes) {
    for _ in 0..changes.inserts {
        let done = match change.random.below(10) {
            EVENTS..ENROLLMENTS => enrollment(change).and_then(|uid| change.copy_enrollment(&uid)),
            ENROLLMENTS..ENTITIES => entity(change).and_then(|uid| change.copy_tracked_entity(&uid)),
            ENTITIES.. => relate(change),
            _ => None,
        };
        if done.is_none()
            && let Some(uid) = event(change)
        {
            change.copy_event(&uid);
        }
    }
    for _ in 0..changes.updates {
        let done = match change.random.below(10) {
            EVENTS..ENROLLMENTS => update_enrollment(change),
            ENROLLMENTS..ENTITIES => update_entity(change),
            _ => None,
        };
        if done.is_none() {
            update_event(change);
        }
    }
    for _ in 0..changes.deletes {
        let done = match change.random.below(10) {
            EVENTS..ENROLLMENTS => enrollment(change).map(|uid| change.delete_enrollment(&uid)),
            ENROLLMENTS..ENTITIES => entity(change).map(|uid| change.delete_tracked_entity(&uid)),
            ENTITIES.. => relationship(change).map(|uid| change.delete_relationship(&uid)),
            _ => None,
        };
        if done.is_none()
            && let Some(uid) = event(change)
        {
            change.delete_event(&uid);
        }
    }
}

/// The number of a row that is as wanted: the first one from a place drawn by chance.
fn draw<T>(change: &mut WorldChange<'_>, rows: fn(&Tracker) -> &Table<T>, wanted: fn(&T) -> bool) -> Option<usize> {
    let rows = rows(&change.world.tracker);
    let start = change.random.below(rows.len());
    (start..rows.len()).chain(0..start).find(|&number| wanted(&rows[number]))
}

fn name(change: &WorldChange<'_>, text: Text) -> String {
    change.world.texts.get(text).to_owned()
}

fn entity(change: &mut WorldChange<'_>) -> Option<String> {
    let number = draw(change, |tracker| &tracker.tracked_entities, |row| !row.deleted)?;
    Some(name(change, change.world.tracker.tracked_entities[number].uid))
}

fn enrollment(change: &mut WorldChange<'_>) -> Option<String> {
    let number = draw(change, |tracker| &tracker.enrollments, |row| !row.deleted)?;
    Some(name(change, change.world.tracker.enrollments[number].uid))
}

fn event(change: &mut WorldChange<'_>) -> Option<String> {
    let number = draw(change, |tracker| &tracker.events, |row| !row.deleted)?;
    Some(name(change, change.world.tracker.events[number].uid))
}

fn relationship(change: &mut WorldChange<'_>) -> Option<String> {
    let number = draw(change, |tracker| &tracker.relationships, |row| !row.deleted)?;
    Some(name(change, change.world.tracker.relationships[number].uid))
}

fn relate(change: &mut WorldChange<'_>) -> Option<String> {
    (0..PAIRS).find_map(|_| {
        let (first, second) = (relationship(change)?, relationship(change)?);
        change.cross_relationships(&first, &second)
    })
}

fn update_event(change: &mut WorldChange<'_>) -> Option<bool> {
    let number = draw(change, |tracker| &tracker.events, |row| !row.deleted && !row.values.is_empty())?;
    let row = &change.world.tracker.events[number];
    let (element, new) = row.values.iter().find_map(|held| {
        let element = name(change, held.element);
        let new = value::other(change.world, "dataElements", &element, &name(change, held.value))?;
        Some((element, new))
    })?;
    let uid = name(change, row.uid);
    Some(change.set_data_value(&uid, &element, &new))
}

fn update_entity(change: &mut WorldChange<'_>) -> Option<bool> {
    let number = draw(change, |tracker| &tracker.tracked_entities, |row| !row.deleted && !row.attributes.is_empty())?;
    let row = &change.world.tracker.tracked_entities[number];
    let (attribute, new) = row.attributes.iter().find_map(|held| {
        let attribute = name(change, held.attribute);
        let new = value::other(change.world, "trackedEntityAttributes", &attribute, &name(change, held.value))?;
        Some((attribute, new))
    })?;
    let uid = name(change, row.uid);
    Some(change.set_attribute(&uid, &attribute, &new))
}

fn update_enrollment(change: &mut WorldChange<'_>) -> Option<bool> {
    let number = draw(change, |tracker| &tracker.enrollments, |row| !row.deleted)?;
    let row = &change.world.tracker.enrollments[number];
    let (uid, follow_up) = (name(change, row.uid), row.follow_up);
    Some(change.set_follow_up(&uid, !follow_up))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::WorldSize;
    use crate::changes::ChangeLog;
    use crate::random::Random;
    use crate::world::World;

    /// However much has changed: every index leads to its row, and nothing stays that hangs on something deleted.
    #[test]
    fn after_many_batches_every_index_is_right_and_nothing_hangs_on_what_is_deleted() {
        let mut world = World::generate(&WorldSize { organisation_units: 30, data_values: 0, events: 3_000 }, 9);
        let (mut random, mut log) = (Random::new(9), ChangeLog::default());
        let changes = Changes { seed: 9, every: 1, inserts: 9, updates: 9, deletes: 9 };
        let first = world.tracker.latest_moment() + 1;
        for moment in first..first + 60 {
            apply(&mut WorldChange::new(&mut world, moment, &mut random, &mut log), &changes);
        }
        let tracker = &world.tracker;
        assert_eq!(tracker.latest_moment(), first + 59);
        for (number, entity) in (0u32..).zip(tracker.tracked_entities.iter()) {
            assert_eq!(tracker.entities_by_uid.get(entity.uid), Some(number));
        }
        for (number, enrollment) in (0u32..).zip(tracker.enrollments.iter()) {
            assert_eq!(tracker.enrollments_by_uid.get(enrollment.uid), Some(number));
            let of_entity = &tracker.enrollments_of[enrollment.tracked_entity as usize];
            assert_eq!(of_entity.iter().filter(|of| **of == number).count(), 1);
            assert!(enrollment.deleted || !tracker.entity_of(enrollment).deleted);
        }
        for (number, event) in (0u32..).zip(tracker.events.iter()) {
            assert_eq!(tracker.events_by_uid.get(event.uid), Some(number));
            if let Some(enrollment) = event.enrollment {
                let of_enrollment = &tracker.events_of[enrollment as usize];
                assert_eq!(of_enrollment.iter().filter(|of| **of == number).count(), 1);
                assert!(event.deleted || !tracker.enrollments[enrollment as usize].deleted);
            }
        }
        for (number, relationship) in (0u32..).zip(tracker.relationships.iter()) {
            assert_eq!(tracker.relationships_by_uid.get(relationship.uid), Some(number));
            for end in [relationship.from, relationship.to] {
                assert!(tracker.relationships_of[&end].contains(&number));
                assert!(relationship.deleted || !tracker.is_deleted(end));
            }
        }
        assert!(tracker.events.iter().map(|row| row.created).is_sorted());
        assert!(tracker.enrollments.iter().map(|row| row.stamps.created).is_sorted());
        assert!(tracker.tracked_entities.iter().map(|row| row.stamps.created).is_sorted());
        let mut new = world.relationships().filter(|row| log.relationships.inserted.contains(row.relationship));
        assert!(new.any(|row| (row.from.0, row.to.0) != ("tracked_entity", "tracked_entity")));
        let held: usize = tracker.events_of.iter().map(Vec::len).sum();
        assert_eq!(held, tracker.events.iter().filter(|event| event.enrollment.is_some()).count());
    }
}
