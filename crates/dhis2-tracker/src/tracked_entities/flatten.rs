//! Tracked entities: bytes to columns.

use dhis2_api::datetime::ServerZone;
use dhis2_frame::{
    BooleanColumn, Cell, DatetimeColumn, EachObject, FrameError, RawJson, ReadObject, ReadOptions, StringColumn,
    fields, next_field,
};
use polars::frame::DataFrame;
use serde::de::{Error, IgnoredAny, MapAccess};

use crate::envelope::{self, Pieces, Rows};
use crate::rows::{FlatPage, Reading};
use crate::tracked_entities::selection::{Candidate, Selection};
use crate::values::ValueColumns;

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
        self.body_by(body, ReadOptions::default())
    }

    /// The same, read in another way.
    ///
    /// # Errors
    /// As of [`body`](Self::body).
    pub fn body_by(&self, body: &[u8], options: ReadOptions) -> Result<FlatPage, FrameError> {
        envelope::flatten(body, self.items, options, |bytes| State::new(*self, bytes))
    }

    /// A reader of an answer that is still arriving.
    pub fn pieces(&self) -> Pieces<'_> {
        envelope::pieces(self.items, State::new(*self, 0))
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
    attributes: Attributes,
}

impl State {
    fn new(how: Flatten, bytes: usize) -> Self {
        // An attribute is at least some 40 bytes long: room for all, without growing.
        let n = bytes / 40;
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
            attributes: Attributes(ValueColumns::with_capacity(n)),
        }
    }

    /// Takes an entity, whose attributes are there, into the columns, and says whether it did. The error is the name of a field
    /// that it lacks.
    fn push(&mut self, entity: &EntityFields<'_>) -> Result<bool, &'static str> {
        self.reading.receive();
        let created = self.reading.wall("created_at", &entity.created_at)?;
        let updated = self.reading.wall("updated_at", &entity.updated_at)?;
        let uid = entity.tracked_entity.text().ok_or("trackedEntity")?;
        if self.how.selection.leaves_out(self.how.zone, &entity.candidate, updated) {
            return Ok(false);
        }
        let attributes = entity.attributes.unwrap_or_default();
        let rows = attributes.max(1);
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
        if attributes == 0 {
            self.attributes.0.push_none();
        }
        Ok(true)
    }
}

impl Rows for State {
    fn reading(&mut self) -> &mut Reading {
        &mut self.reading
    }

    fn finish(self) -> Result<(DataFrame, Reading), FrameError> {
        let height = self.tracked_entity.len();
        let mut columns = vec![
            self.tracked_entity.finish("tracked_entity_id"),
            self.tracked_entity_type.finish("tracked_entity_type_id"),
            self.org_unit.finish("organisation_unit_id"),
            self.created_at.finish("created_at"),
            self.updated_at.finish("updated_at"),
            self.inactive.finish("inactive"),
            self.deleted.finish("deleted"),
            self.potential_duplicate.finish("potential_duplicate"),
            self.geometry.finish("geometry"),
        ];
        columns.extend(self.attributes.0.finish("attribute_id"));
        Ok((DataFrame::new(height, columns)?, self.reading))
    }
}

fields! {
    /// The fields that are wanted, in the order in which servers write them.
    enum Field {
        TrackedEntity = "trackedEntity",
        TrackedEntityType = "trackedEntityType",
        CreatedAt = "createdAt",
        UpdatedAt = "updatedAt",
        OrgUnit = "orgUnit",
        Inactive = "inactive",
        Deleted = "deleted",
        PotentialDuplicate = "potentialDuplicate",
        Geometry = "geometry",
        Attributes = "attributes",
        Enrollments = "enrollments",
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
    /// How many attributes it has, which went to their columns; nothing where the answer does not say.
    attributes: Option<usize>,
    candidate: Candidate<'de>,
}

/// The attributes of the entities.
struct Attributes(ValueColumns);

fields! {
    enum AttributeField {
        Attribute = "attribute",
        Value = "value",
    }
}

impl ReadObject for Attributes {
    const EXPECTED: &'static str = "an attribute";

    #[inline]
    fn read<'de, A: MapAccess<'de>>(&mut self, mut fields: A) -> Result<(), A::Error> {
        let (mut attribute, mut value) = (Cell::default(), Cell::default());
        while let Some(field) = next_field(&mut fields)? {
            match field {
                AttributeField::Attribute => attribute = fields.next_value::<Cell<'de>>()?,
                AttributeField::Value => value = fields.next_value::<Cell<'de>>()?,
                AttributeField::Other => drop(fields.next_value::<IgnoredAny>()?),
            }
        }
        self.0.push(attribute.text().ok_or_else(|| A::Error::missing_field("attribute"))?, value.text());
        Ok(())
    }
}

impl<'de> EntityFields<'de> {
    /// Reads an entity, its attributes into their columns.
    fn read<A: MapAccess<'de>>(mut fields: A, attributes: &mut Attributes) -> Result<Self, A::Error> {
        let mut entity = Self::default();
        while let Some(field) = next_field(&mut fields)? {
            match field {
                Field::TrackedEntity => entity.tracked_entity = fields.next_value()?,
                Field::TrackedEntityType => entity.tracked_entity_type = fields.next_value()?,
                Field::OrgUnit => entity.org_unit = fields.next_value()?,
                Field::CreatedAt => entity.created_at = fields.next_value()?,
                Field::UpdatedAt => entity.updated_at = fields.next_value()?,
                Field::Inactive => entity.inactive = fields.next_value()?,
                Field::Deleted => entity.candidate.deleted = fields.next_value::<Option<bool>>()?.unwrap_or_default(),
                Field::PotentialDuplicate => entity.potential_duplicate = fields.next_value()?,
                Field::Geometry => entity.geometry = fields.next_value::<Option<RawJson<'de>>>()?.map(RawJson::text),
                Field::Attributes => {
                    // Those of a second list would be put under those of the first.
                    if entity.attributes.is_some() {
                        return Err(A::Error::duplicate_field("attributes"));
                    }
                    entity.attributes = Some(fields.next_value_seed(EachObject(attributes))?);
                }
                Field::Enrollments => {
                    entity.candidate.enrollments = fields.next_value::<Option<Vec<_>>>()?.unwrap_or_default();
                }
                Field::Other => drop(fields.next_value::<IgnoredAny>()?),
            }
        }
        Ok(entity)
    }
}

impl ReadObject for State {
    const EXPECTED: &'static str = "a tracked entity";

    fn read<'de, A: MapAccess<'de>>(&mut self, fields: A) -> Result<(), A::Error> {
        let before = self.attributes.0.len();
        let entity = EntityFields::read(fields, &mut self.attributes);
        let taken = entity.and_then(|entity| self.push(&entity).map_err(A::Error::missing_field));
        if !matches!(taken, Ok(true)) {
            self.attributes.0.truncate(before);
        }
        taken.map(drop)
    }
}
