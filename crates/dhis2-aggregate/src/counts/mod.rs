//! From individuals to counts: what individual records say, as data values ready for import.
//!
//! [`aggregate_events`] is pure: frames in, a frame out. [`Counting`] does the same with events that come one after the other.
//! They know nothing of servers; the facade extracts the frames.
//!
//! # What counts how
//!
//! - **Deleted** events never count. An event that stands in several frames counts once.
//! - The **period** is that of the day the server's clock showed ([`CountDate`]): an event at 23:59:59.999 on 31 January
//!   belongs to January. An event without that day is left out and reported.
//! - The **organisation unit** is the event's own, or the one above it on the level of the spec. A unit above that level is
//!   left out and reported; it is not counted at its own level, where it would stand beside sums of what is below it.
//! - **Persons** are counted once for each period, unit and category option combo, however many events and enrollments they
//!   have there. One who is in two cells is in both: such counts cannot be added up.
//! - An event **without a value** is in no sum, mean, minimum or maximum, and is no zero there; neither is one whose value is
//!   no number. Both are reported.
//! - Where nothing is counted there is **no row**, and no zero.
//! - Numbers are **written** without exponent and with at most fifteen significant digits, whole ones without a point; a mean
//!   is not rounded beyond that unless the spec says [`decimals`](Output::decimals). So `0.1` and `0.2` sum to `0.3`, and the
//!   mean of 1, 1 and 2 is `1.33333333333333`.
//! - An event that meets the conditions and is not counted is in the [`CountReport`], with the reason.

mod condition;
mod counting;
mod describe;
mod error;
mod item;
mod number;
mod output;
mod places;
mod report;
mod rows;
mod spec;
mod tally;

use std::fmt;

use dhis2_api::Uid;
use dhis2_api::period::Period;
use dhis2_frame::{ColumnSpec, ColumnType, FrameSchema};
use polars::prelude::DataFrame;

pub use condition::{CompareTo, Comparison, Condition, Literal, StoredStatus};
pub use counting::Counting;
pub use error::{CountsError, SpecError};
pub use item::{Birth, Item};
pub use output::{Band, Cell, Compute, Output};
pub use report::{CountReport, OutputReport};
pub use rows::Persons;
pub use spec::{CountDate, CountSpec, CountSpecBuilder};

use rows::Events;

const fn text(name: &'static str, doc: &'static str) -> ColumnSpec {
    ColumnSpec { name, dtype: ColumnType::String, doc }
}

/// The columns of data values that are to be imported. None of them is null.
pub const COUNTS: FrameSchema = FrameSchema {
    name: "counts",
    columns: &[
        text("data_element_id", "uid of the data element"),
        text("period", "id of the period"),
        text("organisation_unit_id", "uid of the organisation unit"),
        text("category_option_combo_id", "uid of the category option combo"),
        text("attribute_option_combo_id", "uid of the attribute option combo"),
        text("value", "the value, as servers take it"),
    ],
};

/// What is known of individuals, in frames as extracts give them.
#[derive(Clone, Copy)]
pub struct Individuals<'f> {
    /// Rich events, one row for each value: `event_id`, `status`, `program_id`, `program_stage_id`,
    /// `organisation_unit_id`, `deleted`, `data_element_id`, `value`, `tracked_entity_id` and the column of the day that
    /// counts are looked at.
    pub events: &'f [&'f DataFrame],
    /// Attributes of tracked entities, one row for each value: `tracked_entity_id`, `attribute_id`, `value`. Needed where
    /// the spec [looks at some](CountSpec::needs_attributes).
    pub attributes: Option<&'f DataFrame>,
    /// All organisation units in which events may be: `id`, `level`, and for each level `level_1_id`, `level_2_id`, ….
    pub organisation_units: &'f DataFrame,
}

impl fmt::Debug for Individuals<'_> {
    /// How many rows there are; never what they say.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Individuals")
            .field("events", &self.events.iter().map(|frame| frame.height()).collect::<Vec<_>>())
            .field("attributes", &self.attributes.map(DataFrame::height))
            .field("organisation_units", &self.organisation_units.height())
            .finish()
    }
}

/// Of which places and times to count; everything unless said.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CountScope {
    /// Only in these units, on the level of the spec or above, and in all below them.
    pub organisation_units: Vec<Uid>,
    /// Only in the periods from one to another, both included, of the spec's type. Events without a day are in none, and are
    /// not looked at.
    pub periods: Option<(Period, Period)>,
}

/// Data values that were counted.
#[derive(Debug, Clone)]
pub struct Counts {
    /// One row for each data value, with the columns of [`COUNTS`]: by output as in the spec, then by period, organisation
    /// unit and category option combo.
    pub frame: DataFrame,
    /// What was left out and why.
    pub report: CountReport,
}

/// Counts what individual records say, as a spec tells. [The module](self) says what counts how.
///
/// # Errors
/// [`CountsError`] where a frame lacks a column, the hierarchy does not have the level, a unit asked for lies below it, or
/// periods are of another type than the spec's.
pub fn aggregate_events(
    individuals: Individuals<'_>,
    spec: &CountSpec,
    scope: &CountScope,
) -> Result<Counts, CountsError> {
    if spec.needs_attributes() && individuals.attributes.is_none() {
        return Err(CountsError::NoAttributes);
    }
    let mut persons = Persons::new(spec);
    if let Some(attributes) = individuals.attributes {
        persons.take(attributes)?;
    }
    let mut counting = Counting::begin(individuals.organisation_units, &persons, spec, scope)?;
    let events = Events::read(individuals.events, spec)?;
    counting.note_deleted(events.deleted);
    events.iter().for_each(|event| counting.count(&event));
    counting.finish()
}

fn check_periods(spec: &CountSpec, scope: &CountScope) -> Result<(), CountsError> {
    let Some((first, last)) = scope.periods else { return Ok(()) };
    for period in [first, last] {
        if period.period_type() != spec.period_type {
            return Err(CountsError::PeriodType { period: period.id(), expected: spec.period_type.name() });
        }
    }
    if first > last {
        return Err(CountsError::PeriodOrder { first: first.id(), last: last.id() });
    }
    Ok(())
}

#[cfg(test)]
mod tests;
