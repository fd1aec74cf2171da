//! The extracts that a program whole consists of, each a step of one run.

use dhis2_api::Uid;
use dhis2_extract::{Engine, Plan, Prepared};

use crate::enrollments::extract::plan as prepare_enrollments;
use crate::enrollments::{EnrollmentQuery, EnrollmentQueryBuilder};
use crate::error::TrackerError;
use crate::events::{EventColumns, EventQuery, EventQueryBuilder, prepare_events};
use crate::everything::query::ProgramQuery;
use crate::prepare;
use crate::relationships::{RelationshipQuery, prepare_relationships};
use crate::tracked_entities::extract::plan as prepare_entities;
use crate::tracked_entities::source::Part;
use crate::tracked_entities::{TrackedEntityQuery, TrackedEntityQueryBuilder};

/// What is asked for first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    /// A program without registration: it has nothing else.
    EventsAlone,
    /// Children before their parents, so that whatever is new has its parents when they are asked for.
    ChildrenFirst,
    /// On versions whose lists do not agree on which unit counts the enrollments decide; the rest is asked for by uid.
    EnrollmentsFirst,
}

impl Order {
    pub(crate) async fn of(engine: &Engine, query: &ProgramQuery) -> Result<Self, TrackerError> {
        let client = engine.client();
        let dialect = client.server().await?.dialect;
        Ok(if prepare::is_without_registration(client, query.program).await? {
            Self::EventsAlone
        } else if dialect.events_by_owner_unit && dialect.enrollments_by_owner_unit {
            Self::ChildrenFirst
        } else {
            Self::EnrollmentsFirst
        })
    }
}

/// What a run asks for before any answer is there.
pub(crate) async fn plan(engine: &Engine, query: &ProgramQuery, counted: bool) -> Result<Plan, TrackerError> {
    let asking = Asking { engine: engine.without_job(), query };
    let order = Order::of(engine, query).await?;
    let mut known = Vec::new();
    if order != Order::EnrollmentsFirst {
        known.push(asking.events().await?);
    }
    if order != Order::EventsAlone {
        known.push(asking.enrollments().await?);
    }
    if order == Order::ChildrenFirst {
        known.push(asking.entities().await?);
    }
    known.push(asking.relationships().await?);
    let later = match order {
        Order::EventsAlone => &[][..],
        Order::ChildrenFirst => &["enrollments and tracked entities of what came that are not among those, by uid"],
        Order::EnrollmentsFirst => &["the events of the enrollments that came, and their tracked entities, by uid"],
    };
    let mut whole: Option<Plan> = None;
    for prepared in known {
        let plan = if counted { prepared.plan().await? } else { prepared.outline().await? };
        let Some(whole) = &mut whole else {
            whole = Some(plan);
            continue;
        };
        whole.chunks.extend(plan.chunks);
        whole.later.extend(plan.later);
        whole
            .spellings
            .extend(plan.spellings.into_iter().filter(|one| !whole.spellings.contains(one)).collect::<Vec<_>>());
        whole
            .warnings
            .extend(plan.warnings.into_iter().filter(|one| !whole.warnings.contains(one)).collect::<Vec<_>>());
    }
    // There are relationships in every plan.
    let mut whole = whole.ok_or(TrackerError::Query(crate::QueryError::NoProgram))?;
    "program".clone_into(&mut whole.extract);
    whole.query = query.to_json();
    whole.later.extend(later.iter().map(|text| (*text).to_owned()));
    whole.later.push("what was changed on the server meanwhile".to_owned());
    Ok(whole)
}

/// The questions of a program, each for a step of its own.
#[derive(Debug)]
pub(crate) struct Asking<'a> {
    pub(crate) engine: Engine,
    pub(crate) query: &'a ProgramQuery,
}

impl Asking<'_> {
    fn units(&self) -> impl Iterator<Item = String> {
        self.query.org_unit_parents.iter().map(Uid::to_string)
    }

    pub(crate) fn events_under(&self) -> EventQueryBuilder {
        EventQuery::builder().org_unit_parents(self.units())
    }

    pub(crate) fn enrollments_under(&self) -> EnrollmentQueryBuilder {
        EnrollmentQuery::builder().org_unit_parents(self.units())
    }

    pub(crate) fn entities_under(&self) -> TrackedEntityQueryBuilder {
        TrackedEntityQuery::builder().org_unit_parents(self.units())
    }

    pub(crate) async fn events(&self) -> Result<Prepared, TrackerError> {
        self.events_of(self.events_under(), "events").await
    }

    pub(crate) async fn events_of(&self, query: EventQueryBuilder, step: &str) -> Result<Prepared, TrackerError> {
        let query = self.finished_events(query.include_deleted(self.query.include_deleted))?;
        prepare_events(&self.engine.step(step), &query).await
    }

    pub(crate) fn finished_events(&self, query: EventQueryBuilder) -> Result<EventQuery, TrackerError> {
        let mut query =
            query.program(self.query.program.as_str()).columns(EventColumns::Rich).occurred_at(self.query.occurred_at);
        if let Some(size) = self.query.page_size {
            query = query.page_size(size);
        }
        Ok(query.build()?)
    }

    pub(crate) async fn enrollments(&self) -> Result<Prepared, TrackerError> {
        self.enrollments_of(self.enrollments_under(), "enrollments").await
    }

    /// Without what is expected: an enrollment that does not come is an event without a parent.
    pub(crate) async fn enrollments_of(
        &self,
        query: EnrollmentQueryBuilder,
        step: &str,
    ) -> Result<Prepared, TrackerError> {
        let query = self.finished_enrollments(query.include_deleted(self.query.include_deleted))?;
        prepare_enrollments(&self.engine.step(step), &query, "enrollments").await
    }

    pub(crate) fn finished_enrollments(&self, query: EnrollmentQueryBuilder) -> Result<EnrollmentQuery, TrackerError> {
        let mut query = query.program(self.query.program.as_str()).occurred_at(self.query.occurred_at);
        if let Some(size) = self.query.page_size {
            query = query.page_size(size);
        }
        Ok(query.build()?)
    }

    pub(crate) async fn entities(&self) -> Result<Prepared, TrackerError> {
        self.entities_of(self.entities_under(), "tracked_entities").await
    }

    /// Without what is expected, as [`enrollments_of`](Self::enrollments_of).
    pub(crate) async fn entities_of(
        &self,
        query: TrackedEntityQueryBuilder,
        step: &str,
    ) -> Result<Prepared, TrackerError> {
        let query = self.finished_entities(query.include_deleted(self.query.include_deleted))?;
        prepare_entities(&self.engine.step(step), &query, Part::Attributes).await
    }

    pub(crate) fn finished_entities(
        &self,
        query: TrackedEntityQueryBuilder,
    ) -> Result<TrackedEntityQuery, TrackerError> {
        let mut query = query.program(self.query.program.as_str());
        if let Some(size) = self.query.page_size {
            query = query.page_size(size);
        }
        Ok(query.build()?)
    }

    pub(crate) async fn relationships(&self) -> Result<Prepared, TrackerError> {
        let mut query =
            RelationshipQuery::builder().program(self.query.program.as_str()).org_unit_parents(self.units());
        if let Some(size) = self.query.page_size {
            query = query.page_size(size);
        }
        prepare_relationships(&self.engine.step("relationships"), &query.build()?).await
    }
}
