//! Where rows wait until the result is put together: in memory, or in the folder of a job.

mod aside;
mod chunk_file;
mod job;
mod journal;
mod key_file;

use polars::frame::DataFrame;
use serde::{Deserialize, Serialize};

pub(crate) use chunk_file::{ChunkFile, ChunkWriter};
pub use job::Job;
pub(crate) use job::{Existing, JobHead, Split};

use crate::duplicates::Lost;
use crate::error::ExtractError;
use crate::keys::Object;
use crate::source::More;

/// The rows of one answer, and what objects they are.
#[derive(Debug, Clone)]
pub(crate) struct Rows {
    pub(crate) frame: DataFrame,
    pub(crate) objects: Vec<Object>,
    /// The keys of objects at which it was looked, where that is noted.
    pub(crate) seen: Vec<u128>,
}

/// How far a walk over a chunk has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SoFar {
    /// Pages read.
    pub(crate) pages: u32,
    /// Objects received.
    pub(crate) received: u64,
    /// Objects that the server counted.
    pub(crate) counted: Option<u64>,
    /// What the first page said of the others.
    pub(crate) more: More,
}

impl SoFar {
    /// How much of the chunk that is, by the objects that the server counts, else by its pages; 0 where it counts nothing.
    // So many objects that a double would not count them are in no answer.
    #[allow(clippy::cast_precision_loss)]
    pub(crate) fn part(&self) -> f64 {
        match (self.counted, self.more) {
            (Some(counted), _) if counted > 0 => (self.received as f64 / counted as f64).min(1.0),
            (_, More::Count(pages)) if pages > 0 => (f64::from(self.pages) / f64::from(pages)).min(1.0),
            _ => 0.0,
        }
    }
}

/// Takes the answers of a chunk in their order.
#[derive(Debug)]
pub(crate) enum Sink {
    Memory(Vec<Rows>),
    File(Box<ChunkWriter>),
}

impl Sink {
    /// How far an earlier run came with this chunk.
    pub(crate) fn so_far(&self) -> Option<SoFar> {
        match self {
            Self::Memory(_) => None,
            Self::File(file) => file.so_far(),
        }
    }

    /// Takes the rows of a page, with which the walk has come so far.
    pub(crate) fn push(&mut self, rows: Rows, so_far: SoFar) -> Result<(), ExtractError> {
        match self {
            Self::Memory(all) => all.push(rows),
            Self::File(file) => file.push(&rows, so_far)?,
        }
        Ok(())
    }

    /// Forgets what was not put away for good: all of what knows no pages.
    pub(crate) fn forget(&mut self) {
        match self {
            Self::Memory(all) => all.clear(),
            Self::File(file) => file.forget(),
        }
    }

    pub(crate) fn finish(self) -> Result<Stored, ExtractError> {
        Ok(match self {
            Self::Memory(all) => Stored::Memory(all),
            Self::File(file) => Stored::Files(file.finish()?),
        })
    }
}

/// The rows of a chunk that is whole.
#[derive(Debug, Clone)]
pub(crate) enum Stored {
    Memory(Vec<Rows>),
    Files(Vec<ChunkFile>),
}

impl Stored {
    pub(crate) fn rows(&self) -> u64 {
        match self {
            Self::Memory(all) => all.iter().map(|rows| rows.frame.height() as u64).sum(),
            Self::Files(files) => files.iter().map(|file| file.rows).sum(),
        }
    }

    /// How many objects.
    pub(crate) fn objects(&self) -> u64 {
        match self {
            Self::Memory(all) => all.iter().map(|rows| rows.objects.len() as u64).sum(),
            Self::Files(files) => files.iter().map(|file| file.objects).sum(),
        }
    }

    /// Shows every object, in order, some at a time.
    pub(crate) fn each(&self, see: &mut dyn FnMut(&[Object])) -> Result<(), ExtractError> {
        match self {
            Self::Memory(all) => all.iter().for_each(|rows| see(&rows.objects)),
            Self::Files(files) => {
                for file in files {
                    for objects in file.objects()? {
                        see(&objects?);
                    }
                }
            }
        }
        Ok(())
    }

    /// Shows the key of every object at which it was looked, where that is noted.
    pub(crate) fn each_seen(&self, see: &mut dyn FnMut(u128)) -> Result<(), ExtractError> {
        match self {
            Self::Memory(all) => all.iter().flat_map(|rows| &rows.seen).for_each(|key| see(*key)),
            Self::Files(files) => {
                for file in files {
                    for keys in file.seen()? {
                        keys?.into_iter().for_each(&mut *see);
                    }
                }
            }
        }
        Ok(())
    }

    /// Gives the rows in order, without those of lost objects. (Frames share their columns: giving them copies nothing.)
    pub(crate) fn frames<E: From<ExtractError>>(
        &self,
        lost: &Lost,
        take: &mut dyn FnMut(DataFrame) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut cutter = lost.cutter();
        match self {
            Self::Memory(all) => {
                for rows in all {
                    let mut objects = rows.objects.iter().copied().map(Ok::<_, ExtractError>);
                    take(cutter.cut(rows.frame.clone(), &mut objects)?)?;
                }
            }
            Self::Files(files) if lost.count() == 0 => {
                for file in files {
                    for frame in file.frames()? {
                        take(frame.map_err(ExtractError::from)?)?;
                    }
                }
            }
            Self::Files(files) => {
                for file in files {
                    let mut objects = file.objects()?.flat_map(|some| match some {
                        Ok(objects) => objects.into_iter().map(Ok).collect(),
                        Err(error) => vec![Err(error)],
                    });
                    for frame in file.frames()? {
                        take(cutter.cut(frame.map_err(ExtractError::from)?, &mut objects)?)?;
                    }
                }
            }
        }
        Ok(())
    }
}
