//! Files to frames.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use polars::prelude::{CsvParseOptions, CsvReadOptions, DataFrame, IpcReader, ParquetReader, PolarsError, SerReader};

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
    // What Polars says of a file may repeat what stands in it.
    let unreadable = |_: PolarsError| FrameError::Unreadable { path: path.to_owned(), format };
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
