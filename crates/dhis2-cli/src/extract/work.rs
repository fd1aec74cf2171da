//! What can be planned, looked at, and run.

use std::future::Future;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use dhis2::aggregate::counts::CountReport;
use dhis2::http::HttpError;
use dhis2::{Dhis2, Error, Extraction, Plan, Prepared, PreparedCounts, PreparedWide, Receipt};

use crate::exit::Failure;

/// An extract that is planned. The runs are tasks of their own.
pub(crate) trait Work: Sized + Send + 'static {
    fn with_names(self, dhis2: &Dhis2) -> Self;

    /// With ids that repeat as categories, where the rows are those that came.
    fn with_categories(self) -> Result<Self, Failure>;

    fn plan(&self) -> impl Future<Output = Result<Plan, HttpError>>;

    fn outline(&self) -> impl Future<Output = Result<Plan, HttpError>>;

    fn collect(self) -> impl Future<Output = Result<Extraction, Error>>;

    fn write(self, path: PathBuf, folder: PathBuf) -> impl Future<Output = Result<Receipt, Error>> + Send;

    /// Some chunks of the plan, where parts of it can be joined.
    fn part(
        self,
        chunks: RangeInclusive<usize>,
        folder: PathBuf,
    ) -> impl Future<Output = Result<Receipt, Failure>> + Send;
}

fn no_categories() -> Failure {
    Failure::usage("--categorical is about the rows as they came: it cannot be used with tables made of them")
}

impl Work for Prepared {
    fn with_names(self, dhis2: &Dhis2) -> Self {
        dhis2.with_names(self)
    }

    fn with_categories(self) -> Result<Self, Failure> {
        Ok(Self::with_categories(self))
    }

    fn plan(&self) -> impl Future<Output = Result<Plan, HttpError>> {
        Self::plan(self)
    }

    fn outline(&self) -> impl Future<Output = Result<Plan, HttpError>> {
        Self::outline(self)
    }

    async fn collect(self) -> Result<Extraction, Error> {
        Ok(Self::collect(self).await?)
    }

    async fn write(self, path: PathBuf, folder: PathBuf) -> Result<Receipt, Error> {
        Ok(Self::write(self, &path, &folder).await?)
    }

    async fn part(self, chunks: RangeInclusive<usize>, folder: PathBuf) -> Result<Receipt, Failure> {
        Ok(Self::part(self, chunks, &folder).await?)
    }
}

impl Work for PreparedWide {
    fn with_names(self, _dhis2: &Dhis2) -> Self {
        Self::with_names(self)
    }

    fn with_categories(self) -> Result<Self, Failure> {
        Err(no_categories())
    }

    fn plan(&self) -> impl Future<Output = Result<Plan, HttpError>> {
        Self::plan(self)
    }

    fn outline(&self) -> impl Future<Output = Result<Plan, HttpError>> {
        Self::outline(self)
    }

    fn collect(self) -> impl Future<Output = Result<Extraction, Error>> {
        Self::collect(self)
    }

    async fn write(self, path: PathBuf, folder: PathBuf) -> Result<Receipt, Error> {
        Self::write(self, &path, &folder).await
    }

    async fn part(self, _chunks: RangeInclusive<usize>, _folder: PathBuf) -> Result<Receipt, Failure> {
        Err(Failure::usage(
            "a wide table is made of all rows, and parts of one could not be joined: plan without --wide to fetch in parts",
        ))
    }
}

/// A count, which tells what was left out.
pub(crate) struct Counts {
    pub(crate) prepared: PreparedCounts,
    pub(crate) report: Arc<Mutex<Option<CountReport>>>,
}

impl Counts {
    fn note(told: &Mutex<Option<CountReport>>, report: CountReport) {
        *told.lock().unwrap_or_else(PoisonError::into_inner) = Some(report);
    }
}

impl Work for Counts {
    fn with_names(self, _dhis2: &Dhis2) -> Self {
        Self { prepared: self.prepared.with_names(), ..self }
    }

    fn with_categories(self) -> Result<Self, Failure> {
        Err(no_categories())
    }

    fn plan(&self) -> impl Future<Output = Result<Plan, HttpError>> {
        self.prepared.plan()
    }

    fn outline(&self) -> impl Future<Output = Result<Plan, HttpError>> {
        self.prepared.outline()
    }

    async fn collect(self) -> Result<Extraction, Error> {
        let counted = self.prepared.collect().await?;
        Self::note(&self.report, counted.report);
        Ok(Extraction { frame: counted.frame, receipt: counted.receipt })
    }

    async fn write(self, path: PathBuf, folder: PathBuf) -> Result<Receipt, Error> {
        let counted = self.prepared.write(&path, &folder).await?;
        Self::note(&self.report, counted.report);
        Ok(counted.receipt)
    }

    async fn part(self, _chunks: RangeInclusive<usize>, _folder: PathBuf) -> Result<Receipt, Failure> {
        Err(Failure::usage("counts are made of all events, and parts of them could not be joined: run the plan whole"))
    }
}
