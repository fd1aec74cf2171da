//! From the chunks to the result: every object once, in the order of the plan.

use std::collections::HashMap;
use std::sync::mpsc;
use std::thread;

use polars::frame::DataFrame;

use crate::chunk::Outcome;
use crate::duplicates::{self, Lost};
use crate::engine::Expected;
use crate::error::ExtractError;
use crate::keys::key_of;
use crate::receipt::{ChunkReceipt, Warning, WarningKind};
use crate::store::{Rows, Stored};

/// The rows of all chunks, and what of them is left out.
pub(crate) struct Assembly(Vec<(Stored, Lost)>);

impl Assembly {
    /// Finds what came more than once. Gives besides what is to be said of each chunk, and of all.
    pub(crate) fn of(
        outcomes: Vec<Outcome>,
        expected: &[Expected],
    ) -> Result<(Self, Vec<ChunkReceipt>, Vec<Warning>), ExtractError> {
        let (mut chunks, mut stored, mut chunk_of) = (Vec::new(), Vec::new(), Vec::new());
        for outcome in outcomes {
            if let Some(rows) = outcome.stored {
                stored.push(rows);
                chunk_of.push(chunks.len());
            }
            chunks.push(outcome.receipt);
        }
        let lost = duplicates::find(&stored, stored.iter().map(Stored::objects).sum(), Stored::each)?;
        for (chunk, lost) in chunk_of.into_iter().zip(&lost) {
            chunks[chunk].duplicates = lost.count();
        }
        let missing = missing(&stored, expected)?;
        Ok((Self(stored.into_iter().zip(lost).collect()), chunks, missing))
    }

    /// Of rows that are put together already.
    pub(crate) fn of_frames(frames: Vec<DataFrame>) -> Self {
        let rows = |frame| Rows { frame, objects: Vec::new(), seen: Vec::new() };
        Self(vec![(Stored::Memory(frames.into_iter().map(rows).collect()), Lost::default())])
    }

    /// Gives the rows of all chunks: of one on disk a slice at a time, the next of which is read meanwhile. How many they were.
    pub(crate) fn each<E: From<ExtractError>>(
        &self,
        take: &mut dyn FnMut(DataFrame) -> Result<(), E>,
    ) -> Result<u64, E> {
        let mut rows = 0;
        thread::scope(|scope| {
            let (ahead, slices) = mpsc::sync_channel(0);
            scope.spawn(move || {
                let mut give = |frame| ahead.send(Ok(frame)).map_err(|_| End::Unwanted);
                let read = self.0.iter().try_for_each(|(stored, lost)| stored.frames(lost, &mut give));
                if let Err(End::Unreadable(error)) = read {
                    // Nobody waits for it where taking failed.
                    let _ = ahead.send(Err(error));
                }
            });
            for slice in slices {
                let frame = slice?;
                rows += frame.height() as u64;
                take(frame)?;
            }
            Ok(rows)
        })
    }
}

/// Why no more slices are read.
enum End {
    Unreadable(ExtractError),
    Unwanted,
}

impl From<ExtractError> for End {
    fn from(error: ExtractError) -> Self {
        Self::Unreadable(error)
    }
}

/// Objects asked for by name that did not come are missing.
pub(crate) fn missing<'s>(
    stored: impl IntoIterator<Item = &'s Stored>,
    expected: &[Expected],
) -> Result<Vec<Warning>, ExtractError> {
    let keys = expected.iter().flat_map(|expected| &expected.keys);
    let mut came: HashMap<u128, bool> = keys.map(|key| (key_of([Some(key.as_str())]), false)).collect();
    if came.is_empty() {
        return Ok(Vec::new());
    }
    let mut see = |key: u128| {
        if let Some(came) = came.get_mut(&key) {
            *came = true;
        }
    };
    for stored in stored {
        stored.each(&mut |objects| objects.iter().for_each(|object| see(object.key)))?;
        stored.each_seen(&mut see)?;
    }
    let named = expected.iter().filter_map(|Expected { what, keys }| {
        let missing: Vec<&str> = keys.iter().map(String::as_str).filter(|key| !came[&key_of([Some(*key)])]).collect();
        (!missing.is_empty()).then(|| Warning {
            kind: WarningKind::UnknownId,
            message: format!("{what} not found, or not visible to this account: {}", missing.join(", ")),
        })
    });
    Ok(named.collect())
}
