//! What a simulated server holds, and the truth that tests compare an extract with.

pub(crate) mod builder;
pub(crate) mod metadata;
mod people_truth;
pub(crate) mod texts;
pub(crate) mod tracker;
pub(crate) mod truth;
pub(crate) mod units;
pub(crate) mod values;

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

pub use people_truth::{EnrollmentRow, ProgramOwnerRow, RelationshipRow, TrackedEntityRow};
pub use tracker::EventStatus;
pub use truth::{DataSetRow, DataValueRow, EventRow, OrganisationUnitRow};

use crate::error::SimulatorError;
use crate::generate::WorldSize;

/// Everything a simulated server holds: organisation units, metadata, data values, and the
/// tracked entities, enrollments, events and relationships of the tracker.
///
/// Made from a seed by [`generate`](Self::generate) or from files by [`load`](Self::load); it never changes while it is
/// served: what imports make of its data values, [`RunningSimulator::data_values`](crate::RunningSimulator::data_values)
/// tells. The iterators tell the truth, whatever the server's version makes of it.
#[derive(Default)]
pub struct World {
    pub(crate) texts: texts::Texts,
    pub(crate) metadata: metadata::Metadata,
    pub(crate) units: units::Units,
    pub(crate) values: Arc<values::DataValues>,
    pub(crate) tracker: tracker::Tracker,
    /// For each unit group: its uid and members.
    pub(crate) unit_groups: Vec<(texts::Text, units::UnitSet)>,
}

impl World {
    /// A made-up country of about the size asked for, the same for the same seed.
    ///
    /// ```
    /// use dhis2_simulator::{World, WorldSize};
    ///
    /// let size = WorldSize { organisation_units: 40, data_values: 500, events: 60 };
    /// let world = World::generate(&size, 7);
    /// assert_eq!(world.data_values().count(), 500);
    /// assert_eq!(world.events().count(), 60);
    /// ```
    pub fn generate(size: &WorldSize, seed: u64) -> Self {
        crate::generate::world(size, seed)
    }

    /// The world in these files and folders, read recursively: DHIS2's metadata export, data value sets and tracker pages
    /// as plain JSON (`.json`) or inside HAR recordings (`.har`), either of them also with gzip (`.gz`).
    ///
    /// Wall-clock times of the tracker are kept as they are; times of creation and change are taken to be in the zone of
    /// the server that the metadata came from, as its `system.date` tells, UTC without it.
    ///
    /// # Errors
    /// A file that cannot be read, is no JSON, or holds a period or time that cannot be read; no organisation units in
    /// any file.
    pub fn load(paths: &[PathBuf]) -> Result<Self, SimulatorError> {
        crate::load::world(paths)
    }
}

/// Numbers only: values stay out of logs.
impl fmt::Debug for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("World")
            .field("organisation_units", &self.units.len())
            .field("data_values", &self.values.rows().len())
            .field("events", &self.tracker.events.len())
            .finish_non_exhaustive()
    }
}
