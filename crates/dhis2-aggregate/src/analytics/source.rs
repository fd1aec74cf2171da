//! Analytics as a source of the engine.

use async_trait::async_trait;
use dhis2_api::Uid;
use dhis2_api::period::Period;
use dhis2_api::request::ApiRequest;
use dhis2_extract::source::Narrowed;
use dhis2_extract::{More, Objects, Page, Source};
use dhis2_frame::{FrameError, FrameSchema};
use dhis2_http::{Client, HttpError};
use polars::prelude::SortMultipleOptions;

use super::flatten::{COMBO_SUMS, ELEMENT_SUMS, INDICATOR_VALUES, body};
use super::query::AnalyticsQuery;
use super::resolve::Resolved;
use crate::error::list;
use crate::plan::URL_BUDGET;

/// So many combinations of data, period and unit a request asks for at most: half of what servers give out unless told
/// otherwise (`keyAnalyticsMaxLimit`, 100,000 rows). Where option combos or a lower limit make it too much all the same, the
/// server says so (E7128) and the request is halved until it is not.
pub const CELLS_AT_MOST: usize = 50_000;

/// One request's worth of analytics. No two share a cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct AnalyticsChunk {
    data: Vec<Uid>,
    periods: Vec<Period>,
    units: Vec<Uid>,
}

impl AnalyticsChunk {
    fn cells(&self) -> usize {
        self.data.len().saturating_mul(self.periods.len()).saturating_mul(self.units.len())
    }

    fn request(&self, with_combos: bool) -> ApiRequest {
        let joined = |items: Vec<String>| items.join(";");
        let data = joined(self.data.iter().map(ToString::to_string).collect());
        let periods = joined(self.periods.iter().map(Period::id).collect());
        let units = joined(self.units.iter().map(ToString::to_string).collect());
        let mut request = ApiRequest::get("analytics.json").param("dimension", format!("dx:{data}"));
        if with_combos {
            request = request.param("dimension", "co");
        }
        request
            .param("dimension", format!("pe:{periods}"))
            .param("dimension", format!("ou:{units}"))
            .param("skipMeta", "true")
    }

    /// In two along the longest list; `None` where none has two entries.
    fn halves(&self) -> Option<[Self; 2]> {
        let (data, periods, units) = (self.data.len(), self.periods.len(), self.units.len());
        let longest = data.max(periods).max(units);
        if longest < 2 {
            return None;
        }
        let (mut first, mut second) = (self.clone(), self.clone());
        let middle = longest / 2;
        if units == longest {
            second.units = first.units.split_off(middle);
        } else if data == longest {
            second.data = first.data.split_off(middle);
        } else {
            second.periods = first.periods.split_off(middle);
        }
        Some([first, second])
    }
}

/// The columns of a query's result.
pub(super) fn schema(query: &AnalyticsQuery) -> &'static FrameSchema {
    match (query.is_of_indicators(), query.include_cocs) {
        (true, _) => &INDICATOR_VALUES,
        (false, true) => &COMBO_SUMS,
        (false, false) => &ELEMENT_SUMS,
    }
}

/// The columns that tell one row from another.
pub(super) fn key(schema: &FrameSchema) -> &'static [&'static str] {
    match schema.name {
        "indicator_values" => &["indicator_id", "organisation_unit_id", "period"],
        "combo_sums" => &["data_element_id", "category_option_combo_id", "organisation_unit_id", "period"],
        _ => &["data_element_id", "organisation_unit_id", "period"],
    }
}

/// The chunks of a query.
pub(super) fn plan(with_combos: bool, resolved: &Resolved) -> Vec<AnalyticsChunk> {
    let whole = AnalyticsChunk {
        data: resolved.data.clone(),
        periods: resolved.periods.clone(),
        units: resolved.units.clone(),
    };
    let mut chunks = vec![whole];
    let mut fitting = Vec::new();
    while let Some(chunk) = chunks.pop() {
        let too_long = chunk.request(with_combos).path_and_query().len() > URL_BUDGET;
        match (too_long || chunk.cells() > CELLS_AT_MOST).then(|| chunk.halves()).flatten() {
            Some([first, second]) => chunks.extend([second, first]),
            None => fitting.push(chunk),
        }
    }
    fitting
}

/// A planned question for analytics.
#[derive(Debug)]
pub(super) struct AnalyticsSource {
    pub(super) schema: &'static FrameSchema,
    pub(super) with_combos: bool,
    pub(super) chunks: Vec<AnalyticsChunk>,
}

#[async_trait]
impl Source for AnalyticsSource {
    type Chunk = AnalyticsChunk;

    fn schema(&self) -> &'static FrameSchema {
        self.schema
    }

    fn key(&self) -> &'static [&'static str] {
        key(self.schema)
    }

    fn chunks(&self) -> Vec<AnalyticsChunk> {
        self.chunks.clone()
    }

    fn describe(&self, chunk: &AnalyticsChunk) -> String {
        let what = if self.schema.name == INDICATOR_VALUES.name { "indicator" } else { "data element" };
        let few = |one: &str, number: usize, first: Option<String>| match (number, first) {
            (1, Some(id)) => format!("{one} {id}"),
            _ => format!("{number} {one}s"),
        };
        format!(
            "{}, {}, {}",
            few(what, chunk.data.len(), chunk.data.first().map(ToString::to_string)),
            few("period", chunk.periods.len(), chunk.periods.first().map(Period::id)),
            few("organisation unit", chunk.units.len(), chunk.units.first().map(ToString::to_string)),
        )
    }

    fn request(&self, chunk: &AnalyticsChunk, _page: u32) -> ApiRequest {
        chunk.request(self.with_combos)
    }

    fn pages_at_once(&self, _chunk: &Self::Chunk) -> bool {
        // There is one page only.
        true
    }

    fn read(&self, _chunk: &AnalyticsChunk, _page: u32, answer: &[u8]) -> Result<Page, FrameError> {
        // Servers promise no order.
        let frame = body(self.schema, answer)?.sort(self.key().iter().copied(), SortMultipleOptions::default())?;
        let rows = u32::try_from(frame.height()).unwrap_or(u32::MAX);
        Ok(Page {
            objects: Objects::Runs { starts: (0..rows).collect(), updated: vec![0; frame.height()] },
            received: frame.height() as u64,
            frame,
            counted: None,
            more: More::Unpaged,
            // With too many rows there is an error and no answer.
            may_be_cut: false,
        })
    }

    async fn split(&self, chunk: &AnalyticsChunk, _client: &Client) -> Result<Option<Vec<AnalyticsChunk>>, HttpError> {
        Ok(chunk.halves().map(Vec::from))
    }

    fn is_too_much(&self, error: &HttpError) -> bool {
        error.error_code() == Some("E7128")
    }

    fn narrow(&self, chunk: &AnalyticsChunk, refusal: &HttpError) -> Option<Narrowed<AnalyticsChunk>> {
        let named = refusal.web_message().map(|said| Uid::find_in(&said.message)).unwrap_or_default();
        let mut rest = chunk.clone();
        rest.units.retain(|id| !named.contains(id));
        rest.data.retain(|id| !named.contains(id));
        if rest == *chunk {
            return chunk.halves().map(|parts| Narrowed { parts: parts.into(), given_up: Vec::new() });
        }
        let lost = |all: &[Uid]| all.iter().filter(|id| named.contains(id)).copied().collect::<Vec<_>>();
        let mut given_up = Vec::new();
        for (what, ids) in [("organisation units", lost(&chunk.units)), ("data", lost(&chunk.data))] {
            if !ids.is_empty() {
                given_up.push(format!("{what} that the account may not see: {}", list(&ids)));
            }
        }
        let parts = if rest.cells() > 0 { vec![rest] } else { Vec::new() };
        Some(Narrowed { parts, given_up })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn uids(letter: char, n: usize) -> Vec<Uid> {
        (0..n).map(|i| Uid::parse(&format!("{letter}{i:010}")).unwrap()).collect()
    }

    proptest! {
        /// Every cell is asked for once, in requests that servers take; so are the halves of each request.
        #[test]
        fn requests_stay_small_and_share_no_cell(data in 1..300_usize, months in 1..100_usize, units in 1..2_000_usize) {
            let first = Period::parse("200001").unwrap();
            let periods: Vec<Period> = std::iter::successors(Some(first), Period::next).take(months).collect();
            let resolved = Resolved { data: uids('d', data), periods, units: uids('u', units), warnings: Vec::new() };
            let chunks = plan(true, &resolved);
            let mut cells = 0;
            for chunk in &chunks {
                prop_assert!(chunk.request(true).path_and_query().len() <= URL_BUDGET);
                prop_assert!(chunk.cells() <= CELLS_AT_MOST);
                cells += chunk.cells();
                if let Some([a, b]) = chunk.halves() {
                    prop_assert_eq!(a.cells() + b.cells(), chunk.cells());
                    prop_assert!(a != b);
                }
            }
            prop_assert_eq!(cells, data * months * units);
            let mut asked: Vec<_> = chunks.iter().map(|chunk| (&chunk.data, &chunk.periods, &chunk.units)).collect();
            asked.sort();
            asked.dedup();
            prop_assert_eq!(asked.len(), chunks.len());
        }
    }

    #[test]
    fn a_request_names_units_and_neither_levels_nor_groups() {
        let resolved = Resolved {
            data: uids('d', 2),
            periods: vec![Period::parse("202401").unwrap(), Period::parse("2024Q1").unwrap()],
            units: uids('u', 1),
            warnings: Vec::new(),
        };
        let requests: Vec<String> =
            plan(true, &resolved).iter().map(|chunk| chunk.request(true).path_and_query()).collect();
        assert_eq!(
            requests,
            ["/api/analytics.json?dimension=dx:d0000000000;d0000000001&dimension=co&dimension=pe:202401;2024Q1\
              &dimension=ou:u0000000000&skipMeta=true"]
        );
    }
}
