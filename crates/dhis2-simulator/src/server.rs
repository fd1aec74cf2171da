//! One request from its head to its answer.

use std::cell::RefCell;
use std::ops::Deref;
use std::sync::Arc;
use std::sync::RwLock;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, Method, Response, header};
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use dhis2_api::dialect::behaviour::{Container, InvalidToken, LoginDemand, ServerBehaviour};
use dhis2_api::version::Version;

use crate::accounts::{self, Account, Credentials, Sessions};
use crate::answer::{Answer, Refusal, container_error};
use crate::builder::AnalyticsTables;
use crate::changes::Live;
use crate::connection::Switch;
use crate::faults::{Asked, Instead, Schedule};
use crate::query::Query;
use crate::routes::{self, Jobs};
use crate::seen::Seen;
use crate::store::{Held, ValueStore};
use crate::world::World;

/// The head of a request may be this long in Tomcat, counted over everything up to the blank line.
const HEAD_LIMIT: usize = 8192;
/// Tomcat hands on this many parameters.
const PARAMETER_LIMIT: usize = 1000;

/// The longest body that is read.
const LARGEST_BODY: usize = 512 * 1024 * 1024;

/// A simulated server as one request finds it: while that is answered, what it holds stays the same.
pub(crate) struct Server {
    pub(crate) world: Arc<World>,
    host: Arc<Host>,
}

impl Deref for Server {
    type Target = Host;

    fn deref(&self) -> &Host {
        &self.host
    }
}

/// A simulated server over all its requests: how it behaves, whom it knows, and what it holds at the moment.
pub(crate) struct Host {
    pub(crate) live: Live,
    pub(crate) values: ValueStore,
    pub(crate) version: Version,
    pub(crate) behaviour: ServerBehaviour,
    pub(crate) container: Container,
    pub(crate) zone: Tz,
    /// What the analytics tables were built from.
    pub(crate) analytics: RwLock<Held>,
    /// What those of events were built from.
    pub(crate) analytics_world: RwLock<Arc<World>>,
    pub(crate) analytics_tables: AnalyticsTables,
    /// How many rows an answer of analytics may have.
    pub(crate) analytics_limit: usize,
    pub(crate) fixed_clock: Option<DateTime<Utc>>,
    pub(crate) accounts: Vec<Account>,
    pub(crate) sessions: Sessions,
    pub(crate) faults: Schedule,
    pub(crate) jobs: Jobs,
    /// How often a job is looked at in vain.
    pub(crate) job_polls: u32,
    pub(crate) seen: Arc<Seen>,
    pub(crate) stopped: Switch,
}

/// A request of somebody who has logged in.
pub(crate) struct Call<'a> {
    pub(crate) server: &'a Arc<Server>,
    pub(crate) account: &'a Account,
    /// The path below `/api`, without the version.
    pub(crate) path: &'a str,
    pub(crate) query: Query,
    pub(crate) accept: &'a str,
    pub(crate) content_type: &'a str,
    /// The number in the path, `/api/{number}/…`.
    pub(crate) path_version: Option<u32>,
    /// The request as rules for faults look at it.
    pub(crate) asked: &'a Asked,
    /// What is to happen to the connection.
    pub(crate) effects: RefCell<Effects>,
    /// Scheme and host that the client used.
    pub(crate) base_url: String,
}

/// What happens besides the answer.
#[derive(Debug, Default)]
pub(crate) struct Effects {
    /// The connection is closed instead of answering.
    pub(crate) hang_up: bool,
    /// How long the answer is held back.
    pub(crate) delay: Duration,
    /// How many rows the answer has.
    pub(crate) rows: usize,
}

impl Call<'_> {
    /// The content type of JSON.
    pub(crate) fn json_type(&self) -> &'static str {
        self.server.json_type()
    }
}

impl Host {
    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.fixed_clock.unwrap_or_else(Utc::now)
    }

    pub(crate) fn json_type(&self) -> &'static str {
        if self.behaviour.transport.json_charset { "application/json;charset=UTF-8" } else { "application/json" }
    }

    /// What this request finds. Changes that are due come before it, and only lists of the tracker count for them.
    fn serve(self: &Arc<Self>, target: &str) -> Arc<Server> {
        let path = target.split_once('?').map_or(target, |(path, _)| path).trim_end_matches('/');
        let is_tracker_list = path.split('/').rev().nth(1) == Some("tracker");
        let world = if is_tracker_list { self.live.at_list(self.now()) } else { self.live.world() };
        Arc::new(Server { world, host: Arc::clone(self) })
    }
}

impl Server {
    fn answer(
        self: &Arc<Self>,
        asked: &Asked,
        method: &Method,
        target: &str,
        headers: &HeaderMap,
        body: &[u8],
    ) -> (Answer, Effects) {
        let (path, raw_query) = target.split_once('?').unwrap_or((target, ""));
        let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
        let accept = text(header::ACCEPT).unwrap_or("*/*");
        if let Some(refused) = self.head_refused(method, target, path, headers) {
            return (refused, Effects::default());
        }
        if path.starts_with("//") {
            let refused = container_error(self.container, 400, "The request was rejected", path, accept);
            return (refused, Effects::default());
        }
        if path == "/" || path.is_empty() {
            let answer = match self.behaviour.transport.root {
                Some(place) => self.redirect(headers, place),
                None => container_error(self.container, 404, "", "/", accept),
            };
            return (answer, Effects::default());
        }
        let api_path = self.api_path(path);
        if api_path == Some("/ping") && !self.behaviour.transport.ping_needs_login {
            return (Answer::empty(200), Effects::default());
        }
        let (number, opened) = match self.log_in(headers) {
            Ok(found) => found,
            Err(refused) => return (*refused, Effects::default()),
        };
        let call = Call {
            server: self,
            account: &self.accounts[number],
            path: api_path.unwrap_or_default(),
            query: Query::parse(raw_query, (self.container == Container::Tomcat).then_some(PARAMETER_LIMIT)),
            accept,
            content_type: text(header::CONTENT_TYPE).unwrap_or_default(),
            path_version: path.trim_start_matches("/api/").split('/').next().and_then(|n| n.parse().ok()),
            asked,
            effects: RefCell::default(),
            base_url: base_url(headers),
        };
        let answer = if api_path.is_none() {
            None
        } else if matches!(*method, Method::GET | Method::HEAD) {
            routes::get(&call)
        } else if let Some(answer) = routes::post(&call, method, body) {
            Some(answer)
        } else {
            let message = format!("Request method '{method}' is not supported");
            Some(Refusal::new(405, message).into_answer())
        };
        let mut answer = answer.unwrap_or_else(|| {
            let message = format!("No static resource {}.", path.trim_start_matches('/'));
            container_error(self.container, 404, &message, path, accept)
        });
        if let Some(session) = opened {
            answer = answer.header("set-cookie", format!("JSESSIONID={session}; Path=/; HttpOnly; SameSite=Lax"));
        }
        if self.behaviour.transport.session_expiry_cookie {
            let now = self.now().timestamp_millis();
            let cookie = format!("SESSION_EXPIRE=server_time={now}&expiry_time={}; Path=/", now + 3_600_000);
            answer = answer.header("set-cookie", cookie);
        }
        (answer, call.effects.take())
    }

    /// What the container refuses by the length of the head.
    fn head_refused(&self, method: &Method, target: &str, path: &str, headers: &HeaderMap) -> Option<Answer> {
        // "GET /… HTTP/1.1", "Name: value", and the blank line, each with CR LF.
        let line = method.as_str().len() + 1 + target.len() + " HTTP/1.1\r\n".len();
        let fields: usize = headers.iter().map(|(name, value)| name.as_str().len() + 2 + value.len() + 2).sum();
        if line + fields + 2 <= HEAD_LIMIT {
            return None;
        }
        let answer = match self.container {
            Container::Tomcat => container_error(Container::Tomcat, 400, "Request header is too large", path, ""),
            Container::Jetty => {
                let status = if line > HEAD_LIMIT { 414 } else { 431 };
                container_error(Container::Jetty, status, "", path, "text/html")
            }
        };
        Some(answer.header("connection", "close"))
    }

    /// The path below `/api` or `/api/{version}`.
    fn api_path<'a>(&self, path: &'a str) -> Option<&'a str> {
        let rest = path.strip_prefix("/api")?;
        if !rest.starts_with('/') {
            return None;
        }
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        let first = rest.trim_start_matches('/').split('/').next().unwrap_or_default();
        if first.is_empty() || !first.bytes().all(|b| b.is_ascii_digit()) {
            return Some(rest);
        }
        let number: u32 = first.parse().ok()?;
        self.behaviour.transport.path_versions.contains(&number).then(|| &rest[1 + first.len()..])
    }

    /// The account of a request and, if it is new, its session.
    fn log_in(&self, headers: &HeaderMap) -> Result<(usize, Option<String>), Box<Answer>> {
        let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
        let session = self.sessions.account(text(header::COOKIE));
        let account = match Credentials::read(text(header::AUTHORIZATION)) {
            Credentials::Basic { username, password } => {
                let found = accounts::by_password(&self.accounts, &username, &password);
                found.ok_or_else(|| Box::new(self.unauthorized()))?
            }
            Credentials::Token(token) => {
                accounts::by_token(&self.accounts, &token).ok_or_else(|| Box::new(self.invalid_token(&token)))?
            }
            Credentials::Bearer if self.behaviour.transport.bearer_refused => {
                let body = r#"{"error":"invalid_token","error_description":"Invalid access token"}"#;
                let challenge =
                    r#"Bearer realm="oauth", error="invalid_token", error_description="Invalid access token""#;
                let answer = Answer::new(401, "application/json", body).header("www-authenticate", challenge);
                return Err(Box::new(answer));
            }
            Credentials::None | Credentials::Bearer | Credentials::Other => match session {
                Some(account) => return Ok((account, None)),
                None => return Err(Box::new(self.login_demanded(headers))),
            },
        };
        let opened = (session != Some(account)).then(|| self.sessions.open(account));
        Ok((account, opened))
    }

    fn unauthorized(&self) -> Answer {
        let refusal = Refusal { content_type: Some(self.json_type().to_owned()), ..Refusal::new(401, "Unauthorized") };
        let answer = refusal.into_answer();
        if self.behaviour.transport.basic_challenge {
            answer.header("www-authenticate", "Basic realm=\"DHIS2_API\"")
        } else {
            answer
        }
    }

    fn login_demanded(&self, headers: &HeaderMap) -> Answer {
        let script = headers.get("x-requested-with").is_some_and(|v| v.as_bytes() == b"XMLHttpRequest");
        match self.behaviour.transport.login_demand {
            LoginDemand::Redirect(place) if !script => self.redirect(headers, place),
            _ => self.unauthorized(),
        }
    }

    fn invalid_token(&self, token: &str) -> Answer {
        let said = |status, message: &str| {
            let content_type = Some(self.json_type().to_owned());
            Refusal { content_type, ..Refusal::new(status, message) }.into_answer()
        };
        let answer = match self.behaviour.transport.invalid_token {
            InvalidToken::Unknown => said(401, "The API token does not exists."),
            InvalidToken::EmptyBody => Answer::empty(401),
            InvalidToken::ChecksumFirst if accounts::is_well_formed_token(token) => {
                said(401, "The API token does not exists")
            }
            InvalidToken::ChecksumFirst => said(400, "Checksum validation failed").header("connection", "close"),
        };
        answer.header("www-authenticate", "ApiToken")
    }

    #[allow(clippy::unused_self)] // reads as a thing the server does
    fn redirect(&self, headers: &HeaderMap, place: &str) -> Answer {
        Answer::empty(302).header("location", format!("{}{place}", base_url(headers)))
    }
}

fn base_url(headers: &HeaderMap) -> String {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or("localhost");
    let scheme = headers.get("x-forwarded-proto").and_then(|s| s.to_str().ok()).unwrap_or("http");
    format!("{scheme}://{host}")
}

/// Answers every request, and does what goes wrong on purpose.
pub(crate) async fn handle(
    State(host): State<Arc<Host>>,
    ConnectInfo(switch): ConnectInfo<Switch>,
    request: Request,
) -> Response<Body> {
    let target = request.uri().path_and_query().map_or_else(|| "/".to_owned(), ToString::to_string);
    let pending = host.seen.begin(&target);
    if host.stopped.is_off() {
        switch.off();
        return Answer::empty(500).into_response();
    }
    let (head, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, LARGEST_BODY).await else {
        return Answer::empty(413).into_response();
    };
    let asked = host.faults.asked(&head.method, &target, &head.headers, &body);
    pause(host.faults.latency(&asked)).await;
    match host.faults.instead(&asked) {
        Some(Instead::Answer(answer)) => return answer.into_response(),
        Some(Instead::Reset) => {
            switch.reset();
            return Answer::empty(500).into_response();
        }
        None => {}
    }
    let (answer, effects) = host.serve(&target).answer(&asked, &head.method, &target, &head.headers, &body);
    if effects.hang_up {
        switch.off();
    }
    let refused = host.faults.too_many_rows(&asked, effects.rows, host.json_type());
    let (delay, answer) = refused.unwrap_or((effects.delay, answer));
    pause(delay).await;
    let response = host.faults.spoilt(&asked, answer.into_response(), &switch).await;
    pending.until_sent(response)
}

/// Waits, but not at all where there is nothing to wait for: the timer would take a millisecond.
async fn pause(duration: Duration) {
    if !duration.is_zero() {
        tokio::time::sleep(duration).await;
    }
}
