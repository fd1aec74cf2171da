//! Data elements, their groups, data sets, category option combos.

use dhis2_frame::FrameSchema;
use dhis2_http::Client;
use polars::frame::DataFrame;
use serde::Deserialize;

use crate::columns::Columns;
use crate::error::MetadataError;
use crate::list::{Collection, read};
use crate::object::{Ids, Named, Reference, items, object, sort_by_name};
use crate::schema::{ID, NAME, list, text};

/// The columns of [`get_datasets`]. Source: `GET /api/dataSets`.
pub const DATASETS: FrameSchema = FrameSchema {
    name: "datasets",
    columns: &[
        ID,
        NAME,
        list("organisation_units", "uids of the organisation units it is assigned to"),
        list("data_elements", "uids of its data elements"),
        list("indicators", "uids of its indicators"),
        text("period_type", "period type, such as `Monthly`"),
    ],
};

/// The columns of [`get_data_elements`]. Source: `GET /api/dataElements`.
pub const DATA_ELEMENTS: FrameSchema =
    FrameSchema { name: "data_elements", columns: &[ID, NAME, text("value_type", "value type, such as `NUMBER`")] };

/// The columns of [`get_data_element_groups`]. Source: `GET /api/dataElementGroups`.
pub const DATA_ELEMENT_GROUPS: FrameSchema = FrameSchema {
    name: "data_element_groups",
    columns: &[ID, NAME, list("data_elements", "uids of its data elements")],
};

/// The columns of [`get_category_option_combos`]. Source: `GET /api/categoryOptionCombos`.
pub const CATEGORY_OPTION_COMBOS: FrameSchema = FrameSchema { name: "category_option_combos", columns: &[ID, NAME] };

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct DataSet {
    #[serde(default)]
    id: String,
    name: Option<String>,
    period_type: Option<String>,
    #[serde(default)]
    organisation_units: Ids,
    #[serde(default, rename = "dataSetElements")]
    elements: DataSetElements,
    #[serde(default)]
    indicators: Ids,
}

/// The elements of a data set, which the server gives with the category combo that the set has them broken down by.
#[derive(Default)]
struct DataSetElements(Ids);

impl<'de> Deserialize<'de> for DataSetElements {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Link {
            data_element: Reference,
        }
        let links: Vec<Link> = items(deserializer)?;
        Ok(Self(Ids::sorted(links.into_iter().map(|link| link.data_element.id))))
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct DataElement {
    #[serde(default)]
    id: String,
    name: Option<String>,
    value_type: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct DataElementGroup {
    #[serde(default)]
    id: String,
    name: Option<String>,
    #[serde(default)]
    data_elements: Ids,
}

object!(DataSet, DataElement, DataElementGroup);

/// Data sets, sorted by name and uid; columns [`DATASETS`]. The lists are sorted by uid.
///
/// # Errors
/// [`MetadataError`].
pub async fn get_datasets(client: &Client, filters: &[&str]) -> Result<DataFrame, MetadataError> {
    const DATA_SETS: Collection = Collection::whole(
        "dataSets",
        "id,name,periodType,organisationUnits[id],dataSetElements[dataElement[id]],indicators[id]",
    );
    let mut sets: Vec<DataSet> = read(client, &DATA_SETS, filters).await?;
    sort_by_name(&mut sets, |set| set.name.as_deref());
    let columns = Columns::of(&sets)
        .text("id", |set| Some(&set.id))
        .text("name", |set| set.name.as_deref())
        .list("organisation_units", |set| &set.organisation_units.0)
        .list("data_elements", |set| &set.elements.0.0)
        .list("indicators", |set| &set.indicators.0)
        .text("period_type", |set| set.period_type.as_deref());
    Ok(columns.frame(&DATASETS)?)
}

/// Data elements, aggregate and tracker, sorted by name and uid; columns [`DATA_ELEMENTS`].
///
/// # Errors
/// [`MetadataError`].
pub async fn get_data_elements(client: &Client, filters: &[&str]) -> Result<DataFrame, MetadataError> {
    const ELEMENTS: Collection = Collection::whole("dataElements", "id,name,valueType");
    let mut elements: Vec<DataElement> = read(client, &ELEMENTS, filters).await?;
    sort_by_name(&mut elements, |element| element.name.as_deref());
    let columns = Columns::of(&elements)
        .text("id", |element| Some(&element.id))
        .text("name", |element| element.name.as_deref())
        .text("value_type", |element| element.value_type.as_deref());
    Ok(columns.frame(&DATA_ELEMENTS)?)
}

/// Groups of data elements, sorted by name and uid; columns [`DATA_ELEMENT_GROUPS`]. The lists are sorted by uid.
///
/// # Errors
/// [`MetadataError`].
pub async fn get_data_element_groups(client: &Client, filters: &[&str]) -> Result<DataFrame, MetadataError> {
    const GROUPS: Collection = Collection::whole("dataElementGroups", "id,name,dataElements[id]");
    let mut groups: Vec<DataElementGroup> = read(client, &GROUPS, filters).await?;
    sort_by_name(&mut groups, |group| group.name.as_deref());
    let columns = Columns::of(&groups)
        .text("id", |group| Some(&group.id))
        .text("name", |group| group.name.as_deref())
        .list("data_elements", |group| &group.data_elements.0);
    Ok(columns.frame(&DATA_ELEMENT_GROUPS)?)
}

/// Category option combos, those of attribute category combos among them, sorted by name and uid; columns
/// [`CATEGORY_OPTION_COMBOS`]. Names are not unique.
///
/// # Errors
/// [`MetadataError`].
pub async fn get_category_option_combos(client: &Client, filters: &[&str]) -> Result<DataFrame, MetadataError> {
    const COMBOS: Collection = Collection::whole("categoryOptionCombos", Named::FIELDS);
    let combos = read(client, &COMBOS, filters).await?;
    named(combos, &CATEGORY_OPTION_COMBOS)
}

/// The frame of objects of which only uid and name are wanted.
pub(crate) fn named(mut objects: Vec<Named>, schema: &FrameSchema) -> Result<DataFrame, MetadataError> {
    sort_by_name(&mut objects, |object| object.name.as_deref());
    let columns =
        Columns::of(&objects).text("id", |object| Some(&object.id)).text("name", |object| object.name.as_deref());
    Ok(columns.frame(schema)?)
}
