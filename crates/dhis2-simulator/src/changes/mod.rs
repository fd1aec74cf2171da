//! Rows that come, change and go while the server is asked for them.

mod batch;
mod edit;
mod live;
mod value;

use std::collections::BTreeSet;

use serde::Deserialize;

pub use edit::WorldChange;
pub(crate) use live::Live;

/// What changes by itself while a server runs: people who work with it while it is read. A part of [`Faults`](crate::Faults).
///
/// A batch comes between two list requests to `/api/tracker`, after every so many of them. Which rows it takes follows from
/// the seed and the world alone, so that the same requests one after the other always find the same. Rows are taken from
/// all programs: about half of them are events, the rest tracked entities, enrollments and relationships. All of a batch
/// has one moment, by the server's clock but always later than everything that the world holds.
///
/// ```
/// use dhis2_simulator::Changes;
///
/// let changes = Changes { seed: 1, every: 3, inserts: 5, updates: 5, deletes: 5 };
/// # assert_eq!(changes.every, 3);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Changes {
    /// What decides which rows. In a file of faults this and the numbers of rows are 0 where they are left out.
    #[serde(default)]
    pub seed: u64,
    /// After how many list requests a batch comes; 0 for never.
    pub every: u64,
    /// How many rows of a batch are new ones: each like one that is there. A new tracked entity brings enrollments along.
    #[serde(default)]
    pub inserts: usize,
    /// How many rows of a batch get another value: an event a data value, a tracked entity an attribute, an enrollment its
    /// mark for follow-up. Relationships stay as they are, as on servers.
    #[serde(default)]
    pub updates: usize,
    /// How many rows of a batch are deleted; what hangs on them goes with them.
    #[serde(default)]
    pub deletes: usize,
}

/// Which rows of the tracker were changed since a server started.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ChangeLog {
    /// Tracked entities.
    pub tracked_entities: Changed,
    /// Enrollments.
    pub enrollments: Changed,
    /// Events.
    pub events: Changed,
    /// Relationships.
    pub relationships: Changed,
}

/// The uids of rows that were changed. A row can be in more than one of the sets.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changed {
    /// Rows that are new.
    pub inserted: BTreeSet<String>,
    /// Rows of which a value changed.
    pub updated: BTreeSet<String>,
    /// Rows that were deleted, those too that went with another one.
    pub deleted: BTreeSet<String>,
}

impl Changed {
    /// Whether a row has been there, or deleted, all the time: neither new nor deleted since.
    pub fn stayed(&self, uid: &str) -> bool {
        !self.inserted.contains(uid) && !self.deleted.contains(uid)
    }
}
