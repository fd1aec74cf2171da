//! What a server has seen of its clients.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::{Body, HttpBody as _};
use axum::http::Response;
use futures_util::{StreamExt as _, stream};

/// The requests that came in.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    requests: AtomicU64,
    targets: Mutex<Vec<String>>,
    at_once: AtomicU64,
    most_at_once: AtomicU64,
}

impl Seen {
    pub(crate) fn requests(&self) -> u64 {
        self.requests.load(Ordering::Relaxed)
    }

    pub(crate) fn targets(&self) -> Vec<String> {
        self.targets.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn most_at_once(&self) -> u64 {
        self.most_at_once.load(Ordering::SeqCst)
    }

    /// Notes a request. It is being answered until what is returned is dropped.
    pub(crate) fn begin(self: &Arc<Self>, target: &str) -> Pending {
        self.requests.fetch_add(1, Ordering::Relaxed);
        self.targets.lock().unwrap_or_else(PoisonError::into_inner).push(target.to_owned());
        let at_once = self.at_once.fetch_add(1, Ordering::SeqCst) + 1;
        self.most_at_once.fetch_max(at_once, Ordering::SeqCst);
        Pending(Arc::clone(self))
    }
}

/// A request that is being answered.
#[derive(Debug)]
pub(crate) struct Pending(Arc<Seen>);

impl Drop for Pending {
    fn drop(&mut self) {
        self.0.at_once.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Pending {
    /// The same response; the request counts as answered when the last piece of its body is handed over. It must not count
    /// later: a client that has everything may already have sent its next request.
    pub(crate) fn until_sent(self, response: Response<Body>) -> Response<Body> {
        if response.body().size_hint().exact().is_some() {
            return response;
        }
        let (parts, body) = response.into_parts();
        let pieces = stream::unfold((body.into_data_stream(), Some(self)), |(mut body, pending)| async move {
            // Dropped with the last piece, before the end is told.
            let piece = body.next().await?;
            Some((piece, (body, pending)))
        });
        Response::from_parts(parts, Body::from_stream(pieces))
    }
}
