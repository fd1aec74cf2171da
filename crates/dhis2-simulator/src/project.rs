//! Writing objects as a field filter asks for them.

use std::borrow::Cow;
use std::collections::BTreeSet;

use crate::fields::{Fields, Transform};
use crate::json::{Json, Key, object};
use crate::world::World;
use crate::world::metadata::Metadata;

/// Names of objects that follow from others of the same kind.
const DISPLAY_NAMES: [(&str, &str); 4] = [
    ("displayName", "name"),
    ("displayShortName", "shortName"),
    ("displayFormName", "formName"),
    ("displayDescription", "description"),
];

/// A value as a field filter asks for it, without looking anything up.
pub(crate) fn plain(value: &Json, fields: &Fields) -> Json {
    project(None, None, value, fields)
}

/// A metadata object as a field filter asks for it; references are followed where more than their id is asked for.
pub(crate) fn metadata(world: &World, plural: &str, value: &Json, fields: &Fields) -> Json {
    project(Some(world), Some(plural), value, fields)
}

fn project(world: Option<&World>, plural: Option<&str>, value: &Json, fields: &Fields) -> Json {
    let mut out = Vec::new();
    for (key, value) in value.entries() {
        write_field(world, &mut out, key, value, fields);
    }
    if let (Some(world), Some(plural)) = (world, plural) {
        for key in derived_keys(plural) {
            if fields.names(key)
                && value.get(key).is_none()
                && let Some(derived) = derive(world, plural, value, key)
            {
                write_field(Some(world), &mut out, &Cow::Borrowed(key), &derived, fields);
            }
        }
    }
    Json::Object(out)
}

fn write_field(world: Option<&World>, out: &mut Vec<(Key, Json)>, key: &Key, value: &Json, fields: &Fields) {
    let Some(selected) = fields.select(key) else { return };
    let items = || u64::try_from(value.items().len()).unwrap_or(u64::MAX);
    let (key, value) = match selected.transform {
        Transform::Size => (key.clone(), Json::number(items())),
        Transform::IsEmpty => (key.clone(), Json::Bool(items() == 0)),
        Transform::IsNotEmpty => (key.clone(), Json::Bool(items() > 0)),
        Transform::Pluck(name) => {
            let pluck = |item: &Json| follow(world, item).1.get(name).cloned().unwrap_or(Json::Null);
            (key.clone(), Json::List(value.items().iter().map(pluck).collect()))
        }
        Transform::Rename(name) => (Cow::Owned(name.clone()), shape(world, value, selected.inner)),
        Transform::None => (key.clone(), shape(world, value, selected.inner)),
    };
    out.push((key, value));
}

fn shape(world: Option<&World>, value: &Json, inner: Option<&Fields>) -> Json {
    match (inner, value) {
        (Some(fields), Json::Object(_)) => {
            let (plural, value) = follow(world, value);
            project(world, plural, value, fields)
        }
        (Some(_), Json::List(items)) => Json::List(items.iter().map(|item| shape(world, item, inner)).collect()),
        _ => value.clone(),
    }
}

/// The object that a reference means, and its kind; the value itself if it is none.
fn follow<'a>(world: Option<&'a World>, value: &'a Json) -> (Option<&'a str>, &'a Json) {
    let found = world.zip(value.text_of("id")).and_then(|(world, id)| world.metadata.find_with_kind(id));
    found.map_or((None, value), |(plural, object)| (Some(plural), object))
}

/// The keys that objects of a kind have although the export leaves them out.
pub(crate) fn derived_keys(plural: &str) -> impl Iterator<Item = &'static str> {
    let own: &[&str] = match plural {
        "organisationUnits" => &["level", "path", "leaf", "children", "ancestors", "dataSets", "programs"],
        "dataElements" => &["dataSetElements", "dataElementGroups"],
        "categoryCombos" => &["categoryOptionCombos"],
        "categoryOptions" => &["categories", "categoryOptionCombos"],
        "indicators" => &["indicatorGroups"],
        _ => &[],
    };
    DISPLAY_NAMES.iter().map(|(derived, _)| *derived).chain(own.iter().copied())
}

/// The value of a derived key.
pub(crate) fn derive(world: &World, plural: &str, value: &Json, key: &str) -> Option<Json> {
    if let Some((_, source)) = DISPLAY_NAMES.iter().find(|(derived, _)| *derived == key) {
        let fallback = (*source == "formName").then(|| value.get("name")).flatten();
        return value.get(source).or(fallback).cloned();
    }
    let id = value.text_of("id")?;
    let members = |kind: &str, list: &str| {
        let holds = |holder: &&Json| Metadata::ids(holder, list).any(|member| member == id);
        references(world.metadata.list(kind).iter().filter(holds).filter_map(|holder| holder.text_of("id")))
    };
    Some(match (plural, key) {
        ("organisationUnits", "dataSets") => members("dataSets", "organisationUnits"),
        ("organisationUnits", "programs") => members("programs", "organisationUnits"),
        ("organisationUnits", _) => {
            let unit = world.find_unit(id)?;
            match key {
                "level" => Json::number(world.units.get(unit).level),
                "path" => {
                    let line: Vec<_> = world.units.ancestry(unit).into_iter().map(|u| world.unit_uid(u)).collect();
                    Json::text(&format!("/{}", line.join("/")))
                }
                "leaf" => Json::Bool(world.units.subtree(unit).len() == 1),
                "children" => references(world.units.children(unit).map(|u| world.unit_uid(u))),
                "ancestors" => {
                    let mut line = world.units.ancestry(unit);
                    line.pop();
                    references(line.into_iter().map(|u| world.unit_uid(u)))
                }
                _ => return None,
            }
        }
        ("dataElements", "dataSetElements") => {
            let mut links = Vec::new();
            for set in world.metadata.list("dataSets") {
                let of_this = |link: &&Json| link.get("dataElement").and_then(|e| e.text_of("id")) == Some(id);
                links.extend(set.list_of("dataSetElements").iter().filter(of_this).cloned());
            }
            Json::List(links)
        }
        ("dataElements", "dataElementGroups") => members("dataElementGroups", "dataElements"),
        ("indicators", "indicatorGroups") => members("indicatorGroups", "indicators"),
        ("categoryOptions", "categories") => members("categories", "categoryOptions"),
        ("categoryOptions", "categoryOptionCombos") => members("categoryOptionCombos", "categoryOptions"),
        ("categoryCombos", "categoryOptionCombos") => {
            let of_this = |combo: &&Json| combo.get("categoryCombo").and_then(|c| c.text_of("id")) == Some(id);
            let combos = world.metadata.list("categoryOptionCombos").iter();
            references(combos.filter(of_this).filter_map(|combo| combo.text_of("id")))
        }
        _ => return None,
    })
}

fn references<'a>(ids: impl Iterator<Item = &'a str>) -> Json {
    let unique: BTreeSet<&str> = ids.collect();
    Json::List(unique.into_iter().map(|id| object([("id", Json::text(id))])).collect())
}
