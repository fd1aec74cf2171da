//! Ids, codes and names that were seen, for completion.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use dhis2_metadata::{FoundObject, ObjectKind};
use serde::{Deserialize, Serialize};

use super::{Account, LocalError, digest, folders, private_file};
use crate::Error;

/// Objects that are kept for an account at most.
const MOST: usize = 20_000;

/// The ids, codes and names of programs, data sets, data elements and organisation units that an account of a server has found.
/// Nothing about persons is in it, and no server is asked by it.
///
/// ```
/// use dhis2::local::{IdCache, Login, Profiles, Target};
///
/// # let folder = tempfile::tempdir()?;
/// # let folder = folder.path();
/// let profiles = Profiles::open_in(folder)?;
/// let login = Some(Login::Token("d2p_secret".into()));
/// let account = Target { url: Some("https://play.example.org".into()), login, profile: None }.account(&profiles)?;
/// let cache = IdCache::open_in(folder, &account);
/// assert!(cache.objects().is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct IdCache {
    path: PathBuf,
    server: String,
}

/// What stands in the file.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Kept {
    /// For people who wonder what the file is.
    server: String,
    objects: Vec<FoundObject>,
}

impl IdCache {
    /// That of an account, in the platform's cache folder, or in the one that `DHIS2_CACHE_DIR` names.
    ///
    /// # Errors
    /// [`Error::Local`] where there is no such folder.
    pub fn open(account: &Account) -> Result<Self, Error> {
        Ok(Self::open_in(&folders::cache()?, account))
    }

    /// That of an account, in a folder.
    pub fn open_in(folder: &Path, account: &Account) -> Self {
        let of = format!("{} {}", account.url(), account.key());
        let name = digest(&of);
        Self { path: folder.join("ids").join(name).with_extension("json"), server: account.url().to_owned() }
    }

    /// All that is kept. What cannot be read is as nothing: a completion has nobody to tell.
    pub fn objects(&self) -> Vec<FoundObject> {
        let text = fs::read_to_string(&self.path).unwrap_or_default();
        serde_json::from_str(&text).map(|kept: Kept| kept.objects).unwrap_or_default()
    }

    /// Keeps objects, in place of what was known of them.
    ///
    /// # Errors
    /// [`Error::Local`] where the file cannot be written.
    pub fn learn(&self, found: &[FoundObject]) -> Result<(), Error> {
        let mut objects: BTreeMap<(ObjectKind, String), FoundObject> = BTreeMap::new();
        let before = self.objects();
        // What was found now is wanted more than what was found before.
        let room = MOST.saturating_sub(found.len());
        for object in before.into_iter().take(room).chain(found.iter().take(MOST).cloned()) {
            objects.insert((object.kind, object.id.clone()), object);
        }
        let kept = Kept { server: self.server.clone(), objects: objects.into_values().collect() };
        let json = serde_json::to_vec(&kept).map_err(|error| LocalError::File {
            doing: "write",
            path: self.path.clone(),
            problem: error.to_string(),
        })?;
        Ok(private_file::write(&self.path, &json)?)
    }

    /// Forgets all that is kept.
    ///
    /// # Errors
    /// [`Error::Local`] where the file cannot be removed.
    pub fn forget(&self) -> Result<(), Error> {
        Ok(private_file::remove(&self.path)?)
    }
}
