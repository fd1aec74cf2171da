//! The columns of enrollments.

use dhis2_frame::{ColumnSpec, ColumnType, FrameSchema};

/// The columns of the attributes of enrollments: one row for each attribute of the program that the enrolled tracked entity
/// has a value of. Source: `attributes` of `GET /api/tracker/trackedEntities`, 2.38 to 2.43.
pub const ENROLLMENT_ATTRIBUTES: FrameSchema = FrameSchema {
    name: "enrollment_attributes",
    columns: &[
        ColumnSpec { name: "enrollment_id", dtype: ColumnType::String, doc: "uid of the enrollment" },
        ColumnSpec { name: "tracked_entity_id", dtype: ColumnType::String, doc: "uid of the tracked entity" },
        ColumnSpec { name: "program_id", dtype: ColumnType::String, doc: "uid of the program" },
        ColumnSpec { name: "attribute_id", dtype: ColumnType::String, doc: "uid of the attribute" },
        ColumnSpec {
            name: "value",
            dtype: ColumnType::String,
            doc: "the attribute's value as stored, options by code",
        },
    ],
};

/// The columns of an extract of enrollments: one row for each. Source: `GET /api/tracker/enrollments`, 2.38 to 2.43.
pub const ENROLLMENTS: FrameSchema = FrameSchema {
    name: "enrollments",
    columns: &[
        ColumnSpec { name: "enrollment_id", dtype: ColumnType::String, doc: "uid of the enrollment" },
        ColumnSpec { name: "tracked_entity_id", dtype: ColumnType::String, doc: "uid of the tracked entity" },
        ColumnSpec { name: "program_id", dtype: ColumnType::String, doc: "uid of the program" },
        ColumnSpec {
            name: "status",
            dtype: ColumnType::String,
            doc: "status as stored: `ACTIVE`, `COMPLETED`, `CANCELLED`",
        },
        ColumnSpec {
            name: "organisation_unit_id",
            dtype: ColumnType::String,
            doc: "uid of the enrollment's own organisation unit; who owns the entity now is in the program owners",
        },
        ColumnSpec {
            name: "enrolled_at",
            dtype: ColumnType::DatetimeUtc,
            doc: "when it began: the server's wall clock labelled UTC, or true UTC on request",
        },
        ColumnSpec {
            name: "occurred_at",
            dtype: ColumnType::DatetimeUtc,
            doc: "when the incident occurred: the server's wall clock labelled UTC, or true UTC on request",
        },
        ColumnSpec {
            name: "completed_at",
            dtype: ColumnType::DatetimeUtc,
            doc: "when it was completed or cancelled: the server's wall clock labelled UTC, or true UTC on request",
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
        ColumnSpec { name: "follow_up", dtype: ColumnType::Boolean, doc: "whether it is marked for follow-up" },
        ColumnSpec { name: "deleted", dtype: ColumnType::Boolean, doc: "whether it was deleted" },
        ColumnSpec {
            name: "geometry",
            dtype: ColumnType::String,
            doc: "GeoJSON, as the server wrote it; null where there is none",
        },
    ],
};
