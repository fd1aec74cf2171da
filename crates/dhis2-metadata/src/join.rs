//! Names beside uids.

use std::collections::HashMap;

use dhis2_frame::FrameError;
use polars::frame::DataFrame;
use polars::prelude::{Column, IdxCa, IdxSize, NewChunkedArray, StringChunked};

use crate::error::MetadataError;

/// The frames that [`join_object_names`] takes names from; each is left out by `None`.
#[derive(Debug, Clone, Copy, Default)]
pub struct ObjectLists<'a> {
    /// For `data_element_id`: a frame of [`get_data_elements`](crate::get_data_elements).
    pub data_elements: Option<&'a DataFrame>,
    /// For `indicator_id`: a frame of [`get_indicators`](crate::get_indicators).
    pub indicators: Option<&'a DataFrame>,
    /// For `category_option_combo_id`: a frame of [`get_category_option_combos`](crate::get_category_option_combos).
    pub category_option_combos: Option<&'a DataFrame>,
    /// For `organisation_unit_id`: a frame of [`get_organisation_units`](crate::get_organisation_units).
    pub organisation_units: Option<&'a DataFrame>,
    /// For `attribute_option_combo_id`: a frame of [`get_category_option_combos`](crate::get_category_option_combos).
    pub attribute_option_combos: Option<&'a DataFrame>,
    /// For `attribute_id`: a frame of [`get_tracked_entity_attributes`](crate::get_tracked_entity_attributes).
    pub attributes: Option<&'a DataFrame>,
    /// For `program_stage_id`: a frame of [`get_program_stages`](crate::get_program_stages).
    pub program_stages: Option<&'a DataFrame>,
}

/// Puts the names of objects behind the columns of a frame that has their uids: `data_element_name`, `indicator_name`,
/// `category_option_combo_name`, then `level_1_id`, `level_1_name`, `level_2_id`, … of organisation units, then
/// `attribute_option_combo_name`, `attribute_name`, `program_stage_name`: as far as lists are given and the frame has the
/// column with their uids. A list whose column the frame has not adds nothing.
///
/// Rows and their order stay as they are. A uid that the list has not, and a null, has null names; of a uid that the list
/// has twice, the first row counts.
///
/// # Errors
/// [`MetadataError::Frame`] where a list lacks its columns, a column of uids is not text, or the frame has a column of
/// that name already.
///
/// ```
/// use dhis2_metadata::{ObjectLists, join_object_names};
/// use polars::prelude::df;
///
/// let values = df!["data_element_id" => ["Gf88d7Vqakr", "iXdObmOdRJk"], "value" => ["true", "12"]]?;
/// let elements = df!["id" => ["iXdObmOdRJk"], "name" => ["Malaria cases"], "value_type" => ["INTEGER"]]?;
/// let lists = ObjectLists { data_elements: Some(&elements), ..ObjectLists::default() };
/// let named = join_object_names(&values, &lists)?;
/// assert_eq!(named.get_column_names(), ["data_element_id", "value", "data_element_name"]);
/// let names: Vec<Option<&str>> = named.column("data_element_name")?.str()?.iter().collect();
/// assert_eq!(names, [None, Some("Malaria cases")]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn join_object_names(frame: &DataFrame, lists: &ObjectLists<'_>) -> Result<DataFrame, MetadataError> {
    let mut named = frame.clone();
    for (object, list) in [
        ("data_element", lists.data_elements),
        ("indicator", lists.indicators),
        ("category_option_combo", lists.category_option_combos),
        ("organisation_unit", lists.organisation_units),
        ("attribute_option_combo", lists.attribute_option_combos),
        ("attribute", lists.attributes),
        ("program_stage", lists.program_stages),
    ] {
        let Some(list) = list else { continue };
        let Ok(ids) = frame.column(&format!("{object}_id")) else { continue };
        let ids = ids.str().map_err(|_| wrong("frame", format!("column `{object}_id` is not text")))?;
        for (column, name) in of_list(object, list, ids)? {
            if named.column(&name).is_ok() {
                return Err(wrong(
                    "frame",
                    format!("it has a column `{name}` already; drop it, or leave out the list"),
                ));
            }
            named.with_column(column.with_name(name.into())).map_err(FrameError::from)?;
        }
    }
    Ok(named)
}

/// The columns that a list has for these uids, and what they are to be called.
fn of_list(
    object: &'static str,
    list: &DataFrame,
    ids: &StringChunked,
) -> Result<Vec<(Column, String)>, MetadataError> {
    // Stages are listed with their program, under longer names.
    let prefix = if object == "program_stage" { "program_stage_" } else { "" };
    let column = |name: &str| {
        list.column(name).map_err(|_| wrong(object, format!("the list to take names from has no column `{name}`")))
    };
    let id = column(&format!("{prefix}id"))?;
    let listed = id.str().map_err(|_| wrong(object, format!("column `{prefix}id` of the list is not text")))?;
    let mut places: HashMap<&str, IdxSize> = HashMap::with_capacity(listed.len());
    for (place, id) in (0..).zip(listed.iter()) {
        if let Some(id) = id {
            places.entry(id).or_insert(place);
        }
    }
    let places = ids.iter().map(|id| id.and_then(|id| places.get(id)).copied());
    let places = IdxCa::from_iter_options("".into(), places);
    let taken = |column: &Column| column.take(&places).map_err(FrameError::from);
    if object != "organisation_unit" {
        return Ok(vec![(taken(column(&format!("{prefix}name"))?)?, format!("{object}_name"))]);
    }
    let levels = (1..).map(|level| [format!("level_{level}_id"), format!("level_{level}_name")]);
    let mut columns = Vec::new();
    for [id, name] in levels.take_while(|[id, _]| list.column(id).is_ok()) {
        for name in [id, name] {
            columns.push((taken(column(&name)?)?, name));
        }
    }
    if columns.is_empty() {
        column("level_1_id")?;
    }
    Ok(columns)
}

fn wrong(frame: &'static str, message: String) -> MetadataError {
    FrameError::Schema { frame, message }.into()
}
