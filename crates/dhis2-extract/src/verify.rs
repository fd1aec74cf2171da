//! Everything asked for once more, in other pieces, and compared. Neither what came first nor what comes again is held in memory
//! where the run has the folder of a job.

use std::sync::Arc;

use crate::chunk::{Outcome, Run};
use crate::duplicates;
use crate::error::ExtractError;
use crate::proof::Summary;
use crate::protect::{given_up, told};
use crate::source::Source;
use crate::store::{ChunkWriter, Sink, Stored};
use crate::walk::{Failure, Tally};

impl<S: Source> Run<S> {
    /// Looks whether a chunk comes again, where that is wanted and was not found out before. Whether it was looked at now.
    pub(crate) async fn verify(&self, chunk: &S::Chunk, outcome: &mut Outcome) -> Result<bool, ExtractError> {
        let (true, None, Some(stored)) = (self.verify, outcome.receipt.verified, &outcome.stored) else {
            return Ok(false);
        };
        outcome.receipt.verify_error = None;
        let source = self.walk.source.as_ref();
        match self.comes_again(chunk, stored).await {
            Ok(same) => outcome.receipt.verified = Some(same),
            Err(Failure::Ours(error)) => return Err(error),
            Err(Failure::Worker(error)) => return Err(error.into()),
            Err(Failure::Http(error)) if error.is_authentication() => return Err(given_up(source, error)),
            Err(failure) => outcome.receipt.verify_error = Some(told(source, &failure)),
        }
        Ok(true)
    }

    /// Whether a chunk, asked for once more, in pieces where there are any, has the same rows.
    async fn comes_again(&self, chunk: &S::Chunk, stored: &Stored) -> Result<bool, Failure> {
        let aside = self.job.as_ref().map(|job| job.aside()).transpose().map_err(Failure::Ours)?.map(Arc::new);
        let pieces = self.walk.source.split(chunk, &self.walk.client).await.ok().flatten();
        let mut again = Vec::new();
        for piece in pieces.unwrap_or_else(|| vec![chunk.clone()]) {
            let sink = match &aside {
                None => Sink::Memory(Vec::new()),
                Some(aside) => Sink::File(Box::new(ChunkWriter::aside(aside, again.len(), &self.columns))),
            };
            again.push(self.walk.chunk(&piece, sink, true, &Tally::default(), None).await?.stored);
        }
        let first = vec![stored.clone()];
        let same = tokio::task::spawn_blocking(move || Ok(summary(&first)? == summary(&again)?));
        same.await.map_err(Failure::Worker)?.map_err(Failure::Ours)
    }
}

/// What several stores hold together, each object once, whatever the order.
fn summary(all: &[Stored]) -> Result<Summary, ExtractError> {
    let lost = duplicates::find(all, all.iter().map(Stored::objects).sum(), Stored::each)?;
    let mut sum = Summary::NOTHING;
    for (stored, lost) in all.iter().zip(&lost) {
        stored.frames(lost, &mut |frame| {
            sum = sum.and(Summary::of(0, &frame)?);
            Ok::<(), ExtractError>(())
        })?;
    }
    Ok(sum)
}
