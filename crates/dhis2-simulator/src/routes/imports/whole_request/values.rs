//! Whether the elements take the values: a value that is not taken is left out and reported.

use super::conflicts::conflict;
use super::decode::Entry;
use crate::json::Json;
use crate::routes::imports::ids::{Element, Ids};
use crate::routes::imports::summary::Summary;
use crate::routes::imports::value_types;

/// The longest comment that 2.43 stores.
const LONGEST_COMMENT: usize = 5_000;

/// The rows that are left.
pub(super) fn check(ids: &mut Ids<'_>, set: &Json, entries: Vec<Entry>, summary: &mut Summary) -> Vec<Entry> {
    // Deletions alone are not looked at.
    if entries.iter().all(|entry| entry.deleted) {
        return entries;
    }
    let comment_suffices = set.get("noValueRequiresComment").and_then(Json::as_bool).unwrap_or(false);
    let mut left = Vec::with_capacity(entries.len());
    for mut entry in entries {
        let Some(element) = ids.element_by_uid(&entry.element) else { continue };
        entry.value = entry.value.map(|value| usual_flag(value, element.value_type));
        match fault(&entry, &element, comment_suffices) {
            None => left.push(entry),
            Some((code, mut arguments)) => {
                arguments.insert(0, entry.index.to_string());
                let index = i64::try_from(entry.index).unwrap_or(i64::MAX);
                summary.add(conflict(code, &arguments, vec![index]));
                summary.rejected.insert(entry.index);
            }
        }
    }
    left
}

/// The code of what is wrong, and its arguments after the row's position.
fn fault(entry: &Entry, element: &Element<'_>, comment_suffices: bool) -> Option<(&'static str, Vec<String>)> {
    let value = entry.value.as_deref().unwrap_or_default();
    let comment = entry.comment.as_deref().filter(|comment| !comment.is_empty());
    if value.is_empty() {
        // The server takes an empty value where a data set wants a comment instead, but only without the comment.
        if !(entry.deleted || comment_suffices && comment.is_none()) {
            return Some((if comment_suffices { "E8121" } else { "E8120" }, Vec::new()));
        }
    } else {
        if let Some(fault) = value_types::fault(value, element.value_type) {
            let arguments = [value, element.value_type, fault].map(str::to_owned);
            return Some(("E8122", arguments.into()));
        }
        if let Some(options) = &element.options {
            let codes: Vec<&str> =
                if element.value_type == "MULTI_TEXT" { value.split(',').collect() } else { vec![value] };
            if let Some(unknown) = codes.into_iter().find(|code| !options.contains(code)) {
                return Some(("E8123", vec![unknown.to_owned(), element.uid.to_owned()]));
            }
        }
    }
    if let Some(options) = &element.comment_options
        && comment.is_none_or(|comment| !options.contains(comment))
    {
        return Some(("E8124", vec![entry.comment.clone().unwrap_or_else(|| "null".to_owned())]));
    }
    let length = comment.map_or(0, |comment| comment.chars().count());
    (length > LONGEST_COMMENT).then(|| ("E8125", vec![LONGEST_COMMENT.to_string()]))
}

/// A flag as it is stored, whatever it was sent as.
fn usual_flag(value: String, value_type: &str) -> String {
    if !matches!(value_type, "BOOLEAN" | "TRUE_ONLY") {
        return value;
    }
    match value.to_lowercase().as_str() {
        "f" | "n" | "0" | "no" | "false" => "false".to_owned(),
        "t" | "y" | "1" | "yes" | "true" => "true".to_owned(),
        _ => value,
    }
}
