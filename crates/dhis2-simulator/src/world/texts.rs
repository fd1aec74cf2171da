//! Every text once: uids, values and names are kept as numbers that stand for them.

use std::collections::HashMap;
use std::sync::Arc;

/// The number of a text in [`Texts`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Text(u32);

impl Text {
    /// No text at all. Never given to one.
    pub(crate) const NONE: Self = Self(u32::MAX);

    pub(crate) fn some(self) -> Option<Self> {
        (self != Self::NONE).then_some(self)
    }
}

/// The texts of a world: those it began with, which copies share, and those that came with changes.
#[derive(Debug, Default, Clone)]
pub(crate) struct Texts {
    settled: Arc<Layer>,
    added: Layer,
}

/// Texts and their numbers within the layer.
#[derive(Debug, Default, Clone)]
struct Layer {
    texts: Vec<Arc<str>>,
    numbers: HashMap<Arc<str>, u32>,
}

impl Texts {
    /// The number of a text, a new one for a new text.
    pub(crate) fn intern(&mut self, text: &str) -> Text {
        if let Some(known) = self.find(text) {
            return known;
        }
        // A world of four thousand million different texts does not fit into memory before this overflows.
        let number = u32::try_from(self.added.texts.len()).unwrap_or(u32::MAX);
        let text: Arc<str> = Arc::from(text);
        self.added.texts.push(Arc::clone(&text));
        self.added.numbers.insert(text, number);
        Text(number + self.first_added())
    }

    /// The texts of a finished world: what comes from now on is kept apart.
    pub(crate) fn settled(self) -> Self {
        debug_assert!(self.settled.texts.is_empty(), "a world is finished once");
        Self { settled: Arc::new(self.added), added: Layer::default() }
    }

    fn first_added(&self) -> u32 {
        u32::try_from(self.settled.texts.len()).unwrap_or(u32::MAX)
    }

    fn of_number(&self, text: Text) -> Option<&Arc<str>> {
        let number = text.0 as usize;
        let settled = self.settled.texts.len();
        if number < settled { self.settled.texts.get(number) } else { self.added.texts.get(number - settled) }
    }

    pub(crate) fn intern_option(&mut self, text: Option<&str>) -> Text {
        text.map_or(Text::NONE, |text| self.intern(text))
    }

    /// The number of a text that is there.
    pub(crate) fn find(&self, text: &str) -> Option<Text> {
        let settled = self.settled.numbers.get(text).map(|&number| Text(number));
        settled.or_else(|| self.added.numbers.get(text).map(|&number| Text(number + self.first_added())))
    }

    /// The text; empty for [`Text::NONE`].
    pub(crate) fn get(&self, text: Text) -> &str {
        self.of_number(text).map_or("", |text| text)
    }

    /// The text, shared.
    pub(crate) fn shared(&self, text: Text) -> Arc<str> {
        self.of_number(text).map_or_else(|| Arc::from(""), Arc::clone)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_keep_their_numbers_when_others_come_later() {
        let mut texts = Texts::default();
        let first = texts.intern("first");
        let mut texts = texts.settled();
        let before = texts.clone();
        let second = texts.intern("second");
        assert_eq!((texts.intern("first"), texts.intern("second")), (first, second));
        assert_eq!((texts.get(first), texts.get(second), texts.get(Text::NONE)), ("first", "second", ""));
        assert_eq!((texts.find("second"), before.find("second")), (Some(second), None));
    }
}
