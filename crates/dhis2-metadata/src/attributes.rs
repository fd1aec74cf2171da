//! Metadata attributes, and their values on organisation units.

use std::collections::HashMap;

use dhis2_frame::FrameSchema;
use dhis2_http::Client;
use polars::frame::DataFrame;
use serde::Deserialize;

use crate::columns::Columns;
use crate::data_elements::named;
use crate::error::MetadataError;
use crate::list::{Collection, read};
use crate::object::{Named, Reference, items, object};
use crate::schema::{ID, NAME, text};

/// The columns of [`get_attributes`]. Source: `GET /api/attributes`.
pub const ATTRIBUTES: FrameSchema = FrameSchema { name: "attributes", columns: &[ID, NAME] };

/// The columns of [`extract_organisation_unit_attributes`]. Source: `GET /api/organisationUnits`, `attributeValues`.
pub const ORGANISATION_UNIT_ATTRIBUTES: FrameSchema = FrameSchema {
    name: "organisation_unit_attributes",
    columns: &[
        text("organisation_unit_id", "uid of the organisation unit"),
        text("organisation_unit_name", "its name"),
        text("attribute_id", "uid of the attribute"),
        text("attribute_name", "its name; null where the account may not see the attribute"),
        text("value", "the value as stored"),
    ],
};

const COLLECTION: Collection = Collection::whole("attributes", Named::FIELDS);

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Unit {
    #[serde(default)]
    id: String,
    name: Option<String>,
    #[serde(default, deserialize_with = "items")]
    attribute_values: Vec<AttributeValue>,
}

#[derive(Deserialize)]
struct AttributeValue {
    attribute: Reference,
    value: Option<String>,
}

object!(Unit);

struct Row<'u> {
    unit: &'u Unit,
    attribute: &'u AttributeValue,
    attribute_name: Option<&'u str>,
}

/// Attributes of metadata objects (not of tracked entities: those are
/// [`get_tracked_entity_attributes`](crate::get_tracked_entity_attributes)), sorted by name and uid; columns [`ATTRIBUTES`].
///
/// # Errors
/// [`MetadataError`].
pub async fn get_attributes(client: &Client, filters: &[&str]) -> Result<DataFrame, MetadataError> {
    let attributes = read(client, &COLLECTION, filters).await?;
    named(attributes, &ATTRIBUTES)
}

/// The attribute values of all organisation units, one row each, sorted by the unit's name and uid and the attribute's
/// uid; columns [`ORGANISATION_UNIT_ATTRIBUTES`]. A unit without values has no row.
///
/// # Errors
/// [`MetadataError`].
pub async fn extract_organisation_unit_attributes(client: &Client) -> Result<DataFrame, MetadataError> {
    // Without brackets after it, `attributeValues` reads the same on every server from 2.38 to 2.43.
    const UNITS: Collection = Collection::paged("organisationUnits", "id,name,attributeValues");
    let attributes: Vec<Named> = read(client, &COLLECTION, &[]).await?;
    let names: HashMap<&str, Option<&str>> =
        attributes.iter().map(|attribute| (attribute.id.as_str(), attribute.name.as_deref())).collect();
    let units: Vec<Unit> = read(client, &UNITS, &[]).await?;
    let mut rows: Vec<Row<'_>> = units
        .iter()
        .flat_map(|unit| unit.attribute_values.iter().map(move |attribute| (unit, attribute)))
        .map(|(unit, attribute)| {
            let attribute_name = names.get(attribute.attribute.id.as_str()).copied().flatten();
            Row { unit, attribute, attribute_name }
        })
        .collect();
    rows.sort_by_key(|row| (row.unit.name.as_deref(), row.unit.id.as_str(), row.attribute.attribute.id.as_str()));
    let columns = Columns::of(&rows)
        .text("organisation_unit_id", |row| Some(&row.unit.id))
        .text("organisation_unit_name", |row| row.unit.name.as_deref())
        .text("attribute_id", |row| Some(&row.attribute.attribute.id))
        .text("attribute_name", |row| row.attribute_name)
        .text("value", |row| row.attribute.value.as_deref());
    Ok(columns.frame(&ORGANISATION_UNIT_ATTRIBUTES)?)
}
