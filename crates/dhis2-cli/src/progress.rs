//! Progress on a terminal. In pipes and logs the program is quiet.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use dhis2::extract::progress::{Progress, Silent};
use indicatif::{ProgressBar, ProgressStyle};

/// A bar on standard error while it lives; nothing where that is no terminal.
pub(crate) struct Bar {
    drawn: ProgressBar,
    rows: AtomicU64,
    bytes: AtomicU64,
}

impl Bar {
    /// The watcher for a run, and what ends the bar.
    pub(crate) fn start(what: &'static str) -> (Arc<dyn Progress>, Ending) {
        let bar = ProgressBar::new(0);
        if bar.is_hidden() {
            return (Arc::new(Silent), Ending(None));
        }
        if let Ok(style) = ProgressStyle::with_template("{prefix} {spinner} {pos}/{len} chunks, {msg}, {elapsed}") {
            bar.set_style(style);
        }
        bar.set_prefix(what);
        bar.enable_steady_tick(Duration::from_millis(120));
        let watcher = Self { drawn: bar.clone(), rows: AtomicU64::new(0), bytes: AtomicU64::new(0) };
        (Arc::new(watcher), Ending(Some(bar)))
    }
}

impl Progress for Bar {
    fn planned(&self, chunks: usize) {
        self.drawn.set_length(chunks as u64);
    }

    fn page(&self, rows: u64, bytes: u64) {
        let rows = self.rows.fetch_add(rows, Ordering::Relaxed) + rows;
        let bytes = self.bytes.fetch_add(bytes, Ordering::Relaxed) + bytes;
        self.drawn.set_message(format!("{rows} rows, {} MB", bytes / 1_000_000));
    }

    fn chunk_done(&self) {
        self.drawn.inc(1);
    }
}

/// Clears the bar when dropped, so that what follows stands on a clean line.
pub(crate) struct Ending(Option<ProgressBar>);

impl Drop for Ending {
    fn drop(&mut self) {
        if let Some(bar) = &self.0 {
            bar.finish_and_clear();
        }
    }
}
