//! Frames to files.

mod atomic;
mod csv;
mod fields;
mod format;
mod instant;
mod ndjson;
mod watched;
mod writer;

use std::io::Write;
use std::path::{Path, PathBuf};

use polars::prelude::DataFrame;

pub use format::Format;
pub use writer::{FrameWriter, ROWS_AT_ONCE};

use crate::FrameError;

/// A file that was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrittenFile {
    /// Where it is, as asked for.
    pub path: PathBuf,
    /// How many rows it holds.
    pub rows: usize,
    /// Its size in bytes.
    pub bytes: u64,
    /// The SHA-256 digest of its bytes, 64 hexadecimal digits.
    pub sha256: String,
}

/// Writes a frame to a file, replacing what stood there, whole or not at all.
///
/// The frame goes to a temporary file in the same folder, which takes the place of `path` once it is on disk. If
/// anything fails the temporary file is removed and what stood at `path` is untouched. Through a symbolic link the
/// file it points to is replaced; a file that is not writable is not replaced. An existing file keeps its
/// permissions, a new one gets those of the process's umask.
///
/// | format | how it is written |
/// |---|---|
/// | Parquet | compressed with zstd, [`ROWS_AT_ONCE`] rows a row group |
/// | Arrow IPC | file layout (Feather 2), uncompressed, text as `LargeUtf8` so that older readers know it |
/// | CSV | RFC 4180 with a header, UTF-8 without a mark, lines ended by LF; a null is nothing, an empty text is `""` |
/// | NDJSON | one object a line with every column in it; a null is `null` |
///
/// In CSV and NDJSON a date-time is `2024-01-15T09:15:30.250Z`, always with milliseconds, without the `Z` when the
/// column has no time zone, and a date is `2024-01-15`; a list of texts is a JSON array (in CSV, the array's text in one field). A real number
/// that is not finite is `NaN`, `inf` or `-inf` in CSV and `null` in NDJSON, as JSON has no such numbers. In the CSV
/// of a frame with a single column a null is `""` too: as nothing, it would be an empty line, which readers skip.
///
/// # Errors
///
/// [`FrameError::Io`] when the folder is missing or the file cannot be written, [`FrameError::UnsupportedColumn`]
/// for a column type with no text form in CSV or NDJSON, [`FrameError::Polars`] when Polars fails.
///
/// ```
/// use dhis2_frame::{Format, StringColumn, write_frame};
/// use polars::prelude::DataFrame;
///
/// let mut name = StringColumn::default();
/// name.push("Clinic \"A\", Bo");
/// name.push_null();
/// let mut code = StringColumn::default();
/// code.push("");
/// code.push("OU_2");
/// let frame = DataFrame::new(2, vec![name.finish("name"), code.finish("code")])?;
///
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("units.csv");
/// let written = write_frame(&frame, &path, Format::from_path(&path)?)?;
/// assert_eq!((written.rows, written.bytes), (2, 38));
/// assert_eq!(std::fs::read_to_string(&path)?, "name,code\n\"Clinic \"\"A\"\", Bo\",\"\"\n,OU_2\n");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn write_frame(frame: &DataFrame, path: &Path, format: Format) -> Result<WrittenFile, FrameError> {
    let mut writer = FrameWriter::create(path, format, frame.schema())?;
    writer.push(frame)?;
    writer.finish()
}

/// Writes a frame as CSV, in the form of [`write_frame`], to something that is no file: a pipe, a buffer.
///
/// # Errors
///
/// [`FrameError::Io`] when `out` takes no more, [`FrameError::UnsupportedColumn`] for a column type with no text form.
pub fn write_csv(frame: &DataFrame, mut out: impl Write) -> Result<(), FrameError> {
    let rows = fields::Rows::of(frame, Format::Csv)?;
    let written = csv::header(frame.schema(), &mut out).and_then(|()| csv::rows(rows, &mut out));
    written.map_err(|e| FrameError::io(Path::new("the output"), e))
}

/// Writes a frame as newline-delimited JSON, as [`write_frame`] does, to anything that takes bytes.
///
/// # Errors
///
/// As of [`write_csv`].
///
/// ```
/// use dhis2_frame::{StringColumn, write_ndjson};
/// use polars::prelude::DataFrame;
///
/// let mut value = StringColumn::default();
/// value.push("7");
/// let mut out = Vec::new();
/// write_ndjson(&DataFrame::new(1, vec![value.finish("value")])?, &mut out)?;
/// assert_eq!(out, b"{\"value\":\"7\"}\n");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn write_ndjson(frame: &DataFrame, mut out: impl Write) -> Result<(), FrameError> {
    let rows = fields::Rows::of(frame, Format::NdJson)?;
    ndjson::rows(rows, &mut out).map_err(|e| FrameError::io(Path::new("the output"), e))
}

/// Writes a text to a file, replacing what stood there, whole or not at all, as [`write_frame`] does.
///
/// # Errors
///
/// [`FrameError::Io`] when the folder is missing or the file cannot be written.
pub fn write_text(text: &str, path: &Path) -> Result<(), FrameError> {
    atomic::replace(path, |file| file.write_all(text.as_bytes()))
}
