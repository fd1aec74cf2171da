//! A chunk on disk: its rows, and the keys of its objects, as Parquet files.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use dhis2_frame::{Format, FrameReader, FrameWriter, Int64Column, ROWS_AT_ONCE};
use polars::frame::DataFrame;
use polars::prelude::SchemaRef;
use serde::{Deserialize, Serialize};

use super::aside::Aside;
use super::{Job, Rows, SoFar};
use crate::error::ExtractError;
use crate::keys::{Object, lower};
use crate::source::More;

/// Rows of a chunk that are on disk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ChunkFile {
    /// The file of the rows; that of the keys stands beside it.
    #[serde(skip)]
    path: PathBuf,
    pub(crate) rows: u64,
    pub(crate) objects: u64,
    rows_sha256: String,
    keys_sha256: String,
}

fn keys_path(rows: &Path) -> PathBuf {
    rows.with_extension("keys.parquet")
}

impl ChunkFile {
    /// The same rows at their place, where the files there are those that were written.
    pub(crate) fn found_at(mut self, path: PathBuf) -> Option<Self> {
        let same = |path: &Path, sha256: &str| dhis2_frame::sha256_of(path).is_ok_and(|found| found == sha256);
        let whole = same(&path, &self.rows_sha256) && same(&keys_path(&path), &self.keys_sha256);
        self.path = path;
        whole.then_some(self)
    }

    /// The objects, in order.
    pub(crate) fn objects(&self) -> Result<impl Iterator<Item = Result<Object, ExtractError>> + use<>, ExtractError> {
        Ok(self.keys()?.filter(|object| !object.as_ref().is_ok_and(is_seen)))
    }

    /// The keys of objects at which it was looked, where that is noted.
    pub(crate) fn seen(&self) -> Result<impl Iterator<Item = Result<u128, ExtractError>> + use<>, ExtractError> {
        let seen = self.keys()?.filter(|object| object.as_ref().map_or(true, is_seen));
        Ok(seen.map(|object| object.map(|object| object.key)))
    }

    fn keys(&self) -> Result<impl Iterator<Item = Result<Object, ExtractError>> + use<>, ExtractError> {
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

/// A file is closed when it holds so many rows, or those left of so many objects: what was read for it need not be fetched again.
const ROWS_A_FILE: u64 = 1 << 16;

/// A chunk on its way to disk, in one file or several. The one that is not closed when this is dropped leaves no trace.
#[derive(Debug)]
pub(crate) struct ChunkWriter {
    place: Place,
    schema: SchemaRef,
    closed: Vec<ChunkFile>,
    so_far: Option<SoFar>,
    open: Option<Open>,
}

/// Where the rows of a chunk go.
#[derive(Debug)]
enum Place {
    /// To stay, and to be noted in the journal.
    Job { job: Arc<Job>, chunk: usize, id: String },
    /// To be looked at and forgotten.
    Aside { aside: Arc<Aside>, piece: usize },
}

#[derive(Debug)]
struct Open {
    path: PathBuf,
    rows: FrameWriter,
    keys: FrameWriter,
    height: u64,
    seen: u64,
}

impl ChunkWriter {
    /// Goes on behind what an earlier run has closed.
    pub(crate) fn new(job: &Arc<Job>, chunk: usize, id: &str, schema: &SchemaRef) -> Self {
        let (closed, so_far) = job.closed(chunk, id).unzip();
        Self {
            place: Place::Job { job: Arc::clone(job), chunk, id: id.to_owned() },
            schema: Arc::clone(schema),
            closed: closed.unwrap_or_default(),
            so_far,
            open: None,
        }
    }

    /// Of a piece whose rows are not to stay.
    pub(crate) fn aside(aside: &Arc<Aside>, piece: usize, schema: &SchemaRef) -> Self {
        Self {
            place: Place::Aside { aside: Arc::clone(aside), piece },
            schema: Arc::clone(schema),
            closed: Vec::new(),
            so_far: None,
            open: None,
        }
    }

    /// How far the files that are closed go.
    pub(crate) fn so_far(&self) -> Option<SoFar> {
        self.so_far
    }

    pub(crate) fn push(&mut self, rows: &Rows, so_far: SoFar) -> Result<(), ExtractError> {
        let mut open = self.open()?;
        open.rows.push(&rows.frame)?;
        open.keys.push(&write(&rows.objects)?)?;
        if !rows.seen.is_empty() {
            // An object that is not one of the rows: it only was there.
            let seen: Vec<_> = rows.seen.iter().map(|key| Object { key: *key, updated: 0, rows: 0 }).collect();
            open.keys.push(&write(&seen)?)?;
            open.seen += seen.len() as u64;
        }
        open.height += rows.frame.height() as u64;
        // What has no pages is whole or not there.
        let read = so_far.received - self.so_far.map_or(0, |before| before.received);
        let is_enough = open.height.max(read) >= ROWS_A_FILE && so_far.more != More::Unpaged;
        let (Place::Job { job, chunk, id }, true) = (&self.place, is_enough) else {
            self.open = Some(open);
            return Ok(());
        };
        let file = open.close()?;
        job.note_closed(*chunk, id, self.closed.len(), &file, so_far)?;
        self.closed.push(file);
        self.so_far = Some(so_far);
        Ok(())
    }

    /// Forgets what is in no closed file.
    pub(crate) fn forget(&mut self) {
        self.open = None;
    }

    /// The file that is open, or the next.
    fn open(&mut self) -> Result<Open, ExtractError> {
        if let Some(open) = self.open.take() {
            return Ok(open);
        }
        let path = match &self.place {
            Place::Job { job, chunk, id } => job.path(*chunk, id, self.closed.len()),
            Place::Aside { aside, piece } => aside.path(*piece),
        };
        let rows = FrameWriter::create(&path, Format::Parquet, &self.schema)?;
        let keys = FrameWriter::create(&keys_path(&path), Format::Parquet, write(&[])?.schema())?;
        Ok(Open { path, rows, keys, height: 0, seen: 0 })
    }

    pub(crate) fn finish(mut self) -> Result<Vec<ChunkFile>, ExtractError> {
        // A chunk without rows has a file too, which tells its columns.
        if self.open.is_some() || self.closed.is_empty() {
            let last = self.open()?.close()?;
            self.closed.push(last);
        }
        Ok(self.closed)
    }
}

impl Open {
    fn close(self) -> Result<ChunkFile, ExtractError> {
        let rows = self.rows.finish()?;
        let keys = self.keys.finish()?;
        Ok(ChunkFile {
            path: self.path,
            rows: rows.rows as u64,
            objects: keys.rows as u64 - self.seen,
            rows_sha256: rows.sha256,
            keys_sha256: keys.sha256,
        })
    }
}

/// Whether it stands among the keys only because it was looked at.
fn is_seen(object: &Object) -> bool {
    object.rows == 0
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
