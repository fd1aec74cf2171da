//! Who is watching a run.

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

    /// A chunk is done, well or not.
    fn chunk_done(&self) {}
}

/// Nobody is watching.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Progress for Silent {}
