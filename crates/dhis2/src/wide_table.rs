//! A wide table by way of the rows that it is made of, so that a run that is stopped goes on.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use dhis2_extract::{Engine, ExtractError, Job, Plan, Prepared, Protect, Receipt};
use dhis2_frame::wide::{Item, Long, Stage, WideOptions, WidePieces, by_enrollment, wide};
use dhis2_frame::{Format, FrameError, FrameSchema};
use dhis2_http::HttpError;
use dhis2_tracker::{ENROLLMENTS, EnrollmentQuery, extract_enrollments_with_attributes};
use polars::frame::DataFrame;

use crate::made::Sink;
use crate::names::Lists;
use crate::privacy::Guard;
use crate::{Dhis2, Error, Extraction, Privacy};

/// A wide table that is planned: its rows are extracted long, as [`Prepared`] has them, and made wide when they are all there.
#[derive(Clone)]
pub struct PreparedWide {
    dhis2: Dhis2,
    prepared: Prepared,
    shape: Shape,
    options: WideOptions,
    names: bool,
    /// What protects the rows, where they are not protected as they come.
    guard: Option<Arc<Guard>>,
}

/// What becomes a row.
#[derive(Clone)]
pub(crate) enum Shape {
    /// An object, with a column for each item; without these columns of the long rows.
    Objects { long: Long<'static>, items: Vec<Item>, without: &'static [&'static str] },
    /// An enrollment, with its events side by side.
    Enrollments { stages: Vec<Stage> },
    /// An enrollment, with a column for each attribute.
    EnrollmentAttributes { query: Box<EnrollmentQuery>, items: Vec<Item> },
}

/// What an enrollment's row says of it, and what its events are put side by side by.
const OF_ENROLLMENTS: [&str; 2] = ["tracked_entity_id", "program_id"];
const OF_EVENTS: [&str; 6] =
    ["enrollment_id", "event_id", "program_stage_id", "occurred_at", "data_element_id", "value"];

impl fmt::Debug for PreparedWide {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PreparedWide").field("prepared", &self.prepared).finish_non_exhaustive()
    }
}

impl PreparedWide {
    pub(crate) fn new(dhis2: &Dhis2, prepared: Prepared, shape: Shape, options: WideOptions) -> Self {
        Self { dhis2: dhis2.clone(), prepared, shape, options, names: false, guard: None }
    }

    /// The same table with names beside its uids: see [`Dhis2::join_object_names`].
    pub fn with_names(self) -> Self {
        Self { names: true, ..self }
    }

    /// The same table with the persons in its rows protected: see [`Privacy`]. The columns of what is dropped stay, and are
    /// empty. With a row for each enrollment and a column for each attribute, the rows are in memory, nothing is kept on the
    /// disk, and a run that is stopped begins anew.
    ///
    /// # Errors
    /// As of [`Dhis2::protected`].
    pub async fn protected(self, privacy: &Privacy) -> Result<Self, Error> {
        if privacy.is_nothing() {
            return Ok(self);
        }
        let of_attributes = matches!(self.shape, Shape::EnrollmentAttributes { .. });
        // These are made of enrollments.
        let schema = if of_attributes { Some(&ENROLLMENTS) } else { self.prepared.schema() };
        let schemas: Vec<&FrameSchema> = schema.into_iter().collect();
        let guard = privacy.guard(&self.dhis2, self.prepared.query(), &schemas).await?;
        let prepared = self.prepared.protected(Arc::clone(&guard) as Arc<dyn Protect>);
        Ok(Self { prepared, guard: of_attributes.then_some(guard), ..self })
    }

    /// What it would ask for. Nothing is fetched.
    ///
    /// # Errors
    /// As of [`Prepared::plan`].
    pub async fn plan(&self) -> Result<Plan, HttpError> {
        self.prepared.plan().await
    }

    /// The same without counting anything.
    ///
    /// # Errors
    /// As of [`Prepared::plan`].
    pub async fn outline(&self) -> Result<Plan, HttpError> {
        self.prepared.outline().await
    }

    /// Makes the table in memory.
    ///
    /// # Errors
    /// [`Error`] where nothing could be had, or the rows do not fit into a table.
    pub async fn collect(self) -> Result<Extraction, Error> {
        let (receipt, frame) = self.make(None).await?;
        Ok(Extraction { frame, receipt })
    }

    /// Makes the table in a file, keeping what was fetched in a folder meanwhile: the same table goes on from there if it is
    /// stopped. See [`Prepared::write`]. Of a table with a row for each event or tracked entity memory does not depend on the
    /// result; with a row for each enrollment the uids, days and values of all its events are in memory, or all attributes.
    ///
    /// # Errors
    /// As of [`collect`](Self::collect), and where the file or the folder cannot be written, or the folder holds another job.
    pub async fn write(self, path: &Path, folder: &Path) -> Result<Receipt, Error> {
        if self.guard.is_some() {
            Format::from_path(path)?;
            Job::none_in(folder)?;
            let mut table = self.collect().await?;
            table.write(path)?;
            return Ok(table.receipt);
        }
        let (receipt, _) = self.make(Some((path, folder))).await?;
        Job::remove_unless_wanted(folder, &receipt)?;
        Ok(receipt)
    }

    async fn make(self, to: Option<(&Path, &Path)>) -> Result<(Receipt, DataFrame), Error> {
        let Self { dhis2, prepared, shape, options, names, guard } = self;
        let folder = to.map(|(_, folder)| folder);
        let (mut receipt, table) = match shape {
            Shape::Objects { long, items, without } => {
                let gathered = prepared.gather(folder).await?;
                let mut pieces = WidePieces::new(long, items, options);
                gathered.each(&mut |frame| Ok::<_, ExtractError>(pieces.look(&frame)?))?;
                let head = pieces.columns(&gathered.columns().drop_many(without.iter().copied()))?;
                let lists = if names { dhis2.lists_for(&head).await? } else { Lists::default() };
                let mut sink = Sink::begin(to, lists.join(&head)?)?;
                gathered.each(&mut |frame| {
                    let rows = pieces.take(frame.drop_many(without.iter().copied()))?;
                    sink.push(lists.join(&rows)?)
                })?;
                let (last, report) = pieces.finish()?;
                sink.push(lists.join(&last)?)?;
                let mut receipt = gathered.into_receipt();
                receipt.note_wide(report);
                let frame = sink.finish(&mut receipt)?;
                return Ok((receipt, frame));
            }
            Shape::Enrollments { stages } => {
                let gathered = prepared.gather(folder).await?;
                let wanted = || OF_EVENTS.iter().chain(&OF_ENROLLMENTS).copied();
                let mut events = gathered.columns().select(wanted()).map_err(FrameError::from)?;
                gathered.each(&mut |frame| {
                    let frame = frame.select(wanted()).map_err(FrameError::from)?;
                    events.vstack_mut_owned(frame).map_err(FrameError::from)?;
                    Ok::<_, ExtractError>(())
                })?;
                let table = by_enrollment(&events, &OF_ENROLLMENTS, &stages, options)?;
                (gathered.into_receipt(), table)
            }
            Shape::EnrollmentAttributes { query, items } => {
                if let Some(guard) = guard {
                    let long = extract_enrollments_with_attributes(&dhis2.engine().without_job(), &query).await;
                    let Extraction { frame, receipt } = long.map_err(|error| guard.error(error.into()))?;
                    let frame = guard.table(frame)?;
                    let receipt = receipt.protected(guard.as_ref());
                    (receipt, wide(&frame, &Long::ENROLLMENTS, &items, options)?)
                } else {
                    let engine = folder.into_iter().fold(dhis2.engine().clone(), Engine::with_job);
                    let long = extract_enrollments_with_attributes(&engine, &query).await;
                    let Extraction { frame, receipt } = long.inspect_err(|_| {
                        // What holds no rows is of no use to a later run. Where it cannot be removed, the first error counts.
                        let _ = folder.map(Job::remove_empty);
                    })?;
                    (receipt, wide(&frame, &Long::ENROLLMENTS, &items, options)?)
                }
            }
        };
        let lists = if names { dhis2.lists_for(&table.frame).await? } else { Lists::default() };
        let mut sink = Sink::begin(to, lists.join(&table.frame.clear())?)?;
        sink.push(lists.join(&table.frame)?)?;
        receipt.note_wide(table.report);
        let frame = sink.finish(&mut receipt)?;
        Ok((receipt, frame))
    }
}
