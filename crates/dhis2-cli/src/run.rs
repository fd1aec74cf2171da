//! The commands `run`, `join` and `verify`.

use std::path::Path;

use clap::Parser;
use dhis2::Receipt;
use dhis2::frame::sha256_of;
use serde_json::json;

use crate::args::{
    AggregateCommand, Arguments, Command, Extract, JoinArguments, OutputArguments, RunArguments, ServerArguments,
    VerifyArguments,
};
use crate::exit::{Done, Failure};
use crate::extract::hand_over;
use crate::out;
use crate::plan_file;

/// Runs a plan, whole or in part.
pub(crate) async fn run(wanted: &RunArguments) -> Result<Done, Failure> {
    let (planned, command) = plan_file::read(&wanted.plan)?;
    let no_extract = || Failure::usage(format!("{} is no plan of an extract", wanted.plan.display()));
    let words = std::iter::once("dhis2".to_owned()).chain(command);
    let arguments = Arguments::try_parse_from(words).map_err(|error| Failure::usage(error.render()))?;
    let url = wanted.server.url.clone();
    let mut command = arguments.command;
    if let Command::Extract(extract) = &mut command
        && let Extract::Program(program) = extract.as_mut()
    {
        if wanted.chunks.is_some() {
            return Err(Failure::usage(
                "a program cannot be extracted in parts: what is asked for later depends on all answers",
            ));
        }
        program.output = Some(wanted.output.clone());
        program.receipt.clone_from(&wanted.receipt);
        program.json = wanted.json;
        program.fresh = wanted.fresh;
        program.planned = Some(planned);
        program.server = ServerArguments { url: url.or_else(|| program.server.url.clone()), ..wanted.server.clone() };
    } else {
        let (output, server) = parts(&mut command).ok_or_else(no_extract)?;
        output.output = Some(wanted.output.clone());
        output.receipt.clone_from(&wanted.receipt);
        output.json = wanted.json;
        output.fresh = wanted.fresh;
        output.part.clone_from(&wanted.chunks);
        output.planned = Some(planned);
        *server = ServerArguments { url: url.or_else(|| server.url.clone()), ..wanted.server.clone() };
    }
    match command {
        Command::Extract(extract) => Box::pin(crate::extract(*extract)).await,
        Command::Aggregate(counts) => crate::aggregate(*counts).await,
        _ => Err(no_extract()),
    }
}

/// Where the rows of an extract go, and whom it asks; of extracts that can be planned.
fn parts(command: &mut Command) -> Option<(&mut OutputArguments, &mut ServerArguments)> {
    let extract = match command {
        Command::Extract(extract) => extract,
        Command::Aggregate(counts) => {
            let AggregateCommand::Events(wanted) = counts.as_mut();
            return Some((&mut wanted.output, &mut wanted.server));
        }
        _ => return None,
    };
    Some(match extract.as_mut() {
        Extract::Analytics(wanted) => (&mut wanted.output, &mut wanted.server),
        Extract::DataValues(wanted) => (&mut wanted.output, &mut wanted.server),
        Extract::Events(wanted) | Extract::EventNotes(wanted) => (&mut wanted.output, &mut wanted.server),
        Extract::TrackedEntities(wanted) | Extract::ProgramOwners(wanted) => (&mut wanted.output, &mut wanted.server),
        Extract::Enrollments(wanted) | Extract::EnrollmentAttributes(wanted) => {
            (&mut wanted.output, &mut wanted.server)
        }
        Extract::Schedule(wanted) => (&mut wanted.output, &mut wanted.server),
        Extract::Relationships(wanted) => (&mut wanted.output, &mut wanted.server),
        Extract::Program(_) => return None,
    })
}

/// Joins parts of a plan that were fetched apart.
pub(crate) fn join(wanted: &JoinArguments) -> Result<Done, Failure> {
    let receipt = dhis2::extract::join(&wanted.parts, &wanted.output)?;
    hand_over(&receipt, wanted.receipt.as_deref(), wanted.json)
}

/// Checks a file against the receipt that names it.
pub(crate) fn verify(wanted: &VerifyArguments) -> Result<Done, Failure> {
    let unreadable = |problem: String| Failure::error(format!("{} is no receipt: {problem}", wanted.receipt.display()));
    let text = std::fs::read_to_string(&wanted.receipt).map_err(|error| unreadable(error.to_string()))?;
    let receipt: Receipt = serde_json::from_str(&text).map_err(|error| unreadable(error.to_string()))?;
    let problems = problems(&receipt, &wanted.file)?;
    if wanted.json {
        let file = wanted.file.display().to_string();
        out::line(json!({ "file": file, "ok": problems.is_empty(), "problems": problems }))?;
    } else if problems.is_empty() {
        out::line(format_args!("{} is the file of the receipt, whole", wanted.file.display()))?;
    }
    for problem in &problems {
        eprintln!("{}: {problem}", wanted.file.display());
    }
    Ok(if problems.is_empty() { Done::Complete } else { Done::Partial })
}

fn problems(receipt: &Receipt, file: &Path) -> Result<Vec<String>, Failure> {
    let same_name = |path: &str| Path::new(path).file_name() == file.file_name();
    let named = match &receipt.files[..] {
        [only] => Some(only),
        files => files.iter().find(|known| same_name(&known.path)),
    };
    let Some(known) = named else {
        return Err(Failure::error(format!("the receipt names no file {}", file.display())));
    };
    let bytes = std::fs::metadata(file)
        .map_err(|error| Failure::error(format!("cannot read {}: {error}", file.display())))?
        .len();
    let mut problems = Vec::new();
    if bytes != known.bytes {
        problems.push(format!("it has {bytes} bytes, the receipt says {}", known.bytes));
    } else if sha256_of(file)? != known.sha256 {
        problems.push("it was changed: its digest is not that of the receipt".to_owned());
    }
    if !receipt.is_complete() {
        problems.extend(receipt.missing().into_iter().map(|what| format!("the extract is partial: {what}")));
    }
    Ok(problems)
}
