//! The extraction engine: a source's chunks become bounded concurrent requests, their pages become columns in a
//! deterministic order, duplicates are removed and counted, and a [`Receipt`] says what was asked, what came, how each
//! chunk was proved whole, and what is missing.
//!
//! The engine does not know which endpoint it drives: a [`Source`] does.
//!
//! | step | where |
//! |---|---|
//! | what a source must say | [`source`] |
//! | chunks at once, pages in order, refused chunks narrowed down | [`engine`] |
//! | the same object sent twice | [`duplicates`] |
//! | an answer that may have been cut asked again | [`proof`] |
//! | what came of it | [`receipt`] |
//! | who is watching | [`progress`] |
//! | do these ids exist | [`lookup`] |

pub mod duplicates;
pub mod engine;
pub mod error;
pub mod lookup;
pub mod progress;
pub mod proof;
pub mod receipt;
pub mod source;
mod together;
mod walk;

pub use engine::{Engine, Extraction, Options};
pub use error::ExtractError;
pub use receipt::{Receipt, State, Warning, WarningKind};
pub use source::{More, Objects, Page, Source};
