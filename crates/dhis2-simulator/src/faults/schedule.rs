//! Whose turn it is.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, PoisonError};

use axum::http::{HeaderMap, Method, header};

use super::{Fault, Faults, Rule};
use crate::random::scattered;

/// A request, as far as rules look at it.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(super) method: Method,
    pub(super) target: String,
    pub(super) accepts_gzip: bool,
    pub(super) body_bytes: usize,
    /// The same for the same method, target and body.
    key: u64,
}

/// FNV-1a: the same in every release, unlike the hashers of the standard library.
fn digest(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xCBF2_9CE4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01B3))
}

/// Faults, and what came of them so far.
#[derive(Debug)]
pub(crate) struct Schedule {
    faults: Faults,
    /// One for each rule.
    past: Vec<Mutex<Past>>,
    done: Mutex<BTreeMap<&'static str, u64>>,
}

/// What a rule has seen.
#[derive(Debug, Default)]
struct Past {
    requests: u64,
    of_request: HashMap<u64, Times>,
}

#[derive(Debug, Default)]
struct Times {
    asked: u64,
    done: u32,
}

impl Schedule {
    pub(crate) fn new(faults: Faults) -> Self {
        let past = faults.rules.iter().map(|_| Mutex::default()).collect();
        Self { faults, past, done: Mutex::default() }
    }

    /// A request, as the rules look at it.
    pub(crate) fn asked(&self, method: &Method, target: &str, headers: &HeaderMap, body: &[u8]) -> Asked {
        let accepted = headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok());
        // Without rules nobody looks at it, and the digest of a large body takes its time.
        let parts = if self.past.is_empty() {
            [[].as_slice(); 3]
        } else {
            [method.as_str().as_bytes(), target.as_bytes(), body]
        };
        Asked {
            method: method.clone(),
            target: target.to_owned(),
            accepts_gzip: accepted.is_some_and(|accepted| accepted.contains("gzip")),
            body_bytes: body.len(),
            key: parts.iter().fold(0, |key, part| scattered(key ^ digest(part))),
        }
    }

    /// How often each kind of fault has happened.
    pub(crate) fn done(&self) -> BTreeMap<&'static str, u64> {
        self.done.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The rules that are for this request, whose fault could happen to it as `could` tells, and whose turn it is. Each
    /// comes with what `could` made of its fault and with a number drawn by chance, and counts as done. Rules behind the
    /// last one taken do not count the request.
    pub(super) fn turns<'a, T: 'a>(
        &'a self,
        asked: &'a Asked,
        could: impl Fn(&'a Fault) -> Option<T> + 'a,
    ) -> impl Iterator<Item = (T, u64)> + 'a {
        self.faults.rules.iter().enumerate().filter_map(move |(number, rule)| {
            if !rule.is_for(asked) {
                return None;
            }
            let found = could(&rule.fault)?;
            let random = self.turn(number, rule, asked)?;
            *self.done.lock().unwrap_or_else(PoisonError::into_inner).entry(rule.fault.kind()).or_default() += 1;
            Some((found, random))
        })
    }

    fn turn(&self, number: usize, rule: &Rule, asked: &Asked) -> Option<u64> {
        let mut past = self.past[number].lock().unwrap_or_else(PoisonError::into_inner);
        past.requests += 1;
        let requests = past.requests;
        let times = past.of_request.entry(asked.key).or_default();
        times.asked += 1;
        let number = u64::try_from(number).unwrap_or(u64::MAX);
        let random = [number, asked.key, times.asked]
            .into_iter()
            .fold(self.faults.seed, |random, part| scattered(random ^ scattered(part)));
        let turn = rule.every > 0
            && requests.is_multiple_of(rule.every)
            && rule.times.is_none_or(|most| times.done < most)
            && chance(random) < rule.probability;
        turn.then(|| {
            times.done += 1;
            scattered(random)
        })
    }
}

impl Rule {
    fn is_for(&self, asked: &Asked) -> bool {
        asked.target.contains(&self.target) && self.method.as_ref().is_none_or(|method| asked.method.as_str() == method)
    }
}

/// From 0 to below 1.
pub(super) fn chance(random: u64) -> f64 {
    f64::from(u32::try_from(random >> 32).unwrap_or(u32::MAX)) / (f64::from(u32::MAX) + 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn get(schedule: &Schedule, target: &str) -> Asked {
        schedule.asked(&Method::GET, target, &HeaderMap::new(), b"")
    }

    /// Whether each of these requests, one after the other, has a fault.
    fn turns(schedule: &Schedule, targets: &[&str]) -> Vec<bool> {
        targets.iter().map(|target| schedule.turns(&get(schedule, target), Some).next().is_some()).collect()
    }

    fn schedule(rule: Rule) -> Schedule {
        Schedule::new(Faults::of([rule]))
    }

    #[test]
    fn every_nth_request_of_those_a_rule_is_for_has_its_turn() {
        let rule = Rule { target: "/b".into(), every: 2, ..Rule::of(Fault::LoginPage) };
        let schedule = schedule(rule);
        let turns = turns(&schedule, &["/b?1", "/a", "/b?2", "/a", "/a", "/b?3", "/b?4"]);
        assert_eq!(turns, [false, false, true, false, false, false, true]);
        assert_eq!(schedule.done(), BTreeMap::from([("login_page", 2)]));
    }

    #[test]
    fn a_rule_may_be_for_one_method() {
        let schedule = schedule(Rule { method: Some("POST".into()), ..Rule::of(Fault::LoginPage) });
        assert_eq!(turns(&schedule, &["/a"]), [false]);
        let post = schedule.asked(&Method::POST, "/a", &HeaderMap::new(), b"");
        assert!(schedule.turns(&post, Some).next().is_some());
    }

    #[test]
    fn the_same_request_has_a_fault_so_often_and_no_more() {
        let schedule = schedule(Rule { times: Some(2), ..Rule::of(Fault::LoginPage) });
        assert_eq!(turns(&schedule, &["/a", "/a", "/b", "/a", "/b", "/b"]), [true, true, true, false, true, false]);
        // Another body makes another request.
        let post = |body| schedule.asked(&Method::POST, "/a", &HeaderMap::new(), body);
        let had = |body| schedule.turns(&post(body), Some).next().is_some();
        assert_eq!([had(b"1"), had(b"2"), had(b"1"), had(b"1"), had(b"2")], [true, true, true, false, true]);
    }

    #[test]
    fn rules_behind_the_one_that_counts_do_not_see_the_request() {
        let page = || Rule { times: Some(1), ..Rule::of(Fault::LoginPage) };
        let schedule = Schedule::new(Faults::of([page(), page()]));
        assert_eq!(turns(&schedule, &["/a", "/a", "/a"]), [true, true, false]);
    }

    #[test]
    fn chance_follows_from_the_seed_and_the_request_alone() {
        let drawn = |seed, order: &[usize]| {
            let rule = Rule { probability: 0.3, ..Rule::of(Fault::LoginPage) };
            let schedule = Schedule::new(Faults { seed, ..Faults::of([rule]) });
            let mut had = vec![false; order.len()];
            for number in order {
                had[*number] = schedule.turns(&get(&schedule, &format!("/{number}")), Some).next().is_some();
            }
            had
        };
        let forth: Vec<usize> = (0..1_000).collect();
        let back: Vec<usize> = forth.iter().rev().copied().collect();
        assert_eq!(drawn(1, &forth), drawn(1, &back), "whatever else is asked before");
        assert_ne!(drawn(1, &forth), drawn(2, &forth));
        let had = drawn(1, &forth).iter().filter(|had| **had).count();
        assert!((250..350).contains(&had), "{had} of 1000");
    }

    #[test]
    fn the_same_request_is_drawn_for_anew_each_time() {
        let schedule = schedule(Rule { probability: 0.5, ..Rule::of(Fault::LoginPage) });
        let had = turns(&schedule, &["/a"; 64]).into_iter().filter(|had| *had).count();
        assert!((16..48).contains(&had), "{had} of 64");
    }
}
