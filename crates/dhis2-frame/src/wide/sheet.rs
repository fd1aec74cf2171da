//! The columns of the stages, side by side.

use std::collections::{HashMap, HashSet};

use polars::prelude::{IdxSize, PlHashMap};

use super::item::{Item, Stage, WideOptions};
use super::names::{Wanted, settle};
use super::report::{Found, WideReport};
use super::table::add;
use crate::FrameError;

/// Events of a stage that stand side by side at most. Programs without registration may have all their events, by the
/// hundred thousand, in one enrollment.
const MOST_EVENTS: usize = 1_000;

/// The columns of a stage: as often as an enrollment has events of it.
pub(super) struct Sheet<'a> {
    id: &'a str,
    /// `None` for a stage that only the data has.
    stage: Option<&'a Stage>,
    pub(super) items: Vec<Item>,
    /// How many of the items are in the list.
    listed: usize,
    places: PlHashMap<&'a str, u32>,
    /// Where in the long frame each enrollment's first, second, … event begins.
    pub(super) rows: Vec<Vec<Option<IdxSize>>>,
    more: Found,
}

impl<'a> Sheet<'a> {
    fn of(id: &'a str, stage: Option<&'a Stage>) -> Self {
        let mut places = PlHashMap::default();
        let mut items: Vec<Item> = Vec::new();
        for item in stage.map_or([].as_slice(), |stage| &stage.items) {
            add(&mut places, &item.id, || items.push(item.clone()));
        }
        Self { id, stage, listed: items.len(), items, places, rows: Vec::new(), more: Found::default() }
    }

    fn repeatable(&self) -> bool {
        self.stage.is_none_or(|stage| stage.repeatable)
    }

    /// What is added to names for the columns of an event, counted from 0.
    pub(super) fn ending(&self, place: usize) -> String {
        if place == 0 && !self.repeatable() { String::new() } else { format!("_{}", place + 1) }
    }

    /// Makes room for the events of so many enrollments, so many each; for one at least, so that every stage has columns.
    pub(super) fn make_room(&mut self, events: usize, enrollments: usize) -> Result<(), FrameError> {
        if events > MOST_EVENTS {
            return Err(FrameError::TooWide { stage_id: self.id.to_owned(), events, limit: MOST_EVENTS });
        }
        self.rows = vec![vec![None; enrollments]; events.max(1)];
        Ok(())
    }

    /// Takes an event, which begins at this row.
    pub(super) fn see(&mut self, place: usize, row: IdxSize, enrollment: u32, uid: Option<&str>) {
        self.rows[place][enrollment as usize] = Some(row);
        if place > 0 && !self.repeatable() {
            self.more.add(uid);
        }
    }

    fn endings(&self, parts: &[&str]) -> Vec<String> {
        (0..self.rows.len())
            .flat_map(|place| parts.iter().map(move |part| format!("{}{part}", self.ending(place))))
            .collect()
    }
}

/// What the columns of a stage are called, without the ending of each event.
pub(super) struct SheetNames {
    pub(super) stage: String,
    pub(super) items: Vec<String>,
}

/// The stages of the list, and behind them those that only the data has.
#[derive(Default)]
pub(super) struct Sheets<'a> {
    pub(super) all: Vec<Sheet<'a>>,
    places: PlHashMap<&'a str, u32>,
}

impl<'a> Sheets<'a> {
    pub(super) fn of(stages: &'a [Stage]) -> Self {
        let mut sheets = Self::default();
        for stage in stages {
            add(&mut sheets.places, &stage.id, || sheets.all.push(Sheet::of(&stage.id, Some(stage))));
        }
        sheets
    }

    /// The place of a stage.
    pub(super) fn stage(&mut self, id: &'a str, report: &mut WideReport) -> usize {
        let place = add(&mut self.places, id, || {
            report.unknown_stages.push(id.to_owned());
            self.all.push(Sheet::of(id, None));
        });
        place as usize
    }

    /// The place of an item among those of a stage.
    pub(super) fn item(&mut self, stage: usize, id: &'a str, report: &mut WideReport) -> u32 {
        let Sheet { places, items, .. } = &mut self.all[stage];
        add(places, id, || {
            if !report.unknown_items.iter().any(|known| known == id) {
                report.unknown_items.push(id.to_owned());
            }
            items.push(Item::unknown(id));
        })
    }

    /// Where the columns of each stage begin, counted in items, and last where they end.
    pub(super) fn first_slots(&self) -> Vec<usize> {
        let mut first = vec![0];
        for sheet in &self.all {
            first.push(first[first.len() - 1] + sheet.rows.len() * sheet.items.len());
        }
        first
    }

    /// What all columns are called; what is not called as it should be is reported.
    pub(super) fn names(&self, fixed: &[&str], options: WideOptions, report: &mut WideReport) -> Vec<SheetNames> {
        let name_by = options.name_by;
        // In how many stages a name is.
        let mut stages_with: HashMap<&str, u32> = HashMap::new();
        for sheet in &self.all {
            for name in sheet.items.iter().map(|item| item.label(name_by)).collect::<HashSet<_>>() {
                *stages_with.entry(name).or_default() += 1;
            }
        }
        let mut wanted = Vec::new();
        for sheet in &self.all {
            let stage = sheet.stage.and_then(|stage| stage.wanted(name_by)).unwrap_or(sheet.id);
            let endings = sheet.endings(&["_event_id", "_occurred_at"]);
            wanted.push(Wanted { id: sheet.id.to_owned(), name: stage.to_owned(), endings });
            for item in &sheet.items {
                let own = item.label(name_by);
                let shared = stages_with.get(own).is_some_and(|stages| *stages > 1);
                let name = if shared { format!("{stage}_{own}") } else { own.to_owned() };
                let endings = sheet.endings(item.parts(options.options_as));
                wanted.push(Wanted { id: format!("{}.{}", sheet.id, item.id), name, endings });
            }
        }
        let mut settled = settle(fixed, &wanted).into_iter();
        let mut next = || settled.next().unwrap_or_default();
        let mut names = Vec::with_capacity(self.all.len());
        for sheet in &self.all {
            let stage = next();
            // That what is unknown is named by its uid is said already.
            let wish = sheet.stage.map_or(Some(sheet.id), |stage| stage.wanted(name_by));
            report.rename(sheet.id.to_owned(), wish, &stage);
            let mut items = Vec::with_capacity(sheet.items.len());
            for (place, item) in sheet.items.iter().enumerate() {
                let name = next();
                let wish = if place < sheet.listed { item.wanted(name_by) } else { Some(item.id.as_str()) };
                report.rename(format!("{}.{}", sheet.id, item.id), wish, &name);
                items.push(name);
            }
            names.push(SheetNames { stage, items });
        }
        names
    }

    /// Reports events beyond the first in stages that have one.
    pub(super) fn report_more(self, report: &mut WideReport) {
        report.more_events = self.all.into_iter().filter_map(|sheet| sheet.more.of_stage(sheet.id)).collect();
    }
}
