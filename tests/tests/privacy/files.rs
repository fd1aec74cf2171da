//! What is taken away is in no file, at no moment, and in nothing that is said.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::LazyLock;
use std::thread::sleep;
use std::time::Duration;

use dhis2::extract::Receipt;
use dhis2::polars::prelude::*;
use dhis2_simulator::{Fault, Faults, Rule, RunningSimulator, SUPERUSER_TOKEN};
use dhis2_tests::program::program;
use dhis2_tests::served::{serve, superuser};

use super::{KEY, WORLD, key, phones, root, the_program};

fn late(milliseconds: u64) -> Faults {
    Faults::of([Rule::of(Fault::Latency { fixed: Duration::from_millis(milliseconds), jitter: Duration::ZERO })])
}

/// All ids of persons and of what is theirs.
static PERSONAL: LazyLock<HashSet<&'static [u8]>> = LazyLock::new(|| {
    let people = WORLD.tracked_entities().map(|one| one.tracked_entity);
    let events = WORLD.events().map(|one| one.event);
    let enrollments = WORLD.enrollments().map(|one| one.enrollment);
    let relationships = WORLD.relationships().map(|one| one.relationship);
    people.chain(events).chain(enrollments).chain(relationships).map(str::as_bytes).collect()
});

/// What else must not be found: values that are dropped, and when things were updated, as the columns of files have it.
#[derive(Default)]
struct Taken {
    values: HashSet<Vec<u8>>,
    /// With which bytes values of a length begin.
    begins: HashMap<usize, [bool; 256]>,
    times: HashSet<i64>,
}

impl Taken {
    fn of(phones: &HashSet<String>) -> Self {
        let people = WORLD.tracked_entities().map(|one| one.updated_at.timestamp_millis());
        let events = WORLD.events().map(|one| one.updated_at.timestamp_millis());
        let values: HashSet<Vec<u8>> = phones.iter().map(|phone| phone.as_bytes().to_vec()).collect();
        let mut begins = HashMap::new();
        for value in &values {
            begins.entry(value.len()).or_insert([false; 256])[usize::from(value[0])] = true;
        }
        Self { values, begins, times: people.chain(events).collect() }
    }

    fn look_into(&self, what: &str, bytes: &[u8]) {
        // An id stands nowhere but in a run of letters and digits.
        for word in bytes.split(|byte| !byte.is_ascii_alphanumeric()) {
            for window in word.windows(11) {
                assert!(!PERSONAL.contains(window), "{what} holds the id {}", String::from_utf8_lossy(window));
            }
        }
        for (length, begin) in &self.begins {
            for window in bytes.windows(*length).filter(|window| begin[usize::from(window[0])]) {
                assert!(!self.values.contains(window), "{what} holds {}", String::from_utf8_lossy(window));
            }
        }
    }

    /// Every file below a folder, and the columns of those with rows or keys. How many files there were.
    fn look_below(&self, folder: &Path) -> usize {
        let mut seen = 0;
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                self.look_into("a name", path.as_os_str().as_encoded_bytes());
                seen += self.look_below(&path);
                continue;
            }
            // It may be gone since, while a run goes on.
            let Ok(bytes) = fs::read(&path) else { continue };
            let what = path.display().to_string();
            self.look_into(&what, &bytes);
            self.look_into("a name", what.as_bytes());
            seen += 1;
            // Of one that is not finished there is no index.
            let Ok(frame) = ParquetReader::new(std::io::Cursor::new(bytes)).finish() else { continue };
            for column in frame.columns() {
                let text = column.cast(&DataType::String).unwrap();
                let text: Vec<&str> = text.str().unwrap().iter().flatten().collect();
                self.look_into(&format!("{what}, {}", column.name()), text.join("\n").as_bytes());
                // A time may be that of somebody else, some days later. Not all of them are.
                if let (true, Ok(numbers)) = (column.name().starts_with("updated"), column.to_physical_repr().i64()) {
                    let all = numbers.iter().flatten().count();
                    let raw = numbers.iter().flatten().filter(|number| self.times.contains(number)).count();
                    assert!(all < 10 || raw < all, "{what}, {}: {raw} of {all}", column.name());
                }
            }
        }
        seen
    }
}

fn command(simulator: &RunningSimulator, folder: &Path, words: &[String]) -> Command {
    let mut command = Command::new(program());
    command.current_dir(folder).args(words).env("DHIS2_URL", simulator.base_url()).env("DHIS2_TOKEN", SUPERUSER_TOKEN);
    command.env("DHIS2_CACHE_DIR", folder.join("cache")).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// A folder with a key beside it.
fn folder() -> (tempfile::TempDir, PathBuf) {
    let outer = tempfile::tempdir().unwrap();
    fs::write(outer.path().join("key"), KEY).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(outer.path().join("key"), fs::Permissions::from_mode(0o600)).unwrap();
    }
    let inner = outer.path().join("work");
    fs::create_dir(&inner).unwrap();
    (outer, inner)
}

fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

fn run(simulator: &RunningSimulator, folder: &Path, words: &[String], taken: &Taken) -> String {
    let output = command(simulator, folder, words).output().unwrap();
    let said = said(&output);
    taken.look_into("what is said", said.as_bytes());
    assert!(output.status.success(), "{words:?}: {said}");
    said
}

/// What a run has written, by name.
fn written(folder: &Path) -> HashMap<String, Vec<u8>> {
    let mut files = HashMap::new();
    for folder in [folder.to_owned(), folder.join("out")] {
        for path in fs::read_dir(folder).into_iter().flatten().map(|entry| entry.unwrap().path()) {
            if path.extension().is_some_and(|extension| extension == "parquet") {
                files.insert(path.file_name().unwrap().to_string_lossy().into_owned(), fs::read(path).unwrap());
            }
        }
    }
    files
}

/// Looks at all files again and again until something, then kills the run.
fn watch_and_kill(mut child: Child, folder: &Path, taken: &Taken, enough: impl Fn() -> bool) {
    while !enough() {
        taken.look_below(folder);
        assert!(child.try_wait().unwrap().is_none(), "it ended too early");
        sleep(Duration::from_millis(3));
    }
    child.kill().unwrap();
    taken.look_into("what is said", said(&child.wait_with_output().unwrap()).as_bytes());
}

const ALL: &str =
    "--pseudonymise ../key --drop-confidential --drop-types PHONE_NUMBER,COORDINATE,GEOJSON --generalise-org-unit 2";

#[test]
fn a_stopped_run_has_left_nothing_behind_and_goes_on_to_the_same_bytes() {
    for version in ["2.39.10.1", "2.42.5.2"] {
        let simulator = serve(version, &WORLD, late(12));
        let (_, phones) = phones(&superuser(&simulator));
        let units: Vec<&str> = WORLD.organisation_units().filter(|unit| unit.level == 3).map(|unit| unit.id).collect();
        let of = format!("--program {} --org-unit {} --receipt receipt.json {ALL}", the_program(), units.join(","));
        for extract in [
            "events --rich --names --date-shift 90 --page-size 100",
            "events --rich --wide --date-shift 90 --page-size 100",
            "events --rich --wide --rows enrollment --date-shift 90 --page-size 100",
            "event-notes",
            "schedule --as-of 2024-06-30 --date-shift 90",
            "tracked-entities --verify --date-shift 90",
            "tracked-entities --wide --date-shift 90",
            "program-owners --date-shift 90",
            "enrollments --date-shift 90",
        ] {
            let what = format!("{version} {extract}");
            let mut taken = Taken::of(&phones);
            if !extract.contains("--date-shift") {
                taken.times.clear();
            }
            let words = words(&format!("extract {extract} {of} -o out.parquet"));
            let (_undisturbed, whole) = folder();
            run(&simulator, &whole, &words, &taken);
            assert!(taken.look_below(&whole) >= 2, "{what}");
            let expected = written(&whole);
            let receipt: Receipt = serde_json::from_slice(&fs::read(whole.join("receipt.json")).unwrap()).unwrap();
            assert!(receipt.is_complete() && receipt.rows > 10, "{what}: {}", receipt.rows);
            let done = receipt.privacy.unwrap();
            assert_eq!(done["drop_types"], serde_json::json!(["COORDINATE", "GEOJSON", "PHONE_NUMBER"]), "{what}");
            assert_eq!(done["generalise_org_unit_level"], 2, "{what}");

            let (_stopped, half) = folder();
            let job = half.join("out.parquet.dhis2-job");
            let journal = job.join("journal.ndjson");
            let child = command(&simulator, &half, &words).spawn().unwrap();
            watch_and_kill(child, &half, &taken, || {
                fs::read_to_string(&journal).is_ok_and(|text| text.matches("\"stored\"").count() > 1)
            });
            assert!(taken.look_below(&job) > 4, "{what}");
            // With another key it is another job.
            fs::write(half.join("../other"), [3; 32]).unwrap();
            let other: Vec<String> = words.iter().map(|word| word.replace("../key", "../other")).collect();
            let output = command(&simulator, &half, &other).output().unwrap();
            assert!(!output.status.success() && said(&output).contains("does not fit"), "{what}: {}", said(&output));
            run(&simulator, &half, &words, &taken);
            assert!(written(&half) == expected, "{what}: other bytes");
            let rest: Receipt = serde_json::from_slice(&fs::read(half.join("receipt.json")).unwrap()).unwrap();
            assert!(rest.chunks.iter().any(|chunk| chunk.from_earlier_run), "{what}");
            assert!(!job.exists());
            taken.look_below(&half);
        }
    }
}

#[test]
fn extracts_of_several_steps_keep_nothing_on_the_disk_and_begin_anew() {
    for version in ["2.40.12", "2.43.1"] {
        let simulator = serve(version, &WORLD, late(12));
        let taken = Taken::of(&phones(&superuser(&simulator)).1);
        let of =
            format!("--program {} --org-unit {} --receipt receipt.json {ALL} --date-shift 30", the_program(), root());
        for (extract, output) in [
            ("relationships", "out.parquet"),
            ("enrollment-attributes --names", "out.parquet"),
            ("enrollments --wide", "out.parquet"),
            ("program --names", "out"),
            ("program --wide", "out"),
        ] {
            let what = format!("{version} {extract}");
            let words = words(&format!("extract {extract} {of} -o {output}"));
            let (_undisturbed, whole) = folder();
            run(&simulator, &whole, &words, &taken);
            assert!(taken.look_below(&whole) >= 2, "{what}");
            let receipt: Receipt = serde_json::from_slice(&fs::read(whole.join("receipt.json")).unwrap()).unwrap();
            assert!(receipt.rows > 10 && receipt.privacy.is_some(), "{what}");

            let (_stopped, half) = folder();
            let begun = std::time::Instant::now();
            let child = command(&simulator, &half, &words).spawn().unwrap();
            watch_and_kill(child, &half, &taken, || begun.elapsed() > Duration::from_millis(150));
            assert_eq!(taken.look_below(&half), 0, "{what}: a file");
            run(&simulator, &half, &words, &taken);
            assert!(written(&half) == written(&whole) && !written(&half).is_empty(), "{what}: other bytes");
        }
    }
}

#[test]
fn ids_that_a_command_names_are_said_as_pseudonyms() {
    for version in ["2.40.12", "2.42.5.2"] {
        let simulator = serve(version, &WORLD, Faults::default());
        let taken = Taken::default();
        let enrolled = WORLD.enrollments().find(|one| one.program == the_program() && !one.deleted).unwrap();
        let event = WORLD.events().find(|one| one.program == the_program() && !one.deleted).unwrap().event;
        // There is nobody of this uid.
        let nobody = "Zz012345678";
        let (person, enrollment) = (enrolled.tracked_entity, enrolled.enrollment);
        let program = the_program();
        for (extract, named, is_missing) in [
            (format!("events --program {program} --org-unit {} --event {event}", root()), event, false),
            (
                format!("enrollments --program {program} --enrollment {enrollment} --org-unit {}", root()),
                enrollment,
                false,
            ),
            (
                format!("tracked-entities --program {program} --tracked-entity {person} --org-unit {}", root()),
                person,
                false,
            ),
            (format!("tracked-entities --program {program} --tracked-entity {person},{nobody}"), nobody, true),
            (format!("relationships --tracked-entity {person}"), person, false),
            (
                format!("enrollment-attributes --program {program} --enrollment {enrollment} --org-unit {}", root()),
                enrollment,
                false,
            ),
            (
                format!("events --program {program} --org-unit {} --filter event_id:in:{event};{nobody}", root()),
                "",
                false,
            ),
        ] {
            let (_outer, inner) = folder();
            let words =
                words(&format!("extract {extract} --pseudonymise ../key -o out.parquet --receipt receipt.json"));
            let output = command(&simulator, &inner, &words).output().unwrap();
            let text = said(&output);
            taken.look_into(&extract, text.as_bytes());
            assert_eq!(output.status.code(), Some(if is_missing { 3 } else { 0 }), "{extract}: {text}");
            taken.look_below(&inner);
            let receipt = fs::read_to_string(inner.join("receipt.json")).unwrap();
            assert!(named.is_empty() || receipt.contains(&key().pseudonym(named)), "{extract}: {receipt}");
            assert!(!is_missing || text.contains(&key().pseudonym(named)), "{extract}: {text}");
            assert!(!text.contains(nobody) && !receipt.contains(nobody), "{extract}: {text}");
            // The plan shows the same; as JSON it holds the command as well, which is the person's own.
            let plan: Vec<String> = words.iter().cloned().chain(["--plan".to_owned()]).collect();
            let planned = run(&simulator, &inner, &plan, &taken);
            assert!(planned.contains("persons are protected"), "{planned}");
        }
        // Errors, in every form that names a request.
        for code in [401, 403, 409, 500] {
            let fault = Fault::Status { code, retry_after_seconds: Some(0) };
            let refusing =
                serve(version, &WORLD, Faults::of([Rule { target: "/tracker/".to_owned(), ..Rule::of(fault) }]));
            for extract in [
                format!("tracked-entities --program {program} --tracked-entity {person}"),
                format!("relationships --tracked-entity {person}"),
            ] {
                let (_outer, inner) = folder();
                let words = words(&format!("extract {extract} --pseudonymise ../key -o out.parquet"));
                let output = command(&refusing, &inner, &words).output().unwrap();
                assert_eq!(output.status.code(), Some(1));
                let text = said(&output);
                taken.look_into(&extract, text.as_bytes());
                assert!(text.contains(&key().pseudonym(person)), "{code}: {text}");
                taken.look_below(&inner);
            }
        }
    }
}

#[test]
fn what_cannot_be_done_is_refused_before_anything_is_asked_for() {
    let simulator = serve("2.42.5.2", &WORLD, Faults::default());
    let (_outer, inner) = folder();
    fs::write(inner.join("../short"), [1; 31]).unwrap();
    let of = format!("--program {} --org-unit {} -o out.parquet", the_program(), root());
    for (options, expected) in [
        ("events --pseudonymise ../short", "head -c 32 /dev/urandom > keyfile"),
        ("events --pseudonymise ../none", "cannot be read"),
        ("events --drop-types PHONES", "PHONE_NUMBER"),
        ("events --date-shift 30", "--pseudonymise"),
        ("events --pseudonymise ../key --date-shift 30", "--rich"),
        ("events --wide --pseudonymise ../key --date-shift 30", "--rich"),
        ("event-notes --pseudonymise ../key --date-shift 30", "notes cannot be had"),
        ("events --pseudonymise ../key --record all.har", "--record keeps every answer"),
        ("program --drop-confidential --record all.har", "--record keeps every answer"),
        ("tracked-entities --generalise-org-unit 0", "there is no level 0"),
    ] {
        let output = command(&simulator, &inner, &words(&format!("extract {options} {of}"))).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{options}: {}", said(&output));
        assert!(said(&output).contains(expected), "{options}: {}", said(&output));
        assert!(!inner.join("out.parquet").exists() && !inner.join("all.har").exists());
    }
    let output = command(&simulator, &inner, &words("extract data-values --pseudonymise ../key")).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
}
