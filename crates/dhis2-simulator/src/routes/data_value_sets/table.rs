//! Data values as CSV and as XML.

use bytes::Bytes;

use super::Output;
use super::head::Head;
use crate::time::millis_text;

const HEADER: &str = "dataelement,period,orgunit,categoryoptioncombo,attributeoptioncombo,value,storedby,lastupdated,comment,followup,deleted";

/// The cells of a row that both formats share.
struct Cells<'a> {
    element: &'a str,
    period: &'a str,
    unit: &'a str,
    category_combo: &'a str,
    attribute_combo: &'a str,
    value: Option<&'a str>,
    stored_by: &'a str,
    created: String,
    updated: String,
    comment: Option<&'a str>,
    followup: bool,
    deleted: bool,
}

impl Output {
    fn cells(&self, number: u32) -> Cells<'_> {
        let held = &self.held;
        let row = held.values().row(number);
        let schemes = &self.schemes;
        let time = |millis| format!("{}+0000", millis_text(millis));
        Cells {
            element: schemes.name(held, &schemes.element, row.element).unwrap_or_default(),
            period: held.text(held.values().period(row.period).1),
            unit: schemes.name(held, &schemes.unit, held.world().units.get(row.unit).uid).unwrap_or_default(),
            category_combo: schemes.name(held, &schemes.category_combo, row.category_combo).unwrap_or_default(),
            attribute_combo: schemes.name(held, &schemes.attribute_combo, row.attribute_combo).unwrap_or_default(),
            value: row.value.some().map(|value| held.text(value)),
            stored_by: held.text(row.stored_by),
            created: time(row.created),
            updated: time(row.updated),
            comment: row.comment.some().map(|comment| held.text(comment)),
            followup: row.followup,
            deleted: row.deleted,
        }
    }
}

/// CSV, lines ended by LF.
pub(super) struct CsvRows {
    output: Output,
    started: bool,
}

impl CsvRows {
    pub(super) fn new(output: Output) -> Self {
        Self { output, started: false }
    }

    fn line(&self, number: u32) -> String {
        let behaviour = &self.output.server.behaviour.aggregate;
        let cells = self.output.cells(number);
        // 2.43 leaves an unset flag empty and calls a living row `false`.
        let followup = match (cells.followup, behaviour.csv_deleted_null) {
            (true, _) => "true",
            (false, true) => "false",
            (false, false) => "",
        };
        let deleted = match (cells.deleted, behaviour.csv_deleted_null) {
            (true, _) => "true",
            (false, true) => "null",
            (false, false) => "false",
        };
        let line = [
            cells.element,
            cells.period,
            cells.unit,
            cells.category_combo,
            cells.attribute_combo,
            cells.value.unwrap_or_default(),
            cells.stored_by,
            &cells.updated,
            cells.comment.unwrap_or_default(),
            followup,
            deleted,
        ];
        line.map(csv_cell).join(",") + "\n"
    }
}

impl Iterator for CsvRows {
    type Item = Bytes;

    fn next(&mut self) -> Option<Bytes> {
        let mut out = String::new();
        if !self.started {
            self.started = true;
            out.push_str(HEADER);
            out.push('\n');
        }
        while let Some(number) = self.output.next_row(out.len()) {
            out.push_str(&self.line(number));
        }
        (!out.is_empty()).then(|| Bytes::from(out))
    }
}

/// A cell, in quotes where it must be.
pub(crate) fn csv_cell(text: &str) -> String {
    let plain = !text.contains(['"', ',', '\n', '\r']) && text.trim() == text;
    if plain { text.to_owned() } else { format!("\"{}\"", text.replace('"', "\"\"")) }
}

/// DXF 2 as XML.
pub(super) struct XmlRows {
    output: Output,
    head: Head,
    state: u8,
}

impl XmlRows {
    pub(super) fn new(output: Output, head: Head) -> Self {
        Self { output, head, state: 0 }
    }

    fn line(&self, number: u32) -> String {
        let cells = self.output.cells(number);
        let mut line = String::from("<dataValue");
        let mut attribute = |name: &str, value: &str| {
            for piece in [" ", name, "=\"", &xml_text(value), "\""] {
                line.push_str(piece);
            }
        };
        attribute("dataElement", cells.element);
        attribute("period", cells.period);
        attribute("orgUnit", cells.unit);
        attribute("categoryOptionCombo", cells.category_combo);
        attribute("attributeOptionCombo", cells.attribute_combo);
        if let Some(value) = cells.value {
            attribute("value", value);
        }
        attribute("storedBy", cells.stored_by);
        attribute("created", &cells.created);
        attribute("lastUpdated", &cells.updated);
        if let Some(comment) = cells.comment {
            attribute("comment", comment);
        }
        attribute("followUp", if cells.followup { "true" } else { "false" });
        if cells.deleted {
            attribute("deleted", "true");
        }
        line.push_str("/>");
        line
    }
}

impl Iterator for XmlRows {
    type Item = Bytes;

    fn next(&mut self) -> Option<Bytes> {
        let mut out = String::new();
        if self.state == 0 {
            self.state = 1;
            out.push_str(
                "<?xml version='1.0' encoding='UTF-8'?><dataValueSet xmlns=\"http://dhis2.org/schema/dxf/2.0\"",
            );
            for (key, value) in &self.head.entries {
                if let Some(text) = value.as_text() {
                    for piece in [" ", key, "=\"", &xml_text(text), "\""] {
                        out.push_str(piece);
                    }
                }
            }
            out.push('>');
        }
        while let Some(number) = self.output.next_row(out.len()) {
            out.push_str(&self.line(number));
        }
        if self.state == 1 && self.output.next == self.output.rows.len() {
            self.state = 2;
            out.push_str("</dataValueSet>");
        }
        (!out.is_empty()).then(|| Bytes::from(out))
    }
}

fn xml_text(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\n', "&#xa;")
}
