//! The parts of HAR 1.2 that are written and read here.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use serde::{Deserialize, Serialize};

#[derive(Debug, Deserialize)]
pub(super) struct Har {
    pub(super) log: Log,
}

#[derive(Debug, Deserialize)]
pub(super) struct Log {
    pub(super) entries: Vec<Entry>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Entry {
    #[serde(default)]
    pub(super) started_date_time: String,
    #[serde(default)]
    pub(super) time: f64,
    pub(super) request: HarRequest,
    pub(super) response: HarResponse,
    #[serde(default)]
    pub(super) cache: Cache,
    #[serde(default)]
    pub(super) timings: Timings,
    /// Which account asked, where there are several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) comment: Option<String>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct HarRequest {
    pub(super) method: String,
    pub(super) url: String,
    #[serde(default)]
    pub(super) http_version: String,
    #[serde(skip_deserializing)]
    pub(super) cookies: [(); 0],
    #[serde(default)]
    pub(super) headers: Vec<Pair>,
    #[serde(default)]
    pub(super) query_string: Vec<Pair>,
    #[serde(default)]
    pub(super) headers_size: i64,
    #[serde(default)]
    pub(super) body_size: i64,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct HarResponse {
    pub(super) status: u16,
    #[serde(default)]
    pub(super) status_text: String,
    #[serde(default)]
    pub(super) http_version: String,
    #[serde(skip_deserializing)]
    pub(super) cookies: [(); 0],
    #[serde(default)]
    pub(super) headers: Vec<Pair>,
    pub(super) content: Content,
    #[serde(default, rename = "redirectURL")]
    pub(super) redirect_url: String,
    #[serde(default)]
    pub(super) headers_size: i64,
    #[serde(default)]
    pub(super) body_size: i64,
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Pair {
    pub(super) name: String,
    pub(super) value: String,
}

/// The body: text, or base64 of bytes that are none.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Content {
    #[serde(default)]
    pub(super) size: i64,
    #[serde(default)]
    pub(super) mime_type: String,
    #[serde(default)]
    pub(super) text: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) encoding: Option<String>,
}

impl Content {
    pub(super) fn new(mime_type: String, body: &Bytes) -> Self {
        let (text, encoding) = match std::str::from_utf8(body) {
            Ok(text) => (text.to_owned(), None),
            Err(_) => (BASE64_STANDARD.encode(body), Some("base64".to_owned())),
        };
        Self { size: size(body), mime_type, text, encoding }
    }

    /// The bytes of the body; an error says what is wrong with them.
    pub(super) fn into_bytes(self) -> Result<Bytes, String> {
        match self.encoding.as_deref() {
            None | Some("") => Ok(self.text.into()),
            Some("base64") => BASE64_STANDARD.decode(self.text).map(Bytes::from).map_err(|error| error.to_string()),
            Some(other) => Err(format!("the encoding `{other}` is unknown")),
        }
    }
}

/// HAR's sizes are signed: -1 means unknown.
pub(super) fn size(body: &Bytes) -> i64 {
    i64::try_from(body.len()).unwrap_or(-1)
}

/// HAR wants it there, if only empty.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Cache {}

#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Timings {
    #[serde(default)]
    pub(super) send: f64,
    #[serde(default)]
    pub(super) wait: f64,
    #[serde(default)]
    pub(super) receive: f64,
}
