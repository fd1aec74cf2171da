//! Who is asking.

use std::sync::Arc;

use async_trait::async_trait;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use http::HeaderValue;
use secrecy::{ExposeSecret, SecretString};

use crate::HttpError;

/// The account under which a server is asked. `Debug` shows nothing of it.
#[derive(Clone)]
pub enum Credentials {
    /// Nobody: for recordings, simulators and `ping`.
    None,
    /// A user name and password (all versions). Servers refuse it for accounts with a second factor.
    Basic {
        /// The user name.
        username: String,
        /// The password.
        password: SecretString,
    },
    /// A personal access token (2.38 and later), made in the account's settings; the right thing for unattended extracts.
    Token(SecretString),
    /// An access token of an OIDC or OAuth 2 provider that the server trusts (2.38 and later, where those who run the
    /// server have set it up). Such tokens live for minutes or hours; it is sent as it is, and not renewed.
    Bearer(SecretString),
    /// The same, with a source of others: where a server says 401, another token is asked for, and the request sent once more.
    Renewed {
        /// The first token.
        token: SecretString,
        /// Where the next comes from.
        source: Arc<dyn TokenSource>,
    },
}

/// Gives access tokens.
///
/// ```
/// use std::sync::Arc;
///
/// use dhis2_http::{Credentials, TokenSource};
/// use secrecy::SecretString;
///
/// struct Provider;
///
/// #[async_trait::async_trait]
/// impl TokenSource for Provider {
///     async fn token(&self) -> Result<SecretString, Box<dyn std::error::Error + Send + Sync>> {
///         Ok(SecretString::from("eyJ…"))
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
/// let credentials = Credentials::Renewed { token: Provider.token().await?, source: Arc::new(Provider) };
/// # Ok(())
/// # }
/// ```
#[async_trait]
pub trait TokenSource: Send + Sync {
    /// A token that is good now.
    ///
    /// # Errors
    /// Whatever it says is told to the person: it must not hold a secret.
    async fn token(&self) -> Result<SecretString, Box<dyn std::error::Error + Send + Sync>>;
}

impl Credentials {
    /// A user name and password.
    pub fn basic(username: impl Into<String>, password: impl Into<String>) -> Self {
        Self::Basic { username: username.into(), password: SecretString::from(password.into()) }
    }

    /// A personal access token, `d2p_…` or `d2pat_…`.
    pub fn token(token: impl Into<String>) -> Self {
        Self::Token(SecretString::from(token.into()))
    }

    /// An access token of an OIDC or OAuth 2 provider.
    pub fn bearer(token: impl Into<String>) -> Self {
        Self::Bearer(SecretString::from(token.into()))
    }

    /// The header that proves it.
    pub(super) fn authorization(self) -> Result<Option<HeaderValue>, HttpError> {
        let wrong = |problem| HttpError::Credentials { problem };
        let text = match self {
            Self::None => return Ok(None),
            Self::Basic { username, password } => {
                if username.is_empty() {
                    return Err(wrong("the user name is empty"));
                }
                // Everything after the first colon would be taken for the password.
                if username.contains(':') {
                    return Err(wrong("the user name has a colon in it"));
                }
                let pair = SecretString::from(format!("{username}:{}", password.expose_secret()));
                format!("Basic {}", BASE64_STANDARD.encode(pair.expose_secret()))
            }
            Self::Token(token) => format!("ApiToken {}", checked(&token).map_err(wrong)?),
            Self::Bearer(token) | Self::Renewed { token, .. } => {
                format!("Bearer {}", checked(&token).map_err(wrong)?)
            }
        };
        let mut value = HeaderValue::try_from(SecretString::from(text).expose_secret())
            .map_err(|_| wrong("they cannot be sent as a header"))?;
        value.set_sensitive(true);
        Ok(Some(value))
    }
}

/// A token that can be one.
fn checked(token: &SecretString) -> Result<&str, &'static str> {
    let token = token.expose_secret();
    if token.is_empty() {
        return Err("the token is empty");
    }
    if !token.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err("the token has a blank, a line break or another character in it that no token has");
    }
    Ok(token)
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::None => "None",
            Self::Basic { .. } => "Basic(REDACTED)",
            Self::Token(_) => "Token(REDACTED)",
            Self::Bearer(_) => "Bearer(REDACTED)",
            Self::Renewed { .. } => "Renewed(REDACTED)",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(credentials: Credentials) -> String {
        credentials.authorization().unwrap().unwrap().to_str().unwrap().to_owned()
    }

    /// Wire document, section 7.1: Basic in UTF-8, tokens under the scheme `ApiToken`.
    #[test]
    fn each_scheme_is_written_as_servers_read_it() {
        assert_eq!(header(Credentials::basic("admin", "district")), "Basic YWRtaW46ZGlzdHJpY3Q=");
        assert_eq!(header(Credentials::basic("zoé", "a:b")), "Basic em/DqTphOmI=");
        assert_eq!(header(Credentials::token("d2p_abc")), "ApiToken d2p_abc");
        assert_eq!(header(Credentials::bearer("eyJh.b-_c.d")), "Bearer eyJh.b-_c.d");
        assert!(Credentials::None.authorization().unwrap().is_none());
    }

    #[test]
    fn what_cannot_be_sent_is_refused_before_sending() {
        for wrong in [
            Credentials::basic("", "x"),
            Credentials::basic("a:b", "x"),
            Credentials::token(""),
            Credentials::token("d2p_abc\n"),
            Credentials::token("ApiToken d2p_abc"),
            Credentials::bearer(""),
            Credentials::bearer("Bearer abc"),
        ] {
            assert!(matches!(wrong.authorization(), Err(HttpError::Credentials { .. })));
        }
    }
}
