//! Names beside uids.

mod support;

use dhis2_metadata::*;
use polars::prelude::{DataFrame, df};
use serde_json::{Value, json};
use support::{VERSIONS, names, objects, recorded_server, rows};

fn column(frame: &DataFrame, name: &str) -> Vec<Option<String>> {
    frame.column(name).unwrap().str().unwrap().iter().map(|cell| cell.map(str::to_owned)).collect()
}

fn some(cells: &[&str]) -> Vec<Option<String>> {
    cells.iter().map(|cell| (!cell.is_empty()).then(|| (*cell).to_owned())).collect()
}

/// The columns and their order are those of frames.md, last row of its table.
#[tokio::test]
async fn names_stand_behind_the_columns_of_the_frame() {
    for version in VERSIONS {
        let (client, _) = recorded_server(version);
        let elements = get_data_elements(&client, &[]).await.unwrap();
        let indicators = get_indicators(&client, &[]).await.unwrap();
        let combos = get_category_option_combos(&client, &[]).await.unwrap();
        let units = get_organisation_units(&client, Some(3), &[]).await.unwrap();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let recorded = |collection: &str| -> Vec<(String, String)> {
            objects(version, collection).iter().map(|o| (text(&o["id"]), text(&o["name"]))).collect()
        };
        let (element, indicator) = (recorded("dataElements"), recorded("indicators"));
        let combo = recorded("categoryOptionCombos");
        let district = objects(version, "organisationUnits").into_iter().find(|unit| unit["level"] == 3).unwrap();
        let ids =
            |known: &str| vec![Some(known.to_owned()), None, Some("AAAAAAAAAAA".to_owned()), Some(known.to_owned())];
        let frame = df![
            "period" => ["202403", "202401", "202402", "202401"],
            "data_element_id" => ids(&element[5].0),
            "indicator_id" => ids(&indicator[1].0),
            "organisation_unit_id" => ids(&text(&district["id"])),
            "category_option_combo_id" => ids(&combo[2].0),
            "attribute_option_combo_id" => ids(&combo[3].0),
            "value" => ["4", "3", "2", "1"],
        ]
        .unwrap();
        let lists = ObjectLists {
            data_elements: Some(&elements),
            indicators: Some(&indicators),
            category_option_combos: Some(&combos),
            organisation_units: Some(&units),
            ..ObjectLists::default()
        };
        let named = join_object_names(&frame, &lists).unwrap();
        assert_eq!(
            names(&named).join(" "),
            "period data_element_id indicator_id organisation_unit_id category_option_combo_id attribute_option_combo_id \
             value data_element_name indicator_name category_option_combo_name level_1_id level_1_name level_2_id \
             level_2_name level_3_id level_3_name"
        );
        assert!(named.select(frame.get_column_names_owned()).unwrap().equals_missing(&frame));
        for (name, known) in [
            ("data_element_name", &element[5].1),
            ("indicator_name", &indicator[1].1),
            ("category_option_combo_name", &combo[2].1),
            ("level_1_id", &"KdK92fYEfTw".to_owned()),
            ("level_3_name", &text(&district["name"])),
        ] {
            assert_eq!(column(&named, name), some(&[known, "", "", known]), "{name}");
        }
        let again = ObjectLists { attribute_option_combos: Some(&combos), ..ObjectLists::default() };
        let named = join_object_names(&named, &again).unwrap();
        assert_eq!(column(&named, "attribute_option_combo_name"), some(&[&combo[3].1, "", "", &combo[3].1]));
    }
}

#[tokio::test]
async fn stages_and_attributes_of_tracked_entities_have_names_too() {
    let (client, _) = recorded_server("2.42.5.2");
    let attributes = get_tracked_entity_attributes(&client, &[]).await.unwrap();
    let stages = get_program_stages(&client, &[]).await.unwrap();
    let lists = ObjectLists { attributes: Some(&attributes), program_stages: Some(&stages), ..ObjectLists::default() };
    let frame = df!["attribute_id" => ["nQUSA4uDo9h"], "program_stage_id" => ["VSwriw5UoWi"]].unwrap();
    let named = join_object_names(&frame, &lists).unwrap();
    assert_eq!(rows(&named), [[json!("nQUSA4uDo9h"), json!("VSwriw5UoWi"), json!("Gravida"), json!("Monitoring")]]);
}

#[test]
fn a_list_without_its_column_adds_nothing() {
    let frame = df!["indicator_id" => ["a"]].unwrap();
    let list = df!["id" => ["a"], "name" => ["A"]].unwrap();
    let lists = ObjectLists { data_elements: Some(&list), organisation_units: Some(&list), ..ObjectLists::default() };
    assert!(join_object_names(&frame, &lists).unwrap().equals(&frame));
}

#[test]
fn a_uid_that_is_twice_in_the_list_does_not_double_rows() {
    let frame = df!["data_element_id" => ["a", "b", "a"]].unwrap();
    let list = df!["id" => [Some("a"), None, Some("a")], "name" => ["first", "none", "second"]].unwrap();
    let lists = ObjectLists { data_elements: Some(&list), ..ObjectLists::default() };
    let named = join_object_names(&frame, &lists).unwrap();
    assert_eq!(column(&named, "data_element_name"), some(&["first", "", "first"]));
}

#[test]
fn a_frame_without_rows_gets_the_columns() {
    let frame = df!["data_element_id" => Vec::<String>::new()].unwrap();
    let elements = DATA_ELEMENTS.empty();
    let lists = ObjectLists { data_elements: Some(&elements), ..ObjectLists::default() };
    let named = join_object_names(&frame, &lists).unwrap();
    assert_eq!((named.height(), names(&named)), (0, vec!["data_element_id", "data_element_name"]));
}

#[test]
fn what_cannot_be_joined_is_an_error_that_names_it() {
    let list = df!["id" => ["a"], "name" => ["A"]].unwrap();
    let refused = |frame: &DataFrame, list: &DataFrame| {
        let lists = ObjectLists {
            data_elements: Some(list),
            organisation_units: frame.column("organisation_unit_id").is_ok().then_some(list),
            ..ObjectLists::default()
        };
        join_object_names(frame, &lists).unwrap_err().to_string()
    };
    let frame = df!["data_element_id" => ["a"], "data_element_name" => ["b"]].unwrap();
    assert!(refused(&frame, &list).contains("it has a column `data_element_name` already"));
    let frame = df!["data_element_id" => ["a"]].unwrap();
    assert!(refused(&frame, &df!["id" => ["a"]].unwrap()).contains("has no column `name`"));
    assert!(
        refused(&frame, &df!["id" => [1_i64], "name" => ["a"]].unwrap())
            .contains("column `id` of the list is not text")
    );
    let frame = df!["data_element_id" => [1_i64]].unwrap();
    assert!(refused(&frame, &list).contains("column `data_element_id` is not text"));
    let frame = df!["organisation_unit_id" => ["a"]].unwrap();
    assert!(refused(&frame, &list).contains("has no column `level_1_id`"));
}
