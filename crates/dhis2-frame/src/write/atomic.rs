//! Replacing a file whole or not at all.

use std::fs::{self, File, Metadata, Permissions};
use std::io;
use std::path::{Path, PathBuf};

use tempfile::{Builder, NamedTempFile};

use crate::FrameError;

/// A file that will take the place of another, once it is whole. Dropped before, it leaves no trace.
#[derive(Debug)]
pub(super) struct Replacement {
    temporary: NamedTempFile,
    target: PathBuf,
    permissions: Option<Permissions>,
}

impl Replacement {
    /// Begins a temporary file beside `path`, or in another folder (unless `path` leads elsewhere, perhaps to another disk).
    pub(super) fn begin(path: &Path, folder: Option<&Path>) -> io::Result<Self> {
        let (target, permissions) = target(path)?;
        let temporary = match folder.filter(|_| !path.is_symlink()) {
            Some(folder) => temporary_in(folder)?,
            None => temporary_beside(&target)?,
        };
        Ok(Self { temporary, target, permissions })
    }

    /// The file to fill.
    pub(super) fn file(&self) -> &File {
        self.temporary.as_file()
    }

    /// Puts the file on disk and moves it to its place. Returns its size.
    pub(super) fn finish(self) -> io::Result<u64> {
        move_to(self.temporary, &self.target, self.permissions)
    }
}

/// Lets `write` fill a temporary file beside `path`, puts it on disk, and moves it to `path`.
///
/// On any error the temporary file is removed and `path` is as it was.
pub(super) fn replace(path: &Path, write: impl FnOnce(&mut &File) -> io::Result<()>) -> Result<(), FrameError> {
    let failed = |e| FrameError::io(path, e);
    let replacement = Replacement::begin(path, None).map_err(failed)?;
    write(&mut replacement.file()).map_err(failed)?;
    replacement.finish().map_err(failed)?;
    Ok(())
}

/// The file to replace, with symbolic links followed, and its permissions if it exists.
fn target(path: &Path) -> io::Result<(PathBuf, Option<Permissions>)> {
    match fs::metadata(path) {
        Ok(existing) => {
            refuse_irreplaceable(&existing)?;
            Ok((path.canonicalize()?, Some(existing.permissions())))
        }
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok((path.to_owned(), None)),
        Err(e) => Err(e),
    }
}

/// A rename asks leave of the folder only. What could not be opened for writing must not be replaced either.
fn refuse_irreplaceable(existing: &Metadata) -> io::Result<()> {
    use io::ErrorKind::{InvalidInput, IsADirectory, PermissionDenied};
    if existing.is_dir() {
        return Err(io::Error::new(IsADirectory, "it is a folder; name a file in it"));
    }
    if !existing.is_file() {
        return Err(io::Error::new(InvalidInput, "it exists and is not a regular file"));
    }
    if existing.permissions().readonly() {
        return Err(io::Error::new(PermissionDenied, "the file that exists is read-only"));
    }
    Ok(())
}

fn temporary_beside(target: &Path) -> io::Result<NamedTempFile> {
    let folder = match target.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    if !folder.is_dir() {
        let message = format!("there is no folder {}; create it first", folder.display());
        return Err(io::Error::new(io::ErrorKind::NotFound, message));
    }
    temporary_in(folder)
}

fn temporary_in(folder: &Path) -> io::Result<NamedTempFile> {
    let mut builder = Builder::new();
    builder.prefix(".dhis2-").suffix(".tmp");
    // Temporary files are their owner's alone by default; the finished file is as open as the umask says.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder.tempfile_in(folder)
}

fn move_to(temporary: NamedTempFile, target: &Path, permissions: Option<Permissions>) -> io::Result<u64> {
    let file = temporary.as_file();
    if let Some(permissions) = permissions {
        file.set_permissions(permissions)?;
    }
    let bytes = file.metadata()?.len();
    // Without this a crash after the rename could leave an empty file where a whole one stood.
    file.sync_all()?;
    temporary.persist(target).map_err(|e| e.error)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn a_failure_while_writing_leaves_the_old_file_and_no_other() {
        let folder = tempfile::tempdir().unwrap();
        for (name, before) in [("old", Some("before")), ("new", None)] {
            let path = folder.path().join(name);
            if let Some(before) = before {
                fs::write(&path, before).unwrap();
            }
            let refused = replace(&path, |file| {
                file.write_all(b"half of it").and_then(|()| Err(io::Error::from(io::ErrorKind::StorageFull)))
            });
            assert!(
                matches!(refused, Err(FrameError::Io { source, .. }) if source.kind() == io::ErrorKind::StorageFull)
            );
            assert_eq!(fs::read_to_string(&path).ok().as_deref(), before);
        }
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_bare_file_name_is_in_the_current_folder() {
        let temporary = temporary_beside(Path::new("out.csv")).unwrap();
        let folder = temporary.path().parent().unwrap();
        assert_eq!(folder.canonicalize().unwrap(), std::env::current_dir().unwrap());
    }

    #[test]
    fn a_folder_that_vanishes_is_an_error_and_leaves_nothing() {
        let outer = tempfile::tempdir().unwrap();
        let folder = outer.path().join("inner");
        fs::create_dir(&folder).unwrap();
        let path = folder.join("out");
        let refused = replace(&path, |_| fs::remove_dir_all(&folder));
        assert!(matches!(refused, Err(FrameError::Io { .. })));
        assert!(!folder.exists());
    }
}
