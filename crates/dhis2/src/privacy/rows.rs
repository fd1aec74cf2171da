//! Rows made less personal.

use dhis2_api::ValueType;
use dhis2_api::datetime::{Instant, parse_wall_clock_ms};
use dhis2_extract::Objects;
use dhis2_frame::{BooleanColumn, DatetimeColumn, FrameError, StringColumn};
use polars::frame::DataFrame;
use polars::prelude::{BooleanChunked, Column, DataType, NewChunkedArray};

use super::guard::{Fate, Guard, IDS};

const DAY_MS: i64 = 86_400_000;

/// The columns that say what a value is of, and whether they are attributes.
const ITEMS: [(&str, bool); 2] = [("attribute_id", true), ("data_element_id", false)];

/// The rows as they are to be, and the objects that they make up then.
pub(super) fn protect(guard: &Guard, rows: DataFrame, objects: Objects) -> Result<(DataFrame, Objects), FrameError> {
    let (starts, mut updated) = match &objects {
        Objects::Rows { .. } => ((0..u32::try_from(rows.height()).unwrap_or(u32::MAX)).collect(), Vec::new()),
        Objects::Runs { starts, updated } | Objects::Seen { starts, updated, .. } => (starts.clone(), updated.clone()),
    };
    let days = days(guard, &rows)?;
    for (updated, start) in updated.iter_mut().zip(&starts) {
        if *updated > i64::MIN {
            *updated = updated.saturating_add(days[*start as usize].saturating_mul(DAY_MS));
        }
    }
    let Kept { rows, starts, updated, days } = values(guard, rows, starts, updated, days)?;
    let rows = cells(guard, rows, &days)?;
    let objects = match objects {
        Objects::Rows { updated } => Objects::Rows { updated },
        Objects::Runs { .. } => Objects::Runs { starts, updated },
        Objects::Seen { seen, .. } => {
            let seen = match guard.key() {
                Some(key) => seen.iter().map(|id| key.pseudonym(id)).collect(),
                None => seen,
            };
            Objects::Seen { starts, updated, seen }
        }
    };
    Ok((rows, objects))
}

/// By how many days each row is shifted: the days of its person; where it has none, those of the object it is about.
fn days(guard: &Guard, rows: &DataFrame) -> Result<Vec<i64>, FrameError> {
    let (Some(most), Some(key)) = (guard.privacy.shift, guard.key()) else { return Ok(vec![0; rows.height()]) };
    let object = rows.columns().first().map(Column::str).transpose()?;
    let person = rows.column("tracked_entity_id").ok().map(Column::str).transpose()?;
    let mut before: Option<(&str, i64)> = None;
    let days = (0..rows.height()).map(|row| {
        let at = |column: Option<_>| column.and_then(|column: &polars::prelude::StringChunked| column.get(row));
        let id = at(person).or_else(|| at(object)).unwrap_or_default();
        let days = before.filter(|(same, _)| *same == id).map_or_else(|| key.days(id, most), |(_, days)| days);
        before = Some((id, days));
        days
    });
    Ok(days.collect())
}

/// Rows of which some were left out.
struct Kept {
    rows: DataFrame,
    starts: Vec<u32>,
    updated: Vec<i64>,
    days: Vec<i64>,
}

/// Leaves out values, and changes others. An object that has rows without any value keeps one.
fn values(
    guard: &Guard,
    rows: DataFrame,
    starts: Vec<u32>,
    updated: Vec<i64>,
    days: Vec<i64>,
) -> Result<Kept, FrameError> {
    let item = ITEMS.into_iter().find(|(name, _)| rows.column(name).is_ok());
    let Some((name, is_attribute)) = item else { return Ok(Kept { rows, starts, updated, days }) };
    let (items, texts) = (rows.column(name)?.str()?, rows.column("value")?.str()?);
    // Tables of values alone have no row for who has none.
    let keeps_one = rows.column("status").is_ok() || rows.column("created_at").is_ok();
    let mut keep = vec![false; rows.height()];
    let (mut its_items, mut its_values) = (StringColumn::default(), StringColumn::default());
    let (mut emptied, mut its_starts, mut its_updated, mut its_days) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let height = u32::try_from(rows.height()).unwrap_or(u32::MAX);
    let ends = starts.iter().skip(1).copied().chain([height]);
    for (place, (start, end)) in starts.iter().copied().zip(ends).enumerate() {
        let before = its_days.len();
        for row in start as usize..end as usize {
            let fate = match items.get(row) {
                None => Fate::Kept,
                Some(item) => guard.fate(item, is_attribute, texts.get(row), days[row]),
            };
            match &fate {
                Fate::Dropped => continue,
                Fate::Kept => its_values.push_opt(texts.get(row)),
                Fate::Changed(value) => its_values.push(value),
            }
            keep[row] = true;
            its_items.push_opt(items.get(row));
            its_days.push(days[row]);
            emptied.push(false);
        }
        if its_days.len() == before && keeps_one && start < end {
            keep[start as usize] = true;
            its_items.push_null();
            its_values.push_null();
            its_days.push(days[start as usize]);
            emptied.push(true);
        }
        if its_days.len() > before {
            its_starts.push(u32::try_from(before).unwrap_or(u32::MAX));
            its_updated.extend(updated.get(place));
        }
    }
    let mut rows = rows.filter(&BooleanChunked::from_slice("keep".into(), &keep))?;
    rows.with_column(its_items.finish(name))?;
    rows.with_column(its_values.finish("value"))?;
    if let Ok(elsewhere) = rows.column("provided_elsewhere") {
        let mut cells = BooleanColumn::default();
        for (cell, emptied) in elsewhere.bool()?.iter().zip(&emptied) {
            cells.push_opt(cell.filter(|_| !emptied));
        }
        rows.with_column(cells.finish("provided_elsewhere"))?;
    }
    Ok(Kept { rows, starts: its_starts, updated: its_updated, days: its_days })
}

/// Changes the columns beside the values.
fn cells(guard: &Guard, mut rows: DataFrame, days: &[i64]) -> Result<DataFrame, FrameError> {
    let privacy = &guard.privacy;
    let is_relationship = rows.column("relationship_id").is_ok();
    let is_note = rows.column("note_id").is_ok();
    let schema: Vec<(String, DataType)> =
        rows.schema().iter().map(|(name, dtype)| (name.to_string(), dtype.clone())).collect();
    for (name, dtype) in schema {
        let shifts = privacy.shift.is_some();
        let changed = match (&*name, &dtype) {
            // A relationship is of two persons, whose shifts differ; what is overdue by a number of days tells the day.
            (_, DataType::Datetime(..)) if shifts && is_relationship => null(&name, &dtype, &rows),
            ("days_overdue", _) if shifts => null(&name, &dtype, &rows),
            (_, DataType::Datetime(..)) if shifts => {
                let mut cells = DatetimeColumn::default();
                let physical = rows.column(&name)?.to_physical_repr();
                for (cell, days) in physical.i64()?.iter().zip(days) {
                    cells.push_opt(cell.map(|ms| ms.saturating_add(days.saturating_mul(DAY_MS))));
                }
                cells.finish(&name)
            }
            ("geometry" | "longitude" | "latitude", _) if privacy.drops_places() => null(&name, &dtype, &rows),
            ("value", _) if is_note && privacy.drop_types.contains(&ValueType::LongText) => null(&name, &dtype, &rows),
            ("organisation_unit_id", DataType::String) if guard.units.is_some() => {
                let mut cells = StringColumn::default();
                for unit in rows.column(&name)?.str()?.iter() {
                    cells.push_opt(unit.and_then(|unit| guard.unit(unit)));
                }
                cells.finish(&name)
            }
            (name, DataType::String) if IDS.contains(&name) => {
                let Some(key) = guard.key() else { continue };
                let mut cells = StringColumn::default();
                let mut before: Option<(&str, String)> = None;
                for id in rows.column(name)?.str()?.iter() {
                    if id.is_some() && before.as_ref().map(|(same, _)| *same) != id {
                        before = id.map(|id| (id, key.pseudonym(id)));
                    }
                    cells.push_opt(id.and(before.as_ref()).map(|(_, pseudonym)| pseudonym.as_str()));
                }
                cells.finish(name)
            }
            _ => continue,
        };
        rows.with_column(changed)?;
    }
    Ok(rows)
}

fn null(name: &str, dtype: &DataType, rows: &DataFrame) -> Column {
    Column::full_null(name.into(), rows.height(), dtype)
}

/// A date, or a date with a time, so many days later; `None` where it is none of the calendar.
pub(super) fn shifted(text: &str, days: i64) -> Option<String> {
    let (date, rest) = text.split_at_checked(10)?;
    // Without the time, whose form says nothing of the day.
    let ms = parse_wall_clock_ms(date)?.checked_add(days.checked_mul(DAY_MS)?)?;
    let shifted = Instant(ms).to_string();
    let date = shifted.get(..10).filter(|_| shifted.as_bytes().get(10) == Some(&b'T'))?;
    Some(format!("{date}{rest}"))
}
