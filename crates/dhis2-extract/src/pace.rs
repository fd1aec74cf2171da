//! How many requests are under way at once: as many as the server answers well.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Notify;

/// With how many requests a run begins. Two keep a server of two cores busy; four were slower there (wire document,
/// section 8, "What requests cost"), so more come only where answers stay fast.
const AT_FIRST: usize = 2;
/// An answer that takes so many times as long as the fastest of its size says that the server is at its limit. Answers vary
/// by themselves, by less than this.
const SLOW: f64 = 2.5;
/// The limit is counted in hundredths of a request.
const ONE: usize = 100;
/// What is left of the limit after a slow answer, and after a failed one, in hundredths.
const AFTER_SLOW: usize = 85;
const AFTER_FAILURE: usize = 50;
/// How much the fastest answer of a size is forgotten with each other one: a server that was idle once need not be again.
const FORGET: f64 = 1.02;
/// Answers are compared with those of about their size, in powers of four from a kilobyte on.
const SIZES: usize = 12;

/// Additive increase, multiplicative decrease.
#[derive(Debug)]
pub(crate) struct Pace {
    most: usize,
    /// After each request the server has as long to itself as the request took.
    polite: bool,
    state: Mutex<State>,
    free: Notify,
}

#[derive(Debug)]
struct State {
    limit: usize,
    busy: usize,
    fastest: [Option<f64>; SIZES],
}

impl Pace {
    pub(crate) fn new(most: usize, polite: bool) -> Arc<Self> {
        let most = if polite { 1 } else { most.max(1) };
        let limit = AT_FIRST.min(most) * ONE;
        let state = Mutex::new(State { limit, busy: 0, fastest: [None; SIZES] });
        Arc::new(Self { most, polite, state, free: Notify::new() })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until a request may be sent.
    pub(crate) async fn turn(self: &Arc<Self>) -> Turn {
        loop {
            let free = self.free.notified();
            tokio::pin!(free);
            // Registered before looking, so that no place that becomes free in between is missed.
            free.as_mut().enable();
            {
                let mut state = self.state();
                if state.busy < state.limit / ONE {
                    state.busy += 1;
                    return Turn { pace: Arc::clone(self), began: Instant::now() };
                }
            }
            free.await;
        }
    }

    /// How many requests may be under way now.
    #[cfg(test)]
    fn limit(&self) -> usize {
        self.state().limit / ONE
    }

    fn answered(&self, took: Duration, bytes: u64) {
        let mut state = self.state();
        let size = (bytes / 1024).checked_ilog(4).map_or(0, |size| size as usize + 1).min(SIZES - 1);
        let took = took.as_secs_f64();
        let fastest = state.fastest[size].map_or(took, |fastest| took.min(fastest * FORGET));
        state.fastest[size] = Some(fastest);
        if took > fastest * SLOW {
            state.limit = (state.limit * AFTER_SLOW / 100).max(ONE);
        } else {
            state.limit = (state.limit + ONE * ONE / state.limit).min(self.most * ONE);
        }
    }

    fn failed(&self) {
        let mut state = self.state();
        state.limit = (state.limit * AFTER_FAILURE / 100).max(ONE);
    }
}

/// Leave to send one request; given back when dropped.
#[derive(Debug)]
pub(crate) struct Turn {
    pace: Arc<Pace>,
    began: Instant,
}

impl Turn {
    /// The answer came. `well` where nothing had to be sent again for it.
    pub(crate) async fn answered(self, bytes: u64, well: bool) {
        let took = self.began.elapsed();
        if well {
            self.pace.answered(took, bytes);
        } else {
            self.pace.failed();
        }
        self.rest(took).await;
    }

    /// No answer came, or a bad one.
    pub(crate) async fn failed(self) {
        self.pace.failed();
        let took = self.began.elapsed();
        self.rest(took).await;
    }

    async fn rest(self, took: Duration) {
        if self.pace.polite {
            tokio::time::sleep(took).await;
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.pace.state().busy -= 1;
        // Two may wait where the limit has just risen.
        self.pace.free.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FAST: Duration = Duration::from_millis(10);

    #[test]
    fn fast_answers_let_more_requests_go_out_up_to_the_most() {
        let pace = Pace::new(8, false);
        assert_eq!(pace.limit(), 2);
        (0..100).for_each(|_| pace.answered(FAST, 5_000));
        assert_eq!(pace.limit(), 8);
    }

    #[test]
    fn a_failure_halves_them_and_one_is_always_left() {
        let pace = Pace::new(8, false);
        (0..100).for_each(|_| pace.answered(FAST, 5_000));
        pace.failed();
        assert_eq!(pace.limit(), 4);
        (0..9).for_each(|_| pace.failed());
        assert_eq!(pace.limit(), 1);
    }

    #[test]
    fn slow_answers_take_them_back_but_large_ones_are_not_slow() {
        let pace = Pace::new(8, false);
        (0..100).for_each(|_| pace.answered(FAST, 5_000));
        (0..5).for_each(|_| pace.answered(50 * FAST, 50_000_000));
        assert_eq!(pace.limit(), 8);
        (0..5).for_each(|_| pace.answered(5 * FAST, 5_000));
        assert!(pace.limit() < 5, "{}", pace.limit());
    }

    #[tokio::test]
    async fn no_more_than_allowed_are_under_way_and_whoever_waits_gets_its_turn() {
        let pace = Pace::new(3, false);
        let most = Arc::new(Mutex::new((0, 0)));
        let tasks = (0..50).map(|_| {
            let (pace, most) = (Arc::clone(&pace), Arc::clone(&most));
            tokio::spawn(async move {
                let turn = pace.turn().await;
                {
                    let mut most = most.lock().unwrap();
                    most.0 += 1;
                    most.1 = most.1.max(most.0);
                }
                tokio::task::yield_now().await;
                most.lock().unwrap().0 -= 1;
                turn.answered(5_000, true).await;
            })
        });
        for task in tasks.collect::<Vec<_>>() {
            task.await.unwrap();
        }
        let most = most.lock().unwrap().1;
        assert!((1..=3).contains(&most), "{most}");
        assert_eq!(pace.state().busy, 0);
    }
}
