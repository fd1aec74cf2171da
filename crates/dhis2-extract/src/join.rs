//! Parts of one job, fetched apart, put together.

use std::path::{Path, PathBuf};

use dhis2_frame::{Format, FrameWriter};

use crate::assemble::Assembly;
use crate::chunk::Outcome;
use crate::closing::{finish, new_receipt};
use crate::error::ExtractError;
use crate::receipt::{ChunkReceipt, ChunkState, FileReceipt, Receipt};
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
    let Some(Existing { head, began, warnings, expected, .. }) = jobs.first() else {
        return Err(ExtractError::NoParts);
    };
    let Some(columns) = jobs.iter().find_map(|existing| existing.columns.as_ref()) else {
        let what = first.display().to_string();
        let cause = "no part holds any rows".to_owned();
        return Err(ExtractError::NothingCame { failed: head.chunks.len(), what, cause });
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
            outcomes.extend(pieces.into_iter().map(|(receipt, files): (ChunkReceipt, Option<_>)| match files {
                None if receipt.state == ChunkState::Complete => {
                    let error = "its rows are gone from the folder, or damaged".to_owned();
                    Outcome::lost(receipt.what, receipt.id, ChunkState::Failed, error)
                }
                files => Outcome { stored: files.map(Stored::Files), receipt },
            }));
        } else {
            let what = format!("chunk {} of the plan", place + 1);
            let error = "no part holds it".to_owned();
            outcomes.push(Outcome::lost(what, id.clone(), ChunkState::Failed, error));
        }
    }
    let splits = jobs.iter().flat_map(|existing| existing.job.splits()).collect();
    let (query, server) = (head.query.clone(), head.server.clone());
    let receipt = new_receipt(&head.extract, query, server, began.clone(), warnings.clone(), splits);
    let mut file = FrameWriter::create(path, format, columns.schema())?;
    let (assembly, chunks, warnings) = Assembly::of(outcomes, std::slice::from_ref(expected))?;
    let rows = assembly.each(&mut |frame| Ok::<_, ExtractError>(file.push(&frame)?))?;
    let mut receipt = finish(receipt, chunks, warnings, &Tally::default());
    receipt.rows = rows;
    receipt.requests = receipt.chunks.iter().map(|chunk| chunk.requests).sum();
    receipt.retries = receipt.chunks.iter().map(|chunk| chunk.retries).sum();
    receipt.bytes = receipt.chunks.iter().map(|chunk| chunk.bytes).sum();
    receipt.files.push(FileReceipt::of(&file.finish()?));
    Ok(receipt)
}
