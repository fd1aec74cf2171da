//! One chunk, from its first page to the proof that there are no more.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use dhis2_frame::FrameError;
use dhis2_http::{Client, HttpError};
use futures_util::future::{BoxFuture, FutureExt};
use futures_util::stream::{self, FuturesOrdered, StreamExt, TryStreamExt};
use tokio::sync::Semaphore;
use tokio::task::JoinError;

use crate::duplicates::Part;
use crate::progress::Progress;
use crate::proof::Summary;
use crate::receipt::Proof;
use crate::source::{More, Page, Source};

/// How often a possibly cut answer is asked for until two agree. Two suffice unless data are being entered meanwhile.
const ANSWERS_AT_MOST: usize = 5;

/// What walking over a chunk needs.
pub(crate) struct Walk<S> {
    pub(crate) client: Client,
    pub(crate) source: Arc<S>,
    pub(crate) concurrency: usize,
    /// Requests at the same time, over all chunks.
    pub(crate) slots: Arc<Semaphore>,
    pub(crate) progress: Arc<dyn Progress>,
    /// What the whole run sent and received.
    pub(crate) totals: Arc<Tally>,
}

impl<S> Clone for Walk<S> {
    fn clone(&self) -> Self {
        Self {
            client: self.client.clone(),
            source: Arc::clone(&self.source),
            concurrency: self.concurrency,
            slots: Arc::clone(&self.slots),
            progress: Arc::clone(&self.progress),
            totals: Arc::clone(&self.totals),
        }
    }
}

/// A chunk that is whole.
pub(crate) struct Walked {
    pub(crate) parts: Vec<Part>,
    pub(crate) pages: u32,
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

    /// Requests sent, requests sent again, bytes received.
    pub(crate) fn counts(&self) -> (u64, u64, u64) {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        (read(&self.requests), read(&self.retries), read(&self.bytes))
    }
}

impl<S: Source> Walk<S> {
    /// All pages of a chunk.
    pub(crate) async fn chunk(&self, chunk: &S::Chunk, tally: &Tally) -> Result<Walked, Failure> {
        let first = self.page(chunk, 1, tally).await?;
        let (pages, proof) = match first.more {
            More::Unpaged => self.whole(chunk, first, tally).await?,
            More::Last => (vec![first], Proof::NoNextPage),
            More::Next => (self.follow(chunk, first, tally).await?, Proof::NoNextPage),
            // One page holds all: it is one answer to one question, with nothing that could shift.
            More::Count(0 | 1) => (vec![first], Proof::PageCount),
            More::Count(count) => (self.counted(chunk, first, count, tally).await?, Proof::PageCount),
            More::UntilEmpty => (self.until_empty(chunk, vec![first], 2, tally).await?, Proof::EmptyPage),
        };
        Ok(Walked {
            pages: u32::try_from(pages.len()).unwrap_or(u32::MAX),
            parts: pages.into_iter().map(|page| Part { frame: page.frame, objects: page.objects }).collect(),
            proof,
        })
    }

    fn pages_at_once(&self, chunk: &S::Chunk) -> usize {
        if self.source.pages_at_once(chunk) { self.concurrency } else { 1 }
    }

    async fn page(&self, chunk: &S::Chunk, page: u32, tally: &Tally) -> Result<Page, Failure> {
        let answer = {
            // The semaphore is never closed; were it, going on without a slot would still be right.
            let _slot = self.slots.acquire().await.ok();
            self.client.get(&self.source.request(chunk, page)).await
        };
        let (requests, retries, bytes) = match &answer {
            Ok(answer) => (answer.requests, answer.retries, answer.body.len() as u64),
            Err(_) => (1, 0, 0),
        };
        for tally in [tally, &*self.totals] {
            tally.add(requests, retries, bytes);
        }
        let answer = answer.map_err(Failure::Http)?;
        // Flattening is work for a core, not for the runtime's thread that the other answers wait on.
        let (source, chunk) = (Arc::clone(&self.source), chunk.clone());
        let read = tokio::task::spawn_blocking(move || source.read(&chunk, page, &answer.body)).await;
        let read = read.map_err(Failure::Worker)?.map_err(Failure::Unreadable)?;
        self.progress.page(read.frame.height() as u64, bytes);
        Ok(read)
    }

    /// An answer that no count and no page proves. One that may have been cut is asked for in pieces, each proved in turn:
    /// whatever cuts a server's answers cuts a smaller one later or not at all. Where there is nothing smaller, it is asked
    /// for again until two answers agree.
    fn whole<'w>(
        &'w self,
        chunk: &'w S::Chunk,
        first: Page,
        tally: &'w Tally,
    ) -> BoxFuture<'w, Result<(Vec<Page>, Proof), Failure>> {
        async move {
            if !first.may_be_cut {
                return Ok((vec![first], Proof::WholeAnswer));
            }
            let Some(parts) = self.source.split(chunk) else {
                return Ok((vec![self.agreed(chunk, &first, tally).await?], Proof::AskedAgain));
            };
            let mut pages = Vec::new();
            for part in parts {
                let page = self.page(&part, 1, tally).await?;
                pages.extend(self.whole(&part, page, tally).await?.0);
            }
            Ok((pages, Proof::AskedInParts))
        }
        .boxed()
    }

    async fn agreed(&self, chunk: &S::Chunk, first: &Page, tally: &Tally) -> Result<Page, Failure> {
        let summary = |page: &Page| Summary::of(page.received, &page.frame).map_err(Failure::Unreadable);
        let mut seen = vec![summary(first)?];
        while seen.len() < ANSWERS_AT_MOST {
            let again = self.page(chunk, 1, tally).await?;
            // The server cuts only where it has fetched a full round of rows: with another count this one is whole.
            let this = summary(&again)?;
            if !again.may_be_cut || seen.contains(&this) {
                return Ok(again);
            }
            seen.push(this);
        }
        Err(Failure::NeverTwiceTheSame { answers: seen.len() })
    }

    /// Pages until the server names no next one. One page is asked for ahead where that loses nothing: large pages take the
    /// server longer than the client, and a page too far costs it one empty answer.
    async fn follow(&self, chunk: &S::Chunk, first: Page, tally: &Tally) -> Result<Vec<Page>, Failure> {
        let mut pages = vec![first];
        let mut ahead = FuturesOrdered::new();
        let mut next = 2;
        for _ in 0..self.pages_at_once(chunk).min(2) {
            ahead.push_back(self.page(chunk, next, tally));
            next += 1;
        }
        while let Some(page) = ahead.next().await {
            let page = page?;
            let last = page.more == More::Last;
            pages.push(page);
            if last {
                break;
            }
            ahead.push_back(self.page(chunk, next, tally));
            next += 1;
        }
        Ok(pages)
    }

    /// The pages of the server's count, then on until an empty one: rows may have been added meanwhile, and have moved
    /// others past the count. Short pages say nothing.
    async fn counted(&self, chunk: &S::Chunk, first: Page, count: u32, tally: &Tally) -> Result<Vec<Page>, Failure> {
        let rest: Vec<Page> = stream::iter(2..=count)
            .map(|page| self.page(chunk, page, tally))
            .buffered(self.pages_at_once(chunk))
            .try_collect()
            .await?;
        let mut pages = vec![first];
        pages.extend(rest);
        self.until_empty(chunk, pages, count + 1, tally).await
    }

    async fn until_empty(
        &self,
        chunk: &S::Chunk,
        mut pages: Vec<Page>,
        mut next: u32,
        tally: &Tally,
    ) -> Result<Vec<Page>, Failure> {
        let mut before = None;
        loop {
            let page = self.page(chunk, next, tally).await?;
            if page.received == 0 {
                return Ok(pages);
            }
            // A server that takes no notice of the page number would be asked for ever.
            let this = Summary::of(page.received, &page.frame).map_err(Failure::Unreadable)?;
            if before.replace(this) == Some(this) {
                return Err(Failure::SamePageAgain { page: next });
            }
            pages.push(page);
            next += 1;
        }
    }
}
