//! Turning what was sent into uids and periods, before anything is looked up.

use dhis2_api::Uid;
use dhis2_api::period::Period;

use super::conflicts::Refused;
use crate::routes::imports::ids::Ids;
use crate::routes::imports::request::{Request, Row};

/// A row in uids, whether or not there is anything with these.
pub(super) struct Entry {
    pub(super) index: usize,
    pub(super) element: String,
    pub(super) period: Period,
    pub(super) unit: String,
    pub(super) category_combo: Option<String>,
    pub(super) attribute_combo: Option<String>,
    pub(super) value: Option<String>,
    pub(super) comment: Option<String>,
    pub(super) followup: bool,
    pub(super) deleted: bool,
}

/// A kind of object: the codes for one that is missing, unknown under its scheme, and malformed.
struct Kind {
    missing: &'static str,
    unknown: &'static str,
    malformed: &'static str,
}

const ELEMENT: Kind = Kind { missing: "E8102", unknown: "E8103", malformed: "E8104" };
const UNIT: Kind = Kind { missing: "E8105", unknown: "E8107", malformed: "E8106" };
const CATEGORY_COMBO: Kind = Kind { missing: "", unknown: "E8108", malformed: "E8109" };
const ATTRIBUTE_COMBO: Kind = Kind { missing: "", unknown: "E8110", malformed: "E8111" };

/// The data set of a request, as a uid.
pub(super) fn set(ids: &Ids<'_>, request: &Request) -> Result<Option<String>, Refused> {
    let Some(given) = &request.data_set else { return Ok(None) };
    let uid = ids.set_uid(given).ok_or_else(|| Refused::group("E8005", [given.clone()]))?;
    if Uid::parse(&uid).is_err() {
        return Err(Refused::group("E8004", [uid]));
    }
    Ok(Some(uid))
}

/// The rows of a request; what a row does not say the envelope says. The first that cannot be read refuses all.
pub(super) fn entries(ids: &mut Ids<'_>, request: &Request) -> Result<Vec<Entry>, Refused> {
    let shared_period = period(request.period.as_deref())?;
    let mut entries = Vec::with_capacity(request.rows.len());
    for (index, row) in request.rows.iter().enumerate() {
        let Some(period) = period(row.period.as_deref())?.or(shared_period) else {
            return Err(missing("E8100", index, row));
        };
        let element = row.element.as_deref();
        let element = required(&ELEMENT, index, row, element, |given| ids.element_uid(given))?;
        let unit = row.unit.as_deref().or(request.unit.as_deref());
        let unit = required(&UNIT, index, row, unit, |given| ids.unit_uid(given))?;
        let filled = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
        let category_combo =
            optional(&CATEGORY_COMBO, index, filled(&row.category_combo), |given| ids.category_combo_uid(given))?;
        let attribute_combo = filled(&row.attribute_combo).or_else(|| request.attribute_combo.clone());
        let attribute_combo =
            optional(&ATTRIBUTE_COMBO, index, attribute_combo, |given| ids.attribute_combo_uid(given))?;
        entries.push(Entry {
            index,
            element,
            period,
            unit,
            category_combo,
            attribute_combo,
            value: row.value.clone(),
            comment: row.comment.clone(),
            followup: row.followup.unwrap_or(false),
            deleted: row.deleted.unwrap_or(false),
        });
    }
    Ok(entries)
}

fn period(id: Option<&str>) -> Result<Option<Period>, Refused> {
    let Some(id) = id.filter(|id| !id.is_empty()) else { return Ok(None) };
    let wrong = |_| {
        if (4..=11).contains(&id.len()) {
            format!("Invalid Period `{id}`, failed to create date interval")
        } else {
            format!("Period must be have between 4 and 11 characters but got: `{id}`")
        }
    };
    Period::parse(id).map(Some).map_err(wrong).map_err(Refused::Period)
}

fn missing(code: &'static str, index: usize, row: &Row) -> Refused {
    Refused::group(code, [index.to_string(), shown(row)])
}

/// The uid of an object that a row has to name.
fn required(
    kind: &Kind,
    index: usize,
    row: &Row,
    given: Option<&str>,
    find: impl FnOnce(&str) -> Option<String>,
) -> Result<String, Refused> {
    let Some(given) = given else { return Err(missing(kind.missing, index, row)) };
    decoded(kind, index, given, find)
}

/// The uid of an object that a row need not name.
fn optional(
    kind: &Kind,
    index: usize,
    given: Option<String>,
    find: impl FnOnce(&str) -> Option<String>,
) -> Result<Option<String>, Refused> {
    given.map(|given| decoded(kind, index, &given, find)).transpose()
}

fn decoded(
    kind: &Kind,
    index: usize,
    given: &str,
    find: impl FnOnce(&str) -> Option<String>,
) -> Result<String, Refused> {
    let about = |given: &str| [index.to_string(), given.to_owned()];
    let uid = find(given).ok_or_else(|| Refused::group(kind.unknown, about(given)))?;
    match Uid::parse(&uid) {
        Ok(_) => Ok(uid),
        Err(_) => Err(Refused::group(kind.malformed, about(&uid))),
    }
}

/// A row as 2.43 shows it in messages.
fn shown(row: &Row) -> String {
    let text = |text: &Option<String>| text.clone().unwrap_or_else(|| "null".to_owned());
    let flag = |flag: Option<bool>| flag.map_or_else(|| "null".to_owned(), |flag| flag.to_string());
    format!(
        "Input[dataElement={}, orgUnit={}, categoryOptionCombo={}, categoryOptions=null, attributeOptionCombo={}, \
         attributeCombo=null, attributeOptions=null, period={}, value={}, comment={}, followUp={}, deleted={}]",
        text(&row.element),
        text(&row.unit),
        text(&row.category_combo),
        text(&row.attribute_combo),
        text(&row.period),
        text(&row.value),
        text(&row.comment),
        flag(row.followup),
        flag(row.deleted),
    )
}
