//! Worlds from DHIS2's own export formats.

mod data_values;
mod files;
mod metadata;
mod tracker;

use std::path::{Path, PathBuf};

use chrono::NaiveDateTime;

use crate::error::SimulatorError;
use crate::json::Json;
use crate::time::SentTime;
use crate::world::World;
use crate::world::builder::WorldBuilder;

/// A JSON document and the file it came from.
struct Document {
    path: PathBuf,
    json: Json,
}

/// The zone of the server that the files came from, as an offset that holds for all of them.
#[derive(Debug, Clone, Copy, Default)]
struct SourceZone {
    offset_millis: i64,
}

impl SourceZone {
    /// A zone-less local time as a UTC instant; one with an offset is taken at its word.
    fn instant(self, text: &str) -> Option<i64> {
        let sent = SentTime::parse(text)?;
        Some(match sent.offset {
            Some(offset) => (sent.wall - offset).and_utc().timestamp_millis(),
            None => millis(sent.wall) - self.offset_millis,
        })
    }
}

fn millis(wall: NaiveDateTime) -> i64 {
    wall.and_utc().timestamp_millis()
}

/// A wall clock in milliseconds, whatever the zone.
fn wall(text: &str) -> Option<i64> {
    SentTime::parse(text).map(|sent| millis(sent.wall))
}

fn bad_time(path: &Path, text: &str) -> SimulatorError {
    SimulatorError::Time { path: path.to_owned(), text: text.to_owned() }
}

pub(crate) fn world(paths: &[PathBuf]) -> Result<World, SimulatorError> {
    let mut builder = WorldBuilder::default();
    let mut zone = SourceZone::default();
    let mut rows = Vec::new();
    for path in files::expand(paths)? {
        for document in files::documents(&path)? {
            if metadata::is_metadata(&document.json) {
                if let Some(found) = metadata::zone(&document.json) {
                    zone = found;
                }
                metadata::add(&mut builder, document.json);
            } else {
                rows.push(document);
            }
        }
    }
    builder.units_known();
    if builder.units.len() == 0 {
        return Err(SimulatorError::NoUnits);
    }
    // Owners stand in the tracked entities, and events need them; nothing else depends on the order.
    for document in &rows {
        data_values::add(&mut builder, document)?;
    }
    for document in &rows {
        tracker::add_entities(&mut builder, document, zone)?;
    }
    for document in &rows {
        tracker::add_enrollments(&mut builder, document, zone)?;
    }
    for document in rows {
        tracker::add_events(&mut builder, &document, zone)?;
    }
    Ok(builder.finish())
}
