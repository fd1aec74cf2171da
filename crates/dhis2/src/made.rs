//! Where what is made of fetched rows goes: into memory, or into a file.

use std::path::Path;

use dhis2_extract::Receipt;
use dhis2_extract::receipt::FileReceipt;
use dhis2_frame::{Format, FrameError, FrameWriter, merge_small_chunks};
use polars::frame::DataFrame;

use crate::Error;

pub(crate) enum Sink {
    Frame(DataFrame),
    File { file: Box<FrameWriter>, columns: DataFrame },
}

impl Sink {
    /// Of rows with these columns, into a file by way of the folder of a job, or into memory.
    pub(crate) fn begin(to: Option<(&Path, &Path)>, columns: DataFrame) -> Result<Self, Error> {
        let Some((path, folder)) = to else { return Ok(Self::Frame(columns)) };
        let format = Format::from_path(path)?;
        let file = FrameWriter::create_by_way_of(Some(folder), path, format, columns.schema())?;
        Ok(Self::File { file: Box::new(file), columns })
    }

    pub(crate) fn push(&mut self, rows: DataFrame) -> Result<(), Error> {
        match self {
            Self::Frame(all) => {
                all.vstack_mut_owned(rows).map_err(FrameError::from)?;
            }
            Self::File { file, .. } => file.push(&rows)?,
        }
        Ok(())
    }

    /// Completes what was made and notes it in the receipt. The rows where they are in memory, else the columns.
    pub(crate) fn finish(self, receipt: &mut Receipt) -> Result<DataFrame, Error> {
        match self {
            Self::Frame(mut all) => {
                merge_small_chunks(&mut all);
                receipt.rows = all.height() as u64;
                Ok(all)
            }
            Self::File { file, columns } => {
                let written = file.finish()?;
                receipt.rows = written.rows as u64;
                receipt.files.push(FileReceipt::of(&written));
                Ok(columns)
            }
        }
    }
}
