//! Extracts of several steps, whose later steps ask for ids that came: they run in memory, and their rows are protected at the
//! end, before anything is written.

use std::sync::Arc;

use crate::assemble::Assembly;
use crate::error::ExtractError;
use crate::gathered::Gathered;
use crate::prepared::Prepared;
use crate::protect::Protect;
use crate::source::Objects;

/// Runs an extract without the folder of a job, and protects what came.
pub(crate) async fn run(prepared: Prepared, protect: &Arc<dyn Protect>) -> Result<Gathered, ExtractError> {
    let (prepared, refine) = prepared.in_memory();
    let fetched = prepared.fetch().await.map_err(|error| error.protected(protect.as_ref()))?;
    let raw = fetched.put_together()?;
    let mut columns = raw.columns().clone();
    let mut frames = Vec::new();
    raw.each(&mut |rows| {
        let objects = Objects::by_first_column(&rows)?;
        let (rows, _) = protect.rows(rows, objects)?;
        frames.push(rows);
        Ok::<_, ExtractError>(())
    })?;
    let mut receipt = raw.into_receipt().protected(protect.as_ref());
    for refine in &refine {
        columns = refine.rows(columns).await.map_err(ExtractError::Refine)?;
        for frame in &mut frames {
            *frame = refine.rows(std::mem::take(frame)).await.map_err(ExtractError::Refine)?;
        }
        let (name, what) = refine.describe();
        receipt.query[name] = what;
        receipt.warnings.extend(refine.warnings().await);
    }
    Ok(Gathered { assembly: Assembly::of_frames(frames), receipt, columns, _jobs: Vec::new() })
}
