//! What a query asks for, as the server reads it.

use std::collections::HashSet;

use chrono::NaiveDate;
use dhis2_api::dialect::behaviour::{AggregateBehaviour, LastUpdatedReading, UnitScope, UnknownIds};
use dhis2_api::period::Period;

use super::refusals::{Faults, Refused};
use super::schemes::Scheme;
use crate::answer::Refusal;
use crate::server::Call;
use crate::store::Held;
use crate::time::{SentTime, offset_millis, parse_duration, start_of_day};
use crate::world::metadata::Metadata;
use crate::world::texts::Text;
use crate::world::units::{UnitIndex, UnitSet};

/// A query for data values.
#[derive(Debug)]
pub(super) struct Ask {
    /// The data sets named: those known on old servers, all on new ones.
    pub(super) sets: Vec<String>,
    pub(super) elements: HashSet<Text>,
    pub(super) times: Times,
    /// The units named: those known on old servers, all on new ones.
    pub(super) units_named: Vec<String>,
    pub(super) units: Vec<UnitIndex>,
    pub(super) children: bool,
    /// Positions in the world's unit groups.
    pub(super) groups: Vec<usize>,
    pub(super) groups_named: bool,
    /// The attribute option combos that are let through; none lets all through.
    pub(super) attribute_combos: Option<HashSet<Text>>,
    pub(super) attribute_combos_named: Vec<String>,
    pub(super) category_combos: Option<HashSet<Text>>,
    pub(super) updated_from: Option<i64>,
    pub(super) include_deleted: bool,
    /// By what rows are ordered; empty on servers that do not order them.
    pub(super) order: Vec<OrderKey>,
    pub(super) limit: Option<usize>,
    pub(super) offset: usize,
}

/// What rows of 2.43 can be ordered by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OrderKey {
    Element,
    Unit,
    Period,
    Created,
    AttributeCombo,
}

/// Which periods are asked for.
#[derive(Debug)]
pub(super) enum Times {
    Any,
    Periods(Vec<Period>),
    /// Periods that lie wholly within.
    Within(NaiveDate, NaiveDate),
}

impl Ask {
    pub(super) fn read(call: &Call<'_>, held: &Held) -> Result<Self, Refused> {
        let behaviour = &call.server.behaviour.aggregate;
        let start = date(call, "startDate")?.map(|sent| sent.wall.date());
        let end = date(call, "endDate")?.map(|sent| sent.wall.date());
        let last_updated = date(call, "lastUpdated")?;
        let limit = whole_number(call, "limit")?;
        let order = order(call)?;
        let offset = whole_number(call, "offset")?.filter(|_| behaviour.ordered).unwrap_or(0);

        let sets = identify(call, "dataSet", "dataSets", &["inputDataSetIdScheme", "inputIdScheme"])?;
        let named = if behaviour.element_params {
            identify(call, "dataElement", "dataElements", &["inputDataElementIdScheme", "inputIdScheme"])?
        } else {
            Vec::new()
        };
        let element_groups = identify(
            call,
            "dataElementGroup",
            "dataElementGroups",
            &["inputDataElementGroupIdScheme", "inputIdScheme"],
        )?;
        let units_named = identify(call, "orgUnit", "organisationUnits", &["inputOrgUnitIdScheme", "inputIdScheme"])?;
        let groups_named =
            identify(call, "orgUnitGroup", "organisationUnitGroups", &["inputOrgUnitIdScheme", "inputIdScheme"])?;
        let world = &call.server.world;
        let units: Vec<_> = units_named.iter().filter_map(|uid| world.find_unit(uid)).collect();
        let groups: Vec<_> = groups_named
            .iter()
            .filter_map(|uid| world.unit_groups.iter().position(|(group, _)| world.texts.get(*group) == uid))
            .collect();
        let children = call.query.switch("children");

        let (periods, period_sent) = periods(call)?;
        let range = start.zip(end).filter(|_| !(period_sent && behaviour.period_displaces_dates));
        let duration = call.query.filled("lastUpdatedDuration");
        let has_update = last_updated.is_some() || duration.is_some();

        let mut faults = Faults::default();
        faults.check(
            sets.is_empty() && named.is_empty() && element_groups.is_empty(),
            "E2001",
            "At least one data element, data set or data element group must be specified",
        );
        faults.check(
            periods.is_empty() && range.is_none() && !(has_update && behaviour.last_updated_suffices),
            "E2002",
            "At least one period, start/end dates, last updated or last updated duration must be specified",
        );
        faults.check(
            !periods.is_empty() && range.is_some(),
            "E2003",
            "Both periods and start/end date cannot be specified",
        );
        faults.check(range.is_some_and(|(start, end)| start > end), "E2004", "Start date must be before end date");
        faults.check(
            duration.is_some_and(|text| parse_duration(text).is_none()) && !behaviour.bad_duration_ignored,
            "E2005",
            "Duration is not valid: `{0}`",
        );
        faults.check(
            units_named.is_empty() && groups_named.is_empty(),
            "E2006",
            "At least one organisation unit or organisation unit group must be specified",
        );
        faults.check(
            children && !groups_named.is_empty(),
            "E2007",
            "Organisation unit children cannot be included for organisation unit groups",
        );
        faults.check(
            children && units_named.is_empty() && behaviour.children_need_unit,
            "E2008",
            "At least one organisation unit must be specified when children are included",
        );
        if let Some(limit) = limit.filter(|limit| *limit < 0) {
            let named = if behaviour.limit_named { limit.to_string() } else { "{0}".to_owned() };
            faults.check(true, "E2009", format!("Limit cannot be less than zero: `{named}`"));
        }
        faults.told(behaviour.first_error)?;
        check_access(call, &units)?;

        let elements = elements(call, held, &sets, &named, &element_groups);
        let attribute_combos_named =
            identify(call, "attributeOptionCombo", "categoryOptionCombos", &["inputIdScheme"])?;
        let attribute_combos = attribute_combos(call, held, &attribute_combos_named)?;
        let category_combos = if behaviour.category_combo_param && call.query.filled("categoryOptionCombo").is_some() {
            let named = identify(call, "categoryOptionCombo", "categoryOptionCombos", &["inputIdScheme"])?;
            Some(named.iter().filter_map(|uid| held.find(uid)).collect())
        } else {
            None
        };
        let times = match range {
            _ if !periods.is_empty() => Times::Periods(periods),
            Some((start, end)) => Times::Within(start, end),
            None => Times::Any,
        };
        Ok(Self {
            sets,
            elements,
            times,
            units_named,
            units,
            children,
            groups,
            groups_named: !groups_named.is_empty(),
            attribute_combos,
            attribute_combos_named,
            category_combos,
            updated_from: updated_from(call, last_updated, duration),
            include_deleted: call.query.switch("includeDeleted"),
            order,
            limit: limit.and_then(|limit| usize::try_from(limit).ok()),
            offset: usize::try_from(offset).unwrap_or(0),
        })
    }
}

/// A date parameter; unreadable ones are refused before anything else.
fn date(call: &Call<'_>, name: &str) -> Result<Option<SentTime>, Refusal> {
    let Some(text) = call.query.filled(name) else { return Ok(None) };
    let wrong = || {
        let message = if call.server.behaviour.aggregate.old_date_error {
            format!("Value {text} is not a valid Date.")
        } else {
            format!("Value '{text}' is not valid for parameter {name}. Invalid format: \"{text}\"")
        };
        Refusal::new(400, message)
    };
    SentTime::parse(text).map(Some).ok_or_else(wrong)
}

fn whole_number(call: &Call<'_>, name: &str) -> Result<Option<i64>, Refusal> {
    let Some(text) = call.query.filled(name) else { return Ok(None) };
    let wrong = |_| Refusal::new(400, format!("Value '{text}' is not valid for parameter {name}."));
    text.parse().map(Some).map_err(wrong)
}

/// The order asked for; without one by period, creation and element.
fn order(call: &Call<'_>) -> Result<Vec<OrderKey>, Refusal> {
    if !call.server.behaviour.aggregate.ordered {
        return Ok(Vec::new());
    }
    let mut keys = Vec::new();
    for given in call.query.list("order") {
        keys.push(match given {
            "DE" => OrderKey::Element,
            "OU" => OrderKey::Unit,
            "PE" => OrderKey::Period,
            "CREATED" => OrderKey::Created,
            "AOC" => OrderKey::AttributeCombo,
            _ => {
                let valid = "Valid values are: [DE, OU, PE, CREATED, AOC]";
                return Err(Refusal::new(400, format!("Value '{given}' is not valid for parameter order. {valid}")));
            }
        });
    }
    if keys.is_empty() {
        keys.extend([OrderKey::Period, OrderKey::Created, OrderKey::Element]);
    }
    Ok(keys)
}

/// The uids of the objects that a parameter names, each once. Old servers drop what they do not know; new ones keep it and
/// refuse what cannot be a uid.
fn identify(call: &Call<'_>, parameter: &str, plural: &str, schemes: &[&str]) -> Result<Vec<String>, Refusal> {
    let scheme = schemes.iter().find_map(|name| call.query.filled(name));
    let scheme = scheme.map_or(Ok(Scheme::Uid), |text| Scheme::parse(text, schemes[0]))?;
    let behaviour = &call.server.behaviour.aggregate;
    let mut found: Vec<String> = Vec::new();
    for given in call.query.list(parameter) {
        let uid = match (behaviour.unknown_ids, scheme.find(&call.server.world, plural, given)) {
            (_, Some(uid)) => uid.to_owned(),
            (UnknownIds::Dropped, None) => continue,
            (UnknownIds::MatchNothing, None) if scheme != Scheme::Uid => continue,
            (UnknownIds::MatchNothing, None) if dhis2_api::Uid::parse(given).is_err() => {
                return Err(Refusal::new(
                    400,
                    format!(
                        "Value '{given}' is not valid for parameter {parameter}. UID must be an alphanumeric string of 11 \
                         characters starting with a letter, but was: {given}"
                    ),
                ));
            }
            (UnknownIds::MatchNothing, None) => given.to_owned(),
        };
        if !found.contains(&uid) {
            found.push(uid);
        }
    }
    Ok(found)
}

/// The periods that a query names, and whether it named any.
fn periods(call: &Call<'_>) -> Result<(Vec<Period>, bool), Refusal> {
    let dropped = call.server.behaviour.aggregate.bad_periods_dropped;
    let mut periods = Vec::new();
    let mut sent = false;
    for id in call.query.list("period") {
        sent = true;
        match Period::parse(id) {
            Ok(period) if periods.contains(&period) => {}
            Ok(period) => periods.push(period),
            Err(_) if dropped => {}
            Err(_) if !(4..=11).contains(&id.len()) => {
                let message = format!("Period must be have between 4 and 11 characters but got: `{id}`");
                return Err(Refusal::new(400, message));
            }
            Err(_) => {
                return Err(Refusal::new(400, format!("Invalid Period `{id}`, failed to create date interval")));
            }
        }
    }
    Ok((periods, sent))
}

/// The elements asked for: those of the groups alone, or everything named together.
fn elements(call: &Call<'_>, held: &Held, sets: &[String], named: &[String], groups: &[String]) -> HashSet<Text> {
    let world = &call.server.world;
    let metadata = &world.metadata;
    let of_groups = groups.iter().filter_map(|uid| metadata.find_of("dataElementGroups", uid));
    let of_groups = of_groups.flat_map(|group| Metadata::ids(group, "dataElements"));
    let of_sets = sets.iter().filter_map(|uid| metadata.find_of("dataSets", uid));
    let of_sets = of_sets.flat_map(Metadata::elements_of_set);
    let find = |uid: &str| held.find(uid);
    if call.server.behaviour.aggregate.group_displaces && !groups.is_empty() {
        return of_groups.filter_map(find).collect();
    }
    of_groups.chain(of_sets).chain(named.iter().map(String::as_str)).filter_map(find).collect()
}

/// The attribute option combos asked for. Where none of those named is known, old servers ask for all.
fn attribute_combos(call: &Call<'_>, held: &Held, named: &[String]) -> Result<Option<HashSet<Text>>, Refusal> {
    let world = &call.server.world;
    let behaviour = &call.server.behaviour.aggregate;
    if !named.is_empty() {
        return Ok(Some(named.iter().filter_map(|uid| held.find(uid)).collect()));
    }
    let options: Vec<&str> = call.query.list("attributeOptions").collect();
    let Some(combo) = call.query.filled("attributeCombo").filter(|_| behaviour.element_params) else { return Ok(None) };
    if options.is_empty() {
        return Ok(None);
    }
    if world.metadata.find_of("categoryCombos", combo).is_none() {
        let status = if behaviour.unknown_ids == UnknownIds::Dropped { 409 } else { 400 };
        let message = format!("Category combo not found or not accessible: `{combo}`");
        return Err(Refusal::new(status, message).code("E1110"));
    }
    let of_combo = world.metadata.list("categoryOptionCombos").iter().filter(|object| {
        let own: HashSet<&str> = Metadata::ids(object, "categoryOptions").collect();
        object.get("categoryCombo").and_then(|c| c.text_of("id")) == Some(combo)
            && own.len() == options.len()
            && options.iter().all(|option| own.contains(option))
    });
    let ids = of_combo.filter_map(|object| object.text_of("id")).filter_map(|uid| held.find(uid));
    Ok(Some(ids.collect()))
}

/// Refuses units outside the account's reach.
fn check_access(call: &Call<'_>, units: &[UnitIndex]) -> Result<(), Refused> {
    let world = &call.server.world;
    let outside: Vec<&str> = units
        .iter()
        .filter(|&&unit| !call.account.reaches(&world.units, unit))
        .map(|&unit| world.unit_uid(unit))
        .collect();
    if outside.is_empty() {
        return Ok(());
    }
    let message = match call.server.behaviour.aggregate.scope {
        UnitScope::DataView => format!("User is not allowed to view org unit: `{}`", outside[0]),
        UnitScope::Capture => format!("User is not allowed to view org unit(s): `[{}]`", outside.join(", ")),
    };
    Err(Refused::Access(Refusal::conflict(message).code("E2012")))
}

/// From which change on, in UTC milliseconds, rows are exported.
fn updated_from(call: &Call<'_>, last_updated: Option<SentTime>, duration: Option<&str>) -> Option<i64> {
    let server = call.server;
    let AggregateBehaviour { last_updated: reading, .. } = server.behaviour.aggregate;
    let now = server.now().timestamp_millis();
    match (last_updated, duration.and_then(parse_duration)) {
        (Some(sent), _) => {
            let instant = sent.instant(server.zone);
            Some(match reading {
                // The bound's UTC clock is compared with the row's local one, which is ahead by the offset.
                LastUpdatedReading::UtcAgainstLocal => instant - offset_millis(instant, server.zone),
                LastUpdatedReading::StartOfDay => start_of_day(instant, server.zone),
            })
        }
        (None, Some(duration)) => Some(match reading {
            LastUpdatedReading::UtcAgainstLocal => now - duration,
            LastUpdatedReading::StartOfDay => start_of_day(now - duration, server.zone),
        }),
        (None, None) => None,
    }
}

/// How often each unit's rows come.
pub(super) fn unit_counts(call: &Call<'_>, ask: &Ask) -> Vec<u32> {
    let world = &call.server.world;
    let behaviour = &call.server.behaviour.aggregate;
    let mut named = UnitSet::none(&world.units);
    for &unit in &ask.units {
        if ask.children {
            named.insert_subtree(&world.units, unit);
        } else {
            named.insert(unit);
        }
    }
    let mut counts = vec![0u32; world.units.len()];
    for unit in named.iter() {
        counts[unit as usize] = 1;
    }
    if !ask.groups_named {
        return counts;
    }
    if !behaviour.group_join_repeats {
        // Of groups, others than superusers get only the members that are assigned to them as such.
        for &group in &ask.groups {
            let members = world.unit_groups[group].1.iter();
            for unit in members.filter(|unit| call.account.superuser || call.account.units.contains(unit)) {
                counts[unit as usize] = 1;
            }
        }
        return counts;
    }
    // The join meets a unit once for each group it belongs to, whether or not that group was asked for.
    for unit in world.units.walk() {
        let memberships = (0..).zip(&world.unit_groups).filter(|(_, (_, members))| members.contains(*unit));
        let (mut met, mut kept) = (0u32, 0u32);
        for (group, _) in memberships {
            met += 1;
            kept += u32::from(named.contains(*unit) || ask.groups.contains(&group));
        }
        counts[*unit as usize] = if met == 0 { u32::from(named.contains(*unit)) } else { kept };
    }
    counts
}
