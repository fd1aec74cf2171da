//! Rows to import from files.

use std::path::Path;

use dhis2_api::model::DataValueSet;
use dhis2_frame::{Format, FrameError, StringColumn, json_error, read_frame, text};
use polars::prelude::{BooleanChunked, Column, DataFrame, DataType, NewChunkedArray};
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::COLUMNS;
use super::held::cells;
use crate::error::{AggregateError, InputError};

/// The columns of DHIS2's own CSV export, in the order of ours.
const EXPORT_COLUMNS: [&str; 6] =
    ["dataelement", "period", "orgunit", "categoryoptioncombo", "attributeoptioncombo", "value"];

/// What a file of data values holds.
#[derive(Clone)]
pub struct DataValueFile {
    /// The rows, in the order of the file, in the six columns that [`import_data_values`](super::import_data_values) reads.
    pub rows: DataFrame,
    /// How many rows the file marks as deleted. They are no values and are not among the rows.
    pub deleted: usize,
}

impl std::fmt::Debug for DataValueFile {
    /// Without the rows: they hold values.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DataValueFile").field("rows", &self.rows.height()).field("deleted", &self.deleted).finish()
    }
}

/// Reads data values from a file, by its extension: Parquet, CSV, Arrow IPC and NDJSON with the columns of an extract, and
/// DHIS2's own exports, `.json` and `.csv` (`GET /api/dataValueSets`, 2.38 to 2.43).
///
/// # Errors
/// [`AggregateError::Frame`] where the file cannot be read or its extension stands for no format;
/// [`AggregateError::Input`] where a column is missing, or the JSON is no export of data values.
pub fn read_data_values(path: &Path) -> Result<DataValueFile, AggregateError> {
    if path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json")) {
        return export(&std::fs::read(path).map_err(|source| FrameError::Open { path: path.to_owned(), source })?);
    }
    let mut frame = read_frame(path, Format::from_path(path)?)?;
    // NDJSON of no rows names no columns.
    if frame.shape() == (0, 0) {
        return Ok(DataValueFile { rows: empty()?, deleted: 0 });
    }
    if frame.column(EXPORT_COLUMNS[0]).is_ok() {
        for (theirs, ours) in EXPORT_COLUMNS.into_iter().zip(names()) {
            if frame.column(theirs).is_ok() {
                frame.rename(theirs, ours.into()).map_err(FrameError::from)?;
            }
        }
    }
    let height = frame.height();
    // A column `deleted` says `true` of those rows, `false`, `null` or nothing of the others.
    if let Some(marks) = frame.column("deleted").ok().and_then(|marks| marks.str().ok()) {
        let kept = BooleanChunked::from_iter_values("kept".into(), marks.iter().map(|mark| mark != Some("true")));
        frame = frame.filter(&kept).map_err(FrameError::from)?;
    }
    for column in names() {
        if frame.column(column).is_err() {
            return Err(InputError::MissingColumn { column }.into());
        }
    }
    let deleted = height - frame.height();
    Ok(DataValueFile { rows: frame.select(names()).map_err(FrameError::from)?, deleted })
}

fn empty() -> Result<DataFrame, FrameError> {
    let columns = names().map(|name| Column::new_empty(name.into(), &DataType::String)).collect();
    Ok(DataFrame::new(0, columns)?)
}

fn names() -> impl Iterator<Item = &'static str> {
    COLUMNS.into_iter().chain(["value"])
}

/// What tells an export of data values from other JSON, such as an error that was stored in its place.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Envelope {
    data_values: Option<IgnoredAny>,
}

/// DHIS2's JSON export. Up to 2.42 its rows are complete; from 2.43 on they lack what they have in common.
fn export(body: &[u8]) -> Result<DataValueFile, AggregateError> {
    let body = text(body)?;
    let envelope: Envelope = serde_json::from_str(body).map_err(|error| json_error(body, &error))?;
    if envelope.data_values.is_none() {
        return Err(InputError::NoExport.into());
    }
    let mut set: DataValueSet = serde_json::from_str(body).map_err(|error| json_error(body, &error))?;
    set.fill_rows();
    let all = set.data_values.len();
    set.data_values.retain(|value| value.deleted != Some(true));
    let mut columns = [(); 6].map(|()| StringColumn::with_capacity(set.data_values.len()));
    for value in &set.data_values {
        for (column, cell) in columns.iter_mut().zip(cells(value)) {
            column.push_opt(cell);
        }
    }
    let columns = columns.into_iter().zip(names()).map(|(column, name)| column.finish(name)).collect();
    let rows = DataFrame::new(set.data_values.len(), columns).map_err(FrameError::from)?;
    Ok(DataValueFile { deleted: all - rows.height(), rows })
}

#[cfg(test)]
mod tests;
