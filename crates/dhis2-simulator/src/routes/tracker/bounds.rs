//! Spans of time that a list is asked for.

use chrono::TimeDelta;
use dhis2_api::dialect::behaviour::DurationReading;

use super::params::{refused, time};
use crate::answer::Refusal;
use crate::server::Call;
use crate::time::{SentTime, offset_millis, parse_duration};

/// From when to when, both in milliseconds; the upper one is inclusive.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Bounds {
    pub(crate) from: Option<i64>,
    pub(crate) to: Option<i64>,
}

impl Bounds {
    pub(crate) fn is_open(&self) -> bool {
        self.from.is_none() && self.to.is_none()
    }

    pub(crate) fn hold(&self, millis: i64) -> bool {
        self.from.is_none_or(|from| millis >= from) && self.to.is_none_or(|to| millis <= to)
    }
}

/// Wall clocks between `after` and the end of `before`.
pub(crate) fn wall_bounds(call: &Call<'_>, after: &str, before: &str) -> Result<Bounds, Refusal> {
    let to = end_of(time(call, before)?).map(|sent| sent.wall_millis(call.server.zone));
    Ok(Bounds { from: wall(call, after)?, to })
}

fn wall(call: &Call<'_>, parameter: &str) -> Result<Option<i64>, Refusal> {
    Ok(time(call, parameter)?.map(|sent| sent.wall_millis(call.server.zone)))
}

/// A date alone as the last millisecond of its day.
pub(crate) fn end_of(sent: Option<SentTime>) -> Option<SentTime> {
    sent.map(|sent| {
        if sent.date_only {
            SentTime { wall: sent.wall + TimeDelta::days(1) - TimeDelta::milliseconds(1), ..sent }
        } else {
            sent
        }
    })
}

/// What a list makes of `updatedBefore`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum UpdatedBefore {
    /// There is no such parameter.
    Ignored,
    /// What was changed at the bound is in.
    Inclusive,
    /// What was changed at the bound is out, unless that is a date.
    Exclusive,
}

/// `updatedAfter`, `updatedBefore` and `updatedWithin`.
pub(crate) fn updated(call: &Call<'_>, before: UpdatedBefore, within: DurationReading) -> Result<Bounds, Refusal> {
    let behaviour = &call.server.behaviour.events;
    let zone = call.server.zone;
    let after = time(call, "updatedAfter")?.map(|sent| sent.instant(zone));
    let after = after.map(|at| if behaviour.updated_after_whole_seconds { at.div_euclid(1000) * 1000 } else { at });
    let sent = if before == UpdatedBefore::Ignored { None } else { time(call, "updatedBefore")? };
    let before = sent.map(|sent| {
        let exclusive = before == UpdatedBefore::Exclusive && !sent.date_only;
        end_of(Some(sent)).map_or(0, |sent| sent.instant(zone)) - i64::from(exclusive)
    });
    let Some(duration) = call.query.filled("updatedWithin") else { return Ok(Bounds { from: after, to: before }) };
    if after.is_some() || before.is_some() {
        return Err(refused(
            call,
            "Last updated from and/or to and last updated duration cannot be specified simultaneously",
        ));
    }
    let Some(duration) = parse_duration(duration) else {
        return Err(Refusal::conflict(format!("Duration is not valid: {duration}")));
    };
    let now = call.server.now().timestamp_millis();
    let shift = match within {
        DurationReading::Exact => 0,
        DurationReading::WallClockAsUtc => offset_millis(now, zone),
    };
    Ok(Bounds { from: Some(now - duration + shift), to: None })
}
