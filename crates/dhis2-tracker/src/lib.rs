//! DHIS2 Tracker: what one can ask for, how it is asked, and how the answers become columns.
//!
//! | extract | rows | source, 2.38 to 2.43 |
//! |---|---|---|
//! | [`extract_events`] | one for each data value of an event | `GET /api/tracker/events` |
//! | [`extract_event_notes`] | one for each note on an event | `GET /api/tracker/events` |
//! | [`extract_schedule`] | one for each visit that has not taken place | `GET /api/tracker/events` |
//! | [`extract_tracked_entities`] | one for each attribute of a tracked entity | `GET /api/tracker/trackedEntities` |
//! | [`extract_program_owners`] | one for each program of a tracked entity | `GET /api/tracker/trackedEntities` |
//! | [`extract_enrollments`] | one for each enrollment | `GET /api/tracker/enrollments` |
//! | [`Tracker::everything`] | a program's entities, attributes, enrollments, events and relationships | all of these |
//! | [`extract_enrollment_attributes`] | one for each attribute of an enrollment | `GET /api/tracker/trackedEntities` |
//! | [`extract_relationships`] | one for each relationship | `GET /api/tracker/trackedEntities`, `…/enrollments`, `…/events` |
//!
//! Each has a module with its question (checked before anything is sent), its columns and its `Flatten` (bytes to columns).

mod check;
pub mod enrollments;
mod envelope;
pub mod error;
pub mod events;
pub mod everything;
mod filter;
mod geometry;
mod lists;
mod paging;
mod prepare;
pub mod relationships;
mod rows;
mod scope;
mod tables;
#[cfg(test)]
mod testing;
pub mod tracked_entities;
mod uids;
mod values;
mod window;

pub use enrollments::{
    ENROLLMENT_ATTRIBUTES, ENROLLMENTS, EnrollmentQuery, EnrollmentQueryBuilder, EnrollmentStatus,
    extract_enrollment_attributes, extract_enrollments, extract_enrollments_with_attributes,
    prepare_enrollment_attributes, prepare_enrollments,
};
pub use envelope::Pieces;
pub use error::{QueryError, TrackerError};
pub use events::{
    EVENT_NOTES, EVENTS, EventColumns, EventQuery, EventQueryBuilder, EventStatus, OccurredAt, RICH_EVENTS, SCHEDULE,
    ScheduleQuery, ScheduleQueryBuilder, extract_event_notes, extract_events, extract_schedule, prepare_event_notes,
    prepare_events, prepare_schedule,
};
pub use everything::{ATTRIBUTE_VALUES, ENTITIES, Everything, ProgramQuery, ProgramQueryBuilder, Tracker};
pub use relationships::{
    RELATIONSHIPS, RelationshipQuery, RelationshipQueryBuilder, extract_relationships, prepare_relationships,
};
pub use rows::FlatPage;
pub use scope::OrgUnitMode;
pub use tracked_entities::{
    PROGRAM_OWNERS, TRACKED_ENTITIES, TrackedEntityQuery, TrackedEntityQueryBuilder, extract_program_owners,
    extract_tracked_entities, prepare_program_owners, prepare_tracked_entities,
};
pub use window::UpdatedWindow;
