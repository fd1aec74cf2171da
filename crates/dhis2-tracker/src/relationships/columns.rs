//! The columns of relationships.

use dhis2_frame::{ColumnSpec, ColumnType, FrameSchema};

/// The columns of an extract of relationships: one row for each. Source: `relationships` of
/// `GET /api/tracker/trackedEntities`, `…/enrollments` and `…/events`, 2.38 to 2.43.
pub const RELATIONSHIPS: FrameSchema = FrameSchema {
    name: "relationships",
    columns: &[
        ColumnSpec { name: "relationship_id", dtype: ColumnType::String, doc: "uid of the relationship" },
        ColumnSpec { name: "relationship_type_id", dtype: ColumnType::String, doc: "uid of its type" },
        ColumnSpec { name: "bidirectional", dtype: ColumnType::Boolean, doc: "whether it holds both ways" },
        ColumnSpec {
            name: "from_type",
            dtype: ColumnType::String,
            doc: "what it begins at: `tracked_entity`, `enrollment` or `event`",
        },
        ColumnSpec { name: "from_id", dtype: ColumnType::String, doc: "uid of the object it begins at" },
        ColumnSpec {
            name: "to_type",
            dtype: ColumnType::String,
            doc: "what it ends at: `tracked_entity`, `enrollment` or `event`",
        },
        ColumnSpec { name: "to_id", dtype: ColumnType::String, doc: "uid of the object it ends at" },
        ColumnSpec {
            name: "created_at",
            dtype: ColumnType::DatetimeUtc,
            doc: "when the server first stored it, in true UTC",
        },
        ColumnSpec {
            name: "updated_at",
            dtype: ColumnType::DatetimeUtc,
            doc: "when the server last changed it, in true UTC",
        },
        ColumnSpec {
            name: "deleted",
            dtype: ColumnType::Boolean,
            doc: "whether it was deleted; false in every row, for servers do not list deleted ones here",
        },
    ],
};
