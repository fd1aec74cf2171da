//! What a run fetched, put together: in memory, or in the folder of a job, to be looked through as often as is needed.

use std::sync::Arc;

use dhis2_frame::{FrameError, merge_small_chunks};
use polars::frame::DataFrame;

use crate::assemble::Assembly;
use crate::engine::Extraction;
use crate::error::ExtractError;
use crate::receipt::Receipt;
use crate::store::Job;

/// The rows of an extract that has run, for who makes something of them.
pub struct Gathered {
    pub(crate) assembly: Assembly,
    pub(crate) receipt: Receipt,
    pub(crate) columns: DataFrame,
    /// Hold the folders of the jobs as long as their rows are read.
    pub(crate) _jobs: Vec<Arc<Job>>,
}

impl std::fmt::Debug for Gathered {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Gathered").field("receipt", &self.receipt).finish_non_exhaustive()
    }
}

impl Gathered {
    /// A frame with the columns of the rows, and without a row.
    pub fn columns(&self) -> &DataFrame {
        &self.columns
    }

    /// What came of the run. Its `rows` are 0: they are to be counted when the result stands.
    pub fn receipt(&self) -> &Receipt {
        &self.receipt
    }

    /// The same, where the rows are not needed any more.
    pub fn into_receipt(self) -> Receipt {
        self.receipt
    }

    /// Gives the rows in the order of the plan, each object once, its rows one after the other; of rows in the folder of a job
    /// some 100,000 at a time. Returns how many there were. They can be given as often as is needed.
    ///
    /// # Errors
    /// Whatever `take` fails with; made of an [`ExtractError`] where the rows cannot be read back.
    pub fn each<E: From<ExtractError>>(&self, take: &mut dyn FnMut(DataFrame) -> Result<(), E>) -> Result<u64, E> {
        self.assembly.each(take)
    }

    /// All rows in one frame. Its columns may have several chunks: see [`merge_small_chunks`].
    ///
    /// # Errors
    /// As of [`each`](Self::each).
    pub fn collect(self) -> Result<Extraction, ExtractError> {
        let mut frame = self.columns.clone();
        let rows = self.each(&mut |piece| {
            frame.vstack_mut_owned(piece).map_err(FrameError::from)?;
            Ok::<(), ExtractError>(())
        })?;
        let receipt = Receipt { rows, ..self.into_receipt() };
        merge_small_chunks(&mut frame);
        Ok(Extraction { frame, receipt })
    }
}
