//! From a question to requests that lose and double nothing.
//!
//! What servers do with the parameters (wire document, section 2.2), and what follows:
//! - data sets, elements and groups are a union from 2.43 on; before, a group makes the server forget the sets and elements.
//!   So there groups are asked for apart.
//! - up to 2.42 a unit comes as often as it is in the groups asked for; so there each group is asked for alone, and no unit
//!   beside it. On 2.43 most accounts get next to nothing for a group; so there groups were resolved to units before.
//! - a date range selects the periods that lie wholly inside it, on every version, whatever their types: it is sent as it is
//!   and, where an answer must be had in parts, cut into two ranges and the ids of the periods of any type that lie across
//!   the cut.
//! - `lastUpdated` is shifted by the server's zone or cut to the day: it is sent [`LAST_UPDATED_MARGIN_HOURS`] earlier,
//!   without an offset, which every version reads, and the rows are cut exactly on the client.
//! - an `attributeOptionCombo` that does not exist makes servers up to 2.42 forget the filter: unknown ones were left out
//!   before, and the rows are cut on the client.
//! - a request's head may have 8,192 bytes: a request that would be longer than [`URL_BUDGET`] is halved along its longest
//!   list.

use std::collections::BTreeSet;

use chrono::{Datelike, NaiveDate, TimeDelta};
use dhis2_api::Uid;
use dhis2_api::datetime::Instant;
use dhis2_api::dialect::Dialect;
use dhis2_api::period::straddling;
use dhis2_api::request::ApiRequest;

use crate::query::{DataValueQuery, When};
use crate::resolve::Resolved;

/// The longest path and query that is sent, in bytes. What is left of the 8,192 is for headers: long bearer tokens are
/// among them.
pub const URL_BUDGET: usize = 6_000;

/// How much earlier than wanted `lastUpdated` is asked for. West of UTC a server takes it later twice over, by up to 12 hours
/// each: as a time of its own clock, and, up to 2.42, when comparing.
pub const LAST_UPDATED_MARGIN_HOURS: i64 = 28;

/// The days between which all periods lie. Evaluated by the compiler: they cannot fail at run time.
const FIRST_DAY: NaiveDate = NaiveDate::from_ymd_opt(1000, 1, 1).unwrap();
const LAST_DAY: NaiveDate = NaiveDate::from_ymd_opt(9999, 12, 31).unwrap();

/// One request's worth of data values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataValueChunk {
    /// Data sets.
    pub data_sets: Vec<Uid>,
    /// Data elements.
    pub data_elements: Vec<Uid>,
    /// Data element groups.
    pub data_element_groups: Vec<Uid>,
    /// Of the rows that come, only those of these elements are wanted.
    pub only_elements: Option<BTreeSet<Uid>>,
    /// Organisation units.
    pub org_units: Vec<Uid>,
    /// An organisation unit group; then there are no units.
    pub org_unit_group: Option<Uid>,
    /// Whether the units' children count.
    pub children: bool,
    /// Attribute option combos; all where there are none.
    pub attribute_option_combos: Vec<Uid>,
    /// Periods.
    pub when: When,
}

/// The chunks of a query.
pub fn plan(dialect: &Dialect, query: &DataValueQuery, resolved: &Resolved) -> Vec<DataValueChunk> {
    let mut chunks = Vec::new();
    for what in whats(dialect, query, resolved) {
        let with = |org_units: &[Uid], org_unit_group: Option<Uid>| DataValueChunk {
            org_units: org_units.to_vec(),
            org_unit_group,
            children: query.include_children && org_unit_group.is_none(),
            when: query.when.clone(),
            attribute_option_combos: resolved.attribute_option_combos.clone(),
            ..what.clone()
        };
        if !resolved.org_units.is_empty() {
            chunks.push(with(&resolved.org_units, None));
        }
        chunks.extend(resolved.org_unit_groups.iter().map(|group| with(&[], Some(*group))));
    }
    fitting(dialect, query, chunks)
}

/// The same chunks, those halved whose requests would be too long.
pub(crate) fn fitting(
    dialect: &Dialect,
    query: &DataValueQuery,
    mut chunks: Vec<DataValueChunk>,
) -> Vec<DataValueChunk> {
    let mut fitting = Vec::new();
    chunks.reverse();
    while let Some(chunk) = chunks.pop() {
        // Of a request that is too long and has nothing to halve the client says so when it is sent.
        match (request(dialect, query, &chunk).path_and_query().len() > URL_BUDGET).then(|| halves(&chunk)).flatten() {
            Some([first, second]) => chunks.extend([second, first]),
            None => fitting.push(chunk),
        }
    }
    fitting
}

/// What to ask for, without where and when.
fn whats(dialect: &Dialect, query: &DataValueQuery, resolved: &Resolved) -> Vec<DataValueChunk> {
    let what = |data_sets: &[Uid], data_elements: &[Uid], data_element_groups: &[Uid]| DataValueChunk {
        data_sets: data_sets.to_vec(),
        data_elements: data_elements.to_vec(),
        data_element_groups: data_element_groups.to_vec(),
        only_elements: None,
        org_units: Vec::new(),
        org_unit_group: None,
        children: false,
        attribute_option_combos: Vec::new(),
        when: When::Any,
    };
    let elements: &[Uid] = if dialect.data_element_param { &query.data_elements } else { &[] };
    let mut whats = if dialect.group_overrides_sets {
        vec![what(&query.data_sets, elements, &[]), what(&[], &[], &query.data_element_groups)]
    } else {
        vec![what(&query.data_sets, elements, &query.data_element_groups)]
    };
    if let Some(through) = &resolved.elements_through {
        for (sets, groups) in [(&through.data_sets[..], &[][..]), (&[][..], &through.groups[..])] {
            let only_elements = Some(through.elements.clone());
            whats.push(DataValueChunk { only_elements, ..what(sets, &[], groups) });
        }
    }
    whats.retain(|w| !(w.data_sets.is_empty() && w.data_elements.is_empty() && w.data_element_groups.is_empty()));
    whats
}

/// The request of a chunk.
pub fn request(dialect: &Dialect, query: &DataValueQuery, chunk: &DataValueChunk) -> ApiRequest {
    let mut request = ApiRequest::get("dataValueSets.json")
        .params_each("dataSet", &chunk.data_sets)
        .params_each("dataElement", &chunk.data_elements)
        .params_each("dataElementGroup", &chunk.data_element_groups);
    request = match &chunk.when {
        When::Dates(start, end) => request.param("startDate", start.to_string()).param("endDate", end.to_string()),
        When::Periods(periods) => request.params_each("period", periods),
        When::Any if dialect.last_updated_needs_period => {
            request.param("startDate", FIRST_DAY.to_string()).param("endDate", LAST_DAY.to_string())
        }
        When::Any => request,
    };
    request = request.params_each("orgUnit", &chunk.org_units);
    if let Some(group) = &chunk.org_unit_group {
        request = request.param("orgUnitGroup", group.as_str());
    }
    if chunk.children {
        request = request.param("children", "true");
    }
    request = request.params_each("attributeOptionCombo", &chunk.attribute_option_combos);
    if query.include_deleted {
        request = request.param("includeDeleted", "true");
    }
    if let Some(instant) = query.last_updated {
        request = request.param("lastUpdated", early(instant));
    }
    request
}

fn early(wanted: Instant) -> String {
    wanted.plus_hours(-LAST_UPDATED_MARGIN_HOURS).to_string().trim_end_matches('Z').to_owned()
}

/// A chunk in two, along the longest of its lists: what to ask for, units, periods, option combos. `None` where none has two entries.
pub(crate) fn halves(chunk: &DataValueChunk) -> Option<[DataValueChunk; 2]> {
    let whats = chunk.data_sets.len() + chunk.data_elements.len() + chunk.data_element_groups.len();
    let periods = if let When::Periods(periods) = &chunk.when { periods.len() } else { 0 };
    let units = chunk.org_units.len();
    let combos = chunk.attribute_option_combos.len();
    let longest = whats.max(periods).max(units).max(combos);
    if longest < 2 {
        return None;
    }
    let (mut first, mut second) = (chunk.clone(), chunk.clone());
    let middle = longest / 2;
    if units == longest {
        cut(&mut first.org_units, &mut second.org_units, middle);
    } else if periods == longest {
        if let (When::Periods(a), When::Periods(b)) = (&mut first.when, &mut second.when) {
            cut(a, b, middle);
        }
    } else if combos == longest {
        cut(&mut first.attribute_option_combos, &mut second.attribute_option_combos, middle);
    } else {
        let of_elements = middle.saturating_sub(chunk.data_sets.len());
        let of_groups = of_elements.saturating_sub(chunk.data_elements.len());
        cut(&mut first.data_sets, &mut second.data_sets, middle);
        cut(&mut first.data_elements, &mut second.data_elements, of_elements);
        cut(&mut first.data_element_groups, &mut second.data_element_groups, of_groups);
    }
    Some([first, second])
}

/// A chunk in smaller ones that lose and double nothing: a date range (all days, where no time is given) in two and the
/// periods that lie across the cut, else half of the periods, else half of the units. `None` where there is one of each.
pub(crate) fn split(dialect: &Dialect, chunk: &DataValueChunk) -> Option<Vec<DataValueChunk>> {
    let (start, end) = match chunk.when {
        When::Dates(start, end) => (start, end),
        When::Any => (FIRST_DAY, LAST_DAY),
        When::Periods(_) => return half_the_time_or_units(chunk),
    };
    let Some((last, next)) = middle(start, end) else { return half_the_time_or_units(chunk) };
    let with = |when| DataValueChunk { when, ..chunk.clone() };
    let mut across = straddling(last, start, end);
    across.retain(|period| !dialect.unknown_period_types.contains(&period.period_type()));
    let mut parts = vec![with(When::Dates(start, last)), with(When::Dates(next, end))];
    if !across.is_empty() {
        parts.push(with(When::Periods(across)));
    }
    Some(parts)
}

fn half_the_time_or_units(chunk: &DataValueChunk) -> Option<Vec<DataValueChunk>> {
    let (mut first, mut second) = (chunk.clone(), chunk.clone());
    match (&mut first.when, &mut second.when) {
        (When::Periods(a), When::Periods(b)) if a.len() > 1 => {
            let middle = a.len() / 2;
            cut(a, b, middle);
        }
        _ if chunk.org_units.len() > 1 => {
            cut(&mut first.org_units, &mut second.org_units, chunk.org_units.len() / 2);
        }
        _ => return None,
    }
    Some(vec![first, second])
}

/// The day to cut a range after, and the next: the end of a month where there is one near the middle, since fewer periods
/// lie across that. `None` for a single day.
fn middle(start: NaiveDate, end: NaiveDate) -> Option<(NaiveDate, NaiveDate)> {
    let days = end.signed_duration_since(start).num_days();
    if days < 1 {
        return None;
    }
    let middle = start.checked_add_signed(TimeDelta::days((days - 1) / 2))?;
    let month_end = middle.with_day(1).and_then(|first| first.pred_opt()).filter(|day| *day >= start);
    let last = month_end.unwrap_or(middle);
    Some((last, last.succ_opt()?))
}

/// Leaves the list's beginning in `first` and the rest in `second`.
fn cut<T>(first: &mut Vec<T>, second: &mut Vec<T>, middle: usize) {
    let middle = middle.min(first.len());
    first.truncate(middle);
    second.drain(..middle);
}

#[cfg(test)]
mod tests;
