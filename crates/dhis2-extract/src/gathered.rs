//! What a run fetched: in memory, or in the folder of a job, to be looked through as often as is needed.

use std::sync::Arc;

use dhis2_frame::FrameError;
use polars::frame::DataFrame;

use crate::assemble::Assembly;
use crate::chunk::Outcome;
use crate::closing::finish;
use crate::engine::{Expected, Extraction};
use crate::error::ExtractError;
use crate::receipt::{Receipt, Warning, WarningKind};
use crate::store::Job;
use crate::walk::Tally;

/// The chunks of a run, before they are put together.
pub(crate) struct Chunks {
    pub(crate) outcomes: Vec<Outcome>,
    pub(crate) receipt: Receipt,
    pub(crate) totals: Arc<Tally>,
    pub(crate) columns: DataFrame,
    pub(crate) job: Option<Arc<Job>>,
}

impl Chunks {
    /// Finds what came more than once and what did not come, and says what came of the run.
    pub(crate) fn put_together(self, expected: &Expected) -> Result<Gathered, ExtractError> {
        let Self { outcomes, receipt, totals, columns, job } = self;
        let (assembly, chunks, mut warnings) = Assembly::of(outcomes, expected)?;
        let earlier = chunks.iter().filter(|chunk| chunk.from_earlier_run).count();
        if let (1.., Some(job)) = (earlier, &job) {
            let (all, began) = (chunks.len(), job.began());
            let message = format!("{earlier} of {all} chunks were there from an earlier run, which began at {began}");
            warnings.push(Warning { kind: WarningKind::FromEarlierRun, message });
        }
        let receipt = finish(receipt, chunks, warnings, &totals);
        Ok(Gathered { assembly, receipt, columns, _job: job })
    }

    pub(crate) fn into_receipt_of_part(self) -> Receipt {
        let rows = self.outcomes.iter().map(|outcome| outcome.receipt.rows).sum();
        let chunks = self.outcomes.into_iter().map(|outcome| outcome.receipt).collect();
        Receipt { rows, ..finish(self.receipt, chunks, Vec::new(), &self.totals) }
    }
}

/// The rows of an extract that has run, for who makes something of them.
pub struct Gathered {
    assembly: Assembly,
    receipt: Receipt,
    columns: DataFrame,
    /// Holds the job's folder as long as its rows are read.
    _job: Option<Arc<Job>>,
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

    /// All rows in one frame.
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
        frame.rechunk_mut();
        Ok(Extraction { frame, receipt })
    }
}
