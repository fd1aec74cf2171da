//! Names for columns, no two the same.

use std::collections::HashMap;

/// A group of columns with one name, each with an ending of its own.
pub(super) struct Wanted {
    /// Tells it from the others.
    pub(super) id: String,
    /// What it should be called.
    pub(super) name: String,
    /// What is added for each of its columns.
    pub(super) endings: Vec<String>,
}

/// A name for each group, so that no two columns are called the same, those that are there already included. Of groups
/// that want the same, none gets it: what a column is called does not depend on the order of the others.
pub(super) fn settle(fixed: &[&str], wanted: &[Wanted]) -> Vec<String> {
    let mut attempts = vec![0_usize; wanted.len()];
    loop {
        let with_id =
            |(group, times): (&Wanted, &usize)| format!("{}{}", group.name, format!(" ({})", group.id).repeat(*times));
        let names: Vec<String> = wanted.iter().zip(&attempts).map(with_id).collect();
        let columns: Vec<Vec<String>> = wanted
            .iter()
            .zip(&names)
            .map(|(group, name)| group.endings.iter().map(|ending| format!("{name}{ending}")).collect())
            .collect();
        let mut claims: HashMap<&str, u32> = fixed.iter().map(|name| (*name, 1)).collect();
        for column in columns.iter().flatten() {
            *claims.entry(column).or_default() += 1;
        }
        let mut settled = true;
        for (attempt, columns) in attempts.iter_mut().zip(&columns) {
            if columns.iter().any(|column| claims.get(column.as_str()).is_some_and(|claims| *claims > 1)) {
                *attempt += 1;
                settled = false;
            }
        }
        // Each round makes some names longer by a uid, which no two groups share.
        if settled {
            return names;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn group(id: &str, name: &str, endings: &[&str]) -> Wanted {
        let endings = endings.iter().map(|ending| (*ending).to_owned()).collect();
        Wanted { id: id.to_owned(), name: name.to_owned(), endings }
    }

    #[test]
    fn names_that_nobody_else_wants_are_kept() {
        let groups = [group("a", "Weight", &[""]), group("b", "Height", &[""])];
        assert_eq!(settle(&["event_id"], &groups), ["Weight", "Height"]);
    }

    #[test]
    fn none_of_those_who_want_the_same_gets_it() {
        let groups = [group("a", "status", &[""]), group("b", "Weight", &[""]), group("c", "Weight", &[""])];
        assert_eq!(settle(&["status"], &groups), ["status (a)", "Weight (b)", "Weight (c)"]);
    }

    #[test]
    fn endings_count() {
        let groups = [
            group("a", "Home", &["_longitude", "_latitude"]),
            group("b", "Home_latitude", &[""]),
            group("c", "Home", &[""]),
        ];
        assert_eq!(settle(&[], &groups), ["Home (a)", "Home_latitude (b)", "Home"]);
    }

    /// The name that another one would get is taken, by an item that is called so.
    #[test]
    fn a_name_that_looks_like_a_settled_one_is_settled_too() {
        let groups = [group("a", "W", &[""]), group("b", "W", &[""]), group("c", "W (a)", &[""])];
        assert_eq!(settle(&[], &groups), ["W (a) (a)", "W (b)", "W (a) (c)"]);
    }

    proptest! {
        #[test]
        fn no_two_columns_are_called_the_same(
            fixed in prop::collection::hash_set("[ab]( \\([0-3]\\))?(_1)?", 0..4),
            groups in prop::collection::vec(("[ab]( \\([0-3]\\))?(_1)?", 0..3_usize), 0..6),
        ) {
            let endings = [[""].as_slice(), &["_1", "_2"], &["_longitude", "_latitude"]];
            let wanted: Vec<Wanted> = groups
                .iter()
                .enumerate()
                .map(|(id, (name, kind))| group(&id.to_string(), name, endings[*kind]))
                .collect();
            let fixed: Vec<&str> = fixed.iter().map(String::as_str).collect();
            let names = settle(&fixed, &wanted);
            let mut all: Vec<String> = fixed.iter().map(|name| (*name).to_owned()).collect();
            for (group, name) in wanted.iter().zip(&names) {
                all.extend(group.endings.iter().map(|ending| format!("{name}{ending}")));
            }
            let count = all.len();
            all.sort();
            all.dedup();
            prop_assert_eq!(all.len(), count);
        }
    }
}
