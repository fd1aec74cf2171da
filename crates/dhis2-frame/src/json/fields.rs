//! The fields of an object, told apart without reading their names where they come as they always do.
#![allow(clippy::inline_always)] // measured: this runs some twenty times for each row

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, Visitor};

/// By this name the quick reader knows that a field's place in a list is wanted.
pub(super) const NAME: &str = "dhis2_frame::FieldPlace";

/// Declares the fields of a JSON object that are wanted, best in the order in which servers write them: an enum of them with
/// one more variant, `Other`, for all that is not wanted.
///
/// ```
/// use dhis2_frame::{Cell, fields, next_field};
/// use serde::de::{IgnoredAny, MapAccess};
///
/// fields! {
///     /// The fields of an event.
///     enum Field { Event = "event", OrgUnit = "orgUnit" }
/// }
///
/// struct Unit(Option<String>);
/// impl dhis2_frame::ReadObject for Unit {
///     const EXPECTED: &'static str = "an event";
///     fn read<'de, A: MapAccess<'de>>(&mut self, mut event: A) -> Result<(), A::Error> {
///         while let Some(field) = next_field::<Field, A>(&mut event)? {
///             match field {
///                 Field::OrgUnit => self.0 = event.next_value::<Cell<'de>>()?.text().map(str::to_owned),
///                 Field::Event | Field::Other => drop(event.next_value::<IgnoredAny>()?),
///             }
///         }
///         Ok(())
///     }
/// }
/// let mut unit = Unit(None);
/// dhis2_frame::read_object(r#"{"event":"A1G2w687SWR","status":"ACTIVE","orgUnit":"DaulPqViUvm"}"#, &mut unit)?;
/// assert_eq!(unit.0.as_deref(), Some("DaulPqViUvm"));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[macro_export]
macro_rules! fields {
    ($(#[$doc:meta])* enum $name:ident { $($field:ident = $key:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq)]
        enum $name { $($field,)+ Other }

        impl $crate::Fields for $name {
            const KEYS: &'static [&'static str] = &[$(concat!("\"", $key, "\":")),+];
            const OTHER: Self = Self::Other;
            const FIELDS: &'static [Self] = &[$(Self::$field),+];
        }
    };
}

/// The fields of an object that are wanted. Made by [`fields!`](crate::fields).
pub trait Fields: Copy + 'static {
    /// The fields' keys, with their quotes and the colon.
    const KEYS: &'static [&'static str];
    /// The fields, in the order of their keys.
    const FIELDS: &'static [Self];
    /// What stands for all other fields.
    const OTHER: Self;
}

/// Which field comes next; `None` at the end of the object. Its value must be read then.
///
/// # Errors
/// The parser's.
#[inline]
pub fn next_field<'de, F: Fields, A: MapAccess<'de>>(object: &mut A) -> Result<Option<F>, A::Error> {
    let place = object.next_key_seed(Place(F::KEYS))?;
    Ok(place.map(|place| F::FIELDS.get(place).copied().unwrap_or(F::OTHER)))
}

/// Reads a key into its place among others; one that is not among them is beyond the last.
struct Place(&'static [&'static str]);

impl<'de> DeserializeSeed<'de> for Place {
    type Value = usize;

    #[inline]
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<usize, D::Error> {
        deserializer.deserialize_struct(NAME, self.0, self)
    }
}

impl Visitor<'_> for Place {
    type Value = usize;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    /// From the quick reader.
    #[inline]
    fn visit_u64<E: Error>(self, place: u64) -> Result<usize, E> {
        Ok(usize::try_from(place).unwrap_or(usize::MAX))
    }

    /// From `serde_json`.
    fn visit_str<E: Error>(self, key: &str) -> Result<usize, E> {
        let is_key = |known: &&str| known[1..known.len() - 2] == *key;
        Ok(self.0.iter().position(is_key).unwrap_or(usize::MAX))
    }
}

/// The place of the key at which the text stands, looked for from the place `hint` on, since fields mostly come in the same
/// order. `None` where it is none of them, or is written otherwise.
#[inline(always)]
pub(super) fn place(text: &[u8], keys: &[&str], hint: usize) -> Option<usize> {
    if keys.get(hint).is_some_and(|key| begins(text, key.as_bytes())) {
        return Some(hint);
    }
    elsewhere(text, keys, hint)
}

#[inline(never)]
fn elsewhere(text: &[u8], keys: &[&str], hint: usize) -> Option<usize> {
    let is_it = |key: &&str| begins(text, key.as_bytes());
    let (before, from_hint) = keys.split_at(hint.min(keys.len()));
    let found = from_hint.iter().position(is_it).map(|place| place + hint);
    found.or_else(|| before.iter().position(is_it))
}

/// Whether a text begins so: a word after the other, the last of which may lie over the one before it. A call of `memcmp` takes
/// longer for so few bytes.
#[inline(always)]
fn begins(text: &[u8], key: &[u8]) -> bool {
    let Some(text) = text.get(..key.len()) else { return false };
    let (Some(first), Some(last)) = (key.first_chunk::<8>(), key.last_chunk::<8>()) else { return text == key };
    if text.first_chunk() != Some(first) || text.last_chunk() != Some(last) {
        return false;
    }
    key.len() <= 16 || text[8..key.len() - 8] == key[8..key.len() - 8]
}
