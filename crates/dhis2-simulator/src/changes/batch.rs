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
