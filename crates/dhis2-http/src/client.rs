//! A client of one server, for one account.

mod answer;
mod arriving;
mod authorization;
mod base_url;
mod check;
mod cookies;
mod credentials;
mod page;
mod redirect;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use bytes::Bytes;
use dhis2_api::dialect::Dialect;
use dhis2_api::message::WebMessage;
use dhis2_api::request::{ApiRequest, Method};
use dhis2_api::system::SystemInfo;
use dhis2_api::version::Version;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, COOKIE, LOCATION, USER_AGENT};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde::de::DeserializeOwned;
use tokio::sync::OnceCell;
use url::Url;

pub use answer::{Answer, Traffic};
pub use arriving::Arriving;
pub use credentials::{Credentials, TokenSource};

use crate::error::{Asked, HttpError, RedirectProblem};
use crate::{Request, Response, Transport, TransportError, describe, limits};
use authorization::Authorization;
use base_url::BaseUrl;
use cookies::Cookies;

/// How many redirects are followed for one request.
const MAX_REDIRECTS: u32 = 5;

/// A client of one server, for one account. Clones share everything.
///
/// * Every request says `Accept: application/json` and `X-Requested-With: XMLHttpRequest`: without the latter, servers
///   answer missing credentials with a redirect to a login page.
/// * Cookies are kept, so that servers need not begin a session for every request.
/// * Redirects are followed on the same host only, up to five, never to a login, never out of `/api`, never with another
///   query, and never from https to http. Where a server leads from http to https, all later requests go there at once.
/// * What is not a good answer is an [`HttpError`]: see [`get`](Client::get).
/// * A request that is larger than servers take is not sent: Tomcat answers 400 to more than 8,192 bytes of request line
///   and headers, and silently drops parameters after the thousandth.
///
/// ```
/// use dhis2_api::request::ApiRequest;
/// use dhis2_http::{Client, Credentials, MemoryTransport, Response};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), dhis2_http::HttpError> {
/// let refusing = MemoryTransport::new(|_| {
///     Ok(Response::json(
///         409,
///         r#"{"httpStatus":"Conflict","httpStatusCode":409,"status":"ERROR","errorCode":"E2012",
///             "message":"User is not allowed to view org unit: `KdK92fYEfTw`"}"#,
///     ))
/// });
/// let client = Client::new("play.example.org/dhis", Credentials::token("d2p_secret"), refusing)?;
/// let request = ApiRequest::get("dataValueSets.json").param("orgUnit", "KdK92fYEfTw");
///
/// let error = client.get(&request).await.unwrap_err();
/// assert!(error.is_refused());
/// assert_eq!(error.error_code(), Some("E2012"));
/// assert!(error.to_string().starts_with(
///     "GET /api/dataValueSets.json?orgUnit=KdK92fYEfTw of https://play.example.org/dhis: 409 Conflict, E2012: "
/// ));
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Client(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    transport: Box<dyn Transport>,
    base: RwLock<BaseUrl>,
    authorization: Authorization,
    /// What every request carries besides.
    headers: HeaderMap,
    cookies: Mutex<Cookies>,
    info: OnceCell<SystemInfo>,
    server: OnceCell<Server>,
    requests: AtomicU64,
    retries: AtomicU64,
    bytes: AtomicU64,
}

/// What a server is, and how to speak to it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Server {
    /// What it says about itself.
    pub info: SystemInfo,
    /// Its version.
    pub version: Version,
    /// How to speak to that version.
    pub dialect: Dialect,
}

impl Client {
    /// A client of the server at `base_url`: its address as in the browser, with the path under which DHIS2 lives, with or
    /// without `/api` or `/api/41` at the end (requests go to the unversioned `/api`). Without a scheme, https is meant.
    ///
    /// # Errors
    /// [`HttpError::BaseUrl`] where the address cannot be used, or holds a user or password;
    /// [`HttpError::Credentials`] where these cannot be sent.
    pub fn new(
        base_url: &str,
        credentials: Credentials,
        transport: impl Transport + 'static,
    ) -> Result<Self, HttpError> {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        headers.insert(HeaderName::from_static("x-requested-with"), HeaderValue::from_static("XMLHttpRequest"));
        headers.insert(USER_AGENT, HeaderValue::from_static(concat!("dhis2-rs/", env!("CARGO_PKG_VERSION"))));
        Ok(Self(Arc::new(Inner {
            transport: Box::new(transport),
            base: RwLock::new(BaseUrl::parse(base_url)?),
            authorization: Authorization::of(credentials)?,
            headers,
            cookies: Mutex::default(),
            info: OnceCell::new(),
            server: OnceCell::new(),
            requests: AtomicU64::new(0),
            retries: AtomicU64::new(0),
            bytes: AtomicU64::new(0),
        })))
    }

    /// A client over the network with the usual settings: [`Retry`](crate::Retry) around [`Throttle`](crate::Throttle)
    /// around [`ReqwestTransport`](crate::ReqwestTransport).
    ///
    /// # Errors
    /// As of [`new`](Client::new), and [`HttpError::Setup`].
    #[cfg(feature = "reqwest")]
    pub fn connect(base_url: &str, credentials: Credentials) -> Result<Self, HttpError> {
        let throttled = crate::Throttle::new(crate::ReqwestTransport::new()?, crate::ThrottleLimits::default());
        Self::new(base_url, credentials, crate::Retry::new(throttled, crate::RetryPolicy::default()))
    }

    /// The server's address without credentials and without `/api`, such as `https://play.example.org/dhis`. It changes
    /// once when the server leads from http to https.
    pub fn server_url(&self) -> String {
        self.base().to_string()
    }

    /// Asks the server and waits for the whole answer.
    ///
    /// # Errors
    /// [`HttpError`] for everything that is no good answer in JSON or CSV. Besides errors on the way and statuses that are no
    /// success these are: a web page (of a login, a proxy, a container), an empty body (but for `ping`, which answers so),
    /// a body shorter than announced, and DHIS2's error envelope, under whatever status.
    pub async fn get(&self, request: &ApiRequest) -> Result<Answer, HttpError> {
        self.get_up_to(request, u64::MAX).await
    }

    /// Asks the server, for an answer of so many bytes at most: a longer one is not read to its end.
    ///
    /// # Errors
    /// As of [`get`](Client::get), and of a longer answer one that [is larger than wanted](HttpError::is_larger_than_wanted).
    pub async fn get_up_to(&self, request: &ApiRequest, limit: u64) -> Result<Answer, HttpError> {
        let asked = self.asked(request);
        let answer = self.fetch_with(request, Bytes::new(), limit, &asked).await?;
        check::check(&answer, request.path(), asked.after(answer.requests))?;
        Ok(answer)
    }

    /// Asks the server, and hands out the answer while it arrives, however long it is. It is known to be whole when
    /// [`Arriving::next`] has come to its end.
    ///
    /// ```
    /// use dhis2_api::request::ApiRequest;
    /// use dhis2_http::{Client, Credentials, MemoryTransport, Piece, Response};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), dhis2_http::HttpError> {
    /// let server = MemoryTransport::new(|_| Ok(Response::json(200, r#"{"dataValues":[]}"#)));
    /// let client = Client::new("play.example.org/dhis", Credentials::None, server)?;
    /// let mut arriving = client.get_in_pieces(&ApiRequest::get("dataValueSets.json")).await?;
    /// let mut text = Vec::new();
    /// while let Some(piece) = arriving.next().await? {
    ///     match piece {
    ///         Piece::Bytes(bytes) => text.extend_from_slice(&bytes),
    ///         Piece::Again { .. } => text.clear(),
    ///     }
    /// }
    /// assert_eq!(text, br#"{"dataValues":[]}"#);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As of [`get`](Client::get), but for what can only be known at the end.
    pub async fn get_in_pieces(&self, request: &ApiRequest) -> Result<Arriving, HttpError> {
        let asked = self.asked(request);
        let Sent { response, requests, retries } = self.send(request, Bytes::new(), u64::MAX, true, &asked).await?;
        Arriving::begin(self.clone(), asked, request.path(), response, requests, retries).await
    }

    /// Sends JSON and waits for the whole answer. It is sent once: neither a redirect nor an error makes the client repeat
    /// what may have been done already (but [`Retry`](crate::Retry) does where there was no connection at all, and a token that
    /// is [renewed](Credentials::Renewed) was refused before anything was done).
    ///
    /// A 409 that DHIS2 itself sends is an answer here: it is how servers up to 2.42 report on imports of which some rows
    /// did not go in.
    ///
    /// ```
    /// use dhis2_api::request::ApiRequest;
    /// use dhis2_http::{Client, Credentials, MemoryTransport, Response};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), dhis2_http::HttpError> {
    /// let server = MemoryTransport::new(|_| {
    ///     Ok(Response::json(409, r#"{"httpStatus":"Conflict","httpStatusCode":409,"status":"WARNING","response":{}}"#))
    /// });
    /// let client = Client::new("play.example.org/dhis", Credentials::None, server)?;
    /// let answer = client.post(&ApiRequest::post("dataValueSets"), r#"{"dataValues":[]}"#).await?;
    /// assert_eq!(answer.status, 409);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As of [`get`](Client::get), and for every redirect. What the server says of a request that it cannot read may repeat
    /// what was sent, so these errors hold its code but not its words (but for 401 and 403, which are about the account).
    pub async fn post(&self, request: &ApiRequest, body: impl Into<Bytes>) -> Result<Answer, HttpError> {
        let asked = self.asked(request);
        let answer = self.fetch_with(request, body.into(), u64::MAX, &asked).await?;
        if answer.status == StatusCode::CONFLICT && WebMessage::parse(&answer.body).is_some() {
            return Ok(answer);
        }
        check::check(&answer, request.path(), asked.after(answer.requests)).map_err(HttpError::without_words)?;
        Ok(answer)
    }

    /// Asks the server and reads the answer as JSON.
    ///
    /// # Errors
    /// As of [`get`](Client::get), and [`HttpError::Decode`] where the JSON is not what `T` wants.
    pub async fn get_json<T: DeserializeOwned>(&self, request: &ApiRequest) -> Result<T, HttpError> {
        let answer = self.get(request).await?;
        serde_json::from_slice(&answer.body).map_err(|error| HttpError::Decode {
            asked: self.asked(request),
            problem: check::without_values(&error),
            line: error.line(),
            column: error.column(),
        })
    }

    /// What the server says about itself (`GET /api/system/info`), read once.
    ///
    /// # Errors
    /// As of [`get_json`](Client::get_json).
    pub async fn system_info(&self) -> Result<&SystemInfo, HttpError> {
        self.0.info.get_or_try_init(|| async { self.get_json(&ApiRequest::get("system/info")).await }).await
    }

    /// The server's version and how to speak to it, read once.
    ///
    /// # Errors
    /// As of [`system_info`](Client::system_info), and [`HttpError::Version`] for servers before 2.38.
    pub async fn server(&self) -> Result<&Server, HttpError> {
        self.0
            .server
            .get_or_try_init(|| async {
                let info = self.system_info().await?.clone();
                let wrong = |source| HttpError::Version { server: self.server_url(), source };
                let version = info.version().map_err(wrong)?;
                let dialect = Dialect::of(&version).map_err(wrong)?;
                if dialect.newer_than_known {
                    tracing::warn!(%version, "the server is newer than any that is known; it is spoken to like the newest known");
                }
                Ok(Server { info, version, dialect })
            })
            .await
    }

    /// How large a request would be on the wire: the bytes of its line and headers, of which servers take
    /// [`MAX_HEAD_BYTES`](crate::MAX_HEAD_BYTES). For those who cut large requests into several.
    pub fn head_bytes(&self, request: &ApiRequest) -> usize {
        // An address that cannot be made is no request at all, and fails when sent.
        self.url(request)
            .map_or(usize::MAX, |url| limits::head_bytes(&self.request(request.method(), url, Bytes::new())))
    }

    /// What went over this client and its clones so far.
    pub fn traffic(&self) -> Traffic {
        Traffic {
            requests: self.0.requests.load(Ordering::Relaxed),
            retries: self.0.retries.load(Ordering::Relaxed),
            bytes: self.0.bytes.load(Ordering::Relaxed),
        }
    }

    fn base(&self) -> BaseUrl {
        self.0.base.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn asked(&self, request: &ApiRequest) -> Asked {
        let path = format!("/api/{}", request.path());
        Asked {
            request: describe::parts(request.method().name(), &path, request.params()).into(),
            server: self.server_url().into(),
            attempts: 1,
        }
    }

    fn url(&self, request: &ApiRequest) -> Option<Url> {
        self.base().join(&request.path_and_query())
    }

    fn request(&self, method: Method, url: Url, body: Bytes) -> Request {
        let mut headers = self.0.headers.clone();
        if let Some(authorization) = self.0.authorization.header() {
            headers.insert(AUTHORIZATION, authorization);
        }
        if method == Method::Post {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        if let Some(cookies) = self.cookies().header(&url) {
            headers.insert(COOKIE, cookies);
        }
        let method = match method {
            Method::Get => http::Method::GET,
            Method::Post => http::Method::POST,
        };
        Request { method, url, headers, body, body_limit: u64::MAX, in_pieces: false }
    }

    fn cookies(&self) -> std::sync::MutexGuard<'_, Cookies> {
        self.0.cookies.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends the request and waits for the whole answer.
    async fn fetch_with(
        &self,
        request: &ApiRequest,
        body: Bytes,
        limit: u64,
        asked: &Asked,
    ) -> Result<Answer, HttpError> {
        let Sent { response, requests, retries } = self.send(request, body, limit, false, asked).await?;
        let Response { status, headers, body, .. } = response;
        // It is there already.
        let body = body.collect().await.map_err(|source| HttpError::Transport { asked: asked.clone(), source })?;
        Ok(Answer { status, headers, body, requests, retries })
    }

    /// Sends the request and follows redirects of a GET. The body of the answer is there, but for a good one that is to be
    /// read in pieces.
    async fn send(
        &self,
        request: &ApiRequest,
        body: Bytes,
        limit: u64,
        in_pieces: bool,
        asked: &Asked,
    ) -> Result<Sent, HttpError> {
        let failed = |source: TransportError| HttpError::Transport { asked: asked.clone(), source };
        let mut url = self.url(request).ok_or_else(|| HttpError::BaseUrl {
            given: self.server_url(),
            problem: "together with the path of the request it is no address",
        })?;
        let (mut requests, mut redirects, mut renewed) = (0, 0, false);
        loop {
            let plain = self.request(request.method(), url.clone(), body.clone());
            let authorization = plain.headers.get(AUTHORIZATION).cloned();
            let outgoing = Request { body_limit: limit, in_pieces, ..plain };
            limits::check(&outgoing).map_err(failed)?;
            let outcome = match self.0.transport.send(outgoing).await {
                Ok(response) if in_pieces && response.status.is_success() => Ok(response),
                Ok(response) => response.read(false, limit).await,
                Err(error) => Err(error),
            };
            let attempts = outcome.as_ref().map_or_else(TransportError::attempts, |response| response.attempts);
            requests += attempts;
            self.count(attempts, attempts.saturating_sub(1), 0);
            let response = outcome.map_err(failed)?;
            if !(in_pieces && response.status.is_success()) {
                self.count(0, 0, response.body.bytes_there().unwrap_or_default());
            }
            self.cookies().keep(&response.headers);

            if !renewed && self.0.authorization.is_over(&response) {
                let asked = asked.clone().after(requests);
                Box::pin(self.0.authorization.renew(authorization.as_ref(), &asked)).await?;
                renewed = true;
                continue;
            }
            if !redirect::is_redirect(response.status) {
                return Ok(Sent { response, requests, retries: requests.saturating_sub(redirects + 1) });
            }
            let location = response.headers.get(LOCATION).and_then(|location| location.to_str().ok());
            let next = redirect::next(&url, location).and_then(|next| {
                if request.method() == Method::Post {
                    return Err(RedirectProblem::NotForPost);
                }
                redirects += 1;
                if redirects > MAX_REDIRECTS { Err(RedirectProblem::TooMany) } else { Ok(next) }
            });
            let next = next.map_err(|problem| HttpError::Redirect {
                asked: asked.clone(),
                status: response.status,
                to: redirect::shown(&url, location),
                problem,
            })?;
            if next.scheme() != url.scheme() {
                self.0.base.write().unwrap_or_else(PoisonError::into_inner).move_to(&next, &request.path_and_query());
            }
            url = next;
        }
    }

    fn count(&self, requests: u32, retries: u32, bytes: u64) {
        self.0.requests.fetch_add(requests.into(), Ordering::Relaxed);
        self.0.retries.fetch_add(retries.into(), Ordering::Relaxed);
        self.0.bytes.fetch_add(bytes, Ordering::Relaxed);
    }
}

/// What came of a request, and how many it took.
struct Sent {
    response: Response,
    requests: u32,
    retries: u32,
}
