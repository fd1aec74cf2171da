//! The error of this crate.

use crate::period::PeriodError;

/// What can be wrong with a text that should be an identifier, a version, a date or a period.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ApiError {
    /// The text is no DHIS2 uid.
    #[error("`{text}` is not a DHIS2 uid: a uid is a letter followed by ten letters or digits, such as `KdK92fYEfTw`")]
    Uid {
        /// The text as given.
        text: String,
    },
    /// The text is no version of DHIS2.
    #[error("`{text}` is not a DHIS2 version: expected something like `2.41.3`, `2.43.0.1` or `2.44-SNAPSHOT`")]
    Version {
        /// The text as given.
        text: String,
    },
    /// The server is older than what this project speaks.
    #[error(
        "DHIS2 {version} is not supported: the oldest version supported is 2.38; upgrade the server, or use its own export"
    )]
    TooOld {
        /// The server's version.
        version: String,
    },
    /// The text is no date.
    #[error("`{text}` is not a date: expected `YYYY-MM-DD`, such as `2024-01-31`")]
    Date {
        /// The text as given.
        text: String,
    },
    /// The text is no moment in time.
    #[error(
        "`{text}` is not a moment in time: expected `YYYY-MM-DD` or `YYYY-MM-DDTHH:MM[:SS[.sss]]` with an optional offset \
         such as `Z` or `+02:00` (without one it is read as UTC)"
    )]
    Instant {
        /// The text as given.
        text: String,
    },
    /// The time zone is not in the IANA database.
    #[error("the server's time zone `{text}` is not in the IANA time zone database")]
    TimeZone {
        /// The zone's name as the server gave it.
        text: String,
    },
    /// The text is no period.
    #[error(transparent)]
    Period(#[from] PeriodError),
}
