//! Serves a world until interrupted: `cargo run -p dhis2-simulator --example serve -- 2.42.5.2 [files or folders]`.
//! Without files the world is made up; its size may follow as three numbers: units, data values, events.

use std::path::PathBuf;

use dhis2_simulator::{Simulator, World, WorldSize};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let version = arguments.next().unwrap_or_else(|| "2.43.1".to_owned());
    let rest: Vec<String> = arguments.collect();
    let numbers: Vec<usize> = rest.iter().filter_map(|text| text.parse().ok()).collect();
    let world = match numbers.as_slice() {
        [organisation_units, data_values, events] => {
            let size =
                WorldSize { organisation_units: *organisation_units, data_values: *data_values, events: *events };
            World::generate(&size, 1)
        }
        _ if rest.is_empty() => World::generate(&WorldSize::default(), 1),
        _ => World::load(&rest.iter().map(PathBuf::from).collect::<Vec<_>>())?,
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let server = Simulator::builder().version(&version)?.world(world).start().await?;
        println!("{} serves {:?}", server.base_url(), server.world());
        std::future::pending::<()>().await;
        Ok(())
    })
}
