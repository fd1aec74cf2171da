//! Recordings of real servers: HAR files in folders, or packed into the fixtures of this crate.

use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use dhis2_simulator::AnalyticsTables;
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use serde_json::{Value, json};

/// One recorded request and its answer.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) method: String,
    pub(crate) url: String,
    pub(crate) sent: String,
    /// When it was sent.
    pub(crate) started: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) clerk: bool,
    pub(crate) status: u16,
    pub(crate) location: Option<String>,
    pub(crate) content_type: String,
    pub(crate) body: String,
}

/// A file of recordings: the requests of one case, in the order sent.
#[derive(Debug, Clone)]
pub(crate) struct Case {
    /// Group and name, `aggregate/one-period`.
    pub(crate) name: String,
    pub(crate) entries: Vec<Entry>,
}

/// The groups that are compared.
const GROUPS: [&str; 7] = ["system", "metadata", "aggregate", "tracker", "errors", "imports", "analytics"];

/// The folder of recordings beside the project, if it is there and `CONFORMANCE_FIXTURES` does not forbid it.
pub(crate) fn recordings() -> Option<PathBuf> {
    if std::env::var_os("CONFORMANCE_FIXTURES").is_some() {
        return None;
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/recordings");
    folder.join("README.md").exists().then_some(folder)
}

/// The folder of this crate's own fixtures.
pub(crate) fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data")
}

/// The files of the compared groups of a version's folder, with their names.
fn files(folder: &Path) -> Vec<(String, PathBuf)> {
    let mut files = Vec::new();
    for group in GROUPS {
        let Ok(entries) = fs::read_dir(folder.join(group)) else { continue };
        for path in entries.map(|entry| entry.unwrap().path()) {
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            if path.extension().is_some_and(|e| e == "har") {
                files.push((format!("{group}/{name}"), path));
            }
        }
    }
    files.sort();
    files
}

fn read_json(path: &Path) -> Value {
    let mut bytes = fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    if bytes.starts_with(&[0x1f, 0x8b]) {
        let mut plain = Vec::new();
        GzDecoder::new(bytes.as_slice()).read_to_end(&mut plain).unwrap();
        bytes = plain;
    }
    serde_json::from_slice(&bytes).unwrap()
}

fn entries(har: &Value) -> &Vec<Value> {
    har["log"]["entries"].as_array().expect("a HAR")
}

fn entry(value: &Value) -> Entry {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let (request, response) = (&value["request"], &value["response"]);
    let headers = |of: &Value| -> Vec<(String, String)> {
        of["headers"].as_array().into_iter().flatten().map(|h| (text(&h["name"]), text(&h["value"]))).collect()
    };
    let location = headers(response).into_iter().find(|(name, _)| name.eq_ignore_ascii_case("location"));
    Entry {
        method: text(&request["method"]),
        url: text(&request["url"]),
        sent: text(&request["postData"]["text"]),
        started: text(&value["startedDateTime"]),
        headers: headers(request),
        clerk: value["comment"].as_str().is_some_and(|comment| comment.contains("clerk")),
        status: u16::try_from(response["status"].as_u64().unwrap()).unwrap(),
        location: location.map(|(_, value)| value),
        content_type: text(&response["content"]["mimeType"]),
        body: text(&response["content"]["text"]),
    }
}

/// The cases of a version: from the recordings where they are, else from the fixtures.
pub(crate) fn cases(version: &str) -> Vec<Case> {
    if let Some(recordings) = recordings() {
        let files = files(&recordings.join(version));
        return files
            .into_iter()
            .map(|(name, path)| Case { name, entries: entries(&read_json(&path)).iter().map(entry).collect() })
            .collect();
    }
    let packed = read_json(&fixtures().join(format!("cases-{version}.har.gz")));
    let mut cases: Vec<Case> = Vec::new();
    for value in entries(&packed) {
        let name = value["pageref"].as_str().unwrap().to_owned();
        match cases.last_mut().filter(|case| case.name == name) {
            Some(case) => case.entries.push(entry(value)),
            None => cases.push(Case { name, entries: vec![entry(value)] }),
        }
    }
    cases
}

/// What became of the recorded server's analytics tables.
pub(crate) fn analytics_tables(version: &str) -> AnalyticsTables {
    // Their generation failed on this server, which answered without rows.
    if version == "2.43.1" { AnalyticsTables::Empty } else { AnalyticsTables::Built }
}

/// Cases in the order in which they were recorded.
pub(crate) fn in_order(mut cases: Vec<Case>) -> Vec<Case> {
    cases.sort_by_cached_key(|case| case.entries.first().map(|entry| entry.started.clone()));
    cases
}

/// How often the notifications of a job were asked for before there were any: when the server got round to it.
pub(crate) fn polls_in_vain(cases: &[Case]) -> u32 {
    let polls = cases.iter().flat_map(|case| &case.entries).filter(|entry| entry.url.contains("/system/tasks/"));
    u32::try_from(polls.filter(|entry| entry.body == "[]").count()).unwrap()
}

/// The version whose world holds what a version's server held: two have none of their own.
pub(crate) fn world_version(version: &str) -> &str {
    if version.starts_with("2.38") || version.starts_with("2.39") { "2.40.12" } else { version }
}

/// What the server held and its exports do not tell: relationships between tracked entities, which those of 2.40 and 2.41
/// leave out, and values of confidential attributes, which enrollments of 2.43 hide.
fn supplement(version: &str) -> Option<&'static str> {
    match version {
        "2.40.12" | "2.41.9.1" => Some("tracker/tracked-entities-with-relationships.har"),
        "2.43.1" => Some("tracker/tracked-entities-anc-program.har"),
        _ => None,
    }
}

/// The files of a version's world.
pub(crate) fn world(version: &str) -> Vec<PathBuf> {
    let version = world_version(version);
    match recordings() {
        Some(recordings) => {
            let folder = recordings.join(version);
            std::iter::once("world").chain(supplement(version)).map(|path| folder.join(path)).collect()
        }
        None => vec![fixtures().join(format!("world-{version}.har.gz"))],
    }
}

/// Packs the recordings into fixtures: every world, and the cases whose files are not too big.
pub(crate) fn pack(versions: &[&str], biggest_case: u64) {
    let recordings = recordings().expect("the recordings to pack");
    for version in versions {
        let folder = recordings.join(version);
        let mut packed = Vec::new();
        for (name, path) in files(&folder) {
            if fs::metadata(&path).unwrap().len() > biggest_case {
                continue;
            }
            for value in entries(&read_json(&path)) {
                let mut value = value.clone();
                value["pageref"] = json!(name);
                packed.push(value);
            }
        }
        write(&fixtures().join(format!("cases-{version}.har.gz")), &packed);
        let world = folder.join("world");
        if world.exists() {
            let mut files: Vec<_> = fs::read_dir(world).unwrap().map(|entry| entry.unwrap().path()).collect();
            files.sort();
            files.extend(supplement(version).map(|path| folder.join(path)));
            let all: Vec<Value> = files.iter().flat_map(|path| entries(&read_json(path)).clone()).collect();
            write(&fixtures().join(format!("world-{version}.har.gz")), &all);
        }
    }
}

fn write(path: &Path, entries: &[Value]) {
    let mut packer = GzEncoder::new(Vec::new(), Compression::best());
    serde_json::to_writer(&mut packer, &json!({"log": {"entries": entries}})).unwrap();
    packer.flush().unwrap();
    fs::write(path, packer.finish().unwrap()).unwrap();
}
