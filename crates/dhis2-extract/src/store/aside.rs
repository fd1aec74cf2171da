//! Rows on disk that are not to stay.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// A folder of its own, which is gone when this is.
#[derive(Debug)]
pub(crate) struct Aside(PathBuf);

impl Aside {
    pub(super) fn make(folder: PathBuf) -> io::Result<Self> {
        fs::create_dir_all(&folder)?;
        Ok(Self(folder))
    }

    pub(super) fn path(&self, piece: usize) -> PathBuf {
        self.0.join(format!("{piece}.parquet"))
    }

    /// Removes what killed processes left of such folders below this one.
    pub(super) fn remove_all(folder: &Path) -> io::Result<()> {
        match fs::remove_dir_all(folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            outcome => outcome,
        }
    }
}

impl Drop for Aside {
    fn drop(&mut self) {
        // What stays behind goes when the job is opened again, or removed.
        let _ = fs::remove_dir_all(&self.0);
    }
}
