//! One row an enrollment.

use polars::prelude::{DataFrame, IdxCa, IdxSize, NewChunkedArray, PlHashMap};

use super::cells::Cells;
use super::item::{Stage, WideOptions};
use super::long::{Groups, NOWHERE, Slots, Texts, wrong};
use super::report::{WideReport, WideTable};
use super::sheet::Sheets;
use super::table::{Long, place_rows};
use crate::FrameError;

/// Makes a long frame of events wide: one row an enrollment, in the order in which enrollments first appear, with its
/// events side by side.
///
/// `events` has the columns `enrollment_id`, `event_id`, `program_stage_id`, `data_element_id` and `value` (String) and
/// `occurred_at` (a date-time). First stand `enrollment_id` and the columns of `keep`, such as `tracked_entity_id`, with
/// what the enrollment's first row has in them: it should be the same in all. Then, for each stage, as often as an
/// enrollment has events of it but at least once: `<stage>_event_id`, `<stage>_occurred_at`, and a column for each of its
/// data elements. Where the stage is repeatable the names end in `_1`, `_2`, …: the events of an enrollment are counted
/// by `occurred_at`, those without one last, and then by uid. Data elements that two stages have are called
/// `<stage>_<element>`, which the report says.
///
/// Nothing is left out: an event beyond the first in a stage that is not repeatable has columns ending in `_2`, a stage
/// or an element that only the data has, columns named by uid; each is in the report, whose objects are events. An event
/// without enrollment is a row of its own. Hundreds of events in one enrollment make hundreds of columns of each element:
/// for stages like that, and for programs without registration, where 2.41 and 2.42 name one enrollment for all events,
/// [`wide`](fn@super::wide) is the function.
///
/// # Errors
/// [`FrameError::Schema`] where a column of `events` is missing or of another type, or a row has a value and no element;
/// [`FrameError::TooWide`] where an enrollment has more than 1,000 events of a stage.
///
/// ```
/// use dhis2_api::ValueType;
/// use dhis2_frame::NaiveDatetimeColumn;
/// use dhis2_frame::wide::{Item, Stage, WideOptions, by_enrollment};
/// use polars::prelude::df;
///
/// let mut events = df![
///     "enrollment_id" => ["JkVGCSGYO4O", "JkVGCSGYO4O"],
///     "event_id" => ["B7nXkzqVdIs", "A1G2w687SWR"],
///     "program_stage_id" => ["VSwriw5UoWi", "VSwriw5UoWi"],
///     "data_element_id" => ["AJMsqHhueiR", "AJMsqHhueiR"],
///     "value" => ["62", "61.5"],
/// ]?;
/// let mut occurred = NaiveDatetimeColumn::default();
/// occurred.push(86_400_000);
/// occurred.push(0);
/// events.with_column(occurred.finish("occurred_at"))?;
///
/// let text = |text: &str| text.to_owned();
/// let weight = Item {
///     id: text("AJMsqHhueiR"), name: Some(text("Weight")), code: None, value_type: ValueType::Number, options: None,
/// };
/// let visit =
///     Stage { id: text("VSwriw5UoWi"), name: Some(text("Visit")), code: None, repeatable: true, items: vec![weight] };
/// let table = by_enrollment(&events, &[], &[visit], WideOptions::default())?;
/// assert_eq!(
///     table.frame.get_column_names(),
///     [
///         "enrollment_id", "Visit_1_event_id", "Visit_1_occurred_at", "Weight_1", "Visit_2_event_id",
///         "Visit_2_occurred_at", "Weight_2",
///     ]
/// );
/// assert_eq!(table.frame.column("Weight_1")?.f64()?.get(0), Some(61.5));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn by_enrollment(
    events: &DataFrame,
    keep: &[&str],
    stages: &[Stage],
    options: WideOptions,
) -> Result<WideTable, FrameError> {
    let uids = Texts::of(events, Long::EVENTS.object)?;
    let item_ids = Texts::of(events, Long::EVENTS.item)?;
    let values = Texts::of(events, Long::EVENTS.value)?;
    let stage_ids = Texts::of(events, "program_stage_id")?;
    let mut report = WideReport::default();

    let by_event = Groups::of(&uids);
    let enrollments = Enrollments::of(&Texts::of(events, "enrollment_id")?, &by_event);
    let height = enrollments.first.len();

    let mut sheets = Sheets::of(stages);
    let stage_of_event: Vec<usize> =
        by_event.first.iter().map(|row| sheets.stage(stage_ids.get(*row).unwrap_or_default(), &mut report)).collect();
    let item_of_row = place_rows(events.height(), &item_ids, &values, |row, id| {
        sheets.item(stage_of_event[by_event.of_row[row as usize] as usize], id, &mut report)
    })?;
    let places = count_events(events, &uids, &by_event.first, &enrollments.of_event, &stage_of_event)?;
    let most = |stage: usize| stage_of_event.iter().zip(&places).filter(|of| *of.0 == stage).map(|of| of.1 + 1).max();
    for (stage, sheet) in sheets.all.iter_mut().enumerate() {
        sheet.make_room(most(stage).unwrap_or_default(), height)?;
    }
    for (event, (stage, place)) in stage_of_event.iter().zip(&places).enumerate() {
        let row = by_event.first[event];
        sheets.all[*stage].see(*place, row, enrollments.of_event[event], uids.get(row));
    }

    let first_slots = sheets.first_slots();
    let slot = |item: u32, event: u32| {
        let stage = stage_of_event[event as usize];
        let slot = first_slots[stage] + places[event as usize] * sheets.all[stage].items.len() + item as usize;
        // More slots than can be counted would be columns that fit no memory.
        if item == NOWHERE { NOWHERE } else { u32::try_from(slot).unwrap_or(NOWHERE) }
    };
    let slot_of_row: Vec<u32> =
        item_of_row.iter().zip(&by_event.of_row).map(|(item, event)| slot(*item, *event)).collect();
    let object_of_row: Vec<u32> = by_event.of_row.iter().map(|event| enrollments.of_event[*event as usize]).collect();
    let slots = Slots::of(&slot_of_row, first_slots.last().copied().unwrap_or_default(), &object_of_row);

    let fixed: Vec<&str> = ["enrollment_id"].iter().chain(keep).copied().collect();
    let names = sheets.names(&fixed, options, &mut report);
    let mut all = Vec::new();
    for name in fixed {
        let column = events.column(name).map_err(|_| wrong(format!("it has no column `{name}`")))?;
        all.push(column.take_slice(&enrollments.first)?);
    }
    let cells = Cells { values, ids: &uids, object_of_row: &object_of_row, height, options_as: options.options_as };
    for ((sheet, names), first_slot) in sheets.all.iter().zip(&names).zip(&first_slots) {
        for (place, rows) in sheet.rows.iter().enumerate() {
            let ending = sheet.ending(place);
            let rows: IdxCa = IdxCa::from_iter_options("".into(), rows.iter().copied());
            for column in ["event_id", "occurred_at"] {
                let name = format!("{}{ending}_{column}", names.stage);
                all.push(events.column(column)?.take(&rows)?.with_name(name.into()));
            }
            let slot = first_slot + place * sheet.items.len();
            for ((item, name), slot) in sheet.items.iter().zip(&names.items).zip(slot..) {
                let parts = item.parts(options.options_as).iter();
                let names: Vec<String> = parts.map(|part| format!("{name}{ending}{part}")).collect();
                all.extend(cells.columns(item, slots.rows(slot), &names, &mut report));
            }
        }
    }
    sheets.report_more(&mut report);
    Ok(WideTable { frame: DataFrame::new(height, all)?, report })
}

/// The enrollment of each event, and the first row of each.
#[derive(Default)]
struct Enrollments {
    of_event: Vec<u32>,
    first: Vec<IdxSize>,
}

impl Enrollments {
    fn of(ids: &Texts, events: &Groups) -> Self {
        let mut enrollments = Self::default();
        let mut known: PlHashMap<&str, u32> = PlHashMap::default();
        for row in &events.first {
            let next = u32::try_from(enrollments.first.len()).unwrap_or(NOWHERE);
            let enrollment = ids.get(*row).map_or(next, |id| *known.entry(id).or_insert(next));
            if enrollment == next {
                enrollments.first.push(*row);
            }
            enrollments.of_event.push(enrollment);
        }
        enrollments
    }
}

/// Which of the events of its stage and enrollment each one is, from 0.
fn count_events(
    frame: &DataFrame,
    uids: &Texts,
    first_row: &[u32],
    enrollments: &[u32],
    stages: &[usize],
) -> Result<Vec<usize>, FrameError> {
    let name = "occurred_at";
    let column = frame.column(name).map_err(|_| wrong(format!("it has no column `{name}`")))?;
    let times = column.datetime().map_err(|_| wrong(format!("column `{name}` is not a date-time")))?.physical();
    let times: Vec<Option<i64>> = times.iter().collect();
    let mut events: Vec<usize> = (0..first_row.len()).collect();
    events.sort_by_cached_key(|event| {
        let row = first_row[*event];
        let time = times[row as usize];
        (enrollments[*event], stages[*event], time.is_none(), time, uids.get(row))
    });
    let mut places = vec![0_usize; events.len()];
    for pair in events.windows(2) {
        let (before, event) = (pair[0], pair[1]);
        if (enrollments[before], stages[before]) == (enrollments[event], stages[event]) {
            places[event] = places[before] + 1;
        }
    }
    Ok(places)
}
