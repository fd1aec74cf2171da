//! Persons protected at extraction: what is taken away is in no file, at no moment, and in nothing that is said.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, LazyLock};
use std::thread::sleep;
use std::time::Duration;

use dhis2::extract::Receipt;
use dhis2::polars::prelude::*;
use dhis2::{
    Dhis2, EnrollmentQuery, EventColumns, EventQuery, Everything, Extraction, Prepared, Privacy, PrivacyKey,
    ProgramQuery, ScheduleQuery, TrackedEntityQuery,
};
use dhis2_simulator::{Fault, Faults, Rule, RunningSimulator, SUPERUSER_TOKEN, World, WorldSize};
use dhis2_tests::program::program;
use dhis2_tests::served::{RUNTIME, serve, superuser};

const SIZE: WorldSize = WorldSize { organisation_units: 60, data_values: 20, events: 3_000 };
const KEY: &[u8] = b"the key of these tests, 32 bytes or more";
const DAY_MS: i64 = 86_400_000;

static WORLD: LazyLock<Arc<World>> = LazyLock::new(|| Arc::new(World::generate(&SIZE, 7)));

fn key() -> PrivacyKey {
    PrivacyKey::from_bytes(KEY).unwrap()
}

fn late(milliseconds: u64) -> Faults {
    Faults::of([Rule::of(Fault::Latency { fixed: Duration::from_millis(milliseconds), jitter: Duration::ZERO })])
}

/// A program with registration.
fn the_program() -> &'static str {
    WORLD.enrollments().next().unwrap().program
}

fn root() -> &'static str {
    WORLD.organisation_units().find(|unit| unit.level == 1).unwrap().id
}

fn texts(frame: &DataFrame, column: &str) -> Vec<Option<String>> {
    let column = frame.column(column).unwrap().cast(&DataType::String).unwrap();
    column.str().unwrap().iter().map(|cell| cell.map(str::to_owned)).collect()
}

fn numbers(frame: &DataFrame, column: &str) -> Vec<Option<i64>> {
    let column = frame.column(column).unwrap().to_physical_repr();
    column.i64().unwrap().iter().collect()
}

fn all_of(frame: &DataFrame, column: &str) -> HashSet<String> {
    texts(frame, column).into_iter().flatten().collect()
}

fn whole(client: &Dhis2, privacy: Option<&Privacy>) -> Everything {
    let query = ProgramQuery::builder().program(the_program()).org_unit_parents([root()]).build().unwrap();
    RUNTIME.block_on(async {
        match privacy {
            None => client.tracker().everything(&query).await.unwrap(),
            Some(privacy) => client.protected_program(&query, privacy).await.unwrap().collect().await.unwrap(),
        }
    })
}

fn protected(client: &Dhis2, prepared: Prepared, privacy: &Privacy) -> Extraction {
    RUNTIME.block_on(async { client.protected(prepared, privacy).await.unwrap().collect().await.unwrap() })
}

/// Columns of ids, by table.
const IDS: [(&str, &[&str]); 5] = [
    ("tracked_entities", &["tracked_entity_id"]),
    ("attributes", &["tracked_entity_id"]),
    ("enrollments", &["enrollment_id", "tracked_entity_id"]),
    ("events", &["event_id", "enrollment_id", "tracked_entity_id"]),
    ("relationships", &["relationship_id", "from_id", "to_id"]),
];

#[test]
fn tables_join_after_pseudonymising_as_before() {
    for version in ["2.38.7", "2.40.12", "2.43.1"] {
        let simulator = serve(version, &WORLD, Faults::default());
        let client = superuser(&simulator);
        let raw = whole(&client, None);
        let there = whole(&client, Some(&Privacy::new().pseudonymise(key())));
        for ((name, columns), ((_, before), (_, after))) in IDS.iter().zip(raw.frames().into_iter().zip(there.frames()))
        {
            assert!(before.height() > 10 && before.height() == after.height(), "{version} {name}");
            for column in *columns {
                // The same function everywhere: whatever joined before joins now, and nothing else does.
                let expected = texts(before, column).into_iter().map(|id| id.map(|id| key().pseudonym(&id)));
                assert!(texts(after, column) == expected.collect::<Vec<_>>(), "{version} {name}.{column}");
            }
        }
        let ids = all_of(&there.tracked_entities, "tracked_entity_id");
        assert!(all_of(&there.events, "tracked_entity_id").is_subset(&ids), "{version}");
        assert!(all_of(&there.events, "enrollment_id").is_subset(&all_of(&there.enrollments, "enrollment_id")));
        let other = Privacy::new().pseudonymise(PrivacyKey::from_bytes(&[1; 32]).unwrap());
        let other = whole(&client, Some(&other));
        assert!(all_of(&other.tracked_entities, "tracked_entity_id").is_disjoint(&ids), "{version}");
        let done = there.receipt.privacy.unwrap();
        assert_eq!(done["pseudonymise"]["key_fingerprint"], key().fingerprint());
    }
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
struct Taken {
    values: HashSet<Vec<u8>>,
    times: HashSet<i64>,
}

impl Taken {
    fn of(phones: &HashSet<String>) -> Self {
        let people = WORLD.tracked_entities().map(|one| one.updated_at.timestamp_millis());
        let events = WORLD.events().map(|one| one.updated_at.timestamp_millis());
        let values = phones.iter().map(|phone| phone.as_bytes().to_vec()).collect();
        Self { values, times: people.chain(events).collect() }
    }

    fn look_into(&self, what: &str, bytes: &[u8]) {
        for window in bytes.windows(11) {
            assert!(!PERSONAL.contains(window), "{what} holds the id {}", String::from_utf8_lossy(window));
        }
        let lengths: HashSet<usize> = self.values.iter().map(Vec::len).collect();
        for window in lengths.into_iter().flat_map(|length| bytes.windows(length)) {
            assert!(!self.values.contains(window), "{what} holds {}", String::from_utf8_lossy(window));
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

fn phones(client: &Dhis2) -> (String, HashSet<String>) {
    let list = RUNTIME.block_on(client.get_tracked_entity_attributes(&[])).unwrap();
    let types = texts(&list, "value_type");
    let place = types.iter().position(|one| one.as_deref() == Some("PHONE_NUMBER")).unwrap();
    let id = texts(&list, "id")[place].clone().unwrap();
    let people = WORLD.tracked_entities().flat_map(|person| person.attributes);
    let values = people.filter(|(attribute, _)| *attribute == id).map(|(_, value)| value.to_owned()).collect();
    (id, values)
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
        let taken = Taken { values: HashSet::new(), times: HashSet::new() };
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
fn every_date_of_a_person_is_shifted_by_the_same_days() {
    for version in ["2.38.7", "2.41.9.1"] {
        let simulator = serve(version, &WORLD, Faults::default());
        let client = superuser(&simulator);
        let privacy = Privacy::new().pseudonymise(key()).date_shift(30).unwrap();
        let (raw, there) = (whole(&client, None), whole(&client, Some(&privacy)));
        let mut days: HashMap<String, i64> = HashMap::new();
        let mut see = |person: &str, before: Option<i64>, after: Option<i64>| {
            assert_eq!(before.is_some(), after.is_some());
            let (Some(before), Some(after)) = (before, after) else { return };
            assert_eq!((after - before) % DAY_MS, 0);
            let shift = (after - before) / DAY_MS;
            assert!(shift != 0 && shift.abs() <= 30, "{shift}");
            assert_eq!(*days.entry(person.to_owned()).or_insert(shift), shift, "{version}: {person}");
        };
        for ((name, before), (_, after)) in raw.frames().into_iter().zip(there.frames()) {
            let times: Vec<_> =
                before.columns().iter().filter(|column| matches!(column.dtype(), DataType::Datetime(..))).collect();
            for column in times {
                let (old, new) = (numbers(before, column.name()), numbers(after, column.name()));
                if name == "relationships" {
                    assert!(new.iter().all(Option::is_none), "{}", column.name());
                    continue;
                }
                let object = before.columns()[0].name().clone();
                let people = texts(before, "tracked_entity_id").into_iter().zip(texts(before, &object));
                for ((person, object), (old, new)) in people.zip(old.into_iter().zip(new)) {
                    see(&person.or(object).unwrap(), old, new);
                }
            }
        }
        // Dates of birth, among the values.
        let list = RUNTIME.block_on(client.get_tracked_entity_attributes(&[])).unwrap();
        let dates: HashSet<String> = texts(&list, "id")
            .into_iter()
            .zip(texts(&list, "value_type"))
            .filter(|(_, value_type)| value_type.as_deref() == Some("DATE"))
            .filter_map(|(id, _)| id)
            .collect();
        let day = |text: &Option<String>| {
            let days = dhis2::api::value_type::parse_date_days(text.as_ref().unwrap()).unwrap();
            Some(i64::from(days) * DAY_MS)
        };
        let (before, after) = (&raw.attributes, &there.attributes);
        assert_eq!(before.height(), after.height());
        let (old, new, people) = (texts(before, "value"), texts(after, "value"), texts(before, "tracked_entity_id"));
        let mut born = 0;
        for (row, attribute) in texts(before, "attribute_id").into_iter().enumerate() {
            if dates.contains(&attribute.unwrap()) {
                see(people[row].as_ref().unwrap(), day(&old[row]), day(&new[row]));
                born += 1;
            } else {
                assert_eq!(old[row], new[row]);
            }
        }
        assert!(born > 50 && days.len() > 50 && days.values().collect::<HashSet<_>>().len() > 20);
        // Another extract of the same people is shifted alike.
        let query = ScheduleQuery::builder()
            .program(the_program())
            .org_unit_parents([root()])
            .as_of("2024-06-30")
            .build()
            .unwrap();
        let schedule = RUNTIME.block_on(client.extract_schedule(&query)).unwrap().frame;
        let shifted = protected(&client, RUNTIME.block_on(client.prepare_schedule(&query)).unwrap(), &privacy).frame;
        let mut compared = 0;
        for (row, person) in texts(&schedule, "tracked_entity_id").into_iter().enumerate() {
            let (old, new) = (numbers(&schedule, "scheduled_at")[row], numbers(&shifted, "scheduled_at")[row]);
            let (Some(days), Some(old)) = (person.and_then(|person| days.get(&person)), old) else { continue };
            assert_eq!(new, Some(old + days * DAY_MS));
            compared += 1;
            if compared > 200 {
                break;
            }
        }
        assert!(compared > 20);
        assert!(numbers(&shifted, "days_overdue").iter().all(Option::is_none));
    }
}

#[test]
fn what_is_confidential_or_of_a_type_does_not_come() {
    let simulator = serve("2.42.5.2", &WORLD, Faults::default());
    let client = superuser(&simulator);
    let list = RUNTIME.block_on(client.get_tracked_entity_attributes(&[])).unwrap();
    let confidential =
        list.column("confidential").unwrap().bool().unwrap().iter().position(|one| one == Some(true)).unwrap();
    let confidential = texts(&list, "id")[confidential].clone().unwrap();
    let (phone, _) = phones(&client);
    let query = TrackedEntityQuery::builder().program(the_program()).org_unit_parents([root()]).build().unwrap();
    let raw = RUNTIME.block_on(client.extract_tracked_entities(&query)).unwrap().frame;
    let prepare = || RUNTIME.block_on(client.prepare_tracked_entities(&query)).unwrap();
    assert!(all_of(&raw, "attribute_id").contains(&confidential) && all_of(&raw, "attribute_id").contains(&phone));
    let open = protected(&client, prepare(), &Privacy::new().drop_confidential()).frame;
    assert!(!all_of(&open, "attribute_id").contains(&confidential) && all_of(&open, "attribute_id").contains(&phone));
    let types =
        Privacy::new().drop_types(dhis2::api::ValueType::ALL.iter().map(dhis2::api::ValueType::as_str)).unwrap();
    let empty = protected(&client, prepare(), &types).frame;
    // Everybody is still there, with a row and no value.
    assert_eq!(all_of(&empty, "tracked_entity_id"), all_of(&raw, "tracked_entity_id"));
    assert_eq!(empty.height(), all_of(&raw, "tracked_entity_id").len());
    for column in ["attribute_id", "value", "geometry"] {
        assert_eq!(empty.column(column).unwrap().null_count(), empty.height(), "{column}");
    }
    let query = EnrollmentQuery::builder().program(the_program()).org_unit_parents([root()]).build().unwrap();
    let attributes = RUNTIME.block_on(client.prepare_enrollment_attributes(&query)).unwrap();
    let attributes = protected(&client, attributes, &Privacy::new().drop_confidential()).frame;
    assert!(attributes.height() > 10 && !all_of(&attributes, "attribute_id").contains(&confidential));
    let query = EventQuery::builder()
        .program(the_program())
        .org_unit_parents([root()])
        .columns(EventColumns::Rich)
        .build()
        .unwrap();
    let events = RUNTIME.block_on(client.extract_events(&query)).unwrap().frame;
    let places = Privacy::new().drop_types(["COORDINATE"]).unwrap();
    let nowhere = protected(&client, RUNTIME.block_on(client.prepare_events(&query)).unwrap(), &places).frame;
    assert_eq!(all_of(&nowhere, "event_id"), all_of(&events, "event_id"));
    for column in ["geometry", "longitude", "latitude"] {
        assert!(events.column(column).unwrap().null_count() < events.height(), "{column}");
        assert_eq!(nowhere.column(column).unwrap().null_count(), nowhere.height(), "{column}");
    }
}

#[test]
fn units_become_those_above_them_and_so_do_their_names() {
    let simulator = serve("2.42.5.2", &WORLD, Faults::default());
    let client = superuser(&simulator);
    let level: HashMap<String, u32> = WORLD.organisation_units().map(|unit| (unit.id.to_owned(), unit.level)).collect();
    let above: HashMap<String, String> = WORLD
        .organisation_units()
        .filter(|unit| unit.level >= 2)
        .map(|unit| (unit.id.to_owned(), unit.path[1].to_owned()))
        .collect();
    let query = EventQuery::builder()
        .program(the_program())
        .org_unit_parents([root()])
        .columns(EventColumns::Rich)
        .build()
        .unwrap();
    let raw = RUNTIME.block_on(client.extract_events(&query)).unwrap().frame;
    let prepared = RUNTIME.block_on(client.prepare_events(&query)).unwrap();
    let districts = Privacy::new().generalise_org_unit(2);
    let Extraction { frame, receipt } = protected(&client, client.with_names(prepared), &districts);
    let expected: Vec<_> = texts(&raw, "organisation_unit_id")
        .into_iter()
        .map(|unit| unit.map(|unit| above.get(&unit).cloned().unwrap_or(unit)))
        .collect();
    assert!(texts(&frame, "organisation_unit_id") == expected);
    assert!(all_of(&raw, "organisation_unit_id").iter().any(|unit| level[unit] > 2));
    for column in frame.get_column_names() {
        if column.starts_with("level_") && column.as_str() > "level_3" {
            assert_eq!(frame.column(column).unwrap().null_count(), frame.height(), "{column}");
        }
    }
    let warned = receipt.warnings.iter().any(|warning| warning.message.contains("geometry is kept"));
    assert!(warned, "{:?}", receipt.warnings);
    let prepared = RUNTIME.block_on(client.prepare_events(&query)).unwrap();
    let error = RUNTIME.block_on(client.protected(prepared, &Privacy::new().generalise_org_unit(9))).unwrap_err();
    assert!(error.is_usage() && error.to_string().contains("there is no level 9"), "{error}");
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
