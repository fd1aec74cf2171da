//! The errors of this crate.

use chrono::NaiveDate;
use dhis2_api::ApiError;
use dhis2_extract::ExtractError;
use dhis2_frame::FrameError;
use dhis2_http::HttpError;

/// Why nothing could be extracted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TrackerError {
    /// The question makes no sense; nothing was sent.
    #[error(transparent)]
    Query(#[from] QueryError),
    /// The server could not be asked.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// The run failed.
    #[error(transparent)]
    Extract(#[from] ExtractError),
    /// What came could not be made into the table asked for.
    #[error(transparent)]
    Frame(#[from] FrameError),
    /// Times were to be converted, but the server's zone is not known.
    #[error("the times of events cannot be converted to UTC: {0}; leave them as the server shows them")]
    Zone(String),
    /// Times of creation and update are instants, which a clock in an unknown zone does not show.
    #[error("the server's times of creation and update cannot be converted to UTC: {0}; have its time zone set")]
    UnknownClock(String),
}

/// The engine carries out later steps, which ask in the terms of this crate.
impl From<TrackerError> for ExtractError {
    fn from(error: TrackerError) -> Self {
        match error {
            TrackerError::Http(error) => error.into(),
            TrackerError::Extract(error) => error,
            TrackerError::Frame(error) => error.into(),
            error => Self::Later(Box::new(error)),
        }
    }
}

/// What is missing from a question, or contradicts itself. Found before anything is sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum QueryError {
    /// No program.
    #[error("no program given: name the program to extract from")]
    NoProgram,
    /// Neither a program nor a tracked entity type.
    #[error("neither a program nor a tracked entity type given: name one of them")]
    NoProgramOrType,
    /// A program and a tracked entity type, which servers refuse.
    #[error("both a program and a tracked entity type given: name one of them only")]
    ProgramAndType,
    /// Single objects beside a program, a type or units.
    #[error("both single objects and a program, tracked entity type or organisation unit given: name one or the other")]
    ObjectsBesideScope,
    /// No unit.
    #[error("no organisation unit given: name at least one; all units below it count")]
    NoOrgUnit,
    /// The end is before the start.
    #[error("the first day {after} is after the last day {before}")]
    AfterBeforeBefore {
        /// The first day.
        after: NaiveDate,
        /// The last day.
        before: NaiveDate,
    },
    /// The end of the window of updates is before its start.
    #[error("updated_after {after} is later than updated_before {before}")]
    UpdatedWindow {
        /// The first moment, in UTC.
        after: String,
        /// The last moment, in UTC.
        before: String,
    },
    /// Pages of no rows.
    #[error("a page must hold at least one object")]
    PageSize,
    /// Units beside a mode that names them itself.
    #[error("{mode} means units of the account's own: name no organisation units, or another mode")]
    UnitsBesideMode {
        /// The mode.
        mode: &'static str,
    },
    /// Conditions on tracked entities whose owners are asked for.
    #[error(
        "program owners cannot be filtered: extract the tracked entities with the filter, and join them by tracked_entity_id"
    )]
    OwnersFiltered,
    /// A condition that cannot be tested.
    #[error("the filter on `{key}`: {problem}")]
    Filter {
        /// What it looks at.
        key: String,
        /// What is wrong with it.
        problem: String,
    },
    /// A uid, date or time that is none.
    #[error("{parameter}: {source}")]
    Malformed {
        /// The parameter's name.
        parameter: &'static str,
        /// What is wrong with it.
        source: ApiError,
    },
}
