//! What a rich extract of events holds beside the plain one.

use dhis2_frame::{BooleanColumn, DatetimeColumn, Float64Column, StringColumn};
use polars::prelude::Column;

use crate::events::fields::EventFields;
use crate::events::selection::Times;
use crate::geometry;
use crate::rows::Reading;

/// The columns of [`RICH_EVENTS`](crate::RICH_EVENTS) that [`EVENTS`](crate::EVENTS) has not.
#[derive(Default)]
pub(crate) struct Rich {
    in_utc: bool,
    provided_elsewhere: BooleanColumn,
    enrollment: StringColumn,
    tracked_entity: StringColumn,
    scheduled_at: DatetimeColumn,
    completed_at: DatetimeColumn,
    created_at: DatetimeColumn,
    updated_at: DatetimeColumn,
    stored_by: StringColumn,
    assigned_user_id: StringColumn,
    assigned_user: StringColumn,
    follow_up: BooleanColumn,
    geometry: StringColumn,
    longitude: Float64Column,
    latitude: Float64Column,
}

impl Rich {
    pub(crate) fn new(in_utc: bool) -> Self {
        Self { in_utc, ..Self::default() }
    }

    /// Adds the rows of an event. The error is what should stand in a field.
    pub(crate) fn push(
        &mut self,
        event: &EventFields<'_>,
        provided_elsewhere: &[Option<bool>],
        times: Times,
        reading: &mut Reading,
    ) -> Result<(), &'static str> {
        let completed = reading.wall("completed_at", &event.completed_at)?;
        let created = reading.wall("created_at", &event.created_at)?;
        let rows = event.rows();
        if provided_elsewhere.is_empty() {
            self.provided_elsewhere.push_null();
        }
        for provided in provided_elsewhere {
            self.provided_elsewhere.push_opt(*provided);
        }
        // Some versions name an enrollment that does not exist where there is no registration.
        let registered = event.tracked_entity.text().is_some();
        self.enrollment.push_opt_repeat(event.enrollment.text().filter(|_| registered), rows);
        self.tracked_entity.push_opt_repeat(event.tracked_entity.text(), rows);
        self.scheduled_at.push_opt_repeat(reading.shown(times.scheduled, self.in_utc), rows);
        self.completed_at.push_opt_repeat(reading.shown(completed, self.in_utc), rows);
        self.created_at.push_opt_repeat(reading.instant(created), rows);
        self.updated_at.push_opt_repeat(reading.instant(times.updated), rows);
        self.stored_by.push_opt_repeat(event.stored_by.text(), rows);
        let assigned = event.assigned_user.as_ref();
        self.assigned_user_id.push_opt_repeat(assigned.and_then(|user| user.uid.text()), rows);
        self.assigned_user.push_opt_repeat(assigned.and_then(|user| user.username.text()), rows);
        self.follow_up.push_opt_repeat(event.follow_up, rows);
        self.geometry.push_opt_repeat(event.geometry, rows);
        let (longitude, latitude) = event.geometry.and_then(geometry::point).unzip();
        self.longitude.push_opt_repeat(longitude, rows);
        self.latitude.push_opt_repeat(latitude, rows);
        Ok(())
    }

    pub(crate) fn finish(self) -> [Column; 14] {
        [
            self.provided_elsewhere.finish("provided_elsewhere"),
            self.enrollment.finish("enrollment_id"),
            self.tracked_entity.finish("tracked_entity_id"),
            self.scheduled_at.finish("scheduled_at"),
            self.completed_at.finish("completed_at"),
            self.created_at.finish("created_at"),
            self.updated_at.finish("updated_at"),
            self.stored_by.finish("stored_by"),
            self.assigned_user_id.finish("assigned_user_id"),
            self.assigned_user.finish("assigned_user"),
            self.follow_up.finish("follow_up"),
            self.geometry.finish("geometry"),
            self.longitude.finish("longitude"),
            self.latitude.finish("latitude"),
        ]
    }
}
