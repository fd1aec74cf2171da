//! What a part of DHIS2 must say about itself to be extracted.

use std::fmt::Debug;

use async_trait::async_trait;
use bytes::Bytes;
use dhis2_api::request::ApiRequest;
use dhis2_frame::{FrameError, FrameSchema};
use dhis2_http::{Client, HttpError};
use polars::frame::DataFrame;
use serde::{Deserialize, Serialize};

use crate::plan::Spelling;
use crate::protect::Protect;

/// One kind of extract, planned: its chunks, their requests, and how an answer becomes columns.
///
/// A source asks the server nothing but how its organisation units lie, to cut a chunk. The engine owns the order of things.
#[async_trait]
pub trait Source: Send + Sync + 'static {
    /// One piece of the work, asked for by one request or by one walk over pages.
    type Chunk: Clone + Debug + Send + Sync + 'static;

    /// The columns that come out.
    fn schema(&self) -> &'static FrameSchema;

    /// The columns that tell one object from another; the same key twice is the same object sent twice.
    fn key(&self) -> &'static [&'static str];

    /// The work, in the order in which the rows are to stand.
    fn chunks(&self) -> Vec<Self::Chunk>;

    /// What a chunk asks for, in words a user understands. Holds ids and dates only.
    fn describe(&self, chunk: &Self::Chunk) -> String;

    /// The request for a page of a chunk; pages count from 1.
    fn request(&self, chunk: &Self::Chunk, page: u32) -> ApiRequest;

    /// Whether the pages of a chunk may be asked for at the same time: where new objects stand behind all others. Elsewhere
    /// one that is added while page 3 is there and page 2 is not moves an object from page 2 to page 3, and it is lost.
    fn pages_at_once(&self, chunk: &Self::Chunk) -> bool;

    /// Reads an answer.
    ///
    /// # Errors
    /// [`FrameError`] where the body is not what the endpoint is known to send: never a row too few or a wrong one.
    fn read(&self, chunk: &Self::Chunk, page: u32, body: &[u8]) -> Result<Page, FrameError>;

    /// Whether answers are read [while they arrive](Self::read_arriving): where there are no pages, and a single answer may be
    /// longer than memory.
    fn reads_arriving(&self) -> bool {
        false
    }

    /// Reads an answer while it arrives. `next` waits for its next bytes, of which there are none at the end; `take` is given
    /// rows as they come, some ten thousands at a time, and how they make up objects. The page has the rows that are left, and counts all.
    ///
    /// A source that does not [read so](Self::reads_arriving) waits for the whole.
    ///
    /// # Errors
    /// As of [`read`](Self::read), and whatever `take` fails with.
    fn read_arriving(
        &self,
        chunk: &Self::Chunk,
        next: &mut dyn FnMut() -> Option<Bytes>,
        take: &mut dyn FnMut(DataFrame, &Objects) -> Result<(), FrameError>,
    ) -> Result<Page, FrameError> {
        let _ = take;
        let mut body = Vec::new();
        while let Some(piece) = next() {
            body.extend_from_slice(&piece);
        }
        self.read(chunk, 1, &body)
    }

    /// The same work in smaller pieces that lose and double nothing, for an answer that may have been cut, is too large, or
    /// takes too long: first less time, then fewer organisation units, then fewer elements. `None` where there is nothing
    /// smaller.
    ///
    /// # Errors
    /// [`HttpError`] where the server must be asked how to cut, and cannot.
    async fn split(&self, chunk: &Self::Chunk, client: &Client) -> Result<Option<Vec<Self::Chunk>>, HttpError>;

    /// A request that makes the server count what a chunk will bring, where it can do that without fetching it. The answer is
    /// read as the first page, and [`Page::counted`] is wanted.
    fn count(&self, _chunk: &Self::Chunk) -> Option<ApiRequest> {
        None
    }

    /// How parameters are spelled for the server's version, and why: for a reader of the plan.
    fn spellings(&self) -> Vec<Spelling> {
        Vec::new()
    }

    /// Whether the server says that the answer would have too many rows: then the pieces of [`split`](Self::split) are asked
    /// for instead.
    fn is_too_much(&self, _error: &HttpError) -> bool {
        false
    }

    /// The same work in smaller pieces, after the server refused access to some of it: what the refusal names is left out
    /// and named in [`Narrowed::given_up`]; where it names nothing, halves. `None` where there is nothing smaller.
    fn narrow(&self, chunk: &Self::Chunk, refusal: &HttpError) -> Option<Narrowed<Self::Chunk>>;

    /// What protects the persons in its rows, where something does: whatever is said of its chunks goes through that.
    fn protection(&self) -> Option<&dyn Protect> {
        None
    }
}

/// A chunk in smaller pieces.
#[derive(Debug, Clone)]
pub struct Narrowed<C> {
    /// The pieces to ask for instead.
    pub parts: Vec<C>,
    /// What is given up, in words: the server will not show it to this account.
    pub given_up: Vec<String>,
}

/// One answer, read.
#[derive(Debug)]
pub struct Page {
    /// The rows, in the columns of the source's schema.
    pub frame: DataFrame,
    /// How many objects (data values, events) the server sent, before anything was left out on the client.
    pub received: u64,
    /// How many objects the server says there are on all pages together, where it says so.
    pub counted: Option<u64>,
    /// Which rows belong together.
    pub objects: Objects,
    /// Whether more pages follow.
    pub more: More,
    /// Whether the answer could have been cut short without a sign of it.
    pub may_be_cut: bool,
}

/// How rows make up objects, for telling duplicates.
#[derive(Debug, Clone)]
pub enum Objects {
    /// Every row is an object; of two alike, the one with the later time in this column counts.
    Rows {
        /// A datetime column of the frame.
        updated: &'static str,
    },
    /// An object is a run of rows.
    Runs {
        /// The first row of each object, ascending, beginning with 0.
        starts: Vec<u32>,
        /// When each object was last updated (any scale, as long as later is greater).
        updated: Vec<i64>,
    },
    /// The same, and at which objects it was looked, whatever rows came of them: later steps ask
    /// [`Fetched::seen`](crate::Fetched::seen), and none of them is missing.
    Seen {
        /// As of [`Objects::Runs`].
        starts: Vec<u32>,
        /// As of [`Objects::Runs`].
        updated: Vec<i64>,
        /// The keys of the objects.
        seen: Vec<String>,
    },
}

/// Whether more pages follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum More {
    /// The answer is whole: the endpoint knows no pages.
    Unpaged,
    /// The server named a next page.
    Next,
    /// The server named no next page.
    Last,
    /// So many pages there are, by the server's count. A page beyond them must be empty to prove it.
    Count(u32),
    /// The server says nothing: only an empty page is the end.
    UntilEmpty,
}
