//! An extract that is planned and has not run.

use std::fmt;
use std::ops::RangeInclusive;
use std::path::Path;
use std::sync::Arc;

use dhis2_frame::{Format, FrameSchema, FrameWriter};
use dhis2_http::HttpError;
use futures_util::future::BoxFuture;

use crate::engine::{Engine, Expected, Extraction, Preparation};
use crate::error::ExtractError;
use crate::fetched::Fetched;
use crate::gathered::Gathered;
use crate::plan::Plan;
use crate::protect::{Protect, Protected};
use crate::protected;
use crate::receipt::{FileReceipt, Receipt};
use crate::refine::{AsCategories, Refine};
use crate::sequel::Sequel;
use crate::source::Source;
use crate::store::Job;

/// An extract that is planned: its chunks can be looked at, and run into memory, into a file, or in parts.
#[derive(Clone)]
pub struct Prepared {
    engine: Engine,
    source: Arc<dyn AnySource>,
    preparation: Preparation,
    /// What protects the rows once all steps are over.
    at_end: Option<Arc<dyn Protect>>,
}

impl fmt::Debug for Prepared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Prepared")
            .field("engine", &self.engine)
            .field("preparation", &self.preparation)
            .finish_non_exhaustive()
    }
}

impl Prepared {
    /// Of a source, to be run by this engine.
    pub fn new(engine: &Engine, source: impl Source, preparation: Preparation) -> Self {
        let source = Planned { source: Arc::new(source), protect: None };
        Self { engine: engine.clone(), source: Arc::new(source), preparation, at_end: None }
    }

    /// The question, as receipts show it.
    pub fn query(&self) -> &serde_json::Value {
        &self.preparation.query
    }

    /// The columns that come out, before they are refined. `None` where later steps make other rows than the plan's chunks.
    pub fn schema(&self) -> Option<&'static FrameSchema> {
        let is_result = self.preparation.sequel.as_ref().is_none_or(|sequel| sequel.keeps_rows());
        is_result.then(|| self.source.schema())
    }

    /// The same extract with the persons in its rows protected, in memory as on the disk: before rows are refined, compared,
    /// kept or counted.
    ///
    /// Where later steps ask for ids that came ([`followed_by`](Self::followed_by)), the run keeps nothing on the disk: its rows
    /// are in memory until they are protected, and it begins anew when it is stopped.
    pub fn protected(mut self, protect: Arc<dyn Protect>) -> Self {
        if self.preparation.sequel.is_some() {
            self.at_end = Some(protect);
        } else {
            self.preparation = self.preparation.protected(protect.as_ref());
            self.source = self.source.protected(protect);
        }
        self
    }

    /// The same extract as a run that keeps nothing on the disk, and what is to be done to its rows.
    pub(crate) fn in_memory(mut self) -> (Self, Vec<Arc<dyn Refine>>) {
        let refine = std::mem::take(&mut self.preparation.refine);
        (Self { engine: self.engine.without_job(), at_end: None, ..self }, refine)
    }

    /// The same extract, which is missing what of this does not come.
    pub fn expecting(mut self, expected: Expected) -> Self {
        self.preparation.expected = expected;
        self
    }

    /// The same extract with its rows changed before they are kept.
    pub fn refined(mut self, refine: Arc<dyn Refine>) -> Self {
        self.preparation.refine.push(refine);
        self
    }

    /// The same extract with ids that repeat as `Categorical`, in frames and in Parquet files: see
    /// [`with_categories`](dhis2_frame::with_categories). The last to be done to the rows.
    pub fn with_categories(self) -> Self {
        self.refined(Arc::new(AsCategories))
    }

    /// The same extract, which asks for more once its chunks are there.
    pub fn followed_by(mut self, sequel: Arc<dyn Sequel>) -> Self {
        self.preparation.sequel = Some(sequel);
        self
    }

    /// What it would ask for. Nothing is fetched.
    ///
    /// # Errors
    /// [`HttpError`] where the server cannot be asked who it is.
    pub async fn plan(&self) -> Result<Plan, HttpError> {
        Ok(self.shown(self.source.plan(&self.engine, &self.preparation).await?))
    }

    /// The same without counting anything.
    ///
    /// # Errors
    /// As of [`plan`](Self::plan).
    pub async fn outline(&self) -> Result<Plan, HttpError> {
        Ok(self.shown(self.source.outline(&self.engine, &self.preparation).await?))
    }

    fn shown(&self, plan: Plan) -> Plan {
        match &self.at_end {
            None => plan,
            Some(protect) => plan.protected(protect.as_ref()),
        }
    }

    /// The same extract run by this engine, whose job, where it has one, it goes on with: as a step of a larger run.
    pub fn run_by(self, engine: &Engine) -> Self {
        Self { engine: engine.clone(), ..self }
    }

    /// Fetches it, and puts nothing together: for a step of a larger run, which goes through the rows a slice at a time.
    ///
    /// # Errors
    /// As of [`Engine::run`]; [`ExtractError::ProtectedWhole`] where its rows are protected once all are there.
    pub async fn fetch(self) -> Result<Fetched, ExtractError> {
        if self.at_end.is_some() {
            return Err(ExtractError::ProtectedWhole { extract: self.preparation.extract });
        }
        self.source.fetch(&self.engine, &self.preparation).await
    }

    /// Runs it into a frame.
    ///
    /// # Errors
    /// As of [`Engine::run`].
    pub async fn collect(self) -> Result<Extraction, ExtractError> {
        self.gather(None).await?.collect()
    }

    /// Runs it into a file, in the format of its extension, keeping what was fetched in a folder meanwhile: the same extract
    /// goes on from there if it is stopped. The folder is removed at the end, but kept where something failed, so that running
    /// again asks for that only. Memory depends on the [`Options`](crate::Options), not on the result.
    ///
    /// # Errors
    /// As of [`Engine::run`], and where the file or the folder cannot be written, or the folder holds another job.
    pub async fn write(self, path: &Path, folder: &Path) -> Result<Receipt, ExtractError> {
        let format = Format::from_path(path)?;
        let by_way_of = self.at_end.is_none().then_some(folder);
        let gathered = self.gather(Some(folder)).await?;
        let mut file = FrameWriter::create_by_way_of(by_way_of, path, format, gathered.columns().schema())?;
        let rows = gathered.each(&mut |piece| Ok::<_, ExtractError>(file.push(&piece)?))?;
        let mut receipt = Receipt { rows, ..gathered.into_receipt() };
        receipt.files.push(FileReceipt::of(&file.finish()?));
        if let Some(folder) = by_way_of {
            Job::remove_unless_wanted(folder, &receipt)?;
        }
        Ok(receipt)
    }

    /// Runs it for who makes something of its rows: into a folder, from where the same extract goes on if it is stopped; without
    /// one into the job of its engine, else into memory. The folder stays: [`Job::remove_unless_wanted`] removes it once what
    /// was made of the rows is safe and the rows are dropped.
    ///
    /// # Errors
    /// As of [`Engine::run`], and where the folder cannot be written, or holds another job.
    pub async fn gather(self, folder: Option<&Path>) -> Result<Gathered, ExtractError> {
        if let Some(protect) = self.at_end.clone() {
            folder.map_or(Ok(()), Job::none_in)?;
            return protected::run(self, &protect).await;
        }
        let Some(folder) = folder else { return self.fetch().await?.put_together() };
        // What means another thing each time it is asked begins afresh.
        if self.preparation.only_now {
            Job::remove(folder)?;
        }
        let engine = self.engine.clone().with_job(folder);
        let fetched = self.run_by(&engine).fetch().await;
        fetched.inspect_err(|error| forget_nothing(error, folder))?.put_together()
    }

    /// Fetches some chunks of the plan, from 1, into a folder, to be [`join`](crate::join())ed with the others.
    ///
    /// # Errors
    /// As of [`write`](Self::write).
    pub async fn part(self, chunks: RangeInclusive<usize>, folder: &Path) -> Result<Receipt, ExtractError> {
        let options = crate::Options { only: Some(chunks), ..self.engine.options().clone() };
        if self.preparation.sequel.is_some() {
            return Err(ExtractError::NotInParts { extract: self.preparation.extract });
        }
        let engine = self.engine.clone().with_options(options).with_job(folder);
        Ok(self.run_by(&engine).fetch().await?.into_receipt())
    }
}

/// What holds no rows is of no use to a later run.
fn forget_nothing(error: &ExtractError, folder: &Path) {
    if matches!(error, ExtractError::NothingCame { .. } | ExtractError::Http(_)) {
        // Where it cannot be removed, the first error counts.
        let _ = Job::remove_empty(folder);
    }
}

/// A source of any kind.
trait AnySource: Send + Sync {
    fn schema(&self) -> &'static FrameSchema;
    fn protected(&self, protect: Arc<dyn Protect>) -> Arc<dyn AnySource>;
    fn outline<'a>(
        &'a self,
        engine: &'a Engine,
        preparation: &'a Preparation,
    ) -> BoxFuture<'a, Result<Plan, HttpError>>;
    fn plan<'a>(&'a self, engine: &'a Engine, preparation: &'a Preparation) -> BoxFuture<'a, Result<Plan, HttpError>>;
    fn fetch<'a>(
        &'a self,
        engine: &'a Engine,
        preparation: &'a Preparation,
    ) -> BoxFuture<'a, Result<Fetched, ExtractError>>;
}

struct Planned<S> {
    source: Arc<S>,
    protect: Option<Arc<dyn Protect>>,
}

impl<S: Source> Planned<S> {
    fn source(&self) -> Arc<Protected<S>> {
        Arc::new(Protected { source: Arc::clone(&self.source), protect: self.protect.clone() })
    }
}

impl<S: Source> AnySource for Planned<S> {
    fn schema(&self) -> &'static FrameSchema {
        self.source.schema()
    }

    fn protected(&self, protect: Arc<dyn Protect>) -> Arc<dyn AnySource> {
        Arc::new(Self { source: Arc::clone(&self.source), protect: Some(protect) })
    }

    fn outline<'a>(
        &'a self,
        engine: &'a Engine,
        preparation: &'a Preparation,
    ) -> BoxFuture<'a, Result<Plan, HttpError>> {
        Box::pin(async move { engine.outline(self.source().as_ref(), preparation).await })
    }

    fn plan<'a>(&'a self, engine: &'a Engine, preparation: &'a Preparation) -> BoxFuture<'a, Result<Plan, HttpError>> {
        Box::pin(async move { engine.plan(self.source().as_ref(), preparation).await })
    }

    fn fetch<'a>(
        &'a self,
        engine: &'a Engine,
        preparation: &'a Preparation,
    ) -> BoxFuture<'a, Result<Fetched, ExtractError>> {
        Box::pin(async move { engine.fetch_all(&self.source(), preparation).await })
    }
}
