//! Worlds from files.

use std::fs;
use std::path::PathBuf;

use dhis2_simulator::{SimulatorError, World};

/// A folder with these files; it goes when the test is over.
struct Folder(PathBuf);

impl Folder {
    fn with(name: &str, files: &[(&str, &str)]) -> Self {
        let folder = std::env::temp_dir().join(format!("dhis2-simulator-{}-{name}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        for (file, text) in files {
            fs::write(folder.join(file), text).unwrap();
        }
        Self(folder)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.0));
    }
}

const METADATA: &str = r#"{
    "system": {"date": "2026-11-22T21:39:57.424+0545"},
    "organisationUnits": [
        {"id": "aaaaaaaaaaa", "name": "Root"},
        {"id": "bbbbbbbbbbb", "name": "Leaf", "parent": {"id": "aaaaaaaaaaa"}}
    ],
    "programs": [{"id": "ppppppppppp", "programType": "WITHOUT_REGISTRATION", "name": "P"}]
}"#;

/// peer-bugs, section 3: "2.43 hoisted payloads (period, OU, AOC each alone and together) fill every row"
#[test]
fn hoisted_fields_belong_to_every_row() {
    let values = r#"{"period": "2024-01", "orgUnit": "bbbbbbbbbbb", "attributeOptionCombo": "xxxxxxxxxxx",
        "dataValues": [{"dataElement": "eeeeeeeeeee", "categoryOptionCombo": "ccccccccccc", "value": "1",
            "created": "2024-02-01T00:00:00.000+0100", "lastUpdated": "2024-02-01T00:00:00.000+0000"}]}"#;
    let folder = Folder::with("hoisted", &[("metadata.json", METADATA), ("values.json", values)]);
    let world = World::load(std::slice::from_ref(&folder.0)).unwrap();
    let row = world.data_values().next().unwrap();
    assert_eq!((row.organisation_unit, row.period.id().as_str()), ("bbbbbbbbbbb", "202401"));
    assert_eq!(row.attribute_option_combo, "xxxxxxxxxxx");
    assert_eq!(row.created.to_rfc3339(), "2024-01-31T23:00:00+00:00");
}

#[test]
fn stamps_are_taken_from_the_zone_of_the_metadata_and_occurrences_stay() {
    let events = r#"{"instances": [{"event": "vvvvvvvvvvv", "program": "ppppppppppp", "orgUnit": "bbbbbbbbbbb",
        "status": "COMPLETED", "occurredAt": "2024-01-15T23:30:00.000", "createdAt": "2024-02-01T05:45:00.000",
        "dataValues": []}]}"#;
    // In order of names the events come first: order must not matter.
    let folder = Folder::with("zones", &[("a-events.json", events), ("z-metadata.json", METADATA)]);
    let world = World::load(std::slice::from_ref(&folder.0)).unwrap();
    let event = world.events().next().unwrap();
    assert_eq!(event.occurred_at.unwrap().to_string(), "2024-01-15 23:30:00");
    assert_eq!(event.created_at.to_rfc3339(), "2024-02-01T00:00:00+00:00");
}

#[test]
fn what_cannot_be_loaded_is_named_without_its_content() {
    let broken = Folder::with("broken", &[("metadata.json", "{\"secret\": \"4711")]);
    let error = World::load(std::slice::from_ref(&broken.0)).unwrap_err();
    assert!(matches!(error, SimulatorError::Content { .. }));
    assert!(error.to_string().contains("metadata.json") && !error.to_string().contains("4711"), "{error}");
    let empty = Folder::with("empty", &[("other.txt", "")]);
    assert!(matches!(World::load(std::slice::from_ref(&empty.0)), Err(SimulatorError::NoUnits)));
    let missing = World::load(&[PathBuf::from("/nowhere/at/all.json")]);
    assert!(matches!(missing, Err(SimulatorError::File { .. })));
}
