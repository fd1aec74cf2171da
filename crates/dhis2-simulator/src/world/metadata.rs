//! Metadata objects as the server exports them, and the lists of members that queries need.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::json::Json;

/// The metadata of a world.
#[derive(Debug, Default, Clone)]
pub(crate) struct Metadata {
    kinds: Vec<(String, Vec<Json>)>,
    /// Where an object is: kind and number.
    places: HashMap<Arc<str>, (usize, usize)>,
    /// The keys that any object of a kind has.
    keys: Vec<HashSet<String>>,
}

impl Metadata {
    /// Adds an object to its kind; one that is there already is replaced.
    pub(crate) fn add(&mut self, plural: &str, object: Json) {
        let kind = self.kinds.iter().position(|(name, _)| name == plural).unwrap_or_else(|| {
            self.kinds.push((plural.to_owned(), Vec::new()));
            self.keys.push(HashSet::new());
            self.kinds.len() - 1
        });
        for (key, _) in object.entries() {
            if !self.keys[kind].contains(key.as_ref()) {
                self.keys[kind].insert(key.clone().into_owned());
            }
        }
        let Some(Json::Text(id)) = object.get("id") else { return };
        let objects = &mut self.kinds[kind].1;
        match self.places.get(id) {
            Some(&(k, number)) if k == kind => objects[number] = object,
            _ => {
                self.places.insert(Arc::clone(id), (kind, objects.len()));
                objects.push(object);
            }
        }
    }

    /// The same with the options of every set counted from this number on; none where they are already.
    pub(crate) fn with_options_from(&self, first: i64) -> Option<Self> {
        let set_of = |option: &Json| option.get("optionSet").and_then(|set| set.text_of("id")).map(str::to_owned);
        let place = |option: &Json| option.get("sortOrder").and_then(Json::as_i64);
        let mut lowest: HashMap<String, i64> = HashMap::new();
        for option in self.list("options") {
            if let (Some(set), Some(place)) = (set_of(option), place(option)) {
                lowest.entry(set).and_modify(|lowest| *lowest = place.min(*lowest)).or_insert(place);
            }
        }
        if lowest.values().all(|lowest| *lowest == first) {
            return None;
        }
        let mut counted = self.clone();
        let (_, options) = counted.kinds.iter_mut().find(|(name, _)| name == "options")?;
        for option in options {
            let lowest = set_of(option).and_then(|set| lowest.get(&set));
            if let (Some(lowest), Some(place)) = (lowest, place(option)) {
                option.set("sortOrder", Json::number(place - lowest + first));
            }
        }
        Some(counted)
    }

    /// The objects of a kind, by its name in the plural.
    pub(crate) fn list(&self, plural: &str) -> &[Json] {
        self.kinds.iter().find(|(name, _)| name == plural).map_or(&[], |(_, objects)| objects)
    }

    /// An object of any kind.
    pub(crate) fn find(&self, id: &str) -> Option<&Json> {
        self.find_with_kind(id).map(|(_, object)| object)
    }

    /// An object of any kind, with its kind's name in the plural.
    pub(crate) fn find_with_kind(&self, id: &str) -> Option<(&str, &Json)> {
        let &(kind, number) = self.places.get(id)?;
        let (plural, objects) = &self.kinds[kind];
        Some((plural, &objects[number]))
    }

    /// An object of a kind.
    pub(crate) fn find_of(&self, plural: &str, id: &str) -> Option<&Json> {
        self.find_with_kind(id).filter(|(kind, _)| *kind == plural).map(|(_, object)| object)
    }

    /// Whether any object of the kind has the key.
    pub(crate) fn knows_key(&self, plural: &str, key: &str) -> bool {
        let kind = self.kinds.iter().position(|(name, _)| name == plural);
        kind.is_some_and(|kind| self.keys[kind].contains(key))
    }

    /// The ids in a list of references, such as `dataElements` of a group.
    pub(crate) fn ids<'a>(object: &'a Json, key: &str) -> impl Iterator<Item = &'a str> {
        object.list_of(key).iter().filter_map(|member| member.text_of("id"))
    }

    /// The elements of a data set.
    pub(crate) fn elements_of_set(set: &Json) -> impl Iterator<Item = &str> {
        set.list_of("dataSetElements").iter().filter_map(|link| link.get("dataElement")?.text_of("id"))
    }
}
