//! One chunk of the plan, with all it takes: what is there already, what is too much at once, what is refused.

use std::collections::VecDeque;
use std::fmt::Display;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use dhis2_http::HttpError;
use futures_util::stream::{self, StreamExt, TryStreamExt};
use polars::prelude::SchemaRef;
use tokio::sync::Semaphore;

use crate::depth::Depth;
use crate::error::ExtractError;
use crate::plan::chunk_id;
use crate::progress::{Share, Stretch};
use crate::proof::content_id;
use crate::protect::{given_up, told};
use crate::receipt::{ChunkReceipt, ChunkState, SplitReceipt};
use crate::source::Source;
use crate::store::{ChunkWriter, Job, Sink, Split, Stored};
use crate::walk::{Failure, Tally, Walk, Walked};

/// So many chunks or pieces may go without an answer, one after the other, before cutting ends: a server that is down fails all
/// pieces, however small. A century cut down to a month takes eleven.
const FAILURES_IN_A_ROW: u32 = 16;
/// A chunk is begun when all are over that stand so many times the concurrency before it: how often it is cut beforehand
/// depends on them, and on none that happens to be faster.
const AHEAD: usize = 2;

/// A run over all chunks.
pub(crate) struct Run<S> {
    pub(crate) walk: Walk<S>,
    pub(crate) job: Option<Arc<Job>>,
    pub(crate) columns: SchemaRef,
    pub(crate) verify: bool,
    failures: AtomicU32,
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
            verify_error: None,
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

/// A chunk of the plan that is over.
struct Over {
    outcomes: Vec<Outcome>,
    /// How often it had to be cut.
    needed: u32,
}

/// A chunk or a piece of one, still to be asked for.
struct Piece<C> {
    chunk: C,
    /// How often it was cut to come to this.
    cuts: u32,
    /// How much of the chunk it is, one part being as good as another.
    share: f64,
}

/// A chunk of the plan on its way.
struct Way<C> {
    /// Where it stands in the plan.
    place: usize,
    todo: VecDeque<Piece<C>>,
    done: Vec<Outcome>,
    depth: Depth,
    /// How often it had to be cut so far.
    needed: u32,
    share: Share,
    /// How much of it is done.
    reached: f64,
}

impl<C> Way<C> {
    fn put_first(&mut self, parts: Vec<C>, cuts: u32, share: f64) {
        // No chunk has so many parts that a double would not count them.
        #[allow(clippy::cast_precision_loss)]
        let share = share / parts.len().max(1) as f64;
        for chunk in parts.into_iter().rev() {
            self.todo.push_front(Piece { chunk, cuts, share });
        }
    }

    fn too_much(&mut self, cuts: u32) {
        self.depth.too_much(cuts);
        self.needed = self.needed.max(cuts + 1);
    }

    /// A piece is over.
    fn over(&mut self, outcome: Outcome, share: f64) {
        self.reached += share;
        self.share.came(self.reached);
        self.done.push(outcome);
    }

    fn stretch(&self, length: f64) -> Stretch<'_> {
        Stretch { share: &self.share, from: self.reached, length }
    }
}

impl<S: Source> Run<S> {
    pub(crate) fn new(walk: Walk<S>, job: Option<Arc<Job>>, columns: SchemaRef, verify: bool) -> Self {
        Self { walk, job, columns, verify, failures: AtomicU32::new(0), splits: Mutex::default() }
    }

    /// What was cut, in the order of the plan.
    pub(crate) fn splits(&self) -> Vec<SplitReceipt> {
        let mut splits = self.splits.lock().unwrap_or_else(PoisonError::into_inner).clone();
        splits.sort_by_key(|(place, _)| *place);
        splits.into_iter().map(|(_, split)| split).collect()
    }

    /// Everything of these chunks, from this run or an earlier one, in their order.
    pub(crate) async fn chunks(&self, wanted: Vec<(usize, S::Chunk)>) -> Result<Vec<Outcome>, ExtractError> {
        let concurrency = self.walk.concurrency;
        let places = &Semaphore::new(concurrency);
        let depth = &Mutex::new(Depth::default());
        let read = || depth.lock().unwrap_or_else(PoisonError::into_inner);
        let chunks = stream::iter(wanted).map(|(place, chunk)| {
            // This is looked at when all are over that stand far enough before it.
            let depth = *read();
            async move {
                // A semaphore that nobody closes.
                let _place = places.acquire().await.ok();
                self.chunk(place, chunk, depth).await
            }
        });
        let mut over = chunks.buffered(AHEAD * concurrency);
        let mut outcomes = Vec::new();
        while let Some(chunk) = over.try_next().await? {
            read().over(chunk.needed);
            outcomes.extend(chunk.outcomes);
        }
        Ok(outcomes)
    }

    async fn chunk(&self, place: usize, chunk: S::Chunk, depth: Depth) -> Result<Over, ExtractError> {
        // What was not verified is looked at piece by piece.
        let whole = self.job.as_ref().and_then(|job| job.whole(place));
        if let Some((pieces, needed)) =
            whole.filter(|(pieces, _)| !self.verify || pieces.iter().all(|(piece, _)| piece.verified.is_some()))
        {
            let outcomes = pieces.into_iter().map(|(receipt, files)| Outcome::earlier(receipt, Stored::Files(files)));
            self.walk.progress.found(1.0);
            self.walk.progress.chunk_done();
            return Ok(Over { outcomes: outcomes.collect(), needed });
        }
        let mut way = Way {
            place,
            todo: VecDeque::from([Piece { chunk, cuts: 0, share: 1.0 }]),
            done: Vec::new(),
            depth,
            needed: 0,
            share: Share::new(&self.walk.progress),
            reached: 0.0,
        };
        while let Some(piece) = way.todo.pop_front() {
            self.piece(piece, &mut way).await?;
        }
        way.share.came(1.0);
        let Way { done: outcomes, needed, .. } = way;
        if let Some(job) = &self.job {
            job.note_over(place, outcomes.iter().map(|outcome| outcome.receipt.clone()).collect(), needed)?;
        }
        self.walk.progress.chunk_done();
        Ok(Over { outcomes, needed })
    }

    async fn piece(&self, piece: Piece<S::Chunk>, way: &mut Way<S::Chunk>) -> Result<(), ExtractError> {
        let source = self.walk.source.as_ref();
        let Piece { chunk, cuts, share } = piece;
        let place = way.place;
        let id = chunk_id(source, &chunk);
        let job = self.job.as_ref();
        if let Some((receipt, files)) = job.and_then(|job| job.stored(place, &id)) {
            let mut outcome = Outcome::earlier(receipt, Stored::Files(files));
            way.stretch(share).found(1.0);
            way.depth.came();
            if self.verify(&chunk, &mut outcome).await? {
                self.note_stored(place, &outcome)?;
            }
            way.over(outcome, share);
            return Ok(());
        }
        // What was too much before, or stands beside such, is not tried again.
        let known = job.and_then(|job| job.was_split(place, &id));
        if known == Some(Split::TooMuch) {
            way.too_much(cuts);
        }
        if (known.is_some() || cuts < way.depth.cuts())
            && let Ok(Some(parts)) = source.split(&chunk, &self.walk.client).await
        {
            if let (Some(job), None) = (job, known) {
                job.note_split(place, &id, None)?;
            }
            way.put_first(parts, cuts + 1, share);
            return Ok(());
        }
        let what = source.describe(&chunk);
        let told = |failure: &dyn Display| told(source, failure);
        let tally = Tally::default();
        let pages = || job.and_then(|job| job.closed(place, &id)).map_or(0, |(_, so_far)| so_far.pages);
        let before = pages();
        let walked = self.walk(place, &id, &chunk, false, &tally, way.stretch(share)).await;
        let failure = match walked {
            Ok(walked) => {
                let outcome = self.came(place, &chunk, Outcome::whole(what, id, walked).with(&tally)).await?;
                way.depth.came();
                way.over(outcome, share);
                return Ok(());
            }
            Err(failure) => failure,
        };
        let outcome = match failure {
            Failure::Http(error) if error.is_authentication() => return Err(given_up(source, error)),
            Failure::Worker(error) => return Err(error.into()),
            Failure::Ours(error) => return Err(error),
            // A walk that has come further is gone on with where it broke off; cut, it would begin again.
            Failure::Http(error) if error.may_be_too_much() && pages() > before => {
                way.todo.push_front(Piece { chunk, cuts, share });
                return Ok(());
            }
            Failure::Http(error) if source.is_too_much(&error) || self.may_be_too_much(&error) => {
                // Where it cannot be found out how to cut, the chunk fails as it did.
                let parts = source.split(&chunk, &self.walk.client).await.unwrap_or_default();
                match parts {
                    Some(parts) => {
                        let split = SplitReceipt { what, pieces: parts.len(), why: told(&error) };
                        self.note_split(place, &id, split)?;
                        way.too_much(cuts);
                        way.put_first(parts, cuts + 1, share);
                        return Ok(());
                    }
                    // There is nothing smaller: however large it is, it is read.
                    None if error.is_larger_than_wanted() => {
                        match self.walk(place, &id, &chunk, true, &tally, way.stretch(share)).await {
                            Ok(walked) => {
                                let outcome = Outcome::whole(what, id, walked).with(&tally);
                                self.came(place, &chunk, outcome).await?
                            }
                            Err(failure) => Outcome::lost(what, id, ChunkState::Failed, told(&failure)),
                        }
                    }
                    None => Outcome::lost(what, id, ChunkState::Failed, told(&error)),
                }
            }
            Failure::Http(error) if error.is_refused() => match source.narrow(&chunk, &error) {
                Some(narrowed) => {
                    way.done.extend(narrowed.given_up.into_iter().map(|what| {
                        let id = content_id(&what);
                        Outcome::lost(what, id, ChunkState::Refused, told(&error)).with(&tally)
                    }));
                    way.put_first(narrowed.parts, cuts, share);
                    return Ok(());
                }
                None => Outcome::lost(what, id, ChunkState::Refused, told(&error)),
            },
            failure => Outcome::lost(what, id, ChunkState::Failed, told(&failure)),
        };
        way.over(outcome.with(&tally), share);
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
        stretch: Stretch<'_>,
    ) -> Result<Walked, Failure> {
        let sink = match &self.job {
            None => Sink::Memory(Vec::new()),
            Some(job) => Sink::File(Box::new(ChunkWriter::new(job, place, id, &self.columns))),
        };
        self.walk.chunk(chunk, sink, whatever_size, tally, Some(stretch)).await
    }

    async fn came(&self, place: usize, chunk: &S::Chunk, mut outcome: Outcome) -> Result<Outcome, ExtractError> {
        self.failures.store(0, Ordering::Relaxed);
        // Before it is verified: what came need not come again because that was interrupted.
        self.note_stored(place, &outcome)?;
        if self.verify(chunk, &mut outcome).await? {
            self.note_stored(place, &outcome)?;
        }
        Ok(outcome)
    }

    fn note_stored(&self, place: usize, outcome: &Outcome) -> Result<(), ExtractError> {
        if let (Some(job), Some(Stored::Files(files))) = (&self.job, &outcome.stored) {
            job.note_stored(place, &outcome.receipt, files)?;
        }
        Ok(())
    }

    /// Whether a failure may be one of size, and cutting is still worth trying.
    fn may_be_too_much(&self, error: &HttpError) -> bool {
        // What the server says itself, or the client, is no sign that it is down.
        let told = error.is_larger_than_wanted() || error.web_message().is_some();
        error.may_be_too_much() && (told || self.failures.fetch_add(1, Ordering::Relaxed) < FAILURES_IN_A_ROW)
    }

    fn note_split(&self, place: usize, id: &str, split: SplitReceipt) -> Result<(), ExtractError> {
        self.walk.progress.split();
        if let Some(job) = &self.job {
            job.note_split(place, id, Some(split.clone()))?;
        }
        self.splits.lock().unwrap_or_else(PoisonError::into_inner).push((place, split));
        Ok(())
    }
}
