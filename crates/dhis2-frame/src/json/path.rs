//! The place in a JSON document that a byte offset belongs to.

use std::fmt::Write as _;
use std::ops::Range;

/// An object or array that is open at the offset.
enum Open {
    /// Where in the document the current key stands; `None` until it has been read.
    Object(Option<Range<usize>>),
    /// The index of the current element.
    Array(usize),
}

/// The place of the value at `offset`, such as `events[3].dataValues[0].value`.
///
/// The document must be sound JSON up to `offset`, which it is when a strict parser stopped there.
pub(super) fn path_at(body: &str, offset: usize) -> String {
    let bytes = body.as_bytes();
    let mut open: Vec<Open> = Vec::new();
    let mut at = 0;
    while at < offset {
        match bytes[at] {
            b'{' => open.push(Open::Object(None)),
            b'[' => open.push(Open::Array(0)),
            b'}' | b']' => {
                open.pop();
            }
            b',' => match open.last_mut() {
                Some(Open::Object(key)) => *key = None,
                Some(Open::Array(index)) => *index += 1,
                None => {}
            },
            b'"' => {
                let end = string_end(bytes, at + 1);
                if let (Some(Open::Object(key @ None)), true) = (open.last_mut(), end < offset) {
                    *key = Some(at + 1..end);
                }
                at = end;
            }
            _ => {}
        }
        at += 1;
    }
    // A closing bracket is about the whole it closes (a missing field, say), not about the last thing inside.
    // Past the offset, `at` has gone through a string that the offset is in.
    if at <= offset && matches!(bytes.get(offset), Some(b'}' | b']')) {
        open.pop();
    }
    render(body, &open)
}

/// The position of the quote that ends the string whose first character is at `at`, or the document's end.
fn string_end(bytes: &[u8], mut at: usize) -> usize {
    while at < bytes.len() && bytes[at] != b'"' {
        at += if bytes[at] == b'\\' { 2 } else { 1 };
    }
    at.min(bytes.len())
}

fn render(body: &str, open: &[Open]) -> String {
    let mut path = String::new();
    for step in open {
        match step {
            Open::Object(None) => {}
            Open::Object(Some(key)) => {
                if !path.is_empty() {
                    path.push('.');
                }
                path.push_str(field_name(&body[key.clone()]));
            }
            Open::Array(index) => {
                // Writing to a `String` does not fail.
                let _ = write!(path, "[{index}]");
            }
        }
    }
    path
}

/// The key, when it is a field's name or an identifier; anything else might be somebody's data.
fn field_name(key: &str) -> &str {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    if key.len() <= 64 && key.bytes().all(plain) { key } else { "?" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_follows_keys_and_indices() {
        let body = r#"{"a":{"b":[[1,2],{"c\"}":3,"d":4}]},"e":"x]},","f":5}"#;
        for (needle, path) in [
            ("1,2", "a.b[0][0]"),
            ("2]", "a.b[0][1]"),
            ("3,", "a.b[1].?"),
            ("4}", "a.b[1].d"),
            ("\"x]", "e"),
            ("]},\"", "e"),
            ("5}", "f"),
        ] {
            // The string `e` holds brackets too, so look for its own ones from its start.
            let from = if path == "e" { body.find("\"x]").unwrap() } else { 0 };
            let offset = from + body[from..].find(needle).unwrap();
            assert_eq!(path_at(body, offset), path, "{needle}");
        }
        assert_eq!(path_at(body, 0), "");
        assert_eq!(path_at(body, body.len()), "");
    }

    #[test]
    fn a_fault_at_a_closing_bracket_is_about_the_whole_it_closes() {
        let body = r#"[{"a":1},{"b":[2]}]"#;
        assert_eq!(path_at(body, body.find('}').unwrap()), "[0]");
        assert_eq!(path_at(body, body.find(']').unwrap()), "[1].b");
        assert_eq!(path_at(body, body.len() - 1), "");
    }

    #[test]
    fn a_key_that_may_be_somebodys_data_is_not_shown() {
        let long = "k".repeat(65);
        for key in ["Ada Lovelace", "ada@example.org", "a.b", long.as_str(), "é"] {
            let body = format!("{{\"{key}\":[0]}}");
            assert_eq!(path_at(&body, body.find('0').unwrap()), "?[0]");
        }
    }
}
