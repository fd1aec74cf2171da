//! What can go wrong before a simulated server runs.

use std::path::PathBuf;

use thiserror::Error;

/// Why a world could not be loaded or a server not be started.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SimulatorError {
    /// The version to simulate cannot be read.
    #[error(transparent)]
    Version(#[from] dhis2_api::ApiError),
    /// The time zone is no IANA name.
    #[error("`{name}` is no time zone: write an IANA name such as `Africa/Lagos` or `UTC`")]
    TimeZone {
        /// What was given.
        name: String,
    },
    /// No world was given to serve.
    #[error(
        "the simulator has no world to serve: give one with `.world(…)`, made by `World::generate` or `World::load`"
    )]
    NoWorld,
    /// A file of a world cannot be read.
    #[error("{path}: {source}")]
    File {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file of a world holds no JSON, or not the JSON expected.
    #[error("{path}: {reason}")]
    Content {
        /// The file.
        path: PathBuf,
        /// What is wrong with it; no value of the file is quoted.
        reason: String,
    },
    /// The files given hold no organisation units: without them nothing can be asked.
    #[error("the world has no organisation units: a metadata export with `organisationUnits` must be among the files")]
    NoUnits,
    /// A data value or an event names a period that cannot be read.
    #[error("{path}: `{id}` is no period")]
    Period {
        /// The file.
        path: PathBuf,
        /// The period as written.
        id: String,
    },
    /// A time cannot be read.
    #[error("{path}: `{text}` is no time")]
    Time {
        /// The file.
        path: PathBuf,
        /// The time as written.
        text: String,
    },
    /// A description of faults cannot be read.
    #[error("the faults cannot be read: {reason}")]
    Faults {
        /// What is wrong, with line and column.
        reason: String,
    },
    /// The address cannot be bound.
    #[error("no server could be started on {address}: {source}")]
    Listen {
        /// The address asked for.
        address: String,
        /// Why.
        source: std::io::Error,
    },
}
