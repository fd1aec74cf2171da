//! What a line list is asked for.

use std::ops::Range;

use chrono::{NaiveDate, NaiveTime};

use crate::answer::Refusal;
use crate::paging::Page;
use crate::routes::analytics::ask::{Ask as Dimensions, Axis, axis_of};
use crate::server::Call;
use crate::time::SentTime;
use crate::world::World;
use crate::world::tracker::Event;
use crate::world::units::UnitSet;

/// The parameters that are simulated.
const KNOWN: [&str; 9] =
    ["stage", "dimension", "startDate", "endDate", "page", "pageSize", "paging", "totalPages", "skipData"];

/// A query.
#[derive(Debug)]
pub(super) struct Ask<'a> {
    pub(super) program: &'a str,
    program_number: u32,
    /// The stage asked for, or all of the program.
    pub(super) stages: Vec<&'a str>,
    pub(super) units: Dimensions<'a>,
    /// The units and all below them.
    within: UnitSet,
    /// Wall clocks in milliseconds.
    occurred: Range<i64>,
    /// None where paging is off.
    pub(super) page: Option<Page>,
}

impl<'a> Ask<'a> {
    /// None where the query asks for something that is not simulated.
    pub(super) fn read(call: &'a Call<'_>, world: &'a World, program: &'a str) -> Option<Result<Self, Refusal>> {
        let query = &call.query;
        if query.pairs().any(|(name, _)| !KNOWN.contains(&name)) {
            return None;
        }
        let dimensions: Vec<&str> = query.all("dimension").collect();
        let units = match dimensions.as_slice() {
            [] => None,
            [only] => Some(axis_of(only).filter(|(axis, _)| *axis == Axis::Unit)?.1),
            _ => return None,
        };
        let found = world.texts.find(program).and_then(|program| world.tracker.find_program(program));
        if found.is_some_and(|number| world.tracker.programs[number as usize].with_registration) {
            return None;
        }
        Some(Self::checked(call, world, (program, found), units))
    }

    fn checked(
        call: &'a Call<'_>,
        world: &'a World,
        (program, found): (&'a str, Option<u32>),
        units: Option<Vec<&'a str>>,
    ) -> Result<Self, Refusal> {
        let refused = |code, message: &str| Refusal::conflict(message).code(code);
        let Some(program_number) = found else {
            return Err(refused("E7129", &format!("Program is specified but does not exist: `{program}`")));
        };
        let of_program = |id: &str| {
            let stage = world.metadata.find_of("programStages", id);
            stage.and_then(|stage| stage.get("program")?.text_of("id")) == Some(program)
        };
        let stages = match call.query.filled("stage") {
            Some(stage) if world.metadata.find_of("programStages", stage).is_none() => {
                return Err(refused("E7130", &format!("Program stage is specified but does not exist: `{stage}`")));
            }
            Some(stage) => vec![stage],
            None => {
                let all = world.metadata.list("programStages").iter().filter_map(|stage| stage.text_of("id"));
                all.filter(|stage| of_program(stage)).collect()
            }
        };
        let units = units.filter(|items| !items.is_empty());
        let units = units.ok_or_else(|| refused("E7200", "At least one organisation unit must be specified"))?;
        let units = Dimensions::of_units(call, &units)?;
        let mut within = UnitSet::none(&world.units);
        units.units.iter().for_each(|&unit| within.insert_subtree(&world.units, unit));
        let occurred = dates(call)?;
        if let Some(page) = call.query.filled("page").filter(|page| page.parse::<i64>().is_ok_and(|page| page < 1)) {
            return Err(refused("E7207", &format!("Page number must be a positive number: `{page}`")));
        }
        if let Some(size) = call.query.filled("pageSize").filter(|size| size.parse::<i64>().is_ok_and(|size| size < 0))
        {
            return Err(refused("E7208", &format!("Page size must be zero or a positive number: `{size}`")));
        }
        let page = Page::read(&call.query)?;
        Ok(Self { program, program_number, stages, units, within, occurred, page })
    }

    /// Whether an event is among those asked for.
    pub(super) fn wants(&self, world: &World, event: &Event) -> bool {
        event.program == self.program_number
            && !event.deleted
            && self.stages.contains(&world.texts.get(event.stage))
            && event.occurred.is_some_and(|at| self.occurred.contains(&at))
            && self.within.contains(event.unit)
    }
}

/// From the start of the first day to the end of the last.
fn dates(call: &Call<'_>) -> Result<Range<i64>, Refusal> {
    let date = |name| call.query.filled(name).and_then(SentTime::parse).map(|sent: SentTime| sent.wall.date());
    let Some((start, end)) = date("startDate").zip(date("endDate")) else {
        let message = "Start and end date or at least one period must be specified";
        return Err(Refusal::conflict(message).code("E7205"));
    };
    if start > end {
        return Err(Refusal::conflict(format!("Start date is after end date: `{start}`, `{end}`")).code("E7206"));
    }
    let midnight = |date: NaiveDate| date.and_time(NaiveTime::MIN).and_utc().timestamp_millis();
    Ok(midnight(start)..midnight(end.succ_opt().unwrap_or(end)))
}
