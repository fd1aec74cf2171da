//! Notes of events and enrollments.

use dhis2_api::dialect::behaviour::StoredBy;

use super::{Writer, user};
use crate::fields::Fields;
use crate::json::Json;
use crate::server::Server;
use crate::world::tracker::Note;

/// Notes as JSON; `nameless` where they do not say who wrote them.
pub(crate) fn notes(server: &Server, notes: &[Note], nameless: bool) -> Json {
    Json::List(notes.iter().map(|note| self::note(server, note, nameless)).collect())
}

fn note(server: &Server, note: &Note, nameless: bool) -> Json {
    let behaviour = &server.behaviour.events;
    let everything = Fields::everything();
    let mut out = Writer::new(server, &everything);
    out.text("note", Some(note.uid));
    out.instant("storedAt", Some(note.stored));
    out.text("value", Some(note.value));
    if let Some(author) = note.created_by.filter(|_| !nameless) {
        out.put("createdBy", || named(server, author));
        if behaviour.stored_by == StoredBy::Creator {
            out.text("storedBy", Some(server.world.tracker.users[author as usize].username));
        }
    }
    out.finish()
}

/// Accounts that wrote notes are the only ones named with a `displayName`.
fn named(server: &Server, number: u32) -> Json {
    let mut json = user(server, number);
    if let (Json::Object(entries), true) = (&mut json, server.behaviour.events.note_display_name) {
        let (texts, user) = (&server.world.texts, &server.world.tracker.users[number as usize]);
        let name = format!("{} {}", texts.get(user.first_name), texts.get(user.surname));
        entries.push(("displayName".into(), Json::text(&name)));
    }
    json
}
