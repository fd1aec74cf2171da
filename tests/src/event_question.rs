//! Questions for events, to be put to the engine and to be answered by looking at every event there is.

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use dhis2::tracker::RICH_EVENTS;
use dhis2::{EventColumns, EventQuery, EventQueryBuilder, EventStatus, OrgUnitMode};

use crate::condition::Condition;
use crate::country::Country;
use crate::event::Event;
use crate::question::texts;

/// A question for events.
#[derive(Debug, Clone)]
#[allow(missing_docs)] // as in the builder of `EventQuery`
pub struct EventQuestion {
    pub program: String,
    pub program_stage: Option<String>,
    pub org_unit_parents: Vec<String>,
    pub org_unit_mode: OrgUnitMode,
    pub events: Vec<String>,
    pub enrollments: Vec<String>,
    pub after: Option<NaiveDate>,
    pub before: Option<NaiveDate>,
    pub scheduled_after: Option<NaiveDate>,
    pub scheduled_before: Option<NaiveDate>,
    pub updated_after: Option<DateTime<Utc>>,
    pub updated_before: Option<DateTime<Utc>>,
    pub status: Option<EventStatus>,
    pub include_deleted: bool,
    pub conditions: Vec<Condition>,
    pub rich: bool,
    pub page_size: u32,
}

impl EventQuestion {
    /// A question for the events of a program under these units, in pages of 200.
    pub fn of(program: &str, org_unit_parents: &[&str]) -> Self {
        Self {
            program: program.to_owned(),
            program_stage: None,
            org_unit_parents: texts(org_unit_parents),
            org_unit_mode: OrgUnitMode::Descendants,
            events: Vec::new(),
            enrollments: Vec::new(),
            after: None,
            before: None,
            scheduled_after: None,
            scheduled_before: None,
            updated_after: None,
            updated_before: None,
            status: None,
            include_deleted: false,
            conditions: Vec::new(),
            rich: false,
            page_size: 200,
        }
    }

    /// The same from one day to another, both included.
    pub fn between(self, after: &str, before: &str) -> Self {
        Self { after: Some(after.parse().unwrap()), before: Some(before.parse().unwrap()), ..self }
    }

    /// The same of events scheduled from one day to another, both included.
    pub fn scheduled_between(self, after: &str, before: &str) -> Self {
        Self { scheduled_after: Some(after.parse().unwrap()), scheduled_before: Some(before.parse().unwrap()), ..self }
    }

    /// The same with a condition more.
    pub fn with(mut self, condition: Condition) -> Self {
        self.conditions.push(condition);
        self
    }

    /// The question as the engine takes it.
    pub fn query(&self) -> EventQuery {
        self.builder().build().unwrap()
    }

    /// The same, unfinished.
    pub fn builder(&self) -> EventQueryBuilder {
        let mut query = EventQuery::builder()
            .program(&self.program)
            .org_unit_parents(&self.org_unit_parents)
            .org_unit_mode(self.org_unit_mode)
            .events(&self.events)
            .enrollments(&self.enrollments)
            .include_deleted(self.include_deleted)
            .columns(if self.rich { EventColumns::Rich } else { EventColumns::Plain })
            .page_size(self.page_size);
        if let Some(stage) = &self.program_stage {
            query = query.program_stage(stage);
        }
        if let Some(status) = self.status {
            query = query.status(status);
        }
        type Bound = fn(EventQueryBuilder, String) -> EventQueryBuilder;
        let days: [(Option<NaiveDate>, Bound); 4] = [
            (self.after, EventQueryBuilder::occurred_after),
            (self.before, EventQueryBuilder::occurred_before),
            (self.scheduled_after, EventQueryBuilder::scheduled_after),
            (self.scheduled_before, EventQueryBuilder::scheduled_before),
        ];
        for (day, bound) in days {
            query = day.map_or(query.clone(), |day| bound(query, day.to_string()));
        }
        let moments: [(Option<DateTime<Utc>>, Bound); 2] = [
            (self.updated_after, EventQueryBuilder::updated_after),
            (self.updated_before, EventQueryBuilder::updated_before),
        ];
        for (moment, bound) in moments {
            query = moment.map_or(query.clone(), |moment| bound(query, moment.to_rfc3339()));
        }
        self.conditions.iter().fold(query, |query, condition| query.filter(condition.write()))
    }

    /// Whether it asks for an event, `looked_at` being the unit of it that the server looks at. Whatever was scheduled in
    /// the recorded and the made-up countries is overdue by now.
    pub fn asks_for(&self, country: &Country, event: &Event, looked_at: &str) -> bool {
        let is_parent = |unit: &str| self.org_unit_parents.iter().any(|parent| parent == unit);
        let path = country.units.get(looked_at);
        let unit = self.org_unit_parents.is_empty()
            || match self.org_unit_mode {
                OrgUnitMode::Selected => is_parent(looked_at),
                OrgUnitMode::Children => path.is_some_and(|path| path.iter().rev().take(2).any(|unit| is_parent(unit))),
                _ => path.is_some_and(|path| path.iter().any(|unit| is_parent(unit))),
            };
        let days = |at: Option<NaiveDateTime>, after: Option<NaiveDate>, before: Option<NaiveDate>| {
            after.is_none_or(|day| at.is_some_and(|at| at.date() >= day))
                && before.is_none_or(|day| at.is_some_and(|at| at.date() <= day))
        };
        let status = match self.status {
            None => true,
            Some(EventStatus::Active) => event.status == "ACTIVE",
            Some(EventStatus::Completed) => event.status == "COMPLETED",
            Some(EventStatus::Visited) => event.status == "ACTIVE" && event.occurred.is_some(),
            Some(EventStatus::Schedule | EventStatus::Overdue) => event.status == "SCHEDULE",
            Some(EventStatus::Skipped) => event.status == "SKIPPED",
        };
        let row = &event.rich_rows(None)[0];
        unit && event.program == self.program
            && self.program_stage.as_ref().is_none_or(|stage| event.stage == *stage)
            && (self.events.is_empty() || self.events.contains(&event.event))
            && (self.enrollments.is_empty()
                || event.enrollment.as_ref().is_some_and(|enrollment| self.enrollments.contains(enrollment)))
            && days(event.occurred, self.after, self.before)
            && days(event.scheduled, self.scheduled_after, self.scheduled_before)
            && self.updated_after.is_none_or(|moment| event.updated >= moment)
            && self.updated_before.is_none_or(|moment| event.updated <= moment)
            && status
            && (self.include_deleted || !event.deleted)
            && self
                .conditions
                .iter()
                .all(|condition| condition.holds_for(&RICH_EVENTS, row, |element| event.value(element)))
    }
}
