//! Rows against metadata: what is wrong with them before any server says so, and where they belong.

use dhis2_api::Uid;

use super::metadata::{Element, Metadata};
use super::options::{DataSetRule, ImportStrategy};
use super::report::Cause;
use super::row::Row;
use super::value_type;

/// Something wrong with a row.
#[derive(Debug, Clone)]
pub(crate) struct Finding {
    pub(crate) cause: Cause,
    pub(crate) refused: Refused,
}

/// Who refuses such a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refused {
    /// Every version.
    Everywhere,
    /// 2.43 and later; earlier versions take it without a word.
    WhereStrict,
}

/// What is wrong with a row, if anything. `data_set` is where it would go.
pub(crate) fn check(
    metadata: &Metadata,
    strategy: ImportStrategy,
    row: &Row,
    data_set: Option<Uid>,
) -> Option<Finding> {
    let found =
        |refused, code: &'static str, message: String| Some(Finding { cause: Cause::new(code, message), refused });
    let everywhere = |code, message| found(Refused::Everywhere, code, message);
    let unseen = |what: &str, id: Uid| format!("{what} not found, or not visible to this account: {id}");
    let key = &row.key;
    let Some(element) = metadata.elements.get(&key.element) else {
        return everywhere("unknown_data_element", unseen("data element", key.element));
    };
    let Some(unit) = metadata.units.get(&key.unit) else {
        return everywhere("unknown_organisation_unit", unseen("organisation unit", key.unit));
    };
    let Some(combo) = metadata.combos.get(&key.combo) else {
        return everywhere("unknown_category_option_combo", unseen("category option combo", key.combo));
    };
    let Some(attribute) = metadata.combos.get(&key.attribute) else {
        return everywhere("unknown_attribute_option_combo", unseen("attribute option combo", key.attribute));
    };
    if strategy != ImportStrategy::Delete
        && let Some(cause) = value(metadata, element, row)
    {
        return Some(Finding { cause, refused: Refused::Everywhere });
    }

    let strict = |code, message: String| {
        found(
            Refused::WhereStrict,
            code,
            format!("{message}; DHIS2 2.43 and later refuse that, earlier versions do not"),
        )
    };
    let Some((set_id, combo_in_set)) = element.data_sets.iter().find(|(set, _)| Some(*set) == data_set) else {
        return strict("no_data_set", format!("the data element {} is in no data set", key.element));
    };
    let differs = |wanted: Option<Uid>, has: Option<Uid>| wanted.zip(has).is_some_and(|(wanted, has)| wanted != has);
    if differs(combo_in_set.or(element.category_combo), *combo) {
        let message = format!("the category option combo {} is not of the data element {}", key.combo, key.element);
        return strict("combo_of_other_element", message);
    }
    if let Some(set) = metadata.data_sets.get(set_id) {
        if set.period_type.is_some_and(|period_type| period_type != key.period.period_type()) {
            let wanted = set.period_type.map_or("", |period_type| period_type.name());
            let message =
                format!("the data set {set_id} has periods of type {wanted}, and {} is none", key.period.id());
            return strict("period_type", message);
        }
        if !set.units.contains(&key.unit) {
            let message = format!("the organisation unit {} is not assigned to the data set {set_id}", key.unit);
            return strict("unit_not_assigned", message);
        }
        if differs(set.category_combo, *attribute) {
            let message = format!("the attribute option combo {} is not of the data set {set_id}", key.attribute);
            return strict("combo_of_other_data_set", message);
        }
    }
    let start = key.period.start();
    if unit.opening.is_some_and(|opening| start < opening) || unit.closed.is_some_and(|closed| start > closed) {
        let message = format!("the organisation unit {} was not open when {} began", key.unit, key.period.id());
        return strict("unit_not_open", message);
    }
    None
}

fn value(metadata: &Metadata, element: &Element, row: &Row) -> Option<Cause> {
    let value = value_type::stored(&element.value_type, row.value.as_deref().unwrap_or_default());
    let value = value.as_ref();
    if value.is_empty() {
        return Some(Cause::new("no_value", "the value is empty: no version stores that"));
    }
    if let Some(expected) = value_type::problem(&element.value_type, value) {
        let message =
            format!("the data element {} is of type {}: expected {expected}", row.key.element, element.value_type);
        return Some(Cause::new("value_type", message));
    }
    let codes = metadata.options.get(&element.option_set?)?;
    (!codes.contains(value)).then(|| {
        let message = format!("the value is no code of the option set of the data element {}", row.key.element);
        Cause::new("option", message)
    })
}

/// Into which data set a row goes; `None` for an element that is in none.
///
/// # Errors
/// Where several fit and the rule is to refuse that.
pub(crate) fn choose(metadata: &Metadata, rule: &DataSetRule, row: &Row) -> Result<Option<Uid>, Cause> {
    let Some(element) = metadata.elements.get(&row.key.element) else { return Ok(None) };
    let fits = |set: &Uid| {
        metadata.data_sets.get(set).is_some_and(|set| {
            set.period_type == Some(row.key.period.period_type()) && set.units.contains(&row.key.unit)
        })
    };
    let mut fitting = element.data_sets.iter().map(|(set, _)| *set).filter(fits);
    let first = fitting.next();
    if let (DataSetRule::Refuse, Some(first), Some(second)) = (rule, first, fitting.next()) {
        let message = format!(
            "the data element {} is in several data sets that fit, such as {first} and {second}; say which to prefer",
            row.key.element
        );
        return Err(Cause::new("several_data_sets", message));
    }
    Ok(first.or_else(|| element.data_sets.first().map(|(set, _)| *set)))
}

#[cfg(test)]
mod tests;
