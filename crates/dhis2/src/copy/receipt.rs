//! The receipt of a copy.

use std::path::Path;

use dhis2_aggregate::{Import, ImportStrategy};
use dhis2_api::datetime::Instant;
use dhis2_extract::receipt::ServerReceipt;
use dhis2_extract::{Receipt, State};
use dhis2_frame::write_text;
use serde::{Deserialize, Serialize};

use crate::Error;

/// The receipt of a copy: what was asked of the one server and came, and what became of it at the other. It holds ids, counts
/// and times, and no values.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CopyReceipt {
    /// Whether all that was asked for came, and every row of it was accepted; in a dry run, would be.
    pub state: State,
    /// The first part.
    pub extract: Receipt,
    /// The second part.
    pub import: ImportReceipt,
}

impl CopyReceipt {
    /// The receipt as JSON, for people as well as programs.
    pub fn to_json(&self) -> String {
        // A struct of texts, numbers and JSON values always has a JSON form.
        serde_json::to_string_pretty(self).unwrap_or_default()
    }

    /// Writes the receipt as JSON, whole or not at all.
    ///
    /// # Errors
    /// [`Error::Frame`] where the file cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), Error> {
        Ok(write_text(&(self.to_json() + "\n"), path)?)
    }
}

/// What became of the rows at the server that they were copied to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportReceipt {
    /// The server.
    pub server: ServerReceipt,
    /// When the import began, UTC.
    pub started_at: String,
    /// When it ended, UTC.
    pub finished_at: String,
    /// Which rows might change what, as the server spells it.
    pub strategy: String,
    /// Whether nothing was stored, and all this is what would happen.
    pub dry_run: bool,
    /// Whether nothing was stored, though it was to be, because the extract is partial.
    pub withheld: bool,
    /// The rows that were to be imported.
    pub rows: u64,
    /// How many of them were stored where there was no value.
    pub imported: u64,
    /// How many were stored over another value.
    pub updated: u64,
    /// How many were left alone: the value is there already, or the strategy does not allow the change.
    pub ignored: u64,
    /// How many were deleted.
    pub deleted: u64,
    /// How many were not taken.
    pub rejected: u64,
    /// How many were not sent, or sent in vain.
    pub not_sent: u64,
    /// Of how many it could not be found out what became of them.
    pub unknown: u64,
    /// Why rows were not accepted, with most rows first.
    pub causes: Vec<CauseReceipt>,
    /// What does not concern single rows.
    pub warnings: Vec<String>,
    /// Why the import ended before its end, where it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stopped: Option<String>,
}

/// Why some rows were not accepted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CauseReceipt {
    /// What became of them.
    pub outcome: String,
    /// The server's code, or this program's.
    pub code: String,
    /// How many rows.
    pub rows: u64,
}

impl CopyReceipt {
    pub(super) fn new(extract: Receipt, import: ImportReceipt, accepted: bool) -> Self {
        let state = if extract.is_complete() && accepted { State::Complete } else { State::Partial };
        Self { state, extract, import }
    }
}

impl ImportReceipt {
    /// Of an import that has just ended.
    pub(super) fn new(
        server: ServerReceipt,
        started_at: Instant,
        strategy: ImportStrategy,
        withheld: bool,
        import: &Import,
    ) -> Self {
        let counts = &import.counts;
        let cause = |cause: &dhis2_aggregate::import::ImportCause| CauseReceipt {
            outcome: cause.outcome.name().to_owned(),
            code: cause.code.clone(),
            rows: cause.rows as u64,
        };
        Self {
            server,
            started_at: started_at.to_string(),
            finished_at: Instant::now().to_string(),
            strategy: strategy.to_string(),
            dry_run: import.dry_run,
            withheld,
            rows: import.report.height() as u64,
            imported: counts.imported as u64,
            updated: counts.updated as u64,
            ignored: counts.ignored as u64,
            deleted: counts.deleted as u64,
            rejected: counts.rejected as u64,
            not_sent: counts.not_sent as u64,
            unknown: counts.unknown as u64,
            causes: import.causes.iter().map(cause).collect(),
            warnings: import.warnings.clone(),
            stopped: import.stopped.clone(),
        }
    }
}
