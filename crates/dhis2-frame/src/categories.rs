//! Ids that repeat, as Polars' categories.

use polars::prelude::{Categories, DataFrame, DataType};

use crate::FrameError;

/// The columns of the frames of this project that hold a few ids many times over.
const REPEATED: [&str; 14] = [
    "data_set_id",
    "data_element_id",
    "indicator_id",
    "period",
    "organisation_unit_id",
    "category_option_combo_id",
    "attribute_option_combo_id",
    "program_id",
    "program_stage_id",
    "attribute_id",
    "tracked_entity_type_id",
    "relationship_type_id",
    "status",
    "enrollment_status",
];

/// The same frame with its columns of ids that repeat (data elements, periods, organisation units, option combos, programs,
/// stages, attributes, types, states) as `Categorical`, four bytes a cell instead of sixteen, whose grouping and joining
/// compares numbers. Parquet files keep them so; Arrow files have their texts. Categories are those of the process (`Categories::global()`): frames of several extracts fit together.
///
/// ```
/// use dhis2_frame::{StringColumn, with_categories};
/// use polars::prelude::{DataFrame, DataType};
///
/// let mut period = StringColumn::default();
/// let mut value = StringColumn::default();
/// for (month, count) in [("202401", "7"), ("202402", "8"), ("202401", "9")] {
///     period.push(month);
///     value.push(count);
/// }
/// let frame = with_categories(DataFrame::new(3, vec![period.finish("period"), value.finish("value")])?)?;
/// assert!(frame.column("period")?.dtype().is_categorical());
/// assert_eq!(frame.column("value")?.dtype(), &DataType::String);
/// assert_eq!(frame.column("period")?.cast(&DataType::String)?.str()?.get(2), Some("202401"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`FrameError::Polars`] where Polars fails.
pub fn with_categories(mut frame: DataFrame) -> Result<DataFrame, FrameError> {
    for name in REPEATED {
        let Ok(column) = frame.column(name) else { continue };
        if *column.dtype() == DataType::String {
            let categories = column.cast(&DataType::from_categories(Categories::global()))?;
            frame.with_column(categories)?;
        }
    }
    Ok(frame)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Format, FrameWriter, StringColumn, read_frame, write_frame};

    fn frame(rows: std::ops::Range<usize>) -> DataFrame {
        let mut element = StringColumn::default();
        for row in rows.clone() {
            if row % 7 == 0 { element.push_opt(None) } else { element.push(&format!("Element{:04}", row / 50_000)) }
        }
        DataFrame::new(rows.len(), vec![element.finish("data_element_id")]).unwrap()
    }

    fn texts(frame: &DataFrame) -> DataFrame {
        let column = frame.column("data_element_id").unwrap().cast(&DataType::String).unwrap();
        DataFrame::new(frame.height(), vec![column]).unwrap()
    }

    /// New categories appear in later row groups.
    #[test]
    fn parquet_keeps_categories_and_arrow_their_texts() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["x.parquet", "x.arrow"] {
            let path = folder.path().join(name);
            let empty = with_categories(frame(0..0)).unwrap();
            let mut file = FrameWriter::create(&path, Format::from_path(&path).unwrap(), empty.schema()).unwrap();
            for start in [0, 100_000, 200_000, 300_000] {
                file.push(&with_categories(frame(start..start + 100_000)).unwrap()).unwrap();
            }
            file.finish().unwrap();
            let back = read_frame(&path, Format::from_path(&path).unwrap()).unwrap();
            assert_eq!(back.column("data_element_id").unwrap().dtype().is_categorical(), name == "x.parquet");
            assert!(texts(&back).equals_missing(&frame(0..400_000)), "{name}");
        }
    }

    #[test]
    fn texts_of_categories_are_written_as_texts() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["csv", "ndjson"] {
            let (plain, categories) = (folder.path().join(format!("plain.{name}")), folder.path().join(name));
            let format = Format::from_path(&plain).unwrap();
            write_frame(&frame(0..20), &plain, format).unwrap();
            write_frame(&with_categories(frame(0..20)).unwrap(), &categories, format).unwrap();
            assert_eq!(std::fs::read(plain).unwrap(), std::fs::read(categories).unwrap());
        }
    }
}
