//! Data value sets.

use super::{Document, SourceZone, bad_time};
use crate::error::SimulatorError;
use crate::json::Json;
use crate::world::builder::WorldBuilder;
use crate::world::texts::Text;
use crate::world::values::DataValue;

pub(super) fn add(builder: &mut WorldBuilder, document: &Document) -> Result<(), SimulatorError> {
    let Document { path, json } = document;
    for row in json.list_of("dataValues") {
        // 2.43 writes what all rows share at the top only.
        let text = |key| row.text_of(key).or_else(|| json.text_of(key));
        let time = |key| {
            let text = row.text_of(key).unwrap_or("1970-01-01T00:00:00.000+0000");
            SourceZone::default().instant(text).ok_or_else(|| bad_time(path, text))
        };
        let (Some(element), Some(period), Some(unit)) = (text("dataElement"), text("period"), text("orgUnit")) else {
            return Err(SimulatorError::Content {
                path: path.clone(),
                reason: "a data value without element, period or unit".to_owned(),
            });
        };
        let number = builder.period(period);
        let number = number.ok_or_else(|| SimulatorError::Period { path: path.clone(), id: period.to_owned() })?;
        let Some(unit) = builder.texts.find(unit).and_then(|uid| builder.units.find(uid)) else { continue };
        let value = DataValue {
            element: builder.texts.intern(element),
            period: number,
            unit,
            category_combo: builder.texts.intern_option(text("categoryOptionCombo")),
            attribute_combo: builder.texts.intern_option(text("attributeOptionCombo")),
            value: builder.texts.intern_option(row.text_of("value")),
            stored_by: builder.texts.intern_option(row.text_of("storedBy")),
            comment: row.text_of("comment").map_or(Text::NONE, |comment| builder.texts.intern(comment)),
            created: time("created")?,
            updated: time("lastUpdated")?,
            followup: row.get("followup").and_then(Json::as_bool).unwrap_or(false),
            deleted: row.get("deleted").and_then(Json::as_bool).unwrap_or(false),
        };
        builder.add_value(value);
    }
    Ok(())
}
