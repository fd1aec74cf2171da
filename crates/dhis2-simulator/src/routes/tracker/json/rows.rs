//! A list of objects on its way out.

use bytes::Bytes;

use crate::json::{Escapes, Json, write_text};
use crate::routes::tracker::page::Window;

/// The pieces of a list, made while they are sent.
pub(crate) struct Rows {
    window: Window,
    write: Write,
    envelope: bool,
    next: usize,
    state: State,
}

/// Makes the object of a number.
type Write = Box<dyn Fn(u32) -> Json + Send>;

#[derive(PartialEq, Eq)]
enum State {
    Head,
    Rows,
    Done,
}

impl Rows {
    const PIECE: usize = 64 * 1024;

    /// `write` makes the object of a number.
    pub(crate) fn new(window: Window, envelope: bool, write: impl Fn(u32) -> Json + Send + 'static) -> Self {
        Self { window, write: Box::new(write), envelope, next: 0, state: State::Head }
    }

    fn write_head(&self, out: &mut Vec<u8>) {
        out.push(b'{');
        if self.envelope {
            for (key, value) in &self.window.before {
                write_text(out, key, Escapes::Surrogates);
                out.push(b':');
                value.write(out, Escapes::Surrogates);
                out.push(b',');
            }
        }
        write_text(out, self.window.item_key, Escapes::Surrogates);
        out.extend_from_slice(b":[");
    }
}

impl Iterator for Rows {
    type Item = Bytes;

    fn next(&mut self) -> Option<Bytes> {
        if self.state == State::Done {
            return None;
        }
        let mut out = Vec::with_capacity(Self::PIECE + 4096);
        if self.state == State::Head {
            self.write_head(&mut out);
            self.state = State::Rows;
        }
        while let Some(&number) = self.window.rows.get(self.next).filter(|_| out.len() < Self::PIECE) {
            if self.next > 0 {
                out.push(b',');
            }
            self.next += 1;
            (self.write)(number).write(&mut out, Escapes::Surrogates);
        }
        if self.next == self.window.rows.len() {
            out.extend_from_slice(b"]}");
            self.state = State::Done;
        }
        Some(Bytes::from(out))
    }
}
