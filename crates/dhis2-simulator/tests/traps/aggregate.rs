//! Exports of data values.

use std::collections::HashSet;

use serde_json::Value;

use super::{FACILITY, MONTHLY, REGION_A, ROOT, as_clerk, as_superuser, count, country, get, get_as, refusal, server};

/// The group of units that was asked for in the recordings.
const GROUP: &str = "IjkDgHguCJd";

/// When a row was changed last: a UTC time as a text that sorts.
fn changed(row: &Value) -> String {
    row["lastUpdated"].as_str().unwrap().to_owned()
}

fn values(answer: &Value) -> &Vec<Value> {
    answer["dataValues"].as_array().unwrap()
}

fn distinct(answer: &Value) -> usize {
    values(answer).iter().map(ToString::to_string).collect::<HashSet<_>>().len()
}

/// peer-bugs, section 4: "Hoisting (2.43): one `period=`, one unit without children, one attribute combo, one data set;
/// … also when the same unit is named twice"
#[tokio::test]
async fn what_is_asked_for_once_stands_at_the_top_on_2_43_only() {
    let new = server("2.43.1").await;
    let old = server("2.42.5.2").await;
    let query = format!("dataSet={MONTHLY}&orgUnit={FACILITY}");
    for (more, hoisted) in [
        ("&period=202401", "dataSet,period,orgUnit"),
        ("&period=202401&period=2024-01", "dataSet,period,orgUnit"),
        ("&period=202401&period=202402", "dataSet,orgUnit"),
        ("&period=202401&children=true", "dataSet,period"),
        ("&startDate=2024-01-01&endDate=2024-01-31", "dataSet,orgUnit"),
        ("&period=202401&attributeOptionCombo=HllvX50cXC0", "dataSet,period,orgUnit,attributeOptionCombo"),
    ] {
        let target = format!("/api/dataValueSets?{query}{more}&orgUnit={FACILITY}");
        let answer = get(&new, &target).await;
        let top: Vec<_> = hoisted.split(',').filter(|key| answer.get(*key).is_some()).collect();
        assert_eq!(top.join(","), hoisted, "{more}");
        assert_eq!(answer.as_object().unwrap().len(), top.len() + 1, "{more}");
        for key in &top {
            assert!(values(&answer).iter().all(|row| row.get(*key).is_none()), "{more}: rows have {key}");
        }
        let full = get(&old, &target).await;
        assert!(values(&full).iter().all(|row| row.as_object().unwrap().len() >= 11));
        assert_eq!(values(&full).len(), values(&answer).len());
    }
}

/// peer-bugs, section 4: "also `orgUnit` under an id scheme other than UID"
#[tokio::test]
async fn a_shared_unit_is_hoisted_under_another_scheme_even_with_children() {
    let server = server("2.43.1").await;
    let target = format!(
        "/api/dataValueSets?dataSet={MONTHLY}&orgUnit={FACILITY}&children=true&startDate=2024-01-01&endDate=2024-03-31\
         &orgUnitIdScheme=CODE"
    );
    let answer = get(&server, &target).await;
    assert_eq!((&answer["orgUnit"], &answer["orgUnitIdScheme"]), (&"OU_R0D0F0".into(), &"CODE".into()));
    assert!(values(&answer).iter().all(|row| row.get("orgUnit").is_none()));
}

/// peer-bugs, section 4: "On ≤ 2.42 the header's `orgUnit` and `period` must **not** be copied into rows."
#[tokio::test]
async fn the_head_of_old_servers_names_the_unit_that_was_asked_for() {
    let server = server("2.40.12").await;
    let answer =
        get(&server, &format!("/api/dataValueSets?dataSet={MONTHLY}&period=202401&orgUnit={ROOT}&children=true")).await;
    assert_eq!(answer["orgUnit"], ROOT);
    assert!(values(&answer).iter().all(|row| row["orgUnit"] != ROOT));
}

/// peer-bugs, section 4: "`attributeOptionCombo` that does not exist: ≤ 2.42 drops the filter and returns **everything**."
#[tokio::test]
async fn an_unknown_attribute_option_combo_lets_everything_or_nothing_through() {
    let query = format!("/api/dataValueSets?dataSet={MONTHLY}&period=202401&orgUnit={ROOT}&children=true");
    for (version, known) in [("2.41.9.1", true), ("2.43.1", false)] {
        let server = server(version).await;
        let all = get(&server, &query).await;
        let filtered = get(&server, &format!("{query}&attributeOptionCombo=AAAAAAAAAAA")).await;
        assert!(count(&all, "dataValues") > 0);
        assert_eq!(count(&filtered, "dataValues"), if known { count(&all, "dataValues") } else { 0 }, "{version}");
    }
}

/// peer-bugs, section 4: "overlapping unit groups (3,206 doubled, by 2.42 itself)"
#[tokio::test]
async fn units_of_several_groups_come_several_times_up_to_2_42() {
    let groups: Vec<String> =
        get(&server("2.42.5.2").await, "/api/organisationUnitGroups?fields=id").await["organisationUnitGroups"]
            .as_array()
            .unwrap()
            .iter()
            .map(|group| format!("&orgUnitGroup={}", group["id"].as_str().unwrap()))
            .collect();
    let query = format!("/api/dataValueSets?dataSet={MONTHLY}&period=202401{}", groups.join(""));
    let old = get(&server("2.42.5.2").await, &query).await;
    assert!(count(&old, "dataValues") > distinct(&old), "rows come once for each membership");
    let new = get(&server("2.43.1").await, &query).await;
    assert_eq!(count(&new, "dataValues"), distinct(&new));
    assert_eq!(distinct(&new), distinct(&old));
}

/// wire document, section 2.5: "orgUnitGroup and access, restricted account: 2.40–2.42 return **every unit of the group**
/// … 2.43 keeps only members that are *themselves* assigned capture units"
#[tokio::test]
async fn groups_are_not_checked_on_old_servers_and_nearly_empty_on_new_ones() {
    let query = format!("/api/dataValueSets?dataSet={MONTHLY}&period=202401&orgUnitGroup={GROUP}");
    for (version, rows) in [("2.42.5.2", 266), ("2.43.1", 0)] {
        let answer = get_as(&server(version).await, as_clerk(), &query).await;
        let answer: Value = serde_json::from_slice(&answer.body).unwrap();
        assert_eq!(count(&answer, "dataValues"), rows, "{version}");
    }
}

/// peer-bugs, section 4: "An **empty body with status 200** (2.40–2.42) is "no access to this unit", never "no values""
#[tokio::test]
async fn refused_access_looks_as_in_each_version() {
    let query = format!("/api/dataValueSets?dataSet={MONTHLY}&period=202401&orgUnit={FACILITY}&orgUnit={ROOT}");
    for (version, status, bytes) in [
        ("2.38.7", 409, true),
        ("2.40.3", 409, true),
        ("2.40.12", 200, false),
        ("2.42.5.2", 200, false),
        ("2.43.1", 409, true),
    ] {
        let server = server(version).await;
        let answer = get_as(&server, as_clerk(), &query).await;
        assert_eq!((answer.status, !answer.body.is_empty()), (status, bytes), "{version}");
        let own = format!("/api/dataValueSets?dataSet={MONTHLY}&period=201001&orgUnit={REGION_A}&children=true");
        let nothing = get_as(&server, as_clerk(), &own).await;
        assert!(nothing.text().contains("\"dataValues\":[]"), "{version}: no values is a list without any");
    }
}

/// peer-bugs, section 4: "`lastUpdated`: 2.43 cuts it to the day …; 2.41 with its server west of UTC applies it hours too
/// late and **loses rows**"
#[tokio::test]
async fn last_updated_is_taken_too_late_too_early_or_for_the_day() {
    let last = {
        let server = server("2.42.5.2").await;
        let all =
            get(&server, &format!("/api/dataValueSets?dataSet={MONTHLY}&period=202401&orgUnit={ROOT}&children=true"))
                .await;
        values(&all).iter().map(changed).max().unwrap()
    };
    assert_eq!(&last[..10], "2026-11-22");
    let query = |at: &str| {
        format!("/api/dataValueSets?dataSet={MONTHLY}&period=202401&orgUnit={ROOT}&children=true&lastUpdated={at}")
    };
    let rows = async |version: &str, at: &str| count(&get(&server(version).await, &query(at)).await, "dataValues");
    // The last value was stored at 15:30:38 UTC.
    assert_eq!(rows("2.42.5.2", "2026-11-22T15:00:00Z").await, 799, "UTC: exact");
    assert_eq!(rows("2.42.5.2", "2026-11-22T16:00:00Z").await, 0, "UTC: exact");
    assert_eq!(
        rows("2.41.9.1", "2026-11-22T11:00:00Z").await,
        0,
        "west of UTC the bound is five hours late: rows lost"
    );
    assert_eq!(rows("2.41.9.1", "2026-11-22T10:00:00Z").await, 799);
    assert_eq!(rows("2.40.12", "2026-11-22T16:20:00Z").await, 799, "east of UTC the bound is an hour early");
    assert_eq!(rows("2.40.12", "2026-11-22T16:40:00Z").await, 0);
    assert_eq!(
        rows("2.43.1", "2026-11-22T18:00:00Z").await,
        799,
        "the whole day of the server, which began at 18:15 before"
    );
    assert_eq!(rows("2.43.1", "2026-11-22T18:20:00Z").await, 0, "in Kathmandu that is the next day");
    let duration = format!("{}&lastUpdatedDuration=2h", query("x").split("&lastUpdated").next().unwrap());
    assert_eq!(count(&get(&server("2.41.9.1").await, &duration).await, "dataValues"), 799, "a duration is right");
}

/// peer-bugs, section 4: "on 2.43 it cannot stand alone (409 E2002)"
#[tokio::test]
async fn last_updated_alone_and_bad_durations() {
    let alone = format!("/api/dataValueSets?dataSet={MONTHLY}&orgUnit={FACILITY}&lastUpdated=2020-01-01");
    assert_eq!(refusal(&server("2.43.1").await, &alone).await, (409, Some("E2002".into())));
    assert_eq!(refusal(&server("2.42.5.2").await, &alone).await, (200, None));
    let bad = format!("/api/dataValueSets?dataSet={MONTHLY}&orgUnit={FACILITY}&period=202401&lastUpdatedDuration=soon");
    assert_eq!(refusal(&server("2.42.5.2").await, &bad).await, (409, Some("E2005".into())));
    assert_eq!(count(&get(&server("2.43.1").await, &bad).await, "dataValues"), 7, "it is no filter there");
}

/// peer-bugs, section 1.3: "`dataSet`, `dataElement` and `dataElementGroup` filters are a **union**"; up to 2.42 a group
/// displaces the others.
#[tokio::test]
async fn groups_of_elements_displace_or_join_the_rest() {
    let group = "z9VNGk7Mo6a";
    let query = |what: &str| format!("/api/dataValueSets?{what}&period=202401&orgUnit={ROOT}&children=true");
    let rows = async |version: &str, what: &str| count(&get(&server(version).await, &query(what)).await, "dataValues");
    let group_alone = rows("2.42.5.2", &format!("dataElementGroup={group}")).await;
    let both = format!("dataSet={MONTHLY}&dataElementGroup={group}");
    assert_eq!(rows("2.42.5.2", &both).await, group_alone);
    assert_eq!(rows("2.43.1", &both).await, rows("2.43.1", &format!("dataSet={MONTHLY}")).await);
    let element = format!("dataSet={MONTHLY}&dataElement=n5UnbhiRNyd");
    assert_eq!(refusal(&server("2.38.7").await, &query("dataElement=n5UnbhiRNyd")).await, (409, Some("E2001".into())));
    assert_eq!(rows("2.38.7", &element).await, rows("2.42.5.2", &element).await);
}

#[tokio::test]
async fn rows_have_an_order_and_an_offset_on_2_43_only() {
    let query = format!(
        "/api/dataValueSets?dataSet={MONTHLY}&startDate=2024-01-01&endDate=2024-02-29&orgUnit={ROOT}&children=true"
    );
    let new = server("2.43.1").await;
    let periods = |answer: &Value| -> Vec<String> {
        values(answer).iter().map(|row| row["period"].as_str().unwrap().to_owned()).collect()
    };
    let all = get(&new, &query).await;
    assert!(periods(&all).is_sorted());
    let rest = get(&new, &format!("{query}&offset=1000")).await;
    assert_eq!(count(&rest, "dataValues"), count(&all, "dataValues") - 1000);
    let by_unit = get(&new, &format!("{query}&order=OU,PE")).await;
    assert!(values(&by_unit).is_sorted_by_key(|row| (row["orgUnit"].to_string(), row["period"].to_string())));
    assert_eq!(refusal(&new, &format!("{query}&order=BAD")).await.0, 400);
    let old = server("2.42.5.2").await;
    let ignored = get(&old, &format!("{query}&offset=1000&order=BAD")).await;
    assert_eq!(count(&ignored, "dataValues"), count(&all, "dataValues"));
    for version in ["2.42.5.2", "2.43.1"] {
        assert_eq!(count(&get(&server(version).await, &format!("{query}&limit=0")).await, "dataValues"), 0);
    }
}

/// peer-bugs, section 4: "`offset`/`limit` walks on 2.43 lose rows (30 of 14,681): never page data values."
#[tokio::test]
async fn a_walk_by_offset_loses_rows() {
    let query = format!(
        "/api/dataValueSets?dataSet={MONTHLY}&startDate=2023-01-01&endDate=2024-12-31&orgUnit={ROOT}&children=true"
    );
    let server = server("2.43.1").await;
    let all = count(&get(&server, &query).await, "dataValues");
    let (mut walked, mut answers) = (HashSet::new(), 0);
    for offset in (0..all).step_by(1000) {
        let part = get(&server, &format!("{query}&limit=1000&offset={offset}")).await;
        answers += count(&part, "dataValues");
        walked.extend(values(&part).iter().map(ToString::to_string));
    }
    assert_eq!(answers, all);
    assert!(walked.len() < all, "{} of {all}", walked.len());
}

/// peer-bugs, section 1.3: "`dataValueSets` `startDate/endDate` keep only periods **entirely inside** the window"
#[tokio::test]
async fn periods_across_the_edge_of_a_range_are_left_out() {
    let server = server("2.42.5.2").await;
    let query = |start: &str, end: &str| {
        format!("/api/dataValueSets?dataSet={MONTHLY}&startDate={start}&endDate={end}&orgUnit={ROOT}&children=true")
    };
    let whole = get(&server, &query("2024-01-01", "2024-02-29")).await;
    let cut = get(&server, &query("2024-01-02", "2024-02-29")).await;
    let periods = |answer: &Value| -> HashSet<String> {
        values(answer).iter().map(|row| row["period"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(periods(&whole).len(), 2);
    assert_eq!(periods(&cut), HashSet::from(["202402".to_owned()]));
}

#[tokio::test]
async fn deleted_values_come_only_when_asked_for_and_keep_their_value() {
    let world = country();
    let deleted = world.data_values().filter(|value| value.deleted).count();
    assert!(deleted > 0);
    let server = server("2.42.5.2").await;
    let mut found = 0;
    for set in world.data_sets() {
        let query = format!(
            "/api/dataValueSets?dataSet={}&startDate=2000-01-01&endDate=2030-01-01&orgUnit={ROOT}&children=true",
            set.id
        );
        let without = get(&server, &query).await;
        assert!(values(&without).iter().all(|row| row.get("deleted").is_none()));
        let with = get(&server, &format!("{query}&includeDeleted=true")).await;
        let shared = set.id == "ARIP7xOpljk";
        found += values(&with).iter().filter(|row| row["deleted"] == true && !shared).count();
    }
    assert_eq!(found, deleted);
}

/// Everything that the world holds can be asked for, whatever the version.
#[tokio::test]
async fn the_exports_of_all_sets_are_the_world() {
    let world = country();
    for version in ["2.38.7", "2.40.12", "2.42.5.2", "2.43.1"] {
        let server = server(version).await;
        let sets: Vec<_> = world.data_sets().map(|set| format!("dataSet={}", set.id)).collect();
        let query = format!(
            "/api/dataValueSets.json?{}&startDate=2000-01-01&endDate=2030-01-01&orgUnit={ROOT}&children=true\
             &includeDeleted=true",
            sets.join("&")
        );
        let answer = get(&server, &query).await;
        assert_eq!(count(&answer, "dataValues"), world.data_values().count(), "{version}");
    }
}

#[tokio::test]
async fn packed_exports_say_nothing_of_it_in_their_encoding() {
    use std::io::Read as _;
    let server = server("2.42.5.2").await;
    let query = format!("/api/dataValueSets?dataSet={MONTHLY}&period=202401&orgUnit={FACILITY}");
    let plain = get_as(&server, as_superuser(), &query).await;
    let packed = get_as(&server, as_superuser(), &format!("{query}&compression=gzip")).await;
    assert_eq!(packed.header("content-encoding"), None);
    let mut unpacked = Vec::new();
    flate2::read::GzDecoder::new(packed.body.as_slice()).read_to_end(&mut unpacked).unwrap();
    assert_eq!(unpacked, plain.body);
    // Up to 2.42 a suffix for it is refused, on 2.43 it is not looked at.
    let suffixed = query.replace("dataValueSets?", "dataValueSets.json.gz?");
    assert_eq!(refusal(&server, &suffixed).await.0, 400);
    let new = super::server("2.43.1").await;
    assert_eq!(count(&get(&new, &suffixed).await, "dataValues"), 7);
    assert_eq!(refusal(&new, &format!("{query}&compression=bad")).await.0, 400);
}

/// wire document, section 2.3: "E8200–E8204: 2.43: some object lacks the requested output id property; the whole request
/// fails … ≤2.42 the value is exported with null in that column"
#[tokio::test]
async fn objects_without_the_asked_identifier_are_null_or_refuse_everything() {
    let query = format!(
        "/api/dataValueSets?dataSet={MONTHLY}&period=202401&orgUnit={FACILITY}&dataElementIdScheme=ATTRIBUTE:Qt20CcAWcY5"
    );
    let old = get(&server("2.42.5.2").await, &query).await;
    assert!(values(&old).iter().all(|row| row["dataElement"].is_null()));
    assert_eq!(refusal(&server("2.43.1").await, &query).await.0, 409);
}
