//! Events: `GET /api/tracker/events`, 2.38 to 2.43.

mod extract;
pub mod flatten;
pub mod query;
mod source;

pub use extract::extract_events;
pub use flatten::EVENTS;
pub use query::{EventQuery, EventQueryBuilder, OccurredAt};
