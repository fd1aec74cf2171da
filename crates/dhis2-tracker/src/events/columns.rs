//! The columns of events.

use dhis2_frame::{ColumnSpec, ColumnType, FrameSchema};

const fn text(name: &'static str, doc: &'static str) -> ColumnSpec {
    ColumnSpec { name, dtype: ColumnType::String, doc }
}

const fn time(name: &'static str, doc: &'static str) -> ColumnSpec {
    ColumnSpec { name, dtype: ColumnType::DatetimeUtc, doc }
}

const fn flag(name: &'static str, doc: &'static str) -> ColumnSpec {
    ColumnSpec { name, dtype: ColumnType::Boolean, doc }
}

const fn number(name: &'static str, doc: &'static str) -> ColumnSpec {
    ColumnSpec { name, dtype: ColumnType::Float64, doc }
}

const EVENT_ID: ColumnSpec = text("event_id", "uid of the event");
const STATUS: ColumnSpec = text("status", "status as stored: `ACTIVE`, `COMPLETED`, `SCHEDULE`, `SKIPPED`, …");
const PROGRAM_ID: ColumnSpec = text("program_id", "uid of the program");
const PROGRAM_STAGE_ID: ColumnSpec = text("program_stage_id", "uid of the program stage");
const ORGANISATION_UNIT_ID: ColumnSpec = text("organisation_unit_id", "uid of the event's own organisation unit");
const OCCURRED_AT: ColumnSpec = time(
    "occurred_at",
    "when it happened: the server's wall clock labelled UTC, or true UTC on request; null while it is only scheduled",
);
const DELETED: ColumnSpec = flag("deleted", "whether it was deleted");
const ATTRIBUTE_OPTION_COMBO_ID: ColumnSpec = text("attribute_option_combo_id", "uid of the attribute option combo");
const DATA_ELEMENT_ID: ColumnSpec =
    text("data_element_id", "uid of the data element; null for an event without data values");
const VALUE: ColumnSpec = text("value", "the value as stored, options by code");
const ENROLLMENT_ID: ColumnSpec = text("enrollment_id", "uid of the enrollment; null without registration");
const TRACKED_ENTITY_ID: ColumnSpec = text("tracked_entity_id", "uid of the tracked entity; null without registration");
const SCHEDULED_AT: ColumnSpec =
    time("scheduled_at", "when it was to happen: the server's wall clock labelled UTC, or true UTC on request");

/// The columns of an extract of events: one row for each data value of an event; an event without data values is one row
/// with null element and value. Source: `GET /api/tracker/events`, 2.38 to 2.43.
pub const EVENTS: FrameSchema = FrameSchema {
    name: "events",
    columns: &[
        EVENT_ID,
        STATUS,
        PROGRAM_ID,
        PROGRAM_STAGE_ID,
        ORGANISATION_UNIT_ID,
        OCCURRED_AT,
        DELETED,
        ATTRIBUTE_OPTION_COMBO_ID,
        DATA_ELEMENT_ID,
        VALUE,
    ],
};

/// The columns of a rich extract of events: those of [`EVENTS`], then what else is known of the event. Source:
/// `GET /api/tracker/events`, 2.38 to 2.43.
pub const RICH_EVENTS: FrameSchema = FrameSchema {
    name: "events, rich",
    columns: &[
        EVENT_ID,
        STATUS,
        PROGRAM_ID,
        PROGRAM_STAGE_ID,
        ORGANISATION_UNIT_ID,
        OCCURRED_AT,
        DELETED,
        ATTRIBUTE_OPTION_COMBO_ID,
        DATA_ELEMENT_ID,
        VALUE,
        flag("provided_elsewhere", "whether the value was measured elsewhere"),
        ENROLLMENT_ID,
        TRACKED_ENTITY_ID,
        SCHEDULED_AT,
        time("completed_at", "when it was completed: the server's wall clock labelled UTC, or true UTC on request"),
        time("created_at", "when the server first stored it, in true UTC"),
        time("updated_at", "when the server last changed it, in true UTC"),
        text(
            "stored_by",
            "login name of whoever stored it; up to 2.40 and on 2.42 only where the client that sent it said so",
        ),
        text("assigned_user_id", "uid of the user it is assigned to"),
        text("assigned_user", "login name of the user it is assigned to"),
        flag("follow_up", "whether it is marked for follow-up; from 2.43 on null without registration"),
        text("geometry", "GeoJSON, as the server wrote it; null where there is none"),
        number("longitude", "of a point, degrees east; null for other geometries"),
        number("latitude", "of a point, degrees north; null for other geometries"),
    ],
};

/// The columns of an extract of the notes of events: one row for each note. Source: `notes` of
/// `GET /api/tracker/events`, 2.38 to 2.43.
pub const EVENT_NOTES: FrameSchema = FrameSchema {
    name: "event_notes",
    columns: &[
        EVENT_ID,
        text("note_id", "uid of the note"),
        time("stored_at", "when the server stored it, in true UTC"),
        text("stored_by", "login name of whoever wrote it, where the server says so"),
        text("value", "the note"),
    ],
};

/// The columns of a work plan: one row for each visit that has not taken place. Source: `GET /api/tracker/events`, 2.38 to
/// 2.43.
pub const SCHEDULE: FrameSchema = FrameSchema {
    name: "schedule",
    columns: &[
        EVENT_ID,
        TRACKED_ENTITY_ID,
        ENROLLMENT_ID,
        PROGRAM_STAGE_ID,
        ORGANISATION_UNIT_ID,
        SCHEDULED_AT,
        ColumnSpec {
            name: "days_overdue",
            dtype: ColumnType::Int64,
            doc: "days from the day it was scheduled for to the day of the plan; 0 where that is still to come, null for a \
                  missed visit",
        },
        text("state", "`scheduled`, `overdue` (the day has passed) or `missed` (skipped, and not to be made up for)"),
    ],
};
