//! Things by day, week or month.

use std::collections::BTreeMap;

use chrono::{Datelike, Days, NaiveDate};
use serde_json::json;

use crate::columns::DAY_MS;
use crate::drawing;
use crate::section::{Chart, Section, Table, count, plural, thousands};

/// Points of a line; beyond that days are taken together.
const POINTS: i64 = 800;
/// Rows of the table.
const LINES: usize = 400;

/// How much is one point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Day,
    Week,
    Month,
}

impl Step {
    fn name(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
        }
    }

    /// The first day of the step that holds a day.
    fn first(self, day: NaiveDate) -> NaiveDate {
        match self {
            Self::Day => day,
            Self::Week => {
                let into = u64::from(day.weekday().num_days_from_monday());
                day.checked_sub_days(Days::new(into)).unwrap_or(day)
            }
            Self::Month => day.with_day(1).unwrap_or(day),
        }
    }

    fn next(self, first: NaiveDate) -> Option<NaiveDate> {
        match self {
            Self::Day => first.succ_opt(),
            Self::Week => first.checked_add_days(Days::new(7)),
            Self::Month => first.checked_add_months(chrono::Months::new(1)),
        }
    }
}

/// The day of a time in milliseconds.
pub(crate) fn day(ms: i64) -> Option<NaiveDate> {
    NaiveDate::from_epoch_days(i32::try_from(ms.div_euclid(DAY_MS)).ok()?)
}

/// A section with how many things happened each day; `unknown` have no day.
pub(crate) fn section(title: &str, what: &str, times: &[i64], unknown: u64) -> Option<Section> {
    let mut days: BTreeMap<NaiveDate, u64> = BTreeMap::new();
    for day in times.iter().filter_map(|ms| day(*ms)) {
        *days.entry(day).or_default() += 1;
    }
    let (&first, &last) = (days.keys().next()?, days.keys().next_back()?);
    let (&busiest, &most) = days.iter().max_by_key(|(day, count)| (**count, std::cmp::Reverse(**day)))?;
    let total: u64 = days.values().sum();
    let (from, to) = window(&days, total);
    let span = (to - from).num_days() + 1;
    let step = if span <= POINTS {
        Step::Day
    } else if span <= POINTS * 7 {
        Step::Week
    } else {
        Step::Month
    };
    let mut sums: BTreeMap<NaiveDate, u64> = BTreeMap::new();
    for (day, count) in days.range(from..=to) {
        *sums.entry(step.first(*day)).or_default() += count;
    }
    let end = step.first(to);
    let firsts = std::iter::successors(Some(step.first(from)), |first| step.next(*first)).take_while(|day| *day <= end);
    let points: Vec<(String, u64)> =
        firsts.map(|first| (first.to_string(), sums.get(&first).copied().unwrap_or(0))).collect();
    let mut words = vec![format!(
        "{} from {first} to {last}, on {}; the most on one day, {}, on {busiest}.",
        count(total, what),
        count(days.len() as u64, "day"),
        thousands(most),
    )];
    if step != Step::Day {
        words.push(format!("Each point is one {} (weeks begin on Monday).", step.name()));
    }
    let outside = total - sums.values().sum::<u64>();
    if outside > 0 {
        words.push(format!(
            "Drawn is {from} to {to}. {} lie far outside and are not drawn: their dates may be wrong.",
            count(outside, what)
        ));
    }
    if unknown > 0 {
        words.push(format!("{} without such a day are not counted here.", count(unknown, what)));
    }
    let mut table = Table::new(title, &[step.name(), &plural(what)]);
    let with_any: Vec<&(String, u64)> = points.iter().filter(|(_, count)| *count > 0).collect();
    if with_any.len() > LINES {
        table.caption = format!("{title}: the last {LINES} of {} {}s with any", with_any.len(), step.name());
    }
    let skipped = with_any.len().saturating_sub(LINES);
    table.rows = with_any[skipped..].iter().map(|(day, count)| vec![day.clone().into(), (*count).into()]).collect();
    let shape = if points.len() <= drawing::FEW { "Bars" } else { "A line" };
    Some(Section {
        title: title.to_owned(),
        words,
        charts: vec![Chart {
            title: None,
            words: format!("{shape} of the number of {} by {} from {from} to {to}.", plural(what), step.name()),
            drawing: drawing::days(&plural(what), &points),
            table,
        }],
        tables: Vec::new(),
        figures: json!({
            "total": total, "first": first.to_string(), "last": last.to_string(), "days": days.len(), "most": most,
            "step": step.name(), "outside": outside, "unknown": unknown,
        }),
    })
}

/// The days to draw: all, or where a few lie decades away, those that hold 99 in a hundred.
fn window(days: &BTreeMap<NaiveDate, u64>, total: u64) -> (NaiveDate, NaiveDate) {
    const FAR: i64 = 20 * 366;
    let all = |days: &BTreeMap<NaiveDate, u64>| days.keys().next().copied().zip(days.keys().next_back().copied());
    let Some((first, last)) = all(days) else { return (NaiveDate::MIN, NaiveDate::MAX) };
    if (last - first).num_days() <= FAR {
        return (first, last);
    }
    let cut = total / 200;
    (inner(days.iter(), cut).unwrap_or(first), inner(days.iter().rev(), cut).unwrap_or(last))
}

/// The first day before which more than so many things lie, itself included.
fn inner<'a>(mut days: impl Iterator<Item = (&'a NaiveDate, &'a u64)>, cut: u64) -> Option<NaiveDate> {
    let mut seen = 0;
    days.find(|(_, count)| {
        seen += **count;
        seen > cut
    })
    .map(|(day, _)| *day)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(day: &str) -> i64 {
        i64::from(day.parse::<NaiveDate>().unwrap().to_epoch_days()) * DAY_MS
    }

    #[test]
    fn days_without_anything_are_drawn_as_nothing() {
        let times = [ms("2024-01-01"), ms("2024-01-01") + 3_600_000, ms("2024-01-04")];
        let section = section("By day", "event", &times, 2).unwrap();
        assert_eq!(
            section.words[0],
            "3 events from 2024-01-01 to 2024-01-04, on 2 days; the most on one day, 2, on 2024-01-01."
        );
        assert_eq!(section.words[1], "2 events without such a day are not counted here.");
        let option = &section.charts[0].drawing.option;
        assert_eq!(option["xAxis"]["data"], json!(["2024-01-01", "2024-01-02", "2024-01-03", "2024-01-04"]));
        assert_eq!(option["series"][0]["data"], json!([2, 0, 0, 1]));
        assert_eq!(section.charts[0].table.rows.len(), 2);
    }

    #[test]
    fn many_years_are_drawn_by_month_and_a_wrong_date_far_away_does_not_flatten_the_rest() {
        let year = |year: i32| (1..=12).map(move |month| ms(&format!("{year}-{month:02}-15")));
        let times: Vec<i64> = (2000..2018).flat_map(year).collect();
        let long = section("By day", "event", &times, 0).unwrap();
        assert_eq!(long.figures["step"], "month");
        assert_eq!(long.charts[0].drawing.option["series"][0]["data"].as_array().unwrap().len(), 18 * 12);

        let mut times: Vec<i64> = (0..400).map(|number| ms("2024-01-01") + number % 100 * DAY_MS).collect();
        times.push(ms("1900-01-01"));
        let odd = section("By day", "event", &times, 0).unwrap();
        assert_eq!((odd.figures["step"].as_str(), odd.figures["outside"].as_u64()), (Some("day"), Some(1)));
        assert_eq!(odd.figures["first"], "1900-01-01", "it is said all the same");
    }
}
