//! Lists of small objects inside an object: the data values of an event, the attributes of a person.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

/// What one object of a list becomes.
pub trait FromObject<'de>: Sized {
    /// What is expected, for the error where something else stands: `a data value`.
    const EXPECTED: &'static str;

    /// Reads one object.
    ///
    /// # Errors
    /// Whatever the parser finds wrong.
    fn from_object<A: MapAccess<'de>>(object: A) -> Result<Self, A::Error>;
}

/// A list of objects. (A `Vec` of what `serde` derives would do, but reads each key before it knows the field.)
#[derive(Debug)]
pub struct Objects<T>(Vec<T>);

impl<T> Objects<T> {
    /// The objects, in their order.
    pub fn into_vec(self) -> Vec<T> {
        self.0
    }
}

impl<'de, T: FromObject<'de>> Deserialize<'de> for Objects<T> {
    #[inline]
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(ListVisitor(PhantomData))
    }
}

struct ListVisitor<T>(PhantomData<T>);

impl<'de, T: FromObject<'de>> Visitor<'de> for ListVisitor<T> {
    type Value = Objects<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a list, each item {}", T::EXPECTED)
    }

    #[inline]
    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Objects<T>, A::Error> {
        let mut objects = Vec::new();
        while let Some(One(object)) = list.next_element()? {
            if objects.is_empty() {
                // Most have some ten; growing to that takes three steps otherwise.
                objects.reserve(16);
            }
            objects.push(object);
        }
        Ok(Objects(objects))
    }
}

struct One<T>(T);

impl<'de, T: FromObject<'de>> Deserialize<'de> for One<T> {
    #[inline]
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(OneVisitor(PhantomData))
    }
}

struct OneVisitor<T>(PhantomData<T>);

impl<'de, T: FromObject<'de>> Visitor<'de> for OneVisitor<T> {
    type Value = One<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(T::EXPECTED)
    }

    #[inline]
    fn visit_map<A: MapAccess<'de>>(self, object: A) -> Result<One<T>, A::Error> {
        T::from_object(object).map(One)
    }
}
