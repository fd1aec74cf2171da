//! Where: units, units with all below them, groups, and mixtures of them.

use dhis2_tests::question::{Question, Times};
use dhis2_tests::served::Served;

const ROOT: &str = "KdK92fYEfTw";
const MONTHLY: &str = "pPqq629bfL1";

fn quarter() -> Times {
    Times::dates("2024-01-01", "2024-03-31")
}

on_every_line!(
    units_inside_units_with_children_give_each_value_once,
    a_unit_without_children_gives_its_own_values_only,
    groups_that_share_members_give_each_value_once,
    units_and_groups_are_a_union,
);

/// peer-bugs section 4: "Units inside units, in one batch or in several (3,233 doubled)"; section 3: "Two OU batches of nested
/// roots with children → no duplicate keys [O25, O28]".
fn units_inside_units_with_children_give_each_value_once(served: &Served) {
    let region = served.country.region_of_the_clerk();
    let district = served.country.children(region)[0];
    let leaf = served.country.children(district)[0];
    for units in [&[ROOT, region, district, leaf][..], &[leaf, district, region], &[district, ROOT], &[leaf, leaf]] {
        let extraction = served.check(&Question::of_sets(&[MONTHLY], quarter(), units));
        assert!(extraction.frame.height() > 0);
        assert_eq!(extraction.receipt.duplicates_removed, 0);
    }
    // Every unit of the country, each with its children, in several batches.
    let all: Vec<&str> = served.country.units.keys().map(String::as_str).collect();
    let mut question = Question::of_sets(&[MONTHLY], quarter(), &all);
    let height = served.check(&question).frame.height();
    question.include_children = false;
    assert_eq!(served.check(&question).frame.height(), height);
}

fn a_unit_without_children_gives_its_own_values_only(served: &Served) {
    let leaf = served.country.values.iter().find(|value| !value.deleted).unwrap().unit.clone();
    for unit in [ROOT, &leaf] {
        let mut question = Question::of_sets(&[MONTHLY], Times::dates("2022-01-01", "2024-12-31"), &[unit]);
        question.include_children = false;
        served.check(&question);
    }
}

/// peer-bugs section 4: "overlapping unit groups (3,206 doubled, by 2.42 itself)".
fn groups_that_share_members_give_each_value_once(served: &Served) {
    let groups: Vec<&str> = served.country.unit_groups.keys().map(String::as_str).collect();
    let shared = |a: &str, b: &str| served.country.unit_groups[a].intersection(&served.country.unit_groups[b]).count();
    assert!(groups.iter().any(|a| groups.iter().any(|b| a < b && shared(a, b) > 0)), "groups overlap");
    for first in 0..groups.len() {
        for last in first + 1..=groups.len() {
            let question = Question::of_sets(&[MONTHLY], quarter(), &[]).in_groups(&groups[first..last]);
            assert!(served.check(&question).frame.height() > 0);
        }
    }
}

/// peer-bugs section 4: "units and groups together are a union."
fn units_and_groups_are_a_union(served: &Served) {
    let groups: Vec<&str> = served.country.unit_groups.keys().map(String::as_str).collect();
    let members: Vec<&str> = served.country.unit_groups[groups[0]].iter().map(String::as_str).collect();
    let outside = served
        .country
        .units
        .keys()
        .find(|unit| !served.country.unit_groups.values().any(|group| group.contains(*unit)));
    for units in [&members[..1], &members[..5], &[ROOT], &outside.map(|unit| vec![unit.as_str(), members[1]]).unwrap()]
    {
        let mut question = Question::of_sets(&[MONTHLY], quarter(), &[]).in_groups(&groups);
        question.org_units = units.iter().map(|&unit| unit.to_owned()).collect();
        assert!(served.check(&question).frame.height() > 0);
    }
}
