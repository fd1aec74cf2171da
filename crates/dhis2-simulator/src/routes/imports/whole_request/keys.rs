//! Whether the rows fit their data set.

use std::collections::{HashMap, HashSet};

use super::conflicts::Refused;
use super::decode::Entry;
use super::{Task, distinct, listed, uid};
use crate::json::Json;
use crate::routes::imports::ids::{Ids, combo_in_set, reference};
use crate::routes::imports::open_periods;
use crate::time::SentTime;
use crate::world::metadata::Metadata;

/// The one data set that all elements are in.
pub(super) fn target<'a>(ids: &mut Ids<'a>, entries: &[Entry]) -> Result<&'a Json, Refused> {
    let elements = distinct(entries.iter().map(|entry| entry.element.as_str()));
    let of_elements: HashSet<&str> = elements
        .iter()
        .filter_map(|element| ids.element_by_uid(element))
        .flat_map(|e| e.sets.clone())
        .map(uid)
        .collect();
    let all = ids.world().metadata.list("dataSets");
    let sets: Vec<&Json> = all.iter().filter(|set| of_elements.contains(uid(set))).collect();
    match sets.as_slice() {
        [set] => Ok(set),
        [] => Err(Refused::group("E8003", [listed(elements)])),
        several => Err(Refused::group("E8002", [listed(several.iter().map(|set| uid(set)))])),
    }
}

/// The first kind of object that does not fit refuses the request. What 2.43 lists of it comes in no order.
pub(super) fn check<'a>(task: &Task<'a>, ids: &mut Ids<'a>, set: &'a Json, entries: &[Entry]) -> Result<(), Refused> {
    in_reach(task, entries)?;
    let wrong = |code: &'static str, wrong: Vec<&str>| {
        if wrong.is_empty() { Ok(()) } else { Err(Refused::group(code, [uid(set).to_owned(), listed(wrong)])) }
    };
    let of_set: HashSet<&str> = Metadata::elements_of_set(set).collect();
    let others = entries.iter().map(|entry| entry.element.as_str()).filter(|element| !of_set.contains(element));
    wrong("E8020", distinct(others))?;
    let of_set: HashSet<&str> = Metadata::ids(set, "organisationUnits").collect();
    let others = entries.iter().map(|entry| entry.unit.as_str()).filter(|unit| !of_set.contains(unit));
    wrong("E8022", distinct(others))?;
    let kind = open_periods::period_type(set);
    let others: Vec<String> = entries
        .iter()
        .filter(|entry| Some(entry.period.period_type()) != kind)
        .map(|entry| entry.period.id())
        .collect();
    wrong("E8021", distinct(others.iter().map(String::as_str)))?;
    let default = ids.default_combo();
    let attribute_combo = |entry: &'_ Entry| entry.attribute_combo.clone().unwrap_or_else(|| default.to_owned());
    let others: Vec<String> = entries
        .iter()
        .map(attribute_combo)
        .filter(|combo| ids.combo_of(combo) != reference(set, "categoryCombo"))
        .collect();
    wrong("E8023", distinct(others.iter().map(String::as_str)))?;
    category_combos(ids, set, entries)?;
    attribute_combo_units(ids, entries)?;
    each_once(entries)?;
    open_units(task, entries)
}

/// Other accounts than the superuser may write to their own units only.
fn in_reach(task: &Task<'_>, entries: &[Entry]) -> Result<(), Refused> {
    let world = &task.server.world;
    let outside = entries.iter().map(|entry| entry.unit.as_str()).filter(|unit| {
        let unit = world.find_unit(unit);
        !task.account.superuser && unit.is_none_or(|unit| !task.account.reaches(&world.units, unit))
    });
    let outside = distinct(outside);
    if outside.is_empty() { Ok(()) } else { Err(Refused::group("E8011", [listed(outside)])) }
}

/// Whether each category option combo is one of the element's. Of several elements 2.43 names the first by its hash, here
/// it is the first sent.
fn category_combos<'a>(ids: &mut Ids<'a>, set: &'a Json, entries: &[Entry]) -> Result<(), Refused> {
    let default = ids.default_combo();
    let mut of_element: HashMap<&str, Option<&str>> = HashMap::new();
    let mut wrong: Vec<(&str, &str)> = Vec::new();
    for entry in entries {
        let wanted = *of_element
            .entry(&entry.element)
            .or_insert_with(|| ids.element_by_uid(&entry.element).map(|element| combo_in_set(set, &element)));
        let combo = entry.category_combo.as_deref().unwrap_or(default);
        if ids.combo_of(combo) != wanted {
            wrong.push((&entry.element, combo));
        }
    }
    let Some(&(element, _)) = wrong.first() else { return Ok(()) };
    let combos = distinct(wrong.iter().filter(|(of, _)| *of == element).map(|(_, combo)| *combo));
    Err(Refused::group("E8024", [uid(set).to_owned(), element.to_owned(), listed(combos)]))
}

/// Whether the options of the attribute option combos are in force at the units.
fn attribute_combo_units(ids: &Ids<'_>, entries: &[Entry]) -> Result<(), Refused> {
    let world = ids.world();
    let sent = entries.iter().filter_map(|entry| entry.attribute_combo.as_deref());
    for combo in distinct(sent) {
        let options = ids.category_options(combo);
        let elsewhere = |unit: &str| {
            let unit = world.find_unit(unit);
            let within =
                |own: &str| unit.zip(world.find_unit(own)).is_some_and(|(unit, own)| world.units.is_within(unit, own));
            options.iter().any(|option| {
                let mut own = Metadata::ids(option, "organisationUnits").peekable();
                own.peek().is_some() && !own.any(within)
            })
        };
        let of_combo = entries.iter().filter(|entry| entry.attribute_combo.as_deref() == Some(combo));
        let wrong = distinct(of_combo.map(|entry| entry.unit.as_str()).filter(|unit| elsewhere(unit)));
        if !wrong.is_empty() {
            return Err(Refused::group("E8025", [combo.to_owned(), listed(wrong)]));
        }
    }
    Ok(())
}

/// Whether no two rows are about the same value.
fn each_once(entries: &[Entry]) -> Result<(), Refused> {
    let mut places: HashMap<_, Vec<usize>> = HashMap::new();
    for entry in entries {
        // A combo that is not sent is another key than the default combo.
        let key =
            (&entry.element, entry.period, &entry.unit, entry.category_combo.as_ref(), entry.attribute_combo.as_ref());
        places.entry(key).or_default().push(entry.index);
    }
    let twice = places.iter().filter(|(_, indexes)| indexes.len() > 1).min_by_key(|(_, indexes)| indexes[0]);
    let Some((key, indexes)) = twice else { return Ok(()) };
    let (element, period, unit, category_combo, attribute_combo) = key;
    let combo = |combo: Option<&String>| combo.map_or("null", String::as_str).to_owned();
    let shown = format!(
        "DataValueKey[dataElement={element}, orgUnit={unit}, categoryOptionCombo={}, attributeOptionCombo={}, period={}]",
        combo(*category_combo),
        combo(*attribute_combo),
        period.id()
    );
    Err(Refused::group("E8128", [listed(indexes.iter().map(usize::to_string)), shown]))
}

/// Whether the units were open when their periods began. One unit is named, with all its periods.
fn open_units(task: &Task<'_>, entries: &[Entry]) -> Result<(), Refused> {
    let metadata = &task.server.world.metadata;
    let mut spans = HashMap::new();
    let untimely: Vec<&Entry> = entries
        .iter()
        .filter(|entry| {
            let (opened, closed) = *spans.entry(entry.unit.as_str()).or_insert_with(|| {
                let day =
                    |unit: &Json, key: &str| unit.text_of(key).and_then(SentTime::parse).map(|sent| sent.wall.date());
                let unit = metadata.find_of("organisationUnits", &entry.unit);
                unit.map_or((None, None), |unit| (day(unit, "openingDate"), day(unit, "closedDate")))
            });
            let start = entry.period.start();
            opened.is_some_and(|opened| start < opened) || closed.is_some_and(|closed| start > closed)
        })
        .collect();
    let Some(unit) = untimely.first().map(|entry| &entry.unit) else { return Ok(()) };
    let periods: Vec<String> =
        untimely.iter().filter(|entry| entry.unit == *unit).map(|entry| entry.period.id()).collect();
    let periods = distinct(periods.iter().map(String::as_str));
    Err(Refused::group("E8031", [unit.clone(), listed(periods)]))
}
