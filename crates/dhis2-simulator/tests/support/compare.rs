//! Whether the simulator answers a recorded request as the server did.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::har::{Case, Entry};
use super::http::{self, Answer};
use super::ordered::Ordered;
use dhis2_simulator::{CLERK, CLERK_PASSWORD, RunningSimulator, SUPERUSER, SUPERUSER_PASSWORD, SUPERUSER_TOKEN};

const RECORDED_HOST: &str = "https://dhis2.example.org";

/// Keys whose values depend on the machine, the installation or the moment, not on the version.
const OF_THE_MACHINE: [&str; 12] = [
    "serverDate",
    "revision",
    "buildTime",
    "javaVendor",
    "memoryInfo",
    "databaseInfo",
    "osVersion",
    "intervalSinceLastAnalyticsTableSuccess",
    "intervalSinceLastAnalyticsTablePartitionSuccess",
    "systemId",
    "clusterHostname",
    "encryption",
];

/// How one case is compared.
pub(crate) struct Comparison<'a> {
    pub(crate) server: &'a RunningSimulator,
    /// The world was another server's: what servers stamp themselves differs and is compared by its presence.
    pub(crate) foreign_world: bool,
    /// The requests change what the server holds: times that it stamps and ids that it makes are compared by their
    /// presence, and lists in the texts of its conflicts as sets, since they come in the database's order.
    pub(crate) changing: bool,
    /// The recorded job and ours.
    pub(crate) jobs: RefCell<Option<(String, String)>>,
}

impl<'a> Comparison<'a> {
    pub(crate) fn of(server: &'a RunningSimulator) -> Self {
        Self { server, foreign_world: false, changing: false, jobs: RefCell::default() }
    }
}

impl Comparison<'_> {
    /// What differs; nothing where the answers are the same.
    pub(crate) async fn differences(&self, case: &Case) -> Vec<String> {
        let mut differences = Vec::new();
        let mut walk = Walk::default();
        let walks = case.entries.len() > 1 && !self.changing;
        for (i, entry) in case.entries.iter().enumerate() {
            let Some(ours) = self.send(&case.name, entry, &self.job_target(&target(entry))).await else {
                differences.push("no answer".to_owned());
                continue;
            };
            if let (Some(theirs), Some(ours)) = (job_id(&entry.body), job_id(&ours.text())) {
                *self.jobs.borrow_mut() = Some((theirs, ours));
            }
            let found = self.entry(&case.name, entry, &ours, walks.then_some(&mut walk)).await;
            if let Err(difference) = found {
                let page = if case.entries.len() > 1 { format!("request {}: ", i + 1) } else { String::new() };
                differences.push(format!("{page}{difference}"));
            }
        }
        differences.extend(walk.difference());
        differences
    }

    async fn send(&self, name: &str, entry: &Entry, target: &str) -> Option<Answer> {
        let mut headers: Vec<_> =
            entry.headers.iter().filter(|(name, _)| !name.eq_ignore_ascii_case("authorization")).cloned().collect();
        let sent = entry.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("authorization"));
        match (name, sent.map(|(_, value)| value.as_str())) {
            (_, None) => {}
            ("system/wrong-password", _) => headers.push(http::basic(SUPERUSER, "wrong")),
            ("system/invalid-token", _) => headers.push(("Authorization".into(), "ApiToken d2pat_nothing".into())),
            (_, Some(value)) if value.starts_with("ApiToken") => {
                headers.push(("Authorization".into(), format!("ApiToken {SUPERUSER_TOKEN}")));
            }
            _ if entry.clerk => headers.push(http::basic(CLERK, CLERK_PASSWORD)),
            _ => headers.push(http::basic(SUPERUSER, SUPERUSER_PASSWORD)),
        }
        http::send(&self.server.base_url(), &entry.method, target, &headers, entry.sent.as_bytes()).await
    }

    async fn entry(&self, name: &str, entry: &Entry, ours: &Answer, walk: Option<&mut Walk>) -> Result<(), String> {
        if !ours.whole {
            return Err("cut short".to_owned());
        }
        if ours.status != entry.status {
            return Err(format!("status {} for {}", ours.status, entry.status));
        }
        let main = |text: &str| text.split(';').next().unwrap_or_default().trim().to_lowercase();
        let (our_type, their_type) = (main(ours.header("content-type").unwrap_or_default()), main(&entry.content_type));
        if our_type != their_type {
            return Err(format!("content type `{our_type}` for `{their_type}`"));
        }
        let our_place = ours.header("location").map(|place| place.replace(&self.server.base_url(), ""));
        let their_place = entry.location.as_deref().map(|place| place.replace(RECORDED_HOST, ""));
        if our_place != their_place {
            return Err(format!("location {our_place:?} for {their_place:?}"));
        }
        let our_body = ours.text();
        if our_body.is_empty() != entry.body.is_empty() {
            return Err(format!("{} bytes for {}", our_body.len(), entry.body.len()));
        }
        match their_type.as_str() {
            _ if our_body.is_empty() => Ok(()),
            // The container's pages: their look is not simulated.
            "text/html" | "" => Ok(()),
            "application/csv" | "application/xml" => self.lines(name, entry, &our_body).await,
            _ => self.json(name, entry, &our_body, walk).await,
        }
    }

    /// Tables: the first line, then the same lines in any order, as far as the page was not cut from unordered rows.
    async fn lines(&self, name: &str, entry: &Entry, ours: &str) -> Result<(), String> {
        let (ours, theirs) = (self.split(ours), self.split(&entry.body));
        if ours.first() != theirs.first() {
            return Err("another first line".to_owned());
        }
        if sorted(&ours) == sorted(&theirs) {
            return Ok(());
        }
        let different = format!("{} lines for {}, or others", ours.len(), theirs.len());
        let Some(whole) = uncut(&entry.url) else { return Err(different) };
        let all = self.send(name, entry, &whole).await.ok_or("no answer")?;
        let all: BTreeSet<String> = self.split(&all.text()).into_iter().collect();
        // Each event has as many lines as values, so events are counted, not lines.
        let events =
            |lines: &[String]| lines.iter().filter_map(|line| line.split(',').next()).collect::<BTreeSet<_>>().len();
        if events(&ours) == events(&theirs) && theirs.iter().all(|line| all.contains(line)) && all.len() > theirs.len()
        {
            return Ok(());
        }
        Err(different)
    }

    /// The lines of a table, of XML its elements.
    fn split(&self, text: &str) -> Vec<String> {
        let text = text.replace("<dataValue ", "\n<dataValue ");
        text.lines()
            .map(|line| {
                let cells = line.split_inclusive([',', '"', ' ']);
                let masked = cells.map(|cell| if self.foreign_world && is_stamp(cell) { "TIME," } else { cell });
                masked.collect()
            })
            .collect()
    }

    /// The target with our job in the place of the recorded one.
    fn job_target(&self, target: &str) -> String {
        self.jobs.borrow().as_ref().map_or_else(|| target.to_owned(), |(theirs, ours)| target.replace(theirs, ours))
    }

    fn mask(&self, text: &str) -> Option<String> {
        if self.foreign_world && is_stamp(text) {
            return Some("TIME".to_owned());
        }
        let is_job = self.jobs.borrow().as_ref().is_some_and(|(theirs, ours)| text == theirs || text == ours);
        if is_job {
            return Some("JOB".to_owned());
        }
        if self.changing {
            return Some(changing_text(&text.replace(&self.server.base_url(), RECORDED_HOST)));
        }
        let ours = text.replace(&self.server.base_url(), RECORDED_HOST);
        (ours != text).then_some(ours)
    }

    fn canon(&self, value: &Ordered, keep_key_order: bool) -> String {
        value.canon(keep_key_order, &|text| self.mask(text))
    }

    fn canon_in_order(&self, value: &Ordered, keep_key_order: bool) -> String {
        value.canon_in_order(keep_key_order, &|text| self.mask(text))
    }

    async fn json(&self, name: &str, entry: &Entry, ours: &str, walk: Option<&mut Walk>) -> Result<(), String> {
        let ours = Ordered::parse(ours).ok_or("no JSON")?;
        let theirs = Ordered::parse(&entry.body).ok_or("the recording holds no JSON")?;
        // Metadata come from maps, their keys in any order; everything else follows the server's class.
        let keep_key_order = !["metadata/", "system/", "analytics/"].iter().any(|group| name.starts_with(group));
        if let (Ordered::List(_), Ordered::List(_)) = (&ours, &theirs) {
            return same_notifications(&ours, &theirs);
        }
        let (our_rows, their_rows) = (rows(&ours), rows(&theirs));
        self.envelope(&ours, &theirs, keep_key_order)?;
        let (Some(our_rows), Some(their_rows)) = (our_rows, their_rows) else { return Ok(()) };
        let canon = |rows: &[Ordered]| -> Vec<String> {
            rows.iter().map(|row| self.canon_in_order(row, keep_key_order)).collect()
        };
        let (our_rows, their_rows) = (canon(our_rows), canon(their_rows));
        if let Some(walk) = walk {
            walk.ours.extend(our_rows.iter().cloned());
            walk.theirs.extend(their_rows.iter().cloned());
        }
        if in_unique_order(&entry.url) {
            if our_rows == their_rows {
                return Ok(());
            }
            return Err(rows_differ(&our_rows, &their_rows));
        }
        let (sorted_ours, sorted_theirs) = (sorted(&our_rows), sorted(&their_rows));
        if sorted_ours == sorted_theirs {
            return Ok(());
        }
        let Some(whole) = uncut(&entry.url) else { return Err(rows_differ(&sorted_ours, &sorted_theirs)) };
        let all = self.send(name, entry, &whole).await.ok_or("no answer")?;
        let all = Ordered::parse(&all.text()).ok_or("no JSON")?;
        let all: BTreeSet<String> = canon(rows(&all).ok_or("no rows")?).into_iter().collect();
        if all.len() <= their_rows.len() {
            // Nothing was cut off, so the rows have to be the same.
            return Err(rows_differ(&sorted_ours, &sorted_theirs));
        }
        let strange = their_rows.iter().filter(|row| !all.contains(*row)).count();
        if strange > 0 {
            return Err(format!("{strange} of {} recorded rows are none of the world's", their_rows.len()));
        }
        if our_rows.len() == their_rows.len() {
            return Ok(());
        }
        // Where owners are joined a page's length depends on which events it holds: its rows in the join are the same.
        let size = parameter(&entry.url, "pageSize").and_then(|size| size.parse().ok()).unwrap_or(50);
        for rows in [&our_rows, &their_rows] {
            let joined = self.joined(name, entry, rows).await;
            if joined.is_none_or(|joined| joined < size || joined > size + 3) {
                return Err(format!("{} rows for {}", our_rows.len(), their_rows.len()));
            }
        }
        Ok(())
    }

    /// How many rows of the join these events or tracked entities are.
    async fn joined(&self, name: &str, entry: &Entry, rows: &[String]) -> Option<u64> {
        let key = if entry.url.contains("/trackedEntities") { "trackedEntity" } else { "event" };
        let marker = format!("\"{key}\":\"");
        let uids: Vec<_> = rows.iter().filter_map(|row| row.split(&marker).nth(1)?.get(..11)).collect();
        let uids = uids.join("%3B");
        let target = if key == "event" {
            let program = parameter(&entry.url, "program")?;
            format!("/api/tracker/events?program={program}&event={uids}&totalPages=true&fields=event")
        } else {
            let path = entry.url.strip_prefix(RECORDED_HOST)?;
            let path = path.split("&page=").next()?;
            format!("{path}&trackedEntity={uids}&totalPages=true")
        };
        let answer = self.send(name, entry, &target).await?;
        Ordered::parse(&answer.text())?.get("total")?.number()
    }

    /// Everything but the rows.
    fn envelope(&self, ours: &Ordered, theirs: &Ordered, keep_key_order: bool) -> Result<(), String> {
        let ignored = |key: &str| key == "systemId" || key == "clusterHostname";
        let keys = |value: &Ordered| -> Vec<String> {
            let mut keys: Vec<_> =
                value.entries().iter().map(|(key, _)| key.clone()).filter(|key| !ignored(key)).collect();
            if !keep_key_order {
                keys.sort();
            }
            keys
        };
        let (our_keys, their_keys) = (keys(ours), keys(theirs));
        if our_keys != their_keys {
            return Err(format!("keys {} for {}", our_keys.join(","), their_keys.join(",")));
        }
        let row_key = row_key(theirs);
        let single = row_key.is_none() || is_single(theirs);
        for (key, value) in theirs.entries() {
            if OF_THE_MACHINE.contains(&key.as_str()) || (!single && Some(key.as_str()) == row_key) {
                continue;
            }
            // Columns have their order.
            let canon = |value: &Ordered| match key.as_str() {
                "headers" => self.canon_in_order(value, keep_key_order),
                _ => self.canon(value, keep_key_order),
            };
            let ours = ours.get(key).map(canon).unwrap_or_default();
            let theirs = canon(value);
            let (ours, theirs) = (without_places(&ours), without_places(&theirs));
            if ours != theirs {
                let shorten = |text: &str| text.chars().take(120).collect::<String>();
                return Err(format!("`{key}` is {} for {}", shorten(&ours), shorten(&theirs)));
            }
        }
        Ok(())
    }
}

/// The job that an answer names.
fn job_id(body: &str) -> Option<String> {
    let id = body.split("/api/system/tasks/DATAVALUE_IMPORT/").nth(1)?;
    Some(id.chars().take_while(char::is_ascii_alphanumeric).collect())
}

/// The notifications of a job, but for their times and ids.
fn same_notifications(ours: &Ordered, theirs: &Ordered) -> Result<(), String> {
    let mask = |text: &str| {
        let is_id = text.len() == 11 && text.bytes().all(|b| b.is_ascii_alphanumeric());
        Some(if is_id { "ID".to_owned() } else { changing_text(text) })
    };
    let (ours, theirs) = (ours.canon(true, &mask), theirs.canon(true, &mask));
    if ours == theirs { Ok(()) } else { Err(format!("notifications {ours} for {theirs}")) }
}

/// A text of an answer to an import without times, ids of jobs, and the order of lists in brackets.
fn changing_text(text: &str) -> String {
    if is_stamp(text) {
        return "TIME".to_owned();
    }
    if let Some((before, _)) = text.split_once("/tasks/DATAVALUE_IMPORT/") {
        return format!("{before}/tasks/DATAVALUE_IMPORT/JOB");
    }
    if let Some((before, _)) = text.split_once("DATAVALUE_IMPORT (") {
        return format!("{before}DATAVALUE_IMPORT (NUMBER)");
    }
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('[') {
        let Some((inside, behind)) = after.split_once(']') else { break };
        let mut items: Vec<_> = inside.split(", ").collect();
        items.sort_unstable();
        write!(out, "{before}[{}]", items.join(", ")).unwrap();
        rest = behind;
    }
    out + rest
}

/// A message of the database without the places in the statement and the internal ids that it names.
fn without_places(text: &str) -> String {
    if !text.contains("Position: ") {
        return text.to_owned();
    }
    let cut = text.split("Position: ").next().unwrap_or_default();
    cut.chars().filter(|c| !c.is_ascii_digit()).collect()
}

/// The rows of all pages of a walk.
#[derive(Default)]
struct Walk {
    ours: BTreeSet<String>,
    theirs: BTreeSet<String>,
}

impl Walk {
    fn difference(&self) -> Option<String> {
        let missing = self.theirs.difference(&self.ours).count();
        let extra = self.ours.difference(&self.theirs).count();
        (missing + extra > 0).then(|| format!("over all pages {missing} rows missing, {extra} too many"))
    }
}

/// A time that a server stamped when it was filled: all of them were on one day, which nothing else is near.
fn is_stamp(text: &str) -> bool {
    text.starts_with("2026-11-2") && text.len() >= 19
}

fn target(entry: &Entry) -> String {
    entry.url.strip_prefix(RECORDED_HOST).unwrap().to_owned()
}

/// Whether the answer is an object, not a list of them.
fn is_single(value: &Ordered) -> bool {
    ["id", "event", "trackedEntity", "enrollment", "relationship"].iter().any(|key| value.get(key).is_some())
}

fn rows(value: &Ordered) -> Option<&[Ordered]> {
    if is_single(value) {
        return None;
    }
    match value.get(row_key(value)?)? {
        Ordered::List(items) => Some(items.as_slice()),
        _ => None,
    }
}

/// The key of the rows: of a line list, which comes in any order, that of its cells, else that of the first list.
fn row_key(value: &Ordered) -> Option<&str> {
    let is_line_list = value.get("headers").is_some_and(|headers| headers.canon(true, &|_| None).contains("\"psi\""));
    if is_line_list {
        return Some("rows");
    }
    value.entries().iter().find(|(_, value)| matches!(value, Ordered::List(_))).map(|(key, _)| key.as_str())
}

fn parameter<'a>(url: &'a str, name: &str) -> Option<&'a str> {
    let query = url.split_once('?')?.1;
    query.split('&').find_map(|pair| pair.split_once('=').filter(|(n, _)| *n == name)).map(|(_, value)| value)
}

fn in_unique_order(url: &str) -> bool {
    matches!(parameter(url, "order"), Some("event:asc" | "id:asc" | "enrollment:asc" | "trackedEntity:asc"))
}

/// The same request without what cuts its answer; none where nothing does.
fn uncut(url: &str) -> Option<String> {
    let (path, query) =
        url.strip_prefix(RECORDED_HOST)?.split_once('?').unwrap_or((url.strip_prefix(RECORDED_HOST)?, ""));
    let tracker = path.contains("/tracker/");
    let line_list = path.contains("/analytics/events/query/");
    if !tracker && !line_list && parameter(url, "limit").is_none() {
        return None;
    }
    let cutting = ["page", "pageSize", "totalPages", "limit", "paging", "skipPaging"];
    let kept = query.split('&').filter(|pair| !pair.is_empty() && !cutting.contains(&pair.split('=').next().unwrap()));
    let mut kept: Vec<_> = kept.collect();
    if tracker {
        kept.extend(["paging=false", "skipPaging=true"]);
    }
    if line_list {
        kept.push("paging=false");
    }
    Some(format!("{path}?{}", kept.join("&")))
}

fn sorted(rows: &[String]) -> Vec<String> {
    let mut rows = rows.to_vec();
    rows.sort();
    rows
}

/// How rows differ, without their values: which keys do, where a row is there with others.
fn rows_differ(ours: &[String], theirs: &[String]) -> String {
    let (our_set, their_set): (BTreeSet<_>, BTreeSet<_>) = (ours.iter().collect(), theirs.iter().collect());
    let missing: Vec<_> = their_set.difference(&our_set).collect();
    let extra: Vec<_> = our_set.difference(&their_set).collect();
    let mut text = format!("{} rows for {}", ours.len(), theirs.len());
    write!(text, ", {} missing, {} too many", missing.len(), extra.len()).unwrap();
    if missing.is_empty() && extra.is_empty() {
        text.push_str(", in another order");
    }
    if let (Some(theirs), Some(ours)) = (missing.first(), extra.first()) {
        let keys = |row: &str| -> Vec<String> {
            let row = Ordered::parse(row).unwrap_or(Ordered::List(Vec::new()));
            row.entries().iter().map(|(key, _)| key.clone()).collect()
        };
        let (our_keys, their_keys) = (keys(ours), keys(theirs));
        if our_keys != their_keys {
            write!(text, "; keys of the first: {} for {}", our_keys.join(","), their_keys.join(",")).unwrap();
        }
        if std::env::var_os("CONFORMANCE_ROWS").is_some() {
            write!(text, "\n  ours   {ours}\n  theirs {theirs}\n").unwrap();
        }
    }
    text
}
