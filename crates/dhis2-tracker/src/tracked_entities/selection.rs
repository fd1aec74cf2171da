//! Which of the tracked entities of an answer were asked for.

use dhis2_api::Uid;
use dhis2_api::datetime::{ServerZone, WallClock};
use dhis2_frame::Cell;
use serde::Deserialize;

use crate::window::UpdatedWindow;

/// Which of the tracked entities of an answer to keep. Requests ask for deleted ones always, so that one that is deleted
/// during the walk moves none to an earlier page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Selection {
    /// When they were last updated.
    pub updated: UpdatedWindow,
    /// Keep deleted ones too.
    pub include_deleted: bool,
    /// Leave out those whose enrollments in this program, among the `enrollments` of the answer, are all deleted. Where
    /// deleted objects are asked for, servers list those too. An entity that shows no enrollment in it stays.
    pub enrolled_in: Option<Uid>,
}

/// What the selection looks at.
#[derive(Debug, Default)]
pub(crate) struct Candidate<'de> {
    pub(crate) deleted: bool,
    pub(crate) enrollments: Vec<NestedEnrollment<'de>>,
}

/// An enrollment inside a tracked entity.
#[derive(Debug, Deserialize)]
pub(crate) struct NestedEnrollment<'a> {
    #[serde(borrow, default)]
    program: Cell<'a>,
    deleted: Option<bool>,
}

impl Selection {
    pub(crate) fn leaves_out(&self, zone: ServerZone, entity: &Candidate<'_>, updated: Option<WallClock>) -> bool {
        (entity.deleted && !self.include_deleted)
            || self.enrolled_in.is_some_and(|program| entity.left(program))
            || self.updated.leaves_out(zone, updated)
    }
}

impl Candidate<'_> {
    /// Whether all its enrollments in the program, of which there are some, are deleted.
    fn left(&self, program: Uid) -> bool {
        let mut all = self.enrollments.iter().filter(|one| one.program.text() == Some(program.as_str())).peekable();
        all.peek().is_some() && all.all(|one| one.deleted == Some(true))
    }
}
