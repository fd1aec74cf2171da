//! What is looked at in an event: a value of its own, one of the person's, or the person's age.

use chrono::NaiveDate;
use dhis2_api::Uid;
use dhis2_api::value_type::{parse_date_days, parse_number};
use serde::Deserialize;

use super::rows::Event;

/// Something that an event says or that is known of its person. In TOML `{ element = "…" }`, `{ attribute = "…" }` or
/// `{ age = { attribute = "…" } }`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Item {
    /// The event's value of a data element, by uid.
    Element(Uid),
    /// The person's value of an attribute, by uid.
    Attribute(Uid),
    /// The age at the event: whole years between a date of birth and the day that counts. Nobody born on 29 February is a
    /// year older before 1 March of a common year. There is none without a date of birth, without the day, and before birth.
    Age(Birth),
}

/// Where a date of birth stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Birth {
    /// In a data element of the event, by uid.
    Element(Uid),
    /// In an attribute of the person, by uid.
    Attribute(Uid),
}

/// What an event has of an item.
#[derive(Clone, Copy)]
pub(super) enum Value<'e> {
    Text(&'e str),
    Years(u32),
}

impl Item {
    /// The value; none where it is absent or empty.
    pub(super) fn of<'e>(self, event: &Event<'e>) -> Option<Value<'e>> {
        match self {
            Self::Element(id) => event.element(id).map(Value::Text),
            Self::Attribute(id) => event.attribute(id).map(Value::Text),
            Self::Age(birth) => {
                let text = match birth {
                    Birth::Element(id) => event.element(id),
                    Birth::Attribute(id) => event.attribute(id),
                };
                event.day?.years_since(day_of(text?)?).map(Value::Years)
            }
        }
    }

    /// The data element that it reads.
    pub(super) fn data_element(self) -> Option<Uid> {
        match self {
            Self::Element(id) | Self::Age(Birth::Element(id)) => Some(id),
            _ => None,
        }
    }

    /// The attribute that it reads.
    pub(super) fn tracked_entity_attribute(self) -> Option<Uid> {
        match self {
            Self::Attribute(id) | Self::Age(Birth::Attribute(id)) => Some(id),
            _ => None,
        }
    }
}

impl Value<'_> {
    /// As a number, where it is one as servers take them.
    pub(super) fn number(self) -> Option<f64> {
        match self {
            Self::Text(text) => parse_number(text),
            Self::Years(years) => Some(f64::from(years)),
        }
    }

    /// As a day, where it is a date or a date and time.
    pub(super) fn day(self) -> Option<NaiveDate> {
        match self {
            Self::Text(text) => day_of(text),
            Self::Years(_) => None,
        }
    }
}

/// The day of a date, or of a date and time.
fn day_of(text: &str) -> Option<NaiveDate> {
    let date = text.split_once('T').map_or(text, |(date, _)| date);
    NaiveDate::from_epoch_days(parse_date_days(date)?)
}
