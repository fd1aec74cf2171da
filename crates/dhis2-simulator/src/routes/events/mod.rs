//! `GET /api/tracker/events`, the list and a single one.

mod ask;
mod csv;
mod json;
mod order;
mod page;
mod params;
mod select;
mod units;
mod value_filter;

use std::io::Write as _;
use std::sync::Arc;

use flate2::Compression;
use flate2::write::GzEncoder;

use self::ask::Ask;
use self::page::{Paging, Window};
use crate::answer::{Answer, Content, Refusal, container_error};
use crate::fields::Fields;
use crate::json::Escapes;
use crate::server::Call;

const DEFAULT_FIELDS: &str = "*,!relationships";

/// How the list is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Encoding {
    Json,
    JsonGzip,
    Csv,
    CsvGzip,
}

impl Encoding {
    fn choose(call: &Call<'_>, suffix: &str) -> Option<Self> {
        match suffix {
            "json" => return Some(Self::Json),
            "json.gz" => return Some(Self::JsonGzip),
            "csv" => return Some(Self::Csv),
            "csv.gz" => return Some(Self::CsvGzip),
            "" => {}
            _ => return None,
        }
        call.accept.split(',').find_map(|accepted| match accepted.split(';').next().unwrap_or_default().trim() {
            "application/json" | "*/*" | "application/*" | "text/html" | "" => Some(Self::Json),
            "application/json+gzip" => Some(Self::JsonGzip),
            "application/csv" | "text/csv" => Some(Self::Csv),
            "application/csv+gzip" => Some(Self::CsvGzip),
            _ => None,
        })
    }
}

/// `GET /api/tracker/events`.
pub(super) fn list(call: &Call<'_>, suffix: &str) -> Result<Answer, Refusal> {
    let behaviour = &call.server.behaviour.events;
    let path = "/api/tracker/events";
    let Some(encoding) = Encoding::choose(call, suffix) else {
        return Ok(container_error(call.server.container, 406, "Not Acceptable", path, call.accept));
    };
    if behaviour.params.program_mandatory && call.query.filled("program").is_none() {
        // Spring refuses this one itself, and the container writes the page, whatever is accepted.
        let message = "Required parameter 'program' is not present.";
        return Ok(container_error(call.server.container, 400, message, path, ""));
    }
    let mut paging = Paging::read(call)?;
    let ask = Ask::read(call)?;
    if encoding != Encoding::Json && !behaviour.encoded_paged {
        paging = Paging::Off;
    }
    let fields = fields(call);
    let order = order::Order::read(call, ask.program)?;
    let events = select::events(call, &ask);
    let window = Window::cut(call, &ask, events, &order, paging);
    Ok(match encoding {
        Encoding::Json => {
            Answer::pieces(call.json_type(), json::EventRows::new(Arc::clone(call.server), window, fields, true))
        }
        Encoding::JsonGzip => {
            let rows = json::EventRows::new(Arc::clone(call.server), window, fields, false);
            packed(Answer::pieces("application/json+gzip", rows), "events.json.gz")
        }
        Encoding::Csv => Answer::pieces(csv_type(call), csv::EventTable::new(Arc::clone(call.server), window.events)),
        Encoding::CsvGzip => {
            let table = csv::EventTable::new(Arc::clone(call.server), window.events);
            packed(Answer::pieces("application/csv+gzip", table), "events.csv.gz")
        }
    })
}

fn csv_type(call: &Call<'_>) -> &'static str {
    if call.server.behaviour.transport.json_charset {
        "application/csv;charset=UTF-8"
    } else {
        "application/csv; charset=UTF-8"
    }
}

/// Packed content, with no word of it in `Content-Encoding`.
fn packed(answer: Answer, name: &str) -> Answer {
    let mut packer = GzEncoder::new(Vec::new(), Compression::fast());
    let Answer { status, headers, content } = answer;
    // Writing to memory cannot fail.
    match content {
        Content::Whole(body) => drop(packer.write_all(&body)),
        Content::Pieces(pieces) => pieces.for_each(|piece| drop(packer.write_all(&piece))),
    }
    Answer { status, headers, content: Content::Whole(packer.finish().unwrap_or_default()) }
        .header("content-transfer-encoding", "binary")
        .header("content-disposition", format!("attachment; filename={name}"))
}

fn fields(call: &Call<'_>) -> Fields {
    match call.query.first("fields") {
        None => Fields::parse(DEFAULT_FIELDS),
        Some("") if call.server.behaviour.events.empty_fields_default => Fields::parse(DEFAULT_FIELDS),
        Some(text) => Fields::parse(text),
    }
}

/// `GET /api/tracker/events/{uid}`.
pub(super) fn single(call: &Call<'_>, uid: &str) -> Result<Answer, Refusal> {
    use dhis2_api::dialect::behaviour::TrackerErrors;
    let world = &call.server.world;
    let behaviour = &call.server.behaviour.events;
    if behaviour.errors == TrackerErrors::CheckedParameters && dhis2_api::Uid::parse(uid).is_err() {
        return Err(params::malformed_uid("uid", uid));
    }
    let found = world.texts.find(uid).and_then(|uid| world.tracker.events_by_uid.get(&uid));
    let event = found
        .map(|&number| &world.tracker.events[number as usize])
        .filter(|event| !event.deleted && call.account.reaches(&world.units, units::matched(call.server, event)));
    let Some(event) = event else {
        return Err(if behaviour.errors == TrackerErrors::Conflict {
            Refusal::new(404, format!("Event not found for uid: {uid}"))
        } else {
            Refusal::new(404, format!("Event with id {uid} could not be found.")).code("E1005")
        });
    };
    let body = json::event(call.server, event, &fields(call)).to_bytes(Escapes::Surrogates);
    Ok(Answer::new(200, call.json_type(), body))
}
