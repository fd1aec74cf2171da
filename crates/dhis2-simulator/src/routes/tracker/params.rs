//! Reading parameters, and refusing what cannot be read as each version words it.

use dhis2_api::dialect::behaviour::{TrackerErrors, TypeErrors};

use crate::answer::Refusal;
use crate::fields::Fields;
use crate::server::Call;
use crate::time::SentTime;
use crate::world::texts::Text;

/// A refusal of the tracker's own: 409 up to 2.39, 400 with E1003 later.
pub(crate) fn refused(call: &Call<'_>, message: impl Into<String>) -> Refusal {
    match call.server.behaviour.events.errors {
        TrackerErrors::Conflict => Refusal::conflict(message),
        TrackerErrors::Coded | TrackerErrors::CheckedParameters => Refusal::new(400, message).code("E1003"),
    }
}

/// A refusal for want of access: 409 up to 2.39, 403 with E1006 later.
pub(crate) fn forbidden(call: &Call<'_>, message: impl Into<String>) -> Refusal {
    match call.server.behaviour.events.errors {
        TrackerErrors::Conflict => Refusal::conflict(message),
        TrackerErrors::Coded | TrackerErrors::CheckedParameters => Refusal::new(403, message).code("E1006"),
    }
}

pub(crate) fn malformed_uid(parameter: &str, given: &str) -> Refusal {
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
pub(crate) fn uid(call: &Call<'_>, parameter: &str) -> Result<Option<String>, Refusal> {
    let Some(given) = text(call, parameter) else { return Ok(None) };
    let checked = call.server.behaviour.events.errors == TrackerErrors::CheckedParameters;
    if checked && dhis2_api::Uid::parse(&given).is_err() {
        return Err(malformed_uid(parameter, &given));
    }
    Ok(Some(given))
}

/// The texts of a comma list of uids, checked where uids are.
pub(crate) fn uids(call: &Call<'_>, parameter: &str) -> Result<Option<Vec<Option<Text>>>, Refusal> {
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
pub(crate) fn word(call: &Call<'_>, parameter: &str, words: &[&'static str]) -> Result<Option<&'static str>, Refusal> {
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
pub(crate) fn time(call: &Call<'_>, parameter: &str) -> Result<Option<SentTime>, Refusal> {
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
pub(crate) fn number(call: &Call<'_>, parameter: &str) -> Result<Option<i64>, Refusal> {
    let Some(given) = call.query.filled(parameter) else { return Ok(None) };
    let wrong = |_| {
        let message = format!("Value '{given}' is not valid for parameter {parameter}. For input string: \"{given}\"");
        Refusal::new(400, message)
    };
    given.parse().map(Some).map_err(wrong)
}

/// The uids in a list whose old spelling (to 2.41) is cut at semicolons and whose new one (2.41 and later) at commas. The
/// spelling of another version is not looked at.
pub(crate) fn uid_list(call: &Call<'_>, old: &str, new: &str) -> Result<Option<Vec<String>>, Refusal> {
    let params = &call.server.behaviour.events.params;
    let given = text(call, old).filter(|_| params.old_names);
    let listed = if params.new_names { uids(call, new)? } else { None };
    match (given, listed) {
        (Some(_), Some(_)) => Err(refused(
            call,
            format!(
                "Only one parameter of '{old}' (deprecated; semicolon separated UIDs) and '{new}' (comma separated UIDs) \
                 must be specified. Prefer '{new}' as '{old}' will be removed."
            ),
        )),
        (Some(given), None) => Ok(Some(given.split(';').filter(|uid| !uid.is_empty()).map(str::to_owned).collect())),
        (None, Some(_)) => Ok(Some(call.query.list(new).map(str::to_owned).collect())),
        (None, None) => Ok(None),
    }
}

/// One of the statuses that an enrollment can have.
pub(crate) const ENROLLMENT_STATUSES: [&str; 3] = ["ACTIVE", "COMPLETED", "CANCELLED"];

/// `program`, which has to exist.
pub(crate) fn program(call: &Call<'_>) -> Result<Option<u32>, Refusal> {
    let Some(given) = uid(call, "program")? else { return Ok(None) };
    let world = &call.server.world;
    let found = world.texts.find(&given).and_then(|program| world.tracker.find_program(program));
    found.map(Some).ok_or_else(|| refused(call, format!("Program is specified but does not exist: {given}")))
}

/// `fields`, in the words of the version for none.
pub(crate) fn fields(call: &Call<'_>, default: &str) -> Fields {
    match call.query.first("fields") {
        None => Fields::parse(default),
        Some("") if call.server.behaviour.events.empty_fields_default => Fields::parse(default),
        Some(text) => Fields::parse(text),
    }
}

/// An object that is not there, or not for this account.
pub(crate) fn not_found(call: &Call<'_>, old_kind: &str, kind: &str, uid: &str) -> Refusal {
    if call.server.behaviour.events.errors == TrackerErrors::Conflict {
        Refusal::new(404, format!("{old_kind} not found for uid: {uid}"))
    } else {
        Refusal::new(404, format!("{kind} with id {uid} could not be found.")).code("E1005")
    }
}

/// The uid of a single object's path, checked where uids are.
pub(crate) fn path_uid(call: &Call<'_>, uid: &str) -> Result<(), Refusal> {
    let checked = call.server.behaviour.events.errors == TrackerErrors::CheckedParameters;
    if checked && dhis2_api::Uid::parse(uid).is_err() {
        return Err(malformed_uid("uid", uid));
    }
    Ok(())
}
