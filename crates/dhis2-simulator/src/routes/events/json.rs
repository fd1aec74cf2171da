//! Events as JSON.

use std::sync::Arc;

use bytes::Bytes;
use dhis2_api::dialect::behaviour::{FollowUpName, StoredBy};

use super::page::Window;
use crate::fields::Fields;
use crate::json::{Escapes, Json, Key, object, write_text};
use crate::project::plain;
use crate::server::Server;
use crate::time::{millis_text, wall_of};
use crate::world::texts::Text;
use crate::world::tracker::{Event, EventValue, Relationship, RelationshipEnd};

/// An event as the fields ask for it.
pub(super) fn event(server: &Server, event: &Event, fields: &Fields) -> Json {
    plain(&Writer { server, event, fields, out: Vec::with_capacity(24) }.all(), fields)
}

/// The accounts of events are named without a display name.
fn user(server: &Server, number: u32) -> Json {
    let world = &server.world;
    let user = &world.tracker.users[number as usize];
    let text = |text: Text| Json::Text(world.texts.shared(text));
    object([
        ("uid", text(user.uid)),
        ("username", text(user.username)),
        ("firstName", text(user.first_name)),
        ("surname", text(user.surname)),
    ])
}

struct Writer<'a> {
    server: &'a Server,
    event: &'a Event,
    fields: &'a Fields,
    out: Vec<(Key, Json)>,
}

impl Writer<'_> {
    /// Keys in the order of the server's class; nulls are left out, and what nobody asked for is not made.
    fn all(mut self) -> Json {
        let Self { server, event, .. } = self;
        let behaviour = &server.behaviour.events;
        let world = &server.world;
        let program = world.tracker.program_of(event);
        let entity = event.tracked_entity.map(|e| world.tracker.tracked_entities[e as usize].uid);
        let enrollment = match event.enrollment {
            Some(enrollment) => Some(world.tracker.enrollments[enrollment as usize].uid),
            None if behaviour.placeholder_enrollment && !program.with_registration => Some(program.placeholder),
            None => None,
        };
        self.text("event", Some(event.uid));
        self.put("status", || Json::text(event.status.name()));
        if behaviour.tracked_entity_early {
            self.text("trackedEntity", entity);
        }
        self.text("program", Some(program.uid));
        self.text("programStage", event.stage.some());
        self.text("enrollment", enrollment);
        if !behaviour.tracked_entity_early {
            self.text("trackedEntity", entity);
        }
        self.put("orgUnit", || Json::text(world.unit_uid(event.unit)));
        if behaviour.unit_name {
            let unit = world.metadata.find(world.unit_uid(event.unit));
            if let Some(name) = unit.and_then(|unit| unit.get("name")) {
                self.put("orgUnitName", || name.clone());
            }
        }
        self.put("relationships", || relationships(server, event));
        self.wall("occurredAt", event.occurred);
        self.wall("scheduledAt", event.scheduled);
        self.text("storedBy", stored_by(server, event));
        match behaviour.follow_up {
            FollowUpName::Lower => self.put("followup", || Json::Bool(event.follow_up)),
            FollowUpName::Both | FollowUpName::Camel => self.put("followUp", || Json::Bool(event.follow_up)),
        }
        self.put("deleted", || Json::Bool(event.deleted));
        self.instant("createdAt", Some(event.created));
        self.instant("createdAtClient", event.created_client);
        self.instant("updatedAt", Some(event.updated));
        self.instant("updatedAtClient", event.updated_client);
        self.text("attributeOptionCombo", event.attribute_combo.some());
        if !event.attribute_options.is_empty() {
            self.put("attributeCategoryOptions", || Json::text(&attribute_options(server, event)));
        }
        self.text("completedBy", event.completed_by.some());
        self.wall("completedAt", event.completed);
        if let Some(geometry) = &event.geometry {
            self.put("geometry", || Json::clone(geometry));
        }
        match event.assigned {
            Some(to) => self.put("assignedUser", || user(server, to)),
            None if behaviour.empty_assigned_user => self.put("assignedUser", || object([])),
            None => {}
        }
        for (key, account) in [("createdBy", event.created_by), ("updatedBy", event.updated_by)] {
            if let Some(account) = account {
                self.put(key, || user(server, account));
            }
        }
        self.put("dataValues", || Json::List(event.values.iter().map(|v| value(server, event, v)).collect()));
        self.put("notes", || Json::List(event.notes.clone()));
        if behaviour.follow_up == FollowUpName::Both {
            self.put("followup", || Json::Bool(event.follow_up));
        }
        Json::Object(self.out)
    }

    fn put(&mut self, key: &'static str, value: impl FnOnce() -> Json) {
        if self.fields.wants(key) {
            self.out.push((key.into(), value()));
        }
    }

    fn text(&mut self, key: &'static str, text: Option<Text>) {
        if let Some(text) = text {
            let shared = self.server.world.texts.shared(text);
            self.put(key, || Json::Text(shared));
        }
    }

    /// A wall clock, written as it is.
    fn wall(&mut self, key: &'static str, millis: Option<i64>) {
        if let Some(millis) = millis {
            self.put(key, || Json::text(&millis_text(millis)));
        }
    }

    /// An instant, written in the server's zone without saying so.
    fn instant(&mut self, key: &'static str, millis: Option<i64>) {
        self.wall(key, millis.map(|millis| wall_of(millis, self.server.zone)));
    }
}

/// The account that an event or a value says it was stored by.
pub(super) fn stored_by(server: &Server, event: &Event) -> Option<Text> {
    let creator = event.created_by.map(|user| server.world.tracker.users[user as usize].username);
    match server.behaviour.events.stored_by {
        StoredBy::AsSent => event.stored_by.some(),
        StoredBy::Creator => event.stored_by.some().or(creator),
    }
}

/// The account that a value says it was stored by.
pub(super) fn value_stored_by(server: &Server, event: &Event, value: &EventValue) -> Option<Text> {
    let creator = event.created_by.map(|user| server.world.tracker.users[user as usize].username);
    let known = value.stored_by.some();
    if server.behaviour.events.value_stored_by { known.or(creator) } else { None }
}

pub(super) fn attribute_options(server: &Server, event: &Event) -> String {
    let texts: Vec<_> = event.attribute_options.iter().map(|option| server.world.texts.get(*option)).collect();
    texts.join(&server.behaviour.events.option_separator.to_string())
}

fn value(server: &Server, event: &Event, value: &EventValue) -> Json {
    let behaviour = &server.behaviour.events;
    let texts = &server.world.texts;
    let time = |millis| Json::text(&millis_text(wall_of(millis, server.zone)));
    let mut entries: Vec<(Key, Json)> =
        vec![("createdAt".into(), time(value.created)), ("updatedAt".into(), time(value.updated))];
    if let Some(name) = value_stored_by(server, event, value) {
        entries.push(("storedBy".into(), Json::Text(texts.shared(name))));
    }
    entries.push(("providedElsewhere".into(), Json::Bool(value.provided_elsewhere)));
    entries.push(("dataElement".into(), Json::Text(texts.shared(value.element))));
    entries.push(("value".into(), Json::Text(texts.shared(value.value))));
    if behaviour.value_users {
        for (key, account) in [("createdBy", event.created_by), ("updatedBy", event.updated_by)] {
            if let Some(account) = account {
                entries.push((key.into(), user(server, account)));
            }
        }
    }
    Json::Object(entries)
}

/// The relationships that are listed at an event: from 2.42 on not at the to side of those in one direction.
fn relationships(server: &Server, event: &Event) -> Json {
    let known = server.world.tracker.relationships.get(&event.uid);
    let listed = known.into_iter().flatten().filter(|relationship| {
        server.behaviour.events.relationships_at_both_sides
            || relationship.bidirectional
            || relationship.from == RelationshipEnd::Event(event.uid)
    });
    Json::List(listed.map(|relationship| self::relationship(server, relationship)).collect())
}

fn relationship(server: &Server, relationship: &Relationship) -> Json {
    let texts = &server.world.texts;
    let text = |text: Text| Json::Text(texts.shared(text));
    let time = |millis| Json::text(&millis_text(wall_of(millis, server.zone)));
    let end = |end| match end {
        RelationshipEnd::TrackedEntity(uid) => object([("trackedEntity", object([("trackedEntity", text(uid))]))]),
        RelationshipEnd::Enrollment(uid) => object([("enrollment", object([("enrollment", text(uid))]))]),
        RelationshipEnd::Event(uid) => object([("event", object([("event", text(uid))]))]),
    };
    object([
        ("relationship", text(relationship.uid)),
        ("relationshipName", text(relationship.name)),
        ("relationshipType", text(relationship.kind)),
        ("createdAt", time(relationship.created)),
        ("updatedAt", time(relationship.updated)),
        ("bidirectional", Json::Bool(relationship.bidirectional)),
        ("from", end(relationship.from)),
        ("to", end(relationship.to)),
    ])
}

/// The pieces of a list, made while they are sent.
pub(super) struct EventRows {
    server: Arc<Server>,
    window: Window,
    fields: Fields,
    envelope: bool,
    next: usize,
    state: State,
}

#[derive(PartialEq, Eq)]
enum State {
    Head,
    Rows,
    Done,
}

impl EventRows {
    const PIECE: usize = 64 * 1024;

    pub(super) fn new(server: Arc<Server>, window: Window, fields: Fields, envelope: bool) -> Self {
        Self { server, window, fields, envelope, next: 0, state: State::Head }
    }

    fn write_head(&self, out: &mut Vec<u8>) {
        out.push(b'{');
        if self.envelope {
            for (key, value) in &self.window.before {
                write_text(out, key, Escapes::Surrogates);
                out.push(b':');
                value.write(out, Escapes::Surrogates);
                out.push(b',');
            }
        }
        write_text(out, self.window.item_key, Escapes::Surrogates);
        out.extend_from_slice(b":[");
    }
}

impl Iterator for EventRows {
    type Item = Bytes;

    fn next(&mut self) -> Option<Bytes> {
        if self.state == State::Done {
            return None;
        }
        let mut out = Vec::with_capacity(Self::PIECE + 4096);
        if self.state == State::Head {
            self.write_head(&mut out);
            self.state = State::Rows;
        }
        while let Some(&number) = self.window.events.get(self.next).filter(|_| out.len() < Self::PIECE) {
            if self.next > 0 {
                out.push(b',');
            }
            self.next += 1;
            let row = &self.server.world.tracker.events[number as usize];
            event(&self.server, row, &self.fields).write(&mut out, Escapes::Surrogates);
        }
        if self.next == self.window.events.len() {
            out.extend_from_slice(b"]}");
            self.state = State::Done;
        }
        Some(Bytes::from(out))
    }
}
