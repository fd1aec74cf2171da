//! An object in the making.

use dhis2_api::dialect::behaviour::StoredBy;

use super::user;
use crate::fields::Fields;
use crate::json::{Json, Key};
use crate::server::Server;
use crate::time::{millis_text, wall_of};
use crate::world::texts::Text;
use crate::world::tracker::Stamps;

/// Collects the keys of an object in the order of the server's class; nulls are left out, and what nobody asked for is
/// not made.
pub(crate) struct Writer<'a> {
    pub(crate) server: &'a Server,
    fields: &'a Fields,
    out: Vec<(Key, Json)>,
}

impl<'a> Writer<'a> {
    pub(crate) fn new(server: &'a Server, fields: &'a Fields) -> Self {
        Self { server, fields, out: Vec::with_capacity(24) }
    }

    pub(crate) fn finish(self) -> Json {
        Json::Object(self.out)
    }

    pub(crate) fn put(&mut self, key: &'static str, value: impl FnOnce() -> Json) {
        if self.fields.wants(key) {
            self.out.push((key.into(), value()));
        }
    }

    pub(crate) fn text(&mut self, key: &'static str, text: Option<Text>) {
        if let Some(text) = text.and_then(Text::some) {
            let shared = self.server.world.texts.shared(text);
            self.put(key, || Json::Text(shared));
        }
    }

    /// A wall clock, written as it is.
    pub(crate) fn wall(&mut self, key: &'static str, millis: Option<i64>) {
        if let Some(millis) = millis {
            self.put(key, || Json::text(&millis_text(millis)));
        }
    }

    /// An instant, written in the server's zone without saying so.
    pub(crate) fn instant(&mut self, key: &'static str, millis: Option<i64>) {
        self.wall(key, millis.map(|millis| wall_of(millis, self.server.zone)));
    }

    pub(crate) fn user(&mut self, key: &'static str, account: Option<u32>) {
        if let Some(account) = account {
            let server = self.server;
            self.put(key, || user(server, account));
        }
    }

    /// `createdAt` to `updatedAtClient`.
    pub(crate) fn times(&mut self, stamps: &Stamps) {
        self.instant("createdAt", Some(stamps.created));
        self.instant("createdAtClient", stamps.created_client);
        self.instant("updatedAt", Some(stamps.updated));
        self.instant("updatedAtClient", stamps.updated_client);
    }

    /// `createdBy` and `updatedBy`.
    pub(crate) fn users(&mut self, stamps: &Stamps) {
        self.user("createdBy", stamps.created_by);
        self.user("updatedBy", stamps.updated_by);
    }
}

/// The account that an object says it was stored by.
pub(crate) fn stored_by(server: &Server, sent: Option<Text>, created_by: Option<u32>) -> Option<Text> {
    let sent = sent.and_then(Text::some);
    match server.behaviour.events.stored_by {
        StoredBy::AsSent => sent,
        StoredBy::Creator => sent.or(created_by.map(|user| server.world.tracker.users[user as usize].username)),
    }
}
