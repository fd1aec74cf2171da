//! An account that sees one region only.

use dhis2::extract::receipt::ChunkState;
use dhis2::{Error, Extraction, State};
use dhis2_tests::event_question::EventQuestion;
use dhis2_tests::question::{Question, Times};
use dhis2_tests::rows;
use dhis2_tests::served::{RUNTIME, Served, data_values, events};

const ROOT: &str = "KdK92fYEfTw";
const MONTHLY: &str = "pPqq629bfL1";
const ANC: &str = "T4KUa2dgu2M";

fn quarter() -> Times {
    Times::dates("2024-01-01", "2024-03-31")
}

fn outside(served: &Served) -> &str {
    let region = served.country.region_of_the_clerk();
    served.country.children(ROOT).into_iter().find(|unit| *unit != region).unwrap()
}

/// What the receipt of a partial extract must say.
fn assert_partial(extraction: &Extraction, forbidden: &str) {
    let receipt = &extraction.receipt;
    assert_eq!(receipt.state, State::Partial);
    assert!(receipt.missing().iter().any(|missing| missing.contains(forbidden)), "{:?}", receipt.missing());
    assert!(receipt.chunks.iter().any(|chunk| chunk.state == ChunkState::Refused));
    assert!(receipt.chunks.iter().any(|chunk| chunk.state == ChunkState::Complete));
}

on_every_line!(
    inside_the_region_everything_comes,
    outside_of_it_nothing_is_not_the_answer_but_an_error,
    a_forbidden_unit_beside_others_is_named_and_the_others_are_whole,
    many_forbidden_units_among_many_are_each_named,
    a_group_that_reaches_out_of_the_region_is_whole_or_named,
);

fn inside_the_region_everything_comes(served: &Served) {
    let region = served.country.region_of_the_clerk();
    let district = served.country.children(region)[0];
    for units in [&[region][..], &[district], &[region, district]] {
        let question = Question::of_sets(&[MONTHLY], quarter(), units);
        let extraction = data_values(&served.clerk(), &question.query());
        served.compare("the clerk", &extraction, served.country.data_values(&question));
        assert!(extraction.frame.height() > 0);
        assert_eq!(extraction.receipt.server.user.as_deref(), Some("clerk"));
        let question = EventQuestion::of(ANC, units);
        let extraction = events(&served.clerk(), &question.query());
        served.compare("the clerk", &extraction, served.events(&question));
        assert!(extraction.frame.height() > 0);
    }
}

/// peer-bugs section 4: "An **empty body with status 200** (2.40–2.42) is "no access to this unit", never "no values"".
fn outside_of_it_nothing_is_not_the_answer_but_an_error(served: &Served) {
    for unit in [outside(served), ROOT] {
        let question = Question::of_sets(&[MONTHLY], quarter(), &[unit]);
        let error = RUNTIME.block_on(served.clerk().extract_data_values(&question.query())).unwrap_err();
        assert!(matches!(error, Error::Aggregate(_)), "{error}");
        assert!(error.to_string().contains(unit), "{error}");
        let question = EventQuestion::of(ANC, &[unit]);
        let error = RUNTIME.block_on(served.clerk().extract_events(&question.query())).unwrap_err();
        assert!(matches!(error, Error::Tracker(_)), "{error}");
        assert!(error.to_string().contains(unit), "{error}");
    }
}

/// peer-bugs section 3: "Failed chunk → […] manifest `partial`, other chunks kept […] [dhis2api, Superset fork, FETCH]".
fn a_forbidden_unit_beside_others_is_named_and_the_others_are_whole(served: &Served) {
    let region = served.country.region_of_the_clerk();
    let forbidden = outside(served);
    let allowed = served.country.children(region);
    for place in [0, 1, allowed.len()] {
        let mut units = allowed.clone();
        units.insert(place, forbidden);
        for children in [true, false] {
            let mut question = Question::of_sets(&[MONTHLY], quarter(), &units);
            question.include_children = children;
            let extraction = data_values(&served.clerk(), &question.query());
            assert_partial(&extraction, forbidden);
            question.org_units.remove(place);
            rows::assert_same("the others", rows::of_frame(&extraction.frame), served.country.data_values(&question));
        }
        let mut question = EventQuestion::of(ANC, &units);
        let extraction = events(&served.clerk(), &question.query());
        assert_partial(&extraction, forbidden);
        question.org_unit_parents.remove(place);
        rows::assert_same("the others", rows::of_frame(&extraction.frame), served.events(&question));
    }
}

fn many_forbidden_units_among_many_are_each_named(served: &Served) {
    let region = served.country.region_of_the_clerk();
    let (allowed, forbidden): (Vec<&str>, Vec<&str>) = served
        .country
        .units
        .keys()
        .map(String::as_str)
        .filter(|unit| served.country.units[*unit].len() == 4)
        .partition(|unit| served.country.is_within(unit, region));
    // One after the other, as they come in the alphabet of uids.
    let all: Vec<&str> =
        served.country.units.keys().map(String::as_str).filter(|unit| served.country.units[*unit].len() == 4).collect();
    let mut question = Question::of_sets(&[MONTHLY], quarter(), &all);
    question.include_children = false;
    let extraction = data_values(&served.clerk(), &question.query());
    let missing = extraction.receipt.missing().join("\n");
    assert_eq!(extraction.receipt.state, State::Partial);
    for unit in &forbidden {
        assert!(missing.contains(unit), "{unit} is missing and not named");
    }
    question.org_units = allowed.iter().map(|&unit| unit.to_owned()).collect();
    rows::assert_same("the others", rows::of_frame(&extraction.frame), served.country.data_values(&question));
    let states = &extraction.receipt.chunks;
    assert!(allowed.len() > 10 && forbidden.len() > 10 && !states.is_empty());
}

/// Up to 2.42 servers show all members of a group to everyone; from 2.43 on they are asked for by name, and those outside
/// the region are refused and named.
fn a_group_that_reaches_out_of_the_region_is_whole_or_named(served: &Served) {
    let region = served.country.region_of_the_clerk();
    let group = served.country.unit_groups.keys().next().unwrap();
    let members = &served.country.unit_groups[group];
    let (inside, out): (Vec<&String>, Vec<&String>) =
        members.iter().partition(|unit| served.country.is_within(unit, region));
    assert!(!inside.is_empty() && !out.is_empty());
    let mut question = Question::of_sets(&[MONTHLY], quarter(), &[]).in_groups(&[group]);
    let extraction = data_values(&served.clerk(), &question.query());
    if extraction.receipt.is_complete() {
        served.compare("the whole group", &extraction, served.country.data_values(&question));
    } else {
        let missing = extraction.receipt.missing().join("\n");
        assert!(out.iter().all(|unit| missing.contains(*unit)), "{missing}");
        question.org_unit_groups.clear();
        question.org_units = inside.into_iter().cloned().collect();
        rows::assert_same("members inside", rows::of_frame(&extraction.frame), served.country.data_values(&question));
    }
}
