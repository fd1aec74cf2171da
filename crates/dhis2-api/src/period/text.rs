//! Ids and names as text: writing, standard traits and serde.

use std::fmt;
use std::str::FromStr;

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::arithmetic::Shape;
use super::{Period, PeriodError, PeriodType};

/// The id of a type's period of that number in a year.
pub(super) fn id(period_type: PeriodType, year: i32, number: u32) -> String {
    let infix = period_type.infix();
    match period_type.shape() {
        Shape::Day => format!("{year:04}{number:04}"),
        Shape::Months { length: 1, .. } => format!("{year:04}{number:02}"),
        Shape::Months { length: 2, .. } => format!("{year:04}{number:02}B"),
        Shape::Months { length: 12, .. } => format!("{year:04}{infix}"),
        Shape::Week { .. } | Shape::BiWeek | Shape::Months { .. } => {
            format!("{year:04}{infix}{number}")
        }
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.id())
    }
}

impl FromStr for Period {
    type Err = PeriodError;

    fn from_str(id: &str) -> Result<Self, PeriodError> {
        Self::parse(id)
    }
}

/// As its id.
impl Serialize for Period {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// From its id.
impl<'de> Deserialize<'de> for Period {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let id = String::deserialize(deserializer)?;
        Self::parse(&id).map_err(D::Error::custom)
    }
}

/// As its name.
impl Serialize for PeriodType {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

/// From its name.
impl<'de> Deserialize<'de> for PeriodType {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        name.parse().map_err(D::Error::custom)
    }
}
