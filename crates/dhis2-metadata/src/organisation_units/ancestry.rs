//! The units above a unit, from its path.

use std::collections::{BTreeSet, HashSet};

/// The uids of a path such as `/ImspTQPwCqd/O6uvpzGd5pu`, from the root down to the unit itself.
pub(super) fn ids_of(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter(|id| !id.is_empty())
}

/// The uid on a path at a level, 1 at the root; `None` below the path's own unit.
pub(super) fn unit_at(path: &str, level: u32) -> Option<&str> {
    ids_of(path).nth(usize::try_from(level).ok()?.checked_sub(1)?)
}

/// The units on these paths that are not among the units themselves, each once, in alphabetical order.
pub(super) fn missing_ancestors<'u>(units: impl Iterator<Item = (&'u str, &'u str)> + Clone) -> Vec<&'u str> {
    let known: HashSet<&str> = units.clone().map(|(id, _)| id).collect();
    let missing: BTreeSet<&str> = units.flat_map(|(_, path)| ids_of(path)).filter(|id| !known.contains(id)).collect();
    missing.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn levels_count_from_the_root() {
        let path = "/KdK92fYEfTw/fdiB65j1eR5/mBCOdfDrOcx";
        assert_eq!(unit_at(path, 1), Some("KdK92fYEfTw"));
        assert_eq!(unit_at(path, 3), Some("mBCOdfDrOcx"));
        assert_eq!((unit_at(path, 4), unit_at(path, 0), unit_at("", 1)), (None, None, None));
    }

    proptest! {
        /// A made-up tree: the parent of unit n is a unit before it. The path gives back every unit above, level by level;
        /// and whatever rows are left out, exactly the left-out units above those that stay are missing.
        #[test]
        fn paths_give_the_levels_and_what_is_missing(
            parents in prop::collection::vec(any::<prop::sample::Index>(), 0..40), kept in prop::collection::vec(any::<bool>(), 41),
        ) {
            let mut lines = vec![vec![0_usize]];
            for (place, parent) in parents.iter().enumerate() {
                let mut line = lines[parent.index(lines.len())].clone();
                line.push(place + 1);
                lines.push(line);
            }
            let id = |unit: usize| format!("u{unit:010}");
            let path = |line: &Vec<usize>| format!("/{}", line.iter().map(|unit| id(*unit)).collect::<Vec<_>>().join("/"));
            let paths: Vec<String> = lines.iter().map(path).collect();
            for (path, line) in paths.iter().zip(&lines) {
                for (depth, unit) in line.iter().enumerate() {
                    let level = u32::try_from(depth + 1).unwrap();
                    prop_assert_eq!(unit_at(path, level).map(str::to_owned), Some(id(*unit)));
                }
                prop_assert_eq!(unit_at(path, u32::try_from(line.len() + 1).unwrap()), None);
            }
            let rows: Vec<(String, &str)> =
                (0..lines.len()).filter(|unit| kept[*unit]).map(|unit| (id(unit), paths[unit].as_str())).collect();
            let missing = missing_ancestors(rows.iter().map(|(id, path)| (id.as_str(), *path)));
            let expected: BTreeSet<String> = (0..lines.len())
                .filter(|unit| kept[*unit])
                .flat_map(|unit| lines[unit].iter())
                .filter(|unit| !kept[**unit])
                .map(|unit| id(*unit))
                .collect();
            prop_assert_eq!(missing, expected.iter().map(String::as_str).collect::<Vec<_>>());
        }
    }
}
