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
/// Read it whole with [`collect`](Body::collect), or piece by piece as a [`Stream`].
#[derive(Default)]
pub struct Body(Inner);

enum Inner {
    /// `None` once it was taken.
    Whole(Option<Bytes>),
    Pieces(Pin<Box<dyn Stream<Item = Result<Bytes, TransportError>> + Send>>),
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
        let Some(first) = pieces.next().await.transpose()? else { return Ok(Bytes::new()) };
        fits(first.len())?;
        let Some(second) = pieces.next().await.transpose()? else { return Ok(first) };
        let mut whole = BytesMut::from(first);
        whole.extend_from_slice(&second);
        fits(whole.len())?;
        while let Some(piece) = pieces.next().await.transpose()? {
            whole.extend_from_slice(&piece);
            fits(whole.len())?;
        }
        Ok(whole.freeze())
    }

    /// Whether all of it is there already.
    pub(crate) fn is_whole(&self) -> bool {
        matches!(self.0, Inner::Whole(_))
    }
}

impl Stream for Body {
    type Item = Result<Bytes, TransportError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        match &mut self.0 {
            Inner::Whole(bytes) => Poll::Ready(bytes.take().filter(|b| !b.is_empty()).map(Ok)),
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
        assert_eq!(pieces, [Ok(Bytes::from("abc"))]);
    }
}
