//! From recorded bytes to rows, without an engine.

use dhis2::aggregate::DATA_VALUES;
use dhis2::api::datetime::ServerZone;
use dhis2::api::dialect::TrackerItems;
use dhis2::extract::Objects;
use dhis2::extract::duplicates::{self, Part};
use dhis2::tracker::EVENTS;
use dhis2::{aggregate, tracker};
use dhis2_tests::recordings::Recordings;
use dhis2_tests::rows::{self, Row};

const VALUE_KEY: [&str; 5] =
    ["data_element_id", "period", "organisation_unit_id", "category_option_combo_id", "attribute_option_combo_id"];

fn once(parts: Vec<Part>, key: &[&str]) -> (Vec<Row>, u64) {
    let unique = duplicates::remove(parts, key).unwrap();
    (unique.frames.iter().flat_map(rows::of_frame).collect(), unique.removed)
}

#[test]
fn every_recorded_export_of_data_values_gives_the_rows_of_the_database() {
    for server in Recordings::all() {
        let cases = server.names("expected/aggregate");
        assert!(cases.len() >= 23, "{} cases of {}", cases.len(), server.version);
        for case in cases {
            let flatten = aggregate::flatten::Flatten {
                fill_shared_fields: server.dialect().hoists_shared_fields,
                ..Default::default()
            };
            let exchanges = server.exchanges(&format!("aggregate/{case}.har"));
            let parts = exchanges.iter().map(|exchange| {
                assert_eq!(exchange.status, 200);
                let (frame, received) = flatten.body(exchange.body.as_bytes()).unwrap();
                assert_eq!(received, frame.height() as u64);
                DATA_VALUES.check(&frame).unwrap();
                Part { frame, objects: Objects::Rows { updated: "last_updated" } }
            });
            let (found, _) = once(parts.collect(), &VALUE_KEY);
            let expected = rows::of_csv(&server.text(&format!("expected/aggregate/{case}.csv")));
            rows::assert_same(&format!("{case} of {}", server.version), found, expected);
        }
    }
}

/// peer-bugs section 4: "2.39.10: a walk over events repeats rows (5,982 for 5,974)."
#[test]
fn every_recorded_walk_over_events_gives_the_rows_of_the_database_once() {
    for server in Recordings::all() {
        let flatten = tracker::events::Flatten {
            items: match server.dialect().tracker_items {
                TrackerItems::Instances => "instances",
                TrackerItems::Collection => "events",
            },
            zone: ServerZone::UTC,
            in_utc: false,
            columns: tracker::EventColumns::Plain,
            selection: tracker::events::Selection::default(),
        };
        for walk in ["events-anc-all", "events-case-all", "events-tb-all"] {
            let exchanges = server.exchanges(&format!("tracker/{walk}.har"));
            assert!(exchanges.len() > 2, "{walk} has one page only");
            let parts = exchanges.iter().map(|exchange| {
                let page = flatten.body(exchange.body.as_bytes()).unwrap();
                EVENTS.check(&page.frame).unwrap();
                Part { frame: page.frame, objects: Objects::Runs { starts: page.starts, updated: page.updated } }
            });
            let (found, removed) = once(parts.collect(), &["event_id"]);
            let what = format!("{walk} of {}", server.version);
            // These two join the owners of all programs: events stand on two pages.
            let repeats = ["2.38.7", "2.39.10.1"].contains(&server.version.as_str()) && walk != "events-case-all";
            assert_eq!(removed, if repeats { 2 } else { 0 }, "{what}");
            rows::assert_same(&what, found, rows::of_csv(&server.text(&format!("expected/tracker/{walk}.csv"))));
        }
    }
}
