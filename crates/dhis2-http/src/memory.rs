//! A server that is a function.

use std::fmt;

use async_trait::async_trait;

use crate::{Request, Response, Transport, TransportError};

/// Answers every request by calling a function: for examples, tests and simulators inside the process.
///
/// ```
/// use dhis2_http::{MemoryTransport, Request, Response, Transport};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let transport = MemoryTransport::new(|request| {
///     Ok(match request.url.path() {
///         "/api/system/info" => Response::json(200, r#"{"version":"2.41.9.1"}"#),
///         _ => Response::json(404, "{}"),
///     })
/// });
/// let response = transport.send(Request::get("https://host/api/me".parse()?)).await?;
/// assert_eq!(response.status, 404);
/// # Ok(())
/// # }
/// ```
pub struct MemoryTransport {
    answer: Box<AnswerFn>,
}

type AnswerFn = dyn Fn(&Request) -> Result<Response, TransportError> + Send + Sync;

impl MemoryTransport {
    /// A transport that answers what `answer` returns.
    pub fn new(answer: impl Fn(&Request) -> Result<Response, TransportError> + Send + Sync + 'static) -> Self {
        Self { answer: Box::new(answer) }
    }
}

impl fmt::Debug for MemoryTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryTransport").finish_non_exhaustive()
    }
}

#[async_trait]
impl Transport for MemoryTransport {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        (self.answer)(&request)
    }
}
