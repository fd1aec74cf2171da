//! What can be wrong with a period.

use super::{Period, PeriodType};

/// Why a text is no period, or two periods are no range. Says what was expected.
///
/// Ids are kept as given, but long ones cut after 40 characters and control characters escaped.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PeriodError {
    /// The text has the form of no period id.
    #[error(
        "`{id}` is no period id: expected four digits of a year and the rest of an id such as `20240131`, `2024W5`, \
         `2024BiW3`, `202401`, `202401B`, `2024Q1`, `2024S1`, `2024` or `2024April`"
    )]
    UnknownForm {
        /// The text.
        id: String,
    },
    /// The form is right but the year has no such period.
    #[error("`{id}` is no {period_type} period: expected `{first}` to `{last}`{}", hint(*period_type))]
    NoSuchPeriod {
        /// The text.
        id: String,
        /// The type that its form stands for.
        period_type: PeriodType,
        /// The id of the first period of the year.
        first: String,
        /// The id of the last period of the year.
        last: String,
    },
    /// A number that the server writes without zeros has one in front.
    #[error("`{id}` is no period id: the number is not zero-padded, write `{right}`")]
    Padded {
        /// The text.
        id: String,
        /// The id as the server writes it.
        right: String,
    },
    /// The period has days before the year 1 or after the year 9999.
    #[error("`{id}` is out of range: all days of a period must lie in the years 1 to 9999")]
    OutsideYears {
        /// The text.
        id: String,
    },
    /// The text is the name of no period type.
    #[error(
        "`{name}` is no period type: expected a name as the server spells it, such as `Monthly` or `FinancialApril`"
    )]
    UnknownType {
        /// The text.
        name: String,
    },
    /// A range between periods of two types.
    #[error(
        "no range from `{first}` to `{last}`: the first is a {} and the last a {} period, expected two of one type",
        first.period_type(), last.period_type()
    )]
    MixedRange {
        /// The first period asked for.
        first: Period,
        /// The last period asked for.
        last: Period,
    },
    /// A range whose last period is before its first.
    #[error("no range from `{first}` to `{last}`: the last begins before the first, swap them")]
    ReversedRange {
        /// The first period asked for.
        first: Period,
        /// The last period asked for.
        last: Period,
    },
}

impl PeriodError {
    pub(super) fn unknown_form(id: &str) -> Self {
        Self::UnknownForm { id: shown(id) }
    }

    pub(super) fn no_such(id: &str, period_type: PeriodType, first: String, last: String) -> Self {
        Self::NoSuchPeriod { id: shown(id), period_type, first, last }
    }

    pub(super) fn padded(id: &str, right: &str) -> Self {
        Self::Padded { id: shown(id), right: right.to_owned() }
    }

    pub(super) fn outside_years(id: &str) -> Self {
        Self::OutsideYears { id: shown(id) }
    }

    pub(super) fn unknown_type(name: &str) -> Self {
        Self::UnknownType { name: shown(name) }
    }
}

fn hint(period_type: PeriodType) -> &'static str {
    match period_type {
        PeriodType::BiMonthly => ", where 01 is January and February, 02 March and April",
        PeriodType::Daily => ", a day of the calendar",
        _ => "",
    }
}

/// A text from outside, made fit for a line of a message.
fn shown(text: &str) -> String {
    const LONGEST: usize = 40;
    let mut shown: String = text.chars().take(LONGEST).flat_map(char::escape_debug).collect();
    if text.chars().nth(LONGEST).is_some() {
        shown.push('…');
    }
    shown
}
