//! Answers that are read while they arrive.

use super::list::{ListWalk, ReadList};
use crate::FrameError;

/// Reads an answer piece by piece: no more of it is kept than the object that has not arrived to its end.
///
/// ```
/// use dhis2_frame::{Cell, FrameError, ListReader, ReadList, ReadObject};
/// use serde::de::{IgnoredAny, MapAccess};
///
/// #[derive(Default)]
/// struct Events(Vec<String>);
///
/// impl ReadObject for Events {
///     const EXPECTED: &'static str = "an event";
///     fn read<'de, A: MapAccess<'de>>(&mut self, mut event: A) -> Result<(), A::Error> {
///         let mut uid = None;
///         while let Some((key, value)) = event.next_entry::<Cell<'de>, Cell<'de>>()? {
///             if key.text() == Some("event") {
///                 uid = value.text().map(str::to_owned);
///             }
///         }
///         self.0.extend(uid);
///         Ok(())
///     }
/// }
/// impl ReadList for Events {
///     fn list(&self) -> &'static str {
///         "events"
///     }
///     fn field(&mut self, _key: &str, value: &str) -> Result<(), serde_json::Error> {
///         serde_json::from_str::<IgnoredAny>(value).map(drop)
///     }
///     fn failure(&mut self) -> Option<FrameError> {
///         None
///     }
/// }
///
/// let mut reader = ListReader::new(Events::default());
/// for piece in [r#"{"pager":{},"events":[{"event":"A1G2"#, r#"w687SWR"},{"event":"A1Oc1rWGGjM"}"#, "]}"] {
///     reader.piece(piece.as_bytes())?;
/// }
/// assert_eq!(reader.finish()?.0, ["A1G2w687SWR", "A1Oc1rWGGjM"]);
/// # Ok::<(), FrameError>(())
/// ```
#[derive(Debug)]
pub struct ListReader<R> {
    walk: ListWalk<R>,
    /// What has not been read yet.
    rest: String,
    /// The beginning of a character that has not arrived to its end.
    half: Vec<u8>,
    /// As long as it is shorter than this, the rest is not looked at.
    enough: usize,
}

impl<R: ReadList> ListReader<R> {
    /// A reader of an answer of which nothing has arrived.
    pub fn new(reader: R) -> Self {
        Self { walk: ListWalk::new(reader, true), rest: String::new(), half: Vec::new(), enough: 0 }
    }

    /// Takes the next piece of the answer, which may end anywhere.
    ///
    /// # Errors
    /// [`FrameError`] with the place of what is not as it must be. Nothing more can be read then.
    pub fn piece(&mut self, piece: &[u8]) -> Result<(), FrameError> {
        let joined;
        let bytes = if self.half.is_empty() {
            piece
        } else {
            joined = [&self.half, piece].concat();
            &joined
        };
        let whole = whole_characters(bytes)
            .map_err(|at| FrameError::BadUtf8 { offset: self.walk.before + self.rest.len() + at })?;
        self.rest.push_str(whole);
        self.half = bytes[whole.len()..].to_vec();
        // An object that is longer than many pieces is not begun anew with each.
        if self.rest.len() < self.enough {
            return Ok(());
        }
        let read = self.walk.advance(&self.rest)?;
        self.rest.drain(..read);
        self.enough = if read == 0 { self.rest.len() * 2 } else { 0 };
        Ok(())
    }

    /// The reader, which has read what is there of the answer.
    pub fn reader_mut(&mut self) -> &mut R {
        self.walk.reader_mut()
    }

    /// The reader, after the last piece.
    ///
    /// # Errors
    /// As of [`piece`](Self::piece), and where the answer is not there to its end.
    pub fn finish(self) -> Result<R, FrameError> {
        if !self.half.is_empty() {
            return Err(FrameError::BadUtf8 { offset: self.walk.before + self.rest.len() });
        }
        self.walk.read_to_end(&self.rest, 0)
    }
}

/// The text up to a character that is cut at the end. The error is the place of what is no character.
fn whole_characters(bytes: &[u8]) -> Result<&str, usize> {
    if let Ok(text) = simdutf8::basic::from_utf8(bytes) {
        return Ok(text);
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(text),
        Err(error) if error.error_len().is_none() => {
            std::str::from_utf8(&bytes[..error.valid_up_to()]).map_err(|error| error.valid_up_to())
        }
        Err(error) => Err(error.valid_up_to()),
    }
}
