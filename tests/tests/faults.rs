//! Every fault × every extract: the result is that of a server without faults, or the receipt names what is missing.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use chrono::Datelike;
use dhis2::aggregate::counts::{CountScope, CountSpec};
use dhis2::extract::proof::Summary;
use dhis2::http::{ReqwestTransport, Retry, RetryPolicy};
use dhis2::polars::prelude::{Column, DataFrame, DataType};
use dhis2::tracker::ProgramQuery;
use dhis2::{
    AnalyticsQuery, Client, Credentials, DataValueQuery, Dhis2, EnrollmentQuery, Error, EventQuery, EventRows, Receipt,
    RelationshipQuery, ScheduleQuery, TrackedEntityQuery, WideOptions,
};
use dhis2_simulator::{
    Fault, Faults, ResetAt, Rule, RunningSimulator, SUPERUSER, SUPERUSER_PASSWORD, World, WorldSize,
};
use dhis2_tests::served::{RUNTIME, serve};

const VERSIONS: [&str; 6] = ["2.38.7", "2.39.10.1", "2.40.12", "2.41.9.1", "2.42.5.2", "2.43.1"];
const SIZE: WorldSize = WorldSize { organisation_units: 40, data_values: 6_000, events: 1_200 };

static WORLD: LazyLock<Arc<World>> = LazyLock::new(|| Arc::new(World::generate(&SIZE, 11)));

/// Everything that can be extracted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Extract {
    DataValues,
    Events,
    EventNotes,
    TrackedEntities,
    Owners,
    Enrollments,
    Relationships,
    Program,
    Schedule,
    EnrollmentAttributes,
    Analytics,
    Counts,
    WideEvents,
    WideByEnrollment,
    WidePeople,
    WideEnrollments,
}

const EXTRACTS: [Extract; 16] = [
    Extract::DataValues,
    Extract::Events,
    Extract::EventNotes,
    Extract::TrackedEntities,
    Extract::Owners,
    Extract::Enrollments,
    Extract::Relationships,
    Extract::Program,
    Extract::Schedule,
    Extract::EnrollmentAttributes,
    Extract::Analytics,
    Extract::Counts,
    Extract::WideEvents,
    Extract::WideByEnrollment,
    Extract::WidePeople,
    Extract::WideEnrollments,
];

/// Units below which everything is, a few of them, so that there are several chunks.
fn units() -> Vec<String> {
    WORLD.organisation_units().filter(|unit| unit.level == 2).map(|unit| unit.id.to_owned()).collect()
}

fn program() -> String {
    WORLD.enrollments().next().unwrap().program.to_owned()
}

/// Sums of some elements, of every month of some years.
fn figures() -> AnalyticsQuery {
    let elements: BTreeSet<&str> = WORLD.data_values().take(500).map(|value| value.data_element).collect();
    let years: BTreeSet<i32> = WORLD.data_values().map(|value| value.period.start().year()).collect();
    let months = years.iter().flat_map(|year| (1..=12).map(move |month| format!("{year}{month:02}")));
    let query = AnalyticsQuery::builder().data_elements(elements).periods(months).org_units(units());
    query.include_cocs(true).build().unwrap()
}

/// Visits, persons, and what an element and an attribute say.
fn counts() -> CountSpec {
    let program = program();
    let element = WORLD.events().find(|event| event.program == program && !event.values.is_empty());
    let element = element.unwrap().values[0].0.to_owned();
    let attribute = WORLD.tracked_entities().find_map(|person| person.attributes.first().map(|(id, _)| *id)).unwrap();
    let output = |(place, compute): (usize, &String)| {
        format!("[[output]]\ndata_element = 'fbfJHSPpUQ{place}'\ncombo = 'HllvX50cXC0'\n{compute}\n")
    };
    let head =
        format!("program = '{program}'\nperiod_type = 'Monthly'\nlevel = 2\nattribute_option_combo = 'HllvX50cXC0'\n");
    let outputs = [
        "compute = 'events'".to_owned(),
        "compute = 'persons'".to_owned(),
        format!("compute = 'sum'\nof = {{ element = '{element}' }}"),
        format!("compute = 'events'\nwhen = {{ attribute = '{attribute}', has_value = true }}"),
    ];
    CountSpec::from_toml(&(head + &outputs.iter().enumerate().map(output).collect::<String>())).unwrap()
}

fn everywhere() -> CountScope {
    let tops = WORLD.organisation_units().filter(|unit| unit.level == 1).map(|unit| unit.id.parse().unwrap());
    CountScope { organisation_units: tops.collect(), periods: None }
}

impl Extract {
    async fn run(self, dhis2: &Dhis2) -> Result<(Vec<DataFrame>, Receipt), Error> {
        let (units, program) = (units(), program());
        let events = || EventQuery::builder().program(&program).org_unit_parents(&units).page_size(400).build();
        let entities =
            || TrackedEntityQuery::builder().program(&program).org_unit_parents(&units).page_size(400).build();
        let enrollments =
            || EnrollmentQuery::builder().program(&program).org_unit_parents(&units).page_size(400).build();
        let one = match self {
            Self::DataValues => {
                let sets: Vec<&str> = WORLD.data_sets().map(|set| set.id).collect();
                let query = DataValueQuery::builder().data_sets(sets).dates("2000-01-01", "2099-12-31");
                dhis2.extract_data_values(&query.org_units(&units).include_children(true).build()?).await?
            }
            Self::Events => dhis2.extract_events(&events()?).await?,
            Self::EventNotes => dhis2.extract_event_notes(&events()?).await?,
            Self::TrackedEntities => dhis2.extract_tracked_entities(&entities()?).await?,
            Self::Owners => dhis2.extract_program_owners(&entities()?).await?,
            Self::Enrollments => dhis2.extract_enrollments(&enrollments()?).await?,
            Self::EnrollmentAttributes => dhis2.extract_enrollment_attributes(&enrollments()?).await?,
            Self::Schedule => {
                let query = ScheduleQuery::builder().program(&program).org_unit_parents(&units).as_of("2024-06-30");
                dhis2.extract_schedule(&query.page_size(400).build()?).await?
            }
            Self::Relationships => {
                let query = RelationshipQuery::builder().program(&program).org_unit_parents(&units).page_size(400);
                dhis2.extract_relationships(&query.build()?).await?
            }
            Self::Program => {
                let query = ProgramQuery::builder().program(&program).org_unit_parents(&units).page_size(400);
                let all = dhis2.tracker().everything(&query.build()?).await?;
                return Ok((all.frames().into_iter().map(|(_, frame)| frame.clone()).collect(), all.receipt));
            }
            Self::Analytics => dhis2.extract_analytics(&figures()).await?,
            Self::Counts => {
                let counted = dhis2.aggregate_events(&counts(), &everywhere()).await?;
                return Ok((vec![counted.frame], counted.receipt));
            }
            Self::WideEvents => dhis2.extract_wide_events(&events()?, EventRows::Event, WideOptions::default()).await?,
            Self::WideByEnrollment => {
                dhis2.extract_wide_events(&events()?, EventRows::Enrollment, WideOptions::default()).await?
            }
            Self::WideEnrollments => dhis2.extract_wide_enrollments(&enrollments()?, WideOptions::default()).await?,
            Self::WidePeople => dhis2.extract_wide_tracked_entities(&entities()?, WideOptions::default()).await?,
        };
        Ok((vec![one.frame], one.receipt))
    }
}

/// A client that tries again at once.
fn client(simulator: &RunningSimulator) -> Dhis2 {
    let policy =
        RetryPolicy { base: Duration::from_millis(1), cap: Duration::from_millis(5), ..RetryPolicy::default() };
    let transport = Retry::new(ReqwestTransport::new().unwrap(), policy);
    let credentials = Credentials::basic(SUPERUSER, SUPERUSER_PASSWORD);
    Dhis2::new(Client::new(&simulator.base_url(), credentials, transport).unwrap())
}

/// What the rows say, whatever their order.
fn sums(frames: &[DataFrame]) -> Vec<Summary> {
    // Wide tables have columns of days, too.
    let as_text = |column: &Column| match column.dtype() {
        DataType::Date => column.cast(&DataType::String).unwrap(),
        _ => column.clone(),
    };
    let texts =
        |frame: &DataFrame| DataFrame::new(frame.height(), frame.columns().iter().map(as_text).collect()).unwrap();
    frames.iter().map(|frame| Summary::of(0, &texts(frame)).unwrap()).collect()
}

/// What a server without faults gives.
fn without_faults(version: &'static str, extract: Extract) -> Vec<Summary> {
    type Known = HashMap<(&'static str, Extract), Vec<Summary>>;
    static KNOWN: LazyLock<Known> = LazyLock::new(|| {
        let mut known = HashMap::new();
        for version in VERSIONS {
            let simulator = serve(version, &WORLD, Faults::default());
            for extract in EXTRACTS {
                let (frames, receipt) = RUNTIME.block_on(extract.run(&client(&simulator))).unwrap();
                assert!(receipt.is_complete(), "{version} {extract:?}: {:?}", receipt.missing());
                assert!(frames[0].height() > 0, "{version} {extract:?}");
                known.insert((version, extract), sums(&frames));
            }
        }
        known
    });
    KNOWN[&(version, extract)].clone()
}

/// The result, which is right or says what is missing. `None`: nothing could be had, and the error says why.
fn check(version: &'static str, extract: Extract, faults: Faults) -> Option<Receipt> {
    let context = format!("{version} {extract:?} {faults:?}");
    let simulator = serve(version, &WORLD, faults);
    match RUNTIME.block_on(extract.run(&client(&simulator))) {
        Ok((frames, receipt)) if receipt.is_complete() => {
            assert!(sums(&frames) == without_faults(version, extract), "{context}: complete, and wrong");
            Some(receipt)
        }
        Ok((_, receipt)) => {
            assert!(!receipt.missing().is_empty(), "{context}: partial, and nothing is missing");
            Some(receipt)
        }
        Err(error) => {
            assert!(!error.to_string().is_empty());
            None
        }
    }
}

fn often(fault: Fault) -> Rule {
    Rule { probability: 0.5, times: Some(2), method: Some("GET".to_owned()), ..Rule::of(fault) }
}

/// Accidents that a client must overcome: each request has one twice at most.
fn accidents() -> Vec<Fault> {
    let status = |code, retry_after_seconds| Fault::Status { code, retry_after_seconds };
    let reset = |at, content_length| Fault::Reset { at, content_length };
    vec![
        Fault::Latency { fixed: Duration::from_millis(1), jitter: Duration::from_millis(3) },
        status(429, None),
        status(429, Some(0)),
        status(502, None),
        status(503, None),
        status(503, Some(0)),
        status(504, None),
        reset(ResetAt::BeforeAnswer, false),
        reset(ResetAt::BeforeBody, false),
        reset(ResetAt::BeforeBody, true),
        reset(ResetAt::Midway, false),
        reset(ResetAt::Midway, true),
        reset(ResetAt::AfterBody, false),
        reset(ResetAt::AfterBody, true),
        Fault::TruncatedGzip,
        Fault::Drip { piece_bytes: 20_000, pause: Duration::from_millis(1) },
        Fault::CutDataValues { after_rows: 2_000 },
    ]
}

#[test]
fn accidents_change_no_result() {
    for (place, fault) in accidents().into_iter().enumerate() {
        for (turn, extract) in EXTRACTS.into_iter().enumerate() {
            let version = VERSIONS[(place + turn) % VERSIONS.len()];
            let faults = Faults { seed: (place * 100 + turn) as u64, ..Faults::of([often(fault.clone())]) };
            let receipt = check(version, extract, faults);
            assert!(receipt.is_some_and(|receipt| receipt.is_complete()), "{version} {extract:?} {fault:?}");
        }
    }
}

/// What keeps failing makes the result partial, or there is none; never less rows that pass for all.
#[test]
fn what_never_comes_is_named_or_there_is_no_result() {
    let never = |fault: &Fault| Rule { target: "/api/".to_owned(), probability: 0.3, ..Rule::of(fault.clone()) };
    let faults = [
        Fault::Status { code: 503, retry_after_seconds: None },
        Fault::Status { code: 500, retry_after_seconds: None },
        Fault::Reset { at: ResetAt::Midway, content_length: false },
        Fault::TruncatedGzip,
        Fault::LoginPage,
        Fault::Redirect { to: "https://login.example.org/sso".to_owned() },
        Fault::CutDataValues { after_rows: 1_000 },
        Fault::UriTooLong { over_bytes: 400 },
    ];
    for (place, fault) in faults.iter().enumerate() {
        for (turn, extract) in EXTRACTS.into_iter().enumerate() {
            for seed in 0..3 {
                let version = VERSIONS[(place + turn + seed) % VERSIONS.len()];
                check(version, extract, Faults { seed: seed as u64, ..Faults::of([never(fault)]) });
            }
        }
    }
}

/// A server that fails where it must hold many rows is asked for fewer at a time, and everything comes.
#[test]
fn what_is_too_much_at_once_is_asked_for_in_pieces() {
    let memory = |over_rows| Fault::OutOfMemory { over_rows };
    let gateway = |over_rows| Fault::GatewayTimeout { over_rows, after: Duration::from_millis(1) };
    // One data set of one unit and month has more values than one unit has people.
    for (values, people) in [(memory(150), memory(30)), (gateway(150), gateway(30))] {
        for (turn, extract) in EXTRACTS.into_iter().enumerate() {
            let version = VERSIONS[turn % VERSIONS.len()];
            let of = |target: &str, fault: &Fault| Rule { target: target.to_owned(), ..Rule::of(fault.clone()) };
            // Its pages are of 5,000 at first, and of 78 when they cannot be made smaller.
            let people = match (extract, &people) {
                (Extract::Counts, Fault::OutOfMemory { .. }) => memory(80),
                (Extract::Counts, _) => gateway(80),
                _ => people.clone(),
            };
            // Servers have no such trouble with figures; a gateway may have some with their question.
            let figures = Fault::UriTooLong { over_bytes: 400 };
            let faults =
                Faults::of([of("/tracker/", &people), of("/dataValueSets", &values), of("/analytics", &figures)]);
            let receipt = check(version, extract, faults);
            let receipt = receipt.unwrap_or_else(|| panic!("{version} {extract:?} {people:?}: nothing came"));
            assert!(receipt.is_complete(), "{version} {extract:?} {people:?}: {:#?}", receipt.missing());
            assert!(!receipt.splits.is_empty(), "{version} {extract:?} {people:?}");
        }
    }
}

/// Schedules of faults drawn by chance: 200, or as many as `DHIS2_FAULT_SCHEDULES` says.
#[test]
fn schedules_of_faults_drawn_by_chance_change_no_result() {
    let schedules = std::env::var("DHIS2_FAULT_SCHEDULES").ok().and_then(|text| text.parse().ok()).unwrap_or(200_u64);
    for seed in 0..schedules {
        let version = VERSIONS[usize::try_from(seed).unwrap() % VERSIONS.len()];
        let extract = EXTRACTS[usize::try_from(seed / 3).unwrap() % EXTRACTS.len()];
        let receipt = check(version, extract, Faults::random(seed));
        assert!(receipt.is_some_and(|receipt| receipt.is_complete()), "{version} {extract:?} seed {seed}");
    }
}
