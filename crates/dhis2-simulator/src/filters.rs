//! Filters of metadata lists: `property:operator:value`.

use std::cmp::Ordering;

use dhis2_api::dialect::behaviour::{FilterErrors, MetadataBehaviour};

use crate::answer::Refusal;
use crate::json::Json;
use crate::project::{derive, derived_keys};
use crate::world::World;

/// A condition on an object.
#[derive(Debug)]
pub(crate) struct Filter {
    path: Vec<String>,
    operator: String,
    value: String,
}

/// Properties that objects have even when none in the world has a value for them.
const COMMON: [&str; 14] = [
    "id",
    "code",
    "name",
    "shortName",
    "formName",
    "description",
    "created",
    "lastUpdated",
    "closedDate",
    "geometry",
    "comment",
    "optionSet",
    "attributeValues",
    "url",
];

const OPERATORS: [&str; 46] = [
    "eq",
    "ieq",
    "ne",
    "neq",
    "!eq",
    "gt",
    "ge",
    "gte",
    "lt",
    "le",
    "lte",
    "like",
    "!like",
    "$like",
    "!$like",
    "like$",
    "!like$",
    "ilike",
    "!ilike",
    "$ilike",
    "!$ilike",
    "ilike$",
    "!ilike$",
    "startsWith",
    "endsWith",
    "startswith",
    "endswith",
    "token",
    "!token",
    "in",
    "!in",
    "null",
    "!null",
    "empty",
    "!empty",
    "istartsWith",
    "iendsWith",
    "iin",
    "isnull",
    "isnotnull",
    "between",
    "!startsWith",
    "!endsWith",
    "!istartsWith",
    "!iendsWith",
    "!ieq",
];

impl Filter {
    /// Reads the `filter` parameters of a request.
    pub(crate) fn read<'a>(
        given: impl Iterator<Item = &'a str>,
        behaviour: MetadataBehaviour,
    ) -> Result<Vec<Self>, Refusal> {
        let given: Vec<String> = if behaviour.filters_cut_at_commas {
            cut_at_commas(&given.collect::<Vec<_>>().join(","))
        } else {
            given.map(str::to_owned).collect()
        };
        given.iter().map(|text| Self::parse(text, behaviour)).collect()
    }

    fn parse(text: &str, behaviour: MetadataBehaviour) -> Result<Self, Refusal> {
        let mut parts = text.splitn(3, ':');
        let (path, operator) = (parts.next().unwrap_or_default(), parts.next());
        let Some(operator) = operator else {
            return Err(refused(behaviour, format!("Invalid filter: {text}")));
        };
        let known = OPERATORS.contains(&operator)
            && (operator != "ieq" || behaviour.ieq_operator)
            && (operator != "!empty" || behaviour.not_empty_operator);
        if !known {
            return Err(refused(behaviour, format!("`{operator}` is not a valid operator.")));
        }
        let value = parts.next();
        if value.is_none() && !matches!(operator, "null" | "!null" | "empty" | "!empty" | "isnull" | "isnotnull") {
            return Err(Refusal::new(500, "Index 2 out of bounds for length 2"));
        }
        let value = value.unwrap_or_default();
        if matches!(operator, "in" | "!in") && !(value.starts_with('[') && value.ends_with(']')) {
            return Err(refused(behaviour, format!("Collection size must be integer `{value}`")));
        }
        Ok(Self {
            path: path.split('.').map(str::to_owned).collect(),
            operator: operator.to_owned(),
            value: value.to_owned(),
        })
    }

    /// Refuses a property that no object of the kind has.
    pub(crate) fn check(&self, world: &World, plural: &str, behaviour: MetadataBehaviour) -> Result<(), Refusal> {
        let property = self.path.first().map_or("", String::as_str);
        let attribute = behaviour.attribute_filters && dhis2_api::Uid::parse(property).is_ok();
        let known = attribute
            || COMMON.contains(&property)
            || world.metadata.knows_key(plural, property)
            || derived_keys(plural).any(|key| key == property);
        if known { Ok(()) } else { Err(refused(behaviour, format!("Unknown path property: {property}"))) }
    }

    /// Whether an object meets the condition.
    pub(crate) fn matches(&self, world: &World, plural: &str, object: &Json) -> bool {
        let mut found = Vec::new();
        values(world, plural, object, &self.path, &mut found);
        match self.operator.as_str() {
            "null" | "isnull" => found.is_empty(),
            "!null" | "isnotnull" => !found.is_empty(),
            "empty" => found.iter().all(|v| v.items().is_empty()),
            "!empty" => found.iter().any(|v| !v.items().is_empty()),
            operator => {
                let (negated, plain) = match operator.strip_prefix('!') {
                    Some(plain) => (true, plain),
                    None => (matches!(operator, "ne" | "neq"), operator),
                };
                let any = found.iter().any(|value| compare(plain, value, &self.value));
                // A missing value is neither equal nor unequal: SQL's null.
                if negated { !found.is_empty() && !any } else { any }
            }
        }
    }
}

fn refused(behaviour: MetadataBehaviour, message: String) -> Refusal {
    match behaviour.filter_errors {
        FilterErrors::Conflict => Refusal::conflict(message),
        FilterErrors::BadRequest => Refusal::new(400, message).code("E1003"),
    }
}

/// Cuts joined filters at every comma outside brackets; what does not look like a filter then vanishes.
fn cut_at_commas(joined: &str) -> Vec<String> {
    let mut depth = 0usize;
    let pieces = joined.split(|c| {
        match c {
            '[' => depth += 1,
            ']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        c == ',' && depth == 0
    });
    let like_a_filter = |piece: &&str| {
        piece.split_once(':').is_some_and(|(path, rest)| {
            !path.is_empty() && path.chars().all(|c| c.is_alphanumeric() || c == '.' || c == '_') && !rest.is_empty()
        })
    };
    pieces.filter(like_a_filter).map(str::to_owned).collect()
}

/// The values at the end of a path; of a list those of every item.
fn values(world: &World, plural: &str, object: &Json, path: &[String], found: &mut Vec<Json>) {
    let Some((key, rest)) = path.split_first() else { return };
    let value = object.get(key).cloned().or_else(|| derive(world, plural, object, key)).or_else(|| {
        // A property of a uid's shape is an attribute.
        let of_this = |held: &&Json| held.get("attribute").and_then(|a| a.text_of("id")) == Some(key);
        object.list_of("attributeValues").iter().find(of_this)?.get("value").cloned()
    });
    let Some(value) = value else { return };
    if rest.is_empty() {
        if value != Json::Null {
            found.push(value);
        }
        return;
    }
    let items = if let Json::List(items) = &value { items.as_slice() } else { std::slice::from_ref(&value) };
    for item in items {
        let target = item.text_of("id").and_then(|id| world.metadata.find_with_kind(id));
        let (plural, item) = target.unwrap_or(("", item));
        values(world, plural, item, rest, found);
    }
}

fn compare(operator: &str, value: &Json, wanted: &str) -> bool {
    if let Json::List(items) = value {
        // The size of a collection is what these compare.
        let size = u64::try_from(items.len()).unwrap_or(u64::MAX);
        return compare(operator, &Json::number(size), wanted);
    }
    let text = text_of(value);
    let (lower, wanted_lower) = (text.to_lowercase(), wanted.to_lowercase());
    let order = || order(value, &text, wanted);
    match operator {
        "eq" | "ne" | "neq" => order() == Ordering::Equal,
        "ieq" => lower == wanted_lower,
        "gt" => order() == Ordering::Greater,
        "ge" | "gte" => order() != Ordering::Less,
        "lt" => order() == Ordering::Less,
        "le" | "lte" => order() != Ordering::Greater,
        "like" => text.contains(wanted),
        "$like" => text.starts_with(wanted),
        "like$" => text.ends_with(wanted),
        "ilike" => lower.contains(&wanted_lower),
        "$ilike" | "startsWith" | "startswith" | "istartsWith" => lower.starts_with(&wanted_lower),
        "ilike$" | "endsWith" | "endswith" | "iendsWith" => lower.ends_with(&wanted_lower),
        "token" => wanted_lower.split_whitespace().all(|token| lower.contains(token)),
        // Every comma cuts, in all versions.
        "in" => wanted.trim_matches(['[', ']']).split(',').any(|one| one == text),
        "iin" => wanted_lower.trim_matches(['[', ']']).split(',').any(|one| one == lower),
        _ => false,
    }
}

fn order(value: &Json, text: &str, wanted: &str) -> Ordering {
    if let (Json::Number(number), Ok(wanted)) = (value, wanted.parse::<f64>()) {
        return number.as_f64().unwrap_or(f64::NAN).total_cmp(&wanted);
    }
    text.cmp(wanted)
}

/// The text that a scalar compares as.
pub(crate) fn text_of(value: &Json) -> String {
    match value {
        Json::Text(text) => text.to_string(),
        Json::Bool(yes) => yes.to_string(),
        Json::Number(number) => number.to_string(),
        other => other.text_of("id").unwrap_or_default().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use dhis2_api::dialect::behaviour::ServerBehaviour;

    use super::*;

    fn parsed(version: &str, given: &[&str]) -> Result<Vec<String>, Refusal> {
        let behaviour = ServerBehaviour::of(&dhis2_api::Version::parse(version).unwrap()).metadata;
        let filters = Filter::read(given.iter().copied(), behaviour)?;
        Ok(filters.iter().map(|f| format!("{}|{}|{}", f.path.join("."), f.operator, f.value)).collect())
    }

    /// wire document, section 5.1: "≥2.42 parses repeated `filter` by a regex on the comma-joined string: a value containing
    /// a comma outside `[...]` is cut there … ≤2.41 repeated `filter` parameters are taken verbatim"
    #[test]
    fn values_with_commas_are_cut_from_2_42() {
        assert_eq!(parsed("2.41.9.1", &["name:eq:A, b"]).unwrap(), ["name|eq|A, b"]);
        assert_eq!(parsed("2.42.5.2", &["name:eq:A, b"]).unwrap(), ["name|eq|A"]);
        assert_eq!(parsed("2.42.5.2", &["id:in:[a,b]", "level:gt:1"]).unwrap(), ["id|in|[a,b]", "level|gt|1"]);
    }

    #[test]
    fn operators_that_a_version_lacks_are_refused_in_its_way() {
        let status = |version, given: &[&str]| parsed(version, given).unwrap_err().status;
        assert_eq!(status("2.41.9.1", &["name:nope:1"]), 409);
        assert_eq!(status("2.42.5.2", &["name:nope:1"]), 400);
        assert_eq!(status("2.41.9.1", &["groups:!empty"]), 409);
        assert!(parsed("2.42.5.2", &["groups:!empty"]).is_ok());
        assert_eq!(status("2.42.5.2", &["name:eq"]), 500);
        assert_eq!(status("2.42.5.2", &["name:in:X"]), 400);
    }
}
