//! Extract data from DHIS2 servers 2.38 to 2.43 into Polars frames and files, and know whether it is all of it.
//!
//! [`Dhis2`] is the one type to start from. Every extract gives an [`Extraction`]: a frame, and a [`Receipt`] that says what
//! was asked, what came, how it was proved whole, and what is missing.
//!
//! ```no_run
//! use dhis2::{Credentials, DataValueQuery, Dhis2, EventQuery};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let dhis2 = Dhis2::connect("https://play.example.org/dhis", Credentials::token("d2p_…"))?;
//!
//! let year = DataValueQuery::builder().dates("2024-01-01", "2024-12-31").org_units(["KdK92fYEfTw"]).include_children(true);
//! let mut values = dhis2.extract_dataset("pPqq629bfL1", year).await?;
//! values.write("values.parquet".as_ref())?;
//! assert!(values.receipt.is_complete(), "missing: {:?}", values.receipt.missing());
//!
//! let visits = EventQuery::builder().program("T4KUa2dgu2M").org_unit_parents(["KdK92fYEfTw"]).build()?;
//! println!("{}", dhis2.extract_events(&visits).await?.frame);
//! # Ok(())
//! # }
//! ```
//!
//! The layers are crates of their own, for those who need one of them:
//!
//! | crate | what it is for |
//! |---|---|
//! | [`api`] | what a server says: uids, periods, versions and dialects, requests, models; no I/O |
//! | [`http`] | how bytes travel: the [`http::Transport`] trait, retry, throttle, record, replay, a client |
//! | [`frame`] | bytes to columns, columns to files |
//! | [`extract`] | the engine: chunks, pages, duplicates, proofs, receipts |
//! | [`aggregate`] | data values |
//! | [`metadata`] | metadata lists as frames |
//! | [`report`] | a page about an extract, for people |
//! | [`tracker`] | events, tracked entities, enrollments, relationships |

mod connect;
mod copy;
mod counts;
mod data_value_sets;
pub mod doctor;
mod error;
mod import;
mod lists;
#[cfg(feature = "local")]
pub mod local;
mod made;
mod names;
mod prepared;
mod prepared_counts;
mod privacy;
mod search;
mod wide;
mod wide_table;

pub use dhis2_aggregate as aggregate;
pub use dhis2_api as api;
pub use dhis2_extract as extract;
pub use dhis2_frame as frame;
pub use dhis2_http as http;
pub use dhis2_metadata as metadata;
pub use dhis2_report as report;
pub use dhis2_tracker as tracker;
pub use polars;

pub use connect::Connection;
pub use copy::{CauseReceipt, Copied, CopyOptions, CopyReceipt, ImportReceipt};
pub use counts::CountedEvents;
pub use data_value_sets::DataValueSets;
pub use dhis2_aggregate::{
    AnalyticsQuery, AnalyticsQueryBuilder, DataValueColumns, DataValueQuery, DataValueQueryBuilder, DataValueRows,
    IdScheme, IdSchemes, Import, ImportOptions, ImportStrategy,
};
pub use dhis2_extract::{Engine, Extraction, Job, Options, Plan, Prepared, Receipt, State};
pub use dhis2_frame::Format;
pub use dhis2_frame::wide::{NameBy, OptionsAs, WideOptions};
pub use dhis2_http::{Client, Credentials};
pub use dhis2_metadata::{FoundObject, ObjectKind};
pub use dhis2_tracker::{
    EnrollmentQuery, EventColumns, EventQuery, EventQueryBuilder, EventStatus, Everything, OccurredAt, OrgUnitMode,
    ProgramQuery, RelationshipQuery, ScheduleQuery, TrackedEntityQuery, Tracker,
};
pub use error::Error;
pub use prepared_counts::PreparedCounts;
pub use privacy::{Privacy, PrivacyError, PrivacyKey, ProtectedProgram};
pub use wide::EventRows;
pub use wide_table::PreparedWide;

/// A DHIS2 server, ready to be extracted from. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Dhis2 {
    engine: Engine,
    recording: Option<connect::Recording>,
}

impl Dhis2 {
    /// A server at an address as in the browser, over the network with the usual settings. Nothing is sent yet.
    /// [`Connection`] has more settings.
    ///
    /// # Errors
    /// [`Error::Http`] where the address or the credentials cannot be used.
    pub fn connect(url: &str, credentials: Credentials) -> Result<Self, Error> {
        Ok(Self::new(Client::connect(url, credentials)?))
    }

    /// The server that a client speaks to: with a transport of your own, or with recordings.
    ///
    /// ```
    /// use dhis2::{Client, Credentials, Dhis2};
    /// use dhis2::http::{MemoryTransport, Response};
    ///
    /// let transport = MemoryTransport::new(|_| Ok(Response::json(200, r#"{"version":"2.42.5.2"}"#)));
    /// let dhis2 = Dhis2::new(Client::new("https://play.example.org", Credentials::None, transport)?);
    /// # Ok::<(), dhis2::http::HttpError>(())
    /// ```
    pub fn new(client: Client) -> Self {
        Self::from(Engine::new(client))
    }

    /// The engine that runs the extracts.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// The client, for requests of your own to the same server.
    pub fn client(&self) -> &Client {
        self.engine.client()
    }

    /// The same server, with a run's progress told to somebody.
    pub fn with_progress(self, progress: std::sync::Arc<dyn extract::progress::Progress>) -> Self {
        Self { engine: self.engine.with_progress(progress), ..self }
    }

    /// The same server, of which extracts ask for everything once more, in other pieces, and compare; a difference makes the
    /// receipt partial.
    pub fn verifying(self, verify: bool) -> Self {
        let options = Options { verify, ..self.engine.options().clone() };
        Self { engine: self.engine.with_options(options), ..self }
    }

    /// Ends a recording begun with [`Connection::record`]: the file is complete after that.
    ///
    /// # Errors
    /// [`Error::Http`] where the file cannot be written.
    pub fn finish_recording(&self) -> Result<(), Error> {
        self.recording.as_ref().map_or(Ok(()), connect::Recording::finish)
    }

    /// Extracts data values: data sets, data elements and groups in one question. See
    /// [`extract_data_values`](aggregate::extract_data_values).
    ///
    /// # Errors
    /// [`Error`] where nothing could be had; what is missing beside other rows makes the receipt partial.
    pub async fn extract_data_values(&self, query: &DataValueQuery) -> Result<Extraction, Error> {
        Ok(aggregate::extract_data_values(&self.engine, query).await?)
    }

    /// Extracts the data values of a data set, of the periods and units that `scope` says.
    ///
    /// # Errors
    /// As of [`extract_data_values`](Self::extract_data_values), and where the scope makes no sense.
    pub async fn extract_dataset(&self, data_set: &str, scope: DataValueQueryBuilder) -> Result<Extraction, Error> {
        Ok(aggregate::extract_dataset(&self.engine, data_set, scope).await?)
    }

    /// Extracts the data values of data elements, of the periods and units that `scope` says.
    ///
    /// # Errors
    /// As of [`extract_dataset`](Self::extract_dataset).
    pub async fn extract_data_elements(
        &self,
        data_elements: &[&str],
        scope: DataValueQueryBuilder,
    ) -> Result<Extraction, Error> {
        Ok(aggregate::extract_data_elements(&self.engine, data_elements, scope).await?)
    }

    /// Extracts the data values of the elements of data element groups, of the periods and units that `scope` says.
    ///
    /// # Errors
    /// As of [`extract_dataset`](Self::extract_dataset).
    pub async fn extract_data_element_groups(
        &self,
        data_element_groups: &[&str],
        scope: DataValueQueryBuilder,
    ) -> Result<Extraction, Error> {
        Ok(aggregate::extract_data_element_groups(&self.engine, data_element_groups, scope).await?)
    }

    /// Extracts the events of a program. See [`extract_events`](tracker::extract_events).
    ///
    /// # Errors
    /// [`Error`] where nothing could be had; what is missing beside other rows makes the receipt partial.
    pub async fn extract_events(&self, query: &EventQuery) -> Result<Extraction, Error> {
        Ok(tracker::extract_events(&self.engine, query).await?)
    }

    /// Extracts the notes of a program's events. See [`extract_event_notes`](tracker::extract_event_notes).
    ///
    /// # Errors
    /// As of [`extract_events`](Self::extract_events).
    pub async fn extract_event_notes(&self, query: &EventQuery) -> Result<Extraction, Error> {
        Ok(tracker::extract_event_notes(&self.engine, query).await?)
    }

    /// Extracts the work plan of a program: visits that have not taken place. See
    /// [`extract_schedule`](tracker::extract_schedule).
    ///
    /// # Errors
    /// As of [`extract_events`](Self::extract_events).
    pub async fn extract_schedule(&self, query: &ScheduleQuery) -> Result<Extraction, Error> {
        Ok(tracker::extract_schedule(&self.engine, query).await?)
    }

    /// Extracts tracked entities with their attributes. See
    /// [`extract_tracked_entities`](tracker::extract_tracked_entities).
    ///
    /// # Errors
    /// As of [`extract_events`](Self::extract_events).
    pub async fn extract_tracked_entities(&self, query: &TrackedEntityQuery) -> Result<Extraction, Error> {
        Ok(tracker::extract_tracked_entities(&self.engine, query).await?)
    }

    /// Extracts which organisation unit owns a tracked entity for which program. See
    /// [`extract_program_owners`](tracker::extract_program_owners).
    ///
    /// # Errors
    /// As of [`extract_events`](Self::extract_events).
    pub async fn extract_program_owners(&self, query: &TrackedEntityQuery) -> Result<Extraction, Error> {
        Ok(tracker::extract_program_owners(&self.engine, query).await?)
    }

    /// The Tracker, for a program's frames that belong together: see [`Tracker::everything`].
    pub fn tracker(&self) -> Tracker {
        Tracker::new(self.engine.clone())
    }

    /// Extracts the attributes of enrollments. See
    /// [`extract_enrollment_attributes`](tracker::extract_enrollment_attributes).
    ///
    /// # Errors
    /// As of [`extract_events`](Self::extract_events).
    pub async fn extract_enrollment_attributes(&self, query: &EnrollmentQuery) -> Result<Extraction, Error> {
        Ok(tracker::extract_enrollment_attributes(&self.engine, query).await?)
    }

    /// Extracts the enrollments of a program. See [`extract_enrollments`](tracker::extract_enrollments).
    ///
    /// # Errors
    /// As of [`extract_events`](Self::extract_events).
    pub async fn extract_enrollments(&self, query: &EnrollmentQuery) -> Result<Extraction, Error> {
        Ok(tracker::extract_enrollments(&self.engine, query).await?)
    }

    /// Extracts relationships, each once though it is seen from both ends. See
    /// [`extract_relationships`](tracker::extract_relationships).
    ///
    /// # Errors
    /// As of [`extract_events`](Self::extract_events).
    pub async fn extract_relationships(&self, query: &RelationshipQuery) -> Result<Extraction, Error> {
        Ok(tracker::extract_relationships(&self.engine, query).await?)
    }
}

impl From<Engine> for Dhis2 {
    fn from(engine: Engine) -> Self {
        Self { engine, recording: None }
    }
}
