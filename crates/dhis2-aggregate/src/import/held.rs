//! What the server holds of some rows' keys.

use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use dhis2_api::Uid;
use dhis2_api::datetime::{ServerZone, parse_instant_ms};
use dhis2_api::dialect::Dialect;
use dhis2_api::model::{DataValue, DataValueSet};
use dhis2_api::period::Period;
use dhis2_api::request::ApiRequest;
use dhis2_extract::engine::Preparation;
use dhis2_extract::source::Narrowed;
use dhis2_extract::{Engine, ExtractError, More, Objects, Page, Source};
use dhis2_frame::{
    BooleanColumn, ColumnSpec, ColumnType, DatetimeColumn, FrameError, FrameSchema, StringColumn, json_error, text,
};
use dhis2_http::{Client, HttpError};
use polars::prelude::DataFrame;
use serde_json::Value;

use super::metadata::Metadata;
use super::row::{Key, Row};
use crate::id_schemes::IdSchemes;
use crate::plan::{DataValueChunk, plan};
use crate::query::{DataValueColumns, DataValueQuery, When};
use crate::resolve::{ElementsThrough, Resolved};
use crate::source::DataValueSource;

/// A data value as the server holds it.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Held {
    pub(crate) value: Option<Box<str>>,
    pub(crate) comment: Option<Box<str>>,
    pub(crate) follow_up: bool,
    pub(crate) deleted: bool,
}

impl fmt::Debug for Held {
    /// Without value and comment.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Held").field("deleted", &self.deleted).finish_non_exhaustive()
    }
}

/// What the server holds of some keys, as far as it could be asked.
#[derive(Debug, Default)]
pub(crate) struct Look {
    held: HashMap<Key, Held>,
    /// Units whose values the account may not see.
    refused: BTreeSet<Uid>,
    /// Why it is not known of the keys that are not among the held, where it is not.
    failed: Option<String>,
}

impl Look {
    /// What the server holds of a key.
    ///
    /// # Errors
    /// Why that is not known.
    pub(crate) fn at(&self, key: &Key) -> Result<Option<&Held>, String> {
        if let Some(held) = self.held.get(key) {
            return Ok(Some(held));
        }
        if self.refused.contains(&key.unit) {
            return Err(format!("the account may not see what the server holds of the unit {}", key.unit));
        }
        self.failed.clone().map_or(Ok(None), Err)
    }

    pub(crate) fn take(&mut self, key: &Key) -> Option<Held> {
        self.held.remove(key)
    }
}

/// Asks the server what it holds of the rows' keys, deleted values too.
///
/// # Errors
/// [`ExtractError`] where the server cannot be asked at all.
pub(crate) async fn look(
    engine: &Engine,
    dialect: &Dialect,
    metadata: &Metadata,
    rows: &[&Row],
) -> Result<Look, ExtractError> {
    // Of what the server does not know it holds nothing, and a question that names nothing else is refused.
    let known =
        |row: &&&Row| metadata.elements.contains_key(&row.key.element) && metadata.units.contains_key(&row.key.unit);
    let keys: std::collections::HashSet<Key> = rows.iter().filter(known).map(|row| row.key).collect();
    if keys.is_empty() {
        return Ok(Look::default());
    }
    let refused = Arc::new(Mutex::new(BTreeSet::new()));
    let source = source(dialect, metadata, &keys, Arc::clone(&refused));
    let mut look = Look::default();
    if source.inner.chunks.is_empty() {
        look.failed = Some("the server (DHIS2 2.38) cannot be asked for this data element".to_owned());
        return Ok(look);
    }
    let preparation = Preparation::new("data_values", Value::Null, Vec::new());
    match engine.without_job().run(source, preparation).await {
        Ok(extraction) => {
            look.held = held(&extraction.frame, &keys)?;
            let failed: Vec<&str> = extraction
                .receipt
                .chunks
                .iter()
                .filter(|chunk| chunk.state == dhis2_extract::receipt::ChunkState::Failed)
                .filter_map(|chunk| chunk.error.as_deref())
                .collect();
            look.failed = failed.first().map(|error| format!("what the server holds could not be read: {error}"));
        }
        // The account may see none of the units.
        Err(ExtractError::NothingCame { cause, .. }) if !units(&refused).is_empty() => {
            look.failed = Some(format!("what the server holds could not be read: {cause}"));
        }
        Err(error) => return Err(error),
    }
    look.refused = units(&refused);
    Ok(look)
}

fn units(refused: &Mutex<BTreeSet<Uid>>) -> BTreeSet<Uid> {
    refused.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

/// The questions: every element, unit and period of the keys. What comes besides is left out later.
fn source(
    dialect: &Dialect,
    metadata: &Metadata,
    keys: &std::collections::HashSet<Key>,
    refused: Arc<Mutex<BTreeSet<Uid>>>,
) -> HeldSource {
    let elements: BTreeSet<Uid> = keys.iter().map(|key| key.element).collect();
    let units: BTreeSet<Uid> = keys.iter().map(|key| key.unit).collect();
    let periods: BTreeSet<Period> = keys.iter().map(|key| key.period).collect();
    let query = DataValueQuery {
        data_sets: Vec::new(),
        data_elements: elements.iter().copied().collect(),
        data_element_groups: Vec::new(),
        when: When::Periods(periods.into_iter().collect()),
        org_units: units.into_iter().collect(),
        org_unit_groups: Vec::new(),
        include_children: false,
        attribute_option_combos: Vec::new(),
        last_updated: None,
        last_updated_duration: None,
        include_deleted: false,
        columns: DataValueColumns::Plain,
        id_schemes: IdSchemes::default(),
    };
    let mut resolved = Resolved { org_units: query.org_units.clone(), ..Resolved::default() };
    if !dialect.data_element_param {
        resolved.elements_through = Some(through(metadata, elements));
    }
    let chunks = plan(dialect, &query, &resolved);
    HeldSource { inner: DataValueSource { dialect: *dialect, zone: ServerZone::UTC, query, chunks }, refused }
}

/// The detour of 2.38, which cannot be asked for elements.
fn through(metadata: &Metadata, elements: BTreeSet<Uid>) -> ElementsThrough {
    let (mut data_sets, mut groups) = (BTreeSet::new(), BTreeSet::new());
    for element in elements.iter().filter_map(|id| metadata.elements.get(id)) {
        match (element.data_sets.first(), element.groups.first()) {
            (Some((set, _)), _) => drop(data_sets.insert(*set)),
            (None, Some(group)) => drop(groups.insert(*group)),
            (None, None) => {}
        }
    }
    ElementsThrough { elements, data_sets: data_sets.into_iter().collect(), groups: groups.into_iter().collect() }
}

/// The data values of an extract, with what an update must not lose.
const HELD: FrameSchema = FrameSchema {
    name: "held",
    columns: &[
        ColumnSpec { name: "data_element_id", dtype: ColumnType::String, doc: "uid of the data element" },
        ColumnSpec { name: "period", dtype: ColumnType::String, doc: "id of the period" },
        ColumnSpec { name: "organisation_unit_id", dtype: ColumnType::String, doc: "uid of the organisation unit" },
        ColumnSpec { name: "category_option_combo_id", dtype: ColumnType::String, doc: "uid of the combo" },
        ColumnSpec { name: "attribute_option_combo_id", dtype: ColumnType::String, doc: "uid of the combo" },
        ColumnSpec { name: "value", dtype: ColumnType::String, doc: "the value" },
        ColumnSpec { name: "comment", dtype: ColumnType::String, doc: "the comment" },
        ColumnSpec { name: "follow_up", dtype: ColumnType::Boolean, doc: "whether it is marked for follow-up" },
        ColumnSpec { name: "deleted", dtype: ColumnType::Boolean, doc: "whether it is deleted" },
        ColumnSpec { name: "last_updated", dtype: ColumnType::DatetimeUtc, doc: "when it was last stored" },
    ],
};

/// Data values with what an export leaves out.
struct HeldSource {
    inner: DataValueSource,
    /// Units that the server does not show to the account.
    refused: Arc<Mutex<BTreeSet<Uid>>>,
}

#[async_trait]
impl Source for HeldSource {
    type Chunk = DataValueChunk;

    fn schema(&self) -> &'static FrameSchema {
        &HELD
    }

    fn key(&self) -> &'static [&'static str] {
        self.inner.key()
    }

    fn chunks(&self) -> Vec<DataValueChunk> {
        self.inner.chunks()
    }

    fn describe(&self, chunk: &DataValueChunk) -> String {
        self.inner.describe(chunk)
    }

    fn request(&self, chunk: &DataValueChunk, page: u32) -> ApiRequest {
        self.inner.request(chunk, page).param("includeDeleted", "true")
    }

    fn pages_at_once(&self, _chunk: &Self::Chunk) -> bool {
        // There is one page only.
        true
    }

    fn read(&self, _chunk: &DataValueChunk, _page: u32, body: &[u8]) -> Result<Page, FrameError> {
        let body = text(body)?;
        let mut set: DataValueSet = serde_json::from_str(body).map_err(|error| json_error(body, &error))?;
        if self.inner.dialect.hoists_shared_fields {
            set.fill_rows();
        }
        let received = set.data_values.len() as u64;
        let round = self.inner.dialect.cut_answers_multiple_of;
        Ok(Page {
            frame: frame(&set)?,
            received,
            counted: None,
            objects: Objects::Rows { updated: "last_updated" },
            more: More::Unpaged,
            may_be_cut: round.is_some_and(|round| received > 0 && received.is_multiple_of(round)),
        })
    }

    async fn split(&self, chunk: &DataValueChunk, client: &Client) -> Result<Option<Vec<DataValueChunk>>, HttpError> {
        self.inner.split(chunk, client).await
    }

    fn narrow(&self, chunk: &DataValueChunk, refusal: &HttpError) -> Option<Narrowed<DataValueChunk>> {
        let named = refusal.web_message().map(|said| Uid::find_in(&said.message)).unwrap_or_default();
        let narrowed = if chunk.org_units.iter().any(|unit| named.contains(unit)) {
            self.inner.narrow(chunk, refusal)
        } else {
            // Access is refused for units: without names, halves of them tell which, and a single one is refused.
            by_halves(chunk)
        };
        let parts = narrowed.iter().flat_map(|narrowed| &narrowed.parts);
        let kept: BTreeSet<Uid> = parts.flat_map(|part| part.org_units.iter().copied()).collect();
        let given_up = chunk.org_units.iter().copied().filter(|unit| !kept.contains(unit));
        self.refused.lock().unwrap_or_else(PoisonError::into_inner).extend(given_up);
        narrowed
    }
}

fn by_halves(chunk: &DataValueChunk) -> Option<Narrowed<DataValueChunk>> {
    let units = &chunk.org_units;
    let with = |units: &[Uid]| DataValueChunk { org_units: units.to_vec(), ..chunk.clone() };
    let (first, second) = units.split_at(units.len() / 2);
    (!first.is_empty()).then(|| Narrowed { parts: vec![with(first), with(second)], given_up: Vec::new() })
}

/// The texts of a data value in the order of the columns of an import.
pub(super) fn cells(value: &DataValue) -> [Option<&str>; 6] {
    [
        Some(&value.data_element),
        value.period.as_ref(),
        value.org_unit.as_ref(),
        value.category_option_combo.as_ref(),
        value.attribute_option_combo.as_ref(),
        value.value.as_ref(),
    ]
    .map(|text| text.map(String::as_str))
}

fn frame(set: &DataValueSet) -> Result<DataFrame, FrameError> {
    let rows = set.data_values.len();
    let mut texts = [(); 7].map(|()| StringColumn::with_capacity(rows));
    let (mut follow_up, mut deleted) = (BooleanColumn::with_capacity(rows), BooleanColumn::with_capacity(rows));
    let mut last_updated = DatetimeColumn::with_capacity(rows);
    for value in &set.data_values {
        for (column, cell) in texts.iter_mut().zip(cells(value).into_iter().chain([value.comment.as_deref()])) {
            column.push_opt(cell);
        }
        follow_up.push(value.followup.unwrap_or(false));
        deleted.push(value.deleted.unwrap_or(false));
        last_updated.push_opt(value.last_updated.as_deref().and_then(parse_instant_ms));
    }
    let mut columns: Vec<_> = texts.into_iter().zip(HELD.names()).map(|(column, name)| column.finish(name)).collect();
    columns.push(follow_up.finish("follow_up"));
    columns.push(deleted.finish("deleted"));
    columns.push(last_updated.finish("last_updated"));
    Ok(DataFrame::new(rows, columns)?)
}

/// Those of the values that have one of the keys.
fn held(frame: &DataFrame, keys: &std::collections::HashSet<Key>) -> Result<HashMap<Key, Held>, FrameError> {
    let texts = |name: &str| Ok::<_, FrameError>(frame.column(name)?.str()?.clone());
    let [element, period, unit, combo, attribute] = super::COLUMNS.map(texts);
    let (element, period, unit, combo, attribute) = (element?, period?, unit?, combo?, attribute?);
    let (value, comment) = (texts("value")?, texts("comment")?);
    let (follow_up, deleted) = (frame.column("follow_up")?.bool()?, frame.column("deleted")?.bool()?);
    let mut held = HashMap::new();
    for row in 0..frame.height() {
        let uid = |column: &polars::prelude::StringChunked| Uid::parse(column.get(row).unwrap_or_default()).ok();
        let key = || {
            Some(Key {
                unit: uid(&unit)?,
                period: Period::parse(period.get(row)?).ok()?,
                element: uid(&element)?,
                combo: uid(&combo)?,
                attribute: uid(&attribute)?,
            })
        };
        // What has no such key was not asked for.
        let Some(key) = key().filter(|key| keys.contains(key)) else { continue };
        let value = Held {
            value: value.get(row).map(Into::into),
            comment: comment.get(row).map(Into::into),
            follow_up: follow_up.get(row).unwrap_or(false),
            deleted: deleted.get(row).unwrap_or(false),
        };
        held.insert(key, value);
    }
    Ok(held)
}
