//! Events: `GET /api/tracker/events`, 2.38 to 2.43.

mod columns;
pub(crate) mod extract;
mod fields;
mod flatten;
mod notes;
mod options;
mod query;
mod rich;
mod schedule;
mod selection;
pub(crate) mod source;

pub use columns::{EVENT_NOTES, EVENTS, RICH_EVENTS, SCHEDULE};
pub use extract::{extract_event_notes, extract_events, prepare_event_notes, prepare_events};
pub use flatten::Flatten;
pub use notes::FlattenNotes;
pub use options::{EventColumns, EventStatus, OccurredAt};
pub use query::{EventQuery, EventQueryBuilder, PAGE_SIZE};
pub use schedule::{ScheduleQuery, ScheduleQueryBuilder, extract_schedule, prepare_schedule};
pub use selection::{Selection, WallWindow};
