//! Enrollments.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use dhis2::Extraction;
use dhis2::tracker::EnrollmentStatus;
use dhis2_tests::condition::Condition;
use dhis2_tests::people_question::EnrollmentQuestion;
use dhis2_tests::served::{RUNTIME, Served};

const ROOT: &str = "KdK92fYEfTw";
const ANC: &str = "T4KUa2dgu2M";
const TB: &str = "mPhS49WzczR";

fn check(served: &Served, question: &EnrollmentQuestion) -> Extraction {
    let extraction = RUNTIME.block_on(served.client().extract_enrollments(&question.query())).unwrap();
    let bare = EnrollmentQuestion {
        enrollments: question.enrollments.clone(),
        include_deleted: question.include_deleted,
        ..EnrollmentQuestion::of(&question.program, &[])
    };
    // Beside other conditions nobody expects all that are named.
    let named = if format!("{question:?}") == format!("{bare:?}") { &question.enrollments[..] } else { &[] };
    served.compare_named(&format!("{question:?}"), &extraction, question.rows(served), named);
    extraction
}

on_every_line!(
    every_enrollment_of_every_program_comes_once,
    every_part_of_the_country_gives_its_enrollments,
    each_status_gives_its_enrollments,
    updates_are_exact_to_the_millisecond,
    named_enrollments_come_and_no_others,
    deleted_enrollments_come_when_asked_for_and_only_then,
    columns_can_be_filtered_by,
);

/// peer-bugs section 4: "An order without tie-break loses rows at page edges (2.40.12, enrolledAt: one of 505)."; section 3: "TE
/// with two enrollments yields two rows".
fn every_enrollment_of_every_program_comes_once(served: &Served) {
    for program in [ANC, TB] {
        for page_size in [100, 9, 1_000] {
            let question = EnrollmentQuestion { page_size, ..EnrollmentQuestion::of(program, &[ROOT]) };
            assert!(check(served, &question).frame.height() > 200);
        }
    }
    let twice = served.people().enrollments.iter().filter(|one| {
        let same =
            |other: &&dhis2_tests::people::Enrollment| other.entity == one.entity && other.program == one.program;
        served.people().enrollments.iter().filter(same).count() > 1
    });
    let programs: BTreeSet<&str> = served.people().enrollments.iter().map(|one| one.program.as_str()).collect();
    assert_eq!(programs.len(), 2);
    // In one program or in both.
    let several = twice.count() + served.people().enrollments.len() - served.people().entities.len();
    assert!(several > 0);
}

fn every_part_of_the_country_gives_its_enrollments(served: &Served) {
    for program in [ANC, TB] {
        for region in served.country.children(ROOT) {
            assert!(check(served, &EnrollmentQuestion::of(program, &[region])).frame.height() > 0);
            for district in served.country.children(region) {
                check(served, &EnrollmentQuestion::of(program, &[district]));
                check(served, &EnrollmentQuestion::of(program, &[district, region, district]));
            }
        }
        check(served, &EnrollmentQuestion::of(program, &served.country.children(ROOT)));
    }
}

fn each_status_gives_its_enrollments(served: &Served) {
    for program in [ANC, TB] {
        for status in [EnrollmentStatus::Active, EnrollmentStatus::Completed, EnrollmentStatus::Cancelled] {
            for include_deleted in [false, true] {
                let question = EnrollmentQuestion {
                    status: Some(status),
                    include_deleted,
                    ..EnrollmentQuestion::of(program, &[ROOT])
                };
                assert!(check(served, &question).frame.height() > 0);
            }
        }
    }
}

/// peer-bugs section 4: "`updatedWithin` loses rows on servers east of UTC; `updatedAfter` is exact everywhere."
fn updates_are_exact_to_the_millisecond(served: &Served) {
    let updated: BTreeSet<DateTime<Utc>> = served.people().enrollments.iter().map(|one| one.updated).collect();
    let middle = *updated.iter().nth(updated.len() / 2).unwrap();
    let millisecond = TimeDelta::milliseconds(1);
    for program in [ANC, TB] {
        let whole = EnrollmentQuestion::of(program, &[ROOT]);
        let mut sizes = BTreeSet::new();
        for moment in [middle - millisecond, middle, middle + millisecond, *updated.last().unwrap() + millisecond] {
            for question in [
                EnrollmentQuestion { updated_after: Some(moment), ..whole.clone() },
                EnrollmentQuestion { updated_before: Some(moment), ..whole.clone() },
                EnrollmentQuestion {
                    updated_after: Some(middle),
                    updated_before: Some(moment.max(middle)),
                    ..whole.clone()
                },
            ] {
                sizes.insert(check(served, &question).frame.height());
            }
        }
        assert!(sizes.contains(&0) && sizes.len() > 3, "{sizes:?}");
    }
}

/// peer-bugs section 4: "2.40 takes uid lists with `;` only".
fn named_enrollments_come_and_no_others(served: &Served) {
    let all: Vec<String> = served.people().enrollments.iter().map(|one| one.enrollment.clone()).collect();
    for many in [1, 2, 301, all.len()] {
        for program in [ANC, TB] {
            for include_deleted in [false, true] {
                let named = EnrollmentQuestion {
                    enrollments: all[..many].to_vec(),
                    include_deleted,
                    ..EnrollmentQuestion::of(program, &[])
                };
                check(served, &named);
            }
        }
    }
    // Up to 2.40 servers forget the unit where uids are given.
    let named = EnrollmentQuestion { enrollments: all[..500].to_vec(), ..EnrollmentQuestion::of(ANC, &[]) };
    let region = served.country.region_of_the_clerk().to_owned();
    let part = check(served, &EnrollmentQuestion { org_unit_parents: vec![region.clone()], ..named.clone() });
    assert!(0 < part.frame.height() && part.frame.height() < check(served, &named).frame.height());
    let question = EnrollmentQuestion { org_unit_parents: vec![region], include_deleted: true, ..named };
    check(served, &question);
}

fn deleted_enrollments_come_when_asked_for_and_only_then(served: &Served) {
    for program in [ANC, TB] {
        let live = EnrollmentQuestion::of(program, &[ROOT]);
        let all = EnrollmentQuestion { include_deleted: true, ..live.clone() };
        assert!(check(served, &all).frame.height() > check(served, &live).frame.height());
    }
}

fn columns_can_be_filtered_by(served: &Served) {
    for conditions in [
        vec![Condition::text("follow_up", "eq", &["true"])],
        vec![Condition::text("enrolled_at", "ge", &["2024-01-01"])],
        vec![
            Condition::text("enrolled_at", "ge", &["2023-07-01"]),
            Condition::text("enrolled_at", "lt", &["2024-01-01"]),
        ],
        vec![Condition::text("status", "in", &["active", "CANCELLED"])],
        vec![Condition::text("completed_at", "null", &[])],
    ] {
        for program in [ANC, TB] {
            let whole = EnrollmentQuestion::of(program, &[ROOT]);
            let question = EnrollmentQuestion { conditions: conditions.clone(), ..whole.clone() };
            let height = check(served, &question).frame.height();
            assert!(0 < height && height < whole.rows(served).len(), "{question:?}");
        }
    }
}
