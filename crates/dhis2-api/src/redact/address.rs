//! Paths and parameters.

use std::collections::HashMap;

use super::keys::{Kind, Rule, of_param};
use super::mask::{escaped, mask};
use super::{RedactedRequest, Redaction};
use crate::uid::Uid;

/// Below these a path names no object.
const NO_OBJECTS: [&str; 5] = ["analytics", "metadata", "schemas", "system", "systemSettings"];

/// Where filters compare with this, the values are no more than ids of metadata and numbers.
const COMPARED: [&str; 3] = ["id", "level", "path"];

pub(super) fn asked(redaction: &Redaction, path: &str, params: &[(String, String)]) -> RedactedRequest {
    let segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
    let numbered = segments.first().is_some_and(|first| first.bytes().all(|sign| sign.is_ascii_digit()));
    let (number, segments) = segments.split_at(usize::from(numbered));
    let kind = match segments.first().map(|first| first.strip_suffix(".json").unwrap_or(first)) {
        Some("tracker" | "events" | "enrollments" | "trackedEntityInstances" | "relationships") => Kind::Tracker,
        Some("me" | "users" | "userLookup" | "account") => Kind::Accounts,
        _ => Kind::Metadata,
    };
    let known = match segments.first() {
        Some(&"tracker") => 2,
        Some(first) if NO_OBJECTS.contains(first) => segments.len(),
        _ => 1,
    };
    let mut asked = RedactedRequest { path: String::new(), params: Vec::new(), kind, ids: HashMap::new() };
    let path =
        number.iter().map(|number| (*number).to_owned()).chain(segments.iter().enumerate().map(|(place, segment)| {
            if place < known {
                return if is_name(segment) { (*segment).to_owned() } else { mask(segment) };
            }
            let rule = if kind == Kind::Metadata { Rule::Stays } else { Rule::OtherIds };
            asked.ids(redaction, rule, segment)
        }));
    let path = path.collect::<Vec<_>>().join("/");
    let params = params.iter().map(|(name, value)| (name.clone(), asked.param(redaction, name, value))).collect();
    RedactedRequest { path, params, ..asked }
}

fn is_name(segment: &str) -> bool {
    segment.len() <= 60 && segment.bytes().all(|sign| sign.is_ascii_alphanumeric() || b"._-".contains(&sign))
}

impl RedactedRequest {
    fn param(&mut self, redaction: &Redaction, name: &str, value: &str) -> String {
        match (name, of_param(name)) {
            ("filter" | "filterAttributes" | "attribute", _) => self.filter(redaction, value),
            ("dimension", _) => self.dimension(redaction, value),
            (_, Rule::Stays) => {
                self.ids(redaction, Rule::Stays, value);
                value.to_owned()
            }
            (_, Rule::OtherIds) => self.ids(redaction, Rule::OtherIds, value),
            (_, Rule::Masked | Rule::Words) => mask(value),
        }
    }

    /// The ids in a text, which the answer may repeat: as they are, or others. What is no id is masked.
    fn ids(&mut self, redaction: &Redaction, rule: Rule, text: &str) -> String {
        escaped(text, |word| {
            let uid = Uid::parse(word).ok()?;
            let other = if rule == Rule::Stays { uid } else { redaction.other(uid) };
            self.ids.insert(uid, other);
            Some(other.to_string())
        })
    }

    /// `property:operator:value`: the value stays where it is an id of metadata.
    fn filter(&mut self, redaction: &Redaction, filter: &str) -> String {
        let mut parts = filter.splitn(3, ':');
        let (Some(property), Some(operator)) = (parts.next(), parts.next()) else { return mask(filter) };
        let property = if property.bytes().all(|sign| sign.is_ascii_alphanumeric() || b"._".contains(&sign)) {
            property.to_owned()
        } else {
            mask(property)
        };
        let operator = if operator.bytes().all(|sign| sign.is_ascii_alphabetic() || sign == b'!') {
            operator.to_owned()
        } else {
            mask(operator)
        };
        let Some(value) = parts.next() else { return format!("{property}:{operator}") };
        let last = property.rsplit('.').next().unwrap_or_default();
        let value = match self.kind {
            Kind::Metadata if last == "level" && value.bytes().all(|sign| sign.is_ascii_digit()) => value.to_owned(),
            Kind::Metadata if COMPARED.contains(&last) => self.ids(redaction, Rule::Stays, value),
            _ => mask(value),
        };
        format!("{property}:{operator}:{value}")
    }

    /// `dx:a;b`, `pe:202401`, `ou:LEVEL-2;a`; with an operator it compares values.
    fn dimension(&mut self, redaction: &Redaction, dimension: &str) -> String {
        match dimension.split_once(':') {
            Some((_, items)) if items.contains(':') => mask(dimension),
            _ => {
                self.ids(redaction, Rule::Stays, dimension);
                dimension.to_owned()
            }
        }
    }
}
