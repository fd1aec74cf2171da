//! The `dhis2` program. `dhis2 --help` says what it does.

mod args;
mod connect;
mod demo;
mod exit;
mod extract;
mod metadata;
mod progress;
mod simulate;
mod table;

use std::process::ExitCode;

use args::{Arguments, Command, Extract};
use clap::Parser;
use exit::Failure;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return exit::of(Err(Failure::error(format!("the program cannot start its workers: {error}")))),
    };
    exit::of(runtime.block_on(run(arguments)))
}

async fn run(arguments: Arguments) -> Result<exit::Done, Failure> {
    match arguments.command {
        Command::Extract(wanted) => match *wanted {
            Extract::DataValues(wanted) => extract::data_values(&wanted).await,
            Extract::Events(wanted) => extract::events(&wanted).await,
            Extract::TrackedEntities(wanted) => extract::tracked_entities(&wanted).await,
            Extract::Enrollments(wanted) => extract::enrollments(&wanted).await,
            Extract::Relationships(wanted) => extract::relationships(&wanted).await,
        },
        Command::Metadata(wanted) => metadata::run(&wanted).await,
        Command::Simulate(wanted) => simulate::run(&wanted).await,
        Command::Demo(wanted) => demo::run(&wanted).await,
    }
}
