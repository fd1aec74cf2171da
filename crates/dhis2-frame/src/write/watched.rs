//! A file that remembers what went wrong, and what was written.

use std::fs::File;
use std::io::{self, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sha2::{Digest, Sha256};

use crate::read::hexadecimal;

/// A file that keeps its first error (Polars reports a full disk as a fault of the format) and the digest of its bytes.
/// Clones are the same file.
#[derive(Debug)]
pub(super) struct Watched<W = File>(Arc<Mutex<Inner<W>>>);

impl<W> Clone for Watched<W> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

#[derive(Debug)]
struct Inner<W> {
    file: W,
    failure: Option<io::Error>,
    digest: Sha256,
}

impl<W: Write> Watched<W> {
    pub(super) fn new(file: W) -> Self {
        Self(Arc::new(Mutex::new(Inner { file, failure: None, digest: Sha256::new() })))
    }

    fn inner(&self) -> MutexGuard<'_, Inner<W>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The first error, if there was one.
    pub(super) fn take_failure(&self) -> Option<io::Error> {
        self.inner().failure.take()
    }

    /// The SHA-256 digest of what was written so far, in hexadecimal digits.
    pub(super) fn sha256(&self) -> String {
        hexadecimal(&self.inner().digest.clone().finalize())
    }
}

impl<W> Inner<W> {
    fn watch<T>(&mut self, outcome: io::Result<T>) -> io::Result<T> {
        outcome.map_err(|e| {
            let copy = io::Error::new(e.kind(), e.to_string());
            // An interrupted write is tried again by the caller.
            if e.kind() != io::ErrorKind::Interrupted {
                self.failure.get_or_insert(e);
            }
            copy
        })
    }
}

impl<W: Write> Write for Watched<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut inner = self.inner();
        let outcome = inner.file.write(bytes);
        let written = inner.watch(outcome)?;
        inner.digest.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        let mut inner = self.inner();
        let outcome = inner.file.flush();
        inner.watch(outcome)
    }
}
