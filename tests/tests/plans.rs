//! Plans: what would be asked for, whatever is asked.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use dhis2::http::{MemoryTransport, Request, Response};
use dhis2::{
    AnalyticsQuery, Client, Credentials, DataValueQuery, Dhis2, EnrollmentQuery, Error, EventColumns, EventQuery, Plan,
    ProgramQuery, RelationshipQuery, ScheduleQuery, TrackedEntityQuery,
};
use dhis2_tests::served::RUNTIME;
use proptest::prelude::*;
use serde_json::{Value, json};

/// A server that knows every id, and counts 7 of everything.
fn server(version: &str) -> Dhis2 {
    server_of(version, "admin", Arc::default())
}

/// The same for an account, which notes how often it is asked who that is.
fn server_of(version: &str, account: &'static str, asked: Arc<AtomicUsize>) -> Dhis2 {
    let info =
        json!({"version": version, "serverTimeZoneId": "UTC", "serverDate": "2024-01-31T10:00:00.000"}).to_string();
    let parameter = |request: &Request, name: &str| {
        request.url.query_pairs().find(|(n, _)| n == name).map(|(_, value)| value.into_owned())
    };
    let answer = move |request: &Request| {
        let path = request.url.path().trim_start_matches("/dhis2/api/").to_owned();
        let body = match &*path {
            "system/info" => info.clone(),
            "me" => {
                asked.fetch_add(1, Ordering::Relaxed);
                json!({"id": "M5zQapPyTZI", "username": account, "authorities": ["ALL"]}).to_string()
            }
            "relationshipTypes" => {
                // From an enrollment to an event of the same program.
                let program = json!({"id": "T4KUa2dgu2M"});
                let from = json!({"relationshipEntity": "PROGRAM_INSTANCE", "program": program});
                let to = json!({"relationshipEntity": "PROGRAM_STAGE_INSTANCE", "programStage": {"program": program}});
                json!({"relationshipTypes": [{"bidirectional": true, "fromConstraint": from, "toConstraint": to}]})
                    .to_string()
            }
            tracker if tracker.starts_with("tracker/") => {
                let pager = json!({"page": 1, "pageSize": 1, "total": 7, "pageCount": 7});
                json!({"page": 1, "pageSize": 1, "total": 7, "pageCount": 7, "pager": pager, "instances": [],
                       "events": [], "enrollments": []})
                .to_string()
            }
            _ => {
                let filter = parameter(request, "filter").unwrap_or_default();
                let ids = filter.split_once('[').map_or("", |(_, ids)| ids.trim_end_matches(']'));
                let object = |id: &str| json!({"id": id, "path": format!("/{id}"), "programType": "WITH_REGISTRATION", "organisationUnits": [{"id": format!("g{}", &id[1..])}]});
                let objects: Vec<Value> = ids.split(',').filter(|id| !id.is_empty()).map(object).collect();
                json!({ path: objects }).to_string()
            }
        };
        Ok(Response::json(200, body))
    };
    let transport = MemoryTransport::new(answer);
    // The longest token that people have: a JSON Web Token of an identity provider.
    let credentials = Credentials::token("x".repeat(1_200));
    Dhis2::new(
        Client::new("https://a-rather-long-name-of-a-server.health.example.org/dhis2", credentials, transport).unwrap(),
    )
}

fn uids(letter: char, count: usize) -> Vec<String> {
    (0..count).map(|n| format!("{letter}{n:010}")).collect()
}

/// How many of each a question names.
#[derive(Debug, Clone)]
struct Sizes {
    units: usize,
    whats: usize,
    others: usize,
}

fn sizes() -> impl Strategy<Value = Sizes> {
    let few_or_many = || prop_oneof![0..5_usize, 0..1_500_usize];
    (few_or_many(), few_or_many(), few_or_many()).prop_map(|(units, whats, others)| Sizes {
        units: units + 1,
        whats: whats + 1,
        others,
    })
}

async fn plans(dhis2: &Dhis2, sizes: &Sizes) -> Result<Vec<Plan>, Error> {
    let (units, whats, others) = (uids('u', sizes.units), uids('w', sizes.whats), uids('o', sizes.others));
    let values = DataValueQuery::builder()
        .data_sets(&whats)
        .data_elements(&others)
        .org_units(&units)
        .dates("2024-01-01", "2024-12-31");
    let periods =
        (0..sizes.others.min(900)).map(|n| format!("{}{:02}", 1950 + n / 12, 1 + n % 12)).chain(["202401".to_owned()]);
    let months = DataValueQuery::builder().data_element_groups(&whats).org_unit_groups(&units).periods(periods);
    let events = EventQuery::builder().program("T4KUa2dgu2M").org_unit_parents(&units).events(&others);
    let both =
        EventQuery::builder().program("T4KUa2dgu2M").events(&others).enrollments(&whats).org_unit_parents(&units[..1]);
    let of_enrollments = EventQuery::builder()
        .program("T4KUa2dgu2M")
        .org_unit_parents(&units)
        .enrollments(&whats)
        .columns(EventColumns::Rich);
    let people =
        TrackedEntityQuery::builder().program("T4KUa2dgu2M").org_unit_parents(&units).tracked_entities(&others);
    let of_type = TrackedEntityQuery::builder().tracked_entity_type("nEenWmSyUEp").org_unit_parents(&units);
    let enrollments = EnrollmentQuery::builder().program("T4KUa2dgu2M").org_unit_parents(&units).enrollments(&whats);
    let of_figures = (0..=sizes.others.min(24)).map(|n| format!("{}{:02}", 1950 + n / 12, 1 + n % 12));
    let figures =
        AnalyticsQuery::builder().data_elements(&whats[..whats.len().min(300)]).org_units(&units).periods(of_figures);
    let visits = ScheduleQuery::builder().program("T4KUa2dgu2M").org_unit_parents(&units).as_of("2024-01-31");
    let edges = RelationshipQuery::builder().program("T4KUa2dgu2M").org_unit_parents(&units);
    let single = RelationshipQuery::builder().tracked_entities(&whats).events(&others);
    let whole = ProgramQuery::builder().program("T4KUa2dgu2M").org_unit_parents(&units);
    let attributes = enrollments.clone();
    let prepared = [
        dhis2.prepare_data_values(&values.build()?).await?,
        dhis2.prepare_data_values(&months.build()?).await?,
        dhis2.prepare_events(&events.build()?).await?,
        dhis2.prepare_events(&both.build()?).await?,
        dhis2.prepare_event_notes(&of_enrollments.build()?).await?,
        dhis2.prepare_tracked_entities(&people.build()?).await?,
        dhis2.prepare_program_owners(&of_type.build()?).await?,
        dhis2.prepare_enrollments(&enrollments.build()?).await?,
        dhis2.prepare_analytics(&figures.build()?).await?,
        dhis2.prepare_enrollment_attributes(&attributes.build()?).await?,
        dhis2.prepare_schedule(&visits.build()?).await?,
        dhis2.prepare_relationships(&edges.build()?).await?,
        dhis2.prepare_relationships(&single.build()?).await?,
    ];
    let mut plans = vec![dhis2.tracker().outline(&whole.build()?).await?];
    for prepared in prepared {
        plans.push(prepared.plan().await?);
    }
    Ok(plans)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    /// Never more than 1,000 parameters nor 8,000 bytes of request head in any planned request; chunks differ in what they
    /// ask for.
    #[test]
    fn every_planned_request_is_one_that_servers_read_whole(
        sizes in sizes(),
        version in prop::sample::select(vec!["2.38.7", "2.39.10.1", "2.40.12", "2.41.9.1", "2.42.5.2", "2.43.1"]),
    ) {
        let dhis2 = server(version);
        for plan in RUNTIME.block_on(plans(&dhis2, &sizes)).unwrap() {
            prop_assert!(!plan.chunks.is_empty());
            for chunk in &plan.chunks {
                prop_assert!(chunk.head_bytes <= 8_000, "{} bytes: {}", chunk.head_bytes, chunk.what);
                prop_assert!(chunk.parameters <= 1_000, "{} parameters: {}", chunk.parameters, chunk.what);
            }
            let mut ids: Vec<&str> = plan.chunks.iter().map(|chunk| chunk.id.as_str()).collect();
            ids.sort_unstable();
            ids.dedup();
            prop_assert_eq!(ids.len(), plan.chunks.len());
        }
    }
}

#[test]
fn who_asks_is_looked_up_once_for_each_account() {
    let query = EventQuery::builder().program("T4KUa2dgu2M").org_unit_parents(["KdK92fYEfTw"]).build().unwrap();
    let user = |dhis2: &Dhis2| {
        let plan = async { dhis2.prepare_events(&query).await.unwrap().plan().await.unwrap() };
        RUNTIME.block_on(plan).server.user
    };
    let asked: Arc<AtomicUsize> = Arc::default();
    let clerk = server_of("2.42.5.2", "clerk", Arc::clone(&asked));
    assert_eq!(user(&clerk).as_deref(), Some("clerk"));
    assert_eq!(user(&clerk.clone().verifying(true)).as_deref(), Some("clerk"));
    assert_eq!(asked.load(Ordering::Relaxed), 1);
    let other = server_of("2.42.5.2", "other", Arc::clone(&asked));
    assert_eq!(user(&other).as_deref(), Some("other"));
    assert_eq!(user(&clerk).as_deref(), Some("clerk"));
    assert_eq!(asked.load(Ordering::Relaxed), 2);
}

#[test]
fn a_plan_says_how_things_are_spelled_why_and_how_many_there_are() {
    for (version, mode) in [("2.40.12", "ouMode"), ("2.43.1", "orgUnitMode")] {
        let dhis2 = server(version);
        let query = EventQuery::builder().program("T4KUa2dgu2M").org_unit_parents(["KdK92fYEfTw"]).build().unwrap();
        let plan = RUNTIME.block_on(async { dhis2.prepare_events(&query).await.unwrap().plan().await }).unwrap();
        assert_eq!(plan.chunks.len(), 1);
        assert_eq!(plan.chunks[0].counted, Some(7));
        assert!(plan.chunks[0].request.contains(&format!("{mode}=DESCENDANTS")), "{}", plan.chunks[0].request);
        assert!(plan.spellings.iter().any(|spelling| spelling.parameter == mode && !spelling.why.is_empty()));
    }
}

/// What is known beforehand is in the plan, and of the rest it is said that the answers decide.
#[test]
fn the_plan_of_a_program_is_that_of_its_steps() {
    for (version, firsts) in [
        ("2.40.12", &["events", "enrollments", "tracked entities", "relationships"][..]),
        ("2.39.10.1", &["enrollments", "relationships"]),
        ("2.43.1", &["events", "enrollments", "tracked entities", "relationships"]),
    ] {
        let dhis2 = server(version);
        let query = ProgramQuery::builder().program("T4KUa2dgu2M").org_unit_parents(["KdK92fYEfTw"]).build().unwrap();
        let plan = RUNTIME.block_on(dhis2.tracker().plan(&query)).unwrap();
        assert_eq!(plan.extract, "program");
        assert_eq!(plan.query["org_unit_parents"], json!(["KdK92fYEfTw"]));
        for first in firsts {
            assert!(plan.chunks.iter().any(|chunk| chunk.what.starts_with(first)), "{version} {first}");
        }
        let known = |chunk: &dhis2::extract::PlannedChunk| firsts.iter().any(|first| chunk.what.starts_with(first));
        assert!(plan.chunks.iter().all(known), "{version}: {:?}", plan.chunks);
        assert_eq!(plan.later.len(), 3, "{version}: {:?}", plan.later);
    }
}

#[test]
fn the_same_question_has_the_same_plan_and_another_has_another() {
    let plan = |days: [&str; 2]| {
        let query =
            DataValueQuery::builder().data_sets(["pPqq629bfL1"]).org_units(uids('u', 2_000)).dates(days[0], days[1]);
        let dhis2 = server("2.42.5.2");
        RUNTIME
            .block_on(async { dhis2.prepare_data_values(&query.build().unwrap()).await.unwrap().plan().await })
            .unwrap()
    };
    let year = plan(["2024-01-01", "2024-12-31"]);
    assert!(year.chunks.len() > 1);
    assert_eq!(year, plan(["2024-01-01", "2024-12-31"]));
    let ids = |plan: &dhis2::Plan| plan.chunks.iter().map(|chunk| chunk.id.clone()).collect::<Vec<_>>();
    let other = plan(["2024-01-01", "2024-12-30"]);
    assert!(ids(&year).iter().all(|id| !ids(&other).contains(id)));
}
