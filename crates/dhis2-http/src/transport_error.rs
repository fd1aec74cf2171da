//! Why there is no answer, or not the whole of one.

use std::fmt;

/// No answer, or not the whole of one. Holds no credential.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransportError {
    kind: TransportErrorKind,
    message: String,
    attempts: u32,
}

/// What went wrong on the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TransportErrorKind {
    /// There was no connection: an unknown host, a refused connection, no route. Worth another attempt.
    Connect,
    /// There was no secure connection: usually a certificate that is not trusted.
    Tls,
    /// The connection was closed before an answer began. Worth another attempt.
    ClosedBeforeAnswer,
    /// The connection broke in the middle of the body. Worth another attempt.
    Interrupted,
    /// Nothing came for too long. Worth another attempt.
    Timeout,
    /// What came is no HTTP, or its compression is broken.
    Decode,
    /// The request is larger than servers take; it was not sent.
    RequestTooLarge,
    /// The answer is larger than was wanted, and was not read to its end.
    AnswerTooLarge,
    /// The request is in no recording ([`Replay`](crate::Replay) only).
    NotRecorded,
    /// Anything else.
    Other,
}

impl TransportErrorKind {
    /// Whether the same request may well succeed a little later.
    pub fn is_transient(self) -> bool {
        matches!(self, Self::Connect | Self::ClosedBeforeAnswer | Self::Interrupted | Self::Timeout)
    }
}

impl fmt::Display for TransportErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Connect => "no connection",
            Self::Tls => "no secure connection",
            Self::ClosedBeforeAnswer => "the connection was closed before an answer began",
            Self::Interrupted => "the answer broke off before its end",
            Self::Timeout => "the server did not answer in time",
            Self::Decode => "the answer is broken",
            Self::RequestTooLarge => "the request is too large and was not sent",
            Self::AnswerTooLarge => "the answer is larger than wanted and was not read to its end",
            Self::NotRecorded => "the request is not in the recording",
            Self::Other => "the request could not be sent",
        })
    }
}

impl TransportError {
    /// An error of this kind. The message must hold no credential; it may be empty.
    pub fn new(kind: TransportErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), attempts: 1 }
    }

    /// What kind of failure it was.
    pub fn kind(&self) -> TransportErrorKind {
        self.kind
    }

    /// The details.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// How often the request was sent in vain, the last time with this error; 1 without [`Retry`](crate::Retry).
    pub fn attempts(&self) -> u32 {
        self.attempts
    }

    /// The same error after so many attempts.
    pub(crate) fn with_attempts(mut self, attempts: u32) -> Self {
        self.attempts = attempts;
        self
    }
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.kind)?;
        if !self.message.is_empty() {
            write!(f, ": {}", self.message)?;
        }
        if self.attempts > 1 {
            write!(f, " ({} attempts)", self.attempts)?;
        }
        Ok(())
    }
}

impl std::error::Error for TransportError {}
