//! Indicators and their groups.

use dhis2_frame::FrameSchema;
use dhis2_http::Client;
use polars::frame::DataFrame;
use serde::Deserialize;

use crate::columns::Columns;
use crate::error::MetadataError;
use crate::list::{Collection, read};
use crate::object::{Ids, object, sort_by_name};
use crate::schema::{ID, NAME, list, text};

/// The columns of [`get_indicators`]. Source: `GET /api/indicators`.
pub const INDICATORS: FrameSchema = FrameSchema {
    name: "indicators",
    columns: &[
        ID,
        NAME,
        text("numerator", "expression of the numerator, such as `#{iXdObmOdRJk}`"),
        text("denominator", "expression of the denominator"),
    ],
};

/// The columns of [`get_indicator_groups`]. Source: `GET /api/indicatorGroups`.
pub const INDICATOR_GROUPS: FrameSchema =
    FrameSchema { name: "indicator_groups", columns: &[ID, NAME, list("indicators", "uids of its indicators")] };

#[derive(Deserialize)]
struct Indicator {
    #[serde(default)]
    id: String,
    name: Option<String>,
    numerator: Option<String>,
    denominator: Option<String>,
}

#[derive(Deserialize)]
struct IndicatorGroup {
    #[serde(default)]
    id: String,
    name: Option<String>,
    #[serde(default)]
    indicators: Ids,
}

object!(Indicator, IndicatorGroup);

/// Indicators, sorted by name and uid; columns [`INDICATORS`].
///
/// # Errors
/// [`MetadataError`].
pub async fn get_indicators(client: &Client, filters: &[&str]) -> Result<DataFrame, MetadataError> {
    const COLLECTION: Collection = Collection::whole("indicators", "id,name,numerator,denominator");
    let mut indicators: Vec<Indicator> = read(client, &COLLECTION, filters).await?;
    sort_by_name(&mut indicators, |indicator| indicator.name.as_deref());
    let columns = Columns::of(&indicators)
        .text("id", |indicator| Some(&indicator.id))
        .text("name", |indicator| indicator.name.as_deref())
        .text("numerator", |indicator| indicator.numerator.as_deref())
        .text("denominator", |indicator| indicator.denominator.as_deref());
    Ok(columns.frame(&INDICATORS)?)
}

/// Groups of indicators, sorted by name and uid; columns [`INDICATOR_GROUPS`]. The lists are sorted by uid.
///
/// # Errors
/// [`MetadataError`].
pub async fn get_indicator_groups(client: &Client, filters: &[&str]) -> Result<DataFrame, MetadataError> {
    const COLLECTION: Collection = Collection::whole("indicatorGroups", "id,name,indicators[id]");
    let mut groups: Vec<IndicatorGroup> = read(client, &COLLECTION, filters).await?;
    sort_by_name(&mut groups, |group| group.name.as_deref());
    let columns = Columns::of(&groups)
        .text("id", |group| Some(&group.id))
        .text("name", |group| group.name.as_deref())
        .list("indicators", |group| &group.indicators.0);
    Ok(columns.frame(&INDICATOR_GROUPS)?)
}
