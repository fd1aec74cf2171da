//! The transport over the network.

use std::error::Error as StdError;
use std::fmt;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::TryStreamExt;
use tracing::debug;

use crate::tls::{self, Trust};
use crate::{Body, HttpError, Request, Response, Transport, TransportError, TransportErrorKind, describe};

/// Sends over the network: HTTP/1.1 and HTTP/2, TLS by rustls, gzip, brotli and zstd where a proxy before the server offers
/// them, proxies from the environment (`HTTPS_PROXY`, `NO_PROXY`, …).
///
/// * A server is trusted when the system trusts its certificate; further authorities can be named.
/// * Connections are kept for less than the 60 seconds after which servers close them. Should one have been closed just
///   then, a GET or HEAD is sent once more on another connection, silently.
/// * Redirects are answers, as everywhere: [`Client`](crate::Client) decides about them.
///
/// ```
/// use dhis2_http::ReqwestTransport;
///
/// # fn main() -> Result<(), dhis2_http::HttpError> {
/// let transport = ReqwestTransport::builder().read_timeout(std::time::Duration::from_secs(900)).build()?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct ReqwestTransport {
    client: reqwest::Client,
}

/// Makes a [`ReqwestTransport`].
#[derive(Debug, Clone)]
#[must_use]
pub struct ReqwestTransportBuilder {
    authorities: Vec<PathBuf>,
    insecure: bool,
    proxies: bool,
    connect_timeout: Duration,
    read_timeout: Duration,
}

impl ReqwestTransport {
    /// A transport with the usual settings.
    ///
    /// # Errors
    /// [`HttpError::Setup`] where the system's certificates or proxies cannot be used.
    pub fn new() -> Result<Self, HttpError> {
        Self::builder().build()
    }

    /// Other than the usual settings.
    pub fn builder() -> ReqwestTransportBuilder {
        ReqwestTransportBuilder {
            authorities: Vec::new(),
            insecure: false,
            proxies: true,
            connect_timeout: Duration::from_secs(10),
            read_timeout: Duration::from_secs(600),
        }
    }

    /// Sends with a client of one's own making, for what the builder lacks (client certificates, SOCKS, …). It must not
    /// follow redirects: credentials would go where they lead.
    pub fn from_client(client: reqwest::Client) -> Self {
        Self { client }
    }

    async fn send_once(&self, request: Request) -> Result<Response, TransportError> {
        let mut outgoing = reqwest::Request::new(request.method, request.url);
        *outgoing.headers_mut() = request.headers;
        if !request.body.is_empty() {
            *outgoing.body_mut() = Some(request.body.into());
        }
        let answer = self.client.execute(outgoing).await.map_err(|error| translate(error, false))?;
        let (status, headers) = (answer.status(), answer.headers().clone());
        // The request that came to this answer is counted with it.
        let pieces = answer.bytes_stream().map_err(|error| translate(error, true).with_attempts(0));
        Ok(Response { headers, ..Response::new(status, Body::from_stream(pieces)) })
    }
}

impl ReqwestTransportBuilder {
    /// Trusts servers whose certificate is signed by those in this PEM file, besides those the system trusts.
    pub fn authority_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.authorities.push(path.into());
        self
    }

    /// Trusts **every** server, so that anyone on the way can read and change everything, the password included. For
    /// servers under test only.
    pub fn insecure(mut self, insecure: bool) -> Self {
        self.insecure = insecure;
        self
    }

    /// Whether to use the proxies that the environment names; it does unless told otherwise.
    pub fn proxies_from_environment(mut self, proxies: bool) -> Self {
        self.proxies = proxies;
        self
    }

    /// How long a connection may take to come about: 10 seconds unless told otherwise.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// How long a server may send nothing: 600 seconds unless told otherwise. Large exports take minutes before their
    /// first byte.
    pub fn read_timeout(mut self, timeout: Duration) -> Self {
        self.read_timeout = timeout;
        self
    }

    /// The transport.
    ///
    /// # Errors
    /// [`HttpError::Setup`] where a certificate file cannot be read, or the system's certificates or proxies cannot be used.
    pub fn build(self) -> Result<ReqwestTransport, HttpError> {
        let setup = |problem: String| HttpError::Setup { problem };
        let trust = if self.insecure {
            Trust::Anyone
        } else {
            let files = self.authorities.iter().map(|path| tls::read_pem(path));
            Trust::System(files.collect::<Result<Vec<_>, _>>().map_err(setup)?.concat())
        };
        let tls = tls::config(trust).map_err(|error| setup(error.to_string()))?;
        let mut builder = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(self.connect_timeout)
            .read_timeout(self.read_timeout)
            .pool_idle_timeout(Duration::from_secs(45));
        if !self.proxies {
            builder = builder.no_proxy();
        }
        let client = builder.build().map_err(|error| setup(chain(&error.without_url())))?;
        Ok(ReqwestTransport { client })
    }
}

#[async_trait]
impl Transport for ReqwestTransport {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        if !request.is_idempotent() {
            return self.send_once(request).await;
        }
        let again = request.clone();
        match self.send_once(request).await {
            Err(error) if error.kind() == TransportErrorKind::ClosedBeforeAnswer => {
                debug!(request = %describe::url(&again.url), "the connection was closed, sending on another");
                self.send_once(again).await
            }
            outcome => outcome,
        }
    }
}

impl fmt::Debug for ReqwestTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The client shows its proxies, and those may have passwords.
        f.debug_struct("ReqwestTransport").finish_non_exhaustive()
    }
}

/// What reqwest's error means here. `in_body`: the head of the answer was there.
fn translate(error: reqwest::Error, in_body: bool) -> TransportError {
    let kind = kind(&error, in_body);
    let mut message = causes(&error).map(ToString::to_string).collect::<Vec<_>>().join(": ");
    let certificate = find::<rustls::Error>(&error).and_then(tls::in_words);
    if message.is_empty() {
        message = error.without_url().to_string();
    }
    if kind == TransportErrorKind::Tls {
        if let Some(words) = certificate {
            message = format!("{words} ({message})");
        }
        message.push_str(
            "; if the server's certificate comes from an authority of your own, name the file with the authority's certificate",
        );
    }
    TransportError::new(kind, message)
}

fn kind(error: &reqwest::Error, in_body: bool) -> TransportErrorKind {
    let hyper = find::<hyper::Error>(error);
    let broken = find::<io::Error>(error).is_some_and(|error| is_break(error.kind()));
    if find::<rustls::Error>(error).is_some() && error.is_connect() {
        TransportErrorKind::Tls
    } else if error.is_connect() {
        TransportErrorKind::Connect
    } else if error.is_timeout() {
        TransportErrorKind::Timeout
    } else if hyper.is_some_and(hyper::Error::is_parse) {
        TransportErrorKind::Decode
    } else if broken || hyper.is_some() {
        if in_body { TransportErrorKind::Interrupted } else { TransportErrorKind::ClosedBeforeAnswer }
    } else if error.is_decode() {
        TransportErrorKind::Decode
    } else {
        TransportErrorKind::Other
    }
}

/// Whether the connection broke, as against data that make no sense.
fn is_break(kind: io::ErrorKind) -> bool {
    matches!(
        kind,
        io::ErrorKind::BrokenPipe
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::NotConnected
            | io::ErrorKind::UnexpectedEof
    )
}

/// What lies under reqwest's own error, which repeats the address.
fn causes(error: &reqwest::Error) -> impl Iterator<Item = &(dyn StdError + 'static)> {
    std::iter::successors(error.source(), |&error| error.source())
}

/// The first error of a type among the causes; io errors keep theirs inside, where `source` does not lead.
fn find<T: StdError + 'static>(error: &reqwest::Error) -> Option<&T> {
    causes(error).find_map(|cause| {
        let inside = || cause.downcast_ref::<io::Error>()?.get_ref();
        cause.downcast_ref::<T>().or_else(|| {
            let mut next: Option<&(dyn StdError + 'static)> = inside().map(|error| error as _);
            while let Some(error) = next {
                if let Some(found) = error.downcast_ref::<T>() {
                    return Some(found);
                }
                next = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref).map(|error| error as _);
            }
            None
        })
    })
}

/// An error with all that caused it.
fn chain(error: &dyn StdError) -> String {
    std::iter::successors(Some(error), |&error| error.source()).map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
