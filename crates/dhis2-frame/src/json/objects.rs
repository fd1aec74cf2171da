//! Lists of small objects inside an object: the data values of an event, the attributes of a person.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, SeqAccess, Visitor};

use super::walk::{OneObject, ReadObject};

/// The seed for a field that holds a list of objects, or null: each is taken as soon as it is read, so that none waits in between.
/// Gives how many there were.
///
/// What was taken must be forgotten where the object around the list cannot be read after all: see [`ReadObject::read`].
#[derive(Debug)]
pub struct EachObject<'r, R>(pub &'r mut R);

impl<'de, R: ReadObject> DeserializeSeed<'de> for EachObject<'_, R> {
    type Value = usize;

    #[inline]
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<usize, D::Error> {
        deserializer.deserialize_option(self)
    }
}

impl<'de, R: ReadObject> Visitor<'de> for EachObject<'_, R> {
    type Value = usize;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a list, each item {}", R::EXPECTED)
    }

    #[inline]
    fn visit_none<E: Error>(self) -> Result<usize, E> {
        Ok(0)
    }

    #[inline]
    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<usize, D::Error> {
        deserializer.deserialize_seq(self)
    }

    #[inline]
    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<usize, A::Error> {
        let mut count = 0;
        while let Some(()) = list.next_element_seed(OneObject(&mut *self.0))? {
            count += 1;
        }
        Ok(count)
    }
}
