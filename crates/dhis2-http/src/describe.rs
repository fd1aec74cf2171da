//! How requests are shown to people: without credentials, and without the personal values a query may filter by.

use std::borrow::Cow;
use std::fmt;

use http::header::{AUTHORIZATION, COOKIE, PROXY_AUTHORIZATION, SET_COOKIE};
use http::{HeaderMap, HeaderName};
use percent_encoding::percent_decode_str;
use url::Url;

/// What is shown of a request at most; a query with hundreds of uids helps nobody.
const LONGEST: usize = 600;

/// Whether a header's value is a secret.
pub(crate) fn is_secret(name: &HeaderName) -> bool {
    [AUTHORIZATION, PROXY_AUTHORIZATION, COOKIE, SET_COOKIE].contains(name)
}

/// Headers for `Debug`.
pub(crate) struct Headers<'a>(pub(crate) &'a HeaderMap);

impl fmt::Debug for Headers<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = self.0.iter().map(|(name, value)| {
            let value =
                if is_secret(name) { Cow::Borrowed("REDACTED") } else { String::from_utf8_lossy(value.as_bytes()) };
            (name.as_str(), value)
        });
        f.debug_map().entries(shown).finish()
    }
}

/// The address without user and password, and without values that are filtered by.
pub(crate) fn url(url: &Url) -> String {
    format!("{}{}", origin(url), path_and_query(url))
}

/// `https://host:port`, without a default port.
pub(crate) fn origin(url: &Url) -> String {
    url.origin().ascii_serialization()
}

/// The path and query, not longer than a person reads.
pub(crate) fn path_and_query(url: &Url) -> String {
    let shown = match url.query() {
        None | Some("") => url.path().to_owned(),
        Some(query) => {
            let pairs: Vec<Cow<'_, str>> = query.split('&').map(pair).collect();
            format!("{}?{}", url.path(), pairs.join("&"))
        }
    };
    shorten(shown)
}

/// A request that is there in parts: `GET /api/<path>?<query>`, with the parameters not encoded.
pub(crate) fn parts(method: &str, path: &str, params: &[(String, String)]) -> String {
    let pairs: Vec<String> = params.iter().map(|(name, value)| pair(&format!("{name}={value}")).into_owned()).collect();
    let separator = if pairs.is_empty() { "" } else { "?" };
    shorten(format!("{method} {path}{separator}{}", pairs.join("&")))
}

/// Filters name a person's attribute and the value looked for: the value does not belong in a message.
fn pair(pair: &str) -> Cow<'_, str> {
    let Some((name, value)) = pair.split_once('=') else { return Cow::Borrowed(pair) };
    match name {
        "query" => Cow::Owned(format!("{name}=…")),
        "filter" | "filterAttributes" | "attribute" => {
            let decoded = percent_decode_str(value).decode_utf8_lossy();
            match decoded.split_once(':') {
                Some((subject, _)) if is_uid(subject) => Cow::Owned(format!("{name}={subject}:…")),
                _ => Cow::Borrowed(pair),
            }
        }
        _ => Cow::Borrowed(pair),
    }
}

fn is_uid(text: &str) -> bool {
    text.len() == 11 && text.bytes().all(|b| b.is_ascii_alphanumeric())
}

/// Cuts out the middle of a text that is too long, and says how long it was.
fn shorten(text: String) -> String {
    let length = text.chars().count();
    if length <= LONGEST {
        return text;
    }
    let head: String = text.chars().take(LONGEST - 100).collect();
    let tail: String = text.chars().skip(length - 60).collect();
    format!("{head} … {tail} ({length} characters)")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        url(&Url::parse(text).unwrap())
    }

    #[test]
    fn an_address_is_shown_without_its_password() {
        assert_eq!(shown("https://admin:district@host:8443/api/me?fields=id"), "https://host:8443/api/me?fields=id");
    }

    #[test]
    fn values_that_are_searched_for_are_not_shown() {
        let text = "https://h/api/tracker/trackedEntities?program=T4KUa2dgu2M&filter=w75KJ2mc4zz:eq:Anna&filter=zDhUuAYrxNC%3Alike%3AK&query=LIKE:Anna";
        assert_eq!(
            shown(text),
            "https://h/api/tracker/trackedEntities?program=T4KUa2dgu2M&filter=w75KJ2mc4zz:…&filter=zDhUuAYrxNC:…&query=…"
        );
        assert_eq!(
            shown("https://h/api/dataElements?filter=name:like:Malaria"),
            "https://h/api/dataElements?filter=name:like:Malaria"
        );
    }

    #[test]
    fn a_long_query_is_cut_in_the_middle() {
        let long = shown(&format!("https://h/api/x?orgUnit={}&last=1", "a".repeat(5000)));
        assert!(long.chars().count() < 700, "{long}");
        assert!(long.ends_with("&last=1 (5022 characters)"), "{long}");
    }
}
