//! Checks that all questions share, made before anything is sent.

use std::collections::HashSet;

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
    match uids("organisation unit", texts)? {
        none if none.is_empty() => Err(QueryError::NoOrgUnit),
        units => Ok(units),
    }
}

/// Units, each once; none are needed where objects are named themselves.
pub(crate) fn units_or(texts: &[String], objects: &[Uid]) -> Result<Vec<Uid>, QueryError> {
    if texts.is_empty() && !objects.is_empty() { Ok(Vec::new()) } else { org_units(texts) }
}

/// Uids, each once.
pub(crate) fn uids(parameter: &'static str, texts: &[String]) -> Result<Vec<Uid>, QueryError> {
    let mut seen = HashSet::new();
    let all = texts.iter().map(|text| Uid::parse(text.trim()).map_err(malformed(parameter)));
    all.filter(|uid| uid.as_ref().map_or(true, |uid| seen.insert(*uid))).collect()
}

/// Two days of which the first must not be after the last.
pub(crate) fn days(
    names: [&'static str; 2],
    after: Option<&str>,
    before: Option<&str>,
) -> Result<(Option<NaiveDate>, Option<NaiveDate>), QueryError> {
    let (after, before) = (date(names[0], after)?, date(names[1], before)?);
    match (after, before) {
        (Some(after), Some(before)) if after > before => Err(QueryError::AfterBeforeBefore { after, before }),
        days => Ok(days),
    }
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
