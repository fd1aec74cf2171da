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

    /// What to change so that the server gives it, where its words tell. Tracker's searches depend on the units where the
    /// account may enter data, even for superusers (wire document, section 1.5), which no message says.
    pub fn advice(&self) -> Option<&'static str> {
        let said = |words: &str| self.message.to_lowercase().contains(words);
        ADVICE.iter().find(|(words, _)| said(words)).map(|(_, advice)| *advice)
    }
}

/// What servers say, in lower case, and what to do about it.
const ADVICE: [(&str, &str); 7] = [
    (
        "maxteicountreached",
        "the question reaches beyond the units where this account may enter data, and the program or tracked entity type \
         limits how many people such a search may find: give the account the units asked for as data-capture units, or raise \
         the limit",
    ),
    (
        "attributes should be mentioned in the search criteria",
        "the question reaches beyond the units where this account may enter data, and the program or tracked entity type \
         demands attributes to search by then: give the account the units asked for as data-capture units, or set that number \
         of the program or type to 0",
    ),
    (
        "search scope",
        "ask for units that the account may search, or give it the units asked for as search or data-capture units",
    ),
    (
        "query across all organisation units",
        "only a superuser, or who has the authority to search in all units, may ask for all: name units, or ask for the \
         accessible ones",
    ),
    (
        "ownership_access_denied",
        "another unit owns this person in the program: have the ownership changed, or ask there",
    ),
    ("has no access to program", "give the account the right to read the data of the program and its stages (sharing)"),
    (
        "has no data read access",
        "give the account the right to read the data of the program, its stages and its tracked entity type (sharing)",
    ),
];

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
    fn what_no_message_says_of_the_scope_of_a_search_is_explained() {
        for (said, advised) in [
            ("maxteicountreached", "data-capture units"),
            ("At least 1 attributes should be mentioned in the search criteria.", "data-capture units"),
            ("Organisation unit is not part of the search scope: KdK92fYEfTw", "search"),
            ("Current user is not authorized to query across all organisation units", "superuser"),
            ("OWNERSHIP_ACCESS_DENIED", "owns"),
            ("User has no access to program: T4KUa2dgu2M", "sharing"),
        ] {
            let body = format!(r#"{{"httpStatus":"Conflict","httpStatusCode":409,"message":"{said}"}}"#);
            let message = WebMessage::parse(body.as_bytes()).unwrap();
            assert!(message.advice().is_some_and(|advice| advice.contains(advised)), "{said}");
        }
        let other = WebMessage::parse(br#"{"httpStatus":"Conflict","httpStatusCode":409,"message":"x"}"#).unwrap();
        assert_eq!(other.advice(), None);
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
