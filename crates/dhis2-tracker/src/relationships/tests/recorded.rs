//! What real servers answered.

use crate::relationships::{RelationshipQuery, extract_relationships};
use crate::testing::recordings::Recordings;
use crate::testing::rows::{all, assert_same};
use crate::testing::served::Served;

/// peer-bugs section 4: "A relationship is not listed at its `to` end when one-directional: the union over tracked entities
/// gave 165 of 165."
#[tokio::test]
async fn a_walk_over_a_type_gives_the_relationships_of_the_database_once() {
    for server in Recordings::all() {
        let served = Served::new(&server, &[("trackedEntities", "tracked-entities-with-relationships")]);
        let query = RelationshipQuery::builder().tracked_entity_type("EFvjZX4SLF5").org_unit_parents(["KdK92fYEfTw"]);
        let found = extract_relationships(&served.engine, &query.build().unwrap()).await.unwrap();
        assert!(found.receipt.is_complete() && found.receipt.warnings.is_empty(), "{}", server.version);
        assert_eq!(found.receipt.chunks.len(), 1, "no type begins at events or enrollments");
        assert!(found.receipt.duplicates_removed > 0, "those that hold both ways are listed at both ends");
        assert_same(&server.version, &found.frame, &server.text("expected/tracker/relationships.csv"), all);
        assert_eq!(served.asked("relationshipTypes").len(), 1);
    }
}
