//! The data values that one server holds: those of its world, and what imports made of them.

mod stored;

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, PoisonError, RwLock, RwLockWriteGuard};

use dhis2_api::period::Period;

pub use stored::StoredDataValues;

use crate::world::World;
use crate::world::texts::{LaterTexts, Text};
use crate::world::units::UnitIndex;
use crate::world::values::{DataValue, DataValues, PeriodIndex, ValueKey};

/// The values of a server. Answers are written from a [`Held`] that imports do not touch any more.
pub(crate) struct ValueStore(RwLock<Changing>);

/// The values as they were at one moment.
#[derive(Clone)]
pub(crate) struct Held {
    world: Arc<World>,
    values: Arc<DataValues>,
    texts: Arc<LaterTexts>,
}

/// The values in the hands of an import.
pub(crate) struct Changing {
    held: Held,
    /// Where each value is, for the units that imports have touched.
    places: HashMap<UnitIndex, HashMap<ValueKey, u32>>,
    periods: HashMap<Period, PeriodIndex>,
}

impl ValueStore {
    pub(crate) fn new(world: &Arc<World>) -> Self {
        let held = Held {
            world: Arc::clone(world),
            // Shared with the world, and copied by the first import.
            values: Arc::clone(&world.values),
            texts: Arc::default(),
        };
        let periods = (0u32..).zip(world.values.periods()).map(|(number, (period, _))| (*period, number)).collect();
        Self(RwLock::new(Changing { held, places: HashMap::new(), periods }))
    }

    /// The values as they are now.
    pub(crate) fn held(&self) -> Held {
        self.0.read().unwrap_or_else(PoisonError::into_inner).held.clone()
    }

    /// The values for an import; others wait until it is done.
    pub(crate) fn change(&self) -> RwLockWriteGuard<'_, Changing> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Held {
    pub(crate) fn world(&self) -> &World {
        &self.world
    }

    pub(crate) fn values(&self) -> &DataValues {
        &self.values
    }

    /// A text of these values; empty for [`Text::NONE`].
    pub(crate) fn text(&self, text: Text) -> &str {
        self.texts.get(&self.world.texts, text)
    }

    pub(crate) fn find(&self, text: &str) -> Option<Text> {
        self.texts.find(&self.world.texts, text)
    }
}

impl Changing {
    /// The number of a text, a new one for a new text.
    pub(crate) fn intern(&mut self, text: &str) -> Text {
        match self.held.find(text) {
            Some(known) => known,
            None => Arc::make_mut(&mut self.held.texts).intern(&self.held.world.texts, text),
        }
    }

    pub(crate) fn intern_option(&mut self, text: Option<&str>) -> Text {
        text.map_or(Text::NONE, |text| self.intern(text))
    }

    /// The number of a period, a new one for a new period.
    pub(crate) fn period(&mut self, period: Period) -> PeriodIndex {
        if let Some(&number) = self.periods.get(&period) {
            return number;
        }
        let id = self.intern(&period.id());
        let number = Arc::make_mut(&mut self.held.values).add_period(period, id);
        self.periods.insert(period, number);
        number
    }

    /// The value with this key, deleted or not.
    pub(crate) fn find(&mut self, key: &ValueKey) -> Option<&DataValue> {
        let number = *self.places_of(key.2).get(key)?;
        Some(self.held.values.row(number))
    }

    /// Puts a value where the one with its key was, or adds it.
    pub(crate) fn put(&mut self, value: DataValue) {
        let key = value.key();
        if let Some(number) = self.places_of(key.2).get(&key).copied() {
            Arc::make_mut(&mut self.held.values).replace(number, value);
        } else {
            let number = Arc::make_mut(&mut self.held.values).push(value);
            self.places_of(key.2).insert(key, number);
        }
    }

    fn places_of(&mut self, unit: UnitIndex) -> &mut HashMap<ValueKey, u32> {
        match self.places.entry(unit) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(place) => {
                let values = &self.held.values;
                place.insert(values.of_unit(unit).iter().map(|&number| (values.row(number).key(), number)).collect())
            }
        }
    }
}
