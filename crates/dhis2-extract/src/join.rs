//! Parts of one job, fetched apart, put together.

use std::path::{Path, PathBuf};

use dhis2_frame::{Format, FrameWriter};

use crate::assemble::assemble;
use crate::chunk::Outcome;
use crate::engine::{finish, new_receipt};
use crate::error::ExtractError;
use crate::receipt::{ChunkState, FileReceipt, Receipt};
use crate::store::{Existing, Job, Stored};
use crate::walk::Tally;

/// Joins the folders of parts of one plan into a file, as if one run had written it. No server is asked. A chunk that no part
/// holds is missing, and makes the receipt partial.
///
/// # Errors
/// [`ExtractError`] where the parts belong to different jobs, are damaged, or another process works on one, and where the
/// file cannot be written.
pub fn join(parts: &[PathBuf], path: &Path) -> Result<Receipt, ExtractError> {
    let format = Format::from_path(path)?;
    let (Some(first), mut jobs) = (parts.first(), Vec::with_capacity(parts.len())) else {
        return Err(ExtractError::NoParts);
    };
    for folder in parts {
        jobs.push(Job::existing(folder)?);
    }
    let Some(Existing { head, began, warnings, expected, columns, .. }) = jobs.first() else {
        return Err(ExtractError::NoParts);
    };
    for (folder, job) in parts.iter().zip(&jobs) {
        if let Some((what, ..)) = head.difference(&job.head) {
            return Err(ExtractError::OtherPart { first: first.clone(), second: folder.clone(), what });
        }
    }
    let mut outcomes = Vec::new();
    for (place, id) in head.chunks.iter().enumerate() {
        // Of several parts that hold a chunk, one that holds all of it.
        let held = jobs.iter().filter_map(|existing| existing.job.over(place));
        let best = held.max_by_key(|pieces| pieces.iter().all(|(_, file)| file.is_some()));
        if let Some(pieces) = best {
            let with_rows = |(receipt, file): (_, Option<_>)| Outcome { stored: file.map(Stored::Files), receipt };
            outcomes.extend(pieces.into_iter().map(with_rows));
        } else {
            let what = format!("chunk {} of the plan", place + 1);
            let error = "no part holds it".to_owned();
            outcomes.push(Outcome::lost(what, id.clone(), ChunkState::Failed, error));
        }
    }
    let receipt = new_receipt(
        &head.extract,
        head.query.clone(),
        head.server.clone(),
        began.clone(),
        warnings.clone(),
        Vec::new(),
    );
    let mut file = FrameWriter::create(path, format, columns.schema())?;
    let assembled = assemble(outcomes, expected, &mut |frame| file.push(&frame))?;
    let mut receipt = finish(receipt, assembled, &Tally::default());
    receipt.files.push(FileReceipt::of(&file.finish()?));
    Ok(receipt)
}
