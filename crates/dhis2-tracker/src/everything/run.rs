//! The run: children before their parents, so that whatever is new has its parents when they are asked for; then what is
//! missing by uid; then what was changed meanwhile. Each is a step of its own, so that a run that is stopped goes on; what was
//! changed is asked anew, since the beginning of the first run.

use std::collections::{BTreeSet, HashSet};

use dhis2_api::Uid;
use dhis2_api::datetime::Instant;
use dhis2_extract::engine::Preparation;
use dhis2_extract::receipt::ChangedReceipt;
use dhis2_extract::{Engine, Extraction, Prepared, Receipt, State, Warning, WarningKind};
use dhis2_frame::{FrameError, FrameSchema};
use polars::frame::DataFrame;

use crate::enrollments::extract::plan as prepare_enrollments;
use crate::enrollments::{ENROLLMENTS, EnrollmentQuery};
use crate::error::TrackerError;
use crate::events::extract::plan as plan_events;
use crate::events::source::Part;
use crate::events::{EventQuery, RICH_EVENTS};
use crate::everything::columns::{ATTRIBUTE_VALUES, ENTITIES};
use crate::everything::query::ProgramQuery;
use crate::everything::steps::{Asking, Order};
use crate::everything::{Everything, changes};
use crate::prepare;
use crate::tables::{first_of_each, retain, uids, under};
use crate::tracked_entities::extract::plan as prepare_entities;
use crate::tracked_entities::source::Part as EntityPart;
use crate::tracked_entities::{TRACKED_ENTITIES, TrackedEntityQuery};

pub(crate) async fn everything(engine: &Engine, query: &ProgramQuery) -> Result<Everything, TrackerError> {
    let client = engine.client();
    let server = client.server().await?;
    let zone = prepare::known_zone(server.info.server_time_zone_id.as_deref())?;
    let now = prepare::now(client, zone).await?;
    let order = Order::of(engine, query).await?;
    // It holds the folder of the job until all is put together.
    let opened = engine
        .begin(&Preparation { begin: Some(now), ..Preparation::new("program", query.to_json(), Vec::new()) })
        .await?;
    let begin = opened.begin().unwrap_or(now);
    let asking = Asking { engine: engine.clone(), query };
    let mut run = Run { asking, receipt: opened.receipt() };

    let (mut events, mut enrollments, mut entities);
    match order {
        Order::EventsAlone => {
            events = run.take(run.asking.events().await?).await?;
            enrollments = ENROLLMENTS.empty();
            entities = TRACKED_ENTITIES.empty();
        }
        Order::ChildrenFirst => {
            events = run.take(run.asking.events().await?).await?;
            enrollments = run.take(run.asking.enrollments().await?).await?;
            entities = run.take(run.asking.entities().await?).await?;
        }
        Order::EnrollmentsFirst => {
            enrollments = run.take(run.asking.enrollments().await?).await?;
            events = run.events_of(&uids(&enrollments, "enrollment_id")?).await?;
            entities = TRACKED_ENTITIES.empty();
        }
    }
    let absent = &uids(&events, "enrollment_id")? - &uids(&enrollments, "enrollment_id")?;
    enrollments = under(enrollments, run.enrollments_named(&absent).await?)?;
    let absent = &uids(&enrollments, "tracked_entity_id")? - &uids(&entities, "tracked_entity_id")?;
    entities = under(entities, run.entities_named(&absent).await?)?;
    let mut relationships = run.take(run.asking.relationships().await?).await?;

    let registration = order != Order::EventsAlone;
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
    let receipt = run.receipt;
    let mut all = Everything {
        tracked_entities: select(&one_each, &ENTITIES)?,
        attributes: select(&attributes, &ATTRIBUTE_VALUES)?,
        enrollments,
        events,
        relationships,
        receipt,
    };
    finish(&mut all, changed, orphans);
    drop(opened);
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

fn finish(all: &mut Everything, changed: Vec<ChangedReceipt>, orphans: BTreeSet<String>) {
    let rows = all.frames().iter().map(|(_, frame)| frame.height() as u64).sum();
    let receipt = &mut all.receipt;
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
    asking: Asking<'a>,
    receipt: Receipt,
}

impl Run<'_> {
    async fn take(&mut self, prepared: Prepared) -> Result<DataFrame, TrackerError> {
        let Extraction { frame, receipt } = prepared.collect().await?;
        self.receipt.absorb(receipt);
        Ok(frame)
    }

    /// What is only looked at.
    async fn look(&mut self, prepared: Prepared) -> Result<DataFrame, TrackerError> {
        let Extraction { frame, receipt } = prepared.collect().await?;
        self.receipt.absorb_look(receipt);
        Ok(frame)
    }

    async fn events_of(&mut self, enrollments: &BTreeSet<Uid>) -> Result<DataFrame, TrackerError> {
        if enrollments.is_empty() {
            return Ok(RICH_EVENTS.empty());
        }
        let query = EventQuery::builder().enrollments(enrollments.iter().map(Uid::to_string));
        self.take(self.asking.events_of(query, "events").await?).await
    }

    async fn enrollments_named(&mut self, absent: &BTreeSet<Uid>) -> Result<DataFrame, TrackerError> {
        if absent.is_empty() {
            return Ok(ENROLLMENTS.empty());
        }
        let query = EnrollmentQuery::builder().enrollments(absent.iter().map(Uid::to_string));
        self.take(self.asking.enrollments_of(query, "enrollments_named").await?).await
    }

    async fn entities_named(&mut self, absent: &BTreeSet<Uid>) -> Result<DataFrame, TrackerError> {
        if absent.is_empty() {
            return Ok(TRACKED_ENTITIES.empty());
        }
        let query = TrackedEntityQuery::builder().tracked_entities(absent.iter().map(Uid::to_string));
        self.take(self.asking.entities_of(query, "tracked_entities_named").await?).await
    }

    /// What was updated since the beginning, of each kind that has any.
    async fn changes(&mut self, begin: Instant, registration: bool) -> Result<Vec<ChangedReceipt>, TrackerError> {
        let (since, asking) = (begin.to_string(), &self.asking);
        // What is asked for now depends on now: there is nothing to go on with.
        let engine = asking.engine.without_job();
        let query = asking.finished_events(asking.events_under().updated_after(&since).include_deleted(true))?;
        let events = plan_events(&engine, &query, Part::Head, "events").await?;
        let events = self.look(events).await?;
        let mut all = vec![changes::of("events", "event_id", &events, begin)?];
        if registration {
            let asking = &self.asking;
            let query = asking.enrollments_under().updated_after(&since).include_deleted(true);
            let enrollments = prepare_enrollments(&engine, &asking.finished_enrollments(query)?, "enrollments").await?;
            let enrollments = self.look(enrollments).await?;
            all.push(changes::of("enrollments", "enrollment_id", &enrollments, begin)?);
            let asking = &self.asking;
            let query = asking.entities_under().updated_after(&since).include_deleted(true);
            let entities = prepare_entities(&engine, &asking.finished_entities(query)?, EntityPart::Attributes).await?;
            let entities = self.look(entities).await?;
            all.push(changes::of("tracked_entities", "tracked_entity_id", &entities, begin)?);
        }
        Ok(all.into_iter().flatten().collect())
    }
}
