//! Relationships: there is no list of all; they are collected from the objects at which they begin or end, 2.38 to 2.43.

mod columns;
mod extract;
mod flatten;
mod meanwhile;
pub(crate) mod plan;
mod query;
mod source;

pub use columns::RELATIONSHIPS;
pub use extract::{extract_relationships, prepare_relationships};
pub use flatten::Flatten;
pub use query::{PAGE_SIZE, RelationshipQuery, RelationshipQueryBuilder};

#[cfg(test)]
mod tests;
