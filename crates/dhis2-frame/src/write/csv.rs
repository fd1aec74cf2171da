//! CSV by RFC 4180, with LF line ends.

use std::io::{self, Write};

use polars::prelude::Schema;

use super::fields::{Field, Rows};
use super::{instant, ndjson};

/// Rows are gathered up to about this size before they go to the file.
const BLOCK: usize = 1 << 16;

/// Writes the line of the columns' names.
pub(super) fn header(schema: &Schema, file: &mut impl Write) -> io::Result<()> {
    let mut out = Vec::new();
    for (place, name) in schema.iter_names().enumerate() {
        separate(&mut out, place);
        push_text(&mut out, name.as_bytes());
    }
    out.push(b'\n');
    file.write_all(&out)
}

/// Writes a line for each row.
pub(super) fn rows(mut rows: Rows<'_>, file: &mut impl Write) -> io::Result<()> {
    let mut out = Vec::with_capacity(2 * BLOCK);
    let mut scratch = Vec::new();
    // An empty line is no record to a reader.
    let null: &[u8] = if rows.names.len() == 1 { b"\"\"" } else { b"" };
    for _ in 0..rows.height {
        for (place, field) in rows.next_row().enumerate() {
            separate(&mut out, place);
            match field {
                Field::Null => out.extend_from_slice(null),
                Field::Text(text) => push_text(&mut out, text.as_bytes()),
                Field::Flag(true) => out.extend_from_slice(b"true"),
                Field::Flag(false) => out.extend_from_slice(b"false"),
                Field::Whole(number) => write!(out, "{number}")?,
                Field::Real(number) if number.is_finite() => ndjson::push_json(&mut out, &number)?,
                Field::Real(number) => write!(out, "{number}")?,
                Field::Instant(ms, zone) => instant::push(&mut out, ms, zone),
                Field::Day(days) => instant::push_date(&mut out, days.into()),
                Field::Texts(texts, places) => {
                    scratch.clear();
                    ndjson::push_array(&mut scratch, texts, places)?;
                    push_text(&mut out, &scratch);
                }
            }
        }
        out.push(b'\n');
        if out.len() >= BLOCK {
            file.write_all(&out)?;
            out.clear();
        }
    }
    file.write_all(&out)
}

fn separate(out: &mut Vec<u8>, place: usize) {
    if place > 0 {
        out.push(b',');
    }
}

/// Appends a text, in quotes if it needs them. An empty text does, so that it differs from a null.
fn push_text(out: &mut Vec<u8>, text: &[u8]) {
    let special = |byte: &u8| matches!(byte, b',' | b'"' | b'\n' | b'\r');
    if !text.is_empty() && !text.iter().any(special) {
        out.extend_from_slice(text);
        return;
    }
    out.push(b'"');
    let mut parts = text.split(|byte| *byte == b'"');
    out.extend_from_slice(parts.next().unwrap_or_default());
    for part in parts {
        out.extend_from_slice(b"\"\"");
        out.extend_from_slice(part);
    }
    out.push(b'"');
}
