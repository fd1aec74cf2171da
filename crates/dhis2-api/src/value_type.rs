//! Value types: what a data element or attribute may hold, and how its values are written.
//!
//! Every value travels and is stored as text. The readers here take the forms that servers accept when a value is
//! entered; whether a number lies in the range of its type (`PERCENTAGE`, `INTEGER_POSITIVE`) is not looked at, since that
//! rule has changed between versions and values entered before stay as they are.

use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::datetime::parse_wall_clock_ms;

macro_rules! value_types {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)*) => {
        /// The value type of a data element or attribute: `valueType` of `GET /api/dataElements` and
        /// `/api/trackedEntityAttributes`, 2.38 to 2.43.
        ///
        /// ```
        /// use dhis2_api::value_type::ValueType;
        ///
        /// assert_eq!(ValueType::of("INTEGER_POSITIVE"), ValueType::IntegerPositive);
        /// assert_eq!(ValueType::of("HOLOGRAM").as_str(), "HOLOGRAM");
        /// ```
        #[derive(Debug, Clone, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum ValueType {
            $($(#[$doc])* $name,)*
            /// A type that this version of the crate does not know, by its name.
            Other(String),
        }

        impl ValueType {
            /// The type of a name as servers write it. A name that is unknown is a type too.
            pub fn of(name: &str) -> Self {
                match name {
                    $($text => Self::$name,)*
                    _ => Self::Other(name.to_owned()),
                }
            }

            /// The name as servers write it.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$name => $text,)*
                    Self::Other(name) => name,
                }
            }

            /// Every type that is known by name.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];
        }
    };
}

value_types! {
    /// Text of one line.
    Text = "TEXT",
    /// Text of many lines.
    LongText = "LONG_TEXT",
    /// Codes of several options, with commas between.
    MultiText = "MULTI_TEXT",
    /// One letter.
    Letter = "LETTER",
    /// A telephone number.
    PhoneNumber = "PHONE_NUMBER",
    /// An e-mail address.
    Email = "EMAIL",
    /// `true` or `false`.
    Boolean = "BOOLEAN",
    /// `true`, or no value.
    TrueOnly = "TRUE_ONLY",
    /// A calendar date.
    Date = "DATE",
    /// A calendar date and time.
    DateTime = "DATETIME",
    /// A time of day, `HH:MM`.
    Time = "TIME",
    /// A number.
    Number = "NUMBER",
    /// A number from 0 to 1.
    UnitInterval = "UNIT_INTERVAL",
    /// A number from 0 to 100.
    Percentage = "PERCENTAGE",
    /// A whole number.
    Integer = "INTEGER",
    /// A whole number above 0.
    IntegerPositive = "INTEGER_POSITIVE",
    /// A whole number below 0.
    IntegerNegative = "INTEGER_NEGATIVE",
    /// A whole number, 0 or above.
    IntegerZeroOrPositive = "INTEGER_ZERO_OR_POSITIVE",
    /// The uid of a tracked entity.
    TrackerAssociate = "TRACKER_ASSOCIATE",
    /// A login name.
    Username = "USERNAME",
    /// A point, `[longitude,latitude]`.
    Coordinate = "COORDINATE",
    /// The uid of an organisation unit.
    OrganisationUnit = "ORGANISATION_UNIT",
    /// The uid of some other object.
    Reference = "REFERENCE",
    /// A date of birth, from which forms show an age.
    Age = "AGE",
    /// A web address.
    Url = "URL",
    /// The uid of a file.
    FileResource = "FILE_RESOURCE",
    /// The uid of an image.
    Image = "IMAGE",
    /// A place or outline, as `GeoJSON` text.
    GeoJson = "GEOJSON",
}

impl ValueType {
    /// Whether servers compare its values as numbers.
    pub fn is_number(&self) -> bool {
        matches!(
            self,
            Self::Integer
                | Self::IntegerPositive
                | Self::IntegerNegative
                | Self::IntegerZeroOrPositive
                | Self::Number
                | Self::UnitInterval
                | Self::Percentage
        )
    }
}

impl fmt::Display for ValueType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for ValueType {
    type Err = Infallible;

    fn from_str(name: &str) -> Result<Self, Infallible> {
        Ok(Self::of(name))
    }
}

impl Serialize for ValueType {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for ValueType {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|name| Self::of(&name))
    }
}

/// Reads a whole number as servers take it: digits without a leading zero, after a `-` where it is negative. No `+`, no
/// point, no exponent, no blanks, no separators; `None` for these, and for what does not fit 64 bits (servers take 32).
///
/// ```
/// # use dhis2_api::value_type::parse_integer;
/// assert_eq!(parse_integer("-17"), Some(-17));
/// assert_eq!([parse_integer("017"), parse_integer("17.0"), parse_integer("1 000"), parse_integer("-0")], [None; 4]);
/// ```
pub fn parse_integer(text: &str) -> Option<i64> {
    is_whole(text.as_bytes(), false).then(|| text.parse().ok()).flatten()
}

/// Reads a number as servers take it: a whole number (`-0` too), then perhaps a point and digits, then perhaps `E` or `e`
/// and an exponent. `None` for anything else, and for what is too large for a [`f64`].
///
/// ```
/// # use dhis2_api::value_type::parse_number;
/// assert_eq!([parse_number("-0.5"), parse_number("1.0E-3")], [Some(-0.5), Some(0.001)]);
/// assert_eq!([parse_number(".5"), parse_number("1,5"), parse_number("NaN"), parse_number(" 1")], [None; 4]);
/// ```
pub fn parse_number(text: &str) -> Option<f64> {
    let bytes = text.as_bytes();
    let (mantissa, exponent) = cut(bytes, |byte| matches!(byte, b'E' | b'e'));
    let (whole, fraction) = cut(mantissa, |byte| byte == b'.');
    let exponent = exponent.map(|digits| digits.strip_prefix(b"-").unwrap_or(digits));
    let fits = is_whole(whole, true) && fraction.is_none_or(are_digits) && exponent.is_none_or(are_digits);
    fits.then(|| text.parse().ok()).flatten().filter(|number: &f64| number.is_finite())
}

/// Reads a truth value: `true` and `false` in upper or lower case, and the short forms that servers make these of when
/// data values are entered: `t`, `T`, `1` and `f`, `F`, `0`.
pub fn parse_boolean(text: &str) -> Option<bool> {
    match text {
        "true" | "t" | "T" | "1" => Some(true),
        "false" | "f" | "F" | "0" => Some(false),
        _ if text.eq_ignore_ascii_case("true") => Some(true),
        _ if text.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}

/// Reads a calendar date, `YYYY-MM-DD` and nothing else, into days since 1970-01-01. A date that the Gregorian calendar
/// does not have is none: servers with another calendar may hold some.
pub fn parse_date_days(text: &str) -> Option<i32> {
    let ms = (text.len() == 10).then(|| parse_wall_clock_ms(text)).flatten()?;
    i32::try_from(ms.div_euclid(86_400_000)).ok()
}

/// Reads a calendar date and time, `YYYY-MM-DDTHH:MM[:SS[.sss]]`, into milliseconds since 1970-01-01T00:00 of the clock
/// that showed it. `None` without a time, and for a time with an offset: it would not stand beside those without.
pub fn parse_datetime_ms(text: &str) -> Option<i64> {
    (text.len() > 10).then(|| parse_wall_clock_ms(text)).flatten()
}

/// Reads a point, longitude first: `[-11.41,8.48]`, with or without the brackets, with or without blanks about the
/// numbers.
///
/// ```
/// # use dhis2_api::value_type::parse_coordinate;
/// assert_eq!(parse_coordinate("[-11.41, 8.48]"), Some((-11.41, 8.48)));
/// assert_eq!(parse_coordinate("[-11.41]"), None);
/// ```
pub fn parse_coordinate(text: &str) -> Option<(f64, f64)> {
    let text = text.trim();
    let inner = match text.strip_prefix('[') {
        Some(rest) => rest.strip_suffix(']')?,
        None => text,
    };
    let (longitude, latitude) = inner.split_once(',')?;
    let number = |text: &str| text.trim().parse().ok().filter(|number: &f64| number.is_finite());
    Some((number(longitude)?, number(latitude)?))
}

/// What stands before the first such byte, and what after it.
fn cut(bytes: &[u8], at: impl Fn(u8) -> bool) -> (&[u8], Option<&[u8]>) {
    match bytes.iter().position(|byte| at(*byte)) {
        Some(place) => (&bytes[..place], Some(&bytes[place + 1..])),
        None => (bytes, None),
    }
}

fn is_whole(bytes: &[u8], negative_zero: bool) -> bool {
    let (negative, digits) = match bytes.strip_prefix(b"-") {
        Some(digits) => (true, digits),
        None => (false, bytes),
    };
    match digits {
        [b'0'] => !negative || negative_zero,
        [b'1'..=b'9', rest @ ..] => rest.iter().all(u8::is_ascii_digit),
        _ => false,
    }
}

fn are_digits(bytes: &[u8]) -> bool {
    !bytes.is_empty() && bytes.iter().all(u8::is_ascii_digit)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_type_is_found_by_its_name() {
        for kind in ValueType::ALL {
            assert_eq!(ValueType::of(kind.as_str()), *kind);
            assert_eq!(serde_json::to_string(kind).unwrap(), format!("\"{kind}\""));
        }
        let unknown: ValueType = serde_json::from_str("\"HOLOGRAM\"").unwrap();
        assert_eq!(unknown, ValueType::Other("HOLOGRAM".to_owned()));
        assert_eq!("AGE".parse(), Ok(ValueType::Age));
    }

    #[test]
    fn whole_numbers_are_taken_as_servers_take_them() {
        for (text, number) in [
            ("0", Some(0)),
            ("7", Some(7)),
            ("-7", Some(-7)),
            ("9223372036854775807", Some(i64::MAX)),
            ("-9223372036854775808", Some(i64::MIN)),
            ("9223372036854775808", None),
        ] {
            assert_eq!(parse_integer(text), number, "{text}");
        }
        for text in ["", "-", "-0", "007", "+7", "7.0", "1e5", " 7", "7 ", "1,000", "1 000", "٧", "0x7"] {
            assert_eq!(parse_integer(text), None, "{text}");
        }
    }

    #[test]
    fn numbers_are_taken_as_servers_take_them() {
        for (text, number) in [("-0", -0.0), ("3", 3.0), ("-3.50", -3.5), ("1.5E10", 1.5e10), ("1e-5", 1e-5)] {
            assert_eq!(parse_number(text), Some(number), "{text}");
        }
        for text in ["", "-", ".", ".5", "5.", "05", "+5", "1,5", "1E", "1E+5", "1E999", "inf", "NaN", " 5", "1 000"] {
            assert_eq!(parse_number(text), None, "{text}");
        }
    }

    #[test]
    fn truth_has_few_spellings() {
        for (text, truth) in [("true", true), ("TRUE", true), ("False", false), ("1", true), ("0", false), ("T", true)]
        {
            assert_eq!(parse_boolean(text), Some(truth), "{text}");
        }
        for text in ["", "yes", "2", " true", "truee"] {
            assert_eq!(parse_boolean(text), None, "{text}");
        }
    }

    #[test]
    fn a_date_has_no_time_and_a_date_time_has_one() {
        assert_eq!(parse_date_days("1970-01-02"), Some(1));
        assert_eq!(parse_date_days("1969-12-31"), Some(-1));
        assert_eq!(parse_datetime_ms("1970-01-01T00:01"), Some(60_000));
        assert_eq!(parse_datetime_ms("1970-01-01T00:00:01.5"), Some(1_500));
        for text in ["", "2024-02-30", "2079-02-32", "2024-1-5", "20240105", "2024-01-05T00:00"] {
            assert_eq!(parse_date_days(text), None, "{text}");
        }
        for text in ["", "2024-01-05", "2024-01-05T25:00", "2024-01-05T10:00Z", "2024-01-05T10:00+01:00"] {
            assert_eq!(parse_datetime_ms(text), None, "{text}");
        }
    }

    #[test]
    fn a_point_has_two_numbers() {
        assert_eq!(parse_coordinate("-11.5,8"), Some((-11.5, 8.0)));
        assert_eq!(parse_coordinate(" [ -11.5 , 8 ] "), Some((-11.5, 8.0)));
        for text in ["", "[]", "[1]", "[1,2", "1,2]", "[1,2,3]", "[a,b]", "[NaN,1]", "1 2"] {
            assert_eq!(parse_coordinate(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn numbers_come_back_as_they_were_written(whole: i64, real in -1e300_f64..1e300) {
            prop_assert_eq!(parse_integer(&whole.to_string()), Some(whole));
            let (plain, short) = (format!("{real:?}"), format!("{real:E}"));
            prop_assert_eq!(parse_number(&plain), Some(real));
            prop_assert_eq!(parse_number(&short), Some(real));
            prop_assert_eq!(parse_coordinate(&format!("[{real},{whole}]")).map(|point| point.0), Some(real));
        }

        #[test]
        fn no_text_makes_the_readers_panic(text in "\\PC*") {
            let _ = (parse_integer(&text), parse_number(&text), parse_boolean(&text), parse_date_days(&text));
            let _ = (parse_datetime_ms(&text), parse_coordinate(&text));
        }
    }
}
