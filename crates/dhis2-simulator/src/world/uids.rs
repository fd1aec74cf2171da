//! Where rows are, by their uids.

use std::collections::HashMap;
use std::sync::Arc;

use super::texts::Text;

/// The numbers of rows by their uids: those the world began with, which copies share, and those that came with changes.
#[derive(Debug, Default, Clone)]
pub(crate) struct Uids {
    settled: Arc<HashMap<Text, u32>>,
    added: HashMap<Text, u32>,
}

impl Uids {
    pub(crate) fn get(&self, uid: Text) -> Option<u32> {
        self.settled.get(&uid).or_else(|| self.added.get(&uid)).copied()
    }

    pub(crate) fn contains(&self, uid: Text) -> bool {
        self.get(uid).is_some()
    }

    /// Adds a uid that is not there yet.
    pub(crate) fn insert(&mut self, uid: Text, number: u32) {
        self.added.insert(uid, number);
    }

    /// The uids of a finished world: what comes from now on is kept apart.
    pub(crate) fn settle(&mut self) {
        debug_assert!(self.settled.is_empty(), "a world is finished once");
        self.settled = Arc::new(std::mem::take(&mut self.added));
    }
}

#[cfg(test)]
mod tests {
    use super::super::texts::Texts;
    use super::*;

    #[test]
    fn a_copy_does_not_see_what_comes_later() {
        let mut texts = Texts::default();
        let (one, two) = (texts.intern("one"), texts.intern("two"));
        let mut uids = Uids::default();
        uids.insert(one, 0);
        uids.settle();
        let before = uids.clone();
        uids.insert(two, 1);
        assert_eq!((uids.get(one), uids.get(two)), (Some(0), Some(1)));
        assert_eq!((before.get(one), before.contains(two)), (Some(0), false));
        assert!(Arc::ptr_eq(&uids.settled, &before.settled));
    }
}
