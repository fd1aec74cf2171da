//! Rows, and all that is said of them, made less personal before anything is kept.

use std::fmt::Display;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use dhis2_api::request::ApiRequest;
use dhis2_frame::{FrameError, FrameSchema};
use dhis2_http::{Client, HttpError};
use polars::frame::DataFrame;
use serde_json::Value;

use crate::engine::{Expected, Preparation};
use crate::error::ExtractError;
use crate::plan::{Plan, Spelling};
use crate::receipt::{ChunkReceipt, Receipt, SplitReceipt, Warning};
use crate::source::{Narrowed, Objects, Page, Source};

/// Under which name a query holds what is done.
pub(crate) const PRIVACY: &str = "privacy";

/// Makes rows less personal, and whatever names their objects.
///
/// It is applied to each answer before keys are hashed and rows are put away, so that neither the folder of a job nor a
/// result holds anything else. [`Refine`](crate::Refine)s see the rows after it.
pub trait Protect: Send + Sync {
    /// What it does, for the receipt. A run that goes on from an earlier one must do the same.
    fn describe(&self) -> Value;

    /// The rows of an answer as they are to be, in the same columns. Rows may be left out; an object keeps its place among
    /// the objects, or is left out with all its rows.
    ///
    /// # Errors
    /// [`FrameError`] where the columns are not as they must be.
    fn rows(&self, rows: DataFrame, objects: Objects) -> Result<(DataFrame, Objects), FrameError>;

    /// The id of an object as it stands in the rows then.
    fn id(&self, id: &str) -> String;

    /// A text that the engine or the server wrote, without the ids that the rows do not hold any more.
    fn text(&self, text: &str) -> String;

    /// A query without them.
    fn query(&self, query: Value) -> Value;

    /// A digest that nobody can compare with that of a guess.
    fn digest(&self, digest: &str) -> String;

    /// What is to be said of all rows so far; before any came, of the protection itself.
    fn warnings(&self) -> Vec<Warning>;
}

/// What is said of a run, without what the rows are not to hold.
pub(crate) fn told<S: Source>(source: &S, what: &dyn Display) -> String {
    let text = what.to_string();
    match source.protection() {
        None => text,
        Some(protect) => protect.text(&text),
    }
}

/// The same of one that ends the run.
pub(crate) fn given_up<S: Source>(source: &S, error: HttpError) -> ExtractError {
    match source.protection() {
        None => error.into(),
        Some(protect) => ExtractError::from(error).protected(protect),
    }
}

impl Preparation {
    pub(crate) fn protected(mut self, protect: &dyn Protect) -> Self {
        self.query = protect.query(self.query);
        self.query[PRIVACY] = protect.describe();
        self.hidden = self.hidden.map(|digest| protect.digest(&digest));
        self.warnings = self.warnings.iter().map(|warning| said(warning, protect)).collect();
        self.warnings.extend(protect.warnings());
        self.expected =
            Expected { keys: self.expected.keys.iter().map(|key| protect.id(key)).collect(), ..self.expected };
        self
    }
}

fn said(warning: &Warning, protect: &dyn Protect) -> Warning {
    Warning { message: protect.text(&warning.message), kind: warning.kind }
}

impl Receipt {
    /// The receipt of a run whose rows were protected after it: without what they do not hold any more, and with what was done.
    pub fn protected(mut self, protect: &dyn Protect) -> Self {
        let text = |text: String| protect.text(&text);
        self.query = protect.query(self.query);
        self.privacy = Some(protect.describe());
        self.chunks = self
            .chunks
            .into_iter()
            .map(|chunk| ChunkReceipt {
                id: protect.digest(&chunk.id),
                what: text(chunk.what),
                error: chunk.error.map(text),
                verify_error: chunk.verify_error.map(text),
                ..chunk
            })
            .collect();
        self.warnings = self.warnings.iter().map(|warning| said(warning, protect)).collect();
        for warning in protect.warnings() {
            if !self.warnings.contains(&warning) {
                self.warnings.push(warning);
            }
        }
        self.splits = self
            .splits
            .into_iter()
            .map(|split| SplitReceipt { what: text(split.what), why: text(split.why), ..split })
            .collect();
        for changed in &mut self.changed {
            for ids in [&mut changed.inserted, &mut changed.updated, &mut changed.deleted] {
                *ids = ids.iter().map(|id| protect.id(id)).collect();
            }
        }
        self
    }
}

impl Plan {
    /// The plan of a run whose rows are protected after it.
    pub fn protected(mut self, protect: &dyn Protect) -> Self {
        self.query = protect.query(self.query);
        self.query[PRIVACY] = protect.describe();
        for chunk in &mut self.chunks {
            chunk.id = protect.digest(&chunk.id);
            chunk.what = protect.text(&chunk.what);
            chunk.request = protect.text(&chunk.request);
        }
        self.warnings = self.warnings.iter().map(|warning| said(warning, protect)).collect();
        self.warnings.extend(protect.warnings());
        self
    }
}

impl ExtractError {
    /// The error of a run whose rows were to be protected: without ids that they would not have held.
    pub fn protected(self, protect: &dyn Protect) -> Self {
        match self {
            Self::Http(_) | Self::NothingCame { .. } | Self::Later(_) => {
                Self::Protected(protect.text(&self.to_string()))
            }
            other => other,
        }
    }
}

impl Objects {
    /// The objects of rows of which each has its id in the first column, its rows one after the other. When they were updated
    /// is not said.
    ///
    /// # Errors
    /// [`FrameError`] where the first column is not of text.
    pub fn by_first_column(rows: &DataFrame) -> Result<Self, FrameError> {
        let (mut starts, mut before) = (Vec::new(), None);
        if let Some(ids) = rows.columns().first() {
            for (row, id) in ids.str()?.iter().enumerate() {
                if row == 0 || before != Some(id) {
                    starts.push(u32::try_from(row).unwrap_or(u32::MAX));
                }
                before = Some(id);
            }
        }
        Ok(Self::Runs { updated: vec![i64::MIN; starts.len()], starts })
    }
}

/// A source whose answers are protected as soon as they are read; as it is without a protection.
pub(crate) struct Protected<S> {
    pub(crate) source: Arc<S>,
    pub(crate) protect: Option<Arc<dyn Protect>>,
}

impl<S: Source> Protected<S> {
    fn page(&self, page: Page) -> Result<Page, FrameError> {
        let Some(protect) = &self.protect else { return Ok(page) };
        let (frame, objects) = protect.rows(page.frame, page.objects)?;
        Ok(Page { frame, objects, ..page })
    }
}

#[async_trait]
impl<S: Source> Source for Protected<S> {
    type Chunk = S::Chunk;

    fn schema(&self) -> &'static FrameSchema {
        self.source.schema()
    }

    fn key(&self) -> &'static [&'static str] {
        self.source.key()
    }

    fn chunks(&self) -> Vec<S::Chunk> {
        self.source.chunks()
    }

    fn describe(&self, chunk: &S::Chunk) -> String {
        told(self, &self.source.describe(chunk))
    }

    fn request(&self, chunk: &S::Chunk, page: u32) -> ApiRequest {
        self.source.request(chunk, page)
    }

    fn pages_at_once(&self, chunk: &S::Chunk) -> bool {
        self.source.pages_at_once(chunk)
    }

    fn read(&self, chunk: &S::Chunk, page: u32, body: &[u8]) -> Result<Page, FrameError> {
        self.page(self.source.read(chunk, page, body)?)
    }

    fn reads_arriving(&self) -> bool {
        self.source.reads_arriving()
    }

    fn read_arriving(
        &self,
        chunk: &S::Chunk,
        next: &mut dyn FnMut() -> Option<Bytes>,
        take: &mut dyn FnMut(DataFrame, &Objects) -> Result<(), FrameError>,
    ) -> Result<Page, FrameError> {
        let Some(protect) = &self.protect else { return self.source.read_arriving(chunk, next, take) };
        let page = self.source.read_arriving(chunk, next, &mut |frame, objects| {
            let (frame, objects) = protect.rows(frame, objects.clone())?;
            take(frame, &objects)
        })?;
        self.page(page)
    }

    async fn split(&self, chunk: &S::Chunk, client: &Client) -> Result<Option<Vec<S::Chunk>>, HttpError> {
        self.source.split(chunk, client).await
    }

    fn count(&self, chunk: &S::Chunk) -> Option<ApiRequest> {
        self.source.count(chunk)
    }

    fn spellings(&self) -> Vec<Spelling> {
        self.source.spellings()
    }

    fn is_too_much(&self, error: &HttpError) -> bool {
        self.source.is_too_much(error)
    }

    fn narrow(&self, chunk: &S::Chunk, refusal: &HttpError) -> Option<Narrowed<S::Chunk>> {
        let narrowed = self.source.narrow(chunk, refusal)?;
        let given_up = narrowed.given_up.into_iter().map(|what| told(self, &what)).collect();
        Some(Narrowed { given_up, ..narrowed })
    }

    fn protection(&self) -> Option<&dyn Protect> {
        self.protect.as_deref()
    }
}
