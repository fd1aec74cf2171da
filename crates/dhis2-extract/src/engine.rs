//! The run: chunks at once, pages in order, what is too much cut in pieces, what is refused narrowed down.

use std::fmt;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use dhis2_api::datetime::Instant;
use dhis2_api::request::ApiRequest;
use dhis2_api::system::Me;
use dhis2_frame::{Format, FrameError, write_frame};
use dhis2_http::{Client, HttpError};
use polars::frame::DataFrame;
use tokio::sync::OnceCell;

use crate::chunk::Run;
use crate::closing::{new_receipt, nothing_came};
use crate::error::ExtractError;
use crate::fetched::Fetched;
use crate::pace::Pace;
use crate::plan::{Plan, chunk_id, plan};
use crate::progress::{Progress, Silent};
use crate::proof::content_id;
use crate::protect::Protect;
use crate::receipt::{FileReceipt, Receipt, ServerReceipt, Warning, WarningKind};
use crate::refine::Refine;
use crate::sequel::Sequel;
use crate::source::Source;
use crate::store::{Job, JobHead};
use crate::walk::{Tally, Walk};

/// How a run goes about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// Requests at the same time at most, at least 1. A run begins with two and comes up to this only while answers stay
    /// fast.
    pub concurrency: usize,
    /// One request at a time, and after each the server has as long to itself as the request took.
    pub polite: bool,
    /// An answer of more bytes, without the compression of the way, is given up, and asked for in pieces where there are
    /// smaller ones. Together with the concurrency it says how much memory a run takes.
    pub body_limit: u64,
    /// Whether everything is asked for once more, in other pieces, and compared.
    pub verify: bool,
    /// Only these chunks of the plan, from 1.
    pub only: Option<RangeInclusive<usize>>,
}

impl Default for Options {
    /// Two requests at the same time (four were slower on a server of two cores: wire document, section 8, "What requests
    /// cost"), answers of up to 32 MiB: some 100,000 data values.
    fn default() -> Self {
        Self { concurrency: 2, polite: false, body_limit: 32 << 20, verify: false, only: None }
    }
}

/// What is known of an extract before it runs.
#[derive(Clone)]
pub struct Preparation {
    /// The kind of extract, such as `data_values`.
    pub extract: &'static str,
    /// The query as it was understood.
    pub query: serde_json::Value,
    /// A digest of what the query does not show and the rows depend on: the values that people's values are compared with.
    pub hidden: Option<String>,
    /// What was noticed while planning.
    pub warnings: Vec<Warning>,
    /// Objects that were named, and are missing where they do not come.
    pub expected: Expected,
    /// The question means another moment each time it is asked: a run of it cannot go on from an earlier one.
    pub only_now: bool,
    /// What the server's clock shows now, where later changes are looked for: see [`Fetched::begin`].
    pub begin: Option<Instant>,
    /// What is done to the rows before they are kept.
    pub refine: Vec<Arc<dyn Refine>>,
    /// What is asked for once the chunks are there.
    pub sequel: Option<Arc<dyn Sequel>>,
}

impl Preparation {
    /// Of an extract that expects no object in particular and leaves the rows as they are.
    pub fn new(extract: &'static str, query: serde_json::Value, warnings: Vec<Warning>) -> Self {
        Self {
            extract,
            query,
            hidden: None,
            warnings,
            expected: Expected::default(),
            only_now: false,
            begin: None,
            refine: Vec::new(),
            sequel: None,
        }
    }

    /// The same, with the digest of what the query does not show.
    pub fn hiding(self, what: &str) -> Self {
        Self { hidden: (!what.is_empty()).then(|| content_id(what)), ..self }
    }

    /// The query, with what is done to its rows.
    fn query(&self) -> serde_json::Value {
        let mut query = self.query.clone();
        for refine in &self.refine {
            let (name, what) = refine.describe();
            query[name] = what;
        }
        query
    }
}

impl fmt::Debug for Preparation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Preparation")
            .field("extract", &self.extract)
            .field("query", &self.query)
            .finish_non_exhaustive()
    }
}

/// Objects that were asked for by name.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Expected {
    /// What they are, such as `event of this program`.
    pub what: String,
    /// Their keys; the source must have a single key column.
    pub keys: Vec<String>,
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
    job: Option<PathBuf>,
    /// The job is that of a later step of a run.
    step: bool,
    progress: Arc<dyn Progress>,
    /// The login name of the client's account, asked for once: a client has the same credentials all its life.
    account: Arc<OnceCell<Option<String>>>,
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine")
            .field("client", &self.client)
            .field("options", &self.options)
            .field("job", &self.job)
            .finish_non_exhaustive()
    }
}

impl Engine {
    /// An engine with the usual options, watched by nobody.
    pub fn new(client: Client) -> Self {
        Self {
            client,
            options: Options::default(),
            job: None,
            step: false,
            progress: Arc::new(Silent),
            account: Arc::default(),
        }
    }

    /// The same engine with other options.
    pub fn with_options(self, options: Options) -> Self {
        Self { options: Options { concurrency: options.concurrency.max(1), ..options }, ..self }
    }

    /// Its options.
    pub fn options(&self) -> &Options {
        &self.options
    }

    /// The same engine, watched.
    pub fn with_progress(self, progress: Arc<dyn Progress>) -> Self {
        Self { progress, ..self }
    }

    /// The same engine with a folder in which its next run keeps what it has fetched, and goes on from what is there. See
    /// [`Job`] for what stands in it; [`Job::remove`] removes it once its rows are safe.
    pub fn with_job(self, folder: impl Into<PathBuf>) -> Self {
        Self { job: Some(folder.into()), step: false, ..self }
    }

    /// The same engine without the folder of a job: for questions that belong to another run.
    pub fn without_job(&self) -> Self {
        Self { job: None, step: false, ..self.clone() }
    }

    /// The same engine for a later step of its run. Where the run has the folder of a job, the step has one of its own below,
    /// by this name: it goes on from what is there as long as it asks for the same, however old it is; a step that must ask
    /// for something else now begins afresh.
    pub fn step(&self, name: &str) -> Self {
        let job = self.job.as_deref().map(|folder| Job::step(folder, name));
        Self { job, step: true, ..self.clone() }
    }

    /// The same engine for a step that keeps nothing for a run that goes on, and has only the disk to spare the memory.
    ///
    /// # Errors
    /// As of [`Job::remove`].
    pub fn fresh_step(&self, name: &str) -> Result<Self, ExtractError> {
        let step = self.step(name);
        step.job.as_deref().map_or(Ok(()), Job::remove)?;
        Ok(step)
    }

    /// The client, for questions to the same server.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// What a run of this source would ask for. Nothing is fetched, but objects are counted where servers do that.
    ///
    /// # Errors
    /// [`HttpError`] where the server cannot be asked who it is.
    pub async fn plan<S: Source>(&self, source: &S, preparation: &Preparation) -> Result<Plan, HttpError> {
        let mut plan = self.outline(source, preparation).await?;
        for (planned, chunk) in plan.chunks.iter_mut().zip(source.chunks()) {
            let Some(request) = source.count(&chunk) else { continue };
            // An estimate that cannot be had is left out.
            let answer = self.client.get(&request).await.ok();
            let page = answer.and_then(|answer| source.read(&chunk, 1, &answer.body).ok());
            planned.counted = page.and_then(|page| page.counted);
        }
        Ok(plan)
    }

    /// The same without the counts.
    pub(crate) async fn outline<S: Source>(&self, source: &S, preparation: &Preparation) -> Result<Plan, HttpError> {
        let server = self.server_receipt().await?;
        let mut plan = plan(&self.client, source, preparation, server.receipt);
        plan.query = preparation.query();
        plan.warnings.extend(server.warnings);
        Ok(plan)
    }

    /// Runs a source: every chunk is asked for, every object kept once, and what could not be had is named.
    ///
    /// # Errors
    /// [`ExtractError`] where the login fails, the rows cannot be kept, or where every chunk fails or is refused: then there
    /// is no result at all. Chunks that fail beside others make the receipt [`State::Partial`](crate::State::Partial).
    pub async fn run<S: Source>(&self, source: S, preparation: Preparation) -> Result<Extraction, ExtractError> {
        self.fetch_all(&Arc::new(source), &preparation).await?.put_together()?.collect()
    }

    /// The chunks of the plan, and what they call for.
    pub(crate) async fn fetch_all<S: Source>(
        &self,
        source: &Arc<S>,
        preparation: &Preparation,
    ) -> Result<Fetched, ExtractError> {
        let came = self.fetch(source, preparation).await?;
        match &preparation.sequel {
            Some(sequel) => sequel.follow(self, preparation, came).await,
            None => Ok(came),
        }
    }

    /// Begins a run of several steps, which has no chunks of its own: opens the folder of the engine's job. Each extract of the
    /// run is a [`step`](Self::step).
    ///
    /// # Errors
    /// As of [`run`](Self::run).
    pub async fn begin(&self, preparation: &Preparation) -> Result<Fetched, ExtractError> {
        let columns = DataFrame::empty();
        let Opened { receipt, job, begin } = self.open(preparation, &columns, Vec::new()).await?;
        Ok(Fetched {
            outcomes: Vec::new(),
            receipt,
            totals: Arc::default(),
            columns,
            expected: Vec::new(),
            begin,
            looks: Vec::new(),
            jobs: job.into_iter().collect(),
        })
    }

    /// Opens the folder of the engine's job, where it has one.
    async fn open(
        &self,
        preparation: &Preparation,
        columns: &DataFrame,
        chunks: Vec<String>,
    ) -> Result<Opened, ExtractError> {
        let started_at = Instant::now().to_string();
        let server = self.server_receipt().await?;
        let query = preparation.query();
        let mut warnings = preparation.warnings.clone();
        warnings.extend(server.warnings);
        let job = match &self.job {
            None => None,
            Some(folder) => {
                let head = JobHead {
                    tool: crate::TOOL.to_owned(),
                    extract: preparation.extract.to_owned(),
                    query: query.clone(),
                    hidden: preparation.hidden.clone(),
                    server: server.receipt.clone(),
                    columns: columns.get_column_names().into_iter().map(ToString::to_string).collect(),
                    chunks,
                };
                let begin = preparation.begin.map(|begin| begin.0);
                let (expected, step) = (&preparation.expected, self.step);
                Some(Arc::new(Job::open(folder, &head, &started_at, &warnings, expected, begin, step)?))
            }
        };
        if job.as_ref().is_some_and(|job| job.is_afresh()) {
            warnings.push(Warning {
                kind: WarningKind::FromEarlierRun,
                message: "what a run had fetched that was stopped more than twelve hours ago was fetched again"
                    .to_owned(),
            });
        }
        let begin = job.as_ref().and_then(|job| job.server_began()).map(Instant).or(preparation.begin);
        let receipt = new_receipt(preparation.extract, query, server.receipt, started_at, warnings, Vec::new());
        Ok(Opened { receipt, job, begin })
    }

    /// Fetches the chunks of a source, and nothing that they call for. For the steps of a run: [`run`](Self::run) puts the rows
    /// together as well.
    ///
    /// # Errors
    /// As of [`run`](Self::run).
    pub async fn fetch<S: Source>(&self, source: &Arc<S>, preparation: &Preparation) -> Result<Fetched, ExtractError> {
        let chunks = source.chunks();
        let ids: Vec<String> = chunks.iter().map(|chunk| chunk_id(source.as_ref(), chunk)).collect();
        let all = chunks.len();
        let wanted = self.wanted(all)?;

        let mut columns = source.schema().empty();
        let is_result = preparation.sequel.as_ref().is_none_or(|sequel| sequel.keeps_rows());
        let refine = if is_result { &preparation.refine[..] } else { &[] };
        for refine in refine {
            columns = refine.rows(columns).await.map_err(ExtractError::Refine)?;
        }
        let Opened { mut receipt, job, begin } = self.open(preparation, &columns, ids).await?;

        let wanted_chunks: Vec<_> =
            chunks.into_iter().enumerate().filter(|(place, _)| wanted.contains(place)).collect();
        self.progress.planned(wanted_chunks.len());
        let totals = Arc::new(Tally::default());
        let walk = Walk {
            client: self.client.clone(),
            source: Arc::clone(source),
            concurrency: self.options.concurrency,
            body_limit: self.options.body_limit,
            pace: Pace::new(self.options.concurrency, self.options.polite),
            refine: refine.into(),
            progress: Arc::clone(&self.progress),
            totals: Arc::clone(&totals),
        };
        let run = &Run::new(walk, job.clone(), columns.schema().clone(), self.options.verify);
        let outcomes = run.chunks(wanted_chunks).await?;
        nothing_came(&outcomes)?;

        receipt.splits = job.as_ref().map(|job| job.splits()).unwrap_or_default();
        receipt.splits.extend(run.splits());
        for refine in refine {
            receipt.warnings.extend(refine.warnings().await);
        }
        for warning in source.protection().map(Protect::warnings).unwrap_or_default() {
            if !receipt.warnings.contains(&warning) {
                receipt.warnings.push(warning);
            }
        }
        receipt.part = self.options.only.as_ref().map(|only| format!("{}-{} of {all}", only.start(), only.end()));
        Ok(Fetched {
            outcomes,
            receipt,
            totals,
            columns,
            expected: vec![preparation.expected.clone()],
            begin,
            looks: Vec::new(),
            jobs: job.into_iter().collect(),
        })
    }

    /// The places of the chunks to fetch, from 0.
    fn wanted(&self, chunks: usize) -> Result<std::ops::Range<usize>, ExtractError> {
        let Some(only) = &self.options.only else { return Ok(0..chunks) };
        let (first, last) = (*only.start(), *only.end());
        match [first, last].into_iter().find(|chunk| *chunk < 1 || *chunk > chunks) {
            Some(asked) => Err(ExtractError::NoSuchChunk { asked, chunks }),
            None => Ok(first - 1..last),
        }
    }

    async fn server_receipt(&self) -> Result<KnownServer, HttpError> {
        let server = self.client.server().await?;
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
            user: self.account().await,
        };
        Ok(KnownServer { receipt, warnings })
    }

    /// Who asks. It is for the reader of the receipt; a server that does not tell is no reason to stop.
    async fn account(&self) -> Option<String> {
        let ask = async || -> Result<Option<String>, HttpError> {
            let me: Me = self.client.get_json(&ApiRequest::get("me").param("fields", Me::FIELDS)).await?;
            Ok(me.username)
        };
        self.account.get_or_try_init(ask).await.ok().cloned().flatten()
    }
}

/// The beginning of a run.
struct Opened {
    receipt: Receipt,
    job: Option<Arc<Job>>,
    begin: Option<Instant>,
}

struct KnownServer {
    receipt: ServerReceipt,
    warnings: Vec<Warning>,
}
