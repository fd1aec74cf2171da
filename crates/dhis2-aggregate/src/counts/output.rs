//! What is computed, and the data values it becomes.

use std::collections::BTreeMap;

use dhis2_api::Uid;
use serde::Deserialize;

use super::condition::{CompareTo, Comparison, Condition};
use super::error::SpecError;
use super::item::Item;

/// One number for each period, organisation unit and category option combo. See [`Compute`] for what the numbers are.
///
/// In TOML an `[[output]]`:
///
/// | key | meaning |
/// |---|---|
/// | `data_element` | uid of the data element that receives it |
/// | `compute` | `events`, `persons`, `sum`, `mean`, `minimum` or `maximum` |
/// | `of` | of which [`Item`]; with the last four only |
/// | `decimals` | sums and means rounded to so many decimals, half away from zero; 0 to 10 |
/// | `when` | a [`Condition`] beside that of the whole file |
/// | `combo` | uid of the category option combo that all of it belongs to |
/// | `by` | or what decides it: an item with `options = { CODE = "combo", … }`, or with `bands = [{ from = 0, below = 5, combo = "…" }, …]`: numbers (or years of age) from one, included, to below another; a band without `from` or without `below` is open on that side |
/// | `cell` | or conditions: `[{ combo = "…", when = {…} }, …]`, of which the first that holds decides |
///
/// Several options, bands or conditions may lead to the same combo: they are counted together, and of several that hold the
/// first counts. An event that leads to none is left out and reported.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(try_from = "Table")]
pub struct Output {
    pub(super) data_element: Uid,
    pub(super) compute: Compute,
    pub(super) decimals: Option<u8>,
    pub(super) when: Option<Condition>,
    pub(super) cells: Vec<Cell>,
}

/// What is computed of the events of a period, unit and category option combo.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compute {
    /// How many events there are.
    Events,
    /// How many different tracked entities they belong to: one with two enrollments, or with several events, counts once. An
    /// event without registration belongs to none, and is left out and reported.
    Persons,
    /// The sum of a value. Events without it, or with one that is no number, are left out and reported: they are no zeros.
    Sum(Item),
    /// The mean of a value over the events that have it.
    Mean(Item),
    /// The least of a value.
    Minimum(Item),
    /// The greatest of a value.
    Maximum(Item),
}

impl Compute {
    pub(super) fn item(self) -> Option<Item> {
        match self {
            Self::Events | Self::Persons => None,
            Self::Sum(item) | Self::Mean(item) | Self::Minimum(item) | Self::Maximum(item) => Some(item),
        }
    }
}

/// Which events belong to a category option combo.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cell {
    /// Uid of the category option combo.
    pub combo: Uid,
    /// Which events; all where nothing is said.
    #[serde(default)]
    pub when: Option<Condition>,
}

/// A range of numbers, or of years of age, and the category option combo that it leads to.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Band {
    /// The first number; open where there is none.
    #[serde(default)]
    pub from: Option<f64>,
    /// The first number above it; open where there is none.
    #[serde(default)]
    pub below: Option<f64>,
    /// Uid of the category option combo.
    pub combo: Uid,
}

impl Output {
    /// All that is computed goes to one category option combo of a data element, unless it is [divided](Self::by_options).
    ///
    /// ```
    /// use dhis2_aggregate::counts::{Band, Compute, Item, Output};
    ///
    /// let (women, girls) = ("pq2XI5kz2BY".parse()?, "PT59n8BQbqM".parse()?);
    /// let output = Output::new("fbfJHSPpUQD".parse()?, Compute::Persons, "HllvX50cXC0".parse()?).by_bands(
    ///     Item::Age(dhis2_aggregate::counts::Birth::Attribute("dfHpp898aUy".parse()?)),
    ///     &[Band { from: None, below: Some(15.0), combo: girls }, Band { from: Some(15.0), below: None, combo: women }],
    /// )?;
    /// # let _ = output;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn new(data_element: Uid, compute: Compute, combo: Uid) -> Self {
        Self { data_element, compute, decimals: None, when: None, cells: vec![Cell { combo, when: None }] }
    }

    /// Only events for which this holds, beside the condition of the whole.
    pub fn when(self, condition: Condition) -> Self {
        Self { when: Some(condition), ..self }
    }

    /// Sums and means are rounded to so many decimals, half away from zero.
    ///
    /// # Errors
    /// [`SpecError`] with more than 10, or where nothing can have decimals.
    pub fn decimals(self, decimals: u8) -> Result<Self, SpecError> {
        if decimals > 10 || !matches!(self.compute, Compute::Sum(_) | Compute::Mean(_)) {
            return Err(SpecError::Decimals);
        }
        Ok(Self { decimals: Some(decimals), ..self })
    }

    /// Divided by the options of an item, given by code.
    ///
    /// # Errors
    /// [`SpecError`] without any.
    pub fn by_options<'o>(
        self,
        item: Item,
        options: impl IntoIterator<Item = (&'o str, Uid)>,
    ) -> Result<Self, SpecError> {
        let cell = |(code, combo)| Cell { combo, when: Some(Condition::one_of(item, [code])) };
        self.by_cells(options.into_iter().map(cell).collect())
    }

    /// Divided by bands of an item's numbers or years.
    ///
    /// # Errors
    /// [`SpecError`] without any, and where bands overlap or are empty.
    pub fn by_bands(self, item: Item, bands: &[Band]) -> Result<Self, SpecError> {
        let mut sorted: Vec<(f64, f64)> = bands.iter().map(Band::edges).collect();
        sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
        let is_empty = |(from, below): &(f64, f64)| from.is_nan() || below.is_nan() || from >= below;
        if sorted.iter().any(is_empty) {
            return Err(SpecError::EmptyBand);
        }
        if sorted.windows(2).any(|pair| pair[0].1 > pair[1].0) {
            return Err(SpecError::Overlap);
        }
        self.by_cells(bands.iter().map(|band| band.cell(item)).collect())
    }

    /// Divided by conditions, of which the first that holds decides.
    ///
    /// # Errors
    /// [`SpecError`] without any.
    pub fn by_cells(self, cells: Vec<Cell>) -> Result<Self, SpecError> {
        if cells.is_empty() { Err(SpecError::NoCell) } else { Ok(Self { cells, ..self }) }
    }

    /// Hands over every item that it looks at.
    pub(super) fn each_item(&self, see: &mut impl FnMut(Item)) {
        self.compute.item().into_iter().for_each(&mut *see);
        let conditions = self.when.iter().chain(self.cells.iter().filter_map(|cell| cell.when.as_ref()));
        conditions.for_each(|condition| condition.each_item(see));
    }
}

impl Band {
    fn edges(&self) -> (f64, f64) {
        (self.from.unwrap_or(f64::NEG_INFINITY), self.below.unwrap_or(f64::INFINITY))
    }

    fn cell(&self, item: Item) -> Cell {
        let bound = |comparison, bound: f64| Condition::Compare(item, comparison, CompareTo::Number(bound));
        let from = self.from.map(|from| bound(Comparison::AtLeast, from));
        let below = self.below.map(|below| bound(Comparison::Less, below));
        // An open band still demands a number.
        let any = from.is_none() && below.is_none();
        let number = any.then(|| bound(Comparison::AtLeast, f64::NEG_INFINITY));
        let all = from.into_iter().chain(below).chain(number).collect();
        Cell { combo: self.combo, when: Some(Condition::All(all)) }
    }
}

/// An output as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    data_element: Uid,
    compute: Computed,
    of: Option<Item>,
    decimals: Option<u8>,
    when: Option<Condition>,
    combo: Option<Uid>,
    by: Option<By>,
    cell: Option<Vec<Cell>>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Computed {
    Events,
    Persons,
    Sum,
    Mean,
    Minimum,
    Maximum,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct By {
    element: Option<Uid>,
    attribute: Option<Uid>,
    age: Option<super::item::Birth>,
    options: Option<BTreeMap<String, Uid>>,
    bands: Option<Vec<Band>>,
}

impl TryFrom<Table> for Output {
    type Error = SpecError;

    fn try_from(table: Table) -> Result<Self, SpecError> {
        let compute = match (table.compute, table.of) {
            (Computed::Events, None) => Compute::Events,
            (Computed::Persons, None) => Compute::Persons,
            (Computed::Sum, Some(item)) => Compute::Sum(item),
            (Computed::Mean, Some(item)) => Compute::Mean(item),
            (Computed::Minimum, Some(item)) => Compute::Minimum(item),
            (Computed::Maximum, Some(item)) => Compute::Maximum(item),
            (Computed::Events | Computed::Persons, Some(_)) => return Err(SpecError::OfWithCount),
            (_, None) => return Err(SpecError::WithoutOf),
        };
        let output =
            Self { data_element: table.data_element, compute, decimals: None, when: table.when, cells: vec![] };
        let output = match table.decimals {
            Some(decimals) => output.decimals(decimals)?,
            None => output,
        };
        match (table.combo, table.by, table.cell) {
            (Some(combo), None, None) => output.by_cells(vec![Cell { combo, when: None }]),
            (None, Some(by), None) => by.divide(output),
            (None, None, Some(cells)) => output.by_cells(cells),
            _ => Err(SpecError::WhichCombo),
        }
    }
}

impl By {
    fn divide(self, output: Output) -> Result<Output, SpecError> {
        let items = [self.element.map(Item::Element), self.attribute.map(Item::Attribute), self.age.map(Item::Age)];
        let mut items = items.into_iter().flatten();
        let (Some(item), None) = (items.next(), items.next()) else { return Err(SpecError::ByWhat) };
        match (self.options, self.bands) {
            (Some(options), None) => {
                output.by_options(item, options.iter().map(|(code, combo)| (code.as_str(), *combo)))
            }
            (None, Some(bands)) => output.by_bands(item, &bands),
            _ => Err(SpecError::OptionsOrBands),
        }
    }
}
