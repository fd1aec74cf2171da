//! The extraction engine: a source's chunks become bounded concurrent requests, their pages become columns in a
//! deterministic order, duplicates are removed and counted, and a [`Receipt`] says what was asked, what came, how each
//! chunk was proved whole, and what is missing.
//!
//! The engine does not know which endpoint it drives: a [`Source`] does.
//!
//! | step | where |
//! |---|---|
//! | what a source must say | [`source`] |
//! | what will be asked for | [`plan`], [`prepared`] |
//! | chunks at once, in memory or into a file | [`engine`] |
//! | what came, every object once, for who makes something of it | [`Gathered`] |
//! | the same object sent twice | [`duplicates`] |
//! | an answer that may have been cut asked again | [`proof`] |
//! | rows made less personal before anything is kept | [`protect`] |
//! | rows made other rows on their way | [`refine`] |
//! | what the answers to a plan call for | [`Sequel`], [`Fetched`] |
//! | a run that goes on where another stopped | [`Job`] |
//! | parts fetched apart put together | [`join`](join()) |
//! | what came of it | [`receipt`] |
//! | who is watching | [`progress`] |
//! | do these ids exist | [`lookup`] |

mod arriving;
mod assemble;
mod candidates;
mod chunk;
mod closing;
mod depth;
pub mod duplicates;
pub mod engine;
pub mod error;
mod fetched;
mod gathered;
mod join;
mod keys;
pub mod lookup;
mod pace;
pub mod plan;
pub mod prepared;
pub mod progress;
pub mod proof;
pub mod protect;
mod protected;
pub mod receipt;
pub mod refine;
mod sequel;
pub mod source;
mod store;
mod together;
mod verify;
mod walk;

pub use engine::{Engine, Expected, Extraction, Options, Preparation};
pub use error::ExtractError;
pub use fetched::{Fetched, Seen};
pub use gathered::Gathered;
pub use join::join;
pub use plan::{Plan, PlannedChunk, Spelling};
pub use prepared::Prepared;
pub use protect::Protect;
pub use receipt::{Receipt, State, Warning, WarningKind};
pub use refine::Refine;
pub use sequel::Sequel;
pub use source::{More, Objects, Page, Source};
pub use store::Job;

/// The program, as receipts and jobs name it.
const TOOL: &str = concat!("dhis2 ", env!("CARGO_PKG_VERSION"));
