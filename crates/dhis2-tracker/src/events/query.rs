//! A question for events, checked before anything is sent.

use chrono::{Days, NaiveDate};
use dhis2_api::Uid;
use dhis2_api::datetime::WallClock;
use serde_json::{Value, json};

use crate::check;
use crate::error::QueryError;

/// Events a page, unless asked otherwise: a request costs a server some 0.4 s whatever its size, an event 0.12 ms (wire
/// document, section 8, "What requests cost").
pub const PAGE_SIZE: u32 = 5_000;

/// Which events to extract. Made by [`EventQuery::builder`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventQuery {
    pub(crate) program: Uid,
    pub(crate) org_unit_parents: Vec<Uid>,
    pub(crate) occurred_after: Option<NaiveDate>,
    pub(crate) occurred_before: Option<NaiveDate>,
    pub(crate) occurred_at: OccurredAt,
    pub(crate) page_size: u32,
}

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

impl EventQuery {
    /// Begins a question.
    ///
    /// ```
    /// use dhis2_tracker::EventQuery;
    ///
    /// let query = EventQuery::builder()
    ///     .program("T4KUa2dgu2M")
    ///     .org_unit_parents(["KdK92fYEfTw"])
    ///     .occurred_after("2024-01-01")
    ///     .occurred_before("2024-01-31")
    ///     .build()?;
    /// # Ok::<(), dhis2_tracker::QueryError>(())
    /// ```
    pub fn builder() -> EventQueryBuilder {
        EventQueryBuilder::default()
    }

    /// The question for a receipt.
    pub fn to_json(&self) -> Value {
        let date = |date: Option<NaiveDate>| date.map(|d| d.to_string());
        json!({
            "program_id": self.program,
            "org_unit_parents": self.org_unit_parents,
            "occurred_after": date(self.occurred_after),
            "occurred_before": date(self.occurred_before),
            "occurred_at": self.occurred_at.describe(),
        })
    }

    /// The first moment wanted and the first no longer wanted, on the server's clock.
    pub(crate) fn bounds(&self) -> (Option<WallClock>, Option<WallClock>) {
        let after_last = self.occurred_before.and_then(|day| day.checked_add_days(Days::new(1)));
        (self.occurred_after.map(WallClock::start_of), after_last.map(WallClock::start_of))
    }
}

/// Collects a question; [`EventQueryBuilder::build`] checks it.
#[derive(Debug, Clone, Default)]
pub struct EventQueryBuilder {
    program: Option<String>,
    org_unit_parents: Vec<String>,
    occurred_after: Option<String>,
    occurred_before: Option<String>,
    occurred_at: OccurredAt,
    page_size: Option<u32>,
}

impl EventQueryBuilder {
    /// The program, by uid.
    pub fn program(self, program: impl Into<String>) -> Self {
        Self { program: Some(program.into()), ..self }
    }

    /// Adds organisation units, by uid: their events and those of all units below them. Of programs with registration it
    /// is, from 2.40 on, the unit that owns the person that counts, before 2.40 the event's own; the column
    /// `organisation_unit_id` always holds the event's own.
    pub fn org_unit_parents<I>(mut self, ids: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        self.org_unit_parents.extend(ids.into_iter().map(Into::into));
        self
    }

    /// Only events that occurred on this day or later, `YYYY-MM-DD` on the server's clock. Events that are only scheduled
    /// then do not come.
    pub fn occurred_after(self, day: impl Into<String>) -> Self {
        Self { occurred_after: Some(day.into()), ..self }
    }

    /// Only events that occurred on this day or earlier, the whole day included. Events that are only scheduled then do
    /// not come.
    pub fn occurred_before(self, day: impl Into<String>) -> Self {
        Self { occurred_before: Some(day.into()), ..self }
    }

    /// What the column `occurred_at` holds.
    pub fn occurred_at(self, occurred_at: OccurredAt) -> Self {
        Self { occurred_at, ..self }
    }

    /// Events a page; [`PAGE_SIZE`] unless said.
    pub fn page_size(self, events: u32) -> Self {
        Self { page_size: Some(events), ..self }
    }

    /// Checks the question.
    ///
    /// # Errors
    /// [`QueryError`] says what is missing, contradicts itself or is malformed.
    pub fn build(self) -> Result<EventQuery, QueryError> {
        let program = check::program(self.program.as_deref())?;
        let org_unit_parents = check::org_units(&self.org_unit_parents)?;
        let occurred_after = check::date("occurred_after", self.occurred_after.as_deref())?;
        let occurred_before = check::date("occurred_before", self.occurred_before.as_deref())?;
        if let (Some(after), Some(before)) = (occurred_after, occurred_before)
            && after > before
        {
            return Err(QueryError::AfterBeforeBefore { after, before });
        }
        Ok(EventQuery {
            program,
            org_unit_parents,
            occurred_after,
            occurred_before,
            occurred_at: self.occurred_at,
            page_size: check::page_size(self.page_size, PAGE_SIZE)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole() -> EventQueryBuilder {
        EventQuery::builder().program("T4KUa2dgu2M").org_unit_parents(["KdK92fYEfTw"])
    }

    #[test]
    fn what_is_missing_or_contradicts_is_named_before_anything_is_sent() {
        assert_eq!(EventQuery::builder().org_unit_parents(["KdK92fYEfTw"]).build(), Err(QueryError::NoProgram));
        assert_eq!(EventQuery::builder().program("T4KUa2dgu2M").build(), Err(QueryError::NoOrgUnit));
        assert_eq!(whole().page_size(0).build(), Err(QueryError::PageSize));
        let backwards = whole().occurred_after("2024-02-01").occurred_before("2024-01-31").build();
        assert!(matches!(backwards, Err(QueryError::AfterBeforeBefore { .. })));
        for (builder, parameter) in [
            (whole().program("nope"), "program"),
            (whole().org_unit_parents(["nope"]), "organisation unit"),
            (whole().occurred_after("yesterday"), "occurred_after"),
            (whole().occurred_before("2024-01-31T12:00"), "occurred_before"),
        ] {
            let Err(QueryError::Malformed { parameter: named, .. }) = builder.build() else { panic!("{parameter}") };
            assert_eq!(named, parameter);
        }
    }

    /// peer-bugs section 4: "Same parent twice: 62 doubled."
    #[test]
    fn the_same_parent_twice_is_asked_for_once() {
        assert_eq!(whole().org_unit_parents(["KdK92fYEfTw"]).build().unwrap().org_unit_parents.len(), 1);
    }

    #[test]
    fn a_single_day_is_a_day_long() {
        let query = whole().occurred_after("2024-01-15").occurred_before("2024-01-15").build().unwrap();
        let (Some(from), Some(to)) = query.bounds() else { panic!("two bounds") };
        assert_eq!(to.0 - from.0, 86_400_000);
    }
}
