//! Which of the events of an answer were asked for.

use dhis2_api::Uid;
use dhis2_api::datetime::{ServerZone, WallClock};

use crate::events::fields::EventFields;
use crate::events::options::EventStatus;
use crate::window::UpdatedWindow;

/// Which of the events of an answer to keep. Requests do not ask for what can change while pages are read, such as the
/// status: an event that left the set would move those after it to an earlier page, and one of them would be lost.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    /// When they occurred; with a bound, those that did not occur are left out.
    pub occurred: WallWindow,
    /// When they were to occur; with a bound, those without such a time are left out.
    pub scheduled: WallWindow,
    /// When they were last updated.
    pub updated: UpdatedWindow,
    /// Their status.
    pub status: Option<EventStatus>,
    /// The beginning of the day before which a scheduled event is overdue.
    pub today: Option<WallClock>,
    /// Their program stage.
    pub program_stage: Option<Uid>,
    /// Category options that their attribute option combo must consist of, among others.
    pub attribute_options: Vec<Uid>,
    /// Keep deleted ones too.
    pub include_deleted: bool,
}

/// From when to when, on the server's clock.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct WallWindow {
    /// The first moment wanted.
    pub from: Option<WallClock>,
    /// The first moment no longer wanted.
    pub before: Option<WallClock>,
}

impl WallWindow {
    fn leaves_out(self, at: Option<WallClock>) -> bool {
        self.from.is_some_and(|from| at.is_none_or(|at| at < from))
            || self.before.is_some_and(|before| at.is_none_or(|at| at >= before))
    }
}

/// The times of an event that decide.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Times {
    pub(crate) occurred: Option<WallClock>,
    pub(crate) scheduled: Option<WallClock>,
    pub(crate) updated: Option<WallClock>,
}

impl Selection {
    pub(crate) fn leaves_out(&self, zone: ServerZone, event: &EventFields<'_>, times: Times) -> bool {
        let other_stage = |stage: Uid| event.program_stage.text().is_some_and(|its| its != stage.as_str());
        (event.deleted && !self.include_deleted)
            || self.occurred.leaves_out(times.occurred)
            || self.scheduled.leaves_out(times.scheduled)
            || self.updated.leaves_out(zone, times.updated)
            || self.program_stage.is_some_and(other_stage)
            || self.status.is_some_and(|status| !self.has_status(status, event, times))
            || !self.attribute_options.iter().all(|option| event.has_attribute_option(*option))
    }

    /// Whether it has a status in the sense in which servers take it in questions.
    fn has_status(&self, status: EventStatus, event: &EventFields<'_>, times: Times) -> bool {
        let stored = event.status.text().unwrap_or_default();
        match status {
            EventStatus::Visited => matches!(stored, "ACTIVE" | "VISITED") && times.occurred.is_some(),
            EventStatus::Overdue => {
                let passed = times.scheduled.zip(self.today).is_some_and(|(day, today)| day < today);
                matches!(stored, "SCHEDULE" | "OVERDUE") && passed
            }
            EventStatus::Schedule => matches!(stored, "SCHEDULE" | "OVERDUE"),
            EventStatus::Active => matches!(stored, "ACTIVE" | "VISITED"),
            EventStatus::Completed | EventStatus::Skipped => stored == status.as_str(),
        }
    }
}
