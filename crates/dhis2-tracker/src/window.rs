//! A window of updates, exact to the millisecond.

use dhis2_api::datetime::{Instant, ServerZone, WallClock, parse_date};
use serde_json::{Map, Value};

use crate::check::{self, malformed};
use crate::error::QueryError;

const DAY_MS: i64 = 86_400_000;
const HOUR_MS: i64 = 3_600_000;

/// From when to when an object was last updated; both moments belong to it. Without bounds it is all of time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct UpdatedWindow {
    /// The first moment.
    pub after: Option<Instant>,
    /// The last moment.
    pub before: Option<Instant>,
}

impl UpdatedWindow {
    /// From texts: a date, or a date and time with an offset or in UTC. A date alone is the whole day, in UTC.
    pub(crate) fn check(after: Option<&str>, before: Option<&str>) -> Result<Self, QueryError> {
        let moment = |parameter, text: Option<&str>| {
            text.map(|text| Instant::parse(text).map_err(malformed(parameter))).transpose()
        };
        let after = moment("updated_after", after)?;
        let before = match before.map(str::trim) {
            Some(text) if parse_date(text).is_ok() => {
                let day = check::date("updated_before", Some(text))?;
                day.map(|day| Instant(WallClock::start_of(day).0 + DAY_MS - 1))
            }
            text => moment("updated_before", text)?,
        };
        match (after, before) {
            (Some(after), Some(before)) if after > before => {
                Err(QueryError::UpdatedWindow { after: after.to_string(), before: before.to_string() })
            }
            _ => Ok(Self { after, before }),
        }
    }

    /// What to send as `updatedAfter`: what the server's clock showed then. Without an offset it is read in the server's
    /// zone by every version.
    ///
    /// `updatedBefore` is not sent: an object that is updated during the walk would leave the set, move those after it to
    /// an earlier page, and one of them would be lost.
    pub(crate) fn updated_after(&self, zone: ServerZone) -> Option<String> {
        let shown = Instant(zone.wall_clock(self.after?).0).to_string();
        Some(shown.trim_end_matches('Z').to_owned())
    }

    /// Whether an object that was last updated when the server's clock showed this lies outside. In the hour that autumn
    /// repeats the clock does not tell which of two moments it was; the object stays.
    pub(crate) fn leaves_out(&self, zone: ServerZone, updated: Option<WallClock>) -> bool {
        let Some(updated) = updated else { return false };
        let earliest = zone.instant(updated);
        let an_hour_later = Instant(earliest.0 + HOUR_MS);
        let latest = if zone.wall_clock(an_hour_later) == updated { an_hour_later } else { earliest };
        self.after.is_some_and(|after| latest < after) || self.before.is_some_and(|before| earliest > before)
    }

    /// Adds itself to the question that a receipt shows.
    pub(crate) fn note(&self, query: &mut Map<String, Value>) {
        let text = |moment: Option<Instant>| moment.map(|moment| moment.to_string()).into();
        query.insert("updated_after".to_owned(), text(self.after));
        query.insert("updated_before".to_owned(), text(self.before));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wall(text: &str) -> Option<WallClock> {
        dhis2_api::datetime::parse_wall_clock_ms(text).map(WallClock)
    }

    #[test]
    fn both_bounds_belong_to_the_window_and_are_instants() {
        let window = UpdatedWindow::check(Some("2024-01-15T12:00:00+05:45"), Some("2024-01-15T06:15:00.001")).unwrap();
        let zone = ServerZone::parse("Asia/Kathmandu").unwrap();
        let out = |text| window.leaves_out(zone, wall(text));
        assert_eq!(window.updated_after(zone).unwrap(), "2024-01-15T12:00:00.000");
        assert!(out("2024-01-15T11:59:59.999"));
        assert!(!out("2024-01-15T12:00:00.000"));
        assert!(!out("2024-01-15T12:00:00.001"));
        assert!(out("2024-01-15T12:00:00.002"));
        assert!(!window.leaves_out(zone, None));
    }

    #[test]
    fn a_date_alone_is_the_whole_day() {
        let day = UpdatedWindow::check(Some("2024-01-15"), Some("2024-01-15")).unwrap();
        assert_eq!(day.after.unwrap().to_string(), "2024-01-15T00:00:00.000Z");
        assert_eq!(day.before.unwrap().to_string(), "2024-01-15T23:59:59.999Z");
    }

    #[test]
    fn a_window_that_ends_before_it_begins_is_refused() {
        let refused = UpdatedWindow::check(Some("2024-01-16"), Some("2024-01-15"));
        assert!(matches!(refused, Err(QueryError::UpdatedWindow { .. })));
        for (after, before, name) in
            [(Some("yesterday"), None, "updated_after"), (None, Some("2024-13-01"), "updated_before")]
        {
            let Err(QueryError::Malformed { parameter, .. }) = UpdatedWindow::check(after, before) else {
                panic!("{name}")
            };
            assert_eq!(parameter, name);
        }
    }

    #[test]
    fn in_the_hour_that_autumn_repeats_nothing_is_lost() {
        let berlin = ServerZone::parse("Europe/Berlin").unwrap();
        // 02:30 summer time was 00:30 UTC, 02:30 winter time 01:30 UTC; the clock showed the same.
        let window = UpdatedWindow::check(Some("2024-10-27T01:00"), Some("2024-10-27T02:00")).unwrap();
        assert!(!window.leaves_out(berlin, wall("2024-10-27T02:30")));
        assert!(window.leaves_out(berlin, wall("2024-10-27T01:59")));
    }
}
