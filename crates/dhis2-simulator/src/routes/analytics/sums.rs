//! Adding up.

use std::collections::{BTreeMap, HashMap};

use dhis2_api::period::Period;

use super::ask::{Ask, Axis, Datum};
use super::expression;
use crate::json::Json;
use crate::routes::imports::{is_numeric, number};
use crate::server::Call;
use crate::store::Held;
use crate::world::texts::Text;

/// A row: its cells, the value last.
pub(super) type GridRow = Vec<String>;

/// Where a value counts: item of `dx`, period, unit, category and attribute option combo, as far as they are kept apart.
type Place = (usize, usize, usize, Text, Text);

/// How the values of an element become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Aggregation {
    Sum,
    Average,
    /// Averaged over time, summed over units.
    AverageSum,
    Count,
    Least,
    Greatest,
}

/// The values that fell to one place.
#[derive(Debug, Clone, Copy, Default)]
struct Heap {
    sum: f64,
    /// The sum of the values times their periods' days.
    days_sum: f64,
    count: u32,
    least: f64,
    greatest: f64,
}

impl Heap {
    fn add(&mut self, value: f64, days: f64) {
        let first = self.count == 0;
        self.sum += value;
        self.days_sum += value * days;
        self.count += 1;
        self.least = if first { value } else { self.least.min(value) };
        self.greatest = if first { value } else { self.greatest.max(value) };
    }

    fn value(&self, aggregation: Aggregation, days: f64) -> f64 {
        match aggregation {
            Aggregation::Sum => self.sum,
            Aggregation::Average => self.sum / f64::from(self.count),
            Aggregation::AverageSum => self.days_sum / days,
            Aggregation::Count => f64::from(self.count),
            Aggregation::Least => self.least,
            Aggregation::Greatest => self.greatest,
        }
    }
}

/// What an element's values become, if that is simulated.
fn aggregation(element: &Json) -> Option<Aggregation> {
    if !is_numeric(element.text_of("valueType")?) {
        return None;
    }
    match element.text_of("aggregationType")? {
        "SUM" => Some(Aggregation::Sum),
        "AVERAGE" => Some(Aggregation::Average),
        "AVERAGE_SUM_ORG_UNIT" => Some(Aggregation::AverageSum),
        "COUNT" => Some(Aggregation::Count),
        "MIN" => Some(Aggregation::Least),
        "MAX" => Some(Aggregation::Greatest),
        _ => None,
    }
}

/// The rows of a query, in no order that means anything.
pub(super) fn rows(call: &Call<'_>, ask: &Ask<'_>) -> Vec<GridRow> {
    let held = call.server.analytics.read().unwrap_or_else(std::sync::PoisonError::into_inner).clone();
    let mut rows = Vec::new();
    let sums = Sums { held: &held, ask };
    for (number, (_, datum)) in ask.data.iter().enumerate() {
        let values = match datum {
            Datum::Element(uid) => sums.of_element(uid, None),
            Datum::Operand(uid, combo) => sums.of_element(uid, Some(combo)),
            Datum::Indicator(indicator) => sums.of_indicator(indicator),
        };
        let whole = call.query.switch("skipRounding");
        rows.extend(values.into_iter().map(|(place, value)| sums.row(number, &place, value, whole)));
    }
    rows
}

struct Sums<'a> {
    held: &'a Held,
    ask: &'a Ask<'a>,
}

impl Sums<'_> {
    /// The values of an element, or of one of its option combos.
    fn of_element(&self, uid: &str, combo: Option<&str>) -> BTreeMap<Place, f64> {
        let world = self.held.world();
        let Some(aggregation) = world.metadata.find_of("dataElements", uid).and_then(aggregation) else {
            return BTreeMap::new();
        };
        let (Some(element), Some(combo)) =
            (self.held.find(uid), combo.map_or(Some(None), |c| self.held.find(c).map(Some)))
        else {
            return BTreeMap::new();
        };
        let keeps = |axis| self.ask.columns.contains(&axis);
        let wanted = |list: &Option<Vec<String>>, text: Text| {
            list.as_ref().is_none_or(|list| list.iter().any(|uid| uid == self.held.text(text)))
        };
        let periods = self.places_of_periods();
        let units = self.places_of_units();
        let mut heaps: HashMap<Place, Heap> = HashMap::new();
        for row in self.held.values().rows() {
            if row.element != element
                || row.deleted
                || combo.is_some_and(|combo| combo != row.category_combo)
                || !wanted(&self.ask.category_combos, row.category_combo)
                || !wanted(&self.ask.attribute_combos, row.attribute_combo)
            {
                continue;
            }
            let Some(value) = row.value.some().and_then(|value| number(self.held.text(value))) else { continue };
            let period = &self.held.values().period(row.period).0;
            for &period_place in &periods[row.period as usize] {
                for &unit_place in &units[row.unit as usize] {
                    let category = if keeps(Axis::CategoryCombo) { row.category_combo } else { Text::NONE };
                    let attribute = if keeps(Axis::AttributeCombo) { row.attribute_combo } else { Text::NONE };
                    let place = (0, period_place, unit_place, category, attribute);
                    heaps.entry(place).or_default().add(value, days(period));
                }
            }
        }
        let value = |(place, heap): (Place, Heap)| (place, heap.value(aggregation, self.days_of(place.1)));
        heaps.into_iter().map(value).collect()
    }

    /// The values of an indicator, where any of what it is made of has one.
    fn of_indicator(&self, indicator: &Json) -> BTreeMap<Place, f64> {
        let world = self.held.world();
        let expression = |key| indicator.text_of(key).unwrap_or_default();
        let (numerator, denominator) = (expression("numerator"), expression("denominator"));
        let operands = expression::operands(numerator).zip(expression::operands(denominator));
        let Some((mut operands, others)) = operands else { return BTreeMap::new() };
        operands.extend(others);
        let values: HashMap<&str, BTreeMap<Place, f64>> = operands
            .into_iter()
            .map(|operand| match operand.split_once('.') {
                Some((element, combo)) => (operand, self.of_element(element, Some(combo))),
                None => (operand, self.of_element(operand, None)),
            })
            .collect();
        let kind = indicator.get("indicatorType").and_then(|kind| kind.text_of("id"));
        let kind = kind.and_then(|id| world.metadata.find_of("indicatorTypes", id));
        let factor = match kind.and_then(|kind| kind.get("factor")) {
            Some(Json::Number(factor)) => factor.as_f64().unwrap_or(1.0),
            _ => 1.0,
        };
        let annualized = indicator.get("annualized").and_then(Json::as_bool).unwrap_or(false);
        let mut results = BTreeMap::new();
        for place in values.values().flat_map(BTreeMap::keys) {
            let value = |operand: &str| values.get(operand).and_then(|of| of.get(place)).copied().unwrap_or(0.0);
            let parts = expression::evaluate(numerator, &value).zip(expression::evaluate(denominator, &value));
            let Some((numerator, denominator)) = parts.filter(|(_, denominator)| *denominator != 0.0) else { continue };
            let yearly = if annualized { 365.0 / self.days_of(place.1) } else { 1.0 };
            results.insert(*place, numerator / denominator * factor * yearly);
        }
        results
    }

    /// For each period of the values the places it counts at. Periods of a filter are all one place.
    fn places_of_periods(&self) -> Vec<Vec<usize>> {
        let column = self.ask.columns.contains(&Axis::Period);
        let places = |stored: &Period| -> Vec<usize> {
            if let Some((start, end)) = self.ask.dates {
                return if start <= stored.start() && stored.end() <= end { vec![0] } else { Vec::new() };
            }
            let holds = |asked: &Period| {
                asked.start() <= stored.start() && stored.start() <= asked.end() && days(stored) <= days(asked)
            };
            let found = self.ask.periods.iter().enumerate().filter(|(_, asked)| holds(asked)).map(|(number, _)| number);
            if column { found.collect() } else { found.take(1).map(|_| 0).collect() }
        };
        self.held.values().periods().iter().map(|(period, _)| places(period)).collect()
    }

    /// For each unit the places that its values count at: those of the units asked for above it. Without units in the
    /// query, and with a filter, there is one place.
    fn places_of_units(&self) -> Vec<Vec<usize>> {
        let units = &self.held.world().units;
        let mut places = vec![Vec::new(); units.len()];
        if self.ask.units.is_empty() {
            return vec![vec![0]; units.len()];
        }
        let column = self.ask.columns.contains(&Axis::Unit);
        for (number, &asked) in self.ask.units.iter().enumerate() {
            for &unit in units.subtree(asked) {
                let at = &mut places[unit as usize];
                if column {
                    at.push(number);
                } else if at.is_empty() {
                    at.push(0);
                }
            }
        }
        places
    }

    /// The days that a place of periods has.
    #[allow(clippy::cast_precision_loss)] // days
    fn days_of(&self, place: usize) -> f64 {
        match self.ask.dates {
            Some((start, end)) => (end - start).num_days() as f64 + 1.0,
            None if self.ask.columns.contains(&Axis::Period) => days(&self.ask.periods[place]),
            None => self.ask.periods.iter().map(days).sum(),
        }
    }

    fn row(&self, datum: usize, place: &Place, value: f64, whole: bool) -> GridRow {
        let (_, period, unit, category, attribute) = *place;
        let mut row: GridRow = self
            .ask
            .columns
            .iter()
            .map(|axis| match axis {
                Axis::Data => self.ask.data[datum].0.clone(),
                Axis::Period => self.ask.periods[period].id(),
                Axis::Unit => self.held.world().unit_uid(self.ask.units[unit]).to_owned(),
                Axis::CategoryCombo => self.held.text(category).to_owned(),
                Axis::AttributeCombo => self.held.text(attribute).to_owned(),
            })
            .collect();
        row.push(if whole { value.to_string() } else { rounded(value).to_string() });
        row
    }
}

#[allow(clippy::cast_precision_loss)] // days
fn days(period: &Period) -> f64 {
    (period.end() - period.start()).num_days() as f64 + 1.0
}

/// One decimal for numbers from one on, two for smaller ones.
fn rounded(value: f64) -> f64 {
    let scale = if value.abs() >= 1.0 { 10.0 } else { 100.0 };
    (value * scale).round() / scale
}
