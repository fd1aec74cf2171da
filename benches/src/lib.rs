//! What the benches have in common: answers as servers write them, and how they are read.

mod canned;
mod cpu;
mod payload;
mod read;

pub use canned::{Canned, serve};
pub use cpu::CpuTime;
pub use payload::{
    Order, data_values, data_values_full, data_values_hoisted, enrollments, events, events_page, tracked_entities,
};
pub use read::{DATA_VALUES, ENROLLMENTS, EVENTS, HOISTED, Read, TRACKED_ENTITIES, one_core, serde_json_only};

#[cfg(test)]
mod tests {
    use super::*;

    /// What is measured is the whole work: every row is read, in every way.
    #[test]
    fn every_payload_becomes_its_rows() {
        let payloads = [
            (DATA_VALUES, data_values_full(70), 70),
            (DATA_VALUES, data_values(70, Order::Shuffled), 70),
            (HOISTED, data_values_hoisted(70), 70),
            (EVENTS, events(70, 4, Order::Servers), 280),
            (EVENTS, events(70, 4, Order::Shuffled), 280),
            (TRACKED_ENTITIES, tracked_entities(70), 420),
            (ENROLLMENTS, enrollments(70), 70),
        ];
        for (read, body, rows) in payloads {
            for options in [one_core(), serde_json_only()] {
                assert_eq!(read(body.as_bytes(), options), rows);
            }
        }
    }
}
