//! Organisation units, their levels and groups.

mod ancestry;

use std::collections::HashMap;

use dhis2_api::datetime::parse_wall_clock_ms;
use dhis2_frame::{FrameError, FrameSchema};
use dhis2_http::Client;
use polars::frame::DataFrame;
use polars::prelude::Schema;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::columns::Columns;
use crate::error::MetadataError;
use crate::list::{Collection, by_ids, read};
use crate::object::{Ids, Named, Object, object, sort_by_name};
use crate::schema::{ID, NAME, list, text, wall_clock, whole};
use ancestry::{ids_of, missing_ancestors, unit_at};

/// The columns of [`get_organisation_unit_levels`]. Source: `GET /api/organisationUnitLevels`.
pub const ORGANISATION_UNIT_LEVELS: FrameSchema =
    FrameSchema { name: "organisation_unit_levels", columns: &[ID, NAME, whole("level", "depth, 1 at the root")] };

/// The columns of [`get_organisation_units`] that do not depend on how deep the hierarchy is. Between `closed_date` and
/// `geometry` stand `level_1_id`, `level_1_name`, `level_2_id`, … (String), the uids and names of the units above and of
/// the unit itself: see [`organisation_units_schema`]. Source: `GET /api/organisationUnits`.
pub const ORGANISATION_UNITS: FrameSchema = FrameSchema {
    name: "organisation_units",
    columns: &[
        ID,
        NAME,
        whole("level", "depth, 1 at the root"),
        wall_clock("opening_date", "when it was opened, as the server shows it"),
        wall_clock("closed_date", "when it was closed, as the server shows it; null where it is open"),
        text("geometry", "place or outline as GeoJSON, as the server wrote it; null without one"),
    ],
};

/// The columns of [`get_organisation_unit_groups`]. Source: `GET /api/organisationUnitGroups`.
pub const ORGANISATION_UNIT_GROUPS: FrameSchema = FrameSchema {
    name: "organisation_unit_groups",
    columns: &[ID, NAME, list("organisation_units", "uids of its organisation units")],
};

/// Deeper hierarchies are not believed: each level is two columns.
const DEEPEST: u32 = 100;

const LEVELS: Collection = Collection::whole("organisationUnitLevels", "id,name,level");

#[derive(Deserialize)]
struct Level {
    #[serde(default)]
    id: String,
    name: Option<String>,
    #[serde(rename = "level")]
    depth: Option<i64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Unit {
    #[serde(default)]
    id: String,
    name: Option<String>,
    level: Option<i64>,
    /// The uids from the root down: `/ImspTQPwCqd/O6uvpzGd5pu`.
    path: Option<String>,
    opening_date: Option<String>,
    closed_date: Option<String>,
    geometry: Option<Box<RawValue>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Group {
    #[serde(default)]
    id: String,
    name: Option<String>,
    #[serde(default)]
    organisation_units: Ids,
}

object!(Level, Group);

impl Object for Unit {
    fn id(&self) -> &str {
        &self.id
    }

    fn missing(&self) -> Option<&'static str> {
        match self {
            Self { id, .. } if id.is_empty() => Some("id"),
            Self { level: None, .. } => Some("level"),
            Self { path: None, .. } => Some("path"),
            _ => None,
        }
    }
}

impl Unit {
    fn path(&self) -> &str {
        self.path.as_deref().unwrap_or_default()
    }
}

/// The levels of the hierarchy that have a name, sorted by level; columns [`ORGANISATION_UNIT_LEVELS`]. Servers may lack
/// the deepest.
///
/// # Errors
/// [`MetadataError`].
pub async fn get_organisation_unit_levels(client: &Client) -> Result<DataFrame, MetadataError> {
    let mut levels: Vec<Level> = read(client, &LEVELS, &[]).await?;
    levels.sort_by(|a, b| (a.depth, &a.id).cmp(&(b.depth, &b.id)));
    let columns = Columns::of(&levels)
        .text("id", |level| Some(&level.id))
        .text("name", |level| level.name.as_deref())
        .whole("level", |level| level.depth);
    Ok(columns.frame(&ORGANISATION_UNIT_LEVELS)?)
}

/// All columns of [`get_organisation_units`] where the hierarchy is asked for down to this level.
///
/// ```
/// let schema = dhis2_metadata::organisation_units_schema(2);
/// let names: Vec<_> = schema.iter_names().map(|name| name.as_str()).collect();
/// assert_eq!(names[4..], ["closed_date", "level_1_id", "level_1_name", "level_2_id", "level_2_name", "geometry"]);
/// ```
pub fn organisation_units_schema(max_level: u32) -> Schema {
    let (geometry, before) = match ORGANISATION_UNITS.columns.split_last() {
        Some((geometry, before)) => (Some(geometry), before),
        None => (None, ORGANISATION_UNITS.columns),
    };
    let levels = (1..=max_level).flat_map(|level| [id_column(level), name_column(level)]);
    let text = dhis2_frame::ColumnType::String.polars();
    before
        .iter()
        .map(|column| (column.name.into(), column.dtype.polars()))
        .chain(levels.map(|name| (name.into(), text.clone())))
        .chain(geometry.map(|column| (column.name.into(), column.dtype.polars())))
        .collect()
}

fn id_column(level: u32) -> String {
    format!("level_{level}_id")
}

fn name_column(level: u32) -> String {
    format!("level_{level}_name")
}

/// Organisation units with the units above them, sorted by level, name and uid; columns [`ORGANISATION_UNITS`] with those
/// of the levels.
///
/// With `max_level`, only units down to that level, and columns for exactly these levels. Without it, columns down to the
/// deepest level that the server names or that a unit has.
///
/// The uids of the units above are in every unit's own path, and the names of those that are not among the rows (for a
/// filter, or because they lie outside the account's part of the hierarchy) are looked up. A name is null only where the
/// server does not tell it at all.
///
/// # Errors
/// [`MetadataError`]; [`MetadataError::MaxLevel`] where `max_level` is 0 or more than 100.
pub async fn get_organisation_units(
    client: &Client,
    max_level: Option<u32>,
    filters: &[&str],
) -> Result<DataFrame, MetadataError> {
    const UNITS: Collection =
        Collection::paged("organisationUnits", "id,name,level,path,openingDate,closedDate,geometry");
    const NAMES: Collection = Collection::whole("organisationUnits", Named::FIELDS);

    let mut filters = filters.to_vec();
    let down_to = max_level.map(|level| format!("level:le:{level}"));
    if let (Some(max_level), Some(down_to)) = (max_level, &down_to) {
        if !(1..=DEEPEST).contains(&max_level) {
            return Err(MetadataError::MaxLevel { max_level, limit: DEEPEST });
        }
        // Last, so that errors count the caller's filters as the caller does.
        filters.push(down_to);
    }
    let mut units: Vec<Unit> = read(client, &UNITS, &filters).await?;
    units.sort_by(|a, b| (a.level, &a.name, &a.id).cmp(&(b.level, &b.name, &b.id)));

    let levels = match max_level {
        Some(level) => level,
        None => deepest_level(client, &units).await?,
    };
    let missing = missing_ancestors(units.iter().map(|unit| (unit.id.as_str(), unit.path())));
    let others: Vec<Named> = by_ids(client, &NAMES, &missing).await?;
    let of_others = others.iter().map(|unit| (unit.id.as_str(), unit.name.as_deref()));
    let names: HashMap<&str, Option<&str>> =
        units.iter().map(|unit| (unit.id.as_str(), unit.name.as_deref())).chain(of_others).collect();

    let opening = wall_clocks("opening_date", units.iter().map(|unit| unit.opening_date.as_deref()))?;
    let closed = wall_clocks("closed_date", units.iter().map(|unit| unit.closed_date.as_deref()))?;
    let rows: Vec<_> = units.iter().zip(opening.into_iter().zip(closed)).collect();
    let mut columns = Columns::of(&rows)
        .text("id", |(unit, _)| Some(&unit.id))
        .text("name", |(unit, _)| unit.name.as_deref())
        .whole("level", |(unit, _)| unit.level)
        .wall_clock("opening_date", |(_, (opening, _))| *opening)
        .wall_clock("closed_date", |(_, (_, closed))| *closed);
    for level in 1..=levels {
        columns = columns
            .text(&id_column(level), |(unit, _)| unit_at(unit.path(), level))
            .text(&name_column(level), |(unit, _)| {
                unit_at(unit.path(), level).and_then(|id| names.get(id).copied().flatten())
            });
    }
    let frame = columns.text("geometry", |(unit, _)| unit.geometry.as_deref().map(RawValue::get)).unchecked()?;
    let schema = organisation_units_schema(levels);
    if **frame.schema() != schema {
        let message = format!("its columns are not those for {levels} levels");
        return Err(FrameError::Schema { frame: ORGANISATION_UNITS.name, message }.into());
    }
    Ok(frame)
}

/// The deepest level that the server has a name for, or that one of these units has.
async fn deepest_level(client: &Client, units: &[Unit]) -> Result<u32, MetadataError> {
    let named: Vec<Level> = read(client, &LEVELS, &[]).await?;
    let of_server = named.iter().filter_map(|level| level.depth).max().unwrap_or_default();
    let of_units = units.iter().map(|unit| ids_of(unit.path()).count()).max().unwrap_or_default();
    let deepest = u32::try_from(of_server).unwrap_or_default().max(u32::try_from(of_units).unwrap_or(u32::MAX));
    if deepest > DEEPEST {
        return Err(MetadataError::MaxLevel { max_level: deepest, limit: DEEPEST });
    }
    Ok(deepest)
}

/// Dates, which servers write as midnight of their own clock.
fn wall_clocks<'u>(
    column: &'static str,
    texts: impl Iterator<Item = Option<&'u str>>,
) -> Result<Vec<Option<i64>>, FrameError> {
    let read = |(row, text): (usize, Option<&str>)| {
        text.map(|text| parse_wall_clock_ms(text).ok_or(FrameError::BadTimestamp { column, row })).transpose()
    };
    texts.enumerate().map(read).collect()
}

/// Groups of organisation units, sorted by name and uid; columns [`ORGANISATION_UNIT_GROUPS`]. The lists are sorted by
/// uid, and hold units outside the account's part of the hierarchy too.
///
/// # Errors
/// [`MetadataError`].
pub async fn get_organisation_unit_groups(client: &Client, filters: &[&str]) -> Result<DataFrame, MetadataError> {
    const GROUPS: Collection = Collection::whole("organisationUnitGroups", "id,name,organisationUnits[id]");
    let mut groups: Vec<Group> = read(client, &GROUPS, filters).await?;
    sort_by_name(&mut groups, |group| group.name.as_deref());
    let columns = Columns::of(&groups)
        .text("id", |group| Some(&group.id))
        .text("name", |group| group.name.as_deref())
        .list("organisation_units", |group| &group.organisation_units.0);
    Ok(columns.frame(&ORGANISATION_UNIT_GROUPS)?)
}
