//! From individuals to counts on the facade: the extracts that a spec needs, and what comes of them.

use dhis2_aggregate::AggregateError;
use dhis2_aggregate::counts::{CountDate, CountReport, CountScope, CountSpec, CountsError, SpecError};
use dhis2_api::Uid;
use dhis2_extract::Receipt;
use dhis2_frame::FrameError;
use dhis2_tracker::{EventColumns, EventQuery};
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

    /// Whether persons owned outside the units asked for may have events inside them.
    pub(crate) async fn may_miss_events(
        &self,
        spec: &CountSpec,
        scope: &CountScope,
        units: &DataFrame,
    ) -> Result<bool, Error> {
        if !self.client().server().await?.dialect.events_by_owner_unit || has_all_tops(scope, units)? {
            return Ok(false);
        }
        let programs = self.get_programs(&[&format!("id:eq:{}", spec.program())]).await?;
        let types = programs.column("program_type").map_err(FrameError::from)?.str().map_err(FrameError::from)?;
        Ok(types.iter().flatten().all(|kind| kind != "WITHOUT_REGISTRATION"))
    }
}

pub(crate) fn events_query(spec: &CountSpec, scope: &CountScope) -> Result<EventQuery, Error> {
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
