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

/// What sets a data value apart: element, period, unit, category and attribute option combo.
pub(crate) type ValueKey = (Text, PeriodIndex, UnitIndex, Text, Text);

impl DataValue {
    pub(crate) fn key(&self) -> ValueKey {
        (self.element, self.period, self.unit, self.category_combo, self.attribute_combo)
    }
}

/// The data values of a world or of a server.
#[derive(Debug, Clone, Default)]
pub(crate) struct DataValues {
    rows: Vec<DataValue>,
    /// The periods and their ids as the server writes them.
    periods: Vec<(Period, Text)>,
    /// For each unit the numbers of its rows.
    by_unit: Vec<Vec<u32>>,
}

impl DataValues {
    pub(crate) fn new(rows: Vec<DataValue>, periods: Vec<(Period, Text)>, units: usize) -> Self {
        let mut by_unit = vec![Vec::new(); units];
        for (number, row) in (0u32..).zip(&rows) {
            by_unit[row.unit as usize].push(number);
        }
        Self { rows, periods, by_unit }
    }

    pub(crate) fn rows(&self) -> &[DataValue] {
        &self.rows
    }

    pub(crate) fn row(&self, number: u32) -> &DataValue {
        &self.rows[number as usize]
    }

    pub(crate) fn of_unit(&self, unit: UnitIndex) -> &[u32] {
        &self.by_unit[unit as usize]
    }

    pub(crate) fn periods(&self) -> &[(Period, Text)] {
        &self.periods
    }

    pub(crate) fn period(&self, index: PeriodIndex) -> &(Period, Text) {
        &self.periods[index as usize]
    }

    pub(crate) fn add_period(&mut self, period: Period, id: Text) -> PeriodIndex {
        self.periods.push((period, id));
        u32::try_from(self.periods.len() - 1).unwrap_or(u32::MAX)
    }

    pub(crate) fn replace(&mut self, number: u32, value: DataValue) {
        self.rows[number as usize] = value;
    }

    /// Adds a row; its number.
    pub(crate) fn push(&mut self, value: DataValue) -> u32 {
        let number = u32::try_from(self.rows.len()).unwrap_or(u32::MAX);
        self.by_unit[value.unit as usize].push(number);
        self.rows.push(value);
        number
    }
}
