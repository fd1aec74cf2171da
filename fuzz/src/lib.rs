//! What must hold of any bytes: the quick reader, the general one and the reader of pieces find the same rows in them, or all
//! find that they are no answer.

use std::fmt::Debug;
use std::num::NonZeroUsize;

use dhis2_aggregate::DataValueColumns;
use dhis2_api::datetime::ServerZone;
use dhis2_frame::{FrameError, ReadOptions};
use dhis2_tracker::{EventColumns, FlatPage, UpdatedWindow, enrollments, events, tracked_entities};
use polars::frame::DataFrame;

/// What was read of an answer, for comparing.
struct Found {
    frame: DataFrame,
    /// All else that is known of it.
    beside: String,
}

impl Found {
    fn of(page: FlatPage) -> Self {
        let FlatPage { frame, received, starts, updated, pager, .. } = page;
        Self { frame, beside: format!("{received} {starts:?} {updated:?} {pager:?}") }
    }
}

/// Pieces of the answer, as long as its own bytes say.
fn cut(body: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = body;
    std::iter::from_fn(move || {
        let length = usize::from(*rest.first()?) % 61 + 1;
        let (piece, behind) = rest.split_at(length.min(rest.len()));
        rest = behind;
        Some(piece)
    })
}

fn agree(found: impl IntoIterator<Item = Result<Found, FrameError>>) {
    let mut found = found.into_iter();
    let first = found.next().expect("there is a first way");
    for other in found {
        match (&first, other) {
            (Ok(first), Ok(other)) => {
                assert_eq!(first.beside, other.beside);
                assert_eq!(first.frame.schema(), other.frame.schema());
                assert!(first.frame.equals_missing(&other.frame), "other rows");
            }
            (Err(_), Err(_)) => {}
            (first, other) => panic!("{:?} is not {:?}", said(first), said(&other)),
        }
    }
}

fn said(outcome: &Result<Found, FrameError>) -> impl Debug + use<'_> {
    outcome.as_ref().map(|found| &found.beside)
}

/// What each way of reading finds: the quick reader, the general one, the reader of pieces.
macro_rules! all_ways {
    ($how:expr, $body:expr) => {{
        let in_pieces = || {
            let mut pieces = $how.pieces();
            cut($body).try_for_each(|piece| pieces.piece(piece))?;
            pieces.finish()
        };
        [true, false]
            .map(|quick| $how.body_by($body, ReadOptions { cores: NonZeroUsize::MIN, quick }))
            .into_iter()
            .chain([in_pieces()])
    }};
}

/// Data values, rich, of servers that write every field into every row and of those that do not.
pub fn data_values(body: &[u8]) {
    for fill_shared_fields in [false, true] {
        let columns = DataValueColumns::Rich;
        let how = dhis2_aggregate::flatten::Flatten { fill_shared_fields, columns, ..Default::default() };
        let found = |(frame, received): (DataFrame, u64)| Found { frame, beside: received.to_string() };
        agree(all_ways!(how, body).map(|read| read.map(found)));
    }
}

/// Events, with all columns.
pub fn events(body: &[u8]) {
    let how = events::Flatten {
        items: "events",
        zone: ServerZone::UTC,
        in_utc: false,
        columns: EventColumns::Rich,
        selection: events::Selection::default(),
    };
    agree(all_ways!(how, body).map(|read| read.map(Found::of)));
}

/// Tracked entities with their attributes.
pub fn tracked_entities(body: &[u8]) {
    let updated = UpdatedWindow::default();
    let how = tracked_entities::Flatten {
        items: "trackedEntities",
        zone: ServerZone::UTC,
        selection: tracked_entities::Selection { updated, include_deleted: true, enrolled_in: None },
    };
    agree(all_ways!(how, body).map(|read| read.map(Found::of)));
}

/// Enrollments.
pub fn enrollments(body: &[u8]) {
    let how = enrollments::Flatten {
        items: "enrollments",
        zone: ServerZone::UTC,
        program: None,
        updated: UpdatedWindow::default(),
        status: None,
        include_deleted: true,
        in_utc: false,
    };
    agree(all_ways!(how, body).map(|read| read.map(Found::of)));
}
