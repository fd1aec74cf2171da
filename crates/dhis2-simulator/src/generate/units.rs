//! The country: its units, levels and groups.

use super::{named, reference, references};
use crate::json::{Json, object};
use crate::random::Random;
use crate::world::builder::WorldBuilder;

/// The units of a made-up country.
#[derive(Debug)]
pub(super) struct Country {
    /// The units of the lowest level, where data are collected.
    pub(super) facilities: Vec<String>,
}

const KINDS: [&str; 5] = ["Health Post", "Centre de santé", "Clinic", "Hôpital", "\"St. Mary\" Hospital"];

pub(super) fn add(builder: &mut WorldBuilder, random: &mut Random, count: usize) -> Country {
    // Regions and districts grow slower than facilities; each level has at least one where there are units left for it.
    #[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)] // small counts
    let power = |exponent: f64| ((count as f64).powf(exponent).round() as usize).max(1);
    let regions = power(0.25).min(count.saturating_sub(1));
    let districts = power(0.55).min(count.saturating_sub(1 + regions));
    let mut place = Placer { builder, random, path: Vec::new() };
    let root = place.add("OU_0", "Demoland", None, 1);
    let mut region_units = Vec::new();
    for i in 0..regions {
        let letter = region_letter(i);
        region_units
            .push((letter.clone(), place.add(&format!("OU_{letter}"), &format!("Région {letter}"), Some(&root), 2)));
    }
    let mut district_units = Vec::new();
    for i in 0..districts {
        let (letter, parent) = &region_units[i % regions];
        let name = format!("{letter}{}", i / regions + 1);
        let unit = place.add(&format!("OU_{name}"), &format!("District {name}"), Some(&parent.clone()), 3);
        district_units.push((name, unit));
    }
    let mut facilities = Vec::new();
    for i in 0..count - (1 + regions + districts) {
        let (district, parent) = &district_units[i % districts];
        let number = i / districts + 1;
        let kind = KINDS[(i / 7 + i) % KINDS.len()];
        let name = format!("{kind} {district}-{number}");
        facilities.push(place.add(&format!("OU_{district}_{number}"), &name, Some(&parent.clone()), 4));
    }
    if facilities.is_empty() {
        facilities.extend(district_units.into_iter().map(|(_, unit)| unit));
    }
    if facilities.is_empty() {
        facilities.push(root);
    }
    add_levels(builder, random);
    add_groups(builder, random, &facilities);
    Country { facilities }
}

/// A, B, …, Z, A1, B1, …
fn region_letter(number: usize) -> String {
    let letter = char::from(b'A' + u8::try_from(number % 26).unwrap_or(0));
    if number < 26 { letter.to_string() } else { format!("{letter}{}", number / 26) }
}

struct Placer<'a> {
    builder: &'a mut WorldBuilder,
    random: &'a mut Random,
    /// The paths of the units placed so far.
    path: Vec<(String, String)>,
}

impl Placer<'_> {
    fn add(&mut self, code: &str, name: &str, parent: Option<&String>, level: u32) -> String {
        let uid = self.random.uid();
        let above = parent.and_then(|p| self.path.iter().rev().find(|(uid, _)| uid == p)).map(|(_, path)| path.clone());
        let path = format!("{}/{uid}", above.unwrap_or_default());
        if level < 4 {
            self.path.push((uid.clone(), path.clone()));
        }
        let mut rest = vec![
            ("path", Json::text(&path)),
            ("level", Json::number(level)),
            ("openingDate", Json::text("2010-01-01T00:00:00.000")),
        ];
        if let Some(parent) = parent {
            rest.push(("parent", reference(parent)));
        }
        if level == 4 && self.random.per_mille(500) {
            rest.push(("geometry", point(self.random)));
        }
        self.builder.add_metadata("organisationUnits", named(&uid, code, name, rest));
        uid
    }
}

/// A point of the country's map.
pub(super) fn point(random: &mut Random) -> Json {
    let mut coordinate = || {
        let number = i32::try_from(random.below(500_000)).unwrap_or(0);
        serde_json::Number::from_f64(f64::from(number) / 100_000.0).map_or(Json::Null, Json::Number)
    };
    let coordinates = Json::List(vec![coordinate(), coordinate()]);
    object([("type", Json::text("Point")), ("coordinates", coordinates)])
}

fn add_levels(builder: &mut WorldBuilder, random: &mut Random) {
    for (level, name) in (1u32..).zip(["Country", "Region", "District", "Facility"]) {
        let rest = vec![("level", Json::number(level))];
        let uid = random.uid();
        builder.add_metadata("organisationUnitLevels", named(&uid, &format!("LEVEL_{level}"), name, rest));
    }
}

/// Two groups that divide the facilities, and one that overlaps both.
fn add_groups(builder: &mut WorldBuilder, random: &mut Random, facilities: &[String]) {
    let every = |step: usize, offset: usize| references(facilities.iter().skip(offset).step_by(step));
    for (code, name, members) in
        [("PUBLIC", "Public", every(2, 0)), ("PRIVATE", "Private", every(2, 1)), ("RURAL", "Rural", every(3, 0))]
    {
        let uid = random.uid();
        builder.add_metadata("organisationUnitGroups", named(&uid, code, name, vec![("organisationUnits", members)]));
    }
}
