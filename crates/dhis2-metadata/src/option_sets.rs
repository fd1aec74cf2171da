//! Option sets: what values may be chosen from.

use dhis2_frame::FrameSchema;
use dhis2_http::Client;
use polars::frame::DataFrame;
use serde::Deserialize;

use crate::columns::Columns;
use crate::error::MetadataError;
use crate::list::{Collection, read};
use crate::object::{items, object, sort_by_name};
use crate::schema::{text, whole};

/// The columns of [`get_option_sets`]. Source: `GET /api/optionSets`.
pub const OPTION_SETS: FrameSchema = FrameSchema {
    name: "option_sets",
    columns: &[
        text("option_set_id", "uid of the option set"),
        text("option_set_name", "its name"),
        text("option_code", "the option's code, which is what values hold"),
        text("option_name", "the option's name"),
        whole("sort_order", "the option's place in the set as the server counts it: from 1, from 2.41 on from 0"),
    ],
};

#[derive(Deserialize)]
struct OptionSet {
    #[serde(default)]
    id: String,
    name: Option<String>,
    #[serde(default, deserialize_with = "items")]
    options: Vec<Choice>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Choice {
    code: Option<String>,
    name: Option<String>,
    sort_order: Option<i64>,
}

object!(OptionSet);

/// The options of all option sets, one row each, sorted by the set's name and uid and the option's place and code; columns
/// [`OPTION_SETS`]. Filters are on the sets. A set without options has no row.
///
/// # Errors
/// [`MetadataError`].
pub async fn get_option_sets(client: &Client, filters: &[&str]) -> Result<DataFrame, MetadataError> {
    const COLLECTION: Collection = Collection::whole("optionSets", "id,name,options[code,name,sortOrder]");
    let mut sets: Vec<OptionSet> = read(client, &COLLECTION, filters).await?;
    sort_by_name(&mut sets, |set| set.name.as_deref());
    for set in &mut sets {
        set.options.sort_by(|a, b| (a.sort_order, &a.code).cmp(&(b.sort_order, &b.code)));
    }
    let rows: Vec<(&OptionSet, &Choice)> =
        sets.iter().flat_map(|set| set.options.iter().map(move |option| (set, option))).collect();
    let columns = Columns::of(&rows)
        .text("option_set_id", |(set, _)| Some(&set.id))
        .text("option_set_name", |(set, _)| set.name.as_deref())
        .text("option_code", |(_, option)| option.code.as_deref())
        .text("option_name", |(_, option)| option.name.as_deref())
        .whole("sort_order", |(_, option)| option.sort_order);
    Ok(columns.frame(&OPTION_SETS)?)
}
