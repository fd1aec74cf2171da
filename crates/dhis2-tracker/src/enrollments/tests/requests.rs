//! How each version is asked.

use dhis2_api::Uid;
use dhis2_api::datetime::ServerZone;
use dhis2_extract::{More, Source};

use crate::enrollments::source::EnrollmentSource;
use crate::enrollments::{EnrollmentQuery, EnrollmentQueryBuilder, EnrollmentStatus};
use crate::testing::{VERSIONS, dialect, fields, spelled};
use crate::uids::Place;

fn source(version: &str, query: EnrollmentQueryBuilder) -> EnrollmentSource {
    let query = query.program("T4KUa2dgu2M").org_unit_parents(["KdK92fYEfTw"]).build().unwrap();
    let parents = query.org_unit_parents.clone();
    let zone = ServerZone::parse("America/Bogota").unwrap();
    EnrollmentSource { dialect: dialect(version), zone, query, parents }
}

fn root() -> Place {
    Place::of(Some(Uid::parse("KdK92fYEfTw").unwrap()))
}

/// peer-bugs section 4: "Orders that fail: `enrollments` by createdAt/updatedAt on 2.41.9.1 and 2.42.5.2 (409), by
/// `enrollment` on ≥ 2.41 (400)", "An order without tie-break loses rows at page edges (2.40.12, enrolledAt: one of 505)"
/// and "2.40.10–12: `enrollments` with `totalPages` is a 409."
#[test]
fn each_version_is_asked_in_its_own_words() {
    let old = "program=T4KUa2dgu2M&orgUnit=KdK92fYEfTw&ouMode=DESCENDANTS&includeDeleted=true&order=enrollment:asc";
    let new = "program=T4KUa2dgu2M&orgUnits=KdK92fYEfTw&orgUnitMode=DESCENDANTS&includeDeleted=true";
    let expected = [
        ("2.38.7", format!("{old}&page=1&pageSize=1000&totalPages=true")),
        ("2.39.10.1", format!("{old}&page=1&pageSize=1000&totalPages=true")),
        ("2.40.12", format!("{old}&skipPaging=true")),
        ("2.41.2", format!("{new}&page=1&pageSize=1000&totalPages=true")),
        ("2.41.9.1", format!("{new}&page=1&pageSize=1000&totalPages=true")),
        ("2.42.5.2", format!("{new}&page=1&pageSize=1000")),
        ("2.43.1", format!("{new}&order=createdAt:asc&page=1&pageSize=1000")),
    ];
    assert_eq!(expected.iter().map(|(version, _)| *version).collect::<Vec<_>>(), VERSIONS);
    for (version, expected) in expected {
        let request = source(version, EnrollmentQuery::builder()).request(&root(), 1);
        assert_eq!(spelled(&request), expected, "{version}");
        assert_eq!(request.path(), "tracker/enrollments");
    }
    let before = source("2.40.9.1", EnrollmentQuery::builder());
    assert!(spelled(&before.request(&root(), 1)).ends_with("&page=1&pageSize=1000&totalPages=true"));
    assert!(spelled(&before.request(&root(), 2)).ends_with("&page=2&pageSize=1000"));
}

/// peer-bugs section 4: "Confidential attributes have no `value` inside enrollments on 2.43", and they make the dearest list
/// of all dearer.
#[test]
fn nothing_nested_is_asked_for() {
    let request = source("2.43.1", EnrollmentQuery::builder()).request(&root(), 1);
    assert_eq!(
        fields(&request),
        "enrollment,trackedEntity,program,status,orgUnit,enrolledAt,occurredAt,completedAt,createdAt,updatedAt,followUp,\
         deleted,geometry"
    );
}

/// What leaves the set during the walk moves others to an earlier page, where they are not seen: status and the end of the
/// window are cut on the client.
#[test]
fn only_conditions_under_which_nothing_leaves_the_set_are_sent() {
    for version in VERSIONS {
        let query = EnrollmentQuery::builder()
            .status(EnrollmentStatus::Active)
            .updated_after("2024-01-15T05:00Z")
            .updated_before("2024-02-01");
        let asked = spelled(&source(version, query).request(&root(), 1));
        assert!(asked.contains("&updatedAfter=2024-01-15T00:00:00.000&includeDeleted=true"), "{asked}");
        assert!(!asked.to_lowercase().contains("status") && !asked.contains("updatedBefore"), "{asked}");
    }
}

#[test]
fn the_end_shows_as_the_version_shows_it() {
    let read = |version: &str, page, body: &str| {
        source(version, EnrollmentQuery::builder()).read(&root(), page, body.as_bytes()).unwrap().more
    };
    let counted = r#"{"page":1,"total":3,"pageCount":3,"pageSize":1,"instances":[]}"#;
    assert_eq!(read("2.39.10.1", 1, counted), More::Count(3));
    assert_eq!(read("2.39.10.1", 2, r#"{"page":2,"pageSize":1,"instances":[]}"#), More::UntilEmpty);
    assert_eq!(read("2.40.12", 1, r#"{"instances":[]}"#), More::Unpaged);
    let nested = r#"{"pager":{"page":1,"pageSize":1,"total":3,"pageCount":3},"enrollments":[]}"#;
    assert_eq!(read("2.41.9.1", 1, nested), More::Count(3));
    assert_eq!(read("2.42.5.2", 1, r#"{"pager":{"nextPage":"http://x"},"enrollments":[]}"#), More::Next);
    assert_eq!(read("2.42.5.2", 2, r#"{"pager":{"prevPage":"http://x"},"enrollments":[]}"#), More::Last);
}

/// A list of uids makes servers up to 2.40 forget their pages: it is asked for as a whole, everywhere.
#[test]
fn enrollments_asked_for_by_uid_come_in_one_answer() {
    let uids = || EnrollmentQuery::builder().program("T4KUa2dgu2M").enrollments(["A7uNKYk2RAs", "AAAXGiIkxlA"]);
    for (version, expected) in [
        (
            "2.40.12",
            "program=T4KUa2dgu2M&enrollment=A7uNKYk2RAs;AAAXGiIkxlA&includeDeleted=true&order=enrollment:asc&skipPaging=true",
        ),
        ("2.42.5.2", "program=T4KUa2dgu2M&enrollments=A7uNKYk2RAs,AAAXGiIkxlA&includeDeleted=true&paging=false"),
    ] {
        let query = uids().build().unwrap();
        let source = EnrollmentSource { dialect: dialect(version), zone: ServerZone::UTC, query, parents: Vec::new() };
        let chunks = source.chunks();
        assert_eq!(chunks.len(), 1);
        assert_eq!(spelled(&source.request(&chunks[0], 1)), expected, "{version}");
        assert!(source.describe(&chunks[0]).ends_with("A7uNKYk2RAs to AAAXGiIkxlA (2 of them)"));
    }
}
