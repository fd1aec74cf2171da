//! Events: bytes to columns.
//!
//! The JSON is walked once; the texts of an event go straight from the body into the columns, once for each of its data
//! values. Any order of fields, any unknown field, any escape is read right.

use dhis2_api::datetime::{ServerZone, WallClock};
use dhis2_frame::{
    BooleanColumn, Cell, ColumnSpec, ColumnType, DatetimeColumn, FrameError, FrameSchema, ReadObject, StringColumn,
};
use polars::frame::DataFrame;
use serde::Deserialize;
use serde::de::{Error, IgnoredAny, MapAccess};

use crate::envelope::{self, Rows};
use crate::rows::{FlatPage, Reading};

/// The columns of an extract of events: one row for each data value of an event; an event without data values is one row
/// with null element and value. Source: `GET /api/tracker/events`, 2.38 to 2.43.
pub const EVENTS: FrameSchema = FrameSchema {
    name: "events",
    columns: &[
        ColumnSpec { name: "event_id", dtype: ColumnType::String, doc: "uid of the event" },
        ColumnSpec {
            name: "status",
            dtype: ColumnType::String,
            doc: "status as stored: `ACTIVE`, `COMPLETED`, `SCHEDULE`, `SKIPPED`, …",
        },
        ColumnSpec { name: "program_id", dtype: ColumnType::String, doc: "uid of the program" },
        ColumnSpec { name: "program_stage_id", dtype: ColumnType::String, doc: "uid of the program stage" },
        ColumnSpec {
            name: "organisation_unit_id",
            dtype: ColumnType::String,
            doc: "uid of the event's own organisation unit",
        },
        ColumnSpec {
            name: "occurred_at",
            dtype: ColumnType::DatetimeUtc,
            doc: "when it happened: the server's wall clock labelled UTC, or true UTC on request; null while it is only scheduled",
        },
        ColumnSpec { name: "deleted", dtype: ColumnType::Boolean, doc: "whether it was deleted" },
        ColumnSpec {
            name: "attribute_option_combo_id",
            dtype: ColumnType::String,
            doc: "uid of the attribute option combo",
        },
        ColumnSpec {
            name: "data_element_id",
            dtype: ColumnType::String,
            doc: "uid of the data element; null for an event without data values",
        },
        ColumnSpec { name: "value", dtype: ColumnType::String, doc: "the value as stored, options by code" },
    ],
};

/// How to read an answer of `GET /api/tracker/events`.
#[derive(Debug, Clone, Copy)]
pub struct Flatten {
    /// The key of the list: `instances` up to 2.40, `events` from 2.41 on.
    pub items: &'static str,
    /// Leave out events that occurred before this on the server's clock, and those that did not occur.
    pub from: Option<WallClock>,
    /// Leave out events that occurred at this or later, and those that did not occur.
    pub before: Option<WallClock>,
    /// The zone of the server's clock.
    pub zone: ServerZone,
    /// Convert `occurred_at` to UTC; else it stays as the server's clock showed it.
    pub in_utc: bool,
}

impl Flatten {
    /// The rows of an answer. Deleted events are left out.
    ///
    /// ```
    /// use dhis2_api::datetime::ServerZone;
    /// use dhis2_tracker::flatten::Flatten;
    ///
    /// let body = br#"{"pager":{"page":1,"pageSize":50},"events":[{"event":"A1G2w687SWR","status":"COMPLETED",
    ///   "program":"T4KUa2dgu2M","programStage":"Yl7DhNudbZY","orgUnit":"E7JGvseIzdW","occurredAt":"2023-12-22T09:15:30.250",
    ///   "deleted":false,"attributeOptionCombo":"HllvX50cXC0","dataValues":[{"dataElement":"M8hbHpWx3IB","value":"J18"}]}]}"#;
    /// let page = Flatten { items: "events", from: None, before: None, zone: ServerZone::UTC, in_utc: false }.body(body)?;
    /// assert_eq!(page.frame.height(), 1);
    /// assert!(!page.pager.has_next_page);
    /// # Ok::<(), dhis2_frame::FrameError>(())
    /// ```
    ///
    /// # Errors
    /// [`FrameError`] with the place of what is not as it must be: no JSON, no list of events, an event without uid (a
    /// misspelt field gives `{}`), a time in no known form.
    pub fn body(&self, body: &[u8]) -> Result<FlatPage, FrameError> {
        envelope::flatten(body, self.items, State::new(*self, body.len()))
    }
}

struct State {
    how: Flatten,
    reading: Reading,
    event: StringColumn,
    status: StringColumn,
    program: StringColumn,
    program_stage: StringColumn,
    org_unit: StringColumn,
    occurred_at: DatetimeColumn,
    deleted: BooleanColumn,
    attribute_option_combo: StringColumn,
    data_element: StringColumn,
    value: StringColumn,
}

impl State {
    fn new(how: Flatten, bytes: usize) -> Self {
        // A data value is some 50 bytes long, and its event's own fields come with it.
        let n = bytes / 80;
        let text = || StringColumn::with_capacity(n);
        Self {
            how,
            reading: Reading::new(how.zone),
            event: text(),
            status: text(),
            program: text(),
            program_stage: text(),
            org_unit: text(),
            occurred_at: DatetimeColumn::with_capacity(n),
            deleted: BooleanColumn::with_capacity(n),
            attribute_option_combo: text(),
            data_element: text(),
            value: text(),
        }
    }

    /// Takes an event into the columns. The error is the name of a field that it lacks.
    fn push(&mut self, event: &EventFields<'_>) -> Result<(), &'static str> {
        self.reading.receive();
        let occurred = self.reading.wall("occurred_at", &event.occurred_at)?;
        let updated = self.reading.wall("updated_at", &event.updated_at)?;
        let uid = event.event.text().ok_or("event")?;
        let early = self.how.from.is_some_and(|from| occurred.is_none_or(|at| at < from));
        let late = self.how.before.is_some_and(|before| occurred.is_none_or(|at| at >= before));
        if event.deleted || early || late {
            return Ok(());
        }
        let rows = event.data_values.len().max(1);
        self.reading.begin(self.event.len(), updated);
        self.event.push_repeat(uid, rows);
        self.status.push_opt_repeat(event.status.text(), rows);
        self.program.push_opt_repeat(event.program.text(), rows);
        self.program_stage.push_opt_repeat(event.program_stage.text(), rows);
        self.org_unit.push_opt_repeat(event.org_unit.text(), rows);
        let occurred = if self.how.in_utc { self.reading.instant(occurred) } else { occurred.map(|wall| wall.0) };
        self.occurred_at.push_opt_repeat(occurred, rows);
        self.deleted.push_repeat(event.deleted, rows);
        self.attribute_option_combo.push_opt_repeat(event.attribute_option_combo.text(), rows);
        if event.data_values.is_empty() {
            self.data_element.push_null();
            self.value.push_null();
        }
        for data_value in &event.data_values {
            self.data_element.push(data_value.data_element.text().ok_or("dataElement")?);
            self.value.push_opt(data_value.value.text());
        }
        Ok(())
    }
}

impl Rows for State {
    fn reading(&mut self) -> &mut Reading {
        &mut self.reading
    }

    fn finish(self) -> Result<(DataFrame, Reading), FrameError> {
        let frame = DataFrame::new(
            self.event.len(),
            vec![
                self.event.finish("event_id"),
                self.status.finish("status"),
                self.program.finish("program_id"),
                self.program_stage.finish("program_stage_id"),
                self.org_unit.finish("organisation_unit_id"),
                self.occurred_at.finish("occurred_at"),
                self.deleted.finish("deleted"),
                self.attribute_option_combo.finish("attribute_option_combo_id"),
                self.data_element.finish("data_element_id"),
                self.value.finish("value"),
            ],
        )?;
        Ok((frame, self.reading))
    }
}

#[derive(Default)]
struct EventFields<'de> {
    event: Cell<'de>,
    status: Cell<'de>,
    program: Cell<'de>,
    program_stage: Cell<'de>,
    org_unit: Cell<'de>,
    occurred_at: Cell<'de>,
    updated_at: Cell<'de>,
    deleted: bool,
    attribute_option_combo: Cell<'de>,
    data_values: Vec<DataValue<'de>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct DataValue<'a> {
    #[serde(borrow, default)]
    data_element: Cell<'a>,
    #[serde(borrow, default)]
    value: Cell<'a>,
}

impl ReadObject for State {
    const EXPECTED: &'static str = "an event";

    fn read<'de, A: MapAccess<'de>>(&mut self, mut fields: A) -> Result<(), A::Error> {
        let mut event = EventFields::default();
        while let Some(key) = fields.next_key::<Cell<'de>>()? {
            match key.text().unwrap_or_default() {
                "event" => event.event = fields.next_value()?,
                "status" => event.status = fields.next_value()?,
                "program" => event.program = fields.next_value()?,
                "programStage" => event.program_stage = fields.next_value()?,
                "orgUnit" => event.org_unit = fields.next_value()?,
                "occurredAt" => event.occurred_at = fields.next_value()?,
                "updatedAt" => event.updated_at = fields.next_value()?,
                "deleted" => event.deleted = fields.next_value::<Option<bool>>()?.unwrap_or_default(),
                "attributeOptionCombo" => event.attribute_option_combo = fields.next_value()?,
                "dataValues" => {
                    event.data_values = fields.next_value::<Option<Vec<DataValue<'de>>>>()?.unwrap_or_default();
                }
                _ => drop(fields.next_value::<IgnoredAny>()?),
            }
        }
        self.push(&event).map_err(A::Error::missing_field)
    }
}

#[cfg(test)]
mod tests;
