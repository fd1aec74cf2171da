//! Data values as a source of the engine.

use std::fmt::Write as _;

use async_trait::async_trait;
use bytes::Bytes;
use dhis2_api::Uid;
use dhis2_api::datetime::ServerZone;
use dhis2_api::dialect::Dialect;
use dhis2_api::request::ApiRequest;
use dhis2_extract::lookup::children;
use dhis2_extract::source::Narrowed;
use dhis2_extract::{More, Objects, Page, Source, Spelling};
use dhis2_frame::{FrameError, FrameSchema};
use dhis2_http::{Client, HttpError};
use polars::frame::DataFrame;

use crate::error::list;
use crate::flatten::Flatten;
use crate::members::by_element;
use crate::plan::{DataValueChunk, fitting, halves, request, split};
use crate::query::{DataValueQuery, When};

/// A planned question for data values.
#[derive(Debug)]
pub(crate) struct DataValueSource {
    pub(crate) dialect: Dialect,
    pub(crate) zone: ServerZone,
    pub(crate) query: DataValueQuery,
    pub(crate) chunks: Vec<DataValueChunk>,
}

/// A row is a data value.
const OBJECTS: Objects = Objects::Rows { updated: "last_updated" };

impl DataValueSource {
    fn flatten<'q>(&'q self, chunk: &'q DataValueChunk) -> Flatten<'q> {
        Flatten {
            fill_shared_fields: self.dialect.hoists_shared_fields,
            zone: self.zone,
            since: self.query.last_updated,
            only_elements: chunk.only_elements.as_ref(),
            only_attribute_option_combos: &chunk.attribute_option_combos,
            columns: self.query.columns,
        }
    }

    fn page(&self, frame: DataFrame, received: u64) -> Page {
        let round = self.dialect.cut_answers_multiple_of;
        Page {
            frame,
            received,
            counted: None,
            objects: OBJECTS,
            more: More::Unpaged,
            may_be_cut: round.is_some_and(|round| received > 0 && received.is_multiple_of(round)),
        }
    }
}

#[async_trait]
impl Source for DataValueSource {
    type Chunk = DataValueChunk;

    fn schema(&self) -> &'static FrameSchema {
        self.query.columns.schema()
    }

    fn key(&self) -> &'static [&'static str] {
        &["data_element_id", "period", "organisation_unit_id", "category_option_combo_id", "attribute_option_combo_id"]
    }

    fn chunks(&self) -> Vec<DataValueChunk> {
        self.chunks.clone()
    }

    fn describe(&self, chunk: &DataValueChunk) -> String {
        let mut text = String::new();
        for (one, ids) in [
            ("data set", &chunk.data_sets),
            ("data element", &chunk.data_elements),
            ("data element group", &chunk.data_element_groups),
            ("organisation unit", &chunk.org_units),
        ] {
            few(&mut text, one, ids);
        }
        if let Some(group) = &chunk.org_unit_group {
            few(&mut text, "organisation unit group", std::slice::from_ref(group));
        }
        few(&mut text, "attribute option combo", &chunk.attribute_option_combos);
        if chunk.children {
            text.push_str(" with children");
        }
        // Writing to a String cannot fail.
        let _ = match &chunk.when {
            When::Dates(start, end) => write!(text, ", {start} to {end}"),
            When::Periods(periods) if periods.len() > 3 => {
                write!(text, ", {} periods from {}", periods.len(), periods[0])
            }
            When::Periods(periods) => {
                let ids: Vec<String> = periods.iter().map(ToString::to_string).collect();
                write!(text, ", {}", ids.join(" "))
            }
            When::Any => write!(text, ", all periods"),
        };
        text
    }

    fn request(&self, chunk: &DataValueChunk, _page: u32) -> ApiRequest {
        request(&self.dialect, &self.query, chunk)
    }

    fn spellings(&self) -> Vec<Spelling> {
        let mut spellings = Vec::new();
        if !self.dialect.data_element_param && !self.query.data_elements.is_empty() {
            let why = "this version cannot be asked for data elements: through their sets and groups, the rest is left out here";
            spellings.push(Spelling::new("dataSet, dataElementGroup", why));
        }
        if self.dialect.group_overrides_sets && !self.query.data_element_groups.is_empty() {
            let why = "beside a group this version forgets sets and elements: groups are asked for apart";
            spellings.push(Spelling::new("dataElementGroup", why));
        }
        if self.query.last_updated.is_some() {
            let why = "asked for earlier, without an offset, and cut here: versions shift it by their zone";
            spellings.push(Spelling::new("lastUpdated", why));
        }
        if self.query.when == When::Any && self.dialect.last_updated_needs_period {
            let why = "this version takes lastUpdated only beside a time";
            spellings.push(Spelling::new("startDate, endDate", why));
        }
        spellings
    }

    fn pages_at_once(&self, _chunk: &Self::Chunk) -> bool {
        // There is one page only.
        true
    }

    fn read(&self, chunk: &DataValueChunk, _page: u32, body: &[u8]) -> Result<Page, FrameError> {
        let (frame, received) = self.flatten(chunk).body(body)?;
        Ok(self.page(frame, received))
    }

    fn reads_arriving(&self) -> bool {
        true
    }

    fn read_arriving(
        &self,
        chunk: &DataValueChunk,
        next: &mut dyn FnMut() -> Option<Bytes>,
        take: &mut dyn FnMut(DataFrame, &Objects) -> Result<(), FrameError>,
    ) -> Result<Page, FrameError> {
        let mut pieces = self.flatten(chunk).pieces();
        while let Some(piece) = next() {
            pieces.piece(&piece)?;
            if let Some(frame) = pieces.rows()? {
                take(frame, &OBJECTS)?;
            }
        }
        let (frame, received) = pieces.finish()?;
        Ok(self.page(frame, received))
    }

    async fn split(&self, chunk: &DataValueChunk, client: &Client) -> Result<Option<Vec<DataValueChunk>>, HttpError> {
        // Pieces may name more than the chunk did: units below one, elements of a set.
        let fitting = |parts| Ok(Some(fitting(&self.dialect, &self.query, parts)));
        if let Some(parts) = split(&self.dialect, chunk) {
            return fitting(parts);
        }
        // A single unit at a single time: its children apart, else fewer elements.
        if let (true, [unit]) = (chunk.children, &chunk.org_units[..]) {
            let below = children(client, *unit).await?;
            if !below.is_empty() {
                let alone = DataValueChunk { children: false, ..chunk.clone() };
                return fitting(vec![alone, DataValueChunk { org_units: below, ..chunk.clone() }]);
            }
        }
        if let Some(parts) = halves(chunk) {
            return fitting(parts.into());
        }
        if !self.dialect.data_element_param {
            return Ok(None);
        }
        // Who may read values need not see what a set holds: then there is nothing smaller to ask for.
        match by_element(chunk, client).await.ok().flatten().as_ref().and_then(halves) {
            Some(parts) => fitting(parts.into()),
            None => Ok(None),
        }
    }

    fn narrow(&self, chunk: &DataValueChunk, refusal: &HttpError) -> Option<Narrowed<DataValueChunk>> {
        let named = refusal.web_message().map(|said| Uid::find_in(&said.message)).unwrap_or_default();
        let refused = |id: &Uid| named.contains(id);
        let units: Vec<Uid> = chunk.org_units.iter().copied().filter(refused).collect();
        let sets: Vec<Uid> = chunk.data_sets.iter().copied().filter(refused).collect();
        let combos: Vec<Uid> = chunk.attribute_option_combos.iter().copied().filter(refused).collect();
        if units.is_empty() && sets.is_empty() && combos.is_empty() {
            return halves(chunk).map(|parts| Narrowed { parts: parts.into(), given_up: Vec::new() });
        }
        let mut rest = chunk.clone();
        rest.org_units.retain(|id| !refused(id));
        rest.data_sets.retain(|id| !refused(id));
        rest.attribute_option_combos.retain(|id| !refused(id));
        let selects =
            !(rest.data_sets.is_empty() && rest.data_elements.is_empty() && rest.data_element_groups.is_empty());
        let somewhere = !rest.org_units.is_empty() || rest.org_unit_group.is_some();
        // With no combo left the server would send the values of all.
        let of_some_combo = combos.is_empty() || !rest.attribute_option_combos.is_empty();
        let mut given_up = Vec::new();
        if !units.is_empty() {
            given_up.push(format!("organisation units that the account may not see: {}", list(&units)));
        }
        if !sets.is_empty() {
            given_up.push(format!("data sets that the account may not read: {}", list(&sets)));
        }
        if !combos.is_empty() {
            given_up.push(format!("attribute option combos that the account may not read: {}", list(&combos)));
        }
        Some(Narrowed { parts: if selects && somewhere && of_some_combo { vec![rest] } else { Vec::new() }, given_up })
    }
}

/// `3 data sets` or, of one, `data set pPqq629bfL1`; nothing of none.
fn few(text: &mut String, one: &str, ids: &[Uid]) {
    if ids.is_empty() {
        return;
    }
    if !text.is_empty() {
        text.push_str(", ");
    }
    let _ = match ids {
        [id] => write!(text, "{one} {id}"),
        _ => write!(text, "{} {one}s", ids.len()),
    };
}
