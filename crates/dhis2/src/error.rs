//! The error of the facade.

use dhis2_aggregate::AggregateError;
use dhis2_aggregate::counts::CountsError;
use dhis2_extract::ExtractError;
use dhis2_frame::FrameError;
use dhis2_http::HttpError;
use dhis2_metadata::MetadataError;
use dhis2_report::ReportError;
use dhis2_tracker::TrackerError;

use crate::privacy::PrivacyError;

/// Why there is no result.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Data values could not be extracted.
    #[error(transparent)]
    Aggregate(#[from] AggregateError),
    /// Tracker data could not be extracted.
    #[error(transparent)]
    Tracker(#[from] TrackerError),
    /// Metadata could not be read.
    #[error(transparent)]
    Metadata(Box<MetadataError>),
    /// A planned extract could not be run.
    #[error(transparent)]
    Extract(#[from] ExtractError),
    /// The server could not be asked.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// What is kept on this machine could not be used.
    #[cfg(feature = "local")]
    #[error(transparent)]
    Local(Box<crate::local::LocalError>),
    /// A file could not be written.
    #[error(transparent)]
    Frame(#[from] FrameError),
    /// Persons cannot be protected as was asked.
    #[error(transparent)]
    Privacy(#[from] PrivacyError),
    /// No page could be made of an extract.
    #[error(transparent)]
    Report(#[from] ReportError),
}

impl Error {
    /// Whether the question itself was wrong: no data were asked for.
    pub fn is_usage(&self) -> bool {
        match self {
            Self::Aggregate(AggregateError::Query(_) | AggregateError::Input(_))
            | Self::Tracker(TrackerError::Query(_))
            | Self::Privacy(_) => true,
            Self::Aggregate(AggregateError::Counts(error)) => {
                !matches!(error, CountsError::Frame(_) | CountsError::NoAttributes)
            }
            Self::Extract(error) => matches!(error, ExtractError::NoSuchChunk { .. } | ExtractError::NoParts),
            Self::Metadata(error) => matches!(
                **error,
                MetadataError::Filter(_)
                    | MetadataError::MaxLevel { .. }
                    | MetadataError::NotFound { .. }
                    | MetadataError::Ambiguous { .. }
                    | MetadataError::NothingToFind { .. }
            ),
            #[cfg(feature = "local")]
            Self::Local(error) => error.is_usage(),
            _ => false,
        }
    }
}

#[cfg(feature = "local")]
impl From<crate::local::LocalError> for Error {
    fn from(error: crate::local::LocalError) -> Self {
        Self::Local(Box::new(error))
    }
}

impl From<dhis2_aggregate::QueryError> for Error {
    fn from(error: dhis2_aggregate::QueryError) -> Self {
        Self::Aggregate(error.into())
    }
}

impl From<dhis2_tracker::QueryError> for Error {
    fn from(error: dhis2_tracker::QueryError) -> Self {
        Self::Tracker(error.into())
    }
}

impl From<MetadataError> for Error {
    fn from(error: MetadataError) -> Self {
        Self::Metadata(Box::new(error))
    }
}
