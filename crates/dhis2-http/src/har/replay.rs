//! Answers from recordings.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use bytes::Bytes;
use dhis2_api::Uid;
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH, TRANSFER_ENCODING};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use url::Url;

use super::model::{Entry, Har, HarResponse};
use crate::{HttpError, Request, Response, Transport, TransportError, TransportErrorKind, describe};

/// Answers from HAR files, without a network.
///
/// A request is the recorded one when these agree: the method; the path below `/api`, whatever the host and the prefix
/// (`x.json` is the same as `x`); the parameters, decoded, in any order, each as often; in a list of ids the order does not matter
/// either. Bodies of requests are not compared.
///
/// Where a request was recorded several times its answers come in their order, and the last one again and again. Where
/// several accounts are in the recordings (told by the `comment` of an entry), a request is answered from those of one
/// account only: the one chosen by [`account`](Replay::account), else the entries without a comment, else the first
/// account there is.
///
/// A request that was not recorded is an error of kind [`NotRecorded`](TransportErrorKind::NotRecorded) that names it and
/// the recorded one nearest to it. See [`Record`](crate::Record) for an example.
pub struct Replay {
    recorded: Mutex<HashMap<Key, Vec<Queue>>>,
    account: Option<String>,
}

/// What makes two requests the same.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Key {
    method: String,
    path: String,
    /// Sorted.
    params: Vec<(String, String)>,
}

/// The answers to one request of one account.
struct Queue {
    account: Option<String>,
    answers: Vec<Recorded>,
    next: usize,
}

#[derive(Clone)]
struct Recorded {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
}

impl Replay {
    /// Reads a HAR file, or all `*.har` files of a folder and of the folders in it, in the order of their names.
    ///
    /// # Errors
    /// [`HttpError::Recording`] where a file cannot be read or is no HAR, and where there is none.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, HttpError> {
        let empty = Self { recorded: Mutex::default(), account: None };
        empty.and(path)
    }

    /// The same recordings and those of one more file or folder.
    ///
    /// # Errors
    /// As of [`open`](Replay::open).
    pub fn and(mut self, path: impl AsRef<Path>) -> Result<Self, HttpError> {
        let path = path.as_ref();
        let mut files = Vec::new();
        find(path, &mut files).map_err(|error| problem(path, error))?;
        if files.is_empty() {
            return Err(problem(path, "there is no file `*.har` in it"));
        }
        for file in files {
            self.read(&file).map_err(|error| problem(&file, error))?;
        }
        Ok(self)
    }

    /// The same recordings, but with the answers that an account got, where there are any: `comment` is that of its
    /// entries, such as `as the account clerk`.
    pub fn account(mut self, comment: impl Into<String>) -> Self {
        self.account = Some(comment.into());
        self
    }

    fn read(&mut self, file: &Path) -> Result<(), String> {
        let text = fs::read(file).map_err(|error| error.to_string())?;
        let har: Har = serde_json::from_slice(&text).map_err(|error| format!("it is no HAR: {error}"))?;
        let recorded = self.recorded.get_mut().unwrap_or_else(PoisonError::into_inner);
        for Entry { request, response, comment, .. } in har.log.entries {
            let url = Url::parse(&request.url).map_err(|error| format!("`{}` is no address: {error}", request.url))?;
            let queues = recorded.entry(Key::new(&request.method, &url)).or_default();
            let answer = Recorded::new(response)?;
            match queues.iter_mut().find(|queue| queue.account == comment) {
                Some(queue) => queue.answers.push(answer),
                None => queues.push(Queue { account: comment, answers: vec![answer], next: 0 }),
            }
        }
        Ok(())
    }
}

/// The files at `path`, in the order of their names.
fn find(path: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    if !path.is_dir() {
        files.push(path.to_owned());
        return Ok(());
    }
    let mut inside = fs::read_dir(path)?.map(|entry| Ok(entry?.path())).collect::<std::io::Result<Vec<_>>>()?;
    inside.sort();
    for path in inside {
        if path.is_dir() || path.extension().is_some_and(|extension| extension == "har") {
            find(&path, files)?;
        }
    }
    Ok(())
}

fn problem(path: &Path, problem: impl fmt::Display) -> HttpError {
    HttpError::Recording { path: path.to_owned(), problem: problem.to_string() }
}

impl Key {
    fn new(method: &str, url: &Url) -> Self {
        let path = url.path();
        let path = path.rfind("/api/").map_or(path, |at| &path[at..]);
        let path = path.strip_suffix(".json").unwrap_or(path);
        let mut params: Vec<_> = url.query_pairs().map(|(name, value)| (name.into(), in_order(&value))).collect();
        params.sort();
        Self { method: method.to_owned(), path: path.to_owned(), params }
    }

    /// How much this is like the key asked for; greater is nearer.
    fn likeness(&self, asked: &Self) -> impl Ord {
        let same_start = self.path.bytes().zip(asked.path.bytes()).take_while(|(a, b)| a == b).count();
        let shared = self.params.iter().filter(|pair| asked.params.contains(pair)).count();
        (self.path == asked.path, self.method == asked.method, same_start, shared, Reverse(self.params.len()))
    }

    fn describe(&self) -> String {
        describe::parts(&self.method, &self.path, &self.params)
    }
}

/// A list of ids, sorted: a client that sorts them asks in another order where a redacted recording has other ids. Anything else as it
/// is.
fn in_order(value: &str) -> String {
    for separator in [";", ","] {
        let mut ids: Vec<&str> = value.split(separator).collect();
        if ids.len() > 1 && ids.iter().all(|id| Uid::parse(id).is_ok()) {
            ids.sort_unstable();
            return ids.join(separator);
        }
    }
    value.to_owned()
}

impl Recorded {
    fn new(response: HarResponse) -> Result<Self, String> {
        let status = StatusCode::from_u16(response.status).map_err(|_| format!("{} is no status", response.status))?;
        let mut headers = HeaderMap::new();
        for pair in response.headers {
            // HTTP/2's own, such as `:status`, are no headers.
            let (Ok(name), Ok(value)) = (HeaderName::try_from(pair.name), HeaderValue::try_from(pair.value)) else {
                continue;
            };
            // The body is recorded without the compression and the framing of the way.
            if ![CONTENT_ENCODING, CONTENT_LENGTH, TRANSFER_ENCODING].contains(&name) {
                headers.append(name, value);
            }
        }
        Ok(Self { status, headers, body: response.content.into_bytes()? })
    }
}

impl Queue {
    fn answer(&mut self) -> Option<Recorded> {
        let answer = self.answers.get(self.next).or(self.answers.last()).cloned();
        self.next += 1;
        answer
    }
}

#[async_trait]
impl Transport for Replay {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        let key = Key::new(request.method.as_str(), &request.url);
        let mut recorded = self.recorded.lock().unwrap_or_else(PoisonError::into_inner);
        let answer = recorded.get_mut(&key).and_then(|queues| {
            let chosen = queues.iter().position(|queue| queue.account.is_some() && queue.account == self.account);
            let chosen = chosen.or_else(|| queues.iter().position(|queue| queue.account.is_none())).unwrap_or(0);
            queues.get_mut(chosen)?.answer()
        });
        let Some(Recorded { status, headers, body }) = answer else {
            let nearest = recorded.keys().max_by(|a, b| a.likeness(&key).cmp(&b.likeness(&key)).then(b.cmp(a)));
            let nearest = nearest.map_or_else(|| "nothing".to_owned(), Key::describe);
            let message = format!("{}; the nearest in it is {nearest}", key.describe());
            return Err(TransportError::new(TransportErrorKind::NotRecorded, message));
        };
        Ok(Response { headers, ..Response::new(status, body) })
    }
}

impl fmt::Debug for Replay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let requests = self.recorded.lock().unwrap_or_else(PoisonError::into_inner).len();
        f.debug_struct("Replay").field("requests", &requests).field("account", &self.account).finish()
    }
}
