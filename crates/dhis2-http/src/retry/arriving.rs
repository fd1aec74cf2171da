//! Answers that are handed on while they arrive.

use futures_util::{StreamExt, stream};
use http::HeaderMap;

use super::Attempts;
use crate::response::is_whole;
use crate::{Body, Piece, Response, Transport, TransportError, TransportErrorKind};

/// The same answer, which begins again where it breaks off, as long as there are attempts left.
pub(super) fn arriving<T: Transport + 'static>(attempts: Attempts<T>, response: Response) -> Response {
    let Response { status, headers, body, attempts: sent } = response;
    let arriving = Arriving { attempts, headers: headers.clone(), body, came: 0 };
    let pieces = stream::unfold(Some(arriving), |arriving| async move {
        let mut arriving = arriving?;
        let piece = arriving.next().await?;
        let rest = piece.is_ok().then_some(arriving);
        Some((piece, rest))
    });
    Response { status, headers, body: Body::from_pieces(pieces), attempts: sent }
}

struct Arriving<T> {
    attempts: Attempts<T>,
    headers: HeaderMap,
    body: Body,
    came: u64,
}

impl<T: Transport> Arriving<T> {
    async fn next(&mut self) -> Option<Result<Piece, TransportError>> {
        let error = match self.body.next().await {
            Some(Ok(piece)) => {
                if let Piece::Bytes(bytes) = &piece {
                    self.came += bytes.len() as u64;
                }
                return Some(Ok(piece));
            }
            None => is_whole(&self.headers, self.came).err()?,
            Some(Err(error)) => error,
        };
        Some(self.again(error).await)
    }

    async fn again(&mut self, error: TransportError) -> Result<Piece, TransportError> {
        // The request that this answer came to is counted with the answer.
        let Some(wait) = self.attempts.wait_after_error(&error) else { return Err(error.with_attempts(0)) };
        self.attempts.wait(wait, Err(&error)).await;
        let response = self.attempts.send().await?;
        let attempts = response.attempts;
        if !response.status.is_success() {
            let message = format!("asked again, the server answered {}", response.status);
            return Err(TransportError::new(TransportErrorKind::Interrupted, message).with_attempts(attempts));
        }
        (self.headers, self.body, self.came) = (response.headers, response.body, 0);
        Ok(Piece::Again { attempts })
    }
}
