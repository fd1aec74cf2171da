//! What stands between a person and an extract: looked at, and told in words.

mod account;
mod clock;
mod server;
mod way;

use std::time::Duration;

use dhis2_api::system::SystemInfo;
use dhis2_http::{Client, HttpError, RetryPolicy};
use serde::Serialize;

use crate::{Connection, Error};

/// How long the server may send nothing: less than for an extract, since little is asked.
const PATIENCE: Duration = Duration::from_secs(60);

/// What was found of a connection to a server. Made by [`Connection::diagnose`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Diagnosis {
    /// The server's address.
    pub server: String,
    /// What was looked at, in this order.
    pub checks: Vec<Check>,
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Check {
    /// What was looked at, such as `login` or `clock`.
    pub subject: &'static str,
    /// How it stands.
    pub state: CheckState,
    /// What was found.
    pub found: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub advice: Option<String>,
}

/// How something stands that was looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum CheckState {
    /// As it should be.
    Ok,
    /// Extracts work, but something about them may surprise.
    Warning,
    /// Extracts do not work.
    Problem,
}

impl Diagnosis {
    /// The worst of what was found.
    pub fn state(&self) -> CheckState {
        self.checks.iter().map(|check| check.state).max().unwrap_or(CheckState::Ok)
    }

    /// What was found of one subject.
    pub fn of(&self, subject: &str) -> impl Iterator<Item = &Check> {
        self.checks.iter().filter(move |check| check.subject == subject)
    }
}

impl Check {
    fn ok(subject: &'static str, found: impl Into<String>) -> Self {
        Self { subject, state: CheckState::Ok, found: found.into(), advice: None }
    }

    fn warning(subject: &'static str, found: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { subject, state: CheckState::Warning, found: found.into(), advice: Some(advice.into()) }
    }

    fn problem(subject: &'static str, found: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { subject, state: CheckState::Problem, found: found.into(), advice: Some(advice.into()) }
    }
}

impl Connection {
    /// Looks at everything between here and an extract: the way to the server, its certificate, redirects, the login, the
    /// version with its known defects and what is done about them, what the account may see, the clocks, the limits. It asks
    /// for `system/info`, `me` and a setting, and changes nothing. What is found is in the result, whatever it is.
    ///
    /// ```no_run
    /// use dhis2::doctor::CheckState;
    /// use dhis2::{Connection, Credentials};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), dhis2::Error> {
    /// let server = Connection::to("https://play.example.org/dhis").credentials(Credentials::token("d2p_…"));
    /// for check in server.diagnose().await?.checks {
    ///     println!("{:?} {}: {}", check.state, check.subject, check.found);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::Http`] where the address, the credentials, a certificate file or a recording cannot be used.
    pub async fn diagnose(self) -> Result<Diagnosis, Error> {
        let mut checks = way::before(&self);
        let patient = self.read_timeout(PATIENCE).retry(RetryPolicy { attempts: 2, ..RetryPolicy::default() });
        let dhis2 = patient.open()?;
        let client = dhis2.client();
        let given = client.server_url();
        checks.extend(match ask(client, &given).await {
            Ok(found) => found,
            Err(error) => way::failed(&error),
        });
        dhis2.finish_recording()?;
        Ok(Diagnosis { server: client.server_url(), checks })
    }
}

async fn ask(client: &Client, given: &str) -> Result<Vec<Check>, HttpError> {
    let (answer, info) = server::info(client).await?;
    let mut checks = way::there(&answer, given, &client.server_url());
    checks.extend(server::version(&info));
    checks.extend(account::look(client, &info).await);
    checks.extend(clock::look(&answer.headers, &info));
    checks.extend(server::limits(client, &info).await);
    Ok(checks)
}

/// The dialect, where the version is one that is spoken to.
fn dialect(info: &SystemInfo) -> Option<dhis2_api::dialect::Dialect> {
    dhis2_api::dialect::Dialect::of(&info.version().ok()?).ok()
}
