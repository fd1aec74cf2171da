//! Values of a file of faults that have bounds.

use std::time::Duration;

use serde::de::{Deserialize, Deserializer, Error, Unexpected};

pub(super) fn one() -> u64 {
    1
}

pub(super) fn certain() -> f64 {
    1.0
}

pub(super) fn every<'de, D: Deserializer<'de>>(from: D) -> Result<u64, D::Error> {
    match u64::deserialize(from)? {
        0 => {
            Err(D::Error::invalid_value(Unexpected::Unsigned(0), &"1 for every request, 2 for every second, and so on"))
        }
        every => Ok(every),
    }
}

pub(super) fn probability<'de, D: Deserializer<'de>>(from: D) -> Result<f64, D::Error> {
    let probability = f64::deserialize(from)?;
    if (0.0..=1.0).contains(&probability) {
        return Ok(probability);
    }
    Err(D::Error::invalid_value(Unexpected::Float(probability), &"a number from 0 to 1"))
}

/// A status that says that something went wrong.
pub(super) fn status<'de, D: Deserializer<'de>>(from: D) -> Result<u16, D::Error> {
    let code = u16::deserialize(from)?;
    if (400..600).contains(&code) {
        return Ok(code);
    }
    Err(D::Error::invalid_value(Unexpected::Unsigned(code.into()), &"a status from 400 to 599"))
}

/// What bytes are counted by.
pub(super) fn piece<'de, D: Deserializer<'de>>(from: D) -> Result<usize, D::Error> {
    match usize::deserialize(from)? {
        0 => Err(D::Error::invalid_value(Unexpected::Unsigned(0), &"at least one byte")),
        bytes => Ok(bytes),
    }
}

pub(super) fn milliseconds<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
    u64::deserialize(from).map(Duration::from_millis)
}

pub(super) fn microseconds<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
    u64::deserialize(from).map(Duration::from_micros)
}

/// A method that servers answer.
pub(super) fn method<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    let method = String::deserialize(from)?;
    if matches!(method.as_str(), "GET" | "HEAD" | "POST") {
        return Ok(Some(method));
    }
    Err(D::Error::invalid_value(Unexpected::Str(&method), &"`GET`, `HEAD` or `POST`"))
}
