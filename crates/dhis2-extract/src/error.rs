//! The error of the engine.

use dhis2_frame::FrameError;
use dhis2_http::HttpError;

/// Why an extract could not be made at all. A chunk that fails beside others that succeed is no error: it makes the
/// receipt `partial`.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExtractError {
    /// The server could not be asked, or refuses the account.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// An answer could not be read.
    #[error("the answer to {what} cannot be read: {source}")]
    Unreadable {
        /// The chunk.
        what: String,
        /// Why.
        source: FrameError,
    },
    /// Columns could not be put together.
    #[error(transparent)]
    Frame(#[from] FrameError),
    /// Nothing came at all.
    #[error("nothing could be extracted: {failed} of {failed} chunks failed; the first, {what}, because: {cause}")]
    NothingCame {
        /// How many chunks failed.
        failed: usize,
        /// The first of them.
        what: String,
        /// Why.
        cause: String,
    },
    /// The server's version is not supported.
    #[error(transparent)]
    Api(#[from] dhis2_api::ApiError),
    /// A worker of the runtime was lost.
    #[error("flattening stopped: {0}")]
    Worker(#[from] tokio::task::JoinError),
}
