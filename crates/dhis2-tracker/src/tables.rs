//! What is done to whole tables of tracker objects.

use std::collections::{BTreeSet, HashSet};

use dhis2_api::Uid;
use dhis2_frame::{FrameError, merge_small_chunks};
use polars::frame::DataFrame;
use polars::prelude::{BooleanChunked, NewChunkedArray};

/// The uids in a column, each once.
pub(crate) fn uids(frame: &DataFrame, column: &str) -> Result<BTreeSet<Uid>, FrameError> {
    Ok(frame.column(column)?.str()?.iter().flatten().filter_map(|text| Uid::parse(text).ok()).collect())
}

/// The rows of which a column's text is as wanted.
pub(crate) fn retain(
    frame: &DataFrame,
    column: &str,
    wanted: impl Fn(Option<&str>) -> bool,
) -> Result<DataFrame, FrameError> {
    let mask: Vec<bool> = frame.column(column)?.str()?.iter().map(wanted).collect();
    Ok(frame.filter(&BooleanChunked::from_slice("wanted".into(), &mask))?)
}

/// The first row of each text in a column.
pub(crate) fn first_of_each(frame: &DataFrame, column: &str) -> Result<DataFrame, FrameError> {
    let mut seen = HashSet::new();
    let texts = frame.column(column)?.str()?;
    let mask: Vec<bool> = texts.iter().map(|text| seen.insert(text)).collect();
    Ok(frame.filter(&BooleanChunked::from_slice("first".into(), &mask))?)
}

/// One table under the other.
pub(crate) fn under(mut above: DataFrame, below: DataFrame) -> Result<DataFrame, FrameError> {
    above.vstack_mut_owned(below)?;
    merge_small_chunks(&mut above);
    Ok(above)
}
