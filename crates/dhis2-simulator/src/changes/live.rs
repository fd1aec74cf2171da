//! What a running server holds from moment to moment.

use std::sync::{Arc, Mutex, PoisonError, RwLock};

use chrono::{DateTime, Utc};

use super::edit::WorldChange;
use super::{ChangeLog, Changes, batch};
use crate::random::Random;
use crate::world::World;

/// The world of a server: the one it started with, and the one it has now. Requests take the one of now along, so that each
/// sees a single state to its end.
pub(crate) struct Live {
    start: Arc<World>,
    now: RwLock<Arc<World>>,
    changes: Option<Changes>,
    history: Mutex<History>,
}

/// What has happened so far.
struct History {
    random: Random,
    /// List requests to the tracker.
    lists: u64,
    /// The latest moment in the world, once anybody asked.
    latest: Option<i64>,
    log: ChangeLog,
}

impl Live {
    pub(crate) fn new(world: Arc<World>, changes: Option<Changes>) -> Self {
        let random = Random::new(changes.map_or(0, |changes| changes.seed));
        Self {
            start: Arc::clone(&world),
            now: RwLock::new(world),
            changes,
            history: Mutex::new(History { random, lists: 0, latest: None, log: ChangeLog::default() }),
        }
    }

    pub(crate) fn start(&self) -> &World {
        &self.start
    }

    pub(crate) fn world(&self) -> Arc<World> {
        Arc::clone(&self.now.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn log(&self) -> ChangeLog {
        self.history.lock().unwrap_or_else(PoisonError::into_inner).log.clone()
    }

    /// The world for one more list of the tracker, after what is due before it.
    pub(crate) fn at_list(&self, clock: DateTime<Utc>) -> Arc<World> {
        if let Some(changes) = self.changes.filter(|changes| changes.every > 0) {
            let mut history = self.history.lock().unwrap_or_else(PoisonError::into_inner);
            let before = history.lists;
            history.lists += 1;
            if before > 0 && before.is_multiple_of(changes.every) {
                self.write(&mut history, clock, |world| batch::apply(world, &changes));
            }
        }
        self.world()
    }

    pub(crate) fn change<T>(&self, clock: DateTime<Utc>, change: impl FnOnce(&mut WorldChange<'_>) -> T) -> T {
        self.write(&mut self.history.lock().unwrap_or_else(PoisonError::into_inner), clock, change)
    }

    /// Makes the next world beside the one that is read, and puts it in its place.
    fn write<T>(
        &self,
        history: &mut History,
        clock: DateTime<Utc>,
        change: impl FnOnce(&mut WorldChange<'_>) -> T,
    ) -> T {
        let mut world = World::clone(&self.world());
        let latest = history.latest.unwrap_or_else(|| world.tracker.latest_moment());
        let moment = clock.timestamp_millis().max(latest + 1);
        let done = change(&mut WorldChange::new(&mut world, moment, &mut history.random, &mut history.log));
        history.latest = Some(moment);
        *self.now.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(world);
        done
    }
}
