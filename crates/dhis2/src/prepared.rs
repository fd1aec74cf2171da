//! Extracts that are planned and have not run, on the facade.

use std::error::Error as StdError;
use std::sync::Arc;

use async_trait::async_trait;
use dhis2_extract::{Prepared, Refine};
use polars::frame::DataFrame;
use serde_json::{Value, json};
use tokio::sync::OnceCell;

use crate::names::Lists;
use crate::{
    AnalyticsQuery, DataValueQuery, Dhis2, EnrollmentQuery, Error, EventQuery, RelationshipQuery, ScheduleQuery,
    TrackedEntityQuery, aggregate, tracker,
};

/// Extracts as plans: look at one with [`Prepared::plan`], run it into a frame with [`Prepared::collect`], into a file in
/// bounded memory, resumable, with [`Prepared::write`], or in parts on several machines with [`Prepared::part`].
///
/// ```no_run
/// # use dhis2::{Credentials, Dhis2, EventQuery};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let dhis2 = Dhis2::connect("https://play.example.org/dhis", Credentials::token("d2p_…"))?;
/// let visits = EventQuery::builder().program("T4KUa2dgu2M").org_unit_parents(["KdK92fYEfTw"]).build()?;
/// let prepared = dhis2.prepare_events(&visits).await?;
/// for chunk in prepared.plan().await?.chunks {
///     println!("{}: {}", chunk.id, chunk.request);
/// }
/// let receipt = prepared.write("visits.parquet".as_ref(), "visits.parquet.dhis2-job".as_ref()).await?;
/// assert!(receipt.is_complete());
/// # Ok(())
/// # }
/// ```
impl Dhis2 {
    /// Plans an extract of data values: see [`extract_data_values`](Self::extract_data_values).
    ///
    /// # Errors
    /// [`Error`] where the server cannot be asked, or refuses the login.
    pub async fn prepare_data_values(&self, query: &DataValueQuery) -> Result<Prepared, Error> {
        Ok(aggregate::prepare_data_values(self.engine(), query).await?)
    }

    /// Plans an extract of analytics: see [`extract_analytics`](Self::extract_analytics).
    ///
    /// # Errors
    /// As of [`prepare_data_values`](Self::prepare_data_values), and where nothing is left to ask for.
    pub async fn prepare_analytics(&self, query: &AnalyticsQuery) -> Result<Prepared, Error> {
        Ok(aggregate::prepare_analytics(self.engine(), query).await?)
    }

    /// Plans an extract of events: see [`extract_events`](Self::extract_events).
    ///
    /// # Errors
    /// As of [`prepare_data_values`](Self::prepare_data_values).
    pub async fn prepare_events(&self, query: &EventQuery) -> Result<Prepared, Error> {
        Ok(tracker::prepare_events(self.engine(), query).await?)
    }

    /// Plans an extract of notes: see [`extract_event_notes`](Self::extract_event_notes).
    ///
    /// # Errors
    /// As of [`prepare_data_values`](Self::prepare_data_values).
    pub async fn prepare_event_notes(&self, query: &EventQuery) -> Result<Prepared, Error> {
        Ok(tracker::prepare_event_notes(self.engine(), query).await?)
    }

    /// Plans an extract of tracked entities: see [`extract_tracked_entities`](Self::extract_tracked_entities).
    ///
    /// # Errors
    /// As of [`prepare_data_values`](Self::prepare_data_values).
    pub async fn prepare_tracked_entities(&self, query: &TrackedEntityQuery) -> Result<Prepared, Error> {
        Ok(tracker::prepare_tracked_entities(self.engine(), query).await?)
    }

    /// Plans an extract of owners: see [`extract_program_owners`](Self::extract_program_owners).
    ///
    /// # Errors
    /// As of [`prepare_data_values`](Self::prepare_data_values).
    pub async fn prepare_program_owners(&self, query: &TrackedEntityQuery) -> Result<Prepared, Error> {
        Ok(tracker::prepare_program_owners(self.engine(), query).await?)
    }

    /// Plans an extract of enrollments: see [`extract_enrollments`](Self::extract_enrollments).
    ///
    /// # Errors
    /// As of [`prepare_data_values`](Self::prepare_data_values).
    pub async fn prepare_enrollments(&self, query: &EnrollmentQuery) -> Result<Prepared, Error> {
        Ok(tracker::prepare_enrollments(self.engine(), query).await?)
    }

    /// Plans an extract of the work plan: see [`extract_schedule`](Self::extract_schedule).
    ///
    /// # Errors
    /// As of [`prepare_data_values`](Self::prepare_data_values).
    pub async fn prepare_schedule(&self, query: &ScheduleQuery) -> Result<Prepared, Error> {
        Ok(tracker::prepare_schedule(self.engine(), query).await?)
    }

    /// Plans an extract of the attributes of enrollments: see
    /// [`extract_enrollment_attributes`](Self::extract_enrollment_attributes). It cannot be run in parts.
    ///
    /// # Errors
    /// As of [`prepare_data_values`](Self::prepare_data_values).
    pub async fn prepare_enrollment_attributes(&self, query: &EnrollmentQuery) -> Result<Prepared, Error> {
        Ok(tracker::prepare_enrollment_attributes(self.engine(), query).await?)
    }

    /// Plans an extract of relationships: see [`extract_relationships`](Self::extract_relationships). It cannot be run in parts.
    ///
    /// # Errors
    /// As of [`prepare_data_values`](Self::prepare_data_values).
    pub async fn prepare_relationships(&self, query: &RelationshipQuery) -> Result<Prepared, Error> {
        Ok(tracker::prepare_relationships(self.engine(), query).await?)
    }

    /// A planned extract with names beside its uids: see [`join_object_names`](Self::join_object_names).
    pub fn with_names(&self, prepared: Prepared) -> Prepared {
        prepared.refined(Arc::new(JoinNames { dhis2: self.clone(), lists: OnceCell::new() }))
    }
}

/// Joins names to rows as they come. The lists are read once.
struct JoinNames {
    dhis2: Dhis2,
    lists: OnceCell<Lists>,
}

#[async_trait]
impl Refine for JoinNames {
    fn describe(&self) -> (&'static str, Value) {
        ("names", json!(true))
    }

    async fn rows(&self, frame: DataFrame) -> Result<DataFrame, Box<dyn StdError + Send + Sync>> {
        // All frames of a run have the same columns, and so need the same lists.
        let lists = self.lists.get_or_try_init(|| self.dhis2.lists_for(&frame)).await?;
        Ok(lists.join(&frame)?)
    }
}
