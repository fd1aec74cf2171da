//! `filter=UID:op:value[:op:value]`: conditions on the values of events and of attributes.

use std::collections::HashMap;

use super::params::refused;
use crate::answer::Refusal;
use crate::server::{Call, Server};
use crate::world::texts::Text;
use crate::world::tracker::{Event, TrackedEntity};

/// What a filter is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Filtered {
    DataElements,
    Attributes,
}

/// A condition on the value of one data element or attribute.
#[derive(Debug)]
pub(crate) struct ValueFilter {
    element: Text,
    conditions: Vec<(String, String)>,
    numeric: bool,
    /// Of an element with options: the name of each code, both in lower case.
    options: Option<HashMap<String, String>>,
}

const OPERATORS: [&str; 17] = [
    "eq", "ieq", "ne", "neq", "nieq", "gt", "ge", "lt", "le", "like", "nlike", "ilike", "nilike", "in", "sw", "ew",
    "null",
];

impl ValueFilter {
    /// The filters in all parameters of this name.
    pub(crate) fn read(call: &Call<'_>, parameter: &str, on: Filtered) -> Result<Vec<Self>, Refusal> {
        let mut filters = Vec::new();
        for given in call.query.all(parameter) {
            for part in cut(given, ',', call.server.behaviour.events.filter_escapes) {
                if let Some(filter) = Self::parse(call, &part, on)? {
                    filters.push(filter);
                }
            }
        }
        Ok(filters)
    }

    fn parse(call: &Call<'_>, text: &str, on: Filtered) -> Result<Option<Self>, Refusal> {
        let behaviour = &call.server.behaviour.events;
        let world = &call.server.world;
        let mut parts = cut(text, ':', behaviour.filter_escapes).into_iter();
        let uid = parts.next().unwrap_or_default();
        let (kind, name) = match on {
            Filtered::DataElements => ("dataElements", "Data element"),
            Filtered::Attributes => ("trackedEntityAttributes", "Attribute"),
        };
        let element = world.metadata.find_of(kind, &uid);
        let Some((object, element)) = element.zip(world.texts.find(&uid)) else {
            return Err(refused(call, format!("{name} does not exist: {uid}")));
        };
        let mut conditions = Vec::new();
        let mut parts = parts.peekable();
        while let Some(operator) = parts.next() {
            let operator = operator.to_lowercase();
            if matches!(operator.as_str(), "null" | "!null") && behaviour.null_operators {
                conditions.push((operator, String::new()));
                continue;
            }
            let known = OPERATORS.contains(&operator.as_str()) && operator != "null";
            let Some(value) = parts.next().filter(|_| known) else {
                return Err(Refusal::new(400, format!("Query item or filter is invalid: {text}")));
            };
            conditions.push((operator, value));
        }
        if conditions.len() > behaviour.filter_operators {
            let message = match behaviour.filter_operators {
                2 => "Query item or filter is invalid".to_owned(),
                _ => "A maximum of three operators can be used in a filter.".to_owned(),
            };
            return Err(refused(call, message));
        }
        if conditions.is_empty() && behaviour.bare_filter_ignored && on == Filtered::DataElements {
            return Ok(None);
        }
        let numeric = object.text_of("valueType").is_some_and(|kind| {
            matches!(kind, "NUMBER" | "UNIT_INTERVAL" | "PERCENTAGE") || kind.starts_with("INTEGER")
        });
        let set = object.get("optionSet").and_then(|set| set.text_of("id"));
        // Attributes are compared by what is stored.
        let options = set.filter(|_| on == Filtered::DataElements).map(|set| {
            let of_set = world.metadata.list("options").iter();
            let of_set = of_set.filter(|option| option.get("optionSet").and_then(|s| s.text_of("id")) == Some(set));
            let lower = |option: &crate::json::Json, key| option.text_of(key).unwrap_or_default().to_lowercase();
            of_set.map(|option| (lower(option, "code"), lower(option, "name"))).collect()
        });
        Ok(Some(Self { element, conditions, numeric, options }))
    }

    /// Whether an event's value is as wanted.
    pub(crate) fn matches(&self, server: &Server, event: &Event) -> bool {
        let held = event.values.iter().find(|value| value.element == self.element);
        self.holds(server, held.map(|held| held.value))
    }

    /// Whether a tracked entity's value is as wanted.
    pub(crate) fn matches_entity(&self, server: &Server, entity: &TrackedEntity) -> bool {
        let held = entity.attributes.iter().find(|value| value.attribute == self.element);
        self.holds(server, held.map(|held| held.value))
    }

    fn holds(&self, server: &Server, held: Option<Text>) -> bool {
        let wants_nothing = self.conditions.iter().any(|(operator, _)| operator == "null");
        let Some(held) = held else { return wants_nothing };
        let code = server.world.texts.get(held).to_lowercase();
        let name = match &self.options {
            // The join drops an event whose code is no option.
            Some(options) => match options.get(&code) {
                Some(name) => Some(name),
                None => return false,
            },
            None => None,
        };
        let by_name = server.behaviour.events.filter_by_option_name;
        self.conditions.iter().all(|(operator, wanted)| {
            let value = match name {
                Some(name) if by_name && operator != "in" => name,
                _ => &code,
            };
            self.compare(operator, value, &wanted.to_lowercase())
        })
    }

    fn compare(&self, operator: &str, value: &str, wanted: &str) -> bool {
        use std::cmp::Ordering::{Equal, Greater, Less};
        let order = || match (self.numeric, value.parse::<f64>(), wanted.parse::<f64>()) {
            (true, Ok(value), Ok(wanted)) => value.total_cmp(&wanted),
            _ => value.cmp(wanted),
        };
        match operator {
            "eq" | "ieq" => order() == Equal,
            "ne" | "neq" | "nieq" => order() != Equal,
            "gt" => order() == Greater,
            "ge" => order() != Less,
            "lt" => order() == Less,
            "le" => order() != Greater,
            "like" | "ilike" => value.contains(wanted),
            "nlike" | "nilike" => !value.contains(wanted),
            "sw" => value.starts_with(wanted),
            "ew" => value.ends_with(wanted),
            "in" => wanted.split(';').any(|one| one == value),
            // `!null`: there is a value.
            "!null" => true,
            _ => false,
        }
    }
}

/// Cuts at a character unless a slash stands before it; the slashes go. Where there are no escapes it cuts at every one.
fn cut(text: &str, at: char, with_escapes: bool) -> Vec<String> {
    if !with_escapes {
        return text.split(at).map(str::to_owned).collect();
    }
    let mut parts = vec![String::new()];
    let mut escaped = false;
    for c in text.chars() {
        let Some(last) = parts.last_mut() else { break };
        if escaped {
            // Only at the innermost level are the escapes of both separators taken away.
            if at == ',' || !matches!(c, ',' | ':' | '/') {
                last.push('/');
            }
            last.push(c);
            escaped = false;
        } else if c == '/' {
            escaped = true;
        } else if c == at {
            parts.push(String::new());
        } else {
            last.push(c);
        }
    }
    if escaped && let Some(last) = parts.last_mut() {
        last.push('/');
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    /// wire document, section 1.3: "Escape `,` `:` `/` inside values as `/,` `/:` `//`"
    #[test]
    fn escaped_separators_belong_to_the_value() {
        let filters = cut("A:eq:x/,y,B:like:a/:b:sw://", ',', true);
        assert_eq!(filters.len(), 2);
        assert_eq!(cut(&filters[0], ':', true), ["A", "eq", "x,y"]);
        assert_eq!(cut(&filters[1], ':', true), ["B", "like", "a:b", "sw", "/"]);
        assert_eq!(cut("A:eq:x/,y", ',', false), ["A:eq:x/", "y"]);
    }
}
