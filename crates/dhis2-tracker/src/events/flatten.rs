//! Events: bytes to columns.
//!
//! The JSON is walked once; the texts of an event go straight from the body into the columns, once for each of its data
//! values. Any order of fields, any unknown field, any escape is read right.

use dhis2_api::datetime::ServerZone;
use dhis2_frame::{BooleanColumn, DatetimeColumn, FrameError, ReadObject, ReadOptions, StringColumn};
use polars::frame::DataFrame;
use serde::de::{Error, MapAccess};

use crate::envelope::{self, Pieces, Rows};
use crate::events::fields::{DataValues, EventFields};
use crate::events::options::EventColumns;
use crate::events::rich::Rich;
use crate::events::selection::Selection;
use crate::rows::{FlatPage, Reading};
use crate::values::ValueColumns;

/// How to read an answer of `GET /api/tracker/events` into [`EVENTS`](crate::EVENTS) or
/// [`RICH_EVENTS`](crate::RICH_EVENTS).
#[derive(Debug, Clone)]
pub struct Flatten {
    /// The key of the list: `instances` up to 2.40, `events` from 2.41 on.
    pub items: &'static str,
    /// The zone of the server's clock.
    pub zone: ServerZone,
    /// Convert `occurred_at`, `scheduled_at` and `completed_at` to UTC; else they stay as the server's clock showed them.
    pub in_utc: bool,
    /// Which columns to make.
    pub columns: EventColumns,
    /// Which events to keep.
    pub selection: Selection,
}

impl Flatten {
    /// The rows of an answer.
    ///
    /// ```
    /// use dhis2_api::datetime::ServerZone;
    /// use dhis2_tracker::EventColumns;
    /// use dhis2_tracker::events::{Flatten, Selection};
    ///
    /// let body = br#"{"pager":{"page":1,"pageSize":50},"events":[{"event":"A1G2w687SWR","status":"COMPLETED",
    ///   "program":"T4KUa2dgu2M","programStage":"Yl7DhNudbZY","orgUnit":"E7JGvseIzdW","occurredAt":"2023-12-22T09:15:30.250",
    ///   "deleted":false,"attributeOptionCombo":"HllvX50cXC0","dataValues":[{"dataElement":"M8hbHpWx3IB","value":"J18"}]}]}"#;
    /// let how = Flatten {
    ///     items: "events",
    ///     zone: ServerZone::UTC,
    ///     in_utc: false,
    ///     columns: EventColumns::Plain,
    ///     selection: Selection::default(),
    /// };
    /// let page = how.body(body)?;
    /// assert_eq!(page.frame.height(), 1);
    /// assert!(!page.pager.has_next_page);
    /// # Ok::<(), dhis2_frame::FrameError>(())
    /// ```
    ///
    /// # Errors
    /// [`FrameError`] with the place of what is not as it must be: no JSON, no list of events, an event without uid (a
    /// misspelt field gives `{}`), a time in no known form.
    pub fn body(&self, body: &[u8]) -> Result<FlatPage, FrameError> {
        self.body_by(body, ReadOptions::default())
    }

    /// The same, read in another way.
    ///
    /// # Errors
    /// As of [`body`](Self::body).
    pub fn body_by(&self, body: &[u8], options: ReadOptions) -> Result<FlatPage, FrameError> {
        envelope::flatten(body, self.items, options, |bytes| State::new(self, bytes))
    }

    /// A reader of an answer that is still arriving.
    pub fn pieces(&self) -> Pieces<'_> {
        envelope::pieces(self.items, State::new(self, 0))
    }
}

struct State<'a> {
    how: &'a Flatten,
    reading: Reading,
    event: StringColumn,
    status: StringColumn,
    program: StringColumn,
    program_stage: StringColumn,
    org_unit: StringColumn,
    occurred_at: DatetimeColumn,
    deleted: BooleanColumn,
    attribute_option_combo: StringColumn,
    values: DataValues,
    rich: Option<Rich>,
}

impl<'a> State<'a> {
    fn new(how: &'a Flatten, bytes: usize) -> Self {
        // A data value is at least some 50 bytes long: room for all, without growing.
        let n = bytes / 50;
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
            values: DataValues { columns: ValueColumns::with_capacity(n), provided_elsewhere: Vec::new() },
            rich: (how.columns == EventColumns::Rich).then(|| Rich::new(how.in_utc)),
        }
    }

    /// Takes an event, whose data values are there, into the columns, and says whether it did. The error is the name of a field
    /// that it lacks.
    fn push(&mut self, event: &EventFields<'_>) -> Result<bool, &'static str> {
        self.reading.receive();
        let times = event.times(&mut self.reading)?;
        let uid = event.event.text().ok_or("event")?;
        if self.how.selection.leaves_out(self.how.zone, event, times) {
            return Ok(false);
        }
        let rows = event.rows();
        self.reading.begin(self.event.len(), times.updated);
        self.event.push_repeat(uid, rows);
        self.status.push_opt_repeat(event.status.text(), rows);
        self.program.push_opt_repeat(event.program.text(), rows);
        self.program_stage.push_opt_repeat(event.program_stage.text(), rows);
        self.org_unit.push_opt_repeat(event.org_unit.text(), rows);
        self.occurred_at.push_opt_repeat(self.reading.shown(times.occurred, self.how.in_utc), rows);
        self.deleted.push_repeat(event.deleted, rows);
        self.attribute_option_combo.push_opt_repeat(event.attribute_option_combo.text(), rows);
        if let Some(rich) = &mut self.rich {
            rich.push(event, &self.values.provided_elsewhere, times, &mut self.reading)?;
        }
        if self.values.provided_elsewhere.is_empty() {
            self.values.columns.push_none();
        }
        Ok(true)
    }
}

impl Rows for State<'_> {
    fn reading(&mut self) -> &mut Reading {
        &mut self.reading
    }

    fn finish(self) -> Result<(DataFrame, Reading), FrameError> {
        let height = self.event.len();
        let mut columns = vec![
            self.event.finish("event_id"),
            self.status.finish("status"),
            self.program.finish("program_id"),
            self.program_stage.finish("program_stage_id"),
            self.org_unit.finish("organisation_unit_id"),
            self.occurred_at.finish("occurred_at"),
            self.deleted.finish("deleted"),
            self.attribute_option_combo.finish("attribute_option_combo_id"),
        ];
        columns.extend(self.values.columns.finish("data_element_id"));
        columns.extend(self.rich.into_iter().flat_map(Rich::finish));
        Ok((DataFrame::new(height, columns)?, self.reading))
    }
}

impl ReadObject for State<'_> {
    const EXPECTED: &'static str = "an event";

    fn read<'de, A: MapAccess<'de>>(&mut self, fields: A) -> Result<(), A::Error> {
        let before = self.values.columns.len();
        self.values.provided_elsewhere.clear();
        let event = EventFields::read(fields, &mut self.values);
        let taken = event.and_then(|event| self.push(&event).map_err(A::Error::missing_field));
        if !matches!(taken, Ok(true)) {
            self.values.columns.truncate(before);
        }
        taken.map(drop)
    }
}

#[cfg(test)]
mod tests;
