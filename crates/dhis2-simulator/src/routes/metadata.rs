//! Metadata: lists, single objects, the export of several kinds at once.

use std::cmp::Ordering;

use dhis2_api::dialect::behaviour::MalformedUid;

use crate::answer::{Answer, PRIVATE, Refusal};
use crate::fields::Fields;
use crate::filters::{Filter, text_of};
use crate::json::{Escapes, Json, Key, object};
use crate::paging::Page;
use crate::project::{derive, derived_keys, metadata};
use crate::server::Call;
use crate::time::{millis_text, offset_millis, wall_of};
use crate::world::World;

/// The kinds that there are, whether or not the world has any.
const KINDS: [&str; 32] = [
    "attributes",
    "categories",
    "categoryCombos",
    "categoryOptionCombos",
    "categoryOptionGroups",
    "categoryOptionGroupSets",
    "categoryOptions",
    "constants",
    "dataElementGroupSets",
    "dataElementGroups",
    "dataElements",
    "dataSets",
    "indicatorGroupSets",
    "indicatorGroups",
    "indicatorTypes",
    "indicators",
    "legendSets",
    "optionGroups",
    "optionSets",
    "options",
    "organisationUnitGroupSets",
    "organisationUnitGroups",
    "organisationUnitLevels",
    "organisationUnits",
    "programIndicators",
    "programRules",
    "programStages",
    "programs",
    "relationshipTypes",
    "sections",
    "trackedEntityAttributes",
    "trackedEntityTypes",
];

/// The keys that objects of every kind have.
const KEYS_OF_ALL: [&str; 5] = ["id", "name", "code", "created", "lastUpdated"];

pub(super) fn is_kind(plural: &str) -> bool {
    KINDS.contains(&plural)
}

/// `GET /api/{plural}`.
pub(super) fn list(call: &Call<'_>, plural: &str) -> Result<Answer, Refusal> {
    let world = &call.server.world;
    let behaviour = call.server.behaviour.metadata;
    let filters = Filter::read(call.query.all("filter"), behaviour)?;
    for filter in &filters {
        filter.check(world, plural, behaviour)?;
    }
    let page = Page::read(&call.query)?;
    let any = call.query.first("rootJunction").is_some_and(|junction| junction.eq_ignore_ascii_case("or"));
    let own_units = plural == "organisationUnits" && call.query.switch("withinUserHierarchy");
    let mut objects: Vec<&Json> = world
        .metadata
        .list(plural)
        .iter()
        .filter(|object| {
            let mut matches = filters.iter().map(|filter| filter.matches(world, plural, object));
            filters.is_empty() || if any { matches.any(|m| m) } else { matches.all(|m| m) }
        })
        .filter(|object| !own_units || is_within_hierarchy(call, object))
        .collect();
    sort(call, plural, &mut objects)?;
    let fields = call.query.first("fields").map_or_else(|| Fields::parse("id,displayName"), Fields::parse);
    let shown = page.map_or(objects.as_slice(), |page| page.of(&objects));
    call.effects.borrow_mut().rows = shown.len();
    let rows = Json::List(shown.iter().map(|object| metadata(world, plural, object, &fields)).collect());
    let mut entries: Vec<(Key, Json)> = Vec::new();
    if let Some(page) = page {
        let url = format!("{}/api/{plural}", call.base_url);
        let pager = page.pager(objects.len(), &url, &call.query, behaviour.at_least_one_page);
        entries.push(("pager".into(), pager));
    }
    entries.push((plural.to_owned().into(), rows));
    Ok(answer(call, &Json::Object(entries)))
}

fn answer(call: &Call<'_>, json: &Json) -> Answer {
    Answer::new(200, call.json_type(), json.to_bytes(Escapes::Surrogates)).with(PRIVATE)
}

fn is_within_hierarchy(call: &Call<'_>, unit: &Json) -> bool {
    let world = &call.server.world;
    let unit = unit.text_of("id").and_then(|id| world.find_unit(id));
    unit.is_some_and(|unit| call.account.reaches(&world.units, unit))
}

/// By the properties asked for; else by name whatever its case, then id.
fn sort(call: &Call<'_>, plural: &str, objects: &mut [&Json]) -> Result<(), Refusal> {
    let world = &call.server.world;
    let mut keys = Vec::new();
    for order in call.query.list("order") {
        let (property, direction) = order.split_once(':').unwrap_or((order, "asc"));
        // A kind without objects here has these all the same.
        let known = KEYS_OF_ALL.contains(&property)
            || world.metadata.knows_key(plural, property)
            || derived_keys(plural).any(|key| key == property);
        if known {
            keys.push((property.to_owned(), direction.to_owned()));
        } else if call.server.behaviour.metadata.unknown_order_refused {
            return Err(Refusal::new(400, format!("No such property: {property}")).code("E1003"));
        }
    }
    if keys.is_empty() {
        objects.sort_by_cached_key(|object| {
            let name = object.text_of("name").unwrap_or_default().to_lowercase();
            (name, object.text_of("id").unwrap_or_default().to_owned())
        });
        return Ok(());
    }
    objects.sort_by(|a, b| {
        let mut ordering = Ordering::Equal;
        for (property, direction) in &keys {
            ordering = ordering.then_with(|| {
                let (a, b) = (sort_value(world, plural, a, property), sort_value(world, plural, b, property));
                let ordering = compare(a.as_ref(), b.as_ref(), direction.starts_with('i'));
                if direction.ends_with("desc") { ordering.reverse() } else { ordering }
            });
        }
        ordering
    });
    Ok(())
}

fn sort_value(world: &World, plural: &str, object: &Json, property: &str) -> Option<Json> {
    object.get(property).cloned().or_else(|| derive(world, plural, object, property))
}

fn compare(a: Option<&Json>, b: Option<&Json>, ignore_case: bool) -> Ordering {
    match (a, b) {
        (Some(Json::Number(a)), Some(Json::Number(b))) => {
            a.as_f64().unwrap_or_default().total_cmp(&b.as_f64().unwrap_or_default())
        }
        (Some(a), Some(b)) if ignore_case => text_of(a).to_lowercase().cmp(&text_of(b).to_lowercase()),
        (Some(a), Some(b)) => text_of(a).cmp(&text_of(b)),
        // Without a value last, as PostgreSQL sorts nulls.
        (a, b) => b.is_some().cmp(&a.is_some()),
    }
}

/// `GET /api/{plural}/{id}`.
pub(super) fn single(call: &Call<'_>, plural: &str, id: &str) -> Result<Answer, Refusal> {
    let id = id.strip_suffix(".json").unwrap_or(id);
    if id.len() != 11 && call.server.behaviour.metadata.malformed_uid == MalformedUid::MethodNotAllowed {
        return Err(Refusal::new(405, "Request method 'GET' is not supported"));
    }
    let world = &call.server.world;
    let Some(found) = world.metadata.find_of(plural, id) else {
        let message = format!("{} with id {id} could not be found.", class_name(plural));
        return Err(Refusal::new(404, message).code_if("E1005", call.server.behaviour.transport.not_found_code));
    };
    let fields = call.query.first("fields").map_or_else(Fields::everything, Fields::parse);
    Ok(answer(call, &metadata(world, plural, found, &fields)))
}

/// The name of a kind's class: `categories` are of `Category`.
fn class_name(plural: &str) -> String {
    let singular = match plural {
        "categories" => "category".to_owned(),
        other => other.trim_end_matches('s').to_owned(),
    };
    let mut letters = singular.chars();
    letters.next().map_or(String::new(), |first| first.to_ascii_uppercase().to_string() + letters.as_str())
}

/// `GET /api/metadata`: the kinds that are asked for with `{plural}=true`, all without any.
pub(super) fn export(call: &Call<'_>) -> Answer {
    let world = &call.server.world;
    let server = call.server;
    let asked: Vec<&str> = KINDS.into_iter().filter(|kind| call.query.switch(kind)).collect();
    let kinds = if asked.is_empty() { KINDS.to_vec() } else { asked };
    let default = call.query.filled("fields").map_or_else(Fields::everything, Fields::parse);
    let now = server.now().timestamp_millis();
    let offset = offset_millis(now, server.zone) / 60_000;
    let sign = if offset < 0 { '-' } else { '+' };
    let date =
        format!("{}{sign}{:02}{:02}", millis_text(wall_of(now, server.zone)), offset.abs() / 60, offset.abs() % 60);
    let system = object([
        ("id", Json::Null),
        ("rev", Json::text("simulator")),
        ("version", Json::text(&server.version.to_string())),
        ("date", Json::text(&date)),
    ]);
    let mut entries: Vec<(Key, Json)> = vec![("system".into(), system)];
    for kind in kinds {
        let objects = world.metadata.list(kind);
        if objects.is_empty() {
            continue;
        }
        let own = call.query.filled(&format!("{kind}:fields")).map(Fields::parse);
        let fields = own.as_ref().unwrap_or(&default);
        let rows = objects.iter().map(|object| metadata(world, kind, object, fields)).collect();
        entries.push((kind.into(), Json::List(rows)));
    }
    Answer::new(200, call.json_type(), Json::Object(entries).to_bytes(Escapes::Surrogates))
}
