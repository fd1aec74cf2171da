//! Groups and levels become data elements, indicators and organisation units.

use std::collections::{BTreeSet, HashMap};

use dhis2_api::Uid;
use dhis2_api::dialect::Dialect;
use dhis2_api::period::Period;
use dhis2_api::request::ApiRequest;
use dhis2_extract::lookup::{IdOnly, find, unknown, unknown_ids};
use dhis2_extract::{Warning, WarningKind};
use dhis2_http::{Client, HttpError};
use serde::Deserialize;

use super::query::AnalyticsQuery;
use crate::error::{AggregateError, list};

/// What to ask for, every thing once.
#[derive(Debug, Clone, Default)]
pub(super) struct Resolved {
    pub(super) data: Vec<Uid>,
    pub(super) periods: Vec<Period>,
    pub(super) units: Vec<Uid>,
    pub(super) warnings: Vec<Warning>,
}

/// A group; its members under whatever name the collection has for them.
#[derive(Deserialize)]
struct Group {
    id: Uid,
    #[serde(default, alias = "dataElements", alias = "indicators", alias = "organisationUnits")]
    members: Vec<IdOnly>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Element {
    id: Uid,
    aggregation_type: Option<String>,
    domain_type: Option<String>,
}

impl Element {
    /// Whether there is anything to add up: data values, not those of events, and a way to do it.
    fn is_added_up(&self) -> bool {
        self.aggregation_type.as_deref() != Some("NONE") && self.domain_type.as_deref() != Some("TRACKER")
    }
}

#[derive(Deserialize)]
struct Unit {
    id: Uid,
    #[serde(default)]
    path: String,
}

impl Unit {
    fn is_within(&self, limits: &[Uid]) -> bool {
        limits.is_empty() || self.path.split('/').any(|part| limits.iter().any(|limit| limit.as_str() == part))
    }
}

/// Looks up what a query needs.
pub(super) async fn resolve(
    client: &Client,
    dialect: &Dialect,
    query: &AnalyticsQuery,
) -> Result<Resolved, AggregateError> {
    let mut resolved = Resolved::default();
    periods(dialect, query, &mut resolved)?;
    if query.is_of_indicators() {
        let missing = unknown(client, "indicators", &query.indicators).await?;
        resolved.warnings.extend(unknown_ids("indicator", &missing));
        let named = query.indicators.iter().filter(|id| !missing.contains(id)).copied();
        resolved.data = named.collect();
        let groups = ("indicator group", "indicatorGroups", "indicators");
        let members = members(client, groups, &query.indicator_groups, &mut resolved.warnings).await?;
        add(&mut resolved.data, members);
    } else {
        elements(client, query, &mut resolved).await?;
    }
    if resolved.data.is_empty() {
        let (what, asked) = if query.is_of_indicators() {
            ("indicators", [&query.indicators[..], &query.indicator_groups].concat())
        } else {
            ("data elements that can be added up", [&query.data_elements[..], &query.data_element_groups].concat())
        };
        return Err(AggregateError::NothingLeft { what, asked: list(&asked) });
    }
    units(client, query, &mut resolved).await?;
    Ok(resolved)
}

/// Leaves out periods that the server would drop without a word.
fn periods(dialect: &Dialect, query: &AnalyticsQuery, resolved: &mut Resolved) -> Result<(), AggregateError> {
    let is_unknown = |period: &&Period| dialect.unknown_period_types.contains(&period.period_type());
    let (unknown, known): (Vec<&Period>, Vec<&Period>) = query.periods.iter().partition(is_unknown);
    let ids = unknown.iter().map(|period| period.id()).collect::<Vec<_>>().join(", ");
    if known.is_empty() {
        return Err(AggregateError::NothingLeft { what: "periods", asked: ids });
    }
    if !unknown.is_empty() {
        let message = format!("a server of this version knows no such periods: {ids}");
        resolved.warnings.push(Warning { kind: WarningKind::UnknownId, message });
    }
    resolved.periods = known.into_iter().copied().collect();
    Ok(())
}

/// Elements that are never added up are left out: they have no rows, and a server may refuse a request for one of them
/// together with all others.
async fn elements(client: &Client, query: &AnalyticsQuery, resolved: &mut Resolved) -> Result<(), AggregateError> {
    let groups = ("data element group", "dataElementGroups", "dataElements");
    let members = members(client, groups, &query.data_element_groups, &mut resolved.warnings).await?;
    let mut wanted = query.data_elements.clone();
    add(&mut wanted, members);
    let known: Vec<Element> = find(client, "dataElements", &wanted, "id,aggregationType,domainType").await?;
    let known: HashMap<Uid, bool> = known.into_iter().map(|element| (element.id, element.is_added_up())).collect();
    let of = |added_up: Option<bool>| -> Vec<Uid> {
        wanted.iter().filter(|id| known.get(*id).copied() == added_up).copied().collect()
    };
    resolved.warnings.extend(unknown_ids("data element", &of(None)));
    let never = of(Some(false));
    if !never.is_empty() {
        let message = format!(
            "data elements that are never added up (of the aggregation type NONE, or of the tracker): {}",
            list(&never)
        );
        resolved.warnings.push(Warning { kind: WarningKind::NothingToAddUp, message });
    }
    resolved.data = of(Some(true));
    Ok(())
}

/// The members of groups: of what, the collection, the field.
async fn members(
    client: &Client,
    (what, collection, field): (&str, &str, &str),
    groups: &[Uid],
    warnings: &mut Vec<Warning>,
) -> Result<BTreeSet<Uid>, HttpError> {
    let known: Vec<Group> = find(client, collection, groups, &format!("id,{field}[id]")).await?;
    let missing = |id: &&Uid| !known.iter().any(|group| group.id == **id);
    warnings.extend(unknown_ids(what, &groups.iter().filter(missing).copied().collect::<Vec<_>>()));
    Ok(known.iter().flat_map(|group| group.members.iter().map(|member| member.id)).collect())
}

/// Units named are asked for themselves, or, beside groups and levels, are the limits within which these count.
async fn units(client: &Client, query: &AnalyticsQuery, resolved: &mut Resolved) -> Result<(), AggregateError> {
    let missing = unknown(client, "organisationUnits", &query.org_units).await?;
    resolved.warnings.extend(unknown_ids("organisation unit", &missing));
    let named: Vec<Uid> = query.org_units.iter().filter(|id| !missing.contains(id)).copied().collect();
    let nothing = |asked: String| AggregateError::NothingLeft { what: "organisation units", asked };
    if named.is_empty() && !query.org_units.is_empty() {
        return Err(nothing(list(&query.org_units)));
    }
    if query.org_unit_groups.is_empty() && query.org_unit_levels.is_empty() {
        resolved.units = named;
        return Ok(());
    }
    let limits = if named.is_empty() { viewed(client).await? } else { named };
    let groups = ("organisation unit group", "organisationUnitGroups", "organisationUnits");
    let members = members(client, groups, &query.org_unit_groups, &mut resolved.warnings).await?;
    let members: Vec<Uid> = members.into_iter().collect();
    let mut found: Vec<Unit> = find(client, "organisationUnits", &members, "id,path").await?;
    for level in &query.org_unit_levels {
        let of_level = at_level(client, *level).await?;
        if of_level.is_empty() {
            let message = format!("no organisation unit of level {level} exists or can be seen by this account");
            resolved.warnings.push(Warning { kind: WarningKind::UnknownId, message });
        }
        found.extend(of_level);
    }
    // By path, so that units of a district stand in one chunk.
    found.sort_by(|a, b| a.path.cmp(&b.path));
    add(&mut resolved.units, found.into_iter().filter(|unit| unit.is_within(&limits)).map(|unit| unit.id));
    if resolved.units.is_empty() {
        let levels = query.org_unit_levels.iter().map(|level| format!("level {level}"));
        let asked = query.org_unit_groups.iter().map(ToString::to_string).chain(levels).collect::<Vec<_>>();
        return Err(nothing(asked.join(", ")));
    }
    Ok(())
}

async fn at_level(client: &Client, level: u32) -> Result<Vec<Unit>, HttpError> {
    let request = ApiRequest::get("organisationUnits")
        .param("filter", format!("level:eq:{level}"))
        .param("fields", "id,path")
        .param("paging", "false");
    let mut answer: HashMap<String, Vec<Unit>> = client.get_json(&request).await?;
    Ok(answer.remove("organisationUnits").unwrap_or_default())
}

/// The units of which the account may view data, with all below them; none where it has none.
async fn viewed(client: &Client) -> Result<Vec<Uid>, HttpError> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Units {
        #[serde(default)]
        organisation_units: Vec<IdOnly>,
        #[serde(default)]
        data_view_organisation_units: Vec<IdOnly>,
    }
    let fields = "organisationUnits[id],dataViewOrganisationUnits[id]";
    let me: Units = client.get_json(&ApiRequest::get("me").param("fields", fields)).await?;
    // Servers do the same.
    let units = if me.data_view_organisation_units.is_empty() {
        me.organisation_units
    } else {
        me.data_view_organisation_units
    };
    Ok(units.into_iter().map(|unit| unit.id).collect())
}

/// Adds what is not there yet.
fn add(to: &mut Vec<Uid>, more: impl IntoIterator<Item = Uid>) {
    let mut seen: std::collections::HashSet<Uid> = to.iter().copied().collect();
    to.extend(more.into_iter().filter(|id| seen.insert(*id)));
}
