//! Recordings to show to others: `--record FILE --redact`.

use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::path::Path;
use std::sync::Arc;

use dhis2::extract::Receipt;
use dhis2_simulator::{Faults, SUPERUSER_TOKEN, World, WorldSize};
use dhis2_tests::program::command;
use dhis2_tests::served::serve;
use serde_json::Value;
use tempfile::TempDir;

/// What must not be in a recording of a world: ids of what belongs to persons, and what is known of them.
fn planted(world: &World) -> BTreeSet<&str> {
    let (people, events): (Vec<_>, Vec<_>) = (world.tracked_entities().collect(), world.events().collect());
    let ids = people.iter().map(|person| person.tracked_entity).chain(events.iter().map(|event| event.event));
    let ids = ids.chain(world.enrollments().map(|enrollment| enrollment.enrollment));
    let ids = ids.chain(world.relationships().map(|relationship| relationship.relationship));
    let of_rows =
        people.iter().flat_map(|person| &person.attributes).chain(events.iter().flat_map(|event| &event.values));
    let comments = world.data_values().filter_map(|value| value.comment);
    let values: Vec<&str> = of_rows.map(|(_, value)| *value).chain(comments).collect();
    let mut times: HashMap<&str, usize> = HashMap::new();
    for value in &values {
        *times.entry(value).or_default() += 1;
    }
    // Short ones are part of anything: `7`, `true`. Days of visits stay, and one could be somebody's birthday. What many have is the
    // code of an option: it stands in the metadata.
    let telling = |value: &&str| {
        value.len() > 5 && !value.starts_with(['1', '2']) && times.get(value).is_none_or(|times| *times == 1)
    };
    let names = world.organisation_units().map(|unit| unit.name);
    ids.chain(values.iter().copied().filter(telling)).chain(names.filter(telling)).collect()
}

struct Bench {
    world: Arc<World>,
    folder: TempDir,
}

impl Bench {
    fn new() -> Self {
        let size = WorldSize { organisation_units: 30, data_values: 3_000, events: 600 };
        Self { world: Arc::new(World::generate(&size, 5)), folder: TempDir::new().unwrap() }
    }

    /// Runs an extract and gives its receipt, and the rows without their first line.
    fn extract(&self, environment: &[(&str, &str)], words: &[&str]) -> (Receipt, String, Vec<String>) {
        for file in ["rows.csv", "receipt.json"] {
            let _ = fs::remove_file(self.folder.path().join(file));
        }
        let words = [&["extract"], words, &["-o", "rows.csv", "--receipt", "receipt.json"]].concat();
        let output = command(self.folder.path(), environment, &words).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
        let read = |file: &str| fs::read_to_string(self.folder.path().join(file)).unwrap();
        let mut rows = read("rows.csv").lines().map(str::to_owned).collect::<Vec<_>>();
        let head = rows.remove(0);
        (serde_json::from_str(&read("receipt.json")).unwrap(), head, rows)
    }

    fn recording(&self) -> String {
        fs::read_to_string(self.folder.path().join("bug.har")).unwrap()
    }
}

/// What a person who reports a bug would be asked for, of every kind.
fn extracts(world: &World) -> Vec<Vec<String>> {
    let root = world.organisation_units().find(|unit| unit.level == 1).unwrap().id;
    let program = world.enrollments().next().unwrap().program;
    let set = world.data_sets().find(|set| set.period_type == "Monthly").unwrap();
    let element = set.data_elements[0];
    let of_program = format!("--program {program} --org-unit {root}");
    [
        format!("data-values --data-set {} --start-date 2000-01-01 --end-date 2099-12-31 --org-unit {root} --include-children", set.id),
        format!("analytics --data-element {element} --period 2024Q1 --org-unit-level 2"),
        format!("events {of_program} --page-size 40"),
        format!("events {of_program} --wide"),
        format!("event-notes {of_program}"),
        format!("tracked-entities {of_program}"),
        format!("program-owners {of_program}"),
        format!("enrollments {of_program}"),
        format!("enrollment-attributes {of_program}"),
        format!("relationships {of_program}"),
    ]
    .iter()
    .map(|line| line.split(' ').map(str::to_owned).collect())
    .collect()
}

/// Columns whose cells a redacted recording replays as they were.
fn stays(column: &str) -> bool {
    const IDS: [&str; 8] = [
        "data_element_id",
        "organisation_unit_id",
        "period",
        "category_option_combo_id",
        "attribute_option_combo_id",
        "program_id",
        "attribute_id",
        "program_stage_id",
    ];
    IDS.contains(&column) || column.ends_with("_at") || column == "status"
}

fn cells(head: &str, rows: &[String], place: usize) -> Vec<String> {
    // None of the columns that are compared holds a quote or a comma, nor does one before them.
    rows.iter()
        .filter(|row| row.split(',').count() == head.split(',').count())
        .map(|row| row.split(',').nth(place).unwrap().to_owned())
        .collect()
}

#[test]
fn what_is_recorded_redacted_replays_alike_and_says_nothing_of_anybody() {
    for version in ["2.38.7", "2.40.12", "2.42.5.2", "2.43.1"] {
        let bench = Bench::new();
        let server = serve(version, &bench.world, Faults::default());
        let url = server.base_url();
        let planted = planted(&bench.world);
        assert!(planted.len() > 800, "{}", planted.len());
        let (mut rows_of_all, mut duplicates) = (0, 0);
        for words in extracts(&bench.world) {
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            let what = format!("{version}: {}", words.join(" "));
            let account = [("DHIS2_URL", &*url), ("DHIS2_TOKEN", SUPERUSER_TOKEN)];
            let record = [&words[..], &["--record", "bug.har", "--redact"]].concat();
            let (asked, head, rows) = bench.extract(&account, &record);
            let raw = bench.extract(&account, &words).2;
            assert_eq!(rows, raw, "{what}: a recording changes nothing about the extract");

            let recording = bench.recording();
            let host = url.trim_start_matches("http://");
            for gone in [SUPERUSER_TOKEN, host, "127.0.0.1", "\"admin\""].into_iter().chain(planted.iter().copied()) {
                assert!(!recording.contains(gone), "{what}: `{gone}` is in the recording");
            }
            let (replayed, head_again, again) = bench.extract(&[], &[&words[..], &["--replay", "bug.har"]].concat());
            assert!(replayed.is_complete(), "{what}: {:?}", replayed.missing());
            // The columns of a wide table have names of metadata, which are masked.
            assert_eq!((head.split(',').count(), rows.len()), (head_again.split(',').count(), again.len()), "{what}");
            assert!(head == head_again || words.contains(&"--wide"), "{what}: {head_again}");
            assert_eq!(replayed.server.version, version);
            for (place, column) in head.split(',').enumerate().filter(|(_, column)| stays(column)) {
                assert_eq!(cells(&head, &rows, place), cells(&head, &again, place), "{what}: {column}");
            }
            let told = |receipt: &Receipt| {
                let chunks: Vec<_> = receipt
                    .chunks
                    .iter()
                    .map(|chunk| (chunk.rows, chunk.received, chunk.duplicates, chunk.pages))
                    .collect();
                (receipt.rows, receipt.duplicates_removed, chunks)
            };
            assert_eq!(told(&asked), told(&replayed), "{what}");
            rows_of_all += rows.len();
            duplicates += asked.duplicates_removed;
        }
        assert!(rows_of_all > 1_000, "{rows_of_all}");
        // These servers send events twice.
        assert!(duplicates > 0 || !["2.38.7", "2.40.12"].contains(&version), "{version}");
    }
}

#[test]
fn ids_of_persons_are_joined_in_a_redacted_recording_as_they_were() {
    let bench = Bench::new();
    let server = serve("2.42.5.2", &bench.world, Faults::default());
    let words = extracts(&bench.world).into_iter().find(|words| words[0] == "relationships").unwrap();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let url = server.base_url();
    let account = [("DHIS2_URL", &*url), ("DHIS2_TOKEN", SUPERUSER_TOKEN)];
    let (_, head, rows) = bench.extract(&account, &[&words[..], &["--record", "bug.har", "--redact"]].concat());
    let (_, _, again) = bench.extract(&[], &[&words[..], &["--replay", "bug.har"]].concat());
    assert!(rows.len() > 20 && rows != again);
    // The same person is the same other person in every row and column.
    let mut others = HashMap::new();
    let is_person = |column: &str| ["relationship_id", "from_id", "to_id"].contains(&column);
    let columns: Vec<usize> =
        head.split(',').enumerate().filter(|(_, name)| is_person(name)).map(|(at, _)| at).collect();
    assert!(columns.len() == 3, "{head}");
    for place in columns {
        for (was, is) in cells(&head, &rows, place).into_iter().zip(cells(&head, &again, place)) {
            assert_eq!(others.entry(was.clone()).or_insert_with(|| is.clone()), &is, "{was}");
        }
    }
    // A recording is made of one key only.
    let first = bench.recording();
    bench.extract(&account, &[&words[..], &["--record", "bug.har", "--redact"]].concat());
    assert_ne!(bodies(&first), bodies(&bench.recording()));
}

fn bodies(recording: &str) -> Vec<String> {
    let har: Value = serde_json::from_str(recording).unwrap();
    assert!(har["log"]["comment"].as_str().unwrap().starts_with("redacted"));
    let entries = har["log"]["entries"].as_array().unwrap();
    entries.iter().map(|entry| entry["response"]["content"]["text"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn nothing_is_redacted_that_is_not_recorded() {
    let folder = TempDir::new().unwrap();
    let words =
        ["extract", "events", "--program", "T4KUa2dgu2M", "--org-unit", "KdK92fYEfTw", "--redact", "-o", "rows.csv"];
    let output = command(folder.path(), &[("DHIS2_URL", "http://127.0.0.1:9")], &words).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("--record"));
    assert!(!Path::new(&folder.path().join("bug.har")).exists());
}
