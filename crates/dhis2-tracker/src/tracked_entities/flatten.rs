//! Tracked entities: bytes to columns.

use dhis2_api::datetime::ServerZone;
use dhis2_frame::{BooleanColumn, Cell, DatetimeColumn, FrameError, ReadObject, StringColumn};
use polars::frame::DataFrame;
use serde::Deserialize;
use serde::de::{Error, IgnoredAny, MapAccess};
use serde_json::value::RawValue;

use crate::envelope::{self, Rows};
use crate::rows::{FlatPage, Reading};
use crate::tracked_entities::selection::{Candidate, Selection};

/// How to read an answer of `GET /api/tracker/trackedEntities` into [`TRACKED_ENTITIES`](crate::TRACKED_ENTITIES).
#[derive(Debug, Clone, Copy)]
pub struct Flatten {
    /// The key of the list: `instances` up to 2.40, `trackedEntities` from 2.41 on.
    pub items: &'static str,
    /// The zone of the server's clock.
    pub zone: ServerZone,
    /// Which to keep.
    pub selection: Selection,
}

impl Flatten {
    /// The rows of an answer.
    ///
    /// ```
    /// use dhis2_api::datetime::ServerZone;
    /// use dhis2_tracker::UpdatedWindow;
    /// use dhis2_tracker::tracked_entities::{Flatten, Selection};
    ///
    /// let body = br#"{"instances":[{"trackedEntity":"PgqxuumUXsl","trackedEntityType":"EFvjZX4SLF5","orgUnit":"WCZKWtkKA0W",
    ///   "createdAt":"2026-11-22T17:14:28.286","updatedAt":"2026-11-22T17:15:33.815","inactive":false,"deleted":false,
    ///   "potentialDuplicate":false,"geometry":{"type":"Point","coordinates":[3.3,2.5]},
    ///   "attributes":[{"attribute":"E1Yg8oxJLCA","value":"F"},{"attribute":"dfHpp898aUy","value":"1977-06-27"}]}]}"#;
    /// let selection = Selection { updated: UpdatedWindow::default(), include_deleted: false, enrolled_in: None };
    /// let page = Flatten { items: "instances", zone: ServerZone::parse("Africa/Lagos")?, selection }.body(body)?;
    /// assert_eq!(page.frame.height(), 2);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`FrameError`] with the place of what is not as it must be: no JSON, no list, an entity or attribute without uid (a
    /// misspelt field gives `{}`), a time in no known form.
    pub fn body(&self, body: &[u8]) -> Result<FlatPage, FrameError> {
        envelope::flatten(body, self.items, State::new(*self, body.len()))
    }
}

struct State {
    how: Flatten,
    reading: Reading,
    tracked_entity: StringColumn,
    tracked_entity_type: StringColumn,
    org_unit: StringColumn,
    created_at: DatetimeColumn,
    updated_at: DatetimeColumn,
    inactive: BooleanColumn,
    deleted: BooleanColumn,
    potential_duplicate: BooleanColumn,
    geometry: StringColumn,
    attribute: StringColumn,
    value: StringColumn,
}

impl State {
    fn new(how: Flatten, bytes: usize) -> Self {
        // An attribute is some 50 bytes long, and its entity's own fields come with it.
        let n = bytes / 90;
        let text = || StringColumn::with_capacity(n);
        let flag = || BooleanColumn::with_capacity(n);
        Self {
            how,
            reading: Reading::new(how.zone),
            tracked_entity: text(),
            tracked_entity_type: text(),
            org_unit: text(),
            created_at: DatetimeColumn::with_capacity(n),
            updated_at: DatetimeColumn::with_capacity(n),
            inactive: flag(),
            deleted: flag(),
            potential_duplicate: flag(),
            geometry: text(),
            attribute: text(),
            value: text(),
        }
    }

    /// Takes an entity into the columns. The error is the name of a field that it lacks.
    fn push(&mut self, entity: &EntityFields<'_>) -> Result<(), &'static str> {
        self.reading.receive();
        let created = self.reading.wall("created_at", &entity.created_at)?;
        let updated = self.reading.wall("updated_at", &entity.updated_at)?;
        let uid = entity.tracked_entity.text().ok_or("trackedEntity")?;
        if self.how.selection.leaves_out(self.how.zone, &entity.candidate, updated) {
            return Ok(());
        }
        let rows = entity.attributes.len().max(1);
        self.reading.begin(self.tracked_entity.len(), updated);
        self.tracked_entity.push_repeat(uid, rows);
        self.tracked_entity_type.push_opt_repeat(entity.tracked_entity_type.text(), rows);
        self.org_unit.push_opt_repeat(entity.org_unit.text(), rows);
        self.created_at.push_opt_repeat(self.reading.instant(created), rows);
        self.updated_at.push_opt_repeat(self.reading.instant(updated), rows);
        self.inactive.push_opt_repeat(entity.inactive, rows);
        self.deleted.push_repeat(entity.candidate.deleted, rows);
        self.potential_duplicate.push_opt_repeat(entity.potential_duplicate, rows);
        self.geometry.push_opt_repeat(entity.geometry, rows);
        if entity.attributes.is_empty() {
            self.attribute.push_null();
            self.value.push_null();
        }
        for attribute in &entity.attributes {
            self.attribute.push(attribute.attribute.text().ok_or("attribute")?);
            self.value.push_opt(attribute.value.text());
        }
        Ok(())
    }
}

impl Rows for State {
    fn reading(&mut self) -> &mut Reading {
        &mut self.reading
    }

    fn finish(self) -> Result<(DataFrame, Reading), FrameError> {
        let frame = DataFrame::new(
            self.tracked_entity.len(),
            vec![
                self.tracked_entity.finish("tracked_entity_id"),
                self.tracked_entity_type.finish("tracked_entity_type_id"),
                self.org_unit.finish("organisation_unit_id"),
                self.created_at.finish("created_at"),
                self.updated_at.finish("updated_at"),
                self.inactive.finish("inactive"),
                self.deleted.finish("deleted"),
                self.potential_duplicate.finish("potential_duplicate"),
                self.geometry.finish("geometry"),
                self.attribute.finish("attribute_id"),
                self.value.finish("value"),
            ],
        )?;
        Ok((frame, self.reading))
    }
}

#[derive(Default)]
struct EntityFields<'de> {
    tracked_entity: Cell<'de>,
    tracked_entity_type: Cell<'de>,
    org_unit: Cell<'de>,
    created_at: Cell<'de>,
    updated_at: Cell<'de>,
    inactive: Option<bool>,
    potential_duplicate: Option<bool>,
    geometry: Option<&'de str>,
    attributes: Vec<Attribute<'de>>,
    candidate: Candidate<'de>,
}

#[derive(Deserialize)]
struct Attribute<'a> {
    #[serde(borrow, default)]
    attribute: Cell<'a>,
    #[serde(borrow, default)]
    value: Cell<'a>,
}

impl ReadObject for State {
    const EXPECTED: &'static str = "a tracked entity";

    fn read<'de, A: MapAccess<'de>>(&mut self, mut fields: A) -> Result<(), A::Error> {
        let mut entity = EntityFields::default();
        while let Some(key) = fields.next_key::<Cell<'de>>()? {
            match key.text().unwrap_or_default() {
                "trackedEntity" => entity.tracked_entity = fields.next_value()?,
                "trackedEntityType" => entity.tracked_entity_type = fields.next_value()?,
                "orgUnit" => entity.org_unit = fields.next_value()?,
                "createdAt" => entity.created_at = fields.next_value()?,
                "updatedAt" => entity.updated_at = fields.next_value()?,
                "inactive" => entity.inactive = fields.next_value()?,
                "deleted" => entity.candidate.deleted = fields.next_value::<Option<bool>>()?.unwrap_or_default(),
                "potentialDuplicate" => entity.potential_duplicate = fields.next_value()?,
                "geometry" => entity.geometry = fields.next_value::<Option<&'de RawValue>>()?.map(RawValue::get),
                "attributes" => {
                    entity.attributes = fields.next_value::<Option<Vec<Attribute<'de>>>>()?.unwrap_or_default();
                }
                "enrollments" => {
                    entity.candidate.enrollments = fields.next_value::<Option<Vec<_>>>()?.unwrap_or_default();
                }
                _ => drop(fields.next_value::<IgnoredAny>()?),
            }
        }
        self.push(&entity).map_err(A::Error::missing_field)
    }
}
