//! Secrets, and what is known of single persons, stand nowhere but where they belong: the first in the profile's file of secrets,
//! the others in the rows. Looked at is everything else that runs of the program leave behind or say, those that fail too.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::Stdio;

use dhis2_simulator::{Fault, Faults, ResetAt, Rule, SUPERUSER_TOKEN, World};
use dhis2_tests::program::command;
use dhis2_tests::served::Served;
use tempfile::TempDir;

const ROOT: &str = "KdK92fYEfTw";
const ANC: &str = "T4KUa2dgu2M";
/// Of the right form, and of nobody.
const WRONG_TOKEN: &str = "d2p_wr0ngT0kenThatN0bodyHas1234567890123456789012345";
const WRONG_PASSWORD: &str = "Planted-Passw0rd";

/// Attribute values and event values that one person alone has, and that are no everyday words.
fn planted(world: &World) -> BTreeSet<String> {
    let mut times: BTreeMap<&str, usize> = BTreeMap::new();
    let people: Vec<_> = world.tracked_entities().collect();
    let events: Vec<_> = world.events().collect();
    let attributes = people.iter().flat_map(|person| &person.attributes);
    for (_, value) in attributes.chain(events.iter().flat_map(|event| &event.values)) {
        *times.entry(value).or_default() += 1;
    }
    let telling = |value: &&str| value.len() >= 7 && value.parse::<f64>().is_err() && !value.starts_with("20");
    times.iter().filter(|(_, times)| **times == 1).map(|(value, _)| *value).filter(telling).map(str::to_owned).collect()
}

/// Everything that was said and written, but for rows and the file that keeps secrets.
#[derive(Default)]
struct Found(Vec<(String, Vec<u8>)>);

impl Found {
    fn said(&mut self, what: &str, bytes: Vec<u8>) {
        self.0.push((what.to_owned(), bytes));
    }

    fn folder(&mut self, folder: &Path) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            let extension = path.extension().unwrap_or_default();
            // Rows are personal, wherever they wait; what else a job keeps is not.
            if name == "secrets" || extension == "parquet" {
                continue;
            }
            if path.is_dir() {
                self.folder(&path);
            } else {
                self.said(&path.display().to_string(), fs::read(&path).unwrap());
            }
        }
    }

    fn assert_without(&self, needles: impl Iterator<Item = impl AsRef<str>>) {
        for needle in needles {
            let needle = needle.as_ref();
            for (place, bytes) in &self.0 {
                let text = String::from_utf8_lossy(bytes);
                // What was found is not shown here either.
                assert!(!text.contains(needle), "{place} holds what starts with {:?}", &needle.chars().next());
            }
        }
    }
}

/// Runs of every kind, good and bad, against servers with and without faults.
fn runs(served: &Served, folder: &TempDir) -> Found {
    let mut found = Found::default();
    // What ends a run at once, and what each request meets once.
    let ends = [Fault::LoginPage, Fault::Redirect { to: "https://login.example.org/sso".to_owned() }];
    let once = [Fault::TruncatedGzip, Fault::Reset { at: ResetAt::Midway, content_length: false }];
    let ends = ends.map(Rule::of).map(Some);
    let once = once.map(|fault| Some(Rule { times: Some(1), ..Rule::of(fault) }));
    let faults = [None].into_iter().chain(once).chain(ends);
    let people = ["extract", "tracked-entities", "--program", ANC, "--org-unit", ROOT];
    let events = ["extract", "events", "--program", ANC, "--org-unit", ROOT];
    for (place, rule) in faults.enumerate() {
        let rule = rule.map(|rule| Rule { target: "/tracker/".to_owned(), ..rule });
        let server = served.another(Faults::of(rule));
        let url = server.base_url();
        for (kind, words) in [("people", &people[..]), ("events", &events[..])] {
            let (file, receipt) = (format!("{kind}-{place}.parquet"), format!("{kind}-{place}.json"));
            let words = [words, &["-o", &file, "--receipt", &receipt, "--log", "json"]].concat();
            let environment = [("DHIS2_URL", &*url), ("DHIS2_TOKEN", SUPERUSER_TOKEN), ("RUST_LOG", "trace")];
            let output = command(folder.path(), &environment, &words).output().unwrap();
            assert_eq!(output.status.success(), place < 3, "{}", String::from_utf8_lossy(&output.stderr));
            found.said(&format!("stderr of {kind} {place}"), output.stderr);
            found.said(&format!("stdout of {kind} {place}"), output.stdout);
        }
    }
    let url = served.simulator.base_url();
    let wrong = [("DHIS2_USERNAME", "admin"), ("DHIS2_PASSWORD", WRONG_PASSWORD)];
    for (place, (environment, words)) in [
        (vec![("DHIS2_TOKEN", WRONG_TOKEN)], people.to_vec()),
        (wrong.to_vec(), people.to_vec()),
        (vec![("DHIS2_TOKEN", SUPERUSER_TOKEN)], [&people[..], &["--plan"]].concat()),
        (vec![("DHIS2_TOKEN", SUPERUSER_TOKEN)], vec!["doctor", "--json"]),
        (wrong.to_vec(), vec!["doctor"]),
        (vec![("DHIS2_TOKEN", SUPERUSER_TOKEN)], vec!["search", "antenatal", "--json"]),
        (vec![], vec!["profile", "list"]),
        (vec![], vec!["profile", "show", "country", "--json"]),
    ]
    .into_iter()
    .enumerate()
    {
        if place == 6 {
            let add = ["profile", "add", "country", "--url", &url, "--token-stdin"];
            let mut add =
                command(folder.path(), &[], &add).stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
            add.stdin.take().unwrap().write_all(SUPERUSER_TOKEN.as_bytes()).unwrap();
            assert!(add.wait().unwrap().success());
        }
        let environment = [&environment[..], &[("DHIS2_URL", &*url)]].concat();
        let output = command(folder.path(), &environment, &words).output().unwrap();
        found.said(&format!("stderr of run {place}"), output.stderr);
        found.said(&format!("stdout of run {place}"), output.stdout);
    }
    found.folder(folder.path());
    found
}

#[test]
fn secrets_and_what_is_known_of_persons_are_in_no_message_receipt_or_cache() {
    let served = Served::of_line("2.42");
    let folder = TempDir::new().unwrap();
    let planted = planted(&served.world);
    assert!(planted.len() > 100, "{}", planted.len());
    let found = runs(served, &folder);
    let of = |part: &str| found.0.iter().filter(|(place, _)| place.contains(part)).count();
    assert!(of("stderr") >= 18 && of(".json") > 4 && of("profiles.toml") == 1);
    found.assert_without([SUPERUSER_TOKEN, WRONG_TOKEN, WRONG_PASSWORD].into_iter());
    found.assert_without(planted.iter());
    // The rows hold what is looked for: it could have been found.
    let rows = dhis2::frame::read_frame(&folder.path().join("people-0.parquet"), dhis2::Format::Parquet).unwrap();
    let values = rows.column("value").unwrap().str().unwrap().clone();
    assert!(values.iter().flatten().any(|value| planted.contains(value)));
}
