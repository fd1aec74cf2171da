//! Dates and date-times as text.

const MS_PER_DAY: i64 = 86_400_000;
/// The calendar repeats every 400 years, which have this many days.
const DAYS_PER_CYCLE: i64 = 146_097;
/// Days from 0000-03-01 to 1970-01-01. Counted from a 1 March, the leap day is a year's last.
const DAYS_TO_EPOCH: i64 = 719_468;

/// Appends milliseconds since 1970 as `2024-01-15T09:15:30.250`, then `zone`.
///
/// Years outside 0 to 9999 have a sign and as many digits as they need; no `i64` fails.
pub(super) fn push(out: &mut Vec<u8>, ms: i64, zone: &str) {
    push_date(out, ms.div_euclid(MS_PER_DAY));
    let in_day = ms.rem_euclid(MS_PER_DAY).unsigned_abs();
    out.push(b'T');
    push_digits(out, in_day / 3_600_000, 2);
    out.push(b':');
    push_digits(out, in_day / 60_000 % 60, 2);
    out.push(b':');
    push_digits(out, in_day / 1000 % 60, 2);
    out.push(b'.');
    push_digits(out, in_day % 1000, 3);
    out.extend_from_slice(zone.as_bytes());
}

/// Appends the day so many days after 1970-01-01 as `2024-01-15`; years as [`push`] writes them.
pub(super) fn push_date(out: &mut Vec<u8>, days: i64) {
    let (year, month, day) = date(days);
    if !(0..=9999).contains(&year) {
        out.push(if year < 0 { b'-' } else { b'+' });
    }
    push_digits(out, year.unsigned_abs(), 4);
    out.push(b'-');
    push_digits(out, month, 2);
    out.push(b'-');
    push_digits(out, day, 2);
}

/// Year, month and day of the proleptic Gregorian calendar, `days` after 1970-01-01.
fn date(days: i64) -> (i64, u64, u64) {
    let days = days + DAYS_TO_EPOCH;
    let cycle = days.div_euclid(DAYS_PER_CYCLE);
    let in_cycle = days.rem_euclid(DAYS_PER_CYCLE);
    // Centuries of a cycle have 36 524 days but for the last, which has one more; the same for the years of a
    // group of four. Hence the minima: the extra day belongs to the unit before it.
    let century = (in_cycle / 36_524).min(3);
    let in_century = in_cycle - century * 36_524;
    let group = in_century / 1461;
    let in_group = in_century - group * 1461;
    let year_of_group = (in_group / 365).min(3);
    let day_of_year = (in_group - year_of_group * 365).unsigned_abs();
    // From March on, months of 31, 30, 31, 30, 31 days repeat: 153 days in five months.
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let year = 400 * cycle + 100 * century + 4 * group + year_of_group;
    if month < 10 { (year, month + 3, day) } else { (year + 1, month - 9, day) }
}

/// Appends `value` in decimal with at least `width` digits.
fn push_digits(out: &mut Vec<u8>, mut value: u64, width: usize) {
    let start = out.len();
    while value > 0 || out.len() < start + width {
        out.push(b"0123456789"[(value % 10) as usize]);
        value /= 10;
    }
    out[start..].reverse();
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use proptest::prelude::*;

    use super::*;

    fn text(ms: i64) -> String {
        let mut out = Vec::new();
        push(&mut out, ms, "Z");
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn milliseconds_and_zone_are_always_written() {
        assert_eq!(text(1_705_310_130_250), "2024-01-15T09:15:30.250Z");
        assert_eq!(text(1_705_310_130_000), "2024-01-15T09:15:30.000Z");
        assert_eq!(text(0), "1970-01-01T00:00:00.000Z");
        assert_eq!(text(-1), "1969-12-31T23:59:59.999Z");
        let mut out = Vec::new();
        push(&mut out, 0, "");
        assert_eq!(out, b"1970-01-01T00:00:00.000");
    }

    #[test]
    fn every_day_of_a_calendar_cycle_is_right() {
        for day in 0..=DAYS_PER_CYCLE {
            let ms = (day - DAYS_PER_CYCLE / 2) * MS_PER_DAY;
            let theirs = DateTime::from_timestamp_millis(ms).unwrap();
            assert_eq!(text(ms), theirs.format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string());
        }
    }

    #[test]
    fn no_instant_is_too_far() {
        assert_eq!(text(i64::MIN), "-292275055-05-16T16:47:04.192Z");
        assert_eq!(text(i64::MAX), "+292278994-08-17T07:12:55.807Z");
    }

    proptest! {
        #[test]
        fn it_agrees_with_chrono(ms in -377_705_116_800_000_i64..253_402_300_800_000) {
            let theirs = DateTime::from_timestamp_millis(ms).unwrap();
            let theirs = theirs.format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string();
            prop_assert_eq!(text(ms), theirs);
        }
    }
}
