//! What real servers answered.

use dhis2_api::datetime::ServerZone;

use crate::enrollments::{ENROLLMENTS, EnrollmentQuery, EnrollmentStatus, Flatten, extract_enrollments};
use crate::testing::dialect;
use crate::testing::recordings::Recordings;
use crate::testing::rows::{Row, all, assert_same};
use crate::testing::served::Served;
use crate::window::UpdatedWindow;

const PROGRAMS: [(&str, &str); 2] = [("T4KUa2dgu2M", "enrollments-anc-all"), ("mPhS49WzczR", "enrollments-tb-all")];

fn cell<'r>(names: &[String], row: &'r Row, column: &str) -> Option<&'r str> {
    row[names.iter().position(|name| name == column).unwrap()].as_deref()
}

#[tokio::test]
async fn a_walk_over_a_program_gives_the_enrollments_of_the_database() {
    for server in Recordings::all() {
        for (program, walk) in PROGRAMS {
            let served = Served::new(&server, &[("enrollments", walk)]);
            let query = EnrollmentQuery::builder().program(program).org_unit_parents(["KdK92fYEfTw"]);
            let found = extract_enrollments(&served.engine, &query.build().unwrap()).await.unwrap();
            let what = format!("{walk} of {}", server.version);
            assert!(found.receipt.is_complete() && found.receipt.warnings.is_empty(), "{what}");
            assert_eq!(found.receipt.duplicates_removed, 0, "{what}");
            assert_same(&what, &found.frame, &server.text(&format!("expected/tracker/{walk}.csv")), all);
        }
    }
}

#[tokio::test]
async fn a_status_gives_the_enrollments_of_that_status() {
    for server in Recordings::all() {
        let (program, walk) = PROGRAMS[0];
        let served = Served::new(&server, &[("enrollments", walk)]);
        let query = EnrollmentQuery::builder()
            .program(program)
            .org_unit_parents(["KdK92fYEfTw"])
            .status(EnrollmentStatus::Completed)
            .build()
            .unwrap();
        let found = extract_enrollments(&served.engine, &query).await.unwrap();
        assert_same(
            &server.version,
            &found.frame,
            &server.text(&format!("expected/tracker/{walk}.csv")),
            |names, row| cell(names, row, "status") == Some("COMPLETED"),
        );
    }
}

#[test]
fn deleted_enrollments_come_when_asked_for_and_only_then() {
    for server in Recordings::with_world() {
        let truth = server.text("truth/enrollments.csv");
        for (program, part) in [("T4KUa2dgu2M", "anc"), ("mPhS49WzczR", "tb")] {
            for include_deleted in [true, false] {
                let how = Flatten {
                    items: dialect(&server.version).tracker_items.key("enrollments"),
                    zone: ServerZone::parse(&server.zone_name()).unwrap(),
                    program: None,
                    updated: UpdatedWindow::default(),
                    status: None,
                    include_deleted,
                    in_utc: false,
                };
                let mut frame = ENROLLMENTS.empty();
                for body in server.bodies(&format!("world/enrollments-{part}.har")) {
                    frame.vstack_mut_owned(how.body(body.as_bytes()).unwrap().frame).unwrap();
                }
                assert_same(&format!("{part} of {}", server.version), &frame, &truth, |names, row| {
                    cell(names, row, "program_id") == Some(program)
                        && (include_deleted || cell(names, row, "deleted") == Some("false"))
                });
            }
        }
    }
}
