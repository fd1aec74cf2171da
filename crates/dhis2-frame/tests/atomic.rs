//! A file is replaced whole or not at all.

mod support;

use std::fs;
use std::path::Path;

use dhis2_frame::{Format, FrameError, write_frame};
use support::{awkward_frame, names_in};

const FORMATS: [Format; 4] = [Format::Parquet, Format::Csv, Format::ArrowIpc, Format::NdJson];

/// The message of the error that writing to `path` gives in every format.
fn refusal(path: &Path) -> String {
    let messages: Vec<String> = FORMATS
        .iter()
        .map(|format| {
            let refused = write_frame(&awkward_frame(), path, *format).unwrap_err();
            assert!(matches!(&refused, FrameError::Io { path: named, .. } if named == path), "{refused:?}");
            refused.to_string()
        })
        .collect();
    assert!(messages.iter().all(|message| *message == messages[0]), "{messages:?}");
    messages[0].clone()
}

#[test]
fn an_existing_file_is_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out");
    for format in FORMATS {
        fs::write(&path, "before".repeat(10_000)).unwrap();
        let file = write_frame(&awkward_frame(), &path, format).unwrap();
        assert_eq!(file.bytes, fs::metadata(&path).unwrap().len());
        assert!(!fs::read(&path).unwrap().starts_with(b"before"));
        assert_eq!(names_in(folder.path()), ["out"]);
    }
}

#[test]
fn a_folder_is_not_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out.csv");
    fs::create_dir(&path).unwrap();
    assert_eq!(refusal(&path), format!("cannot write {}: it is a folder; name a file in it", path.display()));
    assert!(path.is_dir());
    assert_eq!(names_in(folder.path()), ["out.csv"]);
}

#[test]
fn a_missing_folder_is_named_and_not_made() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("missing");
    let path = missing.join("out.csv");
    assert_eq!(
        refusal(&path),
        format!("cannot write {}: there is no folder {}; create it first", path.display(), missing.display())
    );
    assert!(names_in(folder.path()).is_empty());
}

#[test]
fn a_read_only_file_is_not_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out.csv");
    fs::write(&path, "before").unwrap();
    let mut permissions = fs::metadata(&path).unwrap().permissions();
    permissions.set_readonly(true);
    fs::set_permissions(&path, permissions).unwrap();
    assert!(refusal(&path).ends_with("the file that exists is read-only"));
    assert_eq!(fs::read(&path).unwrap(), b"before");
    assert_eq!(names_in(folder.path()), ["out.csv"]);
}

/// A folder of the kernel's, in which even root cannot create a file.
#[cfg(target_os = "linux")]
#[test]
fn an_unwritable_folder_is_an_error() {
    let path = Path::new("/proc/self/out.csv");
    assert!(refusal_starts(path, "cannot write /proc/self/out.csv: "));
}

#[cfg(target_os = "linux")]
fn refusal_starts(path: &Path, start: &str) -> bool {
    FORMATS.iter().all(|format| {
        let refused = write_frame(&awkward_frame(), path, *format).unwrap_err();
        matches!(refused, FrameError::Io { .. }) && refused.to_string().starts_with(start)
    })
}

#[cfg(unix)]
mod unix {
    use std::os::unix::fs::{FileTypeExt, PermissionsExt, symlink};
    use std::os::unix::net::UnixListener;

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn an_existing_file_keeps_its_permissions() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out.csv");
        for kept in [0o600, 0o640, 0o666] {
            fs::write(&path, "before").unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(kept)).unwrap();
            write_frame(&awkward_frame(), &path, Format::Csv).unwrap();
            assert_eq!(mode(&path), kept);
        }
    }

    #[test]
    fn a_new_file_is_as_open_as_any_other_the_process_makes() {
        let folder = tempfile::tempdir().unwrap();
        let (ours, plain) = (folder.path().join("out.csv"), folder.path().join("plain"));
        write_frame(&awkward_frame(), &ours, Format::Csv).unwrap();
        fs::write(&plain, "").unwrap();
        assert_eq!(mode(&ours), mode(&plain));
    }

    #[test]
    fn a_link_stays_and_the_file_behind_it_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let (real, link) = (folder.path().join("real.csv"), folder.path().join("link.csv"));
        fs::write(&real, "before").unwrap();
        symlink("real.csv", &link).unwrap();
        write_frame(&awkward_frame(), &link, Format::Csv).unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert!(fs::read(&real).unwrap().starts_with(b"\"text"));
        assert_eq!(names_in(folder.path()), ["link.csv", "real.csv"]);
    }

    /// A socket stands for all special files: a test that fails must not replace one of the system's.
    #[test]
    fn a_special_file_is_not_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out.csv");
        let _socket = UnixListener::bind(&path).unwrap();
        assert!(refusal(&path).ends_with("it exists and is not a regular file"));
        assert!(fs::metadata(&path).unwrap().file_type().is_socket());
        assert_eq!(names_in(folder.path()), ["out.csv"]);
    }
}
