//! One event as it stands in an answer.

use dhis2_api::Uid;
use dhis2_frame::Cell;
use serde::Deserialize;
use serde::de::{IgnoredAny, MapAccess};
use serde_json::value::RawValue;

use crate::events::selection::Times;
use crate::rows::Reading;

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
    pub(crate) data_values: Vec<DataValue<'de>>,
    pub(crate) notes: Vec<Note<'de>>,
}

/// A data value of an event.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DataValue<'a> {
    #[serde(borrow, default)]
    pub(crate) data_element: Cell<'a>,
    #[serde(borrow, default)]
    pub(crate) value: Cell<'a>,
    pub(crate) provided_elsewhere: Option<bool>,
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
    pub(crate) fn read<A: MapAccess<'de>>(mut fields: A) -> Result<Self, A::Error> {
        let mut event = Self::default();
        while let Some(key) = fields.next_key::<Cell<'de>>()? {
            match key.text().unwrap_or_default() {
                "event" => event.event = fields.next_value()?,
                "status" => event.status = fields.next_value()?,
                "program" => event.program = fields.next_value()?,
                "programStage" => event.program_stage = fields.next_value()?,
                "enrollment" => event.enrollment = fields.next_value()?,
                "trackedEntity" => event.tracked_entity = fields.next_value()?,
                "orgUnit" => event.org_unit = fields.next_value()?,
                "occurredAt" => event.occurred_at = fields.next_value()?,
                "scheduledAt" => event.scheduled_at = fields.next_value()?,
                "completedAt" => event.completed_at = fields.next_value()?,
                "createdAt" => event.created_at = fields.next_value()?,
                "updatedAt" => event.updated_at = fields.next_value()?,
                "storedBy" => event.stored_by = fields.next_value()?,
                "assignedUser" => event.assigned_user = fields.next_value()?,
                "followUp" | "followup" => event.follow_up = fields.next_value()?,
                "deleted" => event.deleted = fields.next_value::<Option<bool>>()?.unwrap_or_default(),
                "attributeOptionCombo" => event.attribute_option_combo = fields.next_value()?,
                "attributeCategoryOptions" => event.attribute_category_options = fields.next_value()?,
                "geometry" => event.geometry = fields.next_value::<Option<&'de RawValue>>()?.map(RawValue::get),
                "dataValues" => event.data_values = fields.next_value::<Option<Vec<_>>>()?.unwrap_or_default(),
                "notes" => event.notes = fields.next_value::<Option<Vec<_>>>()?.unwrap_or_default(),
                _ => drop(fields.next_value::<IgnoredAny>()?),
            }
        }
        Ok(event)
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
