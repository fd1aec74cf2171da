//! Secrets, and what is known of single persons, stand nowhere but where they belong: the first in the profile's file of secrets,
//! the others in the rows. Looked at is everything else that runs of the program leave behind or say, those that fail too.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::Stdio;
use std::sync::{Arc, LazyLock};

use dhis2::{Connection, Credentials};
use dhis2_simulator::{Fault, Faults, ResetAt, Rule, SUPERUSER, SUPERUSER_TOKEN, World, WorldSize};
use dhis2_tests::program::command;
use dhis2_tests::served::{RUNTIME, serve};
use tempfile::TempDir;

const VERSION: &str = "2.42.5.2";
/// Of the right form, and of nobody.
const WRONG_TOKEN: &str = "d2p_wr0ngT0kenThatN0bodyHas1234567890123456789012345";
const WRONG_PASSWORD: &str = "Planted-Passw0rd";

static WORLD: LazyLock<Arc<World>> = LazyLock::new(|| {
    let size = WorldSize { organisation_units: 12, data_values: 300, events: 400 };
    Arc::new(World::generate(&size, 3))
});

/// Attribute values that one person alone has: names with a number, telephone numbers.
fn planted() -> BTreeMap<&'static str, &'static str> {
    let people: Vec<_> = WORLD.tracked_entities().filter(|person| !person.deleted).collect();
    let mut times: BTreeMap<&str, usize> = BTreeMap::new();
    for (_, value) in people.iter().flat_map(|person| &person.attributes) {
        *times.entry(value).or_default() += 1;
    }
    // Dates and small numbers are in everything; quotes are written in another way in each kind of file.
    let telling = |value: &str| {
        value.len() >= 5
            && value.parse::<u8>().is_err()
            && !value.starts_with(['1', '2', 't', 'f'])
            && !value.contains('"')
    };
    let values = people.into_iter().flat_map(|person| person.attributes);
    values
        .filter(|(_, value)| telling(value) && times[value] == 1)
        .map(|(attribute, value)| (value, attribute))
        .collect()
}

/// The organisation unit that is above all, and a program of which people are tracked.
fn places() -> (String, String) {
    let root = WORLD.organisation_units().find(|unit| unit.level == 1).unwrap().id.to_owned();
    (root, WORLD.enrollments().next().unwrap().program.to_owned())
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

    fn of(&self, part: &str) -> usize {
        self.0.iter().filter(|(place, _)| place.contains(part)).count()
    }

    fn assert_without(&self, needles: impl IntoIterator<Item = impl AsRef<str>>) {
        for needle in needles {
            let needle = needle.as_ref();
            for (place, bytes) in &self.0 {
                // What was found is not shown here either.
                let at = bytes.windows(needle.len()).position(|window| window == needle.as_bytes());
                assert!(at.is_none(), "{place} holds at byte {at:?} what starts with {:?}", needle.chars().next());
            }
        }
    }
}

/// A folder in which runs of every kind are made, and what they said.
struct Runs {
    folder: TempDir,
    found: Found,
}

impl Runs {
    fn run(&mut self, what: &str, environment: &[(&str, &str)], words: &[&str]) -> Option<i32> {
        let environment = [environment, &[("RUST_LOG", "trace"), ("RUST_BACKTRACE", "1")]].concat();
        let output = command(self.folder.path(), &environment, words).output().unwrap();
        self.found.said(&format!("stderr of {what}"), output.stderr);
        self.found.said(&format!("stdout of {what}"), output.stdout);
        output.status.code()
    }

    /// Extracts of people and of events from a server with and without faults.
    fn extracts(&mut self, filter: &str) {
        let program = places().1;
        let regions: Vec<_> = WORLD.organisation_units().filter(|unit| unit.level == 2).map(|unit| unit.id).collect();
        let (units, second) = (regions.join(","), format!("={}&", regions[1]));
        let once = |fault| vec![Rule { times: Some(1), target: "/tracker/".to_owned(), ..Rule::of(fault) }];
        // Of the second unit, so that what came of the first stays in the job's folder.
        let late = |fault| vec![Rule { target: second.clone(), ..Rule::of(fault) }];
        let faults = [
            ("good", vec![], true),
            ("cut", once(Fault::Reset { at: ResetAt::Midway, content_length: false }), true),
            ("packed", once(Fault::TruncatedGzip), true),
            ("login", late(Fault::LoginPage), false),
            ("moved", late(Fault::Redirect { to: "https://login.example.org/sso".to_owned() }), false),
        ];
        for (fault, rules, ends_well) in faults {
            let server = serve(VERSION, &WORLD, Faults::of(rules));
            let url = server.base_url();
            for kind in ["tracked-entities", "events"] {
                let (file, receipt) = (format!("{kind}-{fault}.parquet"), format!("{kind}-{fault}.json"));
                let more = if kind == "events" { ["--page-size", "70"] } else { ["--filter", filter] };
                let asked = ["extract", kind, "--program", &program, "--org-unit", &units];
                let rest = ["-o", &file, "--receipt", &receipt, "--log", "json"];
                let environment = [("DHIS2_URL", &*url), ("DHIS2_TOKEN", SUPERUSER_TOKEN)];
                let ended = self.run(&format!("{kind} {fault}"), &environment, &[&asked[..], &more, &rest].concat());
                assert_eq!(ended == Some(0), ends_well, "{kind} {fault} ended with {ended:?}");
            }
        }
    }

    /// Everything else that knows a secret or sees a row.
    fn others(&mut self, filter: &str) {
        type Environment<'a> = &'a [(&'a str, &'a str)];
        let server = serve(VERSION, &WORLD, Faults::default());
        let url = server.base_url();
        let (root, program) = places();
        let people = ["extract", "tracked-entities", "--program", &program, "--org-unit", &root];
        let (good, bad) = ([("DHIS2_TOKEN", SUPERUSER_TOKEN)], [("DHIS2_TOKEN", WRONG_TOKEN)]);
        let wrong = [("DHIS2_USERNAME", SUPERUSER), ("DHIS2_PASSWORD", WRONG_PASSWORD)];
        let plan = [&people[..], &["--filter", filter, "--plan"]].concat();
        let runs: [(&str, Environment<'_>, &[&str], bool); 7] = [
            ("a wrong token", &bad, &people, false),
            ("a wrong password", &wrong, &people, false),
            ("a token in the address", &good, &["doctor", "--url", "http://admin:Planted-Passw0rd@127.0.0.1:9"], false),
            ("a plan", &good, &plan, true),
            ("a look", &good, &["doctor", "--json"], true),
            ("a look with a wrong password", &wrong, &["doctor"], false),
            ("a search", &good, &["search", "antenatal", "--json"], true),
        ];
        for (what, environment, words, ends_well) in runs {
            let environment = [environment, &[("DHIS2_URL", &*url)]].concat();
            let code = self.run(what, &environment, words);
            assert_eq!(code == Some(0), ends_well, "{what} ended with {code:?}");
        }
        let add = ["profile", "add", "country", "--url", &url, "--token-stdin"];
        let mut add =
            command(self.folder.path(), &[], &add).stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
        add.stdin.take().unwrap().write_all(SUPERUSER_TOKEN.as_bytes()).unwrap();
        assert!(add.wait().unwrap().success());
        for words in [&["profile", "list"][..], &["profile", "show", "country", "--json"]] {
            assert_eq!(self.run(&words.join(" "), &[], words), Some(0));
        }
    }
}

/// "A test greps logs, errors, receipts, caches and panics of a run with planted secrets and planted personal values: none
/// appears."
#[test]
fn secrets_and_what_is_known_of_persons_are_in_no_message_receipt_journal_or_cache() {
    let planted = planted();
    assert!(planted.len() > 60, "{}", planted.len());
    // Everybody but one person.
    let (value, attribute) = planted.iter().next().unwrap();
    let filter = format!("{attribute}:ne:{value}");
    let mut runs = Runs { folder: TempDir::new().unwrap(), found: Found::default() };
    runs.extracts(&filter);
    runs.others(&filter);
    let Runs { folder, mut found } = runs;
    found.folder(folder.path());
    found.assert_without([SUPERUSER_TOKEN, WRONG_TOKEN, WRONG_PASSWORD]);
    found.assert_without(planted.keys());

    // All of it was looked at: what is said, receipts, the journals of what ended half-way, the cache, the profile.
    let (said, receipts, journals) = (found.of("stderr"), found.of("-good.json"), found.of(".dhis2-job"));
    assert!(said == 19 && receipts == 2 && journals > 3, "{said}, {receipts}, {journals}");
    assert!(found.of("/cache/") > 0 && found.of("profiles.toml") == 1);
    let stderr = |what: &str| found.0.iter().any(|(place, said)| place.starts_with(what) && !said.is_empty());
    assert!(stderr("stderr of tracked-entities login") && stderr("stderr of events cut"));
    // And all of it could have been found: the values are in the rows, the token is where it is kept.
    let rows = folder.path().join("tracked-entities-good.parquet");
    let rows = dhis2::frame::read_frame(&rows, dhis2::Format::Parquet).unwrap();
    let values: BTreeSet<String> =
        rows.column("value").unwrap().str().unwrap().iter().flatten().map(str::to_owned).collect();
    let in_rows = planted.keys().filter(|value| values.contains(**value)).count();
    assert!(in_rows > 20, "{in_rows}");
    let mut kept = Found::default();
    kept.folder(&folder.path().join("config/secrets"));
    assert!(kept.0.iter().any(|(_, bytes)| String::from_utf8_lossy(bytes).contains(SUPERUSER_TOKEN)));
}

/// What a panic prints of the values at hand is their `Debug` form.
#[test]
fn nothing_that_holds_a_secret_shows_it_in_a_panic() {
    let server = serve(VERSION, &WORLD, Faults::default());
    let wrong = Credentials::basic(SUPERUSER, WRONG_PASSWORD);
    for credentials in [Credentials::token(SUPERUSER_TOKEN), wrong] {
        let connection = Connection::to(server.base_url()).credentials(credentials.clone());
        let dhis2 = connection.clone().open().unwrap();
        let asked = dhis2::api::request::ApiRequest::get("tracker/trackedEntities");
        let asked = asked.param("program", places().1).param("orgUnitMode", "ACCESSIBLE").param("fields", "*");
        let answer = RUNTIME.block_on(dhis2.client().get(&asked));
        let mut found = Found::default();
        found.said("a panic", format!("{credentials:?} {connection:?} {dhis2:?} {answer:?}").into_bytes());
        found.assert_without([SUPERUSER_TOKEN, WRONG_PASSWORD]);
        found.assert_without(planted().keys());
        if let Ok(answer) = answer {
            let body = String::from_utf8_lossy(&answer.body).into_owned();
            assert!(planted().keys().any(|value| body.contains(value)), "there was nothing to hide");
        }
    }
}
