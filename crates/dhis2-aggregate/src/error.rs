//! The errors of this crate.

use chrono::NaiveDate;
use dhis2_api::{ApiError, Uid};
use dhis2_extract::ExtractError;
use dhis2_frame::FrameError;
use dhis2_http::HttpError;
use polars::prelude::{DataType, PolarsError};

/// Why data values could not be extracted or imported.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AggregateError {
    /// The rows to import are not such; nothing was sent.
    #[error(transparent)]
    Input(#[from] InputError),
    /// A report could not be put together.
    #[error(transparent)]
    Frame(#[from] FrameError),
    /// The question makes no sense; nothing was sent.
    #[error(transparent)]
    Query(#[from] QueryError),
    /// The server could not be asked.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// The run failed.
    #[error(transparent)]
    Extract(#[from] ExtractError),
    /// The server refuses one row to import after the other, and nothing it says tells which others are at fault.
    #[error(
        "the server refused {rows} rows on end, one by one, and named nothing that would tell which others are at fault (the \
         last time: {code}); the report has what it said"
    )]
    Hopeless {
        /// How many rows.
        rows: usize,
        /// The server's last code.
        code: String,
    },
    /// A DHIS2 2.38 cannot be asked by data element, and the elements are in no data set and no group that could be asked
    /// for instead.
    #[error(
        "this server (DHIS2 2.38) cannot be asked for single data elements, and none of those asked for is in a data set or \
         data element group that the account can see: {}; ask for a data set or a group",
        list(.elements)
    )]
    ElementsNowhere {
        /// The elements.
        elements: Vec<Uid>,
    },
    /// The groups asked for have no members, so that there is nothing to ask for.
    #[error("the organisation unit groups {} have no members that the account can see", list(.groups))]
    EmptyGroups {
        /// The groups.
        groups: Vec<Uid>,
    },
}

/// What is missing from a question, or contradicts itself. Found before anything is sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum QueryError {
    /// Neither data set nor data element nor group.
    #[error("nothing to extract: name at least one data set, data element or data element group")]
    NothingSelected,
    /// Neither periods nor dates nor a time of last update.
    #[error("no time given: name periods, or a start and an end date, or when values were last updated")]
    NoPeriod,
    /// Periods and dates together.
    #[error("periods and dates contradict each other: give periods, or a start and an end date")]
    PeriodsAndDates,
    /// A start without an end.
    #[error("a start date without an end date: give both")]
    StartWithoutEnd,
    /// An end without a start.
    #[error("an end date without a start date: give both")]
    EndWithoutStart,
    /// The end is before the start.
    #[error("the start date {start} is after the end date {end}")]
    StartAfterEnd {
        /// The first day.
        start: NaiveDate,
        /// The last day.
        end: NaiveDate,
    },
    /// Neither unit nor group.
    #[error("no organisation unit given: name at least one organisation unit or organisation unit group")]
    NoOrgUnit,
    /// Children of groups.
    #[error(
        "children cannot be included with organisation unit groups: a group names its units itself; leave out one of the two \
         (servers refuse it too, E2007)"
    )]
    ChildrenOfGroups,
    /// A uid, period, date or time that is none.
    #[error("{parameter}: {source}")]
    Malformed {
        /// The parameter's name.
        parameter: &'static str,
        /// What is wrong with it.
        source: ApiError,
    },
}

/// What is wrong with rows to import, as a whole. Found before anything is sent.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InputError {
    /// A column is not there.
    #[error("the rows to import have no column `{column}`; they need {}", crate::import::COLUMNS.join(", "))]
    MissingColumn {
        /// The column.
        column: &'static str,
    },
    /// A column is no text.
    #[error(
        "the column `{column}` of the rows to import has type {found}, expected String: everything in DHIS2 is text"
    )]
    ColumnType {
        /// The column.
        column: &'static str,
        /// Its type.
        found: DataType,
    },
    /// More rows than can be counted.
    #[error("{rows} rows are more than one import takes; cut them into several")]
    TooMany {
        /// The rows.
        rows: usize,
    },
    /// The report to go on from is of other rows.
    #[error("the report to resume is of other rows: {difference}; resume with the rows and mappings of the first run")]
    OtherRows {
        /// The first difference.
        difference: String,
    },
    /// A strategy that does not exist.
    #[error("`{text}` is no import strategy; use one of CREATE, UPDATE, CREATE_AND_UPDATE, DELETE")]
    Strategy {
        /// The text as given.
        text: String,
    },
    /// Polars could not read a column.
    #[error(transparent)]
    Polars(#[from] PolarsError),
}

pub(crate) fn list(ids: &[Uid]) -> String {
    ids.iter().map(Uid::as_str).collect::<Vec<_>>().join(", ")
}
