//! A question for analytics, checked before anything is sent.

use dhis2_api::period::Period;
use dhis2_api::{ApiError, Uid};
use serde_json::{Value, json};

use crate::error::QueryError;
use crate::query::{lists, malformed, once, uids};

/// What to add up, when and where. Made by [`AnalyticsQuery::builder`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnalyticsQuery {
    pub(crate) data_elements: Vec<Uid>,
    pub(crate) data_element_groups: Vec<Uid>,
    pub(crate) indicators: Vec<Uid>,
    pub(crate) indicator_groups: Vec<Uid>,
    pub(crate) periods: Vec<Period>,
    pub(crate) org_units: Vec<Uid>,
    pub(crate) org_unit_groups: Vec<Uid>,
    pub(crate) org_unit_levels: Vec<u32>,
    pub(crate) include_cocs: bool,
}

impl AnalyticsQuery {
    /// Begins a question.
    ///
    /// ```
    /// use dhis2_aggregate::AnalyticsQuery;
    ///
    /// let query = AnalyticsQuery::builder()
    ///     .data_elements(["iXdObmOdRJk"])
    ///     .periods(["202401", "202402"])
    ///     .org_units(["KdK92fYEfTw"])
    ///     .org_unit_levels([2])
    ///     .build()?;
    /// # Ok::<(), dhis2_aggregate::QueryError>(())
    /// ```
    pub fn builder() -> AnalyticsQueryBuilder {
        AnalyticsQueryBuilder::default()
    }

    /// The question for a receipt.
    pub fn to_json(&self) -> Value {
        json!({
            "data_elements": self.data_elements,
            "data_element_groups": self.data_element_groups,
            "indicators": self.indicators,
            "indicator_groups": self.indicator_groups,
            "periods": self.periods,
            "organisation_units": self.org_units,
            "organisation_unit_groups": self.org_unit_groups,
            "organisation_unit_levels": self.org_unit_levels,
            "include_category_option_combos": self.include_cocs,
        })
    }

    pub(crate) fn is_of_indicators(&self) -> bool {
        !(self.indicators.is_empty() && self.indicator_groups.is_empty())
    }
}

/// Collects a question; [`AnalyticsQueryBuilder::build`] checks it.
#[derive(Debug, Clone, Default)]
pub struct AnalyticsQueryBuilder {
    data_elements: Vec<String>,
    data_element_groups: Vec<String>,
    indicators: Vec<String>,
    indicator_groups: Vec<String>,
    periods: Vec<String>,
    org_units: Vec<String>,
    org_unit_groups: Vec<String>,
    org_unit_levels: Vec<u32>,
    include_cocs: bool,
}

impl AnalyticsQueryBuilder {
    lists! {
        /// Adds data elements, by uid.
        data_elements
        /// Adds data element groups, by uid: their elements.
        data_element_groups
        /// Adds indicators, by uid.
        indicators
        /// Adds indicator groups, by uid: their indicators.
        indicator_groups
        /// Adds periods, by id, such as `202401` or `2024W5`. What lies within a period counts for it, whatever its own
        /// period type. Relative periods, such as `LAST_MONTH`, are refused: the same question would be another tomorrow.
        periods
        /// Adds organisation units, by uid: each with all that lies below it. Beside groups or levels they are no rows of
        /// their own but limits: only units at or below them count.
        org_units
        /// Adds organisation unit groups, by uid: a row for each member, with all that lies below it.
        org_unit_groups
    }

    /// Adds organisation unit levels, 1 being the root: a row for each unit of the level, with all that lies below it.
    /// Groups and levels are a union. Without units to limit them, they are looked for where the account may view data.
    pub fn org_unit_levels(mut self, levels: impl IntoIterator<Item = u32>) -> Self {
        self.org_unit_levels.extend(levels);
        self
    }

    /// Whether the category option combos of data elements are kept apart.
    pub fn include_cocs(self, include: bool) -> Self {
        Self { include_cocs: include, ..self }
    }

    /// Checks the question.
    ///
    /// # Errors
    /// [`QueryError`] says what is missing, contradicts itself or is malformed.
    pub fn build(self) -> Result<AnalyticsQuery, QueryError> {
        let periods = self.periods.iter().map(|text| period(text)).collect::<Result<_, _>>()?;
        let query = AnalyticsQuery {
            data_elements: uids("data element", &self.data_elements)?,
            data_element_groups: uids("data element group", &self.data_element_groups)?,
            indicators: uids("indicator", &self.indicators)?,
            indicator_groups: uids("indicator group", &self.indicator_groups)?,
            periods: once(periods),
            org_units: uids("organisation unit", &self.org_units)?,
            org_unit_groups: uids("organisation unit group", &self.org_unit_groups)?,
            org_unit_levels: once(self.org_unit_levels),
            include_cocs: self.include_cocs,
        };
        let elements = !(query.data_elements.is_empty() && query.data_element_groups.is_empty());
        match (elements, query.is_of_indicators()) {
            (false, false) => return Err(QueryError::NoData),
            (true, true) => return Err(QueryError::ElementsAndIndicators),
            (false, true) if query.include_cocs => return Err(QueryError::CombosOfIndicators),
            _ => {}
        }
        if query.periods.is_empty() {
            return Err(QueryError::NoAnalyticsPeriod);
        }
        if query.org_units.is_empty() && query.org_unit_groups.is_empty() && query.org_unit_levels.is_empty() {
            return Err(QueryError::NowhereToLook);
        }
        if let Some(level) = query.org_unit_levels.iter().find(|level| **level == 0) {
            return Err(QueryError::Level { level: *level });
        }
        Ok(query)
    }
}

fn period(text: &str) -> Result<Period, QueryError> {
    let text = text.trim();
    Period::parse(text).map_err(|error| {
        let capitals = text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_');
        if capitals && (text.contains('_') || ["TODAY", "YESTERDAY"].contains(&text)) {
            return QueryError::RelativePeriod { text: text.to_owned() };
        }
        malformed("period")(ApiError::from(error))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_or_contradicts_is_named_before_anything_is_sent() {
        let b = || AnalyticsQuery::builder().periods(["202401"]).org_units(["KdK92fYEfTw"]);
        let of = || b().data_elements(["iXdObmOdRJk"]);
        let relative = |text: &str| QueryError::RelativePeriod { text: text.to_owned() };
        for (builder, error) in [
            (b(), QueryError::NoData),
            (of().indicators(["iXdObmOdRJk"]), QueryError::ElementsAndIndicators),
            (of().indicator_groups(["iXdObmOdRJk"]), QueryError::ElementsAndIndicators),
            (b().indicators(["iXdObmOdRJk"]).include_cocs(true), QueryError::CombosOfIndicators),
            (of().periods(["LAST_12_MONTHS"]), relative("LAST_12_MONTHS")),
            (of().periods(["TODAY"]), relative("TODAY")),
            (of().org_unit_levels([2, 0]), QueryError::Level { level: 0 }),
            (AnalyticsQuery::builder().data_elements(["iXdObmOdRJk"]).periods(["2024"]), QueryError::NowhereToLook),
            (
                AnalyticsQuery::builder().data_elements(["iXdObmOdRJk"]).org_unit_levels([2]),
                QueryError::NoAnalyticsPeriod,
            ),
        ] {
            assert_eq!(builder.build(), Err(error));
        }
        assert!(matches!(of().periods(["2024-13"]).build(), Err(QueryError::Malformed { parameter: "period", .. })));
        assert!(matches!(of().org_units(["LEVEL-2"]).build(), Err(QueryError::Malformed { .. })));
        assert_eq!(of().periods(["202401", "202402"]).build().unwrap().periods.len(), 2);
    }
}
