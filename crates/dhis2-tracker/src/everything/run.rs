//! The run: children before their parents, so that whatever is new has its parents when they are asked for; then what is
//! missing by uid; then what was changed meanwhile.

use std::collections::{BTreeSet, HashSet};

use dhis2_api::Uid;
use dhis2_api::datetime::Instant;
use dhis2_extract::receipt::ChangedReceipt;
use dhis2_extract::{Engine, Extraction, Receipt, State, Warning, WarningKind};
use dhis2_frame::{FrameError, FrameSchema};
use polars::frame::DataFrame;

use crate::enrollments::extract::run as extract_enrollments;
use crate::enrollments::{ENROLLMENTS, EnrollmentQuery, EnrollmentQueryBuilder};
use crate::error::TrackerError;
use crate::events::extract::run as run_events;
use crate::events::source::Part;
use crate::events::{EventColumns, EventQuery, EventQueryBuilder, RICH_EVENTS, extract_events};
use crate::everything::columns::{ATTRIBUTE_VALUES, ENTITIES};
use crate::everything::query::ProgramQuery;
use crate::everything::{Everything, changes};
use crate::prepare;
use crate::relationships::{RelationshipQuery, extract_relationships};
use crate::tables::{first_of_each, retain, uids, under};
use crate::tracked_entities::extract::run as run_entities;
use crate::tracked_entities::source::Part as EntityPart;
use crate::tracked_entities::{TRACKED_ENTITIES, TrackedEntityQuery, TrackedEntityQueryBuilder};

pub(crate) async fn everything(engine: &Engine, query: &ProgramQuery) -> Result<Everything, TrackerError> {
    let client = engine.client();
    let server = client.server().await?;
    let zone = prepare::known_zone(server.info.server_time_zone_id.as_deref())?;
    let begin = prepare::now(client, zone).await?;
    let dialect = server.dialect;
    let registration = !prepare::is_without_registration(client, query.program).await?;
    let mut run = Run { engine, query, receipt: None };

    let (mut events, mut enrollments, mut entities);
    if !registration {
        events = run.events(run.of_events()).await?;
        enrollments = ENROLLMENTS.empty();
        entities = TRACKED_ENTITIES.empty();
    } else if dialect.events_by_owner_unit && dialect.enrollments_by_owner_unit {
        events = run.events(run.of_events()).await?;
        enrollments = run.enrollments(run.of_enrollments()).await?;
        entities = run.entities(run.of_entities()).await?;
    } else {
        // Here the lists do not agree on which unit counts: the enrollments decide.
        enrollments = run.enrollments(run.of_enrollments()).await?;
        events = run.events_of(&uids(&enrollments, "enrollment_id")?).await?;
        entities = TRACKED_ENTITIES.empty();
    }
    let absent = &uids(&events, "enrollment_id")? - &uids(&enrollments, "enrollment_id")?;
    enrollments = under(enrollments, run.enrollments_named(&absent).await?)?;
    let absent = &uids(&enrollments, "tracked_entity_id")? - &uids(&entities, "tracked_entity_id")?;
    entities = under(entities, run.entities_named(&absent).await?)?;
    let mut relationships = run.relationships().await?;

    let changed = run.changes(begin, registration).await?;
    let gone = changes::deleted(&changed);
    let mut orphans = BTreeSet::new();
    if registration {
        enrollments = with_parents(&enrollments, "enrollment_id", &entities, "tracked_entity_id", &gone, &mut orphans)?;
        events = with_parents(&events, "event_id", &enrollments, "enrollment_id", &gone, &mut orphans)?;
    }
    let mut there: HashSet<Uid> = uids(&events, "event_id")?.into_iter().collect();
    there.extend(uids(&enrollments, "enrollment_id")?);
    there.extend(uids(&entities, "tracked_entity_id")?);
    let stands = |end: Option<&str>| {
        end.is_none_or(|end| !gone.contains(end) || Uid::parse(end).is_ok_and(|uid| there.contains(&uid)))
    };
    relationships = retain(&retain(&relationships, "from_id", stands)?, "to_id", stands)?;

    let attributes = retain(&entities, "attribute_id", |id| id.is_some())?;
    let one_each = first_of_each(&entities, "tracked_entity_id")?;
    let receipt = run.receipt.ok_or(TrackerError::Query(crate::QueryError::NoProgram))?;
    let mut all = Everything {
        tracked_entities: select(&one_each, &ENTITIES)?,
        attributes: select(&attributes, &ATTRIBUTE_VALUES)?,
        enrollments,
        events,
        relationships,
        receipt,
    };
    finish(&mut all, query, changed, orphans);
    Ok(all)
}

/// The rows whose parent is among the parents, and those whose parent is missing for no known reason: these are named.
/// Those that were deleted meanwhile are left out.
fn with_parents(
    children: &DataFrame,
    key: &str,
    parents: &DataFrame,
    parent_key: &str,
    gone: &HashSet<&str>,
    orphans: &mut BTreeSet<String>,
) -> Result<DataFrame, FrameError> {
    let there: HashSet<&str> = parents.column(parent_key)?.str()?.iter().flatten().collect();
    let (keys, parents_of) = (children.column(key)?.str()?, children.column(parent_key)?.str()?);
    let mut left_out: HashSet<&str> = HashSet::new();
    for (uid, parent) in keys.iter().zip(parents_of.iter()) {
        let (Some(uid), false) = (uid, parent.is_some_and(|parent| there.contains(parent))) else { continue };
        if gone.contains(uid) || parent.is_some_and(|parent| gone.contains(parent)) {
            left_out.insert(uid);
        } else {
            orphans.insert(uid.to_owned());
        }
    }
    retain(children, key, |uid| uid.is_none_or(|uid| !left_out.contains(uid)))
}

fn select(frame: &DataFrame, schema: &FrameSchema) -> Result<DataFrame, FrameError> {
    Ok(frame.select(schema.names())?)
}

fn finish(all: &mut Everything, query: &ProgramQuery, changed: Vec<ChangedReceipt>, orphans: BTreeSet<String>) {
    let rows = all.frames().iter().map(|(_, frame)| frame.height() as u64).sum();
    let receipt = &mut all.receipt;
    "program".clone_into(&mut receipt.extract);
    receipt.query = query.to_json();
    receipt.rows = rows;
    if !changed.is_empty() {
        let message = changes::describe(&changed);
        receipt.warnings.push(Warning { kind: WarningKind::ChangedMeanwhile, message });
        receipt.changed = changed;
    }
    if !orphans.is_empty() {
        receipt.warnings.push(Warning {
            kind: WarningKind::UnknownId,
            message: format!(
                "what these belong to is not found, or not visible to this account: {}",
                orphans.into_iter().collect::<Vec<_>>().join(", ")
            ),
        });
        receipt.state = State::Partial;
    }
}

struct Run<'a> {
    engine: &'a Engine,
    query: &'a ProgramQuery,
    receipt: Option<Receipt>,
}

impl Run<'_> {
    fn take(&mut self, extraction: Extraction) -> DataFrame {
        match &mut self.receipt {
            Some(receipt) => receipt.absorb(extraction.receipt),
            None => self.receipt = Some(extraction.receipt),
        }
        extraction.frame
    }

    /// What was only looked at.
    fn look(&mut self, extraction: Extraction) -> DataFrame {
        match &mut self.receipt {
            Some(receipt) => receipt.absorb_look(extraction.receipt),
            None => self.receipt = Some(extraction.receipt),
        }
        extraction.frame
    }

    fn units(&self) -> impl Iterator<Item = String> {
        self.query.org_unit_parents.iter().map(Uid::to_string)
    }

    fn of_events(&self) -> EventQueryBuilder {
        EventQuery::builder().org_unit_parents(self.units())
    }

    fn of_enrollments(&self) -> EnrollmentQueryBuilder {
        EnrollmentQuery::builder().org_unit_parents(self.units())
    }

    fn of_entities(&self) -> TrackedEntityQueryBuilder {
        TrackedEntityQuery::builder().org_unit_parents(self.units())
    }

    async fn events(&mut self, query: EventQueryBuilder) -> Result<DataFrame, TrackerError> {
        let query = self.finished_events(query.include_deleted(self.query.include_deleted))?;
        let extraction = extract_events(self.engine, &query).await?;
        Ok(self.take(extraction))
    }

    fn finished_events(&self, query: EventQueryBuilder) -> Result<EventQuery, TrackerError> {
        let mut query =
            query.program(self.query.program.as_str()).columns(EventColumns::Rich).occurred_at(self.query.occurred_at);
        if let Some(size) = self.query.page_size {
            query = query.page_size(size);
        }
        Ok(query.build()?)
    }

    async fn events_of(&mut self, enrollments: &BTreeSet<Uid>) -> Result<DataFrame, TrackerError> {
        if enrollments.is_empty() {
            return Ok(RICH_EVENTS.empty());
        }
        self.events(EventQuery::builder().enrollments(enrollments.iter().map(Uid::to_string))).await
    }

    async fn enrollments(&mut self, query: EnrollmentQueryBuilder) -> Result<DataFrame, TrackerError> {
        let query = self.finished_enrollments(query.include_deleted(self.query.include_deleted))?;
        let extraction = extract_enrollments(self.engine, &query).await?;
        Ok(self.take(extraction))
    }

    fn finished_enrollments(&self, query: EnrollmentQueryBuilder) -> Result<EnrollmentQuery, TrackerError> {
        let mut query = query.program(self.query.program.as_str()).occurred_at(self.query.occurred_at);
        if let Some(size) = self.query.page_size {
            query = query.page_size(size);
        }
        Ok(query.build()?)
    }

    async fn enrollments_named(&mut self, absent: &BTreeSet<Uid>) -> Result<DataFrame, TrackerError> {
        if absent.is_empty() {
            return Ok(ENROLLMENTS.empty());
        }
        self.enrollments(EnrollmentQuery::builder().enrollments(absent.iter().map(Uid::to_string))).await
    }

    async fn entities(&mut self, query: TrackedEntityQueryBuilder) -> Result<DataFrame, TrackerError> {
        let query = self.finished_entities(query.include_deleted(self.query.include_deleted))?;
        let extraction = run_entities(self.engine, &query, EntityPart::Attributes).await?;
        Ok(self.take(extraction))
    }

    fn finished_entities(&self, query: TrackedEntityQueryBuilder) -> Result<TrackedEntityQuery, TrackerError> {
        let mut query = query.program(self.query.program.as_str());
        if let Some(size) = self.query.page_size {
            query = query.page_size(size);
        }
        Ok(query.build()?)
    }

    async fn entities_named(&mut self, absent: &BTreeSet<Uid>) -> Result<DataFrame, TrackerError> {
        if absent.is_empty() {
            return Ok(TRACKED_ENTITIES.empty());
        }
        self.entities(TrackedEntityQuery::builder().tracked_entities(absent.iter().map(Uid::to_string))).await
    }

    async fn relationships(&mut self) -> Result<DataFrame, TrackerError> {
        let mut query =
            RelationshipQuery::builder().program(self.query.program.as_str()).org_unit_parents(self.units());
        if let Some(size) = self.query.page_size {
            query = query.page_size(size);
        }
        let extraction = extract_relationships(self.engine, &query.build()?).await?;
        Ok(self.take(extraction))
    }

    /// What was updated since the beginning, of each kind that has any.
    async fn changes(&mut self, begin: Instant, registration: bool) -> Result<Vec<ChangedReceipt>, TrackerError> {
        let since = begin.to_string();
        let query = self.finished_events(self.of_events().updated_after(&since).include_deleted(true))?;
        let extraction = run_events(self.engine, &query, Part::Head, "events").await?;
        let events = self.look(extraction);
        let mut all = vec![changes::of("events", "event_id", &events, begin)?];
        if registration {
            let query = self.finished_enrollments(self.of_enrollments().updated_after(&since).include_deleted(true))?;
            let extraction = extract_enrollments(self.engine, &query).await?;
            let enrollments = self.look(extraction);
            all.push(changes::of("enrollments", "enrollment_id", &enrollments, begin)?);
            let query = self.finished_entities(self.of_entities().updated_after(&since).include_deleted(true))?;
            let extraction = run_entities(self.engine, &query, EntityPart::Attributes).await?;
            let entities = self.look(extraction);
            all.push(changes::of("tracked_entities", "tracked_entity_id", &entities, begin)?);
        }
        Ok(all.into_iter().flatten().collect())
    }
}
