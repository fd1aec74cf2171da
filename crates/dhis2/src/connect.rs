//! Connections with other than the usual settings.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use dhis2_extract::{Engine, Options};
use dhis2_http::{
    Client, Credentials, Record, Replay, ReqwestTransport, Retry, RetryPolicy, Throttle, ThrottleLimits, Transport,
};

use crate::{Dhis2, Error};

/// Settings of a connection; [`Connection::open`] makes the [`Dhis2`] of them.
///
/// ```
/// use dhis2::{Connection, Credentials};
///
/// let dhis2 = Connection::to("https://play.example.org/dhis")
///     .credentials(Credentials::basic("analyst", "…"))
///     .requests_per_second(2.0)
///     .open()?;
/// # Ok::<(), dhis2::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Connection {
    url: Option<String>,
    credentials: Credentials,
    authority_file: Option<PathBuf>,
    insecure: bool,
    read_timeout: Option<Duration>,
    retry: RetryPolicy,
    requests_per_second: Option<f64>,
    concurrency: usize,
    polite: bool,
    replay: Vec<PathBuf>,
    record: Option<PathBuf>,
    redact: bool,
}

/// A recording under way.
#[derive(Clone)]
pub(crate) struct Recording(Arc<Record<Arc<dyn Transport>>>);

impl fmt::Debug for Recording {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Recording")
    }
}

impl Recording {
    pub(crate) fn finish(&self) -> Result<(), Error> {
        Ok(self.0.finish()?)
    }
}

impl Connection {
    /// A connection to the server at this address, as in the browser.
    pub fn to(url: impl Into<String>) -> Self {
        Self { url: Some(url.into()), ..Self::nowhere() }
    }

    /// A connection to recordings: HAR files, or folders of them. Nothing is sent over any network.
    pub fn replay(paths: impl IntoIterator<Item = PathBuf>) -> Self {
        Self { replay: paths.into_iter().collect(), ..Self::nowhere() }
    }

    fn nowhere() -> Self {
        Self {
            url: None,
            credentials: Credentials::None,
            authority_file: None,
            insecure: false,
            read_timeout: None,
            retry: RetryPolicy::default(),
            requests_per_second: None,
            concurrency: Options::default().concurrency,
            polite: false,
            replay: Vec::new(),
            record: None,
            redact: false,
        }
    }

    /// Who is asking.
    pub fn credentials(self, credentials: Credentials) -> Self {
        Self { credentials, ..self }
    }

    /// A PEM file with certificates of authorities to trust besides those of the system.
    pub fn authority_file(self, path: impl Into<PathBuf>) -> Self {
        Self { authority_file: Some(path.into()), ..self }
    }

    /// Whether to talk to servers whose certificate nobody vouches for. Whoever stands between reads and changes what he
    /// likes.
    pub fn insecure(self, insecure: bool) -> Self {
        Self { insecure, ..self }
    }

    /// How long a server may send nothing before it is given up.
    pub fn read_timeout(self, timeout: Duration) -> Self {
        Self { read_timeout: Some(timeout), ..self }
    }

    /// How often what failed by accident is asked again.
    pub fn retry(self, policy: RetryPolicy) -> Self {
        Self { retry: policy, ..self }
    }

    /// The server's address as given; none where recordings answer.
    pub(crate) fn url(&self) -> Option<&str> {
        if self.replay.is_empty() { self.url.as_deref() } else { None }
    }

    /// Whether any certificate is taken.
    pub(crate) fn is_insecure(&self) -> bool {
        self.insecure
    }

    /// Requests begun in a second at most.
    pub fn requests_per_second(self, limit: f64) -> Self {
        Self { requests_per_second: Some(limit), ..self }
    }

    /// Requests at the same time at most.
    pub fn concurrency(self, requests: usize) -> Self {
        Self { concurrency: requests, ..self }
    }

    /// One request at a time, and after each the server has as long to itself as the request took.
    pub fn polite(self, polite: bool) -> Self {
        Self { polite, ..self }
    }

    /// A HAR file to write everything that is asked and answered into, without credentials. It holds what the server sends:
    /// treat it as the data, or see [`redact`](Connection::redact).
    pub fn record(self, path: impl Into<PathBuf>) -> Self {
        Self { record: Some(path.into()), ..self }
    }

    /// Whether the recording is made without what the data say, the host and the account, so that it can be shown to others:
    /// [`Record::redacted`](dhis2_http::Record::redacted). Without [`record`](Connection::record) it changes nothing.
    ///
    /// ```
    /// use dhis2::{Connection, Credentials};
    ///
    /// # let folder = tempfile::tempdir()?;
    /// # let (bug, token) = (folder.path().join("bug.har"), dhis2_simulator::SUPERUSER_TOKEN);
    /// let connection = Connection::to("https://play.example.org/dhis").credentials(Credentials::token(token));
    /// let dhis2 = connection.record(bug).redact(true).open()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn redact(self, redact: bool) -> Self {
        Self { redact, ..self }
    }

    /// Makes the connection. Nothing is sent yet.
    ///
    /// # Errors
    /// [`Error::Http`] where the address, the credentials, a certificate file or a recording cannot be used.
    pub fn open(self) -> Result<Dhis2, Error> {
        let transport: Arc<dyn Transport> = match self.replay.split_first() {
            Some((first, more)) => Arc::new(replay(first, more)?),
            None => Arc::new(self.network()?),
        };
        // Recordings answer whatever the host.
        let url = self.url.as_deref().unwrap_or("https://recording.invalid");
        let (client, recording) = match &self.record {
            None => (Client::new(url, self.credentials, transport)?, None),
            Some(path) => {
                let record = if self.redact { Record::redacted } else { Record::create };
                let record = Arc::new(record(transport, path)?);
                (Client::new(url, self.credentials, Arc::clone(&record))?, Some(Recording(record)))
            }
        };
        let engine = Engine::new(client).with_options(Options {
            concurrency: self.concurrency,
            polite: self.polite,
            ..Options::default()
        });
        Ok(Dhis2 { engine, recording })
    }

    fn network(&self) -> Result<impl Transport + 'static, Error> {
        let mut builder = ReqwestTransport::builder().insecure(self.insecure);
        if let Some(path) = &self.authority_file {
            builder = builder.authority_file(path);
        }
        if let Some(timeout) = self.read_timeout {
            builder = builder.read_timeout(timeout);
        }
        let limits = ThrottleLimits {
            concurrent: if self.polite { 1 } else { self.concurrency },
            per_second: self.requests_per_second,
        };
        Ok(Retry::new(Throttle::new(builder.build()?, limits), self.retry.clone()))
    }
}

fn replay(first: &Path, more: &[PathBuf]) -> Result<Replay, Error> {
    let mut replay = Replay::open(first)?;
    for path in more {
        replay = replay.and(path)?;
    }
    Ok(replay)
}
