//! A question for data values, checked before anything is sent.

use chrono::NaiveDate;
use dhis2_api::datetime::{Instant, parse_date};
use dhis2_api::period::Period;
use dhis2_api::{ApiError, Uid};
use serde_json::{Value, json};

use crate::age::Age;
use crate::error::QueryError;
use crate::id_schemes::IdSchemes;

/// Which data values to extract. Made by [`DataValueQuery::builder`].
///
/// Data sets, data elements and data element groups are a union, and so are organisation units and groups: a value that
/// several of them select comes once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataValueQuery {
    pub(crate) data_sets: Vec<Uid>,
    pub(crate) data_elements: Vec<Uid>,
    pub(crate) data_element_groups: Vec<Uid>,
    pub(crate) when: When,
    pub(crate) org_units: Vec<Uid>,
    pub(crate) org_unit_groups: Vec<Uid>,
    pub(crate) include_children: bool,
    pub(crate) attribute_option_combos: Vec<Uid>,
    pub(crate) last_updated: Option<Instant>,
    pub(crate) last_updated_duration: Option<Age>,
    pub(crate) include_deleted: bool,
    pub(crate) columns: DataValueColumns,
    pub(crate) id_schemes: IdSchemes,
}

/// Which columns an extract of data values has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum DataValueColumns {
    /// Those of [`DATA_VALUES`](crate::DATA_VALUES).
    #[default]
    Plain,
    /// Those of [`RICH_DATA_VALUES`](crate::RICH_DATA_VALUES): who stored a value, its comment, whether it is marked for
    /// follow-up, whether it is deleted.
    Rich,
}

/// Which periods.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum When {
    /// All that lie wholly inside these days, both included.
    Dates(NaiveDate, NaiveDate),
    /// These.
    Periods(Vec<Period>),
    /// All.
    Any,
}

impl DataValueQuery {
    /// Begins a question.
    ///
    /// ```
    /// use dhis2_aggregate::DataValueQuery;
    ///
    /// let query = DataValueQuery::builder()
    ///     .data_sets(["pPqq629bfL1"])
    ///     .dates("2024-01-01", "2024-12-31")
    ///     .org_units(["KdK92fYEfTw"])
    ///     .include_children(true)
    ///     .build()?;
    /// # Ok::<(), dhis2_aggregate::QueryError>(())
    /// ```
    pub fn builder() -> DataValueQueryBuilder {
        DataValueQueryBuilder::default()
    }

    /// The question for a receipt.
    pub fn to_json(&self) -> Value {
        let mut query = json!({
            "data_sets": self.data_sets,
            "data_elements": self.data_elements,
            "data_element_groups": self.data_element_groups,
            "organisation_units": self.org_units,
            "organisation_unit_groups": self.org_unit_groups,
            "include_children": self.include_children,
        });
        match &self.when {
            When::Dates(start, end) => {
                query["start_date"] = json!(start.to_string());
                query["end_date"] = json!(end.to_string());
            }
            When::Periods(periods) => query["periods"] = json!(periods),
            When::Any => {}
        }
        if !self.attribute_option_combos.is_empty() {
            query["attribute_option_combos"] = json!(self.attribute_option_combos);
        }
        if let Some(instant) = self.last_updated {
            query["last_updated"] = json!(instant.to_string());
        }
        if let Some(age) = self.last_updated_duration {
            query["last_updated_duration"] = json!(age.to_string());
        }
        if self.include_deleted {
            query["include_deleted"] = json!(true);
        }
        query
    }

    /// The same question with other columns.
    ///
    /// ```
    /// use dhis2_aggregate::{DataValueColumns, DataValueQuery};
    ///
    /// let scope = DataValueQuery::builder().data_sets(["pPqq629bfL1"]).periods(["202401"]).org_units(["KdK92fYEfTw"]);
    /// let rich = scope.build()?.with_columns(DataValueColumns::Rich);
    /// # Ok::<(), dhis2_aggregate::QueryError>(())
    /// ```
    pub fn with_columns(&self, columns: DataValueColumns) -> Self {
        Self { columns, ..self.clone() }
    }
}

/// Collects a question; [`DataValueQueryBuilder::build`] checks it.
#[derive(Debug, Clone, Default)]
pub struct DataValueQueryBuilder {
    data_sets: Vec<String>,
    data_elements: Vec<String>,
    data_element_groups: Vec<String>,
    periods: Vec<String>,
    start_date: Option<String>,
    end_date: Option<String>,
    org_units: Vec<String>,
    org_unit_groups: Vec<String>,
    include_children: bool,
    attribute_option_combos: Vec<String>,
    last_updated: Option<String>,
    last_updated_duration: Option<String>,
    include_deleted: bool,
    columns: Option<DataValueColumns>,
    id_schemes: IdSchemes,
}

// Shared with the questions for analytics.
macro_rules! lists {
    ($($(#[$doc:meta])* $name:ident)*) => { $(
        $(#[$doc])*
        pub fn $name<I>(mut self, ids: I) -> Self
        where
            I: IntoIterator,
            I::Item: Into<String>,
        {
            self.$name.extend(ids.into_iter().map(Into::into));
            self
        }
    )* };
}

pub(crate) use lists;

impl DataValueQueryBuilder {
    lists! {
        /// Adds data sets, by uid: the values of all their elements.
        data_sets
        /// Adds data elements, by uid.
        data_elements
        /// Adds data element groups, by uid: the values of all their elements.
        data_element_groups
        /// Adds periods, by id, such as `202401` or `2024W5`.
        periods
        /// Adds organisation units, by uid.
        org_units
        /// Adds organisation unit groups, by uid: their members.
        org_unit_groups
        /// Adds attribute option combos, by uid: only their values. Without any: those of all.
        attribute_option_combos
    }

    /// All periods that lie wholly between two days, `YYYY-MM-DD`, both included: of January and a half, January.
    pub fn dates(self, start: impl Into<String>, end: impl Into<String>) -> Self {
        self.start_date(start).end_date(end)
    }

    /// The first day, `YYYY-MM-DD`.
    pub fn start_date(self, start: impl Into<String>) -> Self {
        Self { start_date: Some(start.into()), ..self }
    }

    /// The last day, `YYYY-MM-DD`.
    pub fn end_date(self, end: impl Into<String>) -> Self {
        Self { end_date: Some(end.into()), ..self }
    }

    /// Whether all units below those named count as well.
    pub fn include_children(self, include: bool) -> Self {
        Self { include_children: include, ..self }
    }

    /// Only values stored at this moment or later: a date or a date and time; without offset it is UTC, as the column
    /// `last_updated` of the result. Alone, it means all periods.
    pub fn last_updated(self, moment: impl Into<String>) -> Self {
        Self { last_updated: Some(moment.into()), ..self }
    }

    /// Only values stored this long ago or later, by the server's clock: a number and `d`, `h`, `m` or `s`, such as `3d`.
    /// Alone, it means all periods.
    pub fn last_updated_duration(self, duration: impl Into<String>) -> Self {
        Self { last_updated_duration: Some(duration.into()), ..self }
    }

    /// Whether deleted values come as well, as they were when they were deleted. The columns are then rich ones, since only
    /// `deleted` tells them from others.
    pub fn include_deleted(self, include: bool) -> Self {
        Self { include_deleted: include, ..self }
    }

    /// Which columns the result has.
    pub fn columns(self, columns: DataValueColumns) -> Self {
        Self { columns: Some(columns), ..self }
    }

    /// What stands in the columns of ids, instead of uids.
    pub fn id_schemes(self, id_schemes: IdSchemes) -> Self {
        Self { id_schemes, ..self }
    }

    /// Checks the question.
    ///
    /// # Errors
    /// [`QueryError`] says what is missing, contradicts itself or is malformed.
    pub fn build(self) -> Result<DataValueQuery, QueryError> {
        let last_updated = match &self.last_updated {
            Some(text) => Some(Instant::parse(text).map_err(malformed("last_updated"))?),
            None => None,
        };
        let last_updated_duration = match &self.last_updated_duration {
            Some(_) if last_updated.is_some() => return Err(QueryError::LastUpdatedTwice),
            Some(text) => Some(Age::parse(text)?),
            None => None,
        };
        let columns = match (self.columns, self.include_deleted) {
            (Some(DataValueColumns::Plain), true) => return Err(QueryError::DeletedUnmarked),
            (None, true) => DataValueColumns::Rich,
            (columns, _) => columns.unwrap_or_default(),
        };
        let query = DataValueQuery {
            data_sets: uids("data set", &self.data_sets)?,
            data_elements: uids("data element", &self.data_elements)?,
            data_element_groups: uids("data element group", &self.data_element_groups)?,
            when: self.when(last_updated.is_some() || last_updated_duration.is_some())?,
            org_units: uids("organisation unit", &self.org_units)?,
            org_unit_groups: uids("organisation unit group", &self.org_unit_groups)?,
            include_children: self.include_children,
            attribute_option_combos: uids("attribute option combo", &self.attribute_option_combos)?,
            last_updated,
            last_updated_duration,
            include_deleted: self.include_deleted,
            columns,
            id_schemes: self.id_schemes,
        };
        if query.data_sets.is_empty() && query.data_elements.is_empty() && query.data_element_groups.is_empty() {
            return Err(QueryError::NothingSelected);
        }
        if query.org_units.is_empty() && query.org_unit_groups.is_empty() {
            return Err(QueryError::NoOrgUnit);
        }
        if query.include_children && !query.org_unit_groups.is_empty() {
            return Err(QueryError::ChildrenOfGroups);
        }
        Ok(query)
    }

    fn when(&self, alone_suffices: bool) -> Result<When, QueryError> {
        let date = |parameter, text: &String| parse_date(text.trim()).map_err(malformed(parameter));
        match (&self.start_date, &self.end_date) {
            (Some(_), _) | (_, Some(_)) if !self.periods.is_empty() => Err(QueryError::PeriodsAndDates),
            (Some(_), None) => Err(QueryError::StartWithoutEnd),
            (None, Some(_)) => Err(QueryError::EndWithoutStart),
            (Some(start), Some(end)) => {
                let (start, end) = (date("start_date", start)?, date("end_date", end)?);
                if start > end { Err(QueryError::StartAfterEnd { start, end }) } else { Ok(When::Dates(start, end)) }
            }
            (None, None) if self.periods.is_empty() => {
                if alone_suffices {
                    Ok(When::Any)
                } else {
                    Err(QueryError::NoPeriod)
                }
            }
            (None, None) => {
                let read =
                    |text: &String| Period::parse(text.trim()).map_err(ApiError::from).map_err(malformed("period"));
                Ok(When::Periods(once(self.periods.iter().map(read).collect::<Result<_, _>>()?)))
            }
        }
    }
}

pub(crate) fn malformed(parameter: &'static str) -> impl Fn(ApiError) -> QueryError {
    move |source| QueryError::Malformed { parameter, source }
}

pub(crate) fn uids(parameter: &'static str, texts: &[String]) -> Result<Vec<Uid>, QueryError> {
    let read = |text: &String| Uid::parse(text.trim()).map_err(malformed(parameter));
    Ok(once(texts.iter().map(read).collect::<Result<_, _>>()?))
}

/// Every item once, in the order of its first appearance.
pub(crate) fn once<T: Copy + Eq + std::hash::Hash>(items: Vec<T>) -> Vec<T> {
    let mut seen = std::collections::HashSet::new();
    items.into_iter().filter(|item| seen.insert(*item)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole() -> DataValueQueryBuilder {
        DataValueQuery::builder()
            .data_sets(["pPqq629bfL1"])
            .dates("2024-01-01", "2024-01-31")
            .org_units(["KdK92fYEfTw"])
    }

    #[test]
    fn what_is_missing_or_contradicts_is_named_before_anything_is_sent() {
        let b = DataValueQuery::builder;
        let unit = ["KdK92fYEfTw"];
        let set = ["pPqq629bfL1"];
        for (builder, error) in [
            (b().periods(["202401"]).org_units(unit), QueryError::NothingSelected),
            (b().data_sets(set).org_units(unit), QueryError::NoPeriod),
            (b().data_sets(set).periods(["202401"]), QueryError::NoOrgUnit),
            (whole().periods(["202401"]), QueryError::PeriodsAndDates),
            (b().data_sets(set).org_units(unit).start_date("2024-01-01"), QueryError::StartWithoutEnd),
            (b().data_sets(set).org_units(unit).end_date("2024-01-01"), QueryError::EndWithoutStart),
            (whole().org_unit_groups(["IjkDgHguCJd"]).include_children(true), QueryError::ChildrenOfGroups),
            (whole().last_updated("2024-01-01").last_updated_duration("3d"), QueryError::LastUpdatedTwice),
            (whole().last_updated_duration("3"), QueryError::Duration { text: "3".to_owned() }),
            (whole().include_deleted(true).columns(DataValueColumns::Plain), QueryError::DeletedUnmarked),
        ] {
            assert_eq!(builder.build(), Err(error));
        }
        let backwards = whole().dates("2024-02-01", "2024-01-31").build();
        assert!(matches!(backwards, Err(QueryError::StartAfterEnd { .. })));
    }

    #[test]
    fn what_is_malformed_is_named_with_its_parameter() {
        for (builder, parameter) in [
            (whole().data_sets(["x"]), "data set"),
            (whole().org_units(["x"]), "organisation unit"),
            (whole().dates("yesterday", "2024-01-01"), "start_date"),
            (whole().dates("2024-01-01", "2024-02-30"), "end_date"),
            (whole().last_updated("now"), "last_updated"),
            (whole().attribute_option_combos(["x"]), "attribute option combo"),
        ] {
            let Err(QueryError::Malformed { parameter: named, .. }) = builder.build() else { panic!("{parameter}") };
            assert_eq!(named, parameter);
        }
        let period =
            DataValueQuery::builder().data_sets(["pPqq629bfL1"]).org_units(["KdK92fYEfTw"]).periods(["2024-13"]);
        assert!(matches!(period.build(), Err(QueryError::Malformed { parameter: "period", .. })));
    }

    #[test]
    fn the_same_id_twice_is_asked_for_once() {
        let query = whole().org_units(["KdK92fYEfTw", "fdiB65j1eR5"]).build().unwrap();
        assert_eq!(query.org_units.len(), 2);
    }

    /// peer-bugs O29: "extract functions insist on periods or *both* dates, so "everything changed since X" cannot be asked".
    #[test]
    fn a_time_of_last_update_alone_means_all_periods() {
        let query =
            DataValueQuery::builder().data_sets(["pPqq629bfL1"]).org_units(["KdK92fYEfTw"]).last_updated("2024-01-01");
        assert_eq!(query.build().unwrap().when, When::Any);
        let query =
            DataValueQuery::builder().data_sets(["pPqq629bfL1"]).org_units(["KdK92fYEfTw"]).last_updated_duration("3d");
        assert_eq!(query.build().unwrap().when, When::Any);
    }

    /// peer-bugs O32: "`storedBy`, `comment`, `followup`, `deleted` columns dropped; `includeDeleted` not offered → deletions
    /// invisible to incremental loads".
    #[test]
    fn deleted_values_come_with_the_column_that_marks_them() {
        assert_eq!(whole().include_deleted(true).build().unwrap().columns, DataValueColumns::Rich);
        assert_eq!(whole().build().unwrap().columns, DataValueColumns::Plain);
    }

    /// peer-bugs section 3: "One-day range, one-period list, start = end each produce one request [O22]".
    #[test]
    fn a_day_and_a_single_period_are_ranges_too() {
        let day = whole().dates("2024-01-31", "2024-01-31").build().unwrap();
        assert!(matches!(day.when, When::Dates(start, end) if start == end));
    }
}
