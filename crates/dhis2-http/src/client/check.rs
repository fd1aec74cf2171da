//! Which answers are none.

use dhis2_api::message::WebMessage;
use http::header::{CONTENT_TYPE, WWW_AUTHENTICATE};
use http::{HeaderMap, StatusCode};
use serde::Deserialize;

use super::{Answer, page};
use crate::PageKind;
use crate::error::{Asked, HttpError};

/// The codes with which 409 means refused access: data sets, attribute option combos and units that the account must not
/// see (wire document, sections 1.4 and 2.3).
const REFUSALS: [&str; 6] = ["E1006", "E2010", "E2011", "E2012", "E7120", "E7121"];

/// The words of refused access where the code does not say so: 409 without a code up to 2.40, 400 with E1003 on 2.41.
const REFUSAL_WORDS: [&str; 4] = ["search scope", "not authorized to", "not allowed to view", "has no access to"];

/// With a 401, the word of a person in the care of others: no login failed (2.40; wire document, section 1.4).
pub(super) const DENIED_OWNERSHIP: &str = "OWNERSHIP_ACCESS_DENIED";

/// Error envelopes are small; larger bodies are data and not looked into.
pub(super) const LARGEST_ENVELOPE: usize = 64 * 1024;

/// Lets good answers pass.
pub(super) fn check(answer: &Answer, path: &str, asked: Asked) -> Result<(), HttpError> {
    let Answer { status, headers, body, .. } = answer;
    let status = *status;
    let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let says = |what: &str| content_type.is_some_and(|text| text.to_ascii_lowercase().contains(what));

    if body.len() <= LARGEST_ENVELOPE
        && let Some(message) = WebMessage::parse(body)
    {
        let said = StatusCode::from_u16(message.http_status_code).unwrap_or(status);
        if !status.is_success() || said.is_client_error() || said.is_server_error() {
            return Err(refusal(if status.is_success() { said } else { status }, headers, message, asked));
        }
    }
    if status == StatusCode::UNAUTHORIZED {
        return Err(HttpError::Authentication { asked, status, message: "no explanation".to_owned() });
    }
    if page::is_html(body) || (says("html") && !body.is_empty()) {
        let (kind, title) = page::classify(status, body);
        return Err(HttpError::Page { asked, status, kind, title });
    }
    if !status.is_success() {
        return Err(match ContainerError::parse(body) {
            Some(error) => HttpError::Page { asked, status, kind: PageKind::Container, title: Some(error.message) },
            None => HttpError::Status { asked, status },
        });
    }
    if body.is_empty() {
        // `ping` answers nothing (wire document, section 5.3).
        return if path == "ping" { Ok(()) } else { Err(HttpError::EmptyAnswer { asked, status }) };
    }
    let good = match content_type {
        Some(_) => ["json", "csv", "text/plain"].into_iter().any(says),
        None => looks_like_data(body),
    };
    if good {
        Ok(())
    } else {
        Err(HttpError::ContentType { asked, status, content_type: content_type.map(str::to_owned) })
    }
}

/// What an error envelope means.
fn refusal(status: StatusCode, headers: &HeaderMap, message: WebMessage, asked: Asked) -> HttpError {
    let refused = match status {
        StatusCode::FORBIDDEN => true,
        StatusCode::CONFLICT | StatusCode::BAD_REQUEST => {
            message.error_code.as_deref().is_some_and(|code| REFUSALS.contains(&code))
                || REFUSAL_WORDS.iter().any(|words| message.message.contains(words))
        }
        StatusCode::UNAUTHORIZED => message.message.contains(DENIED_OWNERSHIP),
        _ => false,
    };
    if refused {
        return HttpError::Refused { asked, status, message: Box::new(message) };
    }
    // A token whose checksum is wrong is a 400 (wire document, section 7.3).
    if status == StatusCode::UNAUTHORIZED
        || (status == StatusCode::BAD_REQUEST && headers.contains_key(WWW_AUTHENTICATE))
    {
        return HttpError::Authentication { asked, status, message: message.message };
    }
    HttpError::Message { asked, status, message: Box::new(message) }
}

/// Jetty's own errors, when JSON was asked for.
#[derive(Deserialize)]
struct ContainerError {
    #[serde(rename = "servlet")]
    _servlet: String,
    message: String,
}

impl ContainerError {
    fn parse(body: &[u8]) -> Option<Self> {
        let error: Self = serde_json::from_slice(body).ok()?;
        (error.message.len() <= 200).then_some(error)
    }
}

/// Whether a body without a content type is text that could be JSON or CSV.
fn looks_like_data(body: &[u8]) -> bool {
    let start = &body[..body.len().min(512)];
    let start = match std::str::from_utf8(start) {
        Ok(text) => text,
        // Cut in the middle of a character.
        Err(error) if error.error_len().is_none() => {
            std::str::from_utf8(&start[..error.valid_up_to()]).unwrap_or_default()
        }
        Err(_) => return false,
    };
    let start = start.trim_start();
    !start.is_empty() && !start.starts_with('<') && !start.contains('\0')
}

/// What serde says is wrong, without the value that stands there: it may be a person's.
pub(super) fn without_values(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let text = text.rsplit_once(" at line ").map_or(text.as_str(), |(problem, _)| problem);
    match text.rsplit_once(", expected ") {
        Some((_, expected)) => format!("expected {expected}"),
        None if text.starts_with("missing field") || !error.is_data() => text.to_owned(),
        None => "a value is not as expected".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_with_json_is_said_without_the_values_in_it() {
        let wrong = |text: &str| without_values(&serde_json::from_str::<Vec<u32>>(text).unwrap_err());
        assert_eq!(wrong("[\"Anna, expected\"]"), "expected u32");
        assert_eq!(wrong("[1"), "EOF while parsing a list");
        let missing = serde_json::from_str::<ContainerError>("{}").map(|_| ()).unwrap_err();
        assert_eq!(without_values(&missing), "missing field `servlet`");
    }

    #[test]
    fn a_body_without_a_content_type_is_judged_by_its_start() {
        for data in ["{}", " [1]", "pong", "dataelement,period\n"] {
            assert!(looks_like_data(data.as_bytes()), "{data}");
        }
        let cut = "é".repeat(400);
        assert!(looks_like_data(cut.as_bytes()));
        assert!(looks_like_data(&format!("a{cut}").into_bytes()));
        for other in [&b"<xml/>"[..], b"\x1f\x8b\x08", b"\0\0", b"  "] {
            assert!(!looks_like_data(other));
        }
    }
}
