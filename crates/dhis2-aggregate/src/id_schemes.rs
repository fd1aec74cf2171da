//! Codes or names instead of uids in a result.
//!
//! Servers can do it themselves, each in its own way: from 2.43 on one object without a code fails the whole request
//! (E8200 to E8204) and rows lose their unit, before that it becomes a null by which rows can no longer be told apart. So
//! values are asked for by uid on every version, and the uids are replaced here, from the metadata.

use std::collections::{BTreeSet, HashMap};

use dhis2_api::Uid;
use dhis2_extract::lookup::find;
use dhis2_extract::{Warning, WarningKind};
use dhis2_frame::{FrameError, StringColumn};
use dhis2_http::Client;
use polars::frame::DataFrame;
use serde::Deserialize;
use serde_json::{Value, json};

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

    /// Writes what is no uid into a query for a receipt.
    pub(crate) fn note(self, query: &mut Value) {
        for (_, _, columns, scheme) in self.replaced() {
            for column in columns {
                query["id_schemes"][*column] = json!(scheme.name());
            }
        }
    }

    /// Replaces the uids of a frame.
    pub(crate) async fn apply(self, client: &Client, frame: &mut DataFrame) -> Result<Vec<Warning>, AggregateError> {
        let mut warnings = Vec::new();
        for (what, collection, columns, scheme) in self.replaced() {
            let uids: Vec<Uid> = uids_in(frame, columns)?.into_iter().collect();
            let objects: Vec<Object> = find(client, collection, &uids, "id,code,name").await?;
            let texts: HashMap<Uid, String> = objects
                .into_iter()
                .filter_map(|object| {
                    Some((object.id, if scheme == IdScheme::Code { object.code } else { object.name }?))
                })
                .collect();
            for column in columns {
                replace(frame, column, &texts)?;
            }
            let without: Vec<&str> = uids.iter().filter(|uid| !texts.contains_key(uid)).map(Uid::as_str).collect();
            if !without.is_empty() {
                let named = without.iter().take(NAMED).copied().collect::<Vec<_>>().join(", ");
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
        }
        Ok(warnings)
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

fn replace(frame: &mut DataFrame, name: &str, texts: &HashMap<Uid, String>) -> Result<(), FrameError> {
    let column = frame.column(name)?.str()?;
    let mut replaced = StringColumn::with_capacity(column.len());
    for text in column.iter() {
        let other = text.and_then(|text| texts.get(&Uid::parse(text).ok()?));
        replaced.push_opt(other.map(String::as_str).or(text));
    }
    frame.with_column(replaced.finish(name))?;
    Ok(())
}
