//! The error of this crate.

use std::fmt;
use std::path::PathBuf;

use dhis2_api::error::ApiError;
use dhis2_api::message::WebMessage;
use http::StatusCode;

use crate::{TransportError, TransportErrorKind};

/// Why there is no answer that could be used: what was asked, of which server, what came back, what to do.
///
/// Holds no credential, and nothing of the data that a server sent.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HttpError {
    /// The server's address cannot be used.
    #[error(
        "the address `{given}` cannot be used: {problem}; give it as in the browser, such as `https://play.example.org/dhis`"
    )]
    BaseUrl {
        /// The address as given, without user and password.
        given: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// The user name, password or token cannot be sent.
    #[error("the credentials cannot be used: {problem}")]
    Credentials {
        /// What is wrong with them.
        problem: &'static str,
    },
    /// The transport cannot be set up.
    #[error("connections cannot be set up: {problem}")]
    Setup {
        /// What is wrong.
        problem: String,
    },
    /// A recording cannot be read or written.
    #[error("the recording {path}: {problem}", path = path.display())]
    Recording {
        /// The file or folder.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// There is no answer, or not the whole of one.
    #[error("{asked}: {source}{}", source.advice())]
    Transport {
        /// What was asked.
        asked: Asked,
        /// What went wrong on the way.
        source: TransportError,
    },
    /// The server does not know who is asking (401, or 400 for a token that cannot be one).
    #[error(
        "{asked}: {}: {message}; check the user name and password or the token, that the account is not locked or disabled, \
         and whether it needs a second factor (then use a personal access token)",
        said(*status)
    )]
    Authentication {
        /// What was asked.
        asked: Asked,
        /// The status.
        status: StatusCode,
        /// What the server said.
        message: String,
    },
    /// The access token was refused (401), and its source gave no other.
    #[error("{asked}: 401, the access token is no longer good, and another could not be had: {source}")]
    Renewal {
        /// What was asked.
        asked: Asked,
        /// What the source of tokens says.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The account may not do this (403, or 409 with a code of refused access).
    #[error("{asked}: {}, {}; the account needs access to what was asked, or ask for what it may see", said(*status), of(message))]
    Refused {
        /// What was asked.
        asked: Asked,
        /// The status.
        status: StatusCode,
        /// What the server said.
        message: Box<WebMessage>,
    },
    /// A body without a byte under a good status: up to 2.42 `dataValueSets` refuses access like that. No values would be
    /// `{"dataValues":[]}`.
    #[error(
        "{asked}: {status} with an empty body, which is how servers up to 2.42 refuse access: the account must not see one of \
         the units, data sets or attribute option combos named; ask for what it may see"
    )]
    EmptyAnswer {
        /// What was asked.
        asked: Asked,
        /// The status.
        status: StatusCode,
    },
    /// The server understood and said no.
    #[error("{asked}: {}, {}{}", said(*status), of(message), advised(message, *status))]
    Message {
        /// What was asked.
        asked: Asked,
        /// The status.
        status: StatusCode,
        /// What the server said.
        message: Box<WebMessage>,
    },
    /// A page came instead of data: of a login, of a proxy or of the servlet container.
    #[error("{asked}: {} and instead of data {kind}{}{}", said(*status), titled(title.as_deref()), kind.advice(*status))]
    Page {
        /// What was asked.
        asked: Asked,
        /// The status.
        status: StatusCode,
        /// What the page looks like.
        kind: PageKind,
        /// Its title.
        title: Option<String>,
    },
    /// The server leads elsewhere, where this client does not go.
    #[error("{asked}: {} to {to}, which was not followed: {problem}", said(*status))]
    Redirect {
        /// What was asked.
        asked: Asked,
        /// The status.
        status: StatusCode,
        /// Where the server leads, without query.
        to: String,
        /// Why it was not followed.
        problem: RedirectProblem,
    },
    /// A status that is no success, with nothing that explains it.
    #[error("{asked}: {} without an explanation{}", said(*status), advice(*status))]
    Status {
        /// What was asked.
        asked: Asked,
        /// The status.
        status: StatusCode,
    },
    /// A good status, but neither JSON nor CSV.
    #[error(
        "{asked}: {} with {}, expected JSON or CSV; check that the address is that of a DHIS2 server",
        said(*status),
        content_type.as_deref().unwrap_or("something that is no text")
    )]
    ContentType {
        /// The status.
        status: StatusCode,
        /// What was asked.
        asked: Asked,
        /// The content type, where there was one.
        content_type: Option<String>,
    },
    /// The JSON is not what was expected, or breaks off.
    #[error(
        "{asked}: the answer cannot be read: {problem} (line {line}, column {column}); check that the server is a DHIS2 server, or report this"
    )]
    Decode {
        /// What was asked.
        asked: Asked,
        /// What is wrong, without the values that stand there.
        problem: String,
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
    },
    /// The server is of a version that this project does not speak to.
    #[error("{server}: {source}")]
    Version {
        /// The server.
        server: String,
        /// What is wrong with the version.
        source: ApiError,
    },
}

/// What was asked, and of whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// The request: `GET /api/<path>?<query>`, without values that are filtered by, shortened where it is very long.
    pub request: Box<str>,
    /// The server's address, without credentials.
    pub server: Box<str>,
    /// How often it was asked until this came.
    pub attempts: u32,
}

impl Asked {
    /// The same, asked so often.
    pub(crate) fn after(self, attempts: u32) -> Self {
        Self { attempts, ..self }
    }
}

impl fmt::Display for Asked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {}", self.request, self.server)
    }
}

/// What a page that came instead of data looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PageKind {
    /// A login.
    Login,
    /// An error of a proxy, gateway or firewall before the server.
    Gateway,
    /// An error of the servlet container in which DHIS2 runs (Tomcat, Jetty).
    Container,
    /// Anything else.
    Unknown,
}

impl fmt::Display for PageKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Login => "a login page",
            Self::Gateway => "a page of a proxy or gateway",
            Self::Container => "an error of the servlet container",
            Self::Unknown => "a web page",
        })
    }
}

impl PageKind {
    fn advice(self, status: StatusCode) -> &'static str {
        match self {
            Self::Login => {
                "; check the credentials, and whether a single sign-on stands before the server that lets only browsers through"
            }
            Self::Gateway if status.is_server_error() => {
                "; the server behind it is down or too slow: try later, or ask for less"
            }
            Self::Gateway => "; ask those who run the server to let API requests through",
            Self::Container if status == StatusCode::NOT_FOUND => {
                "; check the address (DHIS2 may live under a path, such as `https://host/dhis`) and that this version has what was asked"
            }
            Self::Container if status == StatusCode::BAD_REQUEST => {
                "; the container did not let the request through to DHIS2: if it is very long, ask for fewer objects at once"
            }
            Self::Unknown if status == StatusCode::NOT_FOUND || status.is_success() => {
                "; check that the address is that of a DHIS2 server, with the path under which it lives"
            }
            Self::Container | Self::Unknown => advice(status),
        }
    }
}

/// Why a redirect was not followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RedirectProblem {
    /// It leads to a login or logout.
    Login,
    /// It leads out of `/api`, where no answer can come from; most often to a start or login page.
    LeavesApi,
    /// It leads to another host or port, which must not see the credentials.
    OtherHost,
    /// It leads from https to http.
    Downgrade,
    /// It leaves out or changes the query, so that something else would be asked.
    OtherQuery,
    /// It answers a POST, which is not sent a second time.
    NotForPost,
    /// It is one too many.
    TooMany,
    /// It says not where to go, or nothing that could be read.
    Nowhere,
}

impl fmt::Display for RedirectProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Login => "it asks for a login; check the credentials",
            Self::LeavesApi => "it leads out of the web API; check the credentials and the address",
            Self::OtherHost => "credentials do not go to another host or port; if that is the server, give its address",
            Self::Downgrade => {
                "it leads from https to http, where anyone could read along; ask those who run the server"
            }
            Self::OtherQuery => {
                "it changes the query, so that something else would be asked; give the address it leads to"
            }
            Self::NotForPost => "what writes is not sent twice; give the address it leads to",
            Self::TooMany => "there were too many redirects; give the address of the server itself",
            Self::Nowhere => "it names no address",
        })
    }
}

impl HttpError {
    /// Whether the account may not do what was asked: 403, 409 with a code of refused access, or an empty body under 200.
    pub fn is_refused(&self) -> bool {
        matches!(self, Self::Refused { .. } | Self::EmptyAnswer { .. }) || self.status() == Some(StatusCode::FORBIDDEN)
    }

    /// Whether the server does not know who is asking: 401, a login page, a redirect to one.
    pub fn is_authentication(&self) -> bool {
        match self {
            Self::Authentication { .. } | Self::Renewal { .. } | Self::Page { kind: PageKind::Login, .. } => true,
            Self::Redirect { problem, .. } => matches!(problem, RedirectProblem::Login | RedirectProblem::LeavesApi),
            _ => false,
        }
    }

    /// Whether the same request may well succeed later, or in smaller pieces: the connection failed, or the status is 429,
    /// 502, 503 or 504.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Transport { source, .. } => source.kind().is_transient(),
            _ => matches!(self.status().map(|status| status.as_u16()), Some(429 | 502 | 503 | 504)),
        }
    }

    /// Whether the answer was larger than wanted, and not read to its end.
    pub fn is_larger_than_wanted(&self) -> bool {
        matches!(self, Self::Transport { source, .. } if source.kind() == TransportErrorKind::AnswerTooLarge)
    }

    /// Whether less at once may well succeed: nothing came in time, the answer broke off, it or the request is too large (413,
    /// 414), a gateway gave up (502, 504), or the server ran out of memory. A server that is down looks much the same.
    pub fn may_be_too_much(&self) -> bool {
        use TransportErrorKind::{AnswerTooLarge, ClosedBeforeAnswer, Interrupted, RequestTooLarge, Timeout};
        match self {
            Self::Transport { source, .. } => {
                matches!(source.kind(), AnswerTooLarge | ClosedBeforeAnswer | Interrupted | RequestTooLarge | Timeout)
            }
            _ => match self.status().map(|status| status.as_u16()) {
                Some(413 | 414 | 502 | 504) => true,
                Some(500) => self.ran_out_of_memory(),
                _ => false,
            },
        }
    }

    /// What the Java machine says then stands in the message or the title of the page.
    fn ran_out_of_memory(&self) -> bool {
        let says_so =
            |text: &str| ["OutOfMemory", "Java heap space", "GC overhead"].iter().any(|said| text.contains(said));
        match self {
            Self::Page { title, .. } => title.as_deref().is_some_and(says_so),
            _ => self
                .web_message()
                .is_some_and(|said| says_so(&said.message) || said.dev_message.as_deref().is_some_and(says_so)),
        }
    }

    /// How often the request was sent until there was this error; 0 where nothing was sent.
    pub fn attempts(&self) -> u32 {
        match self {
            Self::Transport { source, .. } => source.attempts(),
            Self::Authentication { asked, .. }
            | Self::Renewal { asked, .. }
            | Self::Refused { asked, .. }
            | Self::EmptyAnswer { asked, .. }
            | Self::Message { asked, .. }
            | Self::Page { asked, .. }
            | Self::Redirect { asked, .. }
            | Self::Status { asked, .. }
            | Self::ContentType { asked, .. }
            | Self::Decode { asked, .. } => asked.attempts,
            Self::BaseUrl { .. }
            | Self::Credentials { .. }
            | Self::Setup { .. }
            | Self::Recording { .. }
            | Self::Version { .. } => 0,
        }
    }

    /// The status of the answer, where there was one.
    pub fn status(&self) -> Option<StatusCode> {
        match self {
            Self::Authentication { status, .. }
            | Self::Refused { status, .. }
            | Self::EmptyAnswer { status, .. }
            | Self::Message { status, .. }
            | Self::Page { status, .. }
            | Self::Redirect { status, .. }
            | Self::Status { status, .. }
            | Self::ContentType { status, .. } => Some(*status),
            Self::Renewal { .. } => Some(StatusCode::UNAUTHORIZED),
            _ => None,
        }
    }

    /// What the server said, where it said something.
    pub fn web_message(&self) -> Option<&WebMessage> {
        match self {
            Self::Refused { message, .. } | Self::Message { message, .. } => Some(message),
            _ => None,
        }
    }

    /// The same error without what the server said of a request that it could not take: it may repeat what was sent.
    pub(crate) fn without_words(mut self) -> Self {
        if let Self::Message { message, .. } = &mut self {
            "what the server said may repeat what was sent and is left out".clone_into(&mut message.message);
            message.dev_message = None;
        }
        self
    }

    /// The server's code for the error, such as `E2012`.
    pub fn error_code(&self) -> Option<&str> {
        self.web_message()?.error_code.as_deref()
    }
}

impl TransportError {
    fn advice(&self) -> &'static str {
        match self.kind() {
            TransportErrorKind::Connect => "; check the address, the network and the proxy",
            TransportErrorKind::Timeout | TransportErrorKind::Interrupted => "; try again, or ask for less at once",
            TransportErrorKind::RequestTooLarge => "; ask for fewer objects at once",
            TransportErrorKind::Decode => "; check that the address is that of a web server",
            _ => "",
        }
    }
}

/// `404 Not Found`.
fn said(status: StatusCode) -> String {
    match status.canonical_reason() {
        Some(reason) => format!("{} {reason}", status.as_u16()),
        None => status.as_u16().to_string(),
    }
}

fn of(message: &WebMessage) -> String {
    let text = if message.message.is_empty() { "no explanation" } else { &message.message };
    match &message.error_code {
        Some(code) => format!("{code}: {text}"),
        None => text.to_owned(),
    }
}

fn advised(message: &WebMessage, status: StatusCode) -> String {
    message.advice().map_or_else(|| advice(status).to_owned(), |advice| format!("; {advice}"))
}

fn titled(title: Option<&str>) -> String {
    title.map_or_else(String::new, |title| format!(" (“{title}”)"))
}

fn advice(status: StatusCode) -> &'static str {
    match status.as_u16() {
        413 | 414 | 431 => "; ask for fewer objects at once",
        429 => "; the server or its proxy wants fewer requests: throttle, and try later",
        500 => "; the server failed: its log says why",
        502..=504 => "; the server is down or too slow: try later, or ask for less at once",
        _ => "",
    }
}
