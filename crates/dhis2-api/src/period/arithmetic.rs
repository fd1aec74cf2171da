//! From days to the numbers of periods and back, without bounds on the year.

use chrono::{Datelike, Days, NaiveDate, Weekday};

/// How the periods of a type follow each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// Days, numbered as in the id: 100 × month + day.
    Day,
    /// Weeks that begin on `first`.
    Week { first: Weekday },
    /// Pairs of ISO weeks.
    BiWeek,
    /// Blocks of `length` months, in years that begin `offset` months after January.
    Months { length: i32, offset: i32 },
}

/// The first and last day of the period that holds `date`; `None` only at the ends of chrono's calendar.
pub(super) fn days_around(shape: Shape, date: NaiveDate) -> Option<(NaiveDate, NaiveDate)> {
    match shape {
        Shape::Day => Some((date, date)),
        Shape::Week { first } => {
            let start = week_start(date, first)?;
            Some((start, start.checked_add_days(Days::new(6))?))
        }
        Shape::BiWeek => {
            let monday = week_start(date, Weekday::Mon)?;
            let second = monday.iso_week().week() % 2 == 0;
            let start = if second { monday.checked_sub_days(Days::new(7))? } else { monday };
            Some((start, start.checked_add_days(Days::new(13))?))
        }
        Shape::Months { length, offset } => {
            let month = month_index(date);
            let start = month - (month - offset).rem_euclid(length);
            let end = first_of_month(start + length)?.pred_opt()?;
            Some((first_of_month(start)?, end))
        }
    }
}

/// The year and the number in the id of the period that starts on `start`.
pub(super) fn number(shape: Shape, start: NaiveDate) -> (i32, u32) {
    match shape {
        Shape::Day => (start.year(), start.month() * 100 + start.day()),
        Shape::Week { .. } => week_number(start),
        Shape::BiWeek => {
            let (year, week) = week_number(start);
            (year, week.div_ceil(2))
        }
        Shape::Months { length, offset } => {
            let month = month_index(start) - offset;
            let number = month.rem_euclid(12) / length + 1;
            (month.div_euclid(12), number.unsigned_abs())
        }
    }
}

/// The first day of the period of that number in a year; `None` where the year has none.
pub(super) fn start(shape: Shape, year: i32, number: u32) -> Option<NaiveDate> {
    match shape {
        Shape::Day => NaiveDate::from_ymd_opt(year, number / 100, number % 100),
        Shape::Week { first } => start_of_week(first, year, number),
        Shape::BiWeek => {
            let week = number.checked_mul(2)?.checked_sub(1)?;
            start_of_week(Weekday::Mon, year, week)
        }
        Shape::Months { length, offset } => {
            let before = i32::try_from(number.checked_sub(1)?).ok()?.checked_mul(length)?;
            (before < 12).then(|| first_of_month(year * 12 + offset + before)).flatten()
        }
    }
}

/// The first and the last number of a year.
pub(super) fn numbers(shape: Shape, year: i32) -> (u32, u32) {
    let last = match shape {
        Shape::Day => return (101, 1231),
        Shape::Week { first } if start_of_week(first, year, 53).is_some() => 53,
        Shape::Week { .. } => 52,
        Shape::BiWeek if start_of_week(Weekday::Mon, year, 53).is_some() => 27,
        Shape::BiWeek => 26,
        Shape::Months { length, .. } => (12 / length).unsigned_abs(),
    };
    (1, last)
}

fn week_start(date: NaiveDate, first: Weekday) -> Option<NaiveDate> {
    let days = date.weekday().days_since(first);
    date.checked_sub_days(Days::new(u64::from(days)))
}

/// A week belongs to the year that holds four of its days or more, so to that of its fourth day.
fn week_number(start: NaiveDate) -> (i32, u32) {
    let fourth = start.checked_add_days(Days::new(3)).unwrap_or(start);
    (fourth.year(), fourth.ordinal0() / 7 + 1)
}

fn start_of_week(first: Weekday, year: i32, week: u32) -> Option<NaiveDate> {
    // 4 January is in week 1 whatever the first day of the week.
    let week_1 = week_start(NaiveDate::from_ymd_opt(year, 1, 4)?, first)?;
    let days = u64::from(week.checked_sub(1)?) * 7;
    let start = week_1.checked_add_days(Days::new(days))?;
    (week_number(start) == (year, week)).then_some(start)
}

/// Months since January of the year 0.
fn month_index(date: NaiveDate) -> i32 {
    date.year() * 12 + date.month0().cast_signed()
}

fn first_of_month(index: i32) -> Option<NaiveDate> {
    let month = index.rem_euclid(12).unsigned_abs() + 1;
    NaiveDate::from_ymd_opt(index.div_euclid(12), month, 1)
}
