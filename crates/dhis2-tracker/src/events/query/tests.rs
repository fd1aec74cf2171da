use super::*;

fn whole() -> EventQueryBuilder {
    EventQuery::builder().program("T4KUa2dgu2M").org_unit_parents(["KdK92fYEfTw"])
}

#[test]
fn what_is_missing_or_contradicts_is_named_before_anything_is_sent() {
    assert_eq!(EventQuery::builder().org_unit_parents(["KdK92fYEfTw"]).build(), Err(QueryError::NoProgram));
    assert_eq!(EventQuery::builder().program("T4KUa2dgu2M").build(), Err(QueryError::NoOrgUnit));
    assert_eq!(whole().page_size(0).build(), Err(QueryError::PageSize));
    let backwards = whole().occurred_after("2024-02-01").occurred_before("2024-01-31").build();
    assert!(matches!(backwards, Err(QueryError::AfterBeforeBefore { .. })));
    let backwards = whole().scheduled_after("2024-02-01").scheduled_before("2024-01-31").build();
    assert!(matches!(backwards, Err(QueryError::AfterBeforeBefore { .. })));
    let everywhere = whole().org_unit_mode(OrgUnitMode::All).build();
    assert_eq!(everywhere, Err(QueryError::UnitsBesideMode { mode: "ALL" }));
    for (builder, parameter) in [
        (whole().program("nope"), "program"),
        (whole().program_stage("nope"), "program stage"),
        (whole().org_unit_parents(["nope"]), "organisation unit"),
        (whole().events(["nope"]), "event"),
        (whole().enrollments(["nope"]), "enrollment"),
        (whole().attribute_options(["nope"]), "category option"),
        (whole().occurred_after("yesterday"), "occurred_after"),
        (whole().occurred_before("2024-01-31T12:00"), "occurred_before"),
        (whole().scheduled_before("tomorrow"), "scheduled_before"),
        (whole().updated_after("yesterday"), "updated_after"),
    ] {
        let Err(QueryError::Malformed { parameter: named, .. }) = builder.build() else { panic!("{parameter}") };
        assert_eq!(named, parameter);
    }
}

#[test]
fn units_need_not_be_named_beside_uids_or_a_mode_of_the_account() {
    let builder = || EventQuery::builder().program("T4KUa2dgu2M");
    assert!(builder().events(["A1G2w687SWR"]).build().unwrap().names_events_only());
    assert!(!builder().events(["A1G2w687SWR"]).status(EventStatus::Active).build().unwrap().names_events_only());
    assert!(!builder().org_unit_mode(OrgUnitMode::Accessible).build().unwrap().names_events_only());
    assert!(builder().enrollments(["A1G2w687SWR"]).build().is_ok());
}

/// peer-bugs section 4: "Same parent twice: 62 doubled."
#[test]
fn the_same_parent_twice_is_asked_for_once() {
    assert_eq!(whole().org_unit_parents(["KdK92fYEfTw"]).build().unwrap().org_unit_parents.len(), 1);
}

#[test]
fn a_single_day_is_a_day_long() {
    let query = whole().occurred_after("2024-01-15").occurred_before("2024-01-15").build().unwrap();
    let WallWindow { from: Some(from), before: Some(to) } = query.occurred.on_the_clock() else { panic!("two bounds") };
    assert_eq!(to.0 - from.0, 86_400_000);
}

#[test]
fn a_receipt_shows_the_question_without_what_persons_are_compared_with() {
    let query = whole().filter("M8hbHpWx3IB:eq:HIV").filter("status:eq:ACTIVE").build().unwrap();
    assert_eq!(query.to_json()["filters"], serde_json::json!(["M8hbHpWx3IB:eq:…", "status:eq:active"]));
    assert!(!format!("{query:?}").to_lowercase().contains("hiv"));
}
