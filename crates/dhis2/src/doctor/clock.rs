//! The clocks: the server's, its zone, and ours.

use std::time::SystemTime;

use dhis2_api::datetime::{Instant, ServerZone, WallClock, parse_wall_clock_ms};
use dhis2_api::system::SystemInfo;
use http::HeaderMap;
use http::header::DATE;

use super::Check;

/// What a clock may be off, and an answer under way, before it is worth a word.
const TOLERATED_SECONDS: i64 = 60;

pub(super) fn look(headers: &HeaderMap, info: &SystemInfo) -> Vec<Check> {
    look_at(headers, info, Instant::now())
}

fn look_at(headers: &HeaderMap, info: &SystemInfo, ours: Instant) -> Vec<Check> {
    let mut checks = Vec::new();
    let date =
        headers.get(DATE).and_then(|date| date.to_str().ok()).and_then(|date| httpdate::parse_http_date(date).ok());
    let theirs = date.and_then(|date| date.duration_since(SystemTime::UNIX_EPOCH).ok());
    let theirs = theirs.and_then(|since| i64::try_from(since.as_millis()).ok());
    let zone = info.server_time_zone_id.as_deref();
    let zone = zone.and_then(|name| ServerZone::parse(name).ok());
    let shown = info.server_date.as_deref().and_then(parse_wall_clock_ms);
    let by_zone = zone.zip(shown).map(|(zone, wall)| zone.instant(WallClock(wall)).0);
    // What stands before the server may have written the header; the server's own word is the second choice.
    match theirs.or(by_zone).map(|theirs| (theirs - ours.0) / 1000) {
        None => checks.push(Check::ok("clock", "the server does not tell its time")),
        Some(ahead) if ahead.abs() <= TOLERATED_SECONDS => {
            checks.push(Check::ok("clock", "the server's clock and this machine's agree"));
        }
        Some(ahead) => {
            let side = if ahead > 0 { "ahead of" } else { "behind" };
            let what = format!("the server's clock is {} seconds {side} this machine's", ahead.abs());
            let advice = "set the clock that is wrong; until then, bounds on times of update (--last-updated, --updated-after) \
                          reach too far or not far enough";
            checks.push(Check::warning("clock", what, advice));
        }
    }
    checks.push(match (info.server_time_zone_id.as_deref(), zone) {
        (None, _) => Check::warning(
            "zone",
            "the server does not say in which zone its clock is",
            "extracts from Tracker that convert its times are refused; those of data values take its times for UTC",
        ),
        (Some(name), None) => Check::warning(
            "zone",
            format!("{name}, which is no zone that is known here"),
            "extracts from Tracker that convert its times are refused; those of data values take its times for UTC",
        ),
        (Some(name), Some(_)) => match theirs.zip(by_zone) {
            Some((theirs, by_zone)) if (theirs - by_zone).abs() > TOLERATED_SECONDS * 1000 => Check::warning(
                "zone",
                format!("{name}, but the time that the server shows is {} minutes off that zone", (by_zone - theirs) / 60_000),
                "times in extracts may be off by as much: ask those who run the server for the zone of Java and of PostgreSQL",
            ),
            _ => Check::ok("zone", name),
        },
    });
    if let Some(calendar) = info.calendar.as_deref().filter(|calendar| *calendar != "iso8601") {
        checks.push(Check::warning(
            "calendar",
            format!("the server shows dates in the calendar `{calendar}`"),
            "ids of periods are then of that calendar: compare an extract with the web pages before you rely on it",
        ));
    }
    checks
}

#[cfg(test)]
mod tests {
    use super::super::CheckState;
    use super::*;

    /// 2024-01-15 09:15:30 UTC.
    const NOW: Instant = Instant(1_705_310_130_000);

    fn info(zone: &str, shown: &str) -> SystemInfo {
        let json = format!(r#"{{"version":"2.42.5","serverTimeZoneId":"{zone}","serverDate":"{shown}"}}"#);
        serde_json::from_str(&json).unwrap()
    }

    fn at(date: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(DATE, http::HeaderValue::from_static(date))])
    }

    fn states(checks: &[Check]) -> Vec<(&str, CheckState)> {
        checks.iter().map(|check| (check.subject, check.state)).collect()
    }

    #[test]
    fn clocks_that_agree_are_fine_in_any_zone() {
        let found =
            look_at(&at("Mon, 15 Jan 2024 09:15:29 GMT"), &info("Asia/Kathmandu", "2024-01-15T15:00:30.250"), NOW);
        assert_eq!(states(&found), [("clock", CheckState::Ok), ("zone", CheckState::Ok)]);
    }

    #[test]
    fn a_clock_that_is_off_is_told_with_its_side() {
        let found = look_at(&at("Mon, 15 Jan 2024 09:25:30 GMT"), &info("UTC", "2024-01-15T09:25:30.000"), NOW);
        assert_eq!(states(&found), [("clock", CheckState::Warning), ("zone", CheckState::Ok)]);
        assert!(found[0].found.contains("600 seconds ahead"), "{}", found[0].found);
        // Without the header the server's own word counts.
        let found = look_at(&HeaderMap::new(), &info("UTC", "2024-01-15T09:05:30.000"), NOW);
        assert!(found[0].found.contains("600 seconds behind"), "{}", found[0].found);
    }

    #[test]
    fn a_zone_that_does_not_fit_the_time_shown_is_told() {
        let found = look_at(&at("Mon, 15 Jan 2024 09:15:30 GMT"), &info("UTC", "2024-01-15T10:15:30.000"), NOW);
        assert_eq!(states(&found), [("clock", CheckState::Ok), ("zone", CheckState::Warning)]);
        assert!(found[1].found.contains("60 minutes off"), "{}", found[1].found);
        let found = look_at(&HeaderMap::new(), &info("Middle/Earth", "2024-01-15T10:15:30.000"), NOW);
        assert_eq!(states(&found), [("clock", CheckState::Ok), ("zone", CheckState::Warning)]);
    }
}
