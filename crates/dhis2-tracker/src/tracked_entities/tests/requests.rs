//! How each version is asked.

use dhis2_api::Uid;
use dhis2_api::datetime::ServerZone;
use dhis2_extract::Source;

use crate::testing::{VERSIONS, dialect, fields, spelled};
use crate::tracked_entities::source::{Part, TrackedEntitySource};
use crate::tracked_entities::{TrackedEntityQuery, TrackedEntityQueryBuilder};
use crate::uids::Place;

fn source(version: &str, part: Part, query: TrackedEntityQueryBuilder) -> TrackedEntitySource {
    let query = query.org_unit_parents(["KdK92fYEfTw"]).build().unwrap();
    let parents = query.org_unit_parents.clone();
    let zone = ServerZone::parse("Asia/Kathmandu").unwrap();
    TrackedEntitySource { part, dialect: dialect(version), zone, query, parents }
}

fn root() -> Place {
    Place::of(Some(Uid::parse("KdK92fYEfTw").unwrap()))
}

/// peer-bugs section 3: "Version 2.42: no request carries `ouMode`, `skipPaging`, singular `enrollment` on events,
/// `trackedEntity` on TEs, `occuredAfter` [O48, D2W, JAVA, D2A, PYD]"; section 4: "Orders that fail: […] `trackedEntities` by
/// `trackedEntity` on 2.43.1 (409)" and "`trackedEntities` + `includeDeleted` fails with an SQL error on 2.40.12 and 2.42.5.2
/// over `PostgreSQL` 15 unless `updatedAfter` is there too".
#[test]
fn each_version_is_asked_in_its_own_words() {
    let old = "program=T4KUa2dgu2M&orgUnit=KdK92fYEfTw&ouMode=DESCENDANTS&updatedAfter=1900-01-01&includeDeleted=true\
               &page=1&pageSize=1000&totalPages=true";
    let first = "program=T4KUa2dgu2M&orgUnits=KdK92fYEfTw&orgUnitMode=DESCENDANTS&updatedAfter=1900-01-01\
                 &includeDeleted=true";
    let expected = [
        ("2.38.7", old.to_owned()),
        ("2.39.10.1", old.to_owned()),
        ("2.40.12", old.to_owned()),
        ("2.41.2", format!("{first}&page=1&pageSize=1000&totalPages=true")),
        ("2.41.9.1", format!("{first}&order=createdAt:asc&page=1&pageSize=1000&totalPages=true")),
        ("2.42.5.2", format!("{first}&order=createdAt:asc&page=1&pageSize=1000")),
        ("2.43.1", format!("{first}&order=createdAt:asc&page=1&pageSize=1000")),
    ];
    assert_eq!(expected.iter().map(|(version, _)| *version).collect::<Vec<_>>(), VERSIONS);
    for (version, expected) in expected {
        let source = source(version, Part::Attributes, TrackedEntityQuery::builder().program("T4KUa2dgu2M"));
        let request = source.request(&root(), 1);
        assert_eq!(spelled(&request), expected, "{version}");
        assert_eq!(request.path(), "tracker/trackedEntities");
        assert_eq!(
            spelled(&source.request(&root(), 2)),
            expected.replace("page=1", "page=2").replace("&totalPages=true", ""),
            "{version}"
        );
    }
}

/// peer-bugs section 4: "Program attributes (732 of 3,804 values on ≥ 2.42) are only in answers that name the `program`."
#[test]
fn a_program_is_named_and_a_type_only_instead_of_it() {
    for version in VERSIONS {
        let of_type =
            source(version, Part::Attributes, TrackedEntityQuery::builder().tracked_entity_type("EFvjZX4SLF5"));
        let asked = spelled(&of_type.request(&root(), 1));
        assert!(asked.starts_with("trackedEntityType=EFvjZX4SLF5&orgUnit"), "{asked}");
        assert!(!asked.contains("program="), "{asked}");
        assert!(asked.contains("&updatedAfter=1900-01-01&includeDeleted=true"), "{asked}");
    }
}

/// peer-bugs section 4: "`updatedWithin` loses rows on servers east of UTC; `updatedAfter` is exact everywhere."
#[test]
fn the_moment_is_sent_as_the_servers_clock_showed_it() {
    for version in VERSIONS {
        let query = TrackedEntityQuery::builder()
            .program("T4KUa2dgu2M")
            .updated_after("2024-01-15T06:15:00.250Z")
            .updated_before("2024-02-01");
        let asked = spelled(&source(version, Part::Attributes, query).request(&root(), 1));
        assert!(asked.contains("&updatedAfter=2024-01-15T12:00:00.250&includeDeleted=true"), "{asked}");
        assert!(!asked.contains("updatedBefore") && !asked.contains("updatedWithin"), "{asked}");
    }
}

/// peer-bugs section 4: "with relationships among the fields 404 on 2.41.9.1".
#[test]
fn fields_hold_what_becomes_rows_and_no_relationships() {
    let fields_of = |part, query: TrackedEntityQueryBuilder| {
        fields(&source("2.41.9.1", part, query).request(&root(), 1)).to_owned()
    };
    let program = || TrackedEntityQuery::builder().program("T4KUa2dgu2M");
    assert_eq!(
        fields_of(Part::Attributes, program()),
        "trackedEntity,trackedEntityType,orgUnit,createdAt,updatedAt,inactive,deleted,potentialDuplicate,geometry,\
         attributes[attribute,value],enrollments[program,deleted]"
    );
    assert_eq!(
        fields_of(Part::Owners, program()),
        "trackedEntity,updatedAt,deleted,programOwners[program,orgUnit],enrollments[program,deleted]"
    );
    assert!(!fields_of(Part::Attributes, program().include_deleted(true)).contains("enrollments"));
    let of_type = TrackedEntityQuery::builder().tracked_entity_type("EFvjZX4SLF5");
    assert!(!fields_of(Part::Attributes, of_type).contains("enrollments"));
}
