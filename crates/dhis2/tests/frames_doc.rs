//! `docs/frames.md` says what the code says.

use std::fmt::Write as _;
use std::path::Path;

use dhis2::aggregate::DATA_VALUES;
use dhis2::tracker::EVENTS;

#[test]
fn the_documented_columns_are_those_of_the_code() {
    let mut expected = String::from(
        "# Frames\n\nWritten by the test `the_documented_columns_are_those_of_the_code`. Times are UTC, in milliseconds, unless said.\n",
    );
    for (title, schema) in [
        (
            "`extract_data_values`, `extract_dataset`, `extract_data_elements`, `extract_data_element_groups`",
            &DATA_VALUES,
        ),
        ("`extract_events`", &EVENTS),
    ] {
        write!(expected, "\n## {title}\n\n{}", schema.markdown_table()).unwrap();
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/frames.md");
    if std::fs::read_to_string(&path).is_ok_and(|text| text == expected) {
        return;
    }
    std::fs::write(&path, expected).unwrap();
    panic!("docs/frames.md was not what the code says; it has been written anew");
}
