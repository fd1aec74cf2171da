//! Connections that break, servers that fail, and imports that stop.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use async_trait::async_trait;
use dhis2_aggregate::import::Patience;
use dhis2_aggregate::{AggregateError, ImportOptions, ImportStrategy, import_data_values};
use dhis2_frame::{Format, read_frame};
use dhis2_http::{Request, ReqwestTransport, Response, Transport, TransportError, TransportErrorKind};
use http::Method;
use serde_json::{Value, json};
use tokio::sync::Notify;

use crate::place::{Place, Row, VERSIONS, column, frame, outcomes};
use crate::strategies::commit;

/// What happens to an import on its way.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Accident {
    /// It arrives, and so does the answer.
    None,
    /// The connection breaks before it arrives.
    LostBefore,
    /// It arrives, and the connection breaks before the answer does.
    LostAfter,
    /// The server stores the first half of the rows and fails.
    HalfStored,
    /// The server is gone.
    Gone,
    /// The server refuses the request as a whole, and names every row in a way that helps nobody.
    Refused,
    /// The server refuses the request because of its data set.
    NoAccess,
    /// It arrives, and the report says that all went in that did not.
    Miscounted,
    /// It arrives, and the program is killed before the answer does.
    Killed,
}

impl Accident {
    /// One of those that an import gets over, or none: the same for a seed.
    pub(crate) fn of_chance(seed: u64, n: u64) -> Self {
        // SplitMix64.
        let mut bits = (seed << 32 | n).wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        match (bits ^ (bits >> 31)) % 10 {
            0 => Self::LostBefore,
            1 => Self::LostAfter,
            2 => Self::HalfStored,
            _ => Self::None,
        }
    }
}

/// What happens to the n-th import, with this body.
type Accidents = dyn Fn(u64, &Value) -> Accident + Send + Sync;

/// A way to a server on which imports have accidents.
pub(crate) struct Road {
    inner: ReqwestTransport,
    accident: Box<Accidents>,
    imports: Arc<AtomicU64>,
    gone: AtomicBool,
    killed: Arc<Notify>,
}

impl Road {
    pub(crate) fn new(
        inner: ReqwestTransport,
        accident: impl Fn(u64, &Value) -> Accident + Send + Sync + 'static,
    ) -> Self {
        Self {
            inner,
            accident: Box::new(accident),
            imports: Arc::default(),
            gone: AtomicBool::new(false),
            killed: Arc::default(),
        }
    }
}

impl fmt::Debug for Road {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Road")
    }
}

#[async_trait]
impl Transport for Road {
    async fn send(&self, mut request: Request) -> Result<Response, TransportError> {
        let broken = |kind| Err(TransportError::new(kind, ""));
        if self.gone.load(Ordering::Relaxed) {
            return broken(TransportErrorKind::Connect);
        }
        if request.method != Method::POST {
            return self.inner.send(request).await;
        }
        let mut body: Value = serde_json::from_slice(&request.body).unwrap();
        match (self.accident)(self.imports.fetch_add(1, Ordering::Relaxed), &body) {
            Accident::None => self.inner.send(request).await,
            Accident::LostBefore => broken(TransportErrorKind::ClosedBeforeAnswer),
            Accident::LostAfter => {
                self.inner.send(request).await?.body.collect().await?;
                broken(TransportErrorKind::Interrupted)
            }
            Accident::HalfStored => {
                let rows = body["dataValues"].as_array_mut().unwrap();
                rows.truncate(rows.len() / 2);
                request.body = body.to_string().into();
                self.inner.send(request).await?.body.collect().await?;
                Ok(Response::json(
                    500,
                    r#"{"httpStatus":"Internal Server Error","httpStatusCode":500,"status":"ERROR","message":"x"}"#,
                ))
            }
            accident @ (Accident::Refused | Accident::NoAccess) => {
                let rows = body["dataValues"].as_array().unwrap().len();
                let message = match accident {
                    Accident::NoAccess => format!("No write access to data set {}", body["dataSet"]),
                    _ => "Something is amiss".to_owned(),
                };
                let conflict =
                    json!({"value": message, "errorCode": "E8099", "indexes": (0..rows).collect::<Vec<_>>()});
                let report = json!({"httpStatus": "Conflict", "httpStatusCode": 409, "status": "ERROR", "response":
                    {"status": "ERROR", "importCount": {}, "conflicts": [conflict]}});
                Ok(Response::json(409, report.to_string()))
            }
            Accident::Miscounted => {
                let rows = body["dataValues"].as_array_mut().unwrap();
                let all = rows.len();
                rows.truncate(all / 2);
                request.body = body.to_string().into();
                self.inner.send(request).await?.body.collect().await?;
                let report =
                    json!({"status": "SUCCESS", "importCount": {"imported": all / 2, "ignored": all - all / 2}});
                Ok(Response::json(200, report.to_string()))
            }
            Accident::Killed => {
                self.inner.send(request).await?.body.collect().await?;
                self.killed.notify_one();
                std::future::pending().await
            }
            Accident::Gone => {
                self.gone.store(true, Ordering::Relaxed);
                broken(TransportErrorKind::Interrupted)
            }
        }
    }
}

async fn place(
    version: &str,
    accident: impl Fn(u64, &Value) -> Accident + Send + Sync + 'static,
) -> (Place, Arc<AtomicU64>) {
    let imports = Arc::new(AtomicU64::new(0));
    let counter = Arc::clone(&imports);
    let place = Place::through(version, |inner| Road { imports: counter, ..Road::new(inner, accident) }).await;
    (place, imports)
}

fn rows(place: &Place) -> Vec<Row> {
    (0..20).map(|unit| place.row(unit, "201501", &unit.to_string())).collect()
}

async fn holds_exactly(place: &Place, rows: &[Row]) {
    let held = place.holds(&["201501"]).await;
    let held: Vec<(&String, &str)> =
        held.iter().map(|(key, held)| (&key[2], held["value"].as_str().unwrap())).collect();
    let mut expected: Vec<(&String, &str)> =
        rows.iter().map(|row| (&row.unit, row.value.as_deref().unwrap())).collect();
    expected.sort_unstable();
    let mut sorted = held.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, expected);
}

/// peer-bugs section 4: "A 500 in the middle of an import leaves none, some or all rows stored (2.42: 1,492 and 4,196 of 6,000):
/// look, do not repeat blindly." And section 3: "POST import is never retried blindly; 409 never retried [O1, O2]".
#[tokio::test]
async fn after_an_accident_only_what_the_server_does_not_hold_is_sent_again() {
    for version in VERSIONS {
        for (accident, imports_expected) in
            [(Accident::LostAfter, 1), (Accident::LostBefore, 2), (Accident::HalfStored, 2)]
        {
            let (place, imports) =
                place(version, move |n, _: &Value| if n == 0 { accident } else { Accident::None }).await;
            let rows = rows(&place);
            let import = place.import(&rows, &commit(ImportStrategy::Create)).await;
            assert_eq!(outcomes(&import), ["imported"; 20], "{version} {accident:?}");
            assert_eq!(import.stopped, None);
            holds_exactly(&place, &rows).await;
            assert_eq!(imports.load(Ordering::Relaxed), imports_expected, "{version} {accident:?}");
        }
    }
}

#[tokio::test]
async fn the_same_is_true_of_deletions_and_updates() {
    for version in ["2.42.5.2", "2.43.1"] {
        for strategy in [ImportStrategy::Update, ImportStrategy::Delete] {
            let accident = |n, _: &Value| if n == 1 { Accident::HalfStored } else { Accident::None };
            let (place, _) = place(version, accident).await;
            place.import(&rows(&place), &commit(ImportStrategy::Create)).await;
            let changed: Vec<Row> = (0..20).map(|unit| place.row(unit, "201501", "99")).collect();
            let import = place.import(&changed, &commit(strategy)).await;
            let expected = if strategy == ImportStrategy::Delete { "deleted" } else { "updated" };
            assert_eq!(outcomes(&import), [expected; 20], "{version}");
        }
    }
}

/// A dry run stores nothing, so there is nothing to look for: it is asked again.
#[tokio::test]
async fn a_dry_run_survives_accidents_too() {
    let (place, _) = place("2.43.1", |n, _: &Value| if n == 0 { Accident::LostBefore } else { Accident::None }).await;
    let options = ImportOptions { dry_run: true, ..commit(ImportStrategy::Create) };
    assert_eq!(outcomes(&place.import(&rows(&place), &options).await), ["imported"; 20]);
    assert!(place.holds(&["201501"]).await.is_empty());
}

#[tokio::test]
async fn rows_that_never_get_through_are_not_sent() {
    let (place, imports) = place("2.42.5.2", |_, _: &Value| Accident::LostBefore).await;
    let patience = Patience { attempts: 3, ..commit(ImportStrategy::Create).patience };
    let options = ImportOptions { patience, ..commit(ImportStrategy::Create) };
    let import = place.import(&rows(&place)[..1], &options).await;
    assert_eq!(
        (outcomes(&import), column(&import, "error_code")),
        (vec!["not_sent".to_owned()], vec![Some("lost".to_owned())])
    );
    assert_eq!(imports.load(Ordering::Relaxed), 3);
}

/// Issue 5: "After a stop in the middle, the report says exactly what went in, and `resume` goes on from there." And peer-bugs
/// section 3: "second chunk failing keeps first chunk's counts [O34–O41]".
#[tokio::test]
async fn after_a_stop_the_report_says_what_went_in_and_the_rest_is_resumed() {
    for version in VERSIONS {
        let (place, _) = place(version, |n, _: &Value| if n == 1 { Accident::Gone } else { Accident::None }).await;
        // Two chunks: values of a text with a suspect among them go last, in a request of their own.
        let mut rows = rows(&place);
        rows.push(place.row(20, "201501", "no number"));
        let first = place.import(&rows, &commit(ImportStrategy::Create)).await;
        let expected: Vec<&str> = [["imported"; 20].as_slice(), &["unknown"]].concat();
        assert_eq!(outcomes(&first), expected, "{version}");
        assert!(first.stopped.is_some());
        assert_eq!((first.counts.imported, first.counts.unknown), (20, 1));

        let again = place.directly();
        rows[20].value = Some("20".to_owned());
        let options = ImportOptions { resume: Some(first.report), ..commit(ImportStrategy::Create) };
        let second = again.import(&rows, &options).await;
        assert_eq!(outcomes(&second), ["imported"; 21], "{version}");
        holds_exactly(&again, &rows).await;
    }
}

/// The file for the report says what went in, though nobody was left to write it.
#[tokio::test]
async fn a_killed_import_is_resumed_from_the_file_that_it_kept() {
    for version in VERSIONS {
        for strategy in [ImportStrategy::CreateAndUpdate, ImportStrategy::Delete] {
            let killed = Arc::new(Notify::new());
            let notify = Arc::clone(&killed);
            // More than one request on every version.
            let months = (0..130).map(|month| format!("{}{:02}", 2010 + month / 12, 1 + month % 12));
            let first = move |n, _: &Value| if n == 0 { Accident::Killed } else { Accident::None };
            let place = Place::large(version, 60, |inner| Road { killed: notify, ..Road::new(inner, first) }).await;
            let all: Vec<Row> = months
                .flat_map(|month| (0..45).map(move |unit| (unit, month.clone())))
                .map(|(unit, month)| place.row(unit, &month, "7"))
                .collect();
            let directly = place.engine_without_accidents();
            let into = |rows: &[Row], strategy| {
                let (engine, frame, options) = (directly.clone(), frame(rows), commit(strategy));
                async move { import_data_values(&engine, &frame, &options).await.unwrap() }
            };
            // Some are there already, with the same value or another one.
            into(&all[..10], ImportStrategy::Create).await;
            let others: Vec<Row> =
                all[10..20].iter().map(|row| Row { value: Some("8".to_owned()), ..row.clone() }).collect();
            into(&others, ImportStrategy::CreateAndUpdate).await;
            if strategy == ImportStrategy::Delete {
                into(&all[20..], ImportStrategy::Create).await;
            }
            let before = place.stored();

            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("report.csv");
            let options = ImportOptions { report: Some(path.clone()), ..commit(strategy) };
            tokio::select! {
                import = place.import(&all, &options) => panic!("{version}: not killed: {import:?}"),
                () = killed.notified() => {}
            }
            let half = place.stored();
            let changed = all.iter().filter(|row| half.get(&row.key()) != before.get(&row.key())).count();
            assert!(0 < changed && changed < all.len() - 20, "{version}: {changed} went in");

            let resume = Some(read_frame(&path, Format::Csv).unwrap());
            let options = ImportOptions { resume, ..options };
            let import = import_data_values(&directly, &frame(&all), &options).await.unwrap();
            let expected = |row: usize| match (strategy, row) {
                (ImportStrategy::Delete, _) => "deleted",
                (_, ..10) => "ignored",
                (_, 10..20) => "updated",
                _ => "imported",
            };
            for (row, outcome) in outcomes(&import).iter().enumerate() {
                assert_eq!(outcome, expected(row), "{version} {strategy} row {row}");
            }
            let file = read_frame(&path, Format::Csv).unwrap();
            let told: Vec<&str> = file.column("outcome").unwrap().str().unwrap().iter().flatten().collect();
            assert_eq!(told, outcomes(&import), "{version}: the file is that of the whole import");
            let mut uninterrupted = before;
            for row in &all {
                match strategy {
                    ImportStrategy::Delete => drop(uninterrupted.remove(&row.key())),
                    _ => drop(uninterrupted.insert(row.key(), "7".to_owned())),
                }
            }
            assert!(place.stored() == uninterrupted, "{version} {strategy}");
        }
    }
}

/// Where what goes in cannot be written down, nothing goes in.
#[tokio::test]
async fn without_a_place_for_the_report_nothing_is_sent() {
    let (place, imports) = place("2.42.5.2", |_, _: &Value| Accident::None).await;
    for file in ["/nowhere/report.csv", "report.xlsx"] {
        let options = ImportOptions { report: Some(file.into()), ..commit(ImportStrategy::Create) };
        let error = import_data_values(&place.engine, &frame(&rows(&place)), &options).await.unwrap_err();
        assert!(matches!(error, AggregateError::Frame(_)), "{error}");
    }
    assert_eq!(imports.load(Ordering::Relaxed), 0);
}

/// peer-bugs section 4: "2.43's `indexes` may list every row or `[-1]`." Where the message names nothing either, halves tell.
#[tokio::test]
async fn refusals_that_name_nothing_are_narrowed_down_by_halves() {
    for version in ["2.42.5.2", "2.43.1"] {
        let amiss = |_: u64, body: &Value| {
            let rows = body["dataValues"].as_array().unwrap();
            if rows.iter().any(|row| row["value"] == "13" || row["value"] == "4") {
                Accident::Refused
            } else {
                Accident::None
            }
        };
        let (place, imports) = place(version, amiss).await;
        let rows = rows(&place);
        let import = place.import(&rows, &commit(ImportStrategy::Create)).await;
        let (outcomes, codes) = (outcomes(&import), column(&import, "error_code"));
        for row in 0..20 {
            let bad = row == 13 || row == 4;
            assert_eq!(outcomes[row], if bad { "rejected" } else { "imported" }, "{version} {row}");
            assert_eq!(codes[row].as_deref(), bad.then_some("E8099"));
        }
        assert!(imports.load(Ordering::Relaxed) <= 20, "{imports:?}");
        let good: Vec<Row> =
            rows.into_iter().filter(|row| !["13", "4"].contains(&row.value.as_deref().unwrap())).collect();
        holds_exactly(&place, &good).await;
    }
}

#[tokio::test]
async fn a_data_set_that_the_account_may_not_write_costs_one_request_a_chunk() {
    let (place, imports) = place("2.43.1", |_, _: &Value| Accident::NoAccess).await;
    let import = place.import(&rows(&place), &commit(ImportStrategy::Create)).await;
    assert_eq!(outcomes(&import), ["rejected"; 20]);
    assert_eq!(imports.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn where_nothing_goes_in_whatever_the_row_the_import_gives_up() {
    let (place, imports) = place("2.42.5.2", |_, _: &Value| Accident::Refused).await;
    let import = place.import(&rows(&place), &commit(ImportStrategy::Create)).await;
    assert_eq!(outcomes(&import), ["rejected"; 20]);
    assert_eq!(imports.load(Ordering::Relaxed), 39);

    let months = (2010..2020).flat_map(|year| (1..=12).map(move |month| format!("{year}{month:02}")));
    let many: Vec<Row> = months
        .flat_map(|month| (0..10).map(move |unit| (unit, month.clone())))
        .map(|(unit, month)| place.row(unit, &month, "7"))
        .collect();
    let import = place.import(&many, &commit(ImportStrategy::Create)).await;
    assert_eq!((import.counts.rejected, import.counts.not_sent), (1_000, 200));
    assert!(import.stopped.unwrap().contains("E8099"));
}

/// Counts that are not what follows from the values that the server held: it is asked, not believed.
#[tokio::test]
async fn counts_that_make_no_sense_are_looked_into() {
    for version in VERSIONS {
        let (place, _) = place(version, |_, _: &Value| Accident::Miscounted).await;
        let rows = rows(&place);
        let import = place.import(&rows, &commit(ImportStrategy::Create)).await;
        assert_eq!((import.counts.imported, import.counts.ignored), (10, 10), "{version}");
        let went_in: Vec<Row> = rows
            .into_iter()
            .zip(outcomes(&import))
            .filter(|(_, outcome)| outcome == "imported")
            .map(|(row, _)| row)
            .collect();
        holds_exactly(&place, &went_in).await;
    }
}

/// What the server holds of a unit that the account may not see is unknown, so that no strategy can be kept there.
#[tokio::test]
async fn units_that_the_account_may_not_see_are_left_alone_and_named() {
    for version in VERSIONS {
        let place = Place::of(version).await;
        let engine = place.as_clerk();
        let rows: Vec<Row> = (0..place.units.len()).map(|unit| place.row(unit, "201501", "7")).collect();
        let import = import_data_values(&engine, &frame(&rows), &commit(ImportStrategy::Create)).await.unwrap();
        let codes = column(&import, "error_code");
        let mine: Vec<Row> = rows
            .iter()
            .zip(outcomes(&import))
            .filter(|(_, outcome)| outcome == "imported")
            .map(|(row, _)| row.clone())
            .collect();
        assert!(!mine.is_empty() && mine.len() < rows.len(), "{version} {codes:?}");
        assert_eq!(import.counts.not_sent, rows.len() - mine.len(), "{version}");
        assert!(codes.iter().flatten().all(|code| code == "not_seen"), "{version} {codes:?}");
        holds_exactly(&place, &mine).await;
    }
}
