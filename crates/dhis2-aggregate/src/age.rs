//! How long ago: `3d`.

use std::fmt;

use dhis2_api::datetime::Instant;

use crate::error::QueryError;

/// A duration back from now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Age {
    count: u32,
    unit: char,
}

impl Age {
    /// Reads a number and a unit.
    pub(crate) fn parse(text: &str) -> Result<Self, QueryError> {
        let trimmed = text.trim();
        let number = trimmed.strip_suffix(['d', 'h', 'm', 's']);
        let count = number.filter(|number| number.bytes().all(|b| b.is_ascii_digit())).and_then(|n| n.parse().ok());
        match (count, trimmed.chars().last()) {
            (Some(count), Some(unit)) => Ok(Self { count, unit }),
            _ => Err(QueryError::Duration { text: text.to_owned() }),
        }
    }

    /// The moment that long before another.
    pub(crate) fn before(self, now: Instant) -> Instant {
        let seconds = match self.unit {
            'd' => 86_400,
            'h' => 3_600,
            'm' => 60,
            _ => 1,
        };
        // At most 2^32 days, in milliseconds: far below what an i64 holds. Before 1900 no value was stored.
        Instant(now.0.saturating_sub(i64::from(self.count) * seconds * 1_000).max(EARLIEST))
    }
}

/// The beginning of 1900, in milliseconds.
const EARLIEST: i64 = -2_208_988_800_000;

impl fmt::Display for Age {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.count, self.unit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_and_a_unit_are_so_long_before_now() {
        let now = Instant::parse("2024-03-01T12:00:00Z").unwrap();
        for (text, moment) in [
            ("1d", "2024-02-29T12:00:00Z"),
            (" 36h ", "2024-02-29T00:00:00Z"),
            ("90m", "2024-03-01T10:30:00Z"),
            ("0s", "2024-03-01T12:00:00Z"),
            ("4294967295d", "1900-01-01T00:00:00Z"),
        ] {
            assert_eq!(Age::parse(text).unwrap().before(now), Instant::parse(moment).unwrap(), "{text}");
        }
        assert_eq!(Age::parse(" 36h ").unwrap().to_string(), "36h");
    }

    #[test]
    fn anything_else_is_refused() {
        for text in ["", "d", "3", "3w", "-3d", "+3d", "1.5d", "3 d", "99999999999d", "é"] {
            assert_eq!(Age::parse(text), Err(QueryError::Duration { text: text.to_owned() }));
        }
    }
}
