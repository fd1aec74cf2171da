//! The key of pseudonyms, and what is made with it.

use std::fmt;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::PrivacyError;

const SHORTEST: usize = 32;
/// What is longer is another file than was meant, or has no end.
const LONGEST: usize = 65_536;

/// The key of pseudonyms. Who has it can tell whose pseudonym is whose, of persons whose uids they know.
#[derive(Clone)]
pub struct PrivacyKey {
    mac: Hmac<Sha256>,
    /// What a person should know of where it is kept.
    exposed: Option<String>,
}

impl fmt::Debug for PrivacyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PrivacyKey").field("fingerprint", &self.fingerprint()).finish_non_exhaustive()
    }
}

impl PrivacyKey {
    /// A key of these bytes: at least 32, from a good source of chance.
    ///
    /// # Errors
    /// [`PrivacyError::ShortKey`], [`PrivacyError::LongKey`].
    pub fn from_bytes(key: &[u8]) -> Result<Self, PrivacyError> {
        if key.len() > LONGEST {
            return Err(PrivacyError::LongKey { most: LONGEST });
        }
        let short = || PrivacyError::ShortKey { bytes: key.len() };
        if key.len() < SHORTEST {
            return Err(short());
        }
        // It takes keys of any length.
        let mac = Hmac::new_from_slice(key).map_err(|_| short())?;
        Ok(Self { mac, exposed: None })
    }

    /// The key in a file: all of its bytes. Make one with `head -c 32 /dev/urandom > keyfile; chmod 600 keyfile`. One that
    /// others on this machine can read is used, and the receipt warns of it.
    ///
    /// # Errors
    /// [`PrivacyError`] where it cannot be read, or is no key.
    pub fn read(path: &Path) -> Result<Self, PrivacyError> {
        let failed =
            |error: std::io::Error| PrivacyError::KeyFile { path: path.to_owned(), problem: error.to_string() };
        let file = File::open(path).map_err(failed)?;
        let exposed = exposed(&file, path).map_err(failed)?;
        let mut bytes = Vec::new();
        file.take(LONGEST as u64 + 1).read_to_end(&mut bytes).map_err(failed)?;
        Ok(Self { exposed, ..Self::from_bytes(&bytes)? })
    }

    pub(super) fn exposed(&self) -> Option<&str> {
        self.exposed.as_deref()
    }

    fn code(&self, texts: &[&str]) -> [u8; 32] {
        let mut mac = self.mac.clone();
        for text in texts {
            mac.update(text.as_bytes());
        }
        mac.finalize().into_bytes().into()
    }

    /// The same for the same id, whatever it is an id of: the first 16 bytes of the HMAC-SHA-256 of its text, as 32 lower-case
    /// hexadecimal digits.
    pub fn pseudonym(&self, id: &str) -> String {
        hex(&self.code(&[id])[..16])
    }

    /// What tells keys apart, and says nothing of them: 16 hexadecimal digits.
    pub fn fingerprint(&self) -> String {
        // No server sends a NUL, so that this is the pseudonym of nobody.
        hex(&self.code(&["\0fingerprint"])[..8])
    }

    /// By how many days the dates of a person are shifted: 1 to `most`, forwards or backwards.
    pub(super) fn days(&self, person: &str, most: u32) -> i64 {
        let code = self.code(&["\0days\0", person]);
        let number = u64::from_le_bytes(std::array::from_fn(|place| code[place]));
        let most = i64::from(most.max(1));
        // Twice the days is far below 2^63.
        let place = i64::try_from(number % (2 * most.unsigned_abs())).unwrap_or_default();
        if place < most { place - most } else { place - most + 1 }
    }

    /// A digest that nobody can make of a guess who has not the key.
    pub(super) fn digest(&self, digest: &str) -> String {
        hex(&self.code(&["\0digest\0", digest])[..8])
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

#[cfg(unix)]
fn exposed(file: &File, path: &Path) -> std::io::Result<Option<String>> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = file.metadata()?.permissions().mode() & 0o777;
    Ok((mode & 0o077 != 0).then(|| {
        format!("the key in {} can be read by others on this machine (mode {mode:03o}): `chmod 600` it", path.display())
    }))
}

/// Elsewhere the folders of a user are closed to others by the system.
#[cfg(not(unix))]
fn exposed(_file: &File, _path: &Path) -> std::io::Result<Option<String>> {
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(byte: u8) -> PrivacyKey {
        PrivacyKey::from_bytes(&[byte; 32]).unwrap()
    }

    /// The expected digits are those of `printf %s PgqxuumUXsl | openssl dgst -sha256 -mac HMAC -macopt hexkey:0707…07`.
    #[test]
    fn a_pseudonym_is_half_an_hmac_of_the_id() {
        assert_eq!(key(7).pseudonym("PgqxuumUXsl"), "54693a418cb2519297d7c950ffb6fdb3");
        assert_ne!(key(8).pseudonym("PgqxuumUXsl"), key(7).pseudonym("PgqxuumUXsl"));
        assert_ne!(key(7).fingerprint(), key(8).fingerprint());
    }

    #[test]
    fn dates_are_shifted_by_every_number_of_days_but_none() {
        let days: std::collections::BTreeSet<i64> = (0..500).map(|n| key(7).days(&format!("p{n}"), 3)).collect();
        assert_eq!(days.into_iter().collect::<Vec<_>>(), [-3, -2, -1, 1, 2, 3]);
        assert_eq!(key(7).days("p", 30), key(7).days("p", 30));
        assert!((0..50).any(|n| key(7).days(&format!("p{n}"), 30) != key(8).days(&format!("p{n}"), 30)));
    }

    #[test]
    fn a_key_is_long_enough_and_comes_to_an_end() {
        let error = PrivacyKey::from_bytes(&[1; 31]).unwrap_err().to_string();
        assert!(error.contains("31 bytes") && error.contains("head -c 32 /dev/urandom > keyfile"), "{error}");
        assert!(matches!(PrivacyKey::read(Path::new("/dev/zero")), Err(PrivacyError::LongKey { .. })));
        assert!(matches!(PrivacyKey::read(Path::new("/nowhere/key")), Err(PrivacyError::KeyFile { .. })));
    }

    #[test]
    fn neither_debug_nor_the_fingerprint_shows_the_key() {
        let shown = format!("{:?}", key(b'k'));
        assert!(!shown.contains("kkkk") && !shown.contains("107, 107") && shown.contains(&key(b'k').fingerprint()));
    }

    #[cfg(unix)]
    #[test]
    fn a_key_that_others_can_read_is_warned_of() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        std::fs::write(&path, [5; 40]).unwrap();
        for (mode, warned) in [(0o600, false), (0o640, true)] {
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
            assert_eq!(PrivacyKey::read(&path).unwrap().exposed().is_some(), warned);
        }
    }
}
