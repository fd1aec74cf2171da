//! Which server is asked, as whom: what was said on the spot, and the profiles.

use std::fmt;
use std::process::{Command, Stdio};
use std::sync::Arc;

use async_trait::async_trait;
use dhis2_http::{Client, Credentials, HttpError, MemoryTransport, TokenSource, TransportError, TransportErrorKind};
use secrecy::{ExposeSecret, SecretString};

use super::{LocalError, Profiles, digest};
use crate::Error;

/// Who asks, with the secret. `Debug` does not show it.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Login {
    /// With a user name and a password.
    Basic(String, SecretString),
    /// With a personal access token.
    Token(SecretString),
    /// With an access token (OIDC, OAuth 2) that this command, as a shell reads it, prints whenever a connection is
    /// made, and when the server says that the one before is no longer good.
    TokenCommand(String),
}

/// What was said of the server and of who asks it.
#[derive(Debug, Clone, Default)]
pub struct Target {
    /// The server's address, stronger than that of a profile.
    pub url: Option<String>,
    /// The login, stronger than that of a profile.
    pub login: Option<Login>,
    /// The profile that is named.
    pub profile: Option<String>,
}

/// A server and an account of it; no secret has been looked at yet.
#[derive(Debug, Clone)]
pub struct Account {
    url: String,
    by: By,
}

#[derive(Debug, Clone)]
enum By {
    Login(Login),
    Profile(Box<(String, Profiles)>),
}

impl Target {
    /// Which server and account are meant: what was given on the spot, else those of the profile that is named, else those of
    /// the profile in use. The login of a profile goes to the profile's own server only.
    ///
    /// # Errors
    /// [`Error::Local`] where no server or login was given, there is no such profile, or its login is for another server;
    /// [`Error::Http`] where the address cannot be used.
    pub fn account(self, profiles: &Profiles) -> Result<Account, Error> {
        let named = self.profile.is_some();
        let name = self.profile.or_else(|| profiles.in_use().map(str::to_owned));
        let profile = match name {
            // One that was removed by hand is as none.
            Some(name) if named || profiles.find(&name).is_ok() => Some((profiles.find(&name)?, name)),
            _ => None,
        };
        let own = |profile: &super::Profile| profile.url.clone();
        let url = self.url.or_else(|| profile.as_ref().map(|(profile, _)| own(profile))).ok_or(LocalError::NoServer)?;
        // As all servers are written, so that they can be compared.
        let url = written_alike(&url, Credentials::None)?;
        let by = match (self.login, profile) {
            (Some(login), _) => By::Login(login),
            (None, Some((profile, name))) if profile.url == url => By::Profile(Box::new((name, profiles.clone()))),
            (None, Some((profile, name))) if named => {
                return Err(LocalError::OtherServer { name, own: own(profile), url }.into());
            }
            (None, _) => return Err(LocalError::NoCredentials { url }.into()),
        };
        Ok(Account { url, by })
    }
}

impl Target {
    /// The same, of which the profile in use does not count: for commands that ask two servers, where the one that is not named
    /// must not be taken by accident.
    ///
    /// # Errors
    /// As of [`account`](Self::account).
    pub fn account_if_named(self, profiles: &Profiles) -> Result<Account, Error> {
        self.account(&profiles.clone().without_one_in_use())
    }
}

impl Account {
    /// The server's address.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// A text that tells the account from others of the same server, without its secret: the name of the profile, the user
    /// name, or a digest.
    pub fn key(&self) -> String {
        match &self.by {
            By::Profile(profile) => format!("profile {}", profile.0),
            By::Login(Login::Basic(username, _)) => format!("user {username}"),
            By::Login(Login::Token(token)) => format!("token {}", digest(token.expose_secret())),
            By::Login(Login::TokenCommand(command)) => format!("command {}", digest(command)),
        }
    }

    /// The credentials: a secret is read, or a command run.
    ///
    /// # Errors
    /// [`Error::Local`] where the secret cannot be had or the command fails.
    pub fn credentials(&self) -> Result<Credentials, Error> {
        Ok(match &self.by {
            By::Profile(profile) => profile.1.read_credentials(&profile.0)?,
            By::Login(Login::Basic(username, password)) => {
                Credentials::Basic { username: username.clone(), password: password.clone() }
            }
            By::Login(Login::Token(token)) => Credentials::Token(token.clone()),
            By::Login(Login::TokenCommand(command)) => credentials_of(command)?,
        })
    }
}

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.url, self.key())
    }
}

/// An address as all servers are written here; an error where it, or the credentials, cannot be used. Nothing is sent.
pub(super) fn written_alike(url: &str, credentials: Credentials) -> Result<String, HttpError> {
    let nowhere = MemoryTransport::new(|_| Err(TransportError::new(TransportErrorKind::Other, "")));
    Ok(Client::new(url, credentials, nowhere)?.server_url())
}

/// An access token that a command prints, now and whenever the server wants another.
pub(super) fn credentials_of(command: &str) -> Result<Credentials, LocalError> {
    let source = TokenCommand(command.to_owned());
    Ok(Credentials::Renewed { token: token_of(command)?, source: Arc::new(source) })
}

struct TokenCommand(String);

#[async_trait]
impl TokenSource for TokenCommand {
    async fn token(&self) -> Result<SecretString, Box<dyn std::error::Error + Send + Sync>> {
        let command = self.0.clone();
        Ok(tokio::task::spawn_blocking(move || token_of(&command)).await??)
    }
}

/// The token that a command prints. What it prints is shown nowhere; what it says on standard error the person sees.
fn token_of(command: &str) -> Result<SecretString, LocalError> {
    let failed = |problem: String| LocalError::Command { problem };
    let mut shell = if cfg!(windows) { Command::new("cmd") } else { Command::new("sh") };
    shell.args([if cfg!(windows) { "/C" } else { "-c" }, command]).stdin(Stdio::null()).stderr(Stdio::inherit());
    let output = shell.output().map_err(|error| failed(format!("could not be started: {error}")))?;
    if !output.status.success() {
        return Err(failed(format!("failed ({})", output.status)));
    }
    let printed = String::from_utf8(output.stdout).map_err(|_| failed("printed what is no text".to_owned()))?;
    let token = printed.trim();
    if token.is_empty() {
        return Err(failed("printed nothing".to_owned()));
    }
    Ok(SecretString::from(token))
}

#[cfg(all(test, unix))]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::*;

    #[tokio::test]
    async fn a_command_is_asked_again_for_the_next_token() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        std::fs::write(&path, "first\n").unwrap();
        let Credentials::Renewed { token, source } = credentials_of(&format!("cat {}", path.display())).unwrap() else {
            panic!("it is not renewed")
        };
        assert_eq!(token.expose_secret(), "first");
        std::fs::write(&path, "second\n").unwrap();
        assert_eq!(source.token().await.unwrap().expose_secret(), "second");
        std::fs::remove_file(&path).unwrap();
        assert!(source.token().await.unwrap_err().to_string().contains("failed"));
    }
}
