//! One row an object.

use polars::prelude::{Column, DataFrame, PlHashMap};

use super::cells::Cells;
use super::item::{Item, WideOptions};
use super::long::{Groups, NOWHERE, Slots, Texts, wrong};
use super::names::{Wanted, settle};
use super::report::{WideReport, WideTable};
use crate::FrameError;

/// Which columns of a long frame are what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Long<'a> {
    /// The column with the uid of the object that a row belongs to. Rows without one are one object.
    pub object: &'a str,
    /// The column with the uid of the data element or attribute; null in the row of an object that has none.
    pub item: &'a str,
    /// The column with the value, as text.
    pub value: &'a str,
}

impl Long<'static> {
    /// The columns of an extract of events.
    pub const EVENTS: Self = Self { object: "event_id", item: "data_element_id", value: "value" };

    /// The columns of enrollments with their attributes.
    pub const ENROLLMENTS: Self = Self { object: "enrollment_id", item: "attribute_id", value: "value" };

    /// The columns of an extract of tracked entities.
    pub const TRACKED_ENTITIES: Self = Self { object: "tracked_entity_id", item: "attribute_id", value: "value" };
}

/// Makes a long frame wide: one row an object, in the order in which objects first appear.
///
/// First stand all columns of the long frame but item and value, with what the object's first row has in them; then the
/// columns of `items`, in this order, whether or not any row has a value of them; then those of items that only the data
/// has. An item that is listed twice is one column. Values that stand in the way of each other, do not fit, or have no
/// label are in the report.
///
/// # Errors
/// [`FrameError::Schema`] where a column of `long` is missing or is not text, or a row has a value and no item.
pub fn wide(frame: &DataFrame, long: &Long<'_>, items: &[Item], options: WideOptions) -> Result<WideTable, FrameError> {
    make(frame, long, items, &[], options)
}

/// The same, where it is known that the data has items besides: these are columns as if they were met.
pub(super) fn make(
    frame: &DataFrame,
    long: &Long<'_>,
    items: &[Item],
    unknown: &[String],
    options: WideOptions,
) -> Result<WideTable, FrameError> {
    let ids = Texts::of(frame, long.object)?;
    let item_ids = Texts::of(frame, long.item)?;
    let values = Texts::of(frame, long.value)?;
    let objects = Groups::of(&ids);
    let mut report = WideReport::default();

    let mut places: PlHashMap<&str, u32> = PlHashMap::default();
    let mut columns: Vec<Item> = Vec::with_capacity(items.len());
    for item in items {
        add(&mut places, &item.id, || columns.push(item.clone()));
    }
    let listed = columns.len();
    for id in unknown {
        add(&mut places, id, || columns.push(Item::unknown(id)));
    }
    let slot_of_row = place_rows(frame.height(), &item_ids, &values, |_, id| {
        add(&mut places, id, || {
            report.unknown_items.push(id.to_owned());
            columns.push(Item::unknown(id));
        })
    })?;

    let fixed: Vec<&Column> =
        frame.columns().iter().filter(|c| ![long.item, long.value].contains(&c.name().as_str())).collect();
    let fixed_names: Vec<&str> = fixed.iter().map(|column| column.name().as_str()).collect();
    let names = item_names(&fixed_names, &columns, listed, options, &mut report);

    let height = objects.first.len();
    let mut all: Vec<Column> = Vec::with_capacity(fixed.len() + columns.len());
    for column in fixed {
        all.push(if height == frame.height() { column.clone() } else { column.take_slice(&objects.first)? });
    }
    let slots = Slots::of(&slot_of_row, columns.len(), &objects.of_row);
    let cells = Cells { values, ids: &ids, object_of_row: &objects.of_row, height, options_as: options.options_as };
    for (slot, (item, names)) in columns.iter().zip(&names).enumerate() {
        all.extend(cells.columns(item, slots.rows(slot), names, &mut report));
    }
    Ok(WideTable { frame: DataFrame::new(height, all)?, report })
}

/// The place of a uid; where it has none, the next, after `new`.
pub(super) fn add<'t>(places: &mut PlHashMap<&'t str, u32>, id: &'t str, new: impl FnOnce()) -> u32 {
    // No more places than rows and listed items; a slot beyond would need more memory than there is.
    let next = u32::try_from(places.len()).unwrap_or(NOWHERE);
    *places.entry(id).or_insert_with(|| {
        new();
        next
    })
}

/// What `place` says of the item of each row, [`NOWHERE`] for rows without one.
pub(super) fn place_rows<'t>(
    height: usize,
    items: &'t Texts,
    values: &Texts,
    mut place: impl FnMut(u32, &'t str) -> u32,
) -> Result<Vec<u32>, FrameError> {
    let rows = 0..u32::try_from(height).unwrap_or(u32::MAX);
    rows.map(|row| match items.get(row) {
        Some(id) => Ok(place(row, id)),
        None if values.get(row).is_none() => Ok(NOWHERE),
        None => Err(wrong(format!("row {row} has a value, and does not say of what"))),
    })
    .collect()
}

/// What the columns of each item are called. The first `listed` items are those of the list.
fn item_names(
    fixed: &[&str],
    items: &[Item],
    listed: usize,
    options: WideOptions,
    report: &mut WideReport,
) -> Vec<Vec<String>> {
    let name_by = options.name_by;
    let group = |item: &Item| {
        let endings = item.parts(options.options_as).iter().map(|part| (*part).to_owned()).collect();
        Wanted { id: item.id.clone(), name: item.label(name_by).to_owned(), endings }
    };
    let wanted: Vec<Wanted> = items.iter().map(group).collect();
    let names = settle(fixed, &wanted);
    for (place, (item, used)) in items.iter().zip(&names).enumerate() {
        // That an unknown item is named by its uid is said already.
        let wish = if place < listed { item.wanted(name_by) } else { Some(item.id.as_str()) };
        report.rename(item.id.clone(), wish, used);
    }
    let all = wanted.iter().zip(&names);
    all.map(|(group, name)| group.endings.iter().map(|ending| format!("{name}{ending}")).collect()).collect()
}
