//! Files that their owner alone can read.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

use super::LocalError;

/// The mode of files, and of folders, that their owner alone can read.
const FILE: u32 = 0o600;
const FOLDER: u32 = 0o700;

fn failed(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> LocalError {
    move |error| LocalError::File { doing, path: path.to_owned(), problem: error.to_string() }
}

/// Makes a folder that nobody else can look into; what is above it gets the usual permissions.
pub(crate) fn make_folder(folder: &Path) -> Result<(), LocalError> {
    if folder.is_dir() {
        return Ok(());
    }
    if let Some(above) = folder.parent() {
        fs::create_dir_all(above).map_err(failed("make the folder", above))?;
    }
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, FOLDER);
    builder.create(folder).map_err(failed("make the folder", folder))
}

/// Writes a file whole or not at all.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<(), LocalError> {
    if let Some(folder) = path.parent() {
        make_folder(folder)?;
    }
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.new", std::process::id()));
    let new = path.with_file_name(name);
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, FILE);
    let written = options.open(&new).and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()));
    written.and_then(|()| fs::rename(&new, path)).map_err(|error| {
        // Where it cannot be removed, the first error counts.
        let _ = fs::remove_file(&new);
        failed("write", path)(error)
    })
}

/// Reads a file, none where there is none.
pub(crate) fn read(path: &Path) -> Result<Option<String>, LocalError> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(failed("read", path)(error)),
    }
}

/// Reads a secret; refuses one that others can read.
pub(crate) fn read_secret(path: &Path) -> Result<Option<String>, LocalError> {
    if let Some(folder) = path.parent() {
        check(folder, FOLDER)?;
    }
    check(path, FILE)?;
    read(path)
}

#[cfg(unix)]
fn check(path: &Path, wanted: u32) -> Result<(), LocalError> {
    use std::os::unix::fs::PermissionsExt as _;
    let Ok(found) = fs::metadata(path) else { return Ok(()) };
    let mode = found.permissions().mode() & 0o777;
    if mode & !0o700 == 0 { Ok(()) } else { Err(LocalError::Exposed { path: path.to_owned(), mode, wanted }) }
}

/// Elsewhere the folders of a user are closed to others by the system.
#[cfg(not(unix))]
fn check(_path: &Path, _wanted: u32) -> Result<(), LocalError> {
    Ok(())
}

/// Removes a file, where there is one.
pub(crate) fn remove(path: &Path) -> Result<(), LocalError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(failed("remove", path)(error)),
        _ => Ok(()),
    }
}
