//! A value that is kept as it was written.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, Visitor};
use serde_json::value::RawValue;

/// By this name the quick reader knows what is wanted.
pub(super) const NAME: &str = "dhis2_frame::RawJson";

/// A JSON value as the server wrote it, such as a geometry.
///
/// ```
/// use dhis2_frame::RawJson;
///
/// let geometry: RawJson<'_> = serde_json::from_str(r#"{"type": "Point","coordinates":[36.8, -1.3]}"#)?;
/// assert_eq!(geometry.text(), r#"{"type": "Point","coordinates":[36.8, -1.3]}"#);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Copy)]
pub struct RawJson<'a>(&'a str);

impl<'a> RawJson<'a> {
    /// Its text.
    pub fn text(self) -> &'a str {
        self.0
    }
}

/// Shows the length only: answers hold health data.
impl fmt::Debug for RawJson<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RawJson({} bytes)", self.0.len())
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for RawJson<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_newtype_struct(NAME, RawVisitor)
    }
}

struct RawVisitor;

impl<'de> Visitor<'de> for RawVisitor {
    type Value = RawJson<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    /// From the quick reader.
    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<RawJson<'de>, E> {
        Ok(RawJson(text))
    }

    /// From `serde_json`.
    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<RawJson<'de>, D::Error> {
        <&RawValue>::deserialize(deserializer).map(|value| RawJson(value.get()))
    }
}
