//! The `dhis2` program. `dhis2 --help` says what it does.

// Standard output goes through `out`: a reader may hang up.
#![deny(clippy::print_stdout)]

mod aggregate;
mod args;
mod complete;
mod connect;
mod copy;
mod demo;
mod doctor;
mod exit;
mod extract;
mod import;
mod metadata;
mod names;
mod out;
mod plan_file;
mod profile;
mod progress;
mod record;
mod report;
mod run;
mod search;
mod shells;
mod simulate;
mod table;

use std::process::ExitCode;

use args::{AggregateCommand, Arguments, Command, CopyCommand, Extract, ImportCommand};
use clap::{CommandFactory, Parser};
use clap_complete::CompleteEnv;
use exit::Failure;
use names::{look_up, look_up_copy};

#[cfg(target_env = "musl")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    // Where a shell wants completions this ends the program.
    CompleteEnv::with_factory(Arguments::command).var(complete::VARIABLE).complete();
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
        Command::Extract(wanted) => Box::pin(extract(*wanted)).await,
        Command::Run(wanted) => run::run(&wanted).await,
        Command::Join(wanted) => run::join(&wanted),
        Command::Verify(wanted) => run::verify(&wanted),
        Command::Report(wanted) => report::run(&wanted),
        Command::Aggregate(wanted) => aggregate(*wanted).await,
        Command::Import(wanted) => match *wanted {
            ImportCommand::DataValues(wanted) => import::data_values(&wanted).await,
        },
        Command::Copy(wanted) => match *wanted {
            CopyCommand::DataValues(mut wanted) => {
                let from = look_up_copy(&mut wanted).await?;
                copy::data_values(&wanted, &from).await
            }
        },
        Command::Record(wanted) => Box::pin(command(record::recorded(wanted))).await,
        Command::Metadata(wanted) => metadata::run(&wanted).await,
        Command::Search(wanted) => search::run(&wanted).await,
        Command::Doctor(wanted) => doctor::run(&wanted).await,
        Command::Profile(wanted) => profile::run(&wanted),
        Command::Completion(wanted) => shells::completion(&wanted),
        Command::Man(wanted) => shells::man(&wanted),
        Command::Simulate(wanted) => simulate::run(&wanted).await,
        Command::Demo(wanted) => demo::run(&wanted).await,
    }
}

async fn aggregate(wanted: AggregateCommand) -> Result<exit::Done, Failure> {
    match wanted {
        AggregateCommand::Events(wanted) => aggregate::events(&look_up(wanted).await?).await,
    }
}

async fn extract(wanted: Extract) -> Result<exit::Done, Failure> {
    match wanted {
        Extract::DataValues(wanted) => extract::data_values(&look_up(wanted).await?).await,
        Extract::Analytics(wanted) => extract::analytics(&look_up(wanted).await?).await,
        Extract::Events(wanted) => extract::tracker::events(&look_up(*wanted).await?).await,
        Extract::EventNotes(wanted) => extract::tracker::event_notes(&look_up(*wanted).await?).await,
        Extract::Schedule(wanted) => extract::tracker::schedule(&look_up(wanted).await?).await,
        Extract::TrackedEntities(wanted) => extract::tracker::tracked_entities(&look_up(wanted).await?).await,
        Extract::ProgramOwners(wanted) => extract::tracker::program_owners(&look_up(wanted).await?).await,
        Extract::Enrollments(wanted) => extract::tracker::enrollments(&look_up(wanted).await?).await,
        Extract::EnrollmentAttributes(wanted) => extract::tracker::enrollment_attributes(&look_up(wanted).await?).await,
        Extract::Relationships(wanted) => extract::tracker::relationships(&look_up(wanted).await?).await,
        Extract::Program(wanted) => extract::program::run(&look_up(*wanted).await?).await,
    }
}
