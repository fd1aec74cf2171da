//! What is known of metadata objects: names, places in the hierarchy, value types, geometry.

use std::collections::{BTreeMap, HashMap, HashSet};

use dhis2_api::ValueType;
use polars::prelude::DataFrame;

use crate::columns::{lists, texts};

/// A data set, as far as it says what is to be reported by whom.
#[derive(Debug, Clone)]
pub(crate) struct DataSet {
    pub(crate) id: String,
    pub(crate) period_type: String,
    pub(crate) units: HashSet<String>,
    pub(crate) elements: HashSet<String>,
}

/// What metadata lists say, and columns with names in the extract itself.
#[derive(Debug, Default)]
pub(crate) struct Names {
    of: HashMap<String, String>,
    /// How many objects have the name.
    times: HashMap<String, u32>,
    /// Of a unit, the units from the root down to itself.
    pub(crate) paths: HashMap<String, Vec<String>>,
    pub(crate) value_types: HashMap<String, ValueType>,
    /// `GeoJSON` text of units.
    pub(crate) geometry: HashMap<String, String>,
    /// The stages of each program.
    pub(crate) stages: BTreeMap<String, Vec<String>>,
    pub(crate) data_sets: Vec<DataSet>,
}

/// Objects whose columns `…_id` and `…_name` may stand in an extract. (No persons.)
const NAMED: [&str; 8] = [
    "data_element",
    "indicator",
    "organisation_unit",
    "category_option_combo",
    "attribute",
    "program_stage",
    "program",
    "relationship_type",
];

impl Names {
    /// Takes a frame of a metadata list; false where it is none.
    pub(crate) fn take_list(&mut self, frame: &DataFrame) -> bool {
        let has = |name: &str| frame.column(name).is_ok();
        if has("program_stage_id") && has("program_stage_name") && has("program_id") && !has("event_id") {
            self.pairs(frame, "program_stage_id", "program_stage_name");
            self.pairs(frame, "program_id", "program_name");
            if let (Some(stages), Some(programs)) = (texts(frame, "program_stage_id"), texts(frame, "program_id")) {
                for (stage, program) in stages.iter().zip(programs.iter()) {
                    let (Some(stage), Some(program)) = (stage, program) else { continue };
                    let stages = self.stages.entry(program.to_owned()).or_default();
                    if !stages.iter().any(|known| known == stage) {
                        stages.push(stage.to_owned());
                    }
                }
            }
            return true;
        }
        if has("option_set_id") && has("option_code") {
            return true;
        }
        if !(has("id") && has("name")) {
            return false;
        }
        self.pairs(frame, "id", "name");
        self.hierarchy(frame);
        let Some(ids) = texts(frame, "id") else { return true };
        if let Some(types) = texts(frame, "value_type") {
            for (id, kind) in ids.iter().zip(types.iter()) {
                if let (Some(id), Some(kind)) = (id, kind) {
                    self.value_types.insert(id.to_owned(), ValueType::of(kind));
                }
            }
        }
        if let Some(shapes) = texts(frame, "geometry") {
            for (id, shape) in ids.iter().zip(shapes.iter()) {
                if let (Some(id), Some(shape)) = (id, shape) {
                    self.geometry.insert(id.to_owned(), shape.to_owned());
                }
            }
        }
        if let (Some(types), Some(units), Some(elements)) =
            (texts(frame, "period_type"), lists(frame, "organisation_units"), lists(frame, "data_elements"))
        {
            for (((id, kind), units), elements) in ids.iter().zip(types.iter()).zip(units).zip(elements) {
                if let (Some(id), Some(kind)) = (id, kind) {
                    self.data_sets.push(DataSet {
                        id: id.to_owned(),
                        period_type: kind.to_owned(),
                        units: units.into_iter().collect(),
                        elements: elements.into_iter().collect(),
                    });
                }
            }
        }
        true
    }

    /// Takes the names that stand beside uids in an extract (`--names`).
    pub(crate) fn take_extract(&mut self, frame: &DataFrame) {
        for object in NAMED {
            self.pairs(frame, &format!("{object}_id"), &format!("{object}_name"));
        }
        self.hierarchy(frame);
    }

    fn pairs(&mut self, frame: &DataFrame, ids: &str, names: &str) {
        let (Some(ids), Some(names)) = (texts(frame, ids), texts(frame, names)) else { return };
        for (id, name) in ids.iter().zip(names.iter()) {
            let (Some(id), Some(name)) = (id, name) else { continue };
            if !self.of.contains_key(id) {
                *self.times.entry(name.to_owned()).or_default() += 1;
                self.of.insert(id.to_owned(), name.to_owned());
            }
        }
    }

    /// Columns `level_1_id`, `level_1_name`, … of units, and of rows at units.
    fn hierarchy(&mut self, frame: &DataFrame) {
        let Some(units) = texts(frame, "organisation_unit_id").or_else(|| texts(frame, "id")) else { return };
        let level = |number| texts(frame, &format!("level_{number}_id"));
        let levels: Vec<_> = (1..).map_while(level).collect();
        for number in 1..=levels.len() {
            self.pairs(frame, &format!("level_{number}_id"), &format!("level_{number}_name"));
        }
        if levels.is_empty() {
            return;
        }
        for (row, unit) in units.iter().enumerate() {
            let Some(unit) = unit else { continue };
            if !self.paths.contains_key(unit) {
                let path = levels.iter().map_while(|level| level.get(row).map(str::to_owned)).collect();
                self.paths.insert(unit.to_owned(), path);
            }
        }
    }

    /// Whether it is an object of the metadata.
    pub(crate) fn knows(&self, id: &str) -> bool {
        self.of.contains_key(id)
    }

    /// What to call an object: its name, with the uid where others have the same, or the uid where no name is known.
    pub(crate) fn label(&self, id: &str) -> String {
        match self.of.get(id) {
            Some(name) if self.times.get(name).is_some_and(|times| *times > 1) => format!("{name} ({id})"),
            Some(name) => name.clone(),
            None => id.to_owned(),
        }
    }

    /// The unit itself, or the one above it at a level, from 1; nothing where the level is below it or not known.
    pub(crate) fn above(&self, unit: &str, level: usize) -> Option<&str> {
        self.paths.get(unit)?.get(level.checked_sub(1)?).map(String::as_str)
    }

    /// Whether a unit lies below one of these, or is one of them.
    pub(crate) fn lies_in(&self, unit: &str, tops: &HashSet<String>) -> bool {
        tops.contains(unit) || self.paths.get(unit).is_some_and(|path| path.iter().any(|above| tops.contains(above)))
    }
}

#[cfg(test)]
mod tests {
    use polars::prelude::df;

    use super::*;

    #[test]
    fn units_have_names_paths_and_geometry() {
        let frame = df![
            "id" => ["U1", "U2", "U3"],
            "name" => ["Land", "North", "North"],
            "level_1_id" => ["U1", "U1", "U1"],
            "level_2_id" => [None, Some("U2"), Some("U3")],
            "geometry" => [None, Some("{}"), None],
        ]
        .unwrap();
        let mut names = Names::default();
        assert!(names.take_list(&frame));
        assert_eq!(names.label("U1"), "Land");
        assert_eq!(names.label("U2"), "North (U2)", "two are called so");
        assert_eq!(names.label("U9"), "U9");
        assert_eq!((names.above("U3", 1), names.above("U3", 2), names.above("U1", 2)), (Some("U1"), Some("U3"), None));
        assert!(names.lies_in("U3", &HashSet::from(["U1".to_owned()])));
        assert!(!names.lies_in("U3", &HashSet::from(["U2".to_owned()])));
        assert_eq!(names.geometry.len(), 1);
    }

    #[test]
    fn names_stand_in_extracts_too() {
        let frame = df![
            "data_element_id" => ["D1"], "data_element_name" => ["Cases"], "organisation_unit_id" => ["U2"],
            "level_1_id" => ["U1"], "level_1_name" => ["Land"], "level_2_id" => ["U2"], "level_2_name" => ["North"],
        ]
        .unwrap();
        let mut names = Names::default();
        assert!(!names.take_list(&frame), "it is no list");
        names.take_extract(&frame);
        assert_eq!(["D1", "U1", "U2"].map(|id| names.label(id)), ["Cases", "Land", "North"]);
    }

    #[test]
    fn sets_stages_and_types_are_known_by_their_columns() {
        let mut names = Names::default();
        let sets = df![
            "id" => ["S1"], "name" => ["Monthly"], "organisation_units" => ["[\"U1\"]"], "data_elements" => ["[\"D1\"]"],
            "period_type" => ["Monthly"],
        ];
        let stages = df!["program_stage_id" => ["G1"], "program_stage_name" => ["Visit"], "program_id" => ["P1"],
            "program_name" => ["Antenatal"]];
        let elements = df!["id" => ["D1"], "name" => ["Cases"], "value_type" => ["INTEGER"]];
        for frame in [sets, stages, elements] {
            assert!(names.take_list(&frame.unwrap()));
        }
        assert!(names.data_sets[0].units.contains("U1") && names.data_sets[0].elements.contains("D1"));
        assert_eq!(names.stages["P1"], ["G1"]);
        assert!(names.value_types["D1"].is_number());
        assert_eq!(names.label("P1"), "Antenatal");
    }
}
