//! One row an object, a piece of the long frame at a time.

use polars::prelude::{DataFrame, PlHashSet};

use super::item::{Item, WideOptions};
use super::long::Texts;
use super::report::WideReport;
use super::table::{Long, make};
use crate::FrameError;

/// Makes a long frame wide that is never in memory as a whole: the same rows as [`wide`](fn@super::wide) makes of all of it, where
/// the rows of an object stand together, in one piece or at the end of one and the beginning of the next, as in extracts.
///
/// The pieces are gone through twice: [`look`](Self::look) at all of them finds out which columns there are, then
/// [`take`](Self::take) makes the rows.
///
/// ```
/// use dhis2_frame::wide::{Long, WideOptions, WidePieces};
/// use polars::prelude::df;
///
/// let long = df!["event_id" => ["a", "a", "b"], "data_element_id" => ["x", "y", "x"], "value" => ["1", "2", "3"]]?;
/// let pieces = [long.slice(0, 1), long.slice(1, 2)];
/// let mut wide = WidePieces::new(Long::EVENTS, Vec::new(), WideOptions::default());
/// for piece in &pieces {
///     wide.look(piece)?;
/// }
/// let mut table = wide.columns(&long)?;
/// for piece in pieces {
///     table.vstack_mut(&wide.take(piece)?)?;
/// }
/// let (last, report) = wide.finish()?;
/// table.vstack_mut(&last)?;
/// assert_eq!((table.shape(), report.unknown_items.len()), ((2, 3), 2));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct WidePieces {
    long: Long<'static>,
    items: Vec<Item>,
    options: WideOptions,
    known: PlHashSet<String>,
    /// Items that the data has and the list has not, in the order in which they appear.
    unknown: Vec<String>,
    /// The rows of the last object so far: more of them may come.
    open: Option<DataFrame>,
    /// The columns of a long frame, without a row.
    columns: Option<DataFrame>,
    report: WideReport,
}

impl std::fmt::Debug for WidePieces {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WidePieces").field("report", &self.report).finish_non_exhaustive()
    }
}

impl WidePieces {
    /// Begins, with the items that are to be columns as of [`wide`](fn@super::wide).
    pub fn new(long: Long<'static>, items: Vec<Item>, options: WideOptions) -> Self {
        let known = items.iter().map(|item| item.id.clone()).collect();
        let (unknown, open, columns, report) = (Vec::new(), None, None, WideReport::default());
        Self { long, items, options, known, unknown, open, columns, report }
    }

    /// Looks at which items a piece has.
    ///
    /// # Errors
    /// [`FrameError::Schema`] where the column of items is missing or is not text.
    pub fn look(&mut self, piece: &DataFrame) -> Result<(), FrameError> {
        for item in Texts::of(piece, self.long.item)?.iter().flatten() {
            if !self.known.contains(item) {
                self.known.insert(item.to_owned());
                self.unknown.push(item.to_owned());
            }
        }
        Ok(())
    }

    /// The columns of the wide frame, without a row, once all pieces were looked at. `like` has the columns of the pieces.
    ///
    /// # Errors
    /// As of [`wide`](fn@super::wide).
    pub fn columns(&mut self, like: &DataFrame) -> Result<DataFrame, FrameError> {
        let like = like.clear();
        let table = make(&like, &self.long, &self.items, &self.unknown, self.options)?;
        self.report.renamed = table.report.renamed;
        self.report.unknown_items.clone_from(&self.unknown);
        self.columns = Some(like);
        Ok(table.frame)
    }

    /// Takes the next piece and gives the rows of the objects that are whole with it, which may be none.
    ///
    /// # Errors
    /// As of [`wide`](fn@super::wide).
    pub fn take(&mut self, piece: DataFrame) -> Result<DataFrame, FrameError> {
        let all = match self.open.take() {
            None => piece,
            Some(mut open) => {
                open.vstack_mut_owned(piece)?;
                open
            }
        };
        let whole = whole(&all, self.long.object)?;
        let (rows, open) = all.split_at(i64::try_from(whole).unwrap_or(i64::MAX));
        if self.columns.is_none() {
            self.columns = Some(open.clear());
        }
        self.open = Some(open);
        self.make(&rows)
    }

    fn make(&mut self, rows: &DataFrame) -> Result<DataFrame, FrameError> {
        let table = make(rows, &self.long, &self.items, &self.unknown, self.options)?;
        self.report.add_cells(table.report);
        Ok(table.frame)
    }

    /// The row of the last object, and what did not go straight into the table.
    ///
    /// # Errors
    /// As of [`wide`](fn@super::wide).
    pub fn finish(mut self) -> Result<(DataFrame, WideReport), FrameError> {
        let last = match self.open.take().or(self.columns.take()) {
            Some(open) => self.make(&open)?,
            None => DataFrame::empty(),
        };
        let ids: Vec<&str> = self.items.iter().map(|item| &item.id).chain(&self.unknown).map(String::as_str).collect();
        self.report.order_cells(&ids);
        Ok((last, self.report))
    }
}

/// How many rows stand before those of the last object.
fn whole(frame: &DataFrame, object: &str) -> Result<usize, FrameError> {
    let ids = Texts::of(frame, object)?;
    let height = u32::try_from(frame.height()).unwrap_or(u32::MAX);
    let Some(last) = height.checked_sub(1) else { return Ok(0) };
    let same = (0..height).rev().take_while(|row| ids.get(*row) == ids.get(last)).count();
    Ok(frame.height() - same)
}

#[cfg(test)]
mod tests {
    use dhis2_api::ValueType;
    use polars::prelude::df;
    use proptest::prelude::*;

    use super::*;
    use crate::wide::wide;

    proptest! {
        /// However it is cut, the pieces make the table that the whole makes, and the same report.
        #[test]
        fn pieces_make_the_same_table(
            objects in proptest::collection::vec(proptest::collection::vec((0..5_u8, 0..4_u8), 1..6), 0..20),
            cuts in proptest::collection::vec(0..40_usize, 0..8),
        ) {
            let (mut ids, mut places, mut items, mut values) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
            for (object, rows) in objects.iter().enumerate() {
                for (item, value) in rows {
                    ids.push(format!("o{object}"));
                    places.push(object.to_string());
                    // One without any value.
                    items.push((*item > 0).then(|| format!("i{item}")));
                    values.push((*item > 0).then(|| ["1", "2", "x", ""][usize::from(*value)].to_owned()));
                }
            }
            let long = df!["event_id" => ids, "unit" => places, "data_element_id" => items, "value" => values].unwrap();
            let item = |id: &str| Item {
                id: id.to_owned(), code: None, name: Some("same".to_owned()), value_type: ValueType::Integer, options: None,
            };
            let listed = vec![item("i3"), item("i1"), item("i9")];
            let expected = wide(&long, &Long::EVENTS, &listed, WideOptions::default()).unwrap();

            let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(long.height())).collect();
            cuts.extend([0, long.height()]);
            cuts.sort_unstable();
            let pieces: Vec<DataFrame> =
                cuts.windows(2).map(|cut| long.slice(i64::try_from(cut[0]).unwrap(), cut[1] - cut[0])).collect();
            let mut making = WidePieces::new(Long::EVENTS, listed, WideOptions::default());
            for piece in &pieces {
                making.look(piece).unwrap();
            }
            let mut table = making.columns(&long).unwrap();
            for piece in pieces {
                table.vstack_mut(&making.take(piece).unwrap()).unwrap();
            }
            let (last, report) = making.finish().unwrap();
            table.vstack_mut(&last).unwrap();
            prop_assert!(table.equals_missing(&expected.frame), "{table} {}", expected.frame);
            prop_assert_eq!(report, expected.report);
        }
    }
}
