//! Writes down what was asked and answered.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use async_trait::async_trait;
use bytes::Bytes;
use chrono::{DateTime, SecondsFormat, Utc};
use http::header::{AUTHORIZATION, CONTENT_TYPE, LOCATION};
use http::{HeaderMap, Method};

use super::model::{Cache, Content, Entry, HarRequest, HarResponse, Pair, Timings, size};
use super::redacted::Redacted;
use crate::response::Parts;
use crate::{HttpError, Request, Response, Transport, TransportError, TransportErrorKind, describe};

/// Writes every answer to a HAR 1.2 file, one entry a line, which [`Replay`](crate::Replay) and browsers' tools can read.
///
/// Credentials and cookies are left out. **Everything else is written as it came**: the host, and the data with whatever
/// it says about persons; keep the file as you keep the data. [`redacted`](Record::redacted) makes a recording without them, to
/// show somebody else what a server does.
///
/// The file grows under the name `<path>.part` and gets its own name at [`finish`](Record::finish), or when the transport
/// is dropped, so that under `<path>` there is always a whole recording. Keep the transport in an
/// [`Arc`](std::sync::Arc) to finish it yourself:
///
/// ```
/// use std::sync::Arc;
/// use dhis2_api::request::ApiRequest;
/// use dhis2_http::{Client, Credentials, MemoryTransport, Record, Replay, Response};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("me.har");
/// let server = MemoryTransport::new(|_| Ok(Response::json(200, r#"{"id":"M5zQapPyTZI"}"#)));
/// let record = Arc::new(Record::create(server, &path)?);
/// let client = Client::new("https://host", Credentials::None, Arc::clone(&record))?;
/// let me = ApiRequest::get("me").param("fields", "id");
/// client.get(&me).await?;
/// record.finish()?;
///
/// let offline = Client::new("https://elsewhere", Credentials::None, Replay::open(&path)?)?;
/// assert_eq!(offline.get(&me).await?.body, r#"{"id":"M5zQapPyTZI"}"#);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Record<T> {
    inner: T,
    path: PathBuf,
    part: PathBuf,
    account: Option<String>,
    redacted: Option<Redacted>,
    /// `None` once the recording is finished.
    file: Mutex<Option<Growing>>,
}

#[derive(Debug)]
struct Growing {
    file: BufWriter<File>,
    empty: bool,
}

impl<T> Record<T> {
    /// Records what `inner` sends into a new file at `path`; one that is there is replaced at the end.
    ///
    /// # Errors
    /// [`HttpError::Recording`] where the file cannot be made.
    pub fn create(inner: T, path: impl AsRef<Path>) -> Result<Self, HttpError> {
        Self::begin(inner, path.as_ref(), None)
    }

    /// The same without what the data say: [`dhis2_api::redact`] tells what stays of answers in JSON and of addresses. Of other bodies
    /// the kind and the length are written, of the headers those that say nothing about the server or the account; the host is
    /// `dhis2.example.org`. What is left out is never on the disk, and whoever sends gets the answers as they came.
    ///
    /// A [`Replay`](crate::Replay) of it answers the same requests, in so far as they name metadata by id; its ids of tracked
    /// entities, enrollments, events and relationships are other ones.
    ///
    /// ```
    /// # use dhis2_api::request::ApiRequest;
    /// # use dhis2_http::{Client, Credentials, MemoryTransport, Record, Response};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("bug.har");
    /// let server = MemoryTransport::new(|_| Ok(Response::json(200, r#"{"dataValues":[{"dataElement":"iXdObmOdRJk","value":"Anna"}]}"#)));
    /// let client = Client::new("https://dhis2.moh.example", Credentials::None, Record::redacted(server, &path)?)?;
    /// let answer = client.get(&ApiRequest::get("tracker/events")).await?;
    /// assert!(answer.body.ends_with(br#""value":"Anna"}]}"#));
    /// drop(client);
    /// let recording = std::fs::read_to_string(&path)?;
    /// assert!(recording.contains("https://dhis2.example.org/api/tracker/events") && !recording.contains("moh.example"));
    /// assert!(recording.contains("iXdObmOdRJk") && recording.contains("Xxxx") && !recording.contains("Anna"));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As of [`create`](Record::create).
    pub fn redacted(inner: T, path: impl AsRef<Path>) -> Result<Self, HttpError> {
        Self::begin(inner, path.as_ref(), Some(Redacted::default()))
    }

    fn begin(inner: T, path: &Path, redacted: Option<Redacted>) -> Result<Self, HttpError> {
        let path = path.to_owned();
        let mut part = path.clone().into_os_string();
        part.push(".part");
        let part = PathBuf::from(part);
        let growing = Growing::create(&part, redacted.is_some()).map_err(|error| failed(&part, &error))?;
        Ok(Self { inner, path, part, account: None, redacted, file: Mutex::new(Some(growing)) })
    }

    /// The same recording with a remark at every entry, such as `as the account clerk`:
    /// see [`Replay::account`](crate::Replay::account).
    pub fn account(mut self, comment: impl Into<String>) -> Self {
        self.account = Some(comment.into());
        self
    }

    /// Closes the recording and gives the file its name. Requests after that are errors: a recording that silently lacks
    /// some would be worse. Finishing twice does nothing.
    ///
    /// # Errors
    /// [`HttpError::Recording`] where the file cannot be written or renamed.
    pub fn finish(&self) -> Result<(), HttpError> {
        let growing = self.file.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(growing) = growing else { return Ok(()) };
        growing.close().and_then(|()| fs::rename(&self.part, &self.path)).map_err(|error| failed(&self.path, &error))
    }

    fn write(&self, entry: &Entry) -> io::Result<()> {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        match file.as_mut() {
            Some(growing) => growing.write(entry),
            None => Err(io::Error::other("the recording is finished already")),
        }
    }
}

impl Growing {
    fn create(path: &Path, redacted: bool) -> io::Result<Self> {
        let mut file = BufWriter::new(File::create(path)?);
        let version = env!("CARGO_PKG_VERSION");
        let comment =
            if redacted { r#""comment":"redacted: without values, names, persons' ids and the host","# } else { "" };
        writeln!(
            file,
            r#"{{"log":{{"version":"1.2","creator":{{"name":"dhis2-rs","version":"{version}"}},{comment}"entries":["#
        )?;
        Ok(Self { file, empty: true })
    }

    fn write(&mut self, entry: &Entry) -> io::Result<()> {
        if !self.empty {
            self.file.write_all(b",\n")?;
        }
        self.empty = false;
        serde_json::to_writer(&mut self.file, entry)?;
        self.file.flush()
    }

    fn close(mut self) -> io::Result<()> {
        self.file.write_all(b"\n]}}\n")?;
        self.file.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()
    }
}

impl<T> Drop for Record<T> {
    fn drop(&mut self) {
        if let Err(error) = self.finish() {
            tracing::error!(%error, "a recording is lost");
        }
    }
}

#[async_trait]
impl<T: Transport> Transport for Record<T> {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        let began = (Utc::now(), Instant::now());
        let url = request.url.clone();
        let asked = Asked::of(&request);
        let bodiless = request.method == Method::HEAD;
        let limit = request.body_limit;
        // What is written down is one answer, whole.
        let request = Request { in_pieces: false, ..request };
        let (parts, body) = self.inner.send(request).await?.whole(bodiless, limit).await?;
        let mut entry = asked.answered(&parts, &body, began, self.account.clone());
        if let Some(redacted) = &self.redacted {
            entry = redacted.entry(&url, entry);
        }
        self.write(&entry).map_err(|error| {
            let message = format!("the recording {} cannot be written: {error}", self.part.display());
            TransportError::new(TransportErrorKind::Other, message)
        })?;
        Ok(parts.with_body(body))
    }
}

/// What is kept of a request until its answer is there.
struct Asked(HarRequest);

impl Asked {
    fn of(request: &Request) -> Self {
        let query_string =
            request.url.query_pairs().map(|(name, value)| Pair { name: name.into(), value: value.into() }).collect();
        let mut url = request.url.clone();
        // Fails for addresses that cannot hold any: then there are none.
        let _ = url.set_username("");
        let _ = url.set_password(None);
        Self(HarRequest {
            method: request.method.to_string(),
            url: url.into(),
            http_version: "HTTP/1.1".to_owned(),
            cookies: [],
            headers: headers(&request.headers),
            query_string,
            headers_size: -1,
            body_size: size(&request.body),
        })
    }

    fn answered(self, parts: &Parts, body: &Bytes, began: (DateTime<Utc>, Instant), comment: Option<String>) -> Entry {
        let text =
            |name| parts.headers.get(name).map_or_else(String::new, |v| String::from_utf8_lossy(v.as_bytes()).into());
        let time = began.1.elapsed().as_secs_f64() * 1000.0;
        let response = HarResponse {
            status: parts.status.as_u16(),
            status_text: parts.status.canonical_reason().unwrap_or_default().to_owned(),
            http_version: "HTTP/1.1".to_owned(),
            cookies: [],
            headers: headers(&parts.headers),
            content: Content::new(text(CONTENT_TYPE), body),
            redirect_url: text(LOCATION),
            headers_size: -1,
            body_size: size(body),
        };
        Entry {
            started_date_time: began.0.to_rfc3339_opts(SecondsFormat::Millis, true),
            time,
            request: self.0,
            response,
            cache: Cache {},
            timings: Timings { send: 0.0, wait: time, receive: 0.0 },
            comment,
        }
    }
}

/// The headers, with secrets blotted out; of `Authorization` the scheme stays.
fn headers(headers: &HeaderMap) -> Vec<Pair> {
    let pair = |(name, value): (&http::HeaderName, &http::HeaderValue)| {
        let value = String::from_utf8_lossy(value.as_bytes());
        let value = match value.split_once(' ') {
            Some((scheme, _)) if name == AUTHORIZATION => format!("{scheme} REDACTED"),
            _ if describe::is_secret(name) => "REDACTED".to_owned(),
            _ => value.into_owned(),
        };
        Pair { name: name.to_string(), value }
    };
    headers.iter().map(pair).collect()
}

fn failed(path: &Path, error: &io::Error) -> HttpError {
    HttpError::Recording { path: path.to_owned(), problem: error.to_string() }
}
