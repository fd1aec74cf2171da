//! What can go wrong between an answer's bytes and a file.

use std::path::{Path, PathBuf};

use polars::prelude::{DataType, PolarsError};

use crate::write::Format;

/// Why bytes did not become a frame, or a frame not a file.
///
/// No message repeats a value found in an answer or a frame: places, column names and kinds only.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FrameError {
    /// An answer that should be text is not UTF-8.
    #[error("the answer is not valid UTF-8 at byte {offset}")]
    BadUtf8 {
        /// Offset of the first byte that is not part of a character, from 0.
        offset: usize,
    },

    /// An answer is not JSON, or not the JSON that was expected.
    #[error("the JSON is not as expected at byte {offset}{}: {message}", at_path(path))]
    Json {
        /// Offset of the byte at which reading stopped, from 0.
        offset: usize,
        /// Place in the document, such as `events[3].dataValues[0].value`; empty at the top or when unknown.
        path: String,
        /// What was wrong, without any value from the document.
        message: String,
    },

    /// A time-stamp is in none of the layouts DHIS2 writes.
    #[error("row {row} of column `{column}` holds a time-stamp in no known layout")]
    BadTimestamp {
        /// The column it was meant for.
        column: &'static str,
        /// The row within the answer that was being read, from 0.
        row: usize,
    },

    /// A frame does not have the columns its schema asks for.
    #[error("the frame `{frame}` is not as its schema says: {message}")]
    Schema {
        /// The schema's name.
        frame: &'static str,
        /// The first difference.
        message: String,
    },

    /// So many events of a stage in one enrollment that they cannot stand side by side.
    #[error(
        "an enrollment has {events} events of the stage {stage_id}, and at most {limit} can stand side by side; leave the stage \
         out, or make one row of each event"
    )]
    TooWide {
        /// Uid of the stage.
        stage_id: String,
        /// How many events there are.
        events: usize,
        /// How many there may be.
        limit: usize,
    },

    /// A file name whose extension stands for no format. Holds the extension without the dot; empty if there is none.
    #[error("no file format is known for {}; use one of {}", extension_text(.0), Format::EXTENSIONS)]
    UnknownFormat(String),

    /// A column's type has no text form in the format asked for.
    #[error("column `{column}` has type {dtype}, which cannot be written as {format}")]
    UnsupportedColumn {
        /// The column's name.
        column: String,
        /// Its Polars type.
        dtype: DataType,
        /// The format it was to be written in.
        format: Format,
    },

    /// A file could not be written. What stood at `path` before is untouched.
    #[error("cannot write {}: {source}", path.display())]
    Io {
        /// The file that was to be written.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },

    /// A file could not be opened or read.
    #[error("cannot read {}: {source}", path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },

    /// A file is not what its name says. (What is wrong with it is not said: that may repeat what stands in it.)
    #[error("{} is no {format} file, or is damaged", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The format it should have.
        format: Format,
    },

    /// Polars refused to build or write a frame.
    #[error(transparent)]
    Polars(#[from] PolarsError),
}

impl FrameError {
    pub(crate) fn open(path: &Path, source: std::io::Error) -> Self {
        Self::Open { path: path.to_owned(), source }
    }

    pub(crate) fn io(path: &Path, source: std::io::Error) -> Self {
        Self::Io { path: path.to_owned(), source }
    }
}

fn at_path(path: &str) -> String {
    if path.is_empty() { String::new() } else { format!(", in {path}") }
}

fn extension_text(extension: &str) -> String {
    if extension.is_empty() { "a file name without an extension".to_owned() } else { format!("`.{extension}`") }
}
