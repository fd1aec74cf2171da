//! Tells the program its commit and target, for `--version`.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed=DHIS2_COMMIT");
    let here = env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from).unwrap_or_default();
    let given = || env::var("DHIS2_COMMIT").ok().filter(|commit| !commit.is_empty());
    let commit = packaged(&here).or_else(|| checked_out(&here)).or_else(given);
    let commit: String = commit.map_or_else(|| "unknown".to_owned(), |commit| commit.chars().take(12).collect());
    println!("cargo::rustc-env=DHIS2_COMMIT={commit}");
    println!("cargo::rustc-env=DHIS2_TARGET={}", env::var("TARGET").unwrap_or_default());
}

/// The commit that `cargo package` has noted.
fn packaged(here: &Path) -> Option<String> {
    let note = fs::read_to_string(here.join(".cargo_vcs_info.json")).ok()?;
    let (_, rest) = note.split_once("\"sha1\"")?;
    commit(rest.split('"').nth(1)?)
}

/// The commit of the repository that this crate lies in, as `crates/dhis2-cli`. Read from git's files: the program may be
/// missing.
fn checked_out(here: &Path) -> Option<String> {
    let top = here.parent()?.parent()?;
    let git = top.join(".git");
    // In a worktree of its own `.git` is a file that leads to the folder.
    let folder = if git.is_file() {
        watched(&git)?.trim().strip_prefix("gitdir:").map(|path| top.join(path.trim()))?
    } else {
        git
    };
    let shared = fs::read_to_string(folder.join("commondir"));
    let shared = shared.map_or_else(|_| folder.clone(), |path| folder.join(path.trim()));
    let head = watched(&folder.join("HEAD"))?;
    let Some(name) = head.trim().strip_prefix("ref:").map(str::trim) else { return commit(head.trim()) };
    let loose = [&folder, &shared].into_iter().find_map(|folder| watched(&folder.join(name)));
    if let Some(found) = loose {
        return commit(found.trim());
    }
    // A packed branch gets a file of its own with the next commit.
    let branches = shared.join("refs/heads");
    if branches.is_dir() {
        println!("cargo::rerun-if-changed={}", branches.display());
    }
    let packed = watched(&shared.join("packed-refs"))?;
    commit(packed.lines().find_map(|line| line.split_once(' ').filter(|(_, of)| *of == name))?.0)
}

/// A file, of which a change makes the program be built again.
fn watched(path: &Path) -> Option<String> {
    let text = fs::read_to_string(path).ok()?;
    println!("cargo::rerun-if-changed={}", path.display());
    Some(text)
}

fn commit(text: &str) -> Option<String> {
    (text.len() >= 40 && text.bytes().all(|byte| byte.is_ascii_hexdigit())).then(|| text.to_owned())
}
