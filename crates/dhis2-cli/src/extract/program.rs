//! A program whole.

use std::path::Path;

use dhis2::{Dhis2, Error, Everything, Format, Job, ProgramQuery, ProtectedProgram, Tracker, WideOptions};

use super::prepared::{begin_afresh, job_folder, say_what_is_kept, show_plan, stoppable};
use super::privacy::privacy;
use super::tracker::wide_options;
use super::{check_folders, hand_over, show};
use crate::args::{FileFormat, ProgramArguments};
use crate::connect::connect;
use crate::exit::{Done, Failure};
use crate::out;
use crate::progress::Watch;

pub(crate) async fn run(wanted: &ProgramArguments) -> Result<Done, Failure> {
    if wanted.output.is_none() && wanted.plan.is_none() && !out::is_terminal() {
        return Err(Failure::usage("five tables need a folder: give one with -o"));
    }
    check_folders(&[wanted.output.as_ref(), wanted.receipt.as_ref()])?;
    let query = ProgramQuery::builder()
        .program(&wanted.program)
        .org_unit_parents(&wanted.org_units)
        .include_deleted(wanted.include_deleted)
        .build()?;
    let privacy = privacy(&wanted.privacy, &wanted.server)?;
    let (progress, ending) = Watch::start("program", wanted.server.log);
    let dhis2 = connect(&wanted.server)?.with_progress(progress).verifying(wanted.verify);
    let protected = if privacy.is_nothing() { None } else { Some(dhis2.protected_program(&query, &privacy).await?) };
    if let Some(format) = wanted.plan {
        let plan = match &protected {
            Some(protected) => protected.plan().await,
            None => dhis2.tracker().plan(&query).await.map_err(Error::from),
        };
        drop(ending);
        dhis2.finish_recording()?;
        return show_plan(&plan?, format);
    }
    if let Some(planned) = &wanted.planned {
        let now = match &protected {
            Some(protected) => protected.outline().await?,
            None => dhis2.tracker().outline(&query).await?,
        };
        planned.check(&now)?;
    }
    let extract = Extract {
        dhis2: dhis2.clone(),
        query,
        wide: wanted.shape.wide.then(|| (wanted.program.clone(), wide_options(&wanted.shape))),
        names: wanted.names,
        protected,
    };
    let result = match &wanted.output {
        Some(folder) => {
            let job = job_folder(folder);
            begin_afresh(wanted.fresh, &job)?;
            let (folder, format) = (folder.clone(), format(wanted.format));
            stoppable(&job.clone(), async move { extract.write(&folder, format, &job).await }).await
        }
        None => extract.collect(&dhis2.tracker()).await.map_err(Failure::from),
    };
    drop(ending);
    let recorded = dhis2.finish_recording();
    let all = result?;
    recorded?;
    if wanted.output.is_none() {
        for (name, frame) in all.frames() {
            out::line(name)?;
            show(frame)?;
        }
    }
    let done = hand_over(&all.receipt, wanted.receipt.as_deref(), wanted.json)?;
    if let Some(folder) = &wanted.output {
        say_what_is_kept(&job_folder(folder));
    }
    Ok(done)
}

/// What is extracted, and what becomes of it.
struct Extract {
    dhis2: Dhis2,
    query: ProgramQuery,
    /// Of which program, and how.
    wide: Option<(String, WideOptions)>,
    names: bool,
    /// The program with its persons protected: it keeps nothing in a job's folder.
    protected: Option<ProtectedProgram>,
}

impl Extract {
    /// Extracts into a folder, by way of another in which a run that was stopped goes on. That is removed at the end, but kept
    /// where something failed.
    async fn write(self, folder: &Path, format: Format, job: &Path) -> Result<Everything, Error> {
        if self.protected.is_some() {
            Job::none_in(job)?;
            let mut all = self.collect(&self.dhis2.tracker()).await?;
            all.write(folder, format)?;
            return Ok(all);
        }
        let tracker = Tracker::new(self.dhis2.engine().clone().with_job(job));
        let mut all = match self.collect(&tracker).await {
            Ok(all) => all,
            Err(error) => {
                // What holds no rows is of no use to a later run. Where it cannot be removed, the first error counts.
                let _ = Job::remove_empty(job);
                return Err(error);
            }
        };
        all.write(folder, format)?;
        Job::remove_unless_wanted(job, &all.receipt)?;
        Ok(all)
    }

    async fn collect(&self, tracker: &Tracker) -> Result<Everything, Error> {
        let mut all = match &self.protected {
            Some(protected) => protected.collect().await?,
            None => tracker.everything(&self.query).await?,
        };
        if let Some((program, options)) = &self.wide {
            self.dhis2.make_wide(&mut all, program, *options).await?;
        }
        if self.names {
            for frame in all.frames_mut() {
                *frame = self.dhis2.join_object_names(frame).await?;
            }
        }
        Ok(all)
    }
}

fn format(format: FileFormat) -> Format {
    match format {
        FileFormat::Parquet => Format::Parquet,
        FileFormat::Csv => Format::Csv,
        FileFormat::Arrow => Format::ArrowIpc,
        FileFormat::Ndjson => Format::NdJson,
    }
}
