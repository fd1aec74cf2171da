//! The columns of data values.

use dhis2_frame::{ColumnSpec, ColumnType, FrameSchema};

use crate::query::DataValueColumns;

/// The columns of an extract of data values, one row each. Source: `GET /api/dataValueSets`, 2.38 to 2.43.
pub const DATA_VALUES: FrameSchema = FrameSchema {
    name: "data_values",
    columns: &[
        ColumnSpec { name: "data_element_id", dtype: ColumnType::String, doc: "uid of the data element" },
        ColumnSpec { name: "period", dtype: ColumnType::String, doc: "id of the period, such as `202401` or `2024W5`" },
        ColumnSpec { name: "organisation_unit_id", dtype: ColumnType::String, doc: "uid of the organisation unit" },
        ColumnSpec {
            name: "category_option_combo_id",
            dtype: ColumnType::String,
            doc: "uid of the category option combo",
        },
        ColumnSpec {
            name: "attribute_option_combo_id",
            dtype: ColumnType::String,
            doc: "uid of the attribute option combo",
        },
        ColumnSpec {
            name: "value",
            dtype: ColumnType::String,
            doc: "the value as stored; null where there is only a comment",
        },
        ColumnSpec { name: "created", dtype: ColumnType::DatetimeUtc, doc: "when it was first stored" },
        ColumnSpec { name: "last_updated", dtype: ColumnType::DatetimeUtc, doc: "when it was last stored" },
    ],
};

/// The columns of an extract of data values with all that the server says of them, one row each. Source: `GET
/// /api/dataValueSets`, 2.38 to 2.43.
pub const RICH_DATA_VALUES: FrameSchema = FrameSchema {
    name: "rich_data_values",
    columns: &[
        DATA_VALUES.columns[0],
        DATA_VALUES.columns[1],
        DATA_VALUES.columns[2],
        DATA_VALUES.columns[3],
        DATA_VALUES.columns[4],
        DATA_VALUES.columns[5],
        DATA_VALUES.columns[6],
        DATA_VALUES.columns[7],
        ColumnSpec { name: "stored_by", dtype: ColumnType::String, doc: "login name of who stored it last" },
        ColumnSpec { name: "comment", dtype: ColumnType::String, doc: "the comment; null where there is none" },
        ColumnSpec { name: "followup", dtype: ColumnType::Boolean, doc: "whether it is marked for follow-up" },
        ColumnSpec {
            name: "deleted",
            dtype: ColumnType::Boolean,
            doc: "whether it is deleted; `value` is what it was before",
        },
    ],
};

impl DataValueColumns {
    /// The columns.
    pub fn schema(self) -> &'static FrameSchema {
        match self {
            Self::Plain => &DATA_VALUES,
            Self::Rich => &RICH_DATA_VALUES,
        }
    }
}
