//! When data may be entered.

use chrono::{DateTime, Days, NaiveDate, Utc};
use dhis2_api::period::{Period, PeriodType};

use crate::json::Json;
use crate::server::Server;
use crate::time::{SentTime, from_millis, wall_of};

/// The server's day.
pub(super) fn today(server: &Server) -> NaiveDate {
    from_millis(wall_of(server.now().timestamp_millis(), server.zone)).date()
}

/// A whole number of a data set, 0 where there is none.
pub(super) fn number_of(set: &Json, key: &str) -> u64 {
    match set.get(key) {
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // days and counts: small and not negative
        Some(Json::Number(number)) => number.as_f64().map_or(0, |number| number.max(0.0) as u64),
        _ => 0,
    }
}

pub(super) fn period_type(set: &Json) -> Option<PeriodType> {
    set.text_of("periodType")?.parse().ok()
}

/// The last period that data may be entered for: without open future periods the one before the present one.
pub(super) fn latest_open(kind: PeriodType, open_future: u64, today: NaiveDate) -> Option<Period> {
    let mut period = Period::containing(kind, today)?.previous()?;
    for _ in 0..open_future {
        period = period.next()?;
    }
    Some(period)
}

/// Whether the days after a period in which its data may be entered are over.
pub(super) fn is_expired(set: &Json, period: &Period, today: NaiveDate) -> bool {
    let days = number_of(set, "expiryDays");
    days > 0 && period.end().checked_add_days(Days::new(days)).is_some_and(|last| today > last)
}

/// Whether the data set's own list of input periods lets the period be entered now.
pub(super) fn is_input_period(set: &Json, period: &Period, now: DateTime<Utc>) -> bool {
    let listed = set.list_of("dataInputPeriods");
    let local = |item: &Json, key: &str| item.text_of(key).and_then(SentTime::parse).map(|sent| sent.wall.and_utc());
    listed.is_empty()
        || listed.iter().any(|item| {
            item.get("period").and_then(|p| p.text_of("id")) == Some(period.id().as_str())
                && local(item, "openingDate").is_none_or(|opening| opening <= now)
                && local(item, "closingDate").is_none_or(|closing| now <= closing)
        })
}

/// The first and the last day of something that has `from` and `to`.
pub(super) fn span(json: &Json, from: &str, to: &str) -> (Option<NaiveDate>, Option<NaiveDate>) {
    let day = |key| json.text_of(key).and_then(SentTime::parse).map(|sent: SentTime| sent.wall.date());
    (day(from), day(to))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn twelve_open_periods_end_eleven_months_ahead() {
        let today = "2026-11-22".parse().unwrap();
        let latest = |open| latest_open(PeriodType::Monthly, open, today).unwrap().id();
        assert_eq!(latest(12), "202710");
        assert_eq!(latest(1), "202611");
        assert_eq!(latest(0), "202610");
    }
}
