//! Whole programs, with the persons in their tables protected.

use std::sync::Arc;

use dhis2_extract::{Plan, Protect};
use dhis2_tracker::{ENROLLMENTS, ENTITIES, Everything, ProgramQuery, RELATIONSHIPS, RICH_EVENTS, Tracker};

use super::{Guard, Privacy};
use crate::{Dhis2, Error};

/// A program whole, with the persons in its tables protected. It is run in memory, keeps nothing on the disk, and begins anew
/// when it is stopped: what is asked for depends on the ids that came.
#[derive(Debug, Clone)]
pub struct ProtectedProgram {
    tracker: Tracker,
    query: ProgramQuery,
    guard: Arc<Guard>,
}

impl Dhis2 {
    /// A program whole, to be extracted with the persons in its tables protected: see [`Privacy`] and
    /// [`Tracker::everything`]. What the metadata say of value types and units is read first.
    ///
    /// # Errors
    /// As of [`protected`](Self::protected).
    pub async fn protected_program(&self, query: &ProgramQuery, privacy: &Privacy) -> Result<ProtectedProgram, Error> {
        let schemas = [&ENTITIES, &ENROLLMENTS, &RICH_EVENTS, &RELATIONSHIPS];
        let guard = privacy.guard(self, &query.to_json(), &schemas).await?;
        let tracker = Tracker::new(self.engine().without_job());
        Ok(ProtectedProgram { tracker, query: query.clone(), guard })
    }
}

impl ProtectedProgram {
    /// What it would ask for: see [`Tracker::plan`].
    ///
    /// # Errors
    /// As of [`Tracker::plan`].
    pub async fn plan(&self) -> Result<Plan, Error> {
        Ok(self.tracker.plan(&self.query).await?.protected(self.guard.as_ref()))
    }

    /// The same without counting anything.
    ///
    /// # Errors
    /// As of [`Tracker::plan`].
    pub async fn outline(&self) -> Result<Plan, Error> {
        Ok(self.tracker.outline(&self.query).await?.protected(self.guard.as_ref()))
    }

    /// Extracts it. No table, and nothing that the receipt says, holds what is taken away.
    ///
    /// # Errors
    /// As of [`Tracker::everything`].
    pub async fn collect(&self) -> Result<Everything, Error> {
        let guard = self.guard.as_ref();
        let mut all = self.tracker.everything(&self.query).await.map_err(|error| guard.error(error.into()))?;
        for frame in all.frames_mut() {
            *frame = guard.table(std::mem::take(frame))?;
        }
        let rows = all.frames().iter().map(|(_, frame)| frame.height() as u64).sum();
        // After the rows, of which there may be something to say.
        all.receipt = all.receipt.protected(guard as &dyn Protect);
        all.receipt.rows = rows;
        Ok(all)
    }
}
