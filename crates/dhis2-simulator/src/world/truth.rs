//! What the world holds, row by row, for tests to compare with.

use std::fmt;

use chrono::{DateTime, NaiveDateTime, Utc};
use dhis2_api::period::Period;

use super::World;
use super::metadata::Metadata;
use super::texts::Text;
use super::tracker::EventStatus;
use super::units::UnitIndex;
use super::values::DataValues;
use crate::time::from_millis;

/// A data value as the world holds it. Its `Debug` leaves out value and comment.
#[derive(Clone, PartialEq, Eq)]
pub struct DataValueRow<'a> {
    /// The data element's uid.
    pub data_element: &'a str,
    /// The period.
    pub period: Period,
    /// The organisation unit's uid.
    pub organisation_unit: &'a str,
    /// The category option combo's uid.
    pub category_option_combo: &'a str,
    /// The attribute option combo's uid.
    pub attribute_option_combo: &'a str,
    /// The value; none where there is only a comment.
    pub value: Option<&'a str>,
    /// The comment.
    pub comment: Option<&'a str>,
    /// The account that stored it.
    pub stored_by: Option<&'a str>,
    /// When it was created, in UTC.
    pub created: DateTime<Utc>,
    /// When it was changed last, in UTC.
    pub last_updated: DateTime<Utc>,
    /// Whether it is marked for follow-up.
    pub followup: bool,
    /// Whether it is deleted: servers keep deleted values with their last value.
    pub deleted: bool,
}

impl fmt::Debug for DataValueRow<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DataValueRow")
            .field("data_element", &self.data_element)
            .field("period", &self.period)
            .field("organisation_unit", &self.organisation_unit)
            .field("category_option_combo", &self.category_option_combo)
            .field("attribute_option_combo", &self.attribute_option_combo)
            .field("created", &self.created)
            .field("last_updated", &self.last_updated)
            .field("followup", &self.followup)
            .field("deleted", &self.deleted)
            .finish_non_exhaustive()
    }
}

/// An event as the world holds it. Its `Debug` leaves out the values.
#[derive(Clone, PartialEq, Eq)]
pub struct EventRow<'a> {
    /// The event's uid.
    pub event: &'a str,
    /// The status as stored.
    pub status: EventStatus,
    /// The program's uid.
    pub program: &'a str,
    /// The program stage's uid.
    pub program_stage: &'a str,
    /// The enrollment's uid; none for event programs.
    pub enrollment: Option<&'a str>,
    /// The tracked entity's uid; none for event programs.
    pub tracked_entity: Option<&'a str>,
    /// The uid of the event's own unit.
    pub organisation_unit: &'a str,
    /// The uid of the unit that owns the tracked entity in the program; the event's own without one.
    pub owner_unit: &'a str,
    /// When it occurred, on the server's wall clock.
    pub occurred_at: Option<NaiveDateTime>,
    /// When it was due, on the server's wall clock.
    pub scheduled_at: Option<NaiveDateTime>,
    /// When it was created, in UTC.
    pub created_at: DateTime<Utc>,
    /// When it was changed last, in UTC.
    pub updated_at: DateTime<Utc>,
    /// Whether it is deleted.
    pub deleted: bool,
    /// The attribute option combo's uid.
    pub attribute_option_combo: &'a str,
    /// Data element uid and value, in the order stored.
    pub values: Vec<(&'a str, &'a str)>,
}

impl fmt::Debug for EventRow<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventRow")
            .field("event", &self.event)
            .field("status", &self.status)
            .field("program", &self.program)
            .field("program_stage", &self.program_stage)
            .field("organisation_unit", &self.organisation_unit)
            .field("owner_unit", &self.owner_unit)
            .field("occurred_at", &self.occurred_at)
            .field("deleted", &self.deleted)
            .finish_non_exhaustive()
    }
}

/// An organisation unit as the world holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrganisationUnitRow<'a> {
    /// Its uid.
    pub id: &'a str,
    /// Its name.
    pub name: &'a str,
    /// Its level, the root's is 1.
    pub level: u32,
    /// The uids from the root to the unit itself.
    pub path: Vec<&'a str>,
}

/// A data set as the world holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataSetRow<'a> {
    /// Its uid.
    pub id: &'a str,
    /// Its period type, as the server names it.
    pub period_type: &'a str,
    /// The uids of its data elements.
    pub data_elements: Vec<&'a str>,
}

/// The rows of these values, their texts looked up by `text`.
pub(crate) fn data_value_rows<'a>(
    world: &'a World,
    values: &'a DataValues,
    text: impl Fn(Text) -> &'a str,
) -> impl Iterator<Item = DataValueRow<'a>> {
    values.rows().iter().map(move |row| DataValueRow {
        data_element: text(row.element),
        period: values.period(row.period).0,
        organisation_unit: world.unit_uid(row.unit),
        category_option_combo: text(row.category_combo),
        attribute_option_combo: text(row.attribute_combo),
        value: row.value.some().map(&text),
        comment: row.comment.some().map(&text),
        stored_by: row.stored_by.some().map(&text),
        created: utc(row.created),
        last_updated: utc(row.updated),
        followup: row.followup,
        deleted: row.deleted,
    })
}

fn utc(millis: i64) -> DateTime<Utc> {
    from_millis(millis).and_utc()
}

impl World {
    /// Every data value, deleted ones too, in the order stored.
    pub fn data_values(&self) -> impl Iterator<Item = DataValueRow<'_>> {
        data_value_rows(self, &self.values, |text| self.texts.get(text))
    }

    /// Every event, deleted ones too, in the order of creation.
    pub fn events(&self) -> impl Iterator<Item = EventRow<'_>> {
        let tracker = &self.tracker;
        tracker.events.iter().map(move |event| EventRow {
            event: self.texts.get(event.uid),
            status: event.status,
            program: self.texts.get(tracker.program_of(event).uid),
            program_stage: self.texts.get(event.stage),
            enrollment: event.enrollment.map(|e| self.texts.get(tracker.enrollments[e as usize].uid)),
            tracked_entity: event.tracked_entity.map(|e| self.texts.get(tracker.tracked_entities[e as usize].uid)),
            organisation_unit: self.unit_uid(event.unit),
            owner_unit: self.unit_uid(tracker.owner_unit(event)),
            occurred_at: event.occurred.map(from_millis),
            scheduled_at: event.scheduled.map(from_millis),
            created_at: utc(event.created),
            updated_at: utc(event.updated),
            deleted: event.deleted,
            attribute_option_combo: self.texts.get(event.attribute_combo),
            values: event.values.iter().map(|v| (self.texts.get(v.element), self.texts.get(v.value))).collect(),
        })
    }

    /// Every organisation unit, parents first.
    pub fn organisation_units(&self) -> impl Iterator<Item = OrganisationUnitRow<'_>> {
        self.units.walk().iter().map(|&unit| {
            let id = self.unit_uid(unit);
            OrganisationUnitRow {
                id,
                name: self.metadata.find(id).and_then(|object| object.text_of("name")).unwrap_or_default(),
                level: self.units.get(unit).level,
                path: self.units.ancestry(unit).into_iter().map(|u| self.unit_uid(u)).collect(),
            }
        })
    }

    /// Every data set.
    pub fn data_sets(&self) -> impl Iterator<Item = DataSetRow<'_>> {
        self.metadata.list("dataSets").iter().map(|set| DataSetRow {
            id: set.text_of("id").unwrap_or_default(),
            period_type: set.text_of("periodType").unwrap_or_default(),
            data_elements: Metadata::elements_of_set(set).collect(),
        })
    }

    pub(crate) fn unit_uid(&self, unit: UnitIndex) -> &str {
        self.texts.get(self.units.get(unit).uid)
    }

    pub(crate) fn find_unit(&self, uid: &str) -> Option<UnitIndex> {
        self.units.find(self.texts.find(uid)?)
    }
}
