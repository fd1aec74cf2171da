//! Sends again what failed by accident.

mod after;
mod arriving;
mod policy;

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use http::{Method, StatusCode};
use tracing::debug;

use arriving::arriving;
pub use policy::RetryPolicy;

use crate::{Request, Response, Transport, TransportError, TransportErrorKind, describe};

/// Sends a GET or HEAD again when it failed by accident: no connection, a connection that broke before or in the middle of
/// the answer, nothing for too long, or one of the statuses 429, 502, 503, 504 and (less often) 500.
///
/// * It reads the body itself, so that one which broke off is asked for again, and hands out whole bodies only. Where the
///   request is [to be read in pieces](Request::in_pieces) it hands out the pieces of a good answer as they arrive, and says
///   so when they [begin again](crate::Piece::Again).
/// * Everything else is handed on at once: other statuses (a 409 of DHIS2 is a refusal that repeating cannot heal; repeated
///   401s lock accounts).
/// * All other methods could do their work twice: they are sent again only where there was no connection, so that nothing
///   of them can have reached the server.
/// * When the attempts are used up, the last answer or the last error is handed on.
/// * [`Response::attempts`] and [`TransportError::attempts`] tell how often the request was sent.
///
/// ```
/// use std::sync::atomic::{AtomicU32, Ordering};
/// use std::time::Duration;
/// use dhis2_http::{MemoryTransport, Request, Response, Retry, RetryPolicy, Transport};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let asked = AtomicU32::new(0);
/// let unsteady = MemoryTransport::new(move |_| {
///     let status = if asked.fetch_add(1, Ordering::Relaxed) < 2 { 503 } else { 200 };
///     Ok(Response::json(status, "{}"))
/// });
/// let policy = RetryPolicy { base: Duration::from_millis(1), ..RetryPolicy::default() };
/// let response = Retry::new(unsteady, policy).send(Request::get("https://host/api/me".parse()?)).await?;
/// assert_eq!(response.status, 200);
/// assert_eq!(response.attempts, 3);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Retry<T> {
    inner: Arc<T>,
    policy: RetryPolicy,
}

impl<T> Retry<T> {
    /// Retries what `inner` sends.
    pub fn new(inner: T, policy: RetryPolicy) -> Self {
        Self { inner: Arc::new(inner), policy }
    }
}

#[async_trait]
impl<T: Transport + 'static> Transport for Retry<T> {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        let in_pieces = request.in_pieces;
        let mut attempts =
            Attempts { inner: Arc::clone(&self.inner), policy: self.policy.clone(), request, attempt: 1 };
        let response = attempts.send().await?;
        Ok(if in_pieces && response.body.bytes_there().is_none() { arriving(attempts, response) } else { response })
    }
}

/// The attempts to get an answer to one request.
struct Attempts<T> {
    inner: Arc<T>,
    policy: RetryPolicy,
    request: Request,
    /// Which attempt is next, or under way.
    attempt: u32,
}

impl<T: Transport> Attempts<T> {
    /// Sends until there is an answer to hand on, or no attempt left.
    async fn send(&mut self) -> Result<Response, TransportError> {
        let mut sent = 0;
        loop {
            let outcome = self.once().await;
            sent += outcome.as_ref().map_or_else(TransportError::attempts, |response| response.attempts);
            let wait = match &outcome {
                Ok(response) => self.wait_after_answer(response),
                Err(error) => self.wait_after_error(error),
            };
            let Some(wait) = wait else {
                return outcome
                    .map(|response| Response { attempts: sent, ..response })
                    .map_err(|error| error.with_attempts(sent));
            };
            self.wait(wait, outcome.as_ref().map(|response| response.status)).await;
        }
    }

    async fn once(&self) -> Result<Response, TransportError> {
        let Request { body_limit, in_pieces, .. } = self.request;
        let bodiless = self.request.method == Method::HEAD;
        let response = self.inner.send(self.request.clone()).await?;
        if in_pieces && response.status.is_success() {
            return Ok(response);
        }
        response.read(bodiless, body_limit).await
    }

    fn wait_after_answer(&self, response: &Response) -> Option<Duration> {
        let after =
            || self.policy.wait_after_answer(self.attempt, response.status, &response.headers, SystemTime::now());
        self.request.is_idempotent().then(after).flatten()
    }

    fn wait_after_error(&self, error: &TransportError) -> Option<Duration> {
        let harmless = self.request.is_idempotent() || error.kind() == TransportErrorKind::Connect;
        harmless.then(|| self.policy.wait_after_error(self.attempt, error.kind())).flatten()
    }

    async fn wait(&mut self, wait: Duration, outcome: Result<StatusCode, &TransportError>) {
        let (request, attempt) = (describe::url(&self.request.url), self.attempt);
        match outcome {
            Ok(status) => debug!(%request, attempt, ?wait, %status, "trying again"),
            Err(error) => debug!(%request, attempt, ?wait, %error, "trying again"),
        }
        tokio::time::sleep(wait).await;
        self.attempt += 1;
    }
}
