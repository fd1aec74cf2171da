//! Imports with `async=true`: jobs, their notifications and their summaries.
//!
//! A server runs a job when it gets round to it, and here that is counted in looks at its notifications: up to 2.40 it has
//! run before the first, from 2.41 on it is run by the look after those that [`SimulatorBuilder::job_polls`] tells.
//!
//! [`SimulatorBuilder::job_polls`]: crate::SimulatorBuilder::job_polls

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use dhis2_api::dialect::behaviour::{ImportJobs, ImportRules};

use super::summary::{Status, Summary};
use super::{Import, Outcome, run};
use crate::answer::{Answer, NO_STORE};
use crate::json::{Escapes, Json, Key, object};
use crate::server::Call;
use crate::time::{millis_text, wall_of};

/// The type of these jobs, which stands in their addresses.
pub(crate) const KIND: &str = "DATAVALUE_IMPORT";

/// The jobs of a server.
#[derive(Default)]
pub(crate) struct Jobs(Mutex<HashMap<String, Job>>);

struct Job {
    account: usize,
    /// Looks to come before it is run.
    waits: u32,
    state: State,
}

enum State {
    Waiting(Box<Import>),
    Done {
        notes: Json,
        /// None where the import did not come to a report.
        summary: Option<Json>,
    },
}

/// Takes an import up as a job.
pub(super) fn start(call: &Call<'_>, import: Import) -> Answer {
    let server = call.server;
    let behaviour = &server.behaviour.imports;
    let now = server.now().timestamp_millis();
    let at_once = behaviour.jobs == ImportJobs::AtOnce;
    let id = {
        let jobs = server.jobs.0.lock().unwrap_or_else(PoisonError::into_inner);
        job_uid(jobs.len())
    };
    let name = if at_once { "dataValueImport".to_owned() } else { format!("{KIND} ({now})") };
    let mut response: Vec<(Key, Json)> = vec![
        ("name".into(), Json::text(&name)),
        ("id".into(), Json::text(&id)),
        ("created".into(), Json::text(&millis_text(wall_of(now, server.zone)))),
        ("jobType".into(), Json::text(KIND)),
        ("jobStatus".into(), Json::text(if at_once { "SCHEDULED" } else { "NOT_STARTED" })),
    ];
    if behaviour.job_parameters {
        response.push(("jobParameters".into(), import.options.echo.clone()));
    }
    let place = format!("/api/system/tasks/{KIND}/{id}");
    response.push(("relativeNotifierEndpoint".into(), Json::text(&place)));
    if !behaviour.response_type_first {
        response.push(("responseType".into(), Json::text("JobConfiguration")));
    }
    let account = server.accounts.iter().position(|a| a.username == call.account.username).unwrap_or(0);
    let waits = if at_once { 0 } else { server.job_polls };
    let state = if at_once { done(call, account, &id, &import) } else { State::Waiting(Box::new(import)) };
    let job = Job { account, waits, state };
    server.jobs.0.lock().unwrap_or_else(PoisonError::into_inner).insert(id, job);
    let body = object([
        ("httpStatus", Json::text("OK")),
        ("httpStatusCode", Json::number(200)),
        ("status", Json::text("OK")),
        ("message", Json::text(&format!("Initiated {name}"))),
        ("response", Json::Object(response)),
    ]);
    Answer::new(200, call.json_type(), body.to_bytes(Escapes::Surrogates))
        .header("location", format!("{}/api/system/tasks/{KIND}", call.base_url))
        .with(NO_STORE)
}

/// `/api/system/tasks/DATAVALUE_IMPORT/{id}`: nothing of a job that is unknown or has not begun.
pub(in crate::routes) fn tasks(call: &Call<'_>, id: &str) -> Answer {
    let mut jobs = call.server.jobs.0.lock().unwrap_or_else(PoisonError::into_inner);
    let mut notes = Json::List(Vec::new());
    if let Some(job) = jobs.get_mut(id) {
        if job.waits > 0 {
            job.waits -= 1;
        } else if let State::Waiting(import) = &job.state {
            job.state = done(call, job.account, id, import);
        }
        if let State::Done { notes: made, .. } = &job.state {
            notes = made.clone();
        }
    }
    Answer::new(200, call.json_type(), notes.to_bytes(Escapes::Surrogates)).with(NO_STORE)
}

/// `/api/system/taskSummaries/DATAVALUE_IMPORT/{id}`: an empty body until there is one.
pub(in crate::routes) fn summary(call: &Call<'_>, id: &str) -> Answer {
    let jobs = call.server.jobs.0.lock().unwrap_or_else(PoisonError::into_inner);
    let Some(State::Done { summary: Some(summary), .. }) = jobs.get(id).map(|job| &job.state) else {
        return Answer::empty(200).with(NO_STORE);
    };
    Answer::new(200, call.json_type(), summary.to_bytes(Escapes::Surrogates)).with(NO_STORE)
}

/// Runs a job.
fn done(call: &Call<'_>, account: usize, id: &str, import: &Import) -> State {
    let server = call.server;
    let behaviour = &server.behaviour.imports;
    match run(server, &server.accounts[account], import) {
        Outcome::Done(summary) => {
            let notes = notes(call, id, import, Some(&summary));
            State::Done { notes, summary: Some(summary.json(behaviour)) }
        }
        Outcome::Refused(_) | Outcome::Broken { .. } => {
            State::Done { notes: notes(call, id, import, None), summary: None }
        }
    }
}

/// The notifications of a job that has ended, the last one first.
fn notes(call: &Call<'_>, id: &str, import: &Import, summary: Option<&Summary>) -> Json {
    let behaviour = &call.server.behaviour.imports;
    let mut messages: Vec<String> = Vec::new();
    match (behaviour.jobs, behaviour.rules) {
        (ImportJobs::AtOnce, _) => {
            messages.extend(["Process started", "Importing data values"].map(str::to_owned));
        }
        (ImportJobs::Scheduled, rules) => {
            messages
                .extend(["Data value set import", "Loading file resource", "Loading file content"].map(str::to_owned));
            match (rules, summary) {
                (ImportRules::RowByRow, _) | (_, None) => messages.push("Importing data...".to_owned()),
                (ImportRules::WholeRequest, Some(summary)) => messages.extend(stages(import, summary)),
            }
        }
    }
    messages.push(match (behaviour.jobs, summary) {
        (_, None) => "Import failed".to_owned(),
        (ImportJobs::AtOnce, Some(_)) => "Import done".to_owned(),
        (ImportJobs::Scheduled, Some(summary)) => {
            let counts = summary.counts;
            format!(
                "Import complete with status {}, {} created, {} updated, {} deleted, {} ignored",
                summary.status.name(),
                counts.imported,
                counts.updated,
                counts.deleted,
                counts.ignored
            )
        }
    });
    let last = messages.len() - 1;
    let notes =
        messages.iter().enumerate().map(|(number, message)| note(call, id, import, number, message, number == last));
    let mut notes: Vec<Json> = notes.collect();
    notes.reverse();
    Json::List(notes)
}

/// What 2.43 does with a group.
fn stages(import: &Import, summary: &Summary) -> Vec<String> {
    let mut stages = vec!["Deserializing JSON data".to_owned()];
    let set = import.options.data_set.clone().or_else(|| {
        let json: Option<Json> = serde_json::from_slice(&import.body).ok();
        json.as_ref().and_then(|json| json.text_of("dataSet")).map(str::to_owned)
    });
    let set = set.unwrap_or_default();
    let rows = summary.rows;
    stages.push(format!("Decoding group ds={set} [de= ou= pe= aoc=]({rows} values)"));
    stages.push(format!("Validating group ds={set} ({rows} values)"));
    let counts = summary.counts;
    if summary.status != Status::Error {
        stages.push(format!("Upserting group ds={set} ({} values)", counts.updated + counts.deleted));
    }
    stages
}

fn note(call: &Call<'_>, id: &str, import: &Import, number: usize, message: &str, completed: bool) -> Json {
    let behaviour = &call.server.behaviour.imports;
    let time = Json::text(&millis_text(wall_of(call.server.now().timestamp_millis(), call.server.zone)));
    let id = if behaviour.notes_share_id { id.to_owned() } else { job_uid(number + 1_000) };
    let uid = Json::text(&id);
    let mut entries: Vec<(Key, Json)> = Vec::new();
    let sorted = behaviour.rules == ImportRules::WholeRequest;
    if !sorted {
        entries.push(("uid".into(), uid.clone()));
    }
    entries.push(("level".into(), Json::text("INFO")));
    entries.push(("category".into(), Json::text(KIND)));
    if !sorted {
        entries.push(("time".into(), time.clone()));
    }
    entries.push(("message".into(), Json::text(message)));
    entries.push(("completed".into(), Json::Bool(completed)));
    if number == 0 && behaviour.jobs == ImportJobs::Scheduled {
        entries.push(("dataType".into(), Json::text("PARAMETERS")));
        entries.push(("data".into(), parameters(&import.options.echo)));
    }
    entries.push(("id".into(), uid.clone()));
    if sorted {
        entries.push(("time".into(), time));
        entries.push(("uid".into(), uid));
    }
    Json::Object(entries)
}

/// The options as a job's first notification has them: with those that are not set.
fn parameters(echo: &Json) -> Json {
    let mut entries = Vec::new();
    for (key, value) in echo.entries() {
        entries.push((key.clone(), value.clone()));
        match key.as_ref() {
            "dryRun" => entries.push(("preheatCache".into(), Json::Null)),
            "firstRowIsHeader" => {
                entries.push(("filename".into(), Json::Null));
                entries.push(("notificationLevel".into(), Json::Null));
            }
            "skipCache" => entries.push(("dataSet".into(), Json::Null)),
            _ => {}
        }
    }
    Json::Object(entries)
}

/// The uid of the n-th job or notification.
fn job_uid(number: usize) -> String {
    format!("J{number:010}")
}
