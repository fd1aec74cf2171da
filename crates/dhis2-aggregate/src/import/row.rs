//! A row on its way to the server.

use dhis2_api::Uid;
use dhis2_api::period::Period;

/// What tells one data value from another. Ordered by unit and period first: what stands together is asked for, and named
/// by refusals, together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Key {
    pub(crate) unit: Uid,
    pub(crate) period: Period,
    pub(crate) element: Uid,
    pub(crate) combo: Uid,
    pub(crate) attribute: Uid,
}

/// A row that can be sent.
#[derive(Clone)]
pub(crate) struct Row {
    /// Its place among the rows to import, from 0.
    pub(crate) line: usize,
    pub(crate) key: Key,
    /// `None` only where it is to be deleted.
    pub(crate) value: Option<Box<str>>,
}

impl std::fmt::Debug for Row {
    /// Without the value.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Row").field("line", &self.line).field("key", &self.key).finish_non_exhaustive()
    }
}
