//! Newline-delimited JSON.

use std::io::{self, Write};
use std::ops::Range;

use polars_arrow::array::Utf8ViewArray;

use super::fields::{Field, Rows};
use super::instant;

/// Rows are gathered up to about this size before they go to the file.
const BLOCK: usize = 1 << 16;

/// Writes a line for each row.
pub(super) fn rows(mut rows: Rows<'_>, file: &mut impl Write) -> io::Result<()> {
    let mut out = Vec::with_capacity(2 * BLOCK);
    let keys: Vec<Vec<u8>> = rows.names.iter().map(serde_json::to_vec).collect::<Result<_, _>>()?;
    for _ in 0..rows.height {
        out.push(b'{');
        for (place, (key, field)) in keys.iter().zip(rows.next_row()).enumerate() {
            if place > 0 {
                out.push(b',');
            }
            out.extend_from_slice(key);
            out.push(b':');
            match field {
                Field::Null => out.extend_from_slice(b"null"),
                Field::Text(text) => push_json(&mut out, text)?,
                Field::Flag(flag) => push_json(&mut out, &flag)?,
                Field::Whole(number) => push_json(&mut out, &number)?,
                // serde_json writes numbers that are not finite as `null`.
                Field::Real(number) => push_json(&mut out, &number)?,
                Field::Instant(ms, zone) => {
                    out.push(b'"');
                    instant::push(&mut out, ms, zone);
                    out.push(b'"');
                }
                Field::Day(days) => {
                    out.push(b'"');
                    instant::push_date(&mut out, days.into());
                    out.push(b'"');
                }
                Field::Texts(texts, places) => push_array(&mut out, texts, places)?,
            }
        }
        out.extend_from_slice(b"}\n");
        if out.len() >= BLOCK {
            file.write_all(&out)?;
            out.clear();
        }
    }
    file.write_all(&out)
}

/// Appends a value as JSON.
pub(super) fn push_json<T>(out: &mut Vec<u8>, value: &T) -> io::Result<()>
where
    T: serde::Serialize + ?Sized,
{
    Ok(serde_json::to_writer(out, value)?)
}

/// Appends these places of an array as a JSON array; a null among them is `null`.
pub(super) fn push_array(out: &mut Vec<u8>, texts: &Utf8ViewArray, places: Range<usize>) -> io::Result<()> {
    out.push(b'[');
    for (index, place) in places.enumerate() {
        if index > 0 {
            out.push(b',');
        }
        push_json(out, &texts.get(place))?;
    }
    out.push(b']');
    Ok(())
}
