//! What all flatteners share: counting objects, telling their rows apart, reading the server's times.

use dhis2_api::Uid;
use dhis2_api::datetime::{Instant, ServerZone, WallClock, parse_instant_ms, parse_wall_clock_ms};
use dhis2_api::model::Pager;
use dhis2_extract::{More, Objects, Page};
use dhis2_frame::{Cell, FrameError};
use polars::frame::DataFrame;

/// One page of a tracker list, as columns.
#[derive(Debug)]
pub struct FlatPage {
    /// The rows.
    pub frame: DataFrame,
    /// How many objects the answer held, before any were left out.
    pub received: u64,
    /// The first row of each object that has rows.
    pub starts: Vec<u32>,
    /// When each of these was last updated: milliseconds on the server's clock, `i64::MIN` where it does not say.
    pub updated: Vec<i64>,
    /// What the answer says of pages.
    pub pager: Pager,
    /// The objects at which it was looked, where that is noted.
    pub(crate) seen: Vec<Uid>,
}

impl FlatPage {
    /// Puts the rows that come next under these. What the answer says of pages is known in the end.
    pub(crate) fn append(&mut self, next: Self) -> Result<(), FrameError> {
        let height = u32::try_from(self.frame.height()).unwrap_or(u32::MAX);
        self.starts.extend(next.starts.into_iter().map(|start| start.saturating_add(height)));
        self.updated.extend(next.updated);
        self.seen.extend(next.seen);
        self.received += next.received;
        self.pager = next.pager;
        self.frame.vstack_mut_owned(next.frame)?;
        Ok(())
    }

    /// The page as the engine takes it.
    pub(crate) fn into_page(self, more: More) -> Page {
        Page {
            more,
            frame: self.frame,
            received: self.received,
            counted: self.pager.total,
            objects: Objects::Runs { starts: self.starts, updated: self.updated },
            may_be_cut: false,
        }
    }
}

/// A list that is being read.
#[derive(Debug)]
pub(crate) struct Reading {
    pub(crate) zone: ServerZone,
    received: u64,
    starts: Vec<u32>,
    updated: Vec<i64>,
    seen: Vec<Uid>,
    failure: Option<FrameError>,
}

impl Reading {
    pub(crate) fn new(zone: ServerZone) -> Self {
        Self { zone, received: 0, starts: Vec::new(), updated: Vec::new(), seen: Vec::new(), failure: None }
    }

    /// Counts an object.
    pub(crate) fn receive(&mut self) {
        self.received += 1;
    }

    /// Notes at which object it was looked.
    pub(crate) fn see(&mut self, uid: Uid) {
        self.seen.push(uid);
    }

    /// Begins the rows of an object.
    pub(crate) fn begin(&mut self, row: usize, updated: Option<WallClock>) {
        // A page of more than 4,294,967,295 rows would not fit the memory it came through.
        self.starts.push(u32::try_from(row).unwrap_or(u32::MAX));
        self.updated.push(updated.map_or(i64::MIN, |wall| wall.0));
    }

    /// A time of the server's clock; one with an offset, which no version sends, is shown on that clock. The error is what
    /// should stand there.
    pub(crate) fn wall(&mut self, column: &'static str, cell: &Cell<'_>) -> Result<Option<WallClock>, &'static str> {
        let Some(text) = cell.text() else { return Ok(None) };
        let wall = parse_wall_clock_ms(text)
            .map(WallClock)
            .or_else(|| parse_instant_ms(text).map(|ms| self.zone.wall_clock(Instant(ms))));
        if wall.is_none() {
            let row = usize::try_from(self.received.saturating_sub(1)).unwrap_or(usize::MAX);
            self.failure.get_or_insert(FrameError::BadTimestamp { column, row });
        }
        wall.map(Some).ok_or("a time in a known form")
    }

    /// The instant at which the server's clock showed this, in milliseconds.
    pub(crate) fn instant(&self, wall: Option<WallClock>) -> Option<i64> {
        wall.map(|wall| self.zone.instant(wall).0)
    }

    /// A time as people keep it: the instant, or what the server's clock showed, labelled UTC. In milliseconds.
    pub(crate) fn shown(&self, wall: Option<WallClock>, in_utc: bool) -> Option<i64> {
        if in_utc { self.instant(wall) } else { wall.map(|wall| wall.0) }
    }

    /// A failure that says more than the parser's error.
    pub(crate) fn take_failure(&mut self) -> Option<FrameError> {
        self.failure.take()
    }

    pub(crate) fn finish(self, frame: DataFrame, pager: Pager) -> FlatPage {
        FlatPage { frame, received: self.received, starts: self.starts, updated: self.updated, pager, seen: self.seen }
    }
}
