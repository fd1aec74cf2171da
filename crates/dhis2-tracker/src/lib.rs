//! DHIS2 Tracker: what one can ask for, how it is asked, and how events become columns.
//!
//! | step | where |
//! |---|---|
//! | a question, checked | [`query`] |
//! | bytes to columns | [`flatten`] |
//! | all of it | [`extract_events`] |
//!
//! The source is `GET /api/tracker/events` (2.38 to 2.43).

pub mod error;
mod extract;
pub mod flatten;
pub mod query;
mod source;

pub use error::{QueryError, TrackerError};
pub use extract::extract_events;
pub use flatten::EVENTS;
pub use query::{EventQuery, EventQueryBuilder, OccurredAt};
