//! Events counted as they come.

use chrono::NaiveDate;
use dhis2_api::period::Period;
use dhis2_frame::{FrameError, StringColumn};
use polars::prelude::DataFrame;

use super::error::CountsError;
use super::item::Item;
use super::places::Places;
use super::report::CountReport;
use super::rows::{Event, Persons, each_row};
use super::spec::CountSpec;
use super::tally::OutputTally;
use super::{COUNTS, CountScope, Counts, check_periods};

/// Counts events as they come, so that they need never be in memory at once: it holds what is counted, and one event. (Where
/// persons are counted, each once for each data value.)
///
/// [`aggregate_events`](super::aggregate_events) does the same with events that stand anywhere.
pub struct Counting<'c> {
    spec: &'c CountSpec,
    scope: &'c CountScope,
    places: Places<'c>,
    persons: &'c Persons,
    wanted: std::collections::HashSet<dhis2_api::Uid>,
    tallies: Vec<OutputTally<'c, 'c>>,
    report: CountReport,
    open: Option<Open>,
}

impl std::fmt::Debug for Counting<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Counting").field("report", &self.report).finish_non_exhaustive()
    }
}

/// The event whose rows are coming.
struct Open {
    id: String,
    deleted: bool,
    stage: Option<String>,
    status: Option<String>,
    unit: Option<String>,
    person: Option<String>,
    day: Option<NaiveDate>,
    values: Vec<(String, String)>,
}

impl Open {
    fn new(id: &str, deleted: bool, event: &Event<'_>) -> Self {
        let owned = |text: Option<&str>| text.map(str::to_owned);
        Self {
            id: id.to_owned(),
            deleted,
            stage: owned(event.stage),
            status: owned(event.status),
            unit: owned(event.unit),
            person: owned(event.person),
            day: event.day,
            values: Vec::new(),
        }
    }
}

impl<'c> Counting<'c> {
    /// Begins. `organisation_units` are all in which events may be: `id`, `level`, and for each level `level_1_id`,
    /// `level_2_id`, …; `persons` is what is known of the events' persons.
    ///
    /// # Errors
    /// [`CountsError`] where the frame lacks a column, the hierarchy does not have the level, a unit asked for lies below it,
    /// or periods are of another type than the spec's.
    pub fn begin(
        organisation_units: &'c DataFrame,
        persons: &'c Persons,
        spec: &'c CountSpec,
        scope: &'c CountScope,
    ) -> Result<Self, CountsError> {
        check_periods(spec, scope)?;
        Ok(Self {
            spec,
            scope,
            places: Places::read(organisation_units, spec.level, &scope.organisation_units)?,
            persons,
            wanted: spec.ids(Item::data_element),
            tallies: spec.outputs.iter().map(OutputTally::of).collect(),
            report: CountReport::default(),
            open: None,
        })
    }

    /// Takes the next rows: the columns of rich events, as in [`Individuals`](super::Individuals). The rows of an event stand
    /// together, in one frame or at the end of one and the beginning of the next, as in an extract.
    ///
    /// # Errors
    /// [`FrameError`] where the frame lacks a column.
    pub fn take(&mut self, events: &DataFrame) -> Result<(), FrameError> {
        let wanted = std::mem::take(&mut self.wanted);
        let outcome = each_row(events, self.spec, &wanted, |row| {
            if self.open.as_ref().is_none_or(|open| open.id != row.id) {
                self.close();
                self.open = Some(Open::new(row.id, row.deleted, &row.event));
            }
            if let (Some(open), Some((id, value))) = (&mut self.open, row.value) {
                open.values.push((id.to_owned(), value.to_owned()));
            }
        });
        self.wanted = wanted;
        outcome
    }

    fn close(&mut self) {
        let Some(open) = self.open.take() else { return };
        if open.deleted {
            self.report.deleted += 1;
            return;
        }
        let values: Vec<_> = open.values.iter().map(|(id, value)| (id.as_str(), value.as_str())).collect();
        self.count(&Event {
            stage: open.stage.as_deref(),
            status: open.status.as_deref(),
            unit: open.unit.as_deref(),
            person: open.person.as_deref(),
            day: open.day,
            values: &values,
            attributes: &[],
        });
    }

    /// Counts an event that was not deleted.
    pub(super) fn count(&mut self, event: &Event<'_>) {
        let period = event.day.and_then(|day| Period::containing(self.spec.period_type, day));
        let is_asked = |(first, last)| period.is_some_and(|period| first <= period && period <= last);
        if !self.scope.periods.is_none_or(is_asked) {
            return;
        }
        self.report.events += 1;
        let attributes = self.persons.of(event.person);
        let event = Event { attributes: &attributes, ..*event };
        if self.spec.when.as_ref().is_none_or(|condition| condition.holds(&event)) {
            for tally in &mut self.tallies {
                tally.add(&event, period, &self.places);
            }
        }
    }

    /// Notes deleted events that were not handed over.
    pub(super) fn note_deleted(&mut self, events: u64) {
        self.report.deleted += events;
    }

    /// The data values, when all events were taken.
    ///
    /// # Errors
    /// [`CountsError`] where Polars fails.
    pub fn finish(mut self) -> Result<Counts, CountsError> {
        self.close();
        let Self { spec, tallies, mut report, .. } = self;
        let mut columns = COUNTS.columns.iter().map(|_| StringColumn::default()).collect::<Vec<_>>();
        for (tally, output) in tallies.into_iter().zip(&spec.outputs) {
            let (values, of_output) = tally.finish();
            for ((period, unit, combo), value) in values {
                let period = period.id();
                let combos = [combo.as_str(), spec.attribute_option_combo.as_str()];
                let row = [output.data_element.as_str(), &period, unit, combos[0], combos[1], &value];
                columns.iter_mut().zip(row).for_each(|(column, text)| column.push(text));
            }
            report.outputs.push(of_output);
        }
        let rows = columns.first().map_or(0, StringColumn::len);
        let columns = columns.into_iter().zip(COUNTS.names()).map(|(column, name)| column.finish(name)).collect();
        let frame = DataFrame::new(rows, columns).map_err(FrameError::from)?;
        Ok(Counts { frame, report })
    }
}
