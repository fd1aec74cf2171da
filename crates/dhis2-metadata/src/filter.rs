//! DHIS2's filter expressions, `property:operator[:value]`: checked before they are sent, because servers answer mistakes
//! in them with a bare 500, or misread them without a word.

use dhis2_api::dialect::Dialect;

use crate::error::{FilterError, FilterProblem};

/// Checks the filters of a request to a server of this dialect.
pub(crate) fn check(filters: &[&str], dialect: &Dialect) -> Result<(), FilterError> {
    for (place, filter) in filters.iter().enumerate() {
        check_one(filter, dialect).map_err(|(subject, problem)| FilterError { number: place + 1, subject, problem })?;
    }
    Ok(())
}

fn check_one(filter: &str, dialect: &Dialect) -> Result<(), (Option<String>, FilterProblem)> {
    let mut parts = filter.splitn(3, ':');
    let (property, operator, value) = (parts.next().unwrap_or_default(), parts.next(), parts.next());
    let Some(operator) = operator.filter(|operator| is_property(property) && is_operator(operator)) else {
        return Err((None, FilterProblem::Shape));
    };
    let wrong = |problem| Err((Some(format!("{property}:{operator}")), problem));
    if operator == "!empty" && !dialect.metadata_not_empty_filter {
        return wrong(FilterProblem::NoNotEmpty);
    }
    let value = value.unwrap_or_default();
    if value.is_empty() {
        let alone = matches!(operator, "null" | "!null" | "empty" | "!empty");
        return if alone { Ok(()) } else { wrong(FilterProblem::NoValue) };
    }
    if matches!(operator, "in" | "!in") {
        let Some(items) = list_items(value) else { return wrong(FilterProblem::NoList) };
        for item in items {
            if item.trim() != item {
                return wrong(FilterProblem::BlankInList);
            }
            if item.is_empty() {
                return wrong(FilterProblem::EmptyItem);
            }
        }
    }
    if dialect.metadata_filters_split_at_comma {
        match outside_brackets(value) {
            None => return wrong(FilterProblem::Brackets),
            Some(outside) if outside.contains(',') => return wrong(FilterProblem::Comma),
            Some(_) => {}
        }
    }
    Ok(())
}

/// A path such as `name`, `program.id`, or the uid of an attribute.
fn is_property(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_'))
}

/// A word with DHIS2's marks: `!` before it, `$` before or after it.
fn is_operator(text: &str) -> bool {
    let word = text.strip_prefix('!').unwrap_or(text);
    let word = word.strip_prefix('$').unwrap_or(word);
    let word = word.strip_suffix('$').unwrap_or(word);
    !word.is_empty() && word.bytes().all(|b| b.is_ascii_alphabetic())
}

/// The items of a list in brackets.
fn list_items(value: &str) -> Option<std::str::Split<'_, char>> {
    Some(value.strip_prefix('[')?.strip_suffix(']')?.split(','))
}

/// What of a value stands outside brackets; `None` where brackets do not pair up, or stand inside each other.
fn outside_brackets(value: &str) -> Option<String> {
    let mut outside = String::new();
    let mut inside = false;
    for c in value.chars() {
        match (c, inside) {
            ('[', false) | (']', true) => inside = !inside,
            ('[', true) | (']', false) => return None,
            (_, true) => {}
            (c, false) => outside.push(c),
        }
    }
    (!inside).then_some(outside)
}

/// Cuts a filter `property:in:[…]` in two that together let through what it did; `None` where there is nothing to cut.
pub(crate) fn halves(filter: &str) -> Option<(String, String)> {
    let (property, rest) = filter.split_once(':')?;
    let items: Vec<&str> = list_items(rest.strip_prefix("in:")?)?.collect();
    if items.len() < 2 {
        return None;
    }
    let (left, right) = items.split_at(items.len() / 2);
    let part = |items: &[&str]| format!("{property}:in:[{}]", items.join(","));
    Some((part(left), part(right)))
}

#[cfg(test)]
mod tests;
