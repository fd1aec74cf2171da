//! Objects of the tracker as JSON, keys in the order of the server's classes.

pub(crate) mod enrollment;
pub(crate) mod entity;
mod notes;
pub(crate) mod relationship;
mod rows;
mod writer;

pub(crate) use notes::notes;
pub(crate) use rows::Rows;
pub(crate) use writer::{Writer, stored_by};

use crate::accounts::Account;
use crate::fields::Fields;
use crate::json::{Json, object};
use crate::server::Server;
use crate::world::texts::Text;

/// Where an object stands in the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// In the list, or alone.
    Top,
    /// Inside a tracked entity.
    InEntity,
    /// At an end of a relationship.
    RelationshipEnd,
}

/// What decides, beside the fields, how an object is shown.
#[derive(Debug, Clone, Copy)]
pub(crate) struct View {
    /// The program asked for.
    pub(crate) program: Option<u32>,
    /// Deleted objects are asked for.
    pub(crate) deleted: bool,
    pub(crate) superuser: bool,
    /// Asked for alone, by its uid.
    pub(crate) single: bool,
    pub(crate) place: Place,
}

impl View {
    pub(crate) fn new(account: &Account) -> Self {
        Self { program: None, deleted: false, superuser: account.superuser, single: false, place: Place::Top }
    }

    pub(crate) fn at(self, place: Place) -> Self {
        Self { place, ..self }
    }
}

/// The fields asked for of a nested object; everything where only its key was named.
pub(crate) fn inner(fields: &Fields, key: &str) -> Fields {
    fields.select(key).and_then(|selected| selected.inner).cloned().unwrap_or_else(Fields::everything)
}

/// The accounts of tracker objects are named without a display name.
pub(crate) fn user(server: &Server, number: u32) -> Json {
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
