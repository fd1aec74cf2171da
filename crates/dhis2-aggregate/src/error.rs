//! The errors of this crate.

use chrono::NaiveDate;
use dhis2_api::{ApiError, Uid};
use dhis2_extract::ExtractError;
use dhis2_http::HttpError;

/// Why data values could not be extracted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AggregateError {
    /// The question makes no sense; nothing was sent.
    #[error(transparent)]
    Query(#[from] QueryError),
    /// Individual records could not be counted.
    #[error(transparent)]
    Counts(#[from] crate::counts::CountsError),
    /// The server could not be asked.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// The run failed.
    #[error(transparent)]
    Extract(#[from] ExtractError),
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

pub(crate) fn list(ids: &[Uid]) -> String {
    ids.iter().map(Uid::as_str).collect::<Vec<_>>().join(", ")
}
