//! The `copy` commands.

use dhis2::CopyOptions;

use crate::args::{CopyDataValuesArguments, ServerArguments};
use crate::connect::connect;
use crate::exit::{Done, Failure};
use crate::extract::{check_folders, report, selection};
use crate::import::{options, show, tell};
use crate::out;
use crate::progress::Watch;

pub(crate) async fn data_values(wanted: &CopyDataValuesArguments, from: &ServerArguments) -> Result<Done, Failure> {
    let query = selection(&wanted.selection).build()?;
    let options = CopyOptions { import: options(&wanted.importing)?, partial: wanted.partial };
    check_folders(&[wanted.receipt.as_ref()])?;
    let (progress, ending) = Watch::start("copy", wanted.servers.log);
    let from = connect(from)?.with_progress(progress);
    let to = connect(&wanted.servers.to())?;
    let copied = from.copy_data_values_to(&to, &query, &options).await;
    drop(ending);
    let copied = copied?;
    if let Some(path) = &wanted.receipt {
        copied.receipt.write(path)?;
    }
    report(&copied.receipt.extract);
    tell(&copied.import);
    let withheld = copied.receipt.import.withheld;
    if withheld {
        eprintln!("nothing is stored, because something is missing; --partial stores what came");
    }
    if wanted.json {
        out::line(copied.receipt.to_json())?;
    } else {
        show(&copied.import, if withheld { "Store it with --partial." } else { "Store it with --commit." })?;
    }
    Ok(if copied.is_complete() { Done::Complete } else { Done::Partial })
}
