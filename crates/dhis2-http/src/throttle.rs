//! Keeps a server from being asked too much at once.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use futures_util::StreamExt;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

use crate::{Body, Request, Response, Transport, TransportError, TransportErrorKind, describe};

/// How much one server is asked at most.
#[derive(Debug, Clone, PartialEq)]
pub struct ThrottleLimits {
    /// How many requests are under way at once. 0 counts as 1.
    pub concurrent: usize,
    /// How many requests are begun in a second, evenly spread; `None`: no limit.
    pub per_second: Option<f64>,
}

impl Default for ThrottleLimits {
    /// Four at once, as fast as they come: more than four make a DHIS2 server of usual size no faster.
    fn default() -> Self {
        Self { concurrent: 4, per_second: None }
    }
}

/// Sends at most so many requests at once, and so many a second, to each host; further ones wait for their turn.
///
/// A request is under way until its body is read or dropped: who keeps answers without reading them, and asks for more,
/// waits for himself. Inside [`Retry`](crate::Retry), which reads bodies at once, that cannot happen; put it there, so that
/// every attempt counts and waiting for the next attempt holds nobody up.
///
/// ```
/// use dhis2_http::{MemoryTransport, Response, Retry, RetryPolicy, Throttle, ThrottleLimits};
///
/// let server = MemoryTransport::new(|_| Ok(Response::json(200, "{}")));
/// let limits = ThrottleLimits { concurrent: 2, per_second: Some(5.0) };
/// let transport = Retry::new(Throttle::new(server, limits), RetryPolicy::default());
/// ```
#[derive(Debug)]
pub struct Throttle<T> {
    inner: T,
    limits: ThrottleLimits,
    hosts: Mutex<HashMap<String, Arc<Host>>>,
}

#[derive(Debug)]
struct Host {
    places: Arc<Semaphore>,
    /// When the next request may begin.
    next: Mutex<Instant>,
}

impl<T> Throttle<T> {
    /// Throttles what `inner` sends.
    pub fn new(inner: T, limits: ThrottleLimits) -> Self {
        Self { inner, limits, hosts: Mutex::default() }
    }

    fn host(&self, request: &Request) -> Arc<Host> {
        let mut hosts = self.hosts.lock().unwrap_or_else(PoisonError::into_inner);
        let new = || {
            let places = Arc::new(Semaphore::new(self.limits.concurrent.clamp(1, Semaphore::MAX_PERMITS)));
            Arc::new(Host { places, next: Mutex::new(Instant::now()) })
        };
        Arc::clone(hosts.entry(describe::origin(&request.url)).or_insert_with(new))
    }

    /// The moment at which this request may begin; the one after it must wait longer.
    fn turn(&self, host: &Host) -> Option<Instant> {
        let rate = self.limits.per_second.filter(|rate| *rate > 0.0)?;
        let gap = Duration::try_from_secs_f64(1.0 / rate).ok()?;
        let mut next = host.next.lock().unwrap_or_else(PoisonError::into_inner);
        let turn = (*next).max(Instant::now());
        *next = turn + gap;
        Some(turn)
    }
}

#[async_trait]
impl<T: Transport> Transport for Throttle<T> {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        let host = self.host(&request);
        let place = Arc::clone(&host.places).acquire_owned().await;
        // The semaphore is never closed; should it be, sending without a limit would be the wrong answer.
        let place = place.map_err(|_| TransportError::new(TransportErrorKind::Other, "the throttle is closed"))?;
        if let Some(turn) = self.turn(&host) {
            tokio::time::sleep_until(turn).await;
        }
        let mut response = self.inner.send(request).await?;
        if response.body.bytes_there().is_none() {
            response.body = occupying(response.body, place);
        }
        Ok(response)
    }
}

/// The same body, which gives the place back when it is read to its end or dropped.
fn occupying(body: Body, place: OwnedSemaphorePermit) -> Body {
    let state = Some((body, place));
    Body::from_pieces(futures_util::stream::unfold(state, |state| async move {
        let (mut body, place) = state?;
        let piece = body.next().await?;
        let rest = piece.is_ok().then_some((body, place));
        Some((piece, rest))
    }))
}
