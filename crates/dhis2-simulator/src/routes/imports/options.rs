//! The parameters of an import.

use crate::answer::Refusal;
use crate::json::{Json, Key};
use crate::query::Query;
use crate::routes::data_value_sets::schemes::Scheme;
use crate::server::Call;

/// What is to be done with the rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Strategy {
    Create,
    Update,
    CreateAndUpdate,
    Delete,
    /// Known, and nothing is created, updated or deleted.
    Sync,
}

/// The names of the strategies, in the order that the server lists them.
const STRATEGIES: [(&str, Strategy); 9] = [
    ("CREATE", Strategy::Create),
    ("UPDATE", Strategy::Update),
    ("CREATE_AND_UPDATE", Strategy::CreateAndUpdate),
    ("DELETE", Strategy::Delete),
    ("SYNC", Strategy::Sync),
    ("NEW_AND_UPDATES", Strategy::CreateAndUpdate),
    ("NEW", Strategy::Create),
    ("UPDATES", Strategy::Update),
    ("DELETES", Strategy::Delete),
];

/// Switches that are echoed after the modes; those of the second list are unknown to 2.38.
const SWITCHES: [&str; 9] = [
    "skipExistingCheck",
    "sharing",
    "skipNotifications",
    "skipAudit",
    "datasetAllowsPeriods",
    "strictPeriods",
    "strictDataElements",
    "strictCategoryOptionCombos",
    "strictAttributeOptionCombos",
];
const DATA_SET_SWITCHES: [&str; 3] = ["strictDataSetApproval", "strictDataSetLocking", "strictDataSetInputPeriods"];
const LAST_SWITCHES: [&str; 5] = [
    "requireCategoryOptionCombo",
    "requireAttributeOptionCombo",
    "skipPatternValidation",
    "ignoreEmptyCollection",
    "force",
];

/// How the objects of a request are named.
#[derive(Debug, Clone)]
pub(super) struct IdSchemes {
    pub(super) set: Scheme,
    pub(super) element: Scheme,
    pub(super) unit: Scheme,
    pub(super) category_combo: Scheme,
    pub(super) attribute_combo: Scheme,
}

impl IdSchemes {
    /// The schemes that `given` names, by the parameters' names.
    pub(super) fn read<'a>(given: impl Fn(&str) -> Option<&'a str>) -> Result<Self, Refusal> {
        let read = |name: &str| {
            given(name).or_else(|| given("idScheme")).map_or(Ok(Scheme::Uid), |text| Scheme::parse(text, name))
        };
        Ok(Self {
            set: read("dataSetIdScheme")?,
            element: read("dataElementIdScheme")?,
            unit: read("orgUnitIdScheme")?,
            category_combo: read("categoryOptionComboIdScheme")?,
            attribute_combo: match given("attributeOptionComboIdScheme") {
                Some(text) => Scheme::parse(text, "attributeOptionComboIdScheme")?,
                None => read("categoryOptionComboIdScheme")?,
            },
        })
    }
}

/// The options of an import, and how the server repeats them.
#[derive(Debug, Clone)]
#[allow(clippy::struct_excessive_bools)] // they are the parameters
pub(super) struct Options {
    pub(super) strategy: Strategy,
    pub(super) dry_run: bool,
    pub(super) asynchronous: bool,
    pub(super) atomic: bool,
    pub(super) force: bool,
    pub(super) strict_periods: bool,
    pub(super) strict_elements: bool,
    pub(super) strict_category_combos: bool,
    pub(super) strict_attribute_combos: bool,
    pub(super) strict_units: bool,
    pub(super) strict_locking: bool,
    pub(super) strict_input_periods: bool,
    pub(super) require_category_combo: bool,
    pub(super) require_attribute_combo: bool,
    pub(super) first_row_is_header: bool,
    pub(super) data_set: Option<String>,
    /// The parameters `…IdScheme` as sent.
    pub(super) schemes: Vec<(String, String)>,
    pub(super) echo: Json,
}

impl Options {
    pub(super) fn read(call: &Call<'_>) -> Result<Self, Refusal> {
        let query = &call.query;
        let behaviour = &call.server.behaviour.imports;
        let name = query.filled("importStrategy").unwrap_or("CREATE_AND_UPDATE");
        let Some((name, strategy)) = STRATEGIES.iter().find(|(known, _)| *known == name).copied() else {
            return Err(unknown_strategy(name, behaviour.old_enum_error));
        };
        let scheme_pairs =
            query.pairs().filter(|(name, value)| name.to_lowercase().ends_with("idscheme") && !value.is_empty());
        let schemes: Vec<_> = scheme_pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        IdSchemes::read(|name| find_scheme(&schemes, name))?;
        let with_sets = behaviour.data_set_options;
        Ok(Self {
            strategy,
            dry_run: query.switch("dryRun"),
            asynchronous: query.switch("async"),
            atomic: query.switch("atomic"),
            force: query.switch("force"),
            strict_periods: query.switch("strictPeriods"),
            strict_elements: query.switch("strictDataElements"),
            strict_category_combos: query.switch("strictCategoryOptionCombos"),
            strict_attribute_combos: query.switch("strictAttributeOptionCombos"),
            strict_units: query.switch("strictOrganisationUnits"),
            strict_locking: with_sets && query.switch("strictDataSetLocking"),
            strict_input_periods: with_sets && query.switch("strictDataSetInputPeriods"),
            require_category_combo: query.switch("requireCategoryOptionCombo"),
            require_attribute_combo: query.switch("requireAttributeOptionCombo"),
            first_row_is_header: header_row(query),
            data_set: query.filled("dataSet").filter(|_| with_sets).map(str::to_owned),
            echo: echo(call, name, &schemes),
            schemes,
        })
    }
}

/// The scheme sent under a name.
pub(super) fn find_scheme<'a>(schemes: &'a [(String, String)], name: &str) -> Option<&'a str> {
    schemes.iter().find(|(sent, _)| sent == name).map(|(_, value)| value.as_str())
}

fn unknown_strategy(name: &str, old: bool) -> Refusal {
    let valid: Vec<_> = STRATEGIES.iter().map(|(name, _)| *name).collect();
    let wrong = if old {
        format!("Value {name} is not a valid importStrategy.")
    } else {
        format!("Value '{name}' is not valid for parameter importStrategy.")
    };
    Refusal::new(400, format!("{wrong} Valid values are: [{}]", valid.join(", ")))
}

/// `firstRowIsHeader` is on unless it is switched off.
fn header_row(query: &Query) -> bool {
    query.filled("firstRowIsHeader").is_none() || query.switch("firstRowIsHeader")
}

/// `importOptions` of a summary.
fn echo(call: &Call<'_>, strategy: &str, schemes: &[(String, String)]) -> Json {
    let query = &call.query;
    let mut entries: Vec<(Key, Json)> = Vec::new();
    let schemes = schemes.iter().map(|(name, value)| (Key::from(name.clone()), Json::text(value)));
    entries.push(("idSchemes".into(), Json::Object(schemes.collect())));
    let switches = |names: &[&'static str], entries: &mut Vec<(Key, Json)>| {
        entries.extend(names.iter().map(|&name| (Key::from(name), Json::Bool(query.switch(name)))));
    };
    if !call.server.behaviour.imports.warnings_are_conflicts {
        switches(&["atomic"], &mut entries);
    }
    switches(&["dryRun", "async"], &mut entries);
    for (key, value) in [("importStrategy", strategy), ("mergeMode", "REPLACE"), ("reportMode", "FULL")] {
        entries.push((key.into(), Json::text(value)));
    }
    switches(&SWITCHES, &mut entries);
    switches(&["strictOrganisationUnits"], &mut entries);
    if call.server.behaviour.imports.data_set_options {
        switches(&DATA_SET_SWITCHES, &mut entries);
    }
    switches(&LAST_SWITCHES, &mut entries);
    entries.push(("firstRowIsHeader".into(), Json::Bool(header_row(query))));
    switches(&["skipLastUpdated", "mergeDataValues", "skipCache"], &mut entries);
    Json::Object(entries)
}
