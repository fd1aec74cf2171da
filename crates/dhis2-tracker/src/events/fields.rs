//! One event as it stands in an answer.

use dhis2_api::Uid;
use dhis2_frame::{Cell, EachObject, RawJson, ReadObject, fields, next_field};
use serde::Deserialize;
use serde::de::{Error, IgnoredAny, MapAccess};

use crate::events::selection::Times;
use crate::rows::Reading;
use crate::values::ValueColumns;

/// The fields of an event that become columns, or decide whether it is kept. Those that were not asked for are empty.
#[derive(Default)]
pub(crate) struct EventFields<'de> {
    pub(crate) event: Cell<'de>,
    pub(crate) status: Cell<'de>,
    pub(crate) program: Cell<'de>,
    pub(crate) program_stage: Cell<'de>,
    pub(crate) enrollment: Cell<'de>,
    pub(crate) tracked_entity: Cell<'de>,
    pub(crate) org_unit: Cell<'de>,
    pub(crate) occurred_at: Cell<'de>,
    pub(crate) scheduled_at: Cell<'de>,
    pub(crate) completed_at: Cell<'de>,
    pub(crate) created_at: Cell<'de>,
    pub(crate) updated_at: Cell<'de>,
    pub(crate) stored_by: Cell<'de>,
    pub(crate) assigned_user: Option<User<'de>>,
    pub(crate) follow_up: Option<bool>,
    pub(crate) deleted: bool,
    pub(crate) attribute_option_combo: Cell<'de>,
    attribute_category_options: Cell<'de>,
    pub(crate) geometry: Option<&'de str>,
    /// How many data values it has, which went to their reader; nothing where the answer does not say.
    data_values: Option<usize>,
    pub(crate) notes: Vec<Note<'de>>,
}

fields! {
    /// The fields of an event, in the order in which servers write them: first those of which a plain extract asks.
    enum Field {
        Event = "event",
        Status = "status",
        Program = "program",
        ProgramStage = "programStage",
        OrgUnit = "orgUnit",
        OccurredAt = "occurredAt",
        Deleted = "deleted",
        UpdatedAt = "updatedAt",
        AttributeOptionCombo = "attributeOptionCombo",
        DataValues = "dataValues",
        Enrollment = "enrollment",
        TrackedEntity = "trackedEntity",
        ScheduledAt = "scheduledAt",
        StoredBy = "storedBy",
        FollowUp = "followUp",
        OldFollowUp = "followup",
        CreatedAt = "createdAt",
        AttributeCategoryOptions = "attributeCategoryOptions",
        CompletedAt = "completedAt",
        Geometry = "geometry",
        AssignedUser = "assignedUser",
        Notes = "notes",
    }
}

/// The data values of events.
pub(crate) struct DataValues {
    pub(crate) columns: ValueColumns,
    /// Of the event that is being read.
    pub(crate) provided_elsewhere: Vec<Option<bool>>,
}

fields! {
    enum ValueField {
        DataElement = "dataElement",
        Value = "value",
        ProvidedElsewhere = "providedElsewhere",
    }
}

impl ReadObject for DataValues {
    const EXPECTED: &'static str = "a data value";

    #[inline]
    fn read<'de, A: MapAccess<'de>>(&mut self, mut fields: A) -> Result<(), A::Error> {
        let (mut data_element, mut value, mut provided_elsewhere) = (Cell::default(), Cell::default(), None);
        while let Some(field) = next_field(&mut fields)? {
            match field {
                ValueField::DataElement => data_element = fields.next_value::<Cell<'de>>()?,
                ValueField::Value => value = fields.next_value::<Cell<'de>>()?,
                ValueField::ProvidedElsewhere => provided_elsewhere = fields.next_value()?,
                ValueField::Other => drop(fields.next_value::<IgnoredAny>()?),
            }
        }
        let data_element = data_element.text().ok_or_else(|| A::Error::missing_field("dataElement"))?;
        self.columns.push(data_element, value.text());
        self.provided_elsewhere.push(provided_elsewhere);
        Ok(())
    }
}

/// Data values that nobody wants.
pub(crate) struct Unwanted;

impl ReadObject for Unwanted {
    const EXPECTED: &'static str = "a data value";

    fn read<'de, A: MapAccess<'de>>(&mut self, mut fields: A) -> Result<(), A::Error> {
        while fields.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(())
    }
}

/// A note on an event.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Note<'a> {
    #[serde(borrow, default, rename = "note")]
    pub(crate) uid: Cell<'a>,
    #[serde(borrow, default)]
    pub(crate) stored_at: Cell<'a>,
    #[serde(borrow, default)]
    pub(crate) stored_by: Cell<'a>,
    #[serde(borrow)]
    pub(crate) created_by: Option<User<'a>>,
    #[serde(borrow, default)]
    pub(crate) value: Cell<'a>,
}

/// A user; nobody is an object without fields on some versions.
#[derive(Deserialize)]
pub(crate) struct User<'a> {
    #[serde(borrow, default)]
    pub(crate) uid: Cell<'a>,
    #[serde(borrow, default)]
    pub(crate) username: Cell<'a>,
}

impl<'de> EventFields<'de> {
    /// Reads an event, its data values by a reader of their own.
    pub(crate) fn read<A: MapAccess<'de>>(mut fields: A, values: &mut impl ReadObject) -> Result<Self, A::Error> {
        let mut event = Self::default();
        while let Some(field) = next_field(&mut fields)? {
            match field {
                Field::Event => event.event = fields.next_value()?,
                Field::Status => event.status = fields.next_value()?,
                Field::Program => event.program = fields.next_value()?,
                Field::ProgramStage => event.program_stage = fields.next_value()?,
                Field::Enrollment => event.enrollment = fields.next_value()?,
                Field::TrackedEntity => event.tracked_entity = fields.next_value()?,
                Field::OrgUnit => event.org_unit = fields.next_value()?,
                Field::OccurredAt => event.occurred_at = fields.next_value()?,
                Field::ScheduledAt => event.scheduled_at = fields.next_value()?,
                Field::CompletedAt => event.completed_at = fields.next_value()?,
                Field::CreatedAt => event.created_at = fields.next_value()?,
                Field::UpdatedAt => event.updated_at = fields.next_value()?,
                Field::StoredBy => event.stored_by = fields.next_value()?,
                Field::AssignedUser => event.assigned_user = fields.next_value()?,
                Field::FollowUp | Field::OldFollowUp => event.follow_up = fields.next_value()?,
                Field::Deleted => event.deleted = fields.next_value::<Option<bool>>()?.unwrap_or_default(),
                Field::AttributeOptionCombo => event.attribute_option_combo = fields.next_value()?,
                Field::AttributeCategoryOptions => event.attribute_category_options = fields.next_value()?,
                Field::Geometry => event.geometry = fields.next_value::<Option<RawJson<'de>>>()?.map(RawJson::text),
                Field::DataValues => {
                    // Those of a second list would be put under those of the first.
                    if event.data_values.is_some() {
                        return Err(A::Error::duplicate_field("dataValues"));
                    }
                    event.data_values = Some(fields.next_value_seed(EachObject(values))?);
                }
                Field::Notes => event.notes = fields.next_value::<Option<Vec<_>>>()?.unwrap_or_default(),
                Field::Other => drop(fields.next_value::<IgnoredAny>()?),
            }
        }
        Ok(event)
    }

    /// How many rows it has: one for each data value, and one without any.
    pub(crate) fn rows(&self) -> usize {
        self.data_values.unwrap_or_default().max(1)
    }

    /// The times that decide whether it is kept. The error is what should stand there.
    pub(crate) fn times(&self, reading: &mut Reading) -> Result<Times, &'static str> {
        Ok(Times {
            occurred: reading.wall("occurred_at", &self.occurred_at)?,
            scheduled: reading.wall("scheduled_at", &self.scheduled_at)?,
            updated: reading.wall("updated_at", &self.updated_at)?,
        })
    }

    /// Whether its attribute option combo consists of this category option, among others. Some versions part the uids by
    /// semicolons, others by commas.
    pub(crate) fn has_attribute_option(&self, option: Uid) -> bool {
        let options = self.attribute_category_options.text().unwrap_or_default();
        options.split([';', ',']).any(|one| one.trim() == option.as_str())
    }
}
