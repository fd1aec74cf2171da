//! Delays, and what takes the place of an answer.

use std::time::Duration;

use axum::http::StatusCode;

use super::schedule::chance;
use super::{Asked, Fault, ResetAt, Schedule};
use crate::answer::{Answer, Refusal};

/// What comes instead of DHIS2's answer.
pub(crate) enum Instead {
    Answer(Answer),
    /// Nothing but a connection that is reset.
    Reset,
}

impl Schedule {
    /// How much later the answer comes.
    pub(crate) fn latency(&self, asked: &Asked) -> Duration {
        let could = |fault: &Fault| match fault {
            Fault::Latency { fixed, jitter } => Some((*fixed, *jitter)),
            _ => None,
        };
        self.turns(asked, could).map(|((fixed, jitter), random)| fixed + jitter.mul_f64(chance(random))).sum()
    }

    /// What a request meets before DHIS2 sees it.
    pub(crate) fn instead(&self, asked: &Asked) -> Option<Instead> {
        // "GET /… HTTP/1.1"
        let line = asked.method.as_str().len() + 1 + asked.target.len() + " HTTP/1.1".len();
        let could = |fault: &Fault| {
            Some(match fault {
                Fault::Status { code, retry_after_seconds } => {
                    let answer = gateway(*code);
                    Instead::Answer(match retry_after_seconds {
                        Some(seconds) => answer.header("retry-after", seconds.to_string()),
                        None => answer,
                    })
                }
                Fault::LoginPage => Instead::Answer(Answer::new(200, "text/html;charset=UTF-8", LOGIN_PAGE)),
                Fault::Redirect { to } => Instead::Answer(Answer::empty(302).header("location", to)),
                Fault::UriTooLong { over_bytes } if line > *over_bytes => Instead::Answer(gateway(414)),
                Fault::BodyTooLong { over_bytes } if asked.body_bytes > *over_bytes => Instead::Answer(gateway(413)),
                Fault::Reset { at: ResetAt::BeforeAnswer, .. } => Instead::Reset,
                _ => return None,
            })
        };
        self.turns(asked, could).next().map(|(instead, _)| instead)
    }

    /// What comes, and after which time, where the answer would have so many rows.
    pub(crate) fn too_many_rows(&self, asked: &Asked, rows: usize, json_type: &str) -> Option<(Duration, Answer)> {
        let could = |fault: &Fault| match fault {
            Fault::OutOfMemory { over_rows } if rows > *over_rows => {
                let refusal = Refusal::new(500, "Handler dispatch failed: java.lang.OutOfMemoryError: Java heap space");
                let refusal = Refusal { content_type: Some(json_type.to_owned()), ..refusal };
                Some((Duration::ZERO, refusal.into_answer()))
            }
            Fault::GatewayTimeout { over_rows, after } if rows > *over_rows => Some((*after, gateway(504))),
            _ => None,
        };
        self.turns(asked, could).next().map(|(refused, _)| refused)
    }

    /// After how many of its rows an export of data values is to be cut.
    pub(crate) fn cut(&self, asked: &Asked, rows: usize) -> Option<usize> {
        let could = |fault: &Fault| match fault {
            Fault::CutDataValues { after_rows } => Some(after_rows / 1000 * 1000).filter(|after| rows > *after),
            _ => None,
        };
        self.turns(asked, could).next().map(|(after, _)| after)
    }
}

const LOGIN_PAGE: &str = "<!doctype html><html><head><title>Log in</title></head><body>\
                          <form action=\"/login\" method=\"post\"><input name=\"username\" type=\"text\">\
                          <input name=\"password\" type=\"password\"><button>Log in</button></form></body></html>";

/// The page of a gateway.
fn gateway(status: u16) -> Answer {
    let reason = StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason()).unwrap_or("Error");
    let page = format!(
        "<html>\r\n<head><title>{status} {reason}</title></head>\r\n<body>\r\n<center><h1>{status} {reason}</h1></center>\r\n\
         <hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
    );
    Answer::new(status, "text/html", page)
}
