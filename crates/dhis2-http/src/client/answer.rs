//! What a client hands out.

use bytes::Bytes;
use http::{HeaderMap, StatusCode};

/// A good answer, whole.
#[derive(Clone)]
#[non_exhaustive]
pub struct Answer {
    /// The status: a success, or the 409 of a report on an import.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, without the compression of the way.
    pub body: Bytes,
    /// How many requests it took, with retries and redirects.
    pub requests: u32,
    /// How many of them were retries.
    pub retries: u32,
}

impl std::fmt::Debug for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Answer")
            .field("status", &self.status)
            .field("headers", &crate::describe::Headers(&self.headers))
            .field("body", &format_args!("{} bytes", self.body.len()))
            .field("requests", &self.requests)
            .field("retries", &self.retries)
            .finish()
    }
}

/// What went to and fro.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Traffic {
    /// Requests sent, with retries and redirects, whatever came of them.
    pub requests: u64,
    /// How many of them were retries.
    pub retries: u64,
    /// Bytes of bodies received whole, without the compression of the way.
    pub bytes: u64,
}
