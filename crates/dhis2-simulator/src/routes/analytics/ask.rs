//! What a query asks for.

use chrono::NaiveDate;
use dhis2_api::period::Period;

use crate::answer::Refusal;
use crate::json::Json;
use crate::server::Call;
use crate::time::SentTime;
use crate::world::World;
use crate::world::metadata::Metadata;
use crate::world::units::{UnitIndex, UnitSet};

/// A dimension that is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Axis {
    Data,
    Period,
    Unit,
    CategoryCombo,
    AttributeCombo,
}

impl Axis {
    const ALL: [Self; 5] = [Self::Data, Self::Period, Self::Unit, Self::CategoryCombo, Self::AttributeCombo];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Data => "dx",
            Self::Period => "pe",
            Self::Unit => "ou",
            Self::CategoryCombo => "co",
            Self::AttributeCombo => "ao",
        }
    }

    /// The title of its column.
    pub(super) fn title(self) -> &'static str {
        match self {
            Self::Data => "Data",
            Self::Period => "Period",
            Self::Unit => "Organisation unit",
            Self::CategoryCombo => "Category option combo",
            Self::AttributeCombo => "Attribute option combo",
        }
    }
}

/// Something with values.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Datum<'a> {
    Element(&'a str),
    /// An element and one of its option combos.
    Operand(&'a str, &'a str),
    Indicator(&'a Json),
}

/// A query.
#[derive(Debug, Default)]
pub(super) struct Ask<'a> {
    /// What becomes a column, in the order sent.
    pub(super) columns: Vec<Axis>,
    /// What is asked for of each axis, as column or filter.
    pub(super) data: Vec<(String, Datum<'a>)>,
    pub(super) periods: Vec<Period>,
    pub(super) dates: Option<(NaiveDate, NaiveDate)>,
    pub(super) units: Vec<UnitIndex>,
    /// None lets all through.
    pub(super) category_combos: Option<Vec<String>>,
    pub(super) attribute_combos: Option<Vec<String>>,
    /// Groups, levels and boundaries: they stand in the metadata, but in no row.
    pub(super) mentioned: Vec<&'a Json>,
}

impl<'a> Ask<'a> {
    pub(super) fn read(call: &'a Call<'_>) -> Result<Self, Refusal> {
        let mut ask = Self::default();
        let sent = |parameter| call.query.all(parameter).filter_map(|text: &str| axis_of(text)).collect::<Vec<_>>();
        let (columns, filters) = (sent("dimension"), sent("filter"));
        let date = |name| call.query.filled(name).and_then(SentTime::parse).map(|sent: SentTime| sent.wall.date());
        ask.dates = date("startDate").zip(date("endDate"));
        check_presence(call, &columns, &filters, ask.dates.is_some())?;
        for (axis, items) in columns.iter().chain(&filters) {
            ask.add(call, *axis, items)?;
        }
        ask.columns = columns.iter().map(|(axis, _)| *axis).collect();
        Ok(ask)
    }

    /// The units that a query for something else asks for.
    pub(super) fn of_units(call: &'a Call<'_>, items: &[&'a str]) -> Result<Self, Refusal> {
        let mut ask = Self::default();
        ask.add(call, Axis::Unit, items)?;
        Ok(ask)
    }

    fn add(&mut self, call: &'a Call<'_>, axis: Axis, items: &[&'a str]) -> Result<(), Refusal> {
        let world = &call.server.world;
        let found = match axis {
            Axis::Data => {
                for item in items {
                    self.add_data(world, item);
                }
                self.data.len()
            }
            Axis::Period => {
                for period in items.iter().filter_map(|id| Period::parse(id).ok()) {
                    if !self.periods.contains(&period) {
                        self.periods.push(period);
                    }
                }
                self.periods.len()
            }
            Axis::Unit => {
                self.add_units(call, items)?;
                self.units.len()
            }
            // Without items all option combos are meant.
            Axis::CategoryCombo | Axis::AttributeCombo if items.is_empty() => 1,
            Axis::CategoryCombo => self.category_combos.insert(known_combos(world, items)).len(),
            Axis::AttributeCombo => self.attribute_combos.insert(known_combos(world, items)).len(),
        };
        if found > 0 {
            return Ok(());
        }
        let message = format!("Dimension is present in query without any valid dimension options: `{}`", axis.name());
        Err(Refusal::conflict(message).code("E7124"))
    }

    /// Adds what an item of `dx` means; unknown ones are dropped.
    fn add_data(&mut self, world: &'a World, item: &'a str) {
        let metadata = &world.metadata;
        let mut add = |name: &str, datum| {
            if !self.data.iter().any(|(known, _)| known == name) {
                self.data.push((name.to_owned(), datum));
            }
        };
        if let Some(group) = item.strip_prefix("DE_GROUP-").and_then(|id| metadata.find_of("dataElementGroups", id)) {
            Metadata::ids(group, "dataElements").for_each(|id| add(id, Datum::Element(id)));
            self.mentioned.push(group);
        } else if let Some(group) =
            item.strip_prefix("IN_GROUP-").and_then(|id| metadata.find_of("indicatorGroups", id))
        {
            let indicators = Metadata::ids(group, "indicators").filter_map(|id| metadata.find_of("indicators", id));
            indicators.for_each(|json| add(json.text_of("id").unwrap_or_default(), Datum::Indicator(json)));
            self.mentioned.push(group);
        } else if metadata.find_of("dataElements", item).is_some() {
            add(item, Datum::Element(item));
        } else if let Some(indicator) = metadata.find_of("indicators", item) {
            add(item, Datum::Indicator(indicator));
        } else if let Some((element, combo)) = item.split_once('.')
            && metadata.find_of("dataElements", element).is_some()
            && metadata.find_of("categoryOptionCombos", combo).is_some()
        {
            add(item, Datum::Operand(element, combo));
        }
    }

    /// Adds the units meant. Beside levels and groups the units named are the boundaries within which these count.
    fn add_units(&mut self, call: &'a Call<'_>, items: &[&str]) -> Result<(), Refusal> {
        let world: &'a World = &call.server.world;
        let mut named: Vec<UnitIndex> = Vec::new();
        let mut levels = Vec::new();
        let mut groups: Vec<&UnitSet> = Vec::new();
        for item in items {
            if *item == "USER_ORGUNIT" {
                named.extend(&call.account.units);
            } else if let Some(level) = item.strip_prefix("LEVEL-") {
                levels.extend(find_level(world, level));
            } else if let Some(uid) = item.strip_prefix("OU_GROUP-") {
                let group = world.unit_groups.iter().find(|(group, _)| world.texts.get(*group) == uid);
                groups.extend(group.map(|(_, members)| members));
                self.mentioned.extend(group.and_then(|_| world.metadata.find_of("organisationUnitGroups", uid)));
            } else {
                named.extend(world.find_unit(item));
            }
        }
        let outside = named.iter().find(|&&unit| !call.account.reaches(&world.units, unit));
        if let Some(&unit) = outside {
            let message = format!(
                "User: `{}` is not allowed to view org unit: `{}`",
                call.account.username,
                world.unit_uid(unit)
            );
            return Err(Refusal::conflict(message).code("E7120"));
        }
        let mut add = |unit: UnitIndex| {
            if !self.units.contains(&unit) {
                self.units.push(unit);
            }
        };
        if levels.is_empty() && groups.is_empty() {
            named.into_iter().for_each(add);
            return Ok(());
        }
        let boundaries = if named.is_empty() { call.account.units.clone() } else { named.clone() };
        let within = |unit: UnitIndex| boundaries.iter().any(|&boundary| world.units.is_within(unit, boundary));
        for &unit in world.units.walk() {
            let level = world.units.get(unit).level;
            let wanted = levels.iter().any(|(number, _)| *number == level)
                || groups.iter().any(|members| members.contains(unit));
            if wanted && within(unit) {
                add(unit);
            }
        }
        self.mentioned.extend(levels.into_iter().map(|(_, json)| json));
        self.mentioned.extend(named.iter().filter_map(|&unit| world.metadata.find(world.unit_uid(unit))));
        Ok(())
    }
}

/// Refuses a query that lacks a dimension or a period.
fn check_presence(
    call: &Call<'_>,
    columns: &[(Axis, Vec<&str>)],
    filters: &[(Axis, Vec<&str>)],
    dates: bool,
) -> Result<(), Refusal> {
    let periods = columns.iter().chain(filters).any(|(axis, _)| *axis == Axis::Period);
    if periods && dates {
        let message = "Periods and start and end dates cannot be specified simultaneously";
        return Err(Refusal::conflict(message).code("E7105"));
    }
    let no_dimension = || Refusal::conflict("At least one dimension must be specified").code("E7101");
    if call.server.behaviour.analytics.dimensions_checked_first {
        if columns.is_empty() {
            return Err(no_dimension());
        }
        if !periods && !dates {
            let message = "At least one period as dimension or filter, or start and dates, must be specified";
            return Err(Refusal::conflict(message).code("E7104"));
        }
    } else if !periods && !dates {
        let message = "A end date was not specified in periods, dimensions, filters";
        return Err(Refusal::conflict(message).code("E7146"));
    }
    if columns.is_empty() { Err(no_dimension()) } else { Ok(()) }
}

/// A dimension as sent: its axis, and its items.
pub(super) fn axis_of(text: &str) -> Option<(Axis, Vec<&str>)> {
    let (name, items) = text.split_once(':').unwrap_or((text, ""));
    let axis = Axis::ALL.into_iter().find(|axis| axis.name() == name)?;
    Some((axis, items.split(';').filter(|item| !item.is_empty()).collect()))
}

fn known_combos(world: &World, items: &[&str]) -> Vec<String> {
    let known = |item: &&&str| world.metadata.find_of("categoryOptionCombos", item).is_some();
    items.iter().filter(known).map(|item| (*item).to_owned()).collect()
}

/// A level by its number or its uid.
fn find_level<'a>(world: &'a World, given: &str) -> Option<(u32, &'a Json)> {
    let number = |level: &Json| match level.get("level") {
        Some(Json::Number(number)) => number.as_u64().and_then(|number| u32::try_from(number).ok()),
        _ => None,
    };
    let levels = world.metadata.list("organisationUnitLevels").iter();
    let mut levels = levels.filter_map(|level| Some((number(level)?, level)));
    levels.find(|(number, level)| number.to_string() == given || level.text_of("id") == Some(given))
}
