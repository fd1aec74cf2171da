//! A JSON parse failure as an error that says where and what, and repeats nothing the document holds.

mod fields;
mod list;
mod message;
mod objects;
mod parts;
mod path;
mod pieces;
mod raw;
mod scan;
mod scanner;
mod walk;

pub use fields::{Fields, next_field};
pub use list::ReadList;
pub use objects::EachObject;
pub use parts::{ReadOptions, read_list};
pub use pieces::ListReader;
pub use raw::RawJson;
pub use walk::{OneObject, ReadObject, read_object};

use crate::FrameError;

/// Turns a failure of `serde_json::from_str` on `body` into a [`FrameError::Json`].
///
/// Line and column become a byte offset and a place such as `events[3].value`. The values serde quotes in its
/// messages are left out, keys that do not look like field names are shown as `?`: an answer holds health data.
///
/// ```
/// use dhis2_frame::json_error;
///
/// let body = r#"{"events":[{"value":"secret"}]}"#;
/// #[derive(serde::Deserialize, Debug)]
/// struct Page { #[allow(dead_code)] events: Vec<Event> }
/// #[derive(serde::Deserialize, Debug)]
/// struct Event { #[allow(dead_code)] value: i64 }
/// let failure = serde_json::from_str::<Page>(body).unwrap_err();
/// assert_eq!(
///     json_error(body, &failure).to_string(),
///     "the JSON is not as expected at byte 27, in events[0].value: invalid type: string, expected i64"
/// );
/// ```
pub fn json_error(body: &str, e: &serde_json::Error) -> FrameError {
    let offset = place(body, e);
    FrameError::Json { offset, path: path::path_at(body, offset), message: message::without_values(e) }
}

/// The byte serde's line and column point at. Columns count bytes from 1; a newline that is itself the fault is
/// column 0 of the line after it. Line 0 stands for "unknown".
fn place(body: &str, e: &serde_json::Error) -> usize {
    let start = match e.line() {
        0 | 1 => 0,
        line => body
            .bytes()
            .enumerate()
            .filter(|(_, byte)| *byte == b'\n')
            .nth(line - 2)
            .map_or(body.len(), |(newline, _)| newline + 1),
    };
    (start + e.column()).saturating_sub(1).min(body.len())
}

#[cfg(test)]
mod error_tests;
#[cfg(test)]
mod tests;
