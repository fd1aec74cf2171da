//! The `dhis2` program. `dhis2 --help` says what it does.

mod aggregate;
mod args;
mod connect;
mod copy;
mod demo;
mod exit;
mod extract;
mod import;
mod metadata;
mod plan_file;
mod progress;
mod report;
mod run;
mod simulate;
mod table;

use std::process::ExitCode;

use args::{AggregateCommand, Arguments, Command, CopyCommand, Extract, ImportCommand};
use clap::Parser;
use exit::Failure;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return exit::of(Err(Failure::error(format!("the program cannot start its workers: {error}")))),
    };
    let code = exit::of(runtime.block_on(command(arguments)));
    // What was stopped may keep a worker busy for a while; nothing waits for it.
    runtime.shutdown_background();
    code
}

async fn command(arguments: Arguments) -> Result<exit::Done, Failure> {
    match arguments.command {
        Command::Extract(wanted) => extract(*wanted).await,
        Command::Run(wanted) => run::run(&wanted).await,
        Command::Join(wanted) => run::join(&wanted),
        Command::Verify(wanted) => run::verify(&wanted),
        Command::Report(wanted) => report::run(&wanted),
        Command::Aggregate(wanted) => aggregate(*wanted).await,
        Command::Import(wanted) => match *wanted {
            ImportCommand::DataValues(wanted) => import::data_values(&wanted).await,
        },
        Command::Copy(wanted) => match *wanted {
            CopyCommand::DataValues(wanted) => copy::data_values(&wanted).await,
        },
        Command::Metadata(wanted) => metadata::run(&wanted).await,
        Command::Simulate(wanted) => simulate::run(&wanted).await,
        Command::Demo(wanted) => demo::run(&wanted).await,
    }
}

async fn aggregate(wanted: AggregateCommand) -> Result<exit::Done, Failure> {
    match wanted {
        AggregateCommand::Events(wanted) => aggregate::events(&wanted).await,
    }
}

async fn extract(wanted: Extract) -> Result<exit::Done, Failure> {
    match wanted {
        Extract::DataValues(wanted) => extract::data_values(&wanted).await,
        Extract::Analytics(wanted) => extract::analytics(&wanted).await,
        Extract::Events(wanted) => extract::tracker::events(&wanted).await,
        Extract::EventNotes(wanted) => extract::tracker::event_notes(&wanted).await,
        Extract::Schedule(wanted) => extract::tracker::schedule(&wanted).await,
        Extract::TrackedEntities(wanted) => extract::tracker::tracked_entities(&wanted).await,
        Extract::ProgramOwners(wanted) => extract::tracker::program_owners(&wanted).await,
        Extract::Enrollments(wanted) => extract::tracker::enrollments(&wanted).await,
        Extract::EnrollmentAttributes(wanted) => extract::tracker::enrollment_attributes(&wanted).await,
        Extract::Relationships(wanted) => extract::tracker::relationships(&wanted).await,
        Extract::Program(wanted) => extract::program::run(&wanted).await,
    }
}
