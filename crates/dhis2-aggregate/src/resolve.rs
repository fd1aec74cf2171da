//! What has to be looked up before the run: ids that the server does not know, members of organisation unit groups where
//! the server cannot be trusted with them, data sets of elements where it cannot be asked for elements.

use std::collections::{BTreeSet, HashSet};

use dhis2_api::Uid;
use dhis2_api::dialect::{Dialect, OrgUnitGroups};
use dhis2_extract::lookup::{IdOnly, find, named_units, unknown, unknown_ids};
use dhis2_extract::{Warning, WarningKind};
use dhis2_http::Client;
use serde::Deserialize;

use crate::error::{AggregateError, list};
use crate::query::DataValueQuery;

/// What the lookups found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Resolved {
    /// Units to ask for: those named, without the ones that lie below another where children count anyway; on servers whose
    /// groups are unreliable the groups' members as well.
    pub org_units: Vec<Uid>,
    /// Groups to ask the server for.
    pub org_unit_groups: Vec<Uid>,
    /// Attribute option combos to ask for: those of the query that exist.
    pub attribute_option_combos: Vec<Uid>,
    /// Data elements asked for through data sets and groups, where the server cannot be asked for elements.
    pub elements_through: Option<ElementsThrough>,
    /// What was noticed.
    pub warnings: Vec<Warning>,
}

/// A detour to data elements: ask for these, and keep the rows of the elements.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ElementsThrough {
    /// The elements wanted.
    pub elements: BTreeSet<Uid>,
    /// The data sets that hold them.
    pub data_sets: Vec<Uid>,
    /// The groups that hold those that are in no data set.
    pub groups: Vec<Uid>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Group {
    id: Uid,
    #[serde(default)]
    organisation_units: Vec<IdOnly>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Element {
    id: Uid,
    #[serde(default)]
    data_set_elements: Vec<DataSetElement>,
    #[serde(default)]
    data_element_groups: Vec<IdOnly>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct DataSetElement {
    data_set: Option<IdOnly>,
}

/// Looks up what a query needs, with one request for each kind of id in it.
///
/// # Errors
/// [`AggregateError`] where the server cannot be asked, or nothing is left to ask for.
pub async fn resolve(client: &Client, dialect: &Dialect, query: &DataValueQuery) -> Result<Resolved, AggregateError> {
    let mut resolved = Resolved { org_unit_groups: query.org_unit_groups.clone(), ..Resolved::default() };
    for (what, collection, ids) in [
        ("data set", "dataSets", &query.data_sets),
        ("data element group", "dataElementGroups", &query.data_element_groups),
    ] {
        let missing = unknown(client, collection, ids).await?;
        resolved.warnings.extend(unknown_ids(what, &missing));
    }
    units(client, query, &mut resolved).await?;
    groups(client, dialect, query, &mut resolved).await?;
    elements(client, dialect, query, &mut resolved).await?;
    option_combos(client, query, &mut resolved).await?;
    Ok(resolved)
}

async fn option_combos(client: &Client, query: &DataValueQuery, resolved: &mut Resolved) -> Result<(), AggregateError> {
    let asked = &query.attribute_option_combos;
    let missing = unknown(client, "categoryOptionCombos", asked).await?;
    resolved.attribute_option_combos = asked.iter().filter(|id| !missing.contains(id)).copied().collect();
    // Without any a server would send the values of all.
    if resolved.attribute_option_combos.is_empty() && !asked.is_empty() {
        return Err(AggregateError::NothingLeft { what: "attribute option combos", asked: list(asked) });
    }
    resolved.warnings.extend(unknown_ids("attribute option combo", &missing));
    Ok(())
}

async fn units(client: &Client, query: &DataValueQuery, resolved: &mut Resolved) -> Result<(), AggregateError> {
    if query.org_units.is_empty() {
        return Ok(());
    }
    let units = named_units(client, &query.org_units).await?;
    resolved.warnings.extend(unknown_ids("organisation unit", &units.unknown));
    // Where children do not count, a unit's rows are its own, whatever lies above it.
    resolved.org_units = if query.include_children { units.topmost } else { query.org_units.clone() };
    Ok(())
}

async fn groups(
    client: &Client,
    dialect: &Dialect,
    query: &DataValueQuery,
    resolved: &mut Resolved,
) -> Result<(), AggregateError> {
    match dialect.org_unit_groups {
        _ if query.org_unit_groups.is_empty() => Ok(()),
        OrgUnitGroups::OneAtATime => {
            let missing = unknown(client, "organisationUnitGroups", &query.org_unit_groups).await?;
            resolved.warnings.extend(unknown_ids("organisation unit group", &missing));
            Ok(())
        }
        OrgUnitGroups::Unreliable => {
            let known: Vec<Group> =
                find(client, "organisationUnitGroups", &query.org_unit_groups, "id,organisationUnits[id]").await?;
            let missing = |id: &&Uid| !known.iter().any(|group| group.id == **id);
            let missing: Vec<Uid> = query.org_unit_groups.iter().filter(missing).copied().collect();
            resolved.warnings.extend(unknown_ids("organisation unit group", &missing));
            let members: BTreeSet<Uid> =
                known.iter().flat_map(|group| group.organisation_units.iter().map(|unit| unit.id)).collect();
            let named: HashSet<Uid> = resolved.org_units.iter().copied().collect();
            resolved.org_units.extend(members.into_iter().filter(|unit| !named.contains(unit)));
            resolved.org_unit_groups.clear();
            if resolved.org_units.is_empty() {
                return Err(AggregateError::EmptyGroups { groups: query.org_unit_groups.clone() });
            }
            Ok(())
        }
    }
}

async fn elements(
    client: &Client,
    dialect: &Dialect,
    query: &DataValueQuery,
    resolved: &mut Resolved,
) -> Result<(), AggregateError> {
    if dialect.data_element_param {
        let missing = unknown(client, "dataElements", &query.data_elements).await?;
        resolved.warnings.extend(unknown_ids("data element", &missing));
        return Ok(());
    }
    if query.data_elements.is_empty() {
        return Ok(());
    }
    let fields = "id,dataSetElements[dataSet[id]],dataElementGroups[id]";
    let known: Vec<Element> = find(client, "dataElements", &query.data_elements, fields).await?;
    let missing = |id: &&Uid| !known.iter().any(|element| element.id == **id);
    let missing: Vec<Uid> = query.data_elements.iter().filter(missing).copied().collect();
    resolved.warnings.extend(unknown_ids("data element", &missing));
    let mut through = ElementsThrough { elements: query.data_elements.iter().copied().collect(), ..Default::default() };
    let (mut sets, mut groups, mut nowhere) = (BTreeSet::new(), BTreeSet::new(), Vec::new());
    for element in &known {
        let of_sets = element.data_set_elements.iter().filter_map(|link| link.data_set);
        match (of_sets.map(|set| set.id).min(), element.data_element_groups.iter().map(|group| group.id).min()) {
            (Some(set), _) => drop(sets.insert(set)),
            (None, Some(group)) => drop(groups.insert(group)),
            (None, None) => nowhere.push(element.id),
        }
    }
    if !nowhere.is_empty() {
        resolved.warnings.push(Warning {
            kind: WarningKind::UnknownId,
            message: format!(
                "a 2.38 server cannot be asked for these data elements, which are in no data set and no group: {}",
                list(&nowhere)
            ),
        });
    }
    let nothing_else = query.data_sets.is_empty() && query.data_element_groups.is_empty();
    if nothing_else && sets.is_empty() && groups.is_empty() {
        return Err(AggregateError::ElementsNowhere { elements: query.data_elements.clone() });
    }
    through.data_sets = sets.into_iter().collect();
    through.groups = groups.into_iter().collect();
    resolved.elements_through = Some(through);
    Ok(())
}
