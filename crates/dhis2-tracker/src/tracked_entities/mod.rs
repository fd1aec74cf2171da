//! Tracked entities with their attributes, and who owns them: `GET /api/tracker/trackedEntities`, 2.38 to 2.43.

mod columns;
pub(crate) mod extract;
mod flatten;
mod owners;
mod query;
mod selection;
pub(crate) mod source;

pub use columns::TRACKED_ENTITIES;
pub use extract::{extract_program_owners, extract_tracked_entities, prepare_program_owners, prepare_tracked_entities};
pub use flatten::Flatten;
pub use owners::{FlattenOwners, PROGRAM_OWNERS};
pub use query::{PAGE_SIZE, TrackedEntityQuery, TrackedEntityQueryBuilder};
pub use selection::Selection;

#[cfg(test)]
mod tests;
