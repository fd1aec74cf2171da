//! What the tests of the whole share: recordings of real servers, rows to compare, the truth about a country.
//!
//! The recordings are those in `data/`; where the whole collection lies beside the project (`../shared/recordings`), the
//! tests go through that instead.

// A panic here is a failing test.
#![allow(clippy::missing_panics_doc)]

pub mod condition;
pub mod country;
#[cfg(doctest)]
mod documents;
pub mod event;
pub mod event_question;
pub mod people;
pub mod people_question;
pub mod program;
pub mod question;
pub mod recordings;
pub mod relay;
pub mod rows;
pub mod served;
