//! What a step of a run has fetched, before it is put together.

use std::collections::HashSet;

use dhis2_api::datetime::Instant;
use dhis2_frame::FrameError;
use polars::frame::DataFrame;

use crate::assemble::missing;
use crate::duplicates::Lost;
use crate::engine::Fetched;
use crate::error::ExtractError;
use crate::keys::key_of;
use crate::receipt::{Receipt, Warning};

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
    /// [`ExtractError`] where the rows cannot be read, and what `take` returns.
    pub fn rows(&self, take: &mut dyn FnMut(DataFrame) -> Result<(), FrameError>) -> Result<(), ExtractError> {
        let stored = self.outcomes.iter().filter_map(|outcome| outcome.stored.as_ref());
        stored.into_iter().try_for_each(|stored| stored.frames(&Lost::default(), take))
    }

    /// At which objects it was looked, by this run or the one that it goes on from: see
    /// [`Objects::Seen`](crate::Objects::Seen).
    ///
    /// # Errors
    /// [`ExtractError`] where what is on disk cannot be read.
    pub fn seen(&self) -> Result<Seen, ExtractError> {
        let mut seen = Seen::default();
        for stored in self.outcomes.iter().filter_map(|outcome| outcome.stored.as_ref()) {
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
        self.receipt.warnings.extend(missing(&self.outcomes, &self.expected)?);
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
