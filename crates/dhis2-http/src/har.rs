//! HAR 1.2, the format of recordings: one JSON file of requests and what was answered.

mod model;
mod record;
mod redacted;
mod replay;

pub use record::Record;
pub use replay::Replay;
