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
    /// Individual records could not be counted.
    #[error(transparent)]
    Counts(#[from] crate::counts::CountsError),
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
    /// Of something that a question names nothing exists, or the account may see nothing of it.
    #[error("none of the {what} asked for exists or can be seen by this account: {asked}")]
    NothingLeft {
        /// The kind of object.
        what: &'static str,
        /// What was asked for.
        asked: String,
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
    /// A moment and a duration of last update together.
    #[error("when values were last updated is given twice: give a moment, or how long ago")]
    LastUpdatedTwice,
    /// A text that is no duration.
    #[error("`{text}` is not a duration: expected a whole number and `d`, `h`, `m` or `s`, such as `3d`")]
    Duration {
        /// The text as given.
        text: String,
    },
    /// Deleted values in columns that do not tell them from others.
    #[error(
        "deleted values cannot be told from others in plain columns: ask for rich ones, or leave deleted values out"
    )]
    DeletedUnmarked,
    /// Neither data elements nor indicators nor groups of them.
    #[error("nothing to extract: name at least one data element, data element group, indicator or indicator group")]
    NoData,
    /// Data elements and indicators together.
    #[error("data elements and indicators have different columns: ask for them one after the other")]
    ElementsAndIndicators,
    /// Category option combos of indicators.
    #[error("indicators have no category option combos: leave out the combos, or ask for data elements")]
    CombosOfIndicators,
    /// No periods.
    #[error("no period given: name at least one period, such as `202401`")]
    NoAnalyticsPeriod,
    /// A period that depends on the day of asking.
    #[error(
        "`{text}` is a relative period, which means something else every day; name the periods themselves, such as `202401`"
    )]
    RelativePeriod {
        /// The text as given.
        text: String,
    },
    /// Neither unit nor group nor level.
    #[error("no organisation unit given: name at least one organisation unit, organisation unit group or level")]
    NowhereToLook,
    /// A level that is none.
    #[error("there is no organisation unit level {level}: levels count from 1, the root")]
    Level {
        /// The level as given.
        level: u32,
    },
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
    /// A JSON file that is something else.
    #[error("the file is JSON without `dataValues`: no export of data values, and there is nothing to import")]
    NoExport,
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
    /// The report to go on from is of a dry run.
    #[error(
        "the report to resume is of a dry run, which stored nothing: there is nothing to go on from, import without it"
    )]
    DryReport,
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
