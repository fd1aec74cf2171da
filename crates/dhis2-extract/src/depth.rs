//! How often chunks are cut before they are asked for.

/// After so many pieces that came at once, chunks are asked for in larger ones again.
const SUCCESSES_TO_GROW: u32 = 4;

/// As often as the ones before had to be cut, and once less after some that came.
///
/// What it says of a chunk depends on the chunks before it in the plan and on nothing else: not on which of two that are under
/// way ends first, nor on whether another run fetched one of them. So a run that was stopped cuts as it would have.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Depth {
    cuts: u32,
    came: u32,
}

impl Depth {
    /// How often to cut.
    pub(crate) fn cuts(self) -> u32 {
        self.cuts
    }

    /// What was cut so often was too much all the same.
    pub(crate) fn too_much(&mut self, cuts: u32) {
        self.cuts = self.cuts.max(cuts + 1);
        self.came = 0;
    }

    /// Something came at once.
    pub(crate) fn came(&mut self) {
        self.came += 1;
        if self.came >= SUCCESSES_TO_GROW {
            self.came = 0;
            self.cuts = self.cuts.saturating_sub(1);
        }
    }

    /// A chunk of the plan is over, which had to be cut so often; 0 where it came as it was asked for.
    pub(crate) fn over(&mut self, needed: u32) {
        match needed.checked_sub(1) {
            Some(too_much) => self.too_much(too_much),
            None => self.came(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn later_chunks_are_cut_as_often_and_after_four_that_came_once_less() {
        let mut depth = Depth::default();
        depth.over(3);
        assert_eq!(depth.cuts(), 3);
        depth.over(1);
        assert_eq!(depth.cuts(), 3, "a smaller need says nothing of larger chunks");
        (0..3).for_each(|_| depth.over(0));
        assert_eq!(depth.cuts(), 3);
        depth.over(0);
        assert_eq!(depth.cuts(), 2);
        (0..100).for_each(|_| depth.came());
        assert_eq!(depth.cuts(), 0);
    }
}
