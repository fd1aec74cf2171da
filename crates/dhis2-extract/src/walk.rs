//! One chunk, from its first page to the proof that there are no more.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use dhis2_frame::FrameError;
use dhis2_http::{Answer, Client, HttpError};
use futures_util::future::{BoxFuture, FutureExt};
use futures_util::stream::{self, FuturesOrdered, StreamExt};
use tokio::task::JoinError;
use xxhash_rust::xxh3::xxh3_128;

use crate::error::ExtractError;
use crate::keys;
use crate::pace::Pace;
use crate::progress::{Progress, Stretch};
use crate::proof::Summary;
use crate::receipt::Proof;
use crate::refine::Refine;
use crate::source::{More, Page, Source};
use crate::store::{Rows, Sink, SoFar, Stored};

/// How often a possibly cut answer is asked for until two agree. Two suffice unless data are being entered meanwhile.
const ANSWERS_AT_MOST: usize = 5;

/// What walking over a chunk needs.
pub(crate) struct Walk<S> {
    pub(crate) client: Client,
    pub(crate) source: Arc<S>,
    pub(crate) concurrency: usize,
    /// An answer of more bytes is not read to its end: the chunk is cut.
    pub(crate) body_limit: u64,
    /// Requests at the same time, over all chunks.
    pub(crate) pace: Arc<Pace>,
    pub(crate) refine: Arc<[Arc<dyn Refine>]>,
    pub(crate) progress: Arc<dyn Progress>,
    /// What the whole run sent and received.
    pub(crate) totals: Arc<Tally>,
}

/// A chunk that is whole.
pub(crate) struct Walked {
    pub(crate) stored: Stored,
    pub(crate) pages: u32,
    pub(crate) received: u64,
    pub(crate) counted: Option<u64>,
    pub(crate) proof: Proof,
}

/// Why a chunk could not be had.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error(transparent)]
    Http(HttpError),
    #[error("the answer cannot be read: {0}")]
    Unreadable(FrameError),
    #[error(
        "the server may have cut its answer, and no two of {answers} answers were the same; ask for less at a time"
    )]
    NeverTwiceTheSame { answers: usize },
    #[error("the server answered page {page} with the rows of the page before")]
    SamePageAgain { page: u32 },
    #[error("flattening stopped: {0}")]
    Worker(JoinError),
    /// Nothing of the server's: the rows could not be kept.
    #[error(transparent)]
    Ours(ExtractError),
}

/// What was sent and received.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    requests: AtomicU64,
    retries: AtomicU64,
    bytes: AtomicU64,
}

impl Tally {
    fn add(&self, requests: u32, retries: u32, bytes: u64) {
        self.requests.fetch_add(u64::from(requests), Ordering::Relaxed);
        self.retries.fetch_add(u64::from(retries), Ordering::Relaxed);
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Takes in what another has counted.
    pub(crate) fn absorb(&self, other: &Self) {
        let (requests, retries, bytes) = other.counts();
        self.requests.fetch_add(requests, Ordering::Relaxed);
        self.retries.fetch_add(retries, Ordering::Relaxed);
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Requests sent, requests sent again, bytes received.
    pub(crate) fn counts(&self) -> (u64, u64, u64) {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        (read(&self.requests), read(&self.retries), read(&self.bytes))
    }
}

/// An answer, read, and the keys of what it holds.
struct Read {
    page: Page,
    objects: Vec<keys::Object>,
    seen: Vec<u128>,
    /// A hash of the body.
    body: u128,
}

/// Finds a server that takes no notice of the page number: it would be asked for ever.
#[derive(Default)]
struct Guard(Option<(u128, Option<u128>)>);

impl Guard {
    fn see(&mut self, read: &Read, page: u32) -> Result<(), Failure> {
        // Of a page that is left out as a whole the objects say nothing.
        let objects = (!read.objects.is_empty())
            .then(|| read.objects.iter().fold(0, |sum: u128, object| sum.wrapping_add(object.key)));
        let same = self.0.replace((read.body, objects)).is_some_and(|(body, before)| {
            read.page.received > 0 && (body == read.body || objects.is_some() && before == objects)
        });
        if same { Err(Failure::SamePageAgain { page }) } else { Ok(()) }
    }
}

/// What a walk has kept.
pub(crate) struct Keeping<'s> {
    pub(crate) sink: Sink,
    pub(crate) so_far: SoFar,
    /// Who is told how far it is.
    stretch: Option<Stretch<'s>>,
}

impl<S: Source> Walk<S> {
    /// All pages of a chunk, into the sink; those that an earlier run has put there are not asked for again: a walk that was
    /// stopped is a slow one. With `whatever_size` an answer is read however large it is.
    pub(crate) async fn chunk(
        &self,
        chunk: &S::Chunk,
        sink: Sink,
        whatever_size: bool,
        tally: &Tally,
        stretch: Option<Stretch<'_>>,
    ) -> Result<Walked, Failure> {
        let limit = if whatever_size { u64::MAX } else { self.body_limit };
        let asking = Asking { walk: self, chunk, tally, limit };
        let mut proof = None;
        let mut keeping = if let Some(so_far) = sink.so_far() {
            if let Some(stretch) = stretch {
                stretch.found(so_far.part());
            }
            Keeping { sink, so_far, stretch }
        } else if self.source.reads_arriving() {
            let so_far = SoFar { pages: 0, received: 0, counted: None, more: More::Unpaged };
            let mut keeping = Keeping { sink, so_far, stretch };
            proof = Some(asking.arriving(&mut keeping).await?);
            keeping
        } else {
            let first = asking.page(1).await?;
            let Page { counted, more, .. } = first.page;
            let mut keeping = Keeping { sink, so_far: SoFar { pages: 0, received: 0, counted, more }, stretch };
            if more == More::Unpaged {
                proof = Some(asking.whole(first, &mut keeping).await?);
            } else {
                self.keep(&mut keeping, first).await?;
            }
            keeping
        };
        let next = keeping.so_far.pages + 1;
        let proof = match (proof, keeping.so_far.more) {
            (Some(proof), _) => proof,
            // What was in one answer is not kept in part.
            (None, More::Unpaged) => Proof::WholeAnswer,
            (None, More::Last) => Proof::NoNextPage,
            (None, More::Next) => {
                asking.follow(next, &mut keeping).await?;
                Proof::NoNextPage
            }
            (None, More::Count(count)) => {
                // One page that holds all is one answer to one question, with nothing that could shift.
                if count > 1 {
                    asking.counted(next, count, &mut keeping).await?;
                }
                Proof::PageCount
            }
            (None, More::UntilEmpty) => {
                asking.until_empty(next, &mut keeping).await?;
                Proof::EmptyPage
            }
        };
        let Keeping { sink, so_far: SoFar { pages, received, counted, .. }, .. } = keeping;
        let stored = off_the_runtime(move || sink.finish()).await?.map_err(Failure::Ours)?;
        Ok(Walked { stored, pages, received, counted, proof })
    }

    fn pages_at_once(&self, chunk: &S::Chunk) -> usize {
        if self.source.pages_at_once(chunk) { self.concurrency } else { 1 }
    }

    async fn keep(&self, keeping: &mut Keeping<'_>, read: Read) -> Result<(), Failure> {
        let Read { page, objects, seen, .. } = read;
        keeping.so_far.pages += 1;
        keeping.so_far.received += page.received;
        self.keep_rows(keeping, Rows { frame: page.frame, objects, seen }).await
    }

    pub(crate) async fn keep_rows(&self, keeping: &mut Keeping<'_>, rows: Rows) -> Result<(), Failure> {
        let Rows { mut frame, objects, seen } = rows;
        for refine in self.refine.iter() {
            frame = refine.rows(frame).await.map_err(|error| Failure::Ours(ExtractError::Refine(error)))?;
        }
        let (rows, so_far) = (Rows { frame, objects, seen }, keeping.so_far);
        let mut sink = std::mem::replace(&mut keeping.sink, Sink::Memory(Vec::new()));
        keeping.sink = match sink {
            Sink::Memory(_) => {
                sink.push(rows, so_far).map_err(Failure::Ours)?;
                sink
            }
            Sink::File(_) => {
                let written = off_the_runtime(move || sink.push(rows, so_far).map(|()| sink)).await?;
                written.map_err(Failure::Ours)?
            }
        };
        if let Some(stretch) = keeping.stretch {
            stretch.came(so_far.part());
        }
        Ok(())
    }
}

/// What an answer says, whatever the order of its rows.
fn summary(read: &Read) -> Result<Option<Summary>, Failure> {
    Summary::of(read.page.received, &read.page.frame).map(Some).map_err(Failure::Unreadable)
}

/// Requests sent, requests sent again, bytes: of a request without an answer.
pub(crate) fn sent_in_vain(error: &HttpError) -> (u32, u32, u64) {
    (error.attempts(), error.attempts().saturating_sub(1), 0)
}

/// Work for a core is not for the runtime's thread that the answers wait on.
async fn off_the_runtime<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Failure> {
    tokio::task::spawn_blocking(work).await.map_err(Failure::Worker)
}

/// A walk over one chunk.
pub(crate) struct Asking<'w, S: Source> {
    pub(crate) walk: &'w Walk<S>,
    pub(crate) chunk: &'w S::Chunk,
    tally: &'w Tally,
    limit: u64,
}

impl<S: Source> Asking<'_, S> {
    async fn page(&self, page: u32) -> Result<Read, Failure> {
        self.page_of(self.chunk, page).await
    }

    async fn page_of(&self, chunk: &S::Chunk, page: u32) -> Result<Read, Failure> {
        let walk = self.walk;
        let answer = self.answer(chunk, page).await?;
        let bytes = answer.body.len() as u64;
        let (source, chunk) = (Arc::clone(&walk.source), chunk.clone());
        let read = off_the_runtime(move || {
            let page = source.read(&chunk, page, &answer.body)?;
            let objects = keys::objects(&page.frame, &page.objects, source.key())?;
            let seen = keys::seen(&page.objects);
            Ok(Read { page, objects, seen, body: xxh3_128(&answer.body) })
        });
        let read = read.await?.map_err(Failure::Unreadable)?;
        walk.progress.page(read.page.frame.height() as u64, bytes);
        Ok(read)
    }

    async fn answer(&self, chunk: &S::Chunk, page: u32) -> Result<Answer, Failure> {
        let walk = self.walk;
        let turn = walk.pace.turn().await;
        let answer = walk.client.get_up_to(&walk.source.request(chunk, page), self.limit).await;
        let (requests, retries, bytes) = match &answer {
            Ok(answer) => (answer.requests, answer.retries, answer.body.len() as u64),
            Err(error) => sent_in_vain(error),
        };
        self.count(requests, retries, bytes);
        match &answer {
            Ok(_) => turn.answered(bytes, retries == 0).await,
            Err(_) => turn.failed().await,
        }
        answer.map_err(Failure::Http)
    }

    pub(crate) fn count(&self, requests: u32, retries: u32, bytes: u64) {
        for tally in [self.tally, &*self.walk.totals] {
            tally.add(requests, retries, bytes);
        }
        if retries > 0 {
            self.walk.progress.retried(retries);
        }
    }

    /// An answer that no count and no page proves. One that may have been cut is asked for in pieces, each proved in turn:
    /// whatever cuts a server's answers cuts a smaller one later or not at all. Where there is nothing smaller, it is asked
    /// for again until two answers agree.
    async fn whole(&self, first: Read, keeping: &mut Keeping<'_>) -> Result<Proof, Failure> {
        if !first.page.may_be_cut {
            self.walk.keep(keeping, first).await?;
            return Ok(Proof::WholeAnswer);
        }
        self.not_cut(summary(&first)?, keeping).await
    }

    /// What may have been cut, in parts or twice. `first` is what the answer said, where that is known.
    pub(crate) async fn not_cut(&self, first: Option<Summary>, keeping: &mut Keeping<'_>) -> Result<Proof, Failure> {
        if self.in_parts(self.chunk, first, keeping).await? { Ok(Proof::AskedInParts) } else { Ok(Proof::AskedAgain) }
    }

    /// Whether there were parts.
    fn in_parts<'a>(
        &'a self,
        chunk: &'a S::Chunk,
        first: Option<Summary>,
        keeping: &'a mut Keeping<'_>,
    ) -> BoxFuture<'a, Result<bool, Failure>> {
        async move {
            let parts = self.walk.source.split(chunk, &self.walk.client).await.map_err(Failure::Http)?;
            let Some(parts) = parts else {
                let agreed = self.agreed(chunk, first).await?;
                self.walk.keep(keeping, agreed).await?;
                return Ok(false);
            };
            for part in parts {
                let read = self.page_of(&part, 1).await?;
                if read.page.may_be_cut {
                    self.in_parts(&part, summary(&read)?, keeping).await?;
                } else {
                    self.walk.keep(keeping, read).await?;
                }
            }
            Ok(true)
        }
        .boxed()
    }

    async fn agreed(&self, chunk: &S::Chunk, first: Option<Summary>) -> Result<Read, Failure> {
        let mut seen = Vec::from_iter(first);
        while seen.len() < ANSWERS_AT_MOST {
            let again = self.page_of(chunk, 1).await?;
            // The server cuts only where it has fetched a full round of rows: with another count this one is whole.
            let this = summary(&again)?;
            if !again.page.may_be_cut || this.is_some_and(|this| seen.contains(&this)) {
                return Ok(again);
            }
            seen.extend(this);
        }
        Err(Failure::NeverTwiceTheSame { answers: seen.len() })
    }

    /// Pages until the server names no next one. One page is asked for ahead where that loses nothing: large pages take the
    /// server longer than the client, and a page too far costs it one empty answer.
    async fn follow(&self, mut next: u32, keeping: &mut Keeping<'_>) -> Result<(), Failure> {
        let mut ahead = FuturesOrdered::new();
        for _ in 0..self.walk.pages_at_once(self.chunk).min(2) {
            ahead.push_back(self.page(next));
            next += 1;
        }
        let mut guard = Guard::default();
        let mut at = next - u32::try_from(ahead.len()).unwrap_or(u32::MAX);
        while let Some(read) = ahead.next().await {
            let read = read?;
            guard.see(&read, at)?;
            at += 1;
            let last = read.page.more == More::Last;
            self.walk.keep(keeping, read).await?;
            if last {
                break;
            }
            ahead.push_back(self.page(next));
            next += 1;
        }
        Ok(())
    }

    /// The pages of the server's count, then on until an empty one: rows may have been added meanwhile, and have moved
    /// others past the count. Short pages say nothing.
    async fn counted(&self, next: u32, count: u32, keeping: &mut Keeping<'_>) -> Result<(), Failure> {
        let at_once = self.walk.pages_at_once(self.chunk);
        let mut rest = stream::iter(next..=count).map(|page| self.page(page)).buffered(at_once);
        while let Some(read) = rest.next().await {
            self.walk.keep(keeping, read?).await?;
        }
        self.until_empty(next.max(count + 1), keeping).await
    }

    async fn until_empty(&self, mut next: u32, keeping: &mut Keeping<'_>) -> Result<(), Failure> {
        let mut guard = Guard::default();
        loop {
            let read = self.page(next).await?;
            if read.page.received == 0 {
                return Ok(());
            }
            guard.see(&read, next)?;
            self.walk.keep(keeping, read).await?;
            next += 1;
        }
    }
}
