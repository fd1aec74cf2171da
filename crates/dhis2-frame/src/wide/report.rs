//! What did not go straight into a wide frame.

use std::fmt;

use dhis2_api::ValueType;
use polars::frame::DataFrame;
use serde::{Deserialize, Serialize};

/// How many objects a report names for each item; the counts beside them are exact.
const MOST_NAMED: usize = 1_000;

/// A wide frame, and what a reader of it should know.
#[derive(Clone)]
pub struct WideTable {
    /// The frame.
    pub frame: DataFrame,
    /// What did not go straight into it.
    pub report: WideReport,
}

/// Shows the size and the report only: the cells may be health data.
impl fmt::Debug for WideTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WideTable").field("size", &self.frame.shape()).field("report", &self.report).finish()
    }
}

/// What did not go straight into a wide frame. It holds uids, names of columns and counts, and no value.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WideReport {
    /// Columns that are not called what they should be, because another one is, or because there is no such name.
    pub renamed: Vec<Renamed>,
    /// Items that the data has and the list has not: text columns after the others, named by uid.
    pub unknown_items: Vec<String>,
    /// Values that do not fit their column: null.
    pub unfit: Vec<ItemCells>,
    /// Values that are no option of the item's option set, where options are shown by label: the code stands there.
    pub unlabelled: Vec<ItemCells>,
    /// Values beside another, different one of the same item and object: only the first is there.
    pub repeated: Vec<ItemCells>,
    /// Stages that the data has and the list has not, taken for repeatable and named by uid.
    pub unknown_stages: Vec<String>,
    /// Events beyond the first of an enrollment in a stage that is not repeatable; they have columns as if it were.
    pub more_events: Vec<StageEvents>,
}

impl WideReport {
    /// Whether there is nothing to report.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// What a reader should know, in words: uids, names of columns and counts, and no value.
    pub fn messages(&self) -> Vec<String> {
        let mut all = Vec::new();
        for cells in &self.unfit {
            let (id, of_type, count) = (&cells.item_id, &cells.value_type, cells.count);
            all.push(format!(
                "{count} values of {id} do not fit its type {of_type} and are null; the receipt says where"
            ));
        }
        for cells in &self.unlabelled {
            all.push(format!(
                "{} values of {} are no option of its option set; the code stands there",
                cells.count, cells.item_id
            ));
        }
        for cells in &self.repeated {
            all.push(format!(
                "{} values of {} stand beside another of the same object; the first is there",
                cells.count, cells.item_id
            ));
        }
        for item in &self.unknown_items {
            all.push(format!("{item} has values and is not of this program or type; its column is text, named by uid"));
        }
        for stage in &self.unknown_stages {
            all.push(format!("stage {stage} has events and is not of this program; its columns are named by uid"));
        }
        for stage in &self.more_events {
            all.push(format!("{} events of stage {}, which is not repeatable, are not the first of their enrollment; they have columns of their own", stage.count, stage.stage_id));
        }
        for Renamed { id, wanted, used } in &self.renamed {
            all.push(match wanted {
                Some(wanted) => format!("the column of {id} is called `{used}`: `{wanted}` is that of another, too"),
                None => format!("the column of {id} is called `{used}`: it has no such name"),
            });
        }
        all
    }

    /// Takes in the values that a piece of the same table counted. Its columns are those of the other pieces.
    pub(super) fn add_cells(&mut self, piece: Self) {
        let lists = [
            (&mut self.unfit, piece.unfit),
            (&mut self.unlabelled, piece.unlabelled),
            (&mut self.repeated, piece.repeated),
        ];
        for (all, more) in lists {
            for ItemCells { item_id, value_type, count, objects } in more {
                Found { count, objects }.note(&item_id, &value_type, all);
            }
        }
    }

    /// Puts the values that were counted into the order of the items.
    pub(super) fn order_cells(&mut self, items: &[&str]) {
        let place = |cells: &ItemCells| items.iter().position(|id| *id == cells.item_id);
        for all in [&mut self.unfit, &mut self.unlabelled, &mut self.repeated] {
            all.sort_by_key(place);
        }
    }

    /// Notes what a column is called, unless that is as it should be.
    pub(super) fn rename(&mut self, id: String, wanted: Option<&str>, used: &str) {
        if wanted != Some(used) {
            self.renamed.push(Renamed { id, wanted: wanted.map(str::to_owned), used: used.to_owned() });
        }
    }
}

/// A column that is not called what it should be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Renamed {
    /// Uid of the item or stage; for a stage's item `<stage>.<item>`.
    pub id: String,
    /// What it should be called; `None` where it has no such code or name.
    pub wanted: Option<String>,
    /// What it is called; further columns of it have something added (`_1`, `_longitude`).
    pub used: String,
}

/// Values of an item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ItemCells {
    /// Uid of the item.
    pub item_id: String,
    /// Its value type.
    pub value_type: ValueType,
    /// How many values.
    pub count: u64,
    /// Uids of the objects (events, enrollments, tracked entities) that have them, 1,000 at most.
    pub objects: Vec<String>,
}

/// Events of a stage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StageEvents {
    /// Uid of the stage.
    pub stage_id: String,
    /// How many events.
    pub count: u64,
    /// Their uids, 1,000 at most.
    pub events: Vec<String>,
}

/// Objects as they are found, counted.
#[derive(Debug, Default)]
pub(super) struct Found {
    count: u64,
    objects: Vec<String>,
}

impl Found {
    pub(super) fn add(&mut self, object: Option<&str>) {
        self.count += 1;
        if self.objects.len() < MOST_NAMED {
            self.objects.extend(object.map(str::to_owned));
        }
    }

    /// Adds itself to what is known of the item, if it is anything.
    pub(super) fn note(self, item_id: &str, value_type: &ValueType, cells: &mut Vec<ItemCells>) {
        if self.count == 0 {
            return;
        }
        match cells.iter_mut().find(|cells| cells.item_id == item_id) {
            Some(known) => {
                known.count += self.count;
                known.objects.extend(self.objects);
                known.objects.truncate(MOST_NAMED);
            }
            None => cells.push(ItemCells {
                item_id: item_id.to_owned(),
                value_type: value_type.clone(),
                count: self.count,
                objects: self.objects,
            }),
        }
    }

    pub(super) fn of_stage(self, stage_id: &str) -> Option<StageEvents> {
        let Self { count, objects: events } = self;
        (count > 0).then(|| StageEvents { stage_id: stage_id.to_owned(), count, events })
    }
}
