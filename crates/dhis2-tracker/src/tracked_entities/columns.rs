//! The columns of tracked entities.

use dhis2_frame::{ColumnSpec, ColumnType, FrameSchema};

/// The columns of an extract of tracked entities: one row for each attribute of a tracked entity; an entity without
/// attributes is one row with null attribute and value. Source: `GET /api/tracker/trackedEntities`, 2.38 to 2.43.
pub const TRACKED_ENTITIES: FrameSchema = FrameSchema {
    name: "tracked_entities",
    columns: &[
        ColumnSpec { name: "tracked_entity_id", dtype: ColumnType::String, doc: "uid of the tracked entity" },
        ColumnSpec { name: "tracked_entity_type_id", dtype: ColumnType::String, doc: "uid of its type" },
        ColumnSpec {
            name: "organisation_unit_id",
            dtype: ColumnType::String,
            doc: "uid of the organisation unit that registered it; who owns it now is in the program owners",
        },
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
        ColumnSpec { name: "inactive", dtype: ColumnType::Boolean, doc: "whether it is marked inactive" },
        ColumnSpec {
            name: "deleted",
            dtype: ColumnType::Boolean,
            doc: "whether it was deleted; servers send deleted ones without attributes",
        },
        ColumnSpec {
            name: "potential_duplicate",
            dtype: ColumnType::Boolean,
            doc: "whether it is marked as a potential duplicate of another",
        },
        ColumnSpec {
            name: "geometry",
            dtype: ColumnType::String,
            doc: "GeoJSON, as the server wrote it; null where there is none",
        },
        ColumnSpec {
            name: "attribute_id",
            dtype: ColumnType::String,
            doc: "uid of the attribute; null for an entity without attributes",
        },
        ColumnSpec {
            name: "value",
            dtype: ColumnType::String,
            doc: "the attribute's value as stored, options by code",
        },
    ],
};
