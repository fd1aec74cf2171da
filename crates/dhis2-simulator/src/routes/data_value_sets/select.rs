//! Finding the rows that a query asks for.

use std::cmp::Ordering;
use std::hash::{DefaultHasher, Hash, Hasher};

use super::ask::{Ask, OrderKey, Times, unit_counts};
use crate::server::Call;
use crate::store::Held;
use crate::world::values::DataValue;

/// Row numbers, in the order of writing; one that the server repeats is there as often.
pub(super) fn rows(call: &Call<'_>, ask: &Ask, held: &Held) -> Vec<u32> {
    let behaviour = &call.server.behaviour.aggregate;
    let values = held.values();
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
        if ask.limit.is_some() || ask.offset > 0 {
            // Nothing decides between rows that tie, so each part of a walk finds them in another order.
            rows.sort_by_cached_key(|number| {
                let mut hasher = DefaultHasher::new();
                (number, ask.offset, ask.limit).hash(&mut hasher);
                hasher.finish()
            });
        }
        rows.sort_by(|&a, &b| order(held, &ask.order, values.row(a), values.row(b)));
        rows.drain(..ask.offset.min(rows.len()));
    }
    if let Some(limit) = ask.limit {
        rows.truncate(limit);
    }
    rows
}

fn order(held: &Held, keys: &[OrderKey], a: &DataValue, b: &DataValue) -> Ordering {
    let text = |a, b| held.text(a).cmp(held.text(b));
    let days = |row: &DataValue| {
        let period = &held.values().period(row.period).0;
        (period.start(), period.end())
    };
    keys.iter().fold(Ordering::Equal, |ordering, key| {
        ordering.then_with(|| match key {
            OrderKey::Element => text(a.element, b.element),
            OrderKey::Unit => held.world().unit_uid(a.unit).cmp(held.world().unit_uid(b.unit)),
            OrderKey::Period => days(a).cmp(&days(b)),
            OrderKey::Created => a.created.cmp(&b.created),
            OrderKey::AttributeCombo => text(a.attribute_combo, b.attribute_combo),
        })
    })
}
