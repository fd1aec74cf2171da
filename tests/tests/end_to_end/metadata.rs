//! Metadata frames, compared with what the recorded servers exported, and units with the table of the database.

use std::collections::BTreeMap;
use std::sync::Arc;

use dhis2::polars::prelude::DataFrame;
use dhis2_simulator::{Faults, World};
use dhis2_tests::rows::{self, Row};
use dhis2_tests::served::{RUNTIME, Served, serve, superuser};
use serde_json::{Value, json};

const ROOT: &str = "KdK92fYEfTw";

/// A cell of an exported object: a path of keys.
fn cell(object: &Value, path: &str) -> Option<String> {
    match path.split('.').fold(object, |value, key| &value[key]) {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

/// The ids in a list of an exported object, in the order of the alphabet; `path` leads from a member to its id.
fn ids<'v>(members: impl IntoIterator<Item = &'v Value>, path: &str) -> Option<String> {
    let mut ids: Vec<String> = members.into_iter().map(|member| cell(member, path).unwrap()).collect();
    ids.sort();
    Some(ids.join(" "))
}

fn list<'v>(object: &'v Value, key: &str) -> impl Iterator<Item = &'v Value> {
    object[key].as_array().into_iter().flatten()
}

fn check(served: &Served, what: &str, frame: &DataFrame, expected: Vec<Row>) {
    assert!(!expected.is_empty(), "{what}");
    rows::assert_same(&format!("{what} of {}", served.version), rows::of_frame(frame), expected);
}

/// Rows of a collection whose columns are paths of keys.
fn plain(served: &Served, collection: &str, paths: &[&str]) -> Vec<Row> {
    let row = |object: &Value| paths.iter().map(|path| cell(object, path)).collect();
    served.exported(collection).iter().map(row).collect()
}

/// The same, and a last column with the ids of members.
fn with_members(served: &Served, collection: &str, members: &str) -> Vec<Row> {
    let row = |object: &Value| vec![cell(object, "id"), cell(object, "name"), ids(list(object, members), "id")];
    served.exported(collection).iter().map(row).collect()
}

macro_rules! get {
    ($served:expr, $function:ident) => {
        RUNTIME.block_on($served.client().$function(&[])).unwrap()
    };
}

on_every_line!(
    aggregate_lists_are_those_of_the_server,
    program_lists_are_those_of_the_server,
    people_lists_are_those_of_the_server,
    options_are_those_of_the_server,
    units_are_those_of_the_database,
    attribute_values_of_units_are_those_of_the_server,
    a_filter_and_a_level_go_together_and_names_above_stay,
    units_above_a_region_have_their_names_for_its_clerk,
    an_empty_answer_has_the_columns_of_a_full_one,
    an_option_set_larger_than_a_page_comes_whole,
    many_ids_in_a_filter_are_all_asked_for,
);

fn aggregate_lists_are_those_of_the_server(served: &Served) {
    let sets = served.exported("dataSets").iter().map(|set| {
        vec![
            cell(set, "id"),
            cell(set, "name"),
            ids(list(set, "organisationUnits"), "id"),
            ids(list(set, "dataSetElements"), "dataElement.id"),
            ids(list(set, "indicators"), "id"),
            cell(set, "periodType"),
        ]
    });
    check(served, "get_datasets", &get!(served, get_datasets), sets.collect());
    for (what, frame, collection, paths) in [
        ("get_data_elements", get!(served, get_data_elements), "dataElements", &["id", "name", "valueType"][..]),
        ("get_indicators", get!(served, get_indicators), "indicators", &["id", "name", "numerator", "denominator"]),
        (
            "get_category_option_combos",
            get!(served, get_category_option_combos),
            "categoryOptionCombos",
            &["id", "name"],
        ),
        ("get_attributes", get!(served, get_attributes), "attributes", &["id", "name"]),
    ] {
        check(served, what, &frame, plain(served, collection, paths));
    }
    for (what, frame, collection, members) in [
        ("get_data_element_groups", get!(served, get_data_element_groups), "dataElementGroups", "dataElements"),
        ("get_indicator_groups", get!(served, get_indicator_groups), "indicatorGroups", "indicators"),
        (
            "get_organisation_unit_groups",
            get!(served, get_organisation_unit_groups),
            "organisationUnitGroups",
            "organisationUnits",
        ),
    ] {
        check(served, what, &frame, with_members(served, collection, members));
    }
    let levels = RUNTIME.block_on(served.client().get_organisation_unit_levels()).unwrap();
    check(served, "levels", &levels, plain(served, "organisationUnitLevels", &["id", "name", "level"]));
}

fn program_lists_are_those_of_the_server(served: &Served) {
    let programs = get!(served, get_programs);
    check(served, "get_programs", &programs, plain(served, "programs", &["id", "name", "programType"]));
    let names: BTreeMap<String, Option<String>> = served
        .exported("programs")
        .iter()
        .map(|program| (cell(program, "id").unwrap(), cell(program, "name")))
        .collect();
    let stage = |stage: &Value| {
        let program = cell(stage, "program.id").unwrap();
        vec![cell(stage, "id"), cell(stage, "name"), Some(program.clone()), names[&program].clone()]
    };
    let stages = served.exported("programStages").iter();
    check(served, "get_program_stages", &get!(served, get_program_stages), stages.clone().map(stage).collect());
    let with_elements = |one: &Value| {
        let elements = || list(one, "programStageDataElements");
        let compulsory = elements().filter(|element| element["compulsory"] == true);
        let mut row = stage(one);
        row.extend([ids(elements(), "dataElement.id"), ids(compulsory, "dataElement.id")]);
        row
    };
    let frame = get!(served, get_program_data_elements);
    check(served, "get_program_data_elements", &frame, stages.map(with_elements).collect());
}

fn people_lists_are_those_of_the_server(served: &Served) {
    for (what, frame, collection, paths) in [
        ("get_tracked_entity_types", get!(served, get_tracked_entity_types), "trackedEntityTypes", &["id", "name"][..]),
        (
            "get_tracked_entity_attributes",
            get!(served, get_tracked_entity_attributes),
            "trackedEntityAttributes",
            &["id", "name", "code", "valueType", "unique", "confidential", "optionSet.id"],
        ),
    ] {
        check(served, what, &frame, plain(served, collection, paths));
    }
    let mut types = plain(
        served,
        "relationshipTypes",
        &[
            "id",
            "name",
            "bidirectional",
            "fromConstraint.relationshipEntity",
            "toConstraint.relationshipEntity",
            "fromToName",
            "toFromName",
        ],
    );
    for row in &mut types {
        assert!(row[3].is_some() && row[4].is_some());
    }
    check(served, "get_relationship_types", &get!(served, get_relationship_types), types);
}

fn options_are_those_of_the_server(served: &Served) {
    let names: BTreeMap<String, Option<String>> =
        served.exported("optionSets").iter().map(|set| (cell(set, "id").unwrap(), cell(set, "name"))).collect();
    let row = |option: &Value| {
        let set = cell(option, "optionSet.id").unwrap();
        vec![
            Some(set.clone()),
            names[&set].clone(),
            cell(option, "code"),
            cell(option, "name"),
            cell(option, "sortOrder"),
        ]
    };
    let expected = served.exported("options").iter().map(row).collect();
    check(served, "get_option_sets", &get!(served, get_option_sets), expected);
}

/// Uid, name, level and the uids and names of the levels above, of some units.
fn units(served: &Served, deepest: usize, is_kept: impl Fn(&str, usize) -> bool) -> Vec<Row> {
    let country = &served.country;
    let row = |(id, path): (&String, &Vec<String>)| {
        let mut row = vec![Some(id.clone()), Some(country.names[id].clone()), Some(path.len().to_string())];
        for level in 0..deepest {
            let above = path.get(level);
            row.extend([above.cloned(), above.map(|unit| country.names[unit].clone())]);
        }
        row
    };
    country.units.iter().filter(|(id, path)| is_kept(id, path.len())).map(row).collect()
}

/// The same columns of a frame: without dates and geometry.
fn shown(frame: &DataFrame) -> Vec<Row> {
    let last = frame.width() - 1;
    rows::of_frame(frame).into_iter().map(|row| [&row[..3], &row[5..last]].concat()).collect()
}

fn units_are_those_of_the_database(served: &Served) {
    let all = RUNTIME.block_on(served.client().get_organisation_units(None, &[])).unwrap();
    rows::assert_same(&served.version, shown(&all), units(served, 4, |_, _| true));
    assert_eq!(all.height(), 85);
    let day = |object: &Value, key: &str| cell(object, key).map(|date| format!("{}T00:00:00.000Z", &date[..10]));
    let rest = |unit: &Value| {
        let geometry = Some(&unit["geometry"]).filter(|geometry| !geometry.is_null());
        vec![cell(unit, "id"), day(unit, "openingDate"), day(unit, "closedDate"), geometry.map(Value::to_string)]
    };
    let last = all.width() - 1;
    let found = rows::of_frame(&all);
    let found =
        found.into_iter().map(|row| vec![row[0].clone(), row[3].clone(), row[4].clone(), row[last].clone()]).collect();
    let expected: Vec<Row> = served.exported("organisationUnits").iter().map(rest).collect();
    assert!(expected.iter().any(|row| row[3].is_some()));
    rows::assert_same("dates and outlines", found, expected);
}

fn attribute_values_of_units_are_those_of_the_server(served: &Served) {
    let names: BTreeMap<String, Option<String>> =
        served.exported("attributes").iter().map(|one| (cell(one, "id").unwrap(), cell(one, "name"))).collect();
    let values = |unit: &Value| -> Vec<Row> {
        let row = |value: &Value| {
            let attribute = cell(value, "attribute.id").unwrap();
            vec![
                cell(unit, "id"),
                cell(unit, "name"),
                Some(attribute.clone()),
                names[&attribute].clone(),
                cell(value, "value"),
            ]
        };
        list(unit, "attributeValues").map(row).collect()
    };
    let expected = served.exported("organisationUnits").iter().flat_map(values).collect();
    let frame = RUNTIME.block_on(served.client().extract_organisation_unit_attributes()).unwrap();
    check(served, "extract_organisation_unit_attributes", &frame, expected);
}

/// peer-bugs section 2, O44: "`filters` + `max_level`: appends the *integer* instead of the filter string (sends `filter=1`)";
/// O45: "level names come from a self-join on the filtered frame → parents outside the filter or the user's scope are null".
fn a_filter_and_a_level_go_together_and_names_above_stay(served: &Served) {
    let client = served.client();
    let district = served.country.children(served.country.region_of_the_clerk())[0];
    let name = &served.country.names[district];
    let (like, children) = (format!("name:ilike:{}", name.to_lowercase()), format!("parent.id:eq:{district}"));
    let frame = RUNTIME.block_on(client.get_organisation_units(Some(3), &[&like])).unwrap();
    let named = |id: &str| served.country.names[id].to_lowercase().contains(&name.to_lowercase());
    let expected = units(served, 3, |id, level| level <= 3 && named(id));
    assert!(!expected.is_empty());
    rows::assert_same(&like, shown(&frame), expected);
    let frame = RUNTIME.block_on(client.get_organisation_units(None, &[&children])).unwrap();
    let below = |id: &str| served.country.children(district).contains(&id);
    let expected = units(served, 4, |id, _| below(id));
    assert!(!expected.is_empty());
    rows::assert_same(&children, shown(&frame), expected);
    let nothing = RUNTIME.block_on(client.get_organisation_units(Some(2), &[&children])).unwrap();
    assert_eq!(nothing.height(), 0);
}

/// peer-bugs section 2, O45: "level names come from a self-join on the filtered frame → parents outside the filter or the user's
/// scope are null".
fn units_above_a_region_have_their_names_for_its_clerk(served: &Served) {
    let region = served.country.region_of_the_clerk();
    let filter = format!("path:like:{region}");
    let frame = RUNTIME.block_on(served.clerk().get_organisation_units(None, &[&filter])).unwrap();
    let expected = units(served, 4, |id, _| served.country.is_within(id, region));
    assert!(expected.iter().all(|row| row[3].as_deref() == Some(ROOT) && row[4].is_some()));
    rows::assert_same(&served.version, shown(&frame), expected);
}

/// peer-bugs section 2, O47: "`get_program_stages` / `get_program_data_elements` crash on an empty result".
fn an_empty_answer_has_the_columns_of_a_full_one(served: &Served) {
    let client = served.client();
    macro_rules! nothing {
        ($($function:ident),* $(,)?) => { $(
            let full = RUNTIME.block_on(client.$function(&[])).unwrap();
            let empty = RUNTIME.block_on(client.$function(&["name:eq:there is no such name"])).unwrap();
            assert_eq!((empty.height(), empty.schema()), (0, full.schema()), stringify!($function));
        )* };
    }
    nothing!(
        get_datasets,
        get_data_elements,
        get_data_element_groups,
        get_indicators,
        get_indicator_groups,
        get_organisation_unit_groups,
        get_category_option_combos,
        get_attributes,
        get_programs,
        get_program_stages,
        get_program_data_elements,
        get_tracked_entity_types,
        get_tracked_entity_attributes,
        get_relationship_types,
        get_option_sets,
    );
    let full = RUNTIME.block_on(client.get_organisation_units(Some(2), &[])).unwrap();
    let empty = RUNTIME.block_on(client.get_organisation_units(Some(2), &["name:eq:there is no such name"])).unwrap();
    assert_eq!((empty.height(), empty.schema()), (0, full.schema()));
}

/// peer-bugs section 3: "Option sets > one page, org units > 32 767, 500 UIDs in a filter stay under the URL budget [tupaia,
/// FETCH]".
fn an_option_set_larger_than_a_page_comes_whole(served: &Served) {
    const OPTIONS: usize = 6_000;
    const SET: &str = "aaaaaaaaaaa";
    let uid = |number: usize| format!("o{number:010}");
    let options: Vec<Value> = (0..OPTIONS)
        .map(|n| {
            json!({"id": uid(n), "code": format!("C{n}"), "name": format!("Option {n}"), "sortOrder": n + 1,
                        "optionSet": {"id": SET}})
        })
        .collect();
    let members: Vec<Value> = (0..OPTIONS).map(|n| json!({ "id": uid(n) })).collect();
    let export = json!({
        "organisationUnits": [{"id": ROOT, "name": "Seedland", "level": 1, "path": format!("/{ROOT}")}],
        "optionSets": [{"id": SET, "name": "Villages", "valueType": "TEXT", "options": members}],
        "options": options,
    });
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("metadata.json");
    std::fs::write(&file, export.to_string()).unwrap();
    let server = serve(&served.version, &Arc::new(World::load(&[file]).unwrap()), Faults::default());
    let frame = RUNTIME.block_on(superuser(&server).get_option_sets(&[])).unwrap();
    // Servers count the options from 1, from 2.41 on from 0.
    let first = usize::try_from(served.behaviour().metadata.first_option).unwrap();
    let expected = (0..OPTIONS).map(|n| {
        [SET, "Villages", &format!("C{n}"), &format!("Option {n}"), &(n + first).to_string()]
            .map(|text| Some(text.to_owned()))
            .to_vec()
    });
    rows::assert_same(&served.version, rows::of_frame(&frame), expected.collect());
}

/// peer-bugs section 3: "500 UIDs in a filter stay under the URL budget [tupaia, FETCH]".
fn many_ids_in_a_filter_are_all_asked_for(served: &Served) {
    let known: Vec<&String> = served.country.units.keys().collect();
    let mut ids: Vec<String> = (0..600).map(|number| format!("u{number:010}")).collect();
    for (place, unit) in known.iter().enumerate() {
        ids.insert(place * 8, (*unit).clone());
    }
    let filter = format!("id:in:[{}]", ids.join(","));
    let own = served.another(Faults::default());
    let frame = RUNTIME.block_on(superuser(&own).get_organisation_units(None, &[&filter])).unwrap();
    rows::assert_same(&served.version, shown(&frame), units(served, 4, |_, _| true));
    assert!(own.targets().iter().all(|target| target.len() < 8_192));
}
