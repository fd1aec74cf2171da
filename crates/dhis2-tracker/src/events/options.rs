//! What one can choose in a question for events.

/// What the column `occurred_at` holds, and the other times of a subject's life.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum OccurredAt {
    /// The time as the server shows it, labelled UTC: a visit on 15 January stays on 15 January. Most events carry a date
    /// only, which the server shows as its midnight; converted, those would move to another day.
    #[default]
    AsShown,
    /// The moment in true UTC, by the zone of the server's clock.
    InUtc,
}

impl OccurredAt {
    /// In words, for a receipt.
    pub(crate) fn describe(self) -> &'static str {
        match self {
            Self::AsShown => "as the server shows it",
            Self::InUtc => "UTC",
        }
    }
}

/// The status of an event, as servers take it in questions. Two of them are never stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventStatus {
    /// Going on.
    Active,
    /// Completed.
    Completed,
    /// Active, and it occurred.
    Visited,
    /// Scheduled, whether its day has passed or not.
    Schedule,
    /// Scheduled for a day that has passed, by the server's clock.
    Overdue,
    /// Skipped: it will not take place.
    Skipped,
}

impl EventStatus {
    /// As servers write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "ACTIVE",
            Self::Completed => "COMPLETED",
            Self::Visited => "VISITED",
            Self::Schedule => "SCHEDULE",
            Self::Overdue => "OVERDUE",
            Self::Skipped => "SKIPPED",
        }
    }
}

/// Which columns come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum EventColumns {
    /// Those of [`EVENTS`](crate::EVENTS).
    #[default]
    Plain,
    /// Those of [`RICH_EVENTS`](crate::RICH_EVENTS).
    Rich,
}
