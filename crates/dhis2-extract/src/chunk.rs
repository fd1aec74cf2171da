//! One chunk of the plan, with all it takes: what is there already, what is too much at once, what is refused.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use dhis2_frame::FrameError;
use dhis2_http::HttpError;
use polars::prelude::SchemaRef;

use crate::duplicates;
use crate::error::ExtractError;
use crate::plan::chunk_id;
use crate::proof::{Summary, content_id};
use crate::receipt::{ChunkReceipt, ChunkState, SplitReceipt};
use crate::source::Source;
use crate::store::{ChunkWriter, Job, Sink, Stored};
use crate::walk::{Failure, Tally, Walk, Walked};

/// So many chunks or pieces may go without an answer, one after the other, before cutting ends: a server that is down fails all
/// pieces, however small. A century cut down to a month takes eleven.
const FAILURES_IN_A_ROW: u32 = 16;
/// After so many pieces that came at once, chunks are asked for in larger ones again.
const SUCCESSES_TO_GROW: u32 = 4;

/// A run over all chunks.
pub(crate) struct Run<S> {
    walk: Walk<S>,
    job: Option<Arc<Job>>,
    columns: SchemaRef,
    verify: bool,
    /// How many times a chunk is cut before it is asked for: as often as the last ones had to be.
    cuts: AtomicU32,
    failures: AtomicU32,
    successes: AtomicU32,
    splits: Mutex<Vec<(usize, SplitReceipt)>>,
}

/// What became of one chunk or of a piece of it.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) stored: Option<Stored>,
    pub(crate) receipt: ChunkReceipt,
}

impl Outcome {
    /// A chunk of which nothing came.
    pub(crate) fn lost(what: String, id: String, state: ChunkState, error: String) -> Self {
        let receipt = ChunkReceipt {
            id,
            what,
            state,
            rows: 0,
            duplicates: 0,
            received: 0,
            counted: None,
            pages: 0,
            requests: 0,
            retries: 0,
            bytes: 0,
            proof: None,
            verified: None,
            from_earlier_run: false,
            error: Some(error),
        };
        Self { stored: None, receipt }
    }

    fn whole(what: String, id: String, walked: Walked) -> Self {
        let mut outcome = Self::lost(what, id, ChunkState::Complete, String::new());
        let receipt = &mut outcome.receipt;
        receipt.error = None;
        receipt.rows = walked.stored.rows();
        receipt.received = walked.received;
        receipt.counted = walked.counted;
        receipt.pages = walked.pages;
        receipt.proof = Some(walked.proof);
        outcome.stored = Some(walked.stored);
        outcome
    }

    fn with(mut self, tally: &Tally) -> Self {
        (self.receipt.requests, self.receipt.retries, self.receipt.bytes) = tally.counts();
        self
    }

    fn earlier(mut receipt: ChunkReceipt, stored: Stored) -> Self {
        receipt.from_earlier_run = true;
        Self { stored: Some(stored), receipt }
    }
}

/// A chunk or a piece of one, still to be asked for.
struct Piece<C> {
    chunk: C,
    /// How often it was cut to come to this.
    cuts: u32,
}

impl<S: Source> Run<S> {
    pub(crate) fn new(walk: Walk<S>, job: Option<Arc<Job>>, columns: SchemaRef, verify: bool) -> Self {
        Self {
            walk,
            job,
            columns,
            verify,
            cuts: AtomicU32::new(0),
            failures: AtomicU32::new(0),
            successes: AtomicU32::new(0),
            splits: Mutex::default(),
        }
    }

    /// What was cut, in the order of the plan.
    pub(crate) fn splits(&self) -> Vec<SplitReceipt> {
        let mut splits = self.splits.lock().unwrap_or_else(PoisonError::into_inner).clone();
        splits.sort_by_key(|(place, _)| *place);
        splits.into_iter().map(|(_, split)| split).collect()
    }

    /// Everything of a chunk, from this run or an earlier one.
    pub(crate) async fn chunk(&self, place: usize, chunk: S::Chunk) -> Result<Vec<Outcome>, ExtractError> {
        // What was not verified is looked at piece by piece.
        let whole = self.job.as_ref().and_then(|job| job.whole(place));
        if let Some(pieces) =
            whole.filter(|pieces| !self.verify || pieces.iter().all(|(piece, _)| piece.verified.is_some()))
        {
            let outcomes = pieces.into_iter().map(|(receipt, files)| Outcome::earlier(receipt, Stored::Files(files)));
            self.walk.progress.chunk_done();
            return Ok(outcomes.collect());
        }
        let mut todo = VecDeque::from([Piece { chunk, cuts: 0 }]);
        let mut done = Vec::new();
        while let Some(piece) = todo.pop_front() {
            self.piece(place, piece, &mut todo, &mut done).await?;
        }
        if let Some(job) = &self.job {
            job.note_over(place, done.iter().map(|outcome| outcome.receipt.clone()).collect())?;
        }
        self.walk.progress.chunk_done();
        Ok(done)
    }

    async fn piece(
        &self,
        place: usize,
        piece: Piece<S::Chunk>,
        todo: &mut VecDeque<Piece<S::Chunk>>,
        done: &mut Vec<Outcome>,
    ) -> Result<(), ExtractError> {
        let source = self.walk.source.as_ref();
        let Piece { chunk, cuts } = piece;
        let id = chunk_id(source, &chunk);
        let job = self.job.as_ref();
        if let Some((receipt, files)) = job.and_then(|job| job.stored(place, &id)) {
            let mut outcome = Outcome::earlier(receipt, Stored::Files(files));
            self.verify(&chunk, &mut outcome).await?;
            done.push(outcome);
            return Ok(());
        }
        // What was too much before, or stands beside such, is not tried again.
        let known = job.is_some_and(|job| job.was_split(place, &id));
        if (known || cuts < self.cuts.load(Ordering::Relaxed))
            && let Ok(Some(parts)) = source.split(&chunk, &self.walk.client).await
        {
            if let (Some(job), false) = (job, known) {
                job.note_split(place, &id, None)?;
            }
            put_first(todo, parts, cuts + 1);
            return Ok(());
        }
        let what = source.describe(&chunk);
        let tally = Tally::default();
        let pages = || job.and_then(|job| job.closed(place, &id)).map_or(0, |(_, so_far)| so_far.pages);
        let before = pages();
        let failure = match self.walk(place, &id, &chunk, false, &tally).await {
            Ok(walked) => return self.came(place, &chunk, Outcome::whole(what, id, walked).with(&tally), done).await,
            Err(failure) => failure,
        };
        let outcome = match failure {
            Failure::Http(error) if error.is_authentication() => return Err(error.into()),
            Failure::Worker(error) => return Err(error.into()),
            Failure::Ours(error) => return Err(error),
            // A walk that has come further is gone on with where it broke off; cut, it would begin again.
            Failure::Http(error) if error.may_be_too_much() && pages() > before => {
                todo.push_front(Piece { chunk, cuts });
                return Ok(());
            }
            Failure::Http(error) if source.is_too_much(&error) || self.may_be_too_much(&error) => {
                // Where it cannot be found out how to cut, the chunk fails as it did.
                let parts = source.split(&chunk, &self.walk.client).await.unwrap_or_default();
                match parts {
                    Some(parts) => {
                        self.note_split(
                            place,
                            &id,
                            SplitReceipt { what, pieces: parts.len(), why: error.to_string() },
                        )?;
                        self.cuts.fetch_max(cuts + 1, Ordering::Relaxed);
                        put_first(todo, parts, cuts + 1);
                        return Ok(());
                    }
                    // There is nothing smaller: however large it is, it is read.
                    None if error.is_larger_than_wanted() => match self.walk(place, &id, &chunk, true, &tally).await {
                        Ok(walked) => {
                            let outcome = Outcome::whole(what, id, walked).with(&tally);
                            return self.came(place, &chunk, outcome, done).await;
                        }
                        Err(failure) => Outcome::lost(what, id, ChunkState::Failed, failure.to_string()),
                    },
                    None => Outcome::lost(what, id, ChunkState::Failed, error.to_string()),
                }
            }
            Failure::Http(error) if error.is_refused() => match source.narrow(&chunk, &error) {
                Some(narrowed) => {
                    done.extend(narrowed.given_up.into_iter().map(|what| {
                        let id = content_id(&what);
                        Outcome::lost(what, id, ChunkState::Refused, error.to_string()).with(&tally)
                    }));
                    put_first(todo, narrowed.parts, cuts);
                    return Ok(());
                }
                None => Outcome::lost(what, id, ChunkState::Refused, error.to_string()),
            },
            failure => Outcome::lost(what, id, ChunkState::Failed, failure.to_string()),
        };
        done.push(outcome.with(&tally));
        Ok(())
    }

    /// Walks over a chunk into the job's folder, or into memory.
    async fn walk(
        &self,
        place: usize,
        id: &str,
        chunk: &S::Chunk,
        whatever_size: bool,
        tally: &Tally,
    ) -> Result<Walked, Failure> {
        let sink = match &self.job {
            None => Sink::Memory(Vec::new()),
            Some(job) => Sink::File(Box::new(ChunkWriter::new(job, place, id, &self.columns))),
        };
        self.walk.chunk(chunk, sink, whatever_size, tally).await
    }

    async fn came(
        &self,
        place: usize,
        chunk: &S::Chunk,
        mut outcome: Outcome,
        done: &mut Vec<Outcome>,
    ) -> Result<(), ExtractError> {
        self.failures.store(0, Ordering::Relaxed);
        if self.successes.fetch_add(1, Ordering::Relaxed) + 1 >= SUCCESSES_TO_GROW {
            self.successes.store(0, Ordering::Relaxed);
            // Below nothing there is nothing to take back.
            let _ = self.cuts.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |cuts| cuts.checked_sub(1));
        }
        self.verify(chunk, &mut outcome).await?;
        if let (Some(job), Some(Stored::Files(files))) = (&self.job, &outcome.stored) {
            job.note_stored(place, &outcome.receipt, files)?;
        }
        done.push(outcome);
        Ok(())
    }

    /// Looks whether a chunk comes again, where that is wanted and was not looked at before.
    async fn verify(&self, chunk: &S::Chunk, outcome: &mut Outcome) -> Result<(), ExtractError> {
        if let (true, None, Some(stored)) = (self.verify, outcome.receipt.verified, &outcome.stored) {
            outcome.receipt.verified = Some(self.comes_again(chunk, stored).await?);
        }
        Ok(())
    }

    /// Whether a chunk, asked for once more, in pieces where there are any, has the same rows. Where it does not come again
    /// it cannot be said to.
    async fn comes_again(&self, chunk: &S::Chunk, stored: &Stored) -> Result<bool, ExtractError> {
        let source = &self.walk.source;
        let pieces = source.split(chunk, &self.walk.client).await.ok().flatten();
        let mut again = Vec::new();
        for piece in pieces.unwrap_or_else(|| vec![chunk.clone()]) {
            match self.walk.chunk(&piece, Sink::Memory(Vec::new()), true, &Tally::default()).await {
                Ok(walked) => again.push(walked.stored),
                Err(Failure::Ours(error)) => return Err(error),
                Err(_) => return Ok(false),
            }
        }
        Ok(summary(std::slice::from_ref(stored))? == summary(&again)?)
    }

    /// Whether a failure may be one of size, and cutting is still worth trying.
    fn may_be_too_much(&self, error: &HttpError) -> bool {
        // What the server says itself, or the client, is no sign that it is down.
        let told = error.is_larger_than_wanted() || error.web_message().is_some();
        error.may_be_too_much() && (told || self.failures.fetch_add(1, Ordering::Relaxed) < FAILURES_IN_A_ROW)
    }

    fn note_split(&self, place: usize, id: &str, split: SplitReceipt) -> Result<(), ExtractError> {
        self.successes.store(0, Ordering::Relaxed);
        self.walk.progress.split();
        if let Some(job) = &self.job {
            job.note_split(place, id, Some(split.clone()))?;
        }
        self.splits.lock().unwrap_or_else(PoisonError::into_inner).push((place, split));
        Ok(())
    }
}

fn put_first<C>(todo: &mut VecDeque<Piece<C>>, parts: Vec<C>, cuts: u32) {
    for chunk in parts.into_iter().rev() {
        todo.push_front(Piece { chunk, cuts });
    }
}

/// What several stores hold together, each object once, whatever the order.
fn summary(all: &[Stored]) -> Result<Summary, ExtractError> {
    let lost = duplicates::find(all, all.iter().map(Stored::objects).sum(), Stored::each)?;
    let mut sum = Summary::NOTHING;
    for (stored, lost) in all.iter().zip(&lost) {
        stored.frames(lost, &mut |frame| {
            sum = sum.and(Summary::of(0, &frame)?);
            Ok::<(), FrameError>(())
        })?;
    }
    Ok(sum)
}
