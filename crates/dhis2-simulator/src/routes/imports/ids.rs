//! The objects that the rows of an import name.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use super::options::IdSchemes;
use crate::json::Json;
use crate::routes::data_value_sets::schemes::Scheme;
use crate::world::World;
use crate::world::metadata::Metadata;
use crate::world::units::UnitIndex;

/// A data element, as far as an import looks at it.
#[derive(Debug)]
pub(super) struct Element<'a> {
    pub(super) uid: &'a str,
    pub(super) value_type: &'a str,
    /// A zero says nothing, so that it is not stored.
    pub(super) drops_zeros: bool,
    /// The codes that its option set has, if it has one.
    pub(super) options: Option<HashSet<&'a str>>,
    /// The same for its comments.
    pub(super) comment_options: Option<HashSet<&'a str>>,
    /// The data sets that it is in.
    pub(super) sets: Vec<&'a Json>,
    pub(super) category_combo: &'a str,
}

/// Finds objects under the schemes of a request, each once.
pub(super) struct Ids<'a> {
    world: &'a World,
    schemes: IdSchemes,
    elements: HashMap<String, Option<Rc<Element<'a>>>>,
    /// The same by uid.
    by_uid: HashMap<String, Option<Rc<Element<'a>>>>,
    units: HashMap<String, Option<UnitIndex>>,
    category_combos: HashMap<String, Option<&'a str>>,
    attribute_combos: HashMap<String, Option<&'a str>>,
    sets_of: HashMap<&'a str, Vec<&'a Json>>,
}

impl<'a> Ids<'a> {
    pub(super) fn new(world: &'a World, schemes: IdSchemes) -> Self {
        let mut sets_of: HashMap<&str, Vec<&Json>> = HashMap::new();
        for set in world.metadata.list("dataSets") {
            for element in Metadata::elements_of_set(set) {
                sets_of.entry(element).or_default().push(set);
            }
        }
        Self {
            world,
            schemes,
            elements: HashMap::new(),
            by_uid: HashMap::new(),
            units: HashMap::new(),
            category_combos: HashMap::new(),
            attribute_combos: HashMap::new(),
            sets_of,
        }
    }

    pub(super) fn world(&self) -> &'a World {
        self.world
    }

    pub(super) fn set(&self, given: &str) -> Option<&'a Json> {
        self.world.metadata.find_of("dataSets", self.schemes.set.find(self.world, "dataSets", given)?)
    }

    pub(super) fn element(&mut self, given: &str) -> Option<Rc<Element<'a>>> {
        if let Some(known) = self.elements.get(given) {
            return known.clone();
        }
        let uid = self.schemes.element.find(self.world, "dataElements", given);
        let found = uid.and_then(|uid| self.describe(uid)).map(Rc::new);
        self.elements.insert(given.to_owned(), found.clone());
        found
    }

    fn describe(&self, uid: &'a str) -> Option<Element<'a>> {
        let json = self.world.metadata.find_of("dataElements", uid)?;
        let averaged = matches!(json.text_of("aggregationType"), Some("AVERAGE" | "AVERAGE_SUM_ORG_UNIT"));
        let zero_says_something = json.get("zeroIsSignificant").and_then(Json::as_bool).unwrap_or(false);
        let value_type = json.text_of("valueType").unwrap_or("TEXT");
        Some(Element {
            uid,
            value_type,
            drops_zeros: super::value_types::is_numeric(value_type) && !zero_says_something && !averaged,
            options: self.codes(json, "optionSet"),
            comment_options: self.codes(json, "commentOptionSet"),
            sets: self.sets_of.get(uid).cloned().unwrap_or_default(),
            category_combo: reference(json, "categoryCombo").unwrap_or_default(),
        })
    }

    fn codes(&self, element: &'a Json, key: &str) -> Option<HashSet<&'a str>> {
        let set = self.world.metadata.find_of("optionSets", reference(element, key)?)?;
        let options = Metadata::ids(set, "options").filter_map(|id| self.world.metadata.find_of("options", id));
        Some(options.filter_map(|option| option.text_of("code")).collect())
    }

    /// The element with a uid, whatever the scheme of the request.
    pub(super) fn element_by_uid(&mut self, uid: &str) -> Option<Rc<Element<'a>>> {
        if let Some(known) = self.by_uid.get(uid) {
            return known.clone();
        }
        let held = self.world.metadata.find_of("dataElements", uid).and_then(|json| json.text_of("id"));
        let found = held.and_then(|uid| self.describe(uid)).map(Rc::new);
        self.by_uid.insert(uid.to_owned(), found.clone());
        found
    }

    pub(super) fn set_uid(&self, given: &str) -> Option<String> {
        self.uid(&self.schemes.set, "dataSets", given)
    }

    /// The uid that is meant; a uid is taken at its word.
    pub(super) fn element_uid(&self, given: &str) -> Option<String> {
        self.uid(&self.schemes.element, "dataElements", given)
    }

    pub(super) fn unit_uid(&self, given: &str) -> Option<String> {
        self.uid(&self.schemes.unit, "organisationUnits", given)
    }

    pub(super) fn category_combo_uid(&self, given: &str) -> Option<String> {
        self.uid(&self.schemes.category_combo, "categoryOptionCombos", given)
    }

    pub(super) fn attribute_combo_uid(&self, given: &str) -> Option<String> {
        self.uid(&self.schemes.attribute_combo, "categoryOptionCombos", given)
    }

    fn uid(&self, scheme: &Scheme, plural: &str, given: &str) -> Option<String> {
        if *scheme == Scheme::Uid {
            return Some(given.to_owned());
        }
        scheme.find(self.world, plural, given).map(str::to_owned)
    }

    pub(super) fn unit(&mut self, given: &str) -> Option<UnitIndex> {
        if let Some(known) = self.units.get(given) {
            return *known;
        }
        let uid = self.schemes.unit.find(self.world, "organisationUnits", given);
        let found = uid.and_then(|uid| self.world.find_unit(uid));
        self.units.insert(given.to_owned(), found);
        found
    }

    pub(super) fn category_combo(&mut self, given: &str) -> Option<&'a str> {
        if let Some(known) = self.category_combos.get(given) {
            return *known;
        }
        let found = self.schemes.category_combo.find(self.world, "categoryOptionCombos", given);
        self.category_combos.insert(given.to_owned(), found);
        found
    }

    pub(super) fn attribute_combo(&mut self, given: &str) -> Option<&'a str> {
        if let Some(known) = self.attribute_combos.get(given) {
            return *known;
        }
        let found = self.schemes.attribute_combo.find(self.world, "categoryOptionCombos", given);
        self.attribute_combos.insert(given.to_owned(), found);
        found
    }

    /// The option combo that stands for none.
    pub(super) fn default_combo(&self) -> &'a str {
        let combos = self.world.metadata.list("categoryOptionCombos");
        let default = combos.iter().find(|combo| combo.text_of("name") == Some("default"));
        default.and_then(|combo| combo.text_of("id")).unwrap_or("HllvX50cXC0")
    }

    /// The category combo that an option combo belongs to.
    pub(super) fn combo_of(&self, option_combo: &str) -> Option<&'a str> {
        reference(self.world.metadata.find_of("categoryOptionCombos", option_combo)?, "categoryCombo")
    }

    /// The category options that make up an option combo.
    pub(super) fn category_options(&self, option_combo: &str) -> Vec<&'a Json> {
        let combo = self.world.metadata.find_of("categoryOptionCombos", option_combo);
        let options = combo.into_iter().flat_map(|combo| Metadata::ids(combo, "categoryOptions"));
        options.filter_map(|id| self.world.metadata.find_of("categoryOptions", id)).collect()
    }
}

/// The uid in a reference to one object.
pub(super) fn reference<'a>(json: &'a Json, key: &str) -> Option<&'a str> {
    json.get(key)?.text_of("id")
}

/// The category combo that a data set wants of an element: its own, if it has one.
pub(super) fn combo_in_set<'a>(set: &'a Json, element: &Element<'a>) -> &'a str {
    let links = set.list_of("dataSetElements");
    let link = links.iter().find(|link| reference(link, "dataElement") == Some(element.uid));
    link.and_then(|link| reference(link, "categoryCombo")).unwrap_or(element.category_combo)
}
