//! Data values, packed, in the order they were stored.

use dhis2_api::period::Period;

use super::texts::Text;
use super::units::UnitIndex;

/// The number of a period in [`DataValues`].
pub(crate) type PeriodIndex = u32;

/// A data value. Times are milliseconds since 1970 in UTC.
#[derive(Debug, Clone)]
pub(crate) struct DataValue {
    pub(crate) element: Text,
    pub(crate) period: PeriodIndex,
    pub(crate) unit: UnitIndex,
    pub(crate) category_combo: Text,
    pub(crate) attribute_combo: Text,
    pub(crate) value: Text,
    pub(crate) stored_by: Text,
    pub(crate) comment: Text,
    pub(crate) created: i64,
    pub(crate) updated: i64,
    pub(crate) followup: bool,
    pub(crate) deleted: bool,
}

/// All data values of a world.
#[derive(Debug, Default)]
pub(crate) struct DataValues {
    rows: Vec<DataValue>,
    /// The periods and their ids as the server writes them.
    periods: Vec<(Period, Text)>,
    /// Row numbers, those of a unit side by side …
    by_unit: Vec<u32>,
    /// … from the n-th of these to the next.
    starts: Vec<u32>,
}

impl DataValues {
    pub(crate) fn new(rows: Vec<DataValue>, periods: Vec<(Period, Text)>, units: usize) -> Self {
        let mut starts = vec![0u32; units + 1];
        for row in &rows {
            starts[row.unit as usize + 1] += 1;
        }
        for i in 1..starts.len() {
            starts[i] += starts[i - 1];
        }
        let mut next = starts.clone();
        let mut by_unit = vec![0u32; rows.len()];
        for (number, row) in (0u32..).zip(&rows) {
            let at = &mut next[row.unit as usize];
            by_unit[*at as usize] = number;
            *at += 1;
        }
        Self { rows, periods, by_unit, starts }
    }

    pub(crate) fn rows(&self) -> &[DataValue] {
        &self.rows
    }

    pub(crate) fn row(&self, number: u32) -> &DataValue {
        &self.rows[number as usize]
    }

    pub(crate) fn of_unit(&self, unit: UnitIndex) -> &[u32] {
        &self.by_unit[self.starts[unit as usize] as usize..self.starts[unit as usize + 1] as usize]
    }

    pub(crate) fn periods(&self) -> &[(Period, Text)] {
        &self.periods
    }

    pub(crate) fn period(&self, index: PeriodIndex) -> &(Period, Text) {
        &self.periods[index as usize]
    }
}
