//! Things that go wrong on purpose.

use std::collections::HashMap;
use std::sync::Mutex;

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
