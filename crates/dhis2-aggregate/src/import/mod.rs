//! Data values from rows: `POST /api/dataValueSets`, 2.38 to 2.43, with a report on every row.
//!
//! | step | where |
//! |---|---|
//! | ids mapped; nulls, unmapped and malformed ids, contradicting rows rejected | `input` |
//! | values, units, periods, data sets against the server's metadata | `check` |
//! | what the server holds of these keys, deleted values too | `held` |
//! | what the strategy allows, the same on every version | `decide` |
//! | chunks by version and measured time, each in the data set it needs | `run`, `pace` |
//! | the server's report, row by row; whole refusals by what they name | `reading` |
//!
//! What differs between versions (wire document, section 3):
//! - 2.43 takes every strategy but DELETE for "store it", and counts everything as updated. So the server is first asked what
//!   it holds, on every version, and only what the strategy allows is sent; outcomes come from that comparison.
//! - an update erases comment and follow-up mark unless they are sent along, in the version's own spelling: they are.
//! - up to 2.42 a bad row leaves the others alone; from 2.43 on some mistakes make the server refuse the whole request,
//!   naming every row or none. Then the rows at fault are narrowed down by what the message names, then by halves.
//! - a lost connection or a 500 leaves none, some or all rows stored: the server is asked which, and the rest is sent.
//!
//! The program itself may be killed: the report is written into its file before rows are sent, with these as unknown. A run that
//! goes on from it asks the server what became of them.

mod body;
mod cause;
mod check;
mod decide;
mod file;
mod held;
mod input;
mod metadata;
mod options;
mod pace;
mod reading;
mod report;
mod row;
mod run;
mod send;
mod value_type;

#[cfg(test)]
mod recorded;

use dhis2_extract::Engine;
use dhis2_frame::Format;
use polars::prelude::DataFrame;

pub use cause::ImportCause;
pub use file::{DataValueFile, read_data_values};
pub use options::{DataSetRule, ImportOptions, ImportStrategy, Patience};
pub use report::{IMPORT_REPORT, ImportCounts, Outcome};

use crate::error::AggregateError;
use cause::causes;
use input::{Input, settle_alike};
use metadata::Metadata;
use report::{Cause, Line, count, frame, write};
use run::Run;

/// The columns of the rows to import that tell one data value from another, in the order of [`IMPORT_REPORT`]. Beside them a
/// column `value` is needed. Other columns do not matter.
pub const COLUMNS: [&str; 5] =
    ["data_element_id", "period", "organisation_unit_id", "category_option_combo_id", "attribute_option_combo_id"];

/// What came of an import.
#[derive(Clone)]
pub struct Import {
    /// How many rows met which end.
    pub counts: ImportCounts,
    /// Every row with its end, in the columns of [`IMPORT_REPORT`]. The only place that holds values.
    pub report: DataFrame,
    /// Whether nothing was stored, and the report says what would happen.
    pub dry_run: bool,
    /// Why rows were not taken, with most rows first.
    pub causes: Vec<ImportCause>,
    /// What does not concern single rows.
    pub warnings: Vec<String>,
    /// Why the import ended before its end, where it did: the report says what went in, and
    /// [`ImportOptions::resume`] goes on from there. Also where the report could not be written into its file.
    pub stopped: Option<String>,
}

impl Import {
    /// Whether every row was accepted: went in, was deleted, or needed nothing. And is reported so, where a file for the
    /// report was named.
    pub fn is_complete(&self) -> bool {
        self.causes.is_empty() && self.stopped.is_none()
    }
}

impl std::fmt::Debug for Import {
    /// Without the report: it holds values.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Import")
            .field("counts", &self.counts)
            .field("dry_run", &self.dry_run)
            .field("causes", &self.causes)
            .field("warnings", &self.warnings)
            .field("stopped", &self.stopped)
            .finish_non_exhaustive()
    }
}

/// That rows go in which another server would refuse, in words that hold no value.
fn doubtful(lines: &[Line]) -> Option<String> {
    let goes_in = |line: &&Line| !line.outcome.is_error() && line.outcome != Outcome::Ignored;
    let mut texts = lines.iter().filter(goes_in).filter_map(|line| line.warning.as_deref());
    let first = texts.next()?;
    Some(format!("{} rows go in with a warning, which the report has; the first: {first}", texts.count() + 1))
}

/// Imports data values from a frame with the String columns [`COLUMNS`] and `value`. Without
/// [`dry_run: false`](ImportOptions::dry_run) nothing is stored, and the report shows the difference it would make.
///
/// Blanks about a value are not stored, and truth values in one spelling, so that every version holds the same.
///
/// A bad row never keeps the others out. Rows alike in all six columns go once; rows with other values for the same key
/// contradict each other, and none of them goes.
///
/// # Errors
/// [`AggregateError::Input`] where the frame lacks a column or the report to resume is of other rows or a dry run;
/// [`AggregateError::Frame`] where the file for the report cannot be written; others where the server cannot be asked before
/// anything was sent. After that the import says in [`Import::stopped`] why it ended early.
pub async fn import_data_values(
    engine: &Engine,
    data: &DataFrame,
    options: &ImportOptions,
) -> Result<Import, AggregateError> {
    let dialect = &engine.client().server().await?.dialect;
    options.report.as_deref().map(Format::from_path).transpose()?;
    let Input { ids, lines, rows, alike, unknown } = Input::read(data, options, dialect)?;
    let metadata = Metadata::fetch(engine.client(), &rows, &options.data_set_rule).await?;
    let mut run = Run::new(engine, dialect, options, metadata, &ids, lines, unknown);
    let planned = run.plan(rows);
    let mut stopped = match run.all(&planned).await {
        Ok(()) => None,
        Err(stop) if run.sent == 0 => return Err(stop),
        Err(stop) => Some(stop.to_string()),
    };
    let mut lines = run.lines;
    if let Some(why) = &stopped {
        let cause = Cause::new("stopped", format!("the import ended before this row was sent: {why}"));
        for line in lines.iter_mut().filter(|line| line.outcome == Outcome::NotSent && line.cause.is_none()) {
            line.cause = Some(cause.clone());
        }
    }
    settle_alike(&mut lines, &alike);
    let mut warnings = run.warnings;
    warnings.extend(doubtful(&lines));
    if let Some(path) = &options.report
        && let Err(error) = write(path, &ids, &lines, options.dry_run)
    {
        // What was stored is stored: the report is still in memory.
        stopped.get_or_insert_with(|| format!("the report could not be written: {error}"));
    }
    Ok(Import {
        counts: count(&lines),
        causes: causes(&lines),
        report: frame(&ids, &lines, options.dry_run)?,
        dry_run: options.dry_run,
        warnings,
        stopped,
    })
}
