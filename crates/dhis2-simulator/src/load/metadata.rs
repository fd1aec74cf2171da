//! The metadata export, and lists of metadata.

use super::SourceZone;
use crate::json::Json;
use crate::time::SentTime;
use crate::world::builder::WorldBuilder;

/// Lists that hold rows, not metadata.
const ROWS: [&str; 6] = ["dataValues", "events", "enrollments", "trackedEntities", "relationships", "instances"];

/// Whether a document holds lists of metadata objects.
pub(super) fn is_metadata(json: &Json) -> bool {
    let lists: Vec<_> = json.entries().iter().filter(|(_, value)| matches!(value, Json::List(_))).collect();
    !lists.is_empty() && !lists.iter().any(|(key, _)| ROWS.contains(&key.as_ref())) && json.text_of("event").is_none()
}

/// The zone of the exporting server: the offset of `system.date`.
pub(super) fn zone(json: &Json) -> Option<SourceZone> {
    let date = SentTime::parse(json.get("system")?.text_of("date")?)?;
    Some(SourceZone { offset_millis: i64::from(date.offset?.local_minus_utc()) * 1000 })
}

pub(super) fn add(builder: &mut WorldBuilder, json: Json) {
    let Json::Object(entries) = json else { return };
    for (plural, list) in entries {
        let Json::List(objects) = list else { continue };
        for object in objects {
            builder.add_metadata(&plural, object);
        }
    }
}
