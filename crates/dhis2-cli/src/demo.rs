//! The `demo` command: everything at once, with nothing but this program.

use std::collections::HashMap;
use std::path::Path;

use dhis2::api::request::ApiRequest;
use dhis2::extract::lookup::IdOnly;
use dhis2::{Connection, Credentials, DataValueQuery, Dhis2, EventQuery, Extraction};
use dhis2_simulator::{SUPERUSER_TOKEN, Simulator, World, WorldSize};

use crate::args::{DemoArguments, LogArgument};
use crate::exit::{Done, Failure};
use crate::extract::{report, summary};
use crate::out;
use crate::progress::Watch;
use crate::table::head;

const SIZE: WorldSize = WorldSize { organisation_units: 1_000, data_values: 100_000, events: 10_000 };
const SEED: u64 = 1;

pub(crate) async fn run(wanted: &DemoArguments) -> Result<Done, Failure> {
    std::fs::create_dir_all(&wanted.output)
        .map_err(|error| Failure::error(format!("the folder {} cannot be made: {error}", wanted.output.display())))?;
    let server = Simulator::builder()
        .version(&wanted.server_version)
        .map_err(Failure::usage)?
        .world(World::generate(&SIZE, SEED))
        .start()
        .await
        .map_err(Failure::error)?;
    out::line(format_args!(
        "An embedded DHIS2 {} runs at {}, with made-up data.\n",
        wanted.server_version,
        server.base_url()
    ))?;
    let dhis2 = Connection::to(server.base_url()).credentials(Credentials::token(SUPERUSER_TOKEN)).open()?;

    let roots = ids(&dhis2, ApiRequest::get("organisationUnits").param("filter", "level:eq:1")).await?;
    let data_sets = ids(&dhis2, ApiRequest::get("dataSets")).await?;
    let programs = ids(&dhis2, ApiRequest::get("programs")).await?;
    let program = programs.first().ok_or_else(|| Failure::error("the embedded server holds no program"))?;

    let (progress, ending) = Watch::start("data values", LogArgument::Auto);
    let everything = DataValueQuery::builder()
        .data_sets(data_sets)
        .dates("2000-01-01", "2099-12-31")
        .org_units(roots.clone())
        .include_children(true)
        .build()?;
    let values = dhis2.clone().with_progress(progress).extract_data_values(&everything).await?;
    drop(ending);
    let values = show("Data values of all data sets", values, &wanted.output.join("data-values"))?;

    let (progress, ending) = Watch::start("events", LogArgument::Auto);
    let visits = EventQuery::builder().program(program).org_unit_parents(roots).build()?;
    let events = dhis2.clone().with_progress(progress).extract_events(&visits).await?;
    drop(ending);
    let events = show(&format!("Events of program {program}"), events, &wanted.output.join("events"))?;

    out::line("The same from your own server: dhis2 extract --help")?;
    Ok(if values == Done::Complete { events } else { values })
}

/// The uids of a metadata list, all of it, ordered by name.
async fn ids(dhis2: &Dhis2, list: ApiRequest) -> Result<Vec<String>, Failure> {
    let list = list.param("fields", "id").param("paging", "false");
    let answer: HashMap<String, Vec<IdOnly>> = dhis2.client().get_json(&list).await?;
    Ok(answer.into_values().flatten().map(|object| object.id.to_string()).collect())
}

fn show(what: &str, mut extraction: Extraction, file: &Path) -> Result<Done, Failure> {
    extraction.write(&file.with_extension("parquet"))?;
    let receipt = file.with_extension("receipt.json");
    extraction.receipt.write(&receipt)?;
    out::line(format_args!("{what}\n{}\nreceipt: {}\n", summary(&extraction.receipt), receipt.display()))?;
    out::line(format_args!("{}\n", head(&extraction.frame, 5)))?;
    Ok(report(&extraction.receipt))
}
