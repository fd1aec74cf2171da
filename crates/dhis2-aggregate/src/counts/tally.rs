//! The events of an output, put into cells.

use std::collections::{BTreeMap, HashSet};

use dhis2_api::Uid;
use dhis2_api::period::Period;

use super::number::{Sum, written};
use super::output::{Compute, Output};
use super::places::{Place, Places};
use super::report::OutputReport;
use super::rows::Event;

/// Numbers must be less than this, whatever their sign.
const LARGEST: f64 = 1e200;

/// What a data value is of: period, organisation unit, category option combo.
type Key<'f> = (Period, &'f str, Uid);

/// What is known so far of a data value. Of numbers it takes a few words, however many they are; of persons one entry each.
enum Tally {
    Events(u64),
    Persons(HashSet<Box<str>>),
    Numbers(Numbers),
}

/// Numbers added up, never none.
struct Numbers {
    count: u64,
    sum: Sum,
    least: f64,
    greatest: f64,
}

/// What an event adds to a data value.
#[derive(Clone, Copy)]
enum Share<'e> {
    Event,
    Person(&'e str),
    Number(f64),
}

pub(super) struct OutputTally<'f, 's> {
    output: &'s Output,
    cells: BTreeMap<Key<'f>, Tally>,
    report: OutputReport,
}

impl<'f, 's> OutputTally<'f, 's> {
    pub(super) fn of(output: &'s Output) -> Self {
        Self { output, cells: BTreeMap::new(), report: OutputReport::of(output.data_element) }
    }

    /// Counts an event that meets the conditions of the whole, in its period.
    pub(super) fn add(&mut self, event: &Event<'_>, period: Option<Period>, places: &Places<'f>) {
        if self.output.when.as_ref().is_some_and(|condition| !condition.holds(event)) {
            return;
        }
        self.report.matched += 1;
        match self.share(event, period, places) {
            Ok((key, share)) => {
                self.report.counted += 1;
                self.cells.entry(key).or_insert_with(|| share.begin()).take(share);
            }
            Err(reason) => *reason += 1,
        }
    }

    /// Where an event counts and for what, or the count of those left out for the same reason.
    fn share<'e>(
        &mut self,
        event: &Event<'e>,
        period: Option<Period>,
        places: &Places<'f>,
    ) -> Result<(Key<'f>, Share<'e>), &mut u64> {
        let report = &mut self.report;
        let Some(period) = period else { return Err(&mut report.without_date) };
        let unit = match places.of(event.unit) {
            Some(Place::At(unit)) => unit,
            Some(Place::Above) => return Err(&mut report.unit_above_level),
            Some(Place::Outside) => return Err(&mut report.unit_outside),
            None => return Err(&mut report.unit_unknown),
        };
        let holds = |when: &Option<_>| when.as_ref().is_none_or(|when: &super::Condition| when.holds(event));
        let Some(cell) = self.output.cells.iter().find(|cell| holds(&cell.when)) else {
            return Err(&mut report.in_no_cell);
        };
        let share = match (self.output.compute, self.output.compute.item()) {
            (Compute::Persons, _) => match event.person {
                Some(person) => Share::Person(person),
                None => return Err(&mut report.without_person),
            },
            (_, Some(item)) => match item.of(event).map(super::item::Value::number) {
                // Sums of larger ones might not be numbers any more.
                Some(Some(number)) if number.abs() < LARGEST => Share::Number(number),
                Some(_) => return Err(&mut report.not_a_number),
                None => return Err(&mut report.without_value),
            },
            (_, None) => Share::Event,
        };
        Ok(((period, unit, cell.combo), share))
    }

    /// The data values in the order of periods, units and combos, and the report.
    pub(super) fn finish(mut self) -> (Vec<(Key<'f>, String)>, OutputReport) {
        self.report.values = self.cells.len() as u64;
        let output = self.output;
        let values = self.cells.into_iter().map(|(key, tally)| (key, tally.value(output))).collect();
        (values, self.report)
    }
}

impl Share<'_> {
    fn begin(self) -> Tally {
        match self {
            Self::Event => Tally::Events(0),
            Self::Person(_) => Tally::Persons(HashSet::new()),
            Self::Number(number) => {
                Tally::Numbers(Numbers { count: 0, sum: Sum::default(), least: number, greatest: number })
            }
        }
    }
}

impl Tally {
    fn take(&mut self, share: Share<'_>) {
        match (self, share) {
            (Self::Events(events), _) => *events += 1,
            (Self::Persons(persons), Share::Person(person)) => {
                if !persons.contains(person) {
                    persons.insert(person.into());
                }
            }
            (Self::Numbers(numbers), Share::Number(number)) => {
                numbers.count += 1;
                numbers.sum.add(number);
                numbers.least = numbers.least.min(number);
                numbers.greatest = numbers.greatest.max(number);
            }
            // An output gives shares of one kind.
            (Self::Persons(_) | Self::Numbers(_), _) => {}
        }
    }

    fn value(self, output: &Output) -> String {
        match self {
            Self::Events(events) => events.to_string(),
            Self::Persons(persons) => persons.len().to_string(),
            Self::Numbers(numbers) => {
                // The number of events is far below what a double counts.
                #[allow(clippy::cast_precision_loss)]
                let number = match output.compute {
                    Compute::Mean(_) => numbers.sum.value() / numbers.count as f64,
                    Compute::Minimum(_) => numbers.least,
                    Compute::Maximum(_) => numbers.greatest,
                    _ => numbers.sum.value(),
                };
                written(number, output.decimals)
            }
        }
    }
}
