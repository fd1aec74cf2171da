//! Events as CSV: a line for each event and value. Times are UTC here, unlike in JSON.

use std::sync::Arc;

use bytes::Bytes;
use dhis2_api::dialect::behaviour::FollowUpName;

use super::json::{attribute_options, stored_by, value_stored_by};
use crate::json::Json;
use crate::server::Server;
use crate::time::{from_millis, instant_of, instant_text};
use crate::world::texts::Text;
use crate::world::tracker::{Event, EventValue};

/// The pieces of the table.
pub(super) struct EventTable {
    server: Arc<Server>,
    events: Vec<u32>,
    next: usize,
    started: bool,
}

impl EventTable {
    pub(super) fn new(server: Arc<Server>, events: Vec<u32>, skip_header: bool) -> Self {
        Self { server, events, next: 0, started: skip_header }
    }

    fn header(&self) -> String {
        let behaviour = &self.server.behaviour.events;
        let unit_name = if behaviour.unit_name { "orgUnitName," } else { "" };
        let follow_up = if behaviour.follow_up == FollowUpName::Lower { "followup" } else { "followUp" };
        format!(
            "event,status,program,programStage,enrollment,orgUnit,{unit_name}occurredAt,scheduledAt,geometry,latitude,\
             longitude,{follow_up},deleted,createdAt,createdAtClient,updatedAt,updatedAtClient,completedBy,completedAt,\
             updatedBy,attributeOptionCombo,attributeCategoryOptions,assignedUser,dataElement,value,storedBy,\
             providedElsewhere,storedByDataValue,updatedAtDataValue,createdAtDataValue\n"
        )
    }

    fn lines(&self, event: &Event, out: &mut String) {
        let of_event = self.cells(event);
        if event.values.is_empty() {
            let stored_by = stored_by(&self.server, event).map(|name| self.text(name)).unwrap_or_default();
            line(out, of_event.iter().cloned().chain([String::new(), String::new(), stored_by]).chain(blank(4)));
        }
        for value in &event.values {
            line(out, of_event.iter().cloned().chain(self.value_cells(event, value)));
        }
    }

    fn text(&self, text: Text) -> String {
        self.server.world.texts.get(text).to_owned()
    }

    /// A wall clock of the server as an instant.
    fn wall(&self, millis: Option<i64>) -> String {
        millis.map(|millis| instant_text(instant_of(from_millis(millis), self.server.zone))).unwrap_or_default()
    }

    fn cells(&self, event: &Event) -> Vec<String> {
        let Self { server, .. } = self;
        let world = &server.world;
        let behaviour = &server.behaviour.events;
        let program = world.tracker.program_of(event);
        let enrollment = match event.enrollment {
            Some(enrollment) => self.text(world.tracker.enrollments[enrollment as usize].uid),
            None if behaviour.placeholder_enrollment && !program.with_registration => self.text(program.placeholder),
            None => String::new(),
        };
        let instant = |millis: Option<i64>| millis.map(instant_text).unwrap_or_default();
        let username = |user: Option<u32>| {
            user.map(|user| self.text(world.tracker.users[user as usize].username)).unwrap_or_default()
        };
        let unit = world.unit_uid(event.unit);
        let mut cells = vec![
            self.text(event.uid),
            event.status.name().to_owned(),
            self.text(program.uid),
            self.text(event.stage),
            enrollment,
            unit.to_owned(),
        ];
        if behaviour.unit_name {
            let name = world.metadata.find(unit).and_then(|unit| unit.text_of("name"));
            cells.push(name.unwrap_or_default().to_owned());
        }
        cells.extend([self.wall(event.occurred), self.wall(event.scheduled)]);
        cells.extend(place(event.geometry.as_deref()));
        cells.extend([
            event.follow_up.to_string(),
            event.deleted.to_string(),
            instant(Some(event.created)),
            instant(event.created_client),
            instant(Some(event.updated)),
            instant(event.updated_client),
            self.text(event.completed_by),
            self.wall(event.completed),
            username(event.updated_by),
            self.text(event.attribute_combo),
            attribute_options(server, event),
            username(event.assigned),
        ]);
        cells
    }

    fn value_cells(&self, event: &Event, value: &EventValue) -> [String; 7] {
        [
            self.text(value.element),
            self.text(value.value),
            value_stored_by(&self.server, event, value).map(|name| self.text(name)).unwrap_or_default(),
            value.provided_elsewhere.to_string(),
            String::new(),
            instant_text(value.updated),
            instant_text(value.created),
        ]
    }
}

fn blank(cells: usize) -> impl Iterator<Item = String> {
    std::iter::repeat_n(String::new(), cells)
}

/// Well-known text, latitude and longitude of a point.
fn place(geometry: Option<&Json>) -> [String; 3] {
    let point = geometry.filter(|geometry| geometry.text_of("type") == Some("Point"));
    let numbers: Vec<String> = point
        .map(|point| point.list_of("coordinates"))
        .unwrap_or_default()
        .iter()
        .filter_map(|number| if let Json::Number(number) = number { Some(number.to_string()) } else { None })
        .collect();
    match numbers.as_slice() {
        [x, y, ..] => [format!("POINT ({x} {y})"), y.clone(), x.clone()],
        _ => [String::new(), String::new(), String::new()],
    }
}

fn line(out: &mut String, cells: impl Iterator<Item = String>) {
    for (i, cell) in cells.enumerate() {
        if i > 0 {
            out.push(',');
        }
        // A blank is enough to be put in quotes.
        if cell.contains([' ', ',', '"', '\n', '\r', '\t']) {
            out.push('"');
            out.push_str(&cell.replace('"', "\"\""));
            out.push('"');
        } else {
            out.push_str(&cell);
        }
    }
    out.push('\n');
}

impl Iterator for EventTable {
    type Item = Bytes;

    fn next(&mut self) -> Option<Bytes> {
        let mut out = String::new();
        if !self.started {
            self.started = true;
            out.push_str(&self.header());
        }
        while let Some(&number) = self.events.get(self.next).filter(|_| out.len() < 64 * 1024) {
            self.next += 1;
            self.lines(&self.server.world.tracker.events[number as usize], &mut out);
        }
        (!out.is_empty()).then(|| Bytes::from(out))
    }
}
