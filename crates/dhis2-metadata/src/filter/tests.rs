use dhis2_api::version::Version;
use proptest::prelude::*;

use super::*;

fn problem(version: &str, filter: &str) -> Option<FilterProblem> {
    let version: Version = version.parse().unwrap();
    check(&[filter], &Dialect::of(&version).unwrap()).err().map(|error| error.problem)
}

const ALL: [&str; 6] = ["2.38.7", "2.39.10.1", "2.40.12", "2.41.9.1", "2.42.5.2", "2.43.1"];

#[test]
fn what_servers_read_right_is_let_through() {
    for version in ALL {
        for filter in [
            "name:eq:ANC",
            "name:ilike:malaria",
            "name:$like:A",
            "name:!like$:A",
            "closedDate:null",
            "closedDate:!null",
            "organisationUnits:empty",
            "program.id:eq:T4KUa2dgu2M",
            "id:in:[iXdObmOdRJk,ohgYUOwcsO4]",
            "id:!in:[iXdObmOdRJk]",
            "Qt20CcAWcY5:eq:HFR-1",
            "openingDate:ge:2010-01-01T00:00:00.000",
            "name:like:a: b",
            "level:le:3",
        ] {
            assert_eq!(problem(version, filter), None, "{filter} on {version}");
        }
    }
}

/// Wire document, section 5.1: "`name:eq` without value → **500**; `name:in:X` without brackets → 400".
#[test]
fn filters_that_servers_answer_with_a_bare_error_are_refused() {
    for version in ALL {
        for (filter, expected) in [
            ("", FilterProblem::Shape),
            ("name", FilterProblem::Shape),
            ("name eq ANC", FilterProblem::Shape),
            (":eq:ANC", FilterProblem::Shape),
            ("name::ANC", FilterProblem::Shape),
            ("name,code:eq:ANC", FilterProblem::Shape),
            ("name:eq", FilterProblem::NoValue),
            ("name:eq:", FilterProblem::NoValue),
            ("id:in", FilterProblem::NoValue),
            ("id:in:iXdObmOdRJk", FilterProblem::NoList),
            ("id:in:[iXdObmOdRJk", FilterProblem::NoList),
            ("id:in:[]", FilterProblem::EmptyItem),
            ("id:in:[iXdObmOdRJk,,ohgYUOwcsO4]", FilterProblem::EmptyItem),
        ] {
            assert_eq!(problem(version, filter), Some(expected), "{filter} on {version}");
        }
    }
}

/// peer-bugs section 2, O44: "`filters` + `max_level`: appends the *integer* instead of the filter string (sends
/// `filter=1`)". Such a filter is no filter.
#[test]
fn a_number_is_no_filter() {
    assert_eq!(problem("2.40.12", "1"), Some(FilterProblem::Shape));
}

/// Wire document, trap 24: "Metadata filter values with commas are cut ≥2.42 and in `in:[…]` always".
#[test]
fn commas_that_a_server_cuts_at_are_refused_and_only_there() {
    for version in ALL {
        let cuts = matches!(version, "2.42.5.2" | "2.43.1");
        let expected = cuts.then_some(FilterProblem::Comma);
        assert_eq!(problem(version, "name:eq:Mixed, with overlap"), expected, "{version}");
        assert_eq!(problem(version, "name:like:a,b"), expected, "{version}");
        assert_eq!(problem(version, "name:like:[a,b]"), None, "{version}");
        let inside = Some(FilterProblem::BlankInList);
        assert_eq!(problem(version, "name:in:[Mixed, with overlap]"), inside, "{version}");
        assert_eq!(problem(version, "id:in:[iXdObmOdRJk, ohgYUOwcsO4]"), inside, "{version}");
        let expected = cuts.then_some(FilterProblem::Brackets);
        assert_eq!(problem(version, "name:like:[a"), expected, "{version}");
        assert_eq!(problem(version, "name:like:a]"), expected, "{version}");
        assert_eq!(problem(version, "name:in:[a[b,c]d,e]"), expected, "{version}");
    }
}

/// Wire document, section 9: "metadata `!empty`: no | no | no | no | yes | yes".
#[test]
fn not_empty_is_refused_where_servers_do_not_know_it() {
    for version in ALL {
        let known = matches!(version, "2.42.5.2" | "2.43.1");
        let expected = (!known).then_some(FilterProblem::NoNotEmpty);
        assert_eq!(problem(version, "organisationUnits:!empty"), expected, "{version}");
    }
}

#[test]
fn the_error_names_the_filter_and_says_what_to_do_but_not_the_value() {
    let dialect = Dialect::of(&"2.43.1".parse().unwrap()).unwrap();
    let error = check(&["level:eq:1", "Qt20CcAWcY5:eq:Amina, Diallo"], &dialect).unwrap_err();
    let text = error.to_string();
    assert!(text.starts_with("filter 2 (`Qt20CcAWcY5:eq`): it holds a comma outside brackets"), "{text}");
    assert!(text.contains("filter by `id` or `code`"), "{text}");
    assert!(!format!("{text}{error:?}").contains("Amina"));
    let shapeless = check(&["Amina Diallo"], &dialect).unwrap_err();
    assert!(!format!("{shapeless}{shapeless:?}").contains("Amina"));
}

/// What a server from 2.42 on makes of its `filter` parameters: joined with commas, cut at every comma outside brackets.
fn as_cut_by_the_server(filters: &[String]) -> Vec<String> {
    let mut depth = 0_i32;
    let joined = filters.join(",");
    let pieces = joined.split(|c| {
        match c {
            '[' => depth += 1,
            ']' => depth -= 1,
            _ => {}
        }
        c == ',' && depth == 0
    });
    pieces.map(str::to_owned).collect()
}

proptest! {
    #[test]
    fn no_text_makes_the_check_panic(filter in "\\PC*") {
        for version in ALL {
            let _ = problem(version, &filter);
        }
    }

    /// Whatever is let through arrives: the server reads the same filters, as many, none cut.
    #[test]
    fn filters_let_through_are_those_the_server_reads(
        filters in prop::collection::vec("[a-z]{1,5}:(eq|like|in):[\\[a-c]?[a-c,\\[\\]: ]{0,8}\\]?", 1..5),
    ) {
        let passed: Vec<String> =
            filters.into_iter().filter(|filter| problem("2.42.5.2", filter).is_none()).collect();
        if !passed.is_empty() {
            prop_assert_eq!(as_cut_by_the_server(&passed), passed);
        }
    }

    /// Both halves of a list are lists that pass the check, and together hold every item once, in order.
    #[test]
    fn halves_hold_every_item_once(ids in prop::collection::vec("[A-Za-z][A-Za-z0-9]{10}", 1..50)) {
        match halves(&format!("dataSets.id:in:[{}]", ids.join(","))) {
            None => prop_assert_eq!(ids.len(), 1),
            Some((left, right)) => {
                let mut all = Vec::new();
                for half in [left, right] {
                    prop_assert_eq!(problem("2.43.1", &half), None);
                    let list = half.strip_prefix("dataSets.id:in:").and_then(list_items).unwrap();
                    all.extend(list.map(str::to_owned));
                }
                prop_assert_eq!(all, ids);
            }
        }
    }
}

#[test]
fn only_lists_of_what_may_be_are_halved() {
    for filter in ["id:!in:[a,b]", "name:like:[a,b]", "name:eq:a", "id:in:[a]"] {
        assert_eq!(halves(filter), None, "{filter}");
    }
}
