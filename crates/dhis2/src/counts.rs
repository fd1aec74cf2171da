//! From individuals to counts on the facade: the extracts that a spec needs, and what comes of them.

use std::collections::BTreeSet;
use std::fmt;
use std::path::Path;

use dhis2_aggregate::AggregateError;
use dhis2_aggregate::counts::{
    CountDate, CountReport, CountScope, CountSpec, Counting, Counts, CountsError, Persons, SpecError,
};
use dhis2_api::Uid;
use dhis2_extract::receipt::FileReceipt;
use dhis2_extract::{ExtractError, Gathered, Job, Plan, Prepared, Receipt, State, Warning, WarningKind};
use dhis2_frame::{Format, FrameError, write_frame};
use dhis2_http::HttpError;
use dhis2_tracker::{EventColumns, EventQuery, TrackedEntityQuery};
use polars::prelude::DataFrame;

use crate::{Dhis2, Error};

/// Data values counted from individual records of a server.
#[derive(Debug, Clone)]
pub struct CountedEvents {
    /// The data values, ready for import: the columns of [`COUNTS`](crate::aggregate::counts::COUNTS).
    pub frame: DataFrame,
    /// What was left out and why. Deleted events are not asked for, so none are in it.
    pub report: CountReport,
    /// The receipt of the extracts behind it. Where it is partial, records are missing, and the values may be too low.
    pub receipt: Receipt,
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

/// The jobs of a count, below its folder.
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
        Plan { extract: EXTRACT.to_owned(), query: self.query.clone(), ..plan }
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
        // It stays where one of the jobs does.
        let mut counted = counted.inspect_err(|_| drop(std::fs::remove_dir(folder)))?;
        let written = write_frame(&counted.frame, path, format)?;
        counted.receipt.files.push(FileReceipt::of(&written));
        for job in [EVENTS, PERSONS] {
            Job::remove_unless_wanted(&folder.join(job), &counted.receipt)?;
        }
        // It stays where one of the jobs does.
        let _ = std::fs::remove_dir(folder);
        Ok(counted)
    }

    /// Forgets what an earlier run of such a count has fetched.
    ///
    /// # Errors
    /// As of [`Job::remove`].
    pub fn forget(folder: &Path) -> Result<(), Error> {
        for job in [EVENTS, PERSONS] {
            Job::remove(&folder.join(job))?;
        }
        Ok(())
    }

    async fn count(self, folder: Option<&Path>) -> Result<CountedEvents, Error> {
        let Self { dhis2, spec, scope, units, events, query, missing, names } = self;
        let events = events.gather(folder.map(|folder| folder.join(EVENTS)).as_deref()).await?;
        let mut persons = Persons::new(&spec);
        let mut receipt = events.receipt().clone();
        if spec.needs_attributes() {
            let known = persons_of(&events)?;
            if !known.is_empty() {
                let query = TrackedEntityQuery::builder().program(spec.program().as_str()).tracked_entities(known);
                let entities = dhis2.prepare_tracked_entities(&query.build()?).await?;
                let job = folder.map(|folder| folder.join(PERSONS));
                let gathered = match (entities.clone().gather(job.as_deref()).await, &job) {
                    // Events that failed before came now, and with them other persons.
                    (Err(ExtractError::OtherJob { .. }), Some(job)) => {
                        Job::remove(job)?;
                        entities.gather(Some(job)).await?
                    }
                    (gathered, _) => gathered?,
                };
                gathered.each(&mut |frame| Ok::<_, ExtractError>(persons.take(&frame)?))?;
                receipt.absorb(gathered.into_receipt());
            }
        }
        let mut counting = Counting::begin(&units, &persons, &spec, &scope)?;
        events.each(&mut |frame| Ok::<_, ExtractError>(counting.take(&frame)?))?;
        let Counts { mut frame, report } = counting.finish()?;
        // The folder is free when the rows are not needed any more.
        drop(events);
        if names {
            frame = dhis2.join_object_names(&frame).await?;
        }
        if let Some(missing) = missing {
            receipt.state = State::Partial;
            receipt.warnings.push(missing);
        }
        EXTRACT.clone_into(&mut receipt.extract);
        receipt.query = query;
        receipt.rows = frame.height() as u64;
        Ok(CountedEvents { frame, report, receipt })
    }
}

const EXTRACT: &str = "aggregate_events";

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

impl Dhis2 {
    /// Counts what the individual records of a program say, as data values ready for import, of all organisation units below
    /// those in `scope` and of its periods. [`aggregate::counts`](crate::aggregate::counts) says what counts how.
    ///
    /// Extracts rich events; of their persons the attributes, where the spec looks at some; and all organisation units.
    /// `scope` must name units, of the spec's level or above, so that no unit is counted in part; periods are whole for the
    /// same reason.
    ///
    /// In a program with registration servers from 2.40 on choose events by the unit that owns the person, while they are
    /// counted for the unit where they happened. Unless the top unit is named, events of persons who are owned elsewhere may
    /// be missing: the receipt is partial then, and says so.
    ///
    /// ```no_run
    /// use dhis2::aggregate::counts::{CountScope, CountSpec};
    /// use dhis2::api::period::Period;
    /// # async fn example(dhis2: dhis2::Dhis2) -> Result<(), Box<dyn std::error::Error>> {
    /// let spec = CountSpec::from_toml(&std::fs::read_to_string("first-visits.toml")?)?;
    /// let scope = CountScope {
    ///     organisation_units: vec!["KdK92fYEfTw".parse()?],
    ///     periods: Some((Period::parse("202401")?, Period::parse("202412")?)),
    /// };
    /// let counted = dhis2.aggregate_events(&spec, &scope).await?;
    /// println!("{}", counted.frame);
    /// for output in &counted.report.outputs {
    ///     println!("{}: {} events, left out: {:?}", output.data_element, output.counted, output.left_out());
    /// }
    /// assert!(counted.receipt.is_complete(), "missing: {:?}", counted.receipt.missing());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error`] where something could not be extracted at all, or the spec does not fit the scope or the hierarchy.
    pub async fn aggregate_events(&self, spec: &CountSpec, scope: &CountScope) -> Result<CountedEvents, Error> {
        self.prepare_counts(spec, scope).await?.collect().await
    }

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

    /// Whether persons owned outside the units asked for may have events inside them.
    async fn may_miss_events(&self, spec: &CountSpec, scope: &CountScope, units: &DataFrame) -> Result<bool, Error> {
        if !self.client().server().await?.dialect.events_by_owner_unit || has_all_tops(scope, units)? {
            return Ok(false);
        }
        let programs = self.get_programs(&[&format!("id:eq:{}", spec.program())]).await?;
        let types = programs.column("program_type").map_err(FrameError::from)?.str().map_err(FrameError::from)?;
        Ok(types.iter().flatten().all(|kind| kind != "WITHOUT_REGISTRATION"))
    }
}

fn events_query(spec: &CountSpec, scope: &CountScope) -> Result<EventQuery, Error> {
    let units = scope.organisation_units.iter().map(Uid::as_str);
    let mut query =
        EventQuery::builder().program(spec.program().as_str()).org_unit_parents(units).columns(EventColumns::Rich);
    if let [stage] = spec.stages() {
        query = query.program_stage(stage.as_str());
    }
    if let Some((first, last)) = scope.periods {
        let (first, last) = (first.start().to_string(), last.end().to_string());
        query = match spec.date() {
            CountDate::OccurredAt => query.occurred_after(first).occurred_before(last),
            CountDate::ScheduledAt => query.scheduled_after(first).scheduled_before(last),
            // No server takes days of completion.
            CountDate::CompletedAt => query,
        };
    }
    Ok(query.build()?)
}

/// Whether every unit without a parent is asked for.
fn has_all_tops(scope: &CountScope, units: &DataFrame) -> Result<bool, FrameError> {
    let tops = units.column("level_1_id")?.str()?;
    Ok(tops.iter().flatten().all(|top| scope.organisation_units.iter().any(|unit| unit.as_str() == top)))
}

impl From<CountsError> for Error {
    fn from(error: CountsError) -> Self {
        Self::Aggregate(AggregateError::Counts(error))
    }
}

impl From<SpecError> for Error {
    fn from(error: SpecError) -> Self {
        CountsError::from(error).into()
    }
}
