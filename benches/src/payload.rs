//! Answers as servers write them, of any size, made up from a seed.

use std::fmt::Write as _;

/// In which order the fields of an object come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// As servers write them.
    Servers,
    /// Another in each object.
    Shuffled,
}

/// The answer of a 2.42 server to a question for data values: all eleven fields in every row, nulls too.
pub fn data_values_full(rows: usize) -> String {
    data_values(rows, Order::Servers)
}

/// The same with the fields in another order.
pub fn data_values(rows: usize, order: Order) -> String {
    let mut random = Random(1);
    let (units, elements) = (random.uids(rows / 480 + 1), random.uids(40));
    list(r#"{"dataValues":["#, rows, 300, |row, body| {
        // Each value once, in no order that a processor could learn (7,919 divides no power of ten).
        let n = row * 7_919 % rows;
        let (element, month, unit) = (&elements[n % 40], 1 + n / 40 % 12, &units[n / 480]);
        let value = random.below(5_000);
        let second = row % 60;
        let fields = [
            format!(r#""dataElement":"{element}""#),
            format!(r#""period":"2024{month:02}""#),
            format!(r#""orgUnit":"{unit}""#),
            r#""categoryOptionCombo":"HllvX50cXC0""#.to_owned(),
            r#""attributeOptionCombo":"HllvX50cXC0""#.to_owned(),
            format!(r#""value":"{value}""#),
            r#""storedBy":"admin""#.to_owned(),
            format!(r#""created":"2024-02-01T08:15:{second:02}.000+0000""#),
            format!(r#""lastUpdated":"2024-03-02T10:45:{second:02}.000+0000""#),
            r#""comment":null"#.to_owned(),
            r#""followup":false"#.to_owned(),
        ];
        object(body, fields, order, &mut random);
    })
}

/// The answer of a 2.43 server to the same for one period: the period at the top, nulls left out.
pub fn data_values_hoisted(rows: usize) -> String {
    let mut random = Random(2);
    let (units, elements) = (random.uids(500), random.uids(40));
    list(r#"{"dataSet":"pPqq629bfL1","period":"202401","dataValues":["#, rows, 270, |_, body| {
        let (unit, element, value) = (random.one(&units), random.one(&elements), random.below(5_000));
        // Writing to a String cannot fail.
        let _ = write!(
            body,
            r#"{{"dataElement":"{element}","orgUnit":"{unit}","categoryOptionCombo":"HllvX50cXC0","attributeOptionCombo":"HllvX50cXC0","value":"{value}","storedBy":"admin","created":"2024-02-01T08:15:15.372+0000","lastUpdated":"2024-03-02T10:45:49.134+0000"}}"#,
        );
    })
}

/// A page of a 2.42 server with so many events of so many data values each, with the fields that are asked for. One value in
/// eight has characters that are escaped.
pub fn events(events: usize, values: usize, order: Order) -> String {
    events_page(1, true, events, values, order)
}

/// One page of several, each with other events. All but the last name the next.
pub fn events_page(page: u32, is_last: bool, events: usize, values: usize, order: Order) -> String {
    let mut random = Random(2 + u64::from(page));
    let (units, elements) = (random.uids(500), random.uids(20));
    let next = if is_last { "" } else { r#","nextPage":"https://dhis2.example.org/api/tracker/events?page=next""# };
    let head = format!(r#"{{"pager":{{"page":{page},"pageSize":{events}{next}}},"events":["#);
    list(&head, events, 250 + 50 * values, |_, body| {
        let (uid, unit) = (random.uid(), random.one(&units));
        let day = 1 + random.below(28);
        let mut data_values = String::from(r#""dataValues":["#);
        for place in 0..values {
            let element = random.one(&elements);
            let value = match random.below(8) {
                0 => r#"line one\nline \"two\""#.to_owned(),
                n => (n * random.below(100)).to_string(),
            };
            data_values.push_str(comma(place));
            let fields = [format!(r#""dataElement":"{element}""#), format!(r#""value":"{value}""#)];
            object(&mut data_values, fields, order, &mut random);
        }
        data_values.push(']');
        let fields = [
            format!(r#""event":"{uid}""#),
            r#""status":"COMPLETED""#.to_owned(),
            r#""program":"T4KUa2dgu2M""#.to_owned(),
            r#""programStage":"Yl7DhNudbZY""#.to_owned(),
            format!(r#""orgUnit":"{unit}""#),
            format!(r#""occurredAt":"2024-01-{day:02}T00:00:00.000""#),
            r#""deleted":false"#.to_owned(),
            r#""updatedAt":"2024-02-01T09:15:30.250""#.to_owned(),
            r#""attributeOptionCombo":"HllvX50cXC0""#.to_owned(),
            data_values,
        ];
        object(body, fields, order, &mut random);
    })
}

/// A page of a 2.42 server with so many tracked entities of six attributes each.
pub fn tracked_entities(entities: usize) -> String {
    let mut random = Random(4);
    let (units, attributes) = (random.uids(500), random.uids(6));
    let head = format!(r#"{{"pager":{{"page":1,"pageSize":{entities}}},"trackedEntities":["#);
    list(&head, entities, 700, |_, body| {
        let (uid, unit) = (random.uid(), random.one(&units));
        let _ = write!(
            body,
            r#"{{"trackedEntity":"{uid}","trackedEntityType":"nEenWmSyUEp","createdAt":"2024-02-01T09:15:30.250","updatedAt":"2024-02-01T09:15:30.250","orgUnit":"{unit}","inactive":false,"deleted":false,"potentialDuplicate":false,"attributes":["#,
        );
        for (place, attribute) in attributes.iter().enumerate() {
            let value = random.below(1_000_000);
            let _ = write!(body, r#"{}{{"attribute":"{attribute}","value":"{value}"}}"#, comma(place));
        }
        body.push_str("]}");
    })
}

/// A page of a 2.42 server with so many enrollments.
pub fn enrollments(enrollments: usize) -> String {
    let mut random = Random(5);
    let units = random.uids(500);
    let head = format!(r#"{{"pager":{{"page":1,"pageSize":{enrollments}}},"enrollments":["#);
    list(&head, enrollments, 400, |_, body| {
        let (uid, person, unit) = (random.uid(), random.uid(), random.one(&units));
        let day = 1 + random.below(28);
        let _ = write!(
            body,
            r#"{{"enrollment":"{uid}","createdAt":"2024-02-01T09:15:30.250","updatedAt":"2024-02-01T09:15:30.250","trackedEntity":"{person}","program":"mPhS49WzczR","status":"ACTIVE","orgUnit":"{unit}","enrolledAt":"2024-01-{day:02}T00:00:00.000","occurredAt":"2024-01-{day:02}T00:00:00.000","followUp":false,"deleted":false}}"#,
        );
    })
}

/// An answer of which a list is the last thing.
fn list(head: &str, items: usize, bytes_of_one: usize, mut item: impl FnMut(usize, &mut String)) -> String {
    let mut body = String::with_capacity(head.len() + items * bytes_of_one);
    body.push_str(head);
    for place in 0..items {
        body.push_str(comma(place));
        item(place, &mut body);
    }
    body.push_str("]}");
    body
}

fn object<const N: usize>(body: &mut String, mut fields: [String; N], order: Order, random: &mut Random) {
    if order == Order::Shuffled {
        for place in (1..N).rev() {
            fields.swap(place, random.place(place + 1));
        }
    }
    body.push('{');
    for (place, field) in fields.iter().enumerate() {
        body.push_str(comma(place));
        body.push_str(field);
    }
    body.push('}');
}

fn comma(place: usize) -> &'static str {
    if place == 0 { "" } else { "," }
}

/// A linear congruential generator: the same bytes on every machine.
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }

    fn place(&mut self, end: usize) -> usize {
        usize::try_from(self.below(end as u64)).unwrap_or(0)
    }

    fn uid(&mut self) -> String {
        let letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
        let mut letter = |of: &[u8]| char::from(of[self.place(of.len())]);
        std::iter::once(letter(&letters[..52])).chain((0..10).map(|_| letter(letters))).collect()
    }

    fn uids(&mut self, count: usize) -> Vec<String> {
        (0..count).map(|_| self.uid()).collect()
    }

    fn one<'t>(&mut self, of: &'t [String]) -> &'t str {
        &of[self.place(of.len())]
    }
}
