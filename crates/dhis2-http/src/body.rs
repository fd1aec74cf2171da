//! The body of an answer: there already, or still coming.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::{Bytes, BytesMut};
use futures_core::Stream;
use futures_util::StreamExt;

use crate::{TransportError, TransportErrorKind};

/// The body of a [`Response`](crate::Response): a stream of pieces, which may be a single one that is there already.
///
/// Read it whole with [`collect`](Body::collect), or piece by piece as a [`Stream`] of [`Piece`]s.
#[derive(Default)]
pub struct Body(Inner);

/// What comes next of a body.
#[derive(Clone, PartialEq, Eq)]
pub enum Piece {
    /// The next bytes.
    Bytes(Bytes),
    /// The answer broke off and was asked for again: what came before is void, and the next piece is the first of the new
    /// answer. Only [`Retry`](crate::Retry) does that, and only where the request is
    /// [to be read in pieces](crate::Request::in_pieces).
    Again {
        /// How many requests it took to get the new answer.
        attempts: u32,
    },
}

impl fmt::Debug for Piece {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bytes(bytes) => write!(f, "Bytes({} bytes)", bytes.len()),
            Self::Again { attempts } => write!(f, "Again({attempts} attempts)"),
        }
    }
}

enum Inner {
    /// `None` once it was taken.
    Whole(Option<Bytes>),
    Pieces(Pin<Box<dyn Stream<Item = Result<Piece, TransportError>> + Send>>),
}

impl Default for Inner {
    fn default() -> Self {
        Self::Whole(None)
    }
}

impl Body {
    /// A body without a byte.
    pub fn empty() -> Self {
        Self::default()
    }

    /// A body that comes in pieces. An error must be the last item.
    pub fn from_stream(pieces: impl Stream<Item = Result<Bytes, TransportError>> + Send + 'static) -> Self {
        Self::from_pieces(pieces.map(|piece| piece.map(Piece::Bytes)))
    }

    /// A body that may begin again. An error must be the last item.
    pub(crate) fn from_pieces(pieces: impl Stream<Item = Result<Piece, TransportError>> + Send + 'static) -> Self {
        Self(Inner::Pieces(Box::pin(pieces)))
    }

    /// Waits for all of it.
    ///
    /// # Errors
    /// The [`TransportError`] with which the body broke off.
    pub async fn collect(self) -> Result<Bytes, TransportError> {
        self.collect_up_to(u64::MAX).await
    }

    /// Waits for all of it, if it is no longer than `limit` bytes.
    ///
    /// # Errors
    /// As of [`collect`](Self::collect), and [`TransportErrorKind::AnswerTooLarge`] as soon as it is longer.
    pub async fn collect_up_to(self, limit: u64) -> Result<Bytes, TransportError> {
        let too_large = || TransportError::new(TransportErrorKind::AnswerTooLarge, format!("more than {limit} bytes"));
        let fits = |bytes: usize| if bytes as u64 <= limit { Ok(()) } else { Err(too_large()) };
        let mut pieces = match self.0 {
            Inner::Whole(bytes) => {
                let bytes = bytes.unwrap_or_default();
                return fits(bytes.len()).map(|()| bytes);
            }
            Inner::Pieces(pieces) => pieces,
        };
        // A body that comes in one piece is not copied.
        let (mut first, mut whole) = (Bytes::new(), BytesMut::new());
        while let Some(piece) = pieces.next().await.transpose()? {
            match piece {
                Piece::Again { .. } => (first, whole) = (Bytes::new(), BytesMut::new()),
                Piece::Bytes(piece) if whole.is_empty() && first.is_empty() => first = piece,
                Piece::Bytes(piece) => {
                    if whole.is_empty() {
                        whole = BytesMut::from(std::mem::take(&mut first));
                    }
                    whole.extend_from_slice(&piece);
                }
            }
            fits(first.len() + whole.len())?;
        }
        Ok(if whole.is_empty() { first } else { whole.freeze() })
    }

    /// All of it, where it is there already and was not taken.
    pub(crate) fn there(&self) -> Option<&Bytes> {
        match &self.0 {
            Inner::Whole(bytes) => bytes.as_ref(),
            Inner::Pieces(_) => None,
        }
    }

    /// How long it is, where all of it is there already.
    pub(crate) fn bytes_there(&self) -> Option<u64> {
        match &self.0 {
            Inner::Whole(bytes) => Some(bytes.as_ref().map_or(0, Bytes::len) as u64),
            Inner::Pieces(_) => None,
        }
    }
}

impl Stream for Body {
    type Item = Result<Piece, TransportError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        match &mut self.0 {
            Inner::Whole(bytes) => {
                Poll::Ready(bytes.take().filter(|bytes| !bytes.is_empty()).map(|bytes| Ok(Piece::Bytes(bytes))))
            }
            Inner::Pieces(pieces) => pieces.as_mut().poll_next(context),
        }
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The content is the server's data: it does not belong in a log.
        match &self.0 {
            Inner::Whole(bytes) => write!(f, "Body({} bytes)", bytes.as_ref().map_or(0, Bytes::len)),
            Inner::Pieces(_) => f.write_str("Body(still coming)"),
        }
    }
}

impl From<Bytes> for Body {
    fn from(bytes: Bytes) -> Self {
        Self(Inner::Whole(Some(bytes)))
    }
}

impl From<Vec<u8>> for Body {
    fn from(bytes: Vec<u8>) -> Self {
        Bytes::from(bytes).into()
    }
}

impl From<String> for Body {
    fn from(text: String) -> Self {
        Bytes::from(text).into()
    }
}

impl From<&'static str> for Body {
    fn from(text: &'static str) -> Self {
        Bytes::from_static(text.as_bytes()).into()
    }
}

#[cfg(test)]
mod tests {
    use futures_util::stream;

    use super::*;

    #[tokio::test]
    async fn a_body_longer_than_wanted_is_not_read_to_its_end() {
        let endless = || Body::from_stream(stream::repeat_with(|| Ok(Bytes::from("abcd"))));
        let error = endless().collect_up_to(1_000).await.unwrap_err();
        assert_eq!(error.kind(), TransportErrorKind::AnswerTooLarge);
        assert_eq!(Body::from("abcd").collect_up_to(4).await.unwrap(), "abcd");
        assert!(Body::from("abcde").collect_up_to(4).await.is_err());
    }

    #[tokio::test]
    async fn pieces_are_joined_in_their_order() {
        let pieces = ["ab", "", "cd", "e"].map(|p| Ok(Bytes::from(p)));
        assert_eq!(Body::from_stream(stream::iter(pieces)).collect().await.unwrap(), "abcde");
    }

    #[tokio::test]
    async fn a_body_that_breaks_off_is_an_error_not_a_shorter_body() {
        let broken = TransportError::new(TransportErrorKind::Interrupted, "");
        let pieces = [Ok(Bytes::from("ab")), Err(broken.clone())];
        assert_eq!(Body::from_stream(stream::iter(pieces)).collect().await, Err(broken));
    }

    #[tokio::test]
    async fn a_whole_body_is_a_stream_of_one_piece() {
        let pieces: Vec<_> = StreamExt::collect(Body::from("abc")).await;
        assert_eq!(pieces, [Ok(Piece::Bytes(Bytes::from("abc")))]);
    }

    #[tokio::test]
    async fn of_a_body_that_begins_again_what_came_before_is_void() {
        let bytes = |text: &'static str| Ok(Piece::Bytes(Bytes::from(text)));
        for begun in [vec![bytes("ab")], vec![bytes("ab"), bytes("c")], vec![]] {
            let rest = [Ok(Piece::Again { attempts: 1 }), bytes("x"), bytes("yz")];
            let pieces = stream::iter(begun.into_iter().chain(rest));
            assert_eq!(Body::from_pieces(pieces).collect().await.unwrap(), "xyz");
        }
    }
}
