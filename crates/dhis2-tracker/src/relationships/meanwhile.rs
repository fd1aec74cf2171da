//! Objects that a walk may have missed.
//!
//! With relationships among the fields deleted objects cannot be asked for (2.41 answers 404), and so one that is deleted
//! while pages are read moves those after it to an earlier page: some are not looked at. Where something was deleted, all
//! uids are listed in a way that loses none, and those at which it was not looked are asked for by uid.

use std::collections::HashSet;

use dhis2_api::Uid;
use dhis2_api::datetime::Instant;
use dhis2_extract::{Engine, Receipt};
use dhis2_frame::FrameError;
use polars::frame::DataFrame;

use crate::enrollments::{EnrollmentQuery, extract_enrollments};
use crate::error::TrackerError;
use crate::events::source::Part;
use crate::events::{EventQuery, extract::run as run_events};
use crate::relationships::plan::Owners;
use crate::scope::Scope;
use crate::tables::uids;
use crate::tracked_entities::extract_tracked_entities;

/// Of which objects to ask.
#[derive(Debug, Clone, Copy)]
struct Objects<'a> {
    engine: &'a Engine,
    parents: &'a [Uid],
    /// Those updated since then, deleted ones among them; all that are not deleted without it.
    since: Option<Instant>,
}

/// The objects of these kinds at which a walk that began then did not look, because something was deleted meanwhile.
pub(crate) async fn missed(
    engine: &Engine,
    owners: Owners,
    parents: &[Uid],
    begin: Instant,
    seen: &HashSet<Uid>,
    receipt: &mut Receipt,
) -> Result<Vec<Uid>, TrackerError> {
    let since = Objects { engine, parents, since: Some(begin) };
    let Some(changed) = since.take(owners, receipt).await? else { return Ok(Vec::new()) };
    let mut left = deleted_any(&changed)?;
    if let Owners::TrackedEntities(Scope::Program(program)) = owners {
        // One that loses its enrollment leaves the program's list without being updated.
        if let Some(enrollments) = since.take(Owners::Enrollments(program), receipt).await? {
            left |= deleted_any(&enrollments)?;
        }
    }
    if !left {
        return Ok(Vec::new());
    }
    let Some(all) = (Objects { engine, parents, since: None }).take(owners, receipt).await? else {
        return Ok(Vec::new());
    };
    let uid = all.get_column_names()[0].as_str();
    Ok(uids(&all, uid)?.into_iter().filter(|uid| !seen.contains(uid)).collect())
}

fn deleted_any(objects: &DataFrame) -> Result<bool, FrameError> {
    let deleted = objects.column("deleted")?.bool()?;
    Ok(deleted.iter().any(|deleted| deleted == Some(true)))
}

impl Objects<'_> {
    /// The objects, whose uids stand in the first column; nothing for a single object, which needs no list.
    async fn take(self, owners: Owners, receipt: &mut Receipt) -> Result<Option<DataFrame>, TrackerError> {
        let units = || self.parents.iter().map(Uid::to_string);
        let since = self.since.map(|since| since.to_string());
        let deleted = since.is_some();
        macro_rules! asked {
            ($query:expr) => {{
                let query = $query.org_unit_parents(units()).include_deleted(deleted);
                match &since {
                    Some(since) => query.updated_after(since).build()?,
                    None => query.build()?,
                }
            }};
        }
        let extraction = match owners {
            Owners::TrackedEntities(scope) => extract_tracked_entities(self.engine, &asked!(scope.query())).await?,
            Owners::Enrollments(program) => {
                let query = asked!(EnrollmentQuery::builder().program(program.as_str()));
                extract_enrollments(self.engine, &query).await?
            }
            Owners::Events(program) => {
                let query = asked!(EventQuery::builder().program(program.as_str()));
                run_events(self.engine, &query, Part::Head, "events").await?
            }
            Owners::One(..) => return Ok(None),
        };
        receipt.absorb_look(extraction.receipt);
        Ok(Some(extraction.frame))
    }
}
