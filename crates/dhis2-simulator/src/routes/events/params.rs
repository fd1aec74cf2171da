//! Reading parameters, and refusing what cannot be read as each version words it.

use dhis2_api::dialect::behaviour::{TrackerErrors, TypeErrors};

use crate::answer::Refusal;
use crate::server::Call;
use crate::time::SentTime;
use crate::world::texts::Text;

/// A refusal of the tracker's own: 409 up to 2.39, 400 with E1003 later.
pub(super) fn refused(call: &Call<'_>, message: impl Into<String>) -> Refusal {
    match call.server.behaviour.events.errors {
        TrackerErrors::Conflict => Refusal::conflict(message),
        TrackerErrors::Coded | TrackerErrors::CheckedParameters => Refusal::new(400, message).code("E1003"),
    }
}

/// A refusal for want of access: 409 up to 2.39, 403 with E1006 later.
pub(super) fn forbidden(call: &Call<'_>, message: impl Into<String>) -> Refusal {
    match call.server.behaviour.events.errors {
        TrackerErrors::Conflict => Refusal::conflict(message),
        TrackerErrors::Coded | TrackerErrors::CheckedParameters => Refusal::new(403, message).code("E1006"),
    }
}

pub(super) fn malformed_uid(parameter: &str, given: &str) -> Refusal {
    Refusal::new(
        400,
        format!(
            "Value '{given}' is not valid for parameter {parameter}. UID must be an alphanumeric string of 11 characters \
             starting with a letter, but was: {given}"
        ),
    )
}

/// The text of a parameter that takes one value. Given twice, old servers read `a,b` and later ones the first.
fn text(call: &Call<'_>, parameter: &str) -> Option<String> {
    if call.server.behaviour.events.repeated_joined {
        let all: Vec<_> = call.query.all(parameter).collect();
        return Some(all.join(",")).filter(|text| !text.is_empty());
    }
    call.query.filled(parameter).map(str::to_owned)
}

/// The uid in a parameter that takes one; malformed ones are refused where uids are checked as they are read.
pub(super) fn uid(call: &Call<'_>, parameter: &str) -> Result<Option<String>, Refusal> {
    let Some(given) = text(call, parameter) else { return Ok(None) };
    let checked = call.server.behaviour.events.errors == TrackerErrors::CheckedParameters;
    if checked && dhis2_api::Uid::parse(&given).is_err() {
        return Err(malformed_uid(parameter, &given));
    }
    Ok(Some(given))
}

/// The texts of a comma list of uids, checked where uids are.
pub(super) fn uids(call: &Call<'_>, parameter: &str) -> Result<Option<Vec<Option<Text>>>, Refusal> {
    if call.query.filled(parameter).is_none() {
        return Ok(None);
    }
    let checked = call.server.behaviour.events.errors == TrackerErrors::CheckedParameters;
    if checked && call.query.all(parameter).count() > 1 && call.query.all(parameter).any(|value| value.contains(',')) {
        return Err(Refusal::new(
            400,
            format!(
                "You likely repeated request parameter '{parameter}' and used multiple comma-separated values within at \
                 least one of its values. Choose one of these approaches."
            ),
        ));
    }
    let mut found = Vec::new();
    for given in call.query.list(parameter) {
        if checked && dhis2_api::Uid::parse(given).is_err() {
            return Err(malformed_uid(parameter, given));
        }
        found.push(call.server.world.texts.find(given));
    }
    Ok(Some(found))
}

/// One of several words.
pub(super) fn word(call: &Call<'_>, parameter: &str, words: &[&'static str]) -> Result<Option<&'static str>, Refusal> {
    let Some(given) = text(call, parameter) else { return Ok(None) };
    if let Some(known) = words.iter().find(|word| **word == given) {
        return Ok(Some(known));
    }
    let valid = format!("Valid values are: [{}]", words.join(", "));
    let message = match call.server.behaviour.events.type_errors {
        TypeErrors::Date | TypeErrors::StartDateTime => format!("Value {given} is not a valid {parameter}. {valid}"),
        TypeErrors::Parameter => format!("Value '{given}' is not valid for parameter {parameter}. {valid}"),
    };
    Err(Refusal::new(400, message))
}

/// A time, in any of the accepted forms.
pub(super) fn time(call: &Call<'_>, parameter: &str) -> Result<Option<SentTime>, Refusal> {
    let Some(given) = call.query.first(parameter) else { return Ok(None) };
    let wrong = || {
        Refusal::new(
            400,
            match call.server.behaviour.events.type_errors {
                TypeErrors::Date => format!("Value {given} is not a valid Date."),
                TypeErrors::StartDateTime => {
                    let kind = if parameter.ends_with("Before") { "EndDateTime" } else { "StartDateTime" };
                    format!("Value {given} is not a valid {kind}.")
                }
                TypeErrors::Parameter => {
                    format!("Value '{given}' is not valid for parameter {parameter}. Invalid format: \"{given}\"")
                }
            },
        )
    };
    let compact = given.len() == 8 && given.bytes().all(|b| b.is_ascii_digit());
    if compact && call.server.behaviour.events.compact_dates_fail {
        return Err(Refusal::new(500, format!("ERROR: timestamp out of range: \"{given}-01-01 00:00:00+00\"")));
    }
    SentTime::parse(given).map(Some).ok_or_else(wrong)
}

/// A whole number.
pub(super) fn number(call: &Call<'_>, parameter: &str) -> Result<Option<i64>, Refusal> {
    let Some(given) = call.query.filled(parameter) else { return Ok(None) };
    let wrong = |_| {
        let message = format!("Value '{given}' is not valid for parameter {parameter}. For input string: \"{given}\"");
        Refusal::new(400, message)
    };
    given.parse().map(Some).map_err(wrong)
}
