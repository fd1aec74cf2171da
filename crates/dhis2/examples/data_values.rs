//! The data values of a data set in a file, and whether they are all. The server is simulated in this process.
//!
//! `cargo run -p dhis2 --example data_values`

use dhis2::polars::frame::DataFrame;
use dhis2::{Credentials, DataValueQuery, Dhis2};
use dhis2_simulator::{SUPERUSER_TOKEN, Simulator, World, WorldSize};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let world = World::generate(&WorldSize::default(), 1);
    let server = Simulator::builder().version("2.42.5.2")?.world(world).start().await?;

    // Of a real server: its address as in the browser, and a personal access token.
    let dhis2 = Dhis2::connect(&server.base_url(), Credentials::token(SUPERUSER_TOKEN))?;
    let data_set = first_id(&dhis2.get_datasets(&["name:eq:Monthly report"]).await?)?;
    let root = first_id(&dhis2.get_organisation_units(Some(1), &[]).await?)?;

    let year = DataValueQuery::builder().dates("2024-01-01", "2024-12-31").org_units([root]).include_children(true);
    let mut values = dhis2.extract_dataset(&data_set, year).await?;
    let file = std::env::temp_dir().join("dhis2-example-data-values.parquet");
    values.write(&file)?;

    println!("{}\n{} rows in {}", values.frame, values.receipt.rows, file.display());
    if !values.receipt.is_complete() {
        return Err(format!("missing: {}", values.receipt.missing().join("; ")).into());
    }
    Ok(())
}

/// The uid in the first row of a metadata frame.
fn first_id(list: &DataFrame) -> Result<String, Box<dyn std::error::Error>> {
    let first = list.column("id")?.str()?.iter().flatten().next();
    Ok(first.ok_or("the list is empty")?.to_owned())
}
