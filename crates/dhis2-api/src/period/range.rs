//! Several periods: runs, and what a range of days selects.

use std::iter::successors;

use chrono::NaiveDate;

use super::{Period, PeriodError, PeriodType, arithmetic};

// Evaluated by the compiler: it cannot fail at run time.
const FIRST_DAY: NaiveDate = NaiveDate::from_ymd_opt(1, 1, 1).unwrap();

impl Period {
    /// All periods from `first` to `last`, both included; one where they are the same.
    ///
    /// # Errors
    /// [`PeriodError::MixedRange`] where the types differ, [`PeriodError::ReversedRange`] where `last` begins
    /// before `first`.
    ///
    /// ```
    /// # use dhis2_api::period::Period;
    /// let months = Period::range(Period::parse("202311")?, Period::parse("202401")?)?;
    /// let ids: Vec<String> = months.iter().map(Period::id).collect();
    /// assert_eq!(ids, ["202311", "202312", "202401"]);
    /// # Ok::<(), dhis2_api::period::PeriodError>(())
    /// ```
    pub fn range(first: Self, last: Self) -> Result<Vec<Self>, PeriodError> {
        if first.kind != last.kind {
            return Err(PeriodError::MixedRange { first, last });
        }
        if last.start < first.start {
            return Err(PeriodError::ReversedRange { first, last });
        }
        Ok(successors(Some(first), Self::next).take_while(|period| period.start <= last.start).collect())
    }

    fn lies_within(&self, start: NaiveDate, end: NaiveDate) -> bool {
        start <= self.start && self.end <= end
    }
}

impl PeriodType {
    /// All periods of the type that lie wholly inside the days `start` to `end`, both included, in order.
    ///
    /// These are the ones that `startDate` and `endDate` of `/api/dataValueSets` select, on every version: a
    /// period of which one day is outside is not among them. Empty where `end` is before `start`.
    pub fn periods_within(self, start: NaiveDate, end: NaiveDate) -> Vec<Period> {
        successors(self.first_from(start.max(FIRST_DAY)), Period::next).take_while(|period| period.end <= end).collect()
    }

    /// The first period that begins on `date` or later.
    fn first_from(self, date: NaiveDate) -> Option<Period> {
        let (start, end) = arithmetic::days_around(self.shape(), date)?;
        let day = if start < date { end.succ_opt()? } else { date };
        Period::containing(self, day)
    }
}

/// The periods of **all** types that a cut after the day `boundary` would lose: those that hold both `boundary`
/// and the day after it, and lie wholly inside the days `start` to `end`, both included.
///
/// A range of days can so be asked for in two halves and these ids, and each period comes exactly once: what
/// `[start, end]` selects is what `[start, boundary]` and `[boundary + 1, end]` select, and these.
/// In order; empty where `boundary` does not lie inside the range.
///
/// The ids include those of types that older servers lack; [the module](super) tells which. Periods of
/// `TwoYearly`, which has no ids, and of a calendar that is not ISO 8601 are not covered.
///
/// ```
/// use dhis2_api::period::{Period, straddling};
///
/// let lost = straddling("2024-01-31".parse()?, "2024-01-01".parse()?, "2024-03-31".parse()?);
/// let ids: Vec<String> = lost.iter().map(Period::id).collect();
/// assert_eq!(
///     ids,
///     ["202401B", "2024Q1", "2024FriW5", "2024SatW5", "2024SunW5", "2024W5", "2024BiW3", "2024WedW5"]
/// );
/// # Ok::<(), chrono::ParseError>(())
/// ```
pub fn straddling(boundary: NaiveDate, start: NaiveDate, end: NaiveDate) -> Vec<Period> {
    let mut found: Vec<Period> = PeriodType::ALL
        .iter()
        .flat_map(|&period_type| around(period_type, boundary))
        .filter(|period| period.lies_within(start, end))
        .filter(|period| period.start <= boundary && boundary < period.end)
        .collect();
    found.sort_unstable();
    found
}

/// The period that holds the day and the one before it: two overlapping `BiWeekly` periods can hold one day.
fn around(period_type: PeriodType, day: NaiveDate) -> impl Iterator<Item = Period> {
    let latest = Period::containing(period_type, day);
    let earlier = latest.and_then(|period| period.previous());
    [earlier, latest].into_iter().flatten()
}
