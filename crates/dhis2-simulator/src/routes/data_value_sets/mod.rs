//! `GET /api/dataValueSets`.

pub(super) mod schemes;

mod ask;
mod format;
mod head;
mod json;
mod refusals;
mod select;
mod table;

use std::io::Write as _;
use std::sync::Arc;

use bytes::Bytes;
use dhis2_api::dialect::behaviour::{AccessRefusal, RowLayout};
use flate2::Compression;
use flate2::write::GzEncoder;

use self::ask::Ask;
use self::format::Format;
use self::head::Head;
use self::refusals::Refused;
use self::schemes::Schemes;
use crate::answer::{Answer, Content, NO_STORE, Refusal};
use crate::server::{Call, Server};
use crate::store::Held;

pub(super) fn get(call: &Call<'_>, suffix: &str) -> Result<Answer, Refusal> {
    let format = match Format::choose(call, suffix) {
        Ok(format) => format,
        Err(answer) => return Ok(*answer),
    };
    let content_type = format.content_type(&call.server.behaviour);
    check_compression(call)?;
    let stored = call.server.values.held();
    let ask = match Ask::read(call, &stored) {
        Ok(ask) => ask,
        Err(Refused::Plain(refusal)) => return Err(refusal),
        Err(Refused::Access(refusal)) => {
            return match call.server.behaviour.aggregate.refusal {
                // The stream was opened, and closing it commits 200 with what was written: nothing.
                AccessRefusal::EmptyOk => Ok(compressed(call, Answer::new(200, content_type, "").with(NO_STORE))),
                AccessRefusal::Conflict => Err(Refusal { content_type: Some(content_type), ..refusal }),
                AccessRefusal::ConflictListed => Err(refusal),
            };
        }
    };
    let mut rows = select::rows(call, &ask, &stored);
    call.effects.borrow_mut().rows = rows.len();
    if call.server.behaviour.aggregate.cuts_silently
        && let Some(after) = call.server.faults.cut(call.asked, rows.len())
    {
        rows.truncate(after);
    }
    let schemes = Schemes::read(call, &stored)?;
    let output = Output { server: Arc::clone(call.server), held: stored, rows, schemes, next: 0 };
    let head = match call.server.behaviour.aggregate.layout {
        RowLayout::Full => Head::beside_rows(&ask, &output),
        RowLayout::Hoisted => Head::hoisted(&ask, &output),
    };
    if !call.server.behaviour.aggregate.missing_scheme_is_null {
        output.schemes.check(&output)?;
    }
    let answer = match format {
        Format::Json => Answer::pieces(content_type, json::JsonRows::new(output, head)),
        Format::Csv => Answer::pieces(content_type, table::CsvRows::new(output)),
        Format::Xml => Answer::pieces(content_type, table::XmlRows::new(output, head)),
    };
    Ok(compressed(call, answer.with(NO_STORE)))
}

/// What is to be written: row numbers in the order of writing, and under which identifiers.
struct Output {
    server: Arc<Server>,
    /// The values as they were when the request came.
    held: Held,
    rows: Vec<u32>,
    schemes: Schemes,
    /// The first row that has not been written yet.
    next: usize,
}

impl Output {
    /// The size of the pieces that are sent.
    const PIECE: usize = 64 * 1024;

    /// The next row, if the piece has room for it.
    fn next_row(&mut self, written: usize) -> Option<u32> {
        let row = self.rows.get(self.next).copied().filter(|_| written < Self::PIECE)?;
        self.next += 1;
        Some(row)
    }
}

/// Zip is not simulated: it is refused as unknown compressions are by the servers that refuse them.
fn check_compression(call: &Call<'_>) -> Result<(), Refusal> {
    let ignored = call.server.behaviour.aggregate.unknown_compression_ignored;
    match call.query.filled("compression") {
        None | Some("gzip" | "none") => Ok(()),
        Some(other) if other == "zip" || !ignored => {
            Err(Refusal::new(400, format!("Value '{other}' is not valid for parameter compression.")))
        }
        Some(_) => Ok(()),
    }
}

/// `compression=gzip` packs the content and says so nowhere but in the download's name.
fn compressed(call: &Call<'_>, answer: Answer) -> Answer {
    if call.query.first("compression") != Some("gzip") {
        return answer;
    }
    let mut packer = GzEncoder::new(Vec::new(), Compression::fast());
    let Answer { status, headers, content } = answer;
    // Writing to memory cannot fail.
    match content {
        Content::Whole(body) => drop(packer.write_all(&body)),
        Content::Pieces(pieces) => pieces.for_each(|piece: Bytes| drop(packer.write_all(&piece))),
    }
    let content = Content::Whole(packer.finish().unwrap_or_default());
    Answer { status, headers, content }.header("content-disposition", "attachment; filename=dataValues.json.gz")
}
