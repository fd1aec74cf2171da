//! Walking a JSON document object by object, straight into columns.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, Visitor};

/// Something that takes the fields of a JSON object as they come.
///
/// A flattener implements this for a row; [`read_list`](crate::read_list), [`read_object`] and [`OneObject`] do the rest. Nothing
/// is kept between objects but what the reader keeps.
pub trait ReadObject {
    /// What is expected, for the error where something else stands: `a data value`.
    const EXPECTED: &'static str;

    /// Takes one object: nothing of it before it is known that all of it can be read, because where the quick reader stops
    /// the object is read once more, from its beginning. What was taken before that shows is to be forgotten.
    ///
    /// # Errors
    /// Whatever the parser, or the reader by `A::Error`, finds wrong.
    fn read<'de, A: MapAccess<'de>>(&mut self, object: A) -> Result<(), A::Error>;
}

/// Reads a document that is one object and nothing after it.
///
/// ```
/// use dhis2_frame::{Cell, ReadObject, read_object};
/// use serde::de::MapAccess;
///
/// struct Event(Option<String>);
///
/// impl ReadObject for Event {
///     const EXPECTED: &'static str = "an event";
///     fn read<'de, A: MapAccess<'de>>(&mut self, mut event: A) -> Result<(), A::Error> {
///         while let Some((key, value)) = event.next_entry::<Cell<'de>, Cell<'de>>()? {
///             if key.text() == Some("event") {
///                 self.0 = value.text().map(str::to_owned);
///             }
///         }
///         Ok(())
///     }
/// }
///
/// let mut event = Event(None);
/// read_object(r#"{"event":"A1G2w687SWR","status":"ACTIVE"}"#, &mut event)?;
/// assert_eq!(event.0.as_deref(), Some("A1G2w687SWR"));
/// # Ok::<(), serde_json::Error>(())
/// ```
///
/// # Errors
/// `serde_json`'s; [`json_error`](crate::json_error) makes it one that repeats no value.
pub fn read_object<R: ReadObject>(document: &str, reader: &mut R) -> Result<(), serde_json::Error> {
    let mut json = serde_json::Deserializer::from_str(document);
    OneObject(reader).deserialize(&mut json)?;
    json.end()
}

/// The seed for a field that holds one object.
#[derive(Debug)]
pub struct OneObject<'r, R>(pub &'r mut R);

impl<'de, R: ReadObject> DeserializeSeed<'de> for OneObject<'_, R> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de, R: ReadObject> Visitor<'de> for OneObject<'_, R> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(R::EXPECTED)
    }

    fn visit_map<A: MapAccess<'de>>(self, object: A) -> Result<(), A::Error> {
        self.0.read(object)
    }
}
