//! The error of the engine.

use std::io;
use std::path::PathBuf;

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
    /// Columns could not be put together, or a file not be written.
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
    /// Rows could not be refined on their way.
    #[error("the rows that came could not be refined: {0}")]
    Refine(Box<dyn std::error::Error + Send + Sync>),
    /// A worker of the runtime was lost.
    #[error("flattening stopped: {0}")]
    Worker(#[from] tokio::task::JoinError),
    /// The plan has no such chunks.
    #[error("there is no chunk {asked} in the plan: it has {chunks}")]
    NoSuchChunk {
        /// The chunk asked for, from 1.
        asked: usize,
        /// How many there are.
        chunks: usize,
    },
    /// Later steps need all chunks.
    #[error(
        "{extract} cannot be extracted in parts: what is asked for later depends on all answers; run the plan whole"
    )]
    NotInParts {
        /// The extract.
        extract: &'static str,
    },
    /// A run failed whose rows are protected: without the ids of persons that the error named.
    #[error("{0}")]
    Protected(String),
    /// Rows that are protected when all are there cannot be had before.
    #[error(
        "{extract} asks for what depends on its answers, and is protected when all are there: it cannot be a step of another run"
    )]
    ProtectedWhole {
        /// The extract.
        extract: &'static str,
    },
    /// A later step could not be made.
    #[error("{0}")]
    Later(Box<dyn std::error::Error + Send + Sync>),
    /// The folder of a job cannot be used.
    #[error("the folder {} of the unfinished job cannot be used: {source}", folder.display())]
    JobFolder {
        /// The folder.
        folder: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// Another process works on the job.
    #[error("another process is working on the job in {}; wait for it, or name another file or folder", folder.display())]
    JobTaken {
        /// The folder.
        folder: PathBuf,
    },
    /// The folder holds rows of another question, account or server, which must not be mixed with these.
    #[error(
        "{} holds an unfinished job that does not fit: {what} was {was} and is now {is}; ask as before to go on with it, or \
         begin afresh",
        folder.display()
    )]
    OtherJob {
        /// The folder.
        folder: PathBuf,
        /// In what the two differ.
        what: &'static str,
        /// How it was.
        was: String,
        /// How it is.
        is: String,
    },
    /// Files of a job are not as they were written.
    #[error("the folder of the unfinished job is damaged: {problem}; remove it and begin afresh")]
    DamagedJob {
        /// What is wrong.
        problem: &'static str,
    },
    /// Parts of different jobs cannot be joined.
    #[error("{} is a part of another job than {}: {what} differs", second.display(), first.display())]
    OtherPart {
        /// The folder of the first part.
        first: PathBuf,
        /// The folder that does not belong to it.
        second: PathBuf,
        /// In what they differ.
        what: &'static str,
    },
    /// There is nothing to join.
    #[error("no part was given to join")]
    NoParts,
}
