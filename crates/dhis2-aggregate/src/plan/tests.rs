use std::collections::BTreeSet;

use dhis2_api::period::{Period, PeriodType};
use proptest::prelude::*;

use super::*;

fn dialect(version: &str) -> Dialect {
    Dialect::of(&version.parse().unwrap()).unwrap()
}

fn uid(n: usize) -> Uid {
    Uid::parse(&format!("u{n:010}")).unwrap()
}

fn uids(n: usize) -> Vec<String> {
    (0..n).map(|i| uid(i).to_string()).collect()
}

fn asked_of(query: &DataValueQuery, resolved: &Resolved) -> Resolved {
    let mut resolved = resolved.clone();
    resolved.org_units.extend(&query.org_units);
    resolved.org_unit_groups.extend(&query.org_unit_groups);
    resolved
}

fn paths(version: &str, query: &DataValueQuery) -> Vec<String> {
    let dialect = dialect(version);
    let chunks = plan(&dialect, query, &asked_of(query, &Resolved::default()));
    chunks.iter().map(|chunk| request(&dialect, query, chunk).path_and_query()).collect()
}

/// peer-bugs O25: "data elements × data sets × groups and OUs × OU groups are split as a product while the server takes their
/// union → duplicates"; up to 2.42 the group would make the server forget the rest, so it is asked for apart.
#[test]
fn sets_and_elements_go_together_and_groups_where_the_server_unites_them() {
    let query = DataValueQuery::builder()
        .data_sets(["pPqq629bfL1"])
        .data_elements(["onPrMUUHSjb"])
        .data_element_groups(["z9VNGk7Mo6a"])
        .periods(["202401"])
        .org_units(["KdK92fYEfTw"])
        .build()
        .unwrap();
    let both = "/api/dataValueSets.json?dataSet=pPqq629bfL1&dataElement=onPrMUUHSjb";
    let rest = "&period=202401&orgUnit=KdK92fYEfTw";
    assert_eq!(
        paths("2.42.5.2", &query),
        [format!("{both}{rest}"), format!("/api/dataValueSets.json?dataElementGroup=z9VNGk7Mo6a{rest}")]
    );
    assert_eq!(paths("2.43.1", &query), [format!("{both}&dataElementGroup=z9VNGk7Mo6a{rest}")]);
}

/// peer-bugs section 4: "overlapping unit groups (3,206 doubled, by 2.42 itself)": one group a request, and no unit beside it.
#[test]
fn each_group_of_units_is_asked_for_alone() {
    let query = DataValueQuery::builder()
        .data_sets(["pPqq629bfL1"])
        .periods(["202401"])
        .org_units(["KdK92fYEfTw"])
        .org_unit_groups(["IjkDgHguCJd", "H4977tn0xaD"])
        .build()
        .unwrap();
    let set = "/api/dataValueSets.json?dataSet=pPqq629bfL1&period=202401";
    assert_eq!(
        paths("2.40.12", &query),
        [
            format!("{set}&orgUnit=KdK92fYEfTw"),
            format!("{set}&orgUnitGroup=IjkDgHguCJd"),
            format!("{set}&orgUnitGroup=H4977tn0xaD")
        ]
    );
}

/// peer-bugs O26: "`attribute_option_combos` is accepted and never sent".
#[test]
fn attribute_option_combos_and_deleted_values_are_asked_for() {
    let query = DataValueQuery::builder()
        .data_sets(["pPqq629bfL1"])
        .periods(["202401"])
        .org_units(["KdK92fYEfTw"])
        .attribute_option_combos(["HllvX50cXC0", "AW50XgLkngQ"])
        .include_deleted(true)
        .build()
        .unwrap();
    let dialect = dialect("2.42.5.2");
    let known = Resolved {
        org_units: query.org_units.clone(),
        attribute_option_combos: vec![query.attribute_option_combos[1]],
        ..Resolved::default()
    };
    let chunks = plan(&dialect, &query, &known);
    assert_eq!(
        request(&dialect, &query, &chunks[0]).path_and_query(),
        "/api/dataValueSets.json?dataSet=pPqq629bfL1&period=202401&orgUnit=KdK92fYEfTw&attributeOptionCombo=AW50XgLkngQ\
         &includeDeleted=true"
    );
}

/// peer-bugs section 4: "`lastUpdated`: 2.43 cuts it to the day […]; 2.41 with its server west of UTC applies it hours too late and
/// **loses rows**; on 2.43 it cannot stand alone (409 E2002)."
#[test]
fn last_updated_is_asked_early_and_never_alone_where_it_cannot_be() {
    let query = DataValueQuery::builder()
        .data_sets(["pPqq629bfL1"])
        .org_units(["KdK92fYEfTw"])
        .last_updated("2024-01-15T12:00:00Z");
    let query = query.build().unwrap();
    let end = "orgUnit=KdK92fYEfTw&lastUpdated=2024-01-14T08:00:00.000";
    assert_eq!(paths("2.41.9.1", &query), [format!("/api/dataValueSets.json?dataSet=pPqq629bfL1&{end}")]);
    assert_eq!(
        paths("2.43.1", &query),
        [format!("/api/dataValueSets.json?dataSet=pPqq629bfL1&startDate=1000-01-01&endDate=9999-12-31&{end}")]
    );
}

fn a_period() -> impl Strategy<Value = Period> {
    let day = (0..3650_i64).prop_map(|d| NaiveDate::from_ymd_opt(2018, 1, 1).unwrap() + TimeDelta::days(d));
    (0..PeriodType::ALL.len(), day).prop_filter_map("a period", |(t, day)| Period::containing(PeriodType::ALL[t], day))
}

/// What a chunk selects, of these units and periods, by the server's rules.
fn selects(chunk: &DataValueChunk, unit: Uid, period: Period) -> bool {
    let then = match &chunk.when {
        When::Dates(start, end) => *start <= period.start() && period.end() <= *end,
        When::Periods(periods) => periods.contains(&period),
        When::Any => true,
    };
    then && chunk.org_units.contains(&unit)
}

proptest! {
    /// peer-bugs section 4: "More than 1,000 query parameters: Tomcat drops the rest and answers 200. Request line and headers
    /// together: 8,192 bytes." No plan has such a request, and the requests together select what the query does, once.
    #[test]
    fn requests_stay_small_and_lose_and_double_nothing(
        units in 1..900_usize, sets in 0..40_usize, elements in 0..600_usize, groups in 0..40_usize, months in 1..300_usize, version in 39..44_u32,
    ) {
        let first = Period::parse("200001").unwrap();
        let periods: Vec<String> = std::iter::successors(Some(first), Period::next).take(months).map(|p| p.to_string()).collect();
        let query = DataValueQuery::builder().data_sets(uids(sets + 1)).data_elements(uids(elements)).data_element_groups(uids(groups))
            .periods(periods).org_units(uids(units)).build().unwrap();
        let dialect = dialect(&format!("2.{version}.9"));
        let chunks = plan(&dialect, &query, &asked_of(&query, &Resolved::default()));
        let mut asked = 0;
        for chunk in &chunks {
            let request = request(&dialect, &query, chunk);
            prop_assert!(request.path_and_query().len() <= URL_BUDGET);
            prop_assert!(request.params().len() <= 1000);
            let whats = chunk.data_sets.len() + chunk.data_elements.len() + chunk.data_element_groups.len();
            let When::Periods(periods) = &chunk.when else { unreachable!() };
            asked += whats * chunk.org_units.len() * periods.len();
        }
        prop_assert_eq!(asked, (sets + 1 + elements + groups) * units * months);
    }

    /// peer-bugs O24: "a slice boundary inside a period drops that period (weeks, financial years, any start not on 1 Jan)"; O23:
    /// "yearly slices share their boundary day → daily values on that day twice".
    #[test]
    fn splitting_a_range_over_and_over_selects_every_period_of_every_type_once(
        periods in prop::collection::vec(a_period(), 1..40), start in 0..3650_i64, days in 0..1500_i64, units in 1..4_usize, all in any::<bool>(),
    ) {
        let start = NaiveDate::from_ymd_opt(2018, 1, 1).unwrap() + TimeDelta::days(start);
        let whole = DataValueChunk {
            data_sets: vec![uid(0)], data_elements: vec![], data_element_groups: vec![], only_elements: None,
            org_units: (0..units).map(uid).collect(), org_unit_group: None, children: false, attribute_option_combos: vec![], when: if all { When::Any } else { When::Dates(start, start + TimeDelta::days(days)) },
        };
        let dialect = dialect("2.43.1");
        let mut parts = vec![whole.clone()];
        for _ in 0..6 {
            parts = parts.into_iter().flat_map(|part| split(&dialect, &part).unwrap_or_else(|| vec![part])).collect();
        }
        for period in periods.into_iter().collect::<BTreeSet<_>>() {
            for unit in 0..units {
                let times = parts.iter().filter(|part| selects(part, uid(unit), period)).count();
                prop_assert_eq!(times, usize::from(selects(&whole, uid(unit), period)), "{} in {:?}", period, parts);
            }
        }
    }
}
