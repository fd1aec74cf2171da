//! Lists are read whole, in requests that servers take, and what is no list is an error.

mod support;

use std::collections::BTreeMap;
use std::sync::Mutex;

use dhis2_http::Client;
use dhis2_metadata::*;
use serde_json::{Value, json};
use support::{Log, fixed_server, names, param, rows, server};
use url::Url;

/// Name and path of units by their uids.
type Units = BTreeMap<String, (String, String)>;

/// A hierarchy that changes while it is read: units by uid, with name and path.
struct Hierarchy {
    units: Units,
    /// What happens after the first page.
    change: Option<fn(&mut Units)>,
}

fn uid(number: usize) -> String {
    format!("U{number:010}")
}

/// A root, ten regions, and facilities below them.
fn hierarchy(facilities: usize) -> Units {
    let mut units = BTreeMap::from([(uid(0), ("Land".to_owned(), format!("/{}", uid(0))))]);
    for region in 1..=10 {
        units.insert(uid(region), (format!("Region {region}"), format!("/{}/{}", uid(0), uid(region))));
    }
    for facility in 11..11 + facilities {
        let path = format!("/{}/{}/{}", uid(0), uid(1 + facility % 10), uid(facility));
        units.insert(uid(facility), (format!("Facility {facility}"), path));
    }
    units
}

/// Serves units as DHIS2 does: pages by uid, all without paging, `id:in`, `level:le`, `level:eq`.
fn serve(units: Units, change: Option<fn(&mut Units)>) -> (Client, Log) {
    let hierarchy = Mutex::new(Hierarchy { units, change });
    server("2.42.5.2", move |url| {
        if url.path().ends_with("organisationUnitLevels") {
            return (200, r#"{"organisationUnitLevels":[]}"#.to_owned());
        }
        let mut hierarchy = hierarchy.lock().unwrap();
        let matching: Vec<Value> =
            hierarchy.units.iter().filter(|(id, (_, path))| matches(url, id, path)).map(object).collect();
        let total = matching.len();
        let body = match param(url, "page").first() {
            None => json!({ "organisationUnits": matching }),
            Some(page) => {
                let (page, size): (usize, usize) = (page.parse().unwrap(), param(url, "pageSize")[0].parse().unwrap());
                let shown: Vec<Value> = matching.into_iter().skip((page - 1) * size).take(size).collect();
                let count = total.div_ceil(size).max(1);
                // Past the end the number is that of the last page.
                let mut pager =
                    json!({ "page": page.min(count), "pageCount": count, "total": total, "pageSize": size });
                if page < count {
                    pager["nextPage"] = json!("http://localhost:8080/api/organisationUnits?page=2");
                }
                if let (1, Some(change)) = (page, hierarchy.change.take()) {
                    change(&mut hierarchy.units);
                }
                json!({ "pager": pager, "organisationUnits": shown })
            }
        };
        (200, body.to_string())
    })
}

fn object((id, (name, path)): (&String, &(String, String))) -> Value {
    json!({ "path": path, "level": path.matches('/').count(), "name": name, "id": id, "openingDate": "2010-01-01T00:00:00.000" })
}

fn matches(url: &Url, id: &str, path: &str) -> bool {
    let level = path.matches('/').count();
    param(url, "filter").iter().all(|filter| match filter.splitn(3, ':').collect::<Vec<_>>()[..] {
        ["id", "in", list] => list.trim_matches(['[', ']']).split(',').any(|item| item == id),
        ["level", "le", deepest] => level <= deepest.parse().unwrap(),
        ["level", "eq", only] => level == only.parse::<usize>().unwrap(),
        ref other => panic!("{other:?}"),
    })
}

fn ids(frame: &polars::frame::DataFrame) -> Vec<String> {
    let mut ids: Vec<String> = rows(frame).iter().map(|row| row[0].as_str().unwrap().to_owned()).collect();
    ids.sort();
    ids
}

/// peer-bugs section 3: "Option sets > one page, org units > 32 767, 500 UIDs in a filter stay under the URL budget".
#[tokio::test]
async fn more_than_32767_organisation_units_are_all_there() {
    let units = hierarchy(33_000);
    let (client, log) = serve(units.clone(), None);
    let frame = get_organisation_units(&client, None, &[]).await.unwrap();
    assert_eq!(ids(&frame), units.keys().cloned().collect::<Vec<_>>());
    let pages: Vec<String> = log.urls().iter().flat_map(|url| param(url, "page")).collect();
    assert_eq!(pages, ["1", "2", "3", "4", "5", "6", "7"]);
    assert!(log.urls().iter().flat_map(|url| param(url, "order")).all(|order| order == "id:asc"));
    let last = rows(&frame).pop().unwrap();
    assert_eq!(last[5..9], [json!(uid(0)), json!("Land"), last[7].clone(), last[8].clone()]);
    assert_eq!(frame.column("level_2_name").unwrap().null_count(), 1);
}

/// peer-bugs section 3: "Option sets > one page, org units > 32 767, 500 UIDs in a filter stay under the URL budget".
#[tokio::test]
async fn five_hundred_uids_in_a_filter_are_sent_in_parts_below_6000_bytes() {
    let (client, log) = serve(hierarchy(2_000), None);
    let wanted: Vec<String> = (100..1_100).map(uid).collect();
    let filter = format!("id:in:[{}]", wanted.join(","));
    let frame = get_organisation_units(&client, None, &["level:eq:3", &filter]).await.unwrap();
    assert_eq!(ids(&frame), wanted);
    let urls = log.urls();
    assert!(urls.iter().all(|url| url.as_str().len() < 6_000));
    let parts: Vec<&Url> = urls.iter().filter(|url| !param(url, "page").is_empty()).collect();
    assert!(parts.len() >= 2);
    assert!(parts.iter().all(|url| param(url, "filter")[0] == "level:eq:3"));
}

/// peer-bugs section 3: "Option sets > one page, org units > 32 767, 500 UIDs in a filter stay under the URL budget".
#[tokio::test]
async fn more_option_sets_than_a_page_are_all_asked_for() {
    let set = |n: usize| json!({ "id": uid(n), "name": format!("Set {n}"), "options": [{ "code": "A", "name": "a", "sortOrder": 1 }] });
    let (client, log) = server("2.40.12", move |url| {
        // Without `paging=false` a server gives 50.
        let count = if param(url, "paging") == ["false"] { 170 } else { 50 };
        (200, json!({ "optionSets": (0..count).map(set).collect::<Vec<_>>() }).to_string())
    });
    assert_eq!(get_option_sets(&client, &[]).await.unwrap().height(), 170);
    assert_eq!(log.urls().len(), 1);
}

#[tokio::test]
async fn filters_too_long_that_cannot_be_parted_are_refused() {
    let (client, log) = serve(hierarchy(0), None);
    let filter = format!("id:!in:[{}]", (0..600).map(uid).collect::<Vec<_>>().join(","));
    let error = get_organisation_units(&client, None, &[&filter]).await.unwrap_err();
    assert!(matches!(error, MetadataError::TooLong { collection: "organisationUnits", .. }), "{error:?}");
    assert!(log.urls().is_empty());
}

/// A unit of the first page is deleted before the second is asked for: the pages move up, and the second one begins with a
/// unit too late.
#[tokio::test]
async fn units_that_pages_skip_because_others_were_deleted_are_found() {
    let units = hierarchy(9_000);
    let (client, _) = serve(units.clone(), Some(|units| drop(units.remove(&uid(20)))));
    let frame = get_organisation_units(&client, None, &[]).await.unwrap();
    let expected: Vec<String> = units.into_keys().filter(|id| *id != uid(20)).collect();
    assert_eq!(ids(&frame), expected);
}

/// A unit is created among those of the first page: the last of them comes on the second page again.
#[tokio::test]
async fn units_that_pages_repeat_because_others_were_created_come_once() {
    let units = hierarchy(9_000);
    let (client, _) = serve(
        units.clone(),
        Some(|units| {
            let path = format!("/{}/{}", uid(0), "A0000000000");
            units.insert("A0000000000".to_owned(), ("New".to_owned(), path));
        }),
    );
    let frame = get_organisation_units(&client, None, &[]).await.unwrap();
    let mut expected: Vec<String> = units.into_keys().collect();
    expected.insert(0, "A0000000000".to_owned());
    assert_eq!(ids(&frame), expected);
}

/// peer-bugs section 2, O45: "level names come from a self-join on the filtered frame → parents outside the filter or the
/// user's scope are null".
#[tokio::test]
async fn names_of_parents_outside_the_filter_are_looked_up() {
    let (client, log) = serve(hierarchy(30), None);
    let frame = get_organisation_units(&client, None, &["level:eq:3"]).await.unwrap();
    assert_eq!(frame.height(), 30);
    for row in rows(&frame) {
        let region = row[7].as_str().unwrap();
        let number: usize = region[1..].parse().unwrap();
        assert_eq!(row[5..9], [json!(uid(0)), json!("Land"), json!(region), json!(format!("Region {number}"))]);
        assert_eq!(row[9..11], [row[0].clone(), row[1].clone()]);
    }
    let looked_up = log.urls().into_iter().rfind(|url| param(url, "fields") == ["id,name"]).unwrap();
    let expected = format!("id:in:[{}]", (0..=10).map(uid).collect::<Vec<_>>().join(","));
    assert_eq!(param(&looked_up, "filter"), [expected]);
}

/// peer-bugs section 2, O45: "… parents outside the filter or the user's scope are null". What the server does not tell
/// even when asked is null; the uid, which is in the path, stays.
#[tokio::test]
async fn a_parent_that_the_server_does_not_tell_keeps_its_uid() {
    let mut units = hierarchy(3);
    units.remove(&uid(0));
    let (client, _) = serve(units, None);
    let frame = get_organisation_units(&client, None, &["level:eq:2"]).await.unwrap();
    assert_eq!(frame.height(), 10);
    assert!(rows(&frame).iter().all(|row| row[5] == json!(uid(0)) && row[6].is_null() && !row[8].is_null()));
}

/// peer-bugs section 2, O44: "`filters` + `max_level`: appends the *integer* instead of the filter string (sends
/// `filter=1`)".
#[tokio::test]
async fn max_level_beside_filters_is_a_filter_too() {
    let (client, log) = serve(hierarchy(30), None);
    let filter = format!("id:in:[{},{},{}]", uid(0), uid(3), uid(15));
    let frame = get_organisation_units(&client, Some(2), &[&filter]).await.unwrap();
    assert_eq!(ids(&frame), [uid(0), uid(3)]);
    assert_eq!(param(&log.urls()[0], "filter"), [filter, "level:le:2".to_owned()]);
    assert_eq!(names(&frame)[4..].join(" "), "closed_date level_1_id level_1_name level_2_id level_2_name geometry");
}

#[tokio::test]
async fn levels_are_those_asked_for_also_where_the_hierarchy_is_not_so_deep_or_empty() {
    let (client, _) = serve(hierarchy(3), None);
    let frame = get_organisation_units(&client, Some(5), &[]).await.unwrap();
    assert_eq!(**frame.schema(), organisation_units_schema(5));
    assert_eq!(frame.column("level_5_id").unwrap().null_count(), 14);
    let empty = get_organisation_units(&serve(BTreeMap::new(), None).0, Some(2), &[]).await.unwrap();
    assert_eq!((empty.height(), &**empty.schema()), (0, &organisation_units_schema(2)));
    for wrong in [0, 101] {
        let error = get_organisation_units(&client, Some(wrong), &[]).await.unwrap_err();
        assert!(matches!(error, MetadataError::MaxLevel { .. }), "{error:?}");
    }
}

/// peer-bugs section 2, O46: "org unit without `attributeValues` → `TypeError`; unreadable attribute → `KeyError`".
#[tokio::test]
async fn units_without_attribute_values_and_attributes_out_of_sight_do_no_harm() {
    let (client, _) = server("2.41.9.1", |url| {
        let body = match &*support::collection(url) {
            "attributes" => r#"{"attributes":[{"id":"Qt20CcAWcY5","name":"Registry number"}]}"#,
            _ => {
                r#"{"organisationUnits":[{"id":"aaaaaaaaaaa","name":"A"},{"id":"bbbbbbbbbbb","name":"B","attributeValues":null},
                {"id":"ccccccccccc","name":"C","attributeValues":[{"value":"1","attribute":{"id":"Qt20CcAWcY5"}},
                {"attribute":{"id":"hidden00000"},"value":"2"}]}]}"#
            }
        };
        (200, body.to_owned())
    });
    let frame = extract_organisation_unit_attributes(&client).await.unwrap();
    let row = |attribute: &str, name: Value, value: &str| -> Vec<Value> {
        vec![json!("ccccccccccc"), json!("C"), json!(attribute), name, json!(value)]
    };
    assert_eq!(rows(&frame), [row("Qt20CcAWcY5", json!("Registry number"), "1"), row("hidden00000", Value::Null, "2")]);
}

/// peer-bugs section 2, O46: "the `"coordinates"` test is dead". Geometry is what the server wrote, whatever kind it is of.
#[tokio::test]
async fn geometry_is_handed_on_as_it_was_written() {
    let client = fixed_server(
        r#"{"organisationUnitLevels":[],"organisationUnits":[
        {"id":"aaaaaaaaaaa","level":1,"path":"/aaaaaaaaaaa","geometry":{"type":"Point", "coordinates":[1.50,-0.00]}},
        {"id":"bbbbbbbbbbb","level":1,"path":"/bbbbbbbbbbb","geometry":null}]}"#,
    );
    let frame = get_organisation_units(&client, Some(1), &[]).await.unwrap();
    let geometry: Vec<Value> = rows(&frame).iter().map(|row| row[7].clone()).collect();
    assert_eq!(geometry, [json!(r#"{"type":"Point", "coordinates":[1.50,-0.00]}"#), Value::Null]);
}

/// peer-bugs section 2, O47: "`get_program_stages` / `get_program_data_elements` crash on an empty result".
#[tokio::test]
async fn an_empty_answer_is_an_empty_frame_with_its_columns() {
    let (client, _) = server("2.43.1", |url| (200, json!({ support::collection(url): [] }).to_string()));
    macro_rules! empty {
        ($($function:ident: $schema:ident),+) => {
            $(
                let frame = $function(&client, &["name:like:x"]).await.unwrap();
                assert_eq!(frame.height(), 0);
                $schema.check(&frame).unwrap();
            )+
        };
    }
    empty!(
        get_program_stages: PROGRAM_STAGES, get_program_data_elements: PROGRAM_DATA_ELEMENTS, get_programs: PROGRAMS,
        get_datasets: DATASETS, get_data_elements: DATA_ELEMENTS, get_data_element_groups: DATA_ELEMENT_GROUPS,
        get_indicators: INDICATORS, get_indicator_groups: INDICATOR_GROUPS, get_attributes: ATTRIBUTES,
        get_organisation_unit_groups: ORGANISATION_UNIT_GROUPS, get_category_option_combos: CATEGORY_OPTION_COMBOS,
        get_tracked_entity_types: TRACKED_ENTITY_TYPES, get_tracked_entity_attributes: TRACKED_ENTITY_ATTRIBUTES,
        get_relationship_types: RELATIONSHIP_TYPES, get_option_sets: OPTION_SETS
    );
    ORGANISATION_UNIT_LEVELS.check(&get_organisation_unit_levels(&client).await.unwrap()).unwrap();
    let values = extract_organisation_unit_attributes(&client).await.unwrap();
    ORGANISATION_UNIT_ATTRIBUTES.check(&values).unwrap();
    let units = get_organisation_units(&client, None, &[]).await.unwrap();
    ORGANISATION_UNITS.check(&units).unwrap();
}

/// peer-bugs section 2, O20: "`fields.split(",")` breaks nested selectors (`a[b,c]`) into bogus columns"; O21:
/// "`add_org_unit_parent_columns` uses `Expr.apply` … always `AttributeError`". Columns are those of the schema, whatever was
/// asked for and whatever more came.
#[tokio::test]
async fn columns_do_not_depend_on_the_fields_of_an_answer() {
    let client = fixed_server(
        r#"{"system":{},"programStages":[{"extra":[{}],"name":"Visit","program":{"x":1,"name":"ANC","id":"T4KUa2dgu2M"},"id":"VSwriw5UoWi"}]}"#,
    );
    let frame = get_program_data_elements(&client, &[]).await.unwrap();
    PROGRAM_DATA_ELEMENTS.check(&frame).unwrap();
    let expected = [json!("VSwriw5UoWi"), json!("Visit"), json!("T4KUa2dgu2M"), json!("ANC"), json!([]), json!([])];
    assert_eq!(rows(&frame), [expected]);
}

/// peer-bugs section 4: "A wrong name in `fields` gives rows of `{}` and status 200."
#[tokio::test]
async fn an_object_without_uid_is_no_row() {
    let client = fixed_server(r#"{"programs":[{"id":"T4KUa2dgu2M"},{}]}"#);
    let error = get_programs(&client, &[]).await.unwrap_err();
    assert!(matches!(error, MetadataError::MissingField { field: "id", row: 2, .. }), "{error:?}");
    assert!(
        error.to_string().starts_with("GET /api/programs of https://dhis2.example.org gave an object without `id`")
    );
}

#[tokio::test]
async fn an_answer_without_the_list_is_no_empty_list() {
    for body in ["{}", r#"{"pager":{"page":1,"total":0}}"#, r#"{"dataSets":[]}"#, r#"{"programs":null}"#, "[]"] {
        let error = get_programs(&fixed_server(body), &[]).await.unwrap_err();
        assert!(matches!(error, MetadataError::Answer { collection: "programs", .. }), "{body}: {error:?}");
    }
}

/// Servers leave a null for every gap in the order of a list.
#[tokio::test]
async fn gaps_in_a_list_are_skipped() {
    let client = fixed_server(
        r#"{"optionSets":[{"id":"MCOJR1U7mqp","name":"Sex","options":[null,{"code":"M","name":"Male","sortOrder":2},
        {"code":"F","name":"Female","sortOrder":1},null]},{"id":"aaaaaaaaaaa","name":"Empty"}]}"#,
    );
    let frame = get_option_sets(&client, &[]).await.unwrap();
    let codes: Vec<Value> = rows(&frame).iter().map(|row| row[2].clone()).collect();
    assert_eq!(codes, ["F", "M"]);
}

#[tokio::test]
async fn an_object_found_twice_by_a_filter_on_its_lists_is_one_row() {
    let client = fixed_server(r#"{"dataElements":[{"id":"aaaaaaaaaaa","name":"A"},{"id":"aaaaaaaaaaa","name":"A"}]}"#);
    let frame = get_data_elements(&client, &["dataElementGroups.id:in:[x,y]"]).await.unwrap();
    assert_eq!(frame.height(), 1);
}

#[tokio::test]
async fn a_date_in_no_known_form_is_an_error_without_the_text() {
    let client = fixed_server(
        r#"{"organisationUnits":[{"id":"aaaaaaaaaaa","level":1,"path":"/aaaaaaaaaaa","openingDate":"long ago"}]}"#,
    );
    let error = get_organisation_units(&client, Some(1), &[]).await.unwrap_err();
    assert_eq!(error.to_string(), "row 0 of column `opening_date` holds a time-stamp in no known layout");
}

#[tokio::test]
async fn each_filter_is_a_parameter_of_its_own_and_a_bad_one_is_not_sent() {
    let (client, log) = server("2.40.12", |_| (200, r#"{"dataElements":[]}"#.to_owned()));
    get_data_elements(&client, &["name:eq:Mixed, with overlap", "code:!null"]).await.unwrap();
    assert_eq!(param(&log.urls()[0], "filter"), ["name:eq:Mixed, with overlap", "code:!null"]);
    let error = get_data_elements(&client, &["name:eq"]).await.unwrap_err();
    assert!(matches!(error, MetadataError::Filter(FilterError { number: 1, problem: FilterProblem::NoValue, .. })));
    assert_eq!(log.urls().len(), 1);
}
