//! Answers as servers write them, of any size, made up from a seed.

use std::fmt::Write as _;

/// The answer of a 2.42 server to a question for data values: all eleven fields in every row, nulls too.
pub fn data_values_full(rows: usize) -> String {
    let mut random = Random(1);
    let (units, elements) = (random.uids(500), random.uids(40));
    let mut body = String::from(r#"{"dataValues":["#);
    for row in 0..rows {
        let (unit, element) = (random.one(&units), random.one(&elements));
        let (month, value) = (1 + random.below(12), random.below(5_000));
        // Writing to a String cannot fail.
        let _ = write!(
            body,
            r#"{comma}{{"dataElement":"{element}","period":"2024{month:02}","orgUnit":"{unit}","categoryOptionCombo":"HllvX50cXC0","attributeOptionCombo":"HllvX50cXC0","value":"{value}","storedBy":"admin","created":"2024-02-01T08:15:{second:02}.000+0000","lastUpdated":"2024-03-02T10:45:{second:02}.000+0000","comment":null,"followup":false}}"#,
            comma = comma(row),
            second = row % 60,
        );
    }
    body + "]}"
}

/// The answer of a 2.43 server to the same for one period: the period at the top, nulls left out.
pub fn data_values_hoisted(rows: usize) -> String {
    let mut random = Random(2);
    let (units, elements) = (random.uids(500), random.uids(40));
    let mut body = String::from(r#"{"dataSet":"pPqq629bfL1","period":"202401","dataValues":["#);
    for row in 0..rows {
        let (unit, element, value) = (random.one(&units), random.one(&elements), random.below(5_000));
        let _ = write!(
            body,
            r#"{comma}{{"dataElement":"{element}","orgUnit":"{unit}","categoryOptionCombo":"HllvX50cXC0","attributeOptionCombo":"HllvX50cXC0","value":"{value}","storedBy":"admin","created":"2024-02-01T08:15:15.372+0000","lastUpdated":"2024-03-02T10:45:49.134+0000"}}"#,
            comma = comma(row),
        );
    }
    body + "]}"
}

/// A page of a 2.42 server with so many events of four data values each, with the fields that are asked for. One value in
/// eight has characters that are escaped.
pub fn events(events: usize) -> String {
    let mut random = Random(3);
    let (units, elements) = (random.uids(500), random.uids(20));
    let mut body = format!(r#"{{"pager":{{"page":1,"pageSize":{events}}},"events":["#);
    for event in 0..events {
        let (uid, unit) = (random.uid(), random.one(&units));
        let day = 1 + random.below(28);
        let _ = write!(
            body,
            r#"{comma}{{"event":"{uid}","status":"COMPLETED","program":"T4KUa2dgu2M","programStage":"Yl7DhNudbZY","orgUnit":"{unit}","occurredAt":"2024-01-{day:02}T00:00:00.000","deleted":false,"updatedAt":"2024-02-01T09:15:30.250","attributeOptionCombo":"HllvX50cXC0","dataValues":["#,
            comma = comma(event),
        );
        for place in 0..4 {
            let element = random.one(&elements);
            let value = match random.below(8) {
                0 => r#"line one\nline \"two\""#.to_owned(),
                n => (n * random.below(100)).to_string(),
            };
            let _ = write!(body, r#"{}{{"dataElement":"{element}","value":"{value}"}}"#, comma(place));
        }
        body.push_str("]}");
    }
    body + "]}"
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

    fn uid(&mut self) -> String {
        let letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
        let mut letter = |of: &[u8]| char::from(of[usize::try_from(self.below(of.len() as u64)).unwrap_or(0)]);
        std::iter::once(letter(&letters[..52])).chain((0..10).map(|_| letter(letters))).collect()
    }

    fn uids(&mut self, count: usize) -> Vec<String> {
        (0..count).map(|_| self.uid()).collect()
    }

    fn one<'t>(&mut self, of: &'t [String]) -> &'t str {
        &of[usize::try_from(self.below(of.len() as u64)).unwrap_or(0)]
    }
}

#[cfg(test)]
mod tests {
    use dhis2_aggregate::flatten::Flatten;
    use dhis2_api::datetime::ServerZone;

    use super::*;

    /// What is measured is the whole work: every row is read.
    #[test]
    fn every_payload_becomes_its_rows() {
        let full = Flatten::default().body(data_values_full(70).as_bytes()).unwrap();
        assert_eq!((full.0.height(), full.1), (70, 70));
        let hoisted = Flatten { fill_shared_fields: true, ..Flatten::default() };
        assert_eq!(hoisted.body(data_values_hoisted(70).as_bytes()).unwrap().0.height(), 70);
        let events_of = dhis2_tracker::events::Flatten {
            items: "events",
            zone: ServerZone::UTC,
            in_utc: false,
            columns: dhis2_tracker::EventColumns::Plain,
            selection: dhis2_tracker::events::Selection::default(),
        };
        let page = events_of.body(events(70).as_bytes()).unwrap();
        assert_eq!((page.frame.height(), page.received), (280, 70));
    }
}
