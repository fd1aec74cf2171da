//! What is recorded in a program.

mod support;

use std::collections::BTreeSet;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use dhis2_frame::wide::{Item, Long, OptionsAs, Stage, WideOptions, wide};
use dhis2_http::{Client, Credentials};
use dhis2_metadata::*;
use dhis2_simulator::{SUPERUSER_TOKEN, Simulator, World};
use flate2::read::GzDecoder;
use polars::prelude::df;
use serde_json::Value;
use support::{VERSIONS, body, collection, objects, param, server};

const ANC: &str = "T4KUa2dgu2M";
const CASES: &str = "kq5MJdgfUBN";
const TB: &str = "mPhS49WzczR";
const PERSON: &str = "EFvjZX4SLF5";

/// A server with the recorded stages of one program, whose option sets are asked for by uid.
fn recorded_program(version: &'static str, program: &'static str) -> (Client, support::Log) {
    server(version, move |url| {
        let name = collection(url);
        let mut answer: Value = serde_json::from_str(&body(version, &name)).unwrap();
        let filter = param(url, "filter").remove(0);
        let list = answer[&name].as_array_mut().unwrap();
        match name.as_str() {
            "programStages" => {
                assert_eq!(filter, format!("program.id:eq:{program}"));
                list.retain(|stage| stage["program"]["id"] == program);
            }
            _ => list.retain(|set| filter.contains(set["id"].as_str().unwrap())),
        }
        (200, answer.to_string())
    })
}

fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

#[tokio::test]
async fn stages_of_recorded_programs_hold_what_was_recorded() {
    for version in VERSIONS {
        for (program, stages) in [(ANC, 3), (CASES, 1), (TB, 2)] {
            let (client, log) = recorded_program(version, program);
            let found = program_stage_items(&client, program).await.unwrap();
            let mut expected: Vec<Value> =
                objects(version, "programStages").into_iter().filter(|s| s["program"]["id"] == program).collect();
            expected.sort_by_key(|stage| stage["sortOrder"].as_i64());
            assert_eq!((found.len(), expected.len()), (stages, stages));
            let with_options: BTreeSet<String> = expected
                .iter()
                .flat_map(|stage| stage["programStageDataElements"].as_array().unwrap())
                .filter_map(|link| text(&link["dataElement"]["optionSet"]["id"]))
                .collect();
            for (stage, recorded) in found.iter().zip(&expected) {
                assert_eq!((Some(&stage.id), &stage.name), (text(&recorded["id"]).as_ref(), &text(&recorded["name"])));
                assert_eq!(stage.repeatable, recorded["repeatable"] == true);
                let mut links = recorded["programStageDataElements"].as_array().unwrap().clone();
                links.sort_by_key(|link| link["sortOrder"].as_i64());
                assert_eq!(stage.items.len(), links.len());
                for (item, link) in stage.items.iter().zip(&links) {
                    let element = &link["dataElement"];
                    assert_eq!((Some(&item.id), &item.name), (text(&element["id"]).as_ref(), &text(&element["name"])));
                    assert_eq!(item.value_type.as_str(), element["valueType"]);
                    let set = element["optionSet"]["id"].as_str();
                    assert_eq!(item.options.is_some(), set.is_some());
                    let Some((set, options)) = set.zip(item.options.as_ref()) else { continue };
                    let set = objects(version, "optionSets").into_iter().find(|known| known["id"] == set).unwrap();
                    let recorded = set["options"].as_array().unwrap();
                    assert_eq!(options.len(), recorded.len());
                    for option in recorded {
                        assert_eq!(options.get(option["code"].as_str().unwrap()), text(&option["name"]).as_ref());
                    }
                }
            }
            // One request for the stages, and one for all option sets.
            let asked: Vec<String> = log.urls().iter().map(collection).collect();
            assert_eq!(asked, ["programStages", "optionSets"]);
            assert_eq!(with_options.len(), if program == TB { 1 } else { 2 });
        }
    }
}

#[tokio::test]
async fn a_program_without_stages_and_one_that_is_not_there_are_told() {
    for collection in ["programStages", "programs", "trackedEntityTypes"] {
        let (client, _) = server("2.41.9.1", move |_| (200, format!("{{\"{collection}\":[]}}")));
        let error = match collection {
            "programStages" => program_stage_items(&client, ANC).await.unwrap_err(),
            "programs" => program_attribute_items(&client, ANC).await.unwrap_err(),
            _ => type_attribute_items(&client, PERSON).await.unwrap_err(),
        };
        assert!(matches!(error, MetadataError::NotThere { .. }), "{error:?}");
        let id = if collection == "trackedEntityTypes" { PERSON } else { ANC };
        assert!(error.to_string().contains(&format!("{id} that this account may see")), "{error}");
    }
}

/// Gaps in lists are nulls; a type that is new is a type; an option without code or name is none; an option set that the
/// account may not see leaves codes without labels.
#[tokio::test]
async fn what_servers_leave_out_is_no_error() {
    let (client, _) = server("2.43.1", |url| {
        let body = match collection(url).as_str() {
            "programs" => {
                r#"{"programs":[{"id":"T4KUa2dgu2M","programTrackedEntityAttributes":[null,
                {"sortOrder":2,"trackedEntityAttribute":{"id":"b","valueType":"HOLOGRAM","optionSet":{"id":"unseen"}}},
                {"sortOrder":1,"trackedEntityAttribute":{"id":"a","code":"A","name":"Ay","optionSet":{"id":"seen"}}}],
                "trackedEntityType":{"id":"t","trackedEntityTypeAttributes":[
                {"trackedEntityAttribute":{"id":"a"}},{"trackedEntityAttribute":{"id":"c","valueType":"AGE"}}]}}]}"#
            }
            _ => {
                r#"{"optionSets":[{"id":"seen","options":[null,{"code":"1","name":"One"},{"code":"2"},{"name":"Three"}]}]}"#
            }
        };
        (200, body.to_owned())
    });
    let items = program_attribute_items(&client, ANC).await.unwrap();
    let of = |item: &Item| (item.id.clone(), item.code.clone(), item.name.clone(), item.value_type.to_string());
    let none = None::<String>;
    assert_eq!(
        items.iter().map(of).collect::<Vec<_>>(),
        [
            ("a".to_owned(), Some("A".to_owned()), Some("Ay".to_owned()), "TEXT".to_owned()),
            ("b".to_owned(), none.clone(), none.clone(), "HOLOGRAM".to_owned()),
            ("c".to_owned(), none.clone(), none, "AGE".to_owned()),
        ]
    );
    let labels =
        |item: &Item| item.options.as_ref().map(|options| options.get("1").map_or("-", String::as_str).to_owned());
    assert_eq!(items.iter().map(labels).collect::<Vec<_>>(), [Some("One".to_owned()), Some("-".to_owned()), None]);
}

fn export(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/data/recordings/2.40.12").join(file)
}

/// The values of all events in the database, a row each: event, element, value.
fn truth() -> Vec<[String; 3]> {
    let file = File::open(export("truth/event_values.csv.gz")).unwrap();
    let mut rows = csv::Reader::from_reader(GzDecoder::new(file));
    assert_eq!(rows.headers().unwrap().iter().take(3).collect::<Vec<_>>(), ["event_id", "data_element_id", "value"]);
    rows.records().map(|row| [0, 1, 2].map(|place| row.as_ref().unwrap()[place].to_owned())).collect()
}

/// The recorded country, from a simulated server: its stages and attributes, and every value that its events have finds
/// its typed cell.
#[tokio::test]
async fn all_values_of_a_recorded_country_fit_their_columns() {
    let world = Arc::new(World::load(&[export("world/metadata-export.har.gz")]).unwrap());
    for version in ["2.40.12", "2.43.1"] {
        let server = Simulator::builder().version(version).unwrap().world(Arc::clone(&world)).start().await.unwrap();
        let client = Client::connect(&server.base_url(), Credentials::token(SUPERUSER_TOKEN)).unwrap();
        let attributes = program_attribute_items(&client, ANC).await.unwrap();
        assert_eq!(attributes[0].id, "QR1lSUsfGkK");
        assert_eq!(attributes[0].code.as_deref(), Some("TEA_FIRST"));
        assert!(attributes.iter().any(|attribute| attribute.options.as_ref().is_some_and(|o| o["F"] == "Female")));
        let of_type = type_attribute_items(&client, PERSON).await.unwrap();
        assert!(!of_type.is_empty() && of_type.iter().all(|item| attributes.contains(item)));
        assert!(attributes.iter().any(|item| !of_type.contains(item)), "the program has attributes of its own");

        let mut items: Vec<Item> = Vec::new();
        for program in [ANC, CASES, TB] {
            let stages: Vec<Stage> = program_stage_items(&client, program).await.unwrap();
            items.extend(stages.into_iter().flat_map(|stage| stage.items));
        }
        let values = truth();
        let column = |place: usize| values.iter().map(|row| row[place].as_str()).collect::<Vec<_>>();
        let long = df!["event_id" => column(0), "data_element_id" => column(1), "value" => column(2)].unwrap();
        for options_as in [OptionsAs::Code, OptionsAs::Label] {
            let table =
                wide(&long, &Long::EVENTS, &items, WideOptions { options_as, ..WideOptions::default() }).unwrap();
            assert!(table.report.is_empty(), "{:?}", table.report);
            let events: BTreeSet<&str> = column(0).into_iter().collect();
            assert_eq!(table.frame.height(), events.len());
            let cells: usize = table.frame.columns()[1..]
                .iter()
                .filter(|column| !column.name().ends_with("_latitude"))
                .map(|column| column.len() - column.null_count())
                .sum();
            assert_eq!(cells, values.len());
        }
    }
}
