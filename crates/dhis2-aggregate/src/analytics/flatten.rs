//! Analytics: bytes to columns.

use dhis2_frame::{Cell, ColumnSpec, ColumnType, FrameError, FrameSchema, StringColumn, json_error, text};
use polars::frame::DataFrame;
use serde::Deserialize;
use serde::de::Error as _;

const UNIT: ColumnSpec =
    ColumnSpec { name: "organisation_unit_id", dtype: ColumnType::String, doc: "uid of the organisation unit" };
const PERIOD: ColumnSpec =
    ColumnSpec { name: "period", dtype: ColumnType::String, doc: "id of the period, as it was asked for" };
const ELEMENT: ColumnSpec =
    ColumnSpec { name: "data_element_id", dtype: ColumnType::String, doc: "uid of the data element" };
const VALUE: ColumnSpec =
    ColumnSpec { name: "value", dtype: ColumnType::String, doc: "the figure, as the server writes it" };

/// The columns of an extract of analytics of data elements, one row for each of them, unit and period. Source: `GET
/// /api/analytics`, 2.38 to 2.43.
pub const ELEMENT_SUMS: FrameSchema = FrameSchema { name: "element_sums", columns: &[ELEMENT, UNIT, PERIOD, VALUE] };

/// The same with the category option combos kept apart.
pub const COMBO_SUMS: FrameSchema = FrameSchema {
    name: "combo_sums",
    columns: &[
        ELEMENT,
        ColumnSpec {
            name: "category_option_combo_id",
            dtype: ColumnType::String,
            doc: "uid of the category option combo",
        },
        UNIT,
        PERIOD,
        VALUE,
    ],
};

/// The columns of an extract of analytics of indicators.
pub const INDICATOR_VALUES: FrameSchema = FrameSchema {
    name: "indicator_values",
    columns: &[
        ColumnSpec { name: "indicator_id", dtype: ColumnType::String, doc: "uid of the indicator" },
        UNIT,
        PERIOD,
        VALUE,
    ],
};

#[derive(Deserialize)]
struct Answer<'a> {
    headers: Vec<Header>,
    #[serde(borrow)]
    rows: Vec<Vec<Cell<'a>>>,
}

#[derive(Deserialize)]
struct Header {
    name: String,
}

/// The rows of an answer in the columns of one of the schemas above. Columns are found by the headers' names, wherever they
/// stand; an empty cell is null.
///
/// ```
/// use dhis2_aggregate::analytics::flatten::{ELEMENT_SUMS, body};
///
/// let answer = br#"{"headers":[{"name":"dx"},{"name":"pe"},{"name":"ou"},{"name":"value"}],
///   "rows":[["iXdObmOdRJk","202401","fdiB65j1eR5","5620"]]}"#;
/// let frame = body(&ELEMENT_SUMS, answer)?;
/// assert_eq!(frame.column("value")?.str()?.get(0), Some("5620"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`FrameError`] where the body is no JSON, lacks headers, rows or a column, or has a row without one of the cells.
pub fn body(schema: &FrameSchema, body: &[u8]) -> Result<DataFrame, FrameError> {
    let body = text(body)?;
    let lacks = |what: &'static str| json_error(body, &serde_json::Error::missing_field(what));
    let answer: Answer<'_> = serde_json::from_str(body).map_err(|error| json_error(body, &error))?;
    let mut columns = Vec::with_capacity(schema.columns.len());
    for ColumnSpec { name, .. } in schema.columns {
        let dimension = dimension(name);
        let place = answer.headers.iter().position(|header| header.name == dimension);
        let place = place.ok_or_else(|| lacks(dimension))?;
        let mut column = StringColumn::with_capacity(answer.rows.len());
        for row in &answer.rows {
            let text = row.get(place).ok_or_else(|| lacks(dimension))?.text().filter(|text| !text.is_empty());
            if text.is_none() && dimension != "value" {
                return Err(lacks(dimension));
            }
            column.push_opt(text);
        }
        columns.push(column.finish(name));
    }
    Ok(DataFrame::new(answer.rows.len(), columns)?)
}

/// The name of a column in an answer's headers.
fn dimension(column: &str) -> &'static str {
    match column {
        "organisation_unit_id" => "ou",
        "period" => "pe",
        "category_option_combo_id" => "co",
        "value" => "value",
        _ => "dx",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_found_by_name_and_empty_cells_are_null() {
        let answer = r#"{"rows":[["7.5","A","202401","B","C",""],["","D","2024","E","F",""]],"height":2,
            "headers":[{"name":"value"},{"name":"ou"},{"name":"pe"},{"name":"dx"},{"name":"co"},{"name":"other"}]}"#;
        let frame = body(&COMBO_SUMS, answer.as_bytes()).unwrap();
        COMBO_SUMS.check(&frame).unwrap();
        let row = |row: usize| -> Vec<Option<&str>> {
            frame.columns().iter().map(|column| column.str().unwrap().get(row)).collect()
        };
        assert_eq!(row(0), [Some("B"), Some("C"), Some("A"), Some("202401"), Some("7.5")]);
        assert_eq!(row(1), [Some("E"), Some("F"), Some("D"), Some("2024"), None]);
        let frame = body(
            &INDICATOR_VALUES,
            br#"{"headers":[{"name":"dx"},{"name":"pe"},{"name":"ou"},{"name":"value"}],"rows":[]}"#,
        );
        assert_eq!(frame.unwrap(), INDICATOR_VALUES.empty());
    }

    #[test]
    fn what_is_no_whole_answer_is_an_error_that_holds_no_figure() {
        let headers = r#""headers":[{"name":"dx"},{"name":"pe"},{"name":"ou"},{"name":"value"}]"#;
        for answer in [
            String::new(),
            "{}".to_owned(),
            format!("{{{headers}}}"),
            r#"{"headers":[{"name":"dx"}],"rows":[["secret"]]}"#.to_owned(),
            format!(r#"{{{headers},"rows":[["secret","202401","B"]]}}"#),
            format!(r#"{{{headers},"rows":[["secret","202401","","4"]]}}"#),
            format!(r#"{{{headers},"rows":[["secret","202401","B","4"]]"#),
        ] {
            let error = body(&ELEMENT_SUMS, answer.as_bytes()).unwrap_err().to_string();
            assert!(!error.contains("secret"), "{error}");
        }
    }
}
