//! An answer without pages, read while it arrives: its rows are put away as they come, and forgotten where it is not whole in
//! the end. So memory does not depend on how long it is, and reading does not wait for the network.

use std::sync::Arc;

use dhis2_frame::FrameError;
use dhis2_http::{Arriving, HttpError, Piece};
use polars::frame::DataFrame;
use tokio::sync::mpsc;

use crate::keys;
use crate::proof::Summary;
use crate::receipt::Proof;
use crate::source::{Objects, Page, Source};
use crate::store::Rows;
use crate::walk::{Asking, Failure, Keeping, sent_in_vain};

/// So many pieces of an answer wait for the reader at most; each is what the network brought at once, some ten or hundred
/// thousand bytes.
const PIECES_AHEAD: usize = 16;

/// What came of an answer besides its rows.
struct Came {
    page: Page,
    /// What it says, where it may have been cut and all of it was there at once.
    summary: Option<Summary>,
}

/// How the bytes of an answer came to an end.
enum End {
    All,
    /// It broke off, and begins again.
    Again,
    /// The reader or the keeper wants no more: it says itself why.
    Unwanted,
}

impl<S: Source> Asking<'_, S> {
    /// The answer of the chunk, kept. One that may have been cut is asked for in parts.
    pub(crate) async fn arriving(&self, keeping: &mut Keeping<'_>) -> Result<Proof, Failure> {
        let Came { page, summary } = self.one_answer(keeping).await?;
        if page.may_be_cut {
            keeping.sink.forget();
            return self.not_cut(summary, keeping).await;
        }
        keeping.so_far.pages += 1;
        keeping.so_far.received += page.received;
        Ok(Proof::WholeAnswer)
    }

    async fn one_answer(&self, keeping: &mut Keeping<'_>) -> Result<Came, Failure> {
        let walk = self.walk;
        let turn = walk.pace.turn().await;
        let mut arriving = match walk.client.get_in_pieces(&walk.source.request(self.chunk, 1)).await {
            Ok(arriving) => arriving,
            Err(error) => {
                let (requests, retries, bytes) = sent_in_vain(&error);
                self.count(requests, retries, bytes);
                turn.failed().await;
                return Err(Failure::Http(error));
            }
        };
        let outcome = loop {
            match self.read_once(&mut arriving, keeping).await {
                Ok(Some(came)) => break Ok(came),
                Ok(None) => keeping.sink.forget(),
                Err(failure) => break Err(failure),
            }
        };
        let (requests, retries) = (arriving.requests(), arriving.retries());
        let bytes = if outcome.is_ok() { arriving.bytes() } else { 0 };
        self.count(requests, retries, bytes);
        match outcome {
            Ok(_) => turn.answered(bytes, retries == 0).await,
            Err(_) => turn.failed().await,
        }
        outcome
    }

    /// Reads the answer to its end, its rows into the sink; nothing where it begins again.
    async fn read_once(&self, arriving: &mut Arriving, keeping: &mut Keeping<'_>) -> Result<Option<Came>, Failure> {
        let (source, chunk) = (Arc::clone(&self.walk.source), self.chunk.clone());
        let (pieces, mut to_read) = mpsc::channel(PIECES_AHEAD);
        let (rows, to_keep) = mpsc::channel(1);
        let reading = tokio::task::spawn_blocking(move || {
            let keyed = |frame: DataFrame, objects: &Objects| {
                let (objects, seen) = (keys::objects(&frame, objects, source.key())?, keys::seen(objects));
                Ok::<_, FrameError>(Rows { frame, objects, seen })
            };
            let mut all = true;
            let take = |frame: DataFrame, objects: &Objects| {
                // Nobody is there to take it where keeping failed, and no more pieces come then.
                let _ = rows.blocking_send(keyed(frame, objects)?);
                Ok(())
            };
            let mut page = source.read_arriving(&chunk, &mut || to_read.blocking_recv(), &mut |frame, objects| {
                all = false;
                take(frame, objects)
            })?;
            let known = page.may_be_cut && all;
            let summary = known.then(|| Summary::of(page.received, &page.frame)).transpose()?;
            take(std::mem::take(&mut page.frame), &page.objects)?;
            Ok(Came { page, summary })
        });
        let keep = async {
            // Gone with the keeper, so that the reader waits for nobody.
            let mut to_keep = to_keep;
            while let Some(rows) = to_keep.recv().await {
                self.walk.progress.page(rows.frame.height() as u64, 0);
                self.walk.keep_rows(keeping, rows).await?;
            }
            Ok(())
        };
        let receive = async {
            let pieces = pieces;
            loop {
                match arriving.next().await? {
                    Some(Piece::Bytes(bytes)) => {
                        self.walk.progress.page(0, bytes.len() as u64);
                        if pieces.send(bytes).await.is_err() {
                            return Ok(End::Unwanted);
                        }
                    }
                    Some(Piece::Again { .. }) => return Ok(End::Again),
                    None => return Ok(End::All),
                }
            }
        };
        let (received, kept): (Result<End, HttpError>, Result<(), Failure>) = tokio::join!(receive, keep);
        let read = reading.await.map_err(Failure::Worker)?;
        let end = received.map_err(Failure::Http)?;
        kept?;
        match end {
            End::Again => Ok(None),
            End::All | End::Unwanted => read.map(Some).map_err(Failure::Unreadable),
        }
    }
}
