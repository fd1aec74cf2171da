//! How many rows to send at once.

use std::time::Duration;

/// How long a chunk should take: well below the 60 seconds after which proxies cut a request.
const AIM: Duration = Duration::from_secs(15);

/// The fewest rows worth a request of their own: each costs some 0.4 seconds whatever its size.
const FEWEST: usize = 50;

/// The longest body, in bytes: proxies take 10 MB and less (wire document, section 3.2).
pub(crate) const LONGEST_BODY: usize = 4_000_000;

/// How many rows to send at once, from what was measured.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pace {
    rows: usize,
    most: usize,
}

impl Pace {
    /// Begins with the most that a server of the version takes in good time.
    pub(crate) fn new(most: usize) -> Self {
        Self { rows: most, most }
    }

    /// How many rows to send next.
    pub(crate) fn rows(self) -> usize {
        self.rows
    }

    /// So many rows took so long: what would have taken as long as is aimed at, at most twice as many as now. A chunk that
    /// was small by itself says little about larger ones, and is no reason to send more.
    pub(crate) fn measured(&mut self, rows: usize, took: Duration) {
        #[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let fitting = (rows as f64 * AIM.as_secs_f64() / took.as_secs_f64().max(0.001)) as usize;
        let fitting = fitting.clamp(FEWEST.min(self.most), self.rows.saturating_mul(2).min(self.most));
        if fitting < self.rows || rows * 2 > self.rows {
            self.rows = fitting;
        }
    }

    /// The server or the way to it failed with so many rows: half of them, for now.
    pub(crate) fn failed(&mut self, rows: usize) {
        self.rows = self.rows.min(rows.div_ceil(2)).max(FEWEST.min(self.most));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn s(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    /// peer-bugs section 4: "50 rows a request: 72 rows/s; 5,000: 2,647 (2.42). On 2.43 1,000 is best, 5,000 gets slower by
    /// the square."
    #[test]
    fn a_slow_server_gets_less_at_once_and_a_fast_one_all_it_takes() {
        let mut pace = Pace::new(1_000);
        assert_eq!(pace.rows(), 1_000);
        // First inserts of 2.43: 30 seconds for 1,000.
        pace.measured(1_000, s(30));
        assert_eq!(pace.rows(), 500);
        pace.measured(500, s(1));
        assert_eq!(pace.rows(), 1_000);
        pace.measured(1_000, s(1));
        assert_eq!(pace.rows(), 1_000, "never more than the version takes in good time");
        pace.measured(1_000, s(100_000));
        assert_eq!(pace.rows(), FEWEST);
    }

    #[test]
    fn small_chunks_do_not_make_large_ones() {
        let mut pace = Pace::new(5_000);
        pace.failed(5_000);
        assert_eq!(pace.rows(), 2_500);
        pace.measured(3, s(0));
        assert_eq!(pace.rows(), 2_500);
        pace.failed(20);
        assert_eq!(pace.rows(), FEWEST);
    }
}
