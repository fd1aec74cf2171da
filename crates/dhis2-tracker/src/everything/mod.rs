//! All there is of a program, in frames that belong together.

mod changes;
mod columns;
mod query;
mod run;
mod steps;

use dhis2_extract::receipt::FileReceipt;
use dhis2_extract::{Engine, Plan, Receipt};
use dhis2_frame::{Format, FrameError, write_frame};
use polars::frame::DataFrame;
use std::path::Path;

pub use columns::{ATTRIBUTE_VALUES, ENTITIES};
pub use query::{ProgramQuery, ProgramQueryBuilder};

use crate::error::TrackerError;

/// The Tracker of a server.
#[derive(Debug, Clone)]
pub struct Tracker {
    engine: Engine,
}

/// What a program holds. Every enrollment's tracked entity, and every event's enrollment, is among the rows.
#[derive(Debug, Clone)]
pub struct Everything {
    /// The tracked entities, one row each: the columns of [`ENTITIES`].
    pub tracked_entities: DataFrame,
    /// Their attributes, those of their type and of the program: the columns of [`ATTRIBUTE_VALUES`].
    pub attributes: DataFrame,
    /// Their enrollments in the program: the columns of [`ENROLLMENTS`](crate::ENROLLMENTS).
    pub enrollments: DataFrame,
    /// The events with their data values: the columns of [`RICH_EVENTS`](crate::RICH_EVENTS).
    pub events: DataFrame,
    /// The relationships: the columns of [`RELATIONSHIPS`](crate::RELATIONSHIPS).
    pub relationships: DataFrame,
    /// Whether they are all, how it was proved, and what was changed while they were read.
    pub receipt: Receipt,
}

impl Tracker {
    /// The Tracker of the server that an engine speaks to.
    pub fn new(engine: Engine) -> Self {
        Self { engine }
    }

    /// Extracts a program whole: its tracked entities, their attributes, enrollments, events and relationships, every
    /// version from 2.38 on. Of a program without registration there are events and relationships only.
    ///
    /// It is one run with one receipt, and the keys match: what was deleted on the server while it was read is left out
    /// with all that hung on it, what is new has its parents. The receipt names what was inserted, updated and deleted
    /// meanwhile. Which people belong to a unit is decided by who owns them in the program; up to 2.40.9 by the unit of the
    /// enrollment.
    ///
    /// Where the engine has the folder of a job ([`Engine::with_job`]), a run that was stopped goes on from there, and looks
    /// for changes since the first run began; [`Job::remove`](dhis2_extract::Job::remove) removes it once the tables are
    /// safe. The tables are in memory at the end, all of them.
    ///
    /// # Errors
    /// [`TrackerError`] where nothing could be had. What is missing beside other rows makes the receipt partial.
    pub async fn everything(&self, query: &ProgramQuery) -> Result<Everything, TrackerError> {
        run::everything(&self.engine, query).await
    }

    /// What [`everything`](Self::everything) would ask for before any answer is there, and in words what is decided by the
    /// answers. Nothing is fetched, but objects are counted where servers do that.
    ///
    /// # Errors
    /// [`TrackerError`] where the server cannot be asked.
    pub async fn plan(&self, query: &ProgramQuery) -> Result<Plan, TrackerError> {
        steps::plan(&self.engine, query, true).await
    }

    /// The same without counting anything.
    ///
    /// # Errors
    /// As of [`plan`](Self::plan).
    pub async fn outline(&self, query: &ProgramQuery) -> Result<Plan, TrackerError> {
        steps::plan(&self.engine, query, false).await
    }
}

impl Everything {
    /// The frames with their names.
    pub fn frames(&self) -> [(&'static str, &DataFrame); 5] {
        [
            ("tracked_entities", &self.tracked_entities),
            ("attributes", &self.attributes),
            ("enrollments", &self.enrollments),
            ("events", &self.events),
            ("relationships", &self.relationships),
        ]
    }

    /// The frames in the same order, to be changed.
    pub fn frames_mut(&mut self) -> [&mut DataFrame; 5] {
        [
            &mut self.tracked_entities,
            &mut self.attributes,
            &mut self.enrollments,
            &mut self.events,
            &mut self.relationships,
        ]
    }

    /// Writes each frame to a file of its name in a folder, which is made where it is not there, and notes the files in the
    /// receipt. Each file is written whole or not at all.
    ///
    /// # Errors
    /// [`FrameError`] where the folder cannot be made or a file not be written.
    pub fn write(&mut self, folder: &Path, format: Format) -> Result<(), FrameError> {
        std::fs::create_dir_all(folder).map_err(|source| FrameError::Io { path: folder.to_path_buf(), source })?;
        let mut files = Vec::new();
        for (name, frame) in self.frames() {
            let path = folder.join(name).with_extension(format.extension());
            files.push(FileReceipt::of(&write_frame(frame, &path, format)?));
        }
        self.receipt.files.extend(files);
        Ok(())
    }
}
