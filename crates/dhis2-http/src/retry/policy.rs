//! What is worth another attempt, and when.

use std::hash::{BuildHasher, RandomState};
use std::time::{Duration, SystemTime};

use http::{HeaderMap, StatusCode};

use super::after::retry_after;
use crate::TransportErrorKind;

/// How often [`Retry`](super::Retry) tries, and how long it waits in between.
///
/// The wait doubles from `base` up to `cap`; each one is shortened by chance by up to a half, so that many clients do not
/// come back at the same moment. Where the server says in `Retry-After` how long to wait, that counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RetryPolicy {
    /// How often a request is sent at most, the first time included. 1 (or 0) switches retrying off.
    pub attempts: u32,
    /// How often a request that was answered with 500 is sent at most, the first time included: a 500 is seldom an
    /// accident.
    pub attempts_after_500: u32,
    /// The first wait.
    pub base: Duration,
    /// The longest wait, but for `Retry-After`.
    pub cap: Duration,
    /// A `Retry-After` beyond this is not waited for: the answer is handed on.
    pub longest_retry_after: Duration,
}

impl Default for RetryPolicy {
    /// Five attempts (two after a 500), waits from half a second to 30 seconds, `Retry-After` up to two minutes.
    fn default() -> Self {
        Self {
            attempts: 5,
            attempts_after_500: 2,
            base: Duration::from_millis(500),
            cap: Duration::from_secs(30),
            longest_retry_after: Duration::from_secs(120),
        }
    }
}

impl RetryPolicy {
    /// How long to wait before the next attempt; `None`: this answer stands. `attempt` counts from 1.
    pub(super) fn wait_after_answer(
        &self,
        attempt: u32,
        status: StatusCode,
        headers: &HeaderMap,
        now: SystemTime,
    ) -> Option<Duration> {
        let attempts = match status {
            StatusCode::TOO_MANY_REQUESTS
            | StatusCode::BAD_GATEWAY
            | StatusCode::SERVICE_UNAVAILABLE
            | StatusCode::GATEWAY_TIMEOUT => self.attempts,
            StatusCode::INTERNAL_SERVER_ERROR => self.attempts_after_500.min(self.attempts),
            _ => return None,
        };
        if attempt >= attempts {
            return None;
        }
        match retry_after(headers, now) {
            Some(asked) => (asked <= self.longest_retry_after).then_some(asked),
            None => Some(self.back_off(attempt)),
        }
    }

    /// How long to wait before the next attempt; `None`: this error stands.
    pub(super) fn wait_after_error(&self, attempt: u32, kind: TransportErrorKind) -> Option<Duration> {
        (kind.is_transient() && attempt < self.attempts).then(|| self.back_off(attempt))
    }

    fn back_off(&self, attempt: u32) -> Duration {
        let doubled = 2_u32.saturating_pow(attempt - 1);
        let longest = self.base.saturating_mul(doubled).min(self.cap);
        longest / 2 + (longest / 2).mul_f64(chance())
    }
}

/// A number from 0 to 1. The hasher's random keys are all the chance that a wait needs.
fn chance() -> f64 {
    let random = RandomState::new().hash_one(0_u8) >> 32;
    f64::from(u32::try_from(random).unwrap_or(0)) / f64::from(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wait(policy: &RetryPolicy, attempt: u32, status: u16) -> Option<Duration> {
        let status = StatusCode::from_u16(status).unwrap();
        policy.wait_after_answer(attempt, status, &HeaderMap::new(), SystemTime::now())
    }

    #[test]
    fn waits_double_up_to_the_cap_and_vary_by_half() {
        let policy = RetryPolicy { attempts: 100, ..RetryPolicy::default() };
        for (attempt, longest) in [(1, 500), (2, 1000), (3, 2000), (7, 30_000), (60, 30_000)] {
            let longest = Duration::from_millis(longest);
            for _ in 0..50 {
                let wait = wait(&policy, attempt, 503).unwrap();
                assert!(wait >= longest / 2 && wait <= longest, "{attempt}: {wait:?}");
            }
        }
        let waits: std::collections::HashSet<_> = (0..20).map(|_| wait(&policy, 1, 503)).collect();
        assert!(waits.len() > 1, "all clients would come back at once");
    }

    /// peer-bugs section 3: "409 never retried [O1, O2]"; wire document, section 7.4.
    #[test]
    fn only_accidents_are_worth_another_attempt() {
        let policy = RetryPolicy::default();
        for status in [429, 502, 503, 504] {
            assert!(wait(&policy, 4, status).is_some(), "{status}");
            assert!(wait(&policy, 5, status).is_none(), "{status}");
        }
        assert!(wait(&policy, 1, 500).is_some());
        assert!(wait(&policy, 2, 500).is_none());
        for status in [200, 302, 400, 401, 403, 404, 405, 406, 409, 413, 414, 415, 422, 431, 501] {
            assert!(wait(&policy, 1, status).is_none(), "{status}");
        }
    }
}
