//! The tree of organisation units, numbered so that every subtree is a range.

use std::collections::HashMap;

use super::texts::Text;

/// The number of a unit in [`Units`].
pub(crate) type UnitIndex = u32;

/// A unit.
#[derive(Debug)]
pub(crate) struct Unit {
    pub(crate) uid: Text,
    pub(crate) parent: Option<UnitIndex>,
    pub(crate) level: u32,
    /// Its place in a walk of the tree, parents first, …
    first: u32,
    /// … and the place behind its last descendant.
    end: u32,
}

/// All units of a world.
#[derive(Debug, Default)]
pub(crate) struct Units {
    all: Vec<Unit>,
    by_uid: HashMap<Text, UnitIndex>,
    /// The units in the order of the walk.
    walk: Vec<UnitIndex>,
}

impl Units {
    /// The tree of these units, each with the uid of its parent. A parent that is not among them makes a root.
    pub(crate) fn new(given: &[(Text, Option<Text>)]) -> Self {
        let by_uid: HashMap<Text, UnitIndex> = (0u32..).zip(given).map(|(i, &(uid, _))| (uid, i)).collect();
        let parents: Vec<_> = given.iter().map(|(_, p)| p.and_then(|p| by_uid.get(&p).copied())).collect();
        let mut children: Vec<Vec<UnitIndex>> = vec![Vec::new(); given.len()];
        let mut roots = Vec::new();
        for (i, parent) in (0u32..).zip(&parents) {
            match parent {
                Some(parent) => children[*parent as usize].push(i),
                None => roots.push(i),
            }
        }
        let mut units: Vec<Unit> = given
            .iter()
            .zip(&parents)
            .map(|(&(uid, _), &parent)| Unit { uid, parent, level: 1, first: 0, end: 0 })
            .collect();
        let mut walk = Vec::with_capacity(units.len());
        // A unit is met twice: on the way in, and when everything below it has been met.
        let mut pending: Vec<(UnitIndex, u32, bool)> = roots.iter().rev().map(|&r| (r, 1, true)).collect();
        while let Some((i, level, entering)) = pending.pop() {
            let at = u32::try_from(walk.len()).unwrap_or(u32::MAX);
            let unit = &mut units[i as usize];
            if entering {
                (unit.level, unit.first) = (level, at);
                walk.push(i);
                pending.push((i, level, false));
                pending.extend(children[i as usize].iter().rev().map(|&c| (c, level + 1, true)));
            } else {
                unit.end = at;
            }
        }
        Self { all: units, by_uid, walk }
    }

    pub(crate) fn len(&self) -> usize {
        self.all.len()
    }

    pub(crate) fn get(&self, index: UnitIndex) -> &Unit {
        &self.all[index as usize]
    }

    pub(crate) fn find(&self, uid: Text) -> Option<UnitIndex> {
        self.by_uid.get(&uid).copied()
    }

    /// Whether a unit is another one or lies below it.
    pub(crate) fn is_within(&self, unit: UnitIndex, ancestor: UnitIndex) -> bool {
        let (unit, ancestor) = (self.get(unit), self.get(ancestor));
        (ancestor.first..ancestor.end).contains(&unit.first)
    }

    /// A unit and everything below it.
    pub(crate) fn subtree(&self, unit: UnitIndex) -> &[UnitIndex] {
        let unit = self.get(unit);
        &self.walk[unit.first as usize..unit.end as usize]
    }

    /// The units directly below one.
    pub(crate) fn children(&self, unit: UnitIndex) -> impl Iterator<Item = UnitIndex> + '_ {
        self.subtree(unit).iter().copied().filter(move |&u| self.get(u).parent == Some(unit))
    }

    /// The units without a parent.
    pub(crate) fn roots(&self) -> impl Iterator<Item = UnitIndex> + '_ {
        self.walk.iter().copied().filter(|&u| self.get(u).parent.is_none())
    }

    /// All units, parents first.
    pub(crate) fn walk(&self) -> &[UnitIndex] {
        &self.walk
    }

    /// The unit and those above it, the root first.
    pub(crate) fn ancestry(&self, unit: UnitIndex) -> Vec<UnitIndex> {
        let mut line: Vec<_> = std::iter::successors(Some(unit), |&u| self.get(u).parent).collect();
        line.reverse();
        line
    }
}

/// A set of units.
#[derive(Debug, Clone)]
pub(crate) struct UnitSet(Vec<bool>);

impl UnitSet {
    pub(crate) fn none(units: &Units) -> Self {
        Self(vec![false; units.len()])
    }

    pub(crate) fn insert(&mut self, unit: UnitIndex) {
        self.0[unit as usize] = true;
    }

    pub(crate) fn insert_subtree(&mut self, units: &Units, unit: UnitIndex) {
        for &u in units.subtree(unit) {
            self.insert(u);
        }
    }

    pub(crate) fn contains(&self, unit: UnitIndex) -> bool {
        self.0[unit as usize]
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = UnitIndex> + '_ {
        (0u32..).zip(&self.0).filter(|(_, inside)| **inside).map(|(i, _)| i)
    }
}

#[cfg(test)]
mod tests {
    use super::super::texts::Texts;
    use super::*;

    #[test]
    fn subtrees_are_ranges_whatever_the_order_given() {
        let mut texts = Texts::default();
        let mut t = |s: &str| texts.intern(s);
        // leaf before its parent, two roots
        let given = [
            (t("leaf"), Some(t("mid"))),
            (t("mid"), Some(t("root"))),
            (t("other"), Some(t("root"))),
            (t("root"), None),
            (t("lonely"), Some(t("missing"))),
        ];
        let units = Units::new(&given);
        assert_eq!(units.subtree(3).len(), 4);
        assert_eq!(units.subtree(1), [1, 0]);
        assert!(units.is_within(0, 3) && !units.is_within(3, 0) && !units.is_within(2, 1));
        assert_eq!((units.get(0).level, units.get(4).level), (3, 1));
        assert_eq!(units.children(3).collect::<Vec<_>>(), [1, 2]);
        assert_eq!(units.roots().collect::<Vec<_>>(), [3, 4]);
        assert_eq!(units.ancestry(0), [3, 1, 0]);
    }
}
