//! Who is watching a run.

use std::sync::{Arc, Mutex, PoisonError};

/// Told about a run's progress as it happens, from whatever task it happens in. All methods do nothing unless written.
pub trait Progress: Send + Sync {
    /// The plan stands: so many chunks.
    fn planned(&self, chunks: usize) {
        let _ = chunks;
    }

    /// A page was read.
    fn page(&self, rows: u64, bytes: u64) {
        let _ = (rows, bytes);
    }

    /// Requests had to be sent again.
    fn retried(&self, requests: u32) {
        let _ = requests;
    }

    /// A chunk was too much at once, and is asked for in pieces.
    fn split(&self) {}

    /// So much more of a chunk came: of each chunk 1 in all, together with what was [`found`](Self::found) of it. Of a walk
    /// over pages it is told page by page where the server counts objects or pages.
    fn came(&self, chunks: f64) {
        let _ = chunks;
    }

    /// So much of a chunk was there, from an earlier run.
    fn found(&self, chunks: f64) {
        let _ = chunks;
    }

    /// A chunk is done, well or not.
    fn chunk_done(&self) {}
}

/// Nobody is watching.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Progress for Silent {}

/// How much of one chunk is done, between 0 and 1. Nothing is told twice: what is asked for anew counts when it comes further
/// than before.
pub(crate) struct Share {
    progress: Arc<dyn Progress>,
    told: Mutex<f64>,
}

impl Share {
    pub(crate) fn new(progress: &Arc<dyn Progress>) -> Self {
        Self { progress: Arc::clone(progress), told: Mutex::new(0.0) }
    }

    fn more(&self, upto: f64) -> f64 {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let more = (upto.min(1.0) - *told).max(0.0);
        *told += more;
        more
    }

    /// It came so far.
    pub(crate) fn came(&self, upto: f64) {
        self.progress.came(self.more(upto));
    }

    /// An earlier run came so far.
    pub(crate) fn found(&self, upto: f64) {
        self.progress.found(self.more(upto));
    }
}

/// A piece of a chunk, as a stretch of it.
#[derive(Clone, Copy)]
pub(crate) struct Stretch<'s> {
    pub(crate) share: &'s Share,
    pub(crate) from: f64,
    pub(crate) length: f64,
}

impl Stretch<'_> {
    /// So much of the piece came.
    pub(crate) fn came(self, part: f64) {
        self.share.came(self.from + self.length * part);
    }

    /// An earlier run brought so much of it.
    pub(crate) fn found(self, part: f64) {
        self.share.found(self.from + self.length * part);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Default)]
    struct Seen(Mutex<(f64, f64)>);

    impl Progress for Seen {
        fn came(&self, chunks: f64) {
            self.0.lock().unwrap().0 += chunks;
        }

        fn found(&self, chunks: f64) {
            self.0.lock().unwrap().1 += chunks;
        }
    }

    #[test]
    fn a_chunk_counts_once_however_often_it_is_begun() {
        let seen = Arc::new(Seen::default());
        let progress: Arc<dyn Progress> = Arc::clone(&seen) as Arc<dyn Progress>;
        let share = Share::new(&progress);
        let half = |from| Stretch { share: &share, from, length: 0.5 };
        half(0.0).found(0.5);
        half(0.0).came(0.5);
        half(0.0).came(1.0);
        half(0.5).came(0.5);
        // The rest of it was begun anew.
        half(0.5).came(0.25);
        half(0.5).came(1.0);
        half(0.5).came(1.5);
        let (came, found) = *seen.0.lock().unwrap();
        assert!((came - 0.75).abs() < 1e-9 && (found - 0.25).abs() < 1e-9, "{came} {found}");
    }
}
