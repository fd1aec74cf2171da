//! A program whole.

use std::io::IsTerminal;

use dhis2::{Dhis2, Error, Everything, Format, ProgramQuery};

use super::tracker::wide_options;
use super::{check_folders, report, show};
use crate::args::{FileFormat, ProgramArguments};
use crate::connect::connect;
use crate::exit::{Done, Failure};
use crate::progress::Watch;

pub(crate) async fn run(wanted: &ProgramArguments) -> Result<Done, Failure> {
    if wanted.output.is_none() && !std::io::stdout().is_terminal() {
        return Err(Failure::usage("five tables need a folder: give one with -o"));
    }
    check_folders(&[wanted.output.as_ref(), wanted.receipt.as_ref()])?;
    let query = ProgramQuery::builder()
        .program(&wanted.program)
        .org_unit_parents(&wanted.org_units)
        .include_deleted(wanted.include_deleted)
        .build()?;
    let (progress, ending) = Watch::start("program", wanted.server.log);
    let dhis2 = connect(&wanted.server)?.with_progress(progress);
    let result = extract(&dhis2, wanted, &query).await;
    drop(ending);
    let recorded = dhis2.finish_recording();
    let mut all = result?;
    recorded?;
    match &wanted.output {
        Some(folder) => all.write(folder, format(wanted.format))?,
        None => {
            for (name, frame) in all.frames() {
                println!("{name}");
                show(frame);
            }
        }
    }
    if let Some(path) = &wanted.receipt {
        all.receipt.write(path)?;
    }
    if wanted.json {
        println!("{}", all.receipt.to_json());
    }
    Ok(report(&all.receipt))
}

async fn extract(dhis2: &Dhis2, wanted: &ProgramArguments, query: &ProgramQuery) -> Result<Everything, Error> {
    let mut all = dhis2.tracker().everything(query).await?;
    if wanted.shape.wide {
        dhis2.make_wide(&mut all, &wanted.program, wide_options(&wanted.shape)).await?;
    }
    if wanted.names {
        for frame in all.frames_mut() {
            *frame = dhis2.join_object_names(frame).await?;
        }
    }
    Ok(all)
}

fn format(format: FileFormat) -> Format {
    match format {
        FileFormat::Parquet => Format::Parquet,
        FileFormat::Csv => Format::Csv,
        FileFormat::Arrow => Format::ArrowIpc,
        FileFormat::Ndjson => Format::NdJson,
    }
}
