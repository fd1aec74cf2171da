//! Which keys may have come more than once: far fewer than there are keys.

/// Bits of a map for each key, of which it has two. One key in fifty, at most, has both by chance with others: a key is compared
/// in vain that often.
const BITS_A_KEY: u64 = 8;
/// At most 64 MiB for both maps, however many keys there are; with more than 30 million more are compared in vain.
const MOST_BITS: u64 = 1 << 28;

/// Two maps of bits: of keys that came, and of those whose bits were there already. Two equal keys always have the same bits: none
/// that came more than once is passed over.
pub(crate) struct Candidates {
    once: Vec<u64>,
    again: Vec<u64>,
    mask: u64,
    count: u64,
}

impl Candidates {
    /// For so many keys.
    pub(crate) fn of(keys: u64) -> Self {
        let bits = keys.saturating_mul(BITS_A_KEY).clamp(64, MOST_BITS).next_power_of_two();
        let words = usize::try_from(bits / 64).unwrap_or(1);
        Self { once: vec![0; words], again: vec![0; words], mask: bits - 1, count: 0 }
    }

    /// The words of a key and its bit in each.
    fn places(&self, key: u128) -> [(usize, u64); 2] {
        // Neither the upper bits, by which keys are divided into rounds, nor the lowest, by which a table finds them.
        [key >> 32, key >> 64].map(|bits| {
            let bit = u64::try_from(bits & u128::from(self.mask)).unwrap_or_default();
            (usize::try_from(bit / 64).unwrap_or_default(), 1 << (bit % 64))
        })
    }

    pub(crate) fn see(&mut self, key: u128) {
        let places = self.places(key);
        let map = if places.iter().all(|(word, bit)| self.once[*word] & bit != 0) {
            // With the second the first becomes one, too.
            self.count += 2;
            &mut self.again
        } else {
            &mut self.once
        };
        for (word, bit) in places {
            map[word] |= bit;
        }
    }

    /// Whether a key may have come more than once, when all were seen.
    pub(crate) fn is_candidate(&self, key: u128) -> bool {
        self.places(key).iter().all(|(word, bit)| self.again[*word] & bit != 0)
    }

    /// About how many of the keys that were seen are candidates, each counted as often as it came.
    pub(crate) fn count(&self) -> u64 {
        self.count
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::key_of;

    #[test]
    fn every_key_that_came_twice_is_a_candidate_and_few_others_are() {
        let keys: Vec<u128> = (0..50_000).map(|n| key_of([Some(n.to_string().as_str())])).collect();
        let mut found = Candidates::of(keys.len() as u64);
        keys.iter().chain(keys.iter().step_by(100)).for_each(|key| found.see(*key));
        assert!(keys.iter().step_by(100).all(|key| found.is_candidate(*key)));
        let all = keys.iter().chain(keys.iter().step_by(100));
        let candidates = all.filter(|key| found.is_candidate(**key)).count();
        assert!(found.count() >= 1_000 && candidates < keys.len() / 20, "{} {candidates}", found.count());
    }
}
