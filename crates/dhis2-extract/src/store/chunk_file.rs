//! A chunk on disk: its rows, as a Parquet file, and the keys of its objects.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use dhis2_frame::{FrameReader, FrameWriter, ROWS_AT_ONCE};
use polars::frame::DataFrame;
use polars::prelude::SchemaRef;
use serde::{Deserialize, Serialize};

use super::aside::Aside;
use super::key_file::{self, KeyReader, KeyWriter};
use super::{Job, Rows, SoFar};
use crate::error::ExtractError;
use crate::keys::Object;
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
    keys_xxh3: String,
}

fn keys_path(rows: &Path) -> PathBuf {
    rows.with_extension("keys")
}

impl ChunkFile {
    /// The same rows at their place, where the files there are those that were written.
    pub(crate) fn found_at(mut self, path: PathBuf) -> Option<Self> {
        let whole = dhis2_frame::sha256_of(&path).is_ok_and(|found| found == self.rows_sha256)
            && key_file::digest_of(&keys_path(&path)).is_ok_and(|found| found == self.keys_xxh3);
        self.path = path;
        whole.then_some(self)
    }

    /// The objects, in order, some at a time.
    pub(crate) fn objects(
        &self,
    ) -> Result<impl Iterator<Item = Result<Vec<Object>, ExtractError>> + use<>, ExtractError> {
        Ok(self.keys()?.map(|some| {
            let mut objects = some?;
            objects.retain(|object| !is_seen(object));
            Ok(objects)
        }))
    }

    /// The keys of objects at which it was looked, where that is noted, some at a time.
    pub(crate) fn seen(&self) -> Result<impl Iterator<Item = Result<Vec<u128>, ExtractError>> + use<>, ExtractError> {
        Ok(self.keys()?.map(|some| Ok(some?.into_iter().filter(is_seen).map(|object| object.key).collect())))
    }

    fn keys(&self) -> Result<KeyReader, ExtractError> {
        KeyReader::open(keys_path(&self.path))
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
    keys: KeyWriter,
    height: u64,
    objects: u64,
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
        open.keys.push(rows.objects.iter().copied())?;
        // An object that is not one of the rows: it only was there.
        open.keys.push(rows.seen.iter().map(|key| Object { key: *key, updated: 0, rows: 0 }))?;
        open.objects += rows.objects.len() as u64;
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
        let rows = FrameWriter::create_uncompressed(&path, &self.schema)?;
        let keys = KeyWriter::create(keys_path(&path))?;
        Ok(Open { path, rows, keys, height: 0, objects: 0 })
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
        Ok(ChunkFile {
            path: self.path,
            rows: rows.rows as u64,
            objects: self.objects,
            rows_sha256: rows.sha256,
            keys_xxh3: self.keys.finish()?,
        })
    }
}

/// Whether it stands among the keys only because it was looked at.
fn is_seen(object: &Object) -> bool {
    object.rows == 0
}
