//! Made-up data values.

use chrono::NaiveDate;
use dhis2_api::period::Period;

use super::metadata::{Combos, DataSet, Element};
use super::units::Country;
use super::{DAY, ENTERED};
use crate::random::Random;
use crate::world::builder::WorldBuilder;
use crate::world::texts::Text;
use crate::world::values::DataValue;

const REMARKS: [&str; 4] = ["checked", "résumé; \"quoted\"", "two\nlines", "ambulance \u{1F691}"];

pub(super) fn add(
    builder: &mut WorldBuilder,
    random: &mut Random,
    country: &Country,
    combos: &Combos,
    sets: &[DataSet],
    count: usize,
) {
    let mut left = count;
    for (i, set) in sets.iter().enumerate() {
        // The last set takes what rounding left.
        let own = if i + 1 == sets.len() { left } else { (count * set.share / 1000).min(left) };
        left -= own;
        add_set(builder, random, country, combos, set, own);
    }
}

/// Exactly so many values of a set: of all there could be in enough periods, each is taken with the chance that is left.
fn add_set(
    builder: &mut WorldBuilder,
    random: &mut Random,
    country: &Country,
    combos: &Combos,
    set: &DataSet,
    count: usize,
) {
    let cells = cells(builder, combos, set);
    let places = country.facilities.len() * cells.len();
    let periods = periods(set, (count * 5 / 4).div_ceil(places.max(1)));
    let mut open = places * periods.len();
    let mut wanted = count.min(open);
    let units: Vec<_> = country
        .facilities
        .iter()
        .filter_map(|uid| builder.texts.find(uid).and_then(|uid| builder.units.find(uid)))
        .collect();
    for period in periods {
        let Some(number) = builder.period(&period.id()) else { continue };
        for &unit in &units {
            for cell in &cells {
                if random.below(open) < wanted {
                    wanted -= 1;
                    let value = value(builder, random, cell);
                    builder.push_value(DataValue { period: number, unit, ..value });
                }
                open -= 1;
            }
        }
    }
}

/// One column of a form: an element with its combos.
struct Cell<'a> {
    element: &'a Element,
    uid: Text,
    category_combo: Text,
    attribute_combo: Text,
}

fn cells<'a>(builder: &mut WorldBuilder, combos: &Combos, set: &'a DataSet) -> Vec<Cell<'a>> {
    let default = std::slice::from_ref(&combos.default);
    let mut cells = Vec::new();
    for element in &set.elements {
        let category_combos = if element.by_age_and_sex { combos.age_sex.as_slice() } else { default };
        let attribute_combos = if set.by_funder { combos.funder.as_slice() } else { default };
        for category_combo in category_combos {
            for attribute_combo in attribute_combos {
                cells.push(Cell {
                    element,
                    uid: builder.texts.intern(&element.uid),
                    category_combo: builder.texts.intern(category_combo),
                    attribute_combo: builder.texts.intern(attribute_combo),
                });
            }
        }
    }
    cells
}

/// So many periods up to the end of 2024, the earliest first.
fn periods(set: &DataSet, count: usize) -> Vec<Period> {
    let last_day = NaiveDate::from_ymd_opt(2024, 12, 31).unwrap_or_default();
    let last = Period::containing(set.period_type, last_day);
    let mut periods: Vec<_> = std::iter::successors(last, Period::previous).take(count).collect();
    periods.reverse();
    periods
}

fn value(builder: &mut WorldBuilder, random: &mut Random, cell: &Cell<'_>) -> DataValue {
    let text = match cell.element.value_type {
        "NUMBER" => format!("{}.{}", random.below(1000), random.below(10)),
        "TEXT" => (*random.pick(&REMARKS)).to_owned(),
        "BOOLEAN" => (if random.per_mille(500) { "true" } else { "false" }).to_owned(),
        "TRUE_ONLY" => "true".to_owned(),
        _ => random.below(500).to_string(),
    };
    let seconds = i64::try_from(random.below(5 * 86_400)).unwrap_or(0) * 1000;
    let created = ENTERED + seconds;
    let later = if random.per_mille(100) { 30 * DAY } else { 0 };
    let comment = if random.per_mille(20) { Some(*random.pick(&REMARKS)) } else { None };
    // A few rows hold a comment only.
    let no_value = comment.is_some() && random.per_mille(100);
    DataValue {
        element: cell.uid,
        period: 0,
        unit: 0,
        category_combo: cell.category_combo,
        attribute_combo: cell.attribute_combo,
        value: if no_value { Text::NONE } else { builder.texts.intern(&text) },
        stored_by: builder.texts.intern(if random.per_mille(900) { "admin" } else { "clerk" }),
        comment: builder.texts.intern_option(comment),
        created,
        updated: created + later,
        followup: random.per_mille(20),
        deleted: random.per_mille(10),
    }
}
