//! The boundaries between patches, as the wire document names them.

use super::*;

fn of(text: &str) -> ServerBehaviour {
    ServerBehaviour::of(&Version::parse(text).unwrap())
}

#[test]
fn refused_access_follows_the_patch_not_the_line() {
    for (version, expected) in [
        ("2.38.4", AccessRefusal::Conflict),
        ("2.38.5.1", AccessRefusal::EmptyOk),
        ("2.38.7", AccessRefusal::Conflict),
        ("2.39.2", AccessRefusal::Conflict),
        ("2.39.4.1", AccessRefusal::EmptyOk),
        ("2.39.9", AccessRefusal::Conflict),
        ("2.39.10.1", AccessRefusal::EmptyOk),
        ("2.40.2.2", AccessRefusal::EmptyOk),
        ("2.40.3", AccessRefusal::Conflict),
        ("2.40.12", AccessRefusal::EmptyOk),
        ("2.41.4", AccessRefusal::Conflict),
        ("2.41.9.1", AccessRefusal::EmptyOk),
        ("2.42.0", AccessRefusal::Conflict),
        ("2.42.5.2", AccessRefusal::EmptyOk),
        ("2.43.1", AccessRefusal::ConflictListed),
    ] {
        assert_eq!(of(version).aggregate.refusal, expected, "{version}");
    }
}

#[test]
fn the_upper_bound_of_occurrence_follows_the_patch() {
    for (version, expected) in [
        ("2.38.5.1", OccurredUpperBound::WholeDay),
        ("2.38.7", OccurredUpperBound::Before),
        ("2.39.5", OccurredUpperBound::Before),
        ("2.39.10.1", OccurredUpperBound::EndOfDayExclusive),
        ("2.40.2.2", OccurredUpperBound::WholeDay),
        ("2.40.3.2", OccurredUpperBound::Before),
        ("2.40.12", OccurredUpperBound::EndOfDayExclusive),
        ("2.41.0.1", OccurredUpperBound::AtMidnight),
        ("2.41.1", OccurredUpperBound::EndOfDay),
        ("2.43.1", OccurredUpperBound::EndOfDay),
    ] {
        assert_eq!(of(version).events.occurred_before, expected, "{version}");
    }
}

#[test]
fn owners_of_all_programs_are_joined_before_2_40_8() {
    assert!(of("2.38.7").events.joins_all_owners);
    assert!(of("2.39.10.1").events.joins_all_owners);
    assert!(of("2.40.7.1").events.joins_all_owners);
    assert!(!of("2.40.8").events.joins_all_owners);
    assert!(!of("2.41.0").events.joins_all_owners);
}

#[test]
fn ties_are_broken_from_the_patches_that_the_document_names() {
    for (version, expected) in [
        ("2.38.7", TieBreak::None),
        ("2.39.8", TieBreak::None),
        ("2.39.9", TieBreak::IdDescending),
        ("2.40.6", TieBreak::None),
        ("2.40.7", TieBreak::IdDescending),
        ("2.41.2", TieBreak::None),
        ("2.41.3", TieBreak::IdDescending),
        ("2.42.0", TieBreak::IdDescending),
        ("2.43.0", TieBreak::IdLikeFirst),
    ] {
        assert_eq!(of(version).events.tie_break, expected, "{version}");
    }
}

#[test]
fn last_updated_alone_is_refused_by_2_43_0_and_2_43_1_only() {
    assert!(of("2.42.5.2").aggregate.last_updated_suffices);
    assert!(!of("2.43.0").aggregate.last_updated_suffices);
    assert!(!of("2.43.1").aggregate.last_updated_suffices);
    assert!(of("2.43.2").aggregate.last_updated_suffices);
    assert!(of("2.43.1").aggregate.bad_duration_ignored);
    assert!(!of("2.43.2").aggregate.bad_duration_ignored);
}

#[test]
fn a_later_server_than_any_known_behaves_as_the_newest_known_one() {
    assert_eq!(of("2.44-SNAPSHOT").events.envelope, TrackerEnvelope::Pager);
    assert_eq!(of("2.44-SNAPSHOT").aggregate.layout, RowLayout::Hoisted);
}

/// wire document, section 1.4, "Valid requests that fail on some servers": each failure begins and ends with a patch.
#[test]
fn failing_requests_of_the_tracker_have_their_patches() {
    for (version, fails) in [("2.40.9.1", false), ("2.40.10", true), ("2.40.12", true), ("2.41.0", false)] {
        assert_eq!(of(version).enrollments.totals_fail, fails, "{version}");
    }
    for (version, fails) in
        [("2.41.5", false), ("2.41.6", true), ("2.42.1", false), ("2.42.2", true), ("2.43.0", false)]
    {
        assert_eq!(of(version).enrollments.created_order_fails, fails, "{version}");
    }
    for (version, fails) in
        [("2.38.7", false), ("2.39.10.1", true), ("2.41.7", true), ("2.41.9.1", false), ("2.42.5.2", true)]
    {
        assert_eq!(of(version).tracked_entities.type_with_deleted_fails, fails, "{version}");
    }
    for (version, fails) in
        [("2.41.7", false), ("2.41.8", true), ("2.42.4", false), ("2.42.5", true), ("2.43.1", false)]
    {
        assert_eq!(of(version).tracked_entities.enrolled_order_with_deleted_fails, fails, "{version}");
    }
}

/// wire document, section 1.3: "owner of any program or the registering unit (2.39.6+, 2.40.4+ …)", "from 2.40.10 owner unit"
#[test]
fn units_of_tracked_entities_and_enrollments_are_matched_by_patch() {
    for (version, by_type) in [
        ("2.38.7", TypeUnitMatch::Registering),
        ("2.39.5", TypeUnitMatch::Registering),
        ("2.39.6", TypeUnitMatch::OwnersJoined),
        ("2.40.3.2", TypeUnitMatch::Registering),
        ("2.40.4", TypeUnitMatch::OwnersJoined),
        ("2.41.0", TypeUnitMatch::AnyOwner),
    ] {
        assert_eq!(of(version).tracked_entities.by_type, by_type, "{version}");
    }
    assert!(!of("2.40.9.1").enrollments.owner_unit && of("2.40.10").enrollments.owner_unit);
    assert!(!of("2.38.7").tracked_entities.owner_with_program && of("2.39.10.1").tracked_entities.owner_with_program);
}

/// wire document, sections 3.2, 3.3 and 13.3: what changed with 2.39, 2.41, 2.42 and 2.43.
#[test]
fn imports_change_with_the_feature_version() {
    for (version, rejected, parameters, response_first, rules) in [
        ("2.38.7", false, false, true, ImportRules::RowByRow),
        ("2.39.10.1", true, false, true, ImportRules::RowByRow),
        ("2.40.12", true, false, true, ImportRules::RowByRow),
        ("2.41.9.1", true, true, true, ImportRules::RowByRow),
        ("2.42.5.2", true, true, false, ImportRules::RowByRow),
        ("2.43.1", true, true, false, ImportRules::WholeRequest),
    ] {
        let imports = of(version).imports;
        let found = (imports.rejected_indexes, imports.job_parameters, imports.response_type_first, imports.rules);
        assert_eq!(found, (rejected, parameters, response_first, rules), "{version}");
    }
}
