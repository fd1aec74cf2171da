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

/// The texts of a world.
#[derive(Debug, Default)]
pub(crate) struct Texts {
    texts: Vec<Arc<str>>,
    numbers: HashMap<Arc<str>, u32>,
}

impl Texts {
    /// The number of a text, a new one for a new text.
    pub(crate) fn intern(&mut self, text: &str) -> Text {
        if let Some(&number) = self.numbers.get(text) {
            return Text(number);
        }
        // A world of four thousand million different texts does not fit into memory before this overflows.
        let number = u32::try_from(self.texts.len()).unwrap_or(u32::MAX);
        let text: Arc<str> = Arc::from(text);
        self.texts.push(Arc::clone(&text));
        self.numbers.insert(text, number);
        Text(number)
    }

    pub(crate) fn intern_option(&mut self, text: Option<&str>) -> Text {
        text.map_or(Text::NONE, |text| self.intern(text))
    }

    /// The number of a text that is there.
    pub(crate) fn find(&self, text: &str) -> Option<Text> {
        self.numbers.get(text).map(|&number| Text(number))
    }

    /// The text; empty for [`Text::NONE`].
    pub(crate) fn get(&self, text: Text) -> &str {
        self.texts.get(text.0 as usize).map_or("", |text| text)
    }

    /// The text, shared.
    pub(crate) fn shared(&self, text: Text) -> Arc<str> {
        self.texts.get(text.0 as usize).map_or_else(|| Arc::from(""), Arc::clone)
    }
}

/// Texts that came when a world was served already: their numbers go on where those of the world end.
#[derive(Debug, Clone, Default)]
pub(crate) struct LaterTexts {
    texts: Vec<Arc<str>>,
    numbers: HashMap<Arc<str>, u32>,
}

impl LaterTexts {
    /// The number of a text, a new one for one that neither the world nor this has.
    pub(crate) fn intern(&mut self, world: &Texts, text: &str) -> Text {
        if let Some(known) = self.find(world, text) {
            return known;
        }
        let number = u32::try_from(world.texts.len() + self.texts.len()).unwrap_or(u32::MAX);
        let text: Arc<str> = Arc::from(text);
        self.texts.push(Arc::clone(&text));
        self.numbers.insert(text, number);
        Text(number)
    }

    pub(crate) fn find(&self, world: &Texts, text: &str) -> Option<Text> {
        world.find(text).or_else(|| self.numbers.get(text).map(|&number| Text(number)))
    }

    /// The text; empty for [`Text::NONE`].
    pub(crate) fn get<'a>(&'a self, world: &'a Texts, text: Text) -> &'a str {
        match (text.0 as usize).checked_sub(world.texts.len()).and_then(|number| self.texts.get(number)) {
            Some(later) => later,
            None => world.get(text),
        }
    }
}
