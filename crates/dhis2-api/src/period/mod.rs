//! The periods of DHIS2: their ids, their first and last days, and which of them a range of days selects.
//!
//! All period types that DHIS2 2.43 reads and writes by id are here, in the ISO 8601 calendar. A server with
//! another calendar (`/api/system/info`, `calendar`) writes ids of that calendar, which these are not.
//! `TwoYearly` is left out: the server knows the name but reads no id of it.
//!
//! | type | id | days |
//! |---|---|---|
//! | `Daily` | `20240131` | the day |
//! | `Weekly`, `WeeklyWednesday` … `WeeklySunday` | `2024W5`, `2024WedW5`, `2024ThuW5`, `2024FriW5`, `2024SatW5`, `2024SunW5` | seven days from the named day (`Weekly`: Monday); week 1 is the first with four days or more in the year; never zero-padded |
//! | `BiWeekly` | `2024BiW3` | the ISO weeks 2n−1 and 2n |
//! | `Monthly` | `202401` | the month |
//! | `BiMonthly` | `202402B` | the nth block of two months: 02 is March and April |
//! | `Quarterly`, `SixMonthly`, `Yearly` | `2024Q1`, `2024S1`, `2024` | from January |
//! | `SixMonthlyApril` | `2024AprilS1` | April to September 2024, S2: October 2024 to March 2025 |
//! | `SixMonthlyNov` | `2024NovS1` | November **2023** to April 2024, S2: May to October 2024 |
//! | `QuarterlyNov` | `2024NovQ1` | November **2023** to January 2024, Q4: August to October 2024 |
//! | `FinancialFeb`, `April`, `July`, `Aug`, `Sep`, `Oct` | `2024Feb`, `2024April`, `2024July`, `2024Aug`, `2024Sep`, `2024Oct` | twelve months from that month of 2024 |
//! | `FinancialNov` | `2024Nov` | November **2023** to October 2024 |
//!
//! Only the three November types are named after the year in which they end. `FinancialSep` exists from 2.42,
//! `FinancialFeb`, `FinancialAug` and `WeeklyFriday` from 2.43. A server up to 2.42 drops an id that it cannot
//! read, without a word; 2.43 refuses the request.
//!
//! Week years: `WeekFields.of(day, 4)` of Java, so the year in the id is that of the fourth day of the week.
//!
//! **`BiWeekly` periods can overlap.** In a year of 53 ISO weeks the server makes a `BiW27` of week 53 and
//! the first week of the next year, and the next year's `BiW1` begins in that same first week: `2020BiW27` is
//! 28 December 2020 to 10 January 2021, `2021BiW1` is 4 to 17 January 2021. The server puts a day of the
//! common week into `BiW1`, and so does [`Period::containing`].
//!
//! Sources: the server's period classes (`PeriodTypeEnum`, `DateUnitPeriodTypeParser`,
//! `WeeklyAbstractPeriodType`, `BiWeeklyAbstractPeriodType` with its tests, `FinancialPeriodType`,
//! `QuarterlyNovemberPeriodType`, `SixMonthlyNovemberPeriodType`), and recorded answers of 2.38 to 2.43.
//!
//! ```
//! use dhis2_api::period::{Period, PeriodType};
//!
//! let block = Period::parse("200402B")?;
//! assert_eq!(block.period_type(), PeriodType::BiMonthly);
//! assert_eq!(block.start().to_string(), "2004-03-01");
//! assert_eq!(block.end().to_string(), "2004-04-30");
//! # Ok::<(), dhis2_api::period::PeriodError>(())
//! ```

mod arithmetic;
mod error;
mod parse;
mod range;
mod text;
mod types;

use chrono::{Datelike, NaiveDate};

pub use error::PeriodError;
pub use range::straddling;
pub use types::PeriodType;

/// One period: a type and its days. Cheap to copy.
///
/// Every value is a period the server could have: its first and last day lie in the years 1 to 9999.
/// Periods are ordered by first day, then by last day, then by type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Period {
    // The order of the fields is the order of periods.
    start: NaiveDate,
    end: NaiveDate,
    kind: PeriodType,
}

impl Period {
    /// Reads an id of any type.
    ///
    /// `yyyy-MM` and `yyyy-MM-dd` are read as the server reads them, as a month and a day; [`Period::id`] then
    /// gives `yyyyMM` and `yyyyMMdd`. Everything else must be exactly what the server writes.
    ///
    /// # Errors
    /// A [`PeriodError`] that says what was expected: the text has the form of no id, the period does not
    /// exist (month 13, week 53 of a year of 52), a number is zero-padded, or the days leave the years 1 to 9999.
    ///
    /// ```
    /// # use dhis2_api::period::Period;
    /// assert_eq!(Period::parse("2023-01")?.id(), "202301");
    /// assert_eq!(
    ///     Period::parse("2024W05").unwrap_err().to_string(),
    ///     "`2024W05` is no period id: the number is not zero-padded, write `2024W5`"
    /// );
    /// # Ok::<(), dhis2_api::period::PeriodError>(())
    /// ```
    pub fn parse(id: &str) -> Result<Self, PeriodError> {
        parse::period(id)
    }

    /// The period of a type that holds a day; `None` where it would leave the years 1 to 9999.
    ///
    /// Of the two [overlapping](self) `BiWeekly` periods it is the later one, as on the server.
    ///
    /// ```
    /// # use chrono::NaiveDate;
    /// # use dhis2_api::period::{Period, PeriodType};
    /// let day: NaiveDate = "2024-01-15".parse()?;
    /// let year = Period::containing(PeriodType::FinancialApril, day);
    /// assert_eq!(year.map(|p| p.id()).as_deref(), Some("2023April"));
    /// # Ok::<(), chrono::ParseError>(())
    /// ```
    pub fn containing(period_type: PeriodType, date: NaiveDate) -> Option<Self> {
        let (start, end) = arithmetic::days_around(period_type.shape(), date)?;
        (start.year() >= 1 && end.year() <= 9999).then_some(Self { start, end, kind: period_type })
    }

    /// The id as the server writes it. [`Period::parse`] of it gives the same period.
    pub fn id(&self) -> String {
        let shape = self.kind.shape();
        let (year, number) = arithmetic::number(shape, self.start);
        text::id(self.kind, year, number)
    }

    /// The type.
    pub fn period_type(&self) -> PeriodType {
        self.kind
    }

    /// The first day.
    pub fn start(&self) -> NaiveDate {
        self.start
    }

    /// The last day, which is part of the period.
    pub fn end(&self) -> NaiveDate {
        self.end
    }

    /// The following period of the type; `None` where it would leave the year 9999.
    ///
    /// It begins on the day after [`Period::end`], except after a `BiW27`, which the next year's `BiW1`
    /// [overlaps](self) by a week.
    pub fn next(&self) -> Option<Self> {
        Self::containing(self.kind, self.end.succ_opt()?)
    }

    /// The preceding period of the type; `None` where it would begin before the year 1.
    pub fn previous(&self) -> Option<Self> {
        Self::containing(self.kind, self.start.pred_opt()?)
    }
}
