//! What a step of a run has fetched, before it is put together.

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

use dhis2_api::datetime::Instant;
use polars::frame::DataFrame;

use crate::assemble::{Assembly, missing};
use crate::chunk::Outcome;
use crate::closing::finish;
use crate::duplicates::Lost;
use crate::engine::Expected;
use crate::error::ExtractError;
use crate::gathered::Gathered;
use crate::keys::key_of;
use crate::receipt::{Receipt, Warning, WarningKind};
use crate::store::{Job, Stored};
use crate::walk::Tally;

/// What a run, or a step of one, has fetched, before it is put together. It holds the folder of its job.
pub struct Fetched {
    pub(crate) outcomes: Vec<Outcome>,
    pub(crate) receipt: Receipt,
    pub(crate) totals: Arc<Tally>,
    pub(crate) columns: DataFrame,
    pub(crate) expected: Vec<Expected>,
    pub(crate) begin: Option<Instant>,
    /// What only looked at something came to.
    pub(crate) looks: Vec<Receipt>,
    /// The job, and those of later steps.
    pub(crate) jobs: Vec<Arc<Job>>,
}

impl fmt::Debug for Fetched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fetched").field("receipt", &self.receipt).finish_non_exhaustive()
    }
}

impl Fetched {
    /// When the run began, by the server's clock: that of the first run where this one goes on from an earlier one. `None`
    /// where the [`Preparation`](crate::Preparation) did not say it.
    pub fn begin(&self) -> Option<Instant> {
        self.begin
    }

    /// The receipt so far, without any chunks.
    pub fn receipt(&self) -> Receipt {
        self.receipt.clone()
    }

    /// Gives the rows in the order of the plan, from the disk a slice at a time. An object that came twice is there twice.
    ///
    /// # Errors
    /// Whatever `take` fails with; made of an [`ExtractError`] where the rows cannot be read back.
    pub fn rows<E: From<ExtractError>>(&self, take: &mut dyn FnMut(DataFrame) -> Result<(), E>) -> Result<(), E> {
        self.stored().try_for_each(|stored| stored.frames(&Lost::default(), take))
    }

    fn stored(&self) -> impl Iterator<Item = &Stored> {
        self.outcomes.iter().filter_map(|outcome| outcome.stored.as_ref())
    }

    /// At which objects it was looked, by this run or the one that it goes on from: see
    /// [`Objects::Seen`](crate::Objects::Seen).
    ///
    /// # Errors
    /// [`ExtractError`] where what is on disk cannot be read.
    pub fn seen(&self) -> Result<Seen, ExtractError> {
        let mut seen = Seen::default();
        for stored in self.stored() {
            stored.each_seen(&mut |key| {
                seen.0.insert(key);
            })?;
        }
        Ok(seen)
    }

    /// Adds what a reader should know, where there is something.
    pub fn warn(&mut self, warning: Option<Warning>) {
        self.receipt.warnings.extend(warning);
    }

    /// Takes in what a run came to that only looked at something: see [`Receipt::absorb_look`].
    pub fn look(&mut self, receipt: Receipt) {
        self.looks.push(receipt);
    }

    /// The same without its rows, which a later step is made of. What is missing stays missing.
    ///
    /// # Errors
    /// [`ExtractError`] where what is on disk cannot be read.
    pub fn without_rows(mut self) -> Result<Self, ExtractError> {
        let missing = missing(self.stored(), &self.expected)?;
        self.receipt.warnings.extend(missing);
        self.expected.clear();
        for outcome in &mut self.outcomes {
            outcome.stored = None;
        }
        Ok(self)
    }

    /// This and what a later step fetched, in this order. The columns are those of the later one.
    pub fn then(mut self, later: Self) -> Self {
        self.outcomes.extend(later.outcomes);
        self.expected.extend(later.expected);
        self.looks.extend(later.looks);
        self.jobs.extend(later.jobs);
        self.totals.absorb(&later.totals);
        self.receipt.splits.extend(later.receipt.splits);
        for warning in later.receipt.warnings {
            if !self.receipt.warnings.contains(&warning) {
                self.receipt.warnings.push(warning);
            }
        }
        self.columns = later.columns;
        self
    }

    /// Finds what came more than once and what did not come, and says what came of the run.
    ///
    /// # Errors
    /// [`ExtractError`] where what is on disk cannot be read.
    pub fn put_together(self) -> Result<Gathered, ExtractError> {
        let Self { outcomes, receipt, totals, columns, expected, looks, jobs, .. } = self;
        let (assembly, chunks, mut warnings) = Assembly::of(outcomes, &expected)?;
        let earlier = chunks.iter().filter(|chunk| chunk.from_earlier_run).count();
        if let (1.., Some(job)) = (earlier, jobs.first()) {
            let (all, began) = (chunks.len(), job.began());
            let message = format!("{earlier} of {all} chunks were there from an earlier run, which began at {began}");
            warnings.push(Warning { kind: WarningKind::FromEarlierRun, message });
        }
        let mut receipt = finish(receipt, chunks, warnings, &totals);
        for look in looks {
            receipt.absorb_look(look);
        }
        Ok(Gathered { assembly, receipt, columns, _jobs: jobs })
    }

    /// What it came to, where its rows are not put together.
    pub fn into_receipt(self) -> Receipt {
        let rows = self.outcomes.iter().map(|outcome| outcome.receipt.rows).sum();
        let chunks = self.outcomes.into_iter().map(|outcome| outcome.receipt).collect();
        let mut receipt = Receipt { rows, ..finish(self.receipt, chunks, Vec::new(), &self.totals) };
        for look in self.looks {
            receipt.absorb_look(look);
        }
        receipt
    }
}

/// Objects at which it was looked, by hashes of their keys: some 40 bytes each.
#[derive(Debug, Default)]
pub struct Seen(HashSet<u128>);

impl Seen {
    /// Whether it was looked at the object with this key.
    pub fn contains(&self, key: &str) -> bool {
        self.0.contains(&key_of([Some(key)]))
    }
}
