//! Why there is no page.

use std::path::PathBuf;

use dhis2_frame::FrameError;

/// Why no page could be made of a file or folder. No message repeats a value of a row.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReportError {
    /// A file could not be read, or the page not be written.
    #[error(transparent)]
    Frame(#[from] FrameError),

    /// A folder, or something in it, could not be looked at.
    #[error("cannot look into {}: {source}", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },

    /// A file has the columns of nothing that is extracted.
    #[error(
        "{} is no extract: it has neither the columns of data values nor of events, tracked entities, enrollments or relationships \
         (a list of metadata belongs into the folder that --metadata names)",
        path.display()
    )]
    NoExtract {
        /// The file.
        path: PathBuf,
    },

    /// A folder holds no file of an extract.
    #[error("the folder {} holds no file of an extract (.parquet, .csv, .arrow or .ndjson)", path.display())]
    EmptyFolder {
        /// The folder.
        path: PathBuf,
    },

    /// A file that should be a receipt is none.
    #[error("{} is no receipt of an extract: {problem}", path.display())]
    Receipt {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
}
