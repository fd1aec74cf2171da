//! Serves a world until interrupted: `cargo run -p dhis2-simulator --example serve -- 2.42.5.2 [files or folders]`.
//! Without files the world is made up.

use std::path::PathBuf;

use dhis2_simulator::{Simulator, World, WorldSize};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let version = arguments.next().unwrap_or_else(|| "2.43.1".to_owned());
    let paths: Vec<PathBuf> = arguments.map(PathBuf::from).collect();
    let world = if paths.is_empty() {
        World::generate(&WorldSize { organisation_units: 500, data_values: 100_000, events: 10_000 }, 1)
    } else {
        World::load(&paths)?
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let server = Simulator::builder().version(&version)?.world(world).start().await?;
        println!("{} serves {:?}", server.base_url(), server.world());
        std::future::pending::<()>().await;
        Ok(())
    })
}
