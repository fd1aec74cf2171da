//! The `extract` commands.

pub(crate) mod prepared;
mod privacy;
pub(crate) mod program;
pub(crate) mod tracker;
pub(crate) mod work;

use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use dhis2::polars::frame::DataFrame;
use dhis2::{
    AnalyticsQuery, DataValueColumns, DataValueQuery, DataValueQueryBuilder, Dhis2, Error, Extraction, IdScheme,
    IdSchemes, Receipt,
};

use crate::args::{
    AnalyticsArguments, DataValueSelection, DataValuesArguments, IdSchemeArgument, OutputArguments, PlanFormat,
};
use crate::exit::{Done, Failure};
use crate::out;
use crate::table::head;
use prepared::run_prepared;

/// Rows that a terminal shows where no file is asked for.
const SHOWN_ROWS: usize = 20;

pub(crate) async fn data_values(wanted: &DataValuesArguments) -> Result<Done, Failure> {
    let mut query = selection(&wanted.selection).include_deleted(wanted.include_deleted).id_schemes(IdSchemes::all(
        match wanted.id_scheme {
            IdSchemeArgument::Uid => IdScheme::Uid,
            IdSchemeArgument::Code => IdScheme::Code,
            IdSchemeArgument::Name => IdScheme::Name,
        },
    ));
    if wanted.rich {
        query = query.columns(DataValueColumns::Rich);
    }
    if wanted.output.plan == Some(PlanFormat::Json) && wanted.selection.last_updated_duration.is_some() {
        return Err(Failure::usage(
            "a plan is run later, and a duration of last update would then mean another moment: give the moment with --last-updated",
        ));
    }
    let query = query.build()?;
    run_prepared("data values", &wanted.server, &wanted.output, async |dhis2| dhis2.prepare_data_values(&query).await)
        .await
}

/// The question for the data values that are wanted.
pub(crate) fn selection(wanted: &DataValueSelection) -> DataValueQueryBuilder {
    let mut query = DataValueQuery::builder()
        .data_sets(&wanted.data_sets)
        .data_elements(&wanted.data_elements)
        .data_element_groups(&wanted.data_element_groups)
        .periods(&wanted.periods)
        .org_units(&wanted.org_units)
        .org_unit_groups(&wanted.org_unit_groups)
        .include_children(wanted.include_children)
        .attribute_option_combos(&wanted.attribute_option_combos);
    if let Some(duration) = &wanted.last_updated_duration {
        query = query.last_updated_duration(duration);
    }
    if let Some(day) = &wanted.start_date {
        query = query.start_date(day);
    }
    if let Some(day) = &wanted.end_date {
        query = query.end_date(day);
    }
    if let Some(moment) = &wanted.last_updated {
        query = query.last_updated(moment);
    }
    query
}

pub(crate) async fn analytics(wanted: &AnalyticsArguments) -> Result<Done, Failure> {
    let query = AnalyticsQuery::builder()
        .data_elements(&wanted.data_elements)
        .data_element_groups(&wanted.data_element_groups)
        .indicators(&wanted.indicators)
        .indicator_groups(&wanted.indicator_groups)
        .include_cocs(wanted.include_cocs)
        .periods(&wanted.periods)
        .org_units(&wanted.org_units)
        .org_unit_groups(&wanted.org_unit_groups)
        .org_unit_levels(wanted.org_unit_levels.iter().copied())
        .build()?;
    run_prepared("figures", &wanted.server, &wanted.output, async |dhis2| dhis2.prepare_analytics(&query).await).await
}

/// What would only fail after an hour of fetching is looked at first.
pub(crate) fn check_folders(files: &[Option<&PathBuf>]) -> Result<(), Failure> {
    for path in files.iter().flatten() {
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
    let printed = match &output.output {
        Some(path) => Ok(extraction.write(path)?),
        None if out::is_terminal() => show(&extraction.frame),
        None => out::csv(&extraction.frame),
    };
    // The receipt is there even where the reader of the rows has had enough.
    let done = hand_over(&extraction.receipt, output.receipt.as_deref(), output.json)?;
    printed.map(|()| done)
}

/// Gives the receipt to who wants it, and says of it what a person must know.
pub(crate) fn hand_over(receipt: &Receipt, path: Option<&Path>, json: bool) -> Result<Done, Failure> {
    if let Some(path) = path {
        receipt.write(path)?;
    }
    if json {
        out::line(receipt.to_json())?;
    }
    Ok(report(receipt))
}

/// The first rows as a table, and how many there are.
fn show(frame: &DataFrame) -> Result<(), Failure> {
    out::line(head(frame, SHOWN_ROWS))?;
    if frame.height() > SHOWN_ROWS {
        out::line(format_args!("… {SHOWN_ROWS} of {} rows; all with -o FILE, or in a pipe", frame.height()))?;
    }
    Ok(())
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
    let state = match (receipt.is_complete(), &receipt.part) {
        (true, None) => "complete".to_owned(),
        (true, Some(part)) => format!("chunks {part}, complete"),
        (false, None) => "PARTIAL".to_owned(),
        (false, Some(part)) => format!("chunks {part}, PARTIAL"),
    };
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
