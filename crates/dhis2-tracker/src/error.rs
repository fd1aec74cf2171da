//! The errors of this crate.

use chrono::NaiveDate;
use dhis2_api::ApiError;
use dhis2_extract::ExtractError;
use dhis2_http::HttpError;

/// Why events could not be extracted.
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
    /// Times were to be converted, but the server's zone is not known.
    #[error("the times of events cannot be converted to UTC: {0}; leave them as the server shows them")]
    Zone(String),
}

/// What is missing from a question, or contradicts itself. Found before anything is sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum QueryError {
    /// No program.
    #[error("no program given: name the program whose events to extract")]
    NoProgram,
    /// No unit.
    #[error("no organisation unit given: name at least one; the events of all units below it count")]
    NoOrgUnit,
    /// The end is before the start.
    #[error("the first day {after} is after the last day {before}")]
    AfterBeforeBefore {
        /// The first day.
        after: NaiveDate,
        /// The last day.
        before: NaiveDate,
    },
    /// Pages of no rows.
    #[error("a page must hold at least one event")]
    PageSize,
    /// A uid or date that is none.
    #[error("{parameter}: {source}")]
    Malformed {
        /// The parameter's name.
        parameter: &'static str,
        /// What is wrong with it.
        source: ApiError,
    },
}
