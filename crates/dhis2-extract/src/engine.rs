//! The run: chunks at once, pages in order, refused chunks narrowed down.

use std::collections::VecDeque;
use std::fmt;
use std::path::Path;
use std::sync::Arc;

use dhis2_api::datetime::Instant;
use dhis2_api::system::Me;
use dhis2_api::{dialect::Dialect, request::ApiRequest};
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
use crate::walk::{Failure, Walk, Walked};

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
        self.receipt.file = Some(FileReceipt {
            path: written.path.display().to_string(),
            rows: written.rows as u64,
            bytes: written.bytes,
        });
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

    /// The dialect of the server.
    ///
    /// # Errors
    /// [`HttpError`] where the server does not say its version, or one that is not supported.
    pub async fn dialect(&self) -> Result<Dialect, HttpError> {
        Ok(self.client.server().await?.dialect)
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
        let sum = |of: fn(&ChunkReceipt) -> u64| receipts.iter().map(of).sum();
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
            requests: sum(|c| c.requests),
            retries: sum(|c| c.retries),
            bytes: sum(|c| c.bytes),
            chunks: receipts,
            warnings,
            file: None,
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
                message: format!("DHIS2 {} is newer than any version this program knows; it is spoken to as if it were 2.43", server.version),
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
    fn new<S: Source>(source: &S, chunk: &S::Chunk, state: ChunkState) -> Self {
        Self { parts: Vec::new(), receipt: chunk_receipt(source.describe(chunk), chunk_id(source, chunk), state) }
    }
}

/// An id derived from what is asked for, so that the same query has the same chunks.
fn chunk_id<S: Source>(source: &S, chunk: &S::Chunk) -> String {
    content_id(&source.request(chunk, 1).path_and_query())
}

fn chunk_receipt(what: String, id: String, state: ChunkState) -> ChunkReceipt {
    ChunkReceipt { id, what, state, rows: 0, pages: 0, requests: 0, retries: 0, bytes: 0, proof: None, error: None }
}

/// Walks a chunk; where the server refuses it, the pieces that it does not refuse.
async fn one_chunk<S: Source>(walk: &Walk<S>, chunk: S::Chunk) -> Result<Vec<Outcome>, ExtractError> {
    let mut todo = VecDeque::from([chunk]);
    let mut done = Vec::new();
    while let Some(chunk) = todo.pop_front() {
        let source = walk.source.as_ref();
        match walk.chunk(&chunk).await {
            Ok(walked) => {
                let mut outcome = Outcome::new(source, &chunk, ChunkState::Complete);
                fill(&mut outcome, walked);
                done.push(outcome);
            }
            Err(Failure::Http(error)) if error.is_authentication() => return Err(error.into()),
            Err(Failure::Http(error)) if error.is_refused() => match source.narrow(&chunk, &error) {
                Some(narrowed) => {
                    for what in narrowed.given_up {
                        let mut receipt = chunk_receipt(what.clone(), content_id(&what), ChunkState::Refused);
                        receipt.error = Some(error.to_string());
                        done.push(Outcome { parts: Vec::new(), receipt });
                    }
                    for part in narrowed.parts.into_iter().rev() {
                        todo.push_front(part);
                    }
                }
                None => {
                    let mut outcome = Outcome::new(source, &chunk, ChunkState::Refused);
                    outcome.receipt.error = Some(error.to_string());
                    done.push(outcome);
                }
            },
            Err(Failure::Worker(error)) => return Err(error.into()),
            Err(Failure::Http(error)) => done.push(failed(source, &chunk, error.to_string())),
            Err(Failure::Unreadable(error)) => done.push(failed(source, &chunk, unreadable(&error))),
            Err(Failure::SamePageAgain { page }) => {
                done.push(failed(source, &chunk, format!("the server answered page {page} with the rows of the page before")));
            }
            Err(Failure::NeverTwiceTheSame { answers }) => done.push(failed(
                source,
                &chunk,
                format!("the server may have cut its answer, and no two of {answers} answers were the same; ask for less at a time"),
            )),
        }
    }
    Ok(done)
}

fn unreadable(error: &FrameError) -> String {
    format!("the answer cannot be read: {error}")
}

fn failed<S: Source>(source: &S, chunk: &S::Chunk, error: String) -> Outcome {
    let mut outcome = Outcome::new(source, chunk, ChunkState::Failed);
    outcome.receipt.error = Some(error);
    outcome
}

fn fill(outcome: &mut Outcome, walked: Walked) {
    let receipt = &mut outcome.receipt;
    receipt.rows = walked.parts.iter().map(|part| part.frame.height() as u64).sum();
    receipt.pages = walked.pages;
    receipt.requests = walked.requests;
    receipt.retries = walked.retries;
    receipt.bytes = walked.bytes;
    receipt.proof = Some(walked.proof);
    outcome.parts = walked.parts;
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

