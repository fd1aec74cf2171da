//! Passwords and tokens: in the system's keyring, or in files that their owner alone can read.

use std::path::{Path, PathBuf};

use keyring::Entry;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use super::{LocalError, private_file};

/// What the keyring shows of whom a secret is.
const SERVICE: &str = "dhis2";

/// Where the secret of a profile is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum SecretPlace {
    /// The system's keyring: Secret Service on Linux and BSD, Keychain on macOS, Credential Manager on Windows.
    Keyring,
    /// A file beside the profiles, which its owner alone can read.
    File,
}

/// Whose secret it is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Owner<'a> {
    /// The folder of the profiles.
    pub(super) folder: &'a Path,
    /// The profile's name.
    pub(super) name: &'a str,
}

impl Owner<'_> {
    fn file(&self) -> PathBuf {
        self.folder.join("secrets").join(self.name)
    }

    /// Profiles of other folders are others.
    fn entry(&self) -> Result<Entry, keyring::Error> {
        Entry::new(SERVICE, &format!("{} in {}", self.name, self.folder.display()))
    }

    fn failed(&self, doing: &'static str) -> impl FnOnce(keyring::Error) -> LocalError {
        move |error| {
            // Some of its errors hold what was stored.
            let problem = match error {
                keyring::Error::BadEncoding(_) | keyring::Error::BadDataFormat(..) => {
                    "what is there is no text".to_owned()
                }
                other => other.to_string(),
            };
            LocalError::Keyring { doing, name: self.name.to_owned(), problem }
        }
    }

    /// Keeps a secret where it is wanted; where nothing is wanted in the keyring, and in a file where there is none.
    pub(super) fn keep(&self, secret: &SecretString, wanted: Option<SecretPlace>) -> Result<SecretPlace, LocalError> {
        let in_keyring = || self.entry().and_then(|entry| entry.set_password(secret.expose_secret()));
        let in_file = || private_file::write(&self.file(), secret.expose_secret().as_bytes());
        match wanted {
            Some(SecretPlace::Keyring) => in_keyring().map_err(self.failed("keep")).map(|()| SecretPlace::Keyring),
            Some(SecretPlace::File) => in_file().map(|()| SecretPlace::File),
            None if in_keyring().is_ok() => Ok(SecretPlace::Keyring),
            None => in_file().map(|()| SecretPlace::File),
        }
    }

    /// The secret.
    pub(super) fn read(&self, place: SecretPlace) -> Result<SecretString, LocalError> {
        match place {
            SecretPlace::Keyring => {
                let secret = self.entry().and_then(|entry| entry.get_password());
                secret.map(SecretString::from).map_err(self.failed("give out"))
            }
            SecretPlace::File => {
                let path = self.file();
                let secret = private_file::read_secret(&path)?.map(SecretString::from);
                secret.ok_or_else(|| LocalError::File { doing: "read", path, problem: "it is not there".to_owned() })
            }
        }
    }

    /// Removes the secret, where there is one.
    pub(super) fn forget(&self, place: SecretPlace) -> Result<(), LocalError> {
        match place {
            SecretPlace::Keyring => match self.entry().and_then(|entry| entry.delete_credential()) {
                Ok(()) | Err(keyring::Error::NoEntry) => Ok(()),
                Err(error) => Err(self.failed("remove")(error)),
            },
            SecretPlace::File => private_file::remove(&self.file()),
        }
    }
}
