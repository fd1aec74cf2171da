//! The run: chunks at once, pages in order, refused chunks narrowed down.

use std::collections::VecDeque;
use std::fmt;
use std::path::Path;
use std::sync::Arc;

use dhis2_api::datetime::Instant;
use dhis2_api::request::ApiRequest;
use dhis2_api::system::Me;
use dhis2_frame::{Format, FrameError, FrameSchema, write_frame};
use dhis2_http::{Client, HttpError};
use futures_util::stream::{self, StreamExt, TryStreamExt};
use polars::frame::DataFrame;
use tokio::sync::Semaphore;

use crate::duplicates::{self, Part};
use crate::error::ExtractError;
use crate::progress::{Progress, Silent};
use crate::proof::content_id;
use crate::receipt::{ChunkReceipt, ChunkState, FileReceipt, Receipt, ServerReceipt, State, Warning, WarningKind};
use crate::source::Source;
use crate::walk::{Failure, Tally, Walk, Walked};

/// How a run goes about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// Requests at the same time, at least 1. Two keep a server of two cores busy; four were slower there (wire document,
    /// section 8, "What requests cost").
    pub concurrency: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self { concurrency: 2 }
    }
}

/// What is known of an extract before it runs, for its receipt.
#[derive(Debug, Clone, PartialEq)]
pub struct Preparation {
    /// The kind of extract, such as `data_values`.
    pub extract: &'static str,
    /// The query as it was understood.
    pub query: serde_json::Value,
    /// What was noticed while planning.
    pub warnings: Vec<Warning>,
}

/// A result with its receipt.
#[derive(Debug, Clone)]
pub struct Extraction {
    /// The rows.
    pub frame: DataFrame,
    /// Whether they are all, and how it was proved.
    pub receipt: Receipt,
}

impl Extraction {
    /// Writes the rows to a file, whole or not at all, in the format of its extension (`.parquet`, `.csv`, `.arrow`,
    /// `.ndjson`), and notes the file in the receipt.
    ///
    /// # Errors
    /// [`FrameError`] where the extension is none of these or the file cannot be written.
    pub fn write(&mut self, path: &Path) -> Result<(), FrameError> {
        let written = write_frame(&self.frame, path, Format::from_path(path)?)?;
        self.receipt.files.push(FileReceipt::of(&written));
        Ok(())
    }
}

/// Runs a [`Source`] against a server.
#[derive(Clone)]
pub struct Engine {
    client: Client,
    options: Options,
    progress: Arc<dyn Progress>,
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine").field("client", &self.client).field("options", &self.options).finish_non_exhaustive()
    }
}

impl Engine {
    /// An engine with the usual options, watched by nobody.
    pub fn new(client: Client) -> Self {
        Self { client, options: Options::default(), progress: Arc::new(Silent) }
    }

    /// The same engine with other options.
    pub fn with_options(self, options: Options) -> Self {
        Self { options: Options { concurrency: options.concurrency.max(1) }, ..self }
    }

    /// The same engine, watched.
    pub fn with_progress(self, progress: Arc<dyn Progress>) -> Self {
        Self { progress, ..self }
    }

    /// The client, for questions to the same server.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Runs a source: every chunk is asked for, every object kept once, and what could not be had is named.
    ///
    /// # Errors
    /// [`ExtractError`] where the login fails, or where every chunk fails or is refused: then there is no result at all.
    /// Chunks that fail beside others make the receipt [`State::Partial`].
    pub async fn run<S: Source>(&self, source: S, preparation: Preparation) -> Result<Extraction, ExtractError> {
        let started_at = Instant::now().to_string();
        let server = self.server_receipt().await?;
        let source = Arc::new(source);
        let chunks = source.chunks();
        self.progress.planned(chunks.len());

        let walk = Walk {
            client: self.client.clone(),
            source: Arc::clone(&source),
            concurrency: self.options.concurrency,
            slots: Arc::new(Semaphore::new(self.options.concurrency)),
            progress: Arc::clone(&self.progress),
            totals: Arc::new(Tally::default()),
        };
        let mut outcomes: Vec<(usize, Vec<Outcome>)> = stream::iter(chunks.into_iter().enumerate())
            .map(|(position, chunk)| {
                let walk = walk.clone();
                async move {
                    let outcome = one_chunk(&walk, chunk).await;
                    walk.progress.chunk_done();
                    outcome.map(|outcome| (position, outcome))
                }
            })
            .buffer_unordered(self.options.concurrency)
            .try_collect()
            .await?;
        outcomes.sort_by_key(|(position, _)| *position);
        let outcomes: Vec<Outcome> = outcomes.into_iter().flat_map(|(_, outcome)| outcome).collect();

        nothing_came(&outcomes)?;
        let mut parts = Vec::new();
        let mut receipts = Vec::with_capacity(outcomes.len());
        for outcome in outcomes {
            parts.extend(outcome.parts);
            receipts.push(outcome.receipt);
        }
        let unique = duplicates::remove(parts, source.key())?;
        let frame = concat(source.schema(), unique.frames)?;

        let mut warnings = preparation.warnings;
        warnings.extend(server.warnings);
        let (requests, retries, bytes) = walk.totals.counts();
        let mut receipt = Receipt {
            tool: concat!("dhis2 ", env!("CARGO_PKG_VERSION")).to_owned(),
            extract: preparation.extract.to_owned(),
            query: preparation.query,
            server: server.receipt,
            started_at,
            finished_at: Instant::now().to_string(),
            state: State::Complete,
            rows: frame.height() as u64,
            duplicates_removed: unique.removed,
            requests,
            retries,
            bytes,
            chunks: receipts,
            warnings,
            changed: Vec::new(),
            wide: Vec::new(),
            files: Vec::new(),
        };
        if !receipt.missing().is_empty() {
            receipt.state = State::Partial;
        }
        Ok(Extraction { frame, receipt })
    }

    async fn server_receipt(&self) -> Result<KnownServer, HttpError> {
        let server = self.client.server().await?;
        // Who asks is for the reader of the receipt; a server that does not tell is no reason to stop.
        let me: Option<Me> = self.client.get_json(&ApiRequest::get("me").param("fields", Me::FIELDS)).await.ok();
        let mut warnings = Vec::new();
        if server.dialect.newer_than_known {
            warnings.push(Warning {
                kind: WarningKind::NewServer,
                message: format!(
                    "DHIS2 {} is newer than any version this program knows; it is spoken to as if it were 2.43",
                    server.version
                ),
            });
        }
        let receipt = ServerReceipt {
            url: self.client.server_url(),
            version: server.info.version.clone(),
            time_zone: server.info.server_time_zone_id.clone(),
            user: me.and_then(|me| me.username),
        };
        Ok(KnownServer { receipt, warnings })
    }
}

struct KnownServer {
    receipt: ServerReceipt,
    warnings: Vec<Warning>,
}

/// What became of one chunk or of a piece of it.
struct Outcome {
    parts: Vec<Part>,
    receipt: ChunkReceipt,
}

impl Outcome {
    /// A chunk of which nothing came.
    fn lost(what: String, id: String, state: ChunkState, error: String) -> Self {
        let receipt = ChunkReceipt {
            id,
            what,
            state,
            rows: 0,
            pages: 0,
            requests: 0,
            retries: 0,
            bytes: 0,
            proof: None,
            error: Some(error),
        };
        Self { parts: Vec::new(), receipt }
    }

    fn whole(what: String, id: String, walked: Walked) -> Self {
        let mut outcome = Self::lost(what, id, ChunkState::Complete, String::new());
        outcome.receipt.error = None;
        outcome.receipt.rows = walked.parts.iter().map(|part| part.frame.height() as u64).sum();
        outcome.receipt.pages = walked.pages;
        outcome.receipt.proof = Some(walked.proof);
        outcome.parts = walked.parts;
        outcome
    }

    fn with(mut self, tally: &Tally) -> Self {
        (self.receipt.requests, self.receipt.retries, self.receipt.bytes) = tally.counts();
        self
    }
}

/// Walks a chunk; where the server refuses it, the pieces that it does not refuse.
async fn one_chunk<S: Source>(walk: &Walk<S>, chunk: S::Chunk) -> Result<Vec<Outcome>, ExtractError> {
    let source = walk.source.as_ref();
    let mut todo = VecDeque::from([chunk]);
    let mut done = Vec::new();
    while let Some(chunk) = todo.pop_front() {
        let what = source.describe(&chunk);
        // Derived from what is asked for, so that the same query has the same chunks.
        let id = content_id(&source.request(&chunk, 1).path_and_query());
        let tally = Tally::default();
        let outcome = match walk.chunk(&chunk, &tally).await {
            Ok(walked) => Outcome::whole(what, id, walked),
            Err(Failure::Http(error)) if error.is_authentication() => return Err(error.into()),
            Err(Failure::Worker(error)) => return Err(error.into()),
            Err(Failure::Http(error)) if source.is_too_much(&error) => match source.split(&chunk) {
                Some(parts) => {
                    parts.into_iter().rev().for_each(|part| todo.push_front(part));
                    continue;
                }
                None => Outcome::lost(what, id, ChunkState::Failed, error.to_string()),
            },
            Err(Failure::Http(error)) if error.is_refused() => {
                if let Some(narrowed) = source.narrow(&chunk, &error) {
                    done.extend(narrowed.given_up.into_iter().map(|what| {
                        let id = content_id(&what);
                        Outcome::lost(what, id, ChunkState::Refused, error.to_string()).with(&tally)
                    }));
                    for part in narrowed.parts.into_iter().rev() {
                        todo.push_front(part);
                    }
                    continue;
                }
                Outcome::lost(what, id, ChunkState::Refused, error.to_string())
            }
            Err(failure) => Outcome::lost(what, id, ChunkState::Failed, failure.to_string()),
        };
        done.push(outcome.with(&tally));
    }
    Ok(done)
}

/// All frames under each other, in one piece.
fn concat(schema: &FrameSchema, frames: Vec<DataFrame>) -> Result<DataFrame, FrameError> {
    let mut all = schema.empty();
    for frame in frames {
        all.vstack_mut_owned(frame)?;
    }
    all.rechunk_mut();
    Ok(all)
}

fn nothing_came(outcomes: &[Outcome]) -> Result<(), ExtractError> {
    let mut lost = outcomes.iter().filter(|outcome| outcome.receipt.state != ChunkState::Complete);
    match lost.next() {
        Some(first) if lost.count() + 1 == outcomes.len() => Err(ExtractError::NothingCame {
            failed: outcomes.len(),
            what: first.receipt.what.clone(),
            cause: first.receipt.error.clone().unwrap_or_default(),
        }),
        _ => Ok(()),
    }
}
