//! Questions, as simple as can be: to be put to the engine and to be answered by looking at everything.

use chrono::{DateTime, NaiveDate, Utc};
use dhis2::DataValueQuery;

/// A question for data values.
#[derive(Debug, Clone)]
#[allow(missing_docs)] // as in the builder of `DataValueQuery`
pub struct Question {
    pub data_sets: Vec<String>,
    pub data_elements: Vec<String>,
    pub data_element_groups: Vec<String>,
    pub times: Times,
    pub org_units: Vec<String>,
    pub org_unit_groups: Vec<String>,
    pub include_children: bool,
    pub last_updated: Option<DateTime<Utc>>,
}

/// Which periods.
#[derive(Debug, Clone)]
#[allow(missing_docs)]
pub enum Times {
    Dates(NaiveDate, NaiveDate),
    Periods(Vec<String>),
    Any,
}

impl Times {
    /// A range of days, given as texts.
    pub fn dates(start: &str, end: &str) -> Self {
        Self::Dates(start.parse().unwrap(), end.parse().unwrap())
    }

    /// Periods, by id.
    pub fn periods(ids: &[&str]) -> Self {
        Self::Periods(ids.iter().map(|&id| id.to_owned()).collect())
    }
}

impl Question {
    /// A question for data sets, in these units and all below them.
    pub fn of_sets(data_sets: &[&str], times: Times, org_units: &[&str]) -> Self {
        Self { data_sets: texts(data_sets), ..Self::about(times, org_units) }
    }

    /// A question for data elements, in these units and all below them.
    pub fn of_elements(data_elements: &[&str], times: Times, org_units: &[&str]) -> Self {
        Self { data_elements: texts(data_elements), ..Self::about(times, org_units) }
    }

    /// A question for element groups, in these units and all below them.
    pub fn of_element_groups(groups: &[&str], times: Times, org_units: &[&str]) -> Self {
        Self { data_element_groups: texts(groups), ..Self::about(times, org_units) }
    }

    /// The same in groups of units instead of units.
    pub fn in_groups(self, groups: &[&str]) -> Self {
        Self { org_units: Vec::new(), org_unit_groups: texts(groups), include_children: false, ..self }
    }

    fn about(times: Times, org_units: &[&str]) -> Self {
        Self {
            data_sets: Vec::new(),
            data_elements: Vec::new(),
            data_element_groups: Vec::new(),
            times,
            org_units: texts(org_units),
            org_unit_groups: Vec::new(),
            include_children: true,
            last_updated: None,
        }
    }

    /// The question as the engine takes it.
    pub fn query(&self) -> DataValueQuery {
        let query = DataValueQuery::builder()
            .data_sets(&self.data_sets)
            .data_elements(&self.data_elements)
            .data_element_groups(&self.data_element_groups)
            .org_units(&self.org_units)
            .org_unit_groups(&self.org_unit_groups)
            .include_children(self.include_children);
        let query = match &self.times {
            Times::Dates(start, end) => query.dates(start.to_string(), end.to_string()),
            Times::Periods(ids) => query.periods(ids),
            Times::Any => query,
        };
        let query = match self.last_updated {
            Some(since) => query.last_updated(since.to_rfc3339()),
            None => query,
        };
        query.build().unwrap()
    }
}

pub(crate) fn texts(ids: &[&str]) -> Vec<String> {
    ids.iter().map(|&id| id.to_owned()).collect()
}
