//! The `simulate` command.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;

use dhis2_simulator::{CLERK_PASSWORD, Faults, SUPERUSER_TOKEN, Simulator, World, WorldSize};

use crate::args::SimulateArguments;
use crate::exit::{Done, Failure};
use crate::out;

pub(crate) async fn run(wanted: &SimulateArguments) -> Result<Done, Failure> {
    let world = if wanted.load.is_empty() {
        World::generate(&size(wanted.scale), wanted.seed)
    } else {
        World::load(&wanted.load).map_err(Failure::error)?
    };
    let mut server = Simulator::builder()
        .version(&wanted.server_version)
        .map_err(Failure::usage)?
        .world(world)
        .address(SocketAddr::from((Ipv4Addr::LOCALHOST, wanted.port)));
    if let Some(zone) = &wanted.time_zone {
        server = server.time_zone(zone).map_err(Failure::usage)?;
    }
    if let Some(file) = &wanted.faults {
        server = server.faults(faults(file)?);
    }
    let running = server.start().await.map_err(Failure::error)?;
    out::line(running.base_url())?;
    eprintln!(
        "DHIS2 {} is simulated there. Accounts: admin with password district or token {SUPERUSER_TOKEN}; clerk, who sees one \
         region only, with password {CLERK_PASSWORD}. Ctrl-C ends it.",
        wanted.server_version
    );
    tokio::signal::ctrl_c().await.map_err(|error| Failure::error(format!("waiting for Ctrl-C failed: {error}")))?;
    Ok(Done::Complete)
}

fn faults(file: &Path) -> Result<Faults, Failure> {
    let text = std::fs::read_to_string(file)
        .map_err(|error| Failure::usage(format!("{} cannot be read: {error}", file.display())))?;
    Faults::from_toml(&text).map_err(|error| Failure::usage(format!("{}: {error}", file.display())))
}

fn size(organisation_units: u32) -> WorldSize {
    let units = organisation_units as usize;
    WorldSize { organisation_units: units, data_values: 100 * units, events: 10 * units }
}
