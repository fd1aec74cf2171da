//! What is sent, and what becomes of ids that do not exist.

use dhis2::{Error, State};
use dhis2_simulator::Faults;
use dhis2_tests::event_question::EventQuestion;
use dhis2_tests::question::{Question, Times};
use dhis2_tests::rows;
use dhis2_tests::served::{self, RUNTIME, Served, data_values, events};

const ROOT: &str = "KdK92fYEfTw";
const MONTHLY: &str = "pPqq629bfL1";
const ANC: &str = "T4KUa2dgu2M";
const NOWHERE: &str = "AAAAAAAAAAA";

on_every_line!(
    requests_hold_what_the_version_reads_and_nothing_that_loses_rows,
    ids_that_do_not_exist_are_named_and_the_rest_comes,
    where_nothing_asked_for_exists_there_is_no_empty_result,
    a_wrong_password_is_an_error_that_says_so,
);

/// peer-bugs section 3: "Version 2.42: no request carries `ouMode`, `skipPaging`, […], `occuredAfter` [O48, D2W, JAVA, D2A,
/// PYD]"; "page size asked is page size sent [O8, dhis2.py]". Section 4: "`offset`/`limit` walks on 2.43 lose rows (30 of
/// 14,681): never page data values"; "`updatedWithin` loses rows on servers east of UTC"; "`attributeOptionCombo` that does not
/// exist: ≤ 2.42 drops the filter and returns **everything**" (none is sent).
fn requests_hold_what_the_version_reads_and_nothing_that_loses_rows(served: &Served) {
    let own = served.another(Faults::default());
    let client = served::superuser(&own);
    let question =
        EventQuestion { page_size: 123, ..EventQuestion::of(ANC, &[ROOT]).between("2023-01-01", "2024-12-31") };
    events(&client, &question.query());
    let mut question = Question::of_sets(&[MONTHLY], Times::dates("2024-01-01", "2024-03-31"), &[ROOT]);
    data_values(&client, &question.query());
    question.last_updated = Some(dhis2_tests::country::instant("2020-01-01T00:00:00Z"));
    question.data_element_groups = served.country.element_groups.keys().cloned().collect();
    data_values(&client, &question.query());
    question.include_children = false;
    question.org_unit_groups = served.country.unit_groups.keys().cloned().collect();
    data_values(&client, &question.query());

    let targets = own.targets();
    let all_names = targets.iter().flat_map(|target| target.split_once('?').map_or("", |(_, query)| query).split('&'));
    let names: std::collections::BTreeSet<&str> =
        all_names.map(|pair| pair.split('=').next().unwrap_or_default()).collect();
    for never in
        ["offset", "limit", "updatedWithin", "lastUpdatedDuration", "attributeOptionCombo", "occuredAfter", "level"]
    {
        assert!(!names.contains(never), "{never} in {names:?}");
    }
    for (old, new) in [("ouMode", "orgUnitMode"), ("skipPaging", "paging")] {
        let (right, wrong) = if served.dialect().org_unit_mode_param == "ouMode" { (old, new) } else { (new, old) };
        if old == "ouMode" {
            assert!(names.contains(right), "{right} in {names:?}");
        }
        // Metadata lists are asked without paging in every version.
        if wrong != "paging" {
            assert!(!names.contains(wrong), "{wrong} in {names:?}");
        }
    }
    let events: Vec<_> = targets.iter().filter(|target| target.contains("/tracker/events?")).collect();
    assert!(events.len() > 2 && events.iter().all(|target| target.contains("pageSize=123")), "{events:?}");
}

fn ids_that_do_not_exist_are_named_and_the_rest_comes(served: &Served) {
    let quarter = || Times::dates("2024-01-01", "2024-03-31");
    let known = Question::of_sets(&[MONTHLY], quarter(), &[ROOT]);
    let expected = served.country.data_values(&known);
    let nowhere = || NOWHERE.to_owned();
    let mut questions = vec![known; 4];
    questions[0].data_sets.push(nowhere());
    questions[1].org_units.push(nowhere());
    questions[2].data_elements.push(nowhere());
    questions[3].data_element_groups.push(nowhere());
    for question in questions {
        let extraction = data_values(&served.client(), &question.query());
        rows::assert_same(&format!("{question:?}"), rows::of_frame(&extraction.frame), expected.clone());
        assert_eq!(extraction.receipt.state, State::Partial, "{question:?}");
        assert!(extraction.receipt.missing().iter().any(|missing| missing.contains(NOWHERE)));
    }
    let known = EventQuestion::of(ANC, &[ROOT]);
    let extraction = events(&served.client(), &EventQuestion::of(ANC, &[ROOT, NOWHERE]).query());
    rows::assert_same("an unknown parent", rows::of_frame(&extraction.frame), served.events(&known));
    assert_eq!(extraction.receipt.state, State::Partial);
    assert!(extraction.receipt.missing().iter().any(|missing| missing.contains(NOWHERE)));
}

fn where_nothing_asked_for_exists_there_is_no_empty_result(served: &Served) {
    let quarter = || Times::dates("2024-01-01", "2024-03-31");
    for question in [
        Question::of_sets(&[NOWHERE], quarter(), &[ROOT]),
        Question::of_elements(&[NOWHERE], quarter(), &[ROOT]),
        Question::of_element_groups(&[NOWHERE], quarter(), &[ROOT]),
        Question::of_sets(&[MONTHLY], quarter(), &[NOWHERE]),
        Question::of_sets(&[MONTHLY], quarter(), &[]).in_groups(&[NOWHERE]),
    ] {
        match RUNTIME.block_on(served.client().extract_data_values(&question.query())) {
            Err(error) => assert!(
                matches!(error, Error::Aggregate(_)) && error.to_string().contains(NOWHERE),
                "{question:?}: {error}"
            ),
            Ok(extraction) => {
                assert_eq!(extraction.receipt.state, State::Partial, "{question:?}");
                assert_eq!(extraction.frame.height(), 0);
                assert!(extraction.receipt.missing().iter().any(|missing| missing.contains(NOWHERE)));
            }
        }
    }
    for question in [EventQuestion::of(NOWHERE, &[ROOT]), EventQuestion::of(ANC, &[NOWHERE])] {
        let error = RUNTIME.block_on(served.client().extract_events(&question.query())).unwrap_err();
        assert!(error.to_string().contains(NOWHERE), "{error}");
    }
}

fn a_wrong_password_is_an_error_that_says_so(served: &Served) {
    let wrong = dhis2::Credentials::basic("admin", "Wr0ng-secret");
    let client = dhis2::Dhis2::connect(&served.simulator.base_url(), wrong).unwrap();
    let question = Question::of_sets(&[MONTHLY], Times::periods(&["202401"]), &[ROOT]);
    let error = RUNTIME.block_on(client.extract_data_values(&question.query())).unwrap_err().to_string();
    assert!(error.contains("401") && error.contains("password") && !error.contains("Wr0ng"), "{error}");
}
