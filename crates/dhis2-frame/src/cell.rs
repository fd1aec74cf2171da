//! A value of an answer on its way into a column.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, Visitor};

/// A JSON string, borrowed from the answer where it holds no escapes; `None` for null. Numbers and booleans become
/// their text: everything in DHIS2 is text, whatever a proxy or a plugin makes of it.
///
/// ```
/// use dhis2_frame::Cell;
///
/// let cells: Vec<Cell<'_>> = serde_json::from_str(r#"["202401", null, 17, 1.50, true, "\uD83D\uDC76"]"#)?;
/// let texts: Vec<Option<&str>> = cells.iter().map(Cell::text).collect();
/// assert_eq!(texts, [Some("202401"), None, Some("17"), Some("1.5"), Some("true"), Some("👶")]);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Default)]
pub struct Cell<'a>(Option<Cow<'a, str>>);

impl Cell<'_> {
    /// The text, if there is one.
    pub fn text(&self) -> Option<&str> {
        self.0.as_deref()
    }
}

impl fmt::Debug for Cell<'_> {
    /// Whether there is a text; never the text: answers hold health data.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "Cell(..)" } else { "Cell(null)" })
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Cell<'a> {
    #[inline]
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(CellVisitor)
    }
}

struct CellVisitor;

impl<'de> Visitor<'de> for CellVisitor {
    type Value = Cell<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text or null")
    }

    #[inline]
    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Cell<'de>, E> {
        Ok(Cell(Some(Cow::Borrowed(text))))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Cell<'de>, E> {
        Ok(Cell(Some(Cow::Owned(text.to_owned()))))
    }

    fn visit_string<E: Error>(self, text: String) -> Result<Cell<'de>, E> {
        Ok(Cell(Some(Cow::Owned(text))))
    }

    fn visit_unit<E: Error>(self) -> Result<Cell<'de>, E> {
        Ok(Cell(None))
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Cell<'de>, E> {
        Ok(Cell(Some(Cow::Borrowed(if value { "true" } else { "false" }))))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Cell<'de>, E> {
        Ok(Cell(Some(Cow::Owned(value.to_string()))))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Cell<'de>, E> {
        Ok(Cell(Some(Cow::Owned(value.to_string()))))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Cell<'de>, E> {
        // As JSON writes it: 1.0 stays 1.0.
        Ok(Cell(serde_json::Number::from_f64(value).map(|number| Cow::Owned(number.to_string()))))
    }
}
