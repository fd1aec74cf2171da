//! The notes of events: bytes to columns.

use std::collections::HashSet;

use dhis2_api::datetime::ServerZone;
use dhis2_frame::{DatetimeColumn, FrameError, ReadObject, ReadOptions, StringColumn};
use polars::frame::DataFrame;
use serde::de::{Error, MapAccess};

use crate::envelope::{self, Rows};
use crate::events::fields::{EventFields, Unwanted};
use crate::events::selection::Selection;
use crate::rows::{FlatPage, Reading};

/// How to read an answer of `GET /api/tracker/events` into [`EVENT_NOTES`](crate::EVENT_NOTES).
#[derive(Debug, Clone)]
pub struct FlattenNotes<'a> {
    /// The key of the list: `instances` up to 2.40, `events` from 2.41 on.
    pub items: &'static str,
    /// The zone of the server's clock.
    pub zone: ServerZone,
    /// Whose notes to keep.
    pub selection: &'a Selection,
    /// Of those, the events with these uids only.
    pub only: Option<HashSet<String>>,
}

impl FlattenNotes<'_> {
    /// The rows of an answer.
    ///
    /// # Errors
    /// [`FrameError`] with the place of what is not as it must be: no JSON, no list of events, an event or note without
    /// uid (a misspelt field gives `{}`), a time in no known form.
    pub fn body(&self, body: &[u8]) -> Result<FlatPage, FrameError> {
        envelope::flatten(body, self.items, ReadOptions::default(), |_| State::new(self))
    }
}

struct State<'a> {
    how: &'a FlattenNotes<'a>,
    reading: Reading,
    event: StringColumn,
    note: StringColumn,
    stored_at: DatetimeColumn,
    stored_by: StringColumn,
    value: StringColumn,
}

impl<'a> State<'a> {
    fn new(how: &'a FlattenNotes<'a>) -> Self {
        Self {
            how,
            reading: Reading::new(how.zone),
            event: StringColumn::default(),
            note: StringColumn::default(),
            stored_at: DatetimeColumn::default(),
            stored_by: StringColumn::default(),
            value: StringColumn::default(),
        }
    }

    /// Takes an event's notes into the columns. The error is the name of a field that one lacks.
    fn push(&mut self, event: &EventFields<'_>) -> Result<(), &'static str> {
        self.reading.receive();
        let times = event.times(&mut self.reading)?;
        let uid = event.event.text().ok_or("event")?;
        let other = self.how.only.as_ref().is_some_and(|only| !only.contains(uid));
        if other || event.notes.is_empty() || self.how.selection.leaves_out(self.how.zone, event, times) {
            return Ok(());
        }
        self.reading.begin(self.event.len(), times.updated);
        for note in &event.notes {
            self.event.push(uid);
            self.note.push(note.uid.text().ok_or("note")?);
            let stored = self.reading.wall("stored_at", &note.stored_at)?;
            self.stored_at.push_opt(self.reading.instant(stored));
            let creator = || note.created_by.as_ref()?.username.text();
            self.stored_by.push_opt(note.stored_by.text().or_else(creator));
            self.value.push_opt(note.value.text());
        }
        Ok(())
    }
}

impl Rows for State<'_> {
    fn reading(&mut self) -> &mut Reading {
        &mut self.reading
    }

    fn finish(self) -> Result<(DataFrame, Reading), FrameError> {
        let frame = DataFrame::new(
            self.event.len(),
            vec![
                self.event.finish("event_id"),
                self.note.finish("note_id"),
                self.stored_at.finish("stored_at"),
                self.stored_by.finish("stored_by"),
                self.value.finish("value"),
            ],
        )?;
        Ok((frame, self.reading))
    }
}

impl ReadObject for State<'_> {
    const EXPECTED: &'static str = "an event";

    fn read<'de, A: MapAccess<'de>>(&mut self, fields: A) -> Result<(), A::Error> {
        let event = EventFields::read(fields, &mut Unwanted)?;
        self.push(&event).map_err(A::Error::missing_field)
    }
}
