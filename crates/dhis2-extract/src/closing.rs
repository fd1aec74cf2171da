//! The receipt of a run, from its beginning to its end.

use dhis2_api::datetime::Instant;

use crate::chunk::Outcome;
use crate::error::ExtractError;
use crate::protect::PRIVACY;
use crate::receipt::{ChunkReceipt, ChunkState, Receipt, ServerReceipt, SplitReceipt, State, Warning, WarningKind};
use crate::walk::Tally;

pub(crate) fn new_receipt(
    extract: &str,
    mut query: serde_json::Value,
    server: ServerReceipt,
    started_at: String,
    warnings: Vec<Warning>,
    splits: Vec<SplitReceipt>,
) -> Receipt {
    // The query of a plan and of a job says it beside what was asked.
    let privacy = query.as_object_mut().and_then(|query| query.remove(PRIVACY));
    Receipt {
        tool: crate::TOOL.to_owned(),
        extract: extract.to_owned(),
        query,
        privacy,
        server,
        started_at,
        finished_at: String::new(),
        part: None,
        state: State::Complete,
        rows: 0,
        duplicates_removed: 0,
        requests: 0,
        retries: 0,
        bytes: 0,
        chunks: Vec::new(),
        warnings,
        splits,
        changed: Vec::new(),
        wide: Vec::new(),
        files: Vec::new(),
    }
}

/// Completes a receipt with what came: its chunks, and what is to be said of them together. Rows are counted when they stand.
pub(crate) fn finish(
    mut receipt: Receipt,
    chunks: Vec<ChunkReceipt>,
    warnings: Vec<Warning>,
    totals: &Tally,
) -> Receipt {
    (receipt.requests, receipt.retries, receipt.bytes) = totals.counts();
    receipt.duplicates_removed = chunks.iter().map(|chunk| chunk.duplicates).sum();
    receipt.warnings.extend(chunks.iter().flat_map(discrepancy));
    receipt.warnings.extend(warnings);
    receipt.chunks = chunks;
    receipt.finished_at = Instant::now().to_string();
    if !receipt.missing().is_empty() {
        receipt.state = State::Partial;
    }
    receipt
}

/// What does not agree with what the server counts, or said before.
fn discrepancy(chunk: &ChunkReceipt) -> Vec<Warning> {
    let mut warnings = Vec::new();
    if let Some(counted) = chunk.counted.filter(|counted| *counted > chunk.received) {
        warnings.push(Warning {
            kind: WarningKind::CountDiffers,
            message: format!("{}: the server counted {counted} and sent {}", chunk.what, chunk.received),
        });
    }
    if chunk.verified == Some(false) {
        warnings.push(Warning {
            kind: WarningKind::VerifyDiffers,
            message: format!(
                "{}: asked for once more, in other pieces, other rows came: some are missing, or were changed in between",
                chunk.what
            ),
        });
    }
    if let Some(error) = &chunk.verify_error {
        warnings.push(Warning {
            kind: WarningKind::NotVerified,
            message: format!("{}: could not be asked again, and is not verified: {error}", chunk.what),
        });
    }
    warnings
}

/// That at least one chunk came.
pub(crate) fn nothing_came(outcomes: &[Outcome]) -> Result<(), ExtractError> {
    let mut lost = outcomes.iter().filter(|outcome| outcome.receipt.state != ChunkState::Complete);
    match lost.next() {
        Some(first) if lost.count() + 1 == outcomes.len() => Err(ExtractError::NothingCame {
            failed: outcomes.len(),
            what: first.receipt.what.clone(),
            cause: first.receipt.error.clone().unwrap_or_default(),
        }),
        _ => Ok(()),
    }
}
