//! What stands before the rows.

use dhis2_api::dialect::behaviour::RowLayout;

use super::Output;
use super::ask::{Ask, Times};
use super::schemes::Scheme;
use crate::json::{Json, Key};

/// The keys before `dataValues`, and which columns the rows leave out because of them.
#[derive(Debug, Default)]
pub(super) struct Head {
    pub(super) entries: Vec<(Key, Json)>,
    pub(super) hides_period: bool,
    pub(super) hides_unit: bool,
    pub(super) hides_attribute_combo: bool,
}

impl Head {
    /// Up to 2.42: beside exactly one data set, one period and one unit, although with `children=true` or a group the
    /// unit is not that of the rows.
    pub(super) fn beside_rows(ask: &Ask, output: &Output) -> Self {
        let stored = &output.held;
        let world = stored.world();
        let ([set], Times::Periods(periods), [unit]) = (ask.sets.as_slice(), &ask.times, ask.units.as_slice()) else {
            return Self::default();
        };
        let [period] = periods.as_slice() else { return Self::default() };
        let schemes = &output.schemes;
        let text = |text: Option<&str>| text.map_or(Json::Null, Json::text);
        let unit = schemes.name(stored, &schemes.unit, world.units.get(*unit).uid);
        Self {
            entries: vec![
                ("dataSet".into(), text(schemes.set_name(world, set))),
                // Completeness is no part of the world.
                ("completeDate".into(), Json::Null),
                ("period".into(), Json::text(&period.id())),
                ("orgUnit".into(), text(unit)),
            ],
            ..Self::default()
        }
    }

    /// 2.43: whatever was asked for once, each for itself.
    pub(super) fn hoisted(ask: &Ask, output: &Output) -> Self {
        debug_assert_eq!(output.server.behaviour.aggregate.layout, RowLayout::Hoisted);
        let stored = &output.held;
        let world = stored.world();
        let schemes = &output.schemes;
        let mut head = Self::default();
        let rows = || output.rows.iter().map(|&number| stored.values().row(number));
        if let [set] = ask.sets.as_slice() {
            let name = schemes.set_name(world, set).unwrap_or(set);
            head.entries.push(("dataSet".into(), Json::text(name)));
        }
        if let Times::Periods(periods) = &ask.times
            && let [period] = periods.as_slice()
        {
            head.entries.push(("period".into(), Json::text(&period.id())));
            head.hides_period = true;
        }
        let first_unit = rows().next().map(|row| row.unit);
        let shared_unit =
            first_unit.filter(|first| schemes.unit != Scheme::Uid && rows().all(|row| row.unit == *first));
        let asked_unit = match ask.units_named.as_slice() {
            [unit] if !ask.children && !ask.groups_named => Some(unit.as_str()),
            _ => None,
        };
        let unit = shared_unit.map(|unit| world.unit_uid(unit)).or(asked_unit);
        if let Some(uid) = unit {
            let found = stored.find(uid).and_then(|text| schemes.name(stored, &schemes.unit, text));
            head.entries.push(("orgUnit".into(), Json::text(found.unwrap_or(uid))));
            head.hides_unit = true;
        }
        let only_row = (output.rows.len() == 1 && schemes.attribute_combo != Scheme::Uid)
            .then(|| rows().next().map(|row| stored.text(row.attribute_combo)))
            .flatten();
        let asked_combo = match ask.attribute_combos_named.as_slice() {
            [combo] => Some(combo.as_str()),
            _ => None,
        };
        if let Some(uid) = asked_combo.or(only_row) {
            let found = stored.find(uid).and_then(|text| schemes.name(stored, &schemes.attribute_combo, text));
            head.entries.push(("attributeOptionCombo".into(), Json::text(found.unwrap_or(uid))));
            head.hides_attribute_combo = true;
        }
        for (key, scheme) in [
            ("dataSetIdScheme", &schemes.set),
            ("dataElementIdScheme", &schemes.element),
            ("orgUnitIdScheme", &schemes.unit),
            ("categoryOptionComboIdScheme", &schemes.category_combo),
            ("attributeOptionComboIdScheme", &schemes.attribute_combo),
        ] {
            if *scheme != Scheme::Uid {
                head.entries.push((key.into(), Json::text(&scheme.name())));
            }
        }
        head
    }
}
