//! What a running server holds, for tests to compare with.

use std::fmt;

use super::Held;
use crate::world::DataValueRow;
use crate::world::truth::data_value_rows;

/// The data values of a running server at one moment, those that imports stored and deleted ones too. Later imports do
/// not change it. Its `Debug` tells their number only.
#[derive(Clone)]
pub struct StoredDataValues(pub(crate) Held);

impl StoredDataValues {
    /// Every data value, deleted ones too: first those of the world, in the order stored there, then those that imports
    /// added.
    pub fn iter(&self) -> impl Iterator<Item = DataValueRow<'_>> {
        data_value_rows(self.0.world(), self.0.values(), |text| self.0.text(text))
    }

    /// How many values there are, deleted ones too.
    pub fn len(&self) -> usize {
        self.0.values().rows().len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl fmt::Debug for StoredDataValues {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoredDataValues").field("len", &self.len()).finish()
    }
}
