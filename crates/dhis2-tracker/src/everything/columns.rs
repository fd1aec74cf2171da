//! The columns of tracked entities and their attributes, apart from each other.

use dhis2_frame::{ColumnSpec, ColumnType, FrameSchema};

use crate::tracked_entities::TRACKED_ENTITIES;

const fn first<const N: usize>(columns: &[ColumnSpec]) -> [ColumnSpec; N] {
    let mut taken = [columns[0]; N];
    let mut number = 1;
    while number < N {
        taken[number] = columns[number];
        number += 1;
    }
    taken
}

/// The columns of tracked entities, one row each: those of [`TRACKED_ENTITIES`] but the attributes. Source:
/// `GET /api/tracker/trackedEntities`, 2.38 to 2.43.
pub const ENTITIES: FrameSchema = FrameSchema {
    name: "tracked entities, one row each",
    columns: &first::<{ TRACKED_ENTITIES.columns.len() - 2 }>(TRACKED_ENTITIES.columns),
};

/// The columns of the attributes of tracked entities: one row for each value. Source:
/// `GET /api/tracker/trackedEntities`, 2.38 to 2.43.
pub const ATTRIBUTE_VALUES: FrameSchema = FrameSchema {
    name: "attributes",
    columns: &[
        ColumnSpec { name: "tracked_entity_id", dtype: ColumnType::String, doc: "uid of the tracked entity" },
        ColumnSpec { name: "attribute_id", dtype: ColumnType::String, doc: "uid of the attribute" },
        ColumnSpec {
            name: "value",
            dtype: ColumnType::String,
            doc: "the attribute's value as stored, options by code",
        },
    ],
};
