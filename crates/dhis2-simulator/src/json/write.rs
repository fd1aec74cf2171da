//! Writing JSON text as Jackson does.

use std::io::Write as _;

use super::Json;

/// How characters above U+FFFF are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Escapes {
    /// As two escapes, `\uD83D\uDE91`.
    Surrogates,
    /// As four bytes of UTF-8.
    Raw,
}

impl Json {
    /// Appends the value to a body.
    pub(crate) fn write(&self, out: &mut Vec<u8>, escapes: Escapes) {
        match self {
            Self::Null => out.extend_from_slice(b"null"),
            Self::Bool(true) => out.extend_from_slice(b"true"),
            Self::Bool(false) => out.extend_from_slice(b"false"),
            // Writing to memory cannot fail.
            Self::Number(number) => drop(write!(out, "{number}")),
            Self::Text(text) => write_text(out, text, escapes),
            Self::List(items) => {
                out.push(b'[');
                for (i, item) in items.iter().enumerate() {
                    if i > 0 {
                        out.push(b',');
                    }
                    item.write(out, escapes);
                }
                out.push(b']');
            }
            Self::Object(entries) => {
                out.push(b'{');
                for (i, (key, value)) in entries.iter().enumerate() {
                    if i > 0 {
                        out.push(b',');
                    }
                    write_text(out, key, escapes);
                    out.push(b':');
                    value.write(out, escapes);
                }
                out.push(b'}');
            }
        }
    }

    /// The value as a body of its own.
    pub(crate) fn to_bytes(&self, escapes: Escapes) -> Vec<u8> {
        let mut out = Vec::with_capacity(256);
        self.write(&mut out, escapes);
        out
    }
}

/// Appends a text in quotes.
pub(crate) fn write_text(out: &mut Vec<u8>, text: &str, escapes: Escapes) {
    out.push(b'"');
    let bytes = text.as_bytes();
    if bytes.iter().all(|&b| b >= 0x20 && b != b'"' && b != b'\\' && b < 0xF0) {
        out.extend_from_slice(bytes);
    } else {
        for c in text.chars() {
            write_character(out, c, escapes);
        }
    }
    out.push(b'"');
}

fn write_character(out: &mut Vec<u8>, c: char, escapes: Escapes) {
    match c {
        '"' => out.extend_from_slice(b"\\\""),
        '\\' => out.extend_from_slice(b"\\\\"),
        '\u{8}' => out.extend_from_slice(b"\\b"),
        '\t' => out.extend_from_slice(b"\\t"),
        '\n' => out.extend_from_slice(b"\\n"),
        '\u{c}' => out.extend_from_slice(b"\\f"),
        '\r' => out.extend_from_slice(b"\\r"),
        '\0'..='\u{1f}' => drop(write!(out, "\\u{:04X}", u32::from(c))),
        '\u{10000}'.. if escapes == Escapes::Surrogates => {
            for half in c.encode_utf16(&mut [0; 2]) {
                drop(write!(out, "\\u{half:04X}"));
            }
        }
        _ => out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
    }
}
