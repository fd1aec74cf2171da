//! Servers that change while they are read, cut their answers, or go round in circles.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use dhis2::extract::receipt::{ChunkState, Proof, WarningKind};
use dhis2::http::{MemoryTransport, Request, Response};
use dhis2::{Client, Connection, Credentials, DataValueQuery, Dhis2, Error, EventQuery, Extraction, State};
use dhis2_simulator::{Fault, Faults, ResetAt, Rule, SUPERUSER_TOKEN, Simulator, World, WorldSize};
use dhis2_tests::country::instant;
use dhis2_tests::question::{Question, Times};
use dhis2_tests::served::{self, RUNTIME, Served, data_values};
use serde_json::{Value, json};

/// A server of a version that finds every id it is asked for, and answers data with a function of the request and of how
/// many came before it.
fn server(
    version: &str,
    data: impl Fn(&Request, usize) -> Result<String, u16> + Send + Sync + 'static,
) -> (Dhis2, Arc<AtomicUsize>) {
    let info = json!({"version": version, "serverTimeZoneId": "UTC"}).to_string();
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let answer = move |request: &Request| {
        let path = request.url.path().to_owned();
        let body = match path.as_str() {
            "/api/system/info" => info.clone(),
            "/api/me" => json!({"id": "M5zQapPyTZI", "username": "admin"}).to_string(),
            "/api/dataValueSets.json" | "/api/tracker/events" => {
                match data(request, count.fetch_add(1, Ordering::SeqCst)) {
                    Ok(body) => body,
                    Err(status) => return Ok(Response::json(status, r#"{"message":"the database is away"}"#)),
                }
            }
            // No set shows what it holds: it cannot be asked for by its elements.
            path if path.starts_with("/api/dataSets/") => {
                return Ok(Response::json(404, r#"{"httpStatus":"Not Found","httpStatusCode":404,"status":"ERROR"}"#));
            }
            _ => {
                // No unit has any below it.
                let filter = parameter(request, "filter").unwrap();
                let ids = filter.strip_prefix("id:in:[").unwrap_or_default().trim_end_matches(']');
                let objects: Vec<Value> = ids
                    .split(',')
                    .filter(|id| !id.is_empty())
                    .map(|id| json!({"id": id, "path": format!("/{id}")}))
                    .collect();
                json!({ path.trim_start_matches("/api/"): objects }).to_string()
            }
        };
        Ok(Response::json(200, body))
    };
    let client = Client::new("https://dhis2.example.org", Credentials::None, MemoryTransport::new(answer)).unwrap();
    (Dhis2::new(client), asked)
}

fn parameter(request: &Request, name: &str) -> Option<String> {
    request.url.query_pairs().find(|(n, _)| n == name).map(|(_, value)| value.into_owned())
}

fn page_of(request: &Request) -> usize {
    parameter(request, "page").unwrap().parse().unwrap()
}

/// The n-th event; `updated` is a minute.
fn event(n: usize, updated: usize) -> Value {
    json!({
        "event": format!("Event{n:06}"), "status": "ACTIVE", "program": "T4KUa2dgu2M", "programStage": "Yl7DhNudbZY",
        "orgUnit": "E7JGvseIzdW", "occurredAt": "2024-01-15T00:00:00.000",
        "updatedAt": format!("2024-01-15T00:{updated:02}:00.000"), "deleted": false,
        "attributeOptionCombo": "HllvX50cXC0", "dataValues": [{"dataElement": "M8hbHpWx3IB", "value": n.to_string()}],
    })
}

fn events_query() -> EventQuery {
    EventQuery::builder().program("T4KUa2dgu2M").org_unit_parents(["KdK92fYEfTw"]).page_size(10).build().unwrap()
}

fn event_ids(extraction: &Extraction) -> Vec<String> {
    let column = extraction.frame.column("event_id").unwrap();
    column.str().unwrap().iter().map(|id| id.unwrap().to_owned()).collect()
}

/// The ways in which versions wrap a page of events, of which there are three.
#[derive(Debug, Clone, Copy)]
enum Envelope {
    Flat,
    FlatCounted,
    PagerAndFlat,
    Pager,
}

impl Envelope {
    fn wrap(self, page: usize, pages: usize, events: &[Value]) -> String {
        match self {
            Self::Flat => json!({"page": page, "pageSize": 10, "instances": events}),
            Self::FlatCounted => {
                json!({"page": page, "total": 30, "pageCount": pages, "pageSize": 10, "instances": events})
            }
            Self::PagerAndFlat => json!({
                "pager": {"page": page, "total": 30, "pageSize": 10, "pageCount": pages},
                "page": page, "total": 30, "pageSize": 10, "pageCount": pages, "events": events,
            }),
            Self::Pager if page < pages => {
                let next = format!("http://inside.example.org/api/tracker/events?page={}", page + 1);
                json!({"pager": {"page": page, "pageSize": 10, "nextPage": next}, "events": events})
            }
            Self::Pager => json!({"pager": {"page": page, "pageSize": 10}, "events": events}),
        }
        .to_string()
    }
}

const ENVELOPES: [(&str, Envelope, Proof); 4] = [
    ("2.40.12", Envelope::Flat, Proof::EmptyPage),
    ("2.40.12", Envelope::FlatCounted, Proof::PageCount),
    ("2.41.9.1", Envelope::PagerAndFlat, Proof::PageCount),
    ("2.42.5.2", Envelope::Pager, Proof::NoNextPage),
];

/// peer-bugs section 3: "Tracker: 3 pages in each of the four envelope shapes → all rows once; […] empty last page; `pager`
/// without `pageCount` [O9, FETCH, dhis2-client, java-sdk]". The last page is short.
#[tokio::test]
async fn three_pages_are_read_in_every_envelope() {
    for (version, envelope, proof) in ENVELOPES {
        let (client, _) = server(version, move |request, _| {
            let page = page_of(request);
            let events: Vec<Value> = ((page - 1) * 10..(page * 10).min(25)).map(|n| event(n, 0)).collect();
            Ok(envelope.wrap(page, 3, &events))
        });
        let extraction = client.extract_events(&events_query()).await.unwrap();
        let expected: Vec<String> = (0..25).map(|n| format!("Event{n:06}")).collect();
        assert_eq!(event_ids(&extraction), expected, "{envelope:?}");
        assert!(extraction.receipt.is_complete());
        assert_eq!(extraction.receipt.chunks[0].proof, Some(proof), "{envelope:?}");
        assert_eq!(extraction.receipt.duplicates_removed, 0);
    }
}

/// peer-bugs section 3: "page 2 shifted by an insert → duplicate dropped and reported". An event that comes first is entered
/// after page 1 was read; of the event that so comes twice the younger state counts. Where pages are counted beforehand the
/// one pushed past the count comes too.
#[tokio::test]
async fn an_insert_during_the_walk_doubles_and_loses_nothing() {
    for (version, envelope, _) in ENVELOPES {
        let (client, _) = server(version, move |request, _| {
            let page = page_of(request);
            let shift = usize::from(page > 1);
            let start = (page - 1) * 10 - shift;
            let events: Vec<Value> = (start..(page * 10 - shift).min(30)).map(|n| event(n, shift)).collect();
            let pages = if shift == 0 { 3 } else { 4 };
            Ok(envelope.wrap(page, pages, &events))
        });
        let extraction = client.extract_events(&events_query()).await.unwrap();
        let mut ids = event_ids(&extraction);
        ids.sort();
        assert_eq!(ids, (0..30).map(|n| format!("Event{n:06}")).collect::<Vec<_>>(), "{envelope:?}");
        assert_eq!(extraction.receipt.duplicates_removed, 1, "{envelope:?}");
        assert!(extraction.receipt.is_complete());
    }
}

/// Asked for once more, in smaller pages, a server that has lost an event meanwhile, or had not sent it, is found out.
#[tokio::test]
async fn what_does_not_come_again_makes_a_verified_extract_partial() {
    for lost in [false, true] {
        let (client, _) = server("2.43.1", move |request, _| {
            let page = page_of(request);
            let size: usize = parameter(request, "pageSize").unwrap().parse().unwrap();
            let all: Vec<usize> = (0..250).filter(|n| !(lost && size < 200 && *n == 77)).collect();
            let pages = all.len().div_ceil(size);
            let events: Vec<Value> = all.into_iter().skip((page - 1) * size).take(size).map(|n| event(n, 0)).collect();
            Ok(Envelope::Pager.wrap(page, pages, &events))
        });
        let query =
            EventQuery::builder().program("T4KUa2dgu2M").org_unit_parents(["KdK92fYEfTw"]).page_size(200).build();
        let extraction = client.verifying(true).extract_events(&query.unwrap()).await.unwrap();
        assert_eq!(extraction.frame.height(), 250);
        let receipt = &extraction.receipt;
        assert_eq!(receipt.chunks[0].verified, Some(!lost));
        assert_eq!(receipt.is_complete(), !lost);
        assert_eq!(receipt.warnings.iter().any(|warning| warning.kind == WarningKind::VerifyDiffers), lost);
    }
}

#[tokio::test]
async fn no_more_requests_are_under_way_than_configured() {
    let size = WorldSize { organisation_units: 100, data_values: 100, events: 1_000 };
    let world = Arc::new(World::generate(&size, 5));
    let late = Rule::of(Fault::Latency { fixed: Duration::from_millis(3), jitter: Duration::from_millis(3) });
    let leaves = world.organisation_units().filter(|unit| unit.level == 4).map(|unit| unit.id.to_owned());
    let query = EventQuery::builder().program(world.events().next().unwrap().program).org_unit_parents(leaves).build();
    let query = query.unwrap();
    for (concurrency, polite, most) in [(1, false, 1), (5, false, 5), (5, true, 1)] {
        let simulator = Simulator::builder().world(Arc::clone(&world)).faults(Faults::of([late.clone()]));
        let simulator = simulator.start().await.unwrap();
        let connection = Connection::to(simulator.base_url()).credentials(Credentials::token(SUPERUSER_TOKEN));
        let client = connection.concurrency(concurrency).polite(polite).open().unwrap();
        assert!(client.extract_events(&query).await.unwrap().receipt.is_complete());
        assert!(simulator.most_at_once() <= most, "{} of {most}", simulator.most_at_once());
        assert!(most == 1 || simulator.most_at_once() > 2, "it became no faster");
    }
}

#[tokio::test]
async fn a_server_that_takes_no_notice_of_the_page_is_not_asked_for_ever() {
    let (client, asked) =
        server("2.40.12", |_, _| Ok(Envelope::Flat.wrap(1, 3, &(0..10).map(|n| event(n, 0)).collect::<Vec<_>>())));
    let error = client.extract_events(&events_query()).await.unwrap_err();
    assert!(error.to_string().contains("page"), "{error}");
    assert!(asked.load(Ordering::SeqCst) < 10);
}

/// That many data values; `from` tells answers of the same size apart.
fn values(from: usize, count: usize) -> String {
    let row = |n: usize| {
        json!({
            "dataElement": "Gf88d7Vqakr", "period": "202401", "orgUnit": format!("Unit{n:07}"),
            "categoryOptionCombo": "HllvX50cXC0", "attributeOptionCombo": "HllvX50cXC0", "value": "1",
            "created": "2024-02-01T08:00:00.000+0000", "lastUpdated": "2024-02-01T08:00:00.000+0000",
        })
    };
    json!({ "dataValues": (from..from + count).map(row).collect::<Vec<_>>() }).to_string()
}

/// A year of a data set.
fn values_query(units: &[&str]) -> DataValueQuery {
    let query = DataValueQuery::builder().data_sets(["pPqq629bfL1"]).dates("2024-01-01", "2024-12-31");
    query.org_units(units.iter().copied()).build().unwrap()
}

/// A question of which there is no smaller one.
fn smallest_query() -> DataValueQuery {
    let query = DataValueQuery::builder().data_sets(["pPqq629bfL1"]).periods(["202401"]);
    query.org_units(["KdK92fYEfTw"]).include_children(true).build().unwrap()
}

/// peer-bugs section 4: "**A truncated answer can be valid JSON with status 200** (2.40–2.42 when the server's database fails
/// in mid-stream): 16,000 of 254,335 rows, properly closed. Always a multiple of 1,000: never taken as whole before a second
/// answer agrees."
#[tokio::test]
async fn an_answer_that_may_be_cut_is_asked_for_until_two_agree() {
    for (version, answers, whole, proof) in [
        ("2.42.5.2", &[1000, 2345][..], 2345, Proof::AskedAgain),
        ("2.40.12", &[1000, 2000, 3000, 2000], 2000, Proof::AskedAgain),
        ("2.38.7", &[3000, 3000], 3000, Proof::AskedAgain),
        ("2.41.9.1", &[999], 999, Proof::WholeAnswer),
        ("2.39.10.1", &[0], 0, Proof::WholeAnswer),
        ("2.43.1", &[3000], 3000, Proof::WholeAnswer),
    ] {
        let (client, asked) = server(version, move |_, before| Ok(values(0, answers[before])));
        let extraction = client.extract_data_values(&smallest_query()).await.unwrap();
        assert_eq!(extraction.frame.height(), whole, "{version}");
        assert_eq!(extraction.receipt.chunks[0].proof, Some(proof), "{version}");
        assert_eq!(asked.load(Ordering::SeqCst), answers.len(), "{version}");
        assert!(extraction.receipt.is_complete());
    }
}

/// Two answers of the same size that hold different rows do not agree.
#[tokio::test]
async fn answers_that_never_agree_are_no_result() {
    let (client, asked) = server("2.42.5.2", |_, before| Ok(values(before, 1000)));
    let error = client.extract_data_values(&smallest_query()).await.unwrap_err();
    assert!(matches!(error, Error::Aggregate(_)) && error.to_string().contains("cut"), "{error}");
    assert_eq!(asked.load(Ordering::SeqCst), 5);
}

/// Bodies that are no answer, one of each kind, each in place of one of two chunks. peer-bugs section 3: "Failed chunk → […]
/// manifest `partial`, other chunks kept".
#[tokio::test]
async fn a_chunk_that_fails_is_named_and_the_others_are_kept() {
    let whole = values(0, 5);
    let cut = whole[..whole.len() / 2].to_owned();
    for (bad, version) in [
        (Err(500), "2.42.5.2"),
        (Err(404), "2.43.1"),
        (Ok(cut), "2.43.1"),
        (Ok("{}".to_owned()), "2.42.5.2"),
        (Ok(r#"{"dataValues":[{}]}"#.to_owned()), "2.43.1"),
        (Ok("<!DOCTYPE html><title>502 Bad Gateway</title>nginx".to_owned()), "2.41.9.1"),
    ] {
        // More units than one request names: those of the second chunk fail.
        let units: Vec<String> = (0..400).map(|n| format!("Unit{n:07}")).collect();
        let units: Vec<&str> = units.iter().map(String::as_str).collect();
        let (good, name) = (whole.clone(), format!("{bad:?} of {version}"));
        let (client, _) = server(version, move |request, _| {
            if request.url.query().unwrap().contains("Unit0000000") { Ok(good.clone()) } else { bad.clone() }
        });
        let extraction = client.extract_data_values(&values_query(&units)).await.unwrap();
        assert_eq!(extraction.frame.height(), 5, "{name}");
        let receipt = &extraction.receipt;
        assert_eq!(receipt.state, State::Partial, "{name}");
        let states: Vec<ChunkState> = receipt.chunks.iter().map(|chunk| chunk.state).collect();
        assert_eq!(states, [ChunkState::Complete, ChunkState::Failed], "{name}");
        assert!(receipt.chunks[1].error.is_some() && receipt.chunks[1].proof.is_none(), "{name}");
        assert_eq!(receipt.missing().len(), 1, "{name}");
    }
}

/// A session that ends in the middle is the end of the run: every further answer would be the same page.
#[tokio::test]
async fn a_login_page_instead_of_data_is_an_error() {
    let (client, _) = server("2.41.9.1", |_, _| Ok("<!DOCTYPE html><title>DHIS2 Login</title>".to_owned()));
    let error = client.extract_data_values(&smallest_query()).await.unwrap_err();
    assert!(error.to_string().contains("DHIS2 Login"), "{error}");
}

/// The same over the network, against a server that behaves as those that were recorded: whatever cuts its answers cuts them
/// every time, so that two that agree would prove nothing.
#[test]
fn exports_cut_by_a_failing_database_are_whole_in_the_end() {
    let everything = Question::of_sets(&["pPqq629bfL1"], Times::dates("2022-01-01", "2024-12-31"), &["KdK92fYEfTw"]);
    let ever =
        Question { times: Times::Any, last_updated: Some(instant("2020-01-01T00:00:00Z")), ..everything.clone() };
    let month = Question::of_sets(&["pPqq629bfL1"], Times::periods(&["202401"]), &["KdK92fYEfTw"]);
    for line in ["2.38", "2.39", "2.40", "2.41", "2.42", "2.43"] {
        let served = Served::of_line(line);
        for (after_rows, times) in [(3_000, Some(1)), (1_000, None)] {
            let cut = Rule { times, ..Rule::of(Fault::CutDataValues { after_rows }) };
            let own = served.another(Faults::of([cut]));
            let extraction = data_values(&served::superuser(&own), &everything.query());
            served.compare("cut", &extraction, served.country.data_values(&everything));
            assert!(extraction.frame.height() > 10_000);
            let proof = if line == "2.43" { Proof::WholeAnswer } else { Proof::AskedInParts };
            assert_eq!(extraction.receipt.chunks[0].proof, Some(proof), "{line}");
            let extraction = data_values(&served::superuser(&own), &ever.query());
            served.compare("cut", &extraction, served.country.data_values(&ever));
            let extraction = data_values(&served::superuser(&own), &month.query());
            assert_eq!(extraction.receipt.chunks[0].proof, Some(Proof::WholeAnswer), "{line}");
        }
    }
}

/// Connections that break off and 503s, also while the server is asked about itself.
#[test]
fn a_server_that_fails_now_and_then_gives_the_same_rows() {
    let question = Question::of_sets(&["pPqq629bfL1"], Times::dates("2024-01-01", "2024-03-31"), &["KdK92fYEfTw"]);
    for (fault, line) in [
        (Fault::Reset { at: ResetAt::BeforeAnswer, content_length: false }, "2.40"),
        (Fault::Reset { at: ResetAt::Midway, content_length: false }, "2.42"),
        (Fault::Reset { at: ResetAt::Midway, content_length: true }, "2.43"),
        (Fault::Status { code: 503, retry_after_seconds: Some(0) }, "2.39"),
    ] {
        let served = Served::of_line(line);
        let own = served.another(Faults::of([Rule { every: 2, ..Rule::of(fault) }]));
        let extraction = data_values(&served::superuser(&own), &question.query());
        served.compare("now and then", &extraction, served.country.data_values(&question));
        assert!(extraction.receipt.retries > 0 || own.requests() > extraction.receipt.requests);
    }
}

#[test]
fn a_server_that_is_not_there_is_named() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let policy = dhis2::http::RetryPolicy { attempts: 1, ..Default::default() };
    let transport = dhis2::http::Retry::new(dhis2::http::ReqwestTransport::new().unwrap(), policy);
    let client = Dhis2::new(Client::new(&format!("http://{address}"), Credentials::None, transport).unwrap());
    let error = RUNTIME.block_on(client.extract_data_values(&values_query(&["KdK92fYEfTw"]))).unwrap_err();
    assert!(error.to_string().contains(&address.to_string()), "{error}");
}
