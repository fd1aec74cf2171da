//! What people are described by: their type, its attributes, and how they can be related.

use super::{named, reference};
use crate::json::{Json, object};
use crate::random::Random;
use crate::world::builder::WorldBuilder;
use crate::world::tracker::AttributeValue;

/// The type of tracked entities and what belongs to it.
#[derive(Debug)]
pub(super) struct People {
    pub(super) kind: String,
    pub(super) attributes: Vec<Attribute>,
    /// From person to person in one direction, in both, and from a person to a case report.
    pub(super) contact: String,
    pub(super) sibling: String,
    pub(super) in_report: String,
    /// From an enrollment to another person, and between two case reports in both directions.
    pub(super) guardian: String,
    pub(super) same_outbreak: String,
}

/// An attribute.
#[derive(Debug)]
pub(super) struct Attribute {
    pub(super) uid: String,
    value_type: &'static str,
    /// It belongs to the type; else to the first programme alone.
    pub(super) of_type: bool,
}

/// Name, value type, of the type, confidential.
const ATTRIBUTES: [(&str, &str, bool, bool); 6] = [
    ("Given name", "TEXT", true, false),
    ("Family name", "TEXT", true, false),
    ("Born on", "DATE", true, false),
    ("Mobile number", "PHONE_NUMBER", true, false),
    ("Gravida", "INTEGER_ZERO_OR_POSITIVE", false, false),
    ("HIV status known", "BOOLEAN", false, true),
];

pub(super) const CONTACT: &str = "Contact of";
pub(super) const SIBLING: &str = "Sibling";
pub(super) const IN_REPORT: &str = "Person in case report";
pub(super) const GUARDIAN: &str = "Guardian of the enrolled";
pub(super) const SAME_OUTBREAK: &str = "Same outbreak";

pub(super) fn add(builder: &mut WorldBuilder, random: &mut Random) -> People {
    let mut attributes = Vec::new();
    for (name, value_type, of_type, confidential) in ATTRIBUTES {
        let uid = random.uid();
        let rest = vec![
            ("valueType", Json::text(value_type)),
            ("aggregationType", Json::text("NONE")),
            ("unique", Json::Bool(false)),
            ("confidential", Json::Bool(confidential)),
        ];
        let code = format!("TEA_{}", name.to_uppercase().replace(' ', "_"));
        builder.add_metadata("trackedEntityAttributes", named(&uid, &code, name, rest));
        attributes.push(Attribute { uid, value_type, of_type });
    }
    let kind = random.uid();
    let links = attributes.iter().filter(|attribute| attribute.of_type);
    let links = links.map(|attribute| object([("trackedEntityAttribute", reference(&attribute.uid))])).collect();
    let rest = vec![("trackedEntityTypeAttributes", Json::List(links))];
    builder.add_metadata("trackedEntityTypes", named(&kind, "PERSON", "Person", rest));
    let mut relationship_type = |code: &str, name: &str, bidirectional: bool, [from, to]: [&str; 2]| {
        let uid = random.uid();
        let side = |entity: &str| object([("relationshipEntity", Json::text(entity))]);
        let rest = vec![
            ("bidirectional", Json::Bool(bidirectional)),
            ("fromConstraint", side(from)),
            ("toConstraint", side(to)),
        ];
        builder.add_metadata("relationshipTypes", named(&uid, code, name, rest));
        uid
    };
    let (entity, enrollment, event) = ("TRACKED_ENTITY_INSTANCE", "PROGRAM_INSTANCE", "PROGRAM_STAGE_INSTANCE");
    let contact = relationship_type("CONTACT", CONTACT, false, [entity, entity]);
    let sibling = relationship_type("SIBLING", SIBLING, true, [entity, entity]);
    let in_report = relationship_type("IN_REPORT", IN_REPORT, false, [entity, event]);
    let guardian = relationship_type("GUARDIAN", GUARDIAN, false, [enrollment, entity]);
    let same_outbreak = relationship_type("SAME_OUTBREAK", SAME_OUTBREAK, true, [event, event]);
    People { kind, attributes, contact, sibling, in_report, guardian, same_outbreak }
}

impl People {
    /// Values for somebody: now and then one is missing.
    pub(super) fn values(&self, builder: &mut WorldBuilder, random: &mut Random, created: i64) -> Vec<AttributeValue> {
        let mut values = Vec::new();
        for attribute in &self.attributes {
            if random.per_mille(150) {
                continue;
            }
            let text = match attribute.value_type {
                "DATE" => {
                    format!("{}-{:02}-{:02}", 1960 + random.below(50), 1 + random.below(12), 1 + random.below(28))
                }
                "PHONE_NUMBER" => format!("+255{}", 600_000_000 + random.below(99_999_999)),
                "BOOLEAN" => (if random.per_mille(500) { "true" } else { "false" }).to_owned(),
                "TEXT" => {
                    let names = ["Awa", "Zoë", "Fatou \"Fa\"", "José", "O'Neil, Jr", "\u{1F476}"];
                    format!("{}{}", random.pick(&names), random.below(1000))
                }
                _ => random.below(9).to_string(),
            };
            values.push(AttributeValue {
                attribute: builder.texts.intern(&attribute.uid),
                value: builder.texts.intern(&text),
                created,
                updated: created,
                stored_by: crate::world::texts::Text::NONE,
            });
        }
        values
    }
}
