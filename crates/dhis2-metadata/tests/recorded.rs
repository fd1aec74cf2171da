//! The recorded answers of six servers become the frames that the recordings hold.

mod support;

use dhis2_metadata::*;
use serde_json::{Value, json};
use support::{VERSIONS, body, names, objects, recorded, recorded_server, rows, server, types};

/// The uids of a list of objects, sorted.
fn ids(list: &Value, inner: &str) -> Value {
    let id = |item: &Value| if inner.is_empty() { item["id"].clone() } else { item[inner]["id"].clone() };
    let mut ids: Vec<Value> = list.as_array().unwrap().iter().map(id).collect();
    ids.sort_by(|a, b| a.as_str().cmp(&b.as_str()));
    Value::Array(ids)
}

/// The rows that a recorded collection must become, sorted by name and uid.
fn expected(version: &str, collection: &str, row: impl Fn(&Value) -> Vec<Value>) -> Vec<Vec<Value>> {
    let mut objects = objects(version, collection);
    objects.sort_by_key(|o| (o["name"].as_str().unwrap().to_owned(), o["id"].as_str().unwrap().to_owned()));
    objects.iter().map(row).collect()
}

/// A function, the collection it asks, the number of rows that every recorded server has, the row of an object, and the
/// columns of frames.md.
macro_rules! check {
    ($function:ident, $schema:ident, $collection:literal, $count:literal, $row:expr, $columns:expr) => {
        for version in VERSIONS {
            let (client, log) = recorded_server(version);
            let frame = $function(&client, &[]).await.unwrap();
            $schema.check(&frame).unwrap();
            assert_eq!(names(&frame), $columns);
            assert_eq!(frame.height(), $count, "{version}");
            assert_eq!(rows(&frame), expected(version, $collection, $row), "{version}");
            let asked = log.urls();
            assert_eq!(asked.len(), 1);
            assert!(asked[0].path().ends_with(concat!("/api/", $collection)));
            for (parameter, value) in [("paging", "false"), ("order", "id:asc")] {
                assert_eq!(support::param(&asked[0], parameter), [value]);
            }
        }
    };
}

#[tokio::test]
async fn datasets() {
    check!(
        get_datasets,
        DATASETS,
        "dataSets",
        8,
        |o| vec![
            o["id"].clone(),
            o["name"].clone(),
            ids(&o["organisationUnits"], ""),
            ids(&o["dataSetElements"], "dataElement"),
            ids(&o["indicators"], ""),
            o["periodType"].clone(),
        ],
        ["id", "name", "organisation_units", "data_elements", "indicators", "period_type"]
    );
}

#[tokio::test]
async fn data_elements_and_their_groups() {
    check!(
        get_data_elements,
        DATA_ELEMENTS,
        "dataElements",
        36,
        |o| vec![o["id"].clone(), o["name"].clone(), o["valueType"].clone()],
        ["id", "name", "value_type"]
    );
    check!(
        get_data_element_groups,
        DATA_ELEMENT_GROUPS,
        "dataElementGroups",
        3,
        |o| vec![o["id"].clone(), o["name"].clone(), ids(&o["dataElements"], "")],
        ["id", "name", "data_elements"]
    );
}

#[tokio::test]
async fn indicators_and_their_groups() {
    check!(
        get_indicators,
        INDICATORS,
        "indicators",
        2,
        |o| vec![o["id"].clone(), o["name"].clone(), o["numerator"].clone(), o["denominator"].clone()],
        ["id", "name", "numerator", "denominator"]
    );
    check!(
        get_indicator_groups,
        INDICATOR_GROUPS,
        "indicatorGroups",
        1,
        |o| vec![o["id"].clone(), o["name"].clone(), ids(&o["indicators"], "")],
        ["id", "name", "indicators"]
    );
}

#[tokio::test]
async fn groups_of_units_option_combos_attributes_and_types() {
    check!(
        get_organisation_unit_groups,
        ORGANISATION_UNIT_GROUPS,
        "organisationUnitGroups",
        3,
        |o| vec![o["id"].clone(), o["name"].clone(), ids(&o["organisationUnits"], "")],
        ["id", "name", "organisation_units"]
    );
    let id_name = |o: &Value| vec![o["id"].clone(), o["name"].clone()];
    check!(get_category_option_combos, CATEGORY_OPTION_COMBOS, "categoryOptionCombos", 9, id_name, ["id", "name"]);
    check!(get_attributes, ATTRIBUTES, "attributes", 1, id_name, ["id", "name"]);
    check!(get_tracked_entity_types, TRACKED_ENTITY_TYPES, "trackedEntityTypes", 2, id_name, ["id", "name"]);
}

#[tokio::test]
async fn programs() {
    check!(
        get_programs,
        PROGRAMS,
        "programs",
        3,
        |o| vec![o["id"].clone(), o["name"].clone(), o["programType"].clone()],
        ["id", "name", "program_type"]
    );
}

#[tokio::test]
async fn tracked_entity_attributes_and_relationship_types() {
    check!(
        get_tracked_entity_attributes,
        TRACKED_ENTITY_ATTRIBUTES,
        "trackedEntityAttributes",
        8,
        |o| vec![
            o["id"].clone(),
            o["name"].clone(),
            o["code"].clone(),
            o["valueType"].clone(),
            o["unique"].clone(),
            o["confidential"].clone(),
            o["optionSet"]["id"].clone(),
        ],
        ["id", "name", "code", "value_type", "unique", "confidential", "option_set_id"]
    );
    check!(
        get_relationship_types,
        RELATIONSHIP_TYPES,
        "relationshipTypes",
        3,
        |o| vec![
            o["id"].clone(),
            o["name"].clone(),
            o["bidirectional"].clone(),
            o["fromConstraint"]["relationshipEntity"].clone(),
            o["toConstraint"]["relationshipEntity"].clone(),
            o["fromToName"].clone(),
            o["toFromName"].clone(),
        ],
        ["id", "name", "bidirectional", "from_entity", "to_entity", "from_to_name", "to_from_name"]
    );
}

#[tokio::test]
async fn program_stages_and_their_data_elements() {
    let columns = ["program_stage_id", "program_stage_name", "program_id", "program_name"];
    for version in VERSIONS {
        let (client, _) = recorded_server(version);
        let mut stages = objects(version, "programStages");
        let place = |o: &Value| [&o["program"]["name"], &o["name"]].map(|text| text.as_str().unwrap().to_owned());
        stages.sort_by_key(place);
        let row = |o: &Value| -> Vec<Value> {
            vec![o["id"].clone(), o["name"].clone(), o["program"]["id"].clone(), o["program"]["name"].clone()]
        };

        let frame = get_program_stages(&client, &[]).await.unwrap();
        PROGRAM_STAGES.check(&frame).unwrap();
        assert_eq!(names(&frame), columns);
        assert_eq!(rows(&frame), stages.iter().map(row).collect::<Vec<_>>(), "{version}");
        assert_eq!(frame.height(), 6);

        let frame = get_program_data_elements(&client, &[]).await.unwrap();
        PROGRAM_DATA_ELEMENTS.check(&frame).unwrap();
        assert_eq!(names(&frame)[..4], columns);
        assert_eq!(names(&frame)[4..], ["valid_data_elements", "compulsory_data_elements"]);
        let with_elements = |o: &Value| -> Vec<Value> {
            let mut elements = o["programStageDataElements"].as_array().unwrap().clone();
            elements.sort_by_key(|element| element["sortOrder"].as_i64());
            let of = |wanted: &dyn Fn(&Value) -> bool| -> Value {
                elements.iter().filter(|e| wanted(e)).map(|e| e["dataElement"]["id"].clone()).collect()
            };
            let mut row = row(o);
            row.extend([of(&|_| true), of(&|element| element["compulsory"] == true)]);
            row
        };
        assert_eq!(rows(&frame), stages.iter().map(with_elements).collect::<Vec<_>>(), "{version}");
        let compulsory: usize = rows(&frame).iter().map(|row| row[5].as_array().unwrap().len()).sum();
        assert!(compulsory > 0, "{version}");
    }
}

#[tokio::test]
async fn option_sets() {
    for version in VERSIONS {
        let (client, _) = recorded_server(version);
        let frame = get_option_sets(&client, &[]).await.unwrap();
        OPTION_SETS.check(&frame).unwrap();
        assert_eq!(names(&frame), ["option_set_id", "option_set_name", "option_code", "option_name", "sort_order"]);
        let mut expected = Vec::new();
        for set in objects(version, "optionSets") {
            for option in set["options"].as_array().unwrap() {
                let of_option = ["code", "name", "sortOrder"].map(|key| option[key].clone());
                expected.push([vec![set["id"].clone(), set["name"].clone()], of_option.to_vec()].concat());
            }
        }
        expected.sort_by_key(|row| (row[1].as_str().unwrap().to_owned(), row[4].as_i64()));
        assert_eq!(rows(&frame), expected, "{version}");
        let from_one = ["2.38.7", "2.39.10.1", "2.40.12"].contains(&version);
        let sex = rows(&frame).into_iter().find(|row| row[2] == "F").unwrap();
        assert_eq!(sex[3..], [json!("Female"), json!(i64::from(from_one))], "{version}");
    }
}

#[tokio::test]
async fn organisation_unit_levels() {
    for version in VERSIONS {
        let (client, _) = recorded_server(version);
        let frame = get_organisation_unit_levels(&client).await.unwrap();
        ORGANISATION_UNIT_LEVELS.check(&frame).unwrap();
        let expected = [
            [json!("DhJG4rEJoUv"), json!("Country"), json!(1)],
            [json!("KgZvOJBAgpJ"), json!("Region"), json!(2)],
            [json!("Wp7BEoF9Vri"), json!("District"), json!(3)],
            [json!("wQubSoc2Pkf"), json!("Facility"), json!(4)],
        ];
        assert_eq!(rows(&frame), expected, "{version}");
    }
}

/// The units above a recorded unit, told by the parents, not by the path; from the root down to the unit itself.
fn line<'o>(units: &'o [Value], unit: &'o Value) -> Vec<&'o Value> {
    let parent = units.iter().find(|other| other["id"] == unit["parent"]["id"]);
    let mut line = parent.map(|parent| line(units, parent)).unwrap_or_default();
    line.push(unit);
    line
}

#[tokio::test]
async fn organisation_units() {
    for version in VERSIONS {
        let (client, _) = recorded_server(version);
        let frame = get_organisation_units(&client, None, &[]).await.unwrap();
        assert_eq!(
            names(&frame).join(" "),
            "id name level opening_date closed_date level_1_id level_1_name level_2_id level_2_name level_3_id level_3_name \
             level_4_id level_4_name geometry"
        );
        assert_eq!(types(&frame)[..5], ["str", "str", "i64", "datetime[ms]", "datetime[ms]"]);
        assert_eq!(**frame.schema(), organisation_units_schema(4));

        let units = objects(version, "organisationUnits");
        let date = |text: &Value| text.as_str().map_or(Value::Null, |text| json!(format!("{} 00:00:00", &text[..10])));
        let mut expected: Vec<Vec<Value>> = Vec::new();
        for unit in &units {
            let line = line(&units, unit);
            let mut row = vec![unit["id"].clone(), unit["name"].clone(), json!(line.len())];
            row.extend([date(&unit["openingDate"]), date(&unit["closedDate"])]);
            for level in 0..4 {
                row.extend(["id", "name"].map(|key| line.get(level).map_or(Value::Null, |unit| unit[key].clone())));
            }
            row.push(
                unit.get("geometry")
                    .map_or(Value::Null, |geometry| json!(compact(&body(version, "organisationUnits"), geometry))),
            );
            expected.push(row);
        }
        expected.sort_by_key(|row| {
            (row[2].as_i64(), row[1].as_str().unwrap().to_owned(), row[0].as_str().unwrap().to_owned())
        });
        assert_eq!(rows(&frame), expected, "{version}");
        assert_eq!((frame.height(), expected.iter().filter(|row| !row[4].is_null()).count()), (85, 9), "{version}");
        assert_eq!(expected.iter().filter(|row| !row[13].is_null()).count(), 72, "{version}");
    }
}

/// The text of a geometry in the recorded body: the only one with its coordinates.
fn compact(body: &str, geometry: &Value) -> String {
    let start = format!("{{\"type\":{},\"coordinates\":", geometry["type"]);
    let text = body.match_indices(&start).find_map(|(at, _)| {
        let read = serde_json::Deserializer::from_str(&body[at..]).into_iter::<Value>();
        let mut read = read;
        let found = read.next()?.ok()?;
        (found == *geometry).then(|| body[at..at + read.byte_offset()].to_owned())
    });
    text.unwrap()
}

#[tokio::test]
async fn values_of_attributes() {
    for version in VERSIONS {
        let (client, _) = recorded_server(version);
        let frame = extract_organisation_unit_attributes(&client).await.unwrap();
        ORGANISATION_UNIT_ATTRIBUTES.check(&frame).unwrap();
        let mut expected = Vec::new();
        for unit in objects(version, "organisationUnits") {
            for value in unit["attributeValues"].as_array().unwrap() {
                expected.push(vec![
                    unit["id"].clone(),
                    unit["name"].clone(),
                    value["attribute"]["id"].clone(),
                    json!("Facility registry number"),
                    value["value"].clone(),
                ]);
            }
        }
        expected.sort_by_key(|row| row[1].as_str().unwrap().to_owned());
        assert_eq!(rows(&frame), expected, "{version}");
        assert_eq!(frame.height(), 12, "{version}");
    }
}

/// The pages as they were recorded, 30 units each; the page past the end says it is the last.
#[tokio::test]
async fn recorded_pages_are_walked_to_their_end() {
    for version in VERSIONS {
        let (client, log) = server(version, move |url| match support::param(url, "page").first() {
            Some(page) => {
                let mut pages = recorded(version, "organisationUnits-pages");
                let (asked, status, body) = pages.remove(page.parse::<usize>().unwrap() - 1);
                assert_eq!(support::param(&asked, "page").first(), Some(page));
                (status, body)
            }
            None => (200, body(version, &support::collection(url))),
        });
        let frame = get_organisation_units(&client, Some(4), &[]).await.unwrap();
        let whole = get_organisation_units(&recorded_server(version).0, Some(4), &[]).await.unwrap();
        // The recorded pages have no dates and places.
        let same = ["id", "name", "level", "level_1_id", "level_2_name", "level_3_id", "level_4_name"];
        assert_eq!(rows(&frame.select(same).unwrap()), rows(&whole.select(same).unwrap()), "{version}");
        let pages: Vec<String> = log.urls().iter().flat_map(|url| support::param(url, "page")).collect();
        assert_eq!(pages, ["1", "2", "3"], "{version}");
    }
}

#[tokio::test]
async fn recorded_filters_give_what_they_gave() {
    for version in VERSIONS {
        for (file, filter, count) in
            [("filter-in", "id:in:[iXdObmOdRJk,ohgYUOwcsO4,pdx7uQWdRTv]", 3), ("filter-like", "name:ilike:malaria", 2)]
        {
            let (client, log) = server(version, move |_| (200, recorded(version, file).remove(0).2));
            let frame = get_data_elements(&client, &[filter]).await.unwrap();
            assert_eq!(frame.height(), count, "{version}");
            let recorded = support::param(&recorded(version, file)[0].0, "filter");
            assert_eq!(support::param(&log.urls()[0], "filter"), recorded);
        }
        let (client, _) = server(version, move |_| (200, recorded(version, "filter-none-match").remove(0).2));
        let frame = get_programs(&client, &["id:eq:AAAAAAAAAAA"]).await.unwrap();
        assert_eq!(frame.height(), 0);
        PROGRAMS.check(&frame).unwrap();
    }
}

/// Wrong operators are refused by every server, wrong properties by 2.38 (where they have not the shape of a uid, by all).
#[tokio::test]
async fn recorded_refusals_are_errors() {
    for version in VERSIONS {
        for (file, filter) in [("bad-filter-operator", "name:nope:1"), ("unknown-filter-property", "noSuchField:eq:1")]
        {
            let (client, _) = server(version, move |_| {
                let (_, status, body) = recorded(version, file).remove(0);
                (status, body)
            });
            let answer = get_programs(&client, &[filter]).await;
            if recorded(version, file)[0].1 == 200 {
                assert_eq!(answer.unwrap().height(), 0);
            } else {
                let error = answer.unwrap_err();
                assert!(matches!(error, MetadataError::Http(_)), "{error:?}");
                let wanted =
                    if file == "bad-filter-operator" { "not a valid operator" } else { "Unknown path property" };
                assert!(error.to_string().contains(wanted), "{error}");
            }
        }
    }
}

/// The answer to page 99 of a list of three, as if the parameter `paging=false` had been lost on the way.
#[tokio::test]
async fn a_list_shorter_than_its_pager_says_is_an_error() {
    for version in VERSIONS {
        let (client, _) = server(version, move |_| (200, recorded(version, "page-past-the-end").remove(0).2));
        let error = get_programs(&client, &[]).await.unwrap_err();
        assert!(matches!(error, MetadataError::Incomplete { got: 0, total: 3, .. }), "{error:?}");
        assert!(
            error.to_string().contains("https://dhis2.example.org gave 0 objects where its pager counts 3"),
            "{error}"
        );
    }
}

/// Units asked for with other fields than ours: the answer lacks the path, and is no row.
#[tokio::test]
async fn a_unit_without_its_path_is_an_error() {
    for version in VERSIONS {
        let (client, _) = server(version, move |_| (200, recorded(version, "restricted-account").remove(0).2));
        let error = get_organisation_units(&client, Some(4), &[]).await.unwrap_err();
        assert!(matches!(error, MetadataError::MissingField { field: "path", row: 1, .. }), "{error:?}");
    }
}

/// Fields that servers do not know are left out without a word; the names we get back null would be the only trace.
#[tokio::test]
async fn a_field_that_servers_leave_out_is_null_beside_the_uid() {
    for version in VERSIONS {
        let (client, _) = server(version, move |_| (200, recorded(version, "unknown-field").remove(0).2));
        let frame = get_programs(&client, &[]).await.unwrap();
        assert_eq!((frame.height(), frame.column("name").unwrap().null_count()), (3, 3));
    }
}
