//! An answer that is read while it arrives.

use std::fmt;

use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;
use http::header::CONTENT_LENGTH;
use http::{HeaderMap, StatusCode};

use super::check::LARGEST_ENVELOPE;
use super::{Answer, Client, check};
use crate::error::{Asked, HttpError};
use crate::response::is_whole;
use crate::{Body, Piece, Response, TransportError};

/// A good answer that is read while it arrives: by what has come it is no web page and no error. Made by
/// [`Client::get_in_pieces`].
pub struct Arriving {
    client: Client,
    asked: Asked,
    path: String,
    status: StatusCode,
    headers: HeaderMap,
    /// What was looked at and not handed out.
    first: Option<Bytes>,
    /// Nothing once all of it has come.
    rest: Option<Body>,
    came: u64,
    requests: u32,
    retries: u32,
}

impl Arriving {
    pub(super) async fn begin(
        client: Client,
        asked: Asked,
        path: &str,
        response: Response,
        requests: u32,
        retries: u32,
    ) -> Result<Self, HttpError> {
        let Response { status, headers, body, .. } = response;
        let path = path.to_owned();
        let mut arriving =
            Self { client, asked, path, status, headers, first: None, rest: Some(body), came: 0, requests, retries };
        arriving.look().await?;
        Ok(arriving)
    }

    /// What comes next; nothing at the end, when all of it has come.
    ///
    /// # Errors
    /// [`HttpError::Transport`] where it breaks off, and as of [`Client::get`] where what comes instead is no good answer.
    pub async fn next(&mut self) -> Result<Option<Piece>, HttpError> {
        if let Some(first) = self.first.take() {
            return Ok(Some(Piece::Bytes(first)));
        }
        match self.receive().await? {
            Some(Piece::Again { attempts }) => {
                self.look().await?;
                Ok(Some(Piece::Again { attempts }))
            }
            piece => Ok(piece),
        }
    }

    /// How many requests it took so far, with retries and redirects.
    pub fn requests(&self) -> u32 {
        self.requests
    }

    /// How many of them were retries.
    pub fn retries(&self) -> u32 {
        self.retries
    }

    /// How many bytes have come of it, without the compression of the way.
    pub fn bytes(&self) -> u64 {
        self.came
    }

    async fn receive(&mut self) -> Result<Option<Piece>, HttpError> {
        let Some(rest) = &mut self.rest else { return Ok(None) };
        match rest.next().await {
            Some(Ok(Piece::Bytes(bytes))) => {
                self.came += bytes.len() as u64;
                Ok(Some(Piece::Bytes(bytes)))
            }
            Some(Ok(Piece::Again { attempts })) => {
                self.came = 0;
                // That of the answer before. Who asked again compares the new one.
                self.headers.remove(CONTENT_LENGTH);
                self.sent(attempts);
                Ok(Some(Piece::Again { attempts }))
            }
            Some(Err(error)) => Err(self.broke_off(error)),
            None => {
                self.rest = None;
                is_whole(&self.headers, self.came).map_err(|error| self.broke_off(error.with_attempts(0)))?;
                self.client.count(0, 0, self.came);
                Ok(None)
            }
        }
    }

    fn sent(&mut self, again: u32) {
        self.requests += again;
        self.retries += again;
        self.client.count(again, again, 0);
    }

    fn broke_off(&mut self, source: TransportError) -> HttpError {
        self.sent(source.attempts());
        HttpError::Transport { asked: self.asked.clone(), source: source.with_attempts(self.requests) }
    }

    /// Waits for as much as an error or a web page is told by, and looks at it.
    async fn look(&mut self) -> Result<(), HttpError> {
        let mut first = BytesMut::new();
        while first.len() <= LARGEST_ENVELOPE {
            match self.receive().await? {
                Some(Piece::Bytes(bytes)) if first.is_empty() && bytes.len() > LARGEST_ENVELOPE => {
                    return self.judge(bytes);
                }
                Some(Piece::Bytes(bytes)) => first.extend_from_slice(&bytes),
                Some(Piece::Again { .. }) => first.clear(),
                None => break,
            }
        }
        self.judge(first.freeze())
    }

    fn judge(&mut self, first: Bytes) -> Result<(), HttpError> {
        let Self { status, headers, requests, retries, .. } = self;
        let answer = Answer {
            status: *status,
            headers: headers.clone(),
            body: first.clone(),
            requests: *requests,
            retries: *retries,
        };
        check::check(&answer, &self.path, self.asked.clone().after(*requests))?;
        self.first = Some(first);
        Ok(())
    }
}

impl fmt::Debug for Arriving {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Arriving")
            .field("status", &self.status)
            .field("headers", &crate::describe::Headers(&self.headers))
            .field("rest", &self.rest)
            .field("requests", &self.requests)
            .field("retries", &self.retries)
            .finish_non_exhaustive()
    }
}
