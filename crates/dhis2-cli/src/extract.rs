//! The `extract` commands.

use std::io::IsTerminal;
use std::path::Path;

use dhis2::tracker::EnrollmentStatus;
use dhis2::{
    DataValueQuery, Dhis2, EnrollmentQuery, Error, EventQuery, Extraction, Format, OccurredAt, Receipt,
    RelationshipQuery, TrackedEntityQuery,
};

use crate::args::{
    DataValuesArguments, EnrollmentsArguments, EventsArguments, OutputArguments, RelationshipsArguments,
    ServerArguments, Status, TrackedEntitiesArguments,
};
use crate::connect::connect;
use crate::exit::{Done, Failure};
use crate::progress::Bar;

pub(crate) async fn data_values(wanted: &DataValuesArguments) -> Result<Done, Failure> {
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
    run("data values", &wanted.server, &wanted.output, async |dhis2| dhis2.extract_data_values(&query).await).await
}

pub(crate) async fn events(wanted: &EventsArguments) -> Result<Done, Failure> {
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
    run("events", &wanted.server, &wanted.output, async |dhis2| dhis2.extract_events(&query).await).await
}

pub(crate) async fn tracked_entities(wanted: &TrackedEntitiesArguments) -> Result<Done, Failure> {
    let mut query = TrackedEntityQuery::builder()
        .org_unit_parents(&wanted.org_units)
        .include_deleted(wanted.changes.include_deleted);
    if let Some(id) = &wanted.of.program {
        query = query.program(id);
    }
    if let Some(id) = &wanted.of.tracked_entity_type {
        query = query.tracked_entity_type(id);
    }
    if let Some(moment) = &wanted.changes.updated_after {
        query = query.updated_after(moment);
    }
    if let Some(moment) = &wanted.changes.updated_before {
        query = query.updated_before(moment);
    }
    let query = query.build()?;
    run("tracked entities", &wanted.server, &wanted.output, async |dhis2| dhis2.extract_tracked_entities(&query).await)
        .await
}

pub(crate) async fn enrollments(wanted: &EnrollmentsArguments) -> Result<Done, Failure> {
    let mut query = EnrollmentQuery::builder()
        .program(&wanted.program)
        .org_unit_parents(&wanted.org_units)
        .include_deleted(wanted.changes.include_deleted);
    if let Some(status) = wanted.status {
        query = query.status(match status {
            Status::Active => EnrollmentStatus::Active,
            Status::Completed => EnrollmentStatus::Completed,
            Status::Cancelled => EnrollmentStatus::Cancelled,
        });
    }
    if let Some(moment) = &wanted.changes.updated_after {
        query = query.updated_after(moment);
    }
    if let Some(moment) = &wanted.changes.updated_before {
        query = query.updated_before(moment);
    }
    let query = query.build()?;
    run("enrollments", &wanted.server, &wanted.output, async |dhis2| dhis2.extract_enrollments(&query).await).await
}

pub(crate) async fn relationships(wanted: &RelationshipsArguments) -> Result<Done, Failure> {
    let mut query = RelationshipQuery::builder().org_unit_parents(&wanted.org_units);
    if let Some(id) = &wanted.of.program {
        query = query.program(id);
    }
    if let Some(id) = &wanted.of.tracked_entity_type {
        query = query.tracked_entity_type(id);
    }
    let query = query.build()?;
    run("relationships", &wanted.server, &wanted.output, async |dhis2| dhis2.extract_relationships(&query).await).await
}

/// Connects, extracts with progress on a terminal, writes, reports.
async fn run(
    what: &'static str,
    server: &ServerArguments,
    output: &OutputArguments,
    extract: impl AsyncFnOnce(&Dhis2) -> Result<Extraction, Error>,
) -> Result<Done, Failure> {
    check_output(output)?;
    let (progress, ending) = Bar::start(what);
    let dhis2 = connect(server)?.with_progress(progress);
    let result = extract(&dhis2).await;
    drop(ending);
    finish(&dhis2, result, output)
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
    let file = match &receipt.files[..] {
        [] => String::new(),
        [file] => format!(" in {} ({} bytes)", file.path, file.bytes),
        files => format!(" in {} files ({} bytes)", files.len(), files.iter().map(|file| file.bytes).sum::<u64>()),
    };
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
