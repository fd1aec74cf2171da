//! Extracts that are planned first: shown, run into a file that an interrupted run goes on with, or run in parts.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use dhis2::{Dhis2, Error, Format, Job, Plan};

use super::work::Work;
use super::{check_folders, finish, hand_over};
use crate::args::{OutputArguments, PlanFormat, ServerArguments};
use crate::connect::connect;
use crate::exit::{Done, Failure};
use crate::out;
use crate::plan_file;
use crate::progress::Watch;
use crate::table::table;

/// Connects, plans, and shows the plan or runs it.
pub(crate) async fn run_prepared<W: Work>(
    what: &'static str,
    server: &ServerArguments,
    output: &OutputArguments,
    prepare: impl AsyncFnOnce(&Dhis2) -> Result<W, Error>,
) -> Result<Done, Failure> {
    let part = output.part.as_ref();
    if let (Some(path), None) = (&output.output, part) {
        Format::from_path(path).map_err(Failure::usage)?;
    }
    check_folders(&[output.output.as_ref(), output.receipt.as_ref()])?;
    let (progress, ending) = Watch::start(what, server.log);
    let dhis2 = connect(server)?.with_progress(progress).verifying(output.verify);
    let mut prepared = match prepare(&dhis2).await {
        Ok(prepared) => prepared,
        Err(error) => {
            // The recording is wanted most where something went wrong.
            dhis2.finish_recording()?;
            return Err(error.into());
        }
    };
    if output.names {
        prepared = prepared.with_names(&dhis2);
    }
    if output.categorical {
        prepared = prepared.with_categories()?;
    }
    if let Some(format) = output.plan {
        let plan = prepared.plan().await?;
        drop(ending);
        return show_plan(&plan, format);
    }
    if let Some(planned) = &output.planned {
        planned.check(&prepared.outline().await?)?;
    }
    let receipt = match (part, &output.output) {
        (Some(chunks), Some(folder)) => {
            let (chunks, folder) = (chunks.clone(), folder.clone());
            begin_afresh(output.fresh, &folder)?;
            stoppable(&folder.clone(), async move { prepared.part(chunks, folder).await }).await
        }
        (None, Some(path)) => {
            let (path, folder) = (path.clone(), job_folder(path));
            begin_afresh(output.fresh, &folder)?;
            stoppable(&folder.clone(), async move { prepared.write(path, folder).await }).await
        }
        _ => {
            let result = prepared.collect().await;
            drop(ending);
            return finish(&dhis2, result, output);
        }
    };
    drop(ending);
    let recorded = dhis2.finish_recording();
    let receipt = receipt?;
    recorded?;
    let done = hand_over(&receipt, output.receipt.as_deref(), output.json)?;
    if let (None, Some(path)) = (part, &output.output) {
        say_what_is_kept(&job_folder(path));
    }
    Ok(done)
}

/// Says where rows are kept, where they are.
pub(crate) fn say_what_is_kept(folder: &Path) {
    if folder.exists() {
        eprintln!("what came is kept in {}: the same command asks for the rest only", folder.display());
    }
}

/// Where a run keeps what it has fetched, beside the file or folder that it will write.
pub(crate) fn job_folder(output: &Path) -> PathBuf {
    // Without the slash that may stand at the end of a folder's name.
    let mut name: OsString = output.components().as_path().as_os_str().to_owned();
    name.push(".dhis2-job");
    PathBuf::from(name)
}

pub(crate) fn begin_afresh(fresh: bool, folder: &Path) -> Result<(), Failure> {
    if fresh {
        Job::remove(folder)?;
    }
    Ok(())
}

/// Runs until the end or Ctrl-C. The run is a task of its own: putting a large file together keeps its worker busy, and
/// Ctrl-C must be heard meanwhile.
pub(crate) async fn stoppable<T: Send + 'static, E: Into<Failure> + Send + 'static>(
    folder: &Path,
    run: impl Future<Output = Result<T, E>> + Send + 'static,
) -> Result<T, Failure> {
    let run = tokio::spawn(run);
    tokio::select! {
        result = run => match result {
            Ok(result) => result.map_err(Into::into),
            Err(lost) => Err(Failure::error(format!("the run was lost: {lost}"))),
        },
        _ = tokio::signal::ctrl_c() => Err(Failure::stopped(if folder.exists() {
            format!("stopped; what was fetched is kept in {}: run the same command again to go on", folder.display())
        } else {
            "stopped; nothing is kept".to_owned()
        })),
    }
}

/// Shows a plan, and fetches nothing.
pub(crate) fn show_plan(plan: &Plan, format: PlanFormat) -> Result<Done, Failure> {
    match format {
        PlanFormat::Table => show(plan)?,
        PlanFormat::Json => out::line(plan_file::write(plan))?,
    }
    Ok(Done::Complete)
}

fn show(plan: &Plan) -> Result<(), Failure> {
    out::line(format_args!("{} from {}, DHIS2 {}\n", plan.extract, plan.server.url, plan.server.version))?;
    if let Some(privacy) = plan.query.get("privacy") {
        out::line(format_args!("persons are protected: {privacy}\n"))?;
    }
    let mut chunks = table(["chunk", "id", "counted", "bytes", "what", "request"]);
    for (place, chunk) in plan.chunks.iter().enumerate() {
        let counted = chunk.counted.map_or_else(String::new, |counted| counted.to_string());
        let numbers = [(place + 1).to_string(), chunk.id.clone(), counted, chunk.head_bytes.to_string()];
        chunks.add_row(numbers.into_iter().chain([chunk.what.clone(), chunk.request.clone()]));
    }
    out::line(chunks)?;
    if !plan.later.is_empty() {
        out::line(format_args!("\nand, as the answers call for it:\n  {}", plan.later.join("\n  ")))?;
    }
    if !plan.spellings.is_empty() {
        let mut table = table(["spelling", "why"]);
        for spelling in &plan.spellings {
            table.add_row([&spelling.parameter, &spelling.why]);
        }
        out::line(format_args!("\n{table}"))?;
    }
    for warning in &plan.warnings {
        eprintln!("warning: {}", warning.message);
    }
    Ok(())
}
