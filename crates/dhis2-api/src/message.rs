//! The error envelope of the web API.

use serde::Deserialize;

/// DHIS2's `WebMessage`: what it answers instead of data (wire document, section 7.4).
///
/// Jetty's own errors (`{"servlet", "message", "url", "status"}`) are no web messages: [`WebMessage::parse`] gives `None`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct WebMessage {
    /// The status' name, such as `Conflict`.
    pub http_status: String,
    /// The status' number, such as 409.
    pub http_status_code: u16,
    /// `OK`, `WARNING` or `ERROR`.
    #[serde(default)]
    pub status: String,
    /// What the server has to say.
    #[serde(default)]
    pub message: String,
    /// A code such as `E2012`; many errors have none.
    #[serde(default)]
    pub error_code: Option<String>,
    /// More for developers, such as the text of an SQL error.
    #[serde(default)]
    pub dev_message: Option<String>,
}

impl WebMessage {
    /// Reads the envelope; `None` where the body is anything else.
    pub fn parse(body: &[u8]) -> Option<Self> {
        serde_json::from_slice(body).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_read_with_its_code() {
        let body = br#"{"httpStatus":"Conflict","httpStatusCode":409,"status":"ERROR","message":"User is not allowed to view org unit: `KdK92fYEfTw`","errorCode":"E2012"}"#;
        let message = WebMessage::parse(body).unwrap();
        assert_eq!(message.http_status_code, 409);
        assert_eq!(message.error_code.as_deref(), Some("E2012"));
    }

    #[test]
    fn the_containers_own_errors_are_no_web_messages() {
        assert_eq!(
            WebMessage::parse(br#"{"servlet":"dispatcher","message":"Not Found","url":"/api/x","status":"404"}"#),
            None
        );
        assert_eq!(WebMessage::parse(b"<html></html>"), None);
        assert_eq!(WebMessage::parse(b""), None);
    }
}
