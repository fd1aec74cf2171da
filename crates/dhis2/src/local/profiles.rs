//! Servers and accounts under a name.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use dhis2_http::Credentials;
use serde::{Deserialize, Serialize};

use super::secret::{Owner, SecretPlace};
use super::{LocalError, Login, folders, private_file, target};
use crate::Error;

/// A server, and the account under which it is asked. Holds no secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Profile {
    /// The server's address.
    pub url: String,
    /// Who asks.
    pub login: ProfileLogin,
}

/// How a profile logs in, and where its secret is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ProfileLogin {
    /// With a user name and a password.
    Basic {
        /// The user name.
        username: String,
        /// Where the password is.
        secret: SecretPlace,
    },
    /// With a personal access token.
    Token {
        /// Where it is.
        secret: SecretPlace,
    },
    /// With an access token that a command prints whenever a connection is made.
    TokenCommand {
        /// The command, as a shell reads it.
        command: String,
    },
}

impl ProfileLogin {
    /// Where the secret is, where there is one.
    pub fn secret(&self) -> Option<SecretPlace> {
        match self {
            Self::Basic { secret, .. } | Self::Token { secret } => Some(*secret),
            Self::TokenCommand { .. } => None,
        }
    }
}

/// What stands in the file.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kept {
    #[serde(skip_serializing_if = "Option::is_none")]
    in_use: Option<String>,
    #[serde(default)]
    profiles: BTreeMap<String, Profile>,
}

/// The profiles of the person at this machine.
///
/// ```
/// use dhis2::local::{Login, Profiles, SecretPlace};
///
/// # let folder = tempfile::tempdir()?;
/// # let folder = folder.path().join("dhis2");
/// let mut profiles = Profiles::open_in(&folder)?; // or Profiles::open(), in the platform's folder
/// let login = Login::Token("d2p_secret".into());
/// profiles.add("play", "https://play.example.org/dhis", login, Some(SecretPlace::File), false)?;
/// assert_eq!(profiles.in_use(), Some("play"));
///
/// let profiles = Profiles::open_in(&folder)?;
/// assert_eq!(profiles.get("play")?.url, "https://play.example.org/dhis");
/// let credentials = profiles.credentials("play")?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Profiles {
    folder: PathBuf,
    kept: Kept,
}

impl Profiles {
    /// Those in the platform's configuration folder, or in the one that `DHIS2_CONFIG_DIR` names.
    ///
    /// # Errors
    /// [`Error::Local`] where there is no such folder, or its file is none of profiles.
    pub fn open() -> Result<Self, Error> {
        Self::open_in(&folders::configuration()?)
    }

    /// Those in a folder; none where it is not there.
    ///
    /// # Errors
    /// As of [`open`](Self::open).
    pub fn open_in(folder: &Path) -> Result<Self, Error> {
        let path = folder.join("profiles.toml");
        let kept = match private_file::read(&path)? {
            None => Kept::default(),
            Some(text) => toml::from_str(&text).map_err(|error| {
                // Its `Display` shows lines of the file.
                LocalError::Malformed { path, problem: error.message().to_owned() }
            })?,
        };
        Ok(Self { folder: folder.to_owned(), kept })
    }

    /// The names, in alphabetical order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.kept.profiles.keys().map(String::as_str)
    }

    /// The name of the profile that is used where none is named.
    pub fn in_use(&self) -> Option<&str> {
        self.kept.in_use.as_deref()
    }

    /// A profile.
    ///
    /// # Errors
    /// [`Error::Local`] where there is none of that name.
    pub fn get(&self, name: &str) -> Result<&Profile, Error> {
        Ok(self.find(name)?)
    }

    pub(super) fn find(&self, name: &str) -> Result<&Profile, LocalError> {
        let known = || self.names().map(str::to_owned).collect();
        self.kept.profiles.get(name).ok_or_else(|| LocalError::NoSuchProfile { name: name.to_owned(), known: known() })
    }

    /// Adds a profile, and keeps its secret: where it is told, else in the keyring, or in a file where there is none. The first
    /// one is in use at once. Gives where the secret is.
    ///
    /// # Errors
    /// [`Error::Local`] where the name cannot be one or is taken (unless to `replace` it), or the secret cannot be kept;
    /// [`Error::Http`] where the address or the login cannot be used. Nothing is asked of the server.
    pub fn add(
        &mut self,
        name: &str,
        url: &str,
        login: Login,
        place: Option<SecretPlace>,
        replace: bool,
    ) -> Result<Option<SecretPlace>, Error> {
        if !is_name(name) {
            return Err(LocalError::BadName { name: name.to_owned() }.into());
        }
        if self.kept.profiles.contains_key(name) {
            if !replace {
                return Err(LocalError::Exists { name: name.to_owned() }.into());
            }
            self.forget_secret(name)?;
        }
        let credentials = match &login {
            Login::Basic(username, password) => {
                Credentials::Basic { username: username.clone(), password: password.clone() }
            }
            Login::Token(token) => Credentials::Token(token.clone()),
            Login::TokenCommand(_) => Credentials::None,
        };
        let url = target::written_alike(url, credentials)?;
        let owner = Owner { folder: &self.folder, name };
        let login = match login {
            Login::Basic(username, password) => ProfileLogin::Basic { username, secret: owner.keep(&password, place)? },
            Login::Token(token) => ProfileLogin::Token { secret: owner.keep(&token, place)? },
            Login::TokenCommand(command) => ProfileLogin::TokenCommand { command },
        };
        let secret = login.secret();
        self.kept.profiles.insert(name.to_owned(), Profile { url, login });
        self.kept.in_use.get_or_insert_with(|| name.to_owned());
        self.write()?;
        Ok(secret)
    }

    /// Uses a profile from now on where none is named.
    ///
    /// # Errors
    /// [`Error::Local`] where there is none of that name, or the file cannot be written.
    pub fn use_from_now_on(&mut self, name: &str) -> Result<(), Error> {
        self.find(name)?;
        self.kept.in_use = Some(name.to_owned());
        Ok(self.write()?)
    }

    /// Removes a profile and its secret.
    ///
    /// # Errors
    /// [`Error::Local`] where there is none of that name, or its secret cannot be removed: the profile then stays.
    pub fn remove(&mut self, name: &str) -> Result<(), Error> {
        self.forget_secret(name)?;
        self.kept.profiles.remove(name);
        if self.in_use() == Some(name) {
            self.kept.in_use = None;
        }
        Ok(self.write()?)
    }

    /// The credentials of a profile. A command for a token is run here.
    ///
    /// # Errors
    /// [`Error::Local`] where there is no such profile, its secret cannot be had, or the command fails.
    pub fn credentials(&self, name: &str) -> Result<Credentials, Error> {
        Ok(self.read_credentials(name)?)
    }

    pub(super) fn read_credentials(&self, name: &str) -> Result<Credentials, LocalError> {
        let owner = Owner { folder: &self.folder, name };
        Ok(match &self.find(name)?.login {
            ProfileLogin::Basic { username, secret } => {
                Credentials::Basic { username: username.clone(), password: owner.read(*secret)? }
            }
            ProfileLogin::Token { secret } => Credentials::Token(owner.read(*secret)?),
            ProfileLogin::TokenCommand { command } => target::credentials_of(command)?,
        })
    }

    pub(super) fn without_one_in_use(mut self) -> Self {
        self.kept.in_use = None;
        self
    }

    fn forget_secret(&self, name: &str) -> Result<(), LocalError> {
        let place = self.find(name)?.login.secret();
        place.map_or(Ok(()), |place| Owner { folder: &self.folder, name }.forget(place))
    }

    fn write(&self) -> Result<(), LocalError> {
        let path = self.folder.join("profiles.toml");
        let text = toml::to_string(&self.kept)
            .map_err(|error| LocalError::Malformed { path: path.clone(), problem: error.to_string() })?;
        private_file::write(&path, text.as_bytes())
    }
}

/// A name is the name of a file, too.
fn is_name(name: &str) -> bool {
    name.len() <= 64
        && name.starts_with(|letter: char| letter.is_ascii_alphanumeric())
        && name.chars().all(|letter| letter.is_ascii_alphanumeric() || "-_.".contains(letter))
}
