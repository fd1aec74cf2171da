//! What may know of what.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

fn top() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// Everything that a crate is built of (`normal`) or with (`normal,build`), its tests left out.
fn dependencies(package: &str, edges: &str) -> Vec<String> {
    let output = Command::new(env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned()))
        .args(["tree", "--offline", "--edges", edges, "--prefix", "none", "--format", "{p}", "--package", package])
        .current_dir(top())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let tree = String::from_utf8(output.stdout).unwrap();
    let names: Vec<String> = tree.lines().filter_map(|line| line.split(' ').next()).map(str::to_owned).collect();
    assert_eq!(names[0], package);
    names
}

fn assert_without(package: &str, unwanted: &[&str]) {
    assert_not_among(&dependencies(package, "normal"), package, unwanted);
}

fn assert_not_among(names: &[String], package: &str, unwanted: &[&str]) {
    for name in unwanted {
        let found = names.iter().find(|found| *found == name || found.starts_with(&format!("{name}-")));
        assert_eq!(found, None, "{package} is built with it");
    }
}

#[test]
fn what_a_server_says_is_known_without_a_runtime_a_network_or_frames() {
    assert_without("dhis2-api", &["tokio", "reqwest", "hyper", "rustls", "polars", "dhis2-http", "dhis2-frame"]);
}

#[test]
fn how_bytes_travel_is_known_without_frames() {
    assert_without("dhis2-http", &["polars", "dhis2-frame", "dhis2-extract"]);
}

#[test]
fn frames_are_made_without_a_network() {
    assert_without("dhis2-frame", &["reqwest", "hyper", "dhis2-http", "dhis2-extract"]);
}

#[test]
fn the_engine_knows_no_endpoint() {
    assert_without("dhis2-extract", &["dhis2-aggregate", "dhis2-tracker", "dhis2-metadata"]);
    assert_without("dhis2-aggregate", &["dhis2-tracker"]);
    assert_without("dhis2-tracker", &["dhis2-aggregate"]);
}

#[test]
fn a_page_is_made_without_a_network_and_without_knowing_an_endpoint() {
    assert_without("dhis2-report", &["reqwest", "hyper", "dhis2-aggregate", "dhis2-tracker", "dhis2-metadata"]);
}

/// No build needs more than cargo and a C compiler.
#[test]
fn nothing_needs_cmake_nasm_or_a_second_tls_library() {
    for package in ["dhis2", "dhis2-cli"] {
        let names = dependencies(package, "normal,build");
        assert!(names.iter().any(|name| name == "cc"), "what is built with C is among them");
        assert_not_among(&names, package, &["cmake", "nasm", "aws-lc", "openssl-sys", "native-tls", "bindgen"]);
    }
}

/// The code of a file: up to its own tests, without comments.
fn code(path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap();
    let before_tests = text.split("#[cfg(test)]").next().unwrap_or_default();
    before_tests.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") && !path.ends_with("tests.rs") {
            found.push(path);
        }
    }
}

/// Every difference between versions lives in one table.
#[test]
fn only_the_dialect_looks_at_the_numbers_of_a_version() {
    let crates = top().join("crates");
    let mut files = Vec::new();
    for name in fs::read_dir(&crates).unwrap() {
        let source = name.unwrap().path().join("src");
        if source.is_dir() {
            sources(&source, &mut files);
        }
    }
    let (dialect, others): (Vec<PathBuf>, Vec<PathBuf>) =
        files.into_iter().partition(|path| path.starts_with(crates.join("dhis2-api/src/dialect")));
    assert!(dialect.len() > 3 && others.len() > 50);
    let looks = |path: &PathBuf| {
        let code = code(path);
        [".feature()", ".patch()", ".hotfix()", ".is_at_least("].into_iter().find(|look| code.contains(look))
    };
    assert!(dialect.iter().any(|path| looks(path).is_some()), "the words to look for are the right ones");
    for path in others.iter().filter(|path| !path.ends_with("dhis2-api/src/version.rs")) {
        assert_eq!(looks(path), None, "{}", path.display());
    }
}
