//! Data values as rows of structs or of JSON, for people who want no frame.

use dhis2_api::datetime::Instant;
use dhis2_api::model::DataValue;
use dhis2_extract::{Engine, Receipt};
use dhis2_frame::{FrameError, json_error};
use polars::frame::DataFrame;
use serde_json::{Map, Value};

use crate::error::AggregateError;
use crate::extract::extract_data_values;
use crate::query::{DataValueColumns, DataValueQuery};

/// Data values as rows, with the receipt of the extract that they come from.
#[derive(Debug, Clone)]
pub struct DataValueRows {
    /// The values, each once. Every row is complete: what a server of 2.43 writes once for all rows stands in each.
    pub rows: Vec<DataValue>,
    /// Whether they are all, and how it was proved.
    pub receipt: Receipt,
}

impl DataValueRows {
    /// The values as JSON objects, with the names that servers use. Every object has all twelve: `dataElement`, `period`,
    /// `orgUnit`, `categoryOptionCombo`, `attributeOptionCombo`, `value`, `storedBy`, `created`, `lastUpdated`, `comment`,
    /// `followup`, `deleted`. Times are UTC with offset, such as `2024-01-15T09:15:30.250+0000`.
    ///
    /// # Errors
    /// [`AggregateError::Frame`] never happens for rows of an extract.
    pub fn to_json(&self) -> Result<Vec<Map<String, Value>>, AggregateError> {
        let map = |row| serde_json::to_value(row).and_then(serde_json::from_value);
        self.rows.iter().map(map).collect::<Result<_, _>>().map_err(|error| json_error("", &error).into())
    }
}

/// Extracts data values as rows: the same as [`extract_data_values`] with rich columns, with every row a struct.
///
/// # Errors
/// As of [`extract_data_values`].
pub async fn get_data_values(engine: &Engine, query: &DataValueQuery) -> Result<DataValueRows, AggregateError> {
    let mut extraction = extract_data_values(engine, &query.with_columns(DataValueColumns::Rich)).await?;
    // Row by row, each column would look for its chunk.
    extraction.frame.rechunk_mut();
    Ok(DataValueRows { rows: rows(&extraction.frame)?, receipt: extraction.receipt })
}

fn rows(frame: &DataFrame) -> Result<Vec<DataValue>, FrameError> {
    let text = |name: &str| frame.column(name)?.str();
    let flag = |name: &str| frame.column(name)?.bool();
    let (created, last_updated) = (times(frame, "created")?, times(frame, "last_updated")?);
    let (element, period, unit) = (text("data_element_id")?, text("period")?, text("organisation_unit_id")?);
    let (category, attribute) = (text("category_option_combo_id")?, text("attribute_option_combo_id")?);
    let (value, stored_by, comment) = (text("value")?, text("stored_by")?, text("comment")?);
    let (followup, deleted) = (flag("followup")?, flag("deleted")?);
    let owned = |text: Option<&str>| text.map(str::to_owned);
    let at = |times: &[Option<i64>], row: usize| times.get(row).copied().flatten().map(time_text);
    let row = |row: usize| DataValue {
        data_element: element.get(row).unwrap_or_default().to_owned(),
        period: owned(period.get(row)),
        org_unit: owned(unit.get(row)),
        category_option_combo: owned(category.get(row)),
        attribute_option_combo: owned(attribute.get(row)),
        value: owned(value.get(row)),
        stored_by: owned(stored_by.get(row)),
        created: at(&created, row),
        last_updated: at(&last_updated, row),
        comment: owned(comment.get(row)),
        followup: followup.get(row),
        deleted: deleted.get(row),
    };
    Ok((0..frame.height()).map(row).collect())
}

fn times(frame: &DataFrame, column: &str) -> Result<Vec<Option<i64>>, FrameError> {
    Ok(frame.column(column)?.to_physical_repr().i64()?.iter().collect())
}

/// As servers write times of data values.
fn time_text(ms: i64) -> String {
    Instant(ms).to_string().replace('Z', "+0000")
}
