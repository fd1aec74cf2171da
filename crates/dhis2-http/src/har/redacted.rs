//! Entries without what they say.

use dhis2_api::redact::{RedactedRequest, Redaction};
use http::header::LOCATION;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use url::Url;

use super::model::{Content, Entry, Pair};

/// Where every redacted answer comes from, and where redirects to another host lead.
const HOST: &str = "https://dhis2.example.org";
const ELSEWHERE: &str = "https://elsewhere.example.org/";

/// What stays as it is in a path.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'.').remove(b'-').remove(b'_').remove(b'~');

/// Headers that stay; they say nothing about a server or an account.
const HEADERS: [&str; 6] = ["accept", "content-type", "date", "retry-after", "x-requested-with", "www-authenticate"];

/// What is done with every entry before it is written.
#[derive(Debug, Default)]
pub(super) struct Redacted(Redaction);

impl Redacted {
    /// `url` is what was asked for, as it was.
    pub(super) fn entry(&self, url: &Url, mut entry: Entry) -> Entry {
        let asked = self.asked(url);
        entry.request.url = address(url, &asked);
        entry.request.query_string =
            asked.params.iter().map(|(name, value)| Pair { name: name.clone(), value: value.clone() }).collect();
        entry.request.headers.retain_mut(stays);
        entry.response.headers.retain_mut(stays);
        if !entry.response.redirect_url.is_empty() {
            let to = match url.join(&entry.response.redirect_url) {
                Ok(to) if to.origin() == url.origin() => address(&to, &self.asked(&to)),
                _ => ELSEWHERE.to_owned(),
            };
            entry.response.headers.push(Pair { name: LOCATION.to_string(), value: to.clone() });
            entry.response.redirect_url = to;
        }
        entry.response.content = self.content(&asked, entry.response.content);
        entry.response.body_size = entry.response.content.size;
        entry
    }

    /// Of an address that is not below `/api`, such as a login page, nothing stays.
    fn asked(&self, url: &Url) -> RedactedRequest {
        let Some(path) = below_api(url) else { return self.0.asked("", &[]) };
        let params: Vec<(String, String)> =
            url.query_pairs().map(|(name, value)| (name.into_owned(), value.into_owned())).collect();
        let path = percent_decode_str(path).decode_utf8_lossy();
        self.0.asked(&path, &params)
    }

    fn content(&self, asked: &RedactedRequest, content: Content) -> Content {
        let is_json = content.encoding.is_none() && content.text.trim_start().starts_with(['{', '[']);
        let text = if content.text.is_empty() {
            String::new()
        } else if is_json {
            self.0.json(asked, &content.text)
        } else {
            let kind = if content.mime_type.is_empty() { "unknown kind" } else { &content.mime_type };
            format!("left out: {} bytes of {kind}", content.size)
        };
        let size = i64::try_from(text.len()).unwrap_or(-1);
        Content { size, text, encoding: None, mime_type: content.mime_type }
    }
}

/// The path below `/api`, if it is one of the web API.
fn below_api(url: &Url) -> Option<&str> {
    url.path().rfind("/api/").map(|at| &url.path()[at + "/api/".len()..])
}

/// The address with the host and the folder of nobody.
fn address(url: &Url, asked: &RedactedRequest) -> String {
    let api = if below_api(url).is_some() { "/api" } else { "" };
    let mut address = format!("{HOST}{api}");
    for segment in asked.path.split('/') {
        address.push('/');
        address.extend(utf8_percent_encode(segment, SEGMENT));
    }
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    let query = query.extend_pairs(&asked.params).finish();
    if query.is_empty() { address } else { format!("{address}?{query}") }
}

/// Whether a header stays, and without what its scheme is followed by.
fn stays(header: &mut Pair) -> bool {
    if header.name.eq_ignore_ascii_case("www-authenticate") {
        "REDACTED".clone_into(&mut header.value);
    }
    HEADERS.iter().any(|name| header.name.eq_ignore_ascii_case(name))
}
