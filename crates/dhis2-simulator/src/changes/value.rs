//! Another value of the same type.

use chrono::{NaiveDate, TimeDelta};

use crate::json::Json;
use crate::world::World;

/// A value that differs from this one and is one that the data element or attribute can hold; none where that cannot be
/// told, as for files and units.
pub(super) fn other(world: &World, kind: &str, uid: &str, value: &str) -> Option<String> {
    let object = world.metadata.find_of(kind, uid)?;
    if let Some(set) = object.get("optionSet").and_then(|set| set.text_of("id")) {
        return other_option(world, set, value);
    }
    match object.text_of("valueType")? {
        "TEXT" | "LONG_TEXT" => Some(format!("{value} (corrected)")),
        "BOOLEAN" => Some((if value == "true" { "false" } else { "true" }).to_owned()),
        "DATE" | "AGE" => {
            let day = NaiveDate::parse_from_str(value, "%Y-%m-%d").ok()?;
            Some((day + TimeDelta::days(1)).to_string())
        }
        kind if kind == "NUMBER" || kind.starts_with("INTEGER") => {
            // The whole part goes up by one, or down where only negative numbers are allowed.
            let (whole, fraction) = value.split_at(value.find('.').unwrap_or(value.len()));
            let step = if kind == "INTEGER_NEGATIVE" { -1 } else { 1 };
            Some(format!("{}{fraction}", whole.parse::<i64>().ok()?.checked_add(step)?))
        }
        _ => None,
    }
}

/// The code that follows in the set, the first one after the last.
fn other_option(world: &World, set: &str, value: &str) -> Option<String> {
    let of_set = |option: &&Json| option.get("optionSet").and_then(|of| of.text_of("id")) == Some(set);
    let options = world.metadata.list("options").iter().filter(of_set);
    let codes: Vec<_> = options.filter_map(|option| option.text_of("code")).collect();
    let at = codes.iter().position(|code| *code == value).map_or(0, |at| (at + 1) % codes.len());
    codes.get(at).filter(|code| **code != value).map(|code| (*code).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::WorldSize;

    #[test]
    fn every_value_of_a_made_up_world_has_another_one() {
        let world = World::generate(&WorldSize { organisation_units: 20, data_values: 0, events: 200 }, 1);
        let mut seen = 0;
        for event in world.events() {
            for (element, value) in event.values {
                assert_ne!(other(&world, "dataElements", element, value).as_deref(), Some(value));
                seen += usize::from(other(&world, "dataElements", element, value).is_some());
            }
        }
        assert!(seen > 200, "{seen}");
    }

    #[test]
    fn a_number_keeps_its_fraction_and_a_date_stays_one() {
        let world = World::generate(&WorldSize { organisation_units: 5, data_values: 0, events: 5 }, 1);
        let of_type = |kind: &str| {
            let elements = world.metadata.list("dataElements").iter();
            let mut of_type = elements.filter(|e| e.text_of("valueType") == Some(kind) && e.get("optionSet").is_none());
            of_type.next().and_then(|e| e.text_of("id")).unwrap()
        };
        let other = |kind: &str, value: &str| other(&world, "dataElements", of_type(kind), value);
        assert_eq!(other("NUMBER", "9.5").as_deref(), Some("10.5"));
        assert_eq!(other("DATE", "2024-02-29").as_deref(), Some("2024-03-01"));
        assert_eq!(other("BOOLEAN", "true").as_deref(), Some("false"));
        assert_eq!(other("NUMBER", "many"), None);
    }
}
