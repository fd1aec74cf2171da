//! The names of periods in English.

use chrono::{Datelike, NaiveDate};
use dhis2_api::period::{Period, PeriodType};

/// The name that the server gives a period.
pub(super) fn name(period: &Period) -> String {
    let (start, end) = (period.start(), period.end());
    match period.period_type() {
        PeriodType::Daily => start.to_string(),
        PeriodType::Yearly => start.year().to_string(),
        PeriodType::Monthly => month(start, true),
        PeriodType::Weekly
        | PeriodType::WeeklyWednesday
        | PeriodType::WeeklyThursday
        | PeriodType::WeeklyFriday
        | PeriodType::WeeklySaturday
        | PeriodType::WeeklySunday => {
            let id = period.id();
            let number = id.rsplit('W').next().unwrap_or_default();
            format!("Week {number} {start} - {end}")
        }
        PeriodType::BiWeekly => {
            let id = period.id();
            let number = id.rsplit('W').next().unwrap_or_default();
            format!("Bi-Week {number} {start} - {end}")
        }
        _ => format!("{} - {}", month(start, start.year() != end.year()), month(end, true)),
    }
}

fn month(day: NaiveDate, with_year: bool) -> String {
    day.format(if with_year { "%B %Y" } else { "%B" }).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn periods_are_named_as_the_server_does() {
        for (id, expected) in [
            ("202401", "January 2024"),
            ("2024", "2024"),
            ("2024Q1", "January - March 2024"),
            ("2024April", "April 2024 - March 2025"),
            ("2024W1", "Week 1 2024-01-01 - 2024-01-07"),
            ("20240131", "2024-01-31"),
        ] {
            assert_eq!(name(&Period::parse(id).unwrap()), expected);
        }
    }
}
