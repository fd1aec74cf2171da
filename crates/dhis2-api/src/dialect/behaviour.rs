//! How servers behave: the side the simulator acts by.
//!
//! [`ServerBehaviour::of`] gives, for a version, what a server does with a request, seen from the inside: which parameters
//! it knows, what it silently drops, how it words its errors, how it writes its rows. The simulator looks at these flags
//! and at nothing else; the client's side, what to send to such a server, is [`Dialect`](super::Dialect).
//!
//! Sources: the wire document (sections 1 to 9; 13 for 2.38 and 2.39) and recordings of 2.38.7, 2.39.10.1, 2.40.12,
//! 2.41.9.1, 2.42.5.2 and 2.43.1. Where a recording contradicts the document, the recording holds.

mod aggregate;
mod analytics;
mod events;
mod imports;
mod metadata;
mod tracker;
mod transport;

pub use aggregate::{
    AccessRefusal, AggregateBehaviour, FirstError, LastUpdatedReading, RowLayout, UnitScope, UnknownIds,
};
pub use analytics::AnalyticsBehaviour;
pub use events::{
    DefaultOrder, DurationReading, EventParams, EventsBehaviour, FollowUpName, OccurredUpperBound, OrderErrors,
    OwnershipMatch, StoredBy, TieBreak, TrackerEnvelope, TrackerErrors, TypeErrors,
};
pub use imports::{ImportBehaviour, ImportJobs, ImportRules, UnreadableBody};
pub use metadata::{FilterErrors, MalformedUid, MetadataBehaviour};
pub use tracker::{EnrollmentsBehaviour, RelationshipsBehaviour, TrackedEntitiesBehaviour, TypeUnitMatch};
pub use transport::{Container, InvalidToken, LoginDemand, TransportBehaviour};

use crate::version::Version;

/// Everything a server of one version does differently from servers of other versions.
///
/// ```
/// use dhis2_api::dialect::behaviour::{RowLayout, ServerBehaviour};
///
/// let behaviour = ServerBehaviour::of(&"2.43.1".parse()?);
/// assert_eq!(behaviour.aggregate.layout, RowLayout::Hoisted);
/// # Ok::<(), dhis2_api::ApiError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerBehaviour {
    /// The servlet container, versioned paths, logins, content types.
    pub transport: TransportBehaviour,
    /// Metadata lists and single objects.
    pub metadata: MetadataBehaviour,
    /// `GET /api/dataValueSets`.
    pub aggregate: AggregateBehaviour,
    /// `POST /api/dataValueSets`.
    pub imports: ImportBehaviour,
    /// `GET /api/analytics`.
    pub analytics: AnalyticsBehaviour,
    /// `GET /api/tracker/events`, list and single.
    pub events: EventsBehaviour,
    /// `GET /api/tracker/trackedEntities`, list and single.
    pub tracked_entities: TrackedEntitiesBehaviour,
    /// `GET /api/tracker/enrollments`, list and single.
    pub enrollments: EnrollmentsBehaviour,
    /// `GET /api/tracker/relationships`, list and single.
    pub relationships: RelationshipsBehaviour,
}

impl ServerBehaviour {
    /// The behaviour of a server of this version. Versions before 2.38 behave as 2.38, later ones than 2.43 as 2.43.
    pub fn of(version: &Version) -> Self {
        Self {
            transport: TransportBehaviour::of(version),
            metadata: MetadataBehaviour::of(version),
            aggregate: AggregateBehaviour::of(version),
            imports: ImportBehaviour::of(version),
            analytics: AnalyticsBehaviour::of(version),
            events: EventsBehaviour::of(version),
            tracked_entities: TrackedEntitiesBehaviour::of(version),
            enrollments: EnrollmentsBehaviour::of(version),
            relationships: RelationshipsBehaviour::of(version),
        }
    }
}

/// Whether the version is of the feature line and has at least that patch.
fn within(version: &Version, feature: u32, patches: std::ops::RangeInclusive<(u32, u32)>) -> bool {
    version.feature() == feature && patches.contains(&(version.patch(), version.hotfix()))
}

#[cfg(test)]
mod tests;
