//! Progress on standard error: a bar on a terminal, else lines. A run of a few seconds is quiet in pipes and logs.

use std::io::IsTerminal;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use dhis2::extract::progress::Progress;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;
use tokio::task::JoinHandle;

use crate::args::LogArgument;

const PLAIN_LINES: Duration = Duration::from_secs(5);
const JSON_LINES: Duration = Duration::from_secs(1);

/// Counts what happens in a run.
pub(crate) struct Watch {
    what: &'static str,
    began: Instant,
    bar: Option<ProgressBar>,
    chunks: AtomicU64,
    done: AtomicU64,
    rows: AtomicU64,
    bytes: AtomicU64,
    answers: AtomicU64,
    retries: AtomicU64,
    splits: AtomicU64,
    /// How many chunks came in this run, and how many were there, in parts of one.
    shares: Mutex<Shares>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Shares {
    came: f64,
    found: f64,
}

impl Watch {
    /// The watcher for a run, and what ends it.
    pub(crate) fn start(what: &'static str, log: LogArgument) -> (Arc<dyn Progress>, Ending) {
        let bar = (log == LogArgument::Auto && std::io::stderr().is_terminal()).then(|| bar(what));
        let watch = Arc::new(Self {
            what,
            began: Instant::now(),
            bar: bar.clone(),
            chunks: AtomicU64::new(0),
            done: AtomicU64::new(0),
            rows: AtomicU64::new(0),
            bytes: AtomicU64::new(0),
            answers: AtomicU64::new(0),
            retries: AtomicU64::new(0),
            splits: AtomicU64::new(0),
            shares: Mutex::default(),
        });
        let lines = match (log, &bar) {
            (LogArgument::None, _) | (LogArgument::Auto, Some(_)) => None,
            (LogArgument::Auto, None) => Some(lines(&watch, PLAIN_LINES, Self::line)),
            (LogArgument::Json, _) => Some(lines(&watch, JSON_LINES, Self::json)),
        };
        (watch, Ending { bar, lines })
    }

    fn numbers(&self) -> Numbers {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Numbers {
            seconds: self.began.elapsed().as_secs(),
            chunks: read(&self.chunks),
            done: read(&self.done),
            rows: read(&self.rows),
            bytes: read(&self.bytes),
            answers: read(&self.answers),
            retries: read(&self.retries),
            splits: read(&self.splits),
            shares: *self.shares(),
        }
    }

    fn shares(&self) -> MutexGuard<'_, Shares> {
        self.shares.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn line(&self) -> String {
        let numbers = self.numbers();
        format!("{}: {} of {} chunks, {}", self.what, numbers.done, numbers.chunks, numbers.text())
    }

    fn json(&self) -> String {
        let n = self.numbers();
        json!({
            "event": "progress",
            "what": self.what,
            "seconds": n.seconds,
            "chunks": n.chunks,
            "chunks_done": n.done,
            "rows": n.rows,
            "bytes": n.bytes,
            "retries": n.retries,
            "splits": n.splits,
            "seconds_left": n.left(),
        })
        .to_string()
    }

    fn draw(&self) {
        if let Some(bar) = &self.bar {
            bar.set_message(self.numbers().text());
        }
    }
}

/// What a run came to so far.
struct Numbers {
    seconds: u64,
    chunks: u64,
    done: u64,
    rows: u64,
    bytes: u64,
    answers: u64,
    retries: u64,
    splits: u64,
    shares: Shares,
}

/// Before so much of a chunk came, nothing is said of how long the rest takes.
const TOO_LITTLE: f64 = 0.02;

impl Numbers {
    /// The seconds that are left if the rest is like what came in this run, whatever an earlier one had fetched.
    // Chunks and seconds are far below what a double counts.
    #[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    fn left(&self) -> Option<u64> {
        let Shares { came, found } = self.shares;
        let rest = (self.chunks as f64 - came - found).max(0.0);
        (came > TOO_LITTLE).then(|| (self.seconds as f64 * rest / came).round() as u64)
    }

    fn text(&self) -> String {
        let mut text = format!("{} rows, {} MB", self.rows, self.bytes / 1_000_000);
        if let Some(rate) = (self.bytes / 100_000).checked_div(self.seconds) {
            text = format!("{text}, {}.{} MB/s", rate / 10, rate % 10);
        }
        if self.retries > 0 {
            let asked = self.answers + self.retries;
            text = format!("{text}, {} of {asked} requests sent again", self.retries);
        }
        if self.splits > 0 {
            text = format!("{text}, {} chunks cut", self.splits);
        }
        match self.left() {
            Some(left) if left > 0 => format!("{text}, about {left} s left"),
            _ => text,
        }
    }
}

fn bar(what: &'static str) -> ProgressBar {
    let bar = ProgressBar::new(0);
    if let Ok(style) = ProgressStyle::with_template("{prefix} {spinner} {pos}/{len} chunks, {msg}, {elapsed}") {
        bar.set_style(style);
    }
    bar.set_prefix(what);
    bar.enable_steady_tick(Duration::from_millis(120));
    bar
}

fn lines(watch: &Arc<Watch>, every: Duration, line: fn(&Watch) -> String) -> JoinHandle<()> {
    let watch = Arc::clone(watch);
    tokio::spawn(async move {
        loop {
            tokio::time::sleep(every).await;
            eprintln!("{}", line(&watch));
        }
    })
}

impl Progress for Watch {
    fn planned(&self, chunks: usize) {
        self.chunks.fetch_add(chunks as u64, Ordering::Relaxed);
        if let Some(bar) = &self.bar {
            bar.inc_length(chunks as u64);
        }
    }

    fn page(&self, rows: u64, bytes: u64) {
        self.rows.fetch_add(rows, Ordering::Relaxed);
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
        self.answers.fetch_add(1, Ordering::Relaxed);
        self.draw();
    }

    fn retried(&self, requests: u32) {
        self.retries.fetch_add(requests.into(), Ordering::Relaxed);
        self.draw();
    }

    fn split(&self) {
        self.splits.fetch_add(1, Ordering::Relaxed);
        self.draw();
    }

    fn came(&self, chunks: f64) {
        self.shares().came += chunks;
    }

    fn found(&self, chunks: f64) {
        self.shares().found += chunks;
    }

    fn chunk_done(&self) {
        self.done.fetch_add(1, Ordering::Relaxed);
        if let Some(bar) = &self.bar {
            bar.inc(1);
        }
    }
}

/// Ends the telling when dropped, so that what follows stands on a clean line.
pub(crate) struct Ending {
    bar: Option<ProgressBar>,
    lines: Option<JoinHandle<()>>,
}

impl Drop for Ending {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
        if let Some(lines) = &self.lines {
            lines.abort();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_how_far_it_is_how_fast_and_how_long_it_takes() {
        let (progress, ending) = Watch::start("events", LogArgument::None);
        drop(ending);
        progress.planned(4);
        let numbers = Numbers {
            seconds: 10,
            chunks: 4,
            done: 1,
            rows: 7,
            bytes: 25_000_000,
            answers: 9,
            retries: 1,
            splits: 2,
            shares: Shares { came: 1.0, found: 0.0 },
        };
        assert_eq!(
            numbers.text(),
            "7 rows, 25 MB, 2.5 MB/s, 1 of 10 requests sent again, 2 chunks cut, about 30 s left"
        );
    }

    #[test]
    fn what_an_earlier_run_fetched_was_not_fast_and_a_chunk_under_way_counts() {
        let (progress, ending) = Watch::start("events", LogArgument::None);
        drop(ending);
        progress.planned(10);
        progress.found(8.0);
        let left = |came| {
            let shares = Shares { came, found: 8.0 };
            let (rows, bytes, answers, retries, splits) = (0, 0, 0, 0, 0);
            Numbers { seconds: 30, chunks: 10, done: 8, rows, bytes, answers, retries, splits, shares }.left()
        };
        assert_eq!(left(0.0), None);
        assert_eq!(left(0.5), Some(90));
        assert_eq!(left(1.5), Some(10));
        assert_eq!(left(2.0), Some(0));
    }
}
