//! Checks that all questions share, made before anything is sent.

use chrono::NaiveDate;
use dhis2_api::datetime::parse_date;
use dhis2_api::{ApiError, Uid};

use crate::error::QueryError;

/// A uid; `None` where nothing, or blanks, were given.
pub(crate) fn uid(parameter: &'static str, text: Option<&str>) -> Result<Option<Uid>, QueryError> {
    let text = text.map(str::trim).filter(|text| !text.is_empty());
    text.map(|text| Uid::parse(text).map_err(malformed(parameter))).transpose()
}

/// The program, which must be there.
pub(crate) fn program(text: Option<&str>) -> Result<Uid, QueryError> {
    uid("program", text)?.ok_or(QueryError::NoProgram)
}

/// At least one unit, each once: named twice, its objects would come twice.
pub(crate) fn org_units(texts: &[String]) -> Result<Vec<Uid>, QueryError> {
    let mut units: Vec<Uid> = Vec::new();
    for text in texts {
        let unit = Uid::parse(text.trim()).map_err(malformed("organisation unit"))?;
        if !units.contains(&unit) {
            units.push(unit);
        }
    }
    if units.is_empty() { Err(QueryError::NoOrgUnit) } else { Ok(units) }
}

/// A date, if one was given.
pub(crate) fn date(parameter: &'static str, text: Option<&str>) -> Result<Option<NaiveDate>, QueryError> {
    text.map(|text| parse_date(text.trim()).map_err(malformed(parameter))).transpose()
}

/// The size of pages.
pub(crate) fn page_size(asked: Option<u32>, usual: u32) -> Result<u32, QueryError> {
    match asked.unwrap_or(usual) {
        0 => Err(QueryError::PageSize),
        size => Ok(size),
    }
}

pub(crate) fn malformed(parameter: &'static str) -> impl Fn(ApiError) -> QueryError {
    move |source| QueryError::Malformed { parameter, source }
}
