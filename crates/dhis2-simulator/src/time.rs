//! Times as DHIS2 reads and writes them.

use chrono::{
    DateTime, Datelike, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone, Timelike, Utc,
};
use chrono_tz::Tz;

/// A time sent in a query: a wall clock, and the zone if there was one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SentTime {
    pub(crate) wall: NaiveDateTime,
    pub(crate) offset: Option<FixedOffset>,
    /// Nothing finer than a day was sent.
    pub(crate) date_only: bool,
}

impl SentTime {
    /// Reads `yyyy`, `yyyy-MM`, `yyyyMMdd`, `yyyy-MM-dd` and `yyyy-MM-ddTHH[:mm[:ss[.SSS…]]]`, each with or without an
    /// offset. A missing part counts as the first.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (date_text, time_text) = match text.split_once('T') {
            Some((date, time)) => (date, Some(time)),
            None => (text, None),
        };
        let (time_text, offset) = match time_text {
            Some(time) => {
                let at = time.find(['Z', '+', '-']).unwrap_or(time.len());
                let (time, offset) = time.split_at(at);
                (Some(time), if offset.is_empty() { None } else { Some(parse_offset(offset)?) })
            }
            None => (None, None),
        };
        let date = parse_date(date_text)?;
        let time = time_text.map_or(Some(NaiveTime::MIN), parse_time)?;
        Some(Self { wall: date.and_time(time), offset, date_only: time_text.is_none() })
    }

    /// The instant meant, in milliseconds since 1970 in UTC; without a zone the server's counts.
    pub(crate) fn instant(&self, zone: Tz) -> i64 {
        let local = self.offset.map(|offset| (self.wall - offset).and_utc().timestamp_millis());
        local.unwrap_or_else(|| instant_of(self.wall, zone))
    }

    /// The same in the server's wall clock, in milliseconds.
    pub(crate) fn wall_millis(&self, zone: Tz) -> i64 {
        match self.offset {
            None => self.wall.and_utc().timestamp_millis(),
            Some(_) => wall_of(self.instant(zone), zone),
        }
    }
}

fn parse_date(text: &str) -> Option<NaiveDate> {
    let digits = |s: &str, n: usize| s.len() == n && s.bytes().all(|b| b.is_ascii_digit());
    let number = |s: &str| s.parse::<u32>().ok();
    if digits(text, 8) {
        return NaiveDate::from_ymd_opt(text[..4].parse().ok()?, number(&text[4..6])?, number(&text[6..])?);
    }
    let mut parts = text.split('-');
    let year = parts.next().filter(|y| digits(y, 4))?.parse().ok()?;
    let month = parts.next().map_or(Some(1), |m| if digits(m, 2) { number(m) } else { None })?;
    let day = parts.next().map_or(Some(1), |d| if digits(d, 2) { number(d) } else { None })?;
    if parts.next().is_some() {
        return None;
    }
    NaiveDate::from_ymd_opt(year, month, day)
}

fn parse_time(text: &str) -> Option<NaiveTime> {
    let mut parts = text.split(':');
    let mut number = || parts.next().map_or(Some(0.0), |p| p.parse::<f64>().ok().filter(|n| *n >= 0.0));
    let (hour, minute, second) = (number()?, number()?, number()?);
    if parts.next().is_some() || hour.fract() != 0.0 || minute.fract() != 0.0 {
        return None;
    }
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // non-negative, and too large ones are refused
    let (hour, minute, nanos) = (hour as u32, minute as u32, (second * 1e9).round() as u64);
    let whole = u32::try_from(nanos / 1_000_000_000).ok()?;
    let rest = u32::try_from(nanos % 1_000_000_000).ok()?;
    NaiveTime::from_hms_nano_opt(hour, minute, whole, rest)
}

fn parse_offset(text: &str) -> Option<FixedOffset> {
    if text == "Z" {
        return FixedOffset::east_opt(0);
    }
    let (sign, digits) = (if text.starts_with('-') { -1 } else { 1 }, text[1..].replace(':', ""));
    let (hours, minutes) = match digits.len() {
        2 => (digits.parse::<i32>().ok()?, 0),
        4 => (digits[..2].parse::<i32>().ok()?, digits[2..].parse::<i32>().ok()?),
        _ => return None,
    };
    FixedOffset::east_opt(sign * (hours * 3600 + minutes * 60))
}

/// The instant of a wall clock. Of an hour that comes twice the first is meant; one that is left out is taken as if the
/// clock had not been put forward.
pub(crate) fn instant_of(wall: NaiveDateTime, zone: Tz) -> i64 {
    zone.from_local_datetime(&wall).earliest().map_or_else(
        || zone.from_utc_datetime(&(wall - TimeDelta::hours(1))).timestamp_millis(),
        |time| time.timestamp_millis(),
    )
}

/// The wall clock of an instant, in milliseconds.
pub(crate) fn wall_of(instant: i64, zone: Tz) -> i64 {
    instant + offset_millis(instant, zone)
}

/// How far the zone's clock is ahead of UTC at an instant, in milliseconds.
pub(crate) fn offset_millis(instant: i64, zone: Tz) -> i64 {
    use chrono::Offset;
    let utc = from_millis(instant);
    i64::from(zone.offset_from_utc_datetime(&utc).fix().local_minus_utc()) * 1000
}

/// Milliseconds since 1970 as a date and time. Beyond what the calendar holds: 1970.
pub(crate) fn from_millis(millis: i64) -> NaiveDateTime {
    DateTime::<Utc>::from_timestamp_millis(millis).unwrap_or_default().naive_utc()
}

/// Midnight of an instant's day in a zone, as an instant.
pub(crate) fn start_of_day(instant: i64, zone: Tz) -> i64 {
    let day = from_millis(wall_of(instant, zone)).date();
    instant_of(day.and_time(NaiveTime::MIN), zone)
}

/// `n` units of `d`, `h`, `m` or `s` in milliseconds.
pub(crate) fn parse_duration(text: &str) -> Option<i64> {
    let at = text.len().checked_sub(1).filter(|&at| text.is_char_boundary(at))?;
    let number: i64 = text[..at].parse().ok()?;
    let unit = match &text[at..] {
        "d" => 86_400_000,
        "h" => 3_600_000,
        "m" => 60_000,
        "s" => 1_000,
        _ => return None,
    };
    number.checked_mul(unit)
}

/// Appends `yyyy-MM-ddTHH:mm:ss.SSS` of a clock given in milliseconds.
pub(crate) fn write_millis(out: &mut Vec<u8>, millis: i64) {
    let time = from_millis(millis);
    let year = u32::try_from(time.year()).unwrap_or(0);
    digits(out, year, 4);
    for (mark, number) in
        [(b'-', time.month()), (b'-', time.day()), (b'T', time.hour()), (b':', time.minute()), (b':', time.second())]
    {
        out.push(mark);
        digits(out, number, 2);
    }
    out.push(b'.');
    digits(out, time.nanosecond() / 1_000_000, 3);
}

fn digits(out: &mut Vec<u8>, number: u32, width: u32) {
    for place in (0..width).rev() {
        out.push(b'0' + u8::try_from(number / 10u32.pow(place) % 10).unwrap_or(0));
    }
}

/// `yyyy-MM-ddTHH:mm:ss.SSS`.
pub(crate) fn millis_text(millis: i64) -> String {
    let mut out = Vec::with_capacity(23);
    write_millis(&mut out, millis);
    String::from_utf8_lossy(&out).into_owned()
}

/// A UTC instant as CSV of the tracker writes it: `Z`, and a fraction only where there is one.
pub(crate) fn instant_text(millis: i64) -> String {
    let text = millis_text(millis);
    match text.strip_suffix(".000") {
        Some(whole) => format!("{whole}Z"),
        None => format!("{text}Z"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wall(text: &str) -> String {
        millis_text(SentTime::parse(text).unwrap().wall.and_utc().timestamp_millis())
    }

    #[test]
    fn every_accepted_form_is_read_and_missing_parts_count_as_the_first() {
        for (text, expected) in [
            ("2024", "2024-01-01T00:00:00.000"),
            ("2023-05", "2023-05-01T00:00:00.000"),
            ("20240115", "2024-01-15T00:00:00.000"),
            ("2024-01-15", "2024-01-15T00:00:00.000"),
            ("2024-01-15T13", "2024-01-15T13:00:00.000"),
            ("2024-01-15T13:07", "2024-01-15T13:07:00.000"),
            ("2024-01-15T13:07:59", "2024-01-15T13:07:59.000"),
            ("2024-01-15T23:59:59.999", "2024-01-15T23:59:59.999"),
        ] {
            assert_eq!(wall(text), expected, "{text}");
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for text in
            ["", "yesterday", "2024-1-15", "2024-13-01", "2024-01-15 13:00", "2024-01-15T25", "2024-01-15T1:2:3:4"]
        {
            assert_eq!(SentTime::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_zone_counts_and_without_one_the_servers_does() {
        let zone = chrono_tz::Asia::Kathmandu;
        let at = |text: &str| SentTime::parse(text).unwrap().instant(zone);
        assert_eq!(at("2024-01-15T05:45:00"), at("2024-01-15T00:00:00Z"));
        assert_eq!(at("2024-01-15T01:00:00+01:00"), at("2024-01-15T00:00:00Z"));
        assert_eq!(at("2024-01-15T00:00:00-0500"), at("2024-01-15T05:00:00Z"));
        assert_eq!(SentTime::parse("2024-01-15T00:00:00Z").unwrap().wall_millis(zone), at("2024-01-15T05:45Z"));
    }

    #[test]
    fn durations_have_a_unit() {
        assert_eq!(parse_duration("10d"), Some(864_000_000));
        assert_eq!(parse_duration("90m"), Some(5_400_000));
        for wrong in ["", "d", "10", "10x", "é"] {
            assert_eq!(parse_duration(wrong), None, "{wrong}");
        }
    }
}
