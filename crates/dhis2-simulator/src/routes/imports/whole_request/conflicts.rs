//! How conflicts of 2.43 are worded. E8002, E8020 to E8024, E8031, E8100, E8102, E8105, E8120, E8122 and E8128 were
//! recorded; the other wordings follow their style.

use crate::routes::imports::summary::Conflict;

/// Why a request is refused as a whole.
pub(super) enum Refused {
    /// A period that cannot be read.
    Period(String),
    /// A conflict about all rows.
    Group { code: &'static str, arguments: Vec<String> },
}

impl Refused {
    pub(super) fn group<const N: usize>(code: &'static str, arguments: [String; N]) -> Self {
        Self::Group { code, arguments: arguments.into() }
    }
}

/// The wording of a code, with places for its arguments.
fn wording(code: &str) -> &'static str {
    match code {
        "E8000" => "Only {0} of {1} values are valid and an atomic import takes all or none",
        "E8002" => "Data set detection failed, found multiple sets: `{0}`",
        "E8003" => "Data set detection failed, found no set for data element(s): `{0}`",
        "E8004" => "Data set is not a valid UID: `{0}`",
        "E8005" => "Data set not found: `{0}`",
        "E8011" => "User has no write access to org unit(s): `{0}`",
        "E8020" => "Data set {0} not usable with data element(s): `{1}`",
        "E8021" => "Data set {0} not usable with period(s): `{1}`",
        "E8022" => "Data set {0} not usable with org unit(s): `{1}`",
        "E8023" => "Data set {0} not usable with attribute option combo(s): `{1}`",
        "E8024" => "Data set {0} + data element {1} not usable with category option combo(s): `{2}`",
        "E8025" => "Attribute option combo {0} not usable with org unit(s): `{1}`",
        "E8030" => "Data set {0} not open for data entry of period(s): `{1}`",
        "E8031" => "Untimely data entry for org unit {0} and period(s): `{1}`",
        "E8032" => "Untimely data entry for attribute option combo {0} and period(s): `{1}`",
        "E8100" => "Value #{0} period not defined in group or value: `{1}`",
        "E8102" => "Value #{0} data element not defined in group or value: `{1}`",
        "E8103" => "Value #{0} data element not found: `{1}`",
        "E8104" => "Value #{0} data element is not a valid UID: `{1}`",
        "E8105" => "Value #{0} org unit not defined in group or value: `{1}`",
        "E8106" => "Value #{0} org unit is not a valid UID: `{1}`",
        "E8107" => "Value #{0} org unit not found: `{1}`",
        "E8108" => "Value #{0} category option combo not found: `{1}`",
        "E8109" => "Value #{0} category option combo is not a valid UID: `{1}`",
        "E8110" => "Value #{0} attribute option combo not found: `{1}`",
        "E8111" => "Value #{0} attribute option combo is not a valid UID: `{1}`",
        "E8120" => "Value #{0} value is required",
        "E8121" => "Value #{0} value or comment is required",
        "E8122" => "Value #{0} value `{1}` is no valid {2}: {3}",
        "E8123" => "Value #{0} value `{1}` is no valid option of data element `{2}`",
        "E8124" => "Value #{0} comment `{1}` is no valid option",
        "E8125" => "Value #{0} comment is longer than {1} characters",
        "E8128" => "Value #{0} all affect the same data value: `{1}`",
        _ => "",
    }
}

/// A conflict about these rows. What it is about stands in one text.
pub(super) fn conflict(code: &'static str, arguments: &[String], indexes: Vec<i64>) -> Conflict {
    let mut message = String::new();
    // Arguments may hold braces themselves, so places are filled from left to right.
    let mut rest = wording(code);
    while let Some((before, after)) = rest.split_once('{') {
        let (place, after) = after.split_once('}').unwrap_or((after, ""));
        let argument = place.parse::<usize>().ok().and_then(|place| arguments.get(place));
        message.push_str(before);
        message.push_str(argument.map_or("null", String::as_str));
        rest = after;
    }
    message.push_str(rest);
    Conflict { code, objects: vec![("args", arguments.join("-"))], property: None, message, indexes }
}
