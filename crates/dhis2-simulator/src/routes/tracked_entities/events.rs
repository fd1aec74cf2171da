//! Conditions on the events of tracked entities.

use super::conflict;
use crate::answer::Refusal;
use crate::routes::events::{Assigned, STATUSES, assigned, has_status, is_assigned, today};
use crate::routes::tracker::bounds::{Bounds, wall_bounds};
use crate::routes::tracker::params::{refused, uid, word};
use crate::server::{Call, Server};
use crate::world::texts::Text;
use crate::world::tracker::Event;

/// What an event of a tracked entity has to be like. The stage alone is no condition: it narrows the others.
#[derive(Debug)]
pub(super) struct EventAsk {
    stage: Option<Text>,
    status: Option<&'static str>,
    /// Wall clocks, in milliseconds.
    bounds: Bounds,
    assigned: Option<Assigned>,
    today: i64,
}

impl EventAsk {
    /// None where nothing is asked of events.
    pub(super) fn read(call: &Call<'_>, program: Option<u32>) -> Result<Option<Self>, Refusal> {
        let status = word(call, "eventStatus", &STATUSES)?;
        let bounds = wall_bounds(call, "eventOccurredAfter", "eventOccurredBefore")?;
        let together = [status.is_some(), bounds.from.is_some(), bounds.to.is_some()];
        if together.contains(&true) && together.contains(&false) {
            let message = "eventOccurredAfter and eventOccurredBefore must be specified when eventStatus is, and the \
                           other way round";
            return Err(conflict(call, message));
        }
        let stage = stage(call, program)?;
        let assigned = assigned(call)?;
        let nothing = status.is_none() && assigned.is_none();
        Ok((!nothing).then(|| Self { stage, status, bounds, assigned, today: today(call.server) }))
    }

    pub(super) fn holds(&self, server: &Server, event: &Event) -> bool {
        self.stage.is_none_or(|stage| event.stage == stage)
            && self.status.is_none_or(|status| {
                // What is planned or was called off did not occur: its schedule counts.
                let planned = matches!(status, "SCHEDULE" | "OVERDUE" | "SKIPPED");
                let at = if planned { event.scheduled } else { event.occurred };
                has_status(event, status, self.today) && at.is_some_and(|at| self.bounds.hold(at))
            })
            && self.assigned.as_ref().is_none_or(|assigned| is_assigned(server, event, assigned))
    }
}

/// `programStage`, which has to belong to the program.
fn stage(call: &Call<'_>, program: Option<u32>) -> Result<Option<Text>, Refusal> {
    let Some(given) = uid(call, "programStage")? else { return Ok(None) };
    let world = &call.server.world;
    let Some(stage) = world.metadata.find_of("programStages", &given) else {
        return Err(refused(call, format!("Program stage is specified but does not exist: {given}")));
    };
    let of = stage.get("program").and_then(|program| program.text_of("id")).and_then(|id| world.texts.find(id));
    let of = of.and_then(|id| world.tracker.find_program(id));
    if program.is_none() || of != program {
        return Err(conflict(call, &format!("Program stage does not belong to the program: {given}")));
    }
    Ok(world.texts.find(&given))
}
