//! How each payload is read: all of it, as an extract does.

use std::num::NonZeroUsize;

use dhis2_api::datetime::ServerZone;
use dhis2_frame::ReadOptions;
use dhis2_tracker::{EventColumns, UpdatedWindow};

/// Reads a body, and says how many rows there are.
pub type Read = fn(&[u8], ReadOptions) -> usize;

/// The quick reader on one core.
pub fn one_core() -> ReadOptions {
    ReadOptions { cores: NonZeroUsize::MIN, quick: true }
}

/// `serde_json` alone, on one core.
pub fn serde_json_only() -> ReadOptions {
    ReadOptions { cores: NonZeroUsize::MIN, quick: false }
}

/// Data values, up to 2.42.
pub const DATA_VALUES: Read = |body, options| {
    let how = dhis2_aggregate::flatten::Flatten::default();
    how.body_by(body, options).map_or(0, |(frame, _)| frame.height())
};

/// Data values, from 2.43 on.
pub const HOISTED: Read = |body, options| {
    let how = dhis2_aggregate::flatten::Flatten { fill_shared_fields: true, ..Default::default() };
    how.body_by(body, options).map_or(0, |(frame, _)| frame.height())
};

/// Events, plain columns.
pub const EVENTS: Read = |body, options| {
    let how = dhis2_tracker::events::Flatten {
        items: "events",
        zone: ServerZone::UTC,
        in_utc: false,
        columns: EventColumns::Plain,
        selection: dhis2_tracker::events::Selection::default(),
    };
    how.body_by(body, options).map_or(0, |page| page.frame.height())
};

/// Tracked entities.
pub const TRACKED_ENTITIES: Read = |body, options| {
    let how = dhis2_tracker::tracked_entities::Flatten {
        items: "trackedEntities",
        zone: ServerZone::UTC,
        selection: dhis2_tracker::tracked_entities::Selection {
            updated: UpdatedWindow::default(),
            include_deleted: false,
            enrolled_in: None,
        },
    };
    how.body_by(body, options).map_or(0, |page| page.frame.height())
};

/// Enrollments.
pub const ENROLLMENTS: Read = |body, options| {
    let how = dhis2_tracker::enrollments::Flatten {
        items: "enrollments",
        zone: ServerZone::UTC,
        program: None,
        updated: UpdatedWindow::default(),
        status: None,
        include_deleted: false,
        in_utc: false,
    };
    how.body_by(body, options).map_or(0, |page| page.frame.height())
};
