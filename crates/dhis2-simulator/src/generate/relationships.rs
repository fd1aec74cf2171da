//! Made-up relationships between objects of every kind.

use super::people::{CONTACT, GUARDIAN, IN_REPORT, People, SAME_OUTBREAK, SIBLING};
use super::{DAY, ENTERED};
use crate::random::Random;
use crate::world::builder::WorldBuilder;
use crate::world::texts::Text;
use crate::world::tracker::{Relationship, RelationshipEnd};

/// Two or more people, an enrollment and two case reports are needed; else there are none.
pub(super) fn add(builder: &mut WorldBuilder, random: &mut Random, people: &People, reports: &[Text], count: usize) {
    let entities: Vec<Text> = builder.tracker.tracked_entities.iter().map(|entity| entity.uid).collect();
    let enrollments: Vec<Text> = builder.tracker.enrollments.iter().map(|enrollment| enrollment.uid).collect();
    if entities.len() < 2 || enrollments.is_empty() || reports.len() < 2 {
        return;
    }
    for i in 0..count {
        let entity = |random: &mut Random| RelationshipEnd::TrackedEntity(*random.pick(&entities));
        let [one, other] = pair(random, &entities).map(RelationshipEnd::TrackedEntity);
        // One kind after the other; people with people most often.
        let (kind, name, bidirectional, from, to) = match i % 7 {
            0 | 3 => (&people.contact, CONTACT, false, one, other),
            1 | 4 => (&people.sibling, SIBLING, true, one, other),
            2 => (&people.in_report, IN_REPORT, false, one, RelationshipEnd::Event(reports[i % reports.len()])),
            5 => {
                let enrollment = RelationshipEnd::Enrollment(*random.pick(&enrollments));
                (&people.guardian, GUARDIAN, false, enrollment, entity(random))
            }
            _ => {
                let [one, other] = pair(random, reports).map(RelationshipEnd::Event);
                (&people.same_outbreak, SAME_OUTBREAK, true, one, other)
            }
        };
        let created = ENTERED + 50 * DAY + i64::try_from(i).unwrap_or(0);
        let relationship = Relationship {
            uid: builder.texts.intern(&random.uid()),
            kind: builder.texts.intern(kind),
            name: builder.texts.intern(name),
            bidirectional,
            created,
            updated: created,
            from,
            to,
            deleted: i % 41 == 20,
        };
        builder.add_relationship(relationship);
    }
}

/// Two different ones.
fn pair(random: &mut Random, of: &[Text]) -> [Text; 2] {
    let at = random.below(of.len());
    let other = (at + 1 + random.below(of.len() - 1)) % of.len();
    [of[at], of[other]]
}
