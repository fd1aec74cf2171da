//! Where rows wait until the result is put together: in memory, or in the folder of a job.

mod chunk_file;
mod job;
mod journal;

use dhis2_frame::FrameError;
use polars::frame::DataFrame;

pub(crate) use chunk_file::{ChunkFile, ChunkWriter};
pub use job::Job;
pub(crate) use job::{Existing, JobHead};

use crate::duplicates::Lost;
use crate::error::ExtractError;
use crate::keys::Object;

/// The rows of one answer, and what objects they are.
#[derive(Debug)]
pub(crate) struct Rows {
    pub(crate) frame: DataFrame,
    pub(crate) objects: Vec<Object>,
}

/// Takes the answers of a chunk in their order.
#[derive(Debug)]
pub(crate) enum Sink {
    Memory(Vec<Rows>),
    File(Box<ChunkWriter>),
}

impl Sink {
    pub(crate) fn push(&mut self, rows: Rows) -> Result<(), ExtractError> {
        match self {
            Self::Memory(all) => all.push(rows),
            Self::File(file) => file.push(&rows)?,
        }
        Ok(())
    }

    pub(crate) fn finish(self) -> Result<Stored, ExtractError> {
        Ok(match self {
            Self::Memory(all) => Stored::Memory(all),
            Self::File(file) => Stored::File(file.finish()?),
        })
    }
}

/// The rows of a chunk that is whole.
#[derive(Debug)]
pub(crate) enum Stored {
    Memory(Vec<Rows>),
    File(ChunkFile),
}

impl Stored {
    pub(crate) fn rows(&self) -> u64 {
        match self {
            Self::Memory(all) => all.iter().map(|rows| rows.frame.height() as u64).sum(),
            Self::File(file) => file.rows,
        }
    }

    /// Shows every object, in order.
    pub(crate) fn each(&self, see: &mut dyn FnMut(&Object)) -> Result<(), ExtractError> {
        match self {
            Self::Memory(all) => all.iter().flat_map(|rows| &rows.objects).for_each(see),
            Self::File(file) => {
                for object in file.objects()? {
                    see(&object?);
                }
            }
        }
        Ok(())
    }

    /// Gives the rows in order, without those of lost objects. (Frames share their columns: giving them copies nothing.)
    pub(crate) fn frames(
        &self,
        lost: &Lost,
        take: &mut dyn FnMut(DataFrame) -> Result<(), FrameError>,
    ) -> Result<(), ExtractError> {
        let mut cutter = lost.cutter();
        match self {
            Self::Memory(all) => {
                for rows in all {
                    let mut objects = rows.objects.iter().copied().map(Ok::<_, ExtractError>);
                    take(cutter.cut(rows.frame.clone(), &mut objects)?)?;
                }
            }
            Self::File(file) if lost.count() == 0 => {
                for frame in file.frames()? {
                    take(frame?)?;
                }
            }
            Self::File(file) => {
                let mut objects = file.objects()?;
                for frame in file.frames()? {
                    take(cutter.cut(frame?, &mut objects)?)?;
                }
            }
        }
        Ok(())
    }
}
