//! `GET /api/tracker/events`, the list and a single one.

mod ask;
mod csv;
pub(crate) mod json;
mod order;
mod select;

use std::io::Write as _;
use std::sync::Arc;

use flate2::Compression;
use flate2::write::GzEncoder;

use self::ask::Ask;
pub(super) use self::ask::{Assigned, STATUSES, assigned};
pub(super) use self::select::{has_status, is_assigned, today};
use crate::answer::{Answer, Content, Refusal, container_error};
use crate::json::Escapes;
use crate::routes::tracker::json::{Rows, View};
use crate::routes::tracker::page::{Paging, Window};
use crate::routes::tracker::params;
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
    let fields = params::fields(call, DEFAULT_FIELDS);
    let order = order::read(call, ask.program)?;
    let mut events = select::events(call, &ask);
    order::sort(call.server, &order, &mut events, paging.number());
    if behaviour.joins_all_owners && ask.program.is_some() {
        events = select::joined(call.server, &events);
    }
    let window = Window::cut(call, events, paging, "events");
    let server = Arc::clone(call.server);
    let view = View { program: ask.program, deleted: ask.include_deleted, ..View::new(call.account) };
    let skip_header = call.query.switch("skipHeader");
    let rows = |window, envelope| {
        let server = Arc::clone(call.server);
        let write =
            move |number: u32| json::event(&server, &server.world.tracker.events[number as usize], &fields, view);
        Rows::new(window, envelope, write)
    };
    Ok(match encoding {
        Encoding::Json => Answer::pieces(call.json_type(), rows(window, true)),
        Encoding::JsonGzip => packed(Answer::pieces("application/json+gzip", rows(window, false)), "events.json.gz"),
        Encoding::Csv => Answer::pieces(csv_type(call), csv::EventTable::new(server, window.rows, skip_header)),
        Encoding::CsvGzip => {
            let table = csv::EventTable::new(server, window.rows, skip_header);
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

/// `GET /api/tracker/events/{uid}`.
pub(super) fn single(call: &Call<'_>, uid: &str) -> Result<Answer, Refusal> {
    params::path_uid(call, uid)?;
    let world = &call.server.world;
    let found = world.texts.find(uid).and_then(|uid| world.tracker.events_by_uid.get(uid));
    let event = found
        .map(|number| &world.tracker.events[number as usize])
        .filter(|event| !event.deleted && call.account.reaches(&world.units, select::matched(call.server, event)));
    let Some(event) = event else { return Err(params::not_found(call, "Event", "Event", uid)) };
    let fields = params::fields(call, DEFAULT_FIELDS);
    let body = json::event(call.server, event, &fields, View::new(call.account)).to_bytes(Escapes::Surrogates);
    Ok(Answer::new(200, call.json_type(), body))
}
