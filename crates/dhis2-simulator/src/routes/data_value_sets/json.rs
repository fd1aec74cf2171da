//! Data values as JSON, written while they are sent.

use bytes::Bytes;
use dhis2_api::dialect::behaviour::RowLayout;

use super::Output;
use super::head::Head;
use crate::json::{Escapes, write_text};
use crate::time::write_millis;
use crate::world::values::DataValue;

/// The pieces of the answer.
pub(super) struct JsonRows {
    output: Output,
    head: Head,
    escapes: Escapes,
    layout: RowLayout,
    state: State,
}

#[derive(PartialEq, Eq)]
enum State {
    Head,
    Rows,
    Done,
}

impl JsonRows {
    pub(super) fn new(output: Output, head: Head) -> Self {
        let behaviour = &output.server.behaviour.aggregate;
        let escapes = if behaviour.surrogate_escapes { Escapes::Surrogates } else { Escapes::Raw };
        let layout = behaviour.layout;
        Self { output, head, escapes, layout, state: State::Head }
    }

    fn write_head(&mut self, out: &mut Vec<u8>) {
        out.push(b'{');
        for (key, value) in &self.head.entries {
            write_text(out, key, self.escapes);
            out.push(b':');
            value.write(out, self.escapes);
            out.push(b',');
        }
        out.extend_from_slice(b"\"dataValues\":[");
    }

    fn write_row(&self, out: &mut Vec<u8>, row: &DataValue) {
        let Output { held, schemes, .. } = &self.output;
        let full = self.layout == RowLayout::Full;
        let mut line = Line { out, escapes: self.escapes, nulls: full, first: true };
        let unit = held.world().units.get(row.unit).uid;
        line.text("dataElement", schemes.name(held, &schemes.element, row.element));
        if full || !self.head.hides_period {
            line.text("period", Some(held.text(held.values().period(row.period).1)));
        }
        if full || !self.head.hides_unit {
            line.text("orgUnit", schemes.name(held, &schemes.unit, unit));
        }
        line.text("categoryOptionCombo", schemes.name(held, &schemes.category_combo, row.category_combo));
        if full || !self.head.hides_attribute_combo {
            let combo = schemes.name(held, &schemes.attribute_combo, row.attribute_combo);
            line.text("attributeOptionCombo", combo);
        }
        line.text("value", row.value.some().map(|value| held.text(value)));
        line.text("storedBy", row.stored_by.some().map(|name| held.text(name)));
        line.time("created", row.created);
        line.time("lastUpdated", row.updated);
        line.text("comment", row.comment.some().map(|comment| held.text(comment)));
        if full || row.followup {
            line.flag("followup", row.followup);
        }
        if row.deleted {
            line.flag("deleted", true);
        }
        line.end();
    }
}

impl Iterator for JsonRows {
    type Item = Bytes;

    fn next(&mut self) -> Option<Bytes> {
        if self.state == State::Done {
            return None;
        }
        let mut out = Vec::with_capacity(Output::PIECE + 1024);
        if self.state == State::Head {
            self.write_head(&mut out);
            self.state = State::Rows;
        }
        while let Some(number) = self.output.next_row(out.len()) {
            if self.output.next > 1 {
                out.push(b',');
            }
            let row = self.output.held.values().row(number).clone();
            self.write_row(&mut out, &row);
        }
        if self.output.next == self.output.rows.len() {
            out.extend_from_slice(b"]}");
            self.state = State::Done;
        }
        Some(Bytes::from(out))
    }
}

/// An object in the writing.
struct Line<'a> {
    out: &'a mut Vec<u8>,
    escapes: Escapes,
    nulls: bool,
    first: bool,
}

impl Line<'_> {
    fn key(&mut self, key: &str) {
        self.out.push(if self.first { b'{' } else { b',' });
        self.first = false;
        self.out.push(b'"');
        self.out.extend_from_slice(key.as_bytes());
        self.out.extend_from_slice(b"\":");
    }

    fn text(&mut self, key: &str, text: Option<&str>) {
        match text {
            Some(text) => {
                self.key(key);
                write_text(self.out, text, self.escapes);
            }
            None if self.nulls => {
                self.key(key);
                self.out.extend_from_slice(b"null");
            }
            None => {}
        }
    }

    fn time(&mut self, key: &str, millis: i64) {
        self.key(key);
        self.out.push(b'"');
        write_millis(self.out, millis);
        self.out.extend_from_slice(b"+0000\"");
    }

    fn flag(&mut self, key: &str, yes: bool) {
        self.key(key);
        self.out.extend_from_slice(if yes { b"true" } else { b"false" });
    }

    fn end(&mut self) {
        self.out.push(b'}');
    }
}
