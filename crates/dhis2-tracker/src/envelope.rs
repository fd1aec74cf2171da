//! What stands around the rows of a tracker list: the same for every collection, different by version.

use dhis2_api::model::Pager;
use dhis2_frame::{Cell, EveryObject, FrameError, ReadObject, json_error, read_object, text};
use polars::frame::DataFrame;
use serde::Deserialize;
use serde::de::{Error, IgnoredAny, MapAccess};

use crate::rows::{FlatPage, Reading};

/// The rows of a list: a reader of one object of it, and in the end a frame.
pub(crate) trait Rows: ReadObject {
    fn reading(&mut self) -> &mut Reading;

    fn finish(self) -> Result<(DataFrame, Reading), FrameError>;
}

/// Reads an answer whose list stands under the key `items`. Without such a list it is an error: an answer that was misread
/// must not pass for an empty one.
pub(crate) fn flatten<R: Rows>(body: &[u8], items: &'static str, rows: R) -> Result<FlatPage, FrameError> {
    let body = text(body)?;
    let mut answer = Answer { items, rows, pager: Pager::default() };
    let read = read_object(body, &mut answer);
    if let Some(failure) = answer.rows.reading().take_failure() {
        return Err(failure);
    }
    read.map_err(|error| json_error(body, &error))?;
    let (frame, reading) = answer.rows.finish()?;
    Ok(reading.finish(frame, answer.pager))
}

struct Answer<R> {
    items: &'static str,
    rows: R,
    pager: Pager,
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
    const EXPECTED: &'static str = "an object with a list of tracker objects";

    fn read<'de, A: MapAccess<'de>>(&mut self, mut answer: A) -> Result<(), A::Error> {
        let (mut flat, mut nested) = (Pager::default(), Pager::default());
        let mut list_seen = false;
        while let Some(key) = answer.next_key::<Cell<'de>>()? {
            match key.text().unwrap_or_default() {
                key if key == self.items => {
                    answer.next_value_seed(EveryObject(Each(&mut self.rows)))?;
                    list_seen = true;
                }
                "pager" => {
                    if let Some(pager) = answer.next_value::<Option<PagerFields>>()? {
                        nested = Pager {
                            page: pager.page,
                            page_size: pager.page_size,
                            total: pager.total,
                            page_count: pager.page_count,
                            has_next_page: pager.next_page.is_some(),
                        };
                    }
                }
                "page" => flat.page = answer.next_value()?,
                "pageSize" => flat.page_size = answer.next_value()?,
                "total" => flat.total = answer.next_value()?,
                "pageCount" => flat.page_count = answer.next_value()?,
                _ => drop(answer.next_value::<IgnoredAny>()?),
            }
        }
        self.pager = nested.or(flat);
        if list_seen { Ok(()) } else { Err(A::Error::missing_field(self.items)) }
    }
}

/// A reader that is lent for one list.
pub(crate) struct Each<'r, R>(pub(crate) &'r mut R);

impl<R: ReadObject> ReadObject for Each<'_, R> {
    const EXPECTED: &'static str = R::EXPECTED;

    fn read<'de, A: MapAccess<'de>>(&mut self, object: A) -> Result<(), A::Error> {
        self.0.read(object)
    }
}
