//! What holds for all periods, tried on many.

use std::collections::BTreeSet;

use chrono::{Datelike, Days, NaiveDate};
use dhis2_api::period::{Period, PeriodType, straddling};
use proptest::prelude::*;

fn any_type() -> impl Strategy<Value = PeriodType> {
    prop::sample::select(PeriodType::ALL)
}

/// A day of a year, more often at the turn of the year, where the rules differ.
fn day_in(years: std::ops::RangeInclusive<i32>) -> impl Strategy<Value = NaiveDate> {
    let ordinal = prop_oneof![1..=365_u32, 1..=10_u32, 355..=365_u32];
    (years, ordinal).prop_map(|(year, ordinal)| NaiveDate::from_yo_opt(year, ordinal).unwrap())
}

/// Any period that has a neighbour on both sides.
fn any_period() -> impl Strategy<Value = Period> {
    (any_type(), day_in(3..=9997)).prop_map(|(period_type, day)| Period::containing(period_type, day).unwrap())
}

/// A range of up to three years.
fn range_of_days() -> impl Strategy<Value = (NaiveDate, NaiveDate)> {
    (day_in(2000..=2030), 0..1100_u64).prop_map(|(start, days)| (start, start + Days::new(days)))
}

/// By looking at every day, with the definition of "wholly inside" and nothing else.
fn within_by_days(period_type: PeriodType, start: NaiveDate, end: NaiveDate) -> BTreeSet<Period> {
    start
        .iter_days()
        .take_while(|day| *day <= end)
        .filter_map(|day| Period::containing(period_type, day))
        .filter(|period| start <= period.start() && period.end() <= end)
        .collect()
}

proptest! {
    #[test]
    fn an_id_is_read_back_as_the_same_period(period in any_period()) {
        prop_assert_eq!(Period::parse(&period.id()), Ok(period));
        prop_assert_eq!(period.to_string(), period.id());
    }

    #[test]
    fn a_period_holds_the_day_it_was_found_by(period_type in any_type(), day in day_in(3..=9997)) {
        let period = Period::containing(period_type, day).unwrap();
        prop_assert_eq!(period.period_type(), period_type);
        prop_assert!(period.start() <= day && day <= period.end());
    }

    #[test]
    fn neighbours_follow_without_a_gap(period in any_period()) {
        let next = period.next().unwrap();
        prop_assert_eq!(next.previous(), Some(period));
        prop_assert_eq!(next.period_type(), period.period_type());
        let step = (next.start() - period.end()).num_days();
        // The server's 27th pair of weeks reaches into the next year's first.
        let expected = if period.id().ends_with("BiW27") { -6 } else { 1 };
        prop_assert_eq!(step, expected);
    }

    /// The definition of `WeekFields.of(day, 4)`, counted by days.
    #[test]
    fn a_week_is_the_nth_with_four_days_or_more_in_its_year(day in day_in(3..=9997), which in 1..=6_usize) {
        let week = Period::containing(PeriodType::ALL[which], day).unwrap();
        let id = week.id();
        let year: i32 = id[..4].parse().unwrap();
        let number: u32 = id.rsplit_once('W').unwrap().1.parse().unwrap();
        let of_this_year = |week: &Period| week.start().iter_days().take(7).filter(|d| d.year() == year).count() >= 4;
        let mut weeks_of_year = 0;
        let mut earlier = Some(week);
        while let Some(week) = earlier.filter(&of_this_year) {
            weeks_of_year += 1;
            earlier = week.previous();
        }
        prop_assert_eq!(weeks_of_year, number);
        prop_assert_eq!((week.end() - week.start()).num_days(), 6);
    }

    #[test]
    fn periods_within_are_those_found_day_by_day(period_type in any_type(), (start, end) in range_of_days()) {
        let found = period_type.periods_within(start, end);
        prop_assert!(found.is_sorted());
        let brute: Vec<Period> = within_by_days(period_type, start, end).into_iter().collect();
        prop_assert_eq!(found, brute);
    }

    #[test]
    fn a_range_is_what_lies_within_its_days(first in any_period(), steps in 0..30_usize) {
        let last = std::iter::successors(Some(first), Period::next).take(steps + 1).last().unwrap();
        let range = Period::range(first, last).unwrap();
        prop_assert_eq!(&range, &first.period_type().periods_within(first.start(), last.end()));
        prop_assert_eq!(Period::range(last, first).is_ok(), first == last);
    }

    /// "weekly and financial-year data over a range not starting on 1 January loses no period [O24, templates]".
    #[test]
    fn a_range_cut_in_two_and_what_straddles_the_cut_are_the_whole_range(
        (start, end) in range_of_days(),
        cut in 0..1100_u64,
    ) {
        let boundary = (start + Days::new(cut)).min(end);
        let after = boundary.succ_opt().unwrap();
        let lost = straddling(boundary, start, end);
        prop_assert!(lost.is_sorted_by(|a, b| a < b));
        for &period_type in PeriodType::ALL {
            let mut pieces = period_type.periods_within(start, boundary);
            pieces.extend(period_type.periods_within(after, end));
            pieces.extend(lost.iter().filter(|period| period.period_type() == period_type));
            pieces.sort_unstable();
            // Compared as lists: nothing lost and nothing twice.
            let whole: Vec<Period> = within_by_days(period_type, start, end).into_iter().collect();
            prop_assert_eq!(pieces, whole);
        }
    }

    #[test]
    fn a_boundary_outside_the_range_straddles_nothing((start, end) in range_of_days(), away in 1..400_u64) {
        prop_assert!(straddling(start - Days::new(away), start, end).is_empty());
        prop_assert!(straddling(end + Days::new(away - 1), start, end).is_empty());
    }

    #[test]
    fn any_text_is_read_or_refused(text in any::<String>()) {
        if let Ok(period) = Period::parse(&text) {
            prop_assert!(period.start() <= period.end());
        }
    }

    /// Texts near to ids: what is read is canonical, but for the dashes of months and days.
    #[test]
    fn what_is_read_is_what_would_be_written(text in "[0-9]{3,4}[-A-Za-z0-9]{0,7}|[0-9]{4}(W|SunW|BiW|Q|NovQ|S|-)[0-9]{1,2}") {
        if let Ok(period) = Period::parse(&text) {
            prop_assert_eq!(period.id(), text.replace('-', ""));
        }
    }
}
