//! Which organisation unit of a level an event belongs to.

use std::collections::{HashMap, HashSet};

use dhis2_api::Uid;
use dhis2_frame::ColumnType;
use polars::prelude::{DataFrame, StringChunked};

use super::error::CountsError;
use super::rows::{column, texts};

const UNITS: &str = "organisation_units";

/// Where an event counts.
#[derive(Clone, Copy)]
pub(super) enum Place<'f> {
    /// For this unit.
    At(&'f str),
    /// Nowhere: its unit lies above the level.
    Above,
    /// Nowhere: its unit is below none of those asked for.
    Outside,
}

/// The units of a frame of organisation units, by uid.
pub(super) struct Places<'f>(HashMap<&'f str, Place<'f>>);

impl<'f> Places<'f> {
    /// `within`: the units asked for, with all below them; none stands for all.
    pub(super) fn read(units: &'f DataFrame, level: u32, within: &[Uid]) -> Result<Self, CountsError> {
        let at_level = format!("level_{level}_id");
        if units.column(&at_level).is_err() {
            return Err(CountsError::NoSuchLevel { level });
        }
        let mut paths: Vec<_> = (1_u32..)
            .map_while(|level| units.column(&format!("level_{level}_id")).is_ok().then(|| format!("level_{level}_id")))
            .map(|name| texts(UNITS, units, &name).map(StringChunked::iter))
            .collect::<Result<_, _>>()?;
        let asked: HashSet<&str> = within.iter().map(Uid::as_str).collect();
        let mut above_level = HashSet::new();
        let mut places = HashMap::new();
        let levels = column(UNITS, units, "level", ColumnType::Int64)?.i64().map_err(dhis2_frame::FrameError::from)?;
        let rows = texts(UNITS, units, "id")?.iter().zip(levels.iter()).zip(texts(UNITS, units, &at_level)?.iter());
        for ((id, depth), ancestor) in rows {
            // Every column moves on with every row.
            let mut is_within = asked.is_empty();
            for path in &mut paths {
                is_within |= path.next().flatten().is_some_and(|unit| asked.contains(unit));
            }
            let Some(id) = id else { continue };
            if depth.is_some_and(|depth| depth <= i64::from(level)) {
                above_level.insert(id);
            }
            let place = match ancestor {
                _ if !is_within => Place::Outside,
                Some(unit) => Place::At(unit),
                None => Place::Above,
            };
            places.insert(id, place);
        }
        match within.iter().find(|unit| !above_level.contains(unit.as_str())) {
            Some(unit) => Err(CountsError::UnitBelowLevel { unit: *unit, level }),
            None => Ok(Self(places)),
        }
    }

    /// Where an event of this unit counts; `None` where the unit is unknown.
    pub(super) fn of(&self, unit: Option<&str>) -> Option<Place<'f>> {
        self.0.get(unit?).copied()
    }
}
