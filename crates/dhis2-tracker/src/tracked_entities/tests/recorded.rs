//! What real servers answered.

use std::collections::BTreeSet;

use dhis2_api::datetime::ServerZone;
use dhis2_extract::duplicates::{self, Part};
use dhis2_extract::{Objects, WarningKind};
use polars::frame::DataFrame;
use serde_json::Value;

use crate::testing::dialect;
use crate::testing::recordings::Recordings;
use crate::testing::rows::{Row, all, assert_same, objects, of_frame};
use crate::testing::served::Served;
use crate::tracked_entities::{
    Flatten, Selection, TRACKED_ENTITIES, TrackedEntityQuery, extract_program_owners, extract_tracked_entities,
};
use crate::window::UpdatedWindow;

const PROGRAMS: [(&str, &str); 2] =
    [("T4KUa2dgu2M", "tracked-entities-anc-program"), ("mPhS49WzczR", "tracked-entities-tb-program")];

/// The entities of a recording, each once.
fn flattened(server: &Recordings, path: &str, include_deleted: bool) -> DataFrame {
    let selection = Selection { updated: UpdatedWindow::default(), include_deleted, enrolled_in: None };
    let zone = ServerZone::parse(&server.zone_name()).unwrap();
    let items = dialect(&server.version).tracker_items.key("trackedEntities");
    let parts = server.bodies(path).into_iter().map(|body| {
        let page = Flatten { items, zone, selection }.body(body.as_bytes()).unwrap();
        TRACKED_ENTITIES.check(&page.frame).unwrap();
        Part { frame: page.frame, objects: Objects::Runs { starts: page.starts, updated: page.updated } }
    });
    let unique = duplicates::remove(parts.collect(), &["tracked_entity_id"]).unwrap();
    let mut frame = TRACKED_ENTITIES.empty();
    for part in unique.frames {
        frame.vstack_mut_owned(part).unwrap();
    }
    frame
}

/// peer-bugs section 4: "2.39/2.40: `trackedEntities` by type alone repeats entities per owner, pages are short: stop only at
/// an empty page or pageCount, never at a short one."
#[tokio::test]
async fn a_walk_over_a_type_gives_the_entities_of_the_database_once() {
    for server in Recordings::all() {
        let served = Served::new(&server, &[("trackedEntities", "tracked-entities-of-type")]);
        let query = TrackedEntityQuery::builder().tracked_entity_type("EFvjZX4SLF5").org_unit_parents(["KdK92fYEfTw"]);
        let found = extract_tracked_entities(&served.engine, &query.build().unwrap()).await.unwrap();
        assert!(found.receipt.is_complete(), "{:?}", found.receipt);
        let expected = server.text("expected/tracker/tracked-entities-of-type.csv");
        assert_same(&server.version, &objects(&found.frame, "tracked_entity_id"), &expected, all);
        // They name no program: servers that then leave its attributes out are told of.
        let warned = found.receipt.warnings.iter().any(|warning| warning.kind == WarningKind::ProgramAttributes);
        assert_eq!(warned, dialect(&server.version).program_attributes_need_program, "{}", server.version);
    }
}

/// peer-bugs section 4: "Program attributes (732 of 3,804 values on ≥ 2.42) are only in answers that name the `program`."
#[tokio::test]
async fn a_walk_over_a_program_gives_the_attributes_of_the_database() {
    for server in Recordings::all() {
        for (program, walk) in PROGRAMS {
            let served = Served::new(&server, &[("trackedEntities", walk)]);
            let query = TrackedEntityQuery::builder().program(program).org_unit_parents(["KdK92fYEfTw"]);
            let found = extract_tracked_entities(&served.engine, &query.build().unwrap()).await.unwrap();
            let what = format!("{walk} of {}", server.version);
            assert!(found.receipt.is_complete() && found.receipt.warnings.is_empty(), "{what}");
            let entities = objects(&found.frame, "tracked_entity_id").height();
            assert_eq!(entities, if program == "T4KUa2dgu2M" { 505 } else { 218 }, "{what}");
            // The table has no row for an entity without attributes.
            let values = found.frame.filter(&found.frame.column("attribute_id").unwrap().is_not_null()).unwrap();
            assert_same(&what, &values, &server.text(&format!("expected/tracker/{walk}.attributes.csv")), all);
            assert!(served.asked("trackedEntities").iter().all(|url| url.contains(program)));
        }
    }
}

/// Up to 2.41 servers list the owners in all programs whichever was asked for.
#[tokio::test]
async fn owners_are_those_in_the_program_asked_for() {
    for server in Recordings::all() {
        for (program, walk) in PROGRAMS {
            let served = Served::new(&server, &[("trackedEntities", walk)]);
            let query = TrackedEntityQuery::builder().program(program).org_unit_parents(["KdK92fYEfTw"]);
            let found = extract_program_owners(&served.engine, &query.build().unwrap()).await.unwrap();
            let rows: BTreeSet<Row> =
                of_frame(&found.frame, &["tracked_entity_id", "program_id", "organisation_unit_id"])
                    .into_iter()
                    .collect();
            assert_eq!(rows.len(), found.frame.height());
            let mut expected = BTreeSet::new();
            for body in server.bodies(&format!("tracker/{walk}.har")) {
                let body: Value = serde_json::from_str(&body).unwrap();
                let list = body.get("instances").or(body.get("trackedEntities")).unwrap();
                for entity in list.as_array().unwrap() {
                    for owner in entity["programOwners"].as_array().unwrap() {
                        if owner["program"] == program {
                            let cell = |value: &Value| value.as_str().map(str::to_owned);
                            expected.insert(vec![
                                cell(&entity["trackedEntity"]),
                                cell(&owner["program"]),
                                cell(&owner["orgUnit"]),
                            ]);
                        }
                    }
                }
            }
            assert!(!expected.is_empty());
            assert_eq!(rows, expected, "{walk} of {}", server.version);
        }
    }
}

#[test]
fn deleted_entities_come_when_asked_for_and_only_then() {
    for server in Recordings::all() {
        let path = "tracker/tracked-entities-include-deleted-updated-after.har";
        let count = |include_deleted| flattened(&server, path, include_deleted).height();
        assert_eq!((count(true), count(false)), (600, 591), "{}", server.version);
    }
}

#[test]
fn the_whole_country_gives_the_tables_of_the_database() {
    for server in Recordings::with_world() {
        let path = "world/tracked-entities.har";
        let truth = server.text("truth/tracked_entities.csv");
        let found = objects(&flattened(&server, path, true), "tracked_entity_id");
        assert_same(&server.version, &found, &truth, all);
        let live = objects(&flattened(&server, path, false), "tracked_entity_id");
        assert_same(&server.version, &live, &truth, |names, row| {
            let deleted = names.iter().position(|name| name == "deleted").unwrap();
            row[deleted].as_deref() == Some("false")
        });
    }
}
