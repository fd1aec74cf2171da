//! A small generator of numbers that stays the same over all releases, unlike those of libraries.

use std::collections::HashSet;

const STEP: u64 = 0x9E37_79B9_7F4A_7C15;

/// A number that looks random, the same for the same number: what `SplitMix64` draws in this state.
pub(crate) fn scattered(number: u64) -> u64 {
    let mut z = number.wrapping_add(STEP);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// `SplitMix64`, with the uids it has given.
#[derive(Debug)]
pub(crate) struct Random {
    state: u64,
    uids: HashSet<String>,
}

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self { state: seed, uids: HashSet::new() }
    }

    pub(crate) fn next(&mut self) -> u64 {
        let drawn = scattered(self.state);
        self.state = self.state.wrapping_add(STEP);
        drawn
    }

    /// A number from 0 to below `bound`; 0 where there is none.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        // The bias of the remainder is far below what made-up data could show.
        usize::try_from(self.next() % u64::try_from(bound.max(1)).unwrap_or(1)).unwrap_or(0)
    }

    /// True so many times in a thousand.
    pub(crate) fn per_mille(&mut self, times: usize) -> bool {
        self.below(1000) < times
    }

    pub(crate) fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        let at = self.below(from.len());
        &from[at]
    }

    /// A new uid.
    pub(crate) fn uid(&mut self) -> String {
        const CHARACTERS: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
        loop {
            let mut uid = String::with_capacity(11);
            for place in 0..11 {
                let choices = if place == 0 { 52 } else { 62 };
                uid.push(char::from(CHARACTERS[self.below(choices)]));
            }
            if self.uids.insert(uid.clone()) {
                return uid;
            }
        }
    }
}
