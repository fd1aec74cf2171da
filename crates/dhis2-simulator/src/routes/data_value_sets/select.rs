//! Finding the rows that a query asks for.

use super::ask::{Ask, Times, unit_counts};
use crate::server::Call;
use crate::world::values::DataValue;

/// Row numbers, in the order of writing; one that the server repeats is there as often.
pub(super) fn rows(call: &Call<'_>, ask: &Ask) -> Vec<u32> {
    let world = &call.server.world;
    let behaviour = &call.server.behaviour.aggregate;
    let values = &world.values;
    let counts = unit_counts(call, ask);
    let wanted_periods: Vec<bool> = values
        .periods()
        .iter()
        .map(|(period, _)| match &ask.times {
            Times::Any => true,
            Times::Periods(periods) => periods.contains(period),
            Times::Within(start, end) => period.start() >= *start && period.end() <= *end,
        })
        .collect();
    let wanted = |row: &DataValue| {
        wanted_periods[row.period as usize]
            && (ask.include_deleted || !row.deleted)
            && ask.elements.contains(&row.element)
            && ask.attribute_combos.as_ref().is_none_or(|combos| combos.contains(&row.attribute_combo))
            && ask.category_combos.as_ref().is_none_or(|combos| combos.contains(&row.category_combo))
            && ask.updated_from.is_none_or(|from| row.updated >= from)
    };
    let mut rows = Vec::new();
    let units = (0u32..).zip(&counts).filter(|(_, count)| **count > 0);
    let candidates: usize = units.clone().map(|(unit, _)| values.of_unit(unit).len()).sum();
    if candidates * 8 < values.rows().len() {
        for (unit, &count) in units {
            let of_unit = values.of_unit(unit).iter().filter(|&&number| wanted(values.row(number)));
            for &number in of_unit {
                rows.extend(std::iter::repeat_n(number, count as usize));
            }
        }
        rows.sort_unstable();
    } else {
        for (number, row) in (0u32..).zip(values.rows()) {
            let count = counts[row.unit as usize];
            if count > 0 && wanted(row) {
                rows.extend(std::iter::repeat_n(number, count as usize));
            }
        }
    }
    if behaviour.ordered {
        rows.sort_by_cached_key(|&number| {
            let row = values.row(number);
            let period = &values.period(row.period).0;
            (period.start(), period.end(), row.created, world.texts.shared(row.element))
        });
        rows.drain(..ask.offset.min(rows.len()));
    }
    if let Some(limit) = ask.limit {
        rows.truncate(limit);
    }
    rows
}
