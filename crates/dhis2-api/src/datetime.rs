//! DHIS2's ways of writing times, kept apart by type.
//!
//! | where | form | type here |
//! |---|---|---|
//! | data values (`created`, `lastUpdated`), tracker CSV | UTC with offset, `2024-01-15T09:15:30.250+0000` or `…Z` | [`Instant`] |
//! | tracker JSON, metadata, `serverDate` | the server's wall clock, no offset, `2024-01-15T09:15:30.250` | [`WallClock`] |
//! | period bounds, opening dates | a calendar date | [`chrono::NaiveDate`] |
//!
//! A [`WallClock`] becomes an [`Instant`] only through a [`ServerZone`]: nothing here guesses a zone.

use std::fmt;

use chrono::{DateTime, LocalResult, NaiveDate, NaiveDateTime, TimeDelta, TimeZone, Utc};

use crate::error::ApiError;

const MS_PER_DAY: i64 = 86_400_000;

/// A moment in time: milliseconds since 1970-01-01T00:00 UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(pub i64);

/// What a server's clock on the wall showed: milliseconds since 1970-01-01T00:00 **of that clock**.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WallClock(pub i64);

impl Instant {
    /// Reads what a person writes: a date (midnight UTC), or a date and time with `T` or a blank between, with an offset
    /// or without one (UTC, as in the columns of every frame).
    ///
    /// ```
    /// use dhis2_api::datetime::Instant;
    /// assert_eq!(Instant::parse("2024-01-15T12:00:00+05:45")?, Instant::parse("2024-01-15T06:15")?);
    /// # Ok::<(), dhis2_api::ApiError>(())
    /// ```
    ///
    /// # Errors
    /// [`ApiError::Instant`] for anything else.
    pub fn parse(text: &str) -> Result<Self, ApiError> {
        let trimmed = text.trim().replacen(' ', "T", 1);
        parse_instant_ms(&trimmed)
            .or_else(|| parse_wall_clock_ms(&trimmed))
            .map(Self)
            .ok_or_else(|| ApiError::Instant { text: text.to_owned() })
    }

    /// The present moment.
    pub fn now() -> Self {
        Self(Utc::now().timestamp_millis())
    }

    /// This moment moved by so many hours.
    pub fn plus_hours(self, hours: i64) -> Self {
        Self(self.0.saturating_add(hours.saturating_mul(3_600_000)))
    }
}

impl fmt::Display for Instant {
    /// `2024-01-15T09:15:30.250Z`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match DateTime::from_timestamp_millis(self.0) {
            Some(time) => write!(f, "{}", time.format("%Y-%m-%dT%H:%M:%S%.3fZ")),
            None => write!(f, "{} ms", self.0),
        }
    }
}

impl WallClock {
    /// The first moment of a day.
    pub fn start_of(day: NaiveDate) -> Self {
        Self(day.and_time(chrono::NaiveTime::MIN).and_utc().timestamp_millis())
    }

    fn naive(self) -> Option<NaiveDateTime> {
        DateTime::from_timestamp_millis(self.0).map(|time| time.naive_utc())
    }
}

/// The zone of a server's clock, from `/api/system/info` → `serverTimeZoneId`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ServerZone(chrono_tz::Tz);

impl ServerZone {
    /// UTC.
    pub const UTC: Self = Self(chrono_tz::UTC);

    /// Finds a zone by its IANA name.
    ///
    /// # Errors
    /// [`ApiError::TimeZone`] where there is none of that name.
    pub fn parse(name: &str) -> Result<Self, ApiError> {
        name.parse().map(Self).map_err(|_| ApiError::TimeZone { text: name.to_owned() })
    }

    /// The zone's IANA name.
    pub fn name(self) -> &'static str {
        self.0.name()
    }

    /// The moment at which the server's clock showed this. Of the two in an hour that autumn repeats, the earlier; in an
    /// hour that spring leaves out, the moment that the clock would have shown had it not been put forward.
    pub fn instant(self, wall: WallClock) -> Instant {
        let Some(naive) = wall.naive() else { return Instant(wall.0) };
        let of = |local: NaiveDateTime| match self.0.from_local_datetime(&local) {
            LocalResult::Single(time) | LocalResult::Ambiguous(time, _) => Some(time.timestamp_millis()),
            LocalResult::None => None,
        };
        let hour = TimeDelta::hours(1);
        of(naive).or_else(|| of(naive - hour).map(|ms| ms + hour.num_milliseconds())).map_or(Instant(wall.0), Instant)
    }

    /// What the server's clock shows at a moment.
    pub fn wall_clock(self, instant: Instant) -> WallClock {
        match self.0.timestamp_millis_opt(instant.0) {
            LocalResult::Single(time) | LocalResult::Ambiguous(time, _) => {
                WallClock(time.naive_local().and_utc().timestamp_millis())
            }
            LocalResult::None => WallClock(instant.0),
        }
    }
}

/// Reads a calendar date, `YYYY-MM-DD` and nothing else.
///
/// # Errors
/// [`ApiError::Date`] for anything else, a time of day included.
pub fn parse_date(text: &str) -> Result<NaiveDate, ApiError> {
    let bytes = text.as_bytes();
    (bytes.len() == 10)
        .then(|| date_days(bytes))
        .flatten()
        .and_then(|days| NaiveDate::from_epoch_days(i32::try_from(days).ok()?))
        .ok_or_else(|| ApiError::Date { text: text.to_owned() })
}

/// Reads a time **with** an offset (`Z`, `+0000`, `+01:00`, `-05`), with or without seconds and fraction, into
/// milliseconds since 1970 UTC; finer digits are cut. `None` for anything else, times without an offset included.
#[inline]
pub fn parse_instant_ms(text: &str) -> Option<i64> {
    let bytes = text.as_bytes();
    // The form of every data value on every server: 2026-11-22T15:30:38.000+0000.
    let (wall, offset) = match bytes {
        [wall @ .., b'Z'] => (wall, 0),
        [wall @ .., sign @ (b'+' | b'-'), a, b, c, d] | [wall @ .., sign @ (b'+' | b'-'), a, b, b':', c, d] => {
            (wall, offset_ms(*sign, two(*a, *b)?, two(*c, *d)?)?)
        }
        // A date's own dashes must not be taken for an offset: there has to be a time in front.
        [wall @ .., sign @ (b'+' | b'-'), a, b] if wall.len() > 10 => (wall, offset_ms(*sign, two(*a, *b)?, 0)?),
        _ => return None,
    };
    if wall.len() <= 10 {
        return None;
    }
    Some(wall_ms(wall)? - offset)
}

/// Reads a time **without** an offset, or a date alone (midnight), into milliseconds since 1970 of that clock; finer
/// digits are cut. `None` for anything else.
#[inline]
pub fn parse_wall_clock_ms(text: &str) -> Option<i64> {
    wall_ms(text.as_bytes())
}

fn offset_ms(sign: u8, hours: i64, minutes: i64) -> Option<i64> {
    (hours <= 18 && minutes < 60).then(|| {
        let ms = (hours * 60 + minutes) * 60_000;
        if sign == b'-' { -ms } else { ms }
    })
}

fn two(a: u8, b: u8) -> Option<i64> {
    (a.is_ascii_digit() && b.is_ascii_digit()).then(|| i64::from(a - b'0') * 10 + i64::from(b - b'0'))
}

#[inline]
fn wall_ms(bytes: &[u8]) -> Option<i64> {
    // The form of nearly every time that a server writes.
    if let Ok(bytes) = <&[u8; 23]>::try_from(bytes) {
        return usual_ms(bytes);
    }
    let days = date_days(bytes.get(..10)?)?;
    let time = match bytes.get(10..)? {
        [] => 0,
        [b'T', rest @ ..] => time_ms(rest)?,
        _ => return None,
    };
    Some(days * MS_PER_DAY + time)
}

/// Reads `2024-01-15T09:15:30.250` as the general way does, eight bytes at a time.
#[inline]
fn usual_ms(bytes: &[u8; 23]) -> Option<i64> {
    let [year_high, _, year_low, _, _, month, ..] = pairs(bytes, 0, *b"0000-00-", [4, 7])?;
    let [day, _, _, hour, _, _, minute, _] = pairs(bytes, 8, *b"00T00:00", [2, 5])?;
    let [_, _, second, _, _, centis, _, last] = pairs(bytes, 15, *b"0:00.000", [1, 4])?;
    if hour >= 24 || minute >= 60 || second >= 60 {
        return None;
    }
    let days = days_of(i64::from(year_high) * 100 + i64::from(year_low), i64::from(month), i64::from(day))?;
    let seconds = (i64::from(hour) * 60 + i64::from(minute)) * 60 + i64::from(second);
    // Of the last byte nothing stands behind: ten times its digit is there.
    Some(days * MS_PER_DAY + seconds * 1000 + i64::from(centis) * 10 + i64::from(last) / 10)
}

/// At each of eight bytes the number that it and the next one write; `None` where the text does not have the form: digits but
/// for the two separators.
#[inline]
fn pairs(bytes: &[u8; 23], at: usize, form: [u8; 8], separators: [usize; 2]) -> Option<[u8; 8]> {
    const EACH: u64 = 0x0101_0101_0101_0101;
    let eight = u64::from_le_bytes(*bytes[at..].first_chunk()?);
    // Now digits are 0 to 9 and separators 0.
    let digits = eight ^ u64::from_le_bytes(form);
    let above_nine = (digits | digits.wrapping_add(EACH * (0x80 - 10))) & (EACH * 0x80);
    let separator = |place: usize| digits & (0xFF << (8 * place));
    if above_nine | separator(separators[0]) | separator(separators[1]) != 0 {
        return None;
    }
    Some((digits * 10 + (digits >> 8)).to_le_bytes())
}

fn time_ms(bytes: &[u8]) -> Option<i64> {
    let (h, m, rest) = match bytes {
        [h1, h2, b':', m1, m2, rest @ ..] => (two(*h1, *h2)?, two(*m1, *m2)?, rest),
        _ => return None,
    };
    let (s, fraction) = match rest {
        [] => (0, 0),
        [b':', s1, s2] => (two(*s1, *s2)?, 0),
        [b':', s1, s2, b'.', digits @ ..] => (two(*s1, *s2)?, fraction_ms(digits)?),
        _ => return None,
    };
    (h < 24 && m < 60 && s < 60).then_some(((h * 60 + m) * 60 + s) * 1000 + fraction)
}

fn fraction_ms(digits: &[u8]) -> Option<i64> {
    if digits.is_empty() || digits.len() > 9 || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let digit = |i: usize| digits.get(i).map_or(0, |d| i64::from(d - b'0'));
    Some(digit(0) * 100 + digit(1) * 10 + digit(2))
}

/// Days since 1970-01-01 of a proleptic Gregorian date written `YYYY-MM-DD`.
fn date_days(bytes: &[u8]) -> Option<i64> {
    let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = *bytes else { return None };
    let year = two(y1, y2)? * 100 + two(y3, y4)?;
    days_of(year, two(m1, m2)?, two(d1, d2)?)
}

/// Days since 1970-01-01 of a date of the years 0 to 9999.
#[inline]
fn days_of(year: i64, month: i64, day: i64) -> Option<i64> {
    /// The days of a common year before each month, and of the year before it.
    const BEFORE: [i64; 13] = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365];
    let place = usize::try_from(month).ok()?;
    let (before, until) = (*BEFORE.get(place.checked_sub(1)?)?, *BEFORE.get(place)?);
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let longest = until - before + i64::from(leap && month == 2);
    if day < 1 || day > longest {
        return None;
    }
    // The leap days of the years before this one; of this one it counts from March on.
    let last = year - 1;
    let leap_days = last.div_euclid(4) - last.div_euclid(100) + last.div_euclid(400) + i64::from(leap && month > 2);
    Some(year * 365 + leap_days + before + day - 719_163 - 365)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NOON: i64 = 1_705_320_930_250; // 2024-01-15T12:15:30.250Z

    /// peer-bugs section 3: "Datetimes: `Z`, `+0000`, `+0100`, none, with and without milliseconds, date only [O33]".
    #[test]
    fn every_form_of_a_time_is_read() {
        for text in [
            "2024-01-15T12:15:30.250Z",
            "2024-01-15T12:15:30.250+0000",
            "2024-01-15T13:15:30.250+0100",
            "2024-01-15T13:15:30.250+01:00",
            "2024-01-15T13:15:30.250+01",
            "2024-01-15T07:15:30.250999-0500",
            "2024-01-15T18:00:30.25+0545",
        ] {
            assert_eq!(parse_instant_ms(text), Some(NOON), "{text}");
            assert_eq!(parse_wall_clock_ms(text), None, "{text}");
        }
        assert_eq!(parse_instant_ms("2024-01-15T12:15:30Z"), Some(NOON - 250));
        assert_eq!(parse_instant_ms("2024-01-15T12:15Z"), Some(NOON - 30_250));
        assert_eq!(parse_wall_clock_ms("2024-01-15T12:15:30.250"), Some(NOON));
        assert_eq!(parse_wall_clock_ms("2024-01-15T12:15:30"), Some(NOON - 250));
        assert_eq!(parse_wall_clock_ms("2024-01-15"), Some(1_705_276_800_000));
        assert_eq!(parse_instant_ms("2024-01-15T12:15:30.250"), None);
        assert_eq!(parse_instant_ms("2024-01-15"), None);
    }

    #[test]
    fn nonsense_is_no_time() {
        for text in [
            "",
            "2024",
            "2024-13-01",
            "2024-02-30",
            "2023-02-29",
            "2024-01-15T25:00",
            "2024-01-15 10:00",
            "yesterday",
            "2024-01-15T12:15:30.",
            "2024-01-15T12:15:30.+0000",
            "2024-01-15T1Z",
        ] {
            assert_eq!(parse_wall_clock_ms(text), None, "{text}");
            assert_eq!(parse_instant_ms(text), None, "{text}");
        }
        assert!(parse_date("2024-01-15T00:00").is_err());
        assert!(parse_date("20240115").is_err());
    }

    #[test]
    fn a_wall_clock_becomes_an_instant_through_the_servers_zone() {
        let noon = WallClock(parse_wall_clock_ms("2024-01-15T12:15:30.250").unwrap());
        for (zone, utc) in [
            ("Asia/Kathmandu", "2024-01-15T06:30:30.250Z"),
            ("America/Bogota", "2024-01-15T17:15:30.250Z"),
            ("Africa/Lagos", "2024-01-15T11:15:30.250Z"),
            ("UTC", "2024-01-15T12:15:30.250Z"),
        ] {
            let zone = ServerZone::parse(zone).unwrap();
            assert_eq!(zone.instant(noon).to_string(), utc);
            assert_eq!(zone.wall_clock(zone.instant(noon)), noon);
        }
        assert!(ServerZone::parse("Mars/Olympus").is_err());
    }

    #[test]
    fn hours_that_a_zone_repeats_or_leaves_out_have_an_instant() {
        let berlin = ServerZone::parse("Europe/Berlin").unwrap();
        let at = |text| berlin.instant(WallClock(parse_wall_clock_ms(text).unwrap())).to_string();
        assert_eq!(at("2024-10-27T02:30"), "2024-10-27T00:30:00.000Z");
        assert_eq!(at("2024-03-31T02:30"), "2024-03-31T01:30:00.000Z");
    }

    #[test]
    fn a_person_may_leave_out_what_is_clear() {
        assert_eq!(Instant::parse("2024-01-15").unwrap().to_string(), "2024-01-15T00:00:00.000Z");
        assert_eq!(Instant::parse("2024-01-15 12:15").unwrap().to_string(), "2024-01-15T12:15:00.000Z");
        assert!(Instant::parse("15.1.2024").is_err());
    }

    proptest! {
        #[test]
        fn times_are_read_as_chrono_reads_them(ms in -62_135_596_800_000_i64..253_402_300_799_999) {
            let time = DateTime::from_timestamp_millis(ms).unwrap();
            let text = time.format("%Y-%m-%dT%H:%M:%S%.3f").to_string();
            prop_assert_eq!(parse_wall_clock_ms(&text), Some(ms));
            let instant = format!("{text}+0000");
            prop_assert_eq!(parse_instant_ms(&instant), Some(ms));
            let shown = Instant(ms).to_string();
            prop_assert_eq!(parse_instant_ms(&shown), Some(ms));
        }

        /// The usual form is read eight bytes at a time; one with a digit more is not, and means the same.
        #[test]
        fn the_usual_form_is_read_as_any_other(
            ms in -62_135_596_800_000_i64..253_402_300_799_999, at in 0_usize..23, with in "[ -~]",
        ) {
            let time = DateTime::from_timestamp_millis(ms).unwrap();
            let mut text = time.format("%Y-%m-%dT%H:%M:%S%.3f").to_string();
            text.replace_range(at..=at, &with);
            prop_assert_eq!(parse_wall_clock_ms(&text), parse_wall_clock_ms(&format!("{text}0")), "{}", text);
        }

        #[test]
        fn no_text_makes_the_parsers_panic(text in "\\PC*") {
            let _ = (parse_wall_clock_ms(&text), parse_instant_ms(&text), parse_date(&text), Instant::parse(&text));
        }
    }
}
