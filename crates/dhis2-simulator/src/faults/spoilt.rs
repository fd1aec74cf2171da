//! What happens to an answer on its way.

use std::io::{Error, Write as _};
use std::task::Poll;
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::http::header::{CONTENT_ENCODING, CONTENT_LENGTH};
use axum::http::{HeaderValue, Method, Response};
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use futures_util::stream;

use super::{Asked, Fault, ResetAt, Schedule};
use crate::answer::Answer;
use crate::connection::Switch;

/// How an answer is spoilt.
enum Spoilt {
    Broken { at: ResetAt, content_length: bool },
    Truncated,
    Dripping { piece: usize, pause: Duration },
}

impl Schedule {
    /// The answer as it reaches the client.
    pub(crate) async fn spoilt(&self, asked: &Asked, response: Response<Body>, switch: &Switch) -> Response<Body> {
        // An answer without a body cannot be spoilt.
        if asked.method == Method::HEAD {
            return response;
        }
        let could = |fault: &Fault| match fault {
            Fault::Reset { at: ResetAt::BeforeAnswer, .. } => None,
            Fault::Reset { at, content_length } => Some(Spoilt::Broken { at: *at, content_length: *content_length }),
            Fault::TruncatedGzip if asked.accepts_gzip => Some(Spoilt::Truncated),
            Fault::Drip { piece_bytes, pause } => Some(Spoilt::Dripping { piece: *piece_bytes, pause: *pause }),
            _ => None,
        };
        let Some((how, random)) = self.turns(asked, could).next() else { return response };
        let (mut parts, body) = response.into_parts();
        let Ok(body) = to_bytes(body, usize::MAX).await else { return Answer::empty(500).into_response() };
        let body = match how {
            Spoilt::Broken { at, content_length } => {
                if content_length {
                    parts.headers.insert(CONTENT_LENGTH, HeaderValue::from(body.len()));
                }
                let sent = match at {
                    ResetAt::BeforeAnswer | ResetAt::BeforeBody => 0,
                    ResetAt::Midway => between(random, 1, body.len()),
                    ResetAt::AfterBody => body.len(),
                };
                // A reset throws away what the client has not fetched yet: not where it is to have all of it.
                broken(body.slice(..sent), at != ResetAt::AfterBody, switch.clone())
            }
            Spoilt::Truncated => {
                let packed = packed(&body);
                parts.headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
                let sent = between(random, GZIP_HEAD, packed.len());
                Body::from(packed.slice(..sent))
            }
            Spoilt::Dripping { piece, pause } => dripping(body, piece, pause),
        };
        Response::from_parts(parts, body)
    }
}

/// How long the head of a packed body is.
const GZIP_HEAD: usize = 10;
/// In which pieces a body is handed on.
const PIECE: usize = 64 * 1024;

/// A place from `least` to before `end`; `0` where there is none.
fn between(random: u64, least: usize, end: usize) -> usize {
    let places = u64::try_from(end.saturating_sub(least)).unwrap_or(u64::MAX);
    if places == 0 { 0 } else { least + usize::try_from(random % places).unwrap_or(0) }
}

fn packed(body: &[u8]) -> Bytes {
    let mut packer = GzEncoder::new(Vec::new(), Compression::fast());
    // Writing to memory cannot fail.
    drop(packer.write_all(body));
    packer.finish().unwrap_or_default().into()
}

/// These bytes, and then nothing but a broken connection.
fn broken(mut left: Bytes, reset: bool, switch: Switch) -> Body {
    if left.is_empty() {
        switch.off_when_written(reset);
    }
    Body::from_stream(stream::poll_fn(move |_| {
        if left.is_empty() {
            // The connection wakes its own task when it has gone off.
            let broken = || Poll::Ready(Some(Err(Error::other("broken off on purpose"))));
            return if switch.is_off() { broken() } else { Poll::Pending };
        }
        let piece = left.split_to(left.len().min(PIECE));
        if left.is_empty() {
            switch.off_when_written(reset);
        }
        Poll::Ready(Some(Ok(piece)))
    }))
}

/// The body in small pieces, a pause before each but the first.
fn dripping(body: Bytes, piece: usize, pause: Duration) -> Body {
    let piece = piece.max(1);
    Body::from_stream(stream::unfold((body, false), move |(mut left, begun)| async move {
        if left.is_empty() {
            return None;
        }
        if begun {
            tokio::time::sleep(pause).await;
        }
        let next = left.split_to(left.len().min(piece));
        Some((Ok::<Bytes, Error>(next), (left, true)))
    }))
}
