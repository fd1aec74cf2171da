//! Columns in several chunks, as they come from an answer after another.

use polars::frame::DataFrame;

/// A chunk with so many rows is large enough to stay by itself.
const ROWS_OF_A_CHUNK: usize = 1 << 14;

/// Puts the chunks of a frame together where they are small: many of them are slow to work with. Large ones stay, since to copy
/// them takes as long as reading them did; [`DataFrame::rechunk_mut`] is there for who needs one.
///
/// ```
/// use dhis2_frame::merge_small_chunks;
/// use polars::prelude::*;
///
/// let one = df!("value" => ["17"])?;
/// let mut frame = one.clone();
/// (0..100).try_for_each(|_| frame.vstack_mut(&one).map(drop))?;
/// merge_small_chunks(&mut frame);
/// assert_eq!((frame.height(), frame.first_col_n_chunks()), (101, 1));
/// # Ok::<(), PolarsError>(())
/// ```
pub fn merge_small_chunks(frame: &mut DataFrame) {
    if frame.first_col_n_chunks() > frame.height() / ROWS_OF_A_CHUNK + 1 {
        frame.rechunk_mut();
    }
}
