//! What is asked for: data sets, data elements, element groups, and mixtures of them.

use dhis2::DataValueQuery;
use dhis2_tests::question::{Question, Times};
use dhis2_tests::served::{RUNTIME, Served};

const ROOT: &str = "KdK92fYEfTw";

fn year() -> Times {
    Times::dates("2023-06-01", "2024-06-30")
}

on_every_line!(
    every_data_set_gives_its_values,
    every_group_of_elements_gives_their_values,
    every_element_gives_its_values,
    sets_elements_and_groups_are_a_union,
    the_shorthands_give_what_the_whole_question_gives,
);

fn every_data_set_gives_its_values(served: &Served) {
    for set in served.country.data_sets.keys() {
        assert!(
            served.check(&Question::of_sets(&[set], Times::dates("2022-01-01", "2024-12-31"), &[ROOT])).frame.height()
                > 0
        );
    }
}

fn every_group_of_elements_gives_their_values(served: &Served) {
    for group in served.country.element_groups.keys() {
        assert!(served.check(&Question::of_element_groups(&[group], year(), &[ROOT])).frame.height() > 0);
    }
    let all: Vec<&str> = served.country.element_groups.keys().map(String::as_str).collect();
    served.check(&Question::of_element_groups(&all, year(), &[ROOT]));
}

/// On 2.38, which knows no `dataElement`, through the elements' data sets.
fn every_element_gives_its_values(served: &Served) {
    for element in served.country.elements() {
        served.check(&Question::of_elements(&[element], Times::dates("2022-01-01", "2024-12-31"), &[ROOT]));
    }
    let all: Vec<&str> = served.country.elements().into_iter().collect();
    assert!(served.check(&Question::of_elements(&all, year(), &[ROOT])).frame.height() > 0);
}

/// peer-bugs section 3: "elements + data set together → union once [O25]". Up to 2.42 a group makes the server forget sets and
/// elements; 2.38 has no elements.
fn sets_elements_and_groups_are_a_union(served: &Served) {
    let sets: Vec<&str> = served.country.data_sets.keys().map(String::as_str).collect();
    let groups: Vec<&str> = served.country.element_groups.keys().map(String::as_str).collect();
    let elements: Vec<&str> = served.country.elements().into_iter().collect();
    for (set, group) in sets.iter().zip(groups.iter().cycle()) {
        for elements in [&elements[..0], &elements[3..4], &elements[5..9]] {
            let mut question = Question::of_sets(&[set], year(), &[ROOT]);
            question.data_elements = elements.iter().map(|&id| id.to_owned()).collect();
            served.check(&question);
            question.data_element_groups = vec![(*group).to_owned()];
            served.check(&question);
            question.data_sets.clear();
            served.check(&question);
        }
    }
}

fn the_shorthands_give_what_the_whole_question_gives(served: &Served) {
    let client = served.client();
    let scope = || DataValueQuery::builder().dates("2023-06-01", "2024-06-30").org_units([ROOT]).include_children(true);
    let (set, elements) = served.country.data_sets.iter().next().unwrap();
    let extraction = RUNTIME.block_on(client.extract_dataset(set, scope())).unwrap();
    served.compare(set, &extraction, served.country.data_values(&Question::of_sets(&[set], year(), &[ROOT])));
    assert!(extraction.frame.height() > 0);
    let elements: Vec<&str> = elements.iter().map(String::as_str).collect();
    let extraction = RUNTIME.block_on(client.extract_data_elements(&elements, scope())).unwrap();
    let question = Question::of_elements(&elements, year(), &[ROOT]);
    served.compare("elements", &extraction, served.country.data_values(&question));
    assert!(extraction.frame.height() > 0);
    let groups: Vec<&str> = served.country.element_groups.keys().map(String::as_str).collect();
    let extraction = RUNTIME.block_on(client.extract_data_element_groups(&groups, scope())).unwrap();
    let question = Question::of_element_groups(&groups, year(), &[ROOT]);
    served.compare("groups", &extraction, served.country.data_values(&question));
    assert!(extraction.frame.height() > 0);
}
