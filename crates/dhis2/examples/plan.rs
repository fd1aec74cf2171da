//! An extract that is looked at before it runs, goes into its file in bounded memory, and would go on where it was stopped. The
//! server is simulated in this process.
//!
//! `cargo run -p dhis2 --example plan`

use dhis2::polars::frame::DataFrame;
use dhis2::{Credentials, Dhis2, EventQuery};
use dhis2_simulator::{SUPERUSER_TOKEN, Simulator, World, WorldSize};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let world = World::generate(&WorldSize::default(), 1);
    let server = Simulator::builder().version("2.43.1")?.world(world).start().await?;
    let dhis2 = Dhis2::connect(&server.base_url(), Credentials::token(SUPERUSER_TOKEN))?;
    let program = first_id(&dhis2.get_programs(&["name:eq:Antenatal care"]).await?)?;
    let root = first_id(&dhis2.get_organisation_units(Some(1), &[]).await?)?;

    let visits = EventQuery::builder().program(program).org_unit_parents([root]).build()?;
    let prepared = dhis2.prepare_events(&visits).await?;
    for chunk in prepared.plan().await?.chunks {
        println!("{}: {}", chunk.what, chunk.request);
    }

    // While it runs, what has come is in the folder; the same extract goes on from there. At the end the folder is removed.
    let file = std::env::temp_dir().join("dhis2-example-visits.parquet");
    let folder = std::env::temp_dir().join("dhis2-example-visits.parquet.dhis2-job");
    let receipt = prepared.write(&file, &folder).await?;

    println!("{} rows in {}", receipt.rows, file.display());
    if !receipt.is_complete() {
        return Err(format!("missing: {}", receipt.missing().join("; ")).into());
    }
    Ok(())
}

/// The uid in the first row of a metadata frame.
fn first_id(list: &DataFrame) -> Result<String, Box<dyn std::error::Error>> {
    let first = list.column("id")?.str()?.iter().flatten().next();
    Ok(first.ok_or("the list is empty")?.to_owned())
}
