//! A JSON parse failure as an error that says where and what, and repeats nothing the document holds.

mod message;
mod path;
mod walk;

pub use walk::{EveryObject, OneObject, ReadObject, read_object};

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
    let offset = offset(body, e.line(), e.column());
    FrameError::Json { offset, path: path::path_at(body, offset), message: message::without_values(e) }
}

/// The byte serde's line and column point at. Columns count bytes from 1; a newline that is itself the fault is
/// column 0 of the line after it. Line 0 stands for "unknown".
fn offset(body: &str, line: usize, column: usize) -> usize {
    let start = match line {
        0 | 1 => 0,
        line => body
            .bytes()
            .enumerate()
            .filter(|(_, byte)| *byte == b'\n')
            .nth(line - 2)
            .map_or(body.len(), |(newline, _)| newline + 1),
    };
    (start + column).saturating_sub(1).min(body.len())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde::de::IgnoredAny;

    use super::*;

    fn fault(body: &str) -> (usize, String) {
        let e = serde_json::from_str::<IgnoredAny>(body).unwrap_err();
        match json_error(body, &e) {
            FrameError::Json { offset, path, .. } => (offset, path),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_offset_is_that_of_the_offending_byte() {
        for (body, offset, path) in [
            ("?", 0, ""),
            ("{\"a\": tru3}", 9, "a"),
            ("{\n  \"a\": 1,\n  \"b\": [1, 2, x]\n}", 26, "b[2]"),
            ("{\"é\u{1F600}\":1,\"b\":?}", 16, "b"),
            ("[1]x", 3, ""),
            ("[1,2}", 4, ""),
            ("{\"a\":[1,2}", 9, "a"),
        ] {
            assert_eq!(fault(body), (offset, path.to_owned()), "{body}");
        }
    }

    #[test]
    fn a_newline_inside_a_string_is_pointed_at_itself() {
        let body = "{\"a\":\"x\ny\"}";
        let e = serde_json::from_str::<serde_json::Value>(body).unwrap_err();
        let FrameError::Json { offset, path, .. } = json_error(body, &e) else { unreachable!() };
        assert_eq!((offset, path.as_str()), (7, "a"));
        // Where serde skips a string instead of reading it, it stops a byte earlier.
        assert_eq!(fault(body), (6, "a".to_owned()));
    }

    #[test]
    fn an_answer_cut_short_is_reported_at_its_end() {
        let body = "{\"a\":[{\"b\":1},{\"b\":";
        assert_eq!(fault(body), (body.len() - 1, "a[1].b".to_owned()));
        assert_eq!(fault(""), (0, String::new()));
    }

    proptest! {
        /// Whatever is cut or broken, the place lies inside the document and nothing panics.
        #[test]
        fn the_place_is_always_inside_the_document(body in "[\\[\\]{}:,\"\\\\0-9a-cé\n\u{1F600} ]{0,40}") {
            if let Err(e) = serde_json::from_str::<IgnoredAny>(&body) {
                let FrameError::Json { offset, .. } = json_error(&body, &e) else { unreachable!() };
                prop_assert!(offset <= body.len());
            }
        }

        /// The first byte of garbage in a sound document is found.
        #[test]
        fn garbage_after_a_sound_beginning_is_found(
            keys in prop::collection::vec("[a-z]{1,8}", 1..6), breaks in any::<bool>(),
        ) {
            let between = if breaks { ",\n  " } else { "," };
            let pairs: Vec<String> = keys.iter().map(|key| format!("\"{key}\":[0,\"é\"]")).collect();
            let sound = format!("{{{}{between}\"last\":", pairs.join(between));
            let body = format!("{sound}?}}");
            prop_assert_eq!(fault(&body), (sound.len(), "last".to_owned()));
        }
    }
}
