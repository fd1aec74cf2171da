//! Files to frames.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufRead, BufReader, Read as _};
use std::path::{Path, PathBuf};

use polars::prelude::{CsvParseOptions, CsvReadOptions, DataFrame, IpcReader, ParquetReader, PolarsError, SerReader};
use sha2::{Digest, Sha256};

use crate::write::Format;
use crate::{Cell, FrameError, StringColumn, json_error};

/// Reads a file as [`write_frame`](crate::write_frame) writes it.
///
/// Parquet and Arrow IPC keep the types of their columns. In CSV and NDJSON every column is text: in CSV nothing between two
/// commas is a null, and `""` an empty text; in NDJSON numbers and truth values become their text, and what a line does not
/// name is null.
///
/// # Errors
///
/// [`FrameError::Open`] where the file cannot be opened, [`FrameError::Unreadable`] where it is not of the format,
/// [`FrameError::Json`] with the place in the line for NDJSON.
///
/// ```
/// use dhis2_frame::{Format, read_frame};
///
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("values.csv");
/// std::fs::write(&path, "period,value\n202401,007\n202402,\n202403,\"\"\n")?;
/// let frame = read_frame(&path, Format::from_path(&path)?)?;
/// let cells: Vec<_> = frame.column("value")?.str()?.iter().collect();
/// assert_eq!(cells, [Some("007"), None, Some("")]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn read_frame(path: &Path, format: Format) -> Result<DataFrame, FrameError> {
    let file = File::open(path).map_err(|error| FrameError::open(path, error))?;
    let unreadable = |_: PolarsError| unreadable(path, format);
    match format {
        Format::Parquet => ParquetReader::new(file).finish().map_err(unreadable),
        Format::ArrowIpc => IpcReader::new(file).finish().map_err(unreadable),
        Format::Csv => CsvReadOptions::default()
            .with_has_header(true)
            // No column is anything but text: `007` is no number.
            .with_infer_schema_length(Some(0))
            .with_parse_options(CsvParseOptions::default().with_missing_is_null(true))
            .into_reader_with_file_handle(file)
            .finish()
            .map_err(unreadable),
        Format::NdJson => ndjson(path, BufReader::new(file)),
    }
}

/// A Parquet file read in slices, so that all its rows need never be in memory at once.
#[derive(Debug)]
pub struct FrameReader {
    path: PathBuf,
    rows: usize,
    next: usize,
    at_once: usize,
}

impl FrameReader {
    /// Opens a Parquet file, to be read so many rows at a time; multiples of its row groups are read fastest.
    ///
    /// # Errors
    /// [`FrameError::Open`] where it cannot be opened, [`FrameError::Unreadable`] where it is no Parquet file.
    pub fn open(path: &Path, at_once: usize) -> Result<Self, FrameError> {
        let rows = parquet(path)?.num_rows().map_err(|_| unreadable(path, Format::Parquet))?;
        Ok(Self { path: path.to_owned(), rows, next: 0, at_once: at_once.max(1) })
    }

    /// A frame with the file's columns, and without a row.
    ///
    /// # Errors
    /// As of [`open`](Self::open).
    pub fn columns(&self) -> Result<DataFrame, FrameError> {
        slice(&self.path, 0, 0)
    }
}

impl Iterator for FrameReader {
    type Item = Result<DataFrame, FrameError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.next >= self.rows {
            return None;
        }
        let from = self.next;
        self.next += self.at_once;
        Some(slice(&self.path, from, self.at_once.min(self.rows - from)))
    }
}

fn slice(path: &Path, from: usize, rows: usize) -> Result<DataFrame, FrameError> {
    let reader = parquet(path)?.with_slice(Some((from, rows)));
    reader.finish().map_err(|_| unreadable(path, Format::Parquet))
}

/// The SHA-256 digest of a file, 64 hexadecimal digits, as [`WrittenFile`](crate::WrittenFile) has it.
///
/// # Errors
/// [`FrameError::Open`] where it cannot be read.
pub fn sha256_of(path: &Path) -> Result<String, FrameError> {
    let failed = |error| FrameError::open(path, error);
    let mut file = File::open(path).map_err(failed)?;
    let mut digest = Sha256::new();
    let mut piece = vec![0; 1 << 16];
    loop {
        let read = file.read(&mut piece).map_err(failed)?;
        if read == 0 {
            break;
        }
        digest.update(&piece[..read]);
    }
    Ok(hexadecimal(&digest.finalize()))
}

pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn parquet(path: &Path) -> Result<ParquetReader<File>, FrameError> {
    Ok(ParquetReader::new(File::open(path).map_err(|error| FrameError::open(path, error))?))
}

// What Polars says of a file may repeat what stands in it.
fn unreadable(path: &Path, format: Format) -> FrameError {
    FrameError::Unreadable { path: path.to_owned(), format }
}

fn ndjson(path: &Path, file: impl BufRead) -> Result<DataFrame, FrameError> {
    let mut columns: Vec<(String, StringColumn)> = Vec::new();
    let mut rows = 0;
    for line in file.lines() {
        let line = line.map_err(|error| FrameError::open(path, error))?;
        if line.trim().is_empty() {
            continue;
        }
        let mut cells: HashMap<String, Cell<'_>> =
            serde_json::from_str(&line).map_err(|error| json_error(&line, &error))?;
        for (name, column) in &mut columns {
            column.push_opt(cells.remove(name.as_str()).unwrap_or_default().text());
        }
        // What no line before had.
        for (name, cell) in cells {
            let mut column = StringColumn::default();
            (0..rows).for_each(|_| column.push_null());
            column.push_opt(cell.text());
            columns.push((name, column));
        }
        rows += 1;
    }
    Ok(DataFrame::new(rows, columns.into_iter().map(|(name, column)| column.finish(&name)).collect())?)
}
