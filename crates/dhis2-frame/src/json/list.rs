//! Answers that are an object with a long list in it, read object by object.

use serde::de::DeserializeSeed;

use super::scanner::{Scanner, Stop};
use super::walk::{OneObject, ReadObject};
use super::{message, path, place};
use crate::FrameError;

/// The reader of an answer such as `{"pager":{…},"events":[{…},{…}]}`: of each object of the list, by [`ReadObject`], and of
/// what stands beside the list.
pub trait ReadList: ReadObject {
    /// The key of the list.
    fn list(&self) -> &'static str;

    /// Takes a field that stands beside the list. `value` is its JSON, not yet read.
    ///
    /// # Errors
    /// `serde_json`'s where the value is not as it must be; one that nobody wants must at least be JSON.
    fn field(&mut self, key: &str, value: &str) -> Result<(), serde_json::Error>;

    /// A failure of an object that says more than the parser's error.
    fn failure(&mut self) -> Option<FrameError>;
}

/// Where in the answer the walk stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Before the brace.
    Start,
    /// Where a field begins; the `first` need not be there.
    Field { first: bool },
    /// Behind a field.
    AfterField,
    /// Where an object of the list begins; the `first` need not be there.
    Item { first: bool },
    /// Behind an object of the list.
    AfterItem,
    /// Behind the brace that ends the answer.
    End,
}

/// Why the walk does not go on.
enum Halt {
    /// What comes next is not there to its end.
    More,
    Failed(FrameError),
}

impl From<Stop> for Halt {
    fn from(_nothing_there: Stop) -> Self {
        Self::More
    }
}

/// The walk over an answer: each object by the quick reader, and by `serde_json` where that stops.
#[derive(Debug)]
pub(super) struct ListWalk<R> {
    reader: R,
    state: State,
    /// The bytes of the answer before the text that is being read.
    pub(super) before: usize,
    /// Objects of the list that were read.
    items: usize,
    listed: bool,
    quick: bool,
}

impl<R: ReadList> ListWalk<R> {
    pub(super) fn new(reader: R, quick: bool) -> Self {
        Self { reader, state: State::Start, before: 0, items: 0, listed: false, quick }
    }

    pub(super) fn reader_mut(&mut self) -> &mut R {
        &mut self.reader
    }

    /// The same walk, to be gone on with at an object of the list.
    pub(super) fn inside(self) -> Self {
        Self { state: State::Item { first: false }, ..self }
    }

    /// Reads what is there of the text to its end, and says how much that was. The next text begins there.
    pub(super) fn advance(&mut self, text: &str) -> Result<usize, FrameError> {
        let at = self.walk(text, 0, false, |_, _| false)?;
        self.before += at;
        Ok(at)
    }

    /// Reads the rest of the answer.
    pub(super) fn read_to_end(mut self, text: &str, from: usize) -> Result<R, FrameError> {
        self.walk(text, from, true, |_, _| false)?;
        if self.listed {
            return Ok(self.reader);
        }
        let message = format!("missing field `{}`", self.reader.list());
        Err(FrameError::Json { offset: (self.before + text.len()).saturating_sub(1), path: String::new(), message })
    }

    /// Reads up to the first object of the list, and says where that stands; to the end where there is none.
    pub(super) fn read_to_list(&mut self, text: &str) -> Result<usize, FrameError> {
        self.walk(text, 0, true, |state, _| matches!(state, State::Item { .. }))
    }

    /// Reads objects of the list up to the one that begins at `until`. Without a reader where none begins there.
    pub(super) fn up_to(mut self, text: &str, from: usize, until: usize) -> Result<Option<R>, FrameError> {
        let in_list = |state| matches!(state, State::Item { .. } | State::AfterItem);
        let at = self.walk(text, from, true, |state, at| at >= until || !in_list(state))?;
        Ok((at == until && self.state == State::Item { first: false }).then_some(self.reader))
    }

    /// Reads until it is to stop, which is asked before each step, or to the end of the text.
    fn walk(
        &mut self,
        text: &str,
        mut at: usize,
        last: bool,
        stop: impl Fn(State, usize) -> bool,
    ) -> Result<usize, FrameError> {
        while !stop(self.state, at) {
            match self.step(text, at, last) {
                Ok(next) => at = next,
                Err(Halt::Failed(error)) => return Err(self.reader.failure().unwrap_or(error)),
                Err(Halt::More) if last && self.state != State::End => {
                    return Err(self.wrong(text.len().saturating_sub(1), "the answer ends before its end"));
                }
                Err(Halt::More) => break,
            }
        }
        Ok(at)
    }

    /// Reads one thing, and says where the next stands.
    #[inline]
    fn step(&mut self, text: &str, at: usize, last: bool) -> Result<usize, Halt> {
        let mut scan = Scanner::new(text, at);
        let byte = scan.peek()?;
        let at = scan.at();
        self.state = match (self.state, byte) {
            (State::Item { .. }, b'{') if self.quick => return self.item(text, at, last),
            (State::AfterItem, b',') => State::Item { first: false },
            (State::AfterItem | State::Item { first: true }, b']') => State::AfterField,
            (State::Item { .. }, _) => return self.slow_item(text, at, last),
            (State::Start, b'{') => State::Field { first: true },
            (State::Field { .. }, b'"') => return self.field(text, at),
            (State::Field { first: true } | State::AfterField, b'}') => State::End,
            (State::AfterField, b',') => State::Field { first: false },
            (State::Start, _) => return Err(self.failed(at, "an object is expected")),
            (State::Field { .. }, _) => return Err(self.failed(at, "a field is expected")),
            (State::AfterField, _) => return Err(self.failed(at, "expected `,` or `}`")),
            (State::AfterItem, _) => return Err(self.failed(at, "expected `,` or `]`")),
            (State::End, _) => return Err(self.failed(at, "trailing characters")),
        };
        Ok(at + 1)
    }

    #[inline]
    fn item(&mut self, text: &str, at: usize, last: bool) -> Result<usize, Halt> {
        let mut quick = Scanner::new(text, at);
        match OneObject(&mut self.reader).deserialize(&mut quick) {
            Ok(()) => {
                self.items += 1;
                self.state = State::AfterItem;
                Ok(quick.at())
            }
            Err(Stop) => self.slow_item(text, at, last),
        }
    }

    #[cold]
    fn slow_item(&mut self, text: &str, at: usize, last: bool) -> Result<usize, Halt> {
        let mut scan = Scanner::new(text, at);
        let end = match scan.skip() {
            Ok(()) => scan.at(),
            // The parser is to say what is wrong with it.
            Err(Stop) if last => text.len(),
            Err(Stop) => return Err(Halt::More),
        };
        let mut json = serde_json::Deserializer::from_str(&text[at..end]);
        let read = OneObject(&mut self.reader).deserialize(&mut json).and_then(|()| json.end());
        read.map_err(|error| self.unreadable(text, at..end, &error))?;
        self.items += 1;
        self.state = State::AfterItem;
        Ok(end)
    }

    fn field(&mut self, text: &str, at: usize) -> Result<usize, Halt> {
        let mut scan = Scanner::new(text, at);
        scan.skip()?;
        let unreadable = |walk: &Self, error| walk.unreadable(text, at..scan.at(), &error);
        let key: String = serde_json::from_str(&text[at..scan.at()]).map_err(|error| unreadable(self, error))?;
        let colon = scan.peek()?;
        if colon != b':' {
            return Err(self.failed(scan.at(), "expected `:`"));
        }
        scan = Scanner::new(text, scan.at() + 1);
        let list = key == self.reader.list();
        let byte = scan.peek()?;
        let start = scan.at();
        if list && byte == b'[' {
            self.listed = true;
            self.state = State::Item { first: true };
            return Ok(start + 1);
        }
        if list {
            return Err(self.failed(start, &format!("expected a list, each item {}", R::EXPECTED)));
        }
        scan.skip()?;
        let end = scan.at();
        // A number may go on in the next piece; a field is never the last thing of an answer.
        scan.peek()?;
        let read = self.reader.field(&key, &text[start..end]);
        read.map_err(|error| self.unreadable(text, start..end, &error))?;
        self.state = State::AfterField;
        Ok(end)
    }

    fn failed(&self, at: usize, message: &str) -> Halt {
        Halt::Failed(self.wrong(at, message))
    }

    fn wrong(&self, at: usize, message: &str) -> FrameError {
        FrameError::Json { offset: self.before + at, path: self.path(), message: message.to_owned() }
    }

    /// The object of the list that is being read.
    fn path(&self) -> String {
        match self.state {
            State::Item { .. } | State::AfterItem => format!("{}[{}]", self.reader.list(), self.items),
            _ => String::new(),
        }
    }

    /// The failure of `serde_json` to read a part of the text.
    fn unreadable(&self, text: &str, part: std::ops::Range<usize>, error: &serde_json::Error) -> Halt {
        let value = &text[part.start..part.end];
        let at = place(value, error);
        let inside = path::path_at(value, at);
        let mut path = self.path();
        if !path.is_empty() && !inside.is_empty() && !inside.starts_with('[') {
            path.push('.');
        }
        path.push_str(&inside);
        let message = message::without_values(error);
        Halt::Failed(FrameError::Json { offset: self.before + part.start + at, path, message })
    }
}
