//! Long frames to events with their persons.

use std::collections::{HashMap, HashSet};
use std::fmt;

use chrono::NaiveDate;
use dhis2_api::Uid;
use dhis2_frame::{ColumnType, FrameError};
use polars::prelude::{DataFrame, StringChunked};

use super::item::Item;
use super::spec::CountSpec;

const MS_PER_DAY: i64 = 86_400_000;

/// An event as far as a spec looks at it.
#[derive(Clone, Copy)]
pub(super) struct Event<'f> {
    pub(super) stage: Option<&'f str>,
    pub(super) status: Option<&'f str>,
    pub(super) unit: Option<&'f str>,
    pub(super) person: Option<&'f str>,
    pub(super) day: Option<NaiveDate>,
    pub(super) values: &'f [(&'f str, &'f str)],
    pub(super) attributes: &'f [(&'f str, &'f str)],
}

impl<'f> Event<'f> {
    pub(super) fn element(&self, id: Uid) -> Option<&'f str> {
        find(self.values, id)
    }

    pub(super) fn attribute(&self, id: Uid) -> Option<&'f str> {
        find(self.attributes, id)
    }
}

fn find<'f>(values: &'f [(&'f str, &'f str)], id: Uid) -> Option<&'f str> {
    values.iter().find(|(known, _)| *known == id.as_str()).map(|(_, value)| *value)
}

type Values<'f> = Vec<(&'f str, &'f str)>;

/// A row of a frame of events.
pub(super) struct Row<'f> {
    pub(super) id: &'f str,
    pub(super) deleted: bool,
    /// What all rows of an event say of it.
    pub(super) event: Event<'f>,
    /// The value, where the spec looks at it.
    pub(super) value: Option<(&'f str, &'f str)>,
}

/// Hands over the rows of the spec's program and stages. `wanted` are the data elements that the spec looks at.
pub(super) fn each_row<'f>(
    frame: &'f DataFrame,
    spec: &CountSpec,
    wanted: &HashSet<Uid>,
    mut see: impl FnMut(Row<'f>),
) -> Result<(), FrameError> {
    let text = |name| texts(EVENTS, frame, name).map(StringChunked::iter);
    let (mut programs, mut stages) = (text("program_id")?, text("program_stage_id")?);
    let (mut statuses, mut units) = (text("status")?, text("organisation_unit_id")?);
    let (mut persons, mut elements, mut values) =
        (text("tracked_entity_id")?, text("data_element_id")?, text("value")?);
    let mut days = days(frame, spec.date.column())?.into_iter();
    let gone = column(EVENTS, frame, "deleted", ColumnType::Boolean)?.bool()?;
    for (event, gone) in text("event_id")?.zip(gone.iter()) {
        let (program, stage) = (programs.next().flatten(), stages.next().flatten());
        let (status, unit) = (statuses.next().flatten(), units.next().flatten());
        let (person, day) = (persons.next().flatten(), days.next().flatten());
        let (element, value) = (elements.next().flatten(), values.next().flatten());
        let is_asked = program == Some(spec.program.as_str())
            && (spec.stages.is_empty() || spec.stages.iter().any(|asked| stage == Some(asked.as_str())));
        if let (Some(id), true) = (event, is_asked) {
            let event = Event { stage, status, unit, person, day, values: &[], attributes: &[] };
            see(Row { id, deleted: gone == Some(true), event, value: wanted_value(wanted, element, value) });
        }
    }
    Ok(())
}

/// The events of a spec's program and stages.
#[derive(Default)]
pub(super) struct Events<'f> {
    found: Vec<(Event<'f>, Values<'f>)>,
    /// How many of them were deleted: they are not among the events.
    pub(super) deleted: u64,
}

impl<'f> Events<'f> {
    /// Reads frames with the columns of rich events. An event's rows may stand anywhere; an event that stands in several
    /// frames is one.
    pub(super) fn read(frames: &[&'f DataFrame], spec: &CountSpec) -> Result<Self, FrameError> {
        let mut all = Self::default();
        let wanted = spec.ids(Item::data_element);
        let mut known: HashMap<&str, usize> = HashMap::new();
        let mut deleted: HashSet<&str> = HashSet::new();
        for frame in frames {
            each_row(frame, spec, &wanted, |row| {
                if row.deleted {
                    deleted.insert(row.id);
                    return;
                }
                let place = *known.entry(row.id).or_insert_with(|| {
                    all.found.push((row.event, Vec::new()));
                    all.found.len() - 1
                });
                all.found[place].1.extend(row.value);
            })?;
        }
        all.deleted = deleted.len() as u64;
        Ok(all)
    }

    /// Every event once, with its values.
    pub(super) fn iter(&self) -> impl Iterator<Item = Event<'_>> {
        self.found.iter().map(|(event, values)| Event { values, ..*event })
    }
}

/// An attribute's uid and its value.
type Attribute = (Box<str>, Box<str>);

/// What is known of persons, as far as a spec looks at it. It takes memory for each person and attribute looked at.
#[derive(Default)]
pub struct Persons {
    wanted: HashSet<Uid>,
    known: HashMap<Box<str>, Vec<Attribute>>,
}

impl fmt::Debug for Persons {
    /// How many there are; never what is known of them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Persons").field("persons", &self.known.len()).finish_non_exhaustive()
    }
}

impl Persons {
    /// Of whom nothing is known yet.
    pub fn new(spec: &CountSpec) -> Self {
        Self { wanted: spec.ids(Item::tracked_entity_attribute), known: HashMap::new() }
    }

    /// Takes in attributes of tracked entities, one row for each value: `tracked_entity_id`, `attribute_id`, `value`.
    ///
    /// # Errors
    /// [`FrameError`] where the frame lacks one of these columns.
    pub fn take(&mut self, attributes: &DataFrame) -> Result<(), FrameError> {
        let text = |name| texts(ATTRIBUTES, attributes, name).map(StringChunked::iter);
        let (ids, values) = (text("attribute_id")?, text("value")?);
        for ((person, id), value) in text("tracked_entity_id")?.zip(ids).zip(values) {
            if let (Some(person), Some((id, value))) = (person, wanted_value(&self.wanted, id, value)) {
                self.known.entry(person.into()).or_default().push((id.into(), value.into()));
            }
        }
        Ok(())
    }

    /// What is known of a person.
    pub(super) fn of(&self, person: Option<&str>) -> Vec<(&str, &str)> {
        let known = person.and_then(|person| self.known.get(person));
        known.into_iter().flatten().map(|(id, value)| (&**id, &**value)).collect()
    }
}

/// A value that a spec looks at. An empty one is none.
fn wanted_value<'f>(wanted: &HashSet<Uid>, id: Option<&'f str>, value: Option<&'f str>) -> Option<(&'f str, &'f str)> {
    let value = value.filter(|value| !value.is_empty())?;
    let id = id.filter(|id| Uid::parse(id).is_ok_and(|id| wanted.contains(&id)))?;
    Some((id, value))
}

const EVENTS: &str = "events, rich";
const ATTRIBUTES: &str = "attributes";

/// The days that a column of wall-clock times shows.
fn days(frame: &DataFrame, name: &str) -> Result<Vec<Option<NaiveDate>>, FrameError> {
    let times = column(EVENTS, frame, name, ColumnType::DatetimeUtc)?.datetime()?;
    let day = |ms: i64| i32::try_from(ms.div_euclid(MS_PER_DAY)).ok().and_then(NaiveDate::from_epoch_days);
    Ok(times.physical().iter().map(|ms| ms.and_then(day)).collect())
}

pub(super) fn texts<'f>(what: &'static str, frame: &'f DataFrame, name: &str) -> Result<&'f StringChunked, FrameError> {
    Ok(column(what, frame, name, ColumnType::String)?.str()?)
}

pub(super) fn column<'f>(
    what: &'static str,
    frame: &'f DataFrame,
    name: &str,
    dtype: ColumnType,
) -> Result<&'f polars::prelude::Column, FrameError> {
    let wrong = |message| FrameError::Schema { frame: what, message };
    let column = frame.column(name).map_err(|_| wrong(format!("it has no column `{name}`")))?;
    if *column.dtype() == dtype.polars() {
        Ok(column)
    } else {
        Err(wrong(format!("column `{name}` has type {}, expected {dtype}", column.dtype())))
    }
}
