//! How each version is asked.

use dhis2_api::Uid;
use dhis2_api::datetime::ServerZone;
use dhis2_extract::Source;

use crate::relationships::RelationshipQuery;
use crate::relationships::plan::{ObjectKind, Owners};
use crate::relationships::source::RelationshipSource;
use crate::scope::Scope;
use crate::testing::{VERSIONS, dialect, fields, spelled};
use crate::uids::Place;

const EDGE: &str = "relationships[relationship,relationshipType,bidirectional,createdAt,updatedAt,deleted,\
                    from[trackedEntity[trackedEntity],enrollment[enrollment],event[event]],\
                    to[trackedEntity[trackedEntity],enrollment[enrollment],event[event]]]";

fn program() -> Uid {
    Uid::parse("T4KUa2dgu2M").unwrap()
}

fn root() -> Uid {
    Uid::parse("KdK92fYEfTw").unwrap()
}

fn people() -> Owners {
    Owners::TrackedEntities(Scope::Program(program()))
}

fn source(version: &str, mut owners: Vec<Owners>) -> RelationshipSource {
    let root = [root()];
    let query = RelationshipQuery::builder().program("T4KUa2dgu2M").org_unit_parents(["KdK92fYEfTw"]).build().unwrap();
    let dialect = dialect(version);
    let nested_enrollments = RelationshipSource::nest(&dialect, &mut owners);
    let chunks = RelationshipSource::under(&owners, &root);
    RelationshipSource { dialect, zone: ServerZone::UTC, query, chunks, nested_enrollments }
}

fn asked(version: &str, owners: Owners) -> String {
    let request = source(version, vec![owners]).request(&(owners, Place::of(Some(root()))), 1);
    format!("{}?{}", request.path(), spelled(&request))
}

/// peer-bugs section 4: "with relationships among the fields 404 on 2.41.9.1" (beside `includeDeleted`, which no request
/// here carries).
#[test]
fn each_version_is_asked_in_its_own_words() {
    let entities = "tracker/trackedEntities?program=T4KUa2dgu2M";
    let events = "tracker/events?program=T4KUa2dgu2M&orgUnit=KdK92fYEfTw";
    let old = "orgUnit=KdK92fYEfTw&ouMode=DESCENDANTS";
    let new = "orgUnits=KdK92fYEfTw&orgUnitMode=DESCENDANTS";
    let (counted, followed) = ("page=1&pageSize=200&totalPages=true", "page=1&pageSize=200");
    let by_creation = "order=createdAt:asc";
    let expected = [
        (
            "2.38.7",
            format!("{entities}&{old}&{counted}"),
            format!("{events}&ouMode=DESCENDANTS&order=event:asc&{counted}"),
        ),
        (
            "2.39.10.1",
            format!("{entities}&{old}&{counted}"),
            format!("{events}&ouMode=DESCENDANTS&order=event:asc&{counted}"),
        ),
        (
            "2.40.12",
            format!("{entities}&{old}&{counted}"),
            format!("{events}&ouMode=DESCENDANTS&order=event:asc&{counted}"),
        ),
        ("2.41.2", format!("{entities}&{new}&{counted}"), format!("{events}&orgUnitMode=DESCENDANTS&{counted}")),
        (
            "2.41.9.1",
            format!("{entities}&{new}&{by_creation}&{counted}"),
            format!("{events}&orgUnitMode=DESCENDANTS&{by_creation}&{counted}"),
        ),
        (
            "2.42.5.2",
            format!("{entities}&{new}&{by_creation}&{followed}"),
            format!("{events}&orgUnitMode=DESCENDANTS&{by_creation}&{followed}"),
        ),
        (
            "2.43.1",
            format!("{entities}&{new}&{by_creation}&{followed}"),
            format!("{events}&orgUnitMode=DESCENDANTS&{by_creation}&{followed}"),
        ),
    ];
    assert_eq!(expected.iter().map(|(version, ..)| *version).collect::<Vec<_>>(), VERSIONS);
    for (version, entities, events) in expected {
        assert_eq!(asked(version, people()), entities, "{version}");
        assert_eq!(asked(version, Owners::Events(program())), events, "{version}");
    }
    let enrollments = "tracker/enrollments?program=T4KUa2dgu2M";
    for (version, rest) in [("2.41.9.1", counted), ("2.42.5.2", followed)] {
        assert_eq!(asked(version, Owners::Enrollments(program())), format!("{enrollments}&{new}&{rest}"));
    }
    assert_eq!(
        asked("2.43.1", Owners::Enrollments(program())),
        format!("{enrollments}&{new}&{by_creation}&{followed}")
    );
}

/// Up to 2.40 the list of enrollments never holds relationships, but the enrollments inside tracked entities do.
#[test]
fn relationships_of_enrollments_are_asked_for_where_the_version_shows_them() {
    for version in VERSIONS {
        let source = source(version, vec![people(), Owners::Enrollments(program())]);
        let chunks = source.chunks();
        let entities = source.request(&chunks[0], 1);
        if dialect(version).enrollments_leave_nested_empty {
            assert_eq!(chunks.len(), 1, "{version}");
            assert_eq!(fields(&entities), format!("trackedEntity,{EDGE},enrollments[enrollment,{EDGE}]"));
        } else {
            assert_eq!(chunks.len(), 2, "{version}");
            assert_eq!(fields(&entities), format!("trackedEntity,{EDGE}"));
            assert_eq!(fields(&source.request(&chunks[1], 1)), format!("enrollment,{EDGE}"));
        }
    }
}

#[test]
fn relationships_of_a_single_object_are_asked_for_by_its_uid() {
    let uid = Uid::parse("A1G2w687SWR").unwrap();
    for (kind, name) in [
        (ObjectKind::TrackedEntity, "trackedEntity"),
        (ObjectKind::Enrollment, "enrollment"),
        (ObjectKind::Event, "event"),
    ] {
        let source = source("2.42.5.2", vec![Owners::One(kind, uid)]);
        let chunks = source.chunks();
        assert_eq!(chunks, [(Owners::One(kind, uid), Place::of(None))]);
        let request = source.request(&chunks[0], 1);
        assert_eq!(request.path(), "tracker/relationships");
        assert_eq!(spelled(&request), format!("{name}=A1G2w687SWR&paging=false"));
        assert_eq!(format!("relationships[{}]", fields(&request)), EDGE);
    }
}
