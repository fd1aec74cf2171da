//! Things that go wrong on purpose.

use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// What a simulated server does wrong on purpose. The default is nothing.
///
/// Requests are counted from 1 over the whole server, whatever their answer.
///
/// ```
/// use dhis2_simulator::{Faults, Unavailable};
///
/// let faults = Faults {
///     unavailable: Some(Unavailable { every: 3, retry_after_seconds: Some(1) }),
///     ..Faults::default()
/// };
/// # assert!(faults.drop_before_every.is_none());
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Faults {
    /// Drops the connection instead of answering every n-th request.
    pub drop_before_every: Option<u64>,
    /// Drops the connection in the middle of the body of every n-th answer.
    pub drop_midway_every: Option<u64>,
    /// Answers 503 now and then.
    pub unavailable: Option<Unavailable>,
    /// Cuts exports of data values, as servers up to 2.42 do when their database fails in mid-stream: status 200, valid
    /// JSON, rows missing. Without effect on 2.43, which answers 500 then.
    pub cut_data_values: Option<CutDataValues>,
    /// Breaks imports of data values off now and then: 500, or the connection is closed without an answer, with none, some
    /// or all rows stored.
    pub broken_imports: Option<BrokenImports>,
    /// Holds the answers to imports of data values back, as if every row took its time.
    pub slow_imports: Option<SlowImports>,
}

/// Imports of data values that are broken off. Dry runs, which have nothing to lose, are neither counted nor broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BrokenImports {
    /// Every how many imports, counted from 1.
    pub every: u64,
    /// Decides for each broken import whether it ends in a 500 or a closed connection, and how many of its rows are
    /// stored: up to 2.42 none, the first so many, or all; on 2.43, where an import is one transaction, none or all. The
    /// same for the same seed.
    pub seed: u64,
}

/// Imports of data values that take their time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SlowImports {
    /// How long a row takes. On 2.43, whose time grows with the square of the rows, this is a row of a request with a
    /// thousand: each takes twice as long in a request with two thousand.
    pub per_row: Duration,
}

/// A 503 every n-th request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unavailable {
    /// Every how many requests.
    pub every: u64,
    /// What `Retry-After` asks for, in seconds; no such header where there is none.
    pub retry_after_seconds: Option<u64>,
}

/// A silent cut of data values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CutDataValues {
    /// After how many rows: rounded down to whole thousands, as servers fetch a thousand rows at a time.
    pub after_rows: usize,
    /// How often the same query is cut; asked once more it is whole.
    pub times: u32,
}

/// How one request is to be treated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    DropBefore,
    DropMidway,
    Unavailable { retry_after_seconds: Option<u64> },
}

impl Faults {
    /// The fault for the n-th request, if it is its turn.
    pub(crate) fn for_request(&self, number: u64) -> Option<Fault> {
        let turn = |every: Option<u64>| every.is_some_and(|every| every > 0 && number.is_multiple_of(every));
        if turn(self.drop_before_every) {
            return Some(Fault::DropBefore);
        }
        if turn(self.unavailable.map(|u| u.every)) {
            let retry_after_seconds = self.unavailable.and_then(|u| u.retry_after_seconds);
            return Some(Fault::Unavailable { retry_after_seconds });
        }
        turn(self.drop_midway_every).then_some(Fault::DropMidway)
    }
}

/// How one import is broken off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct BrokenImport {
    pub(crate) hang_up: bool,
    random: u64,
}

impl BrokenImport {
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

impl Faults {
    /// How the n-th import is broken off, if it is its turn.
    pub(crate) fn for_import(&self, number: u64) -> Option<BrokenImport> {
        let broken = self.broken_imports?;
        let turn = broken.every > 0 && number.is_multiple_of(broken.every);
        turn.then(|| {
            let random = scattered(broken.seed ^ scattered(number));
            BrokenImport { hang_up: random & (1 << 40) != 0, random: random & 0xFFFF_FFFF }
        })
    }
}

/// A number that looks random, the same for the same number (the finisher of `SplitMix64`).
fn scattered(number: u64) -> u64 {
    let mut z = number.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// How many imports there were.
#[derive(Debug, Default)]
pub(crate) struct Imports(AtomicU64);

impl Imports {
    /// Counts one more.
    pub(crate) fn count(&self) -> u64 {
        self.0.fetch_add(1, Ordering::Relaxed) + 1
    }
}

/// How often each query was cut already.
#[derive(Debug, Default)]
pub(crate) struct Cuts(Mutex<HashMap<String, u32>>);

impl Cuts {
    /// After how many of its rows this answer is to be cut.
    pub(crate) fn next(&self, faults: &Faults, query: &str, rows: usize) -> Option<usize> {
        let cut = faults.cut_data_values?;
        let after = cut.after_rows / 1000 * 1000;
        if rows <= after {
            return None;
        }
        let mut asked = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let times = asked.entry(query.to_owned()).or_default();
        (*times < cut.times).then(|| {
            *times += 1;
            after
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_nth_request_has_its_turn() {
        let faults = Faults { drop_before_every: Some(3), drop_midway_every: Some(2), ..Faults::default() };
        let turns: Vec<_> = (1..=6).map(|n| faults.for_request(n)).collect();
        let (before, midway) = (Some(Fault::DropBefore), Some(Fault::DropMidway));
        assert_eq!(turns, [None, midway, before, midway, None, before]);
    }

    #[test]
    fn broken_imports_are_the_same_for_a_seed_and_of_every_kind() {
        let faults = |seed| Faults { broken_imports: Some(BrokenImports { every: 2, seed }), ..Faults::default() };
        let all = |seed| (1..=200).map(|n| faults(seed).for_import(n)).collect::<Vec<_>>();
        assert_eq!(all(7), all(7));
        assert_ne!(all(7), all(8));
        let broken: Vec<_> = all(7).into_iter().flatten().collect();
        assert_eq!(broken.len(), 100);
        assert!(broken.iter().any(|b| b.hang_up) && broken.iter().any(|b| !b.hang_up));
        let stored: Vec<_> = broken.iter().map(|b| b.rows_stored(1_000)).collect();
        assert!(stored.contains(&0) && stored.contains(&1_000) && stored.iter().any(|n| (1..1_000).contains(n)));
        assert!(broken.iter().any(|b| b.stores_all()) && broken.iter().any(|b| !b.stores_all()));
    }

    #[test]
    fn a_query_is_cut_at_thousands_and_only_so_often() {
        let faults =
            Faults { cut_data_values: Some(CutDataValues { after_rows: 2_999, times: 2 }), ..Faults::default() };
        let cuts = Cuts::default();
        assert_eq!(cuts.next(&faults, "a", 2_000), None, "nothing to cut off");
        assert_eq!(cuts.next(&faults, "a", 2_001), Some(2_000));
        assert_eq!(cuts.next(&faults, "b", 5_000), Some(2_000));
        assert_eq!(cuts.next(&faults, "a", 2_001), Some(2_000));
        assert_eq!(cuts.next(&faults, "a", 2_001), None);
    }
}
