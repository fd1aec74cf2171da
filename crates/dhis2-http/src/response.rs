//! What a server answered.

use bytes::Bytes;
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, StatusCode};

use crate::{Body, TransportError, TransportErrorKind};

/// An HTTP answer as a [`Transport`](crate::Transport) brings it: with any status.
#[derive(Debug)]
pub struct Response {
    /// The status, whatever it is.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, without the compression of the way.
    pub body: Body,
    /// How often the request was sent to get this answer; more than 1 by [`Retry`](crate::Retry) only.
    pub attempts: u32,
}

impl Response {
    /// An answer without headers, got at the first attempt.
    pub fn new(status: StatusCode, body: impl Into<Body>) -> Self {
        Self { status, headers: HeaderMap::new(), body: body.into(), attempts: 1 }
    }

    /// A JSON answer, for simulators, examples and tests. A `status` that is no HTTP status becomes 500.
    pub fn json(status: u16, text: impl Into<Body>) -> Self {
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        Self::new(status, text).header(CONTENT_TYPE, HeaderValue::from_static("application/json"))
    }

    /// The same answer with one more header.
    pub fn header(mut self, name: http::HeaderName, value: HeaderValue) -> Self {
        self.headers.append(name, value);
        self
    }

    /// The same answer with its whole body there; see [`whole`](Self::whole). An error counts the attempts of the answer.
    pub(crate) async fn read(self, bodiless: bool, limit: u64) -> Result<Self, TransportError> {
        let attempts = self.attempts;
        let whole = self.whole(bodiless, limit).await;
        whole.map(|(parts, body)| parts.with_body(body)).map_err(|error| error.with_attempts(attempts))
    }

    /// Waits for the whole body, if it is no longer than `limit` bytes, and compares it with the length that the server
    /// announced.
    pub(crate) async fn whole(self, bodiless: bool, limit: u64) -> Result<(Parts, Bytes), TransportError> {
        let body = self.body.collect_up_to(limit).await?;
        if !bodiless {
            is_whole(&self.headers, body.len() as u64)?;
        }
        Ok((Parts { status: self.status, headers: self.headers, attempts: self.attempts }, body))
    }
}

/// Compares what came with the length that the server announced.
pub(crate) fn is_whole(headers: &HeaderMap, came: u64) -> Result<(), TransportError> {
    match announced_length(headers) {
        Some(announced) if announced != came => {
            let message = format!("{came} of {announced} bytes came");
            Err(TransportError::new(TransportErrorKind::Interrupted, message))
        }
        _ => Ok(()),
    }
}

/// An answer without its body.
pub(crate) struct Parts {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) attempts: u32,
}

impl Parts {
    pub(crate) fn with_body(self, body: Bytes) -> Response {
        Response { status: self.status, headers: self.headers, body: body.into(), attempts: self.attempts }
    }
}

/// The length of the body as it is now: that of a compressed one says nothing about it.
fn announced_length(headers: &HeaderMap) -> Option<u64> {
    if headers.contains_key(CONTENT_ENCODING) {
        return None;
    }
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_body_shorter_than_announced_is_no_whole_answer() {
        let short = || Response::json(200, "[1,2]").header(CONTENT_LENGTH, HeaderValue::from_static("9"));
        let error = short().whole(false, u64::MAX).await.map(|(_, body)| body).unwrap_err();
        assert_eq!(error.kind(), TransportErrorKind::Interrupted);
        assert_eq!(error.message(), "5 of 9 bytes came");
        let compressed = short().header(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        assert!(compressed.whole(false, u64::MAX).await.is_ok());
    }
}
