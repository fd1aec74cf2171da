//! Codes or names instead of uids in a result.
//!
//! Servers can do it themselves, each in its own way: from 2.43 on one object without a code fails the whole request
//! (E8200 to E8204) and rows lose their unit, before that it becomes a null by which rows can no longer be told apart. So
//! values are asked for by uid on every version, and the uids are replaced here, from the metadata.

use std::collections::{BTreeSet, HashMap};
use std::error::Error;

use async_trait::async_trait;
use dhis2_api::Uid;
use dhis2_extract::lookup::find;
use dhis2_extract::{Refine, Warning, WarningKind};
use dhis2_frame::{FrameError, StringColumn};
use dhis2_http::Client;
use polars::frame::DataFrame;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::Mutex;

use crate::error::AggregateError;

/// What stands for an object.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum IdScheme {
    /// Its uid.
    #[default]
    Uid,
    /// Its code.
    Code,
    /// Its name. Names of organisation units are often not unique.
    Name,
}

impl IdScheme {
    fn name(self) -> &'static str {
        match self {
            Self::Uid => "uid",
            Self::Code => "code",
            Self::Name => "name",
        }
    }
}

/// What stands for the objects of each kind.
///
/// An object that has no code, or that the account may not see, keeps its uid; the receipt names it.
///
/// ```
/// use dhis2_aggregate::{DataValueQuery, IdScheme, IdSchemes};
///
/// let by_code = IdSchemes { option_combos: IdScheme::Uid, ..IdSchemes::all(IdScheme::Code) };
/// let query = DataValueQuery::builder().data_sets(["pPqq629bfL1"]).periods(["202401"]).org_units(["KdK92fYEfTw"])
///     .id_schemes(by_code)
///     .build()?;
/// # Ok::<(), dhis2_aggregate::QueryError>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct IdSchemes {
    /// For `data_element_id`.
    pub data_elements: IdScheme,
    /// For `organisation_unit_id`.
    pub org_units: IdScheme,
    /// For `category_option_combo_id` and `attribute_option_combo_id`.
    pub option_combos: IdScheme,
}

#[derive(Deserialize)]
struct Object {
    id: Uid,
    code: Option<String>,
    name: Option<String>,
}

impl IdSchemes {
    /// The same for all kinds.
    pub fn all(scheme: IdScheme) -> Self {
        Self { data_elements: scheme, org_units: scheme, option_combos: scheme }
    }

    /// The kinds that get no uids: of what, the metadata collection, the columns, the scheme.
    fn replaced(self) -> impl Iterator<Item = (&'static str, &'static str, &'static [&'static str], IdScheme)> {
        [
            ("data elements", "dataElements", &["data_element_id"][..], self.data_elements),
            ("organisation units", "organisationUnits", &["organisation_unit_id"], self.org_units),
            (
                "option combos",
                "categoryOptionCombos",
                &["category_option_combo_id", "attribute_option_combo_id"],
                self.option_combos,
            ),
        ]
        .into_iter()
        .filter(|(.., scheme)| *scheme != IdScheme::Uid)
    }

    /// What is no uid, for the query in a receipt.
    fn describe(self) -> Value {
        let mut schemes = json!({});
        for (_, _, columns, scheme) in self.replaced() {
            for column in columns {
                schemes[*column] = json!(scheme.name());
            }
        }
        schemes
    }
}

/// Replaces the uids of rows as they come. The metadata of an object is asked for once.
pub(crate) struct ReplaceUids {
    client: Client,
    schemes: IdSchemes,
    /// What stands for the uids seen so far, for each collection; nothing where there is nothing.
    known: Mutex<HashMap<&'static str, HashMap<Uid, Option<String>>>>,
}

impl ReplaceUids {
    /// `None` where all uids stay.
    pub(crate) fn new(client: &Client, schemes: IdSchemes) -> Option<Self> {
        schemes.replaced().next()?;
        Some(Self { client: client.clone(), schemes, known: Mutex::default() })
    }

    async fn replace(&self, mut frame: DataFrame) -> Result<DataFrame, AggregateError> {
        for (_, collection, columns, scheme) in self.schemes.replaced() {
            let uids = uids_in(&frame, columns)?;
            // Held while the server is asked, so that two answers do not ask for the same.
            let mut all = self.known.lock().await;
            let known = all.entry(collection).or_default();
            let new: Vec<Uid> = uids.into_iter().filter(|uid| !known.contains_key(uid)).collect();
            let objects: Vec<Object> = find(&self.client, collection, &new, "id,code,name").await?;
            known.extend(new.into_iter().map(|uid| (uid, None)));
            for object in objects {
                known.insert(object.id, if scheme == IdScheme::Code { object.code } else { object.name });
            }
            for column in columns {
                replace(&mut frame, column, known)?;
            }
        }
        Ok(frame)
    }
}

#[async_trait]
impl Refine for ReplaceUids {
    fn describe(&self) -> (&'static str, Value) {
        ("id_schemes", self.schemes.describe())
    }

    async fn rows(&self, frame: DataFrame) -> Result<DataFrame, Box<dyn Error + Send + Sync>> {
        Ok(self.replace(frame).await?)
    }

    /// Which objects keep their uid.
    async fn warnings(&self) -> Vec<Warning> {
        let all = self.known.lock().await;
        let mut warnings = Vec::new();
        for (what, collection, _, scheme) in self.schemes.replaced() {
            let without: BTreeSet<Uid> = all
                .get(collection)
                .into_iter()
                .flatten()
                .filter(|(_, text)| text.is_none())
                .map(|(uid, _)| *uid)
                .collect();
            if without.is_empty() {
                continue;
            }
            let named = without.iter().take(NAMED).map(Uid::as_str).collect::<Vec<_>>().join(", ");
            let more = match without.len().saturating_sub(NAMED) {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            let message = format!(
                "{what} without a {}, or not visible to this account, keep their uid: {named}{more}",
                scheme.name()
            );
            warnings.push(Warning { kind: WarningKind::IdScheme, message });
        }
        warnings
    }
}

/// So many objects a warning names.
const NAMED: usize = 50;

fn uids_in(frame: &DataFrame, columns: &[&str]) -> Result<BTreeSet<Uid>, AggregateError> {
    let mut texts = BTreeSet::new();
    for column in columns {
        texts.extend(frame.column(column).and_then(|column| column.str()).map_err(FrameError::from)?.iter().flatten());
    }
    Ok(texts.into_iter().filter_map(|text| Uid::parse(text).ok()).collect())
}

fn replace(frame: &mut DataFrame, name: &str, texts: &HashMap<Uid, Option<String>>) -> Result<(), FrameError> {
    let column = frame.column(name)?.str()?;
    let mut replaced = StringColumn::with_capacity(column.len());
    for text in column.iter() {
        let other = text.and_then(|text| texts.get(&Uid::parse(text).ok()?)?.as_deref());
        replaced.push_opt(other.or(text));
    }
    frame.with_column(replaced.finish(name))?;
    Ok(())
}
