//! Imports of data values that are broken off, and slow ones.

use std::time::Duration;

use super::{Asked, Fault, Schedule};

/// How one import is broken off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct BrokenImport {
    pub(crate) hang_up: bool,
    random: u64,
}

impl BrokenImport {
    fn drawn(random: u64) -> Self {
        Self { hang_up: random & (1 << 40) != 0, random: random & 0xFFFF_FFFF }
    }

    /// How many of its rows are stored: in a third of the cases none, in a third all, else some.
    pub(crate) fn rows_stored(self, rows: usize) -> usize {
        match self.random % 3 {
            0 => 0,
            1 => rows,
            _ => usize::try_from(self.random / 3).unwrap_or(usize::MAX) % rows.max(1),
        }
    }

    /// Whether they are stored where all or none are.
    pub(crate) fn stores_all(self) -> bool {
        self.random.is_multiple_of(2)
    }
}

impl Schedule {
    /// How an import that is no dry run is broken off, if it is.
    pub(crate) fn broken_import(&self, asked: &Asked) -> Option<BrokenImport> {
        let could = |fault: &Fault| (*fault == Fault::BrokenImport).then_some(());
        self.turns(asked, could).next().map(|((), random)| BrokenImport::drawn(random))
    }

    /// How long the answer to an import of so many rows is held back. A server whose time grows with their square takes for
    /// a thousand a thousand times what one is said to.
    pub(crate) fn import_delay(&self, asked: &Asked, rows: u64, in_the_square: bool) -> Duration {
        let rows = if in_the_square { rows * rows / 1000 } else { rows };
        let could = |fault: &Fault| match fault {
            Fault::SlowImport { per_row } => Some(*per_row),
            _ => None,
        };
        let rows = u32::try_from(rows).unwrap_or(u32::MAX);
        self.turns(asked, could).map(|(per_row, _)| per_row.saturating_mul(rows)).sum()
    }
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, Method};

    use super::*;
    use crate::faults::{Faults, Rule};

    #[test]
    fn broken_imports_are_the_same_for_a_seed_and_of_every_kind() {
        let all = |seed| {
            let rule = Rule { every: 2, ..Rule::of(Fault::BrokenImport) };
            let schedule = Schedule::new(Faults { seed, ..Faults::of([rule]) });
            let asked = schedule.asked(&Method::POST, "/api/dataValueSets", &HeaderMap::new(), b"{}");
            (0..200).map(|_| schedule.broken_import(&asked)).collect::<Vec<_>>()
        };
        assert_eq!(all(7), all(7));
        assert_ne!(all(7), all(8));
        let broken: Vec<_> = all(7).into_iter().flatten().collect();
        assert_eq!(broken.len(), 100);
        assert!(broken.iter().any(|b| b.hang_up) && broken.iter().any(|b| !b.hang_up));
        let stored: Vec<_> = broken.iter().map(|b| b.rows_stored(1_000)).collect();
        assert!(stored.contains(&0) && stored.contains(&1_000) && stored.iter().any(|n| (1..1_000).contains(n)));
        assert!(broken.iter().any(|b| b.stores_all()) && broken.iter().any(|b| !b.stores_all()));
    }
}
