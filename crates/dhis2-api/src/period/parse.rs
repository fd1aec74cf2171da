//! Reading ids.

use super::arithmetic::{self, Shape};
use super::{Period, PeriodError, PeriodType, text};

pub(super) fn period(id: &str) -> Result<Period, PeriodError> {
    let (year, tail) = split_year(id).ok_or_else(|| PeriodError::unknown_form(id))?;
    match tail.as_bytes() {
        [] => numbered(id, PeriodType::Yearly, year, 1),
        [first, ..] if first.is_ascii_alphabetic() => lettered(id, year, tail),
        _ => digits_only(id, year, tail),
    }
}

/// Four digits and the rest.
fn split_year(id: &str) -> Option<(i32, &str)> {
    let (year, tail) = id.split_at_checked(4)?;
    let year = digits(year)?;
    Some((i32::try_from(year).ok()?, tail))
}

/// `2024W5`, `2024NovQ1`, `2024April`: the letters give the type.
fn lettered(id: &str, year: i32, tail: &str) -> Result<Period, PeriodError> {
    let unknown = || PeriodError::unknown_form(id);
    let length = tail.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(tail.len());
    let (letters, rest) = tail.split_at(length);
    let period_type =
        PeriodType::ALL.iter().copied().find(|period_type| period_type.infix() == letters).ok_or_else(unknown)?;
    let unnumbered = matches!(period_type.shape(), Shape::Months { length: 12, .. });
    match (unnumbered, rest.len()) {
        (true, 0) => numbered(id, period_type, year, 1),
        (false, 1 | 2) => {
            let number = digits(rest).ok_or_else(unknown)?;
            let period = numbered(id, period_type, year, number)?;
            if rest.starts_with('0') {
                return Err(PeriodError::padded(id, &period.id()));
            }
            Ok(period)
        }
        _ => Err(unknown()),
    }
}

/// `202401`, `2024-01`, `202401B`, `20240131`, `2024-01-31`.
fn digits_only(id: &str, year: i32, tail: &str) -> Result<Period, PeriodError> {
    let unknown = || PeriodError::unknown_form(id);
    let two = |from: usize| tail.get(from..from + 2).and_then(digits).ok_or_else(unknown);
    match tail.as_bytes() {
        [_, _] => numbered(id, PeriodType::Monthly, year, two(0)?),
        [b'-', _, _] => numbered(id, PeriodType::Monthly, year, two(1)?),
        [_, _, b'B'] => numbered(id, PeriodType::BiMonthly, year, two(0)?),
        [_, _, _, _] => numbered(id, PeriodType::Daily, year, two(0)? * 100 + two(2)?),
        [b'-', _, _, b'-', _, _] => numbered(id, PeriodType::Daily, year, two(1)? * 100 + two(4)?),
        _ => Err(unknown()),
    }
}

fn numbered(id: &str, period_type: PeriodType, year: i32, number: u32) -> Result<Period, PeriodError> {
    if year < 1 {
        return Err(PeriodError::outside_years(id));
    }
    let start = arithmetic::start(period_type.shape(), year, number).ok_or_else(|| no_such(id, period_type, year))?;
    Period::containing(period_type, start).ok_or_else(|| PeriodError::outside_years(id))
}

fn no_such(id: &str, period_type: PeriodType, year: i32) -> PeriodError {
    let (first, last) = arithmetic::numbers(period_type.shape(), year);
    PeriodError::no_such(id, period_type, text::id(period_type, year, first), text::id(period_type, year, last))
}

/// The value of ASCII digits alone, few enough for a `u32`.
fn digits(text: &str) -> Option<u32> {
    // `parse` would take a sign.
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}
