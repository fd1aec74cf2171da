//! Faults drawn by chance.

use std::time::Duration;

use super::{Fault, Faults, ResetAt, Rule};
use crate::random::Random;

/// Rows of one answer that no limit drawn by chance refuses.
const FEW_ROWS: usize = 1_000;

impl Faults {
    /// A few rules drawn by chance, the same for the same seed, which a persistent client can overcome. All are for GETs.
    ///
    /// * One to three kinds of accidents: connections that break, 429, 502, 503 and 504 with and without `Retry-After` (of 0,
    ///   so that nobody has to wait for a test), packed bodies that end too early. Each happens to the same request once at
    ///   most, so that asked four times it is answered, and some requests are spared.
    /// * In half of the schedules exports of data values are cut (up to 2.42), the same one up to three times.
    /// * In a third of them exports of data values of more than some thousand rows are too much for the server's memory, or
    ///   for the patience of a gateway, always: they have to be asked for in parts. A thousand rows are never too many.
    /// * In half of them answers are late, by milliseconds, or drip.
    ///
    /// ```
    /// use dhis2_simulator::Faults;
    ///
    /// assert_eq!(Faults::random(7), Faults::random(7));
    /// assert_ne!(Faults::random(7), Faults::random(8));
    /// ```
    pub fn random(seed: u64) -> Self {
        let mut random = Random::new(seed);
        let mut rules = Vec::new();
        for _ in 0..=random.below(3) {
            rules.push(Rule { times: Some(1), ..sometimes(&mut random, accident) });
        }
        if random.per_mille(500) {
            let times = 1 + u32::try_from(random.below(3)).unwrap_or(0);
            let cut = |random: &mut Random| Fault::CutDataValues { after_rows: 1_000 * (1 + random.below(8)) };
            rules.push(Rule { times: Some(times), ..sometimes(&mut random, cut) });
        }
        if random.per_mille(333) {
            let target = "/dataValueSets".to_owned();
            rules.push(Rule { target, method: Some("GET".to_owned()), ..Rule::of(limit(&mut random)) });
        }
        if random.per_mille(500) {
            rules.push(sometimes(&mut random, slowness));
        }
        Self { seed, rules, changes: None }
    }
}

/// A fault that three to nine in ten GETs have.
fn sometimes(random: &mut Random, fault: impl FnOnce(&mut Random) -> Fault) -> Rule {
    let probability = *random.pick(&[0.3, 0.5, 0.7, 0.9]);
    Rule { method: Some("GET".to_owned()), probability, ..Rule::of(fault(random)) }
}

fn accident(random: &mut Random) -> Fault {
    match random.below(9) {
        0..=4 => Fault::Reset {
            at: *random.pick(&[ResetAt::BeforeAnswer, ResetAt::BeforeBody, ResetAt::Midway, ResetAt::AfterBody]),
            content_length: random.per_mille(500),
        },
        5 => Fault::TruncatedGzip,
        _ => Fault::Status {
            code: *random.pick(&[429, 502, 503, 504]),
            retry_after_seconds: *random.pick(&[None, Some(0)]),
        },
    }
}

fn limit(random: &mut Random) -> Fault {
    let over_rows = FEW_ROWS * (1 + random.below(10));
    if random.per_mille(500) {
        Fault::OutOfMemory { over_rows }
    } else {
        Fault::GatewayTimeout { over_rows, after: Duration::from_millis(5) }
    }
}

fn slowness(random: &mut Random) -> Fault {
    if random.per_mille(700) {
        return Fault::Latency { fixed: Duration::from_millis(2), jitter: Duration::from_millis(8) };
    }
    Fault::Drip { piece_bytes: 4_096 << random.below(5), pause: Duration::from_millis(1) }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn many_seeds_bring_every_fault_that_can_be_overcome_and_no_other() {
        let schedules: Vec<_> = (0..500).map(Faults::random).collect();
        let rules = || schedules.iter().flat_map(|faults| &faults.rules);
        let kinds: BTreeSet<_> = rules().map(|rule| rule.fault.kind()).collect();
        let expected = [
            "cut_data_values",
            "drip",
            "gateway_timeout",
            "latency",
            "out_of_memory",
            "reset",
            "status",
            "truncated_gzip",
        ];
        assert_eq!(kinds.into_iter().collect::<Vec<_>>(), expected);
        assert!(schedules.iter().all(|faults| (1..=6).contains(&faults.rules.len())));
        for rule in rules() {
            match rule.fault {
                Fault::OutOfMemory { over_rows } | Fault::GatewayTimeout { over_rows, .. } => {
                    assert!(over_rows >= FEW_ROWS && rule.target == "/dataValueSets");
                }
                Fault::CutDataValues { .. } => assert!(rule.times.is_some()),
                Fault::Latency { .. } | Fault::Drip { .. } => {}
                _ => assert_eq!(rule.times, Some(1)),
            }
        }
    }
}
