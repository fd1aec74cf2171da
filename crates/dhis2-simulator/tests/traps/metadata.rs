//! Metadata.

use super::{ANTENATAL, REGION_A, ROOT, count, get, refusal, server};

#[tokio::test]
async fn lists_are_paged_by_fifty_and_say_how_many_there_are() {
    let server = server("2.42.5.2").await;
    let first = get(&server, "/api/organisationUnits").await;
    assert_eq!((count(&first, "organisationUnits"), &first["pager"]["total"]), (50, &85.into()));
    assert_eq!(first["organisationUnits"][0].as_object().unwrap().len(), 2, "id and displayName");
    let next = first["pager"]["nextPage"].as_str().unwrap();
    let next = get(&server, next.strip_prefix(&server.base_url()).unwrap()).await;
    assert_eq!(count(&next, "organisationUnits"), 35);
    assert!(next["pager"].get("nextPage").is_none());
    let all = get(&server, "/api/organisationUnits?paging=false&pageSize=3").await;
    assert_eq!((count(&all, "organisationUnits"), all.get("pager")), (85, None));
}

#[tokio::test]
async fn references_are_followed_where_more_than_their_id_is_asked_for() {
    let server = server("2.42.5.2").await;
    let fields = "id,parent[id,name,parent[name]],children~size,leaf,displayName~rename(label)";
    let answer = get(&server, &format!("/api/organisationUnits?filter=id:eq:{REGION_A}&fields={fields}")).await;
    let unit = &answer["organisationUnits"][0];
    assert_eq!(unit["parent"]["name"], "Seedland");
    assert!(unit["parent"].get("parent").is_none());
    assert_eq!((&unit["leaf"], &unit["label"]), (&false.into(), &"Région A".into()));
    let single = get(&server, &format!("/api/organisationUnits/{REGION_A}?fields=children[level]")).await;
    assert!(single["children"].as_array().unwrap().iter().all(|child| child["level"] == 3));
}

#[tokio::test]
async fn filters_are_joined_by_and_or_or() {
    let server = server("2.42.5.2").await;
    let rows = async |query: &str| {
        count(&get(&server, &format!("/api/organisationUnits?paging=false&{query}")).await, "organisationUnits")
    };
    assert_eq!(rows("filter=level:eq:2").await, 3);
    assert_eq!(rows(&format!("filter=level:le:2&filter=id:ne:{ROOT}")).await, 3);
    assert_eq!(rows("filter=level:eq:1&filter=level:eq:2&rootJunction=OR").await, 4);
    assert_eq!(rows("filter=parent.name:like:Seed").await, 3);
    assert_eq!(rows(&format!("filter=path:like:{REGION_A}&filter=level:eq:2")).await, 1);
    assert_eq!(rows("filter=level:in:[1,2]").await, 4);
    assert_eq!(rows("filter=closedDate:!null").await, 9, "closed units, as in the recorded server's database");
}

/// wire document, section 5.1: "unknown ones and paths dropped silently (R 40–42) …; **2.43 400**"
#[tokio::test]
async fn an_unknown_order_is_dropped_or_refused() {
    let query = "/api/dataElements?order=nosuch:asc";
    assert_eq!(refusal(&server("2.42.5.2").await, query).await.0, 200);
    assert_eq!(refusal(&server("2.43.1").await, query).await.0, 400);
}

#[tokio::test]
async fn single_objects_are_found_missing_or_malformed() {
    for (version, malformed) in [("2.40.12", 404), ("2.42.5.2", 405)] {
        let server = server(version).await;
        assert_eq!(refusal(&server, &format!("/api/programs/{ANTENATAL}")).await.0, 200);
        assert_eq!(refusal(&server, "/api/programs/AAAAAAAAAAA").await, (404, Some("E1005".into())));
        assert_eq!(refusal(&server, "/api/programs/nope").await.0, malformed, "{version}");
    }
}

#[tokio::test]
async fn the_export_holds_the_kinds_asked_for_with_their_fields() {
    let server = server("2.43.1").await;
    let export = get(&server, "/api/metadata.json?dataSets=true&dataElements=true&dataElements:fields=id").await;
    assert_eq!(export.as_object().unwrap().len(), 3);
    assert_eq!(export["dataElements"][0].as_object().unwrap().len(), 1);
    assert!(export["dataSets"][0].get("periodType").is_some());
    assert!(export["system"]["date"].as_str().unwrap().ends_with("+0545"), "the one time of metadata with an offset");
}

#[tokio::test]
async fn kinds_without_objects_are_empty_and_others_are_not_there() {
    let server = server("2.42.5.2").await;
    assert_eq!(count(&get(&server, "/api/legendSets").await, "legendSets"), 0);
    assert_eq!(refusal(&server, "/api/unicorns").await.0, 404);
}

/// An order by what every object has is no mistake because there is no object.
#[tokio::test]
async fn an_empty_kind_can_be_ordered_as_any_other() {
    for version in ["2.40.12", "2.43.1"] {
        let server = server(version).await;
        let answer = get(&server, "/api/constants?order=id:asc&paging=false").await;
        assert_eq!(count(&answer, "constants"), 0, "{version}");
    }
    assert_eq!(refusal(&server("2.43.1").await, "/api/dataSets?order=nosuch:asc").await.0, 400);
}

/// The recorded lists of option sets: `sortOrder` is 1, 2, 3 up to 2.40 and 0, 1, 2 later.
#[tokio::test]
async fn options_are_counted_from_one_up_to_2_40_and_from_nothing_later() {
    for version in ["2.38.7", "2.39.10.1", "2.40.12", "2.41.9.1", "2.42.5.2", "2.43.1"] {
        let target = "/api/optionSets?fields=options[sortOrder]&paging=false&order=id:asc";
        let answer = get(&server(version).await, target).await;
        let sets = answer["optionSets"].as_array().unwrap();
        let old = matches!(version, "2.38.7" | "2.39.10.1" | "2.40.12");
        for set in sets {
            let places = set["options"].as_array().unwrap().iter().map(|option| option["sortOrder"].as_i64().unwrap());
            assert_eq!(places.min(), Some(i64::from(old)), "{version}");
        }
        assert!(!sets.is_empty());
    }
}
