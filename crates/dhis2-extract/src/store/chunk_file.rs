//! A chunk on disk: its rows, and the keys of its objects, as Parquet files.

use std::path::{Path, PathBuf};

use dhis2_frame::{Format, FrameReader, FrameWriter, Int64Column, ROWS_AT_ONCE};
use polars::frame::DataFrame;
use polars::prelude::Schema;
use serde::{Deserialize, Serialize};

use super::Rows;
use crate::error::ExtractError;
use crate::keys::{Object, lower};

/// A chunk whose rows are on disk, whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ChunkFile {
    /// The file of the rows; that of the keys stands beside it.
    #[serde(skip)]
    path: PathBuf,
    pub(crate) rows: u64,
    rows_sha256: String,
    keys_sha256: String,
}

fn keys_path(rows: &Path) -> PathBuf {
    rows.with_extension("keys.parquet")
}

impl ChunkFile {
    /// The same chunk at its place, where the files there are those that were written.
    pub(crate) fn found_at(mut self, path: PathBuf) -> Option<Self> {
        let same = |path: &Path, sha256: &str| dhis2_frame::sha256_of(path).is_ok_and(|found| found == sha256);
        let whole = same(&path, &self.rows_sha256) && same(&keys_path(&path), &self.keys_sha256);
        self.path = path;
        whole.then_some(self)
    }

    /// The objects, in order.
    pub(crate) fn objects(&self) -> Result<impl Iterator<Item = Result<Object, ExtractError>> + use<>, ExtractError> {
        let keys = FrameReader::open(&keys_path(&self.path), ROWS_AT_ONCE)?;
        Ok(keys.flat_map(|frame| match frame.map_err(ExtractError::from).and_then(|frame| read(&frame)) {
            Ok(objects) => objects.into_iter().map(Ok).collect::<Vec<_>>(),
            Err(error) => vec![Err(error)],
        }))
    }

    /// A frame with its columns.
    pub(crate) fn columns(&self) -> Result<DataFrame, ExtractError> {
        Ok(self.frames()?.columns()?)
    }

    /// The rows, in order.
    pub(crate) fn frames(&self) -> Result<FrameReader, ExtractError> {
        Ok(FrameReader::open(&self.path, ROWS_AT_ONCE)?)
    }
}

/// A chunk on its way to disk. Dropped before its end it leaves no trace.
#[derive(Debug)]
pub(crate) struct ChunkWriter {
    path: PathBuf,
    rows: FrameWriter,
    keys: FrameWriter,
}

impl ChunkWriter {
    pub(crate) fn create(path: PathBuf, schema: &Schema) -> Result<Self, ExtractError> {
        let rows = FrameWriter::create(&path, Format::Parquet, schema)?;
        let keys = FrameWriter::create(&keys_path(&path), Format::Parquet, write(&[])?.schema())?;
        Ok(Self { path, rows, keys })
    }

    pub(crate) fn push(&mut self, rows: &Rows) -> Result<(), ExtractError> {
        self.rows.push(&rows.frame)?;
        Ok(self.keys.push(&write(&rows.objects)?)?)
    }

    pub(crate) fn finish(self) -> Result<ChunkFile, ExtractError> {
        let rows = self.rows.finish()?;
        let keys = self.keys.finish()?;
        let (rows_sha256, keys_sha256) = (rows.sha256, keys.sha256);
        Ok(ChunkFile { path: self.path, rows: rows.rows as u64, rows_sha256, keys_sha256 })
    }
}

/// The bits of a number as Parquet has it.
fn signed(bits: u64) -> i64 {
    i64::from_le_bytes(bits.to_le_bytes())
}

fn write(objects: &[Object]) -> Result<DataFrame, ExtractError> {
    let mut columns: [Int64Column; 4] = Default::default();
    for object in objects {
        let numbers =
            [signed((object.key >> 64) as u64), signed(lower(object.key)), object.updated, object.rows.into()];
        columns.iter_mut().zip(numbers).for_each(|(column, number)| column.push(number));
    }
    let named = columns.into_iter().zip(COLUMNS).map(|(column, name)| column.finish(name)).collect();
    Ok(DataFrame::new(objects.len(), named).map_err(dhis2_frame::FrameError::from)?)
}

const COLUMNS: [&str; 4] = ["key_upper", "key_lower", "updated", "rows"];

fn read(frame: &DataFrame) -> Result<Vec<Object>, ExtractError> {
    let damaged = || ExtractError::DamagedJob { problem: "a list of keys is not as it was written" };
    let columns = COLUMNS.map(|name| frame.column(name).and_then(|column| column.i64()).map_err(|_| damaged()));
    let [upper, lower, updated, rows] = columns;
    let (upper, lower, updated, rows) = (upper?, lower?, updated?, rows?);
    let unsigned = |number: i64| u128::from(u64::from_le_bytes(number.to_le_bytes()));
    (0..frame.height())
        .map(|row| {
            let [upper, lower, updated, rows] = [upper, lower, updated, rows].map(|column| column.get(row));
            Some(Object {
                key: unsigned(upper?) << 64 | unsigned(lower?),
                updated: updated?,
                rows: u32::try_from(rows?).ok()?,
            })
        })
        .collect::<Option<Vec<_>>>()
        .ok_or_else(damaged)
}
