//! JSON that remembers the order of its keys, and a text of it that two equal answers share.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};

/// A JSON value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Ordered {
    Scalar(serde_json::Value),
    List(Vec<Ordered>),
    Object(Vec<(String, Ordered)>),
}

impl Ordered {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    pub(crate) fn get(&self, key: &str) -> Option<&Self> {
        self.entries().iter().find(|(k, _)| k == key).map(|(_, v)| v)
    }

    pub(crate) fn entries(&self) -> &[(String, Self)] {
        match self {
            Self::Object(entries) => entries,
            _ => &[],
        }
    }

    pub(crate) fn number(&self) -> Option<u64> {
        match self {
            Self::Scalar(value) => value.as_u64(),
            _ => None,
        }
    }

    /// The same, but for a list its items in their order: the cells of a row, each in its column.
    pub(crate) fn canon_in_order(&self, keep_key_order: bool, mask: &dyn Fn(&str) -> Option<String>) -> String {
        let Self::List(items) = self else { return self.canon(keep_key_order, mask) };
        let items: Vec<_> = items.iter().map(|item| item.canon(keep_key_order, mask)).collect();
        format!("[{}]", items.join(","))
    }

    /// One line for the value. Items of lists within come in any order from a server, so they are sorted; keys keep their
    /// order where it is the server's class that gives it. `mask` rewrites texts that cannot be the same.
    pub(crate) fn canon(&self, keep_key_order: bool, mask: &dyn Fn(&str) -> Option<String>) -> String {
        match self {
            Self::Scalar(serde_json::Value::String(text)) => {
                let text = mask(text).unwrap_or_else(|| text.clone());
                serde_json::Value::String(text).to_string()
            }
            Self::Scalar(serde_json::Value::Number(number)) => number.as_f64().unwrap_or(f64::NAN).to_string(),
            Self::Scalar(value) => value.to_string(),
            Self::List(items) => {
                let mut items: Vec<_> = items.iter().map(|item| item.canon_in_order(keep_key_order, mask)).collect();
                items.sort();
                format!("[{}]", items.join(","))
            }
            Self::Object(entries) => {
                let mut entries: Vec<_> =
                    entries.iter().map(|(k, v)| format!("{k:?}:{}", v.canon(keep_key_order, mask))).collect();
                if !keep_key_order {
                    entries.sort();
                }
                format!("{{{}}}", entries.join(","))
            }
        }
    }
}

impl<'de> Deserialize<'de> for Ordered {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(OrderedVisitor)
    }
}

struct OrderedVisitor;

impl<'de> Visitor<'de> for OrderedVisitor {
    type Value = Ordered;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<Ordered, E> {
        Ok(Ordered::Scalar(serde_json::Value::Null))
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Ordered, E> {
        Ok(Ordered::Scalar(value.into()))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Ordered, E> {
        Ok(Ordered::Scalar(value.into()))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Ordered, E> {
        Ok(Ordered::Scalar(value.into()))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Ordered, E> {
        Ok(Ordered::Scalar(value.into()))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Ordered, E> {
        Ok(Ordered::Scalar(value.into()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Ordered, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = sequence.next_element()? {
            items.push(item);
        }
        Ok(Ordered::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Ordered, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry::<String, Ordered>()? {
            entries.push(entry);
        }
        Ok(Ordered::Object(entries))
    }
}
