//! What documents say of tests is so: the tests are there.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

fn top() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The Rust files of the crates and of the tests.
fn sources() -> Vec<PathBuf> {
    let mut folders = vec![top().join("crates"), top().join("tests")];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                files.push(path);
            }
        }
    }
    assert!(files.len() > 200);
    files
}

/// The doc comments of functions in the folders of tests and in modules of tests, each on one line.
fn comments_of_tests() -> Vec<String> {
    let mut comments = Vec::new();
    for file in sources() {
        let text = fs::read_to_string(&file).unwrap();
        let in_tests = file.components().any(|part| part.as_os_str() == "tests")
            || file.file_name().is_some_and(|name| name == "tests.rs");
        let mut comment = String::new();
        let mut in_module = in_tests;
        for line in text.lines().map(str::trim) {
            in_module = in_module || line == "#[cfg(test)]";
            if let Some(words) = line.strip_prefix("///").or(line.strip_prefix("//!")) {
                comment.push_str(words);
            } else if !line.starts_with("#[") {
                if in_module && (line.contains("fn ") || line.is_empty()) {
                    comments.push(plain(&comment));
                }
                comment.clear();
            }
        }
    }
    comments
}

/// Without backticks, which rustdoc wants around some names, and with single blanks.
fn plain(text: &str) -> String {
    text.replace('`', "").split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Every line of `data/peer-bugs.txt` is quoted where a test proves it.
#[test]
fn every_bug_of_a_peer_is_quoted_by_a_test() {
    let list = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("data/peer-bugs.txt")).unwrap();
    let bugs: Vec<&str> = list.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
    let comments = comments_of_tests();
    let unquoted: Vec<&&str> =
        bugs.iter().filter(|bug| !comments.iter().any(|comment| comment.contains(&plain(bug)))).collect();
    assert!(bugs.len() > 80);
    assert!(unquoted.is_empty(), "no test quotes:\n{unquoted:#?}");
}

/// The tests of `tests/end_to_end` that run on every line of servers, as `module::test`.
fn tests_on_every_line() -> BTreeSet<String> {
    let mut tests = BTreeSet::new();
    for file in sources().into_iter().filter(|file| file.parent().unwrap().ends_with("tests/end_to_end")) {
        let module = file.file_stem().unwrap().to_string_lossy().into_owned();
        let text = fs::read_to_string(&file).unwrap();
        let Some((_, list)) = text.split_once("\non_every_line!(") else { continue };
        let names = list.split_once(')').unwrap().0.split(',').map(str::trim).filter(|name| !name.is_empty());
        tests.extend(names.map(|name| format!("{module}::{name}")));
    }
    tests
}

/// Every cell of the table in `docs/servers.md` names a test, and every function of the facade has a row.
#[test]
fn the_table_of_servers_names_tests_that_exist_for_every_function() {
    const VERSIONS: [&str; 6] = ["2.38", "2.39", "2.40", "2.41", "2.42", "2.43"];
    let document = fs::read_to_string(top().join("docs/servers.md")).unwrap();
    let cells =
        |line: &str| -> Vec<String> { line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect() };
    let rows: Vec<Vec<String>> = document.lines().filter(|line| line.starts_with("| `")).map(cells).collect();
    // The number of a test leads to its name.
    let named: Vec<(String, String)> = document
        .lines()
        .filter_map(|line| {
            let (number, name) = line.split_once(". `")?;
            number.parse::<u32>().ok()?;
            Some((number.to_owned(), name.split('`').next().unwrap().to_owned()))
        })
        .collect();
    let tests = tests_on_every_line();
    for (_, name) in &named {
        assert!(tests.contains(name), "there is no test {name} that runs on every line");
    }
    let numbers: BTreeSet<&str> = named.iter().map(|(number, _)| number.as_str()).collect();
    assert_eq!(numbers.len(), named.len(), "a number names two tests");
    let mut used = BTreeSet::new();
    for row in &rows {
        assert_eq!(row.len(), 1 + VERSIONS.len(), "{row:?}");
        for cell in &row[1..] {
            let of_cell: Vec<&str> = cell.split(", ").collect();
            for number in of_cell {
                assert!(numbers.contains(number), "{}: there is no test {number}", row[0]);
                used.insert(number);
            }
        }
    }
    assert_eq!(used, numbers, "a test is named that no cell leads to");

    let mut functions = BTreeSet::new();
    for file in ["lib", "lists", "data_value_sets", "counts", "import", "copy/mod", "search", "doctor/mod"] {
        let text = fs::read_to_string(top().join(format!("crates/dhis2/src/{file}.rs"))).unwrap();
        for line in text.lines().map(str::trim) {
            let of_list = line.split_once(": \"").map(|(name, _)| name).filter(|name| name.starts_with("get_"));
            let of_facade = line.strip_prefix("pub async fn ").and_then(|rest| rest.split('(').next());
            functions.extend(of_list.or(of_facade).filter(|name| !name.starts_with('$')).map(str::to_owned));
        }
    }
    functions.insert("Tracker::everything".to_owned());
    assert!(functions.remove("get"));
    functions.insert("DataValueSets::get".to_owned());
    assert!(functions.len() > 30, "{functions:?}");
    let listed: BTreeSet<String> = rows.iter().map(|row| row[0].trim_matches('`').to_owned()).collect();
    assert_eq!(listed, functions);
}
