//! Imports of data values: what each version makes of the same rows, beyond what was recorded.

use dhis2_simulator::{RunningSimulator, Simulator, StoredDataValues, World, WorldSize};
use serde_json::{Value, json};

use super::{FACILITY, MONTHLY, REGION_A, ROOT, as_clerk, as_superuser, country, get, http, server};

/// Penta 3 doses: in the monthly set and in the one of immunisation.
const PENTA: &str = "KcNX91wS0l9";
/// ANC first visit: by age and sex.
const ANC: &str = "pdx7uQWdRTv";
const REMARKS: &str = "cK4I0yRE0tD";
const DEFAULT: &str = "HllvX50cXC0";
const OTHER_FACILITY: &str = "SvXiEVfRnXx";
const OLD: [&str; 5] = ["2.38.7", "2.39.10.1", "2.40.12", "2.41.9.1", "2.42.5.2"];
const NEW: &str = "2.43.1";

fn row(element: &str, period: &str, unit: &str, value: &str) -> Value {
    json!({
        "dataElement": element, "period": period, "orgUnit": unit,
        "categoryOptionCombo": DEFAULT, "attributeOptionCombo": DEFAULT, "value": value,
    })
}

fn of_monthly(rows: &[Value]) -> Value {
    json!({"dataSet": MONTHLY, "dataValues": rows})
}

pub(super) async fn post_as(
    server: &RunningSimulator,
    account: (String, String),
    parameters: &str,
    body: &Value,
) -> Option<(u16, Value)> {
    let headers = [account, ("Content-Type".into(), "application/json".into())];
    let target = format!("/api/dataValueSets?{parameters}");
    let answer = http::send(&server.base_url(), "POST", &target, &headers, body.to_string().as_bytes()).await?;
    Some((answer.status, serde_json::from_slice(&answer.body).unwrap_or_default()))
}

/// Status and envelope of an import.
pub(super) async fn post(server: &RunningSimulator, parameters: &str, body: &Value) -> (u16, Value) {
    post_as(server, as_superuser(), parameters, body).await.expect("an answer")
}

/// Imported, updated, ignored and deleted.
fn counts(envelope: &Value) -> [u64; 4] {
    ["imported", "updated", "ignored", "deleted"].map(|key| envelope["response"]["importCount"][key].as_u64().unwrap())
}

fn codes(envelope: &Value) -> Vec<&str> {
    envelope["response"]["conflicts"].as_array().unwrap().iter().map(|c| c["errorCode"].as_str().unwrap()).collect()
}

/// The value, the comment, and whether it is deleted, of Penta 3 doses.
fn held(stored: &StoredDataValues, period: &str, unit: &str) -> Option<(Option<String>, Option<String>, bool)> {
    let row = stored
        .iter()
        .find(|row| row.data_element == PENTA && row.period.id() == period && row.organisation_unit == unit)?;
    Some((row.value.map(str::to_owned), row.comment.map(str::to_owned), row.deleted))
}

/// peer-bugs, section 4: "**2.43.1 does not honour the strategy: CREATE overwrote existing values, UPDATE created missing
/// ones**, and everything is counted `updated`."
#[tokio::test]
async fn strategies_count_up_to_2_42_and_not_on_2_43() {
    for version in OLD {
        let server = server(version).await;
        let first = of_monthly(&[row(PENTA, "201501", FACILITY, "1")]);
        assert_eq!(counts(&post(&server, "importStrategy=UPDATE", &first).await.1), [0, 0, 1, 0], "{version}");
        assert_eq!(held(&server.data_values(), "201501", FACILITY), None);
        assert_eq!(counts(&post(&server, "importStrategy=CREATE", &first).await.1), [1, 0, 0, 0], "{version}");
        let second = of_monthly(&[row(PENTA, "201501", FACILITY, "9")]);
        let (_, answer) = post(&server, "importStrategy=CREATE", &second).await;
        assert_eq!(counts(&answer), [0, 0, 1, 0], "{version}");
        assert_eq!(held(&server.data_values(), "201501", FACILITY).unwrap().0.as_deref(), Some("1"), "{version}");
    }
    let server = server(NEW).await;
    let first = of_monthly(&[row(PENTA, "201501", FACILITY, "1")]);
    assert_eq!(counts(&post(&server, "importStrategy=UPDATE", &first).await.1), [0, 1, 0, 0]);
    let second = of_monthly(&[row(PENTA, "201501", FACILITY, "9")]);
    assert_eq!(counts(&post(&server, "importStrategy=CREATE", &second).await.1), [0, 1, 0, 0]);
    assert_eq!(held(&server.data_values(), "201501", FACILITY).unwrap().0.as_deref(), Some("9"));
}

/// peer-bugs, section 4: "Re-sending an equal value: `ignored` on ≤ 2.42, `updated` on 2.43. A row deleted before:
/// `deleted` again on 2.43, `ignored` on ≤ 2.42."
#[tokio::test]
async fn equal_values_and_deleted_ones_sent_again() {
    for version in OLD.into_iter().chain([NEW]) {
        let new = version == NEW;
        let server = server(version).await;
        let body = of_monthly(&[row(PENTA, "201501", FACILITY, "1")]);
        post(&server, "", &body).await;
        let again = counts(&post(&server, "", &body).await.1);
        assert_eq!(again, if new { [0, 1, 0, 0] } else { [0, 0, 1, 0] }, "{version}");
        assert_eq!(counts(&post(&server, "importStrategy=DELETE", &body).await.1), [0, 0, 0, 1], "{version}");
        assert_eq!(held(&server.data_values(), "201501", FACILITY), Some((Some("1".into()), None, true)), "{version}");
        let again = counts(&post(&server, "importStrategy=DELETE", &body).await.1);
        assert_eq!(again, if new { [0, 0, 0, 1] } else { [0, 0, 1, 0] }, "{version}");
    }
}

/// peer-bugs, section 4: "One bad row: 409 WARNING with the good rows stored (≤ 2.42); 200 WARNING with the good rows
/// stored for a bad value, 409 ERROR with **nothing** stored for an unknown element, unit, combo, wrong period type,
/// duplicate key or closed period (2.43)."
#[tokio::test]
async fn one_bad_row_among_good_ones() {
    let good = row(PENTA, "201501", FACILITY, "1");
    let bad_value = of_monthly(&[good.clone(), row(PENTA, "201501", OTHER_FACILITY, "x")]);
    let bad_keys = [
        (row("AAAAAAAAAAA", "201501", FACILITY, "1"), "E8020"),
        (row(PENTA, "201501", "AAAAAAAAAAA", "1"), "E8022"),
        (row(PENTA, "2015Q1", FACILITY, "1"), "E8021"),
        (row(ANC, "201501", FACILITY, "1"), "E8024"),
        (good.clone(), "E8128"),
        (row(PENTA, "200901", FACILITY, "1"), "E8031"),
    ];
    for version in OLD {
        let server = server(version).await;
        let (status, answer) = post(&server, "", &bad_value).await;
        assert_eq!((status, answer["status"].as_str()), (409, Some("WARNING")), "{version}");
        assert_eq!((counts(&answer), codes(&answer)), ([1, 0, 1, 0], vec!["E7619"]), "{version}");
        assert!(held(&server.data_values(), "201501", FACILITY).is_some(), "{version}");
    }
    for (bad, code) in bad_keys {
        let server = server(NEW).await;
        let before = server.data_values().len();
        let (status, answer) = post(&server, "", &of_monthly(&[good.clone(), bad])).await;
        assert_eq!((status, answer["status"].as_str(), codes(&answer)), (409, Some("ERROR"), vec![code]));
        assert_eq!(answer["response"]["conflicts"][0]["indexes"], json!([0, 1]), "every row is named: {code}");
        assert_eq!((counts(&answer), server.data_values().len()), ([0; 4], before), "{code}");
    }
    let server = server(NEW).await;
    let (status, answer) = post(&server, "", &bad_value).await;
    assert_eq!((status, answer["status"].as_str(), codes(&answer)), (200, Some("WARNING"), vec!["E8122"]));
    assert_eq!((counts(&answer), answer["response"]["rejectedIndexes"].clone()), ([0, 1, 1, 0], json!([1])));
    assert!(held(&server.data_values(), "201501", FACILITY).is_some());
}

/// peer-bugs, section 4: "E8031 names one unit at a time: leave its rows out, send again, until none is named (nine rounds
/// for nine units)."
#[tokio::test]
async fn closed_periods_are_told_one_unit_at_a_time() {
    let server = server(NEW).await;
    let units = [FACILITY, OTHER_FACILITY, "tEs198fq7AJ"];
    let mut rows: Vec<Value> = units
        .iter()
        .flat_map(|unit| ["200901", "200902", "201501"].map(|period| row(PENTA, period, unit, "1")))
        .collect();
    let mut named = Vec::new();
    loop {
        let (_, answer) = post(&server, "", &of_monthly(&rows)).await;
        let Some(conflict) = answer["response"]["conflicts"].get(0) else { break };
        let arguments = conflict["objects"]["args"].as_str().unwrap();
        let (unit, periods) = arguments.split_once('-').unwrap();
        assert_eq!(periods, "[200901, 200902]");
        rows.retain(|row| row["orgUnit"] != unit || row["period"] == "201501");
        named.push(unit.to_owned());
    }
    assert_eq!((named, rows.len()), (units.map(str::to_owned).to_vec(), 3));
}

/// peer-bugs, section 4: "Elements in several data sets: E8002 on 2.43 unless the envelope names the data set."
#[tokio::test]
async fn an_element_in_several_sets_needs_the_set_on_2_43() {
    let server = server(NEW).await;
    let body = json!({"dataValues": [row(PENTA, "201501", FACILITY, "1")]});
    let (status, answer) = post(&server, "", &body).await;
    assert_eq!((status, codes(&answer)), (409, vec!["E8002"]));
    let (status, answer) = post(&server, &format!("dataSet={MONTHLY}"), &body).await;
    assert_eq!((status, counts(&answer)), (200, [0, 1, 0, 0]));
    let alone = json!({"dataValues": [row(REMARKS, "201501", FACILITY, "in one set only")]});
    assert_eq!(post(&server, "", &alone).await.0, 200);
}

/// peer-bugs, section 4: "Duplicate keys in one request: last one wins silently (≤ 2.42, counted twice), E8128 refuses all
/// (2.43)." That holds where the value was there; of two new ones the first wins and is counted once, as recorded.
#[tokio::test]
async fn the_same_key_twice() {
    for version in OLD {
        let server = server(version).await;
        let twice =
            |a: &str, b: &str| of_monthly(&[row(PENTA, "201501", FACILITY, a), row(PENTA, "201501", FACILITY, b)]);
        assert_eq!(counts(&post(&server, "dryRun=true", &twice("1", "2")).await.1), [2, 0, 0, 0], "{version}");
        assert_eq!(counts(&post(&server, "", &twice("1", "2")).await.1), [1, 0, 0, 0], "{version}");
        assert_eq!(held(&server.data_values(), "201501", FACILITY).unwrap().0.as_deref(), Some("1"), "{version}");
        assert_eq!(counts(&post(&server, "", &twice("3", "4")).await.1), [0, 2, 0, 0], "{version}");
        assert_eq!(held(&server.data_values(), "201501", FACILITY).unwrap().0.as_deref(), Some("4"), "{version}");
    }
}

/// peer-bugs, section 4: "≤ 2.42 accepts without a word: an element that is in no data set of the unit, a unit not
/// assigned, another period type, the default combo for a disaggregated element."
#[tokio::test]
async fn old_servers_take_what_fits_no_set_unless_told_to_be_strict() {
    let rows = [
        row("I6yl05wxl7K", "201501", FACILITY, "1"),
        row(PENTA, "201501", ROOT, "1"),
        row(PENTA, "2015Q1", FACILITY, "1"),
        row(ANC, "201501", FACILITY, "1"),
    ];
    let strict = [
        ("strictDataElements=true", "E7633", 0),
        ("strictOrganisationUnits=true", "E7636", 1),
        ("strictPeriods=true", "E7632", 2),
        ("strictCategoryOptionCombos=true", "E7634", 3),
    ];
    for version in OLD {
        let server = server(version).await;
        for (parameters, code, bad) in strict {
            let (status, answer) = post(&server, &format!("dryRun=true&{parameters}"), &of_monthly(&rows)).await;
            let told = answer["response"]["conflicts"].as_array().unwrap().iter();
            let mut told = told.filter(|conflict| conflict["errorCode"] == code);
            assert_eq!(status, 409);
            assert!(
                told.any(|conflict| conflict["indexes"].as_array().unwrap().contains(&json!(bad))),
                "{version} {parameters}"
            );
        }
        let (status, answer) = post(&server, "", &of_monthly(&rows)).await;
        assert_eq!((status, counts(&answer)), (200, [4, 0, 0, 0]), "{version}");
    }
}

/// peer-bugs, section 4: "`followup` in JSON is ignored by 2.43.1's import (it reads `followUp`); sending neither erases
/// comment and flag on update."
#[tokio::test]
async fn comment_and_flag_are_erased_when_not_sent_and_the_flag_has_two_names() {
    for version in OLD.into_iter().chain([NEW]) {
        let server = server(version).await;
        for (key, marks) in [("followup", version != NEW), ("followUp", version == NEW)] {
            let mut marked = row(PENTA, "201501", FACILITY, key);
            marked["value"] = json!(if key == "followup" { "1" } else { "2" });
            marked["comment"] = json!("why");
            marked[key] = json!(true);
            post(&server, "", &of_monthly(&[marked])).await;
            let stored = server.data_values();
            let value = stored.iter().find(|row| row.data_element == PENTA && row.period.id() == "201501").unwrap();
            assert_eq!((value.followup, value.comment), (marks, Some("why")), "{version} {key}");
        }
        post(&server, "", &of_monthly(&[row(PENTA, "201501", FACILITY, "3")])).await;
        let stored = server.data_values();
        let value = stored.iter().find(|row| row.data_element == PENTA && row.period.id() == "201501").unwrap();
        assert_eq!((value.value, value.comment, value.followup), (Some("3"), None, false), "{version}");
    }
}

/// A value that was there keeps its creation; its last change and what it is now are seen by the next export, and the
/// truth about the world stays.
#[tokio::test]
async fn what_an_import_changes_is_exported_and_the_world_stays() {
    for version in ["2.42.5.2", NEW] {
        let server = server(version).await;
        let (before, element, combo, created) = {
            let mut values = server.world().data_values();
            let value = values.find(|value| {
                value.period.id() == "202401"
                    && value.organisation_unit == FACILITY
                    && !value.deleted
                    && value.value.is_some_and(|text| text.parse::<u32>().is_ok())
            });
            let value = value.unwrap();
            let texts = [value.data_element, value.category_option_combo].map(str::to_owned);
            (value.value.map(str::to_owned), texts[0].clone(), texts[1].clone(), value.created)
        };
        let sets = server.world().data_sets();
        let set = sets.filter(|set| set.period_type == "Monthly" && set.data_elements.contains(&element.as_str()));
        let set = set.last().unwrap().id.to_owned();
        let changed = json!({"dataSet": set, "dataValues": [{
            "dataElement": element, "period": "202401", "orgUnit": FACILITY,
            "categoryOptionCombo": combo, "value": "123456",
        }]});
        assert_eq!(counts(&post(&server, "dryRun=true", &changed).await.1), [0, 1, 0, 0]);
        let stored_before = server.data_values();
        assert!(!stored_before.iter().any(|row| row.value == Some("123456")), "a dry run stores nothing");
        assert_eq!(counts(&post(&server, "", &changed).await.1), [0, 1, 0, 0], "{version}");
        let query = format!("/api/dataValueSets?dataSet={set}&period=202401&orgUnit={FACILITY}");
        let exported = get(&server, &query).await;
        let exported = exported["dataValues"].as_array().unwrap().clone();
        assert_eq!(exported.iter().filter(|row| row["value"] == "123456").count(), 1, "{version}");
        let stored = server.data_values();
        let value = stored.iter().find(|row| row.value == Some("123456")).unwrap();
        assert_eq!(value.created, created);
        assert!(value.last_updated > created);
        assert_eq!(stored.len(), stored_before.len());
        let world = server.world();
        let old = world.data_values().find(|v| {
            v.data_element == element
                && v.period.id() == "202401"
                && v.organisation_unit == FACILITY
                && v.category_option_combo == combo
        });
        assert_eq!(old.unwrap().value.map(str::to_owned), before, "the world is as it was given");
    }
}

/// wire document, section 3.5: "≤2.42: value `0` for a numeric element with zeroIsSignificant=false is not stored (counts
/// as ignored/deleted)."
#[tokio::test]
async fn zeros_that_say_nothing_are_not_stored() {
    let metadata = json!({
        "organisationUnits": [{"id": "OrgUnitAAAA", "name": "Land", "openingDate": "2000-01-01"}],
        "categoryCombos": [{"id": "ComboAAAAAA", "name": "default"}],
        "categoryOptionCombos": [{"id": DEFAULT, "name": "default", "categoryCombo": {"id": "ComboAAAAAA"}}],
        "dataElements": [{
            "id": "ElementAAAA", "name": "Doses", "valueType": "INTEGER", "aggregationType": "SUM",
            "zeroIsSignificant": false, "categoryCombo": {"id": "ComboAAAAAA"},
        }],
        "dataSets": [{
            "id": "DataSetAAAA", "name": "Set", "periodType": "Monthly", "categoryCombo": {"id": "ComboAAAAAA"},
            "dataSetElements": [{"dataElement": {"id": "ElementAAAA"}}],
            "organisationUnits": [{"id": "OrgUnitAAAA"}],
        }],
    });
    let file = std::env::temp_dir().join(format!("dhis2-simulator-zeros-{}.json", std::process::id()));
    std::fs::write(&file, metadata.to_string()).unwrap();
    let body = |value: &str| json!({"dataSet": "DataSetAAAA", "dataValues": [row("ElementAAAA", "202401", "OrgUnitAAAA", value)]});
    for version in OLD.into_iter().chain([NEW]) {
        let world = World::load(std::slice::from_ref(&file)).unwrap();
        let server = Simulator::builder().version(version).unwrap().world(world).start().await.unwrap();
        let first = counts(&post(&server, "", &body("0")).await.1);
        post(&server, "", &body("5")).await;
        let second = counts(&post(&server, "", &body("0")).await.1);
        let stored = server.data_values();
        let row = stored.iter().next().unwrap();
        if version == NEW {
            assert_eq!((first, second, row.deleted), ([0, 1, 0, 0], [0, 1, 0, 0], false));
        } else {
            assert_eq!((first, second, row.deleted), ([0, 0, 1, 0], [0, 0, 0, 1], true), "{version}");
        }
    }
    std::fs::remove_file(file).unwrap();
}

/// Accounts may write to their own units only: E7617 for each row up to 2.42, E8011 for the request on 2.43.
#[tokio::test]
async fn units_outside_the_accounts_reach() {
    let outside = |unit: &str| {
        let world = country();
        let found = world.organisation_units().find(|row| row.id == unit).unwrap();
        !found.path.contains(&REGION_A)
    };
    let world = country();
    let other = world.organisation_units().find(|row| row.level == 4 && !row.path.contains(&REGION_A)).unwrap().id;
    assert!(!outside(FACILITY) && outside(other));
    let rows = of_monthly(&[row(PENTA, "201501", FACILITY, "1"), row(PENTA, "201501", other, "1")]);
    for version in OLD {
        let server = server(version).await;
        let (status, answer) = post_as(&server, as_clerk(), "", &rows).await.unwrap();
        assert_eq!((status, counts(&answer), codes(&answer)), (409, [1, 0, 1, 0], vec!["E7617"]), "{version}");
    }
    let server = server(NEW).await;
    let (status, answer) = post_as(&server, as_clerk(), "", &rows).await.unwrap();
    assert_eq!((status, counts(&answer), codes(&answer)), (409, [0; 4], vec!["E8011"]));
}

/// The envelope's period and unit go before those of the rows up to 2.42, and stand in for missing ones on 2.43.
#[tokio::test]
async fn the_envelope_and_the_rows_name_different_units() {
    for (version, stored_at) in [("2.40.12", FACILITY), (NEW, OTHER_FACILITY)] {
        let server = server(version).await;
        let body = json!({
            "dataSet": MONTHLY, "orgUnit": FACILITY, "dataValues": [row(PENTA, "201501", OTHER_FACILITY, "1")],
        });
        assert_eq!(post(&server, "", &body).await.0, 200);
        assert!(held(&server.data_values(), "201501", stored_at).is_some(), "{version}");
    }
}

/// A server that was given codes finds the objects by these.
#[tokio::test]
async fn objects_are_named_by_code_where_the_scheme_says_so() {
    for version in ["2.42.5.2", NEW] {
        let server = server(version).await;
        let element = get(&server, &format!("/api/dataElements/{PENTA}?fields=code")).await;
        let unit = get(&server, &format!("/api/organisationUnits/{FACILITY}?fields=code")).await;
        let mut named = row(element["code"].as_str().unwrap(), "201501", unit["code"].as_str().unwrap(), "1");
        named.as_object_mut().unwrap().remove("categoryOptionCombo");
        let parameters = "dataElementIdScheme=CODE&orgUnitIdScheme=CODE";
        let (status, answer) = post(&server, parameters, &of_monthly(&[named])).await;
        assert_eq!(status, 200, "{version} {answer}");
        assert!(held(&server.data_values(), "201501", FACILITY).is_some(), "{version}");
    }
}

/// Packed bodies are unpacked, whatever the headers say.
#[tokio::test]
async fn packed_bodies_are_read() {
    use std::io::Write as _;
    let server = server("2.42.5.2").await;
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(of_monthly(&[row(PENTA, "201501", FACILITY, "1")]).to_string().as_bytes()).unwrap();
    let headers = [as_superuser(), ("Content-Type".into(), "application/json".into())];
    let body = packer.finish().unwrap();
    let answer = http::send(&server.base_url(), "POST", "/api/dataValueSets", &headers, &body).await.unwrap();
    assert_eq!(answer.status, 200);
    assert!(held(&server.data_values(), "201501", FACILITY).is_some());
}

/// wire document, section 3.7: "Poll the endpoint: JSON array, newest first … finished when `[0].completed`. Then …
/// bare `ImportSummary` (empty 200 body until available)."
#[tokio::test]
async fn a_job_is_reported_when_the_server_got_round_to_it() {
    for version in OLD.into_iter().chain([NEW]) {
        let builder = Simulator::builder().version(version).unwrap().world(country()).job_polls(2);
        let server = builder.start().await.unwrap();
        let body = of_monthly(&[row(PENTA, "201501", FACILITY, "1")]);
        let (status, answer) = post(&server, "async=true", &body).await;
        assert_eq!((status, answer["response"]["jobType"].as_str()), (200, Some("DATAVALUE_IMPORT")), "{version}");
        let tasks = answer["response"]["relativeNotifierEndpoint"].as_str().unwrap().to_owned();
        let summary = tasks.replace("/tasks/", "/taskSummaries/");
        let mut looks = 0;
        while get(&server, &tasks).await.get(0).is_none_or(|note| note["completed"] != json!(true)) {
            looks += 1;
            let none_yet = http::get(&server.base_url(), &summary, &[as_superuser()]).await.unwrap();
            assert_eq!((none_yet.status, none_yet.body.len()), (200, 0), "{version}");
        }
        let scheduled = !["2.38.7", "2.39.10.1", "2.40.12"].contains(&version);
        assert_eq!(looks, if scheduled { 2 } else { 0 }, "{version}");
        let report = get(&server, &summary).await;
        assert_eq!(
            (report["status"].as_str(), report["responseType"].as_str()),
            (Some("SUCCESS"), Some("ImportSummary"))
        );
        assert!(held(&server.data_values(), "201501", FACILITY).is_some(), "{version}");
    }
}

/// Values of a made-up world go back into it on every version, and one server's imports are not seen on another that
/// serves the same world.
#[tokio::test]
async fn servers_of_one_world_hold_their_own_values() {
    let size = WorldSize { organisation_units: 30, data_values: 400, events: 5 };
    let world = std::sync::Arc::new(World::generate(&size, 3));
    let start = |version: &'static str| {
        Simulator::builder().version(version).unwrap().world(std::sync::Arc::clone(&world)).start()
    };
    let (first, second) = (start("2.41.9.1").await.unwrap(), start(NEW).await.unwrap());
    let set = world.data_sets().find(|set| set.period_type == "Weekly").unwrap();
    let values = world.data_values().filter(|value| set.data_elements.contains(&value.data_element) && !value.deleted);
    let rows: Vec<Value> = values
        .map(|value| {
            json!({
                "dataElement": value.data_element, "period": value.period.id(), "orgUnit": value.organisation_unit,
                "categoryOptionCombo": value.category_option_combo,
                "attributeOptionCombo": value.attribute_option_combo, "value": value.value,
            })
        })
        .collect();
    assert!(!rows.is_empty());
    let body = json!({"dataSet": set.id, "dataValues": rows});
    let (status, answer) = post(&second, "importStrategy=DELETE", &body).await;
    assert_eq!((status, counts(&answer)[3]), (200, rows.len() as u64), "{answer}");
    let deleted = |server: &RunningSimulator| server.data_values().iter().filter(|row| row.deleted).count();
    assert_eq!(deleted(&second) - deleted(&first), rows.len());
    assert_eq!(deleted(&first), world.data_values().filter(|row| row.deleted).count());
}

/// On 2.43 a data set that is not there has no elements (E8020, every row named), and one that cannot be there is malformed
/// (E8004, no row named); up to 2.42 both are E7600 and nothing is looked at.
#[tokio::test]
async fn data_sets_that_are_not_there() {
    let body = |set: &str| json!({"dataSet": set, "dataValues": [row(PENTA, "201501", FACILITY, "1")]});
    for version in OLD {
        let server = server(version).await;
        let (status, answer) = post(&server, "", &body("AAAAAAAAAAA")).await;
        assert_eq!(
            (status, answer["status"].as_str(), codes(&answer)),
            (409, Some("ERROR"), vec!["E7600"]),
            "{version}"
        );
        assert_eq!(held(&server.data_values(), "201501", FACILITY), None, "{version}");
    }
    let server = server(NEW).await;
    for (set, code, indexes) in [("AAAAAAAAAAA", "E8020", json!([0])), ("nonsense", "E8004", json!([-1]))] {
        let (status, answer) = post(&server, "", &body(set)).await;
        assert_eq!((status, codes(&answer)), (409, vec![code]));
        assert_eq!(answer["response"]["conflicts"][0]["indexes"], indexes);
    }
}

/// Columns of CSV are known by their place up to 2.42, by the header's names on 2.43.
#[tokio::test]
async fn columns_of_csv_in_another_order() {
    let text = format!(
        "value,dataelement,period,orgunit,categoryoptioncombo,attributeoptioncombo\n         5,{REMARKS},201501,{FACILITY},{DEFAULT},{DEFAULT}\n"
    );
    let headers = [as_superuser(), ("Content-Type".into(), "application/csv".into())];
    for (version, status) in [("2.42.5.2", 409), (NEW, 200)] {
        let server = server(version).await;
        let answer = http::send(&server.base_url(), "POST", "/api/dataValueSets", &headers, text.as_bytes()).await;
        assert_eq!(answer.unwrap().status, status, "{version}");
    }
}

/// wire document, section 13.2: "/api/37 POST dataValueSets unwrapped, 38 wrapped".
#[tokio::test]
async fn old_paths_give_the_summary_without_its_envelope() {
    let body = of_monthly(&[row(PENTA, "201501", FACILITY, "1")]).to_string();
    let headers = [as_superuser(), ("Content-Type".into(), "application/json".into())];
    for version in ["2.38.7", "2.39.10.1", "2.40.12"] {
        let server = server(version).await;
        for (number, key) in [(37, "importCount"), (38, "httpStatusCode")] {
            let target = format!("/api/{number}/dataValueSets?dryRun=true");
            let answer = http::send(&server.base_url(), "POST", &target, &headers, body.as_bytes()).await.unwrap();
            let answer: Value = serde_json::from_slice(&answer.body).unwrap();
            assert!(answer.get(key).is_some(), "{version} {number} {answer}");
        }
    }
}
