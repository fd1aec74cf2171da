//! The `report` command.

use dhis2::report::{ReportOptions, report};
use serde_json::json;

use crate::args::ReportArguments;
use crate::exit::{Done, Failure};
use crate::extract::check_folders;
use crate::out;

/// Writes the page. What the page says is missing is no failure of the page: the exit code is 0.
pub(crate) fn run(wanted: &ReportArguments) -> Result<Done, Failure> {
    check_folders(&[Some(&wanted.output)])?;
    let options = ReportOptions {
        receipt: wanted.receipt.clone(),
        metadata: wanted.metadata.clone(),
        timely_days: wanted.timely_days,
    };
    let page = report(&wanted.input, &options)?;
    page.write(&wanted.output)?;
    if wanted.json {
        let file = wanted.output.display().to_string();
        out::line(json!({ "file": file, "bytes": page.html.len(), "report": page.summary }))?;
    }
    let whole = match page.summary.complete {
        Some(true) => "the extract is complete",
        Some(false) => "the extract is PARTIAL",
        None => "there is no receipt, so whether the extract is complete is not known",
    };
    eprintln!("{}: {} rows; {whole}", wanted.output.display(), page.summary.rows);
    Ok(Done::Complete)
}
