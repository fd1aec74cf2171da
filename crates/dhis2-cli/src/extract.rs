//! The `extract` commands.

use std::io::IsTerminal;
use std::path::Path;

use dhis2::{DataValueQuery, Dhis2, Error, EventQuery, Extraction, Format, OccurredAt, Receipt};

use crate::args::{DataValuesArguments, EventsArguments, OutputArguments};
use crate::connect::connect;
use crate::exit::{Done, Failure};
use crate::progress::Bar;

pub(crate) async fn data_values(wanted: &DataValuesArguments) -> Result<Done, Failure> {
    check_output(&wanted.output)?;
    let mut query = DataValueQuery::builder()
        .data_sets(&wanted.data_sets)
        .data_elements(&wanted.data_elements)
        .data_element_groups(&wanted.data_element_groups)
        .periods(&wanted.periods)
        .org_units(&wanted.org_units)
        .org_unit_groups(&wanted.org_unit_groups)
        .include_children(wanted.include_children);
    if let Some(day) = &wanted.start_date {
        query = query.start_date(day);
    }
    if let Some(day) = &wanted.end_date {
        query = query.end_date(day);
    }
    if let Some(moment) = &wanted.last_updated {
        query = query.last_updated(moment);
    }
    let query = query.build()?;
    let (progress, ending) = Bar::start("data values");
    let dhis2 = connect(&wanted.server)?.with_progress(progress);
    let result = dhis2.extract_data_values(&query).await;
    drop(ending);
    finish(&dhis2, result, &wanted.output)
}

pub(crate) async fn events(wanted: &EventsArguments) -> Result<Done, Failure> {
    check_output(&wanted.output)?;
    let mut query = EventQuery::builder()
        .program(&wanted.program)
        .org_unit_parents(&wanted.org_units)
        .occurred_at(if wanted.occurred_at_in_utc { OccurredAt::InUtc } else { OccurredAt::AsShown });
    if let Some(day) = &wanted.occurred_after {
        query = query.occurred_after(day);
    }
    if let Some(day) = &wanted.occurred_before {
        query = query.occurred_before(day);
    }
    if let Some(events) = wanted.page_size {
        query = query.page_size(events);
    }
    let query = query.build()?;
    let (progress, ending) = Bar::start("events");
    let dhis2 = connect(&wanted.server)?.with_progress(progress);
    let result = dhis2.extract_events(&query).await;
    drop(ending);
    finish(&dhis2, result, &wanted.output)
}

/// What would only fail after an hour of fetching is looked at first.
fn check_output(output: &OutputArguments) -> Result<(), Failure> {
    Format::from_path(&output.output).map_err(Failure::usage)?;
    for path in [Some(&output.output), output.receipt.as_ref()].into_iter().flatten() {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        if !folder.is_dir() {
            return Err(Failure::usage(format!(
                "there is no folder {} to write {} into",
                folder.display(),
                path.display()
            )));
        }
    }
    Ok(())
}

fn finish(dhis2: &Dhis2, result: Result<Extraction, Error>, output: &OutputArguments) -> Result<Done, Failure> {
    // The recording is wanted most where something went wrong.
    let recorded = dhis2.finish_recording();
    let mut extraction = result?;
    recorded?;
    extraction.write(&output.output)?;
    let receipt = &extraction.receipt;
    if let Some(path) = &output.receipt {
        receipt.write(path)?;
    }
    if output.json {
        println!("{}", receipt.to_json());
    }
    Ok(report(receipt))
}

/// Says on standard error what a person must know; on a terminal, what a person likes to know.
pub(crate) fn report(receipt: &Receipt) -> Done {
    for warning in receipt.warnings.iter().filter(|warning| !warning.kind.means_missing()) {
        eprintln!("warning: {}", warning.message);
    }
    for missing in receipt.missing() {
        eprintln!("missing: {missing}");
    }
    if std::io::stderr().is_terminal() {
        eprintln!("{}", summary(receipt));
    }
    if receipt.is_complete() { Done::Complete } else { Done::Partial }
}

/// `complete: 448 rows in values.csv, from DHIS2 2.42.5.2 (1 request)`.
pub(crate) fn summary(receipt: &Receipt) -> String {
    let state = if receipt.is_complete() { "complete" } else { "PARTIAL" };
    let file =
        receipt.file.as_ref().map(|file| format!(" in {} ({} bytes)", file.path, file.bytes)).unwrap_or_default();
    let requests = if receipt.requests == 1 { "request" } else { "requests" };
    let duplicates = match receipt.duplicates_removed {
        0 => String::new(),
        1 => ", 1 duplicate removed".to_owned(),
        n => format!(", {n} duplicates removed"),
    };
    format!(
        "{state}: {} rows{file}, from DHIS2 {} with {} {requests}{duplicates}",
        receipt.rows, receipt.server.version, receipt.requests
    )
}
