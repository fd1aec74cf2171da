//! Enrollments: bytes to columns.

use dhis2_api::Uid;
use dhis2_api::datetime::ServerZone;
use dhis2_frame::{
    BooleanColumn, Cell, DatetimeColumn, FrameError, RawJson, ReadObject, ReadOptions, StringColumn, fields, next_field,
};
use polars::frame::DataFrame;
use serde::de::{Error, IgnoredAny, MapAccess};

use crate::enrollments::query::EnrollmentStatus;
use crate::envelope::{self, Pieces, Rows};
use crate::rows::{FlatPage, Reading};
use crate::window::UpdatedWindow;

/// How to read an answer of `GET /api/tracker/enrollments` into [`ENROLLMENTS`](crate::ENROLLMENTS).
#[derive(Debug, Clone, Copy)]
pub struct Flatten {
    /// The key of the list: `instances` up to 2.40, `enrollments` from 2.41 on.
    pub items: &'static str,
    /// The zone of the server's clock.
    pub zone: ServerZone,
    /// Keep those in this program: up to 2.40 a list of uids makes servers forget which was asked for.
    pub program: Option<Uid>,
    /// Keep those last updated in this window.
    pub updated: UpdatedWindow,
    /// Keep those of this status.
    pub status: Option<EnrollmentStatus>,
    /// Keep deleted ones too.
    pub include_deleted: bool,
    /// Convert `enrolled_at`, `occurred_at` and `completed_at` to UTC; else they stay as the server's clock showed them.
    pub in_utc: bool,
}

impl Flatten {
    /// The rows of an answer.
    ///
    /// ```
    /// use dhis2_api::datetime::ServerZone;
    /// use dhis2_tracker::UpdatedWindow;
    /// use dhis2_tracker::enrollments::Flatten;
    ///
    /// let body = br#"{"page":1,"pageSize":50,"instances":[{"enrollment":"ABMB56x1TFV","trackedEntity":"yNBBhpUf2aP",
    ///   "createdAt":"2026-11-22T17:14:50.927","updatedAt":"2026-11-22T17:14:50.927","program":"mPhS49WzczR",
    ///   "status":"ACTIVE","orgUnit":"dmfLN3dEpYM","enrolledAt":"2023-08-15T00:00:00.000","followUp":false,"deleted":false}]}"#;
    /// let how = Flatten {
    ///     items: "instances",
    ///     zone: ServerZone::parse("Africa/Lagos")?,
    ///     program: None,
    ///     updated: UpdatedWindow::default(),
    ///     status: None,
    ///     include_deleted: false,
    ///     in_utc: false,
    /// };
    /// assert_eq!(how.body(body)?.frame.height(), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`FrameError`] with the place of what is not as it must be: no JSON, no list, an enrollment without uid (a misspelt
    /// field gives `{}`), a time in no known form.
    pub fn body(&self, body: &[u8]) -> Result<FlatPage, FrameError> {
        self.body_by(body, ReadOptions::default())
    }

    /// The same, read in another way.
    ///
    /// # Errors
    /// As of [`body`](Self::body).
    pub fn body_by(&self, body: &[u8], options: ReadOptions) -> Result<FlatPage, FrameError> {
        envelope::flatten(body, self.items, options, |bytes| State::new(*self, bytes))
    }

    /// A reader of an answer that is still arriving.
    pub fn pieces(&self) -> Pieces<'_> {
        envelope::pieces(self.items, State::new(*self, 0))
    }
}

struct State {
    how: Flatten,
    reading: Reading,
    enrollment: StringColumn,
    tracked_entity: StringColumn,
    program: StringColumn,
    status: StringColumn,
    org_unit: StringColumn,
    enrolled_at: DatetimeColumn,
    occurred_at: DatetimeColumn,
    completed_at: DatetimeColumn,
    created_at: DatetimeColumn,
    updated_at: DatetimeColumn,
    follow_up: BooleanColumn,
    deleted: BooleanColumn,
    geometry: StringColumn,
}

impl State {
    fn new(how: Flatten, bytes: usize) -> Self {
        // An enrollment with the fields asked for is some 330 bytes long.
        let n = bytes / 300;
        let text = || StringColumn::with_capacity(n);
        let time = || DatetimeColumn::with_capacity(n);
        Self {
            how,
            reading: Reading::new(how.zone),
            enrollment: text(),
            tracked_entity: text(),
            program: text(),
            status: text(),
            org_unit: text(),
            enrolled_at: time(),
            occurred_at: time(),
            completed_at: time(),
            created_at: time(),
            updated_at: time(),
            follow_up: BooleanColumn::with_capacity(n),
            deleted: BooleanColumn::with_capacity(n),
            geometry: text(),
        }
    }

    /// Takes an enrollment into the columns. The error is the name of a field that it lacks.
    fn push(&mut self, enrollment: &EnrollmentFields<'_>) -> Result<(), &'static str> {
        self.reading.receive();
        let enrolled = self.reading.wall("enrolled_at", &enrollment.enrolled_at)?;
        let occurred = self.reading.wall("occurred_at", &enrollment.occurred_at)?;
        let completed = self.reading.wall("completed_at", &enrollment.completed_at)?;
        let created = self.reading.wall("created_at", &enrollment.created_at)?;
        let updated = self.reading.wall("updated_at", &enrollment.updated_at)?;
        let uid = enrollment.enrollment.text().ok_or("enrollment")?;
        let other_status = self.how.status.is_some_and(|wanted| enrollment.status.text() != Some(wanted.as_str()));
        let other_program = self.how.program.is_some_and(|wanted| enrollment.program.text() != Some(wanted.as_str()));
        if (enrollment.deleted && !self.how.include_deleted)
            || other_program
            || other_status
            || self.how.updated.leaves_out(self.how.zone, updated)
        {
            return Ok(());
        }
        self.reading.begin(self.enrollment.len(), updated);
        self.enrollment.push(uid);
        self.tracked_entity.push_opt(enrollment.tracked_entity.text());
        self.program.push_opt(enrollment.program.text());
        self.status.push_opt(enrollment.status.text());
        self.org_unit.push_opt(enrollment.org_unit.text());
        self.enrolled_at.push_opt(self.reading.shown(enrolled, self.how.in_utc));
        self.occurred_at.push_opt(self.reading.shown(occurred, self.how.in_utc));
        self.completed_at.push_opt(self.reading.shown(completed, self.how.in_utc));
        self.created_at.push_opt(self.reading.instant(created));
        self.updated_at.push_opt(self.reading.instant(updated));
        self.follow_up.push_opt(enrollment.follow_up);
        self.deleted.push(enrollment.deleted);
        self.geometry.push_opt(enrollment.geometry);
        Ok(())
    }
}

impl Rows for State {
    fn reading(&mut self) -> &mut Reading {
        &mut self.reading
    }

    fn finish(self) -> Result<(DataFrame, Reading), FrameError> {
        let frame = DataFrame::new(
            self.enrollment.len(),
            vec![
                self.enrollment.finish("enrollment_id"),
                self.tracked_entity.finish("tracked_entity_id"),
                self.program.finish("program_id"),
                self.status.finish("status"),
                self.org_unit.finish("organisation_unit_id"),
                self.enrolled_at.finish("enrolled_at"),
                self.occurred_at.finish("occurred_at"),
                self.completed_at.finish("completed_at"),
                self.created_at.finish("created_at"),
                self.updated_at.finish("updated_at"),
                self.follow_up.finish("follow_up"),
                self.deleted.finish("deleted"),
                self.geometry.finish("geometry"),
            ],
        )?;
        Ok((frame, self.reading))
    }
}

fields! {
    /// The fields that are wanted, in the order in which servers write them.
    enum Field {
        Enrollment = "enrollment",
        CreatedAt = "createdAt",
        UpdatedAt = "updatedAt",
        TrackedEntity = "trackedEntity",
        Program = "program",
        Status = "status",
        OrgUnit = "orgUnit",
        EnrolledAt = "enrolledAt",
        OccurredAt = "occurredAt",
        FollowUp = "followUp",
        CompletedAt = "completedAt",
        Deleted = "deleted",
        Geometry = "geometry",
    }
}

#[derive(Default)]
struct EnrollmentFields<'de> {
    enrollment: Cell<'de>,
    tracked_entity: Cell<'de>,
    program: Cell<'de>,
    status: Cell<'de>,
    org_unit: Cell<'de>,
    enrolled_at: Cell<'de>,
    occurred_at: Cell<'de>,
    completed_at: Cell<'de>,
    created_at: Cell<'de>,
    updated_at: Cell<'de>,
    follow_up: Option<bool>,
    deleted: bool,
    geometry: Option<&'de str>,
}

impl ReadObject for State {
    const EXPECTED: &'static str = "an enrollment";

    fn read<'de, A: MapAccess<'de>>(&mut self, mut fields: A) -> Result<(), A::Error> {
        let mut enrollment = EnrollmentFields::default();
        while let Some(field) = next_field(&mut fields)? {
            match field {
                Field::Enrollment => enrollment.enrollment = fields.next_value()?,
                Field::TrackedEntity => enrollment.tracked_entity = fields.next_value()?,
                Field::Program => enrollment.program = fields.next_value()?,
                Field::Status => enrollment.status = fields.next_value()?,
                Field::OrgUnit => enrollment.org_unit = fields.next_value()?,
                Field::EnrolledAt => enrollment.enrolled_at = fields.next_value()?,
                Field::OccurredAt => enrollment.occurred_at = fields.next_value()?,
                Field::CompletedAt => enrollment.completed_at = fields.next_value()?,
                Field::CreatedAt => enrollment.created_at = fields.next_value()?,
                Field::UpdatedAt => enrollment.updated_at = fields.next_value()?,
                Field::FollowUp => enrollment.follow_up = fields.next_value()?,
                Field::Deleted => enrollment.deleted = fields.next_value::<Option<bool>>()?.unwrap_or_default(),
                Field::Geometry => {
                    enrollment.geometry = fields.next_value::<Option<RawJson<'de>>>()?.map(RawJson::text);
                }
                Field::Other => drop(fields.next_value::<IgnoredAny>()?),
            }
        }
        self.push(&enrollment).map_err(A::Error::missing_field)
    }
}
