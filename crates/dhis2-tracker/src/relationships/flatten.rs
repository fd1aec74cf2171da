//! Relationships of tracked entities, enrollments or events: bytes to columns.

use dhis2_api::Uid;
use dhis2_api::datetime::ServerZone;
use dhis2_frame::{BooleanColumn, Cell, DatetimeColumn, FrameError, ReadObject, ReadOptions, StringColumn};
use polars::frame::DataFrame;
use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, IgnoredAny, MapAccess};

use crate::envelope::{self, Rows};
use crate::rows::{FlatPage, Reading};

/// How to read the `relationships` of an answer of `GET /api/tracker/trackedEntities`, `…/enrollments` or `…/events` into
/// [`RELATIONSHIPS`](crate::RELATIONSHIPS).
#[derive(Debug, Clone, Copy)]
pub struct Flatten {
    /// The key of the list: `instances` up to 2.40, the collection's name from 2.41 on.
    pub items: &'static str,
    /// The key of an object's own uid: `trackedEntity`, `enrollment` or `event`; `relationship` where the list is one of
    /// relationships (`GET /api/tracker/relationships`).
    pub object: &'static str,
    /// The zone of the server's clock.
    pub zone: ServerZone,
    /// The objects hold `enrollments`, whose relationships are wanted too.
    pub nested_enrollments: bool,
}

impl Flatten {
    /// The rows of an answer: one for each relationship of each object, so that one that is listed at both ends is there
    /// twice.
    ///
    /// # Errors
    /// [`FrameError`] with the place of what is not as it must be: no JSON, no list, an object without uid or relationships
    /// (a misspelt field gives `{}`), a relationship without an end, a time in no known form.
    pub fn body(&self, body: &[u8]) -> Result<FlatPage, FrameError> {
        envelope::flatten(body, self.items, ReadOptions::default(), |_| State::new(*self))
    }
}

struct State {
    how: Flatten,
    reading: Reading,
    relationship: StringColumn,
    relationship_type: StringColumn,
    bidirectional: BooleanColumn,
    from_type: StringColumn,
    from: StringColumn,
    to_type: StringColumn,
    to: StringColumn,
    created_at: DatetimeColumn,
    updated_at: DatetimeColumn,
    deleted: BooleanColumn,
}

impl State {
    fn new(how: Flatten) -> Self {
        Self {
            how,
            reading: Reading::new(how.zone),
            relationship: StringColumn::default(),
            relationship_type: StringColumn::default(),
            bidirectional: BooleanColumn::default(),
            from_type: StringColumn::default(),
            from: StringColumn::default(),
            to_type: StringColumn::default(),
            to: StringColumn::default(),
            created_at: DatetimeColumn::default(),
            updated_at: DatetimeColumn::default(),
            deleted: BooleanColumn::default(),
        }
    }

    /// Takes a relationship into the columns. The error is the name of a field that it lacks.
    fn push(&mut self, edge: &Edge<'_>) -> Result<(), &'static str> {
        let created = self.reading.wall("created_at", &edge.created_at)?;
        let updated = self.reading.wall("updated_at", &edge.updated_at)?;
        let uid = edge.relationship.text().ok_or("relationship")?;
        let (from_type, from) = edge.from.object().ok_or("from")?;
        let (to_type, to) = edge.to.object().ok_or("to")?;
        self.reading.begin(self.relationship.len(), updated);
        self.relationship.push(uid);
        self.relationship_type.push_opt(edge.relationship_type.text());
        self.bidirectional.push_opt(edge.bidirectional);
        self.from_type.push(from_type);
        self.from.push(from);
        self.to_type.push(to_type);
        self.to.push(to);
        self.created_at.push_opt(self.reading.instant(created));
        self.updated_at.push_opt(self.reading.instant(updated));
        self.deleted.push(edge.deleted.unwrap_or_default());
        Ok(())
    }
}

impl Rows for State {
    fn reading(&mut self) -> &mut Reading {
        &mut self.reading
    }

    fn finish(self) -> Result<(DataFrame, Reading), FrameError> {
        let frame = DataFrame::new(
            self.relationship.len(),
            vec![
                self.relationship.finish("relationship_id"),
                self.relationship_type.finish("relationship_type_id"),
                self.bidirectional.finish("bidirectional"),
                self.from_type.finish("from_type"),
                self.from.finish("from_id"),
                self.to_type.finish("to_type"),
                self.to.finish("to_id"),
                self.created_at.finish("created_at"),
                self.updated_at.finish("updated_at"),
                self.deleted.finish("deleted"),
            ],
        )?;
        Ok((frame, self.reading))
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Edge<'a> {
    #[serde(borrow, default)]
    relationship: Cell<'a>,
    #[serde(borrow, default)]
    relationship_type: Cell<'a>,
    bidirectional: Option<bool>,
    #[serde(borrow, default)]
    created_at: Cell<'a>,
    #[serde(borrow, default)]
    updated_at: Cell<'a>,
    deleted: Option<bool>,
    #[serde(borrow, default)]
    from: End<'a>,
    #[serde(borrow, default)]
    to: End<'a>,
}

/// One end: exactly one object, of which only the uid is to be trusted (2.40 fills in the rest with placeholders).
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct End<'a> {
    #[serde(borrow)]
    tracked_entity: Option<TrackedEntityEnd<'a>>,
    #[serde(borrow)]
    enrollment: Option<EnrollmentEnd<'a>>,
    #[serde(borrow)]
    event: Option<EventEnd<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct TrackedEntityEnd<'a> {
    #[serde(borrow, default)]
    tracked_entity: Cell<'a>,
}

#[derive(Deserialize)]
struct EnrollmentEnd<'a> {
    #[serde(borrow, default)]
    enrollment: Cell<'a>,
}

#[derive(Deserialize)]
struct EventEnd<'a> {
    #[serde(borrow, default)]
    event: Cell<'a>,
}

impl End<'_> {
    /// The kind and uid of the object.
    fn object(&self) -> Option<(&'static str, &str)> {
        let tracked_entity = self.tracked_entity.as_ref().and_then(|end| end.tracked_entity.text());
        let enrollment = self.enrollment.as_ref().and_then(|end| end.enrollment.text());
        let event = self.event.as_ref().and_then(|end| end.event.text());
        match (tracked_entity, enrollment, event) {
            (Some(uid), None, None) => Some(("tracked_entity", uid)),
            (None, Some(uid), None) => Some(("enrollment", uid)),
            (None, None, Some(uid)) => Some(("event", uid)),
            _ => None,
        }
    }
}

/// An enrollment in a tracked entity: only its relationships are wanted.
#[derive(Deserialize)]
struct NestedEnrollment<'a> {
    #[serde(borrow)]
    relationships: Vec<Edge<'a>>,
}

/// An object of the list.
impl ReadObject for State {
    const EXPECTED: &'static str = "an object with relationships";

    fn read<'de, A: MapAccess<'de>>(&mut self, mut fields: A) -> Result<(), A::Error> {
        if self.how.object == "relationship" {
            let edge = Edge::deserialize(MapAccessDeserializer::new(fields))?;
            self.reading.receive();
            return self.push(&edge).map_err(A::Error::missing_field);
        }
        let (mut uid, mut relationships, mut enrollments) = (None, None, None);
        while let Some(key) = fields.next_key::<Cell<'de>>()? {
            match key.text().unwrap_or_default() {
                "relationships" => relationships = Some(fields.next_value::<Vec<Edge<'de>>>()?),
                "enrollments" if self.how.nested_enrollments => {
                    enrollments = Some(fields.next_value::<Vec<NestedEnrollment<'de>>>()?);
                }
                key if key == self.how.object => {
                    uid = fields.next_value::<Cell<'de>>()?.text().and_then(|text| Uid::parse(text).ok());
                }
                _ => drop(fields.next_value::<IgnoredAny>()?),
            }
        }
        let uid = uid.ok_or_else(|| A::Error::missing_field(self.how.object))?;
        let own = relationships.ok_or_else(|| A::Error::missing_field("relationships"))?;
        if self.how.nested_enrollments && enrollments.is_none() {
            return Err(A::Error::missing_field("enrollments"));
        }
        self.reading.receive();
        let nested = enrollments.iter().flatten().flat_map(|enrollment| &enrollment.relationships);
        for edge in own.iter().chain(nested) {
            self.push(edge).map_err(A::Error::missing_field)?;
        }
        self.reading.see(uid);
        Ok(())
    }
}
