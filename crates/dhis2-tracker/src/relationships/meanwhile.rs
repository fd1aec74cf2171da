//! Objects that a walk may have missed.
//!
//! With relationships among the fields deleted objects cannot be asked for (2.41 answers 404), and so one that is deleted
//! while pages are read moves those after it to an earlier page: some are not looked at. Where something was deleted, all
//! uids are listed in a way that loses none, and those at which it was not looked are asked for by uid.

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use dhis2_api::Uid;
use dhis2_api::datetime::Instant;
use dhis2_extract::engine::Preparation;
use dhis2_extract::{Engine, ExtractError, Fetched, Prepared, Seen, Sequel};
use dhis2_frame::FrameError;
use polars::frame::DataFrame;

use crate::enrollments::{EnrollmentQuery, prepare_enrollments};
use crate::error::TrackerError;
use crate::events::source::Part;
use crate::events::{EventQuery, extract::plan as prepare_events};
use crate::relationships::plan::Owners;
use crate::relationships::source::RelationshipSource;
use crate::scope::Scope;
use crate::tables::uids;
use crate::tracked_entities::prepare_tracked_entities;
use crate::uids::Place;

/// Looks for the objects that a walk missed, and at them.
#[derive(Debug)]
pub(crate) struct Missed {
    /// The walk.
    pub(crate) source: RelationshipSource,
    /// At which objects it looked.
    pub(crate) owners: Vec<Owners>,
    /// Under which units.
    pub(crate) parents: Vec<Uid>,
}

#[async_trait]
impl Sequel for Missed {
    fn describe(&self) -> String {
        "what was deleted meanwhile; where something was, the objects that the walk may have missed, by uid".to_owned()
    }

    async fn follow(
        &self,
        engine: &Engine,
        preparation: &Preparation,
        mut came: Fetched,
    ) -> Result<Fetched, ExtractError> {
        let Some(begin) = came.begin() else { return Ok(came) };
        let (mut seen, mut chunks) = (None, Vec::new());
        for owners in &self.owners {
            if !self.deleted_any(engine, *owners, begin, &mut came).await? {
                continue;
            }
            let seen: &Seen = match &mut seen {
                Some(seen) => seen,
                none => none.insert(came.seen()?),
            };
            let missed = self.missed(engine, *owners, seen, &mut came).await?;
            if !missed.is_empty() {
                chunks.extend(Place::all(&[], &missed).into_iter().map(|place| (*owners, place)));
            }
        }
        if chunks.is_empty() {
            return Ok(came);
        }
        let source = RelationshipSource { chunks, ..self.source.clone() };
        let preparation = Preparation {
            refine: preparation.refine.clone(),
            ..Preparation::new(preparation.extract, preparation.query.clone(), Vec::new())
        };
        Ok(came.then(engine.step("missed").fetch(&Arc::new(source), &preparation).await?))
    }
}

impl Missed {
    /// Whether objects of this kind left the walk's list since then.
    async fn deleted_any(
        &self,
        engine: &Engine,
        owners: Owners,
        begin: Instant,
        came: &mut Fetched,
    ) -> Result<bool, TrackerError> {
        let mut left = false;
        // A tracked entity that loses its enrollment leaves the program's list without being updated.
        let enrollments = match owners {
            Owners::TrackedEntities(Scope::Program(program)) => Some(Owners::Enrollments(program)),
            _ => None,
        };
        for owners in [Some(owners), enrollments].into_iter().flatten() {
            // What is asked for now depends on now: there is nothing to go on with.
            let Some(changed) = self.objects(&engine.without_job(), owners, Some(begin)).await? else { continue };
            let changed = changed.collect().await?;
            came.look(changed.receipt);
            left |= is_any_deleted(&changed.frame)?;
        }
        Ok(left)
    }

    /// The objects of this kind that there are, and at which it was not looked.
    async fn missed(
        &self,
        engine: &Engine,
        owners: Owners,
        seen: &Seen,
        came: &mut Fetched,
    ) -> Result<Vec<Uid>, TrackerError> {
        let Some(all) = self.objects(&engine.fresh_step("listed")?, owners, None).await? else {
            return Ok(Vec::new());
        };
        let all = all.fetch().await?;
        let mut missed = BTreeSet::new();
        all.rows(&mut |frame| {
            let uids = uids(&frame, frame.get_column_names()[0].as_str())?;
            missed.extend(uids.into_iter().filter(|uid| !seen.contains(uid.as_str())));
            Ok::<_, ExtractError>(())
        })?;
        came.look(all.into_receipt());
        Ok(missed.into_iter().collect())
    }

    /// The objects of a kind, whose uids stand in the first column: those updated since then, deleted ones among them; without
    /// it all that are not deleted. Nothing for a single object, which needs no list.
    async fn objects(
        &self,
        engine: &Engine,
        owners: Owners,
        since: Option<Instant>,
    ) -> Result<Option<Prepared>, TrackerError> {
        let units = || self.parents.iter().map(Uid::to_string);
        let since = since.map(|since| since.to_string());
        macro_rules! asked {
            ($query:expr) => {{
                let query = $query.org_unit_parents(units()).include_deleted(since.is_some());
                match &since {
                    Some(since) => query.updated_after(since).build()?,
                    None => query.build()?,
                }
            }};
        }
        Ok(Some(match owners {
            Owners::TrackedEntities(scope) => prepare_tracked_entities(engine, &asked!(scope.query())).await?,
            Owners::Enrollments(program) => {
                let query = asked!(EnrollmentQuery::builder().program(program.as_str()));
                prepare_enrollments(engine, &query).await?
            }
            Owners::Events(program) => {
                let query = asked!(EventQuery::builder().program(program.as_str()));
                prepare_events(engine, &query, Part::Head, "events").await?
            }
            Owners::One(..) => return Ok(None),
        }))
    }
}

fn is_any_deleted(objects: &DataFrame) -> Result<bool, FrameError> {
    let deleted = objects.column("deleted")?.bool()?;
    Ok(deleted.iter().any(|deleted| deleted == Some(true)))
}
