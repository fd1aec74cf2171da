//! `docs/frames.md` says what the code says.

use std::fmt::Write as _;
use std::path::Path;

use dhis2::aggregate::analytics::flatten::{COMBO_SUMS, ELEMENT_SUMS, INDICATOR_VALUES};
use dhis2::aggregate::counts::COUNTS;
use dhis2::aggregate::import::IMPORT_REPORT;
use dhis2::aggregate::{DATA_VALUES, RICH_DATA_VALUES};
use dhis2::frame::FrameSchema;
use dhis2::metadata as m;
use dhis2::tracker::{
    ATTRIBUTE_VALUES, ENROLLMENT_ATTRIBUTES, ENROLLMENTS, ENTITIES, EVENT_NOTES, EVENTS, PROGRAM_OWNERS, RELATIONSHIPS,
    RICH_EVENTS, SCHEDULE, TRACKED_ENTITIES,
};

/// The functions of a frame, and its columns.
const FRAMES: &[(&str, &FrameSchema)] = &[
    ("`extract_data_values`, `extract_dataset`, `extract_data_elements`, `extract_data_element_groups`", &DATA_VALUES),
    ("`extract_data_values` and the others of data values, with rich columns", &RICH_DATA_VALUES),
    ("`extract_analytics` of data elements", &ELEMENT_SUMS),
    ("`extract_analytics` of data elements, with category option combos", &COMBO_SUMS),
    ("`extract_analytics` of indicators", &INDICATOR_VALUES),
    ("`aggregate_events`", &COUNTS),
    ("the report of `import_data_values` and `copy_data_values_to`", &IMPORT_REPORT),
    ("`extract_events`", &EVENTS),
    ("`extract_events` with rich columns, and the events of `everything`", &RICH_EVENTS),
    ("`extract_event_notes`", &EVENT_NOTES),
    ("`extract_schedule`", &SCHEDULE),
    ("`extract_tracked_entities`", &TRACKED_ENTITIES),
    ("`extract_program_owners`", &PROGRAM_OWNERS),
    ("`extract_enrollments`, and the enrollments of `everything`", &ENROLLMENTS),
    ("`extract_enrollment_attributes`", &ENROLLMENT_ATTRIBUTES),
    ("`extract_relationships`, and the relationships of `everything`", &RELATIONSHIPS),
    ("the tracked entities of `everything`", &ENTITIES),
    ("the attributes of `everything`", &ATTRIBUTE_VALUES),
    ("`get_datasets`", &m::DATASETS),
    ("`get_data_elements`", &m::DATA_ELEMENTS),
    ("`get_data_element_groups`", &m::DATA_ELEMENT_GROUPS),
    ("`get_indicators`", &m::INDICATORS),
    ("`get_indicator_groups`", &m::INDICATOR_GROUPS),
    ("`get_organisation_units` (with `level_1_id`, `level_1_name`, … before `geometry`)", &m::ORGANISATION_UNITS),
    ("`get_organisation_unit_levels`", &m::ORGANISATION_UNIT_LEVELS),
    ("`get_organisation_unit_groups`", &m::ORGANISATION_UNIT_GROUPS),
    ("`extract_organisation_unit_attributes`", &m::ORGANISATION_UNIT_ATTRIBUTES),
    ("`get_category_option_combos`", &m::CATEGORY_OPTION_COMBOS),
    ("`get_attributes`", &m::ATTRIBUTES),
    ("`get_programs`", &m::PROGRAMS),
    ("`get_program_stages`", &m::PROGRAM_STAGES),
    ("`get_program_data_elements`", &m::PROGRAM_DATA_ELEMENTS),
    ("`get_tracked_entity_types`", &m::TRACKED_ENTITY_TYPES),
    ("`get_tracked_entity_attributes`", &m::TRACKED_ENTITY_ATTRIBUTES),
    ("`get_relationship_types`", &m::RELATIONSHIP_TYPES),
    ("`get_option_sets`", &m::OPTION_SETS),
];

#[test]
fn the_documented_columns_are_those_of_the_code() {
    let mut expected = String::from(
        "# Frames\n\nWritten by the test `the_documented_columns_are_those_of_the_code`. Times are UTC, in milliseconds, unless said.\n",
    );
    for (title, schema) in FRAMES {
        write!(expected, "\n## {title}\n\n{}", schema.markdown_table()).unwrap();
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/frames.md");
    if std::fs::read_to_string(&path).is_ok_and(|text| text == expected) {
        return;
    }
    std::fs::write(&path, expected).unwrap();
    panic!("docs/frames.md was not what the code says; it has been written anew");
}
