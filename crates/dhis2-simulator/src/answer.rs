//! Answers and refusals.

use axum::body::Body;
use axum::http::{HeaderValue, Response, StatusCode};
use bytes::Bytes;
use dhis2_api::dialect::behaviour::Container;

use crate::json::{Escapes, Json, object};

/// The content of an answer.
pub(crate) enum Content {
    Whole(Vec<u8>),
    /// Pieces made while they are sent.
    Pieces(Box<dyn Iterator<Item = Bytes> + Send>),
}

/// An answer on its way out.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) content: Content,
}

/// `Cache-Control` of system, data value and error answers.
pub(crate) const NO_STORE: (&str, &str) = ("cache-control", "no-cache, no-store, max-age=0, must-revalidate");
/// `Cache-Control` of metadata and error answers.
pub(crate) const PRIVATE: (&str, &str) = ("cache-control", "no-cache, private");

impl Answer {
    pub(crate) fn empty(status: u16) -> Self {
        Self { status, headers: Vec::new(), content: Content::Whole(Vec::new()) }
    }

    pub(crate) fn new(status: u16, content_type: impl Into<String>, body: impl Into<Vec<u8>>) -> Self {
        Self::empty(status).header("content-type", content_type).with_body(body)
    }

    /// Content made while it is sent.
    pub(crate) fn pieces(
        content_type: impl Into<String>,
        pieces: impl Iterator<Item = Bytes> + Send + 'static,
    ) -> Self {
        Self { content: Content::Pieces(Box::new(pieces)), ..Self::empty(200).header("content-type", content_type) }
    }

    pub(crate) fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    pub(crate) fn with(self, (name, value): (&'static str, &'static str)) -> Self {
        self.header(name, value)
    }

    fn with_body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.content = Content::Whole(body.into());
        self
    }

    pub(crate) fn into_response(self) -> Response<Body> {
        let body = match self.content {
            Content::Whole(body) => Body::from(body),
            Content::Pieces(pieces) => {
                Body::from_stream(futures_util::stream::iter(pieces.map(Ok::<_, std::convert::Infallible>)))
            }
        };
        let mut response = Response::new(body);
        *response.status_mut() = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        for (name, value) in self.headers {
            if let Ok(value) = HeaderValue::from_str(&value) {
                response.headers_mut().append(name, value);
            }
        }
        response
    }
}

/// A refusal in DHIS2's own envelope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    pub(crate) message: String,
    pub(crate) code: Option<&'static str>,
    /// What only developers are told.
    pub(crate) told: Option<String>,
    pub(crate) content_type: Option<String>,
}

impl Refusal {
    pub(crate) fn new(status: u16, message: impl Into<String>) -> Self {
        Self { status, message: message.into(), code: None, told: None, content_type: None }
    }

    pub(crate) fn code(mut self, code: &'static str) -> Self {
        self.code = Some(code);
        self
    }

    pub(crate) fn told(mut self, developers: &str) -> Self {
        self.told = Some(developers.to_owned());
        self
    }

    pub(crate) fn code_if(self, code: &'static str, coded: bool) -> Self {
        if coded { self.code(code) } else { self }
    }

    /// 409, the status of everything that a query asks wrongly.
    pub(crate) fn conflict(message: impl Into<String>) -> Self {
        Self::new(409, message)
    }

    pub(crate) fn into_answer(self) -> Answer {
        let Json::Object(mut entries) = object([
            ("httpStatus", Json::text(reason(self.status))),
            ("httpStatusCode", Json::number(self.status)),
            ("status", Json::text("ERROR")),
            ("message", Json::text(&self.message)),
        ]) else {
            return Answer::empty(self.status);
        };
        if let Some(told) = &self.told {
            entries.push(("devMessage".into(), Json::text(told)));
        }
        if let Some(code) = self.code {
            entries.push(("errorCode".into(), Json::text(code)));
        }
        let body = Json::Object(entries).to_bytes(Escapes::Surrogates);
        let content_type = self.content_type.unwrap_or_else(|| "application/json".to_owned());
        Answer::new(self.status, content_type, body).with(PRIVATE)
    }
}

fn reason(status: u16) -> &'static str {
    StatusCode::from_u16(status).ok().and_then(|s| s.canonical_reason()).unwrap_or("Error")
}

/// An error that the container answers before DHIS2 sees the request, or because DHIS2 left it to it.
pub(crate) fn container_error(container: Container, status: u16, message: &str, path: &str, accept: &str) -> Answer {
    let reason = reason(status);
    match container {
        Container::Tomcat => {
            let escape = |text: &str| text.replace('/', "&#47;").replace('\'', "&#39;").replace('<', "&lt;");
            let html = format!(
                "<!doctype html><html lang=\"en\"><head><title>HTTP Status {status} – {reason}</title></head><body>\
                 <h1>HTTP Status {status} – {reason}</h1><hr class=\"line\" /><p><b>Type</b> Status Report</p>\
                 <p><b>Message</b> {}</p><p><b>Description</b> {}</p><hr class=\"line\" /><h3>Apache Tomcat/11.0.20</h3>\
                 </body></html>",
                escape(message),
                description(status),
            );
            Answer::new(status, "text/html;charset=utf-8", html)
        }
        Container::Jetty if accept.contains("json") => {
            let body = format!(
                "{{\n\"servlet\":\"dispatcher\",\n\"message\":\"{reason}\",\n\"url\":{},\n\"status\":\"{status}\"\n}}",
                serde_json::Value::from(path)
            );
            Answer::new(status, "application/json", body).with(("cache-control", "must-revalidate,no-cache,no-store"))
        }
        Container::Jetty => {
            let html = format!(
                "<html>\n<head>\n<meta http-equiv=\"Content-Type\" content=\"text/html;charset=ISO-8859-1\"/>\n\
                 <title>Error {status} {reason}</title>\n</head>\n<body><h2>HTTP ERROR {status} {reason}</h2>\n<table>\n\
                 <tr><th>URI:</th><td>{}</td></tr>\n<tr><th>STATUS:</th><td>{status}</td></tr>\n\
                 <tr><th>MESSAGE:</th><td>{reason}</td></tr>\n</table>\n</body>\n</html>\n",
                path.replace('<', "&lt;"),
            );
            Answer::new(status, "text/html;charset=iso-8859-1", html)
                .with(("cache-control", "must-revalidate,no-cache,no-store"))
        }
    }
}

fn description(status: u16) -> &'static str {
    match status {
        400 => {
            "The server cannot or will not process the request due to something that is perceived to be a client error \
             (e.g., malformed request syntax, invalid request message framing, or deceptive request routing)."
        }
        404 => {
            "The origin server did not find a current representation for the target resource or is not willing to \
             disclose that one exists."
        }
        _ => "The request could not be answered.",
    }
}
