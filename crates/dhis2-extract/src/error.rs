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
    /// A worker of the runtime was lost.
    #[error("flattening stopped: {0}")]
    Worker(#[from] tokio::task::JoinError),
}
