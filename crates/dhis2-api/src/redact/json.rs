//! JSON that keeps its form. It is not parsed into values: what is odd about an answer (a key that comes twice, an escape, the place
//! where it breaks off) may be the very thing that a recording is to show.

use super::keys::{Rule, of_column, of_key};
use super::mask::{escaped, masked};
use super::words::message;
use super::{RedactedRequest, Redaction};
use crate::uid::Uid;

pub(super) fn redacted(redaction: &Redaction, asked: &RedactedRequest, text: &str) -> String {
    let out = String::with_capacity(text.len());
    let mut walk = Walk { redaction, asked, text, at: 0, out, open: Vec::new(), columns: Vec::new() };
    while walk.step() {}
    walk.out
}

/// An object or a list that has begun.
struct Open<'a> {
    is_object: bool,
    /// The key under which it stands; lists in lists stand under that of the outermost.
    under: Option<&'a str>,
    /// The key that came last, in an object.
    key: Option<&'a str>,
    /// How many commas there were.
    place: usize,
}

struct Walk<'a> {
    redaction: &'a Redaction,
    asked: &'a RedactedRequest,
    text: &'a str,
    at: usize,
    out: String,
    open: Vec<Open<'a>>,
    /// The names of an analytics table's columns.
    columns: Vec<&'a str>,
}

impl<'a> Walk<'a> {
    /// Goes on by one sign, text, number or word; false at the end.
    fn step(&mut self) -> bool {
        let rest = &self.text[self.at..];
        let Some(first) = rest.chars().next() else { return false };
        self.at += match first {
            '"' => self.string(rest),
            '{' | '[' => {
                let under = self.key();
                self.open.push(Open { is_object: first == '{', under, key: None, place: 0 });
                self.sign(first)
            }
            '}' | ']' => {
                self.open.pop();
                self.sign(first)
            }
            ',' => {
                if let Some(open) = self.open.last_mut() {
                    open.place += 1;
                    open.key = None;
                }
                self.sign(first)
            }
            '-' | '0'..='9' => {
                let end = rest.find(|sign: char| !matches!(sign, '0'..='9' | '+' | '-' | '.' | 'e' | 'E'));
                let number = &rest[..end.unwrap_or(rest.len())];
                let stays = self.rule() == Rule::Stays;
                self.out.extend(number.chars().map(|sign| if stays || !sign.is_ascii_digit() { sign } else { '1' }));
                number.len()
            }
            _ => {
                let word = ["true", "false", "null"].into_iter().find(|word| rest.starts_with(word));
                if let Some(word) = word {
                    self.out.push_str(word);
                    word.len()
                } else {
                    // Blanks, colons, and what is no JSON.
                    self.out.push(masked(first));
                    first.len_utf8()
                }
            }
        };
        true
    }

    fn sign(&mut self, sign: char) -> usize {
        self.out.push(sign);
        sign.len_utf8()
    }

    /// The key under which what comes next stands.
    fn key(&self) -> Option<&'a str> {
        let open = self.open.last()?;
        if open.is_object { open.key } else { open.under }
    }

    fn rule(&self) -> Rule {
        let Some(key) = self.key() else { return Rule::Masked };
        // The lists themselves do not count, only the object that holds the key.
        let object = self.open.iter().rposition(|open| open.is_object);
        let lists = self.open.len() - object.map_or(0, |place| place + 1);
        if key == "rows" && lists == 2 {
            return of_column(self.open.last().and_then(|row| self.columns.get(row.place)).copied());
        }
        let above = object.and_then(|place| self.open[place].under);
        of_key(self.asked.kind, above, key)
    }

    /// A text, with its quotes.
    fn string(&mut self, rest: &'a str) -> usize {
        let inside = &rest[1..];
        let end = end_of(inside);
        let raw = &inside[..end.unwrap_or(inside.len())];
        let length = raw.len() + 1 + usize::from(end.is_some());
        let is_key = end.is_some()
            && self.open.last().is_some_and(|open| open.is_object && open.key.is_none())
            && rest[length..].trim_start().starts_with(':');
        let shown = if is_key {
            if let Some(open) = self.open.last_mut() {
                open.key = Some(raw);
            }
            if is_name(raw) { raw.to_owned() } else { escaped(raw, |_| None) }
        } else {
            if self.key() == Some("name") && self.open.last().is_some_and(|open| open.under == Some("headers")) {
                self.columns.push(raw);
            }
            self.value(raw)
        };
        self.out.push('"');
        self.out.push_str(&shown);
        if end.is_some() {
            self.out.push('"');
        }
        length
    }

    fn value(&self, raw: &str) -> String {
        match self.rule() {
            Rule::Stays => raw.to_owned(),
            Rule::Words => message(self.redaction, self.asked, raw),
            Rule::OtherIds => escaped(raw, |word| Some(self.redaction.other(Uid::parse(word).ok()?).to_string())),
            Rule::Masked => escaped(raw, |_| None),
        }
    }
}

/// Where a text ends, without the quote at its beginning; none where it breaks off.
fn end_of(text: &str) -> Option<usize> {
    let mut escaped = false;
    text.bytes().position(|sign| {
        let ends = sign == b'"' && !escaped;
        escaped = sign == b'\\' && !escaped;
        ends
    })
}

/// Keys are names of fields, and ids of metadata; others could be anything.
fn is_name(key: &str) -> bool {
    key.len() <= 60
        && key.bytes().next().is_some_and(|sign| sign.is_ascii_alphabetic())
        && key.bytes().all(|sign| sign.is_ascii_alphanumeric() || sign == b'_')
}
