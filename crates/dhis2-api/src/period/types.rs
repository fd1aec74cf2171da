//! The period types and what sets each apart.

use std::fmt;
use std::str::FromStr;

use chrono::Weekday;

use super::PeriodError;
use super::arithmetic::Shape;

/// A period type of DHIS2. [The module](super) lists their ids and days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PeriodType {
    /// A day: `20240131`.
    Daily,
    /// Seven days from a Monday, the ISO 8601 week: `2024W5`.
    Weekly,
    /// Seven days from a Wednesday: `2024WedW5`.
    WeeklyWednesday,
    /// Seven days from a Thursday: `2024ThuW5`.
    WeeklyThursday,
    /// Seven days from a Friday: `2024FriW5`. From 2.43.
    WeeklyFriday,
    /// Seven days from a Saturday: `2024SatW5`.
    WeeklySaturday,
    /// Seven days from a Sunday: `2024SunW5`.
    WeeklySunday,
    /// Two ISO 8601 weeks from an odd one: `2024BiW3` is weeks 5 and 6.
    BiWeekly,
    /// A month: `202401`.
    Monthly,
    /// Two months from an odd one: `202402B` is March and April.
    BiMonthly,
    /// Three months from January: `2024Q1`.
    Quarterly,
    /// Three months from November of the previous year: `2024NovQ1`.
    QuarterlyNov,
    /// Six months from January: `2024S1`.
    SixMonthly,
    /// Six months from April: `2024AprilS1`.
    SixMonthlyApril,
    /// Six months from November of the previous year: `2024NovS1`.
    SixMonthlyNov,
    /// A calendar year: `2024`.
    Yearly,
    /// Twelve months from February: `2024Feb`. From 2.43.
    FinancialFeb,
    /// Twelve months from April: `2024April`.
    FinancialApril,
    /// Twelve months from July: `2024July`.
    FinancialJuly,
    /// Twelve months from August: `2024Aug`. From 2.43.
    FinancialAug,
    /// Twelve months from September: `2024Sep`. From 2.42.
    FinancialSep,
    /// Twelve months from October: `2024Oct`.
    FinancialOct,
    /// Twelve months from November of the previous year: `2024Nov`.
    FinancialNov,
}

/// What sets a type apart.
struct Traits {
    name: &'static str,
    /// What stands in the id between the year and the number; empty where the id is made of digits.
    infix: &'static str,
    shape: Shape,
}

impl PeriodType {
    /// Every type, from the shortest to the longest.
    pub const ALL: &'static [Self] = &[
        Self::Daily,
        Self::Weekly,
        Self::WeeklyWednesday,
        Self::WeeklyThursday,
        Self::WeeklyFriday,
        Self::WeeklySaturday,
        Self::WeeklySunday,
        Self::BiWeekly,
        Self::Monthly,
        Self::BiMonthly,
        Self::Quarterly,
        Self::QuarterlyNov,
        Self::SixMonthly,
        Self::SixMonthlyApril,
        Self::SixMonthlyNov,
        Self::Yearly,
        Self::FinancialFeb,
        Self::FinancialApril,
        Self::FinancialJuly,
        Self::FinancialAug,
        Self::FinancialSep,
        Self::FinancialOct,
        Self::FinancialNov,
    ];

    /// The name as the server spells it, in `periodType` of a data set for one: `FinancialApril`.
    pub const fn name(self) -> &'static str {
        self.traits().name
    }

    pub(super) const fn infix(self) -> &'static str {
        self.traits().infix
    }

    pub(super) const fn shape(self) -> Shape {
        self.traits().shape
    }

    const fn traits(self) -> Traits {
        match self {
            Self::Daily => Traits::new("Daily", "", Shape::Day),
            Self::Weekly => Traits::week("Weekly", "W", Weekday::Mon),
            Self::WeeklyWednesday => Traits::week("WeeklyWednesday", "WedW", Weekday::Wed),
            Self::WeeklyThursday => Traits::week("WeeklyThursday", "ThuW", Weekday::Thu),
            Self::WeeklyFriday => Traits::week("WeeklyFriday", "FriW", Weekday::Fri),
            Self::WeeklySaturday => Traits::week("WeeklySaturday", "SatW", Weekday::Sat),
            Self::WeeklySunday => Traits::week("WeeklySunday", "SunW", Weekday::Sun),
            Self::BiWeekly => Traits::new("BiWeekly", "BiW", Shape::BiWeek),
            Self::Monthly => Traits::months("Monthly", "", 1, 0),
            Self::BiMonthly => Traits::months("BiMonthly", "", 2, 0),
            Self::Quarterly => Traits::months("Quarterly", "Q", 3, 0),
            Self::QuarterlyNov => Traits::months("QuarterlyNov", "NovQ", 3, -2),
            Self::SixMonthly => Traits::months("SixMonthly", "S", 6, 0),
            Self::SixMonthlyApril => Traits::months("SixMonthlyApril", "AprilS", 6, 3),
            Self::SixMonthlyNov => Traits::months("SixMonthlyNov", "NovS", 6, -2),
            Self::Yearly => Traits::months("Yearly", "", 12, 0),
            Self::FinancialFeb => Traits::months("FinancialFeb", "Feb", 12, 1),
            Self::FinancialApril => Traits::months("FinancialApril", "April", 12, 3),
            Self::FinancialJuly => Traits::months("FinancialJuly", "July", 12, 6),
            Self::FinancialAug => Traits::months("FinancialAug", "Aug", 12, 7),
            Self::FinancialSep => Traits::months("FinancialSep", "Sep", 12, 8),
            Self::FinancialOct => Traits::months("FinancialOct", "Oct", 12, 9),
            Self::FinancialNov => Traits::months("FinancialNov", "Nov", 12, -2),
        }
    }
}

impl Traits {
    const fn new(name: &'static str, infix: &'static str, shape: Shape) -> Self {
        Self { name, infix, shape }
    }

    const fn week(name: &'static str, infix: &'static str, first: Weekday) -> Self {
        Self::new(name, infix, Shape::Week { first })
    }

    const fn months(name: &'static str, infix: &'static str, length: i32, offset: i32) -> Self {
        Self::new(name, infix, Shape::Months { length, offset })
    }
}

impl fmt::Display for PeriodType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for PeriodType {
    type Err = PeriodError;

    /// Reads a name as the server spells it.
    fn from_str(name: &str) -> Result<Self, PeriodError> {
        Self::ALL
            .iter()
            .find(|period_type| period_type.name() == name)
            .copied()
            .ok_or_else(|| PeriodError::unknown_type(name))
    }
}
