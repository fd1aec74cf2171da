//! `POST /api/dataValueSets`: data values as JSON or CSV, plain or packed with gzip. What is simulated and what is not,
//! [the crate's documentation](crate) tells.

mod csv;
mod ids;
mod jobs;
mod open_periods;
mod options;
mod request;
mod row_by_row;
mod summary;
mod value_types;
mod whole_request;

use std::io::Read as _;
use std::sync::Arc;

use dhis2_api::dialect::behaviour::{ImportRules, UnreadableBody};
use flate2::read::GzDecoder;

pub(crate) use self::jobs::Jobs;
pub(super) use self::jobs::{summary as job_summary, tasks};
use self::options::Options;
use self::request::{Request, Unreadable};
use self::summary::{Status, Summary};
pub(super) use self::value_types::{is_numeric, number};
use crate::accounts::Account;
use crate::answer::{Answer, Refusal};
use crate::faults::{Asked, BrokenImport};
use crate::json::Escapes;
use crate::server::{Call, Server};

/// The formats that are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    Json,
    Csv,
}

/// An import that has not been run yet.
struct Import {
    options: Options,
    format: Format,
    body: Vec<u8>,
    /// The request that brought it.
    asked: Asked,
}

/// What came of an import.
enum Outcome {
    Done(Summary),
    /// Refused before anything was looked at.
    Refused(Refusal),
    /// Broken off on purpose, with the connection or without.
    Broken {
        hang_up: bool,
    },
}

pub(super) fn post(call: &Call<'_>, body: &[u8]) -> Result<Answer, Refusal> {
    let format = format(call)?;
    let options = Options::read(call)?;
    let import = Import { options, format, body: unpacked(body), asked: call.asked.clone() };
    if import.options.asynchronous {
        return Ok(jobs::start(call, import));
    }
    match run(call.server, call.account, &import) {
        Outcome::Done(summary) => {
            call.effects.borrow_mut().delay = delay(call, &summary);
            Ok(answer(call, &summary))
        }
        Outcome::Refused(refusal) => Err(refusal),
        Outcome::Broken { hang_up } => {
            call.effects.borrow_mut().hang_up = hang_up;
            Err(Refusal::new(500, "Could not commit JDBC transaction"))
        }
    }
}

fn format(call: &Call<'_>) -> Result<Format, Refusal> {
    match call.content_type.split(';').next().unwrap_or_default().trim() {
        "application/json" => Ok(Format::Json),
        "application/csv" => Ok(Format::Csv),
        other if call.server.behaviour.imports.old_media_type_error => {
            Err(Refusal::new(415, format!("Content type '{other}' not supported")))
        }
        other => Err(Refusal::new(415, format!("Content-Type '{other}' is not supported"))),
    }
}

/// Packed bodies are known by their first bytes, whatever the headers say.
fn unpacked(body: &[u8]) -> Vec<u8> {
    let mut plain = Vec::new();
    if body.starts_with(&[0x1f, 0x8b]) && GzDecoder::new(body).read_to_end(&mut plain).is_ok() {
        return plain;
    }
    body.to_vec()
}

/// Reads the body and does with it what this version does.
fn run(server: &Arc<Server>, account: &Account, import: &Import) -> Outcome {
    let behaviour = &server.behaviour.imports;
    let request = match Request::read(behaviour, import) {
        Ok(request) => request,
        Err(unreadable) => return refused(server, import, unreadable),
    };
    let dry_run = request.dry_run.unwrap_or(import.options.dry_run);
    // A dry run has nothing to lose.
    let broken = if dry_run { None } else { server.faults.broken_import(&import.asked) };
    match behaviour.rules {
        ImportRules::RowByRow => {
            let rows = broken.map_or(usize::MAX, |broken| broken.rows_stored(request.rows.len()));
            let summary = row_by_row::import(server, account, &import.options, &request, dry_run, rows);
            broken.map_or(Outcome::Done(summary), |broken| Outcome::Broken { hang_up: broken.hang_up })
        }
        ImportRules::WholeRequest => {
            // One transaction: all rows or none.
            let stores = !dry_run && broken.is_none_or(BrokenImport::stores_all);
            let outcome = whole_request::import(server, account, &import.options, &request, stores);
            broken.map_or(outcome, |broken| Outcome::Broken { hang_up: broken.hang_up })
        }
    }
}

/// A body that cannot be read.
fn refused(server: &Server, import: &Import, unreadable: Unreadable) -> Outcome {
    let begun = || Summary::of(&import.options.echo, 0);
    let failed = |reason: String| {
        let description = Some(format!("The import process failed: {reason}"));
        Outcome::Done(Summary { status: Status::Error, description, complete: None, ..begun() })
    };
    match (server.behaviour.imports.unreadable_body, unreadable) {
        (UnreadableBody::PostCondition, _) => failed("Post-condition was null".to_owned()),
        (UnreadableBody::ParserMessage { source, empty_place }, unreadable) => {
            failed(unreadable.parser_message(source, empty_place))
        }
        (UnreadableBody::BadRequest, Unreadable::Cut { .. } | Unreadable::NoObject) => Outcome::Done(begun()),
        (UnreadableBody::BadRequest, Unreadable::NotText { key, kind, literal }) => {
            let message = format!("Path `$.{key}` does not contain an STRING but a(n) {kind}: {literal}");
            Outcome::Refused(Refusal::new(500, message))
        }
        (UnreadableBody::BadRequest, Unreadable::Empty) => {
            let message = "Unexpected character at position 0,\n\n^ expected a JSON value but found EOI";
            Outcome::Refused(Refusal::new(400, message))
        }
        (UnreadableBody::BadRequest, Unreadable::Malformed { place }) => {
            Outcome::Refused(Refusal::new(400, format!("Unexpected character at {place}")))
        }
        (UnreadableBody::BadRequest, Unreadable::NoHeader) => {
            Outcome::Refused(Refusal::new(400, "CSV without header row is no longer supported."))
        }
    }
}

/// The answer to an import that was run at once.
fn answer(call: &Call<'_>, summary: &Summary) -> Answer {
    let behaviour = &call.server.behaviour.imports;
    let status = match summary.status {
        Status::Success => 200,
        Status::Warning if !behaviour.warnings_are_conflicts => 200,
        Status::Warning | Status::Error => 409,
    };
    let plain = behaviour.plain_below_38 && call.path_version.is_some_and(|version| version < 38);
    let body = if plain { summary.json(behaviour) } else { summary.enveloped(behaviour, status) };
    Answer::new(status, call.json_type(), body.to_bytes(Escapes::Surrogates)).with(crate::answer::NO_STORE)
}

/// How long the answer is held back.
fn delay(call: &Call<'_>, summary: &Summary) -> std::time::Duration {
    let server = call.server;
    server.faults.import_delay(call.asked, summary.rows, server.behaviour.imports.slow_in_the_square)
}
