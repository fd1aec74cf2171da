//! An extract that is planned and has not run.

use std::fmt;
use std::ops::RangeInclusive;
use std::path::Path;
use std::sync::Arc;

use dhis2_frame::{Format, FrameWriter};
use dhis2_http::HttpError;
use futures_util::future::BoxFuture;

use crate::engine::{Engine, Expected, Extraction, Preparation};
use crate::error::ExtractError;
use crate::fetched::Fetched;
use crate::gathered::Gathered;
use crate::plan::Plan;
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
        Self { engine: engine.clone(), source: Arc::new(Planned(Arc::new(source))), preparation }
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
        self.source.plan(&self.engine, &self.preparation).await
    }

    /// The same without counting anything.
    ///
    /// # Errors
    /// As of [`plan`](Self::plan).
    pub async fn outline(&self) -> Result<Plan, HttpError> {
        self.source.outline(&self.engine, &self.preparation).await
    }

    /// The same extract run by this engine, whose job, where it has one, it goes on with: as a step of a larger run.
    pub fn run_by(self, engine: &Engine) -> Self {
        Self { engine: engine.clone(), ..self }
    }

    /// Fetches it, and puts nothing together: for a step of a larger run, which goes through the rows a slice at a time.
    ///
    /// # Errors
    /// As of [`Engine::run`].
    pub async fn fetch(self) -> Result<Fetched, ExtractError> {
        self.source.fetch(&self.engine, &self.preparation).await
    }

    /// Runs it into a frame.
    ///
    /// # Errors
    /// As of [`Engine::run`].
    pub async fn collect(self) -> Result<Extraction, ExtractError> {
        self.fetch().await?.put_together()?.collect()
    }

    /// Runs it into a file, in the format of its extension, keeping what was fetched in a folder meanwhile: the same extract
    /// goes on from there if it is stopped. The folder is removed at the end, but kept where something failed, so that running
    /// again asks for that only. Memory depends on the [`Options`](crate::Options), not on the result.
    ///
    /// # Errors
    /// As of [`Engine::run`], and where the file or the folder cannot be written, or the folder holds another job.
    pub async fn write(self, path: &Path, folder: &Path) -> Result<Receipt, ExtractError> {
        let format = Format::from_path(path)?;
        let gathered = self.gather(Some(folder)).await?;
        let mut file = FrameWriter::create_by_way_of(Some(folder), path, format, gathered.columns().schema())?;
        let rows = gathered.each(&mut |piece| Ok::<_, ExtractError>(file.push(&piece)?))?;
        let mut receipt = Receipt { rows, ..gathered.into_receipt() };
        receipt.files.push(FileReceipt::of(&file.finish()?));
        Job::remove_unless_wanted(folder, &receipt)?;
        Ok(receipt)
    }

    /// Runs it for who makes something of its rows: into a folder, from where the same extract goes on if it is stopped; without
    /// one into the job of its engine, else into memory. The folder stays: [`Job::remove_unless_wanted`] removes it once what
    /// was made of the rows is safe and the rows are dropped.
    ///
    /// # Errors
    /// As of [`Engine::run`], and where the folder cannot be written, or holds another job.
    pub async fn gather(self, folder: Option<&Path>) -> Result<Gathered, ExtractError> {
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

struct Planned<S>(Arc<S>);

impl<S: Source> AnySource for Planned<S> {
    fn outline<'a>(
        &'a self,
        engine: &'a Engine,
        preparation: &'a Preparation,
    ) -> BoxFuture<'a, Result<Plan, HttpError>> {
        Box::pin(engine.outline(self.0.as_ref(), preparation))
    }

    fn plan<'a>(&'a self, engine: &'a Engine, preparation: &'a Preparation) -> BoxFuture<'a, Result<Plan, HttpError>> {
        Box::pin(engine.plan(self.0.as_ref(), preparation))
    }

    fn fetch<'a>(
        &'a self,
        engine: &'a Engine,
        preparation: &'a Preparation,
    ) -> BoxFuture<'a, Result<Fetched, ExtractError>> {
        Box::pin(engine.fetch_all(&self.0, preparation))
    }
}
