//! Sends again what failed by accident.

mod after;
mod policy;

use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use http::Method;
use tracing::debug;

pub use policy::RetryPolicy;

use crate::{Request, Response, Transport, TransportError, TransportErrorKind, describe};

/// Sends a GET or HEAD again when it failed by accident: no connection, a connection that broke before or in the middle of
/// the answer, nothing for too long, or one of the statuses 429, 502, 503, 504 and (less often) 500.
///
/// * It reads the body itself, so that one which broke off is asked for again, and hands out whole bodies only.
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
    inner: T,
    policy: RetryPolicy,
}

impl<T> Retry<T> {
    /// Retries what `inner` sends.
    pub fn new(inner: T, policy: RetryPolicy) -> Self {
        Self { inner, policy }
    }
}

#[async_trait]
impl<T: Transport> Transport for Retry<T> {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        let bodiless = request.method == Method::HEAD;
        let mut sent = 0;
        let mut attempt = 1;
        loop {
            let outcome = match self.inner.send(request.clone()).await {
                Ok(response) => {
                    let attempts = response.attempts;
                    response.whole(bodiless, request.body_limit).await.map_err(|error| error.with_attempts(attempts))
                }
                Err(error) => Err(error),
            };
            let wait = match &outcome {
                Ok(_) if !request.is_idempotent() => None,
                Err(error) if !request.is_idempotent() && error.kind() != TransportErrorKind::Connect => None,
                Ok((parts, _)) => {
                    self.policy.wait_after_answer(attempt, parts.status, &parts.headers, SystemTime::now())
                }
                Err(error) => self.policy.wait_after_error(attempt, error.kind()),
            };
            sent += outcome.as_ref().map_or_else(TransportError::attempts, |(parts, _)| parts.attempts);
            let Some(wait) = wait else {
                return match outcome {
                    Ok((mut parts, body)) => {
                        parts.attempts = sent;
                        Ok(parts.with_body(body))
                    }
                    Err(error) => Err(error.with_attempts(sent)),
                };
            };
            tell(&request, attempt, wait, outcome.as_ref().map(|(parts, _)| parts.status));
            tokio::time::sleep(wait).await;
            attempt += 1;
        }
    }
}

fn tell(request: &Request, attempt: u32, wait: Duration, outcome: Result<http::StatusCode, &TransportError>) {
    let request = describe::url(&request.url);
    match outcome {
        Ok(status) => debug!(%request, attempt, ?wait, %status, "trying again"),
        Err(error) => debug!(%request, attempt, ?wait, %error, "trying again"),
    }
}
