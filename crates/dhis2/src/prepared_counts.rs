//! A count by way of the records that it is made of, so that a run that is stopped goes on.

use std::collections::BTreeSet;
use std::fmt;
use std::path::Path;

use dhis2_aggregate::counts::{CountScope, CountSpec, Counting, Counts, Persons};
use dhis2_extract::engine::Preparation;
use dhis2_extract::receipt::FileReceipt;
use dhis2_extract::{Engine, ExtractError, Gathered, Job, Plan, Prepared, State, Warning, WarningKind};
use dhis2_frame::{Format, FrameError, write_frame};
use dhis2_http::HttpError;
use dhis2_tracker::TrackedEntityQuery;
use polars::prelude::DataFrame;

use crate::counts::events_query;
use crate::{CountedEvents, Dhis2, Error};

impl Dhis2 {
    /// Plans a count of individual records: see [`aggregate_events`](Self::aggregate_events). All organisation units are read;
    /// no record is fetched.
    ///
    /// # Errors
    /// [`Error`] where the server cannot be asked, or the spec does not fit the scope or the hierarchy.
    pub async fn prepare_counts(&self, spec: &CountSpec, scope: &CountScope) -> Result<PreparedCounts, Error> {
        let units = self.get_organisation_units(None, &[]).await?;
        // What does not fit is found before the long extracts.
        Counting::begin(&units, &Persons::new(spec), spec, scope)?;
        let query = events_query(spec, scope)?;
        let events = self.prepare_events(&query).await?;
        let missing = self.may_miss_events(spec, scope, &units).await?.then(|| Warning {
            kind: WarningKind::OwnedElsewhere,
            message: "this server chooses events by the unit that owns the person: those of persons who are owned outside the \
                      units asked for are not counted; name the top unit to have them all"
                .to_owned(),
        });
        let query = serde_json::json!({ "spec": spec.to_json(), "events": query.to_json() });
        let (spec, scope) = (spec.clone(), scope.clone());
        Ok(PreparedCounts { dhis2: self.clone(), spec, scope, units, events, query, missing, names: false })
    }
}

/// A count of individual records that is planned: the events are extracted as [`Prepared`] has them, then, where the spec looks
/// at attributes, the persons whom they name; what they say is added up when they are all there.
#[derive(Clone)]
pub struct PreparedCounts {
    dhis2: Dhis2,
    spec: CountSpec,
    scope: CountScope,
    units: DataFrame,
    events: Prepared,
    query: serde_json::Value,
    /// That events may be missing which no answer would show.
    missing: Option<Warning>,
    names: bool,
}

impl fmt::Debug for PreparedCounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PreparedCounts").field("events", &self.events).finish_non_exhaustive()
    }
}

/// What it is called, and its steps.
const EXTRACT: &str = "aggregate_events";
const EVENTS: &str = "events";
const PERSONS: &str = "persons";

impl PreparedCounts {
    /// The same count with names beside the uids of its data values: see [`Dhis2::join_object_names`].
    pub fn with_names(self) -> Self {
        Self { names: true, ..self }
    }

    /// What it would ask for to have the events. Nothing is fetched. Which persons are asked for depends on the events.
    ///
    /// # Errors
    /// As of [`Prepared::plan`].
    pub async fn plan(&self) -> Result<Plan, HttpError> {
        Ok(self.about(self.events.plan().await?))
    }

    /// The same without counting anything.
    ///
    /// # Errors
    /// As of [`Prepared::plan`].
    pub async fn outline(&self) -> Result<Plan, HttpError> {
        Ok(self.about(self.events.outline().await?))
    }

    fn about(&self, plan: Plan) -> Plan {
        let persons = self.spec.needs_attributes().then(|| "the persons of the events that came, by uid".to_owned());
        let later = plan.later.into_iter().chain(persons).collect();
        Plan { extract: EXTRACT.to_owned(), query: self.query.clone(), later, ..plan }
    }

    /// Counts, with the records in memory.
    ///
    /// # Errors
    /// [`Error`] where something could not be extracted at all.
    pub async fn collect(self) -> Result<CountedEvents, Error> {
        self.count(None).await
    }

    /// Counts into a file, keeping what was fetched in a folder meanwhile: the same count goes on from there if it is stopped.
    /// See [`Prepared::write`]. Memory depends on the data values counted; on the persons where persons are counted or the
    /// spec looks at attributes; not on the events. The frame that is returned is that of the file.
    ///
    /// # Errors
    /// As of [`collect`](Self::collect), and where the file or the folder cannot be written, or the folder holds another job.
    pub async fn write(self, path: &Path, folder: &Path) -> Result<CountedEvents, Error> {
        let format = Format::from_path(path)?;
        let counted = self.count(Some(folder)).await;
        let mut counted = counted.inspect_err(|_| {
            // What holds no rows is of no use to a later run. Where it cannot be removed, the first error counts.
            let _ = Job::remove_empty(folder);
        })?;
        let written = write_frame(&counted.frame, path, format)?;
        counted.receipt.files.push(FileReceipt::of(&written));
        Job::remove_unless_wanted(folder, &counted.receipt)?;
        Ok(counted)
    }

    async fn count(self, folder: Option<&Path>) -> Result<CountedEvents, Error> {
        let Self { dhis2, spec, scope, units, events, query, missing, names } = self;
        let engine = dhis2.engine().clone();
        let engine = folder.into_iter().fold(engine, Engine::with_job);
        // It holds the folder until the rows are not needed any more.
        let begun = engine.begin(&Preparation::new(EXTRACT, query, Vec::new())).await?;
        let mut receipt = begun.receipt();
        let events = events.run_by(&engine.step(EVENTS)).gather(None).await?;
        receipt.absorb(events.receipt().clone());
        let mut persons = Persons::new(&spec);
        if spec.needs_attributes() {
            let known = persons_of(&events)?;
            if !known.is_empty() {
                let query = TrackedEntityQuery::builder().program(spec.program().as_str()).tracked_entities(known);
                let entities = dhis2.prepare_tracked_entities(&query.build()?).await?;
                let entities = entities.run_by(&engine.step(PERSONS)).gather(None).await?;
                entities.each(&mut |frame| Ok::<_, ExtractError>(persons.take(&frame)?))?;
                receipt.absorb(entities.into_receipt());
            }
        }
        let mut counting = Counting::begin(&units, &persons, &spec, &scope)?;
        events.each(&mut |frame| Ok::<_, ExtractError>(counting.take(&frame)?))?;
        let Counts { mut frame, report } = counting.finish()?;
        drop((events, begun));
        if names {
            frame = dhis2.join_object_names(&frame).await?;
        }
        if let Some(missing) = missing {
            receipt.state = State::Partial;
            receipt.warnings.push(missing);
        }
        receipt.rows = frame.height() as u64;
        Ok(CountedEvents { frame, report, receipt })
    }
}

/// The persons of events. They are asked for by uid: lists by unit do not hold those who are owned elsewhere.
fn persons_of(events: &Gathered) -> Result<BTreeSet<String>, Error> {
    let mut persons = BTreeSet::new();
    events.each(&mut |frame| {
        let ids = frame.column("tracked_entity_id").and_then(|column| column.str()).map_err(FrameError::from)?;
        for person in ids.iter().flatten() {
            if !persons.contains(person) {
                persons.insert(person.to_owned());
            }
        }
        Ok::<_, ExtractError>(())
    })?;
    Ok(persons)
}
