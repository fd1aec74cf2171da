//! The answer: headers, metadata and rows.

use std::collections::BTreeSet;

use super::ask::{Ask, Axis, Datum};
use super::period_names;
use super::sums::GridRow;
use crate::json::{Json, Key, object};
use crate::server::Call;
use crate::world::World;

pub(super) fn grid(call: &Call<'_>, ask: &Ask<'_>, rows: Vec<GridRow>) -> Json {
    let mut headers: Vec<Json> =
        ask.columns.iter().map(|axis| header(axis.name(), axis.title(), ("TEXT", "java.lang.String"), true)).collect();
    headers.push(header("value", "Value", ("NUMBER", "java.lang.Double"), false));
    let metadata = if call.query.switch("skipMeta") { Json::Object(Vec::new()) } else { metadata(call, ask) };
    table(call, headers, metadata, rows)
}

/// The answer that has these parts.
pub(super) fn table(call: &Call<'_>, headers: Vec<Json>, metadata: Json, rows: Vec<GridRow>) -> Json {
    let columns = headers.len();
    let height = rows.len();
    let mut entries: Vec<(Key, Json)> = vec![
        ("headers".into(), Json::List(headers)),
        ("metaData".into(), metadata),
        ("rowContext".into(), Json::Object(Vec::new())),
    ];
    let mut cells = Some(rows);
    for key in call.server.behaviour.analytics.last_keys {
        let value = match key {
            "headerWidth" => Json::number(columns),
            "height" => Json::number(height),
            "width" => Json::number(if height == 0 { 0 } else { columns }),
            _ => {
                let row = |row: GridRow| Json::List(row.iter().map(|cell| Json::text(cell)).collect());
                Json::List(cells.take().unwrap_or_default().into_iter().map(row).collect())
            }
        };
        entries.push((key.into(), value));
    }
    Json::Object(entries)
}

pub(super) fn header(name: &str, title: &str, (value_type, class): (&str, &str), meta: bool) -> Json {
    object([
        ("name", Json::text(name)),
        ("column", Json::text(title)),
        ("valueType", Json::text(value_type)),
        ("type", Json::text(class)),
        ("hidden", Json::Bool(false)),
        ("meta", Json::Bool(meta)),
    ])
}

/// Names of everything that is asked for, and what each dimension holds.
fn metadata(call: &Call<'_>, ask: &Ask<'_>) -> Json {
    let world = &call.server.world;
    let short = call.query.filled("displayProperty").is_some_and(|name| name.eq_ignore_ascii_case("SHORTNAME"));
    let mut items = Items::default();
    items.mention(&ask.mentioned);
    let name_of = |uid: &str| name_of(world, uid, short);
    for (uid, _) in &ask.data {
        items.name(uid, &name_of(uid));
    }
    for period in &ask.periods {
        items.name(&period.id(), &period_names::name(period));
    }
    for &unit in &ask.units {
        items.name(world.unit_uid(unit), &name_of(world.unit_uid(unit)));
    }
    let combos = option_combos(world, ask);
    for combo in &combos {
        items.name(combo, &name_of(combo));
    }
    // Data, periods and units have a name whether they are columns or filters.
    let always = [Axis::Data, Axis::Period, Axis::Unit].into_iter().filter(|axis| asked(ask, *axis));
    let columns = ask.columns.iter().copied();
    for axis in always.chain(columns) {
        items.name(axis.name(), axis.title());
    }
    let list = |texts: Vec<&str>| Json::List(texts.into_iter().map(Json::text).collect());
    let periods: Vec<String> = ask.periods.iter().map(dhis2_api::period::Period::id).collect();
    let mut dimensions: Vec<(Key, Json)> = Vec::new();
    for (axis, texts) in [
        (Axis::Data, ask.data.iter().map(|(uid, _)| uid.as_str()).collect()),
        (Axis::Period, periods.iter().map(String::as_str).collect()),
        (Axis::Unit, ask.units.iter().map(|&unit| world.unit_uid(unit)).collect()),
    ] {
        dimensions.push((axis.name().into(), list(texts)));
    }
    dimensions.push(("co".into(), list(combos.iter().map(String::as_str).collect())));
    object([("items", items.into_json()), ("dimensions", Json::Object(dimensions))])
}

/// What a query speaks of, each thing once.
#[derive(Debug, Default)]
pub(super) struct Items(Vec<(Key, Json)>);

impl Items {
    pub(super) fn name(&mut self, uid: &str, name: &str) {
        self.add(uid, object([("name", Json::text(name))]));
    }

    /// Groups, levels and boundaries, which have more than a name.
    pub(super) fn mention(&mut self, mentioned: &[&Json]) {
        for json in mentioned {
            let keys = ["uid", "code", "name"].into_iter().filter_map(|key| {
                let value = json.text_of(if key == "uid" { "id" } else { key })?;
                Some((Key::from(key), Json::text(value)))
            });
            self.add(json.text_of("id").unwrap_or_default(), Json::Object(keys.collect()));
        }
    }

    fn add(&mut self, uid: &str, json: Json) {
        if !self.0.iter().any(|(known, _)| known == uid) {
            self.0.push((Key::from(uid.to_owned()), json));
        }
    }

    pub(super) fn into_json(self) -> Json {
        Json::Object(self.0)
    }
}

fn asked(ask: &Ask<'_>, axis: Axis) -> bool {
    match axis {
        Axis::Data => !ask.data.is_empty(),
        Axis::Period => !ask.periods.is_empty(),
        Axis::Unit => !ask.units.is_empty(),
        Axis::CategoryCombo | Axis::AttributeCombo => ask.columns.contains(&axis),
    }
}

/// The option combos that the elements asked for can have.
fn option_combos(world: &World, ask: &Ask<'_>) -> Vec<String> {
    let combo_of = |element: &str| -> Option<&str> {
        world.metadata.find_of("dataElements", element)?.get("categoryCombo")?.text_of("id")
    };
    let wanted: BTreeSet<&str> = ask
        .data
        .iter()
        .filter_map(|(_, datum)| match datum {
            Datum::Element(uid) | Datum::Operand(uid, _) => combo_of(uid),
            Datum::Indicator(_) => None,
        })
        .collect();
    let combos = world.metadata.list("categoryOptionCombos").iter();
    let of_wanted = combos
        .filter(|combo| combo.get("categoryCombo").and_then(|c| c.text_of("id")).is_some_and(|of| wanted.contains(of)));
    of_wanted.filter_map(|combo| combo.text_of("id")).map(str::to_owned).collect()
}

/// The name of an object, of an operand those of its element and its combo.
pub(super) fn name_of(world: &World, uid: &str, short: bool) -> String {
    if let Some((element, combo)) = uid.split_once('.') {
        return format!("{} {}", name_of(world, element, short), name_of(world, combo, short));
    }
    let object = world.metadata.find(uid);
    let short = object.filter(|_| short).and_then(|object| object.text_of("shortName"));
    short.or_else(|| object?.text_of("name")).unwrap_or(uid).to_owned()
}
