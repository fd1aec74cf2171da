//! What else one can ask of an export of data values: option combos, deleted values, richer columns, codes, rows of structs.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use chrono::TimeDelta;
use dhis2::api::request::ApiRequest;
use dhis2::extract::WarningKind;
use dhis2::{DataValueColumns, DataValueQuery, DataValueQueryBuilder, Error, IdScheme, IdSchemes};
use dhis2_simulator::Simulator;
use dhis2_tests::country::instant;
use dhis2_tests::question::{Question, Times};
use dhis2_tests::recordings::Recordings;
use dhis2_tests::rows::{self, Row};
use dhis2_tests::served::{RUNTIME, Served, data_values, superuser};
use serde_json::Value;

const ROOT: &str = "KdK92fYEfTw";
const DISTRICT_UNIT: &str = "DaulPqViUvm";
const MONTHLY: &str = "pPqq629bfL1";

on_every_line!(
    rich_columns_are_those_of_the_database,
    only_the_attribute_option_combos_asked_for_come,
    a_duration_counts_back_by_the_clock_of_the_server,
    codes_and_names_stand_for_uids,
    rows_of_structs_are_those_of_the_frame,
    ids_that_repeat_are_categories_on_request,
);

fn everything(served: &Served) -> DataValueQueryBuilder {
    DataValueQuery::builder()
        .data_sets(served.country.data_sets.keys())
        .dates("2022-01-01", "2024-12-31")
        .org_units([ROOT])
        .include_children(true)
}

/// The twelve columns of every value in the database.
fn truth(served: &Served) -> Vec<Row> {
    let recordings = Recordings::all().into_iter().find(|of| of.version == served.version).unwrap().with_world();
    let table = recordings.text("truth/data_values.csv");
    let mut reader = csv::Reader::from_reader(table.as_bytes());
    let extra: Vec<HashMap<String, String>> = reader.deserialize().map(Result::unwrap).collect();
    served
        .country
        .values
        .iter()
        .zip(&extra)
        .map(|(value, extra)| {
            assert_eq!((&value.element, &value.unit), (&extra["data_element_id"], &extra["organisation_unit_id"]));
            let filled = |column: &str| Some(extra[column].clone()).filter(|text| !text.is_empty());
            let set = |column: &str| Some((extra[column] == "t").to_string());
            let mut row = value.row();
            row.extend([filled("stored_by"), filled("comment"), set("followup"), set("deleted")]);
            row
        })
        .collect()
}

/// peer-bugs O32: "`storedBy`, `comment`, `followup`, `deleted` columns dropped; `includeDeleted` not offered → deletions
/// invisible to incremental loads".
fn rich_columns_are_those_of_the_database(served: &Served) {
    let all = truth(served);
    let in_range = |row: &&Row| {
        let period = dhis2::api::period::Period::parse(row[1].as_deref().unwrap()).unwrap();
        period.start().to_string().as_str() >= "2022-01-01" && period.end().to_string().as_str() <= "2024-12-31"
    };
    let all: Vec<Row> = all.iter().filter(in_range).cloned().collect();
    let stored: Vec<Row> = all.iter().filter(|row| row[11].as_deref() == Some("false")).cloned().collect();
    assert!(stored.len() < all.len() && all.iter().any(|row| row[9].is_some()));
    let with_deleted = data_values(&served.client(), &everything(served).include_deleted(true).build().unwrap());
    served.compare("with deleted values", &with_deleted, all);
    let rich = everything(served).columns(DataValueColumns::Rich).build().unwrap();
    served.compare("rich", &data_values(&served.client(), &rich), stored);
}

/// peer-bugs O26: "`attribute_option_combos` is accepted and never sent"; section 4: "`attributeOptionCombo` that does not exist:
/// ≤ 2.42 drops the filter and returns **everything**."
fn only_the_attribute_option_combos_asked_for_come(served: &Served) {
    let of = |row: &Row| row[4].clone().unwrap();
    let all = data_values(&served.client(), &everything(served).build().unwrap());
    let all = rows::of_frame(&all.frame);
    let combos: BTreeSet<String> = all.iter().map(of).collect();
    let combos: Vec<&str> = combos.iter().map(String::as_str).collect();
    assert!(combos.len() > 2);
    for asked in [&combos[..1], &combos[1..2], &combos[1..], &combos] {
        let query = everything(served).attribute_option_combos(asked.iter().copied()).build().unwrap();
        let expected = all.iter().filter(|row| asked.contains(&of(row).as_str())).cloned().collect();
        served.compare(&format!("{asked:?}"), &data_values(&served.client(), &query), expected);
    }

    let with_unknown = everything(served).attribute_option_combos([combos[1], "AAAAAAAAAAA"]).build().unwrap();
    let extraction = data_values(&served.client(), &with_unknown);
    let expected = all.iter().filter(|row| of(row) == combos[1]).cloned().collect();
    rows::assert_same("beside an unknown one", rows::of_frame(&extraction.frame), expected);
    assert!(extraction.receipt.missing().iter().any(|missing| missing.contains("AAAAAAAAAAA")));

    let unknown = everything(served).attribute_option_combos(["AAAAAAAAAAA"]).build().unwrap();
    let error = RUNTIME.block_on(served.client().extract_data_values(&unknown)).unwrap_err();
    assert!(matches!(error, Error::Aggregate(_)) && error.to_string().contains("AAAAAAAAAAA"), "{error}");
}

fn a_duration_counts_back_by_the_clock_of_the_server(served: &Served) {
    let moments: BTreeSet<_> = served.country.values.iter().map(|value| instant(&value.last_updated)).collect();
    let middle = *moments.iter().nth(moments.len() / 2).unwrap();
    for (zone, hours) in [("Asia/Kathmandu", 72), ("America/Bogota", 72), ("UTC", 72), ("Pacific/Kiritimati", 12)] {
        let simulator = Simulator::builder()
            .version(&served.version)
            .unwrap()
            .world(Arc::clone(&served.world))
            .time_zone(zone)
            .unwrap()
            .clock(middle + TimeDelta::hours(hours));
        let simulator = RUNTIME.block_on(simulator.start()).unwrap();
        let duration = if hours == 72 { "3d".to_owned() } else { format!("{hours}h") };
        for (times, query) in [
            (Times::dates("2022-01-01", "2024-12-31"), everything(served)),
            (
                Times::Any,
                DataValueQuery::builder()
                    .data_sets(served.country.data_sets.keys())
                    .org_units([ROOT])
                    .include_children(true),
            ),
        ] {
            let extraction =
                data_values(&superuser(&simulator), &query.last_updated_duration(&duration).build().unwrap());
            let sets: Vec<&str> = served.country.data_sets.keys().map(String::as_str).collect();
            let mut question = Question::of_sets(&sets, times, &[ROOT]);
            question.last_updated = Some(middle);
            served.compare(zone, &extraction, served.country.data_values(&question));
            assert!(extraction.frame.height() > 0);
            assert_eq!(extraction.receipt.query["last_updated_duration"], duration);
        }
    }
}

/// The codes and names of a metadata collection.
fn texts(served: &Served, collection: &str, field: &str) -> BTreeMap<String, String> {
    let request = ApiRequest::get(collection).param("fields", format!("id,{field}")).param("paging", "false");
    let answer: Value = RUNTIME.block_on(served.client().client().get_json(&request)).unwrap();
    let objects = answer[collection].as_array().unwrap().iter();
    objects.filter_map(|object| Some((object["id"].as_str()?.to_owned(), object[field].as_str()?.to_owned()))).collect()
}

/// peer-bugs section 4: "Hoisting (2.43): […] also `orgUnit` under an id scheme other than UID."
fn codes_and_names_stand_for_uids(served: &Served) {
    let scope =
        || DataValueQuery::builder().data_sets([MONTHLY]).periods(["202401"]).org_units([ROOT]).include_children(true);
    let plain = rows::of_frame(&data_values(&served.client(), &scope().build().unwrap()).frame);
    for (scheme, field) in [(IdScheme::Code, "code"), (IdScheme::Name, "name")] {
        let extraction = data_values(&served.client(), &scope().id_schemes(IdSchemes::all(scheme)).build().unwrap());
        let [elements, units, combos] = ["dataElements", "organisationUnits", "categoryOptionCombos"]
            .map(|collection| texts(served, collection, field));
        let mut without = BTreeSet::new();
        let expected = plain.iter().map(|row| {
            let mut row = row.clone();
            for (column, texts) in [(0, &elements), (2, &units), (3, &combos), (4, &combos)] {
                let uid = row[column].clone().unwrap();
                match texts.get(&uid) {
                    Some(text) => row[column] = Some(text.clone()),
                    None => drop(without.insert(uid)),
                }
            }
            row
        });
        let expected = expected.collect();
        served.compare(field, &extraction, expected);
        let warned: Vec<&str> = extraction
            .receipt
            .warnings
            .iter()
            .filter(|warning| warning.kind == WarningKind::IdScheme)
            .map(|warning| warning.message.as_str())
            .collect();
        for uid in &without {
            assert!(warned.iter().any(|message| message.contains(uid)), "{uid}: {warned:?}");
        }
        assert_eq!(without.is_empty(), warned.is_empty());
    }
    let mixed = IdSchemes { org_units: IdScheme::Code, ..IdSchemes::default() };
    let extraction = data_values(&served.client(), &scope().id_schemes(mixed).build().unwrap());
    let frame = rows::of_frame(&extraction.frame);
    assert_eq!(frame[0][0], plain[0][0]);
    assert_ne!(frame[0][2], plain[0][2]);
}

/// peer-bugs O27: "only `r["dataValues"]` kept: `period`/`orgUnit`/`attributeOptionCombo` hoisted by ≥ 2.43 are lost → null
/// columns".
fn rows_of_structs_are_those_of_the_frame(served: &Served) {
    let query = DataValueQuery::builder().data_sets([MONTHLY]).periods(["202401"]).org_units([DISTRICT_UNIT]);
    let query = query.include_deleted(true).build().unwrap();
    let frame = rows::of_frame(&data_values(&served.client(), &query).frame);
    let values = RUNTIME.block_on(served.client().data_value_sets().get(&query)).unwrap();
    assert!(values.receipt.is_complete() && !values.rows.is_empty());
    let time = |text: &Option<String>| text.as_ref().map(|text| text.replace("+0000", "Z"));
    let of_structs = values.rows.iter().map(|value| {
        vec![
            Some(value.data_element.clone()),
            value.period.clone(),
            value.org_unit.clone(),
            value.category_option_combo.clone(),
            value.attribute_option_combo.clone(),
            value.value.clone(),
            time(&value.created),
            time(&value.last_updated),
            value.stored_by.clone(),
            value.comment.clone(),
            value.followup.map(|set| set.to_string()),
            value.deleted.map(|set| set.to_string()),
        ]
    });
    rows::assert_same("structs", of_structs.collect(), frame);
    for (map, value) in values.to_json().unwrap().iter().zip(&values.rows) {
        assert_eq!(map.len(), 12);
        assert_eq!(map["orgUnit"], DISTRICT_UNIT);
        assert_eq!(map["period"], "202401");
        assert_eq!(map["value"].as_str(), value.value.as_deref());
        assert_eq!(map["deleted"].as_bool(), value.deleted);
    }
}

/// In a frame, and in a file that was made by way of the disk.
fn ids_that_repeat_are_categories_on_request(served: &Served) {
    let query = everything(served).build().unwrap();
    let dhis2 = superuser(&served.simulator);
    let plain = RUNTIME.block_on(dhis2.extract_data_values(&query)).unwrap().frame;
    let prepared = RUNTIME.block_on(dhis2.prepare_data_values(&query)).unwrap().with_categories();
    let frame = RUNTIME.block_on(prepared.clone().collect()).unwrap().frame;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("values.parquet");
    let receipt = RUNTIME.block_on(prepared.write(&path, &folder.path().join("job"))).unwrap();
    assert_eq!(receipt.query["categorical"], true);
    let file = dhis2::frame::read_frame(&path, dhis2::Format::Parquet).unwrap();
    for mut frame in [frame, file] {
        for name in ["data_element_id", "period", "organisation_unit_id", "attribute_option_combo_id"] {
            assert!(frame.column(name).unwrap().dtype().is_categorical(), "{name}");
            let texts = frame.column(name).unwrap().cast(plain.column(name).unwrap().dtype()).unwrap();
            frame.with_column(texts).unwrap();
        }
        let texts = frame.column("category_option_combo_id").unwrap();
        let texts = texts.cast(plain.column("value").unwrap().dtype()).unwrap();
        frame.with_column(texts).unwrap();
        assert!(frame.equals_missing(&plain));
    }
}
