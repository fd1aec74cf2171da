//! A request on its way to a server.

use std::fmt;

use bytes::Bytes;
use http::{HeaderMap, Method};
use url::Url;

use crate::describe;

/// An HTTP request as a [`Transport`](crate::Transport) sends it.
///
/// `Debug` shows neither credentials nor cookies nor the values that a query filters by.
#[derive(Clone)]
pub struct Request {
    /// GET for everything that extracts, POST for what imports.
    pub method: Method,
    /// The whole address.
    pub url: Url,
    /// The headers, without those that depend on the connection (`Host`, `Accept-Encoding`).
    pub headers: HeaderMap,
    /// The body, empty for a GET.
    pub body: Bytes,
    /// An answer whose body is longer is not wanted, and need not be read to its end.
    pub body_limit: u64,
    /// The body of a good answer is read while it arrives, and may [begin again](crate::Piece::Again).
    pub in_pieces: bool,
}

impl Request {
    /// A GET without headers.
    pub fn get(url: Url) -> Self {
        Self {
            method: Method::GET,
            url,
            headers: HeaderMap::new(),
            body: Bytes::new(),
            body_limit: u64::MAX,
            in_pieces: false,
        }
    }

    /// Whether sending it twice does no more than sending it once: GET and HEAD.
    pub fn is_idempotent(&self) -> bool {
        self.method == Method::GET || self.method == Method::HEAD
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("method", &self.method)
            .field("url", &describe::url(&self.url))
            .field("headers", &describe::Headers(&self.headers))
            .field("body", &format_args!("{} bytes", self.body.len()))
            .field("body_limit", &self.body_limit)
            .field("in_pieces", &self.in_pieces)
            .finish()
    }
}
