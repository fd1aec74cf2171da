//! JSON as the server keeps it: objects remember the order of their keys, which `serde_json`'s do not.

mod read;
mod write;

use std::borrow::Cow;
use std::sync::Arc;

pub(crate) use write::{Escapes, write_text};

/// A key of an object.
pub(crate) type Key = Cow<'static, str>;

/// A JSON value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Json {
    Null,
    Bool(bool),
    Number(serde_json::Number),
    Text(Arc<str>),
    List(Vec<Self>),
    Object(Vec<(Key, Self)>),
}

impl Json {
    pub(crate) fn text(text: &str) -> Self {
        Self::Text(Arc::from(text))
    }

    pub(crate) fn number(number: impl Into<serde_json::Number>) -> Self {
        Self::Number(number.into())
    }

    /// The value under a key; none for anything that is no object.
    pub(crate) fn get(&self, key: &str) -> Option<&Self> {
        match self {
            Self::Object(entries) => entries.iter().find(|(k, _)| k == key).map(|(_, v)| v),
            _ => None,
        }
    }

    /// The text under a key.
    pub(crate) fn text_of(&self, key: &str) -> Option<&str> {
        self.get(key)?.as_text()
    }

    pub(crate) fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    pub(crate) fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Bool(yes) => Some(*yes),
            _ => None,
        }
    }

    pub(crate) fn as_i64(&self) -> Option<i64> {
        match self {
            Self::Number(number) => number.as_i64(),
            _ => None,
        }
    }

    /// Puts another value under a key that is there.
    pub(crate) fn set(&mut self, key: &str, value: Self) {
        if let Self::Object(entries) = self
            && let Some((_, held)) = entries.iter_mut().find(|(k, _)| k == key)
        {
            *held = value;
        }
    }

    /// The items of a list; nothing for anything else.
    pub(crate) fn items(&self) -> &[Self] {
        match self {
            Self::List(items) => items,
            _ => &[],
        }
    }

    /// The entries of an object; nothing for anything else.
    pub(crate) fn entries(&self) -> &[(Key, Self)] {
        match self {
            Self::Object(entries) => entries,
            _ => &[],
        }
    }

    /// The items of the list under a key.
    pub(crate) fn list_of(&self, key: &str) -> &[Self] {
        self.get(key).map_or(&[], Self::items)
    }
}

/// An object made of these entries.
pub(crate) fn object<const N: usize>(entries: [(&'static str, Json); N]) -> Json {
    Json::Object(entries.into_iter().map(|(k, v)| (Cow::Borrowed(k), v)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn round(text: &str, escapes: Escapes) -> String {
        let json: Json = serde_json::from_str(text).unwrap();
        let mut out = Vec::new();
        json.write(&mut out, escapes);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn key_order_and_numbers_survive() {
        let text = r#"{"z":1,"a":[1.5,-2,true,null],"m":{"b":"x","a":""}}"#;
        assert_eq!(round(text, Escapes::Surrogates), text);
    }

    /// peer-bugs, section 4: "Characters above U+FFFF arrive as surrogate escapes (`\uD83D\uDC76`) or raw, depending on
    /// version and endpoint."
    #[test]
    fn characters_beyond_the_basic_plane_are_written_as_two_escapes_or_raw() {
        let text = "\"\u{1F476} é \\\"\\\\\\n\\t/<\"";
        assert_eq!(round(text, Escapes::Surrogates), "\"\\uD83D\\uDC76 é \\\"\\\\\\n\\t/<\"");
        assert_eq!(round(text, Escapes::Raw), text);
    }

    #[test]
    fn control_characters_are_escaped() {
        assert_eq!(round("\"\\u0001\\u001f\\b\\f\\r\"", Escapes::Raw), "\"\\u0001\\u001F\\b\\f\\r\"");
    }
}
