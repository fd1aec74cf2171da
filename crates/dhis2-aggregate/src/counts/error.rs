//! What is wrong with a spec, or with the frames it is applied to.

use dhis2_api::Uid;
use dhis2_frame::FrameError;

/// What is wrong with a [`CountSpec`](super::CountSpec).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SpecError {
    /// The text is no spec. Says the line, the column and what was expected there.
    #[error("this is no spec for counts: {0}")]
    Toml(String),
    /// Nothing to compute.
    #[error("nothing to compute: add an `[[output]]`")]
    NoOutput,
    /// Levels are counted from 1.
    #[error("there is no level 0 of organisation units: the top is level 1")]
    NoLevel,
    /// Two outputs write the same data values.
    #[error(
        "two outputs go to the data element {data_element} with the category option combo {combo}: each value needs one"
    )]
    SameTarget {
        /// The data element.
        data_element: Uid,
        /// The category option combo.
        combo: Uid,
    },
    /// Neither options nor bands nor conditions.
    #[error("no category option combo: name at least one option, band or condition that leads to one")]
    NoCell,
    /// None, or several, of the three ways to find the combo.
    #[error("say in one way which category option combo it goes to: `combo`, `by` or `cell`")]
    WhichCombo,
    /// A disaggregation by nothing, or by several things.
    #[error("`by` needs one of `element`, `attribute` and `age`")]
    ByWhat,
    /// Neither options nor bands, or both.
    #[error("`by` needs one of `options` and `bands`")]
    OptionsOrBands,
    /// A band that holds no number.
    #[error("a band holds no number: `from` must be less than `below`")]
    EmptyBand,
    /// Two bands have numbers in common.
    #[error("two bands have numbers in common: a band ends before `below`, where the next may begin")]
    Overlap,
    /// A sum or mean of nothing.
    #[error("`sum`, `mean`, `minimum` and `maximum` need `of`: the element, attribute or age they are made of")]
    WithoutOf,
    /// A count of a value.
    #[error("`events` and `persons` take no `of`: put a condition on the value into `when`")]
    OfWithCount,
    /// Decimals of what has none, or too many.
    #[error("`decimals` goes with `sum` and `mean` only, and is at most 10")]
    Decimals,
}

/// Why nothing was counted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CountsError {
    /// The spec makes no sense.
    #[error(transparent)]
    Spec(#[from] SpecError),
    /// A frame lacks a column, or has it with another type.
    #[error(transparent)]
    Frame(#[from] FrameError),
    /// The spec looks at attributes, and there is no frame of them.
    #[error("the spec looks at tracked entity attributes, and no frame with attributes was given")]
    NoAttributes,
    /// The hierarchy is not so deep.
    #[error(
        "organisation units of level {level} are asked for, and the frame of organisation units has no column `level_{level}_id`"
    )]
    NoSuchLevel {
        /// The level asked for.
        level: u32,
    },
    /// A period of another type than the spec's.
    #[error("the period {period} is not of the spec's period type, {expected}")]
    PeriodType {
        /// The period.
        period: String,
        /// The type.
        expected: &'static str,
    },
    /// A range of periods that ends before it begins.
    #[error("the first period, {first}, comes after the last, {last}")]
    PeriodOrder {
        /// The first.
        first: String,
        /// The last.
        last: String,
    },
    /// A unit that is named lies below the level, or is unknown: what would be counted for its level is a part only.
    #[error(
        "the organisation unit {unit} is not known to lie on level {level} or above: a value counted for level {level} needs \
         all units below it; name a unit of that level"
    )]
    UnitBelowLevel {
        /// The unit.
        unit: Uid,
        /// The level.
        level: u32,
    },
}
