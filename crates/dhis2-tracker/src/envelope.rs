//! What stands around the rows of a tracker list: the same for every collection, different by version.

use dhis2_api::model::Pager;
use dhis2_frame::{FrameError, ListReader, ReadList, ReadObject, ReadOptions, read_list};
use polars::frame::DataFrame;
use serde::Deserialize;
use serde::de::{IgnoredAny, MapAccess};
use std::fmt;

use crate::rows::{FlatPage, Reading};

/// The rows of a list: a reader of one object of it, and in the end a frame.
pub(crate) trait Rows: ReadObject + Send {
    fn reading(&mut self) -> &mut Reading;

    fn finish(self) -> Result<(DataFrame, Reading), FrameError>;
}

/// Reads an answer whose list stands under the key `items`, by readers that are made for so many bytes. Without such a list
/// it is an error: an answer that was misread must not pass for an empty one.
pub(crate) fn flatten<R: Rows>(
    body: &[u8],
    items: &'static str,
    options: ReadOptions,
    rows: impl Fn(usize) -> R + Sync,
) -> Result<FlatPage, FrameError> {
    finish(read_list(body, options, |bytes| Answer::new(items, rows(bytes)))?)
}

/// A reader of an answer that is still arriving.
pub(crate) fn pieces<'q, R: Rows + 'q>(items: &'static str, rows: R) -> Pieces<'q> {
    Pieces(Box::new(ListReader::new(Answer::new(items, rows))))
}

/// Reads a page of a tracker list piece by piece, as it arrives. Beside the rows it keeps only what has not arrived to its
/// end.
pub struct Pieces<'q>(Box<dyn AnyPieces + 'q>);

impl Pieces<'_> {
    /// Takes the next piece, which may end anywhere.
    ///
    /// # Errors
    /// [`FrameError`] with the place of what is not as it must be.
    pub fn piece(&mut self, piece: &[u8]) -> Result<(), FrameError> {
        self.0.piece(piece)
    }

    /// The page, after its last piece.
    ///
    /// # Errors
    /// As of [`piece`](Self::piece), and where the answer is not there to its end.
    pub fn finish(self) -> Result<FlatPage, FrameError> {
        self.0.finish()
    }
}

impl fmt::Debug for Pieces<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pieces")
    }
}

/// What does not depend on what the list holds.
trait AnyPieces: Send {
    fn piece(&mut self, piece: &[u8]) -> Result<(), FrameError>;
    fn finish(self: Box<Self>) -> Result<FlatPage, FrameError>;
}

impl<R: Rows> AnyPieces for ListReader<Answer<R>> {
    fn piece(&mut self, piece: &[u8]) -> Result<(), FrameError> {
        self.piece(piece)
    }

    fn finish(self: Box<Self>) -> Result<FlatPage, FrameError> {
        finish(vec![(*self).finish()?])
    }
}

/// The answer's parts under each other.
fn finish<R: Rows>(parts: Vec<Answer<R>>) -> Result<FlatPage, FrameError> {
    let mut page: Option<FlatPage> = None;
    for part in parts {
        // The last part has read what stands before the list and behind it.
        let pager = part.nested.or(part.flat);
        let (frame, reading) = part.rows.finish()?;
        let part = reading.finish(frame, pager);
        match &mut page {
            Some(page) => page.append(part)?,
            None => page = Some(part),
        }
    }
    // There is at least one.
    page.ok_or(FrameError::Json { offset: 0, path: String::new(), message: "nothing was read".to_owned() })
}

struct Answer<R> {
    items: &'static str,
    rows: R,
    nested: Pager,
    flat: Pager,
}

impl<R> Answer<R> {
    fn new(items: &'static str, rows: R) -> Self {
        Self { items, rows, nested: Pager::default(), flat: Pager::default() }
    }
}

/// A pager's fields, wherever they stand.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PagerFields {
    page: Option<u32>,
    page_size: Option<u32>,
    total: Option<u64>,
    page_count: Option<u32>,
    next_page: Option<IgnoredAny>,
}

impl<R: Rows> ReadObject for Answer<R> {
    const EXPECTED: &'static str = R::EXPECTED;

    #[inline]
    fn read<'de, A: MapAccess<'de>>(&mut self, object: A) -> Result<(), A::Error> {
        self.rows.read(object)
    }
}

impl<R: Rows> ReadList for Answer<R> {
    fn list(&self) -> &'static str {
        self.items
    }

    fn field(&mut self, key: &str, value: &str) -> Result<(), serde_json::Error> {
        match key {
            "pager" => {
                if let Some(pager) = serde_json::from_str::<Option<PagerFields>>(value)? {
                    self.nested = Pager {
                        page: pager.page,
                        page_size: pager.page_size,
                        total: pager.total,
                        page_count: pager.page_count,
                        has_next_page: pager.next_page.is_some(),
                    };
                }
            }
            "page" => self.flat.page = serde_json::from_str(value)?,
            "pageSize" => self.flat.page_size = serde_json::from_str(value)?,
            "total" => self.flat.total = serde_json::from_str(value)?,
            "pageCount" => self.flat.page_count = serde_json::from_str(value)?,
            _ => drop(serde_json::from_str::<IgnoredAny>(value)?),
        }
        Ok(())
    }

    fn failure(&mut self) -> Option<FrameError> {
        self.rows.reading().take_failure()
    }
}
