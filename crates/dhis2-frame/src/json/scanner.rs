//! A JSON reader for what servers send: quick where an answer is as it always is, and out of the way where it is not.
#![allow(clippy::inline_always)] // measured: these run some fifty times for each row

use std::fmt::{self, Display};

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::scan::plain_end;
use super::{fields, raw};

/// How deep objects and lists may be nested before the other reader takes over, which says what is wrong.
const DEPTH: u8 = 64;

/// Reads one value at a time from text, as a `serde` deserializer.
///
/// It takes texts without escapes, `null`, `true`, `false`, objects and lists by itself, in any order and spacing; a text
/// with escapes and a number it hands to `serde_json`. It checks only what it must to read on rightly, and never says what
/// is wrong: after [`Stop`] the same value is read by `serde_json`, whose answer counts.
#[derive(Debug)]
pub(super) struct Scanner<'de> {
    text: &'de str,
    at: usize,
    depth: u8,
}

/// A text of the document.
enum Text<'de> {
    Plain(&'de str),
    Escaped(&'de str),
}

/// This is not for the scanner: it is something unusual, wrong, or not there to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stop;

impl Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not for the quick reader")
    }
}

impl std::error::Error for Stop {}

impl Error for Stop {
    fn custom<T: Display>(_message: T) -> Self {
        Self
    }

    // What would be said is not made, only to be thrown away.
    fn missing_field(_field: &'static str) -> Self {
        Self
    }
}

impl<'de> Scanner<'de> {
    /// A reader of `text` from the byte `at` on.
    pub(super) fn new(text: &'de str, at: usize) -> Self {
        Self { text, at, depth: 0 }
    }

    /// The byte behind what was read.
    pub(super) fn at(&self) -> usize {
        self.at
    }

    /// The next byte that is not space.
    #[inline(always)]
    pub(super) fn peek(&mut self) -> Result<u8, Stop> {
        loop {
            match self.text.as_bytes().get(self.at) {
                Some(byte) if *byte > b' ' => return Ok(*byte),
                Some(b' ' | b'\n' | b'\t' | b'\r') => self.at += 1,
                _ => return Err(Stop),
            }
        }
    }

    #[inline(always)]
    pub(super) fn expect(&mut self, byte: u8) -> Result<(), Stop> {
        if self.peek()? == byte {
            self.at += 1;
            Ok(())
        } else {
            Err(Stop)
        }
    }

    /// The text between the quotes at which it stands; one with escapes with its quotes.
    #[inline(always)]
    fn string(&mut self) -> Result<Text<'de>, Stop> {
        let start = self.at + 1;
        let end = plain_end(self.text.as_bytes(), start).ok_or(Stop)?;
        if self.text.as_bytes()[end] == b'"' {
            self.at = end + 1;
            return Ok(Text::Plain(&self.text[start..end]));
        }
        self.escaped(start, end)
    }

    #[cold]
    fn escaped(&mut self, start: usize, mut end: usize) -> Result<Text<'de>, Stop> {
        let bytes = self.text.as_bytes();
        while bytes[end] == b'\\' {
            end = plain_end(bytes, end + 2).ok_or(Stop)?;
        }
        if bytes[end] != b'"' {
            return Err(Stop);
        }
        self.at = end + 1;
        Ok(Text::Escaped(&self.text[start - 1..=end]))
    }

    fn word(&mut self, word: &str) -> Result<(), Stop> {
        if self.text.as_bytes()[self.at..].starts_with(word.as_bytes()) {
            self.at += word.len();
            Ok(())
        } else {
            Err(Stop)
        }
    }

    /// A number, as far as it may reach.
    fn number(&mut self) -> &'de str {
        let rest = &self.text[self.at..];
        let in_number = |byte: &u8| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E');
        let length = rest.bytes().take_while(|byte| in_number(byte)).count();
        self.at += length;
        &rest[..length]
    }

    /// Passes over a value, whatever it is. Of what it holds only the texts' ends and the brackets are looked at.
    pub(super) fn skip(&mut self) -> Result<(), Stop> {
        let mut open = 0_usize;
        loop {
            match self.peek()? {
                b'"' => {
                    self.string()?;
                }
                b'{' | b'[' => {
                    open += 1;
                    self.at += 1;
                    continue;
                }
                b'}' | b']' => {
                    open = open.checked_sub(1).ok_or(Stop)?;
                    self.at += 1;
                }
                b',' | b':' if open > 0 => {
                    self.at += 1;
                    continue;
                }
                b't' => self.word("true")?,
                b'f' => self.word("false")?,
                b'n' => self.word("null")?,
                b'0'..=b'9' | b'-' => {
                    self.number();
                }
                _ => return Err(Stop),
            }
            if open == 0 {
                return Ok(());
            }
        }
    }

    /// A value as it is written. It is passed over, and `serde_json` looks whether it is sound.
    fn raw(&mut self) -> Result<&'de str, Stop> {
        self.peek()?;
        let start = self.at;
        self.skip()?;
        let value = &self.text[start..self.at];
        serde_json::from_str::<IgnoredAny>(value).map_err(|_| Stop)?;
        Ok(value)
    }

    fn deeper<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T, Stop>) -> Result<T, Stop> {
        if self.depth == DEPTH {
            return Err(Stop);
        }
        self.depth += 1;
        self.at += 1;
        let value = read(self)?;
        self.depth -= 1;
        Ok(value)
    }

    #[inline(always)]
    fn object<V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value, Stop> {
        self.deeper(|scanner| {
            let mut items = Items::new(scanner, b'}');
            let value = visitor.visit_map(&mut items)?;
            if items.ended { Ok(value) } else { Err(Stop) }
        })
    }

    #[inline]
    fn list<V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value, Stop> {
        self.deeper(|scanner| {
            let mut items = Items::new(scanner, b']');
            let value = visitor.visit_seq(&mut items)?;
            // As with tuples, what reads a list may stop before its end.
            if items.ended { Ok(value) } else { Err(Stop) }
        })
    }

    #[inline(always)]
    fn text<V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value, Stop> {
        match self.string()? {
            Text::Plain(text) => visitor.visit_borrowed_str(text),
            Text::Escaped(quoted) => unescaped(quoted, visitor),
        }
    }
}

#[cold]
fn unescaped<'de, V: Visitor<'de>>(quoted: &str, visitor: V) -> Result<V::Value, Stop> {
    let text = match short_escapes(&quoted[1..quoted.len() - 1]) {
        Some(text) => text,
        None => serde_json::from_str(quoted).map_err(|_| Stop)?,
    };
    visitor.visit_string(text)
}

/// The text without its escapes, where all are of two characters: what servers write for line breaks, quotes and the like.
fn short_escapes(escaped: &str) -> Option<String> {
    let mut text = String::with_capacity(escaped.len());
    let mut rest = escaped;
    while let Some(at) = memchr::memchr(b'\\', rest.as_bytes()) {
        text.push_str(&rest[..at]);
        text.push(match rest.as_bytes().get(at + 1)? {
            b'n' => '\n',
            b'"' => '"',
            b'\\' => '\\',
            b'/' => '/',
            b't' => '\t',
            b'r' => '\r',
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            _ => return None,
        });
        rest = &rest[at + 2..];
    }
    text.push_str(rest);
    Some(text)
}

impl<'de> Deserializer<'de> for &mut Scanner<'de> {
    type Error = Stop;

    #[inline(always)]
    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stop> {
        match self.peek()? {
            b'"' => self.text(visitor),
            b'n' => {
                self.word("null")?;
                visitor.visit_unit()
            }
            b't' => {
                self.word("true")?;
                visitor.visit_bool(true)
            }
            b'f' => {
                self.word("false")?;
                visitor.visit_bool(false)
            }
            b'{' => self.object(visitor),
            b'[' => self.list(visitor),
            _ => {
                let mut number = serde_json::Deserializer::from_str(self.number());
                let value = number.deserialize_any(visitor).map_err(|_| Stop)?;
                number.end().map_err(|_| Stop)?;
                Ok(value)
            }
        }
    }

    #[inline(always)]
    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stop> {
        if self.peek()? == b'n' {
            self.word("null")?;
            visitor.visit_none()
        } else {
            visitor.visit_some(self)
        }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stop> {
        // A text without escapes is sound; of the rest `serde_json` is asked.
        if self.peek()? != b'"' {
            self.raw()?;
        } else if let Text::Escaped(_) = self.string()? {
            return Err(Stop);
        }
        visitor.visit_unit()
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, name: &'static str, visitor: V) -> Result<V::Value, Stop> {
        if name != raw::NAME {
            return visitor.visit_newtype_struct(self);
        }
        visitor.visit_borrowed_str(self.raw()?)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        _visitor: V,
    ) -> Result<V::Value, Stop> {
        Err(Stop)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map struct identifier
    }
}

/// What stands between the brackets of an object or a list.
struct Items<'s, 'de> {
    scanner: &'s mut Scanner<'de>,
    first: bool,
    end: u8,
    ended: bool,
    /// The colon behind the key was read with the key.
    colon_read: bool,
    /// The field that mostly comes next.
    hint: usize,
}

impl<'s, 'de> Items<'s, 'de> {
    #[inline(always)]
    fn new(scanner: &'s mut Scanner<'de>, end: u8) -> Self {
        Self { scanner, first: true, end, ended: false, colon_read: false, hint: 0 }
    }

    /// Whether another item follows.
    #[inline(always)]
    fn more(&mut self) -> Result<bool, Stop> {
        let byte = self.scanner.peek()?;
        if byte == self.end {
            self.scanner.at += 1;
            self.ended = true;
            return Ok(false);
        }
        if !std::mem::take(&mut self.first) {
            if byte != b',' {
                return Err(Stop);
            }
            self.scanner.at += 1;
        }
        Ok(true)
    }
}

impl<'de> MapAccess<'de> for &mut Items<'_, 'de> {
    type Error = Stop;

    #[inline(always)]
    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Stop> {
        if self.ended || !self.more()? {
            return Ok(None);
        }
        if self.scanner.peek()? != b'"' {
            return Err(Stop);
        }
        seed.deserialize(Key(self)).map(Some)
    }

    #[inline(always)]
    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Stop> {
        if !std::mem::take(&mut self.colon_read) {
            self.scanner.expect(b':')?;
        }
        seed.deserialize(&mut *self.scanner)
    }
}

impl<'de> SeqAccess<'de> for &mut Items<'_, 'de> {
    type Error = Stop;

    #[inline(always)]
    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Stop> {
        if self.ended || !self.more()? {
            return Ok(None);
        }
        seed.deserialize(&mut *self.scanner).map(Some)
    }
}

/// A key of an object.
struct Key<'i, 's, 'de>(&'i mut Items<'s, 'de>);

impl<'de> Deserializer<'de> for Key<'_, '_, 'de> {
    type Error = Stop;

    #[inline]
    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stop> {
        self.0.scanner.text(visitor)
    }

    #[inline(always)]
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        keys: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Stop> {
        let Items { scanner, colon_read, hint, .. } = self.0;
        if name != fields::NAME {
            return scanner.text(visitor);
        }
        match fields::place(&scanner.text.as_bytes()[scanner.at..], keys, *hint) {
            Some(place) => {
                scanner.at += keys[place].len();
                *colon_read = true;
                *hint = place + 1;
                visitor.visit_u64(place as u64)
            }
            None => scanner.text(visitor),
        }
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn short_escapes_are_what_serde_json_makes_of_them(escaped in "([a-zé😀 ]|\\\\[nt\"\\\\/rbf]){0,20}") {
            let text: String = serde_json::from_str(&format!("\"{escaped}\"")).unwrap();
            prop_assert_eq!(short_escapes(&escaped), Some(text));
        }

        #[test]
        fn others_are_left_to_it(before in "[a-z]{0,20}", other in "[ux0-9éN]") {
            prop_assert_eq!(short_escapes(&format!("{before}\\{other}")), None);
        }
    }
}
